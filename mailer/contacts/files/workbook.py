"""Workbook: XLSX, XLS and ODS bytes → sheets of text rows.

Owns python-calamine, how a cell's value reads as text (a telephone number that Excel stored as 4930123456.0 is
"4930123456", a date is ISO), merged cells, which sheets are lists (including lists beside each other on one sheet), and
what colours, legends, comments and links mean. Rows come in batches, so that a reader elsewhere (`runs.untrusted`) need
not have a whole workbook in memory.
Raises `InputProblem`: damaged, or locked with a password.
Gaps: a caller of `read_workbook` has a whole sheet in memory, which the format requires.
"""

from __future__ import annotations

import colorsys
import datetime as dt
import html
import io
import posixpath
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import BinaryIO, Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mailer import lazy_re as re
from mailer.address import printable
from mailer.contacts.files import Choices, Form, RawTable
from mailer.contacts.meaning.columns import (
    HEADER_WITHIN,
    compact,
    is_address_like,
    is_name_like,
    plain,
    recognised,
    table_end,
    tokens,
)
from mailer.contacts.meaning.marks import HEADS, asks_no_mail, is_out_heading, means_out
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.words import read_section

Position: TypeAlias = tuple[int, int]  # row and column, from 0
Merged: TypeAlias = tuple[Position, Position]  # the first and the last cell
BATCH: Final = 500  # rows
LONGEST: Final = 32_767  # characters of a cell, Excel's own limit; nobody typed a longer one
TALLEST: Final = 10  # rows of a merged heading; a higher cell is one of the table
# errors of a damaged or locked archive: the reader of values reports them
_DAMAGED: Final = (
    *(zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, StopIteration),
)
_MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE_AS: Final = "Open it in the spreadsheet program and save it as XLSX or CSV (UTF-8)."


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What is known about a sheet apart from its cells."""

    name: str
    visible: bool
    headings: frozenset[int]  # rows (from 0) that are one merged cell
    links: int  # how many cells link to an address
    hidden: frozenset[int] = frozenset()  # rows that are hidden without an explanation


# some hundred rows of a sheet in their order, with blank ones (of no cells)
Batch: TypeAlias = list[list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, or one of several lists beside each other in it: its head, and its rows, which can be read again.

    Such a list has the columns from `first` to `end`, and any behind the sheet's last one (with comments).
    """

    head: SheetHead
    batches: Iterable[Batch]
    title: str = ""
    first: int = 0
    end: int | None = None
    width: int = 0

    @property
    def name(self) -> str:
        """Return its name."""
        return self.title or self.head.name

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return every row as (row as the spreadsheet shows it, from 1; cells as text)."""
        rows: Iterable[list[str]] = chain.from_iterable(self.batches)
        if self.end is not None:
            rows = ([*cells[self.first : self.end], *cells[max(self.end, self.width) :]] for cells in rows)
        return enumerate(rows, start=1)


class Struck(NamedTuple):
    """What is crossed out in a sheet: cells, whole rows if they have an address, parts of texts ("~~old~~ new").

    `legend` are cells beside the table that explain colours, and belong to no row; `hidden` rows are not explained.
    """

    cells: frozenset[Position]
    rows: frozenset[int]
    texts: Mapping[str, str]
    legend: frozenset[Position]
    hidden: frozenset[int]


_LEGEND_WITHIN: Final = 300  # rows


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that was read: its sheets in their order."""

    sheets: tuple[Sheet, ...]


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
    """Yield, for each sheet of a workbook, its head, then its rows in batches, with merged cells filled."""
    data = io.BytesIO(content)
    refuse_bombs(data, name)
    data.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(data)
        metas = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        struck = find_struck(data, [meta.name for meta in metas], book.get_sheet_by_name)
        for meta in metas:
            cells = book.get_sheet_by_name(meta.name)
            links = find_links(data, meta.name)
            is_visible = meta.visible == SheetVisibleEnum.Visible
            yield SheetHead(meta.name, is_visible, _headings(cells), len(links), struck[meta.name].hidden)
            rows = _rows(cells, links, struck[meta.name], dict(find_wishes(data, meta.name)))
            while batch := list(islice(rows, BATCH)):
                yield batch
    except (CalamineError, OSError) as error:
        # an OLE container around an encrypted workbook, as Excel writes it ([MS-OFFCRYPTO] 2.3)
        is_package = content.startswith(_MAGIC[1]) and "EncryptedPackage".encode("utf-16-le") in content
        if is_package or isinstance(error, PasswordError):
            raise InputProblem("is locked with a password", source=name, hint="Save it without one.") from None
        raise InputProblem(f"cannot be opened as a spreadsheet: {error}", source=name, hint=_SAVE_AS) from None


