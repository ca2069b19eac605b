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

from mailer.contacts.files.delimited import QUOTED_TWICE
from mailer.contacts.files.forms import Dialect

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
        """Return the blanks before it, as in `a, b`."""
        return self.raw[: len(self.raw) - len(self.raw.lstrip(" "))] if self.raw.strip(" ") else ""


def split_mark(data: bytes, codec: str) -> tuple[int, str]:
    """Return the length of the byte-order mark, and the codec of what follows it."""
    name = codecs.lookup(codec).name
    for mark, bare in _MARKS.get(name, ()):
        if data.startswith(mark):
            return len(mark), bare
    return 0, {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, codec)


def line_starts(data: bytes, codec: str) -> array[int]:
    r"""Return the byte where each line starts, and at the end the length of the file.

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


def find_cells(text: str, dialect: Dialect) -> list[Cell]:
    """Part the text of one row (without its line end) into cells, by the rules of csv.reader.

    Those are: a quotation mark at the start of a cell, blanks before it skipped, opens it; two within it are one; what
    follows a closed one up to the delimiter belongs to the cell; anywhere else a quotation mark is a letter.
    """
    cells: list[Cell] = []
    at = 0
    while True:
        start = at
        while text.startswith(" ", at) and dialect.delimiter != " ":
            at += 1
        quoted = text.startswith(dialect.quote, at)
        value, at = _read_quoted(text, at + 1, dialect) if quoted else ("", at)
        rest, end = _read_bare(text, at, dialect)
        said = (value + rest).strip()
        cells.append(
            Cell(text[start:end], QUOTED_TWICE.sub(r"\2", said).strip() if dialect.quoted_twice else said, quoted)
        )
        if end >= len(text):
            return cells
        at = end + 1


def _read_bare(text: str, at: int, dialect: Dialect) -> tuple[str, int]:
    """Read up to the next delimiter; return what is said, and where that stands."""
    if dialect.escape is None or dialect.escape not in text:
        end = text.find(dialect.delimiter, at)
        end = len(text) if end < 0 else end
        return text[at:end], end
    parts: list[str] = []
    while at < len(text) and text[at] != dialect.delimiter:
        at += text[at] == dialect.escape
        parts.append(text[at : at + 1])
        at += 1
    return "".join(parts), min(at, len(text))


def _read_quoted(text: str, at: int, dialect: Dialect) -> tuple[str, int]:
    """Read from behind the opening mark to behind the closing one; return what is said, and where it ended."""
    parts: list[str] = []
    while at < len(text):
        sign = text[at]
        if sign == dialect.escape:
            at += 1
            parts.append(text[at : at + 1])
        elif sign != dialect.quote:
            end = _next(text, at, dialect)
            parts.append(text[at:end])
            at = end
            continue
        elif text.startswith(dialect.quote, at + 1):
            parts.append(sign)
            at += 1
        else:
            return "".join(parts), at + 1
        at += 1
    return "".join(parts), len(text)


def _next(text: str, at: int, dialect: Dialect) -> int:
    ends = [text.find(sign, at) for sign in (dialect.quote, dialect.escape) if sign]
    return min((end for end in ends if end >= 0), default=len(text))


def needs_quotes(text: str, dialect: Dialect) -> bool:
    """Return whether a cell cannot stand there bare."""
    return any(sign in text for sign in (dialect.delimiter, dialect.quote, "\n", "\r"))


def write_cell(text: str, dialect: Dialect, *, quoted: bool, lead: str = "") -> str:
    """Write a cell: bare, or in quotation marks where it needs them or `quoted` asks for them."""
    quote = dialect.quote
    inner = text
    if dialect.escape:
        inner = inner.replace(dialect.escape, dialect.escape * 2)
    if quoted or needs_quotes(text, dialect):
        return f"{lead}{quote}{inner.replace(quote, (dialect.escape or quote) + quote)}{quote}"
    return f"{lead}{inner}"


@dataclass(frozen=True, slots=True)
class Habit:
    """How a file writes its cells, learnt from its last rows (the latest first) and its header."""

    manner: Dialect
    rows: Sequence[Sequence[Cell]]

    def quotes(self, position: int, text: str) -> bool:
        """Return whether a new cell in this column stands in quotation marks although it needs none."""
        if not text:
            return self._quotes_nothing()
        in_column = (cells[position] for cells in self.rows if position < len(cells))
        anywhere = (cell for cells in self.rows for cell in cells)
        for cells in (in_column, anywhere):
            for cell in cells:
                if cell.text and not needs_quotes(cell.text, self.manner):
                    return cell.quoted
        return False

    def _quotes_nothing(self) -> bool:
        cells = [cell for row in self.rows for cell in row]
        empty = next((cell for cell in cells if not cell.text), None)
        return empty.quoted if empty else bool(cells) and all(cell.quoted for cell in cells)

    def lead(self, position: int) -> str:
        """Return the blanks that stand before a cell in this column."""
        row = self.rows[0] if self.rows else ()
        return row[position].lead if 0 < position < len(row) else ""
