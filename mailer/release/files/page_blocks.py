"""Page blocks: what has been read of a web page or a Word file, block by block.

Owns the way from tags and text to pieces: lists inside lists, cells with anything in them, block quotes with their
attribution, pictures with their captions, headings, preformatted text. Never parses HTML (`html` does) and knows
nothing of a page's furniture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mailer.release.files.paragraph_ends import cut_paragraphs
from mailer.release.files.text import cut_text
from mailer.release.inline import BREAK, cut, join_lines, merge, settle, split_lines
from mailer.release.media_contacts.headings import read_announcement
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.people.names import is_surely_name
from mailer.release.pieces import Piece
from mailer.release.quotes.statements import parse_dash, read_block_quote
from mailer.release.sections.sections import caption_image
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Span, Table, plain
from mailer.release.words import pattern

_APART = re.compile(rf"\s*{BREAK}(?:[ \t\n\u00a0]*{BREAK})+\s*")
_LONG_LINE = 160  # nobody wraps at this width: the line is a paragraph
_HEADING = re.compile(r"h[1-6]")


@dataclass(slots=True)
class _List:
    ordered: bool
    start: int = 1
    items: list[Inline] = field(default_factory=list)
    fresh: bool = True  # whether the item that is open has no words yet


@dataclass(slots=True)
class _Quoted:
    paragraphs: list[Inline] = field(default_factory=list)


class PageBlocks:
    """Gathers text until its block ends; `pieces` are the blocks so far."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.heading = 0  # the level of the heading that is open, 0 outside one
        self._line = 1
        self._spans: list[Span] = []
        self._begun = False  # whether the block that gathers has words yet
        self._inside: list[_List | Grid | _Quoted] = []
        self._caption = False
        self._early_caption: tuple[Inline, int] | None = None
        self._name = ""  # what the page calls the block that gathers
        self._around: list[tuple[str, int]] = []  # of each open block: its name, the pieces before it
        self._letters = [0, 0]  # of the block that gathers: all, and those in links

    @property
    def has_words(self) -> bool:
        """Return whether the block that gathers has words yet."""
        return self._begun

    @property
    def ends_in_link_to_reach(self) -> bool:
        """Return whether the last that has gathered is the words of a link to a number or an address."""
        last = self._spans[-1] if self._spans else Span("")
        return last.url.startswith(("tel:", "mailto:")) and not last.text[-1:].isspace()

    @property
    def is_inside(self) -> bool:
        """Return whether a list, a table or a block quote is open."""
        return bool(self._inside)

    def add_text(self, span: Span, line: int, *, linked: bool = False) -> None:
        """Take a run of text that stands on a line."""
        if not self._begun:
            self._line = line
            self._begun = bool(span.text.strip())
        self._spans.append(span)
        letters = sum(map(str.isalnum, span.text))
        self._letters[0] += letters
        self._letters[1] += letters if linked else 0

    def add_image(self, image: Image, line: int) -> None:
        """Take a picture; it stands before the text that is still gathering."""
        if self._early_caption:
            inline, _ = self._early_caption
            self._early_caption = None
            image = _captioned(image, inline)
        self._append(Piece(image, line))

    def name_block(self, name: str) -> None:
        """Say what the page calls the block that begins; a part of it may name one that has no words yet."""
        if not self._begun and name:
            self._name = name
            if self._around and not self._around[-1][0]:
                self._around[-1] = (name, len(self._cells()))

    def open_block(self, tag: str, *, caption: bool = False, start: str = "") -> None:
        """Begin a block; `caption` says that it is the caption of a picture beside it, `start` where a list begins."""
        self._around.append(("", 0))
        if caption:
            self._caption = True
        elif tag in {"ul", "ol"}:
            self._inside.append(_List(tag == "ol", int(start) if re.fullmatch(r"\d{1,4}", start) else 1))
        elif tag == "table":
            self._inside.append(Grid(self._line))
        elif tag == "blockquote":
            self._inside.append(_Quoted())
        elif _HEADING.fullmatch(tag):
            self.heading = int(tag[1])
        else:
            self._open_part(tag)
        self._name = ""

    def _open_part(self, tag: str) -> None:
        inner = self._inside[-1] if self._inside else None
        if isinstance(inner, _List) and tag == "li":
            inner.fresh = True
        grid = next((one for one in reversed(self._inside) if isinstance(one, Grid)), None)
        if grid and tag == "tr":
            grid.open_row()
        elif grid and tag in {"td", "th"}:
            grid.open_cell(head=tag == "th")

    def close_block(self, tag: str, *, caption: bool = False) -> None:
        """End a block whose text `end_block` has taken; one that holds a single paragraph gives it its name."""
        name, before = self._around.pop() if self._around else ("", 0)
        cells = self._cells()
        one = len(cells) == before + 1 and isinstance(cells[-1].block, Paragraph)
        if name and tag in {"div", "section"} and one:
            cells[-1] = replace(cells[-1], name=f"{cells[-1].name} {name}".strip())
        self._name = ""
        if caption:
            self._caption = False
        elif tag in {"ul", "ol"}:
            self._close_list()
        elif tag == "table":
            self._close_table()
        elif tag == "blockquote":
            self._close_quote()
        elif _HEADING.fullmatch(tag):
            self.heading = 0
        elif tag == "figure":
            self.end_captions()

    def end_captions(self) -> None:
        """Give a caption whose picture never came as the paragraph that it is."""
        if self._early_caption:
            inline, line = self._early_caption
            self._early_caption = None
            self._append(Piece(Paragraph(_without_edges(inline)), line, hard=True))

    def _close_list(self) -> None:
        if not self._inside or not isinstance(self._inside[-1], _List):
            return
        done = self._inside.pop()
        outer = self._outer()
        if not isinstance(done, _List) or not done.items:
            return
        if isinstance(outer, _List):
            outer.items.extend(merge((Span("  "), *item)) for item in done.items)
            outer.fresh = True
        elif isinstance(outer, _Quoted):
            outer.paragraphs.extend(done.items)
        else:
            self._append(Piece(ListBlock(tuple(done.items), ordered=done.ordered, start=done.start), self._line))
            self._letters = [0, 0]

    def _outer(self) -> _List | Grid | _Quoted | None:
        return self._inside[-1] if self._inside else None

    def _close_table(self) -> None:
        if not self._inside or not isinstance(self._inside[-1], Grid):
            return
        grid = self._inside.pop()
        if not isinstance(grid, Grid):
            return
        shares = [piece.linked for row in grid.rows for cell in row for piece in cell]
        for piece in read_grid(grid):
            self._append(replace(piece, linked=piece.linked or sum(shares) / max(1, len(shares))))

    def _close_quote(self) -> None:
        if not self._inside or not isinstance(self._inside[-1], _Quoted):
            return
        done = self._inside.pop()
        outer = self._outer()
        if not isinstance(done, _Quoted) or not done.paragraphs:
            return
        if isinstance(outer, _Quoted):
            outer.paragraphs.extend(done.paragraphs)
        elif isinstance(outer, _List):
            outer.items.extend(settle(one) for one in done.paragraphs)
        else:
            self._append(Piece(read_block_quote(done.paragraphs), self._line))

    def end_preformatted(self) -> None:
        """Cut preformatted text as plain text is cut."""
        if not self._inside:
            text, self._spans, self._begun = plain(merge(self._spans)), [], False
            for piece in cut_text(text.lstrip("\n"), first_line=self._line):
                self._append(piece)

    def end_block(self) -> None:
        """Make a piece of the text that has gathered."""
        inline, self._spans, self._begun = merge(self._spans), [], False
        if not plain(inline).replace(BREAK, "").strip():
            self._letters = [0, 0]
            return
        name, self._name = self._name, ""
        inner = self._inside[-1] if self._inside else None
        if self._caption:
            self._add_caption(inline)
        elif isinstance(inner, _List):
            self._add_item(inner, settle(inline))
        elif isinstance(inner, _Quoted):
            inner.paragraphs.append(_without_edges(inline))
        elif self.heading:
            self._append(Piece(Heading(_without_edges(inline), min(self.heading, 4)), self._line, name=name))
        else:
            for number, part in _paragraphs(inline, self._line):
                self._append(Piece(Paragraph(part), number, hard=True, name=name))
        if not isinstance(inner, _List):
            self._letters = [0, 0]

    def _add_item(self, inner: _List, inline: Inline) -> None:
        if inner.fresh or not inner.items:
            inner.items.append(inline)
            inner.fresh = False
        else:
            inner.items[-1] = merge((*inner.items[-1], Span("\n"), *inline))

    def _add_caption(self, inline: Inline) -> None:
        """Give a caption to the picture before it, who says it to a quote, or keep it for the picture that comes."""
        before = self._last_or_none()
        if before and isinstance(before.block, Image) and not before.block.caption:
            self._replace_last(_captioned(before.block, inline))
        elif before and isinstance(before.block, Quote) and not before.block.speaker:
            who = parse_dash("— " + settled_text(inline))
            if who:
                said = replace(before.block, speaker=who.speaker, role=who.role, organisation=who.organisation)
                self._replace_last(said)
            else:
                self._append(Piece(Paragraph(_without_edges(inline)), self._line, hard=True))
        else:
            self.end_captions()
            self._early_caption = (inline, self._line)

    def _cells(self) -> list[Piece]:
        """Return where the next piece goes: the innermost open cell, else the page."""
        for one in reversed(self._inside):
            if isinstance(one, Grid) and one.rows and one.rows[-1]:
                return one.rows[-1][-1]
        return self.pieces

    def _append(self, piece: Piece) -> None:
        quoted = next((one for one in reversed(self._inside) if isinstance(one, _Quoted)), None)
        if isinstance(piece.block, Heading | Paragraph) and quoted and self._inside[-1] is quoted:
            quoted.paragraphs.append(piece.inline)
            return
        letters, in_links = self._letters
        self._cells().append(piece if piece.linked or not letters else replace(piece, linked=in_links / letters))

    def _last_or_none(self) -> Piece | None:
        cells = self._cells()
        return cells[-1] if cells else None

    def _replace_last(self, block: Block) -> None:
        cells = self._cells()
        cells[-1] = replace(cells[-1], block=block)