def load_workbook(data: BinaryIO, *, name: str) -> Workbook:
    """Read a workbook into memory."""
    data.seek(0)
    sheets: list[Sheet] = []
    kept: list[Batch] = []
    for each in read_workbook(data.read(), name=name):
        if isinstance(each, SheetHead):
            sheets.append(Sheet(each, kept := []))
        else:
            kept.append(each)
    return Workbook(tuple(sheets))


def _rows(
    cells: CalamineSheet, links: Mapping[Position, str], struck: Struck | None = None, wishes: Mapping[int, str] = {}
) -> Iterator[list[str]]:
    if cells.start is None:
        return iter(())
    left = [""] * cells.start[1]
    rows: Iterator[list[str]] = (left + list(map(cell_text, values)) for values in cells.iter_rows())
    if links:
        rows = (
            [cell if "@" in cell else links.get((number, at), cell) for at, cell in enumerate(row)]
            for number, row in enumerate(rows)
        )
    merged = tuple(each for each in cells.merged_cell_ranges or [] if each[1][0] > each[0][0])
    if merged:
        rows = _filled_down(rows, merged, _headings(cells))
    if struck is not None and any(struck[:4]):
        rows = (
            [
                f"~~{cell}~~" if cell and ((number, at) in struck.cells or is_out) else struck.texts.get(cell, cell)
                for at, cell in enumerate(row)
            ]
            for number, row in enumerate(rows)
            for is_out in [number in struck.rows and any("@" in cell for cell in row)]
        )
        if struck.legend:
            rows = (
                ["" if (number, at) in struck.legend else cell for at, cell in enumerate(row)]
                for number, row in enumerate(rows)
            )
    if wishes:  # behind all other cells of the row
        rows = ([*row, wishes[number]] if number in wishes and row else row for number, row in enumerate(rows))
    return (row if any(row) else [] for row in rows)


def cell_text(value: object) -> str:
    """Return a cell's value as a person would type it, at most as long as Excel allows."""
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


# Extents: how far the cells of a workbook reach, found before they are read.

MAX_UNPACKED: Final = 2_000_000_000
LARGEST: Final = 50_000_000  # cells of a sheet's rectangle; a million people have 20 columns
_PIECE: Final = 1 << 20
_OVERLAP: Final = 4096  # no opening tag is longer

_SHEET_PART: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_ROW: Final = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,7})["']""")
_TAIL: Final = 1 << 16  # bytes at the end of each piece that are searched for its last row
# columns of two letters and of three; a search for a pattern that begins with plain letters is much faster
_WIDE: Final = tuple(
    (count, tuple(re.compile(rb"r=%s[A-Z]{%d}\d" % (mark, count)) for mark in (b'"', b"'"))) for count in (2, 3)
)
# a cell with a value: one without has no end tag
_FILLED: Final = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")


def refuse_bombs(data: BinaryIO, name: str) -> None:
    """Refuse a workbook that would take up too much memory: unpacked, or because of a cell far from the others."""
    with suppress(*_DAMAGED), zipfile.ZipFile(data) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_UNPACKED:
            most = f"workbooks of up to {MAX_UNPACKED / 1e6:.0f} MB can be read"
            message, hint = f"unpacks to {size / 1e6:.0f} MB; {most}", "Save it as CSV (UTF-8), or split it."
            raise InputProblem(message, source=name, hint=hint)
        for part in filter(_SHEET_PART.match, archive.namelist()):
            if far := _far_cell(archive, part):
                message = f"has a cell far away from all others, {far}"
                hint = "Go there in the spreadsheet program, delete the row and the column, and save."
                raise InputProblem(message, source=name, hint=hint)


def _far_cell(archive: zipfile.ZipFile, part: str) -> str:
    """Return the last cell of a sheet whose rectangle is too large; nothing if it is not."""
    if _at_most(archive, part) <= LARGEST:
        return ""
    top = left = 1 << 30
    bottom = right = 0
    last = b""
    for piece in _pieces(archive, part):
        for letters, digits in _FILLED.findall(piece):
            row, column = int(digits), _column(letters.decode())
            if row > bottom or column > right:
                last = letters + digits
            top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, column)
    return last.decode("ascii") if (bottom - top + 1) * (right - left + 1) > LARGEST else ""


