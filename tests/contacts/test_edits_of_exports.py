"""Every list of the corpus of exports can be changed in place, or its kind is refused."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from mailer.contacts.edits import AddRow, Edit, RemoveRow, SetCells, edit_list
from mailer.contacts.files import Form
from mailer.contacts.reading import ListFile, parse_list
from mailer.errors import InputProblem
from tests.contacts.exporting import Export, exports

NEW = "zed.quill@new.example.com"
# Where one of the edits would be wrong, and why it is refused.
REFUSED = {
    "uneven-quotes.csv": "read differently",  # a mark stands open to the end; without the last row it would swallow one
    "two-lists.xlsx": "read differently",  # without its only row, another sheet is the list
    "types.xlsx": "formulas",  # of which openpyxl drops the results
}


def opened(data: bytes, name: str) -> ListFile:
    return parse_list(io.BytesIO(data), name=name, may_be_empty=True)


def trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


@pytest.mark.slow
@pytest.mark.parametrize("export", exports(), ids=lambda export: export.name)
def test_a_list_of_any_tool_is_changed_in_place_or_says_that_it_cannot(export: Export) -> None:
    data, name = export.content, export.name
    found = opened(data, name)
    rows = [cells for _, _, cells in found.table.rows()]  # of further sheets nothing is changed
    email = found.layout.columns["email"]
    same = [SetCells(row, dict(enumerate(cells))) for row, cells in enumerate(rows, start=1)]
    if found.table.raw.form not in {Form.TEXT, Form.WORKBOOK} or name.endswith((".xls", ".ods")):
        with pytest.raises(InputProblem, match=r"only read|cannot be written back"):
            edit_list(data, name=name, edits=same)
        return
    assert edit_list(data, name=name, edits=same) == data
    last = len(rows)
    trials: list[tuple[Edit, list[list[str]]]] = [
        (SetCells(last, {email: NEW}), [*rows[:-1], _with(rows[-1], email)]),
        (RemoveRow(1), rows[1:]),
        (RemoveRow(last), rows[:-1]),
        (AddRow({email: NEW}), [*rows, _with([], email)]),
    ]
    for edit, wanted in trials:
        _holds(data, name, [edit], wanted)


def _with(cells: list[str], position: int) -> list[str]:
    changed = [*cells, *[""] * (position + 1 - len(cells))]
    changed[position] = NEW
    return changed


def _holds(data: bytes, name: str, edits: Sequence[Edit], wanted: list[list[str]]) -> None:
    new, refused = b"", ""
    try:
        new = edit_list(data, name=name, edits=edits)
    except InputProblem as problem:
        refused = problem.message
    if refused:
        assert REFUSED.get(name, "not refused") in refused
    else:
        assert [trimmed(cells) for _, _, cells in opened(new, name).table.rows()] == [
            trimmed(cells) for cells in wanted
        ]
