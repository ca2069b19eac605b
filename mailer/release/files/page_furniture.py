"""Page furniture: the parts of a page that do not belong to the release.

Owns leaving out the parts outside the article, above its headline or under a heading of other news, and the lines that
only a page has. All of it is reported; labels, dates and press contacts are never left out.

Gaps: on a page without article, main or a first heading, only parts that are recognised by their words are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice, takewhile

from mailer import lazy_re as re
from mailer.release.head.labels import is_label_line
from mailer.release.people import has_name, is_surely_name, parse_contact_line
from mailer.release.pieces import Draft, Piece
from mailer.release.sections import is_about_heading, is_contact_heading, is_end_mark, is_notes_heading
from mailer.release.times import find_date, find_month
from mailer.release.top import count_length, is_prose
from mailer.release.values import Heading, Image, Inline, ListBlock, Paragraph, Quote, Table, block_inlines, plain
from mailer.release.words import (
    BREADCRUMB,
    COPYRIGHT,
    MAILING,
    OTHER_NEWS,
    PAGE_LINE,
    PRESS_CONTACT,
    SHARE_ROW,
    WIRE,
    pattern,
)

_BAR = re.compile(r"\s[|·•»›>/–-]\s|\s{2,}|[\n\t]|\]\s*\[")
_LOGO = re.compile(r"logo|\.svg|icon", re.IGNORECASE)
_EDGE = 3  # pieces at the beginning, twice as many at the end, that may be a mailing program's
_BAR_WORDS, _MAILING_WORDS, _FIELD_WORDS = 40, 45, 6
_ALL_LINKS, _MOSTLY_LINKS, _HALF_LINKS = 0.98, 0.6, 0.4  # of the letters of a line
_LABEL, _NEAR = 30, 200  # first characters of a paragraph that may have its label, and its date
_PRESS_LINES = 3  # of a card that may name the press office
_LINE_LEVEL = 7  # level of a line that is a heading only by its words
_BELOW = 8  # pieces under the headline that may be of the page
_TAIL_LINKS = 3  # so many links at the end belong to the page
_SENTENCE_WORDS, _TEASER_WORDS, _STOPS = 6, 60, '.!?:。”"»)'
_TITLE_PARTS = re.compile(r"\s*[|｜»«›:：•·]\s*|\s+[–—~-]+\s+")
_MOST_PARTS, _REPEATED = 6, 3  # words of a heading that is recognised as the title
_PAGE_LINES = 3  # a text with so many lines of a page was copied from one


def words_of(piece: Piece) -> str:
    """Return all words of a piece of any kind, on one line."""
    parts = [*map(plain, block_inlines(piece.block))]
    match piece.block:
        case Image(alt=alt, caption=caption, credit=credit):
            parts = [alt if alt != caption else "", caption, credit]
        case Quote(speaker=speaker, role=role, organisation=organisation):
            parts += [speaker, role, organisation]
    return " ".join(" ".join(filter(None, parts)).split())


def _texts(piece: Piece) -> list[str]:
    """Return the lines of a paragraph, a heading or the items of a list."""
    items = piece.block.items if isinstance(piece.block, ListBlock) else ()
    return [line.text for line in piece.lines()] or [line for item in items for line in plain(item).split("\n")]


def leave_out_furniture(draft: Draft, regions: Sequence[tuple[str, int, int]]) -> None:
    """Leave out the parts of a page outside the release; `regions` are its articles and mains, as ranges of pieces."""
    pieces = draft.pieces
    named = _mark_headline(pieces, draft.title)
    removed: set[int] = set(_outside(pieces, regions)) - {named}
    inside = [i for i in range(len(pieces)) if i not in removed]
    top = next((i for i, piece in enumerate(pieces) if _is_top(piece)), 0)
    removed.update(_above_headline(pieces, inside))
    below = takewhile(lambda i: not is_prose(pieces[i]), (i for i in inside if i > top))
    removed.update(i for i in islice(below, _BELOW) if _is_link_bar(pieces[i]))
    removed.update(_other_news(pieces, [i for i in inside if i not in removed]))
    for i in range(len(pieces)):
        edge = i < _EDGE or i >= len(pieces) - 2 * _EDGE
        if i not in removed and (_is_page_line(pieces[i]) or (edge and _is_mailing(pieces[i]))):
            removed.add(i)
    removed.update(_tail(pieces, removed, top))
    if len(removed) == len(pieces):
        return
    for _, run in groupby(enumerate(sorted(removed)), lambda pair: pair[1] - pair[0]):  # one note for adjacent pieces
        together = [pieces[i] for _, i in run]
        if words := ", ".join(f'"{words}"' for piece in together if (words := words_of(piece))):
            draft.report("left-out", f"left out as part of the web page: {words}", together[0].line)
    draft.pieces = []
    for i, piece in enumerate(pieces):
        fields = _dated_items(piece) if i < top + _EDGE else ()
        if i not in removed:
            draft.pieces += [replace(piece, block=Paragraph(item)) for item in fields] or [piece]


def _mark_headline(pieces: list[Piece], title: str) -> int:
    """Mark the piece that repeats the title of the page, often without the site's name, as the main heading.

    Return its index, -1 if there is none.
    """

    def letters(text: str) -> str:
        return "".join(filter(str.isalnum, text.casefold()))

    parts = [part for part in _TITLE_PARTS.split(title) if part.strip()][:_MOST_PARTS]
    joined = {letters("".join(parts[:at])) for at in range(1, len(parts) + 1)}
    joined |= {letters("".join(parts[at:])) for at in range(len(parts))}
    story = next((i for i, piece in enumerate(pieces) if _is_top(piece)), len(pieces))
    found: list[tuple[bool, bool, int, int]] = []
    for i, piece in enumerate(pieces):
        few = count_length(piece.text) < (_REPEATED if piece.is_heading else _REPEATED + 2)  # as a name of the site has
        if not few and letters(piece.text) in joined and not is_label_line(piece.text):
            found.append((piece.linked < _ALL_LINKS, piece.is_heading, len(piece.text), -i))
    at = -max(found)[-1] if found else story
    if not found or (story < len(pieces) and at < story and pieces[story].linked < _ALL_LINKS):
        return -1  # or it is a section's name above the main heading
    for i, piece in enumerate(pieces):
        if i == at:
            pieces[i] = replace(piece, block=Heading(piece.inline, 1))
        elif isinstance(piece.block, Heading) and piece.block.level == 1 and i < at:
            pieces[i] = replace(piece, block=Heading(piece.inline, 2))
    return at


def _is_top(piece: Piece) -> bool:
    return isinstance(piece.block, Heading) and piece.block.level == 1


def _dated_items(piece: Piece) -> tuple[Inline, ...]:
    """Return the items of a list in the head of a page if one is the day of the release."""
    items = piece.block.items if isinstance(piece.block, ListBlock) else ()
    texts = [" ".join(plain(item).split()) for item in items]
    dated = any(is_label_line(text) and find_date(text) for text in texts)
    return items if dated and all(len(text.split()) <= _FIELD_WORDS for text in texts) else ()


def _is_link_bar(piece: Piece) -> bool:
    """Return whether a line or a list is only links, which below the headline are actions on the page."""
    texts, most = _texts(piece), 2 * _FIELD_WORDS if ":" in piece.text else _FIELD_WORDS
    if not isinstance(piece.block, Paragraph | ListBlock) or any(len(text.split()) > most for text in texts):
        return False
    is_content = any(parse_contact_line(text).reaches or find_date(text) or is_label_line(text) for text in texts)
    return piece.linked > (_MOSTLY_LINKS if ":" in piece.text else _ALL_LINKS) and not is_content


def _outside(pieces: Sequence[Piece], regions: Sequence[tuple[str, int, int]]) -> Iterator[int]:
    """Yield the pieces outside the release: outside the innermost article or main with most of the words."""
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
            # the picture above the article, unless it is a logo
            shown = start - _EDGE <= i < start and isinstance(block, Image) and len(block.alt.split()) > 1
            is_hero = shown and isinstance(block, Image) and not _LOGO.search(f"{block.src} {block.alt}")
            if i not in kept and not dated and not is_hero:
                yield i


def _count(pieces: Sequence[Piece]) -> int:
    return sum(len(words_of(piece)) for piece in pieces)


def press_contact(pieces: Sequence[Piece], first: int, last: int) -> set[int]:
    """Return those of a range of pieces that are a press contact beside the article, or that of a named person."""
    for start in range(first, last):
        lines = pieces[start].lines()
        near = range(start, min(last, start + 6))
        named = bool(lines) and is_contact_heading(lines[0].text)
        named = named and any(has_name(text.replace("\t", ", ")) for i in near for text in _texts(pieces[i]))
        if named or _names_press(pieces[start]):
            with_contact = [i for i in near if any(parse_contact_line(text).reaches for text in _texts(pieces[i]))]
            if with_contact:
                above = start - 1  # its headings
                while above >= first and pieces[above].is_heading and not pieces[above].linked:
                    above -= 1
                return set(range(above + 1, with_contact[-1] + 1))
    return set()


def _names_press(piece: Piece) -> bool:
    labels = [re.split("[:：•|]", line.text)[0] for line in piece.lines()[:_PRESS_LINES]]
    return any(PRESS_CONTACT.search(label) for label in labels if len(label.split()) <= _FIELD_WORDS)


def _above_headline(pieces: Sequence[Piece], inside: Sequence[int]) -> Iterator[int]:
    """Yield the pieces above a page's only main heading, except for labels, dates and contacts."""
    tops = [i for i in inside if _is_top(pieces[i])]
    above = [i for i in inside if tops and i < tops[0]]
    below = [pieces[i] for i in inside if tops and i > tops[0]]
    if len(tops) != 1 or not above or _count(below) < 1.5 * _count([pieces[i] for i in above]):
        return
    contacts = press_contact(pieces, above[0], tops[0])
    for i in above:
        piece = pieces[i]
        lines = [part.strip() for part in re.split(r"[\n\t\u2028]", plain(piece.inline)) if part.strip()]
        dated = any(is_label_line(line) or find_date(line) or find_month(line) for line in lines)
        if dated or isinstance(piece.block, Image) or _dated_items(piece):
            continue
        announced = piece.is_heading and is_contact_heading(piece.text)
        if i not in contacts or (piece.is_heading and not announced) or is_prose(piece):
            yield i


