"""A list is changed row by row, and all else stays to the byte."""

from __future__ import annotations

import csv
import io
import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailer.contacts.edits import AddColumn, AddRow, Edit, RemoveRow, SetCells, edit_list
from mailer.contacts.files import Choices
from mailer.contacts.files.table import open_table
from mailer.errors import InputProblem

COAST = (
    b'\xef\xbb\xbfE-Mail;Name;"Outlet"\r\n"ada@daily.example.com";"Brook; Ada";Daily\r\nbo@x.example.net; Bo ;\r\n\r\n'
)
ADA = b'"ada@daily.example.com";"Brook; Ada";Daily\r\n'

AS_FOUND = Choices()


def rows_of(data: bytes, choices: Choices = AS_FOUND) -> list[list[str]]:
    return [cells for _, _, cells in open_table(io.BytesIO(data), name="coast.csv", choices=choices).rows()]


def edited(data: bytes, *edits: Edit) -> bytes:
    return edit_list(data, name="coast.csv", edits=edits)


def refusal(data: bytes, *edits: Edit) -> InputProblem:
    with pytest.raises(InputProblem) as caught:
        edit_list(data, name="coast.csv", edits=edits)
    return caught.value


def test_no_edits_give_the_same_bytes() -> None:
    assert edited(COAST) == COAST


def test_a_row_that_says_what_it_said_keeps_its_quotes_and_blanks() -> None:
    assert edited(COAST, SetCells(1, {1: "Brook; Ada"}), SetCells(2, {1: "Bo", 2: ""})) == COAST


@pytest.mark.parametrize(
    "edits,old,new",
    [
        ([SetCells(2, {1: "Bo L"})], b"net; Bo ;\r\n", b"net;Bo L;\r\n"),
        ([SetCells(1, {0: "ada@x.example.com"})], ADA, b'ada@x.example.com;"Brook; Ada";Daily\r\n'),
        ([SetCells(1, {1: "Ada"})], ADA, b"ada@daily.example.com;Ada;Daily\r\n"),
        ([SetCells(2, {2: 'The "X"'})], b"net; Bo ;\r\n", b'net;Bo;"The ""X"""\r\n'),
        ([SetCells(1, {2: ""})], ADA, b'ada@daily.example.com;"Brook; Ada";\r\n'),
        ([SetCells(1, {4: "x"})], ADA, b'ada@daily.example.com;"Brook; Ada";Daily;;x\r\n'),
        ([RemoveRow(2)], b"bo@x.example.net; Bo ;\r\n", b""),
        ([AddRow({0: "c@x.example.org", 2: "Ö"})], b"; Bo ;\r\n", "; Bo ;\r\nc@x.example.org;;Ö\r\n".encode()),
        ([AddColumn("Beat")], b'"Outlet"\r\n', b'"Outlet";Beat\r\n'),
    ],
)
def test_an_edit_changes_that_row_alone(edits: list[Edit], old: bytes, new: bytes) -> None:
    assert COAST.count(old) == 1
    assert edited(COAST, *edits) == COAST.replace(old, new)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
def test_a_row_is_added_with_the_line_end_of_the_last_one(end: bytes) -> None:
    before = end or b"\n"
    data = b"email,name" + before + b"ada@x.example.com,Ada" + end
    rest = b"bo@x.example.com,Bo"
    wanted = data + rest + end if end else data + before + rest
    assert edited(data, AddRow({0: "bo@x.example.com", 1: "Bo"})) == wanted


def test_a_row_stands_before_the_blank_lines_and_the_total() -> None:
    data = b"email,name\nada@x.example.com,Ada\n\nTotal,1\n\n\n"
    wanted = data.replace(b"Ada\n", b"Ada\nbo@x.example.com,\n")
    assert edited(data, AddRow({0: "bo@x.example.com"})) == wanted


def test_a_list_that_has_only_a_header_takes_rows() -> None:
    assert edited(b"email,name", AddRow({0: "a@x.example.com"})) == b"email,name\r\na@x.example.com,"
    assert edited(b"email,name\n", AddRow({0: "a@x.example.com"})) == b"email,name\na@x.example.com,\n"


def test_the_only_row_can_be_taken_out_and_replaced() -> None:
    data = b"email\na@x.example.com"
    assert edited(data, RemoveRow(1)) == b"email\n"
    assert edited(data, RemoveRow(1), AddRow({0: "b@x.example.com"})) == b"email\nb@x.example.com"


def test_where_everything_is_quoted_new_cells_are_too() -> None:
    data = b'"email","name","beat"\n"a@x.example.com","Ada",""\n'
    wanted = data + b'"b@x.example.com","","science"\n'
    assert edited(data, AddRow({0: "b@x.example.com", 2: "science"})) == wanted
    assert edited(data, SetCells(1, {2: "sea"})) == data.replace(b'""', b'"sea"')
    assert edited(data, AddColumn("tags")) == data.replace(b'"beat"', b'"beat","tags"')


