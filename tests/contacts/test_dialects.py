"""A text table reads the same however a program wrote it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailer.contacts.files import Choices, Form
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.values import Contact
from mailer.errors import InputProblem
from tests.contacts.conftest import open_bytes

Open = Callable[..., ListFile]
ROWS = [("Brook, Ada", "ada@daily.example.com", "The Daily; and more"), ("Bo", "bo@post.example.org", 'Post "late"')]


def people(found: ListFile) -> list[tuple[str, str, str]]:
    entries = [entry for entry in found.entries() if isinstance(entry, Contact)]
    return [(entry.fields["name"], str(entry.address), entry.fields["outlet"]) for entry in entries]


def quoted(cells: tuple[str, ...], delimiter: str = ",") -> str:
    return delimiter.join('"{}"'.format(cell.replace('"', '""')) for cell in cells)


def wrapped(line: str, behind: str = "") -> str:
    return '"{}"'.format(line.replace('"', '""')) + behind


@pytest.mark.parametrize("behind", ["", ";;", ",", "\t"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_lines_that_are_one_quoted_cell_are_rows(listed: Open, delimiter: str, behind: str) -> None:
    lines = [quoted(row, delimiter) for row in [("Name", "Email", "Outlet"), *ROWS]]
    found = listed("".join(wrapped(line, behind) + "\r\n" for line in lines))
    assert [(email, outlet) for _, email, outlet in people(found)] == [row[1:] for row in ROWS]
    assert (found.table.raw.form, found.layout.delimiter) == (Form.WRAPPED, delimiter)


def test_a_plain_header_may_stand_over_rows_that_are_one_cell(listed: Open) -> None:
    found = listed("Name,Email,Outlet\n" + "".join(f"{wrapped(quoted(row))}\n" for row in ROWS))
    assert [email for _, email, _ in people(found)] == ["ada@daily.example.com", "bo@post.example.org"]


def test_cells_that_keep_quotation_marks_of_their_own_lose_them(listed: Open) -> None:
    rows = [
        ("Name", "Email", "Outlet"),
        ("Ada", "ada@daily.example.com", "Daily"),
        ("Bo", "bo@post.example.org", "Post"),
    ]
    found = listed("".join(quoted(tuple(f'"{cell}"' for cell in row)) + "\n" for row in rows))
    assert people(found) == rows[1:]


def test_single_quotation_marks_hold_delimiters(listed: Open) -> None:
    rows = [
        ("Name", "Email", "Outlet"),
        ("Ada", "ada@daily.example.com", "Daily, The"),
        ("Bo", "bo@post.example.org", "P"),
    ]
    found = listed("".join(",".join(f"'{cell}'" for cell in row) + "\n" for row in rows))
    assert people(found) == rows[1:]


def test_an_apostrophe_is_no_quotation_mark(listed: Open) -> None:
    found = listed("name,email,outlet\n'Ada,ada@daily.example.com,L'Echo\nO'Dell,bo@post.example.org,'t Nieuws\n")
    assert people(found) == [
        ("'Ada", "ada@daily.example.com", "L'Echo"),
        ("O'Dell", "bo@post.example.org", "'t Nieuws"),
    ]


def test_a_backslash_may_stand_before_a_quotation_mark(listed: Open) -> None:
    found = listed('"name","email","outlet"\n"Ada","ada@daily.example.com","The \\"Daily\\", late"\n')
    assert people(found) == [("Ada", "ada@daily.example.com", 'The "Daily", late')]


def test_the_sign_that_leaves_addresses_alone_in_their_cells_is_the_delimiter(listed: Open) -> None:
    found = listed("Brook, Ada;ada@daily.example.com\nLind, Bo;bo@post.example.org\n")
    assert found.layout.delimiter == ";"
    assert [email for _, email, _ in people(found)] == ["ada@daily.example.com", "bo@post.example.org"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n"])
def test_line_ends_of_every_kind_end_rows(listed: Open, end: str) -> None:
    lines = ["Name,Email,Outlet", "Ada,ada@daily.example.com,Daily", "Bo,bo@post.example.org,Post"]
    assert [name for name, _, _ in people(listed(end.join(lines) + end))] == ["Ada", "Bo"]


def test_ragged_rows_and_empty_columns_at_the_end_change_nothing(listed: Open) -> None:
    found = listed("Name;Email;Outlet;;\nAda;ada@daily.example.com\nBo;bo@post.example.org;Post;;;;\n;;;;\n\n")
    assert people(found) == [("Ada", "ada@daily.example.com", ""), ("Bo", "bo@post.example.org", "Post")]
    assert found.problems == ()


def test_a_sheet_cannot_be_named_in_a_text_file() -> None:
    import io

    with pytest.raises(InputProblem, match="not a workbook"):
        parse_list(io.BytesIO(b"email\nada@daily.example.com\n"), name="a.csv", choices=Choices(sheet="People"))


def test_the_examples_of_the_tests_are_plain_tables() -> None:
    assert open_bytes("email\nada@daily.example.com\n").table.raw.form is Form.TEXT
