"""Releases: one release field by field, and what was recognised in an imported document.

Every field is shown with its content, so that nobody has to guess what a mail will say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import Page, Part, Tone, fact, gap, heading, line, lines, problems, table
from mailer.pages.words import short_text
from mailer.release.document import block_text, kept_apart, release_document
from mailer.release.values import Block, Heading, Image, Quote, Table, plain
from mailer.runs.manuscripts import LineExplained, ReleaseAdded, ReleaseImported, ReleaseShown

_LONGEST = 72

shape(ReleaseImported, "name file source pictures problems:release.problems")
shape(ReleaseShown, "*release", release=lambda shown: release_document(shown.release))


@page.register
def _(shown: ReleaseShown) -> Page:
    release, embargo = shown.release, shown.release.embargo
    under = ""
    if embargo is not None:
        until = embargo.until
        under = f"{until:%Y-%m-%d %H:%M %Z}".strip() if until else f"not understood: {embargo.text}"
    contacts = []
    for one in release.contacts:
        named = ", ".join(filter(None, (one.name, one.role, one.organisation, *one.phones, *one.emails)))
        contacts.append(named + (f" ({one.note})" if one.note else ""))
    return Page(
        heading(release.headline),
        line(release.subhead, depth=1),
        gap(),
        fact("Label", release.label),
        fact("Embargo", under),
        fact("Date", release.date.isoformat() if release.date else "none"),
        fact("Dateline", release.dateline.text if release.dateline else ""),
        fact("Language", release.language),
        fact("Sender", release.sender),
        fact("Template", release.template),
        fact("Attached", ", ".join(release.attachments)),
        gap(),
        (part for block in release.body for part in _block(block)),
        fact("Call", plain(release.call_to_action)),
        fact("End mark", release.end_mark),
        fact("Notes", "\n\n".join(map(block_text, release.notes_to_editors)).split("\n")),
        (
            fact("About", "\n\n".join(filter(None, (one.heading, *map(plain, one.paragraphs)))).split("\n"))
            for one in release.boilerplate
        ),
        fact("Contact", contacts),
        fact("Set aside", (f"line {kept.line}: {kept.text}" for kept in kept_apart(release)), Tone.QUIET),
        problems(release.problems),
    )


def _block(block: Block) -> Iterator[Part | None]:
    text = block_text(block)
    if isinstance(block, Quote):
        named = ", ".join(filter(None, (block.speaker, block.role, block.organisation)))
        yield line(block.lead_in, Tone.QUIET, depth=1)
        yield line(text, depth=3)
        yield line(f"— {named or 'no speaker is named'}", depth=3)
    elif isinstance(block, Image):
        words = " ".join(filter(None, (block.src, block.caption or block.alt, block.credit)))
        yield line(f"[Picture: {words}]", depth=1)
    elif isinstance(block, Table):
        yield table(
            [[plain(cell) for cell in row] for row in ([block.head, *block.rows] if block.head else block.rows)]
        )
    elif isinstance(block, Heading):
        yield line(text, Tone.STRONG, depth=1)
    else:
        yield line(text, depth=1)
    yield gap()


@page.register
def _(made: ReleaseImported) -> Page:
    place = "paragraph" if made.source.lower().endswith((".docx", ".rtf")) else "line"
    found = [(f"{place} {one.line}", one.field, short_text(one.text, _LONGEST)) for one in made.findings]
    nobody = "No media contact was found; add one under `contacts:` at the top."
    wrong = made.release.problems
    return Page(
        line(bool(found) and f"Recognised in {made.source}:", aside=True),
        table(found, right=(0,), aside=True),
        line(bool(wrong) and "Check these; they may have been misread:", aside=True),
        problems(wrong),
        line(not made.release.contacts and nobody, Tone.CAREFUL, depth=1, aside=True),
        lines((f"Picture: {picture}" for picture in made.pictures), aside=True),
        line("Read it through, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )


@page.register
def _(explained: LineExplained) -> Page:
    parts: list[Part | None] = []
    for one in explained.reasons:
        parts += [fact(one.read_as.capitalize(), one.text), *(line(reason, depth=3) for reason in one.evidence)]
    return Page(
        heading(f"{explained.source}:{explained.line}"),
        parts,
        gap(),
        (line(f"line {one.line}, {one.read_as}: {one.text}", Tone.QUIET, depth=1) for one in explained.around),
    )


@page.register
def _(made: ReleaseAdded) -> Page:
    return Page(
        line("Fill it in, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )
