"""Blocks: the lines of a report, cut into what is said about each recipient.

Owns the patterns of lines that begin what is said about one recipient: an address at the head of a line (qmail,
Postfix, Exim, OpenSMTPD, Exchange, Gmail), one behind a label (“Failed Recipient:”; `[openers]` of `bounces.toml` in
`mailer.words`), behind a name (“Ann <mailto:…>”), or in an SMTP transcript; the words that tell what we wrote to from
what it was forwarded to; and how a block goes on (indented lines, the paragraph behind it) and ends (an empty line, a
line of dashes, the next block). Never decides whether an address is a recipient: `shapes` does.
All repeats are bounded, so that a line costs no more than its length.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from mailer import lazy_re as re
from mailer.bounces.prose import DELAY, FAILURE
from mailer.frozen import dataclass, field
from mailer.words import any_of, read_patterns, read_section

_OPENERS = read_section("bounces", "openers")
_LINE = read_patterns("bounces", "openers")
ADDRESS: str = _OPENERS["address"][0]
ONLY, OTHER, _ANY = _LINE["only"], _LINE["other"], re.compile(ADDRESS)
_NAME_WORDS = 5


class Rank(IntEnum):
    """How plainly a line names a recipient; the plainest that a report has are its recipients."""

    NAMED = 1  # stands at the head of a line or behind a label
    ANSWERED = 2  # a server's reply begins with it
    COMMANDED = 3  # RCPT TO in a transcript
    MENTIONED = 4  # a sentence speaks of it
    RETURNED = 5  # the returned message was for it
    PLACED = 6  # it stands where a report has it, among words that nobody knows


class Opening(NamedTuple):
    """What a line begins with: an address, where the line's own words go on, how plainly it is named, behind what."""

    address: str
    rest: str
    rank: Rank
    indent: int
    label: str = ""


def opening_of(line: str) -> Opening | None:
    """Read the beginning of a line; None where it begins with no recipient. A line without an @ costs nothing."""
    if "@" not in line:
        return None
    indent = len(line) - len(line.lstrip())
    if found := _LINE["head"].match(line):
        rest = f"{found['mark'] or ''}{found['rest']}"
        return None if _LINE["not_a_head"].match(rest) else Opening(found["address"], rest, Rank.NAMED, indent)
    if found := _LINE["command"].match(line):
        return Opening(found[1], found[2], Rank.COMMANDED, indent)
    if found := _LINE["labelled"].match(line):
        return Opening(found["address"], found["rest"], Rank.NAMED, indent, found["label"].lower())
    if found := _LINE["reply"].match(line):
        return Opening(found[1], line.strip(), Rank.ANSWERED, indent)
    if found := _LINE["row"].match(line):
        return Opening(found[1], found[2], Rank.ANSWERED, indent)
    # an address at the end of the line, behind a name, a label or a server's reply
    if found := _LINE["named"].match(line):
        if _LINE["coded"].match(found["name"]):
            return Opening(found["address"], line.strip(), Rank.ANSWERED, indent)
        is_sentence = len(found["name"].split()) > _NAME_WORDS and not FAILURE.search(found["name"].lower())
        is_other = is_sentence or OTHER.search(found["name"]) or _LINE["last_sentence"].match(found["name"])
        return None if is_other else Opening(found["address"], "", Rank.NAMED, indent)
    if (found := _LINE["refusing"].match(line)) and (
        ONLY.search(found["said"]) or FAILURE.search(found["said"].lower())
    ):
        return Opening(found["address"], found["said"], Rank.ANSWERED, indent)
    found = _LINE["any_label"].match(line)
    label = last_sentence(found["label"]) if found else ""
    if found and not OTHER.search(label) and not _LINE["field_name"].match(label):
        return Opening(found["address"], found["rest"] or "", Rank.ANSWERED, indent, label)
    return None


def last_sentence(text: str) -> str:
    """Return what stands behind the last full stop of a line, in lower case; all of it where there is none."""
    found = _LINE["last_sentence"].match(text)
    return (text[found.end() :] if found else text).strip().lower()


