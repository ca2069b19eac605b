"""Headlines: headline and subhead of a source that does not name them.

A source with headings says which one it is; in plain text it is the line of the head that is neither letterhead (an
organisation, an address, a page's own name) nor kicker, nor anything that another recogniser has taken. Called after
labels, embargo, dates and contacts are out of the way. What stands above the headline is kept as letterhead.

Gaps: a headline over four or more lines is cut after the third.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.release.head import count_length, head_length, head_range, is_all, is_prose, opens_story
from mailer.release.label_line import read_label_line
from mailer.release.people import parse_contact_line
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.section_headings import is_abbreviated
from mailer.release.values import Heading, Image, ListBlock, Paragraph, Table, plain
from mailer.release.words import pattern

_HEADLINE_WORDS = 45
_SUBHEAD_WORDS = 50
_SUBHEADS = 3
_HEADLINE_LINES = 3
_NAME_WORDS = 7  # an organisation's name has no more
_ADDRESS = re.compile(
    r"https?://|www\.|@|\b\d{5}(?:-\d{4})?\b|\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b|〒"
    r"|\b(?:Street|Avenue|Road|Suite|P\.?O\.?\s?Box|Postfach|rue|calle|Piazza|straße|strasse|straat|plein|laan)\b"
    r"|^\W*\d+[\s,]+(?:[A-Z]\w+\s?){1,4},",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"[»>›/|]\s*$|^\W*(?:home|accueil|startseite|inicio|início|ホーム)\b", re.IGNORECASE)
_AGENCY_MARKS = re.compile(r"(?P<mark>(?:Utl|Titel|Betreff|Thema)\.?:\s+)(?P<text>.*?)\s*=?$")
_MENU = re.compile(r"(?:[^|›»>·]{1,30}\s[|›»>·]\s){2,}[^|›»>·]{1,40}")
_OF = "of|for|in|de|des|du|di|del|della|dell|der|für|van|voor|da|do|e\\.?\\s?V"
_JAPANESE_NAME = re.compile(
    r"(?:(?:株式|有限|合同)会社|(?:公益|一般)?(?:財団|社団)法人|NPO法人|特定非営利活動法人|学校法人|国立大学法人)[^をがはにで、。]{1,25}"
    r"|[^をがはにで、。\s]{1,20}(?:株式会社|財団|大学|協会|研究所|市|県|区役所|市役所|委員会|機構|組合|連盟|事務局|広報[室課部])"
)
_CHROME = re.compile(
    r"\W*(?:skip to (?:main )?content|share|print|menu|search|\d+ min(?:ute)?s? read|author|home|press|published"
    r"|scroll to top|follow us|drucken|teilen|imprimer|partager|compartir|imprimir|condividi|stampa|delen|back to top"
    r"|zum inhalt|aller au contenu|back|zurück|retour|tags?|categor(?:y|ies))\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Lines of one piece that may be the headline."""

    index: int
    lines: tuple[Line, ...]
    piece: Piece

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def recognise_headline(draft: Draft) -> None:
    """Take the headline, then the subheads that stand right under it."""
    if not draft.wants("headline"):
        return
    chosen = _heading(draft) or _line(draft)
    if chosen is None:
        return
    text, label = _without_label(draft, chosen)
    draft.headline = text
    draft.found("headline", text, chosen.lines[0].number)
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
    _recognise_subhead(draft, at, same_piece=same_piece)


def _heading(draft: Draft) -> _Candidate | None:
    """Choose among the headings of the source: the highest that is no label and no name of the page."""
    start, stop = head_range(draft)
    found = [
        (piece.block.level, i)
        for i, piece in enumerate(draft.pieces)
        if isinstance(piece.block, Heading) and piece.text and _can_be_headline(piece.text)
    ]
    top = [one for one in found if one[0] == 1] or [one for one in found if start <= one[1] < stop]
    if not top:
        return None
    index = min(top)[1]
    later = [one for one in found if index < one[1] < stop and one[0] == 2]
    if later and _is_name(draft.pieces[index].text) and count_length(draft.pieces[later[0][1]].text) >= 4:
        index = later[0][1]  # the first heading is whose page it is
    piece = draft.pieces[index]
    return _Candidate(index, piece.lines(), piece)


def _can_be_headline(text: str) -> bool:
    read = read_label_line(text)
    if not read.rest or _CHROME.fullmatch(text):
        return False
    section = pattern(r"\W*(?:{notes}|{contacts}|{about_alone})\W*").fullmatch(text)
    return section is None


def _is_name(text: str) -> bool:
    """Say whether a heading is the name of a site or an organisation, and no sentence."""
    words = text.split()
    if len(words) <= 1:
        return True
    named = pattern(r"(?<!\w)(?:{organisation}|{genre})(?!\w)").search(text) is not None
    return named and len(words) <= _NAME_WORDS and all(word[:1].isupper() or len(word) <= 3 for word in words)


