"""Delimited: lines of text to rows of cells, with the physical line where each row starts.

Owns the choice of the delimiter, quoted cells that run over lines, and the recovery from a quotation mark that is
never closed: such a line is read as it stands, is told, and the rows below it are kept (the csv module alone would
swallow the rest of the list into one cell). Never decodes, never knows what a column means.
RFC 4180; the `sep=;` line is Excel's.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mailer.contacts.columns import recognised
from mailer.errors import Problem, Severity

DELIMITERS: Final = (",", ";", "\t", "|")
LONGEST_CELL: Final = 200  # lines that one quoted cell may run over
_SAMPLE_ROWS: Final = 40

RawRow = tuple[int, list[str]]
Tell = Callable[[Problem], None]


class _NeverClosedError(Exception):
    """A quoted cell runs over more lines than a cell can have."""


class _Lines:
    """The physical lines as csv.reader draws them: counted, kept for the current row, and able to be given back."""

    def __init__(self, source: Iterable[str]) -> None:
        self._source = iter(source)
        self._again: deque[str] = deque()
        self.number = 0
        self.drawn: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.drawn) >= LONGEST_CELL:
            raise _NeverClosedError
        try:
            line = self._again.popleft() if self._again else next(self._source)
        except StopIteration:
            self.ended = True
            raise
        self.number += 1
        self.drawn.append(line)
        return line

    def give_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)
        self.ended = False


def separator_line(line: str) -> str:
    """Give the delimiter that an Excel line `sep=;` names, or an empty string."""
    found = re.fullmatch(r'"?sep=(.)"?', line.rstrip("\r\n"), re.IGNORECASE)
    return found[1] if found else ""


def find_delimiter(lines: list[str]) -> str:
    """Choose the delimiter from the first lines: the one under which a header makes sense and rows are as wide as it.

    Takes physical lines with their ends; gives one of `DELIMITERS`, a comma where nothing speaks for another.
    """
    return max(DELIMITERS, key=lambda delimiter: _fitness(lines, delimiter))


def _fitness(lines: list[str], delimiter: str) -> tuple[int, float, int]:
    rows = [cells for _, cells in zip(range(_SAMPLE_ROWS), (c for _, c in read_rows(lines, delimiter)), strict=False)]
    rows = [cells for cells in rows if any(cells)]
    known = max((recognised(cells) for cells in rows), default=0)
    width, often = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return known, often / len(rows) if width > 1 else 0.0, width


def read_rows(lines: Iterable[str], delimiter: str, tell: Tell = lambda _: None) -> Iterator[RawRow]:
    """Give every row, blank ones too, as (line where it starts, from 1; cells without blanks around them).

    `tell` hears of rows that could only be read by recovery.
    """
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
    while True:
        start = source.number + 1
        source.drawn.clear()
        try:
            cells = next(reader)
            closed = not source.ended or len(source.drawn) < 2 or _closed(source.drawn, delimiter)
        except StopIteration:
            return
        except (_NeverClosedError, csv.Error):
            closed, cells = False, []
        if not closed:
            cells = _as_it_stands(source, delimiter)
            tell(_never_closed(start))
            reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
        yield start, [cell.strip() for cell in cells]


def _closed(drawn: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(drawn, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return True


def _as_it_stands(source: _Lines, delimiter: str) -> list[str]:
    first, *rest = source.drawn
    source.give_back(rest)
    return [cell.strip().strip('"') for cell in first.rstrip("\r\n").split(delimiter)]


def _never_closed(line: int) -> Problem:
    return Problem(
        "quote-never-closed",
        "a quotation mark is opened and never closed; the line was read as it stands",
        Severity.WARNING,
        line=line,
    )
