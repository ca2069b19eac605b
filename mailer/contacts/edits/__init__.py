"""Edits: a list's bytes with some rows changed, all others as they were, to the byte.

Owns what can be changed (`SetCells`, `RemoveRow`, `AddRow`, `AddColumn`), and the proof after each change: the new
bytes are read as any list is read, and must give the old rows with exactly these changes, or nothing is given. How the
bytes change is with `text_edits` and `workbook_edits`. Rows are numbered by `Table.numbered`, as for reading.
A cell that a person typed stays as typed: formulas are neutralised in exports alone (standards L11).
Raises `InputProblem`: the format cannot be written back without loss, or the file would be read otherwise afterwards.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Final, TypeAlias

from mailer.contacts.choices import Choices
from mailer.contacts.edits import text_edits
from mailer.contacts.edits.text_edits import Changes, export_hint
from mailer.contacts.files.forms import Form
from mailer.contacts.files.table import Table, open_table
from mailer.errors import InputProblem

AS_FOUND: Final = Choices()
_FORMS: Final = {
    Form.WRAPPED: "a table that was saved as a table a second time",
    Form.PAGE: "a web page",
    Form.CARDS: "an address book in vCard form",
    Form.PASTED: "a line of recipients",
}


class ReadOtherwise(InputProblem):
    """An edit after which the list would not be read as it should be."""

    code = "read-otherwise"


@dataclass(frozen=True, slots=True)
class SetCells:
    """New texts for cells of a data row: `row` from 1, as `Contact.row`; positions of columns from 0."""

    row: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class RemoveRow:
    """Delete a data row."""

    row: int


@dataclass(frozen=True, slots=True)
class AddRow:
    """Add a row below the last data row."""

    cells: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Add a column with this header behind the last one: the first gets the position of the header's width."""

    header: str


Edit: TypeAlias = SetCells | RemoveRow | AddRow | AddColumn


def edit_list(data: bytes, *, name: str, edits: Sequence[Edit], choices: Choices = AS_FOUND) -> bytes:
    """Return the bytes of a list with these changes; every other row keeps its bytes, a changed row its other cells.

    Takes the bytes of the file, the name by which problems call it, the edits (all rows numbered as they are before
    any edit), and what a person said about the file. No edits, or edits that say what the cells say, give the same
    bytes.

    Raises:
        InputProblem: the file cannot be written back in its format without loss, its encoding cannot hold a text, a
            row is not there, or the list would be read otherwise afterwards.
    """
    table = open_table(io.BytesIO(data), name=name, choices=choices, may_be_empty=True)
    changes = _changes(edits)
    if not changes:
        return data
    if table.raw.form in _FORMS:
        raise InputProblem(f"is {_FORMS[table.raw.form]}, which is only read", source=name, hint=export_hint(name))
    if any(each.code == "encoding-mixed" for each in table.raw.problems):
        raise InputProblem("is in more than one encoding, which is only read", source=name, hint=export_hint(name))
    _check_columns(table, changes)
    edit = text_edits.edit_text
    if table.raw.form is Form.WORKBOOK:
        from mailer.contacts.edits import workbook_edits  # noqa: PLC0415 - whoever only reads does not wait for openpyxl

        edit = workbook_edits.edit_workbook
    edited = edit(data, table, changes)
    if edited != data:
        _prove(edited, table, changes, choices)
    return edited


def _changes(edits: Sequence[Edit]) -> Changes:
    cells: dict[int, dict[int, str]] = {}
    removed: set[int] = set()
    added: list[dict[int, str]] = []
    headers: list[str] = []
    for edit in edits:
        if isinstance(edit, SetCells):
            cells.setdefault(edit.row, {}).update(_stripped(edit.cells))
        elif isinstance(edit, RemoveRow):
            removed.add(edit.row)
        elif isinstance(edit, AddRow):
            added.append(_stripped(edit.cells))
        else:
            headers.append(edit.header.strip())
    kept = {row: texts for row, texts in cells.items() if row not in removed}
    return Changes(kept, frozenset(removed), tuple(added), tuple(headers))


def _stripped(cells: Mapping[int, str]) -> dict[int, str]:
    return {position: text.strip() for position, text in cells.items()}


def _check_columns(table: Table, changes: Changes) -> None:
    """Hold the edits against the table before anything is written."""
    if changes.headers and table.header_row is None:
        raise InputProblem("has no header, so no column can be added", source=table.name)
    asked = (*changes.cells, *changes.removed)
    rows, furthest, width = 0, max(asked, default=0), len(table.header)
    for row, line, cells in table.rows() if changes.headers or asked else ():
        rows = row
        if changes.headers and any(cells[width:]):
            message = "has more cells than the header, so no column can be added behind it; correct this row first"
            raise InputProblem(message, source=table.name, line=line)
        if row == furthest and not changes.headers:
            break
    for row in asked:
        if not 1 <= row <= rows:
            raise InputProblem(f"has no row {row}: it has {rows}", source=table.name)


def _prove(edited: bytes, table: Table, changes: Changes, choices: Choices) -> None:
    """Read the new bytes as any list is read, and hold each row against what it must be."""
    line: int | None = None
    try:
        after = open_table(io.BytesIO(edited), name=table.name, choices=choices, may_be_empty=True)
        is_same = _trimmed(after.header) == _trimmed((*table.header, *changes.headers))
        is_same &= (after.header_row is None) == (table.header_row is None)
        rows = (each for each in table.rows() if each[0] not in changes.removed)
        kept = ((line, _with(cells, changes.cells.get(row, {}))) for row, line, cells in rows)
        added = ((None, _with([], texts)) for texts in changes.added)
        for wanted, found in zip_longest(chain(kept, added), after.rows()) if is_same else ():
            if wanted is None or found is None or _trimmed(wanted[1]) != _trimmed(found[2]):
                is_same, line = False, wanted[0] if wanted else None
                break
    except InputProblem:
        is_same = False
    if not is_same:
        raise ReadOtherwise(
            "cannot be changed like this: the list would be read otherwise afterwards, so it was left as it is",
            source=table.name,
            line=line,
            hint="Is a quotation mark missing, a row empty, or a total taken for a person? "
            "mailer lists check tells more.",
        )


def _with(cells: list[str], texts: Mapping[int, str]) -> list[str]:
    if not texts:
        return cells
    width = max(len(cells), max(texts) + 1)
    return [texts.get(i, cells[i] if i < len(cells) else "") for i in range(width)]


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Return cells without the empty ones at the end, and with line breaks that only differ in kind made one."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return tuple(cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell for cell in cells[:end])
