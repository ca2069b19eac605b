"""Spans: where the lines and cells of a delimited file stand in its bytes.

Owns the line starts of a file in any encoding, the cells of one row as csv.reader reads them but with their quotes and
blanks, and how a new cell is written between its neighbours. Never opens a file, never knows what a column means.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MARKS: Final = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
LINE_ENDS: Final = ("\r\n", "\n", "\r")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row: `raw` is all between two delimiters, `text` what it says, without blanks around it."""

    raw: str
    text: str
    quoted: bool

    @property
    def lead(self) -> str:
        """Give the blanks before it, as in `a, b`."""
        return self.raw[: len(self.raw) - len(self.raw.lstrip(" "))] if self.raw.strip(" ") else ""


def split_mark(data: bytes, codec: str) -> tuple[int, str]:
    """Give the length of the byte-order mark, and the codec of what follows it."""
    name = codecs.lookup(codec).name
    for mark, bare in _MARKS.get(name, ()):
        if data.startswith(mark):
            return len(mark), bare
    return 0, {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, codec)


def line_starts(data: bytes, codec: str) -> array[int]:
    r"""Give the byte where each line starts, and at the end the length of the file.

    A line ends as `decode.read_lines` ends it: with `\n`, `\r\n` or `\r`. `codec` is one without a byte-order mark.
    """
    width = len("\n".encode(codec))
    carriage, feed = re.escape("\r".encode(codec)), re.escape("\n".encode(codec))
    pattern = re.compile(b"%b(?:%b)?|%b" % (carriage, feed, feed))
    starts = array("Q", [0])
    at = 0
    while found := pattern.search(data, at):
        if found.start() % width:  # halves of two characters that look like a line end together
            at = found.start() + 1
            continue
        at = found.end()
        starts.append(at)
    if starts[-1] != len(data):
        starts.append(len(data))
    return starts


def split_row(text: str) -> tuple[str, str]:
    """Part the text of a row from its line end, which a file's last row may not have."""
    end = next((end for end in LINE_ENDS if text.endswith(end)), "")
    return text[: len(text) - len(end)], end


def find_cells(text: str, delimiter: str) -> list[Cell]:
    """Part the text of one row (without its line end) into cells, by the rules of csv.reader.

    Those are: a quotation mark at the start of a cell, blanks before it skipped, opens it; two within it are one; what
    follows a closed one up to the delimiter belongs to the cell; anywhere else a quotation mark is a letter.
    """
    cells: list[Cell] = []
    at = 0
    while True:
        start = at
        while text.startswith(" ", at) and delimiter != " ":
            at += 1
        quoted = text.startswith('"', at)
        value, at = _read_quoted(text, at + 1) if quoted else ("", at)
        end = text.find(delimiter, at)
        end = len(text) if end < 0 else end
        cells.append(Cell(text[start:end], (value + text[at:end]).strip(), quoted))
        if end == len(text):
            return cells
        at = end + 1


def _read_quoted(text: str, at: int) -> tuple[str, int]:
    """Read from behind the opening mark to behind the closing one; gives what is said, and where it ended."""
    parts: list[str] = []
    while True:
        end = text.find('"', at)
        if end < 0:
            return "".join([*parts, text[at:]]), len(text)
        parts.append(text[at:end])
        if not text.startswith('"', end + 1):
            return "".join(parts), end + 1
        parts.append('"')
        at = end + 2


def needs_quotes(text: str, delimiter: str) -> bool:
    """Say whether a cell cannot stand there bare."""
    return any(sign in text for sign in (delimiter, '"', "\n", "\r"))


def write_cell(text: str, delimiter: str, *, quoted: bool, lead: str = "") -> str:
    """Write a cell: bare, or in quotation marks where it needs them or `quoted` asks for them."""
    if quoted or needs_quotes(text, delimiter):
        return f'{lead}"{text.replace(chr(34), chr(34) * 2)}"'
    return f"{lead}{text}"


@dataclass(frozen=True, slots=True)
class Habit:
    """How a file writes its cells, learnt from its last rows (the latest first) and its header."""

    delimiter: str
    rows: Sequence[Sequence[Cell]]

    def quotes(self, position: int, text: str) -> bool:
        """Say whether a new cell in this column stands in quotation marks although it needs none."""
        if not text:
            return self._quotes_nothing()
        in_column = (cells[position] for cells in self.rows if position < len(cells))
        anywhere = (cell for cells in self.rows for cell in cells)
        for cells in (in_column, anywhere):
            for cell in cells:
                if cell.text and not needs_quotes(cell.text, self.delimiter):
                    return cell.quoted
        return False

    def _quotes_nothing(self) -> bool:
        cells = [cell for row in self.rows for cell in row]
        empty = next((cell for cell in cells if not cell.text), None)
        return empty.quoted if empty else bool(cells) and all(cell.quoted for cell in cells)

    def lead(self, position: int) -> str:
        """Give the blanks that stand before a cell in this column."""
        row = self.rows[0] if self.rows else ()
        return row[position].lead if 0 < position < len(row) else ""
