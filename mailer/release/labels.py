"""Labels: the lines above a release that say what it is, when it was issued and when it may be used.

Recognises the release label (FOR IMMEDIATE RELEASE), the embargo, the date, a place beside the date, and a reference
number, in the lines before the first paragraph of prose. A line counts only if nothing but these is in it.
"""

from __future__ import annotations

import re

from mailer.errors import Severity
from mailer.release.dates import find_date
from mailer.release.embargo import parse_embargo
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.values import Dateline, Heading, Paragraph
from mailer.release.words import months, pattern, weekdays

_NO_EMBARGO = re.compile(r"\b(?:no|not)\s+embargo|\bembargo\W+(?:none|no|n/a)\b", re.IGNORECASE)
_PROSE_WORDS = 25
_LABEL_WORDS = 25
_HEAD_PIECES = 15  # what stands further down is the story, however short its paragraphs are
_HEAD_LINES = 20  # a letterhead has no more lines in one block
_REFERENCE = re.compile(
    r"\b(?:[A-Z]{2,}-\d[\w-]+|(?:RELEASE|Release|Ref|REF|No|NO|Nr)\.?:?\s*(?:No\.?\s*)?\d[\w/-]*)(?!\S)"
)
_PUNCTUATION = re.compile(r"[\s.,:;|/–—()!*•-]+")


def head_length(draft: Draft) -> int:
    """Give how many pieces stand before the first prose (or list, table, quote)."""
    for i, piece in enumerate(draft.pieces[:_HEAD_PIECES]):
        if not isinstance(piece.block, Paragraph | Heading) or is_prose(piece):
            return i
    return min(_HEAD_PIECES, len(draft.pieces))


def is_prose(piece: Piece) -> bool:
    """Say whether a piece is a paragraph of running text, too long for a line of the letterhead."""
    longest = max((len(line.text.split()) for line in piece.lines()), default=0)
    words = len(piece.text.split())
    if piece.is_heading:
        return False
    return longest >= _PROSE_WORDS or (words >= _PROSE_WORDS and longest >= 9 and piece.text.endswith((".", "”", '"')))


def is_label_line(text: str) -> bool:
    """Say whether a line is a release label, an embargo or a date, and nothing else."""
    return bool(_embargo_word(text)) or _only_label(text)


def recognise_labels(draft: Draft) -> None:
    """Take label, embargo, date and reference out of the head."""
    index = 0
    while index < min(head_length(draft), len(draft.pieces)):
        piece = draft.pieces[index]
        taken = _take_embargo(draft, piece) if "embargo" not in draft.given else ()
        lines = piece.lines()[:_HEAD_LINES]
        for line in lines:
            if line not in taken and _take_line(draft, line, piece, lines):
                taken = (*taken, line)
        if taken:
            before = len(draft.pieces)
            draft.take_lines(index, taken)
            index -= before - len(draft.pieces)
        index += 1
    if draft.date is None and draft.embargo and draft.embargo.until and draft.wants("date"):
        draft.date = draft.embargo.until.date()


def _embargo_word(text: str) -> bool:
    if len(text.split()) > _LABEL_WORDS or _NO_EMBARGO.search(text):
        return False
    return pattern(r"(?<!\w){embargo}(?!\w)").search(text) is not None


def _take_embargo(draft: Draft, piece: Piece) -> tuple[Line, ...]:
    lines = piece.lines()[:_HEAD_LINES]
    start = next((i for i, line in enumerate(lines) if _embargo_word(line.text)), None)
    if start is None or draft.embargo or (piece.is_heading and not find_date(piece.text)):
        return ()
    best: tuple[Line, ...] = lines[start : start + 1]
    for stop in range(start + 1, min(start + 3, len(lines)) + 1):
        text = _REFERENCE.sub("", " ".join(line.text for line in lines[start:stop]))
        if parse_embargo(text)[0].until:
            best = lines[start:stop]
            break
    _set_embargo(draft, best)
    return best


def _set_embargo(draft: Draft, lines: tuple[Line, ...]) -> None:
    whole = " ".join(line.text for line in lines)
    text = " ".join(_REFERENCE.sub("", whole).split())
    draft.embargo, reason = parse_embargo(text)
    draft.label = draft.label or text
    draft.found("embargo", text, lines[0].number)
    if text != whole:
        for line in lines:
            for match in _REFERENCE.finditer(line.text):
                draft.keep("reference", Line(line.number, match.group()))
    say_embargo(draft, reason, lines[0].number)


