"""Page blocks: what has been read of a web page, block by block.

Owns the way from tags and text to pieces: lists inside lists, rows and cells, block quotes with their attribution,
headings, preformatted text. Never parses HTML (`html` does) and knows nothing of a page's furniture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from mailer.release.inline import BREAK, merge, settle
from mailer.release.pieces import Piece
from mailer.release.statements import read_block_quote
from mailer.release.text import cut_text
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Span, Table, plain


@dataclass(slots=True)
class _Table:
    rows: list[list[Inline]] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)


class PageBlocks:
    """Gathers text until its block ends; `pieces` are the blocks so far."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.heading = 0  # the level of the heading that is open, 0 outside one
        self._line = 1
        self._spans: list[Span] = []
        self._begun = False  # whether the block that gathers has words yet
        self._lists: list[tuple[bool, list[Inline]]] = []
        self._tables: list[_Table] = []
        self._quotes: list[list[Inline]] = []

    def add_text(self, span: Span, line: int) -> None:
        """Take a run of text that stands on a line."""
        if not self._begun:
            self._line = line
            self._begun = bool(span.text.strip())
        self._spans.append(span)

    def add_image(self, image: Image, line: int) -> None:
        """Take a picture; it stands before the text that is still gathering."""
        self._add(image, line)

    def open_block(self, tag: str) -> None:
        """Begin a block."""
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
            self.heading = int(tag[1])

    def close_block(self, tag: str) -> None:
        """End a block whose text `end_block` has taken."""
        if tag in {"ul", "ol"} and self._lists:
            ordered, items = self._lists.pop()
            if items and self._lists:
                self._lists[-1][1].extend(merge((Span("  "), *item)) for item in items)
            elif items:
                self._add(ListBlock(tuple(items), ordered=ordered), self._line)
        elif tag == "table" and self._tables:
            self._add_table(self._tables.pop())
        elif tag == "blockquote" and self._quotes:
            paragraphs = self._quotes.pop()
            if paragraphs:
                self._add(read_block_quote(paragraphs), self._line)
        elif re.fullmatch(r"h[1-6]", tag):
            self.heading = 0

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

    def end_preformatted(self) -> None:
        """Cut preformatted text as plain text is cut."""
        if not (self._lists or self._tables or self._quotes):
            text, self._spans, self._begun = plain(merge(self._spans)), [], False
            self.pieces.extend(cut_text(text.lstrip("\n"), first_line=self._line))

    def end_block(self) -> None:
        """Make a piece of the text that has gathered."""
        inline, self._spans, self._begun = merge(self._spans), [], False
        if not plain(inline).replace(BREAK, "").strip():
            return
        inline = settle(inline) if self._tables or self._lists else inline
        if self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1].append(inline)
        elif self._lists:
            self._lists[-1][1].append(inline)
        elif self._quotes:
            self._quotes[-1].append(inline)
        elif self.heading:
            self._add(Heading(inline, min(self.heading, 4)), self._line)
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
