"""Look: a finished message as the rules look at it, taken apart once for all of them.

Owns the two parts as text, the page that the HTML is, what the cascade makes of it on a light and on a dark screen,
and the shape of a rule's answer. Never judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from mailer.errors import Severity
from mailer.message.page import Page, read_page
from mailer.message.parts import Part, decode_words, parse_parts
from mailer.message.styles import Cascade
from mailer.message.values import Check

_MOST_NAMED = 5
_LONGEST = 60


@dataclass(frozen=True)
class Look:
    """A message with what must be in it: the postal address ("" is not looked for), the ways out, the largest size."""

    data: bytes = field(repr=False)
    postal_address: str = ""
    optouts: Sequence[str] = ()
    size_limit: int = 0

    @cached_property
    def message(self) -> Part:
        """Return the message taken apart."""
        return parse_parts(self.data)

    @cached_property
    def text(self) -> str:
        """Return the text part, with line feeds."""
        return self.message.text("text/plain").replace("\r\n", "\n")

    @cached_property
    def html(self) -> str:
        """Return the HTML part, with line feeds; empty where there is none."""
        return self.message.text("text/html").replace("\r\n", "\n")

    @cached_property
    def is_plain(self) -> bool:
        """Return whether it is one text for people who want no HTML: nothing in it is an alternative or a page."""
        kinds = {part.media_type for part in self.message.walk()}
        return "text/plain" in kinds and not kinds & {"text/html", "multipart/alternative"}

    @cached_property
    def page(self) -> Page:
        """Return the page that the HTML part is; an empty one where there is none."""
        return read_page(self.html)

    @cached_property
    def light(self) -> Cascade:
        """Return what CSS makes of the page on a light screen."""
        return Cascade(self.page.style_sheets)

    @cached_property
    def dark(self) -> Cascade:
        """Return what CSS makes of the page on a dark screen, where a mail program asks for that."""
        return Cascade(self.page.style_sheets, dark=True)

    @cached_property
    def subject(self) -> str:
        """Return the subject as people read it."""
        return decode_words(self.message.first("Subject"))

    @cached_property
    def html_size(self) -> int:
        """Return how many bytes the HTML part has as it travels."""
        part = next((part for part in self.message.walk() if part.media_type == "text/html"), None)
        return len(part.body) if part else 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule answers: its code, the sentence where all is well, what to do where it is not, how bad that is."""

    code: str
    good: str
    hint: str
    severity: Severity = Severity.ERROR

    def of(self, bad: str, faults: Iterable[str]) -> Check:
        """Return the check: `bad` is the sentence where there are faults, which are named behind it."""
        each = list(dict.fromkeys(faults))
        return replace(self.when(f"{bad}{_named(each)}", wrong=bool(each)), faults=tuple(each))

    def when(self, bad: str, *, wrong: bool) -> Check:
        """Return the check: `bad` is the sentence where something is wrong."""
        return Check(self.code, not wrong, bad if wrong else self.good, self.severity, self.hint if wrong else "")


def warning(code: str, good: str, hint: str) -> Verdict:
    """Return a verdict that warns; an error stops a mailing, and a warning may be waved through."""
    return Verdict(code, good, hint, Severity.WARNING)


def _named(faults: Sequence[str]) -> str:
    shown = ", ".join(shortened(fault) for fault in faults[:_MOST_NAMED] if fault)
    more = f" and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
    return f": {shown}{more}" if shown else ""


def shortened(text: str) -> str:
    """Return the beginning of a text, on one line, as it can stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"
