"""Table: a list's bytes as rows of text under a header, whatever file they came in.

Owns the choice between workbook and delimited text, the choice of the sheet, where the header stands, and which rows
are no data (blank rows, merged headings, totals). Never knows what a row means. Rows are read anew from the file each
time they are asked for, so that a list of a million needs no memory; the file stays open with whoever opened it.
Raises `InputProblem`: see `decode` and `workbook`, and for a list without rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Final

from mailer.address import printable
from mailer.contacts import decode, delimited, words, workbook
from mailer.contacts.choices import Choices
from mailer.contacts.columns import find_header, is_address_like, recognised
from mailer.contacts.delimited import RawRow, Tell
from mailer.contacts.marks import says_out
from mailer.errors import InputProblem, Problem, Severity, did_you_mean

SAMPLE_ROWS: Final = 50
_SAMPLE_LINES: Final = 400

DataRow = tuple[int, int, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table.

    `encoding` and `delimiter` are None for a workbook, `sheet` for text. `header_row` counts the file's rows from 0,
    None where there is no header. `examples` are lines whose encoding was guessed, with their numbers. `barred` holds
    addresses, as they stand, from a sheet that says by its name that they must not be mailed.
    """

    name: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: int | None
    header: tuple[str, ...]
    problems: tuple[Problem, ...]
    barred: tuple[str, ...]
    _raw: Callable[[Tell], Iterator[RawRow]] = field(repr=False)
    _headings: frozenset[int] = frozenset()
    examples: tuple[tuple[int, str], ...] = ()

    def rows(self, tell: Tell = lambda _: None) -> Iterator[DataRow]:
        """Give the data rows: (row from 1; line as the spreadsheet shows it; cells without blanks around them).

        `tell` hears, with the line, of rows that are headings or totals and of those read by recovery.
        """
        return (each for each in self.numbered(tell) if each[0])

    def numbered(self, tell: Tell = lambda _: None) -> Iterator[DataRow]:
        """Give every row of the file as `rows` does, with row 0 for those that are no data.

        No data are: what stands above the header and the header itself, blank rows, headings, totals. Whoever edits a
        file finds its rows by this numbering, so that a row is the same one for reading and for writing.
        """
        row = 0
        for number, (line, cells) in enumerate(self._raw(tell)):
            if not any(cells) or (self.header_row is not None and number <= self.header_row):
                yield 0, line, cells
            elif number in self._headings or _is_total(cells):
                tell(_no_person(line, cells))
                yield 0, line, cells
            else:
                row += 1
                yield row, line, cells


def open_table(data: BinaryIO, *, name: str, choices: Choices, may_be_empty: bool = False) -> Table:
    """Open a list: CSV in any usual encoding and delimiter, XLSX, XLS or ODS.

    Takes an open, seekable binary file, which must stay open as long as rows are read, the name by which problems call
    it, and what a person said about it. Whoever adds rows takes a list that may be empty but for its header.

    Raises:
        InputProblem: it is no table, or one without a row below its header, or a choice does not fit it.
    """
    data.seek(0)
    read = _from_workbook if workbook.is_workbook(data.read(8)) else _from_text
    table = read(data, name, choices)
    if next(table.rows(), None) is None and not (may_be_empty and any(table.header)):
        shown = f": {_listed(table.header)}" if any(table.header) else ""
        raise InputProblem(
            f"has a header and no rows below it{shown}" if shown else "is empty",
            source=name,
            hint="Add a row for each person.",
        )
    return table


def sample_rows(table: Table) -> list[list[str]]:
    """Give the cells of the first data rows, by whose contents columns are judged."""
    return [cells for _, _, cells in islice(table.rows(), SAMPLE_ROWS)]


