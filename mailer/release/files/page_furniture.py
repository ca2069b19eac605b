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
    MAILING,
    OTHER_NEWS,
    PAGE_LINE,
    PRESS_CONTACT,
    SHARE_ROW,
    WIRE,
)
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Piece
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
    match piece.block:
        case Image(alt=alt, caption=caption, credit=credit):
            parts = [alt if alt != caption else "", caption, credit]
        case Quote(paragraphs, speaker, role, organisation):
            parts = [*map(plain, paragraphs), speaker, role, organisation]
        case ListBlock(items):
            parts = [plain(item) for item in items]
        case Table(head, rows):
            parts = [plain(cell) for row in (head, *rows) for cell in row]
        case _:
            return piece.text
    return " ".join(" ".join(filter(None, parts)).split())


def leave_out_furniture(draft: Draft, regions: Sequence[tuple[str, int, int]]) -> None:
    """Leave out of a page what is not the release; `regions` are its articles and mains, as ranges of pieces."""
    pieces = draft.pieces
    gone: set[int] = set(_outside(pieces, regions))
    inside = [i for i in range(len(pieces)) if i not in gone]
    top = next((i for i, piece in enumerate(pieces) if _is_top(piece)), 0)
    gone.update(_above_headline(pieces, inside))
    gone.update(i for i in inside if top < i <= top + 1 and _is_link_bar(pieces[i]))
    gone.update(_other_news(pieces, [i for i in inside if i not in gone]))
    for i in range(len(pieces)):
        edge = i < _EDGE or i >= len(pieces) - 2 * _EDGE
        if i not in gone and (_is_page_line(pieces[i]) or (edge and _is_mailing(pieces[i]))):
            gone.add(i)
    if len(gone) == len(pieces):
        return
    for _, run in groupby(enumerate(sorted(gone)), lambda pair: pair[1] - pair[0]):  # one note for what is together
        together = [pieces[i] for _, i in run]
        if words := ", ".join(f'"{words}"' for piece in together if (words := words_of(piece))):
            draft.say("left-out", f"left out as part of the web page: {words}", together[0].line)
    draft.pieces = []
    for i, piece in enumerate(pieces):
        fields = _dated_items(piece) if i < top + _EDGE else ()
        if i not in gone:
            draft.pieces += [replace(piece, block=Paragraph(item)) for item in fields] or [piece]


def _is_top(piece: Piece) -> bool:
    return isinstance(piece.block, Heading) and piece.block.level == 1


def _dated_items(piece: Piece) -> tuple[Inline, ...]:
    """Return the items of a list in the head of a page, of which one is the day of the release."""
    items = piece.block.items if isinstance(piece.block, ListBlock) else ()
    texts = [" ".join(plain(item).split()) for item in items]
    dated = any(is_label_line(text) and find_date(text) for text in texts)
    return items if dated and all(len(text.split()) <= _FIELD_WORDS for text in texts) else ()


def _is_link_bar(piece: Piece) -> bool:
    """Return whether a line is nothing but links: right under the headline, what a reader may do with the page."""
    if not isinstance(piece.block, Paragraph) or not 1 < len(piece.text.split()) <= _FIELD_WORDS:
        return False
    told = parse_contact_line(piece.text).reaches or find_date(piece.text) or is_label_line(piece.text)
    return piece.linked > _ALL_LINKS and not told


def _outside(pieces: Sequence[Piece], regions: Sequence[tuple[str, int, int]]) -> Iterator[int]:
    """Yield what is outside the article or main that is the release: with most words, and the innermost of such."""
    named = [one for one in regions if one[0] in {"article", "main"}]
    half = _count(pieces) / 2
    large = [(stop - start, start, stop) for _, start, stop in named or regions if _count(pieces[start:stop]) > half]
    if not large:
        return
    _, start, stop = min(large)
    for first, last in ((0, start), (stop, len(pieces))):
        kept = press_contact(pieces, first, last)
        for i in range(first, last):
            block, text = pieces[i].block, pieces[i].text
            dated = i < start and is_label_line(text) and find_date(text)
            # the picture that a page shows above the article, and no logo
            shown = start - _EDGE <= i < start and isinstance(block, Image) and len(block.alt.split()) > 1
            is_hero = shown and isinstance(block, Image) and not _LOGO.search(f"{block.src} {block.alt}")
            if i not in kept and not dated and not is_hero:
                yield i


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
    tops = [i for i in inside if _is_top(pieces[i])]
    above = [i for i in inside if tops and i < tops[0]]
    below = [pieces[i] for i in inside if tops and i > tops[0]]
    if len(tops) != 1 or not above or _count(below) < 1.5 * _count([pieces[i] for i in above]):
        return
    contacts = press_contact(pieces, above[0], tops[0])
    for i in above:
        piece = pieces[i]
        lines = [line.text for line in piece.lines()]
        dated = any(is_label_line(line) or find_date(line) or find_month(line) for line in lines)
        if dated or isinstance(piece.block, Image) or _dated_items(piece):
            continue
        if i not in contacts or piece.is_heading or is_prose(piece):
            yield i


