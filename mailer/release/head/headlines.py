"""Headlines: the headline of a source that does not name it.

A source with headings says which one it is; else `headline_lines` chooses among the lines of the head. Called after
labels, embargo, dates and contacts are out of the way. What stands above the headline is kept as letterhead; the
subheads are `subheads`'s.
"""

from __future__ import annotations

import re

from mailer.release.dateline_text import read_dateline_text
from mailer.release.head.headline_lines import (
    HEADLINE_WORDS,
    NAME_WORDS,
    TITLE_MARKS,
    Candidate,
    choose_line,
    groups_of,
    is_body_name,
    is_furniture,
    is_genre_of,
    is_organisation,
    width_of,
)
from mailer.release.head.label_line import read_label_line
from mailer.release.page_words import KICKER_NAME, LEAD_NAME, SUBHEAD_NAME
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Line, Piece, say_lost_links
from mailer.release.top import count_length, head_length, head_range, is_all, is_prose, opens_story
from mailer.release.values import Heading, Image, ListBlock, Paragraph, Table, plain
from mailer.release.words import pattern

_FROM = re.compile(
    r"(?:from|by|text|texto|texte|testo|tekst|foto|source|issued by|von|quelle|herausgeber|de|par|émetteur|fuente"
    r"|por|fonte|a cura di|van|bron|autor"
    r"|author|auteur"
    r"|配信元|発信元)\s?[:：]\s*.{2,60}|by (?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+){1,3}"
    r"|(?:news |content )?(?:provided|issued|released|distributed) by\b.{0,60}",
    re.IGNORECASE,
)
_SHOWN = 60  # characters by which a line is found again


def recognise_headline(draft: Draft) -> None:
    """Take the headline, then the subheads that stand right under it."""
    if not draft.wants("headline"):
        if draft.guess and draft.headline:
            _find_again(draft)
        return
    chosen = _heading(draft) or choose_line(draft)
    if chosen is None:
        return
    text, label = _without_label(draft, chosen)
    text += _take_rest(draft, chosen)
    draft.headline = text
    draft.found("headline", text, chosen.lines[0].number)
    say_lost_links(draft, "headline", text, chosen.piece.inline, chosen.lines[0].number)
    if label:
        draft.keep("label", Line(chosen.lines[0].number, label))
    if not chosen.piece.is_heading and chosen.index > 0:
        draft.say("unsure-headline", f'"{text}" was taken as the headline', chosen.lines[0].number)
    first_line = chosen.piece.lines()[0]
    at = chosen.index
    if chosen.lines[0].number != first_line.number:
        at = _keep_lines_above(draft, chosen)
    before = len(draft.pieces)
    draft.take_lines(at, chosen.lines)
    same_piece = len(draft.pieces) == before
    at = _keep_letterhead(draft, at)
    _drop_repeats(draft, at)
    same_piece = not _keep_names_below(draft, at) and same_piece
    recognise_subhead(draft, at, same_piece=same_piece)
    _keep_names_below(draft, at)


def _keep_names_below(draft: Draft, at: int) -> bool:
    """Keep as letterhead who issued the release, where that stands between its headline and the story."""
    before = len(draft.pieces)
    while at + 1 < len(draft.pieces):
        piece = draft.pieces[at]
        bare = isinstance(piece.block, Paragraph) and not is_prose(piece)
        short = 0 < count_length(piece.text) <= NAME_WORDS and not piece.text.endswith((".", ":", "!", "?", "”", "。"))
        named = is_body_name(piece.text) or _FROM.fullmatch(piece.text) is not None
        if not (bare and short and named) or not any(map(is_prose, draft.pieces[at + 1 : at + 4])):
            break
        for line in piece.lines():
            draft.keep("letterhead", line)
            draft.say("unsure-letterhead", f'"{line.text}" under the headline was taken as letterhead', line.number)
        del draft.pieces[at]
    return len(draft.pieces) < before


def _take_rest(draft: Draft, chosen: Candidate) -> str:
    """The words in which a headline goes on in a paragraph of its own, of the same look; they leave the draft."""
    below = draft.pieces[chosen.index + 1 : chosen.index + 2]
    if not below or chosen.lines[-1] != chosen.piece.lines()[-1]:
        return ""
    one, other = chosen.piece.block, below[0].block
    alike = any(is_all(chosen.piece, look) and is_all(below[0], look) for look in ("strong", "emphasis"))
    alike = alike or (isinstance(one, Heading) and isinstance(other, Heading) and one.level == other.level)
    goes_on = chosen.text.endswith(",") and below[0].text[:1].islower()
    if not alike or not goes_on or is_prose(below[0]) or count_length(below[0].text) > HEADLINE_WORDS:
        return ""
    del draft.pieces[chosen.index + 1]
    return f" {below[0].text}"


def _find_again(draft: Draft) -> None:
    """Take the headline off the text where the fields on top name it as well, and what stands under it."""
    stop = head_range(draft)[1]
    for i, piece in enumerate(draft.pieces[:stop]):
        if piece.inline and piece.text.casefold() == draft.headline.casefold():
            draft.keep("headline", Line(piece.line, piece.text))
            del draft.pieces[i]
            below = draft.pieces[i : i + 1]
            if below and draft.subhead and below[0].text.casefold() == draft.subhead.casefold():
                draft.keep("subhead", Line(below[0].line, below[0].text))
                del draft.pieces[i]
            recognise_subhead(draft, _keep_letterhead(draft, i), same_piece=False)
            return
    _keep_genre_above(draft)
    if draft.pieces[:1] and (draft.pieces[0].is_heading or is_set_apart(draft.pieces[0], draft.pieces[1:2])):
        recognise_subhead(draft, 0, same_piece=False)