def _at_most(archive: zipfile.ZipFile, part: str) -> int:
    """Return a quick upper limit for the cells of a sheet: the last row, times the columns with so many letters."""
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


# Sheets: which sheet of a workbook is the list, and the meaning of the others.

SAMPLE_ROWS: Final = 50
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")


def read_sheets(book: Workbook, *, name: str, choices: Choices) -> RawTable:
    """Return the sheet of a workbook that is the list, with the others that are lists, too."""
    if choices.encoding or choices.delimiter:
        flag = "--encoding" if choices.encoding else "--delimiter"
        raise InputProblem(f"is a workbook, in which {flag} means nothing", source=name, hint="--sheet names a sheet.")
    wanted = choices.sheet.casefold()
    sheets = [block for sheet in book.sheets for block in _blocks(sheet)]
    chosen = _list(
        [each for each in sheets if not wanted or each.head.name.casefold() == wanted], is_named=bool(wanted)
    )
    if chosen is None:
        known = ", ".join(f"{printable(each.name)}{'' if each.head.visible else ' (hidden)'}" for each in book.sheets)
        message = f'has no sheet "{printable(choices.sheet)}"' if wanted else "has no visible sheet with a list in it"
        hint = "--sheet reads one of them." if known and not wanted else ""
        raise InputProblem(f"{message}. Its sheets: {known}", source=name, hint=hint)
    problems: list[Problem] = []
    barred: list[str] = []
    people: list[str] = []
    others: list[RawTable] = []
    asides: list[str] = []
    for sheet in sheets:
        if is_out_heading(sheet.name) or (sheet is not chosen and _is_barred(sheet)):
            for _, cells in islice(sheet.rows(), _MOST_BARRED):
                found = [each for cell in cells for each in _ADDRESS.findall(cell)]
                barred += found
                people += [] if found else [", ".join(filter(None, cells))]
            message = f'contacts in the sheet "{sheet.name}" are left out of all sheets'
        elif not wanted and sheet is not chosen and _is_list(sheet):
            others.append(_raw(sheet, others=()))
            continue
        else:
            filled = ([*filter(None, cells)] for _, cells in islice(sheet.rows(), _LEGEND_WITHIN))
            rows = ((" = " if len(texts) == 2 else " ").join(texts) for texts in filled)
            asides += (text for text in rows if sheet is not chosen and text and "@" not in text)
            message = not_read(sheet.name, is_hidden=not sheet.head.visible)
        if sheet is not chosen and any(any(cells) for _, cells in sheet.rows()):
            severity = Severity.WARNING if sheet.head.visible else Severity.NOTE
            problems.append(Problem("sheet-not-read", message, severity, source=name))
    if count := chosen.head.links:
        noun = "cell has a link" if count == 1 else "cells have links"
        message = f'{count} {noun} to an address; where a cell of "{chosen.name}" shows another text, its link is used'
        problems.append(Problem("linked-address", message, Severity.NOTE, source=name))
    others = [replace(each, asides=tuple(asides)) for each in others]
    raw = _raw(chosen, others)
    all_problems = (*raw.problems, *problems)
    return replace(raw, problems=all_problems, barred=tuple(barred), barred_people=tuple(people), asides=tuple(asides))


def _is_barred(sheet: Sheet) -> bool:
    """Return whether the contacts of a sheet are not to be mailed, by its name or the title above them."""
    if is_out_heading(sheet.name):
        return True
    filled = (found for _, cells in sheet.rows() if (found := [cell for cell in cells if cell]))
    titles, *rows = [*islice(filled, SAMPLE_ROWS)] or [[]]
    people = [cell for cell, *_ in rows if is_address_like(cell) or is_name_like(_FIRST_PART.split(cell)[0])]
    title = [sheet.name, *titles] if len(titles) == 1 and rows else [sheet.name]
    is_out = any(means_out(each, is_past=False) for each in title if "@" not in each)
    return is_out and 2 * len(people) >= len(rows)


_FIRST_PART: Final = re.compile(r"\s*[(,;:–—]|\s-\s")
_MOST_BARRED: Final = 20_000  # rows


def not_read(sheet: str, *, is_hidden: bool = False) -> str:
    """Return the message about a sheet that is no list."""
    return f'the {"hidden " * is_hidden}sheet "{sheet}" was not read (--sheet reads it alone)'


