"""Workbook: XLSX, XLS and ODS bytes to sheets of text rows.

Owns python-calamine, how a cell's value reads as text (a telephone number that Excel stored as 4930123456.0 is
"4930123456", a date is ISO), and cells that are merged. The last part decides which sheet is the list.
Rows come in batches, so that whoever reads a workbook elsewhere (`runs.untrusted`) need not hold all of it.
Raises `InputProblem`: damaged, or locked with a password.
Gaps: whoever calls `read_workbook` has a sheet in memory, as its format demands.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO, Final, TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.files.forms import Form, RawTable
from mailer.contacts.files.links import Place, find_comments, find_links, refuse_bombs
from mailer.contacts.meaning.columns import is_address_like, recognised
from mailer.contacts.meaning.marks import says_out, speaks_of_mail
from mailer.errors import InputProblem, Problem, Severity

Merged: TypeAlias = tuple[Place, Place]  # the first and the last cell
BATCH: Final = 500  # rows
LONGEST: Final = 32_767  # characters of a cell, as Excel has it; more is no cell that somebody typed
TALLEST: Final = 10  # rows that a merged heading may be high; what is higher is a cell of the table
_MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE_AS: Final = "Open it in the spreadsheet program and save it as XLSX or CSV (UTF-8)."


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What is known of a sheet beside its cells.

    `headings` are rows (from 0) that are one merged cell; `links` counts the cells with an address behind them;
    `comments` are those on its cells, each with its place (C5).
    """

    name: str
    visible: bool
    headings: frozenset[int]
    links: int
    comments: tuple[tuple[str, str], ...] = ()


# All rows of a sheet in their order, blank ones too (of no cells), some hundred at a time.
Batch: TypeAlias = list[list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its head, and its rows, which are run through as often as is needed."""

    head: SheetHead
    batches: Iterable[Batch]

    @property
    def name(self) -> str:
        """Return its name."""
        return self.head.name

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return every row as (row as the spreadsheet shows it, from 1; cells as text)."""
        return enumerate(chain.from_iterable(self.batches), start=1)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that was read: its sheets in their order."""

    sheets: tuple[Sheet, ...]


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
    """Return whether a file is a workbook by its first bytes (or another zip or OLE file, as opening shows)."""
    return head.startswith(_MAGIC)


def read_workbook(content: bytes, *, name: str) -> Iterator[SheetHead | Batch]:
    """Read a workbook: for each sheet its head, then its rows in batches.

    A cell that is merged over several rows stands in each of them; the address behind a cell stands in for a text that
    is none.

    Raises:
        InputProblem: it cannot be opened.
    """
    data = io.BytesIO(content)
    refuse_bombs(data, name)
    refuse_vast(data, name)
    data.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(data)
        for meta in book.sheets_metadata:
            if meta.typ == SheetTypeEnum.WorkSheet:
                cells = book.get_sheet_by_name(meta.name)
                links = find_links(data, meta.name)
                is_visible = meta.visible == SheetVisibleEnum.Visible
                comments = tuple(find_comments(data, meta.name))
                yield SheetHead(meta.name, is_visible, _headings(cells), len(links), comments)
                rows = _rows(cells, links)
                while batch := list(islice(rows, BATCH)):
                    yield batch
    except PasswordError:
        raise _locked(name) from None
    except (CalamineError, OSError) as error:
        if _is_encrypted(content):
            raise _locked(name) from None
        raise InputProblem(f"cannot be opened as a spreadsheet: {error}", source=name, hint=_SAVE_AS) from None


def load_workbook(data: BinaryIO, *, name: str) -> Workbook:
    """Read a workbook into memory.

    Raises:
        InputProblem: it cannot be opened.
    """
    data.seek(0)
    read: list[tuple[SheetHead, list[Batch]]] = []
    for each in read_workbook(data.read(), name=name):
        if isinstance(each, SheetHead):
            read.append((each, []))
        else:
            read[-1][1].append(each)
    return Workbook(tuple(Sheet(head, batches) for head, batches in read))


def _rows(cells: CalamineSheet, links: Mapping[Place, str]) -> Iterator[list[str]]:
    if cells.start is None:
        return iter(())
    left = [""] * cells.start[1]
    rows: Iterator[list[str]] = (left + list(map(cell_text, values)) for values in cells.iter_rows())
    if links:
        rows = _with_links(rows, links)
    merged = tuple(each for each in cells.merged_cell_ranges or [] if each[1][0] > each[0][0])
    if merged:
        rows = _filled_down(rows, merged, _headings(cells))
    return (row if any(row) else [] for row in rows)


def _is_encrypted(content: bytes) -> bool:
    """Whether a file is an OLE container round an encrypted workbook, as Excel writes it ([MS-OFFCRYPTO] 2.3)."""
    return content.startswith(_MAGIC[1]) and "EncryptedPackage".encode("utf-16-le") in content


def _locked(name: str) -> InputProblem:
    return InputProblem("is locked with a password", source=name, hint="Save it without one.")


def cell_text(value: object) -> str:
    """Return a cell's value as a person would type it, of a text no more than Excel allows."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return value.date().isoformat()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return str(value)[:LONGEST].strip()


def _headings(sheet: CalamineSheet) -> frozenset[int]:
    """Return rows that one cell fills by being merged over three columns or more: titles, "PRINT", "BROADCAST"."""
    merged = sheet.merged_cell_ranges or []
    wide = [(top, bottom) for (top, left), (bottom, right) in merged if right - left >= 2 and bottom - top < TALLEST]
    return frozenset(row for top, bottom in wide for row in range(top, bottom + 1))


# Extents: how far the cells of a workbook reach, before anything is made of them.

LARGEST: Final = 50_000_000  # cells of a sheet's rectangle; a million people have 20 columns
_PIECE: Final = 1 << 20
_OVERLAP: Final = 4096  # no opening tag is longer

_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_ROW: Final = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,7})["']""")
_TAIL: Final = 1 << 16  # of each piece, where its last row is looked for
# Columns of two letters and of three; a pattern that begins with plain letters is searched much faster.
_WIDE: Final = tuple(
    (count, tuple(re.compile(rb"r=%s[A-Z]{%d}\d" % (mark, count)) for mark in (b'"', b"'"))) for count in (2, 3)
)
# A cell with something in it: one without has no end tag.
_FILLED: Final = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")


