"""Metadata: what documents tell about who made them, and what was taken out of them.

Owns reading it out of bytes: Word, Excel and PowerPoint files (they are ZIP archives of XML) and PDF. Never renders,
never changes a file. A file that is damaged tells nothing: whoever opens it will see.

Only what is looked for is unpacked, and no more of it than `_MOST_BYTES` together: an archive can be a bomb.
Gaps: old binary Office files (.doc), OpenDocument, video; where a photo was taken (EXIF).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

_MOST_BYTES = 20_000_000
_PROPERTIES = {
    "docProps/core.xml": (("creator", "author"), ("lastModifiedBy", "last saved by")),
    "docProps/app.xml": (("Company", "company"), ("Manager", "manager")),
}
_TEXT_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_COMMENTS = re.compile(r"(?:word|ppt|xl)/(?:comments/|threadedComments/)?(?:\w*[cC]omments?\d*)\.xml")
_NOTES = re.compile(r"ppt/notesSlides/notesSlide\d+\.xml")
_CHANGES = re.compile(rb"<w:(?:ins|del|moveFrom|moveTo)\s[^>]*w:author")
_DELETED = re.compile(rb"<w:delText[^>]*>([^<]+)<")
_VANISHED = re.compile(rb"<w:vanish(?:\s*/>|\s+w:val=\"(?:1|true|on)\"\s*/>)")
# what programs write where nobody is named
_NOBODY = frozenset(
    {"python-docx", "openpyxl", "microsoft office user", "user", "admin", "unknown", "author", "un-named", "anonymous"}
)
_COMMENT = re.compile(rb"<(?:\w+:)?(?:comment|cm|threadedComment)\s")
_NOTE_TEXT = re.compile(rb"<a:t>([^<]*)</a:t>")
_HIDDEN_SHEET = re.compile(rb"<sheet\s[^>]*state=\"(?:hidden|veryHidden)\"")
_HIDDEN_SLIDE = re.compile(rb"<p:sld\s[^>]*show=\"0\"")


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
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            parts = _parts(archive, [name for name in names if name.endswith(".xml") and _is_wanted(name)])
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return
    people = _people(parts)
    if people:
        yield Trace("attachment-author", people)
    changes = sum(len(_CHANGES.findall(text)) for name, text in parts.items() if _TEXT_PARTS.fullmatch(name))
    if changes:
        deleted = b"".join(_DELETED.findall(parts.get("word/document.xml", b""))).decode("utf-8", "replace")
        shown = f', among them what was deleted: "{_short(unescape(deleted))}"' if deleted.strip() else ""
        yield Trace("attachment-changes", f"{_count(changes, 'tracked change')}{shown}")
    yield from _remarks(parts)
    yield from _hidden(parts, names)


def _is_wanted(name: str) -> bool:
    return name in _PROPERTIES or re.match(r"(?:word|ppt|xl)/", name) is not None


def _parts(archive: zipfile.ZipFile, names: list[str]) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left = _MOST_BYTES
    for name in names:
        with archive.open(name) as file:
            parts[name] = file.read(left)
        left -= len(parts[name])
        if left <= 0:
            break
    return parts


def _people(parts: dict[str, bytes]) -> str:
    found: list[str] = []
    for part, fields in _PROPERTIES.items():
        text = parts.get(part, b"").decode("utf-8", "replace")
        for tag, word in fields:
            match = re.search(rf"<(?:\w+:)?{tag}\b[^>]*>([^<]+)<", text)
            value = unescape(match[1]).strip() if match else ""
            if value and value.lower() not in _NOBODY:
                found.append(f"{word} {value}")
    return ", ".join(found)


def _remarks(parts: dict[str, bytes]) -> Iterator[Trace]:
    comments = sum(len(_COMMENT.findall(text)) for name, text in parts.items() if _COMMENTS.fullmatch(name))
    if comments:
        yield Trace("attachment-comments", _count(comments, "comment"))
    notes = [b"".join(_NOTE_TEXT.findall(text)).strip() for name, text in parts.items() if _NOTES.fullmatch(name)]
    said = [note for note in notes if len(note) > 3]  # a slide's number is no note
    if said:
        words = f"{_count(len(said), 'page')} of speaker's notes"
        yield Trace("attachment-comments", words)


def _hidden(parts: dict[str, bytes], names: list[str]) -> Iterator[Trace]:
    if any(_VANISHED.search(text) for name, text in parts.items() if _TEXT_PARTS.fullmatch(name)):
        yield Trace("attachment-hidden", "hidden text")
    sheets = len(_HIDDEN_SHEET.findall(parts.get("xl/workbook.xml", b"")))
    if sheets:
        yield Trace("attachment-hidden", _count(sheets, "hidden sheet"))
    slides = sum(bool(_HIDDEN_SLIDE.search(text)) for name, text in parts.items() if name.startswith("ppt/slides/"))
    if slides:
        yield Trace("attachment-hidden", _count(slides, "hidden slide"))
    inside = [name for name in names if "/embeddings/" in name]
    if inside:
        yield Trace(
            "attachment-hidden", f"{_count(len(inside), 'file')} inside it, whole: {inside[0].rpartition('/')[2]}"
        )


def _pdf(data: bytes) -> Iterator[Trace]:
    from pypdf import PdfReader  # noqa: PLC0415 - 0.3 s that a release without a PDF need not wait
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return
        author = str(reader.metadata.get("/Author") or "").strip() if reader.metadata else ""
        comments = sum(_annotations(page) for page in reader.pages[:200])
        inside = list(reader.attachments)[:5]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return
    if author and author.lower() not in _NOBODY:
        yield Trace("attachment-author", f"author {author}")
    if comments:
        yield Trace("attachment-comments", _count(comments, "comment"))
    if inside:
        yield Trace("attachment-hidden", f"{_count(len(inside), 'file')} inside it, whole: {', '.join(inside)}")


def _annotations(page: Any) -> int:  # noqa: ANN401 - a page of pypdf, which is imported only when a PDF is there
    """Count what somebody noted on a page: links and fields are no notes."""
    kinds = {"/Text", "/Highlight", "/FreeText", "/StrikeOut", "/Underline", "/Squiggly", "/Caret", "/Ink", "/Stamp"}
    notes = page.get("/Annots")
    if notes is None:
        return 0
    found: list[Any] = [note.get_object() for note in notes.get_object()]
    return sum(str(note.get("/Subtype")) in kinds for note in found)


def _count(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"


def _short(text: str, limit: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