def _raw(sheet: Sheet, others: Sequence[RawTable]) -> RawTable:
    hidden = (each for each in sheet.rows() if each[0] - 1 in sheet.head.hidden) if sheet.head.hidden else ()
    lines = [line for line, cells in hidden if any("@" in cell for cell in cells)]
    shown = ", ".join(map(str, lines[:_SHOWN])) + " …" * (len(lines) > _SHOWN)
    message = f"rows are hidden in the workbook, and mailed as others are (line {shown})"
    hint = 'If they are not to be mailed, give the list a column "Unsubscribed" and write "yes" there.'
    return RawTable(
        form=Form.WORKBOOK,
        rows=lambda _tell: sheet.rows(),
        sheet=sheet.name,
        headings=sheet.head.headings,
        padded=True,
        others=tuple(others),
        problems=(Problem("hidden-rows", message, Severity.WARNING, line=lines[0], hint=hint),) if lines else (),
    )


_SHOWN: Final = 8  # lines


def _blocks(sheet: Sheet) -> list[Sheet]:
    """Return the lists beside each other in a sheet, each with all its headings; mostly there is one.

    The cell above the first column of such a list is its title: "Former contacts".
    """
    above: list[list[str]] = []
    rows = [cells for _, cells in islice(sheet.rows(), _LEGEND_WITHIN)]
    if (end := table_end(rows[:HEADER_WITHIN])) < (width := max(map(len, rows), default=0)):
        beside = [cells[end:] for cells in rows]
        first = end + next((at for at in range(width - end) if any(cells[at:][:1] > [""] for cells in beside)), 0)
        right = Sheet(sheet.head, sheet.batches, _title(beside), first, width)
        known = [{*re.findall(r"\w+", " ".join(cells[:end]))} for cells in rows]
        names = [{*re.findall(r"\w+", next(filter(None, cells), ""))} for cells in beside]
        is_known = any(len(one) > 1 and one <= other for one in names for other in known)
        if right.title and (is_known or any("@" in cell for cells in beside for cell in cells)) and _is_barred(right):
            return [Sheet(sheet.head, sheet.batches, "", 0, end, width), right]
    for cells in rows[:HEADER_WITHIN]:
        starts = [at for at, cell in enumerate(cells) if cell and not (at and cells[at - 1])]
        ends = [*starts[1:], len(cells)] if starts else []
        parts = [cells[first:end] for first, end in zip(starts, ends, strict=True)] if len(starts) > 1 else []
        if parts and all(recognised(part) >= _WHOLE for part in parts):
            titles = (next((row[first] for row in above if row[first:][:1] > [""]), "") for first in starts)
            return [
                Sheet(sheet.head, sheet.batches, title, first, end, len(cells))
                for title, first, end in zip(titles, (0, *starts[1:]), ends, strict=True)
            ]
        above.append(cells)
    return [sheet]


def _title(rows: Iterable[Sequence[str]]) -> str:
    """Return the first cell of a table with anything in it."""
    return next((cell for cells in rows for cell in cells if cell), "")


_WHOLE: Final = 3  # headings that make a list of its own: an address, a name, an outlet


def _is_list(sheet: Sheet) -> bool:
    """Return whether a sheet beside the list may be one, too: no older one, nor one of guests or of the office."""
    title = compact(sheet.name)
    is_other = is_out_heading(sheet.name, is_past=True) or any(part in title for part in HEADS["events"])
    is_other = is_other or not HEADS["other_sheets"].isdisjoint(tokens(sheet.name))
    rows = islice(sheet.rows(), SAMPLE_ROWS)
    return sheet.head.visible and not is_other and any(is_address_like(cell) for _, cells in rows for cell in cells)


def _list(sheets: Sequence[Sheet], *, is_named: bool) -> Sheet | None:
    """Choose the list among the visible sheets: the first with a header and an address, or else with most of these."""
    shown = [sheet for sheet in sheets if is_named or (sheet.head.visible and not is_out_heading(sheet.name))]

    def rank(sheet: Sheet) -> int:
        rows = [cells for _, cells in islice(sheet.rows(), SAMPLE_ROWS)]
        has_address = any(is_address_like(cell) for cells in rows for cell in cells)
        return 2 * any(map(recognised, rows)) + has_address if any(map(any, rows)) else -1

    ranked = [(rank(sheet), sheet) for sheet in shown]
    best = max((each for each, _ in ranked), default=-1)
    lists = [sheet for each, sheet in ranked if each == best >= (-1 if is_named else 0)]
    return min(lists, key=lambda sheet: is_out_heading(sheet.name, is_past=True) or _is_barred(sheet), default=None)