def refuse_vast(data: BinaryIO, name: str) -> None:
    """Refuse an XLSX with a cell so far away that its sheet cannot be laid out.

    Raises:
        InputProblem: it has one; the message names the cell.
    """
    data.seek(0)
    try:
        with zipfile.ZipFile(data) as archive:
            far = next(
                filter(None, (_far_cell(archive, part) for part in archive.namelist() if _SHEET.match(part))), ""
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return  # the reader of workbooks says what is wrong with it
    if far:
        raise InputProblem(
            f"has a cell far away from all others, {far}",
            source=name,
            hint="Go there in the spreadsheet program, delete the row and the column, and save.",
        )


def _far_cell(archive: zipfile.ZipFile, part: str) -> str:
    """Name the last cell of a sheet whose rectangle is too large; nothing where it is not."""
    if _at_most(archive, part) <= LARGEST:
        return ""
    top = left = 1 << 30
    bottom = right = 0
    last = b""
    for piece in _pieces(archive, part):
        for letters, digits in _FILLED.findall(piece):
            row, column = int(digits), _column(letters)
            if row > bottom or column > right:
                last = letters + digits
            top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, column)
    return last.decode("ascii") if (bottom - top + 1) * (right - left + 1) > LARGEST else ""


def _at_most(archive: zipfile.ZipFile, part: str) -> int:
    """A bound for the cells of a sheet, at little cost: the last row, times what columns of one letter can be."""
    bottom, wide = 1, 1
    for piece in _pieces(archive, part):
        rows = _ROW.findall(piece[-_TAIL:]) or _ROW.findall(piece)
        bottom = max([bottom, *map(int, rows[-1:])])
        for letters, forms in _WIDE:
            if letters > wide and any(form.search(piece) for form in forms):
                wide = letters
    return bottom * int(26**wide)


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    seen = b""
    with archive.open(part) as file:
        while piece := file.read(_PIECE):
            seen = seen[-_OVERLAP:] + piece
            yield seen


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# Sheets: which sheet of a workbook is the list, and what the others say.

SAMPLE_ROWS: Final = 50
_SHOWN: Final = 5
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")


