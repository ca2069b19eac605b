"""Subheads: the lines between a headline and the story.

Owns whether a line, a bold paragraph or a heading under the headline belongs to it, and does not open the story, a
section or a list of facts. Takes them out of the draft.
"""

from __future__ import annotations

import re

from mailer.release.dateline_text import read_dateline_text
from mailer.release.head.headline_lines import groups_of, is_furniture, is_organisation, width_of
from mailer.release.head.label_line import read_label_line
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Piece, say_lost_links
from mailer.release.top import count_length, is_all, is_prose, opens_story
from mailer.release.values import Heading, Image, ListBlock, plain
from mailer.release.words import pattern
from mailer.release.words.pages import LEAD_NAME, SUBHEAD_NAME

_WORDS = 50
_MOST = 3
_ITEMS, _ITEM_WORDS = 5, 30
_DECK_WORDS = 16
_LEAD_WORDS, _LEAD_STORY = 35, 8
_TWO = re.compile(r"[^\W\d_]{3}[.!?]\s+[^\W\d_a-z]|。.")  # sentences
_TIMES = 1.6
_LONG_WORDS = 5  # a heading under the headline that is so much longer than those of sections is none of them
_BULLET = re.compile(r"[•◦▪●○■□◆◇►▶‣⁃∙·➢✓*–—-]\s+")
_SECTION = re.compile(r"[【■◆●▼□◇]|[〔［]")  # a Japanese heading of a section
_SPAN = re.compile(  # from when to when an exhibition is open stands under its subhead
    r"(?<!\d)\d{1,2}\.?(?:\s[^\W\d_]+)?(?:\s\d{4})?(?:\s?[–-]\s?|\s(?:to|until|bis|au|al|a|tot|t/m)\s)\d{1,2}\.?\s[^\W\d_]"
)
_SENTENCE = re.compile(r"[.?。]$|[.!?,。][”\"»]$|^[“\"«„].*[”\"»“]$")  # «… a “quiet crisis”» is none
_SENTENCE_WORDS = 7
_STOPS = (".", "”", '"', "?", "。", "»")
_LEAST = 4  # words of one that nothing sets apart


def recognise_subhead(draft: Draft, at: int, *, same_piece: bool) -> None:
    """Take the lines between the headline and the story."""
    if not draft.wants("subhead"):
        return
    subheads: list[str] = []
    named = False
    at += _is_picture_between(draft, at)
    while len(subheads) < _MOST and at < len(draft.pieces):
        piece = draft.pieces[at]
        if named and not SUBHEAD_NAME.search(piece.name):
            break  # the page itself says which one it is
        named = SUBHEAD_NAME.search(piece.name) is not None
        lines = piece.lines()
        if isinstance(piece.block, ListBlock) and _is_deck(piece.block, draft.pieces[at + 1 : at + 2]):
            texts = [" ".join(plain(item).split()) for item in piece.block.items]
            subheads.extend(text if text.endswith((".", "!", "?", ";")) else f"{text};" for text in texts)
            subheads[-1] = subheads[-1].removesuffix(";")
            draft.found("subhead", texts[0], piece.line)
            del draft.pieces[at]
            break
        if not lines or not _can_be_subhead(draft, at, piece, first=not subheads):
            break
        own = (
            groups_of(piece, at, width_of(draft))[0].lines
            if same_piece and not subheads and not piece.is_heading
            else lines
        )
        text = _joined([line.text for line in own])
        draft.found("subhead", text, own[0].number)
        say_lost_links(draft, "subhead", text, piece.inline, own[0].number)
        subheads.append(text)
        draft.take_lines(at, own)
    draft.subhead = " ".join(subheads)


def _is_picture_between(draft: Draft, at: int) -> bool:
    """Return whether a picture with all its words stands between the headline and what is set apart as its subhead.

    Behind a picture without a caption, what is set apart may be just that, unless a dateline follows or it is named.
    """
    if len(draft.pieces) < at + 3 or not isinstance(draft.pieces[at].block, Image):
        return False
    picture, deck, story = draft.pieces[at : at + 3]
    if deck.is_heading or SUBHEAD_NAME.search(deck.name):
        return True
    captioned = isinstance(picture.block, Image) and bool(picture.block.caption)
    return is_set_apart(deck, [story]) and (captioned or opens_story(story))


def _joined(lines: list[str]) -> str:
    """Return lines as one; those with a bullet before each are sentences of their own."""
    bare = [_BULLET.sub("", line) for line in lines]
    if len(lines) < 2 or any(line == text for line, text in zip(lines, bare, strict=True)):
        return " ".join(lines)
    return "; ".join(bare)


def _is_deck(block: ListBlock, follows: list[Piece]) -> bool:
    """Return whether a list under the headline sums the story up, which begins behind it."""
    short = len(block.items) <= _ITEMS and all(count_length(plain(item)) <= _ITEM_WORDS for item in block.items)
    return short and not block.ordered and bool(follows) and is_prose(follows[0])