# Colours: who is out by the colour of a workbook's cells, if the workbook itself explains its colours in a legend
# ("grey = gone", a red cell with "do not mail"). A legend is about its own fill or font, that of the cell before it, or
# those of the hue that it names; without a legend no colour means anything. XLSX only. ECMA-376 part 1 §18.8. Gaps:
# indexed colours have no hue, and colours that a rule sets are not in the file.

_SHADES: Final = "|".join(map(plain, read_section("wishes", "columns")["shades"]))
_HUES: Final[Mapping[str, re.Pattern[str]]] = {
    hue: re.compile(rf"\b(?:{_SHADES})?(?:{'|'.join(map(plain, names))})|{'|'.join(names)}")
    for hue, names in read_section("wishes", "hues").items()
}
_ENTRY: Final = re.compile(
    r"(.{0,60}?)\s*(?:=|:|→|⇒|➔|\s[-–—]\s|\bmeans\b|\bbedeutet\b|\bheisst\b|\bsignif\w+\b)\s*(.+)"
)
_PARTS: Final = re.compile(r"[,;|\n]|(?<=\w\w)\.\s")
_FORMAT: Final = re.compile(rb"<(?:\w+:)?xf\b[^>]*")
_NUMBER: Final = re.compile(rb"""\b(fontId|fillId)=["'](\d{1,6})""")
STRIKE: Final = re.compile(rb"<(?:\w+:)?strike(?!\s+val=.(?:0|false))")
_COLOUR: Final = re.compile(rb"""<(?:\w+:)?(?:fgColor|color)\b[^>]*?\b(rgb|theme|indexed)=["']([0-9A-Fa-f]{1,8})""")
_THEME: Final = re.compile(rb"""<a:(?:srgbClr val|sysClr [^>]*?lastClr)=["']([0-9A-Fa-f]{6})""")
_LONGEST_LEGEND: Final = 200
_WHEEL: Final[Mapping[str, tuple[int, int]]] = read_section("contacts", "wheel")


class Look(NamedTuple):
    """The format of a cell: crossed out, and the colours of its background and its font; empty if usual."""

    is_struck: bool
    fill: str
    font: str


def read_looks(archive: zipfile.ZipFile) -> list[Look]:
    """Return the formats of a workbook's cells in their order; a colour is RRGGBB, or whatever the file calls it."""
    styles = archive.read("xl/styles.xml")
    themes = archive.read("xl/theme/theme1.xml") if "xl/theme/theme1.xml" in archive.namelist() else b""
    theme = [each.decode().upper() for each in _THEME.findall(themes)[:12]]
    theme[:4] = [theme[at] for at in (1, 0, 3, 2)] if len(theme) > 3 else theme  # light before dark

    def colour(xml: bytes) -> str:
        found = _COLOUR.search(xml)
        if found is None or b'"none"' in xml:
            return ""
        kind, value = found[1], found[2].decode().upper()
        if kind == b"theme":
            return theme[int(value, 10)] if value.isdecimal() and int(value) < len(theme) else f"theme {value}"
        return value[-6:] if kind == b"rgb" else f"indexed {value}"

    fonts, fills = (
        styles.partition(b"<%ss" % name)[2].partition(b"</%ss>" % name)[0].split(b"</%s>" % name)
        for name in (b"font", b"fill")
    )
    looks = []
    for xf in _FORMAT.findall(styles.partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]):
        at = {name: int(number) for name, number in _NUMBER.findall(xf)}
        font = fonts[at.get(b"fontId", 0)] if at.get(b"fontId", 0) < len(fonts) else b""
        fill = fills[at.get(b"fillId", 0)] if at.get(b"fillId", 0) < len(fills) else b""
        tint = colour(font)
        looks.append(Look(bool(STRIKE.search(font)), colour(fill), "" if tint in {"000000", "indexed 8"} else tint))
    return looks