def read_sheets(book: Workbook, *, name: str, choices: Choices) -> RawTable:
    """Return the sheet of a workbook that is the list.

    Raises:
        InputProblem: it cannot be opened, or holds no list.
    """
    if choices.encoding or choices.delimiter:
        said = "--encoding" if choices.encoding else "--delimiter"
        raise InputProblem(f"is a workbook, in which {said} means nothing", source=name, hint="--sheet names a sheet.")
    sheets = book.sheets
    chosen = _named(sheets, choices.sheet, name) if choices.sheet else _choose(sheets, name)
    problems = [*_unread(sheets, chosen, name)]
    if chosen.head.links:
        problems.append(_linked(chosen, name))
    problems += _in_comments(chosen, name)
    return RawTable(
        form=Form.WORKBOOK,
        rows=lambda _tell: chosen.rows(),
        sheet=chosen.name,
        headings=chosen.head.headings,
        padded=True,
        problems=tuple(problems),
        barred=tuple(_barred(sheets)),
    )


def _named(sheets: Sequence[Sheet], wanted: str, name: str) -> Sheet:
    for sheet in sheets:
        if sheet.name.casefold() == wanted.casefold():
            return sheet
    known = ", ".join(printable(sheet.name) for sheet in sheets)
    raise InputProblem(f'has no sheet "{printable(wanted)}". Its sheets: {known}', source=name)


def _choose(sheets: Sequence[Sheet], name: str) -> Sheet:
    """Choose the list among the visible sheets: the first with a header and an address, else with the most of these."""
    shown = [sheet for sheet in sheets if sheet.head.visible and not says_out(sheet.name)]
    for test in (_is_list, _has(recognised), _has(lambda cells: any(map(is_address_like, cells))), _has(any)):
        for sheet in shown:
            if test(sheet):
                return sheet
    known = ", ".join(f"{printable(sheet.name)}{'' if sheet.head.visible else ' (hidden)'}" for sheet in sheets)
    hint = "--sheet reads one of them." if known else ""
    raise InputProblem(f"has no visible sheet with a list in it. Its sheets: {known}", source=name, hint=hint)


def _is_list(sheet: Sheet) -> bool:
    rows = [cells for _, cells in islice(sheet.rows(), SAMPLE_ROWS)]
    return any(map(recognised, rows)) and any(is_address_like(cell) for cells in rows for cell in cells)


def _has(test: Callable[[list[str]], object]) -> Callable[[Sheet], bool]:
    return lambda sheet: any(test(cells) for _, cells in islice(sheet.rows(), SAMPLE_ROWS))


def _barred(sheets: Sequence[Sheet]) -> Iterator[str]:
    for sheet in sheets:
        if says_out(sheet.name):
            for _, cells in sheet.rows():
                for cell in cells:
                    yield from _ADDRESS.findall(cell)


def _unread(sheets: Sequence[Sheet], chosen: Sheet, name: str) -> Iterator[Problem]:
    for sheet in sheets:
        if sheet is chosen or not any(any(cells) for _, cells in sheet.rows()):
            continue
        if says_out(sheet.name):
            message = f'the addresses in the sheet "{sheet.name}" are left out everywhere'
        else:
            hidden = "" if sheet.head.visible else "hidden "
            message = f'the {hidden}sheet "{sheet.name}" was not read; only "{chosen.name}" was (--sheet reads another)'
        severity = Severity.WARNING if sheet.head.visible else Severity.NOTE
        yield Problem("sheet-not-read", message, severity, source=name)


def _in_comments(sheet: Sheet, name: str) -> Iterator[Problem]:
    """Yield a warning where comments on cells ask for no mail: nobody is left out by what no cell says."""
    found = [(place, text) for place, text in sheet.head.comments if speaks_of_mail(text)]
    if found:
        shown = "; ".join(f'{place} "{printable(" ".join(text.split()), 60)}"' for place, text in found[:_SHOWN])
        noun = "A comment asks" if len(found) == 1 else f"{len(found)} comments ask"
        message = f"{noun} not to mail somebody, or may: {shown}{' …' if len(found) > _SHOWN else ''}"
        hint = "Comments leave nobody out: write the wish into a cell of the row."
        yield Problem("wish-in-comment", message, Severity.WARNING, source=name, hint=hint)


def _linked(sheet: Sheet, name: str) -> Problem:
    count = sheet.head.links
    noun = "cell has a link" if count == 1 else "cells have links"
    message = f'{count} {noun} to an address; where a cell of "{sheet.name}" shows another text, its link is used'
    return Problem("linked-address", message, Severity.NOTE, source=name)
