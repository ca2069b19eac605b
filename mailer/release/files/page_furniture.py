"""Page furniture: what of a page is no part of the release.

Owns leaving out what stands outside the article, above its headline and under a heading of other news, and the lines
that only a page has. All of it is told; labels, dates and press contacts are never left out.

Gaps: a page without article, main or a first heading is only rid of what its words give away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from mailer.release.head.labels import is_label_line
from mailer.release.page_words import (
    BREADCRUMB,
    COPYRIGHT,
    FILE,
    MAILING,
    OTHER_NEWS,
    PAGE_LINE,
    PRESS_CONTACT,
    SHARE_ROW,
    WIRE,
)
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.times.dates import find_date, find_month
from mailer.release.top import is_prose
from mailer.release.values import Heading, Image, Inline, ListBlock, Paragraph, Quote, Table, plain

_BAR = re.compile(r"\s[|·•»›>/–-]\s|\s{2,}|\n")
_LOGO = re.compile(r"logo|\.svg|icon", re.IGNORECASE)
_BAR_WORDS = 40
_EDGE = 3  # pieces at the beginning, twice as many at the end, that may be of a mailing program
_MAILING_WORDS = 45
_FIELD_WORDS = 6
_ALL_LINKS = 0.98  # of the letters of a line
_PAGE_LINES = 3  # so many lines that only a page has make a text one that was copied from a page


def words_of(piece: Piece) -> str:
    """Return all words of a piece of any kind, on one line."""
    block = piece.block
    if isinstance(block, Paragraph | Heading):
        return piece.text
    if isinstance(block, Image):
        parts = [block.alt if block.alt != block.caption else "", block.caption, block.credit]
    elif isinstance(block, ListBlock):
        parts = [plain(item) for item in block.items]
    elif isinstance(block, Table):
        parts = [plain(cell) for row in (block.head, *block.rows) for cell in row]
    elif isinstance(block, Quote):
        parts = [*map(plain, block.paragraphs), block.speaker, block.role, block.organisation]
    return " ".join(" ".join(filter(None, parts)).split())


def leave_out_furniture(draft: Draft, regions: Sequence[tuple[str, int, int]]) -> None:
    """Leave out of a page what is not the release; `regions` are its articles and mains, as ranges of pieces."""
    pieces = draft.pieces
    gone: set[int] = set(_outside(pieces, regions))
    inside = [i for i in range(len(pieces)) if i not in gone]
    gone.update(_above_headline(pieces, inside))
    gone.update(_link_bar(pieces, inside))
    gone.update(_other_news(pieces, [i for i in inside if i not in gone]))
    for i in range(len(pieces)):
        edge = i < _EDGE or i >= len(pieces) - 2 * _EDGE
        if i not in gone and (_is_page_line(pieces[i]) or (edge and _is_mailing(pieces[i]))):
            gone.add(i)
    if len(gone) == len(pieces):
        return
    for _, run in groupby(enumerate(sorted(gone)), lambda pair: pair[1] - pair[0]):
        _tell(draft, [pieces[i] for _, i in run])
    top = _top(pieces)
    left = (_fields_of(piece) if i < top + _EDGE else [piece] for i, piece in enumerate(pieces) if i not in gone)
    draft.pieces = [part for parts in left for part in parts]


def _top(pieces: Sequence[Piece]) -> int:
    """Return where the first heading of the highest level stands; 0 where a page has none."""
    return next((i for i, piece in enumerate(pieces) if _first_level(piece)), 0)


def _fields_of(piece: Piece) -> list[Piece]:
    """Return the items of a list in the head of a page, of which one is the day of the release, as lines."""
    return [replace(piece, block=Paragraph(item)) for item in _dated_items(piece)] or [piece]


def _dated_items(piece: Piece) -> tuple[Inline, ...]:
    items = piece.block.items if isinstance(piece.block, ListBlock) else ()
    texts = [" ".join(plain(item).split()) for item in items]
    dated = any(is_label_line(text) and find_date(text) for text in texts)
    return items if dated and all(len(text.split()) <= _FIELD_WORDS for text in texts) else ()


def _link_bar(pieces: Sequence[Piece], inside: Sequence[int]) -> Iterator[int]:
    """Yield a line right under the headline that is nothing but links: what a reader may do with the page."""
    top = _top(pieces)
    for i in inside:
        piece = pieces[i]
        bare = isinstance(piece.block, Paragraph) and 1 < len(piece.text.split()) <= _FIELD_WORDS
        reached = parse_contact_line(piece.text).reaches or find_date(piece.text) or is_label_line(piece.text)
        if top < i <= top + 1 and bare and piece.linked > _ALL_LINKS and not reached:
            yield i


def _tell(draft: Draft, run: Sequence[Piece]) -> None:
    """Tell what goes, as one note for what stands together."""
    words = ", ".join(f'"{words}"' for piece in run if (words := words_of(piece)))
    if words:
        draft.say("left-out", f"left out as part of the web page: {words}", run[0].line)


def _outside(pieces: Sequence[Piece], regions: Sequence[tuple[str, int, int]]) -> Iterator[int]:
    chosen = _release_region(pieces, regions)
    if chosen is None:
        return
    start, stop = chosen
    for first, last in ((0, start), (stop, len(pieces))):
        kept = press_contact(pieces, first, last)
        for i in range(first, last):
            dated = i < start and is_label_line(pieces[i].text) and find_date(pieces[i].text)
            if i not in kept and not dated and not _is_hero(pieces, i, start):
                yield i


def _is_hero(pieces: Sequence[Piece], index: int, start: int) -> bool:
    """Return whether a piece is the picture that a page shows above the article, and no logo."""
    block = pieces[index].block
    near = start - _EDGE <= index < start
    return (
        near
        and isinstance(block, Image)
        and len(block.alt.split()) > 1
        and not _LOGO.search(f"{block.src} {block.alt}")
    )


def _release_region(pieces: Sequence[Piece], regions: Sequence[tuple[str, int, int]]) -> tuple[int, int] | None:
    """Choose the article or main that is the release: with most of the words, and the innermost of such."""
    total = _count(pieces)
    named = [one for one in regions if one[0] in {"article", "main"}]
    large = [
        (stop - start, start, stop) for _, start, stop in named or regions if _count(pieces[start:stop]) * 2 > total
    ]
    if not large:
        return None
    _, start, stop = min(large)
    return start, stop


def _count(pieces: Sequence[Piece]) -> int:
    return sum(len(words_of(piece)) for piece in pieces)


def press_contact(pieces: Sequence[Piece], first: int, last: int) -> set[int]:
    """Return the pieces between two that are a press contact beside the article."""
    start = next((i for i in range(first, last) if _names_press(pieces[i])), None)
    if start is None:
        return set()
    near = range(start, min(last, start + 6))
    reached = [i for i in near if any(parse_contact_line(line.text).reaches for line in pieces[i].lines())]
    return set(range(start, reached[-1] + 1)) if reached else set()


def _names_press(piece: Piece) -> bool:
    lines = piece.lines()
    return bool(lines) and len(lines[0].text.split()) <= 6 and PRESS_CONTACT.search(lines[0].text) is not None


def _above_headline(pieces: Sequence[Piece], inside: Sequence[int]) -> Iterator[int]:
    """Yield what stands above the one first heading of a page and is neither label nor date nor contact."""
    tops = [i for i in inside if isinstance(pieces[i].block, Heading) and pieces[i].block == _first_level(pieces[i])]
    if len(tops) != 1:
        return
    above = [i for i in inside if i < tops[0]]
    below = [pieces[i] for i in inside if i > tops[0]]
    if _count(below) < 1.5 * _count([pieces[i] for i in above]):
        return
    contacts = press_contact(pieces, above[0], tops[0]) if above else set()
    for i in above:
        lines = [line.text for line in pieces[i].lines()]
        keep = (
            bool(_dated_items(pieces[i]))
            or any(is_label_line(line) or find_date(line) or find_month(line) for line in lines)
            or isinstance(pieces[i].block, Image)
        )
        if not keep and (i not in contacts or pieces[i].is_heading or is_prose(pieces[i])):
            yield i


def _first_level(piece: Piece) -> Heading | None:
    return piece.block if isinstance(piece.block, Heading) and piece.block.level == 1 else None


def _other_news(pieces: Sequence[Piece], inside: Sequence[int]) -> Iterator[int]:
    """Yield the sections of other news: from their heading to the next one that is as high, or to a press contact."""
    level = 0
    for i in inside:
        block = pieces[i].block
        if isinstance(block, Heading):
            if level and block.level <= level:
                level = 0
            if not level and OTHER_NEWS.fullmatch(pieces[i].text):
                level = block.level
        elif level and (_names_press(pieces[i]) or not _listed(pieces[i])):
            level = 0
        if level:
            yield i


def _listed(piece: Piece) -> bool:
    """Return whether a piece could stand in a list of other news: links, short lines, pictures."""
    short = len(words_of(piece).split()) <= 25 or piece.linked > 0.5
    return isinstance(piece.block, ListBlock | Image | Table) or short


def _is_mailing(piece: Piece) -> bool:
    """Whether a block at the edge of a mail is of the program that sent it: how to see it, how to get no more."""
    return len(piece.text.split()) <= _MAILING_WORDS and MAILING.search(piece.text) is not None


def _is_page_line(piece: Piece) -> bool:
    text = words_of(piece)
    if isinstance(piece.block, Image) or not text:
        return False
    if isinstance(piece.block, ListBlock):
        items = [plain(item) for item in piece.block.items]
        if SHARE_ROW.fullmatch(" ".join(items)):
            return True
        return all(PAGE_LINE.fullmatch(item) for item in items) or bool(
            piece.linked and BREADCRUMB.fullmatch(" > ".join(items)) and len(text.split()) < _BAR_WORDS
        )
    return not isinstance(piece.block, Table | Quote) and (_is_bar(piece, text) or is_page_text(text))


def _is_bar(piece: Piece, text: str) -> bool:
    """Return whether a block is a bar of links, or other news under a line of its own."""
    lines = piece.lines()
    if len(lines) > 1 and OTHER_NEWS.fullmatch(lines[0].text) and (piece.linked > 0.3 or len(lines) > 2):
        return True
    if piece.linked > 0.5 and FILE.fullmatch(text):
        return True
    short = len(text.split()) <= _BAR_WORDS
    parts = [part for part in _BAR.split(plain(piece.inline)) if part.strip()]
    known = [PAGE_LINE.fullmatch(part) is not None for part in parts]
    return short and len(parts) > 1 and (all(known) or (piece.linked > 0.4 and any(known)))


def is_page_text(text: str) -> bool:
    """Return whether the words of a block are those of a page, and of no story."""
    return any(one.fullmatch(text) for one in (PAGE_LINE, BREADCRUMB, COPYRIGHT, SHARE_ROW, WIRE)) and not find_date(
        text[:40]
    )


def leave_out_page_lines(draft: Draft) -> None:
    """Take what only a page or a wire service has out of a text that was copied from one, and keep its words."""
    lines = [line for piece in draft.pieces for line in piece.lines()]
    edges = [piece for piece in (*draft.pieces[:1], *draft.pieces[-_EDGE:]) if _is_mailing(piece)]
    rows = [piece for piece in draft.pieces if WIRE.fullmatch(piece.text) or SHARE_ROW.fullmatch(piece.text)]
    wire = [line for piece in (*rows, *edges) for line in piece.lines()]
    page = [line for line in lines if PAGE_LINE.fullmatch(line.text)]
    gone = {line.number: line for line in wire}
    if len(page) >= _PAGE_LINES:  # one such line may well be a heading of the release
        gone.update({line.number: line for line in [*page, *_other_lines(lines)]})
    if not gone or len(gone) == len(lines):
        return
    left: list[Piece] = []
    for piece in draft.pieces:
        rest = piece.without(gone) if any(line.number in gone for line in piece.lines()) else piece
        left.extend([rest] if rest else [])
    draft.pieces = left
    ordered = [gone[number] for number in sorted(gone)]
    for line in ordered:
        draft.keep("page", line)
    words = ", ".join(f'"{line.text}"' for line in ordered)
    draft.say("left-out", f"left out as parts of a web page or a wire service: {words}", ordered[0].number)


def _other_lines(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines from a heading of other news to the end, where nobody can be reached in them."""
    half = len(lines) // 3
    start = next((i for i, line in enumerate(lines) if i > half and OTHER_NEWS.fullmatch(line.text)), len(lines))
    reached = any(parse_contact_line(line.text).reaches for line in lines[start:])
    return () if reached else lines[start:]
