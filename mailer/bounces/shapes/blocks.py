"""Blocks: the lines of a report, cut into what is said about whom.

Owns how a block begins (by `openers`), goes on (indented lines, the paragraph behind it) and ends (an empty line, a
line of dashes, the next block), and what of the text is nobody's. Never decides whether an address is a recipient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailer.bounces.shapes.openers import Opening, Rank, bare_name, forwarded_from, more_addresses, opening_of

MAX_BLOCKS = 500
# the address on the next line is where the person is now
_NEW_ADDRESS = re.compile(
    r"\b(?:new|current|correct|other|alternative) (?:e-?mail )?address\b.{0,30}[:.]$|\b(?:moved|changed) to:?$"
    r"|instead:$|please (?:use|write to)\b.{0,30}:$"
    r"|neue (?:e-?mail-?)?adresse.{0,20}:$|nouvelle adresse.{0,20}:$|nueva direcci[oó]n.{0,20}:$",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"[a-z0-9,]\s{0,3}$")
_MORE_WORDS = re.compile(r"[,;]?\s[a-z]{2,20}[\s,.]")
_MAX_LINES = 30
_RULE = re.compile(r"\s*\|?([-=*_#~+|])(?:\s?\1){2,}")
_REFUSAL = re.compile(r"(?<![\d.])[45]\d\d(?![\d.]|-\d{3}-)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_ACCEPTED = re.compile(r"[\W_]{0,20}(?:received\W{1,5})?2\d\d[ -]", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """What is said about one address; `hint` is the label before it (“unknown user”), in lower case."""

    address: str
    rank: Rank
    indent: int
    original: str = ""
    hint: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return its words on one line."""
        return " ".join(" ".join(self.lines).split()).strip(" :;,>-")

    @property
    def refuses(self) -> bool:
        """Return whether a code of a refusal stands in it."""
        return any(_REFUSAL.search(line) for line in self.lines)

    @property
    def accepts(self) -> bool:
        """Return whether a transcript tells that the server took the address."""
        return self.rank is Rank.COMMANDED and bool(self.lines) and bool(_ACCEPTED.match(self.lines[0]))


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of a text in order, the bare user names in it, and the lines that belong to no block."""

    blocks: list[Block]
    names: list[str]
    loose: list[str]


class _Cutter:
    """Takes line by line."""

    def __init__(self) -> None:
        self.done = Blocks([], [], [])
        self._open: Block | None = None
        self._announcer = ""
        self._before = ""
        self._last = ""

    def take(self, line: str) -> None:
        before, self._before = self._before, line
        if not line.strip():
            if self._open and self._open.text and not self._open.lines[-1].endswith((":", "：")):
                self._open = None
            return
        if "@" not in line and _RULE.match(line):
            self._end(line)
            return
        last, self._last = self._last, line
        opening = None if _NEW_ADDRESS.search(last) else opening_of(line)
        if opening and self._open is None and _goes_on(before, opening):
            opening = None
        if opening and not self._is_inside(opening):
            self._begin(opening)
        else:
            self._go_on(line)

    def _end(self, line: str) -> None:
        """End a block at a line of dashes, be it with words or without."""
        self._open = None
        self.done.loose.append(line)
        self._announcer = line

    def _is_inside(self, opening: Opening) -> bool:
        """Return whether the line belongs to the open block: it stands deeper, or names the same address again."""
        block = self._open
        if block is None or len(self.done.blocks) >= MAX_BLOCKS:
            return block is not None
        if opening.label.startswith("orig"):
            block.original = opening.address
            return True
        deeper = opening.indent > block.indent or opening.rank > block.rank
        return deeper or (opening.address.lower() == block.address.lower() and bool(block.lines))

    def _begin(self, opening: Opening) -> None:
        self._open = Block(opening.address, opening.rank, opening.indent, hint=opening.label)
        self.done.blocks.append(self._open)
        others = more_addresses(opening.rest) if opening.rank is Rank.NAMED else []
        for address in others:
            if address.lower() != opening.address.lower() and len(self.done.blocks) < MAX_BLOCKS:
                self._open = Block(address, opening.rank, opening.indent, hint=opening.label)
                self.done.blocks.append(self._open)
        if opening.rest.strip(" :;,.>") and not others:
            self._open.lines.append(opening.rest)

    def _go_on(self, line: str) -> None:
        block = self._open
        source = forwarded_from(line)
        if source and (block is None or block.lines or block.original):
            self._begin(Opening(source, "", Rank.NAMED, len(line) - len(line.lstrip())))
            return
        if block is None:
            self.done.loose.append(line)
            if name := bare_name(line, self._announcer):
                self.done.names.append(name)
            if line.endswith((":", "：")):
                self._announcer = line
        elif len(block.lines) < _MAX_LINES:
            block.lines.append(line)


def _goes_on(before: str, opening: Opening) -> bool:
    """Return whether an address stands at the head of a line only because a sentence was broken there."""
    broken = _UNFINISHED.search(before) and opening.indent <= len(before) - len(before.lstrip())
    return bool(broken and opening.rank is Rank.NAMED and _MORE_WORDS.match(opening.rest))


def cut_blocks(lines: tuple[str, ...]) -> Blocks:
    """Cut a report's lines into blocks."""
    cutter = _Cutter()
    for line in lines:
        cutter.take(line)
    blocks = cutter.done.blocks
    for block in blocks:
        block.original = block.original or forwarded_from(block.text)
    for at in range(len(blocks) - 2, -1, -1):  # several addresses, and then what is true of all of them
        if not blocks[at].text and blocks[at].rank == blocks[at + 1].rank:
            blocks[at].lines = blocks[at + 1].lines
    return cutter.done
