"""Markup: a table in HTML, or in Excel's XML of 2003 → rows; many programs export one and call it `.xls`.

Owns the recognition of such files, their encoding, and which of their tables is the list: the one with the most
addresses. Cells that span rows fill them; an address that is only in a link is used. Scripts, styles, buttons and menus
are ignored, and nothing is fetched. Never judges an address. A page without tables, or whose tables have no addresses,
is a typed list: a paragraph is a line. Rows of a colour that the page explains ("grey rows: asked off") count as
crossed out, and remarks around the table apply to the people they name.
Raises `InputProblem`: a page without a table or an address, or in an encoding that cannot be read.
Gaps: the line of a row is its number in the table, as a spreadsheet program shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from itertools import chain, islice
from typing import BinaryIO, Final, TypeAlias

from mailer import lazy_re as re
from mailer.contacts.files import (
    Choices,
    Form,
    RawRow,
    RawTable,
    Tell,
    barred_problems,
    encoding_problems,
    find_encoding,
    typed,
)
from mailer.contacts.files.workbook import Look, address_in, find_out
from mailer.contacts.meaning.cells import with_at
from mailer.contacts.meaning.columns import is_address_like, recognised
from mailer.contacts.meaning.marks import is_out_heading
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.text.encodings import Encoding, read_pieces
from mailer.words import read_section

_BEGINS: Final = re.compile(
    rb"\s*(?><!--.{0,400}?-->\s*)*+<(!doctype html|html|head|body|meta|style|table|div|[uo]l|p|h[1-6]|\?xml|\?mso)\b",
    re.IGNORECASE | re.DOTALL,
)
_SAMPLE: Final = 50
_BLOCKS, _INLINE, _STRIKES = map(frozenset, read_section("contacts", "tags").values())
_UNSEEN: Final = frozenset({"script", "style", "button", "select"})  # and the menus and buttons of a row
_TITLES: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})
_LINE_THROUGH: Final = "line-through"
_ALL_STRUCK: Final = re.compile(r"(?:~~[^~]+~~\s*)+")
_STRUCK_CLASS: Final = re.compile(r"\.([\w-]{1,60})\s{0,9}\{[^{}]{0,2000}?line-through")
_STYLE_RULE: Final = re.compile(r"([^{}]{1,200})\{([^{}]{0,2000})\}")
_CLASS: Final = re.compile(r"\.([\w-]{1,60})")
_GROUND: Final = re.compile(r"(?<![\w-])background(?:-color)?\s{0,9}:\s{0,9}(#?\w{3,30})")
_TINT: Final = re.compile(r"(?<![\w-])color\s{0,9}:\s{0,9}(#?\w{3,30})")
_MOST_ASIDES: Final = 300  # texts around a table
_MOST_COLOURS: Final = 100
_LONGEST: Final = 10_000  # characters of a paragraph that are one line
_PIECE: Final = 1 << 16
_WIDEST: Final = 1000  # columns of a colspan


TableRow: TypeAlias = tuple[int, str, int, list[str], str]  # table, its title, row in it from 1, cells, their colour


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the function that reads its rows in an encoding: in another process, if strangers wrote it.

    The standard library's parser takes hours for 1 MB of comments that do not end.
    """

    data: BinaryIO
    read: Callable[[Encoding], Iterable[TableRow]]


@dataclass(slots=True)
class _Table:
    """An open table, with its open row and cell, and the cells that span into its rows from above."""

    number: int
    title: str
    rows: int = 0
    cells: dict[int, str] | None = None  # of the open row, by column
    column: int = 0
    over: dict[int, tuple[int, str]] = field(default_factory=dict)  # by column: in how many more rows, and the text
    cell: dict[str, str] | None = None  # the attributes of the open cell
    text: str = ""
    link: str = ""
    struck: bool = False
    row_struck: bool = False
    colour: str = ""  # of the open row

    def begin_row(self, index: str) -> None:
        """Begin a row with the cells that span into it; `index` is its number, if it has one."""
        self.rows = _number(index, self.rows + 1) - 1
        self.column, self.cells = 0, {column: text for column, (_, text) in self.over.items()}

    def begin_cell(self, attributes: dict[str, str]) -> None:
        """Begin a cell, behind those that span from above, or at its own number."""
        if self.cells is None:
            self.begin_row("")
        self.cell, self.text, self.struck, self.link = attributes, "", False, address_in(attributes.get("href", ""))
        self.column = _number(attributes.get("index", ""), self.column + 1) - 1
        while self.column in self.over:
            self.column += 1

    def end_cell(self) -> None:
        """End the open cell, if there is one."""
        if self.cell is None or self.cells is None:
            return
        lines = (" ".join(line.split()) for line in self.text.replace("\xa0", " ").split("\n"))
        text = "\n".join(filter(None, lines)).replace("~~~~", "")
        is_struck = self.struck or _ALL_STRUCK.fullmatch(text)
        text = text.replace("~~", "") if is_struck else text
        is_named = not self.number and self.link and text and "@" not in text
        text = f"{text} <{self.link}>" if is_named else self.link if self.link and "@" not in text else text
        self.cells[self.column] = text = f"~~{text}~~" if is_struck and text else text
        down = _number(self.cell.get("rowspan", ""), 1 + _number(self.cell.get("mergedown", ""), 0))
        wide = _number(self.cell.get("colspan", ""), 1 + _number(self.cell.get("mergeacross", ""), 0))
        if down > 1:
            self.over[self.column] = down, text
        self.column, self.cell = self.column + min(wide, _WIDEST), None

    def end_row(self) -> Iterator[TableRow]:
        """End the open row, and yield it, if there is one."""
        self.end_cell()
        if self.cells is not None:
            self.rows += 1
            width = min(max(self.cells, default=-1), 16_384) + 1
            cells = [self.cells.get(at, "") for at in range(width)]
            lines = [cell.split("\n") for cell in cells if cell]
            if lines and all(sum("@" in with_at(line) for line in each) > 2 for each in lines):  # no row of one contact
                yield from ((0, self.title, self.rows, [line], "") for line in chain.from_iterable(lines))
            else:
                yield self.number, self.title, self.rows, cells, self.colour
            self.over = {at: (left - 1, text) for at, (left, text) in self.over.items() if left > 1}
            self.cells = None


