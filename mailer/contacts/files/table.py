"""Table: a list's bytes as rows of text under a header, whatever file they came in.

Owns the choice of the reader for a file, where the header stands, and the numbering of data rows (blank rows and what
`asides` finds are none). Never knows what a row means. Rows are read anew from the file each time they are asked for,
so that a list of a million needs no memory; the file stays open with whoever opened it.
Raises `InputProblem`: see the readers, and for a list without rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final, TypeAlias

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.files import workbook
from mailer.contacts.files.asides import Aside, find_aside
from mailer.contacts.files.forms import Form, RawTable, Tell
from mailer.contacts.files.markup import Page, is_markup, read_markup
from mailer.contacts.files.sheets import read_sheets
from mailer.contacts.files.text import read_text
from mailer.contacts.meaning.columns import find_header
from mailer.errors import InputProblem, Problem, Severity

SAMPLE_ROWS: Final = 50
HEAD: Final = 4096  # bytes by which a file is known

DataRow = tuple[int, int, list[str]]
ListData: TypeAlias = BinaryIO | workbook.Workbook | Page


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table: the rows of its file, and where among them the header stands.

    `header_row` counts the file's rows from 0, None where there is no header; a form with headings of its own (vCard)
    has a header all the same.
    """

    name: str
    raw: RawTable
    header_row: int | None
    header: tuple[str, ...]

    @property
    def form(self) -> Form:
        """Return what kind of file the list is."""
        return self.raw.form

    @property
    def encoding(self) -> str | None:
        """Return the encoding, None for a workbook."""
        return self.raw.encoding

    @property
    def delimiter(self) -> str | None:
        """Return what stands between cells, None where nothing does."""
        return self.raw.delimiter

    @property
    def sheet(self) -> str | None:
        """Return the name of the sheet, None where there are none."""
        return self.raw.sheet

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is odd about the file as a whole."""
        return self.raw.problems

    @property
    def barred(self) -> tuple[str, ...]:
        """Return addresses, as they stand, from a sheet that says by its name that they must not be mailed."""
        return self.raw.barred

    @property
    def examples(self) -> tuple[tuple[int, str], ...]:
        """Return lines whose encoding was guessed, with their numbers."""
        return self.raw.examples

    def rows(self, tell: Tell = lambda _: None) -> Iterator[DataRow]:
        """Return the data rows: (row from 1; line as the spreadsheet shows it; cells without blanks around them).

        `tell` hears, with the line, of rows that are no person's and of those read by recovery.
        """
        return (each for each in self.numbered(tell) if each[0])

    def numbered(self, tell: Tell = lambda _: None) -> Iterator[DataRow]:
        """Yield every row of the file as `rows` does, with row 0 for those that are no data.

        No data are: what stands above the header and the header itself, blank rows, headings, totals, notes. Whoever
        edits a file finds its rows by this numbering, so that a row is the same one for reading and for writing.
        """
        row = 0
        above = -1 if self.header_row is None else self.header_row
        headings = self.raw.headings
        for number, (line, cells) in enumerate(self.raw.rows(tell)):
            if number <= above or not any(cells):
                yield 0, line, cells
                continue
            aside = Aside.HEADING if number in headings else self._aside(cells)
            if aside is not None:
                tell(_no_person(line, cells, aside))
                yield 0, line, cells
                continue
            row += 1
            yield row, line, cells

    def _aside(self, cells: list[str]) -> Aside | None:
        if self.raw.header is not None:
            return None
        return find_aside(cells, self.header, padded=self.raw.padded)


def open_table(data: ListData, *, name: str, choices: Choices, may_be_empty: bool = False) -> Table:
    """Open a list: CSV in any usual encoding and delimiter, XLSX, XLS, ODS, HTML, vCards, or a line of recipients.

    Takes an open, seekable binary file, which must stay open as long as rows are read, or a workbook or a page that is
    read elsewhere; the name by which problems call it, and what a person said about it. Whoever adds rows takes a list
    that may be empty but for its header.

    Raises:
        InputProblem: it is no table, or one without a row below its header, or a choice does not fit it.
    """
    raw = _raw_table(data, name, choices)
    first = [cells for _, cells in islice(raw.rows(lambda _: None), SAMPLE_ROWS)]
    header_row = None if raw.header else _header_row(first, choices, name)
    header = raw.header or (() if header_row is None else tuple(first[header_row]))
    table = Table(name=name, raw=raw, header_row=header_row, header=header)
    if next(table.rows(), None) is None and not (may_be_empty and any(table.header)):
        shown = f": {_listed(table.header)}" if any(table.header) else ""
        raise InputProblem(
            f"has a header and no rows below it{shown}" if shown else "is empty",
            source=name,
            hint="Add a row for each person.",
        )
    return table


def sample_rows(table: Table) -> list[list[str]]:
    """Return the cells of the first data rows, by whose contents columns are judged."""
    return [cells for _, _, cells in islice(table.rows(), SAMPLE_ROWS)]


def _raw_table(data: ListData, name: str, choices: Choices) -> RawTable:
    if isinstance(data, workbook.Workbook):
        return read_sheets(data, name=name, choices=choices)
    head = b""
    if not isinstance(data, Page):
        data.seek(0)
        head = data.read(HEAD)
        if workbook.is_workbook(head):
            return read_sheets(workbook.load_workbook(data, name=name), name=name, choices=choices)
    if choices.sheet:
        raise InputProblem(f'is no workbook, so it has no sheet "{printable(choices.sheet)}"', source=name)
    if isinstance(data, Page) or is_markup(head):
        return read_markup(data, name=name, choices=choices)
    return read_text(data, name=name, choices=choices)


def _header_row(first: list[list[str]], choices: Choices, name: str) -> int | None:
    if choices.header_row is None:
        return find_header(first)
    if choices.header_row > len(first):
        raise InputProblem(f"has no header in row {choices.header_row}: a header stands further up", source=name)
    return choices.header_row - 1 if choices.header_row else None


def _no_person(line: int, cells: list[str], aside: Aside) -> Problem:
    shown = next(cell for cell in cells if cell)
    return Problem("heading", f'"{printable(shown)}" is {aside.value}, not a person', Severity.NOTE, line=line)


def _listed(header: tuple[str, ...]) -> str:
    return ", ".join(f'"{printable(cell)}"' for cell in header if cell)
