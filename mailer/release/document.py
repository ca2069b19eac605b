"""Document: a release as the JSON that other programs may rely on.

Owns the shape of `release show --json` (docs/json.md). Derived keys (`quotes`, `links`, `images`) repeat what
is in the body, so that a program need not walk it. Never reads a source. The readers are loaded when they are needed:
a Word file is read in the sandbox, and showing it does not load its readers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from mailer.release.pieces import count_words
from mailer.release.values import (
    Block,
    Heading,
    Image,
    Inline,
    Kept,
    ListBlock,
    Quote,
    Release,
    Table,
    block_inlines,
    extra_fields,
    plain,
)

if TYPE_CHECKING:
    from mailer.release.quotes.quoting import SpokenQuote

DERIVED = frozenset({"quotes", "links", "images", "problems", "slug", "language", "embargo_until"})
_RECOGNISED = frozenset({"label", "date", "dateline", "headline", "contacts"})
# keys whose words are also in the `text` beside them, or do not come from the source
_REPEATED = frozenset(
    {"kind", "paragraphs", "items", "head", "rows", "city", "region", "alt", "caption", "src", "field"}
)


def release_document(release: Release, *, with_quotes: bool = True) -> dict[str, Any]:
    """Return a release as one JSON document; every word of it is in some field, also without its quotes."""
    embargo, dateline = release.embargo, release.dateline
    until = (embargo.until or embargo.day) if embargo else None  # the day alone where its text names no time
    quotes: Sequence[SpokenQuote] = ()
    if with_quotes:
        from mailer.release.quotes.quoting import find_quotes  # noqa: PLC0415 - as said above

        quotes = find_quotes(release.body, release.language, (release.headline, release.subhead))
    return {
        "slug": release.slug,
        "label": release.label or None,
        "embargo_until": until.isoformat() if until else None,
        "embargo_text": embargo.text if embargo else None,
        "date": release.date.isoformat() if release.date else None,
        "headline": release.headline,
        "subhead": release.subhead or None,
        "dateline": asdict(dateline) if dateline else None,
        "contacts": [
            asdict(contact) | {"phones": [*contact.phones], "emails": [*contact.emails]} for contact in release.contacts
        ],
        "body": [_block(block) for block in release.body],
        # one entry for each quote: block quotes, and those inside paragraphs
        "quotes": [
            {
                "text": one.text,
                "speaker": one.speaker.name,
                "role": one.speaker.role,
                "organisation": one.speaker.organisation,
                "lead_in": one.lead_in,
            }
            for one in quotes
        ],
        "boilerplate": [
            {"heading": one.heading, "text": "\n\n".join(map(plain, one.paragraphs))} for one in release.boilerplate
        ],
        "notes_to_editors": "\n\n".join(block_text(block) for block in release.notes_to_editors) or None,
        "end_mark": release.end_mark or None,
        "call_to_action": plain(release.call_to_action) or None,
        "links": [{"text": span.text, "url": span.url} for inline in inlines(release) for span in inline if span.url],
        "images": [_image(image) for image in release.images()],
        "language": release.language,
        "sender": release.sender or None,
        "template": release.template or None,
        "attachments": [*release.attachments],
        **extra_fields(release.extras),
        "kept": [asdict(kept) for kept in release.kept],
        "problems": [
            {"severity": one.severity.value, "source": one.source, "line": one.line, "code": one.code,
             "message": one.message}
            for one in release.problems
        ],
    }  # fmt: skip


def document_words(release: Release) -> Counter[str]:
    """Count the words of a release's document, each field once, as the measure of “nothing lost”."""
    document = release_document(release, with_quotes=False)
    if document["embargo_text"] == document["label"]:
        del document["embargo_text"]
    texts = [text for key, value in document.items() if key not in DERIVED for text in _strings(value)]
    return count_words(" ".join(texts))


def kept_apart(release: Release) -> tuple[Kept, ...]:
    """Return the kept lines with words that no field has; a heading that opened a section is not one of them."""
    words = document_words(replace(release, kept=()))
    apart: list[Kept] = []
    for kept in release.kept:
        left = count_words(kept.text) - words
        if left and kept.field in _RECOGNISED:
            from mailer.release.media_contacts import read_announcement  # noqa: PLC0415 - as said above
            from mailer.release.times import find_date  # noqa: PLC0415 - as said above

            text = read_announcement(kept.text).rest if kept.field == "contacts" else kept.text
            day = find_date(text, day_first=release.language != "en")
            if day and day.day == release.date:
                text = f"{text[: day.start]} {text[day.end :]}"
            left = count_words(text) - words
        if kept.field != "notes_to_editors" and (left or kept.field not in _RECOGNISED):
            apart.append(kept)
    return tuple(apart)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        kept = [inner for key, inner in value.items() if key not in _REPEATED] if isinstance(value, Mapping) else value
        for inner in kept:
            yield from _strings(inner)


def inlines(release: Release) -> Iterator[Inline]:
    """Yield every running text of a release in reading order."""
    for block in release.body:
        yield from block_inlines(block)
    yield release.call_to_action
    for one in release.boilerplate:
        yield from one.paragraphs
    for block in release.notes_to_editors:
        yield from block_inlines(block)


def block_text(block: Block) -> str:
    """Return the words of a block: paragraphs and items a line each, cells of a row set apart by tabs."""
    if isinstance(block, Table):
        rows = [block.head, *block.rows] if block.head else list(block.rows)
        return "\n".join("\t".join(plain(cell) for cell in row) for row in rows)
    if isinstance(block, ListBlock):
        start = block.start
        marks = (f"{i}. " if block.ordered else "• " for i in range(start, start + len(block.items)))
        return "\n".join(mark + plain(item) for mark, item in zip(marks, block.items, strict=True))
    if isinstance(block, Image):
        return block.caption or block.alt
    return "\n\n".join(plain(inline) for inline in block_inlines(block))


def _block(block: Block) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": block.kind, "text": block_text(block)}
    match block:
        case Heading(level=level):
            document["level"] = level
        case Quote():
            attribution = {name: getattr(block, name) for name in ("speaker", "role", "organisation", "lead_in")}
            document |= {**attribution, "paragraphs": [*map(plain, block.paragraphs)]}
        case ListBlock():
            document |= {"ordered": block.ordered, "start": block.start, "items": [*map(plain, block.items)]}
        case Table(head, rows):
            document |= {"head": [*map(plain, head)], "rows": [[*map(plain, row)] for row in rows]}
        case Image():
            document |= _image(block)
    return document


def _image(image: Image) -> dict[str, str]:
    return {"src": image.src, "alt": image.alt, "caption": image.caption, "credit": image.credit}
