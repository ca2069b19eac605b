"""A line of recipients out of a mail is a list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailer.contacts.files.forms import Form
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact
from mailer.errors import InputProblem

Open = Callable[..., ListFile]


def people(found: ListFile) -> list[tuple[str, int]]:
    return [(str(entry.address), entry.line) for entry in found.entries() if isinstance(entry, Contact)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ('"Brook, Ada" <ada@x.example>; bo@x.example, Cy <cy@x.example>', "ada bo cy"),
        ("To: Ada Brook <ada@x.example>,\n Bo <bo@x.example>\nCc: cy@x.example\n", "ada bo cy"),
        ("An: Brook, Ada <ada@x.example>; Lind, Bo <bo@x.example>\n", "ada bo"),
        ("ada@x.example, bo@x.example; cy@x.example", "ada bo cy"),
        ("ada@x.example bo@x.example cy@x.example", "ada bo cy"),
        ("Ada Brook <ada@x.example>\nBo <bo@x.example>\n", "ada bo"),
        ('"Brook, Ada"\n <ada@x.example>,\n"Lind, Bo" <bo@x.example>\n', "ada bo"),
        ("<ada@x.example>, <bo@x.example>", "ada bo"),
        ("ada@x.example (Ada Brook), bo@x.example", "ada bo"),
        ("Ada Brook [mailto:ada@x.example]; Bo <mailto:bo@x.example>", "ada bo"),
        ("'Ada Brook' <ada@x.example>; 'bo@x.example' <bo@x.example>;", "ada bo"),
        ("From: Press <press@x.example>\nTo: Ada <ada@x.example>\nSubject: lamps for bo@x.example\n", "ada"),
        ("Ada Brook - ada@x.example\nBo van Lind - bo@x.example\n", "ada bo"),
        ("Ada Brook    ada@x.example\nBo Lind: bo@x.example\n", "ada bo"),
        ("宛先: 田中花子 <ada@x.example>; bo@x.example", "ada bo"),
    ],
)
def test_recipients_are_read_as_mail_programs_write_them(listed: Open, text: str, expected: str) -> None:
    found = listed(text.replace("x.example", "daily.example.com"), "pasted.txt")
    assert found.table.raw.form is Form.PASTED
    assert [address.partition("@")[0] for address, _ in people(found)] == expected.split()
    assert (found.layout.header_row, found.layout.delimiter) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "email,name\nada@x.example,Ada\nbo@x.example,Bo\n",
        "ada@x.example,Ada Brook,Daily\nbo@x.example,Bo,Post\n",
        "ada@x.example\nbo@x.example\n",
        "E-Mail\nAda Brook <ada@x.example>\nBo <bo@x.example>\n",
        "Name|Email\nAda|Ada <ada@x.example>\n",
        "ada@x.example;office@x.example\nbo@x.example;desk@x.example\n",
    ],
)
def test_a_table_stays_a_table(listed: Open, text: str) -> None:
    assert listed(text.replace("x.example", "daily.example.com")).table.raw.form is Form.TEXT


def test_names_come_from_what_stands_before_the_address(listed: Open) -> None:
    found = listed(
        '=?utf-8?q?Zo=C3=AB_Hale?= <zoe@daily.example.com>, "Ada \\"A\\" Brook" <ada@daily.example.com>,'
        " bo@daily.example.com <bo@daily.example.com>, cy@daily.example.com (Cy Dee)"
    )
    names = [entry.name for entry in found.entries() if isinstance(entry, Contact)]
    assert names == ["Zoë Hale", 'Ada "A" Brook', "", "Cy Dee"]


def test_a_dash_between_name_and_address_is_not_of_the_name(listed: Open) -> None:
    found = listed("Ada Brook - ada@daily.example.com\nBo van Lind – bo@daily.example.com\n")
    assert [entry.name for entry in found.entries() if isinstance(entry, Contact)] == ["Ada Brook", "Bo van Lind"]


def test_what_is_no_address_among_recipients_is_told_where_it_stands(listed: Open) -> None:
    many = "; ".join(f"p{number}@daily.example.com" for number in range(20))
    found = listed(f"Ada <ada@daily.example.com>;\nnobody at all;\n{many}\n")
    entries = list(found.entries())
    assert [(entry.line, type(entry).__name__) for entry in entries[:2]] == [(1, "Contact"), (2, "LeftOut")]
    assert len(people(found)) == 21


def test_thousands_in_one_line_are_read(listed: Open) -> None:
    found = listed(", ".join(f"Person {number} <p{number}@daily.example.com>" for number in range(3000)))
    assert len(people(found)) == 3000


def test_a_text_with_an_address_in_it_is_no_list(listed: Open) -> None:
    text = (
        "We were told on Monday that the mill, the old one, runs.\nIt does not. Ask Mara Quill at m@daily.example.com\n"
    )
    with pytest.raises(InputProblem):
        people(listed(text, "notes.txt"))


def test_a_pasted_line_of_forty_thousand_recipients_gives_each_of_them(listed: Open) -> None:
    text = "To: " + ", ".join(f"p{number}@example.org" for number in range(40_000))
    assert sum(1 for _ in listed(text, "pasted.txt").entries()) == 40_000


@pytest.mark.parametrize("sign", ["(", "[", "<", '"', "a", " "])
def test_what_is_no_recipient_and_has_no_end_is_told_and_the_others_are_read(listed: Open, sign: str) -> None:
    found = listed(f"To: ada@example.org, bo@example.org, {sign * 100_000}", "pasted.txt")
    people = [str(entry.address) for entry in found.entries() if isinstance(entry, Contact)]
    assert people == ["ada@example.org", "bo@example.org"]
