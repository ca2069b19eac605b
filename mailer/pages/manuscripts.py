"""Manuscripts: a release laid out calm and complete, and what was recognised in one that was imported.

Every field is shown with what it holds, so that nobody has to guess what a mail will say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import CAREFUL, QUIET, STRONG, Page, Part, fact, gap, heading, line, problems, table
from mailer.release.document import block_text, kept_apart, release_document
from mailer.release.values import Block, Heading, Image, MediaContact, Quote, Release, Table, plain
from mailer.runs.manuscripts import ReleaseImported, ReleaseShown, ReleaseStarted

_LONGEST = 72

shape(ReleaseShown, "*release", release=lambda shown: release_document(shown.release))


@page.register
def _(shown: ReleaseShown) -> Page:
    release = shown.release
    return Page(
        heading(release.headline),
        line(release.subhead, depth=1) if release.subhead else None,
        gap(),
        _head(release),
        gap(),
        (part for block in release.body for part in _block(block)),
        fact("Call", plain(release.call_to_action)),
        fact("End mark", release.end_mark),
        fact("Notes", "\n\n".join(map(block_text, release.notes_to_editors)).split("\n")),
        (
            fact("About", "\n\n".join(filter(None, (one.heading, *map(plain, one.paragraphs)))).split("\n"))
            for one in release.boilerplate
        ),
        fact("Contact", map(_contact, release.contacts)),
        fact("Kept", (f"line {kept.line}: {kept.text}" for kept in kept_apart(release)), QUIET),
        problems(release.problems),
    )


def _head(release: Release) -> Iterator[Part | None]:
    yield fact("Label", release.label)
    if release.embargo:
        until, text = release.embargo.until, release.embargo.text
        yield fact("Embargo", f"{until:%Y-%m-%d %H:%M %Z}".strip() if until else f"not understood: {text}")
    yield fact("Date", release.date.isoformat() if release.date else "none")
    yield fact("Dateline", release.dateline.text if release.dateline else "")
    yield fact("Language", release.language)
    yield fact("Sender", release.sender)
    yield fact("Template", release.template)
    yield fact("Attached", ", ".join(release.attachments))


def _block(block: Block) -> Iterator[Part | None]:
    text = block_text(block)
    if isinstance(block, Quote):
        who = ", ".join(filter(None, (block.speaker, block.role, block.organisation)))
        yield line(block.lead_in, QUIET, depth=1) if block.lead_in else None
        yield line(text, depth=3)
        yield line(f"— {who or 'nobody is named'}", depth=3)
    elif isinstance(block, Image):
        words = " ".join(filter(None, (block.src, block.caption or block.alt, block.credit)))
        yield line(f"[Picture: {words}]", depth=1)
    elif isinstance(block, Table):
        yield table(
            [[plain(cell) for cell in row] for row in ([block.head, *block.rows] if block.head else block.rows)]
        )
    elif isinstance(block, Heading):
        yield line(text, STRONG, depth=1)
    else:
        yield line(text, depth=1)
    yield gap()


def _contact(contact: MediaContact) -> str:
    who = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
    return ", ".join(filter(None, who)) + (f" ({contact.note})" if contact.note else "")


@page.register
def _(made: ReleaseImported) -> Page:
    place = "paragraph" if made.source.lower().endswith((".docx", ".rtf")) else "line"
    rows = [(f"{place} {one.line}", one.field, _short(one.text)) for one in made.findings]
    nobody = "No media contact was found; add one under `contacts:` at the top."
    wrong = made.release.problems
    return Page(
        line(f"Recognised in {made.source}:", aside=True) if rows else None,
        table(rows, right=(0,), aside=True),
        line("Look at these, it may have been understood wrongly:", aside=True) if wrong else None,
        problems(wrong),
        None if made.release.contacts else line(nobody, CAREFUL, depth=1, aside=True),
        (line(f"Picture: {picture}", aside=True) for picture in made.pictures),
        line("Look through it, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )


@page.register
def _(made: ReleaseStarted) -> Page:
    return Page(
        line("Fill it in, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
