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
    """Where a row stands: its line (from 1), its lines in the file, its cells as read."""

    line: int
    start: int
    end: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str
    line: int


def edit_text(data: bytes, table: Table, changes: Changes) -> bytes:
    """Return the bytes of a CSV file with these changes.

    Raises:
        InputProblem: its encoding cannot hold a text.
    """
    return _Editing(data, table, changes).result()


class _Editing:
    def __init__(self, data: bytes, table: Table, changes: Changes) -> None:
        self._table = table
        self._changes = changes
        self._dialect = table.raw.manner or Dialect(",")
        self._delimiter = self._dialect.delimiter
        self._mark, self._codec = split_mark(data, table.encoding or "utf-8")
        self._data = data[self._mark :] if self._mark else data
        self._head = data[: self._mark]
        self._starts = line_starts(self._data, self._codec)
        self._header: _Place | None = None
        self._recent: deque[_Place] = deque(maxlen=_LOOK_BACK)
        self._touched: dict[int, _Place] = {}
        self._look()
        self._habit = self._learn()

    def _look(self) -> None:
        """Run through the rows once and note where those stand that matter."""
        wanted = self._changes.removed | set(self._changes.cells)
        for number, (row, place) in enumerate(self._places()):
            if number == self._table.header_row:
                self._header = place
            if row:
                self._recent.append(place)
                if row in wanted:
                    self._touched[row] = place

    def _places(self) -> Iterator[tuple[int, _Place]]:
        before: tuple[int, int, list[str]] | None = None
        for each in self._table.numbered():
            if before is not None:
                yield before[0], self._place(before, each[1])
            before = each
        if before is not None:
            yield before[0], self._place(before, len(self._starts))

    def _place(self, numbered: tuple[int, int, list[str]], next_line: int) -> _Place:
        _, line, cells = numbered
        return _Place(line, self._starts[line - 1], self._starts[next_line - 1], cells)

    def _learn(self) -> Habit:
        places = [*reversed(self._recent), *([self._header] if self._header else [])]
        return Habit(self._dialect, [self._cells_of(place) for place in places])

    def _text_of(self, place: _Place) -> str:
        return self._data[place.start : place.end].decode(self._codec)

    def _cells_of(self, place: _Place) -> list[Cell]:
        """Return the cells of a row as they stand; as they would be written anew, where it was read by recovery."""
        found = find_cells(split_row(self._text_of(place))[0], self._dialect)
        if [cell.text for cell in found] == place.cells:
            return found
        texts = place.cells
        return [Cell(write_cell(text, self._dialect, quoted=False), text, quoted=False) for text in texts]

    def result(self) -> bytes:
        splices = [*self._new_headers(), *self._changed_rows(), *self._removed_rows(), *self._new_rows()]
        parts: list[bytes] = [self._head]
        at = 0
        for splice in sorted(splices, key=lambda each: (each.start, each.end)):
            parts += [self._data[at : splice.start], self._encoded(splice)]
            at = splice.end
        return b"".join([*parts, self._data[at:]])

    def _encoded(self, splice: _Splice) -> bytes:
        if not splice.text:
            return b""
        was = self._data[splice.start : splice.end]
        if was and was.decode(self._codec) == splice.text:
            return was
        return self._encode(splice.text, splice.line)

    def _encode(self, text: str, line: int) -> bytes:
        try:
            return text.encode(self._codec)
        except UnicodeEncodeError as error:
            name = encoding_name(self._codec)
            bad = next((c for c in find_cells(text, self._dialect) if text[error.start] in c.text), None)
            cell = f' of "{printable(bad.text)}"' if bad else ""
            raise InputProblem(
                f'is in {name}, which has no sign for "{printable(text[error.start])}"{cell}',
                source=self._table.name,
                line=line,
                hint=export_hint(self._table.name),
            ) from None

    def _changed_rows(self) -> Iterator[_Splice]:
        for row, texts in self._changes.cells.items():
            place = self._touched[row]
            yield from self._changed(place, texts)

    def _changed(self, place: _Place, texts: Mapping[int, str]) -> Iterator[_Splice]:
        """Yield the new text of a row: only the cells whose text differs are written anew."""
        cells = self._cells_of(place)
        new = {
            position: text
            for position, text in texts.items()
            if text != (cells[position].text if position < len(cells) else "")
        }
        if not new:
            return
        width = max(len(cells), max((position + 1 for position, text in new.items() if text), default=0))
        raws = [self._rewritten(cells, position, new) for position in range(width)]
        _, end = split_row(self._text_of(place))
        yield from self._pieces(place, cells, raws, end)

    def _rewritten(self, cells: list[Cell], position: int, new: Mapping[int, str]) -> str:
        if position not in new:
            return cells[position].raw if position < len(cells) else ""
        text = new[position]
        if position >= len(cells):
            return write_cell(text, self._dialect, quoted=self._habit.quotes(position, text))
        old = cells[position]
        bare_habit = bool(not old.text and text) and self._habit.quotes(position, text)
        # a cell that stood in marks only because it needed them loses them with the need
        forced = old.quoted and needs_quotes(old.text, self._dialect) and not self._habit.quotes(position, text)
        return write_cell(text, self._dialect, quoted=(old.quoted and not forced) or bare_habit, lead=old.lead)

    def _pieces(self, place: _Place, cells: list[Cell], raws: list[str], end: str) -> Iterator[_Splice]:
        """Yield a splice for each changed cell, or one for the row where its cells cannot be found in its bytes."""
        body = self._delimiter.join(cell.raw for cell in cells)
        old = self._text_of(place)
        if body + end != old or len(body.encode(self._codec)) != self._length_without(end, place):
            yield _Splice(place.start, place.end, self._delimiter.join(raws) + end, place.line)
            return
        at = place.start
        for cell, raw in zip(cells, raws, strict=False):
            length = len(cell.raw.encode(self._codec))
            if cell.raw != raw:
                yield _Splice(at, at + length, raw, place.line)
            at += length + len(self._delimiter.encode(self._codec))
        if len(raws) > len(cells):
            at = place.end - len(end.encode(self._codec))
            more = "".join(self._delimiter + raw for raw in raws[len(cells) :])
            yield _Splice(at, at, more, place.line)

    def _length_without(self, end: str, place: _Place) -> int:
        return place.end - place.start - len(end.encode(self._codec))

    def _removed_rows(self) -> Iterator[_Splice]:
        for row in self._changes.removed:
            place = self._touched[row]
            yield _Splice(place.start, place.end, "", place.line)

    def _new_headers(self) -> Iterator[_Splice]:
        if not self._changes.headers or self._header is None:
            return
        text, end = split_row(self._text_of(self._header))
        at = self._header.end - len(end.encode(self._codec))
        cells = find_cells(text, self._dialect)
        quoted = bool(cells) and all(cell.quoted for cell in cells)
        more = "".join(
            self._delimiter + write_cell(each, self._dialect, quoted=quoted) for each in self._changes.headers
        )
        yield _Splice(at, at, more, self._header.line)

    def _new_rows(self) -> Iterator[_Splice]:
        last = self._recent[-1] if self._recent else self._header
        if not self._changes.added or last is None:
            return
        own_end = split_row(self._text_of(last))[1]
        line_end = own_end or self._other_line_end(last)
        rows = [self._new_row(texts, last) for texts in self._changes.added]
        if own_end:
            text = "".join(row + line_end for row in rows)
        else:  # the file ends without one, and still does
            is_gone = any(self._touched[row] is last for row in self._changes.removed)
            text = ("" if is_gone else line_end) + line_end.join(rows)
        yield _Splice(last.end, last.end, text, last.line + 1)

    def _new_row(self, texts: Mapping[int, str], last: _Place) -> str:
        header_width = len(self._table.header) + len(self._changes.headers)
        filled = max((position + 1 for position, text in texts.items() if text), default=0)
        width = max(header_width, filled) if last is self._header else max(len(last.cells), header_width, filled)
        return self._delimiter.join(
            write_cell(
                texts.get(position, ""),
                self._dialect,
                quoted=self._habit.quotes(position, texts.get(position, "")),
                lead=self._habit.lead(position) if texts.get(position) else "",
            )
            for position in range(width)
        )

    def _other_line_end(self, last: _Place) -> str:
        at = _line_of(self._starts, last.start)
        if not at:
            return LINE_ENDS[0]  # RFC 4180
        before = self._data[self._starts[at - 1] : self._starts[at]].decode(self._codec)
        return split_row(before)[1]


def _line_of(starts: array[int], at: int) -> int:
    return starts.index(at)


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
