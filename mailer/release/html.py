"""Html: a release saved from a web page, cut into pieces.

Owns a small reader on the stdlib's HTMLParser: headings, paragraphs, lists, tables, block quotes, preformatted text,
pictures, links and looks; unclosed tags are no matter. Scripts and styles are dropped; menus, breadcrumbs and other
furniture of the page are left out and told.

Gaps: a layout made of tables is read as tables; saved pages that need a script to show their text are empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from mailer.release.inline import BREAK, is_link_target, merge, settle
from mailer.release.pieces import Draft, Piece
from mailer.release.statements import read_block_quote
from mailer.release.tails import caption_image
from mailer.release.text import cut_text
from mailer.release.values import Block, Heading, Inline, ListBlock, Paragraph, Quote, Span, Table, plain

_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "button", "select", "form"})
_FURNITURE_TAGS = frozenset({"nav", "header", "footer", "aside"})
_FURNITURE = re.compile(
    r"\b(?:nav|navbar|navigation|menu|breadcrumbs?|share|sharing|social|sidebar|sidecol|footer|cookie|cookies|banner"
    r"|related|skip|skiplink|comments|pagination|search)\b",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    {
        *("p", "div", "section", "article", "main", "center", "address", "figure", "body", "dl", "dt", "dd", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td", "th", "blockquote", "pre"),
        *("figcaption", "thead", "tbody", "fieldset", "details", "summary", "caption"),
    }
)
_VOID = frozenset(
    {"br", "img", "hr", "meta", "link", "input", "wbr", "source", "area", "base", "col", "embed", "param"}
)
_OPTIONAL_END = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "option"})


@dataclass(slots=True)
class _Table:
    rows: list[list[Inline]] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads a page from top to bottom; `pieces` grow as blocks end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self.title = ""
        self.language = ""
        self.left_out: list[tuple[int, str]] = []
        self.dropped_links: list[tuple[int, str]] = []
        self._stack: list[str] = []
        self._hidden: list[tuple[str, int, bool]] = []  # tag, depth in the stack, whether its words are told
        self._spans: list[Span] = []
        self._line = 1
        self._links: list[str] = []
        self._lists: list[tuple[bool, list[Inline]]] = []
        self._tables: list[_Table] = []
        self._quotes: list[list[Inline]] = []
        self._heading = 0
        self._furniture: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", given.get("xml:lang", ""))[:2].lower()
        if tag in _VOID:
            self._void(tag, given)
            return
        self._stack.append(tag)
        self._hide(tag, given)
        if self._hidden:
            return
        if tag in _BLOCKS:
            self._end_block()
            self._open_block(tag)
        elif tag == "a":
            self._links.append(given.get("href", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take `<br/>`; any other tag that closes itself is empty."""
        if tag in _VOID:
            self._void(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those inside it that nobody closed."""
        if tag not in self._stack or (tag in _OPTIONAL_END and not self._open_here(tag)):
            return
        while self._stack:
            last = self._stack.pop()
            self._closed(last)
            if last == tag:
                return

    def _open_here(self, tag: str) -> bool:
        """Say whether a tag with an optional end is open inside the innermost table or list."""
        for last in reversed(self._stack):
            if last == tag:
                return True
            if last in {"table", "ul", "ol"}:
                return False
        return False

    def handle_data(self, data: str) -> None:
        """Take text where it belongs."""
        if self._hidden:
            if self._hidden[-1][2]:
                self._furniture.append(data)
            elif self._stack[-1:] == ["title"]:
                self.title += data
            return
        if not self._spans or not any(span.text.strip() for span in self._spans):
            self._line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        pre = "pre" in self._stack
        text = data if pre else re.sub(r"[ \t\r\f\n]+", " ", data)
        url = self._links[-1].strip() if self._links else ""
        if url and not is_link_target(url):
            if data.strip():
                self.dropped_links.append((self.getpos()[0], url))
            url = ""
        strong = any(tag in {"b", "strong"} for tag in self._stack) and not self._heading
        emphasis = any(tag in {"i", "em"} for tag in self._stack) and not self._heading
        self._spans.append(Span(text, strong, emphasis, url=url))

    def close(self) -> None:
        """End the page: what is still open is closed."""
        super().close()
        while self._stack:
            self._closed(self._stack.pop())
        self._end_block()

    def _hide(self, tag: str, given: dict[str, str]) -> None:
        if tag in {*_SILENT, "head"} or "hidden" in given:
            self._hidden.append((tag, len(self._stack), False))
        elif tag in _FURNITURE_TAGS or given.get("role") in {"navigation", "banner", "contentinfo", "search"}:
            self._hide_furniture(tag)
        elif tag in {"div", "ul", "p", "section", "span"}:
            names = f"{given.get('id', '')} {given.get('class', '')}".replace("_", " ").replace("-", " ")
            if _FURNITURE.search(names):
                self._hide_furniture(tag)

    def _hide_furniture(self, tag: str) -> None:
        if not self._hidden:
            self._end_block()
            self._furniture = []
        self._hidden.append((tag, len(self._stack), True))

    def _closed(self, tag: str) -> None:
        if self._hidden:
            if self._hidden[-1][1] > len(self._stack):
                _, _, told = self._hidden.pop()
                words = " ".join("".join(self._furniture).split())
                if told and words and not self._hidden:
                    self.left_out.append((self.getpos()[0], words))
                    self._furniture = []
            return
        if tag == "pre":
            self._end_preformatted()
        if tag in _BLOCKS:
            self._end_block()
            self._close_block(tag)
        elif tag == "a" and self._links:
            self._links.pop()

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if self._hidden:
            return
        if tag == "br":
            self._spans.append(Span("\n" if "pre" in self._stack else BREAK))
        elif tag == "hr":
            self._end_block()
        elif tag == "img" and given.get("src"):
            spans, self._spans = self._spans, []
            image = caption_image(given.get("title", ""), src=given["src"].strip(), alt=given.get("alt", "").strip())
            self._add(image, self.getpos()[0])
            self._spans = spans

    def _open_block(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append((tag == "ol", []))
        elif tag == "table":
            self._tables.append(_Table())
        elif tag == "tr" and self._tables:
            self._tables[-1].rows.append([])
            self._tables[-1].heads.append(False)
        elif tag == "th" and self._tables and self._tables[-1].heads:
            self._tables[-1].heads[-1] = True
        elif tag == "blockquote":
            self._quotes.append([])
        elif re.fullmatch(r"h[1-6]", tag):
            self._heading = int(tag[1])

    def _close_block(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self._lists:
            ordered, items = self._lists.pop()
            if items and self._lists:
                self._lists[-1][1].extend((Span("  "), *item) for item in items)
            elif items:
                self._add(ListBlock(tuple(items), ordered=ordered), self._line)
        elif tag == "table" and self._tables:
            self._add_table(self._tables.pop())
        elif tag == "blockquote" and self._quotes:
            paragraphs = self._quotes.pop()
            if paragraphs:
                self._add(read_block_quote(paragraphs), self._line)
        elif re.fullmatch(r"h[1-6]", tag):
            self._heading = 0

    def _add_table(self, table: _Table) -> None:
        rows = [tuple(row) for row in table.rows if row]
        if not rows:
            return
        columns = max(map(len, rows))
        even = [(*row, *([()] * (columns - len(row)))) for row in rows]
        if columns == 1:
            self.pieces.extend(Piece(Paragraph(row[0]), self._line) for row in even if plain(row[0]).strip())
        elif table.heads and table.heads[0]:
            self._add(Table(even[0], tuple(even[1:])), self._line)
        else:
            self._add(Table((), tuple(even)), self._line)

    def _end_preformatted(self) -> None:
        """Cut preformatted text as plain text is cut."""
        if not (self._lists or self._tables or self._quotes):
            text, self._spans = plain(merge(self._spans)), []
            self.pieces.extend(cut_text(text.lstrip("\n"), first_line=self._line))

    def _end_block(self) -> None:
        """Make a piece of the text that has gathered."""
        inline, self._spans = merge(self._spans), []
        if not plain(inline).replace(BREAK, "").strip():
            return
        inline = settle(inline) if self._tables or self._lists else inline
        if self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1].append(inline)
        elif self._lists:
            self._lists[-1][1].append(inline)
        elif self._quotes:
            self._quotes[-1].append(inline)
        elif self._heading:
            self._add(Heading(inline, min(self._heading, 4)), self._line)
        else:
            self._add(Paragraph(_without_edges(inline)), self._line, hard=True)

    def _add(self, block: Block, line: int, *, hard: bool = False) -> None:
        if self._quotes and isinstance(block, ListBlock):
            self._quotes[-1].extend(block.items)
            return
        if self._quotes and isinstance(block, Quote):
            self._quotes[-1].extend(block.paragraphs)
            return
        self.pieces.append(Piece(block, line, hard=hard))


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


def cut_html(text: str, draft: Draft) -> None:
    """Cut a web page into the pieces of a draft; what is left out is told in its problems."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    draft.pieces = reader.pieces
    draft.language = draft.language or reader.language
    for line, words in reader.left_out:
        draft.say("left-out", f'left out as part of the web page: "{words[:200]}"', line)
    for line, url in reader.dropped_links:
        draft.say(
            "link-dropped", f'the link to "{url[:80]}" is no web, mail or telephone link: only its words stay', line
        )
    title = " ".join(reader.title.split())
    if title and not any(title == piece.text for piece in draft.pieces):
        draft.say("left-out", f'left out: the title of the page, "{title[:200]}"', None)
