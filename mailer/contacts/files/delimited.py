"""Delimited: lines of text → rows of cells, with the physical line where each row starts.

Owns the choice of the dialect (delimiter, quotation mark, rows wrapped into one cell), quoted cells that run over
lines, and the recovery from a quotation mark that is never closed: such a line is read literally and reported, and the
rows below it are kept (the csv module alone would swallow the rest of the list into one cell). Never decodes, never
knows what a column means. RFC 4180.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from mailer import lazy_re as re
from mailer.contacts.files import Dialect, RawRow, Tell
from mailer.contacts.meaning.columns import is_address_like, recognised
from mailer.errors import Problem, Severity

DELIMITERS: Final = (",", ";", "\t", "|", "^", "~")
LONGEST_CELL: Final = 200  # lines that one quoted cell may have
_SAMPLE_ROWS: Final = 40
_WITHIN: Final = {0x0B: "\n", 0x1D: "\n"}  # FileMaker's ends of lines, and of repeated values, within a cell
QUOTED_TWICE: Final = re.compile(r"([\"'])([^\"']*)\1")


class _NeverClosedError(Exception):
    """A quoted cell has more lines than a cell can have."""


class _Lines:
    """The physical lines that csv.reader draws: counted, kept for the current row, and possible to give back."""

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


def find_dialect(lines: list[str], *, chosen: str = "") -> Dialect:
    """Return the dialect in which the first lines have a header, addresses alone in cells, and rows of one width."""
    text = "".join(lines[:_SAMPLE_ROWS])
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|$)", text, re.MULTILINE))  # some write 'Ada'
    quote = "'" if single > 3 and '"' not in text and single >= len(lines[:_SAMPLE_ROWS]) else '"'
    is_doubled = '""' in text.replace('\\"', "")  # others have a backslash before a quotation mark inside a cell
    escape = "\\" if re.search(r'[^,;\t|\n]\\"', text) and not is_doubled else None
    delimiters = (chosen,) if chosen else DELIMITERS
    plain = [Dialect(delimiter, quote, escape) for delimiter in delimiters]
    wrapped = [
        Dialect(outer, wrapped=inner)
        for inner in delimiters
        for outer in DELIMITERS
        if _is_wrapped(lines, outer, inner)
    ]

    def first_rows(dialect: Dialect) -> list[list[str]]:
        return [cells for _, cells in islice(read_rows(lines, dialect), _SAMPLE_ROWS)]

    def fitness(dialect: Dialect) -> tuple[int, int, float, int]:
        rows = [cells for cells in first_rows(dialect) if any(cells)]
        known = max((recognised(cells) for cells in rows), default=0)
        addresses = sum(any(map(is_address_like, cells)) for cells in rows)
        width, often = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        return known, addresses, often / len(rows) if width > 1 else 0.0, width

    best = max((*plain, *wrapped), key=fitness)
    cells = [cell for row in first_rows(best) for cell in row if cell]
    twice = sum(bool(QUOTED_TWICE.fullmatch(cell)) for cell in cells)
    return replace(best, quoted_twice=twice > 2 and twice > 0.5 * len(cells))


def _is_wrapped(lines: list[str], outer: str, inner: str) -> bool:
    """Return whether most lines are one quoted cell with a row in it, and nothing but empty cells behind it."""
    whole = [line.strip() for line in lines[:_SAMPLE_ROWS] if line.strip()]
    one = re.compile(rf'"((?:[^"]|"")*)"[{re.escape(outer)}\s]*')
    return sum(bool(found) and inner in found[1] for found in map(one.fullmatch, whole) if found) > 0.5 * len(whole)


def read_rows(lines: Iterable[str], dialect: Dialect, tell: Tell = lambda _: None) -> Iterator[RawRow]:
    """Return every row, blank ones too, as a `RawRow`; `tell` gets problems with those that were recovered."""
    rows = _read_plain(lines, dialect, tell)
    if dialect.wrapped:
        rows = ((line, _unwrapped(cells, dialect.wrapped)) for line, cells in rows)
    if dialect.quoted_twice:
        rows = ((line, [QUOTED_TWICE.sub(r"\2", cell).strip() for cell in cells]) for line, cells in rows)
    return rows


def _unwrapped(cells: list[str], delimiter: str) -> list[str]:
    if not cells or delimiter not in cells[0] or any(cells[1:]):
        return cells
    try:
        return [cell.strip() for cell in next(csv.reader([cells[0]], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:  # a line break in it
        return cells


def _read_plain(lines: Iterable[str], dialect: Dialect, tell: Tell) -> Iterator[RawRow]:
    def reader(of: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        return csv.reader(
            of,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            escapechar=dialect.escape,
            skipinitialspace=True,
            strict=strict,
        )

    source = _Lines(lines)
    drawn, nothing = source.drawn, list[str]()
    rows = reader(source)
    while True:
        start = source.number + 1
        drawn.clear()
        is_closed, cells = True, nothing
        try:
            cells = next(rows)
            if source.ended and len(drawn) > 1:
                list(reader(drawn, strict=True))
        except StopIteration:
            return
        except (_NeverClosedError, csv.Error) as error:  # only the strict reader's error at the end counts
            is_closed = bool(cells) and "unexpected end" not in str(error)
        if not is_closed:
            first, *rest = drawn
            source.give_back(rest)
            cells = [cell.strip().strip(dialect.quote) for cell in first.rstrip("\r\n").split(dialect.delimiter)]
            message = "a quotation mark is never closed; the line was read literally"
            tell(Problem("quote-never-closed", message, Severity.WARNING, line=start))
            rows = reader(source)
        if (text := "".join(drawn)) and ("\x0b" in text or "\x1d" in text):
            cells = [cell.translate(_WITHIN) for cell in cells]
        yield start, [cell.strip() for cell in cells]
