"""Text edits: the bytes of a delimited file with some rows changed.

Owns the splicing: rows that do not change are copied as bytes (their quotes, blanks, line ends, the byte-order mark, a
missing newline at the end), a changed row keeps the text of its other cells, new cells follow the habit of the file
(quotation marks, blanks after the delimiter, line end, number of cells). Never judges what the result means (`edits`
reads it back). Raises `InputProblem`: the encoding cannot hold a text.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final

from mailer.address import printable
from mailer.contacts.files.delimited import QUOTED_TWICE
from mailer.contacts.files.forms import Dialect
from mailer.contacts.files.table import Table
from mailer.errors import InputProblem
from mailer.text.guess import encoding_name

_LOOK_BACK: Final = 50  # data rows from which the habit of a file is learnt


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row stands: its line (from 1), its bytes from `start` to `end`, its cells as read."""

    line: int
    start: int
    end: int
    cells: list[str]


def edit_text(data: bytes, table: Table, changes: Changes) -> bytes:
    """Return the bytes of a CSV file with these changes.

    Raises:
        InputProblem: its encoding cannot hold a text.
    """
    editing = _Editing(data, table, changes)
    parts, at = [data[: editing.mark]], 0
    for start, end, line, text in sorted(editing.splices(), key=lambda each: each[:2]):
        parts += [editing.data[at:start], editing.encoded(text, line)]
        at = end
    return b"".join([*parts, editing.data[at:]])


class _Editing:
    """One pass over a file: where the rows stand that matter, and how new cells are to be written."""

    def __init__(self, data: bytes, table: Table, changes: Changes) -> None:
        self._table = table
        self._changes = changes
        self._dialect = table.raw.manner or Dialect(",")
        self.mark, self._codec = split_mark(data, table.raw.encoding or "utf-8")
        self.data = data[self.mark :]
        self._starts = line_starts(self.data, self._codec)
        self._header: _Place | None = None
        self._touched: dict[int, _Place] = {}
        recent: deque[_Place] = deque(maxlen=_LOOK_BACK)
        rows = chain(table.numbered(), [(0, len(self._starts), list[str]())])
        for number, ((row, line, cells), (_, next_line, _)) in enumerate(pairwise(rows)):
            place = _Place(line, self._starts[line - 1], self._starts[next_line - 1], cells)
            if number == table.header_row:
                self._header = place
            if row:
                recent.append(place)
                if row in changes.removed or row in changes.cells:
                    self._touched[row] = place
        places = [*reversed(recent), *([self._header] if self._header else [])]
        self._last = recent[-1] if recent else self._header
        self._habit = Habit(self._dialect, [self._cells_of(place) for place in places])

    def _text_of(self, place: _Place) -> tuple[str, str]:
        """Return the text of a row, and its line end, which a file's last row may not have."""
        text = self.data[place.start : place.end].decode(self._codec)
        end = next((end for end in LINE_ENDS if text.endswith(end)), "")
        return text[: len(text) - len(end)], end

    def _cells_of(self, place: _Place) -> list[Cell]:
        """Return the cells of a row as they stand; as they would be written anew, where it was read by recovery."""
        found = find_cells(self._text_of(place)[0], self._dialect)
        if [cell.text for cell in found] == place.cells:
            return found
        return [Cell(write_cell(text, self._dialect, quoted=False), text, quoted=False) for text in place.cells]

    def encoded(self, text: str, line: int) -> bytes:
        """Return the bytes of a text that goes to a line.

        Raises:
            InputProblem: the encoding has no sign for a character of it.
        """
        try:
            return text.encode(self._codec)
        except UnicodeEncodeError as error:
            name = encoding_name(self._codec)
            bad = next((c for c in find_cells(text, self._dialect) if text[error.start] in c.text), None)
            cell = f' of "{printable(bad.text)}"' if bad else ""
            message = f'is in {name}, which has no sign for "{printable(text[error.start])}"{cell}'
            hint = export_hint(self._table.name)
            raise InputProblem(message, source=self._table.name, line=line, hint=hint) from None

    def splices(self) -> Iterator[tuple[int, int, int, str]]:
        """Yield what stands in the place of which bytes: (start, end, line, text)."""
        delimiter = self._dialect.delimiter
        if self._changes.headers and self._header is not None:
            text, line_end = self._text_of(self._header)
            at = self._header.end - len(line_end.encode(self._codec))
            cells = find_cells(text, self._dialect)
            quoted = bool(cells) and all(cell.quoted for cell in cells)
            more = (write_cell(each, self._dialect, quoted=quoted) for each in self._changes.headers)
            yield at, at, self._header.line, "".join(delimiter + each for each in more)
        for row, place in self._touched.items():
            if row in self._changes.removed:
                yield place.start, place.end, place.line, ""
                continue
            cells, texts = self._cells_of(place), self._changes.cells[row]
            was = {at: cells[at].text if at < len(cells) else "" for at in texts}
            new = {at: text for at, text in texts.items() if text != was[at]}
            if new:
                width = max(len(cells), max((at + 1 for at, text in new.items() if text), default=0))
                raws = (self._rewritten(cells, at, new) for at in range(width))
                yield place.start, place.end, place.line, delimiter.join(raws) + self._text_of(place)[1]
        if self._changes.added and self._last is not None:
            yield self._new_rows(self._last)

    def _rewritten(self, cells: list[Cell], position: int, new: Mapping[int, str]) -> str:
        """Return what stands between two delimiters of a changed row: a cell that does not change stays as it is."""
        old = cells[position] if position < len(cells) else None
        if position not in new:
            return old.raw if old else ""
        text = new[position]
        habit = self._habit.quotes(position, text)
        if old is None:
            return write_cell(text, self._dialect, quoted=habit)
        # a cell that stood in marks only because it needed them loses them with the need
        quoted = old.quoted and (habit or not needs_quotes(old.text, self._dialect))
        return write_cell(text, self._dialect, quoted=quoted or (not old.text and bool(text) and habit), lead=old.lead)

    def _new_rows(self, last: _Place) -> tuple[int, int, int, str]:
        rows = []
        for texts in self._changes.added:
            width = len(self._table.header) + len(self._changes.headers)
            width = max(width, max((at + 1 for at, text in texts.items() if text), default=0))
            if last is not self._header:
                width = max(width, len(last.cells))
            cells = ((at, texts.get(at, "")) for at in range(width))
            rows.append(
                self._dialect.delimiter.join(
                    write_cell(
                        text,
                        self._dialect,
                        quoted=self._habit.quotes(at, text),
                        lead=self._habit.lead(at) if text else "",
                    )
                    for at, text in cells
                )
            )
        own_end = self._text_of(last)[1]
        if own_end:
            return last.end, last.end, last.line + 1, "".join(row + own_end for row in rows)
        # the file ends without a line end, and still does
        at = self._starts.index(last.start)
        line_end = LINE_ENDS[0]  # RFC 4180
        if at:
            before = self.data[self._starts[at - 1] : self._starts[at]].decode(self._codec)
            line_end = next((end for end in LINE_ENDS if before.endswith(end)), "")
        is_gone = any(self._touched[row] is last for row in self._changes.removed)
        text = ("" if is_gone else line_end) + line_end.join(rows)
        return last.end, last.end, last.line + 1, text


