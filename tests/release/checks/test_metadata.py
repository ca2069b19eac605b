"""Metadata: what documents and photos, made by the usual libraries, reveal about their authors."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import Text

from mailer.release.checks.links import picture_kind, traces_of

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BY = 'w:id="1" w:author="Bo" w:date="2026-01-01T00:00:00Z"'


def traces(data: bytes) -> dict[str, str]:
    return {trace.code: trace.what for trace in traces_of(data)}


def saved(document: Any) -> bytes:
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def word(author: str = "", saved_by: str = "") -> Any:
    document = Document()
    document.add_paragraph("Seals are back.")
    document.core_properties.author = author
    document.core_properties.last_modified_by = saved_by
    return document


def test_a_word_file_tells_who_wrote_and_saved_it() -> None:
    assert traces(saved(word())) == {}
    assert traces(saved(word("Ada & Brook", "Bo Lind"))) == {
        "attachment-author": "author Ada & Brook, last saved by Bo Lind"
    }
    assert traces(saved(word("python-docx"))) == {}


def test_a_word_file_tells_what_was_deleted_commented_and_hidden() -> None:
    document = word()
    paragraph = document.paragraphs[0]
    paragraph._p.append(parse_xml(f"<w:del {W} {BY}><w:r><w:delText>we lost count</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {W} {BY}><w:r><w:t>41</w:t></w:r></w:ins>"))
    paragraph._p.append(parse_xml(f"<w:r {W}><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"))
    document.add_comment(paragraph.runs[0], "is this so?", author="Bo")
    assert traces(saved(document)) == {
        "attachment-changes": '2 tracked changes, among them what was deleted: "we lost count"',
        "attachment-comments": "one comment",
        "attachment-hidden": "hidden text",
    }


def archive(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return data.getvalue()


SHEETS = '<sheet name="a" state="hidden"/><sheet name="b"/>'
COMMENTS = "<comments><comment ref='A1'/><comment ref='A2'/></comments>"
COMPANY = "<Properties><Company>Gannet Foods</Company></Properties>"
NOTES = "ppt/notesSlides/notesSlide1.xml"


@pytest.mark.parametrize(
    "name, text, found",
    [
        ("docProps/app.xml", COMPANY, {"attachment-author": "company Gannet Foods"}),
        ("xl/workbook.xml", SHEETS, {"attachment-hidden": "one hidden sheet"}),
        ("xl/comments1.xml", COMMENTS, {"attachment-comments": "2 comments"}),
        ("ppt/slides/slide1.xml", '<p:sld xmlns:p="x" show="0">', {"attachment-hidden": "one hidden slide"}),
        (NOTES, "<a:t>do not say this</a:t>", {"attachment-comments": "one page of speaker's notes"}),
        (NOTES, "<a:t>12</a:t>", {}),
        ("word/embeddings/figures.xlsx", "x", {"attachment-hidden": "one file inside it, whole: figures.xlsx"}),
        ("word/document.xml", "<w:t>clean</w:t>", {}),
    ],
)
def test_other_office_files_tell_theirs(name: str, text: str, found: dict[str, str]) -> None:
    assert traces(archive({name: text})) == found


def test_a_pdf_tells_its_author_its_comments_and_the_files_in_it() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    plain = io.BytesIO()
    writer.write(plain)
    assert traces(plain.getvalue()) == {}
    writer.add_metadata({"/Author": "Ada Brook", "/Creator": "A writing program"})
    writer.add_annotation(0, Text(text="hm", rect=(0, 0, 10, 10)))
    writer.add_attachment("figures.csv", b"1,2")
    data = io.BytesIO()
    writer.write(data)
    assert traces(data.getvalue()) == {
        "attachment-author": "author Ada Brook",
        "attachment-comments": "one comment",
        "attachment-hidden": "one file inside it, whole: figures.csv",
    }


def photo(kind: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (12, 9)).save(data, kind)
    return data.getvalue()


@pytest.mark.parametrize("kind, ending", [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_photo_is_known_by_its_first_bytes_and_tells_nothing_else(kind: str, ending: str) -> None:
    assert traces(photo(kind)) == {}
    assert picture_kind(photo(kind)) == ending


WHOLE = {"jpg": photo("JPEG"), "docx": saved(word("Ada Brook"))}


@pytest.mark.parametrize("ending", WHOLE)
def test_a_file_that_is_cut_off_anywhere_raises_nothing(ending: str) -> None:
    data = WHOLE[ending]
    for stop in range(0, len(data), max(1, len(data) // 60)):
        traces_of(data[:stop])
    traces_of(bytes(255 - byte if i % 7 == 0 and i > 8 else byte for i, byte in enumerate(data)))
    traces_of(b"%PDF-1.7\n" + data)


def test_an_archive_that_is_a_bomb_is_read_a_little_way_only() -> None:
    bomb = archive({f"word/x{number}.xml": "0" * 3_000_000 for number in range(12)})
    assert traces_of(bomb) == ()


@pytest.mark.parametrize(
    "data, kind",
    [
        (b"<svg xmlns=''>", "svg"),
        (b"<?xml version='1.0'?><svg>", "svg"),
        (b"\0\0\0\x18ftypheic", "heic"),
        (b"<!DOCTYPE html><p>", "html"),
        (b"GIF89a", "gif"),
        (b"hello", ""),
    ],
)
def test_the_first_bytes_tell_the_kind_of_a_picture(data: bytes, kind: str) -> None:
    assert picture_kind(data) == kind