def _other_news(pieces: Sequence[Piece], inside: Sequence[int]) -> Iterator[int]:
    """Yield the sections of other news: from their heading to the next of that level, or to a press contact.

    A line counts as a heading if links or pictures are right below it.
    """
    level = 0
    for i in inside:
        piece = pieces[i]
        below = pieces[i + 1] if i + 1 < len(pieces) else piece
        if isinstance(piece.block, Heading):
            level = 0 if piece.block.level <= level else level
            if not level and OTHER_NEWS.fullmatch(piece.text):
                level = piece.block.level
        elif OTHER_NEWS.fullmatch(piece.text) and (below.linked > _MOSTLY_LINKS or isinstance(below.block, Image)):
            level = level or _LINE_LEVEL
        else:  # links, short lines, pictures
            listed = isinstance(piece.block, ListBlock | Image | Table) or piece.linked > 0.5
            if _names_press(piece) or not (listed or len(words_of(piece).split()) <= 25):
                level = 0
        if level:
            yield i


def _is_mailing(piece: Piece) -> bool:
    """Return whether a block at the edge of a mail is its program's: the web version, the opt-out."""
    return len(piece.text.split()) <= _MAILING_WORDS and MAILING.search(piece.text) is not None


def _tail(pieces: Sequence[Piece], gone: set[int], top: int) -> Iterator[int]:
    """Yield the links, buttons and teasers at the end of a page; no part of the release is behind the first."""
    start = links = heads = 0
    reached = [i for i, one in enumerate(pieces) if any(parse_contact_line(text).reaches for text in _texts(one))]
    owners = [
        i
        for i in reached
        if not (_names_press(pieces[i]) or any("@" in one or is_surely_name(one) for one in _texts(pieces[i])))
    ]
    for i in range(len(pieces) - 1, top, -1):
        piece, block, words = pieces[i], pieces[i].block, words_of(pieces[i]).split()
        share = _HALF_LINKS if ":" in piece.text[:_LABEL] else _MOSTLY_LINKS  # “Tags: pool, winter”
        changed = isinstance(block, Paragraph) and pattern(r"\W*(?:\w+\s){0,3}{date_updated}(?!\w)").match(piece.text)
        if changed and any(find_date(one.text[:_NEAR]) for one in pieces[: top + _BELOW]):
            start, links = i, links + _TAIL_LINKS
        elif i in owners and reached[0] < i:
            continue  # the number of a site's owner
        elif i in gone:
            start, links = i, links + 1
        elif piece.linked > share and not _is_of_release(piece):
            start, links = i, links + (len(block.items) if isinstance(block, ListBlock) else 1)
        elif isinstance(block, Heading) and start == i + 1 and not _is_of_release(piece):
            start, links, heads = i, links + (heads > 0), heads + 1
        elif pieces[i - 1].linked > _ALL_LINKS and i not in reached and len(words) <= _TEASER_WORDS:
            continue  # a teaser under its title
        elif _is_of_release(piece) or is_prose(piece) or (len(words) >= _SENTENCE_WORDS and words[-1][-1] in _STOPS):
            break
    if links >= _TAIL_LINKS:
        yield from (i for i in range(start, len(pieces)) if i not in gone)