def say_embargo(draft: Draft, reason: str, line: int) -> None:
    """Note what is unclear about an embargo; without a moment and a zone it stops a mailing (standards M4)."""
    if not reason or draft.embargo is None:
        return
    if draft.embargo.has_zone:
        draft.say("embargo-weekday", reason, line, Severity.WARNING)
        return
    code = "embargo-no-zone" if draft.embargo.until else "embargo-unclear"
    draft.say(code, reason, line, Severity.WARNING)


def _without_label(text: str) -> str:
    rest = pattern(r"(?<!\w)(?:{immediate}|{genre})(?!\w)").sub(" ", text, count=2)
    found = find_date(rest)
    rest = rest[: found.start] + " " + rest[found.end :] if found else rest
    rest = pattern(r"^\W*(?:{date_label})\s*:").sub(" ", rest)
    return _PUNCTUATION.sub("", _REFERENCE.sub(" ", rest))


def _only_label(text: str) -> bool:
    return any(map(str.isalnum, text)) and not _without_label(text)


def _take_line(draft: Draft, line: Line, piece: Piece, lines: tuple[Line, ...]) -> bool:
    """Take a line that is nothing but label, date, reference, or a place and a date; say whether it was one."""
    if len(line.text.split()) > _LABEL_WORDS:
        return False
    found = find_date(line.text)
    if _only_label(line.text) or _NO_EMBARGO.fullmatch(line.text) or _is_issued_line(line.text):
        _take_label(draft, line)
    elif not _take_place(draft, line, piece, lines):
        return False
    if found and draft.date is None and draft.wants("date"):
        draft.date = found.day
        draft.found("date", found.day.isoformat(), line.number)
        if found.doubt:
            draft.say("date-weekday", found.doubt, line.number, Severity.WARNING)
    return True


def _is_issued_line(text: str) -> bool:
    """Say whether a line says who issued the release when: `Issued by Example Trust on 4 February 2027`."""
    found = find_date(text)
    begins = pattern(r"\W*{date_label}(?!\w)").match(text)
    return found is not None and begins is not None and found.end >= len(text) - 1 and len(text.split()) <= 12


def _take_label(draft: Draft, line: Line) -> None:
    label = pattern(r"(?<!\w)(?:{immediate}|{genre})(?!\w)").search(line.text)
    if label and not draft.label and draft.wants("label"):
        draft.label = label.group()
        draft.found("label", draft.label, line.number)
    draft.keep("date" if find_date(line.text) else "label", line)


def _take_place(draft: Draft, line: Line, piece: Piece, lines: tuple[Line, ...]) -> bool:
    """Take a place that shares its line, or its few lines, with the date: `Eastport, 5 December 2018`."""
    if piece.is_heading or not draft.wants("dateline") or draft.dateline or len(lines) > 3:
        return False
    dates = [one for one in lines if find_date(one.text) and not _words_beside_date(one.text)]
    own = find_date(line.text)
    place = line.text[: own.start].strip(" ,–—-|") if own and own.end >= len(line.text) - 1 else line.text
    shares = bool(own and place) or (bool(dates) and line.number == dates[0].number - 1)
    if not shares or len(place.split()) > 6 or not all(word[:1].isupper() for word in place.split()):
        return False
    draft.dateline = parse_place(place)
    draft.keep("dateline", line)
    draft.found("dateline", place, line.number)
    return True


def _words_beside_date(text: str) -> str:
    return _without_label(text)


def parse_place(text: str) -> Dateline:
    """Read `CITY`, `CITY, REGION` or `House, CITY, REGION`; a date behind it is not part of the place."""
    names = {*months(), *weekdays()}
    parts = [part.strip() for part in text.partition(" (")[0].split(",")]
    places = [part for part in parts if part and not any(word.lower().strip(".") in names for word in part.split())]
    places = [part for part in places if not part[:1].isdigit()]
    if not places:
        return Dateline(text=text)
    if len(places) > 2:
        return Dateline(city=places[-2], region=places[-1], text=text)
    return Dateline(city=places[0], region=places[1] if len(places) > 1 else "", text=text)