def forwarded_from(text: str) -> str:
    """Return the address that we wrote to, where a server says that another one was made of it."""
    low = text.lower() if "@" in text else ""
    found = _LINE["forwarded"].search(low)
    return text[slice(*found.span(found.lastindex or 0))] if found and len(low) == len(text) else ""


def more_addresses(rest: str) -> list[str]:
    """Return the further addresses of a line that lists several, where nothing else stands behind the first."""
    if "@" not in rest or _LINE["not_a_list"].search(_ANY.sub("", _LINE["joins"].sub(" ", rest))):
        return []
    return [found[0] for found in _ANY.finditer(rest)]


def bare_name(line: str, announcer: str) -> str:
    """Return the bare user name in a sendmail reply (`550 ann... User unknown`), or on a line alone.

    Alone it is a name only where the line that announced it says that something failed.
    """
    found = _LINE["bare_reply"].match(line) if "..." in line else None
    if found is None and announcer:
        found = _LINE["bare_list"].match(line)
        found = found if found and FAILURE.search(announcer.lower()) else None
    return found[1] if found and not found[1].replace(".", "").isdigit() else ""


MAX_BLOCKS = 500
# the address on the next line is where the person is now
_NEW_ADDRESS = re.compile(any_of(read_section("bounces", "around")["new"]))
_ENDS = (":", "：", ".", " à", " a", " to")
_LONG = 45  # a line that was probably broken by the program
_SIGNS = " \t<>\"'([*•-"
_WIDTH = 68  # of a line that was full, so that the address had to stand on the next one
_MAX_LINES = 30
_AROUND = " :;,>-"


@dataclass(slots=True)
class Block:
    """What is said about one address; `hint` is the label before it (“unknown user”), in lower case.

    `above` is the line that announces it and others, `at` the number of loose lines before it; `is_taken`: it was
    reached, where another one was not. When all are cut, `text` is its words on one line, and `refuses` whether a code
    of a refusal stands in it.
    """

    address: str
    rank: Rank
    indent: int
    original: str = ""
    hint: str = ""
    above: str = ""
    at: int = 0
    is_taken: bool = False
    lines: list[str] = field(default_factory=list)
    text: str = ""
    refuses: bool = False

    def close(self) -> None:
        """Put together what its lines say."""
        self.text = " ".join(" ".join(self.lines).split()).strip(_AROUND)
        self.refuses = any(_LINE["refusal"].search(line) for line in self.lines)

    @property
    def accepts(self) -> bool:
        """Return whether a transcript or a table tells that the server took the address."""
        accepted = _LINE["taken"] if self.rank is Rank.NAMED else _LINE["accepted"]
        return self.is_taken or (bool(self.lines and accepted.match(self.lines[0])) and not self.refuses)


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of a text in order, the bare user names in it, and the lines that belong to no block."""

    blocks: list[Block]
    names: list[str]
    loose: list[str]


def cut_blocks(lines: tuple[str, ...]) -> Blocks:
    """Cut a report's lines into blocks."""
    done = Blocks([], [], [])
    block: Block | None = None
    opening: Opening | None = None
    above = last = announcer = title = ""  # the line before; before with words; that announces names; with no address
    for place, line in enumerate(lines):
        before, above = above, line
        if not line.strip():
            if block and "".join(block.lines).strip(_AROUND) and not block.lines[-1].endswith((":", "：")):
                block = None
            continue
        if "@" not in line and _LINE["rule"].match(line):  # a line of dashes, be it with words or without
            block, announcer, title = None, line, line
            done.loose.append(line)
            continue
        opening, opened = opening_of(line), bool(opening)
        opening, last = (
            (None, last) if opening and last.endswith(_ENDS) and _NEW_ADDRESS.search(last.lower()) else (opening, line)
        )
        if opening and not opened and opening.rank is Rank.NAMED and _LINE["unfinished"].search(before):
            # an address may stand at the head of a line only because a sentence was broken there
            depth = len(before) - len(before.lstrip())
            as_deep = opening.indent == depth or (block is None and opening.indent < depth)
            is_wrapped = len(before) + len(opening.address) >= _WIDTH and _LINE["sentence_end"].match(opening.rest)
            is_inside = len(before) >= _LONG and not line.lstrip(_SIGNS).startswith(opening.address)
            opening = (
                None if as_deep and (is_inside or is_wrapped or _LINE["more_words"].match(opening.rest)) else opening
            )
        if opening and block and _is_inside(block, opening, is_full=len(done.blocks) >= MAX_BLOCKS):
            opening = None
        source = "" if opening else forwarded_from(line)
        # a pipe of another recipient has a line of its own, no deeper than the address before it
        is_own = block is None or (block.address not in before and len(before) - len(before.lstrip()) <= block.indent)
        if source and (is_own or (block and block.original)):
            opening = Opening(source, "", Rank.NAMED, len(line) - len(line.lstrip()))
        if opening:
            others = more_addresses(opening.rest) if opening.rank is Rank.NAMED else []
            for address in dict.fromkeys((opening.address, *others)):
                if block and block.hint.startswith("orig") and not block.lines:  # the field before the final recipient
                    source = done.blocks.pop().address
                if address == opening.address or address.lower() != opening.address.lower():
                    block = Block(address, opening.rank, opening.indent, source, opening.label, title, len(done.loose))
                    done.blocks.append(block)
            if block and opening.rest.strip(" :;,.>") and not others:
                block.lines.append(opening.rest)
        elif block is None or (
            not before
            and (line.endswith((":", "：")) or _LINE["taken"].match(line))
            and opening_of(next(filter(str.strip, lines[place + 1 :]), ""))
        ):
            block, title = None, line
            done.loose.append(line)
            if name := bare_name(line, announcer):
                done.names.append(name)
            announcer = line if line.endswith((":", "：")) else announcer
        elif len(block.lines) < _MAX_LINES:
            block.lines.append(line)
    blocks = done.blocks
    for block in blocks:
        block.close()
    if len(blocks) > 1:
        _mark_the_taken(blocks)
    for block in blocks:
        block.original = block.original or forwarded_from(block.text)
    for at in range(len(blocks) - 2, -1, -1):  # several addresses, and then what is true of all of them
        if not blocks[at].text and blocks[at].rank == blocks[at + 1].rank:
            blocks[at].lines = blocks[at + 1].lines
            blocks[at].close()
    return done


