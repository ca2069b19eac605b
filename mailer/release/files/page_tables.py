"""Page tables: what a table of a page or a Word file is for.

Owns telling a table of data from a table that only sets things beside each other (a layout, two columns of contacts,
a head of keys and values or of labels), and the order in which the latter is read. Never parses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mailer.release.inline import BREAK, join_lines, settle, split_lines
from mailer.release.media_contacts.headings import read_announcement
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.people.names import is_surely_name
from mailer.release.pieces import Piece
from mailer.release.values import Image, Inline, Paragraph, Span, Table, plain
from mailer.release.words import pattern

Cell = list[Piece]
_CELL_WORDS = 60  # a cell of data has no more
_KEY_WORDS = 4


@dataclass(slots=True)
class Grid:
    """A table while it is read: its cells hold pieces of any kind; `heads` says which rows are of `<th>`."""

    line: int
    rows: list[list[Cell]] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)

    def open_row(self) -> None:
        """Begin a row."""
        self.rows.append([])
        self.heads.append(False)

    def open_cell(self, *, head: bool) -> None:
        """Begin a cell, in a row of its own where nobody opened one."""
        if not self.rows:
            self.open_row()
        self.rows[-1].append([])
        self.heads[-1] = self.heads[-1] or head


def read_grid(grid: Grid) -> list[Piece]:
    """Return a table as pieces: one `Table` of data, or what stood in its cells in the order in which it is read."""
    rows = [(row, head) for row, head in zip(grid.rows, grid.heads, strict=True) if any(row)]
    cells = [row for row, _ in rows]
    columns = max(map(len, cells), default=0)
    if columns < 2 or len(cells) < 2:
        return _in_order(cells)
    if not all(_is_datum(cell) for row in cells for cell in row):
        return _in_order(cells)
    if any(_reaches(cell) for row in cells for cell in row):
        return _contacts(cells, columns, head=rows[0][1])
    if _is_head_of_keys(cells) or _has_labels(cells):
        return [_lines_of([_key_and_value(row) for row in cells], grid.line)]
    even = [(*map(_inline, row), *([()] * (columns - len(row)))) for row in cells]
    head, body = (even[0], even[1:]) if rows[0][1] else ((), even)
    return [Piece(Table(head, tuple(body)), grid.line)]


def _in_order(rows: Sequence[Sequence[Cell]]) -> list[Piece]:
    return [piece for row in rows for cell in row for piece in cell]


def _is_datum(cell: Cell) -> bool:
    """Return whether a cell holds a datum: a few words, in paragraphs only."""
    words = sum(len(piece.text.split()) for piece in cell)
    return words <= _CELL_WORDS and all(isinstance(piece.block, Paragraph | Image) for piece in cell)


def _inline(cell: Cell) -> Inline:
    parts: list[Inline] = []
    for piece in cell:
        block = piece.block
        parts.append((Span(block.caption or block.alt),) if isinstance(block, Image) else piece.inline)
    return settle(join_lines((part for part in parts if part), BREAK))


def _text(cell: Cell) -> str:
    return " ".join(piece.text for piece in cell if piece.text)


def _reaches(cell: Cell) -> bool:
    return any(parse_contact_line(line.text).reaches for piece in cell for line in piece.lines())


def _kinds(cell: Cell) -> set[str]:
    data = [parse_contact_line(line.text) for piece in cell for line in piece.lines()]
    found = {"phone"} if any(one.phones for one in data) else set[str]()
    return found | ({"email"} if any(one.emails for one in data) else set())


def _contacts(rows: Sequence[Sequence[Cell]], columns: int, *, head: bool) -> list[Piece]:
    """Read a table of contacts: down each column where people stand beside each other, else row by row."""
    beside = any(_alike([_kinds(cell) for cell in row]) for row in rows)
    if not all(isinstance(piece.block, Paragraph) for row in rows for cell in row for piece in cell):
        return _in_order(rows)
    if beside:
        found: list[Piece] = []
        for column in range(columns):
            cells = [row[column] for row in rows if column < len(row)]
            lines = _under_head(cells) if head else [piece.inline for cell in cells for piece in cell]
            first = next((piece.line for cell in cells for piece in cell), 0)
            found.extend([_lines_of(lines, first)] if lines else [])
        return found
    if columns == 2 and all(len(_text(row[0]).split()) <= _KEY_WORDS for row in rows):
        return [_lines_of(list(_keys_and_values(rows)), _first_line(rows))]
    return [_lines_of([piece.inline for cell in row for piece in cell], _first_line([row])) for row in rows]


def _under_head(cells: Sequence[Cell]) -> list[Inline]:
    """Return the lines of a column under its head; a body that stands over a name goes behind it, as its own."""
    lines = [line for cell in cells for piece in cell for line in split_lines(piece.inline)]
    if len(lines) < 2 or not is_surely_name(plain(lines[1]).strip()):
        return lines
    whose = plain(lines[0]).strip()
    if is_surely_name(whose) or read_announcement(whose).says:
        return lines
    return [lines[1], lines[0], *lines[2:]]


def _alike(kinds: Sequence[set[str]]) -> bool:
    """Return whether two cells of a row hold the same: two numbers are two people's."""
    return any(one & other for i, one in enumerate(kinds) for other in kinds[i + 1 :])


def _first_line(rows: Sequence[Sequence[Cell]]) -> int:
    return next((piece.line for row in rows for cell in row for piece in cell), 0)


def _is_head_of_keys(rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether it is a head such as «Date | 5 May 2025»: keys at the left, one of which is the date's."""
    if any(len(row) != 2 for row in rows):
        return False
    return any(pattern(r"(?:{date_label}|date|datum|fecha|data|日付)\s*:?").fullmatch(_text(row[0])) for row in rows)


def _has_labels(rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether the first cells are labels of a release, each with its day or time beside it, and no data."""
    if any(len(row) != 2 for row in rows):
        return False
    label = pattern(r"\W*(?:{immediate}|{embargo})\W*")
    return any(label.fullmatch(_text(row[0])) for row in rows)


def _keys_and_values(rows: Sequence[Sequence[Cell]]) -> Iterator[Inline]:
    for row in rows:
        yield _key_and_value(row)


def _key_and_value(row: Sequence[Cell]) -> Inline:
    key, values = _inline(row[0]), [_inline(cell) for cell in row[1:]]
    glue = " " if plain(key).rstrip().endswith((":", "：")) else ": "
    return join_lines([part for part in (key, *values) if plain(part).strip()], glue)


def _lines_of(lines: Sequence[Inline], line: int) -> Piece:
    return Piece(Paragraph(join_lines([one for one in lines if plain(one).strip()], BREAK)), line, hard=True)