def _line(draft: Draft) -> _Candidate | None:
    """Choose among the lines of the head where no heading tells."""
    start, stop = head_range(draft)
    width = _width_of(draft)
    found = [one for i in range(start, stop) for one in _groups(draft.pieces[i], i, width)]
    found = [one for one in found if count_length(one.text) <= _HEADLINE_WORDS]
    if not found:
        return None
    labels = [kept.line for kept in draft.kept if kept.field in {"label", "date", "reference"}]
    labels += [one.line for one in draft.findings if one.field in {"label", "embargo", "date", "dateline"}]
    for i, one in enumerate(found):
        if not _is_letterhead(one, found[i + 1 :], labels):
            return one
    return found[-1]


def _groups(piece: Piece, index: int, width: int) -> list[_Candidate]:
    """Give the lines of a piece, those together that go on in the next one."""
    lines = piece.lines()
    if not isinstance(piece.block, Paragraph | Heading) or not lines:
        return []
    if piece.is_heading:
        return [_Candidate(index, lines, piece)]
    groups: list[list[Line]] = []
    for line in lines:
        goes_on = groups and len(groups[-1]) < _HEADLINE_LINES and _goes_on(groups[-1][-1].text, line.text, width)
        if goes_on:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_Candidate(index, tuple(group), piece) for group in groups]


def _width_of(draft: Draft) -> int:
    """Give the width at which an editor wrapped a text: that of its longest line, 0 where nothing is wrapped."""
    wrapped = [piece for piece in draft.pieces if len(piece.lines()) > 2 and is_prose(piece) and not piece.hard]
    return max((len(line.text) for piece in wrapped for line in piece.lines()), default=0)


def _is_letterhead(one: _Candidate, later: list[_Candidate], labels: list[int]) -> bool:
    """Say whether lines are an address, a menu, whose paper it is or a kicker, and something better follows."""
    text = one.text
    words = count_length(text)
    if parse_contact_line(text).reaches or _is_furniture(text):
        return True
    if any(re.match(rf"{re.escape(other.text)}\s+[-–—|]\s", text) for other in later):
        return True  # the title of a page: the headline, and whose page it is
    better = [other for other in later if count_length(other.text) >= 3 and not _is_address(other.text)]
    if not better:
        return False
    address = _is_address(text) and words <= 15
    if address or (_begins_with_genre(text) and words <= _NAME_WORDS + 2):
        return True
    return _stands_above(one, better, labels)


def _stands_above(one: _Candidate, better: list[_Candidate], labels: list[int]) -> bool:
    """Say whether lines are a name above the labels, or a kicker above a whole headline."""
    text = one.text
    words = count_length(text)
    last = max(other.lines[0].number for other in better)
    above = any(one.lines[-1].number < number < last for number in labels)
    ended = text.endswith((".", "!", "?")) and not is_abbreviated(text)
    if words <= _NAME_WORDS and (above or _is_organisation(text)) and not ended:
        return better[0].piece is not one.piece or above or _is_organisation(text)
    return words <= 3 and _is_kicker(one, better[0])


def _is_furniture(text: str) -> bool:
    """Say whether a line is a piece of a page's menu or path."""
    return any(search.fullmatch(text) for search in (_CHROME, _MENU)) or _TRAIL.search(text) is not None


def _is_kicker(one: _Candidate, better: _Candidate) -> bool:
    """Say whether a word or two in capitals, or with a colon, stand above a whole headline."""
    loud = one.text.isupper() and not better.text.isupper()
    longer = count_length(better.text) >= 5
    looks = is_all(better.piece, "strong") and not is_all(one.piece, "strong")
    return longer and (loud or one.text.endswith(":") or looks)


def _is_organisation(text: str) -> bool:
    if _JAPANESE_NAME.fullmatch(text):
        return True
    named = pattern(
        r"(?:.*(?<!\w)){organisation}(?:\W*|\s(?:{of})(?!\w).*)|{organisation}\s\S+(?:\s\S+)?".replace("{of}", _OF)
    )
    return named.fullmatch(text) is not None and all(
        word[:1].isupper() or len(word) <= 3 or not word[:1].isalpha() for word in text.split()
    )


def _begins_with_genre(text: str) -> bool:
    return pattern(r"\W*(?:{genre}|{immediate})(?!\w)").match(text) is not None


def _is_address(text: str) -> bool:
    return _ADDRESS.search(text) is not None