def settled_text(inline: Inline) -> str:
    """Return the words of running text on one line."""
    return " ".join(plain(inline).replace(BREAK, " ").split())


def _captioned(image: Image, inline: Inline) -> Image:
    title = f"{image.caption} " if image.caption else ""
    made = caption_image(title + settled_text(inline), src=image.src, alt=image.alt)
    return replace(made, credit=made.credit or image.credit)


def _paragraphs(inline: Inline, line: int) -> Iterator[tuple[int, Inline]]:
    """Yield the paragraphs of text in which empty lines were made of breaks, each with its line."""
    text = plain(inline)
    at = 0
    for match in [*_APART.finditer(text), None]:
        part = _without_edges(cut(inline, at, match.start() if match else None))
        number = line + len(re.findall(rf"[\n{BREAK}]", text[:at]))
        if plain(part).strip():
            yield from _at_line_ends(part, number)
        at = match.end() if match else at


def _at_line_ends(inline: Inline, line: int) -> Iterator[tuple[int, Inline]]:
    """Yield the paragraphs of text that has a break at each line's end and nothing between paragraphs."""
    lines = split_lines(inline)
    texts = [" ".join(plain(one).split()) for one in lines]
    long = len(lines) > 1 and sum(len(text) > _LONG_LINE for text in texts) > 1
    starts = list(range(len(lines))) if long else cut_paragraphs(texts)
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield line + start, join_lines(lines[start:stop], BREAK)


def _without_edges(inline: Inline) -> Inline:
    """Drop breaks at the ends, which only made room on the page."""
    spans = list(inline)
    while spans and not spans[0].text.strip(f" {BREAK}\n"):
        spans.pop(0)
    while spans and not spans[-1].text.strip(f" {BREAK}\n"):
        spans.pop()
    if spans:
        spans[0] = replace(spans[0], text=spans[0].text.lstrip(f" {BREAK}\n"))
        spans[-1] = replace(spans[-1], text=spans[-1].text.rstrip(f" {BREAK}\n"))
    return merge(spans)


# Page tables: what a table of a page or a Word file is for.

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
    """Return whether it is a head such as “Date | 5 May 2025”: keys at the left, one of which is the date's."""
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
