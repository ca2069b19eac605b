"""Office: what word processors keep beside the text of a document.

Owns reporting what must not be sent (deleted and hidden words, comments), which paragraphs are headings because of
their large letters, and the treatment of page headers and footers: a label, an embargo or a contact counts, the
letterhead is kept. `docx` and `rtf` find them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.frozen import dataclass, replace
from mailer.release.head.labels import is_label_line
from mailer.release.people import parse_contact_line
from mailer.release.pieces import (
    MAX_PICTURE_BYTES,
    MAX_PICTURES,
    SHOWN_IN_MAIL,
    Draft,
    Line,
    Picture,
    Piece,
    name_picture,
)
from mailer.release.values import Paragraph, Span
from mailer.release.words import PRESS_CONTACT, pattern
from mailer.words import read_section

_PAGE = re.compile(
    r"\W*(?:page|seite|pagina|página|ページ)?\s*\d*\s*(?:(?:of|de|von|di|van|sur|/)\s*\d*)?\W*", re.IGNORECASE
)
_SENTENCES = read_section("release_files", "office")


MAX_DOCX_BYTES = 25_000_000


class UnreadableDocx(ValueError):
    """The file cannot be read as a Word document; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Text that must not be in the release; `kind` is deleted, inserted, hidden, comment or unread."""

    kind: str
    text: str
    author: str
    paragraph: int


_LARGER = 1.15  # times the size of the story
_TOP = 25  # paragraphs at the top that may be a headline
_HEADING_WORDS = 40


def large_headings(paragraphs: Sequence[tuple[int, int]], *, usual: int) -> dict[int, int]:
    """Return the paragraphs that are headings by their large letters, with their level (1 for the largest).

    `paragraphs` has the size of the letters, in half points, and the number of words; `usual` is the default size.
    """
    story = Counter[int]()
    for size, words in paragraphs:
        story[size] += words
    body = story.most_common(1)[0][0] if story else usual
    top = enumerate(paragraphs[:_TOP])
    found = {at: size for at, (size, words) in top if 0 < words <= _HEADING_WORDS and size >= body * _LARGER}
    largest = max(found.values(), default=0)
    return {at: 1 if size == largest else 2 for at, size in found.items()}


def add_remark(remarks: list[Remark], new: Remark, *, glue: str = "") -> None:
    """Add a remark, or extend the last one: Word splits a change into several where the format changes."""
    last = remarks[-1] if remarks else None
    if last and (last.kind, last.author, last.paragraph) == (new.kind, new.author, new.paragraph):
        remarks[-1] = replace(last, text=f"{last.text}{glue}{new.text}")
    else:
        remarks.append(new)


def report_remarks(remarks: Iterable[Remark], draft: Draft) -> None:
    """Report the parts of a document that are not in the release, or were accepted."""
    for remark in remarks:
        if remark.kind == "unread":
            code = "unread-object"
            message = f"{remark.text} cannot be read and is left out: describe it in words, or use a picture"
        else:
            code = {"hidden": "hidden-text", "comment": "comment"}.get(remark.kind, "tracked-change")
            suffix = f" (by {remark.author})" if remark.author else ""
            message = f'"{remark.text}"{suffix} {_SENTENCES[remark.kind][0]}'
        draft.report(code, message, remark.paragraph, Severity.WARNING)


def take_picture(content: bytes, media_type: str, alt: str, draft: Draft) -> str:
    """Take a picture out of the file; return its name, empty if it is too large or one too many."""
    if len(draft.pictures) >= MAX_PICTURES or len(content) > MAX_PICTURE_BYTES:
        draft.report("picture-left-out", "a picture is too large, or one too many: it is left out", None)
        return ""
    name = name_picture(len(draft.pictures) + 1, content, media_type)
    draft.pictures.append(Picture(name, content, alt))
    return name


def report_formats(draft: Draft) -> None:
    """Report pictures that mail programs do not show."""
    for picture in draft.pictures:
        if picture.ending not in SHOWN_IN_MAIL:
            message = f"{picture.name}: mail programs do not show {picture.ending} pictures; save it as PNG or JPEG"
            draft.report("picture-format", message, None, Severity.WARNING)


def place_edge(texts: Iterable[str], known: set[str], draft: Draft, number: int, *, head: bool) -> list[str]:
    """Sort the lines of a page header or footer, and report those left out; return them without page numbers.

    Lines that the text or another edge has (`known`, in lower case) are skipped.
    """
    lines = [text for text in dict.fromkeys(texts) if text and text.casefold() not in known]
    is_heading = pattern(r"\W*{contacts}(?!\w)").match
    has_contacts = any(is_heading(line) or PRESS_CONTACT.search(line) for line in lines)
    if not head and not has_contacts:
        lines = [line for line in lines if not _PAGE.fullmatch(line)]
    used = [line for line in lines if head and is_label_line(line)]
    if has_contacts and any(parse_contact_line(line).reaches for line in lines):
        used = lines
    pieces = [Piece(Paragraph((Span(line),)), number) for line in used]
    draft.pieces[:] = [*pieces, *draft.pieces] if head else [*draft.pieces, *pieces]
    place = "head" if head else "foot"
    for line in lines:
        known.add(line.casefold())
        if line not in used:
            draft.keep(f"page-{place}", Line(number, line))
            draft.report("left-out", f'left out: the {place} of the page, "{line}"', number)
    return lines
