"""Case: one release on the editor's desk, with all that a check may know about it.

Owns the values that every check takes, and the making of a finding. Never reads a file or a clock: both are handed in.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from html import unescape
from typing import TypeAlias

from mailer.errors import Problem, Severity
from mailer.release.checks.codes import RULES
from mailer.release.markdown.waiving import one_line
from mailer.release.values import Block, Image, Quote, Release, block_inlines, plain
from mailer.text.encodings import UnreadableText, decode_text

# Lines: where in its file a passage of a release stands.
#
# Gaps: of a passage that stands twice in a file, the first is told. A file that is no text (Word) has no lines.

_CJK = "\u3040-\u30ff\u3400-\u9fff"  # has no blanks between words: each sign is one
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_TAG = re.compile(r"<(?:!--.*?--|[/!?]?[a-zA-Z][^<>]*)>", re.DOTALL)
_ESCAPE = re.compile(r"\\(?=[^\w\s])")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")  # as `source` counts lines
_WINDOW = 6  # words on each side that tell one place from another
_GLANCE = 120  # characters in which so many words stand as a rule
_FEWEST_SIGNS = 4  # of a script without blanks
_HEAD = re.compile(r"<head\b.*?</head>", re.DOTALL | re.IGNORECASE)  # its title is not where a headline is read


class Lines:
    """The text of a release's file, to be asked for lines."""

    def __init__(self, text: str = "", *, is_html: bool = False) -> None:
        """Take the text as it was decoded; empty where the file has no lines."""
        self._raw = text
        self._is_html = is_html
        self._found: dict[tuple[str, ...], int | None] = {}
        self.first = 1 if text else None

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._raw)]

    @cached_property
    def _words(self) -> tuple[list[str], list[int]]:
        text = self._raw
        if self._is_html:
            for tags in (_HEAD, _TAG):
                text = tags.sub(lambda match: _blanked(match.group()), text)
        text = _ESCAPE.sub("", text)
        words: list[str] = []
        lines: list[int] = []
        for number, line in enumerate(text.split("\n"), 1):
            found = _WORD.findall(unescape(line).casefold())
            words.extend(found)
            lines.extend([number] * len(found))
        return words, lines

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for index, word in enumerate(self._words[0]):
            places[word].append(index)
        return places

    def of_exactly(self, text: str) -> int | None:
        """Return the line on which characters stand as they are (an address of the web, a file's name)."""
        if not text or not self._raw:
            return None
        at = self._raw.find(text)
        if at < 0 and "&" in text:
            at = self._raw.find(text.replace("&", "&amp;"))
        return bisect_right(self._ends, at - 1) + 1 if at >= 0 else None

    def of(self, text: str, start: int = 0) -> int | None:
        """Return the line of the word that stands at a character of a passage, by the words around it."""
        before = _last_words(text, start)
        found = itertools.islice(_WORD.finditer(text, start), _WINDOW)
        after = [word for one in found for word in _WORD.findall(one.group().casefold())]
        if not after:  # marks alone: the word before them
            before, after = before[:-1], before[-1:]
        if not after:
            return self.of_exactly(text[start:].strip())
        for left, right in ((_WINDOW, _WINDOW), (0, _WINDOW), (_WINDOW, 1), (2, 2), (0, 2), (1, 1), (0, 1)):
            index = self._index(before[-left:] if left else [], after[:right])
            if index is not None:
                return self._words[1][index]
        return self.of_exactly(text[start:].strip())

    def _index(self, before: list[str], after: list[str]) -> int | None:
        wanted = (*before, *after)
        if len(wanted) < _FEWEST_SIGNS and re.match(f"[{_CJK}]", after[0]):
            return None
        if wanted not in self._found:
            self._found[wanted] = self._first(wanted)
        at = self._found[wanted]
        return None if at is None else at + len(before)

    def _first(self, wanted: tuple[str, ...]) -> int | None:
        """Find words that stand side by side, by the one of them that stands in the fewest places."""
        words = self._words[0]
        rarest = min(range(len(wanted)), key=lambda i: len(self._places.get(wanted[i], ())))
        for place in self._places.get(wanted[rarest], ()):
            at = place - rarest
            if at >= 0 and tuple(words[at : at + len(wanted)]) == wanted:
                return at
        return None


def _last_words(text: str, end: int) -> list[str]:
    """Return the last words before a character, without reading the whole of a long text."""
    size = _GLANCE
    while True:
        start = max(0, end - size)
        words = list(_WORD.finditer(text, start, end))
        cut = start > 0 and words and words[0].start() == start
        if start == 0 or len(words) > _WINDOW + 1:
            return [word for one in words[bool(cut) :] for word in _WORD.findall(one.group().casefold())]
        size *= 4


def _blanked(tag: str) -> str:
    """A tag parts words, and its line ends count."""
    return " " + "\n" * tag.count("\n")