def test_titles_and_the_line_that_names_the_delimiter_stay() -> None:
    data = b"sep=;\r\nCoast desk, spring;;\r\n\r\nE-Mail;Name;\r\na@x.example.com;Ada;\r\n"
    assert edited(data, SetCells(1, {1: "Bea"})) == data.replace(b"Ada", b"Bea")


def test_a_formula_that_staff_typed_stays_as_typed() -> None:
    data = b"email,phone\na@x.example.com,+49 30\n"
    assert edited(data, SetCells(1, {1: "=1+2"})) == b"email,phone\na@x.example.com,=1+2\n"


def test_a_sign_that_the_encoding_lacks_is_told_with_its_cell() -> None:
    data = "email;name\na@x.example.com;Zoë\n".encode("cp1252")
    problem = refusal(data, SetCells(1, {1: "Łucja"}))
    assert str(problem) == 'coast.csv:2: is in Windows-1252, which has no sign for "Ł" of "Łucja"'
    assert "mailer lists export coast --format csv" in problem.hint


@pytest.mark.parametrize(
    "edit,words",
    [
        (SetCells(3, {0: "x"}), "has no row 3: it has 2"),
        (RemoveRow(0), "has no row 0"),
        (SetCells(1, {0: "", 1: "", 2: ""}), "read differently"),
        (AddRow({0: "Total"}), "read differently"),
        (AddRow({}), "read differently"),
    ],
)
def test_what_would_not_read_back_is_refused(edit: Edit, words: str) -> None:
    assert words in refusal(COAST, edit).message


def test_a_column_needs_a_header_with_nothing_behind_it() -> None:
    assert "no header" in refusal(b"a@x.example.com\nb@x.example.com\n", AddColumn("x")).message
    problem = refusal(b"email,name\na@x.example.com,Ada,astray\n", AddColumn("x"))
    assert problem.line == 2
    assert "more cells than the header" in problem.message


def test_a_row_whose_mark_is_never_closed_is_closed_when_it_changes() -> None:
    data = b'email,name,beat\na@x.example.com,"Ada,sea\nb@x.example.com,Bo,air\n'
    assert edited(data, SetCells(2, {1: "Bea"})) == data.replace(b"Bo", b"Bea")
    assert edited(data, SetCells(1, {2: "ice"})) == data.replace(b'"Ada,sea', b"Ada,ice")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_halves_of_two_characters_are_no_line_end(encoding: str) -> None:
    text = "email;name\na@x.example.com;\u0a05\u0100 \u0100\u0a05 \u010a\u0d00\nb@x.example.com;Bo\n"
    choices = Choices(encoding=encoding)
    new = edit_list(text.encode(encoding), name="coast.csv", edits=[SetCells(2, {1: "Bea"})], choices=choices)
    assert new == text.replace("Bo", "Bea").encode(encoding)


def test_a_file_with_single_quotation_marks_keeps_to_them() -> None:
    data = b"'email','name','beat'\n" + b"".join(b"'p%d@x.example.com','Ada','sea'\n" % number for number in range(5))
    new = edited(data, SetCells(1, {1: "Pat O'Hara"}), AddRow({0: "q@x.example.com"}))
    wanted = data.replace(b"'Ada'", b"'Pat O''Hara'", 1) + b"'q@x.example.com','',''\n"
    assert new == wanted


def test_a_file_with_backslashes_before_quotation_marks_keeps_to_them() -> None:
    data = b'"email","outlet"\n"a@x.example.com","The \\"X\\" \\\\ Co"\n"b@x.example.com",The \\"Y\\"\n'
    assert rows_of(data)[0][1] == 'The "X" \\ Co'
    assert edited(data, SetCells(1, {1: 'The "X" \\ Co'}), SetCells(2, {1: 'The "Y"'})) == data
    assert edited(data, SetCells(1, {1: 'A "B"'})) == data.replace(b'The \\"X\\" \\\\ Co', b'A \\"B\\"')


def test_a_changed_row_loses_the_marks_that_its_cells_had_within_marks() -> None:
    row = b'"""p%d@x.example.com""","""Ada""","""sea"""\n'
    data = b"email,name,beat\n" + b"".join(row % number for number in range(5))
    new = edited(data, SetCells(2, {1: "Bea"}))
    assert new == data.replace(row % 1, b"p1@x.example.com,Bea,sea\n")


