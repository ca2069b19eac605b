"""Files that go with a mail: what is refused, what it is called, how large it may be."""

from __future__ import annotations

import re
import struct

import pytest

from mailer.errors import InputProblem
from mailer.message.compose import (
    MAX_ENCODED_BYTES,
    attachment_name,
    check_attachment,
    check_total_size,
    compose_frame,
    compose_message,
)
from mailer.message.files import make_inline_image
from mailer.message.values import Attachment, InlineImage, Rendered
from tests.message.samples import SENDER, SENT_AT, png
from tests.message.test_compose import TO

PDF = b"%PDF-1.7 x"
ZIP = b"PK\x03\x04 x"


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.pdf", PDF),
        ("a.docx", ZIP),
        ("A.JPG", b"\xff\xd8\xff"),
        ("b.txt", b"hello"),
        ("c.csv", b"a,b"),
        ("d", b"x"),
        ("dates.ics", b"BEGIN:VCALENDAR"),
    ],
)
def test_honest_file_may_go(name: str, data: bytes) -> None:
    check_attachment(Attachment(name, "application/octet-stream", data))


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a.exe", b"x", "program"),
        ("a.pdf.exe", PDF, "program"),
        ("a.exe. ", b"x", "program"),
        ("a.JS", b"x", "program"),
        ("a.pdf", b"MZ\x90", "program"),
        ("a.txt", b"#!/bin/sh", "program"),
        ("a.zip", ZIP, "archive"),
        ("a.pdf", ZIP, "not a PDF"),
        ("a.txt", ZIP, "archive"),
        ("a.dat", b"Rar!", "archive"),
        ("a.docm", ZIP, "macros"),
        ("a.docx", ZIP + b"word/vbaProject.bin", "macros"),
        ("a.doc", b"\xd0\xcf\x11\xe0" + "_VBA_PROJECT".encode("utf-16-le"), "macros"),
        ("help.chm", b"ITSF", "program"),
        ("a.png", PDF, "not a PNG"),
        ("a.docx", b"x", "not a DOCX"),
        ("a.pdf", b"", "empty"),
    ],
)
def test_file_that_newsrooms_refuse_is_refused_before(name: str, data: bytes, words: str) -> None:
    with pytest.raises(InputProblem, match=words):
        compose_frame(SENDER, language="en", seed=b"x", attachments=[Attachment(name, "application/pdf", data)])


@pytest.mark.parametrize(
    "given, name",
    [
        ("/home/ines/count.pdf", "count.pdf"),
        ("C:\\press\\count.pdf", "count.pdf"),
        (" count.pdf ", "count.pdf"),
        ("../../x.pdf", "x.pdf"),
    ],
)
def test_path_never_leaves_this_machine(given: str, name: str) -> None:
    assert attachment_name(Attachment(given, "", b"")) == name


@pytest.mark.parametrize("name", ["", "/", "a/", "  ", "a\r\nb.pdf", "a\0.pdf"])
def test_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputProblem, match="attachment name"):
        attachment_name(Attachment(name, "", b""))


@pytest.mark.parametrize(
    "media_type, text, charset",
    [
        ("text/plain", "Öffnungszeiten".encode(), b'charset="utf-8"'),
        ("text/calendar", b"BEGIN:VCALENDAR", b""),
        ("text/plain", "Öffnungszeiten".encode("latin-1"), b""),
        ("application/json", '"Ö"'.encode(), b""),
    ],
)
def test_an_attached_text_says_that_it_is_utf_8(media_type: str, text: bytes, charset: bytes) -> None:
    frame = compose_frame(SENDER, language="en", seed=b"x", attachments=[Attachment("a.txt", media_type, text)])
    data = compose_message(frame, Rendered("Seals", "<p>Seals</p>", "Seals"), TO, date=SENT_AT)
    part = data[data.index(f"Content-Type: {media_type}".encode(), data.rindex(b"text/html")) :]
    found = re.search(rb'charset="?[\w-]+"?', part)
    assert (found[0] if found else b"") == charset


def test_too_much_is_refused_as_it_would_travel() -> None:
    half = bytes(MAX_ENCODED_BYTES * 57 // 78 // 2 - 100)
    attachment, image = Attachment("a.txt", "text/plain", half), InlineImage("x@example.org", "image/png", half)
    check_total_size([attachment], [image])
    with pytest.raises(InputProblem, match=r"15\.0 MB"):
        check_total_size([attachment], [image, image])


@pytest.mark.parametrize(
    "data, media_type, size",
    [
        (png(1104, 620), "image/png", (1104, 620)),
        (b"GIF89a" + struct.pack("<HH", 20, 10), "image/gif", (20, 10)),
        (
            b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 30, 40) + b"\x03",
            "image/jpeg",
            (40, 30),
        ),
        (b"\xff\xd8\xff\xd9", "image/jpeg", (0, 0)),
    ],
)
def test_picture_is_known_by_its_bytes(data: bytes, media_type: str, size: tuple[int, int]) -> None:
    image = make_inline_image("pictures\\seal.bin", data, domain="example.org")
    assert (image.media_type, (image.width, image.height), image.name) == (media_type, size, "seal.bin")
    assert image.content_id.endswith("@example.org")
    assert image.content_id == make_inline_image("other.png", data, domain="example.org").content_id


@pytest.mark.parametrize("data", [b"<svg/>", b"RIFF____WEBP", b"", b"\x89PNG\r\n\x1a\n"])
def test_picture_that_not_every_program_shows_is_refused(data: bytes) -> None:
    with pytest.raises(InputProblem, match="PNG, JPEG or GIF"):
        make_inline_image("x.svg", data, domain="example.org")


def test_a_mail_in_plain_text_takes_no_attachment_that_newsrooms_refuse() -> None:
    with pytest.raises(InputProblem, match="program"):
        compose_frame(
            SENDER, language="en", seed=b"1", attachments=[Attachment("a.exe", "text/plain", b"x")], has_html=False
        )
