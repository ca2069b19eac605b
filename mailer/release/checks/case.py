"""Case: one release on the editor's desk, with all that a check may know about it.

Owns the values that every check takes, and the making of a finding. Never reads a file or a clock: both are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from mailer.errors import Problem, Severity
from mailer.release.checks.codes import RULES
from mailer.release.checks.lines import Lines
from mailer.release.markdown.waiving import one_line
from mailer.release.values import Block, Image, Quote, Release, block_inlines, plain


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
