"""Text edits: the bytes of a delimited file with some rows changed.

Owns the splicing: rows that do not change are copied as bytes (their quotes, blanks, line ends, the byte-order mark, a
missing newline at the end), a changed row keeps the text of its other cells, new cells follow the habit of the file
(quotation marks, blanks after the delimiter, line end, number of cells). Never judges what the result means (`edits`
reads it back). Raises `InputProblem`: the encoding cannot hold a text.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mailer.address import printable
from mailer.contacts.edits.changes import Changes, export_hint
from mailer.contacts.edits.spans import (
    LINE_ENDS,
    Cell,
    Habit,
    find_cells,
    line_starts,
    needs_quotes,
    split_mark,
    split_row,
    write_cell,
)
from mailer.contacts.files.forms import Dialect
from mailer.contacts.files.table import Table
from mailer.errors import InputProblem
from mailer.text.guess import NAMES

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
            name = NAMES.get(self._codec, self._codec.replace("_", "-"))
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
