from __future__ import annotations

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.address import ROLE_NAMES, InvalidAddress, known_address, parse_address, printable
from mailer.errors import InputProblem


@pytest.mark.parametrize(
    "text, wire, shown",
    [
        ("ada@example.com", "ada@example.com", "ada@example.com"),
        ("  Ada.Byron@Example.COM ", "Ada.Byron@example.com", "Ada.Byron@example.com"),
        ("\u00a0ada@example.com\u200b", "ada@example.com", "ada@example.com"),
        ("\ufeffada@example.com", "ada@example.com", "ada@example.com"),
        ("o'neill+press@example.co.uk", "o'neill+press@example.co.uk", "o'neill+press@example.co.uk"),
        ("ada@bücher.example.org", "ada@xn--bcher-kva.example.org", "ada@bücher.example.org"),
        ("ada@xn--bcher-kva.example.org", "ada@xn--bcher-kva.example.org", "ada@bücher.example.org"),
        ("jürgen@example.org", "jürgen@example.org", "jürgen@example.org"),
        ("ju\u0308rgen@example.org", "jürgen@example.org", "jürgen@example.org"),
        ("ада@example.org", "ада@example.org", "ада@example.org"),
    ],
)
def test_an_address_has_a_form_for_the_wire_and_one_for_people(text: str, wire: str, shown: str) -> None:
    address = parse_address(text)
    assert address.wire == wire
    assert str(address) == shown


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "there is no address"),
        (" \t ", "there is no address"),
        ("ada", "it has no @"),
        ("ada@example", "the domain has no dot"),
        ("ada@", "there must be something after the @-sign"),
        ("@example.com", "there must be something before the @-sign"),
        ("ada@@example.com", ""),
        ("ada@example..com", "an email address cannot have two periods in a row"),
        ("ada@-example.com", "hyphen"),
        ("a da@example.com", "invalid characters before the @-sign"),
        ("ada@example.com, bo@example.com", ""),
        ("Ada <ada@example.com>", ""),
        ('"ada b"@example.com', ""),
        ("ada@[192.0.2.1]", "bracket"),
        ("ada@example.com\r\nBcc: bo@example.com", ""),
        ("ada\x00@example.com", ""),
        ("ada\u202e@example.com", ""),
        ("“ada”@example.com", "it contains “"),
        ("ada…@example.com", "it contains …"),
        ("a" * 65 + "@example.com", "too long before the @-sign"),
        ("ada@" + "a" * 64 + ".com", ""),
        ("ada@example.invalid", ""),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        parse_address(text)
    assert reason in caught.value.message
    assert isinstance(caught.value, InputProblem)
    assert caught.value.code == "invalid-address"
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "one, other",
    [
        ("ada@example.com", "ADA@EXAMPLE.COM"),
        ("ada@bücher.example.org", "ada@xn--BCHER-kva.example.org"),
        ("jürgen@example.org", "JU\u0308RGEN@example.org"),
        (" ada@example.com", "ada@example.com\u00a0"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert parse_address(one).key == parse_address(other).key


@pytest.mark.parametrize("other", ["a.da@example.com", "ada+news@example.com", "ada@example.net", "ad@example.com"])
def test_dots_and_tags_make_another_mailbox(other: str) -> None:
    assert parse_address(other).key != parse_address("ada@example.com").key


def test_only_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    assert parse_address("jürgen@example.org").needs_smtputf8
    assert not parse_address("jurgen@bücher.example.org").needs_smtputf8


@pytest.mark.parametrize(
    "local", ["NewsDesk", "redaktion", "kultur", "redaktion.berlin", "newsdesk-uk", "rédaction", "tips"]
)
def test_a_desk_is_told_from_a_person(local: str) -> None:
    assert parse_address(f"{local}@example.com").is_role


@pytest.mark.parametrize("local", ["press.ada", "ada", "ada+newsdesk", "a.redaktionsleiter"])
def test_a_person_is_no_desk(local: str) -> None:
    assert not parse_address(f"{local}@example.com").is_role
    assert all(name == name.lower() for name in ROLE_NAMES)


LOCALS = st.text("abcXYZ019.+-_'äöüßñéжИ中", min_size=1, max_size=12)
DOMAINS = st.sampled_from(["example.com", "Example.ORG", "bücher.example.net", "xn--bcher-kva.example.net"])


@given(LOCALS, DOMAINS)
def test_reading_what_was_written_gives_the_same_person(local: str, domain: str) -> None:
    try:
        address = parse_address(f"{local}@{domain}")
    except InvalidAddress:
        return
    for form in (address.wire, str(address)):
        assert parse_address(form).key == address.key
    if local.upper().lower() == local.lower():  # ß has no capital that comes back
        assert parse_address(address.wire.upper()).key == address.key
    assert unicodedata.is_normalized("NFC", address.key)
    assert address.wire.rpartition("@")[2].isascii()


@pytest.mark.parametrize(
    "text",
    [
        "Ada.Byron+x@example.com",
        "o'neill@example.org",
        "ada@bücher.example.org",
        "jürgen@example.org",
        "a_b%c@x1.example.net",
    ],
)
def test_an_address_that_was_written_down_is_read_as_it_was_checked(text: str) -> None:
    checked = parse_address(text)
    known = known_address(str(checked))
    assert (known, known.wire, known.key) == (checked, checked.wire, checked.key)


@given(st.emails())
def test_any_address_is_known_again(text: str) -> None:
    try:
        checked = parse_address(text)
    except InvalidAddress:
        return
    assert known_address(str(checked)) == checked


def test_what_was_never_an_address_is_not_known() -> None:
    with pytest.raises(InvalidAddress):
        known_address("ada@@example.com")


@given(st.text(max_size=30) | st.builds("{}@example.com".format, st.text(max_size=10)))
def test_any_text_is_an_address_or_a_problem_and_never_brings_a_line_of_its_own(text: str) -> None:
    try:
        shown = parse_address(text).wire
    except InvalidAddress as problem:
        shown = problem.message.replace(" ", "")
    assert not any(unicodedata.category(c)[0] in "CZ" for c in shown)


_locals = st.text("aZ9._-+'!#%/=?^`{|}~\"\\ ()<>,;:[]@", max_size=70) | st.sampled_from(
    ["Info", "POSTMASTER", "a" * 64]
)
_domains = (
    st.text("aZ9.-_ @[]", max_size=12)
    | st.sampled_from(
        ["Example.COM", "xn--bcher-kva.example.org", "localhost", "a.local", "x.test", "1.2.3.4", "xn--a.com"]
    )
    | st.builds("{}.example.com".format, st.text("aZ9.-", max_size=260))
)


@pytest.mark.slow
@settings(max_examples=500)
@given(st.builds("{}@{}".format, _locals, _domains))
def test_the_quick_check_says_what_email_validator_says(text: str) -> None:
    bare = text.strip(" ")
    try:
        checked = validate_email(bare, check_deliverability=False)
        expected = (
            f"{checked.local_part} {checked.domain} {checked.ascii_domain}" if len(checked.local_part) <= 64 else ""
        )
    except EmailNotValidError:
        expected = ""
    try:
        address = parse_address(text)
        found = f"{address.local} {address.domain} {address.ascii_domain}"
    except InvalidAddress:
        found = ""
    assert found == expected


@pytest.mark.parametrize("length", [253, 254, 255, 256])
def test_an_address_is_as_long_as_a_path_can_be(length: int) -> None:
    domain = ".".join(["d" * 60] * 3 + ["example.com"])
    text = f"{'a' * (length - len(domain) - 1)}@{domain}"
    if length <= 254 and length - len(domain) - 1 <= 64:
        assert parse_address(text).wire == text
    else:
        with pytest.raises(InvalidAddress):
            parse_address(text)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain ä", "plain ä"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb", "a\\nb"),
        ("\u202eabc", "\\u202eabc"),
        ("\ud800", "\\ud800"),
        ("x" * 90, "x" * 79 + "…"),
    ],
)
def test_text_for_a_terminal_is_harmless_and_short(text: str, shown: str) -> None:
    assert printable(text) == shown