def _is_of_release(piece: Piece) -> bool:
    """Return whether a piece belongs to the release: a contact, a label, an end mark, the heading of a section."""
    lines = _texts(piece)
    if isinstance(piece.block, Quote | Table) or not lines:
        return isinstance(piece.block, Quote | Table)
    headed = is_end_mark(lines[0]) or is_notes_heading(lines[0]) or is_about_heading(lines[0])
    contents = (parse_contact_line(line).reaches or (is_label_line(line) and find_date(line)) for line in lines)
    has_contact_link = any(span.url.startswith(("mailto:", "tel:")) for span in piece.inline)
    return headed or is_contact_heading(lines[0]) or has_contact_link or any(contents)


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
    is_page = any(one.fullmatch(text) for one in (PAGE_LINE, BREADCRUMB, COPYRIGHT, SHARE_ROW, WIRE))
    return is_page and not find_date(text[:40])


def leave_out_page_lines(draft: Draft) -> None:
    """Remove the lines of a page or a wire service from a text that was copied from one, and keep their words."""
    lines = [line for piece in draft.pieces for line in piece.lines()]
    wire = [piece for piece in draft.pieces if WIRE.fullmatch(piece.text) or SHARE_ROW.fullmatch(piece.text)]
    wire += [piece for piece in (*draft.pieces[:1], *draft.pieces[-_EDGE:]) if _is_mailing(piece)]
    gone = {line.number: line for piece in wire for line in piece.lines()}
    page = [line for line in lines if PAGE_LINE.fullmatch(line.text)]
    if len(page) >= _PAGE_LINES:  # one such line may well be a heading of the release
        gone |= {line.number: line for line in page}
    if not gone or len(gone) == len(lines):
        return
    rest = [each.without(gone) if any(one.number in gone for one in each.lines()) else each for each in draft.pieces]
    draft.pieces = [piece for piece in rest if piece]
    ordered = [gone[number] for number in sorted(gone)]
    for line in ordered:
        draft.keep("page", line)
    words = ", ".join(f'"{line.text}"' for line in ordered)
    draft.report("left-out", f"left out as parts of a web page or a wire service: {words}", ordered[0].number)