class _Reader(HTMLParser):
    """A parser that yields the rows of all tables as they end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[TableRow] = []
        self._open: list[_Table] = []
        self._page = _Table(0, "")  # text in no table: a line is a row
        self._count = 0
        self._title, self._is_title = "", False  # the title of the next table
        self._silent = 0
        self._strike, self._depth = "", 0  # the open element that crosses out, and how many of its name are open
        self._struck = frozenset[str]()  # classes that cross out
        self._colours: dict[str, str] = {}  # of classes

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.rpartition(":")[2]
        attributes = {name.rpartition(":")[2]: value or "" for name, value in attrs}
        table = self._open[-1] if self._open else None
        if tag in {"td", "th", "cell"} or (tag in _BLOCKS - {"br"} and self._strike not in _INLINE):
            self._strike = ""
        if self._strike == tag:
            self._depth += 1
        elif not self._strike and tag in _BLOCKS | _INLINE and (tag in _STRIKES or self._crosses_out(attributes)):
            self._strike, self._depth = tag, 1
        if not table and tag in _BLOCKS:
            self.found += self._page.end_row()
        if not table and tag in _BLOCKS | _INLINE and self._page.cell is None:
            self._page.begin_cell({})
        if tag in _UNSEEN:
            self._silent += 1
        elif tag == "worksheet":
            self._title = attributes.get("name", "")
        elif tag in _TITLES:
            self._title, self._is_title = "", True
        elif table and table.cell is not None and tag == "input" and attributes.get("type", "").lower() == "checkbox":
            table.text += "☑" if "checked" in attributes else "☐"
        elif tag == "table":
            self._count += 1
            self._open.append(_Table(self._count, self._title))
        elif table and tag in {"tr", "row"}:
            self.found += table.end_row()
            table.begin_row(attributes.get("index", ""))
            table.row_struck, table.colour = self._crosses_out(attributes), self._colour(attributes)
        elif table and tag in {"td", "th", "cell"}:
            table.end_cell()
            table.begin_cell(attributes)
            table.struck = table.row_struck or self._crosses_out(attributes)
            table.colour = table.colour or self._colour(attributes)
        elif table and tag in {"br", "p", "div", "li"}:
            table.text += "\n"
        elif tag == "a":
            table = table or self._page
            table.link = table.link or address_in(attributes.get("href", ""))

    def _crosses_out(self, attrs: dict[str, str]) -> bool:
        return _LINE_THROUGH in attrs.get("style", "") or not self._struck.isdisjoint(attrs.get("class", "").split())

    def _colour(self, attrs: dict[str, str]) -> str:
        """Return the colour of a row or a cell: RRGGBB, or its name."""
        classes = (self._colours.get(each, "") for each in attrs.get("class", "").split())
        return next(filter(None, (_colour_in(attrs.get("style", "")), _hex(attrs.get("bgcolor", "")), *classes)), "")

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._depth -= tag == self._strike
        self._strike = self._strike if self._depth > 0 else ""
        if tag in _UNSEEN:
            self._silent = max(0, self._silent - 1)
        elif tag in _TITLES:
            self._title, self._is_title = self._title.strip(), False
            if tag == "caption" and self._open:
                self._open[-1].title = self._title
        elif self._open and tag in {"td", "th", "cell"}:
            self._open[-1].end_cell()
        elif self._open and tag in {"tr", "row"}:
            self.found += self._open[-1].end_row()
        elif self._open and tag == "table":
            self.found += self._open.pop().end_row()
        elif not self._open and tag in _BLOCKS:
            self.found += self._page.end_row()

    def handle_data(self, data: str) -> None:
        if self._silent:
            self._struck |= {*_STRUCK_CLASS.findall(data)}
            for selector, style in _STYLE_RULE.findall(data) if "color" in data or "background" in data else ():
                if colour := _colour_in(style):
                    self._colours |= dict.fromkeys(_CLASS.findall(selector), colour)
            return
        if self._is_title:
            self._title += data
        if self._strike and data.strip():
            data = f"~~{data}~~"
        if self._open:
            if self._open[-1].cell is not None:
                self._open[-1].text += data
        elif self._page.cell is not None:
            if len(self._page.text) > _LONGEST:
                self.found += self._page.end_row()
                self._page.begin_cell({})
            self._page.text += " ".join(f"|{data}|".split())[1:-1]

    def finish(self) -> None:
        """End all open tables: a page may have been cut off in transit."""
        self.close()
        for table in (*reversed(self._open), self._page):
            self.found += table.end_row()


def is_markup(head: bytes) -> bool:
    """Return whether a file is HTML or XML by its first bytes, also in UTF-16."""
    bare = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    return bool(_BEGINS.match(bare))


def read_markup(page: BinaryIO | Page, *, name: str, choices: Choices) -> RawTable:
    """Read the table of a page that is the list."""
    data = page.data if isinstance(page, Page) else page
    encoding = find_encoding(data, name=name, chosen=choices.encoding)

    def all_rows() -> Iterable[TableRow]:
        if isinstance(page, Page):
            return page.read(encoding)
        return chain.from_iterable(_batches(read_pieces(page, encoding)))

    best: dict[int, tuple[int, int]] = {}
    barred: dict[str, list[str]] = {}
    texts, colours = list[tuple[int, str]](), set[str]()
    for number, title, _, cells, colour in all_rows():
        if len(texts) < _MOST_ASIDES and not any("@" in cell for cell in cells):
            texts.append((number, " ".join(filter(None, cells))))
        if len(colours) < _MOST_COLOURS:
            colours.add(colour)
        if title and is_out_heading(title):
            barred.setdefault(title, []).extend(filter(is_address_like, cells))
            continue
        addresses, known = best.get(number, (0, 0))
        has_address = any("@" in cell for cell in cells) if not number else any(map(is_address_like, cells))
        best[number] = addresses + has_address, max(known, recognised(cells) if number else 0)
    if not any(addresses for addresses, _ in best.values()) and best.keys() <= {0}:
        hint = "Open it in the spreadsheet program and save it as CSV (UTF-8) or XLSX."
        raise InputProblem("is a web page without a table", source=name, hint=hint)
    tables = {number: found for number, found in best.items() if number and found[0]} or best
    chosen = max(tables, key=lambda number: (best[number], -number))

    def rows(_tell: Tell) -> Iterator[RawRow]:
        of_list = (row for row in all_rows() if row[0] == chosen)
        if not chosen:
            return typed.read_typed((cells[0] for _, _, _, cells, _ in of_list), manner)
        return (
            (line, [f"~~{cell}~~" if cell else "" for cell in cells] if colour in out else cells)
            for _, _, line, cells, colour in of_list
        )

    looks = [Look(is_struck=False, fill=colour, font="") for colour in colours if colour]
    out, _ = find_out([[text] for _, text in texts], {}, looks) if looks else (frozenset[str](), None)
    manner = typed.find_manner([cells[0] for number, _, _, cells, _ in islice(all_rows(), _SAMPLE) if not number])
    return RawTable(
        header=None if chosen else typed.HEADER,
        form=Form.PAGE if chosen else Form.PASTED,
        rows=rows,
        encoding=encoding.codec,
        asides=tuple(text for number, text in texts if number != chosen) if chosen else (),
        problems=(*encoding_problems(encoding, name), *barred_problems(barred, name)),
        barred=tuple(chain.from_iterable(barred.values())),
        examples=encoding.examples,
    )


def read_tables(text: str) -> Iterator[list[TableRow]]:
    """Yield the rows of all tables of a page, in batches."""
    return _batches(text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


def _batches(pieces: Iterable[str]) -> Iterator[list[TableRow]]:
    reader = _Reader()
    for piece in pieces:
        reader.feed(piece)
        yield reader.found
        reader.found = []
    reader.finish()
    yield reader.found


def _colour_in(style: str) -> str:
    found = _GROUND.search(style) or _TINT.search(style)
    return _hex(found[1]) if found else ""


def _hex(colour: str) -> str:
    """Return a colour of a page as RRGGBB, or its name."""
    bare = colour.strip().removeprefix("#")
    if not re.fullmatch("[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}", bare):
        return bare.lower()
    return (bare if len(bare) > 3 else "".join(2 * each for each in bare)).upper()


def _number(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) and int(text) > 0 else default
