"""Text: a release pasted as plain text, cut into pieces.

Owns chunks between blank lines, wrapped against meant line ends, lists with any bullet and tables with tabs. Knows no
words: what a piece is, the recognisers say, in the order of `STEPS`, which HTML shares.

Gaps: columns made of blanks stay lines of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from mailer.release.contact_section import recognise_contacts
from mailer.release.datelines import recognise_dateline
from mailer.release.headlines import recognise_headline
from mailer.release.inline import settle, text_of
from mailer.release.labels import recognise_labels
from mailer.release.mail_headers import recognise_mail_headers, use_mail_date
from mailer.release.people import parse_contact_line
from mailer.release.pieces import Draft, Piece
from mailer.release.sections import is_end_mark, recognise_end_mark, recognise_sections
from mailer.release.statements import recognise_statements
from mailer.release.tails import recognise_call_to_action, recognise_captions
from mailer.release.values import Inline, ListBlock, Paragraph, Table

_ITEM = re.compile(r"\s*(?:(?P<bullet>[•◦▪●‣·*\-–—])|\(?(?P<number>\d{1,2})[.)])\s+(?=\S)")
_SURE_BULLETS = frozenset("•◦▪●‣")
_LONG_LINE = 160  # nobody wraps at this width: the line is a paragraph
_WRAP_FROM = 50  # wrapped text has lines at least this long

STEPS: tuple[Callable[[Draft], None], ...] = (
    recognise_mail_headers,
    recognise_contacts,
    recognise_labels,
    recognise_end_mark,
    recognise_headline,
    recognise_call_to_action,
    recognise_captions,
    recognise_sections,
    recognise_statements,
    recognise_dateline,
    use_mail_date,
)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Lines between blank lines, as they stand."""

    lines: tuple[str, ...]
    first: int
    gap: int


def cut_text(text: str, *, first_line: int = 1) -> list[Piece]:
    """Cut plain text into pieces; `first_line` is the line of the source on which it begins."""
    pieces: list[Piece] = []
    chunks = _chunks(text, first_line)
    at = 0
    while at < len(chunks):
        run = _list_run(chunks, at)
        if run:
            pieces.append(run[0])
            at = run[1]
        else:
            pieces.extend(_cut_chunk(chunks[at]))
            at += 1
    return pieces


def _chunks(text: str, first_line: int) -> list[_Chunk]:
    found: list[_Chunk] = []
    lines: list[str] = []
    gap = blank = 0
    for number, line in enumerate([*text.split("\n"), ""], first_line):
        if line.strip():
            gap = gap if lines else blank
            lines.append(line.rstrip())
            blank = 0
            continue
        if lines:
            found.append(_Chunk(tuple(lines), number - len(lines), gap))
            lines = []
        blank += 1
    return found


def _list_run(chunks: list[_Chunk], at: int) -> tuple[Piece, int] | None:
    """Give the list that begins with a chunk, over as many chunks as it goes on, and where the rest begins."""
    items: list[str] = []
    first = _ITEM.match(chunks[at].lines[0])
    if not first or is_end_mark(chunks[at].lines[0]):
        return None
    stop = at
    while stop < len(chunks) and _same_list(first, chunks[stop].lines[0]):
        for line in chunks[stop].lines:
            match = _ITEM.match(line)
            if match and _same_list(first, line):
                items.append(line[match.end() :])
            else:
                items[-1] += " " + line.strip()
        stop += 1
    if len(items) < 2 and (first.group("bullet") or "") not in _SURE_BULLETS:
        return None
    inlines = tuple(settle(text_of(item)) for item in items)
    number = first.group("number")
    block = ListBlock(inlines, ordered=number is not None, start=int(number or 1))
    return Piece(block, chunks[at].first, chunks[at].gap), stop


def _same_list(first: re.Match[str], line: str) -> bool:
    match = _ITEM.match(line)
    if not match or is_end_mark(line):
        return False
    return match.group("bullet") == first.group("bullet")


def _cut_chunk(chunk: _Chunk) -> list[Piece]:
    """Cut one chunk: a lead before a list, a table, lines that are paragraphs each, or one paragraph."""
    for i in range(1, len(chunk.lines) - 1):
        if not _ITEM.match(chunk.lines[i]):
            continue
        run = _list_run([replace(chunk, lines=chunk.lines[i:], first=chunk.first + i, gap=0)], 0)
        if run:
            return [*_cut_chunk(replace(chunk, lines=chunk.lines[:i])), run[0]]
    table = _table(chunk)
    if table:
        return [table]
    if len(chunk.lines) > 1 and any(len(line) > _LONG_LINE for line in chunk.lines):
        gaps = [chunk.gap, *([0] * (len(chunk.lines) - 1))]
        numbered = enumerate(zip(chunk.lines, gaps, strict=True), chunk.first)
        return [Piece(Paragraph(text_of(line)), number, gap) for number, (line, gap) in numbered]
    inline = text_of("\n".join(chunk.lines))
    return [Piece(Paragraph(inline), chunk.first, chunk.gap, hard=_is_meant(chunk.lines))]


def _table(chunk: _Chunk) -> Piece | None:
    rows = [line.strip("\n").split("\t") for line in chunk.lines]
    columns = len(rows[0])
    if len(rows) < 3 or columns < 2 or any(len(row) != columns for row in rows):
        return None
    if any(parse_contact_line(line).reaches for line in chunk.lines):
        return None
    cells = tuple(tuple(_cell(cell) for cell in row) for row in rows)
    has_head = not any(any(map(str.isdigit, cell)) for cell in rows[0])
    return Piece(Table(cells[0], cells[1:]) if has_head else Table((), cells), chunk.first, chunk.gap)


def _cell(text: str) -> Inline:
    return settle(text_of(text))


def _is_meant(lines: tuple[str, ...]) -> bool:
    """Say whether line ends were meant: text that an editor wrapped has long lines but for the last one."""
    if len(lines) < 2:
        return False
    widths = [len(line.strip()) for line in lines]
    longest = max(widths)
    return longest < _WRAP_FROM or min(widths[:-1]) < longest * 0.6


def recognise(draft: Draft) -> None:
    """Fill a draft from pieces of a source that names nothing itself: plain text, or a web page."""
    for step in STEPS:
        step(draft)