def _can_be_subhead(draft: Draft, at: int, piece: Piece, *, first: bool) -> bool:
    follows = draft.pieces[at + 1 :]
    apart = is_set_apart(piece, follows[:1])
    named = SUBHEAD_NAME.search(piece.name) is not None
    least = 2 if first and (piece.is_heading or apart) else _LEAST
    named = named or (first and _is_named_lead(piece, follows))
    story = is_prose(piece) and not (named or (apart and not _is_lead(piece)))
    if story or not least <= count_length(piece.text) <= _WORDS:
        return False
    if not _may_be_one(piece.text) or (not first and _SPAN.search(piece.text)):
        return False
    if len(piece.lines()) > 1 and all(_BULLET.match(line.text) for line in piece.lines()):
        return first and any(map(is_prose, follows[:1]))
    if named or piece.is_heading:
        return named or _heading_is_subhead(piece, follows, first=first)
    if _SENTENCE.search(piece.text) and not apart:
        return bool(follows) and (opens_story(follows[0]) or (first and _is_short_deck(piece.text, follows[0])))
    told = apart and first and any(map(_is_sentence, follows[:1]))
    return told or any(is_prose(later) or not later.lines() for later in follows[:3])


def _is_named_lead(piece: Piece, follows: list[Piece]) -> bool:
    """Return whether a paragraph that its page calls the lead is one sentence above a story of more paragraphs."""
    alone = LEAD_NAME.search(piece.name) and not any(LEAD_NAME.search(one.name) for one in follows[:1])
    one = count_length(piece.text) <= _LEAD_WORDS and not _TWO.search(piece.text) and not opens_story(piece)
    story = [later for later in follows if not later.is_heading and count_length(later.text) >= _LEAD_STORY]
    return bool(alone) and one and len(story) > 1 and any(map(_is_sentence, story))


def _is_lead(piece: Piece) -> bool:
    """Return whether a paragraph that is set apart is the first of the story: more than one sentence, and long."""
    return not piece.is_heading and count_length(piece.text) > _LEAD_WORDS and _TWO.search(piece.text) is not None


def _is_short_deck(text: str, story: Piece) -> bool:
    """Return whether one short sentence stands above a paragraph that is much longer: few stories open so."""
    return count_length(text) <= _DECK_WORDS and not re.search(r"[.!?]\s", text) and _is_longer(story)


def _is_sentence(story: Piece) -> bool:
    """Return whether a paragraph is a sentence at least, though too short to be told as prose by its length."""
    return not story.is_heading and story.text.endswith(_STOPS) and count_length(story.text) > _DECK_WORDS


def _is_longer(story: Piece) -> bool:
    return is_prose(story) and count_length(story.text) > _DECK_WORDS + 4


def _may_be_one(text: str) -> bool:
    """Return whether nothing in the words themselves speaks against a subhead."""
    dateline = read_dateline_text(f"{text} – Story") if text.endswith((")", "/")) else None
    if dateline is not None and dateline.names and dateline.end > len(text):
        return False  # «Eastport (xyz)» with a line of its own
    data = (
        is_organisation(text) or parse_contact_line(text).reaches or pattern(r"{statement}\s").match(text) is not None
    )
    return not data and not _SECTION.match(text) and not text.endswith((":", "：")) and can_be_headline(text)


def is_set_apart(piece: Piece, follows: list[Piece]) -> bool:
    """Return whether a paragraph is all bold or all italic, and the next one is not."""
    looks = [look for look in ("strong", "emphasis") if is_all(piece, look)]
    return bool(looks) and bool(follows) and not any(is_all(follows[0], look) for look in looks)


def _heading_is_subhead(piece: Piece, follows: list[Piece], *, first: bool) -> bool:
    """Return whether a heading under the headline belongs to it, and does not open a section of the story.

    Where the story has other headings of that level, it is one of them, unless it is longer; beside a single one a
    whole sentence is a subhead: a release with sections of such length has more of them.
    """
    if not follows or follows[0].is_heading or not isinstance(piece.block, Heading):
        return bool(follows) and first and follows[0].is_heading
    level = piece.block.level
    same = [one for one in follows if isinstance(one.block, Heading) and one.block.level == level]
    others = [one.text for one in same if can_be_headline(one.text) and not _is_section(one.text)]
    words = count_length(piece.text)
    longer = all(words > _TIMES * count_length(text) for text in others)
    alone = len(others) == 1 and words >= _SENTENCE_WORDS
    return (longer and not others) or (first and (alone or (longer and words >= _LONG_WORDS)))


def _is_section(text: str) -> bool:
    return pattern(r"\W*(?:{notes}|{contacts}|{about}|{about_alone}|{end})(?!\w).*").fullmatch(text) is not None


def can_be_headline(text: str) -> bool:
    """Return whether a text can be a headline: no label, no date, no furniture of a page, no heading of a section."""
    read = read_label_line(text)
    if not read.rest or is_furniture(text):
        return False
    section = pattern(r"\W*(?:{notes}|{contacts}|{about_alone})\W*").fullmatch(text)
    return section is None
