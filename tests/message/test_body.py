"""Bodies: what is encoded comes back, in lines that every server carries."""

from __future__ import annotations

import binascii
import quopri
import re
from base64 import b64decode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailer.message.compose import LINE_LIMIT, compose_base64, compose_text_body, normalise_text

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)
# lines of nearly the limit that end in blanks, the trap of binascii.b2a_qp
trap = st.lists(
    st.builds(
        lambda n, tail: "x" * n + tail, st.integers(68, 80), st.sampled_from(["", " ", "\t", "  ", "=", "é", " é"])
    ),
    max_size=6,
).map("\n".join)


def decoded(encoding: bytes, data: bytes) -> str:
    return (quopri.decodestring(data) if encoding == b"quoted-printable" else b64decode(data)).decode()


@pytest.mark.slow
@given(st.one_of(any_text, trap))
@example("x" * 75 + " \n")
@example("x" * 74 + "= \n")
@example("From here\nFrom there\n" + "From " * 30)
@example(".\n..\n")
@settings(max_examples=250)
def test_any_text_comes_back_normalised(text: str) -> None:
    encoding, data = compose_text_body(text)
    assert decoded(encoding, data) == normalise_text(text)
    assert data.isascii()
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_LIMIT
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert not any(line.endswith((b" ", b"\t")) for line in lines)
    assert not any(line.startswith(b"From ") for line in lines)
    assert data.endswith(b"\r\n")


@pytest.mark.parametrize("end", ["é ", "éé ", "ééé ", "= ", "=é ", "x= ", "=x\t", " ", "€ "])
def test_a_line_that_has_to_be_wrapped_again_is_never_cut_within_an_escape(end: str) -> None:
    for length in range(55, LINE_LIMIT + 2):
        text = "x" * length + end
        encoding, data = compose_text_body(f"{text}\nThe next line.\n")
        assert decoded(encoding, data) == f"{text}\r\nThe next line.\r\n"
        assert not re.search(rb"=[0-9A-F]?=\r\n", data)
        assert max(map(len, data.split(b"\r\n"))) <= LINE_LIMIT


def test_the_trap_is_real_and_is_mended() -> None:
    line = b"x" * 75 + b" \r\n"
    raw = binascii.b2a_qp(line, istext=True)
    assert max(map(len, raw.split(b"\r\n"))) >= LINE_LIMIT
    encoding, data = compose_text_body("x" * 75 + " \n")
    assert encoding == b"quoted-printable"
    assert max(map(len, data.split(b"\r\n"))) <= LINE_LIMIT


@pytest.mark.parametrize(
    "text, encoding",
    [
        ("Plain English, nothing else.", b"quoted-printable"),
        ("Größe, Möwe, Straße: ein deutscher Satz mit Umlauten.", b"quoted-printable"),
        ("Тюлени вернулись на восточный пирс через сорок лет.", b"base64"),
        ("アザラシが四十年ぶりに戻った。", b"base64"),
    ],
)
def test_mostly_non_latin_text_goes_base64(text: str, encoding: bytes) -> None:
    assert compose_text_body(text)[0] == encoding


def test_boundary_mark_cannot_occur_in_an_encoded_body() -> None:
    for text in ("--=_abc", "=_abc\n" * 3, "ж=_ж" * 40):
        assert b"=_" not in compose_text_body(text)[1]


@given(st.text("a\r\n", max_size=30))
def test_line_ends_of_any_kind_become_crlf(text: str) -> None:
    normal = normalise_text(text)
    assert normal.endswith("\r\n")
    assert "\r" not in normal.replace("\r\n", "")
    assert "\n" not in normal.replace("\r\n", "")
    assert normal.count("a") == text.count("a")


@given(st.binary(max_size=400))
def test_any_file_comes_back(data: bytes) -> None:
    encoded = compose_base64(data)
    assert b64decode(encoded) == data
    assert max(map(len, encoded.split(b"\r\n"))) <= LINE_LIMIT
