"""Html: a release saved from a web page, cut into pieces; also the page made from a Word or an RTF file.

Owns a small reader on the stdlib's HTMLParser: headings, paragraphs, lists, tables, block quotes, preformatted text,
pictures, links and formatting; unclosed tags do not matter, nor do the remains of Word, Outlook or Google Docs in
copied text. `_Reader` interprets tags, `_Blocks` makes pieces of the text between them, `_read_grid` decides the
purpose of a table. Scripts and styles are dropped; `page_furniture` leaves out the parts of the page that do not belong
to the release.

Gaps: saved pages that need a script to show their text are empty; formatting that only comes from a style sheet is not
noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urljoin

from mailer import lazy_re as re
from mailer.release.files.page_furniture import leave_out_furniture, press_contact, words_of
from mailer.release.files.text import cut_paragraphs, cut_text
from mailer.release.head.holds import report_holds
from mailer.release.head.labels import is_label_line
from mailer.release.media_contacts import read_announcement
from mailer.release.people import is_label, is_surely_name, parse_contact_line
from mailer.release.pieces import BREAK, Draft, Piece, cut, is_link_target, join_lines, merge, settle, split_lines
from mailer.release.quotes.statements import parse_dash, read_block_quote
from mailer.release.sections import caption_image, is_contact_heading
from mailer.release.times import find_date
from mailer.release.top import count_length
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Span, Table, plain
from mailer.release.words import BESIDE_NAME, CARD_NAME, CONTENT_ID, CONTENT_NAME, FURNITURE_NAME, pattern
from mailer.words import read_section

MARK, MARK_END = "\ue000", "\ue001"  # around the number of a paragraph, in a page made of a word processor's file

# Tables: the purpose of a table in a page or a Word file.

_Cell = list[Piece]
_CELL_WORDS = 60  # a cell of data has no more
_KEY_WORDS = 4
_CARDS = frozenset({"div", "section", "address", "dl", "figure"})  # may be the card of one person
_CARD_WORDS, _CARD_LINES = 12, 9


@dataclass(slots=True)
class _Grid:
    """A table while it is read: its cells hold pieces of any kind; `heads` says which rows are of `<th>`."""

    line: int
    rows: list[list[_Cell]] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)

    def open_row(self) -> None:
        self.rows.append([])
        self.heads.append(False)

    def open_cell(self, *, head: bool) -> None:
        """Begin a cell, in a new row if none is open."""
        if not self.rows:
            self.open_row()
        self.rows[-1].append([])
        self.heads[-1] = self.heads[-1] or head


def _read_grid(grid: _Grid) -> list[Piece]:
    """Return a table as pieces: one `Table` of data, or the contents of its cells in reading order."""
    filled = [(row, head) for row, head in zip(grid.rows, grid.heads, strict=True) if any(row)]
    rows = [row for row, _ in filled]
    in_order = [piece for row in rows for cell in row for piece in cell]
    columns = max(map(len, rows), default=0)
    few = all(sum(len(piece.text.split()) for piece in cell) <= _CELL_WORDS for row in rows for cell in row)
    if columns < 2 or len(rows) < 2 or not few or any(not isinstance(one.block, Paragraph | Image) for one in in_order):
        return in_order
    if any(parse_contact_line(line.text).reaches for piece in in_order for line in piece.lines()):
        only_text = all(isinstance(piece.block, Paragraph) for piece in in_order)
        return list(_contacts(rows, columns, head=filled[0][1])) if only_text else in_order
    # a head such as “Date | 5 May 2025”, or labels beside their day or time, and no data
    key = pattern(r"(?:{date_label}|date|datum|fecha|data|日付)\s*:?|\W*(?:{immediate}|{embargo})\W*")
    if all(len(row) == 2 for row in rows) and any(key.fullmatch(_text(row[0])) for row in rows):
        return [_lines_of(map(_key_and_value, rows), grid.line)]
    inline_rows = [(*map(_cell_inline, row), *([()] * (columns - len(row)))) for row in rows]
    head, body = (inline_rows[0], inline_rows[1:]) if filled[0][1] else ((), inline_rows)
    return [Piece(Table(head, tuple(body)), grid.line)]


def _contacts(rows: Sequence[Sequence[_Cell]], columns: int, *, head: bool) -> Iterator[Piece]:
    """Read a table of contacts: down each column where people are beside each other, else row by row."""
    if any(_holds_several(row) for row in rows):
        labelled = sum(is_label(_text(row[0])) for row in rows) > 1  # “Phone” comes once, before all the numbers
        for column in range(labelled, columns):
            pieces = [(row[0] * labelled, piece) for row in rows if column < len(row) for piece in row[column]]
            lines = [_key_and_value((label, [piece])) for label, piece in pieces]
            if head:
                lines = [line for inline in lines for line in split_lines(inline)]
                above, below = (plain(line).strip() for line in (*lines, (), ())[:2])
                # a body above a name goes behind it
                below = next(iter(parse_contact_line(below).words), "")
                if is_surely_name(below) and not is_surely_name(above) and not read_announcement(above).is_present:
                    lines[:2] = reversed(lines[:2])
            if lines:
                yield _lines_of(lines, pieces[0][1].line)
    elif columns == 2 and all(len(_text(row[0]).split()) <= _KEY_WORDS for row in rows):
        yield _lines_of(map(_key_and_value, rows), _first_line(rows))
    else:
        for row in rows:
            yield _lines_of((piece.inline for cell in row for piece in cell), _first_line([row]))


def _holds_several(row: Sequence[_Cell]) -> bool:
    """Return whether two cells of a row have numbers, or addresses, and so belong to two people."""
    read = [[parse_contact_line(line.text) for piece in cell for line in piece.lines()] for cell in row]
    with_phones = sum(any(one.phones for one in cell) for cell in read)
    with_emails = sum(any(one.emails for one in cell) for cell in read)
    return with_phones > 1 or with_emails > 1


def _first_line(rows: Sequence[Sequence[_Cell]]) -> int:
    return next((piece.line for row in rows for cell in row for piece in cell), 0)


def _key_and_value(row: Sequence[_Cell]) -> Inline:
    key, *values = map(_cell_inline, row)
    glue = " " if plain(key).rstrip().endswith((":", "：")) else ": "
    return join_lines([part for part in (key, *values) if plain(part).strip()], glue)


def _cell_inline(cell: _Cell) -> Inline:
    parts = (
        (Span(one.block.caption or one.block.alt),) if isinstance(one.block, Image) else one.inline for one in cell
    )
    return settle(join_lines(filter(None, parts), BREAK))


def _text(cell: _Cell) -> str:
    return " ".join(piece.text for piece in cell if piece.text)


def _lines_of(lines: Iterator[Inline] | Sequence[Inline], line: int) -> Piece:
    return Piece(Paragraph(join_lines([one for one in lines if plain(one).strip()], BREAK)), line, hard=True)


def _is_person(item: Inline) -> bool:
    first, *others = plain(item).split("\n")
    return bool(first) and any(parse_contact_line(line).reaches for line in others)


def _read_card(pieces: Sequence[Piece], name: str) -> list[Piece]:
    """Return one person's card as one paragraph, below its announcement if there is one; [] for any other block."""
    images = [piece for piece in pieces if isinstance(piece.block, Image)]
    pieces = [piece for piece in pieces if piece not in images]
    first = int(bool(pieces) and read_announcement(pieces[0].text).is_whole)  # “Contact” stays a heading of its own
    own = pieces[first:]
    lines = [line for piece in own for line in split_lines(piece.inline) if plain(line).strip()]
    lines.sort(key=lambda line: not read_announcement(plain(line).strip()).is_whole)  # “Press contact” under the name
    several = sum(len(piece.lines()) > 1 for piece in own) > 1 or any(piece.is_heading for piece in own[1:])
    if several or not all(piece.lines() for piece in own) or not 1 < len(lines) <= _CARD_LINES:
        return []
    texts = [plain(line).strip() for line in lines]
    read = [parse_contact_line(text) for text in texts]
    if sum(bool(one.emails) for one in read) > 1 or not any(one.reaches for one in read[1:]):
        return []
    known = first or CARD_NAME.search(name) or any(map(is_surely_name, texts))
    if not known or any(count_length(text) > _CARD_WORDS for text in texts):
        return []
    card = replace(_lines_of(lines, own[0].line), linked=max(piece.linked for piece in own))
    # a portrait has the person's name as its text, and is dropped
    others = [piece for piece in images if isinstance(piece.block, Image) and piece.block.alt not in texts]
    return [*others, *pieces[:first], card]