def _keep_genre_above(draft: Draft) -> None:
    """Keep as letterhead a heading that says what it is and whose: “Medienmitteilung des Regierungsrates”."""
    first, below = draft.pieces[:1], draft.pieces[1:2]
    if first and first[0].is_heading and below and below[0].is_heading and is_genre_of(first[0].text):
        draft.keep("letterhead", Line(first[0].line, first[0].text))
        del draft.pieces[0]


def _heading(draft: Draft) -> Candidate | None:
    """Choose among the headings of the source: the highest that is no label and no name of the page."""
    start, stop = head_range(draft)
    found = [
        (piece.block.level, i)
        for i, piece in enumerate(draft.pieces)
        if isinstance(piece.block, Heading) and piece.text and _can_be_chosen(piece)
    ]
    top = [one for one in found if one[0] == 1] or [one for one in found if start <= one[1] < stop]
    if not top:
        return None
    index = min(top)[1]
    later = [one for one in found if index < one[1] < stop and one[0] == 2]
    if later and _is_name(draft.pieces[index].text) and count_length(draft.pieces[later[0][1]].text) >= 4:
        index = later[0][1]  # the first heading is whose page it is
    piece = draft.pieces[index]
    return Candidate(index, piece.lines(), piece)


def _can_be_chosen(piece: Piece) -> bool:
    return can_be_headline(piece.text) and not KICKER_NAME.search(piece.name)


def _is_name(text: str) -> bool:
    """Return whether a heading is the name of a site or an organisation, and no sentence."""
    words = text.split()
    if count_length(text) <= 1:
        return True
    named = pattern(r"(?<!\w)(?:{organisation}|{genre})(?!\w)").search(text) is not None
    return named and len(words) <= NAME_WORDS and all(word[:1].isupper() or len(word) <= 3 for word in words)


def _without_label(draft: Draft, chosen: Candidate) -> tuple[str, str]:
    """Return a headline without “Press release:” before it, and those words."""
    text = chosen.text
    agency = TITLE_MARKS.match(text)  # “Utl.: … =”, as agencies pass it on
    if agency and agency.group("text"):
        return agency.group("text"), agency.group("mark").strip()
    match = pattern(r"\W*(?P<label>{immediate}|{genre})\s*(?:[:：|]|\s[–—-]\s)\s*(?=\S)").match(text)
    if not match or count_length(text[match.end() :]) < 3:
        return text, ""
    if not draft.label and draft.wants("label"):
        draft.label = match.group("label")
    return text[match.end() :], match.group().strip()


def _keep_lines_above(draft: Draft, chosen: Candidate) -> int:
    """Keep the lines of the same piece that stand above the headline; return where the headline then is."""
    above = [line for line in chosen.piece.lines() if line.number < chosen.lines[0].number]
    for line in above:
        draft.keep("letterhead", line)
    draft.take_lines(chosen.index, above)
    return chosen.index


def _keep_letterhead(draft: Draft, at: int) -> int:
    """Keep what stands above the headline; return where the rest begins."""
    kept = 0
    rest: list[Piece] = []
    for piece in draft.pieces[:at]:
        if isinstance(piece.block, Image) or (is_prose(piece) and draft.guess):
            rest.append(piece)
            continue
        for line in piece.lines() or _lines_of(piece):
            draft.keep("letterhead", line)
            kept += 1
    if kept:
        number = draft.kept[-1].line
        said = f'"{_shown(draft.kept[-1].text)}", a line' if kept == 1 else f"{kept} lines"
        draft.say("unsure-letterhead", f"taken as letterhead: {said} above the headline", number)
    if draft.guess:
        draft.pieces[:at] = rest
        return len(rest)
    return at


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"


def _lines_of(piece: Piece) -> tuple[Line, ...]:
    """Return the words of a list or table as lines."""
    block = piece.block
    if isinstance(block, ListBlock):
        return tuple(Line(piece.line, " ".join(plain(item).split())) for item in block.items)
    if isinstance(block, Table):
        rows = (row for row in (block.head, *block.rows) if row)
        return tuple(Line(piece.line, " ".join(plain(cell) for cell in row)) for row in rows)
    return ()


def _drop_repeats(draft: Draft, at: int) -> None:
    """Keep a second copy of the headline beside it: a page shows it in its path, a letter above its text."""
    for i in range(min(max(at + 2, head_length(draft)), len(draft.pieces)) - 1, at - 1, -1):
        piece = draft.pieces[i]
        if piece.inline and piece.text == draft.headline:
            draft.keep("headline", Line(piece.line, piece.text))
            del draft.pieces[i]


# Subheads: the lines between a headline and the story.

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
_SENTENCE = re.compile(r"[.?。]$|[.!?,。][”\"»]$|^[“\"«„].*[”\"»“]$")  # “… a “quiet crisis”” is none
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
        return False  # “Eastport (xyz)” with a line of its own
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
