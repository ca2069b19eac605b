"""Saying: does a mail say what its release says?

Owns the list of what must be found in both parts: a family that forgets the subhead, a second telephone or the caption
of a picture looks well and leaves something out. Only letters and figures are compared, so that a family is free in
its marks, line breaks and order. Never looks at how it is said.
Pure. Standards H5 (headline, contacts and the way out are text), H7 (the text part is a full equivalent), M4.
Gaps: of a paragraph with links its beginning is looked for; words that a family repeats elsewhere hide that they are
missing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from mailer.errors import Severity
from mailer.message import Rendered
from mailer.release.values import (
    Block,
    Heading,
    Image,
    Inline,
    ListBlock,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Table,
)

_HIDDEN = re.compile(r"<!--.*?-->|<(style|head|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_ALT = re.compile(r"""<img\b[^>]*?\salt=(?:"([^"]*)"|'([^']*)')[^>]*>""", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_PREHEADER = re.compile(r"<(div|span|p)\b[^>]*display:\s*none[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W_]+")
_BEGINNING = 60


@dataclass(frozen=True, slots=True)
class Missing:
    """Something of the release that a part of the mail does not say: what it is, and the words themselves."""

    part: str
    what: str
    words: str
    severity: Severity


def missing_from(rendered: Rendered, release: Release) -> tuple[Missing, ...]:
    """Return what the release says and a part of the mail does not; of a mail in plain text, its one part."""
    parts = {"email.txt": rendered.text, **({"email.html": _seen(rendered.html)} if rendered.html else {})}
    said = {name: _letters(text) for name, text in parts.items()}
    return tuple(
        Missing(part, what, words, severity)
        for what, words, severity in _wanted(release)
        for part, letters in said.items()
        if _letters(words) not in letters
    )


def _seen(html: str) -> str:
    """Return what a reader of the page sees, alternative texts of pictures among it."""
    text = _PREHEADER.sub(" ", _HIDDEN.sub(" ", html))
    text = _ALT.sub(lambda found: f" {found[1] or found[2] or ''} ", text)
    return unescape(_TAG.sub(" ", text))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def _wanted(release: Release) -> Iterator[tuple[str, str, Severity]]:
    must, should = Severity.ERROR, Severity.WARNING
    yield "the headline", release.headline, must
    yield "the subhead", release.subhead, should
    if release.embargo is not None and release.embargo.until is not None:
        yield "the hour of the embargo", f"{release.embargo.until:%H:%M}", must
    yield from _of_contacts(release.contacts)
    for block in release.body:
        yield from ((what, words, should) for what, words in _of_block(block))
    for block in release.notes_to_editors:
        yield from (("the notes to editors", words, should) for _, words in _of_block(block))
    for about in release.boilerplate:
        yield "the heading of an 'about'", about.heading, should
        yield from (("an 'about'", _beginning(part), should) for part in about.paragraphs)
    yield "the end mark", release.end_mark, should
    yield "the call to action", _beginning(release.call_to_action), should


def _of_contacts(contacts: Iterable[MediaContact]) -> Iterator[tuple[str, str, Severity]]:
    must, should = Severity.ERROR, Severity.WARNING
    for person in contacts:
        for what in ("name", "role", "organisation", "note"):
            yield f"a contact's {what}", getattr(person, what), must if what == "name" else should
        yield from (("a contact's telephone", phone, must) for phone in person.phones)
        yield from (("a contact's address", email, must) for email in person.emails)


def _of_block(block: Block) -> Iterator[tuple[str, str]]:
    match block:
        case Heading(inline):
            yield "a heading", _beginning(inline)
        case Paragraph(inline):
            yield "a paragraph", _beginning(inline)
        case Quote():
            yield from (("a quote", _beginning(part)) for part in block.paragraphs)
            yield "who says a quote", block.speaker
        case ListBlock(items):
            yield from (("an item of a list", _beginning(item)) for item in items)
        case Table():
            yield from _of_rows((block.head, *block.rows))
        case Image():
            yield "the alternative text of a picture", block.alt
            yield "the caption of a picture", block.caption
            yield "the credit of a picture", block.credit


def _of_rows(rows: Iterable[tuple[Inline, ...]]) -> Iterator[tuple[str, str]]:
    """Return the words of a table one by one: in the text part a cell may run on below itself, beside others."""
    cells = (_beginning(cell) for row in rows for cell in row)
    return (("a cell of a table", word) for cell in cells for word in cell.split())


def _beginning(inline: Inline) -> str:
    """Return the words up to the first link, whose address may follow them in the text part."""
    words = ""
    for span in inline:
        words += span.text
        if span.url or len(words) > _BEGINNING:
            break
    return words[:_BEGINNING].rpartition(" ")[0] if len(words) > _BEGINNING and " " in words[:_BEGINNING] else words
