"""Workbook: XLSX, XLS and ODS bytes to sheets of text rows.

Owns python-calamine, and how a cell's value reads as text (a telephone number that Excel stored as 4930123456.0 is
"4930123456", a date is ISO). Never decides which sheet is the list (`table` does).
Raises `InputProblem`: damaged, or locked with a password.
Gaps: a whole workbook is in memory, as its format demands; the target of a link in a cell is not seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mailer.errors import InputProblem

_MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE_AS: Final = "Open it in the spreadsheet program and save it as XLSX or CSV (UTF-8)."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, whether people see it, its rows; `headings` are the rows (from 0) of one merged cell."""

    name: str
    visible: bool
    headings: frozenset[int]
    _cells: CalamineSheet

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give every row, blank ones too, as (row as the spreadsheet shows it, from 1; cells as text)."""
        if self._cells.start is None:
            return
        left = [""] * self._cells.start[1]
        for number, values in enumerate(self._cells.iter_rows(), start=1):
            yield number, left + [cell_text(value) for value in values]


def is_workbook(head: bytes) -> bool:
    """Say by its first bytes whether a file is a workbook (or another zip or OLE file, which opening will tell)."""
    return head.startswith(_MAGIC)


def open_workbook(data: BinaryIO, *, name: str) -> list[Sheet]:
    """Read the sheets of a workbook, in its order.

    Raises:
        InputProblem: it cannot be opened.
    """
    data.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(data)
        found = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        cells = [(meta, book.get_sheet_by_name(meta.name)) for meta in found]
    except PasswordError:
        raise InputProblem("is locked with a password", source=name, hint="Save it without one.") from None
    except (CalamineError, OSError) as error:
        raise InputProblem(f"cannot be opened as a spreadsheet: {error}", source=name, hint=_SAVE_AS) from None
    visible = SheetVisibleEnum.Visible
    return [Sheet(meta.name, meta.visible == visible, _headings(sheet), sheet) for meta, sheet in cells]


def cell_text(value: object) -> str:
    """Give a cell's value as a person would type it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return str(value).strip()


def _headings(sheet: CalamineSheet) -> frozenset[int]:
    """Give rows that one cell fills by being merged over three columns or more: titles, "PRINT", "BROADCAST"."""
    merged = sheet.merged_cell_ranges or []
    return frozenset(top for (top, left), (bottom, right) in merged if top == bottom and right - left >= 2)