# Spans: where the lines and cells of a delimited file stand in its bytes.

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


@lru_cache(maxsize=16)
def _cell_pattern(dialect: Dialect) -> re.Pattern[str]:
    delimiter, quote = re.escape(dialect.delimiter), re.escape(dialect.quote)
    escape = re.escape(dialect.escape or "")
    escaped, besides = (rf"|{escape}.?", escape) if escape else ("", "")
    blanks = "" if dialect.delimiter == " " else " *+"
    inner = rf"(?:[^{quote}{besides}]|{quote}{quote}{escaped})*+"
    bare = rf"(?:[^{delimiter}{besides}]{escaped})*+"
    return re.compile(
        rf"{blanks}(?:{quote}(?P<inner>{inner})(?:{quote}|$))?(?P<bare>{bare})(?P<end>{delimiter}|$)", re.DOTALL
    )


def find_cells(text: str, dialect: Dialect) -> list[Cell]:
    """Part the text of one row (without its line end) into cells, by the rules of csv.reader.

    Those are: a quotation mark at the start of a cell, blanks before it skipped, opens it; two within it are one; what
    follows a closed one up to the delimiter belongs to the cell; anywhere else a quotation mark is a letter.
    """
    cells: list[Cell] = []
    pattern, at, ended = _cell_pattern(dialect), 0, False
    escape = re.escape(dialect.escape) + "(.?)" if dialect.escape else "(?!)"
    escaped = re.compile(escape, re.DOTALL)
    escaped_or_twice = re.compile(rf"{escape}|{re.escape(dialect.quote * 2)}", re.DOTALL)
    while not ended and (found := pattern.match(text, at)):
        inner = escaped_or_twice.sub(lambda each: each[1] if each.lastindex else dialect.quote, found["inner"] or "")
        said = (inner + escaped.sub(lambda each: each[1], found["bare"])).strip()
        if dialect.quoted_twice:
            said = QUOTED_TWICE.sub(r"\2", said).strip()
        cells.append(Cell(text[at : found.start("end")], said, found["inner"] is not None))
        at, ended = found.end(), not found["end"]
    return cells


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


# Changes: all edits of one file together, as the writers of text and of workbooks take them.


@dataclass(frozen=True, slots=True)
class Changes:
    """New texts by row and position, rows taken out, rows added below the last, headers of new columns."""

    cells: Mapping[int, Mapping[int, str]]
    removed: frozenset[int]
    added: tuple[Mapping[int, str], ...]
    headers: tuple[str, ...]

    def __bool__(self) -> bool:
        """Return whether there is anything to change."""
        return bool(self.cells or self.removed or self.added or self.headers)


def export_hint(name: str) -> str:
    """Return how a list that cannot be written back becomes one that can."""
    stem = name.rpartition(".")[0] or name
    return (
        "A CSV of it can be edited; take the old file out of lists/ then:\n"
        f"mailer lists export {stem} --format csv --output lists/{stem}.csv"
    )