# Blocks: the text of a page, block by block.

_APART = re.compile(rf"\s*{BREAK}(?:[ \t\n\u00a0]*{BREAK})+\s*")
_LONG_LINE = 160  # text is not wrapped at this width: the line is a paragraph
_HEADING = re.compile(r"h[1-6]")


@dataclass(slots=True)
class _List:
    ordered: bool
    start: int = 1
    items: list[Inline] = field(default_factory=list)
    fresh: bool = True  # the open item has no words yet


@dataclass(slots=True)
class _Quoted:
    items: list[Inline] = field(default_factory=list)


_CONTAINERS = {"ul": _List, "ol": _List, "table": _Grid, "blockquote": _Quoted}


class _Blocks:
    """Gathers text until its block ends; `pieces` are the blocks so far."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.heading = 0  # the level of the heading that is open, 0 outside one
        self.inside: list[_List | _Grid | _Quoted] = []  # open containers
        self.spans: list[Span] = []
        self.begun = False  # the current block has words
        self._line = 1
        self._caption = False
        self._name = ""  # the classes of the current block
        self._around: list[tuple[str, int]] = []  # for each open block: its name, the pieces before it
        self._term = -1  # the pieces up to a term of a definition list that has no definition yet
        self._letters = [0, 0]  # of the current block: all, and those in links

    def add_text(self, span: Span, line: int, *, linked: bool = False) -> None:
        if not self.begun:
            self._line = line
            self.begun = bool(span.text.strip())
        self.spans.append(span)
        letters = sum(map(str.isalnum, span.text))
        self._letters[0] += letters
        self._letters[1] += letters if linked else 0

    def name(self, name: str) -> None:
        """Set the name of the block that begins; one of its parts may name it while it has no words yet."""
        if not self.begun and name:
            self._name = name
            if self._around and not self._around[-1][0]:
                self._around[-1] = (name, len(self._cell()))

    def open(self, tag: str, *, caption: bool, start: str) -> None:
        """Begin a block; `caption` marks the caption of a picture beside it, `start` is the first number of a list."""
        self._around.append(("", len(self._cell())))
        self._name = ""
        parent = self.inside[-1] if self.inside else None
        grid = next((one for one in reversed(self.inside) if isinstance(one, _Grid)), None)
        match tag:
            case _ if caption:
                self._caption = True
            case "ul" | "ol":
                self.inside.append(_List(tag == "ol", int(start) if re.fullmatch(r"\d{1,4}", start) else 1))
            case "table":
                self.inside.append(_Grid(self._line))
            case "blockquote":
                self.inside.append(_Quoted())
            case "li" if isinstance(parent, _List):
                parent.fresh = True
            case "tr" if grid:
                grid.open_row()
            case "td" | "th" if grid:
                grid.open_cell(head=tag == "th")
            case _ if _HEADING.fullmatch(tag):
                self.heading = int(tag[1])

    def close(self, tag: str, *, caption: bool) -> None:
        """End a block whose text `end` has read; the only paragraph in a block gets its name."""
        name, before = self._around.pop() if self._around else ("", 0)
        cell = self._cell()
        one = len(cell) == before + 1 and isinstance(cell[-1].block, Paragraph)
        short = one and len(cell[-1].lines()) == 1 and count_length(cell[-1].text) <= _CARD_WORDS
        if name and tag in {"div", "section"} and one:
            cell[-1] = replace(cell[-1], name=f"{cell[-1].name} {name}".strip())
        elif tag == "dt" and short and not is_contact_heading(cell[-1].text):
            self._term = len(cell) if count_length(cell[-1].text) <= _KEY_WORDS else -1
        elif tag == "dd" and short and self._term == before > 0:
            self._term = -1
            inline = _key_and_value([[cell[-2]], [cell[-1]]])
            cell[-2:] = [replace(cell[-1].with_inline(inline), line=cell[-2].line)]
        elif tag in _CARDS and len(cell) > before + 1 and (card := _read_card(cell[before:], name)):
            cell[before:] = card
        self._name = ""
        if caption:
            self._caption = False
        elif tag in _CONTAINERS:
            if self.inside and isinstance(self.inside[-1], _CONTAINERS[tag]):
                self._close_container(self.inside.pop())
        elif _HEADING.fullmatch(tag):
            self.heading = 0

    def _close_container(self, done: _List | _Grid | _Quoted) -> None:
        """Add the contents of a list or a quote to the container around it, or make a piece of them."""
        match done, self.inside[-1] if self.inside else None:
            case _Grid(), _:
                held = [piece for row in done.rows for cell in row for piece in cell]
                share = sum(piece.linked for piece in held) / max(1, len(held))
                for piece in _read_grid(done):
                    self.append(piece if any(piece is one for one in held) else replace(piece, linked=share))
            case ((_List(items=[]) | _Quoted(items=[])), _):
                pass
            case ((_List(items=items) | _Quoted(items=items)), _Quoted() as outer):
                outer.items.extend(items)
            case _Quoted(items=items), _List() as outer:
                outer.items.extend(map(settle, items))
            case _Quoted(items=items), _:
                self.append(Piece(read_block_quote(items), self._line))
            case _List(items=items), _List() as outer:
                outer.items.extend(merge((Span("  "), *item)) for item in items)
                outer.fresh = True
            case _List(items=items), _:
                if all(map(_is_person, items)):  # each item is a person
                    for item in items:
                        self.append(Piece(Paragraph(item), self._line, hard=True))
                else:
                    self.append(Piece(ListBlock(tuple(items), ordered=done.ordered, start=done.start), self._line))
                self._letters = [0, 0]

    def end_preformatted(self) -> None:
        if not self.inside:
            text, self.spans, self.begun = plain(merge(self.spans)), [], False
            for piece in cut_text(text.lstrip("\n"), first_line=self._line):
                self.append(piece)

    def end(self) -> None:
        inline, self.spans, self.begun = merge(self.spans), [], False
        inner = self.inside[-1] if self.inside else None
        if not plain(inline).replace(BREAK, "").strip():
            self._letters = [0, 0] if not isinstance(inner, _List) else self._letters
            return
        name, self._name = self._name, ""
        if self._caption:
            self._add_caption(inline)
        elif isinstance(inner, _List):
            item = settle(inline)
            if inner.fresh or not inner.items:
                inner.items.append(item)
                inner.fresh = False
            else:
                inner.items[-1] = merge((*inner.items[-1], Span("\n"), *item))
        elif isinstance(inner, _Quoted):
            inner.items.append(_without_edges(inline))
        elif self.heading:
            self.append(Piece(Heading(_without_edges(inline), min(self.heading, 4)), self._line, name=name))
        else:
            for number, part in _paragraphs(inline, self._line):
                self.append(Piece(Paragraph(part), number, hard=True, name=name))
        if not isinstance(inner, _List):
            self._letters = [0, 0]

    def _add_caption(self, inline: Inline) -> None:
        """Add a caption to the picture before it, or the speaker to a quote; else it is a paragraph."""
        cell, text = self._cell(), " ".join(plain(inline).split())
        before: Block | None = cell[-1].block if cell else None
        if isinstance(before, Image) and not before.caption:
            image = caption_image(text, src=before.src, alt=before.alt)
            cell[-1] = replace(cell[-1], block=replace(image, credit=image.credit or before.credit))
        elif isinstance(before, Quote) and not before.speaker and (speaker := parse_dash(f"— {text}")):
            quote = replace(before, speaker=speaker.speaker, role=speaker.role, organisation=speaker.organisation)
            cell[-1] = replace(cell[-1], block=quote)
        else:
            self.append(Piece(Paragraph(_without_edges(inline)), self._line, hard=True))

    def _cell(self) -> list[Piece]:
        """Return the list for the next piece: the innermost open cell, else the page."""
        grids = (one for one in reversed(self.inside) if isinstance(one, _Grid) and one.rows and one.rows[-1])
        grid = next(grids, None)
        return grid.rows[-1][-1] if grid else self.pieces

    def append(self, piece: Piece) -> None:
        inner = self.inside[-1] if self.inside else None
        if isinstance(inner, _Quoted) and isinstance(piece.block, Heading | Paragraph):
            inner.items.append(piece.inline)
            return
        letters, in_links = self._letters
        self._cell().append(piece if piece.linked or not letters else replace(piece, linked=in_links / letters))


def _paragraphs(inline: Inline, line: int) -> Iterator[tuple[int, Inline]]:
    """Yield the paragraphs of text in which two or more breaks are empty lines, each with its line."""
    text = plain(inline)
    at = 0
    for match in [*_APART.finditer(text), None]:
        part = _without_edges(cut(inline, at, match.start() if match else None))
        number = line + len(re.findall(rf"[\n{BREAK}]", text[:at]))
        at = match.end() if match else at
        if not plain(part).strip():
            continue
        # text may have a break at each line's end and nothing between paragraphs
        lines = split_lines(part)
        texts = [" ".join(plain(one).split()) for one in lines]
        is_unwrapped = len(lines) > 1 and sum(len(text) > _LONG_LINE for text in texts) > 1
        starts = list(range(len(lines))) if is_unwrapped else cut_paragraphs(texts)
        for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
            yield number + start, join_lines(lines[start:stop], BREAK)


def _without_edges(inline: Inline) -> Inline:
    """Drop breaks at the ends, which are only space on the page."""
    text = plain(inline)
    edges = f" {BREAK}\n"
    return cut(inline, len(text) - len(text.lstrip(edges)), max(0, len(text.rstrip(edges))))


# The reader: what the tags of a page mean.

_TAGS = read_section("release_files", "html")
_UNREAD_TAGS, _CONTROLS, _BLOCKS, _NAMED_FURNITURE, _FURNITURE_ROLES, _VOID, _PARTS, _LOOKS, _OPTIONAL_END = (
    frozenset(tags) for name, tags in _TAGS.items() if name != "siblings"
)
_SIBLINGS: Mapping[str, Sequence[str]] = _TAGS["siblings"]
_CONTACT_LINK = re.compile(r"\s*(?:tel|mailto):", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")
_NUMBER = re.compile(rf"{MARK}(\d+){MARK_END}")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_SIZE = re.compile(r"font-size\s*:\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>px|pt|em|rem)", re.IGNORECASE)
_LARGE = {"px": 20.0, "pt": 15.0, "em": 1.4, "rem": 1.4}  # letters of at least this size are those of a heading
_LARGE_NAME = "large-letters"
_LARGE_FONT = frozenset({"4", "5", "6", "7", "+2", "+3", "+4"})
_DATES = frozenset({"article:published_time", "date", "dc.date", "dcterms.date", "datepublished", "dc.date.issued"})
_ABOUT = re.compile("title|description|abstract", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_MAX_DEPTH = 5000  # deeper nesting is not a page's; its words are still read
# A tag without an end before the next one: the parser of the standard library searches all the rest for its end, for
# each such tag again. No page that a person wrote has so many.
_MAX_OPEN = 100
_OPEN_TAG = re.compile(r"<[A-Za-z][^<>\"']*(?=<)")


class _Reader(HTMLParser):
    """Reads a page from top to bottom; its blocks grow as they end."""

    def __init__(self, *, by_name: bool, pictures: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._by_name = by_name  # class and id may mark furniture
        self._pictures = pictures  # the names of pictures that came with the page, by their address in it
        self.blocks = _Blocks()
        self.title = self.language = self.published = self._base = ""
        self.taken: list[str] = []  # all words that went into blocks
        self.left_out: list[tuple[int, str]] = []
        self.unseen: list[tuple[int, str, str]] = []  # comments and titles, which no reader sees: line, what, words
        self.dropped_links: list[tuple[int, str]] = []
        self.regions: list[tuple[str, int, int]] = []
        self._begun: list[tuple[str, int, int]] = []  # open regions: name, depth, first piece
        self._asides: list[tuple[int, int, int]] = []  # open asides: depth, first piece, first dropped link
        self._stack: list[tuple[str, bool, bool]] = []  # open tags, whether they are bold, whether they are a caption
        self._bold = 0
        self._open: Counter[str] = Counter()
        self._hidden: list[tuple[int, bool]] = []  # depth in the stack, whether its words are reported
        self._links: list[str] = []
        self._furniture: list[str] = []
        self._apart = 0  # 2 and more: a field of the page has ended, with no text since; 1: one may begin
        self._paragraph = 0  # the number of the paragraph in Word

    def _line(self) -> int:
        return self._paragraph or self.getpos()[0]

    def _end_block(self) -> None:
        self.taken.append("\n")
        self.blocks.end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        named_texts = [name for name in ("title", "aria-label", *(["alt"] if self._hidden else [])) if given.get(name)]
        if tag == "meta" and _ABOUT.search(given.get("name") or given.get("property") or ""):
            named_texts.append("content")
        self.unseen += [(self.getpos()[0], f"the {name} of a <{tag}>", given.get(name, "")) for name in named_texts]
        if tag == "html":
            named = _LANGUAGE.match(given.get("lang", given.get("xml:lang", "")))
            self.language = named[0].lower() if named else ""
        if tag in _VOID:
            self._void(tag, given)
            return
        if len(self._stack) >= _MAX_DEPTH and tag not in _UNREAD_TAGS:
            return
        # as in browsers, a tag closes an open paragraph, or the item or cell before it
        for one in (*(["p"] if tag in _BLOCKS else []), *_SIBLINGS.get(tag, ())):
            if self._open[one] and self._open_here(one):
                self._close_to(one)
        style = given.get("style", "")
        size = _SIZE.search(style)
        # large letters, which pages made by hand have instead of a heading
        is_large = tag == "font" and given.get("size", "") in _LARGE_FONT
        if size:
            is_large = float(size["number"]) >= _LARGE[size["unit"].lower()]
        bold = is_large or _BOLD.search(style) is not None
        caption = tag == "figcaption" or (tag == "p" and given.get("class") == "caption")
        self._stack.append((tag, bold, caption))
        self._open[tag] += 1
        self._bold += bold
        if is_large and not self._hidden:
            self.blocks.name(_LARGE_NAME)
        self._hide(tag, given)
        if self._hidden:
            self._furniture.append(" " if tag in _BLOCKS or tag in _CONTROLS else "")
        elif tag in _BLOCKS:
            self._end_block()
            self.blocks.open(tag, caption=caption, start=given.get("start", ""))
            self.blocks.name(given.get("class", ""))
            region = tag if tag in {"article", "main"} else given.get("id", "").lower()
            if CONTENT_ID.fullmatch(region):
                self._begun.append((tag, len(self._stack) - 1, len(self.blocks.pieces)))
        else:
            last = next((one for one in reversed(self.blocks.spans) if one.text.strip()), Span(""))
            whole = self._apart == 1 and last.strong and " " in last.text.strip()  # bold, and at once another field
            whole = whole or (self._apart == 4 and tag == "a")  # or between two links
            part = self._apart > 0 and tag in _PARTS
            self._apart = 3 if whole and (part or tag in _LOOKS) else 2 if part else 0
            self.blocks.name(given.get("class", ""))
            if tag == "a":
                url = given.get("href", "")
                last = self.blocks.spans[-1] if self.blocks.spans else Span("")
                follows_contact = last.url.startswith(("tel:", "mailto:")) and not last.text[-1:].isspace()
                if follows_contact and _CONTACT_LINK.match(url):  # a page may have two without a blank between them
                    self.taken.append("\t")
                    self.blocks.add_text(Span("\t"), self._line())
                self._links.append(url)
            elif tag == "q":  # browsers show its marks
                self.blocks.add_text(Span("“"), self._line())

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:  # any other tag that closes itself is empty
            self.handle_starttag(tag, attrs)

    def handle_comment(self, data: str) -> None:
        self.unseen.append((self.getpos()[0], "a comment of the page", data))

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and unclosed tags inside it."""
        if self._open[tag] and (tag not in _OPTIONAL_END or self._open_here(tag)):
            self._close_to(tag)
        self._apart = 4 if tag == "a" else 2 if tag in _PARTS else int(tag in _LOOKS)

    def _close_to(self, tag: str) -> None:
        last = ""
        while self._stack and last != tag:
            last, bold, caption = self._stack.pop()
            self._open[last] -= 1
            self._bold -= bold
            self._close(last, caption=caption)

    def _open_here(self, tag: str) -> bool:
        """Return whether a tag with an optional end is open inside the innermost table or list."""
        return next((last for last, _, _ in reversed(self._stack) if last in {tag, "table", "ul", "ol"}), "") == tag

    def handle_data(self, data: str) -> None:
        if self._hidden:
            if self._hidden[-1][1]:
                self._furniture.append(data)
            elif self._stack and self._stack[-1][0] == "title" and not self._open["svg"]:
                self.title += data
            return
        line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        if MARK in data:
            number = _NUMBER.search(data)
            self._paragraph = int(number.group(1)) if number and not self.blocks.begun else self._paragraph
            data = _NUMBER.sub("", data)
        line = self._paragraph or line
        begins = data[:1] == "+" or (data[:1].isalnum() and (self._apart == 3 or not data[:1].islower()))
        if self._apart > 1 and len(data) > 1 and begins:
            self.taken.append("\t")  # fields that only tags separate; a day is a line of its own
            before = plain(tuple(self.blocks.spans[-1:]))
            is_day = find_date(before) and is_label_line(before) and not self._open["li"]
            self.blocks.add_text(Span(BREAK if is_day else "\t"), line)
        self._apart = 0
        self.taken.append(data)
        text = data if self._open["pre"] else re.sub(r"[ \t\r\f\n]+", " ", data)
        strong = self._open["b"] + self._open["strong"] + self._bold > 0 and not self.blocks.heading
        emphasis = self._open["i"] + self._open["em"] > 0 and not self.blocks.heading
        self.blocks.add_text(Span(text, strong, emphasis, url=self._target(data)), line, linked=bool(self._links))

    def _target(self, data: str) -> str:
        """Return the target of the open link; "" if it cannot be used in a mail."""
        url = self._links[-1].strip() if self._links else ""
        if url.startswith("#"):
            return ""
        if not url or is_link_target(url):
            return url
        full_url = _join_url(self._base, url) if self._base and not _SCHEME.match(url) else ""
        if is_link_target(full_url):
            return full_url
        if data.strip():
            self.dropped_links.append((self._line(), url))
        return ""

    def close(self) -> None:
        super().close()
        while self._stack:
            self._close_to(self._stack[-1][0])
        self.blocks.end()

    def _hide(self, tag: str, given: Mapping[str, str]) -> None:
        """Check whether a tag begins hidden or unread text, or furniture of the page."""
        is_read = tag not in _UNREAD_TAGS
        hides = not is_read or tag in _CONTROLS or "hidden" in given or bool(_INVISIBLE.search(given.get("style", "")))
        if hides and tag in {"html", "body"}:  # an outermost block may be hidden until a script has run
            return
        names = f"{given.get('id', '')} {given.get('class', '')}".replace("_", " ")
        by_name = self._by_name and tag in _NAMED_FURNITURE and not CONTENT_NAME.search(names)
        beside = tag == "aside" or (by_name and BESIDE_NAME.search(names) is not None)
        if not hides and beside and not self.blocks.inside and not self._hidden:
            self._end_block()
            self._asides.append((len(self._stack), len(self.blocks.pieces), len(self.dropped_links)))
            return
        named = by_name and (FURNITURE_NAME.search(names) is not None or given.get("id", "").lower() == "header")
        if not (hides or beside or named or self._is_furniture(tag, given)):
            return
        if not self._hidden:
            self._furniture = []
            if is_read and tag not in _CONTROLS:  # controls are inside paragraphs, which continue behind them
                self._end_block()
        self._hidden.append((len(self._stack), is_read))

    def _is_furniture(self, tag: str, given: Mapping[str, str]) -> bool:
        if tag in {"header", "footer"}:  # a header inside an article has its headline, a footer signs a quote
            is_of_text = self._open["article"] + self._open["main"] + (tag == "footer" and self._open["blockquote"])
        else:
            is_of_text = tag not in {"nav", "aside"}
        return not is_of_text or given.get("role") in _FURNITURE_ROLES

    def _close(self, tag: str, *, caption: bool) -> None:
        if self._hidden:
            if self._hidden[-1][0] > len(self._stack):
                _, is_read = self._hidden.pop()
                words = " ".join("".join(self._furniture).split())
                if is_read and words and not self._hidden:
                    self.left_out.append((self.getpos()[0], words))
                    self._furniture = []
            return
        if self._asides and self._asides[-1][0] > len(self._stack):  # an aside is dropped, except for a press contact
            _, start, links = self._asides.pop()
            self._end_block()
            pieces = self.blocks.pieces
            kept = press_contact(pieces, start, len(pieces))
            words = " ".join(words_of(pieces[i]) for i in range(start, len(pieces)) if i not in kept)
            if words:
                self.left_out.append((pieces[start].line, words))
                del self.dropped_links[links:]
            pieces[start:] = [pieces[i] for i in sorted(kept)]
        if tag in _BLOCKS:
            if tag == "pre":
                self.blocks.end_preformatted()
            self._end_block()
            self.blocks.close(tag, caption=caption)
            if self._begun and self._begun[-1][1] == len(self._stack):
                name, _, start = self._begun.pop()
                self.regions.append((name, start, len(self.blocks.pieces)))
        elif tag == "a" and self._links:
            self._links.pop()
        elif tag == "q":
            self.blocks.add_text(Span("”"), self._line())

    def _void(self, tag: str, given: Mapping[str, str]) -> None:
        if tag in {"meta", "base", "link"}:  # the address of the page on the web, and its day of publication
            name = (given.get("property") or given.get("name") or given.get("itemprop") or "").lower()
            if tag == "base" or (tag == "link" and given.get("rel", "").lower() == "canonical"):
                self._base = self._base or given.get("href", "")
            elif name == "og:url":
                self._base = self._base or given.get("content", "")
            elif name in _DATES:
                self.published = self.published or given.get("content", "")
        if self._hidden:
            self._furniture.append(" ")
        elif tag == "br":
            self.taken.append("\n")
            self.blocks.add_text(Span("\n" if self._open["pre"] else BREAK), self._line())
        elif tag == "hr":
            self._end_block()
        elif tag == "img" and given.get("src") and not {given.get("width"), given.get("height")} & {"0", "1"}:
            src, alt = given["src"].strip(), " ".join(given.get("alt", "").split())
            if src in self._pictures:
                src = self._pictures[src]
            elif _SCHEME.match(src) and not src.lower().startswith(("http:", "https:")):
                self.left_out.append((self._line(), f"a picture inside the page {alt}".strip()))
                return
            elif src.startswith("/"):
                full_url = _join_url(self._base, src) if self._base else ""
                src = full_url if is_link_target(full_url) else src
            self.blocks.append(Piece(caption_image(given.get("title", ""), src=src, alt=alt), self._line()))