def _without_label(draft: Draft, chosen: _Candidate) -> tuple[str, str]:
    """Give a headline without «Press release:» before it, and those words."""
    text = chosen.text
    agency = _AGENCY_MARKS.match(text)  # «Utl.: … =», as agencies pass it on
    if agency and agency.group("text"):
        return agency.group("text"), agency.group("mark").strip()
    match = pattern(r"\W*(?P<label>{immediate}|{genre})\s*(?:[:：|]|\s[–—-]\s)\s*(?=\S)").match(text)
    if not match or count_length(text[match.end() :]) < 3 or chosen.piece.is_heading:
        return text, ""
    if not draft.label and draft.wants("label"):
        draft.label = match.group("label")
    return text[match.end() :], match.group().strip()


def _goes_on(first: str, second: str, width: int) -> bool:
    """Say whether a headline goes on in the next line; `width` is that of the wrapped text, 0 where none is."""
    if first.endswith((".", "!", "?", ":")) or first.isupper() != second.isupper():
        return False
    if width and len(first) >= 40 and len(first) + 1 + len(second.split(maxsplit=1)[0]) > width:
        return True
    small = pattern(r".*(?<!\w)(?:{stop}|and|as|at|after|but|or|und|,)").fullmatch(first) is not None
    return (
        small
        or first.endswith((",", "-", "–", "&"))
        or second[:1].islower()
        or (first.isupper() and second.isupper() and not _is_organisation(first))
    )


def _keep_lines_above(draft: Draft, chosen: _Candidate) -> int:
    """Keep the lines of the same piece that stand above the headline; gives where the headline then is."""
    above = [line for line in chosen.piece.lines() if line.number < chosen.lines[0].number]
    for line in above:
        draft.keep("letterhead", line)
    draft.take_lines(chosen.index, above)
    return chosen.index


def _keep_letterhead(draft: Draft, at: int) -> int:
    """Keep what stands above the headline; gives where the rest begins."""
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
        draft.say("unsure-letterhead", f"{kept} lines above the headline were taken as letterhead", number)
    if draft.guess:
        draft.pieces[:at] = rest
        return len(rest)
    return at


def _lines_of(piece: Piece) -> tuple[Line, ...]:
    """Give the words of a list or table as lines."""
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


def _recognise_subhead(draft: Draft, at: int, *, same_piece: bool) -> None:
    """Take the lines between the headline and the story."""
    if not draft.wants("subhead"):
        return
    subheads: list[str] = []
    while len(subheads) < _SUBHEADS and at < len(draft.pieces):
        piece = draft.pieces[at]
        lines = piece.lines()
        if not lines or not _can_be_subhead(draft, at, piece, first=not subheads):
            break
        own = (
            _groups(piece, at, _width_of(draft))[0].lines
            if same_piece and not subheads and not piece.is_heading
            else lines
        )
        text = " ".join(line.text for line in own)
        draft.found("subhead", text, own[0].number)
        subheads.append(text)
        draft.take_lines(at, own)
    draft.subhead = " ".join(subheads)


def _can_be_subhead(draft: Draft, at: int, piece: Piece, *, first: bool) -> bool:
    text = piece.text
    words = count_length(text)
    if is_prose(piece) and not _is_set_apart(piece, draft.pieces[at + 1 : at + 2]):
        return False
    if words > _SUBHEAD_WORDS or words < 2 or _CHROME.fullmatch(text) or parse_contact_line(text).reaches:
        return False
    if pattern(r"{statement}\s").match(text) or text.endswith(":") or not _can_be_headline(text):
        return False
    follows = draft.pieces[at + 1 :]
    if piece.is_heading:
        return _heading_is_subhead(piece, follows, first=first)
    if text.endswith((".", "”", '"', "?", "。", "»")) and not _is_set_apart(piece, follows[:1]):
        return bool(follows) and opens_story(follows[0])
    return any(is_prose(later) or not later.lines() for later in follows[:3])


def _is_set_apart(piece: Piece, follows: list[Piece]) -> bool:
    """Say whether a paragraph is all bold or all italic, and the next one is not."""
    looks = [look for look in ("strong", "emphasis") if is_all(piece, look)]
    return bool(looks) and bool(follows) and not any(is_all(follows[0], look) for look in looks)


def _heading_is_subhead(piece: Piece, follows: list[Piece], *, first: bool) -> bool:
    """Say whether a heading under the headline belongs to it, and does not open a section of the story.

    Where the story has other headings of that level, it is one of them.
    """
    if not follows or follows[0].is_heading or not isinstance(piece.block, Heading):
        return bool(follows) and first and follows[0].is_heading
    level = piece.block.level
    same = [one for one in follows if isinstance(one.block, Heading) and one.block.level == level]
    return not [one for one in same if _can_be_headline(one.text) and not _is_section(one.text)]


def _is_section(text: str) -> bool:
    return pattern(r"\W*(?:{notes}|{contacts}|{about}|{about_alone}|{end})(?!\w).*").fullmatch(text) is not None
