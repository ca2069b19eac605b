from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.address import InvalidAddress
from mailer.contacts.meaning.cells import find_addresses, read_cell, says_none

ADA, BO = "ada@example.org", "bo@example.net"


@pytest.mark.parametrize(
    "cell",
    [
        "mailto:ada@example.org",
        "MAILTO:ada@example.org?subject=Hello%20there",
        "<ada@example.org>",
        "<mailto:ada@example.org>",
        "(ada@example.org)",
        "“ada@example.org”",
        "‘ada@example.org’",
        "'ada@example.org'",
        "'ada@example.org",
        "ada@example.org.",
        "ada@example.org;",
        "ada@example.org,",
        "\u200bada@example.org\u200b",
        "ada@exam\u00adple.org",
        "\u202aada@example.org\u202c",
        "\u00a0ada@example.org\u00a0",
        "ada＠example.org",
        "ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "E-Mail: ada@example.org",
        "work: ada@example.org",
        "ada@example.org (mornings)",
        "ada (at) example.org",
        "ada[at]example[dot]org",
        "ada{at}example.org",
        "ada AT example DOT org",
        "ada@\nexample.org",
        "ada @ example.org",
        '=HYPERLINK("mailto:ada@example.org","Ada")',
        '=HYPERLINK("mailto:ada@example.org";"Ada")',
    ],
)
def test_what_stands_round_an_address_is_taken_off_and_that_is_said(cell: str) -> None:
    found = read_cell(cell)
    assert str(found.address) == ADA
    assert found.others == ()
    assert found.cleaned


@pytest.mark.parametrize(
    "cell",
    [
        "ada@example.org; bo@example.net",
        "ada@example.org, bo@example.net",
        "ada@example.org / bo@example.net",
        "ada@example.org/bo@example.net",
        "ada@example.org | bo@example.net",
        "ada@example.org or bo@example.net",
        "ada@example.org oder bo@example.net",
        "ada@example.org ou bo@example.net",
        "ada@example.org bo@example.net",
        "ada@example.org\nbo@example.net",
        "ada@example.org ::: bo@example.net",
        "Ada Brook <ada@example.org>; Lind, Bo <bo@example.net>",
        "work: ada@example.org, home: bo@example.net",
        "ada@example.org (office); bo@example.net (home)",
        "none@; ada@example.org; bo@example.net; ADA@example.org",
        "n/a; ada@example.org; bo@example.net",
    ],
)
def test_first_good_address_of_several_is_the_persons_and_the_others_are_kept(cell: str) -> None:
    found = read_cell(cell)
    assert [str(found.address), *map(str, found.others)] == [ADA, BO]


@pytest.mark.parametrize(
    "cell, name",
    [
        ("Ada Brook <ada@example.org>", "Ada Brook"),
        ('"Brook, Ada" <ada@example.org>', "Brook, Ada"),
        ("Brook, Ada <ada@example.org>", "Brook, Ada"),
        ("ada@example.org (Ada Brook)", "Ada Brook"),
        ("ada@example.org", ""),
    ],
)
def test_display_name_beside_an_address_is_given(cell: str, name: str) -> None:
    assert read_cell(cell).name == name


@pytest.mark.parametrize(
    "cell, said",
    [
        ("ada brook@example.org", "not an e-mail address"),
        ("ada at example.org", "type the sign"),
        ("ada (at) home", "type the sign"),
        ("ada@NOSPAM.example.org", "placeholder"),
        ("Mail robot <mailer-daemon@example.org>", "a machine"),
        ("ada@example,org", "not an e-mail address"),
        ("ada@@example.org", "more than one @"),
        ("ada brook@example.org, bo at home", "not an e-mail address"),
        ("write to ada@example.org", "not an e-mail address"),
        ("ada@example.org\r\nBcc: bo@example.net", "line break"),
        ("A\nB <ada@example.org>", "line break"),
        ("n/a", "it says that there is none"),
        ("keine", "it says that there is none"),
        ("-", "it says that there is none"),
        ("なし", "it says that there is none"),
        ("example@example.org", "placeholder"),
        ("vorname.nachname@example.org", "placeholder"),
        ("=cmd|' /C calc'!A0", "not an e-mail address"),
    ],
)
def test_cell_from_which_an_address_would_be_a_guess_is_refused(cell: str, said: str) -> None:
    with pytest.raises(InvalidAddress, match=said):
        read_cell(cell)


def test_only_a_cell_that_says_so_says_that_there_is_none() -> None:
    assert says_none("TBC")
    assert says_none("???")
    assert not says_none("ada")
    assert not says_none("none@example.org")


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_gives_addresses_or_a_reason_in_print(text: str) -> None:
    try:
        found = read_cell(text)
    except InvalidAddress as error:
        said = error.message
    else:
        said = ""
        assert not any(character in found.name for character in "\r\n\t")
    assert said.isprintable()
    assert bool(said) != bool(find_addresses(text))