def _join_url(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def cut_html(text: str, draft: Draft, *, saved: bool = True, pictures: Mapping[str, str] | None = None) -> str:
    """Cut a page into the pieces of a draft; what is left out is reported in its problems.

    `saved` says that it may have the furniture of a web page; `pictures` has the names of those that came with it, by
    their address in it. Return all words that were read, none of which may be lost.
    """
    # text only for Word and Outlook (`<!--[if mso]>`) is dropped, and the marks around text for all others
    only_office = r"<!--\[if [^\]]{0,80}\]>(?!<!-->|-->)(?:(?!<!--).){0,200000}?<!\[endif\]-->"
    text = re.sub(only_office, lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)
    text = re.sub(r"<!\[(?:if[^\]]{0,80}|endif)\]>", "", text)
    if len(_OPEN_TAG.findall(text)) > _MAX_OPEN:
        text = _OPEN_TAG.sub(r"\g<0>>", text)
    # a name such as “has-sidebar” on the outermost block would hide the release itself
    for by_name in (True, False) if saved else (False,):
        reader = _Reader(by_name=by_name, pictures=pictures or {})
        reader.feed(text)
        reader.close()
        left_out = sum(len(words.split()) for _, words in reader.left_out)
        if left_out <= sum(len(piece.text.split()) for piece in reader.blocks.pieces):
            break
    draft.pieces = reader.blocks.pieces
    large = [i for i, piece in enumerate(draft.pieces) if _LARGE_NAME in piece.name and len(piece.text.split()) > 2]
    if large and not any(piece.is_heading for piece in draft.pieces):
        draft.pieces[large[0]] = replace(draft.pieces[large[0]], block=Heading(draft.pieces[large[0]].inline, 2))
    draft.language = draft.language or reader.language
    draft.published = reader.published or _find_published(text)
    for line, words in reader.left_out:
        draft.report("left-out", f'left out as part of the web page: "{words}"', line)
    for line, where, words in reader.unseen:
        report_holds(draft, where, words, line)
    for line, url in reader.dropped_links:
        message = f'the link to "{url[:80]}" is not a web, mail or telephone link: only its words are kept'
        draft.report("link-dropped", message, line)
    draft.title = " ".join(reader.title.split())
    if saved:
        leave_out_furniture(draft, reader.regions)
    return "".join(reader.taken)


# Page dates: the day on which a web page was published, by its markup.

_JSON_LD = re.compile(r"<script\b[^>]*application/ld\+json[^>]*>(?P<json>.*?)</script", re.IGNORECASE | re.DOTALL)
_PUBLISHED = re.compile(r"\"datePublished\"\s*:\s*\"(?P<day>\d{4}-\d{2}-\d{2})")
_TIME = re.compile(r"<time\b(?P<marks>[^>]*?\bdatetime\s*=\s*[\"']?(?P<day>\d{4}-\d{2}-\d{2})[^>]*)>", re.IGNORECASE)
_NAMED = re.compile(r"datepublished|pubdate|publish|entry-date|post-date|posted", re.IGNORECASE)
_CHANGED = re.compile(r"modif|updat|chang|revis", re.IGNORECASE)
_SENTENCE = re.compile(r"<p\b[^>]*>(?=[^<]{100})", re.IGNORECASE)


def _find_published(page: str) -> str:
    """Return the day as 2026-07-30; empty if there is none, or several of which none is marked as this one."""
    named = [day for script in _JSON_LD.finditer(page) for day in _PUBLISHED.findall(script["json"])]
    story = _SENTENCE.search(page)
    times = [one for one in _TIME.finditer(page) if not _CHANGED.search(one["marks"])]
    named += [one["day"] for one in times if _NAMED.search(one["marks"])]
    if named:
        return named[0] if len(set(named)) == 1 else ""
    bare = {one["day"] for one in times if story is None or one.start() < story.start()}
    return bare.pop() if len(bare) == 1 and len({one["day"] for one in times}) == 1 else ""
