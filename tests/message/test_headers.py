"""Header fields: every value comes back as it went in, or is refused with the field's name."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.message.compose import (
    compose_list_unsubscribe,
    compose_mailbox_field,
    compose_parameter,
    compose_structured_field,
    compose_text_field,
)

ADA = parse_address("ada@daily.example.com")
FORBIDDEN = [*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\udfff"]
header_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=FORBIDDEN), max_size=400)


def parsed(field: bytes) -> str:
    name = field.partition(b":")[0].decode()
    return str(message_from_bytes(field + b"\r\n", policy=default)[name])


def assert_lines(field: bytes) -> None:
    assert field.endswith(b"\r\n")
    assert b"\r" not in field.replace(b"\r\n", b"")
    assert b"\n" not in field.replace(b"\r\n", b"")
    lines = field.split(b"\r\n")[:-1]
    assert max(map(len, lines)) <= 78
    assert all(line.strip() for line in lines)
    assert not re.search(rb"=\?[^?]*\?[bq]\?\?=", field)
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+", field))


@given(header_text)
@settings(max_examples=150)
def test_any_subject_comes_back_as_it_was(subject: str) -> None:
    field = compose_text_field("Subject", subject)
    if subject:
        assert_lines(field)
    assert parsed(field) == subject


@given(header_text)
@settings(max_examples=150)
def test_any_name_comes_back_as_it_was(name: str) -> None:
    field = compose_mailbox_field("To", name, ADA)
    assert_lines(field)
    assert field.isascii()
    # the address stands in clear, at the end
    assert re.search(rb"[ <]ada@daily\.example\.com>?\r\n$", field)
    # the older parser: the newer one of Python 3.11 puts a blank between the encoded words of a name
    value = message_from_bytes(field + b"\r\n")["To"]
    display = value.rpartition("<")[0].strip() if "<" in value else ""
    if display.startswith('"'):
        display = re.sub(r"\\(.)", r"\1", display[1:-1])
    assert str(make_header(decode_header(display))) == name.strip()


@pytest.mark.parametrize(
    "name, expected",
    [
        ("", b"To: ada@daily.example.com\r\n"),
        ("   ", b"To: ada@daily.example.com\r\n"),
        ("Ada Brook", b"To: Ada Brook <ada@daily.example.com>\r\n"),
        ("Brook, Ada", b'To: "Brook, Ada" <ada@daily.example.com>\r\n'),
        ('Ada "the pen" Brook', b'To: "Ada \\"the pen\\" Brook" <ada@daily.example.com>\r\n'),
        ("a@b.example", b'To: "a@b.example" <ada@daily.example.com>\r\n'),
        ("Ada <x@evil.example>", b'To: "Ada <x@evil.example>" <ada@daily.example.com>\r\n'),
        ("Zoë Müller", b"To: =?utf-8?q?Zo=C3=AB_M=C3=BCller?= <ada@daily.example.com>\r\n"),
        ("渡辺 葵", b"To: =?utf-8?b?5rih6L66IOiRtQ==?= <ada@daily.example.com>\r\n"),
        ("=?utf-8?q?x?=", b"To: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <ada@daily.example.com>\r\n"),
    ],
)
def test_name_takes_the_simplest_form_that_holds_it(name: str, expected: bytes) -> None:
    assert compose_mailbox_field("To", name, ADA) == expected


@pytest.mark.parametrize("character", FORBIDDEN)
@pytest.mark.parametrize("place", ["A{}B", "{}A", "A{}"])
def test_control_character_is_refused_and_the_field_named(character: str, place: str) -> None:
    value = place.format(character)
    with pytest.raises(InputProblem, match="Subject"):
        compose_text_field("Subject", value)
    with pytest.raises(InputProblem, match="To"):
        compose_mailbox_field("To", value, ADA)


@pytest.mark.parametrize(
    "attack",
    ["A\r\nBcc: x@evil.example", "A\nBcc: x@evil.example", "A\r\n\r\nbody", "A\rBcc: x", "A\u2028Bcc: x", "A\0"],
)
def test_injected_header_is_refused_with_a_sentence(attack: str) -> None:
    with pytest.raises(InputProblem) as problem:
        compose_mailbox_field("To", attack, ADA)
    assert "must not" in problem.value.message
    assert problem.value.message.isprintable()


def test_idn_domain_is_written_as_a_labels_and_never_encoded() -> None:
    assert compose_mailbox_field("To", "", parse_address("ada@bücher.example.com")) == (
        b"To: ada@xn--bcher-kva.example.com\r\n"
    )


def test_local_part_beyond_ascii_stays_utf8() -> None:
    assert compose_mailbox_field("To", "", parse_address("zoë@example.com")) == "To: zoë@example.com\r\n".encode()


def test_long_ascii_subject_is_folded_at_blanks_and_not_encoded() -> None:
    subject = "Harbour seals return to the Eastern Pier after forty years, and the Trust opens the pier on 5 December"
    field = compose_text_field("Subject", subject)
    assert b"=?" not in field
    assert field.count(b"\r\n ") == 1
    assert parsed(field) == subject


def test_list_unsubscribe_with_a_long_token_is_one_plain_uri_a_line() -> None:
    url, mail = f"https://press.example.org/o/{'a' * 150}", "mailto:optout+abc@example.org?subject=x,y"
    assert (
        compose_list_unsubscribe((url, mail.replace(",", "%2C")))
        == (
            f"List-Unsubscribe: <{url}>,\r\n <mailto:optout+abc@example.org?subject=x%2Cy>\r\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    "uris, post",
    [
        ((), False),
        (("mailto:o@example.org",), False),
        (("https://e.example/o",), True),
        (("https://e.example/o", "mailto:o@example.org"), True),
    ],
)
def test_one_click_is_announced_only_with_an_https_uri(uris: tuple[str, ...], post: bool) -> None:  # noqa: FBT001 - a table's column
    assert (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in compose_list_unsubscribe(uris)) is post


@pytest.mark.parametrize(
    "uris",
    [
        ("http://e.example/o",),
        ("https://e.example/ö",),
        ("https://e.example/>",),
        ("mailto:a b@example.org",),
        ("https://e.example/a", "https://e.example/b"),
        ("mailto:a@example.org\r\nBcc: x@evil.example",),
    ],
)
def test_list_unsubscribe_uri_that_would_break_the_field_is_refused(uris: tuple[str, ...]) -> None:
    with pytest.raises(InputProblem, match="List-Unsubscribe"):
        compose_list_unsubscribe(uris)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=FORBIDDEN), min_size=1, max_size=120))
@settings(max_examples=100)
def test_any_parameter_comes_back_as_it_was(value: str) -> None:
    field = compose_structured_field("Content-Disposition", "attachment", compose_parameter("filename", value))
    assert_lines(field)
    assert message_from_bytes(field + b"\r\n").get_filename() == value.strip() or (
        message_from_bytes(field + b"\r\n", policy=default).get_filename() == value
    )


@pytest.mark.parametrize("name", ["Subject", "X-A-Rather-Long-Name-Of-A-Field"])
def test_no_line_of_a_field_passes_78_whatever_the_length_of_its_words(name: str) -> None:
    for length in range(30, 100):
        for words in (["x" * length], ["x" * length, "y" * length], ["The", "x" * length], ["x" * length, "é"]):
            field = compose_text_field(name, " ".join(words))
            assert_lines(field)
            assert not field.startswith(f"{name}:\r\n".encode())  # a first line that holds nothing


def test_a_line_is_folded_where_it_would_pass_78_and_not_before() -> None:
    first = "Ferry " * 11
    assert compose_text_field("Subject", f"{first}run") == f"Subject: {first}run\r\n".encode()  # 78
    assert compose_text_field("Subject", f"{first}runs") == f"Subject: {first.rstrip()}\r\n runs\r\n".encode()


def test_no_line_of_a_mailbox_passes_78_whatever_the_length_of_its_name() -> None:
    for length in range(40, 100):
        for name in ("x" * length, "Dr. " + "x" * length, "Dr.  " + "x" * length, "x" * length + ' "the ferry" y'):
            assert_lines(compose_mailbox_field("Reply-To", name, parse_address("press@example.org")))


@pytest.mark.parametrize(
    "character, what",
    [
        ("\n", "a line break"),
        ("\u2028", "a line break"),
        ("\x00", "a character that cannot be sent"),
        ("\x7f", "a char"),
    ],
)
def test_a_refused_character_is_called_what_it_is(character: str, what: str) -> None:
    with pytest.raises(InputProblem, match=what):
        compose_text_field("Subject", f"Ferry{character}again")
