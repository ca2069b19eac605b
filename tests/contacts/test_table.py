from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest

from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import InputProblem, Severity

Open = Callable[..., ListFile]
HEADER = "Name;E-Mail;Medium"
ROW = "Désirée Çelik;desiree@example.org;Küstenfunk – Süd"


def contacts(list_file: ListFile) -> list[Contact]:
    return [entry for entry in list_file.entries() if isinstance(entry, Contact)]


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]], hidden: str = "", merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title == hidden else "visible"
    if merge:
        book.worksheets[0].merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "encoding, told",
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_encoding_is_recognised_and_text_comes_out_right(listed: Open, encoding: str, told: str) -> None:
    found = listed(f"{HEADER}\r\n{ROW}\r\n".encode(encoding))
    assert found.layout.encoding == told
    assert [(c.name, c.fields["outlet"]) for c in contacts(found)] == [("Désirée Çelik", "Küstenfunk – Süd")]


def test_assumed_encoding_is_a_warning_that_shows_how_it_reads(listed: Open) -> None:
    (problem,) = listed(f"{HEADER}\nAda;ada@example.org;x\n{ROW}\n".encode("cp1252")).problems
    assert (problem.code, problem.severity, problem.line) == ("encoding-assumed", Severity.WARNING, 3)
    assert '"Désirée Çelik"' in problem.message


@pytest.mark.slow
def test_multibyte_characters_may_lie_across_the_pieces_of_the_first_pass(listed: Open) -> None:
    padding = "x" * ((1 << 16) - 1)
    rows = f"{padding};ada{{}}@example.org;é\n"
    text = f"{HEADER}\n" + "".join(rows.format(i) for i in range(40))
    found = listed(text.encode())
    assert found.layout.encoding == "utf-8"
    assert len(contacts(found)) == 40


def test_damaged_utf16_is_refused(listed: Open) -> None:
    with pytest.raises(InputProblem, match="damaged"):
        listed(f"{HEADER}\n{ROW}\n".encode("utf-16") + b"\x00")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_in_spite_of_others_inside_cells(listed: Open, delimiter: str) -> None:
    other = "," if delimiter != "," else ";"
    rows = [("Name", "Email", "Beat"), ("Ada", "ada@example.org", f'"sea{other} coast{other} air"')]
    found = listed("\n".join(delimiter.join(row) for row in rows) + "\n")
    assert found.layout.delimiter == delimiter
    assert contacts(found)[0].fields["beat"] == f"sea{other} coast{other} air"


def test_one_column_needs_no_delimiter(listed: Open) -> None:
    assert len(contacts(listed("email\nada@example.org\nbo@example.org\n"))) == 2


def test_sep_line_names_the_delimiter(listed: Open) -> None:
    found = listed("sep=|\r\nName|Email\r\nAda|ada@example.org\r\n")
    assert (found.layout.delimiter, found.layout.header_row) == ("|", 1)
    assert [(c.name, c.line) for c in contacts(found)] == [("Ada", 3)]


def test_carriage_returns_alone_end_lines(listed: Open) -> None:
    assert [c.line for c in contacts(listed("email\rada@example.org\rbo@example.org\r"))] == [2, 3]


def test_header_may_stand_below_titles(listed: Open) -> None:
    found = listed("MEDIA LIST 2026;;\nfrom the press office;;\n;;\nOutlet;E-mail;Name\nPost;ada@example.org;Ada\n")
    assert found.layout.header_row == 3
    assert [(c.name, c.row, c.line) for c in contacts(found)] == [("Ada", 1, 5)]


def test_workbook_reads_as_people_type(listed: Open) -> None:
    rows: list[list[Any]] = [
        ["Name", "Email", "Phone", "Since", "Seen", "Fee", "VIP"],
        [
            "Ada",
            "ada@example.org",
            4930123456.0,
            dt.date(2026, 1, 2),
            dt.datetime.fromisoformat("2026-01-02T03:04"),
            1.5,
            True,
        ],
    ]
    found = listed(workbook(("People", rows)), "coast.xlsx")
    (ada,) = contacts(found)
    assert ada.fields["phone"] == "4930123456"
    assert ada.fields["since"] == "2026-01-02"
    assert ada.fields["seen"] == "2026-01-02T03:04:00"
    assert (ada.fields["fee"], ada.fields["vip"]) == ("1.5", "TRUE")
    assert (found.layout.sheet, found.layout.encoding, found.layout.delimiter) == ("People", None, None)


def test_workbook_that_begins_below_and_right_of_the_first_cell_keeps_its_lines(listed: Open) -> None:
    rows: list[list[Any]] = [[], [], ["", "", "Email"], ["", "", "ada@example.org"]]
    blank_to_none = [[cell or None for cell in row] for row in rows]
    (ada,) = contacts(listed(workbook(("A", blank_to_none)), "a.xlsx"))
    assert (ada.row, ada.line) == (1, 4)


def test_merged_heading_is_no_person_and_is_told(listed: Open) -> None:
    rows: list[list[Any]] = [["Email", "Name", "Outlet"], ["PRINT", None, None], ["ada@example.org", "Ada", "Post"]]
    found = listed(workbook(("A", rows), merge="A2:C2"), "a.xlsx")
    assert [type(entry) for entry in found.entries()] == [Contact]
    assert [(p.code, p.line) for p in found.problems] == [("heading", 2)]


def test_sheet_of_people_to_leave_alone_leaves_them_out_of_the_list(listed: Open) -> None:
    found = listed(
        workbook(
            ("Do not contact", [["Email"], ["bo@example.org"]]),
            ("People", [["Email"], ["ada@example.org"], ["BO@example.org"]]),
            ("Old", [["Email"], ["cy@example.org"]]),
            hidden="Old",
        ),
        "a.xlsx",
    )
    assert found.layout.sheet == "People"
    assert [str(c.address) for c in contacts(found)] == ["ada@example.org"]
    (out,) = (entry for entry in found.entries() if isinstance(entry, LeftOut))
    assert out.reason is LeftOutReason.MARKED
    assert any('hidden sheet "Old" was not read' in problem.message for problem in found.problems)


def test_damaged_workbook_is_refused(listed: Open) -> None:
    content = workbook(("A", [["Email"], ["ada@example.org"]]))
    with pytest.raises(InputProblem, match="cannot be opened"):
        listed(content[: len(content) // 2], "a.xlsx")


def test_text_in_place_of_a_linked_address_is_explained(listed: Open) -> None:
    found = listed(workbook(("A", [["Email"], ["Mail Ada"], ["bo@example.org"]])), "a.xlsx")
    assert ["type the address out" in e.message for e in found.entries() if isinstance(e, LeftOut)] == [True]