def _other_news(pieces: Sequence[Piece], inside: Sequence[int]) -> Iterator[int]:
    """Yield the sections of other news: from their heading to the next one that is as high, or to a press contact."""
    level = 0
    for i in inside:
        piece = pieces[i]
        if isinstance(piece.block, Heading):
            level = 0 if piece.block.level <= level else level
            if not level and OTHER_NEWS.fullmatch(piece.text):
                level = piece.block.level
        else:  # links, short lines, pictures
            listed = isinstance(piece.block, ListBlock | Image | Table) or piece.linked > 0.5
            if _names_press(piece) or not (listed or len(words_of(piece).split()) <= 25):
                level = 0
        if level:
            yield i


def _is_mailing(piece: Piece) -> bool:
    """Whether a block at the edge of a mail is of the program that sent it: how to see it, how to get no more."""
    return len(piece.text.split()) <= _MAILING_WORDS and MAILING.search(piece.text) is not None


def _is_page_line(piece: Piece) -> bool:
    text = words_of(piece)
    if isinstance(piece.block, Image | Table | Quote) or not text:
        return False
    short = len(text.split()) <= _BAR_WORDS
    if isinstance(piece.block, ListBlock):
        items = [plain(item) for item in piece.block.items]
        trail = piece.linked and short and BREADCRUMB.fullmatch(" > ".join(items))
        return bool(SHARE_ROW.fullmatch(" ".join(items)) or trail) or all(map(PAGE_LINE.fullmatch, items))
    lines = piece.lines()
    if OTHER_NEWS.fullmatch(lines[0].text) and (len(lines) > 2 or (len(lines) > 1 and piece.linked > 0.3)):
        return True  # other news under a line of its own
    parts = [part for part in _BAR.split(plain(piece.inline)) if part.strip()]
    known = [PAGE_LINE.fullmatch(part) is not None for part in parts]
    if short and len(parts) > 1 and (all(known) or (piece.linked > 0.4 and any(known))):
        return True  # a bar of links
    of_page = any(one.fullmatch(text) for one in (PAGE_LINE, BREADCRUMB, COPYRIGHT, SHARE_ROW, WIRE))
    return of_page and not find_date(text[:40])


def leave_out_page_lines(draft: Draft) -> None:
    """Remove what only a page or a wire service has from a text that was copied from one, and keep its words."""
    lines = [line for piece in draft.pieces for line in piece.lines()]
    wire = [piece for piece in draft.pieces if WIRE.fullmatch(piece.text) or SHARE_ROW.fullmatch(piece.text)]
    wire += [piece for piece in (*draft.pieces[:1], *draft.pieces[-_EDGE:]) if _is_mailing(piece)]
    gone = {line.number: line for piece in wire for line in piece.lines()}
    page = [line for line in lines if PAGE_LINE.fullmatch(line.text)]
    if len(page) >= _PAGE_LINES:  # one such line may well be a heading of the release
        gone |= {line.number: line for line in page}
    if not gone or len(gone) == len(lines):
        return
    rest = [
        piece.without(gone) if any(one.number in gone for one in piece.lines()) else piece for piece in draft.pieces
    ]
    draft.pieces = [piece for piece in rest if piece]
    ordered = [gone[number] for number in sorted(gone)]
    for line in ordered:
        draft.keep("page", line)
    words = ", ".join(f'"{line.text}"' for line in ordered)
    draft.say("left-out", f"left out as parts of a web page or a wire service: {words}", ordered[0].number)