def find_out(
    rows: Sequence[Sequence[str]], looks: Mapping[Position, Look], every: Sequence[Look]
) -> tuple[frozenset[str], frozenset[Position]]:
    """Return the colours that mean "do not mail" by the legends in the first rows of a sheet.

    And the cells of a legend that is beside the rows of people, or has a colour of its own.
    """
    found, kept, beside_rows = set[str](), set[str](), set[Position]()
    usual = Look(is_struck=False, fill="", font="")
    end = table_end(rows)
    people = {number for number, cells in enumerate(rows) if any("@" in cell for cell in cells)}
    fills = {look.fill for (row, _), look in looks.items() if row in people and look.fill}
    for (row, column), sign, meaning in _entries(rows, looks, end):
        own, before = looks.get((row, column), usual), looks.get((row, column - 1), usual)
        near = rows[row][column - 1] if column else "?"
        colour = own.fill or (before.fill if not near or sign in {"", near} else "") or own.font
        hues = [hue for hue, names in _HUES.items() if names.search(plain(sign) or plain(near))]
        named: Iterable[str] = (each for look in every for each in look[1:] if any(_is_of(each, hue) for hue in hues))
        if hues == ["any"] and not colour and len(fills) == 1:  # "shaded rows asked us to stop"
            named = fills
        colours = {colour, *hues} if colour else {*named, *hues}  # "hidden" is a hue that no colour has
        is_out = means_out(meaning) or (sign == meaning and asks_no_mail(meaning))
        others = [at for at, cell in enumerate(rows[row][:end]) if cell and at != column]
        is_beside = column > end and any("@" in cell for cell in rows[row])
        if is_beside:
            beside_rows |= {(row, column), (row, column - 1)}
        elif own.fill in fills and is_out and not others:
            beside_rows.add((row, column))  # and it is no heading above all rows
        if sign or is_beside or (is_out and all(looks.get((row, at), usual).fill != colour for at in others)):
            (found if is_out else kept).update(colours)  # and it is no row of headings
    return frozenset(found - kept), frozenset(beside_rows)


def _entries(
    rows: Sequence[Sequence[str]], looks: Mapping[Position, Look], end: int
) -> Iterator[tuple[Position, str, str]]:
    """Yield the entries of a sheet's legends: where, the sign or the hue that it explains, and its meaning."""
    for row, cells in enumerate(rows):
        is_person = any("@" in cell for cell in cells)
        for column in range(end + 1 if is_person else 0, len(cells)):
            cell, near = cells[column], cells[column - 1] if column else ""
            parts = _PARTS.split(cell) if 0 < len(cell) < _LONGEST_LEGEND and "@" not in cell else []
            for part in _joined(parts):  # "Names in red, they have left"
                if near and " " not in near and _names_hue(near):
                    yield (row, column), near, part
                elif entry := _entry(part):
                    if not is_person or _names_hue(entry[0]):
                        yield (row, column), *entry
                elif _names_hue(part):
                    if " " in part.strip() or not any(cells[column + 1 :]):  # else it is explained beside it
                        yield (row, column), part, part
                elif looks.get((row, column)) or looks.get((row, column - 1)):
                    yield (row, column), "", part


def _joined(parts: Sequence[str]) -> Sequence[str]:
    """Return the parts of a legend, each with those after it that explain nothing by themselves."""
    joined = list[str]()
    for part in parts:
        if joined and not (_entry(part) or _names_hue(part)):
            joined[-1] += f", {part}"
        else:
            joined.append(part)
    return joined


def _names_hue(text: str) -> bool:
    plain_text = plain(text)
    return any(names.search(plain_text) for names in _HUES.values())


def _entry(part: str) -> tuple[str, str] | None:
    """Return what an entry of a legend explains, and its meaning; "Key: red = gone" begins with a title."""
    entry = _ENTRY.fullmatch(part.strip(" ()[].!"))
    if entry and not _names_hue(entry[1]) and (inner := _ENTRY.fullmatch(entry[2])) and _names_hue(inner[1]):
        entry = inner
    # such as "Note: the hidden rows have all left"
    is_sentence = entry and not _names_hue(entry[1]) and _names_hue(entry[2]) and asks_no_mail(entry[2])
    return (entry[1], entry[2]) if entry and not is_sentence else None


def _is_of(colour: str, hue: str) -> bool:
    """Return whether a colour (RRGGBB) has a hue, such as grey or red."""
    if not re.fullmatch("[0-9A-F]{6}", colour):
        return _HUES[hue].search(colour) is not None  # a page may have the name of a colour
    turn, light, strength = colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)))
    if strength < 0.15:
        return hue == "grey" and 0.2 < light < 0.97
    begin, end = _WHEEL.get(hue, (0, 0))
    return begin <= turn * 360 < end or begin <= turn * 360 + 360 < end


# Links: what cells have only in links, comments and formats (ECMA-376 part 1 §18.3.1.47, OpenDocument 1.3 §6.1.8);
# the sheet's text is searched in pieces: openpyxl would make an object of every cell. Gaps: links in XLS,
# comments and crossed-out text in XLS and ODS are not read.

