"""Workbook: XLSX, XLS and ODS bytes to sheets of text rows.

Owns python-calamine, how a cell's value reads as text (a telephone number that Excel stored as 4930123456.0 is
"4930123456", a date is ISO), and cells that are merged. Never decides which sheet is the list (`sheets` does).
Raises `InputProblem`: damaged, or locked with a password.
Gaps: a whole workbook is in memory, as its format demands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mailer.contacts.files.extents import refuse_vast
from mailer.contacts.files.links import Place, refuse_bombs
from mailer.errors import InputProblem

Merged: TypeAlias = tuple[Place, Place]  # the first and the last cell
NO_LINKS: Final[Mapping[Place, str]] = {}
TALLEST: Final = 10  # rows that a merged heading may be high; what is higher is a cell of the table
_MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE_AS: Final = "Open it in the spreadsheet program and save it as XLSX or CSV (UTF-8)."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, whether people see it, its rows; `headings` are the rows (from 0) of one merged cell."""

    name: str
    visible: bool
    headings: frozenset[int]
    _cells: CalamineSheet
    _merged: tuple[Merged, ...]

    def rows(self, links: Mapping[Place, str] = NO_LINKS) -> Iterator[tuple[int, list[str]]]:
        """Give every row, blank ones too, as (row as the spreadsheet shows it, from 1; cells as text).

        A cell that is merged over several rows stands in each of them. `links` holds the addresses behind cells, which
        stand in for a text that is none.
        """
        if self._cells.start is None:
            return
        left = [""] * self._cells.start[1]
        rows: Iterator[list[str]] = (left + list(map(cell_text, values)) for values in self._cells.iter_rows())
        if links:
            rows = _with_links(rows, links)
        if self._merged:
            rows = _filled_down(rows, self._merged, self.headings)
        yield from enumerate(rows, start=1)


def _with_links(rows: Iterable[list[str]], links: Mapping[Place, str]) -> Iterator[list[str]]:
    linked: dict[int, list[int]] = {}
    for row, column in links:
        linked.setdefault(row, []).append(column)
    for number, cells in enumerate(rows):
        for column in linked.get(number, ()):
            if column < len(cells) and "@" not in cells[column]:
                cells[column] = links[number, column]
        yield cells


def _filled_down(
    rows: Iterable[list[str]], merged: tuple[Merged, ...], headings: frozenset[int]
) -> Iterator[list[str]]:
    begin: dict[int, list[Merged]] = {}
    for each in merged:
        begin.setdefault(each[0][0], []).append(each)
    running: list[tuple[int, int, str]] = []
    for number, cells in enumerate(rows):
        running = [each for each in running if each[0] >= number]
        if number not in headings and any(cells):
            for _, column, text in running:
                if column < len(cells) and not cells[column]:
                    cells[column] = text
        for (_, column), (bottom, _) in begin.get(number, ()):
            if column < len(cells) and cells[column]:
                running.append((bottom, column, cells[column]))
        yield cells


def is_workbook(head: bytes) -> bool:
    """Say by its first bytes whether a file is a workbook (or another zip or OLE file, which opening will tell)."""
    return head.startswith(_MAGIC)


def open_workbook(data: BinaryIO, *, name: str) -> list[Sheet]:
    """Read the sheets of a workbook, in its order.

    Raises:
        InputProblem: it cannot be opened.
    """
    refuse_bombs(data, name)
    refuse_vast(data, name)
    data.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(data)
        found = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        cells = [(meta, book.get_sheet_by_name(meta.name)) for meta in found]
    except PasswordError:
        raise _locked(name) from None
    except (CalamineError, OSError) as error:
        if _is_encrypted(data):
            raise _locked(name) from None
        raise InputProblem(f"cannot be opened as a spreadsheet: {error}", source=name, hint=_SAVE_AS) from None
    visible = SheetVisibleEnum.Visible
    return [
        Sheet(meta.name, meta.visible == visible, _headings(sheet), sheet, _over_rows(sheet)) for meta, sheet in cells
    ]


def _is_encrypted(data: BinaryIO) -> bool:
    """Say whether a file is an OLE container round an encrypted workbook, as Excel writes it ([MS-OFFCRYPTO] 2.3)."""
    data.seek(0)
    content = data.read()
    return content.startswith(_MAGIC[1]) and "EncryptedPackage".encode("utf-16-le") in content


def _locked(name: str) -> InputProblem:
    return InputProblem("is locked with a password", source=name, hint="Save it without one.")


def cell_text(value: object) -> str:
    """Give a cell's value as a person would type it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return value.date().isoformat()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return str(value).strip()


def _headings(sheet: CalamineSheet) -> frozenset[int]:
    """Give rows that one cell fills by being merged over three columns or more: titles, "PRINT", "BROADCAST"."""
    merged = sheet.merged_cell_ranges or []
    wide = [(top, bottom) for (top, left), (bottom, right) in merged if right - left >= 2 and bottom - top < TALLEST]
    return frozenset(row for top, bottom in wide for row in range(top, bottom + 1))


def _over_rows(sheet: CalamineSheet) -> tuple[Merged, ...]:
    return tuple(each for each in sheet.merged_cell_ranges or [] if each[1][0] > each[0][0])
