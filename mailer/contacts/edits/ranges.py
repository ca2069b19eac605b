"""Ranges: `A2:F10` in a workbook, and where it is once rows were taken out and others put in.

Owns the arithmetic of rows, columns and ranges. Never reads XML.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LAST_ROW: Final = 1_048_576  # that a sheet can have
_CELL: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)")
_RANGE: Final = re.compile(r"(\$?[A-Za-z]{1,3}\$?)(\d+)(?::(\$?[A-Za-z]{1,3}\$?)(\d+))?")


def column_name(position: int) -> str:
    """Return the letters of a column, A for 0."""
    name, left = "", position + 1
    while left:
        left, digit = divmod(left - 1, 26)
        name = chr(65 + digit) + name
    return name


def column_position(letters: str) -> int:
    """Return the position of a column by its letters, 0 for A."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_place(reference: str) -> tuple[int, int] | None:
    """Return (row from 1, position of the column) of `B7`, or None."""
    found = _CELL.fullmatch(reference)
    return (int(found[2]), column_position(found[1])) if found else None


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of the rows of a sheet: `removed` go, `added` come below `last`, and what is below moves by `tail`.

    `last` is the last data row, by whose end is known which ranges grow with the list.
    """

    removed: tuple[int, ...]
    last: int
    added: int
    tail: int

    @property
    def moves(self) -> bool:
        """Return whether any row that stays changes its number."""
        return bool(self.tail or (self.removed and self.removed[0] < self.last))

    def row(self, number: int) -> int:
        """Return the new number of a row that stays, or that its place has where it goes."""
        if number >= LAST_ROW:  # "the whole column"
            return number
        if number > self.last:
            return min(number + self.tail, LAST_ROW)
        return number - bisect_left(self.removed, number)

    def range(self, reference: str, *, grows: bool) -> str | None:
        """Return a range as it is then, or None where all its rows are gone; what is no range of cells stays.

        One that `grows` and ends with the last data row holds the added rows too.
        """
        found = _RANGE.fullmatch(reference)
        if not found:
            return reference
        first, end = int(found[2]), int(found[4] or found[2])
        if first in self.removed and end <= self.last and self._gone(first, end):
            return None
        top, bottom = self.row(first), self._bottom(first, end, grows=grows)
        if not found[3] and top == bottom:
            return f"{found[1]}{top}"
        return f"{found[1]}{top}:{found[3] or found[1]}{bottom}"

    def _gone(self, first: int, end: int) -> bool:
        return bisect_left(self.removed, end + 1) - bisect_left(self.removed, first) == end - first + 1

    def _bottom(self, first: int, end: int, *, grows: bool) -> int:
        if end > self.last:
            return self.row(end)
        bottom = end - bisect_left(self.removed, end + 1)
        return bottom + self.added if grows and end == self.last and first < end else bottom

    def ranges(self, references: str, *, grows: bool) -> str:
        """Return several ranges, parted by blanks, as they are then; those whose rows are gone are gone."""
        moved: Iterable[str | None] = (self.range(each, grows=grows) for each in references.split())
        return " ".join(each for each in moved if each)