def _from_text(data: BinaryIO, name: str, choices: Choices) -> Table:
    encoding = decode.find_encoding(data, name=name, chosen=choices.encoding)
    lines = list(islice(decode.read_lines(data, encoding, name=name), _SAMPLE_LINES))
    given = delimited.separator_line(lines[0])
    delimiter = choices.delimiter or given or delimited.find_delimiter(lines)
    first = [cells for _, cells in delimited.read_rows(lines, delimiter)]
    if given:
        first[0] = []
    header_row = _header_row(first, choices, name)

    def raw(tell: Tell) -> Iterator[RawRow]:
        rows = delimited.read_rows(decode.read_lines(data, encoding, name=name), delimiter, tell)
        return ((line, [] if given and line == 1 else cells) for line, cells in rows)

    return Table(
        name=name,
        encoding=encoding.codec,
        delimiter=delimiter,
        sheet=None,
        header_row=header_row,
        header=() if header_row is None else tuple(first[header_row]),
        problems=encoding.problems,
        barred=(),
        _raw=raw,
        examples=encoding.examples,
    )


def _from_workbook(data: BinaryIO, name: str, choices: Choices) -> Table:
    sheets = workbook.open_workbook(data, name=name)
    chosen = _named(sheets, choices.sheet, name) if choices.sheet else _choose(sheets, name)
    first = [cells for _, cells in islice(chosen.rows(), SAMPLE_ROWS)]
    header_row = _header_row(first, choices, name)
    return Table(
        name=name,
        encoding=None,
        delimiter=None,
        sheet=chosen.name,
        header_row=header_row,
        header=() if header_row is None else tuple(first[header_row]),
        problems=tuple(_unread(sheets, chosen, name)),
        barred=tuple(_barred(sheets)),
        _raw=lambda _tell: chosen.rows(),
        _headings=chosen.headings,
    )


def _header_row(first: list[list[str]], choices: Choices, name: str) -> int | None:
    if choices.header_row is None:
        return find_header(first)
    if choices.header_row > len(first):
        raise InputProblem(f"has no header in row {choices.header_row}: a header stands further up", source=name)
    return choices.header_row - 1 if choices.header_row else None


def _named(sheets: list[workbook.Sheet], wanted: str, name: str) -> workbook.Sheet:
    for sheet in sheets:
        if sheet.name.casefold() == wanted.casefold():
            return sheet
    known = [sheet.name for sheet in sheets]
    raise InputProblem(f'has no sheet "{printable(wanted)}"{did_you_mean(wanted, known)}', source=name)


def _choose(sheets: list[workbook.Sheet], name: str) -> workbook.Sheet:
    """Choose the list among the visible sheets: the first with a header, else with an address, else with anything."""
    shown = [sheet for sheet in sheets if sheet.visible and not says_out(sheet.name)]
    for test in (recognised, lambda cells: any(map(is_address_like, cells)), any):
        for sheet in shown:
            if any(test(cells) for _, cells in islice(sheet.rows(), SAMPLE_ROWS)):
                return sheet
    raise InputProblem("has no visible sheet with a list in it", source=name)


def _barred(sheets: list[workbook.Sheet]) -> Iterator[str]:
    for sheet in sheets:
        if says_out(sheet.name):
            yield from (cell for _, cells in sheet.rows() for cell in cells if is_address_like(cell))


def _unread(sheets: list[workbook.Sheet], chosen: workbook.Sheet, name: str) -> Iterator[Problem]:
    for sheet in sheets:
        if sheet is chosen or not any(any(cells) for _, cells in sheet.rows()):
            continue
        if says_out(sheet.name):
            message = f'the addresses in the sheet "{sheet.name}" are left out everywhere'
        else:
            hidden = "" if sheet.visible else "hidden "
            message = f'the {hidden}sheet "{sheet.name}" was not read; only "{chosen.name}" was'
        severity = Severity.WARNING if sheet.visible else Severity.NOTE
        yield Problem("sheet-not-read", message, severity, source=name)


def _is_total(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return words.compact(filled[0]) in words.TOTAL_WORDS and not any("@" in cell for cell in filled)


def _no_person(line: int, cells: list[str]) -> Problem:
    shown = next(cell for cell in cells if cell)
    return Problem("heading", f'"{printable(shown)}" is a heading or a total, not a person', Severity.NOTE, line=line)


def _listed(header: tuple[str, ...]) -> str:
    return ", ".join(f'"{printable(cell)}"' for cell in header if cell)
