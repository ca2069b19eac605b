"""Workbook edits: XLSX and XLSM bytes with some rows of the list's sheet changed, written by openpyxl.

Theory of operation. openpyxl writes a new workbook from what it understood of the old one, so anything it does not
understand would be lost silently. Therefore the workbook is first saved unchanged and compared with the file: its parts
by kind, the elements in them by name, its cells as every list is read. If there is less of anything, or a cell reads
differently, the edit is refused with what would be lost. There is no list of what openpyxl can do, only one of parts
that nobody misses (`[workbooks]` of `contacts.toml`). Formulas are refused: openpyxl keeps them and drops their
results.

openpyxl does not move merged cells, rules, filters, tables and named ranges with their rows; here they follow their
rows (`_Plan.range`). If anything else is tied to positions, no row is removed or moved. A time of day is written as
text. Raises `InputProblem`: it is neither XLSX nor XLSM, or something in it would be lost or wrong.
"""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from itertools import zip_longest
from typing import Any, Final, TypeAlias

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.writer.excel import ExcelWriter

from mailer import lazy_re as re
from mailer.contacts.edits import Added, Changes, export_hint
from mailer.contacts.files.table import Table
from mailer.contacts.files.workbook import read_workbook
from mailer.errors import InputProblem
from mailer.frozen import dataclass
from mailer.words import read_section

_Book: TypeAlias = Any  # openpyxl's own classes have no types
_Sheet: TypeAlias = Any
_Cell: TypeAlias = Any

_LAST_ROW: Final = 1_048_576  # the last row of any sheet: a range down to it is of the whole column
_RANGE: Final = re.compile(r"(\$?[A-Za-z]{1,3}\$?)(\d+)(?::(\$?[A-Za-z]{1,3}\$?)(\d+))?")
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # in XML
_WHOLE_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DAYS_AGREE: Final = dt.date(1900, 3, 1)  # before it Excel counts a 29 February 1900 that never was


def edit_workbook(data: bytes, table: Table, changes: Changes) -> bytes:
    """Return the bytes of a workbook with these changes."""
    try:
        _refuse_other_kinds(data)
        plan = _Plan.of(table, changes)
        if not (plan.cells or plan.added or plan.removed):
            return data
        book = _load(data)
        saved = _save(book)
        kinds = _refuse_losses(data, saved)
        if "image" in kinds:  # openpyxl closes them when it saves
            book = _load(data)
        _apply(book, book[table.raw.sheet], plan, kinds)
        return _save(book)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InputProblem(f"is damaged: {error}", source=table.name, hint=export_hint(table.name)) from None
    except InputProblem as problem:
        hint = f"It can be done in the spreadsheet program. {export_hint(table.name)}"
        raise InputProblem(problem.message, source=table.name, line=problem.line, hint=hint) from None


