"""Dateline text: the beginning of a paragraph, read as place, day and agency.

Owns the forms: `EASTPORT, Maine, June 25, 2027 /Example Wire/ -- `, `Paris, le 3 mars 2027 – `, `(Berlin)`,
`【東京、3月3日】`, `Madrid, 3 de marzo.- `, a day before the place, a day alone, a time behind the day (`, 17 h 45 –`).
Never takes anything out of a draft.

A sentence that merely has a dash in it is left alone: a place without a day is in capitals, is a known city, or is set
apart by its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from mailer.release.known_names import is_city, is_region
from mailer.release.places import NAME, is_place
from mailer.release.times.clock import find_times
from mailer.release.times.dates import even, find_date, find_day, find_month
from mailer.release.words import phrases

_WINDOW = 140  # characters in which a dateline ends
_NAME = re.compile(NAME)
_JAPANESE_NAME = re.compile(r"[\u3400-\u9fff々ヶ\u30a1-\u30ff・]{2,20}?(?=発|[、,，\s　]|[】）)\]］]|[-–—]|\d|[令平])")
_REGION = re.compile(r"(?:[A-Z]\.\s?){2,3}(?!\w)(?<=\.)|[A-Z][a-z]{1,5}\.(?=\s*[,(/–—-])|" + NAME)
_AFTER_NAME = re.compile(r"\s*(?:[,、，(（/–—)）】\].:\n\u2028]|-|発|$)")
_AGENCY = re.compile(r"\(\s*[^()\d]{2,40}\)|/[A-Z\d][^/\n]{2,40}/|\[[^\[\]]{2,30}\]")
_DASH = re.compile(r"\s*(?:[–—―‒]+|-{2,}|\s-(?=\s)|-(?=\s))\s*")
_STOP = re.compile(r"\s*(?:\.\s?[–—-]+|[.:/|](?=\s))\s*")
_TIME_GAP = re.compile(
    r"\s*[,(/|]?\s*(?:(?:um|at|à|ore|alle ore|alle|om|a las|a la|às|kl\.?)\s+)?(?=\d)", re.IGNORECASE
)
_TIME_PLACE = re.compile(r"[^–—\n\u2028]{0,24}")  # a dash ends a dateline
_ZONE = r"(?:[A-Z]{2,4}|(?:UTC|GMT)\s?[+−-]\d{1,2}|Ortszeit|local time|hora local|heure locale|ora locale)"
_BEHIND_TIME = re.compile(  # its zone; then the dateline ends, or an agency follows
    rf"(?:\s*{_ZONE}|\s*\({_ZONE}\))?(?=\s*(?:[–—―‒\n\u2028)）】\]]|-{{1,2}}\s|[.:|,](?=\s)|\.-)|\s[/(]|$)"
)
_MISSOURI = re.compile(r"\s*,\s*Mo\.,?\s+[A-Z][a-z]+\.?\s+\d")  # no Monday
_LINE_END = re.compile(r"[ .:]*[\n\u2028]\s*")
_OPEN, _CLOSE = "([（【［〔", ")]）】］〕"
_MAX_PLACE = 60
_AGENCY_MARK = 4  # letters


@dataclass(frozen=True, slots=True)
class DatelineText:
    """What opens a paragraph: its place, its whole text, and where the story goes on."""

    names: tuple[str, ...]
    text: str
    end: int
    has_day: bool = False


@dataclass(slots=True)
class _Reader:
    """Goes along the beginning of a text, part by part."""

    raw: str
    at: int = 0
    apart: int = 0
    names: list[str] | None = None
    has_day: bool = False
    timed: bool = False
    agency: bool = False
    ended: str = ""
    dashed: bool = False

    def rest(self) -> str:
        return self.raw[self.at :]


@lru_cache(maxsize=512)
def _read(raw: str, apart: int) -> DatelineText | None:
    start = len(raw) - len(raw.lstrip(" \t\n\u2028\u3000\u00a0"))
    reader = _Reader(even(raw[: start + _WINDOW]).replace("\u00a0", " "), start, apart, [])
    opened = bool(reader.rest()) and reader.rest()[0] in _OPEN
    reader.at += opened
    _read_parts(reader)
    if not _close(reader, opened=opened, apart=apart) or not _is_sure(reader, raw[reader.at :], apart):
        return None
    shown = " ".join(raw[start : reader.at].strip(" \t\n\u2028–—―-:/").split())
    names = tuple(reader.names or ())
    return DatelineText(names, shown.rstrip(".") if reader.has_day else shown, reader.at, reader.has_day)


def read_dateline_text(raw: str, *, apart: int = 0) -> DatelineText | None:
    """Read the dateline that opens a text; `apart` is how many characters the source has set apart (bold, italic)."""
    return _read(raw[: 2 * _WINDOW], apart)


def _read_parts(reader: _Reader) -> None:
    """Read places, day and agency in any order, with commas and dashes between them."""
    names: list[str] = []
    while True:
        if _read_day(reader) or (reader.has_day and _read_time(reader)) or (names and _read_agency(reader)):
            continue
        name = _read_name(reader, len(names))
        if name is None:
            break
        names.append(name)
    reader.names = names


def _read_day(reader: _Reader) -> bool:
    """Read a day that stands here, with small words before it (“le”, “den”)."""
    length, closing = (0, 0) if reader.has_day or _MISSOURI.match(reader.rest()) else _day_here(reader.rest())
    if not length:
        return False
    reader.at += length + closing
    reader.has_day = True
    return True


def _read_time(reader: _Reader) -> bool:
    """Read a time of day right behind the day, with its zone: exchanges ask for it (`, 17:45 Uhr –`)."""
    gap = _TIME_GAP.match(reader.rest())
    place = _TIME_PLACE.match(reader.rest()[gap.end() :]) if gap else None
    if reader.timed or not place or not gap:
        return False
    try:
        times = find_times(place.group())
    except ValueError:
        return False
    if not times or times[0].start:
        return False
    behind = _BEHIND_TIME.match(reader.rest()[gap.end() + times[0].end :])
    if not behind:
        return False
    reader.at += gap.end() + times[0].end + behind.end()
    reader.at += "(" in gap.group() and reader.rest()[:1] == ")"
    reader.timed = True
    return True


def _day_here(text: str) -> tuple[int, int]:
    """Return how long the day is that begins a text, and the bracket that ends it; 0 where there is none."""
    gap = re.match(r"[\s,、，(/–—:|-]*", text)
    skip = gap.end() if gap else 0
    rest = text[skip : skip + 70]
    lead = re.match(rf"(?:(?:{phrases('date_lead')}|{phrases('date_label')})\s+){{0,2}}", rest, re.IGNORECASE)
    begin = lead.end() if lead else 0
    spans = [(found.start, found.end) for found in (find_date(rest, day_first=True), find_day(rest)) if found]
    for start, end in (*spans, *filter(None, [find_month(rest)])):
        if start <= begin:
            closing = re.match(r"\s*\)", rest[end:]) if gap and "(" in gap.group() else None
            return skip + end, closing.end() if closing else 0
    return 0, 0


def _read_agency(reader: _Reader) -> bool:
    gap = re.match(r"\s*(?:[–—]|-{1,2})?\s*", reader.rest())
    skip = gap.end() if gap else 0
    match = _AGENCY.match(reader.rest()[skip:])
    if not match or reader.agency:
        return False
    reader.at += skip + match.end()
    reader.agency = True
    return True


def _read_name(reader: _Reader, already: int) -> str | None:
    """Read the next name: the city, or behind a comma its region; None where none stands here."""
    between = r"\s*[,、，]\s*" if already else r"\s*(?:[,–—|(:]|--?)?\s*"
    gap = re.match(between, reader.rest())
    if already > 2 or (already and not gap):
        return None
    skip = gap.end() if gap and (already or reader.has_day) else 0
    text = reader.rest()[skip:]
    if reader.apart > reader.at + skip:
        text = reader.raw[reader.at + skip : reader.apart]
    match = _REGION.match(text) if already else _JAPANESE_NAME.match(text) or _NAME.match(text)
    if not match or (not already and not is_place(match.group())):
        return None
    after = reader.rest()[skip + match.end() :]
    ends_apart = reader.apart and abs(reader.at + skip + match.end() - reader.apart) <= 1
    if not (_AFTER_NAME.match(after) or ends_apart or _day_here(after)[0]):
        return None
    reader.at += skip + match.end()
    opened = gap is not None and "(" in gap.group() and skip > 0
    reader.at += reader.rest()[:1] == "発" or (opened and reader.rest()[:1] == ")")
    return match.group()


def _close(reader: _Reader, *, opened: bool, apart: int) -> bool:
    """Read the mark that ends a dateline, and say whether there is one."""
    if opened:
        if reader.rest()[:1] not in _CLOSE or not reader.rest():
            return False
        reader.at += 1
        dash, stop = _DASH.match(reader.rest()), _STOP.match(reader.rest())
        end = dash or stop
        reader.dashed = dash is not None
        reader.at += end.end() if end else len(reader.rest()) - len(reader.rest().lstrip())
        reader.ended = "bracket"
        return True
    for kind, search in (("line", _LINE_END), ("dash", _DASH), ("stop", _STOP)):
        match = search.match(reader.rest())
        if match and match.end():
            reader.at += match.end()
            reader.ended = "colon" if match.group().strip() == ":" else kind
            return True
    if apart and abs(reader.at - apart) <= 2:
        reader.ended = "apart"
        return True
    return False


def _is_sure(reader: _Reader, story: str, apart: int) -> bool:
    """Return whether what was read is a dateline, and not the beginning of a sentence."""
    names = reader.names or []
    if sum(map(len, names)) > _MAX_PLACE or not story.strip():
        return False
    low = story.lstrip()[:1].islower()
    if not names:
        return reader.has_day and (reader.ended in {"dash", "bracket"} or bool(apart)) and not low
    city = names[0]
    if reader.has_day or reader.agency:
        return not low or city.isupper() or is_city(city)
    if reader.ended == "line" or (low and not apart):
        return False
    return _is_known(reader, names, apart)


def _is_known(reader: _Reader, names: list[str], apart: int) -> bool:
    """Return whether a place without a day is one: by the tables, by its capitals, by how it is set."""
    city = names[0]
    if any(map(is_city, re.split(r"\s?/\s?", city))) or (len(names) > 1 and _is_region(names[-1])):
        return True
    if reader.ended == "bracket":  # “(abc) –” is the mark of an agency
        return len(names) > 1 or (reader.dashed and len(city) > _AGENCY_MARK)
    if reader.ended == "colon":
        return False
    loud = city.isupper() and (len(city) > 5 or len(names) > 1)
    if reader.ended == "apart":
        return city.isupper()
    return loud or (reader.ended == "dash" and bool(apart) and apart >= len(city))


def _is_region(name: str) -> bool:
    """Return whether a name is written as regions are: `MA`, `Ill.`, `D.C.`, or a country in the tables."""
    return is_region(name) or re.fullmatch(r"[A-Z]{2,3}|[A-Z][a-z]{1,5}\.|(?:[A-Z]\.){2,3}", name) is not None