@pytest.mark.parametrize(
    "name,data,words",
    [
        (
            "a.vcf",
            b"BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL:a@x.example.com\nEND:VCARD\n",
            "address book in vCard form",
        ),
        ("a.txt", b"Ada <a@x.example.com>, Bo <b@x.example.com>\n", "a line of recipients"),
        ("a.xls", b"<table><tr><td>email</td></tr><tr><td>a@x.example.com</td></tr></table>", "a web page"),
        ("a.csv", b'"email,name"\n"a@x.example.com,Ada"\n"b@x.example.com,Bo"\n', "saved as a table a second time"),
    ],
)
def test_forms_that_are_only_read_are_refused_with_the_way_out(name: str, data: bytes, words: str) -> None:
    with pytest.raises(InputProblem, match=words) as caught:
        edit_list(data, name=name, edits=[SetCells(1, {0: "c@x.example.com"})])
    assert "mailer lists export a --format csv --output lists/a.csv" in caught.value.hint


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp932", "mac_roman", "gb18030")
CELL = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " \"'.,;|\t=+-@\u00e9\u00fc\u65e5\u8868\u0a0d\r\n"),
    max_size=12,
)


def _fits(text: str, encoding: str) -> str:
    return text.encode(encoding, "ignore").decode(encoding)


@st.composite
def _files(draw: st.DrawFn) -> tuple[bytes, Choices, list[list[str]]]:
    """Return a file such as many programs write, what to say so that it is read so, and its rows as they read."""
    encoding = draw(st.sampled_from(ENCODINGS))
    delimiter = draw(st.sampled_from(",;\t|"))
    all_quoted = draw(st.booleans())
    ends = draw(st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=3))
    count = draw(st.integers(1, 6))
    lines = [["email", "name", "outlet", "beat"]]
    for number in range(count):
        width = draw(st.integers(0, 4))
        lines.append([f"p{number}@x.example.com", *(_fits(draw(CELL), encoding) for _ in range(width))])
    text = ""
    for number, cells in enumerate(lines):
        page = io.StringIO(newline="")
        dialect = csv.unix_dialect if all_quoted else csv.excel
        csv.writer(page, dialect, delimiter=delimiter, lineterminator="").writerow(cells)
        text += page.getvalue() + ends[number % len(ends)]
        text += draw(st.sampled_from(["", "", "", ends[0], delimiter + ends[0]])) if number else ""
    text = text if draw(st.booleans()) else text.rstrip("\r\n")
    data = text.encode(encoding)
    choices = Choices(encoding=encoding, delimiter=delimiter)
    return data, choices, rows_of(data, choices)


@pytest.mark.slow
@settings(max_examples=150)
@given(_files())
def test_what_is_not_changed_keeps_every_byte(file: tuple[bytes, Choices, list[list[str]]]) -> None:
    data, choices, rows = file
    same = [SetCells(number, dict(enumerate(cells))) for number, cells in enumerate(rows, start=1)]
    assert edit_list(data, name="coast.csv", edits=same, choices=choices) == data


@pytest.mark.slow
@settings(max_examples=200)
@given(_files(), st.data())
def test_an_edited_row_reads_back_so_and_no_other_byte_changes(
    file: tuple[bytes, Choices, list[list[str]]], draw: st.DataObject
) -> None:
    data, choices, rows = file
    row = draw.draw(st.integers(1, len(rows)), "row")
    position = draw.draw(st.integers(1, 4), "position")
    text = _fits(draw.draw(CELL, "text"), choices.encoding).strip()
    kinds: list[Edit] = [
        SetCells(row, {position: text}),
        RemoveRow(row),
        AddRow({0: "new@x.example.com", position: text}),
    ]
    edit = draw.draw(st.sampled_from(kinds))
    assume(len(rows) > 1 or not isinstance(edit, RemoveRow))
    new = edit_list(data, name="coast.csv", edits=[edit], choices=choices)
    wanted = [list(cells) for cells in rows]
    if isinstance(edit, SetCells):
        wanted[row - 1] += [""] * (position + 1 - len(wanted[row - 1]))
        wanted[row - 1][position] = text
    elif isinstance(edit, RemoveRow):
        del wanted[row - 1]
    else:
        wanted.append(["new@x.example.com", *[""] * (position - 1), text])
    assert [_trimmed(cells) for cells in rows_of(new, choices)] == [_trimmed(cells) for cells in wanted]
    before, after = _common(data, new)
    assert _touched(data, choices, before, len(data) - after) <= 1


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _common(old: bytes, new: bytes) -> tuple[int, int]:
    """Return how many bytes at the beginning, and at the end behind those, are the same."""
    short = min(len(old), len(new))
    head = next((i for i in range(short) if old[i] != new[i]), short)
    tail = next((i for i in range(short - head) if old[-1 - i] != new[-1 - i]), short - head)
    return head, tail


def _touched(data: bytes, choices: Choices, start: int, end: int) -> int:
    """Count the rows of the old file of which bytes were replaced."""
    if start >= end:
        return 0
    text = data[start:end].decode(choices.encoding.replace("-sig", ""), "replace")
    return text.count("@x.example.com") or 1
