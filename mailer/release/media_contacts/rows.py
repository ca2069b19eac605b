"""Contact rows: a draft as lines in which contacts can be looked for, and taking them out again.

Owns that a line of a paragraph, an item of a list and a row of a table are all one row, with the address behind a link
(“E-mail”) written out. Never judges a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mailer.release.inline import BREAK, split_lines
from mailer.release.people.contact_line import ContactLine, find_phones, parse_contact_line
from mailer.release.people.names import looks_like_name
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.values import Heading, Inline, ListBlock, Paragraph, Table, plain


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the source: the piece it is in, its place in that piece, and what it holds.

    `gap` says that it begins a piece, `heading` that the source calls it one, `strong` that all of it is bold.
    """

    piece: int
    place: int
    line: Line
    data: ContactLine
    gap: bool
    heading: bool
    kind: str
    strong: bool = False

    @property
    def text(self) -> str:
        """Return the words of the row."""
        return self.line.text

    @property
    def words(self) -> int:
        """Count the words of the row, without numbers and addresses; four signs of Japanese make one."""
        signs = sum(1 for sign in self.text if "\u3040" <= sign <= "\u9fff")
        return sum(1 for word in self.text.split() if "@" not in word and any(map(str.isalpha, word))) + signs // 4


def rows_of(draft: Draft) -> list[Row]:
    """Return all rows of a draft, from top to bottom."""
    return [row for index, piece in enumerate(draft.pieces) for row in _rows(index, piece)]


def _rows(index: int, piece: Piece) -> Iterator[Row]:
    first = True
    for place, number, inline in _inlines(piece):
        text = " ".join(_written_out(inline).replace(BREAK, " ").split(" "))
        if not text.strip():
            continue
        shown = text.strip()
        yield Row(
            index,
            place,
            Line(number, "\t".join(" ".join(field.split()) for field in shown.split("\t") if field.strip())),
            parse_contact_line(shown),
            gap=first,
            heading=isinstance(piece.block, Heading),
            kind=piece.block.kind,
            strong=all(span.strong for span in inline if span.text.strip()),
        )
        first = False


def _inlines(piece: Piece) -> Iterator[tuple[int, int, Inline]]:
    """Yield the running texts of a piece with the place that `take_rows` knows them by, and their line."""
    block = piece.block
    if isinstance(block, Paragraph | Heading):
        yield from ((number, number, inline) for number, inline in enumerate(split_lines(piece.inline), piece.line))
        return
    items: Sequence[Sequence[Inline]] = ()
    if isinstance(block, ListBlock):
        items = [(item,) for item in block.items]
    elif isinstance(block, Table):
        items = (block.head, *block.rows)
    placed = [(place, at, cell) for place, cells in enumerate(items) for at, cell in enumerate(cells)]
    if isinstance(block, Table) and _is_beside(items):
        placed.sort(key=lambda one: one[1])
    yield from ((place, piece.line + place, inline) for place, _, cell in placed for inline in split_lines(cell))


def _is_beside(rows: Sequence[Sequence[Inline]]) -> bool:
    """Return whether people stand beside each other in a table: all cells of a row hold a number, or all an address."""
    kinds = [[parse_contact_line(plain(cell)) for cell in row if plain(cell).strip()] for row in rows]
    return any(len(row) > 1 and (all(cell.phones for cell in row) or all(cell.emails for cell in row)) for row in kinds)


def _written_out(inline: Inline) -> str:
    """Return a text with the address behind each link whose words do not show it: “E-mail Ann”."""
    whole = plain(inline)
    parts: list[str] = []
    for span in inline:
        scheme, _, address = span.url.partition(":")
        hidden = (scheme == "mailto" and "@" not in whole) or (scheme == "tel" and not find_phones(whole))
        shown = span.text if not hidden or looks_like_name(span.text.strip()) else ""
        parts.append(f"{shown} {address.split('?')[0]}" if hidden else span.text)
    return "".join(parts)


def take_rows(draft: Draft, rows: Iterable[Row]) -> None:
    """Take rows out of a draft; a piece without rows goes."""
    gone: dict[int, set[int]] = {}
    for row in rows:
        gone.setdefault(row.piece, set()).add(row.place)
    left: list[Piece] = []
    for index, piece in enumerate(draft.pieces):
        rest = _without(piece, gone[index]) if index in gone else piece
        left.extend([rest] if rest else [])
    draft.pieces = left


def _without(piece: Piece, places: set[int]) -> Piece | None:
    block = piece.block
    if isinstance(block, ListBlock):
        items = tuple(item for place, item in enumerate(block.items) if place not in places)
        return replace(piece, block=replace(block, items=items)) if items else None
    if isinstance(block, Table):
        rows = tuple(row for place, row in enumerate(block.rows, 1) if place not in places)
        return replace(piece, block=replace(block, head=() if 0 in places else block.head, rows=rows)) if rows else None
    return piece.without(places)
