"""The text of a part of a message, whatever its charset field says."""

from __future__ import annotations

import pytest

from mailer.bounces.parts import parse_message


@pytest.mark.parametrize(
    "written, expected",
    [
        (b"550 Empf\\303\\244nger unbekannt", "550 Empfänger unbekannt"),  # Exim, of UTF-8
        (b"550 Empf\\344nger unbekannt", "550 Empfänger unbekannt"),  # Exim, of ISO-8859-1
        (b"550 \\343\\203\\246\\343\\203\\274\\343\\202\\266\\343\\203\\274", "550 ユーザー"),
        (b"550 No such user in \\queue\\new", "550 No such user in \\queue\\new"),
        (b"550 see \\128 and \\399", "550 see \\128 and \\399"),
    ],
)
def test_octal_numbers_are_the_letters_that_a_server_did_not_dare_to_write(written: bytes, expected: str) -> None:
    assert parse_message(b"Content-Type: text/plain; charset=us-ascii\n\n" + written).text == expected


def test_so_they_are_in_a_header_field() -> None:
    part = parse_message(b"X-Failed-Recipients: zo\\303\\253@fern.example.com\n\n")
    assert part.header("x-failed-recipients") == "zoë@fern.example.com"


@pytest.mark.parametrize("charset", ["us-ascii", "US-ASCII", "ascii", "utf-8", "no-such-charset", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_text_that_is_called_ascii_and_is_none_is_read_all_the_same(charset: str, encoding: str) -> None:
    """OpenSMTPD labels every notification us-ascii, whatever the other server replied."""
    written = "550 Empfänger unbekannt".encode(encoding)
    part = parse_message(f"Content-Type: text/plain; charset={charset}\n\n".encode() + written)
    assert part.text == "550 Empfänger unbekannt"
