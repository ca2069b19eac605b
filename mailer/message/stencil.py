"""Stencil: a finished mail with holes where it is personal.

Owns a shortcut, and nothing that anybody relies on: a mail that was rendered once, with a mark in place of each merge
field, is filled in for the next person without templates, CSS and most of the encoding. A template may do with a field
what no mark shows (`{% if contact.outlet == "…" %}`, `|upper`, a column), so what comes out is right only where its
hash is the approved one. Whoever uses a stencil holds the message against that hash, and renders it where they
differ. Never used where there is no such hash yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailer.message.body import compose_text_body, encode_line, normalise_text
from mailer.message.text import WIDTH, wrap
from mailer.message.values import Bodies, Rendered
from mailer.message.widths import display_width

_MARK = re.compile(r"qz(\d{3})" + "jxvkwyfbgpmh" * 3)  # what no text contains


def make_mark(number: int) -> str:
    """The text that stands for a field, by number (0-999): letters and digits, which nothing escapes or wraps."""
    return f"qz{number:03}" + "jxvkwyfbgpmh" * 3


@dataclass(frozen=True, slots=True)
class Stencil:
    """The subject and the encoded bodies of a mail: pieces as they are, and between them the numbers of marks.

    There is no `html` where the mail is plain text.
    """

    subject: Line = field(repr=False)
    text: Body = field(repr=False)
    html: Body | None = field(repr=False)

    def fill(self, values: Sequence[str]) -> tuple[str, Bodies]:
        """Return subject and encoded bodies, with `values` in place of the marks, by number."""
        quoted = b"quoted-printable"
        if self.html is None:
            return self.subject.fill(values), Bodies(quoted, self.text.fill(values, _wrapped))
        in_html = [_escape(value) for value in values]
        bodies = Bodies(quoted, self.text.fill(values, _wrapped), quoted, self.html.fill(in_html, encode_line))
        return self.subject.fill(values), bodies


def make_stencil(rendered: Rendered) -> Stencil | None:
    """Make a stencil of a mail that was rendered with marks; None where a body is base64, which has no lines."""
    text = _make_body(rendered.text)
    html = _make_body(rendered.html) if rendered.html else None
    if text is None or (html is None and rendered.html):
        return None
    return Stencil(_make_line(rendered.subject), text, html)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text around marks: one piece more than there are marks."""

    pieces: Sequence[str]
    marks: Sequence[int]

    def fill(self, values: Sequence[str]) -> str:
        """Return the line with values in place of its marks."""
        filled = [self.pieces[0]]
        for number, piece in zip(self.marks, self.pieces[1:], strict=True):
            filled += [values[number], piece]
        return "".join(filled)


@dataclass(frozen=True, slots=True)
class Body:
    """A body: lines that are encoded already, and those that have marks."""

    parts: Sequence[bytes | Line]

    def fill(self, values: Sequence[str], encode: Callable[[str], bytes]) -> bytes:
        """Return the body in quoted-printable, with values in place of the marks; `encode` encodes their lines."""
        encoded = [part if isinstance(part, bytes) else encode(part.fill(values)) for part in self.parts]
        return b"".join(encoded)


def _make_body(text: str) -> Body | None:
    if compose_text_body(text)[0] != b"quoted-printable":
        return None
    parts: list[bytes | Line] = []
    same: list[bytes] = []
    for line in normalise_text(text).split("\r\n")[:-1]:
        if _MARK.search(line):
            parts += [b"".join(same), _make_line(line)]
            same = []
        else:
            same.append(encode_line(line))
    return Body([*parts, b"".join(same)])


def _make_line(text: str) -> Line:
    found = _MARK.split(text)
    return Line(found[::2], [int(number) for number in found[1::2]])


def _wrapped(line: str) -> bytes:
    """Encode a line of plain text; one that is longer than a line of text was wrapped, as most templates do."""
    if display_width(line) <= WIDTH:
        return encode_line(line)
    return b"".join(map(encode_line, wrap(line).split("\n")))


def _escape(value: str) -> str:
    """Escape what HTML text never holds as it is."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
