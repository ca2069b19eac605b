"""RTF page: the paragraphs and tables of an RTF file, written as the page that `html` cuts.

Owns the shapes that reading fills, and what makes a heading (its style, its outline level, else its large letters), a
list or a table of them. Never reads RTF (`rtf` does).

Gaps: lists are flat; cells that span others are cells.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from mailer.release.files.docx_revisions import MARK, MARK_END

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|見出し)\s*(\d)", re.IGNORECASE)
_STYLES = {
    "title": "h1",
    "subtitle": "h2",
    "quote": "blockquote",
    "intense quote": "blockquote",
    "block text": "blockquote",
}
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")
_MORE = 1.15  # times the size of the story, as in a Word file
_WITHIN, _WORDS = 25, 40


@dataclass(frozen=True, slots=True)
class Look:
    """How a run of text looks, and where it leads; `picture` makes it one, and its text the alternative text."""

    bold: bool = False
    italic: bool = False
    url: str = ""
    picture: str = ""
    size: int = 24


@dataclass(slots=True)
class Para:
    """A paragraph: its runs, the bullet or number before it, and what its source calls it."""

    number: int = 0
    runs: list[tuple[str, Look]] = field(default_factory=list)
    marker: str = ""
    style: str = ""
    level: int = 0

    @property
    def text(self) -> str:
        """Return its words on one line."""
        return " ".join(joined(text for text, look in self.runs if not look.picture).split())

    @property
    def size(self) -> int:
        """Return the size of its smallest letters, in half points."""
        return min((look.size for text, look in self.runs if text.strip()), default=24)


@dataclass(slots=True)
class Row:
    """A row of a table: the paragraphs of each cell."""

    cells: list[list[Para]]
    is_head: bool = False


Block: TypeAlias = Para | Row


@dataclass(slots=True)
class Flow:
    """Text that runs by itself: the story, a footnote, a head of the page, what stands in a box."""

    blocks: list[Block] = field(default_factory=list)
    para: Para = field(default_factory=Para)
    cell: list[Para] = field(default_factory=list)
    cells: list[list[Para]] = field(default_factory=list)
    behind: list[Block] = field(default_factory=list)
    is_head: bool = False

    def end_row(self) -> None:
        """End a row of a table; one without words goes."""
        if self.cell:
            self.cells.append(self.cell)
        if any(para.runs for cell in self.cells for para in cell):
            self.blocks += [Row(self.cells, self.is_head), *self.behind]
            self.behind = []
        self.cell, self.cells, self.is_head = [], [], False

    def end_paragraph(self, *, in_table: bool) -> None:
        """End a paragraph, of a cell or of the text; what stood in boxes beside it comes behind it."""
        if in_table:
            self.cell.append(self.para)
        else:
            self.end_row()
            self.blocks += [*([self.para] if self.para.runs else []), *self.behind]
            self.behind = []
        self.para = Para()


def joined(parts: Iterable[str]) -> str:
    """Join parts of a text whose signs beyond the first plane came in two halves."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def write_page(blocks: list[Block], notes: list[list[Para]]) -> str:
    """Write blocks as HTML, each paragraph with its number; footnotes are a list at the end."""
    titled = any(isinstance(one, Para) and one.style.lower() == "title" for one in blocks)
    tags = {id(one): _tag(one, titled=titled) for one in blocks if isinstance(one, Para)}
    if not {"h1"} & set(tags.values()):
        tags |= _large([one for one in blocks if isinstance(one, Para) and one.text])
    parts = [_write_run(kind, list(run), tags) for kind, run in groupby(blocks, key=lambda one: _kind(one, tags))]
    if notes:
        parts.append("<ol>" + "".join(f"<li>{_paragraphs(note)}</li>" for note in notes) + "</ol>")
    return "\n".join(parts)


def _tag(para: Para, *, titled: bool) -> str:
    named = _HEADING.fullmatch(para.style)
    level = int(named[1]) if named else para.level
    if level:
        return f"h{min(level + titled, 6)}"
    return _STYLES.get(para.style.lower(), "p")


def _large(paras: list[Para]) -> dict[int, str]:
    """Return the headings that only their large letters make, where no style says what the headline is."""
    story = Counter[int]()
    for para in paras:
        story[para.size] += len(para.text.split())
    body = story.most_common(1)[0][0] if story else 24
    found = [one for one in paras[:_WITHIN] if len(one.text.split()) <= _WORDS and one.size >= body * _MORE]
    largest = max((one.size for one in found), default=0)
    return {id(one): "h1" if one.size == largest else "h2" for one in found}


def _kind(block: Block, tags: dict[int, str]) -> str:
    if isinstance(block, Row):
        return "table"
    if not block.marker.strip() or tags[id(block)] != "p":
        return tags[id(block)] if tags[id(block)] == "blockquote" else ""
    return "ol" if _NUMBER.fullmatch(block.marker.strip()) else "ul"


def _write_run(kind: str, blocks: list[Block], tags: dict[int, str]) -> str:
    """Write blocks of one kind that follow each other."""
    if kind == "table":
        return f"<table>{''.join(_row(one) for one in blocks if isinstance(one, Row))}</table>"
    paras = [one for one in blocks if isinstance(one, Para)]
    if kind in {"ol", "ul"}:
        first = _NUMBER.fullmatch(paras[0].marker.strip())
        start = f' start="{first[1]}"' if first else ""
        return f"<{kind}{start}>{''.join(f'<li>{_inner(one)}</li>' for one in paras)}</{kind}>"
    if kind == "blockquote":
        return f"<blockquote>{_paragraphs(paras)}</blockquote>"
    return "\n".join(f"<{tags[id(one)]}>{_inner(one, marked=True)}</{tags[id(one)]}>" for one in paras)


def _row(row: Row) -> str:
    tag = "th" if row.is_head else "td"
    return "<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in row.cells) + "</tr>"


def _cell(cell: list[Para]) -> str:
    filled = [para for para in cell if para.runs]
    return _inner(filled[0], marked=True) if len(filled) == 1 else _paragraphs(filled)


def _paragraphs(paras: Iterable[Para]) -> str:
    return "".join(f"<p>{_inner(one, marked=True)}</p>" for one in paras if one.runs)


def _inner(para: Para, *, marked: bool = False) -> str:
    before = f"{para.marker.strip()} " if marked and para.marker.strip() else ""
    return f"{MARK}{para.number}{MARK_END}{html.escape(before)}{''.join(_spans(para))}"


def _spans(para: Para) -> Iterator[str]:
    for look, run in groupby(para.runs, key=lambda one: one[1]):
        text = html.escape(joined(text for text, _ in run)).replace("\n", "<br>")
        if look.picture:
            yield f'<img src="{html.escape(look.picture)}" alt="{text.strip()}">'
            continue
        for tag in ("strong",) * look.bold + ("em",) * look.italic:
            text = f"<{tag}>{text}</{tag}>"
        yield f'<a href="{html.escape(look.url)}">{text}</a>' if look.url else text
