"""Metadata: what documents tell about who made them, and what was taken out of them.

Owns reading it out of bytes: Word, Excel and PowerPoint files (they are ZIP archives of XML) and PDF. Never renders,
never changes a file. A file that is damaged tells nothing: that is seen when it is opened.

Only what is looked for is unpacked, and no more of it than `_MOST_BYTES` together: an archive can be a bomb.
Gaps: old binary Office files (.doc), OpenDocument, video; where a photo was taken (EXIF).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.checks.case import shortened

_MOST_BYTES = 20_000_000
_MOST_PAGES = 200
_WANTED = re.compile(r"(?:docProps/(?:core|app)|(?:word|ppt|xl)/.*)\.xml")
_PEOPLE = (
    ("docProps/core.xml", "creator", "author"),
    ("docProps/core.xml", "lastModifiedBy", "last saved by"),
    ("docProps/app.xml", "Company", "company"),
    ("docProps/app.xml", "Manager", "manager"),
)
# what programs write where nobody is named
_NOBODY = frozenset(
    {"python-docx", "openpyxl", "microsoft office user", "user", "admin", "unknown", "author", "un-named", "anonymous"}
)
_STORY = r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml"
_CHANGES = rb"<w:(?:ins|del|moveFrom|moveTo)\s[^>]*w:author"
_DELETED = rb"<w:delText[^>]*>([^<]+)<"
_VANISHED = rb"<w:vanish(?:\s*/>|\s+w:val=\"(?:1|true|on)\"\s*/>)"
# what is counted in the parts of an archive: its code, its noun, in which parts, and by what
_COUNTED = (
    ("attachment-comments", "comment", r"(?:word|ppt|xl)/(?:comments/|threadedComments/)?(?:\w*[cC]omments?\d*)\.xml",
     rb"<(?:\w+:)?(?:comment|cm|threadedComment)\s"),
    ("attachment-hidden", "hidden sheet", r"xl/workbook\.xml", rb"<sheet\s[^>]*state=\"(?:hidden|veryHidden)\""),
    ("attachment-hidden", "hidden slide", r"ppt/slides/.*", rb"<p:sld\s[^>]*show=\"0\""),
)  # fmt: skip
# what is a note on a page of a PDF: links and fields are none
_MARKUP = {"/Text", "/Highlight", "/FreeText", "/StrikeOut", "/Underline", "/Squiggly", "/Caret", "/Ink", "/Stamp"}


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that a file tells: the code of its finding, and in which words."""

    code: str
    what: str


def traces_of(data: bytes) -> tuple[Trace, ...]:
    """Return everything that a file tells beside its content, whatever kind of file it is."""
    if data.startswith(b"PK\x03\x04"):
        return tuple(_office(data))
    if data[:1024].lstrip().startswith(b"%PDF"):
        return tuple(_pdf(data))
    return ()


def _office(data: bytes) -> Iterator[Trace]:
    parts: dict[str, bytes] = {}
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            for name in filter(_WANTED.fullmatch, names):
                with archive.open(name) as file:
                    parts[name] = file.read(left)
                left -= len(parts[name])
                if left <= 0:
                    break
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return
    people: list[str] = []
    for part, tag, word in _PEOPLE:
        match = re.search(rf"<(?:\w+:)?{tag}\b[^>]*>([^<]+)<", parts.get(part, b"").decode("utf-8", "replace"))
        value = unescape(match[1]).strip() if match else ""
        if value and value.lower() not in _NOBODY:
            people.append(f"{word} {value}")
    if people:
        yield Trace("attachment-author", ", ".join(people))
    story = [text for name, text in parts.items() if re.fullmatch(_STORY, name)]
    if changes := sum(len(re.findall(_CHANGES, text)) for text in story):
        deleted = b"".join(re.findall(_DELETED, parts.get("word/document.xml", b""))).decode("utf-8", "replace")
        shown = f', among them what was deleted: "{shortened(unescape(deleted), 60)}"' if deleted.strip() else ""
        yield Trace("attachment-changes", f"{_count(changes, 'tracked change')}{shown}")
    if any(re.search(_VANISHED, text) for text in story):
        yield Trace("attachment-hidden", "hidden text")
    for code, noun, where, what in _COUNTED:
        if number := sum(len(re.findall(what, text)) for name, text in parts.items() if re.fullmatch(where, name)):
            yield Trace(code, _count(number, noun))
    notes = [text for name, text in parts.items() if re.fullmatch(r"ppt/notesSlides/notesSlide\d+\.xml", name)]
    said = [b"".join(re.findall(rb"<a:t>([^<]*)</a:t>", text)).strip() for text in notes]
    if pages := sum(len(note) > 3 for note in said):  # a slide's number is no note
        yield Trace("attachment-comments", f"{_count(pages, 'page')} of speaker's notes")
    yield from _inside([name.rpartition("/")[2] for name in names if "/embeddings/" in name], shown=1)


def _pdf(data: bytes) -> Iterator[Trace]:
    from pypdf import PdfReader  # noqa: PLC0415 - 0.3 s that a release without a PDF need not wait
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return
        author = str(reader.metadata.get("/Author") or "").strip() if reader.metadata else ""
        notes: list[Any] = []
        for page in reader.pages[:_MOST_PAGES]:
            if (found := page.get("/Annots")) is not None:
                notes += [note.get_object() for note in found.get_object()]
        comments = sum(str(note.get("/Subtype")) in _MARKUP for note in notes)
        inside = list(reader.attachments)[:5]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return
    if author and author.lower() not in _NOBODY:
        yield Trace("attachment-author", f"author {author}")
    if comments:
        yield Trace("attachment-comments", _count(comments, "comment"))
    yield from _inside(inside, shown=len(inside))


def _inside(files: list[str], *, shown: int) -> Iterator[Trace]:
    if files:
        names = ", ".join(files[:shown])
        yield Trace("attachment-hidden", f"{_count(len(files), 'file')} inside it, whole: {names}")


def _count(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"