def _refuse_other_kinds(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputProblem("is an XLS workbook, which cannot be written back")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "mimetype" in archive.namelist():
            raise InputProblem("is an ODS workbook, which cannot be written back")


def _load(data: bytes) -> _Book:
    try:
        with warnings.catch_warnings(action="ignore"):  # about unknown parts: `_refuse_losses` reports more
            book = openpyxl.load_workbook(io.BytesIO(data), rich_text=True, keep_vba=b"xl/vbaProject.bin" in data)
    except Exception as error:  # noqa: BLE001 - it raises whatever the parts of a stranger's file lead it to
        raise InputProblem(f"is a workbook that cannot be written back: {error}") from None
    if book.vba_archive is not None:  # openpyxl only reads this copy, and never closes it: that would be a warning
        book.vba_archive.close()
        book.vba_archive = zipfile.ZipFile(io.BytesIO(data))
    return book


def _save(book: _Book) -> bytes:
    file = io.BytesIO()
    book.properties.modified = dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:  # `book.save` leaves it open after errors
            ExcelWriter(book, archive).save()
    except Exception as error:  # noqa: BLE001 - as for `_load`
        raise InputProblem(f"is a workbook that cannot be written back: {error}") from None
    return file.getvalue()


# Losses of a save.

_PARTS: Final = read_section("contacts", "workbooks")
_REWRITTEN: Final = frozenset(_PARTS["rewritten"])
_PLAIN: Final = _REWRITTEN.union(_PARTS["plain"])
_KIND: Final = re.compile(r"<(?:\w+:)?(?:Override|Default)\s([^>]*)>")
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_ELEMENT: Final = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_FORMULA: Final = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*>\s*<(?:[\w.-]+:)?f[\s>/]")
_WORDS: Final = dict(_PARTS["named"])


def _refuse_losses(before: bytes, after: bytes) -> set[str]:
    """Compare a workbook that was saved unchanged with the file; return the kinds of its parts."""
    old_parts, old = _contents(before)
    new_parts, new = _contents(after)
    if old["formula", ""]:
        raise InputProblem("has formulas, whose results would be missing until Excel opens it")
    lost = [*(old_parts - new_parts), *(old - new)]
    if lost:
        known = [word for kind, name in lost if (word := _WORDS.get(kind) or _WORDS.get(name))]
        named = dict.fromkeys(known or [name or kind for kind, name in lost])
        raise InputProblem(f"has {', '.join(list(named)[:5])}, which would be lost")
    for one, other in zip_longest(read_workbook(before, name=""), read_workbook(after, name="")):
        if one != other:
            raise InputProblem("has cells that would read differently")
    return {kind for kind, _ in new_parts}


def _contents(data: bytes) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Count the parts of a workbook by kind, and in these the elements by name, each as (kind, name or nothing)."""
    parts, elements = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types: dict[str, str] = {}
        for found in _KIND.findall(archive.read("[Content_Types].xml").decode("utf-8", "replace")):
            attributes = dict(_ATTRIBUTE.findall(found))
            part_name = attributes.get("PartName", "").lstrip("/") or attributes.get("Extension", "").lower()
            types[part_name] = attributes.get("ContentType", "?")
        for name in archive.namelist():
            type_ = types.get(name) or types.get(name.rpartition(".")[2].lower(), "?")
            if name == "[Content_Types].xml" or name.startswith("docProps/") or name.endswith((".rels", "/")):
                continue
            kind = "image" if type_.startswith("image/") else re.split(r"[./]", type_.removesuffix("+xml"))[-1]
            if kind == "sharedStrings":
                kind = "worksheet"  # openpyxl writes all texts into it
            elif kind not in _REWRITTEN:
                parts[kind, ""] += 1
            if kind not in _REWRITTEN and (type_.endswith("xml") or kind == "vmlDrawing"):
                part = archive.read(name)
                if part.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise InputProblem("has a part that is not in UTF-8")
                if kind == "worksheet":
                    elements["formula", ""] += _FORMULA.search(part) is not None
                for element, count in Counter(_ELEMENT.findall(part)).items():
                    if element.decode() not in _PARTS.get(f"unmissed_{kind}", ()):
                        elements[kind, element.decode()] += count
    return parts, elements


# The changes of rows.


@dataclass(frozen=True, slots=True)
class _Plan:
    """The changes by rows of the sheet, from 1: new texts, removed rows, rows that are added below `last`."""

    cells: Mapping[int, Mapping[int, str]]
    added: Added
    removed: Sequence[int]
    header: int  # 0: there is none
    last: int  # the last data row
    tail: int  # by which the rows below move

    @classmethod
    def of(cls, table: Table, changes: Changes) -> _Plan:
        """Convert the changes by data row into rows of the sheet."""
        header = 0 if table.header_row is None else table.header_row + 1
        cells: dict[int, dict[int, str]] = {}
        removed: list[int] = []
        last, is_filled_below = header, False
        for row, line, texts in table.numbered():
            if not row:
                is_filled_below |= line > last and any(texts)
                continue
            last, is_filled_below = line, False
            if row in changes.removed:
                removed.append(line)
            new_texts = changes.cells.get(row, {}).items()
            if new := {at: text for at, text in new_texts if text != (texts[at] if at < len(texts) else "")}:
                cells[line] = new
        if changes.headers:
            cells[header] = dict(enumerate(changes.headers, start=len(table.header)))
        tail = (len(changes.added) if is_filled_below else 0) - len(removed)
        return cls(cells, changes.added, removed, header, last, tail)

    @property
    def moves(self) -> bool:
        """Return whether any row is removed or changes its number."""
        return bool(self.tail or self.removed)

    def row(self, number: int) -> int:
        """Return the new number of a row that stays, or of its place if it is removed."""
        if number >= _LAST_ROW:
            return number
        if number > self.last:
            return min(number + self.tail, _LAST_ROW)
        return number - bisect_left(self.removed, number)

    def range(self, reference: str, *, grows: bool) -> str:
        """Return a range after the changes, empty if all its rows are gone; other texts stay as they are.

        A range that `grows` and ends with the last data row includes the added rows.
        """
        found = _RANGE.fullmatch(reference)
        if not found:
            return reference
        first, end = int(found[2]), int(found[4] or found[2])
        gone = bisect_left(self.removed, end + 1) - bisect_left(self.removed, first)
        if gone == end - first + 1:
            return ""
        top, bottom = self.row(first), self.row(end) - (end in self.removed)
        if grows and end == self.last and first < end:
            bottom += len(self.added)
        if not found[3] and top == bottom:
            return f"{found[1]}{top}"
        return f"{found[1]}{top}:{found[3] or found[1]}{bottom}"

    def ranges(self, references: str) -> str:
        """Return the ranges of a rule, separated by blanks, after the changes, without those whose rows are gone."""
        return " ".join(filter(None, (self.range(each, grows=True) for each in references.split())))


def _apply(book: _Book, sheet: _Sheet, plan: _Plan, kinds: set[str]) -> None:
    for line, texts in plan.cells.items():
        before = [cell for cell in sheet[line] if cell.value is not None] if line == plan.header else []
        for position, text in texts.items():
            cell = sheet.cell(line, position + 1)
            if before:  # a new header looks like the one before it
                cell._style = copy(before[-1]._style)  # noqa: SLF001 - openpyxl shows no other way
            _write(cell, text, cell.value)
    like = () if plan.last == plan.header else sheet[plan.last]
    above = {cell.column: (copy(cell._style), cell.value) for cell in like}  # noqa: SLF001 - openpyxl shows no other way
    if plan.moves:
        _refuse_what_cannot_move(book, sheet, plan, kinds)
        _move_rows(sheet, plan)
    if plan.moves or plan.added:
        _move_ranges(book, sheet, plan)
    first = plan.row(plan.last) + (plan.last not in plan.removed)
    for number, texts in enumerate(plan.added, start=first):
        for column in sorted({*above, *(position + 1 for position in texts)}):
            style, like = above.get(column, (None, None))
            cell = sheet.cell(number, column)
            if style is not None:
                cell._style = copy(style)  # noqa: SLF001 - openpyxl shows no other way
            _write(cell, texts.get(column - 1, ""), like)


def _write(cell: _Cell, text: str, like: object) -> None:
    """Write a text into a cell: as a whole number or a day if `like`, the old value or the one above, is one."""
    if isinstance(cell, MergedCell):
        raise InputProblem(f"has no cell {cell.coordinate}: it is merged with another")
    if bad := _IMPOSSIBLE.search(text):
        raise InputProblem(f"a workbook cannot hold the character {bad[0]!r}")
    link = cell.hyperlink
    if link is not None and (link.target or "").lower().startswith("mailto:"):
        cell.hyperlink = f"mailto:{text}" if text else None
    if not text:
        cell.value = None
    elif isinstance(like, dt.datetime) and like.time() == dt.time.min and (day := _day(text)):
        cell.value = day
    elif isinstance(like, (int, float)) and not isinstance(like, bool) and _WHOLE_NUMBER.fullmatch(text):
        cell.value = int(text)
    else:
        cell.value = text.replace("\r\n", "\n").replace("\r", "\n")
        cell.data_type = "s"  # even if it begins like a formula


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:  # 2026-02-30
        return None
    return day if day and day >= _DAYS_AGREE else None


def _refuse_what_cannot_move(book: _Book, sheet: _Sheet, plan: _Plan, kinds: set[str]) -> None:
    if other := sorted(kinds - _PLAIN):
        raise InputProblem(f"has {_WORDS.get(other[0], other[0])}, which would end up at other rows")
    if sheet.row_breaks.brk:
        raise InputProblem("has page breaks, which would end up at other rows")
    for each in sheet.merged_cells.ranges:
        is_torn = any(each.min_row <= row <= each.max_row for row in plan.removed)
        if is_torn and each.min_row != each.max_row:
            raise InputProblem("has cells merged over several rows, one of which would be removed")
    for each in book.worksheets:
        formats = ((one.sqref, rule.formula) for one in each.conditional_formatting for rule in one.rules)
        checks = ((one.sqref, (one.formula1, one.formula2)) for one in each.data_validations.dataValidation)
        for ranges, formulas in (*formats, *checks):
            for formula in filter(None, formulas):
                is_here = sheet.title in formula or (each is sheet and "!" not in formula)
                top = min(one.min_row for one in ranges)
                moves = each is sheet and plan.row(top) != top
                if is_here and re.search(r"[A-Za-z]\d" if moves else r"\$\d", formula):
                    raise InputProblem("has a rule that names rows, which would then be different ones")


def _move_rows(sheet: _Sheet, plan: _Plan) -> None:
    removed = frozenset(plan.removed)
    cells: dict[tuple[int, int], _Cell] = {}
    for (row, column), cell in sheet._cells.items():  # noqa: SLF001 - openpyxl shows no other way
        if row not in removed:
            cell.row = plan.row(row)
            cells[cell.row, column] = cell
            if cell.hyperlink is not None:
                cell.hyperlink.ref = cell.coordinate
    sheet._cells = cells  # noqa: SLF001 - openpyxl shows no other way
    heights = {plan.row(row): height for row, height in sheet.row_dimensions.items() if row not in removed}
    sheet.row_dimensions.clear()
    for row, height in heights.items():
        height.index = row
        sheet.row_dimensions[row] = height


def _move_ranges(book: _Book, sheet: _Sheet, plan: _Plan) -> None:
    """Move everything that refers to cells of the sheet to their new positions."""
    merged = (plan.range(str(each), grows=False) for each in sheet.merged_cells.ranges)
    sheet.merged_cells = MultiCellRange([CellRange(each) for each in merged if each])
    formats = ConditionalFormattingList()
    for each in sheet.conditional_formatting:
        ranges = plan.ranges(str(each.sqref))
        for rule in each.rules if ranges else ():
            formats.add(ranges, rule)
    sheet.conditional_formatting = formats
    for each in sheet.data_validations.dataValidation:
        each.sqref = MultiCellRange(plan.ranges(str(each.sqref)))
    kept = [each for each in sheet.data_validations.dataValidation if each.sqref]
    sheet.data_validations.dataValidation = kept
    for each in (sheet.auto_filter, *sheet.tables.values()):
        if each.ref:
            each.ref = _table_range(plan, each.ref)
        inner = getattr(each, "autoFilter", None)
        if inner is not None:
            inner.ref = _table_range(plan, inner.ref)
        for state in filter(None, (getattr(each, "sortState", None), getattr(inner, "sortState", None))):
            for one in (state, *state.sortCondition):
                one.ref = plan.range(one.ref, grows=False) or one.ref
    if sheet.print_area:
        areas = (each.rpartition("!")[2] for each in str(sheet.print_area).split(","))
        sheet.print_area = ",".join(filter(None, (plan.range(each, grows=True) for each in areas)))
    name = re.escape(sheet.title)
    quoted = re.escape("'" + sheet.title.replace("'", "''") + "'!")
    named = re.compile(rf"((?:{quoted}|(?<![\w.']){name}!))(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")
    for each in (one for owner in (book, *book.worksheets) for one in owner.defined_names.values()):
        if any(not plan.range(reference, grows=True) for _, reference in named.findall(each.attr_text or "")):
            raise InputProblem("has a name for rows that would be gone")
        each.attr_text = named.sub(lambda found: found[1] + plan.range(found[2], grows=True), each.attr_text or "")


def _table_range(plan: _Plan, reference: str) -> str:
    """Return the range of a table or a filter after the changes: at least a header and a row."""
    left, top, right, bottom = range_boundaries(plan.range(reference, grows=True) or reference)
    return f"{get_column_letter(left)}{top}:{get_column_letter(right)}{max(bottom, top + 1)}"
