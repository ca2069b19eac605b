"""Datelines: the place, and perhaps the day, that opens the first paragraph.

Recognises `EASTPORT, 24 November – The …`, `Ottawa, Canada, June 25, 2008 - …` and a place in bold before the text, and
takes it off the paragraph. A sentence that merely has a dash in it is left alone: a dateline is in capitals, or has a
date, or is set apart by its source.
"""

from __future__ import annotations

import re
from functools import cache

from mailer.errors import Severity
from mailer.release.dates import find_date
from mailer.release.labels import parse_place
from mailer.release.pieces import Draft, Piece
from mailer.release.values import Paragraph, plain
from mailer.release.words import months

_PLACE = r"[^\W\d_a-zß-öø-ÿ][\w.'’-]*(?:[ ][^\W\d_a-zß-öø-ÿ][\w.'’-]*){0,4}"
_DASH = r"\s*(?:\([^()]{2,40}\)\s*)?(?:[–—―]|\s-{1,2}(?=\s)|--)\s*"
_WITHIN = 3  # the dateline stands in one of the first pieces of the story


@cache
def _pattern() -> re.Pattern[str]:
    month = "|".join(sorted((re.escape(name) for name in months()), key=len, reverse=True))
    named = rf"\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:{month})\b\.?|(?:{month})\b\.?\s+\d{{1,2}}(?:st|nd|rd|th)?"
    day = rf"(?i:(?:{named})(?:,?\s+\d{{4}})?|\d{{1,2}}\.\d{{1,2}}\.\d{{4}}|\d{{4}}-\d\d-\d\d)"
    return re.compile(
        rf"\s*(?P<all>(?P<place>{_PLACE}(?:,\s*{_PLACE}){{0,2}})(?P<date>,?\s*\(?{day}\)?)?){_DASH}(?=\S)"
    )


def recognise_dateline(draft: Draft) -> None:
    """Take the dateline off the first paragraph that has one."""
    if not draft.wants("dateline"):
        return
    for i, piece in enumerate(draft.pieces[:_WITHIN]):
        if not isinstance(piece.block, Paragraph):
            continue
        found = _dateline(piece) or _bold_place(piece)
        if found:
            text, length = found
            draft.dateline = parse_place(text)
            draft.found("dateline", text, piece.line)
            draft.pieces[i] = piece.after(length)
            _take_date(draft, text, piece.line)
            return


def _take_date(draft: Draft, text: str, line: int) -> None:
    found = find_date(text)
    if not found:
        return
    if draft.date is None and draft.wants("date"):
        draft.date = found.day
        draft.found("date", found.day.isoformat(), line)
    elif draft.date and draft.date != found.day:
        draft.say("dates-differ", f"the dateline says {found.day}, the release {draft.date}", line, Severity.WARNING)


def _dateline(piece: Piece) -> tuple[str, int] | None:
    raw = plain(piece.inline)
    match = _pattern().match(raw)
    if not match:
        return None
    place = match.group("place")
    rest = raw[match.end() :].lstrip()
    first = place.split(",")[0]
    certain = bool(match.group("date")) or (first.isupper() and len(first) > 2 and not rest[:1].islower())
    if not certain or len(place) > 60:
        return None
    return " ".join(raw[: match.end()].strip(" \t\n–—―-").split()), match.end()


def _bold_place(piece: Piece) -> tuple[str, int] | None:
    """Read a place that its source has set bold, with no dash behind it."""
    first = piece.inline[0] if piece.inline else None
    lead = len(plain(piece.inline)) - len(plain(piece.inline).lstrip())
    if first is not None and not first.text.strip() and len(piece.inline) > 1:
        first = piece.inline[1]
    if first is None or not first.strong or len(piece.inline) < 2:
        return None
    text = first.text.strip()
    bare = text.rstrip(" -–—:")
    if not re.fullmatch(rf"{_PLACE}(?:,\s*{_PLACE}){{0,2}}", bare) or not bare.split(",")[0].isupper():
        return None
    return bare, lead + len(first.text.lstrip())