def read_lines(data: bytes, name: str) -> Lines:
    """Take the bytes of a release's file for its lines; what is no text has none."""
    if data.startswith((b"PK\x03\x04", b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        return Lines()
    try:
        text = decode_text(data)[0].removeprefix("\ufeff")
    except UnreadableText:
        return Lines()
    text = _LINE_END.sub("\n", text)
    is_html = name.lower().endswith((".html", ".htm", ".xhtml")) or bool(
        re.match(r"\s*<(?:!doctype|html)\b", text, re.IGNORECASE)
    )
    return Lines(text, is_html=is_html)


@dataclass(frozen=True, slots=True)
class HouseText:
    """What an organisation says about itself, as a file of `boilerplates/` has it; `is_old` once it was replaced."""

    name: str
    organisation: str
    text: str
    heading: str = ""
    language: str = ""
    is_old: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the office knows: `[checks]` of mailer.toml, the release's sender, and its own texts."""

    forbidden: tuple[str, ...] = ()
    country: str = ""
    organisation: str = ""
    domains: tuple[str, ...] = ()
    headline: int = 100
    texts: tuple[HouseText, ...] = ()


NO_HOUSE = House()
_WITHOUT_BLANKS = "\u3000"
_FIELD = re.compile(r"\{\{[^{}]*\}\}")  # `message.merge_fields` fills them, and refuses those that are none


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of text that a reader sees, and the part of the release that it stands in."""

    text: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A release to be checked. `now` is aware; `at` is the moment it is to go out, where that is not now."""

    release: Release
    now: datetime
    lines: Lines = field(default_factory=Lines)
    at: datetime | None = None
    house: House = NO_HOUSE

    @property
    def starts(self) -> datetime:
        """Return the moment at which it goes out."""
        return self.at or self.now

    def passages(self) -> Iterator[Passage]:
        """Yield everything that is read, in its order; the end mark and a repeated label are none."""
        release = self.release
        yield Passage(release.label, "label")
        yield Passage(release.headline, "headline")
        yield Passage(release.subhead, "subhead")
        if release.dateline:
            yield Passage(release.dateline.text, "dateline")
        yield from _of_blocks(release.body, "body")
        yield Passage(plain(release.call_to_action), "call")
        yield from _of_blocks(release.notes_to_editors, "notes")
        for one in release.boilerplate:
            yield Passage(one.heading, "boilerplate")
            yield from (Passage(plain(inline), "boilerplate") for inline in one.paragraphs)
        yield from self._extras()
        for contact in release.contacts:
            words = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails, contact.note)
            yield from (Passage(word, "contact") for word in words if word)

    def _extras(self) -> Iterator[Passage]:
        """Yield what goes with the text: the letter (its merge fields are no gaps), the event, the portrait."""
        extras = self.release.extras
        yield Passage(_FIELD.sub(lambda field: " " * len(field[0]), extras.pitch), "letter")
        if extras.event is not None:
            event = (extras.event.what, extras.event.who, extras.event.where, extras.event.register)
            yield from (Passage(words, "event") for words in event if words)
        if extras.portrait is not None:
            yield from _of_picture(extras.portrait)


def _of_blocks(blocks: tuple[Block, ...], part: str) -> Iterator[Passage]:
    for block in blocks:
        yield from (Passage(plain(inline), part) for inline in block_inlines(block))
        if isinstance(block, Quote):
            yield Passage(" ".join(filter(None, (block.speaker, block.role, block.organisation))), "speaker")
        elif isinstance(block, Image):
            yield from _of_picture(block)


def _of_picture(image: Image) -> Iterator[Passage]:
    return (Passage(words, "picture") for words in (image.alt, image.caption, image.credit) if words)


def excerpt(text: str, start: int, end: int) -> str:
    """Return the words of a text from one character to another, whole, with … where it goes on."""
    while start > 0 and _is_inside_word(text, start):
        start -= 1
    while end < len(text) and _is_inside_word(text, end):
        end += 1
    words = " ".join(text[max(0, start) : end].split())
    return f"{'… ' if start > 0 else ''}{words}{' …' if end < len(text) else ''}"


def _is_inside_word(text: str, at: int) -> bool:
    """Return whether a character and the one before it are of one word; scripts without blanks are cut anywhere."""
    return all(c.isalnum() and c < _WITHOUT_BLANKS for c in text[at - 1 : at + 1])


def tell(
    code: str,
    message: str,
    *,
    line: int | None = None,
    about: str = "",
    hint: str = "",
    severity: Severity | None = None,
) -> Problem:
    """Make a finding of a code of the table; `severity` only where the table lets it be worse than usual."""
    rule = RULES[code]
    return Problem(code, message, severity or rule.severity, "", line, hint or rule.todo, one_line(about))


Check: TypeAlias = Callable[[Case], Iterator[Problem]]