_ATTRIBUTE: Final = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_FORMULA: Final = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]+\d+)["'][^>]*>\s*<(?:\w+:)?f\b[^>]*>\s*(?:_xlfn\.)?HYPERLINK\(\s*"""
    rb"""(?:"|&quot;)mailto:([^"&<]{1,400})""",
    re.IGNORECASE,
)
_STYLED: Final = re.compile(rb"""<(?:\w+:)?c\s+r=["']([A-Z]{1,3}\d{1,7})["']\s+s=["'](\d{1,6})["']""")
_HIDDEN: Final = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["'](\d{1,7})["'][^>]*?\bhidden=["'](?:1|true)""")
_COMMENT: Final = re.compile(rb"""<(?:\w+:)?comment\s[^<>]*?\bref=["'][A-Z]+(\d+)["'][^<>]*>""")
_COMMENT_END: Final = re.compile(rb"</(?:\w+:)?comment>")
_TEXT: Final = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_AUTHOR: Final = re.compile(r"^[^:\n]{1,60}:[^\S\n]*\n")  # as Excel begins a comment
_STRINGS: Final = "xl/sharedStrings.xml"
_ITEM_END: Final = re.compile(rb"</(?:\w{1,9}:)?(?:si|is)>")
_MOST_COMMENTS: Final = 4_000_000
_REFERENCE: Final = re.compile(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?")


def find_links(data: BinaryIO, sheet: str) -> Mapping[Position, str]:
    """Return the addresses that the cells of a sheet link to with `mailto:`, by (row, column), both from 0."""
    with suppress(*_DAMAGED), zipfile.ZipFile(data) as archive:
        if "xl/workbook.xml" in archive.namelist():
            path, relations = _part_of(archive, sheet)
            targets = {element["Id"]: element["Target"] for element in _elements(relations, b"Relationship")}
            mails = {name: text for name, link in targets.items() if (text := address_in(link))}
            return dict(_of_sheet(archive, path, mails))
        if "content.xml" in archive.namelist():
            return dict(_of_ods(archive, sheet))
    return {}


def find_struck(data: BinaryIO, names: Sequence[str], read: Callable[[str], CalamineSheet]) -> Mapping[str, Struck]:
    """Return what is crossed out in each sheet of an XLSX: cells by their format, rows by a colour."""
    places: dict[str, dict[Position, Look]] = {name: {} for name in names}
    texts: dict[str, str] = {}
    out = frozenset[str]()
    legends = dict.fromkeys(names, frozenset[Position]())
    hidden: dict[str, set[int]] = {name: set() for name in names}
    with suppress(*_DAMAGED), zipfile.ZipFile(data) as archive:
        texts.update(_struck_in_part(archive))
        looks = read_looks(archive)
        wanted = {str(number).encode(): look for number, look in enumerate(looks) if any(look)}
        for name in names:
            for piece in _pieces(archive, _part_of(archive, name)[0]):
                hidden[name].update(int(row) - 1 for row in (_HIDDEN.findall(piece) if b"hidden=" in piece else ()))
                for place, style in _STYLED.findall(piece) if wanted else ():
                    if style in wanted:
                        places[name].update(dict.fromkeys(_places(place.decode("ascii")), wanted[style]))
        for name in names if any(look.fill or look.font for look in looks) or any(hidden.values()) else ():
            colours, legends[name] = find_out([*islice(_rows(read(name), {}), _LEGEND_WITHIN)], places[name], looks)
            out |= colours
    return {
        name: Struck(
            frozenset(at for at, look in found.items() if look.is_struck),
            frozenset(at[0] for at, look in found.items() if not out.isdisjoint(look[1:]) and at not in legends[name])
            | (hidden[name] if "hidden" in out else set()),
            texts,
            legends[name],
            frozenset(() if "hidden" in out else hidden[name]),
        )
        for name, found in places.items()
    }


def _struck_in_part(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the texts with runs that are crossed out (ECMA-376 part 1 §18.4.4): plain, and with these runs marked."""
    files = archive.namelist()
    parts = [_STRINGS] if _STRINGS in files else filter(_SHEET_PART.match, files)  # or each text in its cell
    for piece in chain.from_iterable(_pieces(archive, part) for part in parts):
        for item in _ITEM_END.split(piece) if b"strike" in piece else ():
            content = item[max(item.rfind(b"<si>"), item.rfind(b"<is>"), 0) :]
            runs = [(b"".join(_TEXT.findall(run)), STRIKE.search(run)) for run in content.split(b"</r>")]
            if any(is_struck for _, is_struck in runs):
                texts = [(html.unescape(text.decode("utf-8", "replace")), is_struck) for text, is_struck in runs]
                marked = "".join(f"~~{text}~~" if is_struck else text for text, is_struck in texts)
                yield cell_text("".join(text for text, _ in texts)), cell_text(marked.replace("~~~~", ""))


def find_wishes(data: BinaryIO, sheet: str) -> Iterator[tuple[int, str]]:
    """Yield the comments in a sheet of an XLSX that ask not to mail someone, or may: (row from 0, text)."""
    with suppress(*_DAMAGED), zipfile.ZipFile(data) as archive:
        path, relations = _part_of(archive, sheet)
        for element in _elements(relations, b"Relationship"):
            if element.get("Type", "").endswith("/comments"):
                with archive.open(_within(path.rpartition("/")[0], element["Target"])) as file:
                    found = file.read(_MOST_COMMENTS)
                for piece in _COMMENT_END.split(found):
                    if begin := _COMMENT.search(piece):
                        text = b"".join(_TEXT.findall(piece, begin.end())).decode("utf-8", "replace")
                        text = _AUTHOR.sub("", html.unescape(text), count=1)
                        if asks_no_mail(comment := " ".join(text.split())):
                            yield int(begin[1]) - 1, comment


def _part_of(archive: zipfile.ZipFile, sheet: str) -> tuple[str, bytes]:
    """Return the path of a sheet's part in the archive, and the XML of its relationships."""
    relations = archive.read("xl/_rels/workbook.xml.rels")
    parts = {element["Id"]: element["Target"] for element in _elements(relations, b"Relationship")}
    named = {element["name"]: element for element in _elements(archive.read("xl/workbook.xml"), b"sheet")}
    path = _within("xl", parts[_relation(named[sheet])])
    folder, _, file = path.rpartition("/")
    beside = f"{folder}/_rels/{file}.rels"
    return path, archive.read(beside) if beside in archive.namelist() else b""


def _within(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _relation(attributes: Mapping[str, str]) -> str:
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")


def _of_sheet(archive: zipfile.ZipFile, path: str, mails: Mapping[str, str]) -> Iterator[tuple[Position, str]]:
    for piece in _pieces(archive, path):
        if b"HYPERLINK(" in piece:
            for place, link in _FORMULA.findall(piece):
                address = _plain(link.decode("utf-8", "replace"))
                yield from ((at, address) for at in _places(place.decode("ascii")))
        if mails and b"hyperlink" in piece:
            for attributes in _elements(piece, b"hyperlink"):
                if found := mails.get(_relation(attributes)):
                    yield from ((at, found) for at in _places(attributes.get("ref", "")))


def _of_ods(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[Position, str]]:
    content = archive.read("content.xml").decode("utf-8", "replace")
    if "mailto:" not in content:
        return
    name = html.escape(sheet, quote=False)
    table = re.search(rf'<table:table\b[^>]*table:name="{re.escape(name)}".*?</table:table>', content, re.DOTALL)
    row = column = 0
    for found in re.finditer(r"<table:table-(row|cell)\b([^>]*)>|<text:a\b([^>]*)>", table[0] if table else ""):
        kind, attributes, link = found.groups()
        repeat = re.search(r'number-(?:rows|columns)-repeated="(\d+)"', attributes or "")
        count = int(repeat[1]) if repeat else 1
        if kind == "row":
            row, column = row + count, 0
        elif kind == "cell":
            column += count
        elif address := address_in(html.unescape((re.search(r'xlink:href="([^"]*)"', link) or ["", ""])[1])):
            yield (row - 1, column - 1), address


def _elements(xml: bytes, name: bytes) -> Iterator[dict[str, str]]:
    for element in re.findall(rb"<(?:\w+:)?%b\b[^>]*>" % name, xml):
        found = _ATTRIBUTE.findall(element)
        yield {name.decode(): html.unescape((one or other).decode("utf-8", "replace")) for name, one, other in found}


def _places(reference: str) -> Iterator[Position]:
    """Yield the cells of a reference: B5, or B5:B9 for a link over several cells."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return
    first, last = _column(found[1]), _column(found[3] or found[1])
    top, bottom = int(found[2]), int(found[4] or found[2])
    columns = range(first, min(last, first + 100) + 1)
    yield from ((row - 1, column) for row in range(top, min(bottom, top + 1000) + 1) for column in columns)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def address_in(link: str) -> str:
    """Return the address of a `mailto:` link, without its subject; nothing for another link."""
    return _plain(link[7:]) if link[:7].lower() == "mailto:" else ""


def _plain(target: str) -> str:
    return unquote(target.partition("?")[0]).strip()