def _mark_the_taken(blocks: list[Block]) -> None:
    """Find those who were reached or wait: the line above says so, or of others the contrary (“sent”, “not sent”)."""
    refuse = [block.refuses for block in blocks]
    said = ["".join(filter(str.isalpha, (b.hint or "".join(b.lines[:1]))[:80].casefold())) for b in blocks]
    negated = {found[1] for each in said if (found := _LINE["contrary"].match(each))}
    good = set()
    for above in {block.above for block in blocks}:
        low = above.lower()
        waits = any(refuse) and (_LINE["waits"].search(low) or DELAY.search(low))
        if _LINE["taken"].match(low) or ((_LINE["reached"].search(low) or waits) and not FAILURE.search(low)):
            good.add(above)
    contrary = [len(each) > 3 and any(other.startswith(each) for other in negated) for each in said]
    labelled = [bool(b.hint and (_LINE["taken"].match(b.hint) or _LINE["reached"].search(b.hint))) for b in blocks]
    signs = zip(blocks, refuse, contrary, labelled, strict=True)
    taken = [not no and (b.above in good or ok or told) for b, no, ok, told in signs]
    for block, is_taken in zip(blocks, taken, strict=True):
        block.is_taken = is_taken and not all(taken)


def _is_inside(block: Block, opening: Opening, *, is_full: bool) -> bool:
    """Return whether a line belongs to the open block: it stands deeper, or names the same address again."""
    if is_full:
        return True
    if opening.label.startswith("orig"):
        block.original = opening.address
        return True
    deeper = opening.indent > block.indent or opening.rank > block.rank
    return deeper or (opening.address.lower() == block.address.lower() and bool(block.lines))
