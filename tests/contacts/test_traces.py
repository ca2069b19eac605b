from __future__ import annotations

import base64
import gzip
import io
import quopri
import unicodedata
import zipfile
from typing import Literal

import pytest

from mailer.address import parse_address
from mailer.contacts.traces import Traces

ADA = Traces(parse_address("ada.kern@daily.example.com"))
ZOE = Traces(parse_address("zoë@bücher.example"))


@pytest.mark.parametrize(
    "text",
    [
        "ada.kern@daily.example.com",
        "Ada.Kern@Daily.Example.COM",
        "<mailto:ada.kern@daily.example.com>",
        "Write to ada.kern@daily.example.com.",
        "to=ada.kern%40daily.example.com&x=1",
        "%3Cada.kern@daily.example.com%3E",
        '{"email": "\\u003cada.kern@daily.example.com\\u003e"}',
        "rfc822;\\nada.kern@daily.example.com",
        "ada.kern&#64;daily.example.com",
        "ada.kern [at] daily.example.com",
        "mbox:inbox/ada.kern@daily.example.com.mbox",
        "bounce+ada.kern=daily.example.com@relay.example.net",
    ],
)
def test_an_address_is_found_however_it_is_written(text: str) -> None:
    assert ADA.in_text(text)
    assert ADA.in_bytes(text.encode())
    assert "kern" not in ADA.blotted(text).lower()


@pytest.mark.parametrize(
    "text",
    [
        "nada.kern@daily.example.com",
        "x.ada.kern@daily.example.com",
        "ada.kern@daily.example.com.au",
        "ada.kern@daily.example.community",
        "ada.kern@weekly.example.com",
        "ada.kern at the daily",
    ],
)
def test_another_persons_address_is_left_alone(text: str) -> None:
    assert not ADA.in_text(text)
    assert not ADA.in_bytes(text.encode())
    assert ADA.blotted(text) == text


TEXT = "Reporting-MTA: dns; mx.example.net\r\nFinal-Recipient: rfc822; {}\r\n\r\nNo such user here.\r\n"


def packed(text: str) -> bytes:
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", text)
    return page.getvalue()


@pytest.mark.parametrize("address", ["ada.kern@daily.example.com", "zoë@bücher.example", "ZOË@xn--bcher-kva.example"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "way",
    ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "qp", "base64", "base64-inside", "zip", "gzip"],
)
def test_an_address_is_found_in_bytes_of_every_encoding(address: str, form: Literal["NFC", "NFD"], way: str) -> None:
    traces = ADA if "kern" in address else ZOE
    text = TEXT.format(unicodedata.normalize(form, address))
    if way == "cp1252" and form == "NFD":
        return  # these bytes have no marks that combine
    match way:
        case "qp":
            data = quopri.encodestring(text.replace("rfc822; ", "rfc822; " + "x" * 50 + " ").encode())
        case "base64":
            data = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(text.encode())
        case "base64-inside":
            data = f"Subject: =?utf-8?b?{base64.b64encode(text.encode()).decode()}?=\r\n".encode()
        case "zip":
            data = packed(text)
        case "gzip":
            data = gzip.compress(text.encode())
        case _:
            data = text.encode(way)
    assert traces.in_bytes(data)
    assert not (ZOE if traces is ADA else ADA).in_bytes(data)


def test_a_page_of_a_database_is_searched_without_bounds() -> None:
    page = b"\x00\x00coastada.kern@daily.example.comdaily.example.com\x00"
    assert ADA.in_pages(page)
    assert ADA.in_pages(page.upper())
    assert not ADA.in_pages(page.replace(b"kern", b"horn"))


def test_a_file_that_is_named_after_the_address_is_found() -> None:
    assert ADA.in_name("lamps-Ada.Kern-at-daily.example.com.eml")
    assert not ADA.in_name("lamps-horn-at-daily.example.com.eml")


def test_damaged_archives_are_passed_over() -> None:
    data = packed("ada.kern@daily.example.com")
    assert not ADA.in_bytes(data[:40])
    assert not ADA.in_bytes(b"\x1f\x8b" + b"nonsense")


@pytest.mark.slow
def test_an_address_in_an_archive_within_archives_is_found_and_those_that_multiply_have_an_end() -> None:
    def packed(data: bytes, levels: int) -> bytes:
        for _ in range(levels):
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
                for number in range(4):
                    archive.writestr(f"{number}.zip", data)
            data = made.getvalue()
        return data

    assert ADA.in_bytes(packed(b"to ada.kern@daily.example.com", 3))
    assert not ADA.in_bytes(packed(b"to nobody", 24))
