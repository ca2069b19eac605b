"""Release page: a release laid out for a terminal, calm and complete.

Owns the lines and their styles; `release.show` prints them. Nothing is left out: what has no place of its own stands
at the end.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mailer.cli import output
from mailer.release.document import block_text, kept_apart
from mailer.release.values import Block, Heading, Image, ListBlock, MediaContact, Quote, Release, Table, plain

_WIDTH = 78
_LABEL_WIDTH = 11

StyledLine = tuple[str, str]


def page_lines(release: Release) -> Iterator[StyledLine]:
    """Yield the lines of a release with their styles (rich's words, empty for none)."""
    yield from _head(release)
    yield "", ""
    for block in release.body:
        yield from _block(block)
    for name, text in _tail(release):
        yield from _field(name, text)
    for contact in release.contacts:
        yield from _field("Contact", _contact(contact))
    for kept in kept_apart(release):
        yield from _field("Kept", f"line {kept.line}: {kept.text}", style="dim")


def _head(release: Release) -> Iterator[StyledLine]:
    yield from ((line, "bold") for line in _wrapped(release.headline))
    yield from ((line, "") for line in _wrapped(release.subhead))
    yield "", ""
    yield from _field("Label", release.label)
    if release.embargo:
        until = release.embargo.until
        yield from _field(
            "Embargo", f"{until:%Y-%m-%d %H:%M %Z}".strip() if until else f"not understood: {release.embargo.text}"
        )
    yield from _field("Date", release.date.isoformat() if release.date else "none")
    yield from _field("Dateline", release.dateline.text if release.dateline else "")
    yield from _field("Language", release.language)
    yield from _field("Sender", release.sender)
    yield from _field("Template", release.template)
    yield from _field("Attached", ", ".join(release.attachments))


def _tail(release: Release) -> Iterator[tuple[str, str]]:
    yield "Call", plain(release.call_to_action)
    yield "End mark", release.end_mark
    yield "Notes", "\n\n".join(block_text(block) for block in release.notes_to_editors)
    for one in release.boilerplate:
        yield "About", "\n\n".join(filter(None, (one.heading, *(plain(inline) for inline in one.paragraphs))))


def _field(name: str, text: str, *, style: str = "") -> Iterator[StyledLine]:
    lines = _wrapped(text, _WIDTH - _LABEL_WIDTH)
    for number, line in enumerate(lines):
        label = name if number == 0 else ""
        yield f"{label:{_LABEL_WIDTH}}{line}".rstrip(), style


def _block(block: Block) -> Iterator[StyledLine]:
    text = block_text(block)
    if isinstance(block, Quote):
        yield from ((line, "dim") for line in _wrapped(block.lead_in))
        yield from ((f"    {line}".rstrip(), "") for line in _wrapped(text, _WIDTH - 4))
        who = ", ".join(filter(None, (block.speaker, block.role, block.organisation)))
        yield f"    — {who or 'nobody is named'}", ""
    elif isinstance(block, Image):
        words = " ".join(filter(None, (block.src, block.caption or block.alt, block.credit)))
        yield from ((line, "") for line in _wrapped(f"[Picture: {words}]"))
    elif isinstance(block, Table):
        rows = [block.head, *block.rows] if block.head else list(block.rows)
        yield from ((line, "") for line in output.table([[plain(cell) for cell in row] for row in rows]))
    elif isinstance(block, ListBlock):
        yield from (
            (line, "") for item in text.split("\n") for line in textwrap.wrap(item, _WIDTH, subsequent_indent="  ")
        )
    else:
        style = "bold" if isinstance(block, Heading) else ""
        yield from ((line, style) for line in _wrapped(text))
    yield "", ""


def _contact(contact: MediaContact) -> str:
    who = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
    note = f" ({contact.note})" if contact.note else ""
    return ", ".join(filter(None, who)) + note


def _wrapped(text: str, width: int = _WIDTH) -> list[str]:
    if not text:
        return []
    return [line for part in text.split("\n") for line in (textwrap.wrap(part, width) or [""])]
