"""Moments: a day, a time and a zone as people write them, read as one moment, in the languages of `words`.

The one reader of moments: the embargo of a release and the `--at` of a command mean the same by the same words.
`dates` finds the day. Times of day come as 9 a.m., 00.01, 0900 hrs, 9 Uhr 30, 9h30, ore 9, 午前9時; zones as
abbreviations, places and phrases (“heure de Paris”, “hora peninsular”, 日本時間: `zones.toml` in `mailer.words`).

Never guesses a zone: a time without one, or with an abbreviation that two parts of the world use, stays naive, and the
reason is given (standards M4). The hour that a clock change skips or repeats is no moment either, nor a year in two
digits, since 01/06/27 is three days. Raises `ValueError` with a sentence for people.

Two things only somebody at a keyboard may leave out: `today` lets "tomorrow" be read, `zone` is the office's own
(`[office] time_zone`), which other readers of a release do not know.

Gaps: "midnight" is refused, since half of those who write it mean the other one; times relative to an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from mailer import lazy_re as re
from mailer.errors import did_you_mean
from mailer.frozen import dataclass
from mailer.release.holding import OPEN
from mailer.release.times.dates import complete, even, find_date, find_day, parse_date
from mailer.release.values import Embargo
from mailer.release.words import pattern, written
from mailer.words import read_section

NO_DATE = "a time but no date"
HOW = "write it as 2026-12-01 09:00 Europe/Berlin, or 2026-12-01T09:00+01:00"

_NOON = written("moments", "noon").pattern
_MIDNIGHT = r"midnight|mitternacht|minuit|medianoche|mezzanotte|middernacht|meia-noite|深夜|真夜中"
_HALF = (
    r"(?P<half>[ap]\.?\s?m\b\.?|(?:du\s|de\sla\s|de\sl['’]|in\sthe\s|del\s|di\s|da\s|'s\s)?(?:(?P<early>matin|morning|mañana"
    r"|mattin[oa]|manhã|morgens|früh|ochtends)|(?P<late>soir|après-midi|evening|afternoon|tarde|sera|pomeriggio|abends"
    r"|nachmittags|avonds|middags))(?!\w))"
)
_HOUR = r"(?<![\d.:,])(?P<hour>\d{1,2})"
_WORD = (
    r"(?:Uhr|uur|heures?|horas?|hrs?|h|o['’]clock|ore|óra(?:kor)?|óráig|godzin\w{0,4}|hod|час\w{0,4}|ч)(?![^\W\d_])\.?"
)
_BEFORE = r"(?:ore|alle|às|as|a\s+las|las|à|om|um|ab|at|bis|tot|kl(?:o|okken|ockan)?\.?|godz\.?|saat|ora)\s+"
_FORMS = (
    rf"(?<!\w){_NOON}(?!\w)",
    rf"{_HOUR}\s?[:.hu]\s?(?P<minute>\d{{2}})(?::\d{{2}})?(?!\d)\s*(?:(?:{_WORD}\s*)?{_HALF}|{_WORD})?",
    rf"{_HOUR}\s*(?:Uhr|h|heures)\s*(?P<minute>\d{{2}})(?!\d)",
    rf"{_HOUR}(?:\s*(?:(?:{_WORD}\s*)?{_HALF}|{_WORD})|u(?!\w))",
    r"(?<!\d)(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)\s*(?:(?:hrs?|hours|h)\b\.?)?(?!\d)",
    r"(?:(?P<part>午前|午後|朝|夜)\s*)?(?P<hour>\d{1,2})\s*時(?:\s*(?P<minute>\d{1,2})\s*分|(?P<thirty>半))?",
    r"(?P<part>午前|午後|AM|PM)\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})",
    rf"(?<!\w){_BEFORE}(?P<hour>\d{{1,2}})(?![\d/]|[.:]\d)(?!\s*(?:[^\W\d_]{{3,}}\s+\d{{4}}|/))",
)
_AFTER_MIDNIGHT = written("moments", "after_midnight")  # what those write who know that midnight is two times
_HOURS = {word: str(i) for i, words in enumerate(read_section("zones", "hours")["words"], 1) for word in words}
_IN_WORDS = re.compile(  # “à six heures”, “alle sei”
    rf"(?<!\w)(?:(?P<hour>{'|'.join(_HOURS)})(?=\s{_WORD})|(?P<lead>a\slas?\s|alle\s)(?P<told>{'|'.join(_HOURS)})(?!\w))",
    re.IGNORECASE,
)
_HALVES = {"a": "a", "am": "a", "p": "p", "pm": "p", "午前": "a", "朝": "a", "午後": "p", "夜": "p"}


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, from character `start` to `end` of its text; hour 24 is the end of the day."""

    hour: int
    minute: int
    start: int
    end: int
    second: int = 0

    def __post_init__(self) -> None:
        """Refuse what no day has.

        Raises:
            ValueError: it is no time.
        """
        late = self.minute or self.second
        if self.hour > 24 or self.minute > 59 or self.second > 59 or (self.hour == 24 and late):
            raise ValueError(f"{self.hour}:{self.minute:02} is not a time; {HOW}")


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)


def find_times(text: str) -> list[Time]:
    """Find the times in a text from which its date is out, in their order; of two that overlap, the longer.

    Raises:
        ValueError: midnight, which is the start or the end of a day; or an hour that no day has.
    """
    sure = [Time(0, 1, *match.span()) for match in _AFTER_MIDNIGHT.finditer(text)]
    if re.search(rf"(?<!\w)(?:{_MIDNIGHT})(?!\w)", _AFTER_MIDNIGHT.sub("", text), re.IGNORECASE):
        raise ValueError("midnight may be the start or the end of that day; write 00:01")
    if sure:
        return sure
    matches = [match for form in _forms() for match in form.finditer(text)]
    # words before a time (“ore”) are none of it
    parts = [next(part for part in ("noon", "part", "hour") if match.groupdict().get(part)) for match in matches]
    begun = [(match.start(part), match) for part, match in zip(parts, matches, strict=True)]
    found: list[Time] = []
    for start, match in sorted(begun, key=lambda one: (one[0], -one[1].end())):
        if not found or start >= found[-1].end:
            found.append(_time(match, start))
    return found


def _time(match: re.Match[str], start: int) -> Time:
    parts = match.groupdict()
    if parts.get("noon"):
        return Time(12, 0, start, match.end())
    hour = int(parts["hour"])
    half = _HALVES.get((parts.get("half") or parts.get("part") or "")[:2].lower().replace(".", ""), "")
    if parts.get("early") or parts.get("late"):
        half = ("p" if parts.get("late") else "a") if 1 <= hour <= 12 else ""  # “18 Uhr abends” says it twice
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half}.m. is not a time; {HOW}")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return Time(hour, 30 if parts.get("thirty") else int(parts.get("minute") or 0), start, match.end())


# Zones.

_SHORT = read_section("zones", "abbreviations")
FIXED: Mapping[str, float] = {name: float(hours) for hours, names in _SHORT["hours"] for name in names.split()}
AMBIGUOUS: Mapping[str, str] = dict(_SHORT["ambiguous"])
WINTER: Mapping[str, str] = dict(_SHORT["winter"])
REGIONS: Mapping[str, str] = {
    name: region for region, names in read_section("zones", "places").items() for name in names
}
_PHRASES: Mapping[str, str] = {
    phrase: region for region, phrases in read_section("zones", "phrases")["rows"] for phrase in phrases
}
_LOCAL = re.compile(rf"\b(?:{'|'.join(_SHORT['local'])})\b|現地時間", re.IGNORECASE)
_OFFSET = re.compile(r"(?:\b(?:UTC|GMT)\s?|(?<!\w))([+\-−])(\d{1,2})(?::?(\d{2}))?(?![\d-])")
_IANA = re.compile(r"\b[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2}\b")
_DOTTED = re.compile(r"\b([ECMP])\.([SD]?)\.?T\b\.?")  # E.S.T.


class NoZone(ValueError):
    """A text that names no zone at all."""


@cache
def _by_place() -> re.Pattern[str]:
    """Return the pattern of a place beside the word for time; one alone may be where the story happens."""
    names = sorted((name for name in REGIONS if name.islower()), key=len, reverse=True)
    place = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in names)
    before, behind = ("|".join(_SHORT[name]) for name in ("before", "behind"))
    of = r"(?:(?:de|del|di|da|do|d['’]|of|in|von|van|à|em|a)\s*(?:la\s|l['’])?)?"
    return re.compile(
        rf"(?<!\w)(?:(?:{before})\s+{of}(?P<behind>{place})(?!\w)|ortszeit\s+(?:in\s+)?(?P<there>{place})(?!\w)"
        rf"|(?P<before>{place})[\s-]*(?:\w+\s)?(?:{behind})(?!\w)|(?P<alone>eastern|pacific)(?!\w))",
        re.IGNORECASE,
    )


def find_zone(text: str) -> tzinfo:
    """Find the zone that a text names: as the tables of the world have it, by its offset, an abbreviation, a place.

    Raises:
        ValueError: none is named, or one that is not known or not clear.
    """
    named = _IANA.search(text)
    if named and re.match(r"[+-]\d", text[named.end() :]):  # Etc/GMT+1 is an hour behind UTC, which nobody expects
        raise ValueError(f"{named.group()}{text[named.end() :][:2]} is not clear; write the offset; {HOW}")
    if named and not all(part.isupper() and len(part) <= 4 for part in named.group().split("/")):  # CET/MEZ
        try:
            return ZoneInfo(named.group())
        except (ZoneInfoNotFoundError, ValueError, OSError):  # America/Argentina is a folder of zones
            known = did_you_mean(named.group(), available_timezones())
            raise ValueError(f'there is no time zone "{named.group()}"{known}; {HOW}') from None
    if offset := _OFFSET.search(text):
        hours = int(offset.group(2)) + int(offset.group(3) or 0) / 60
        if hours > 14:
            raise ValueError(f"no part of the world is {offset.group(1)}{hours:g} hours from UTC; {HOW}")
        return timezone(timedelta(hours=hours if offset.group(1) == "+" else -hours))
    if re.match(r"\s*Z\b", text):
        return UTC
    for name in re.findall(r"(?<![^\W_])[A-Z]{2,4}(?![^\W_])", _DOTTED.sub(r"\1\2T", text)):
        if name in AMBIGUOUS:
            raise ValueError(f"{name} may be {AMBIGUOUS[name]}; {HOW}")
        if name in FIXED:
            return timezone(timedelta(hours=FIXED[name]), name)
        if name in REGIONS:
            return ZoneInfo(REGIONS[name])
    lower = " ".join(text.lower().replace("’", "'").split())
    for phrase, region in _PHRASES.items():
        if phrase in lower:
            return ZoneInfo(region)
    if place := _by_place().search(lower):
        return ZoneInfo(REGIONS[next(filter(None, place.groups()))])
    if _LOCAL.search(text):
        raise ValueError(f"it says local time, but not where; {HOW}")
    raise NoZone(f"it names no time zone; {HOW}")


# Moments.

_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?")
_RELATIVE = re.compile(r"(?<!\w)(?:(?P<today>today)|tomorrow)(?!\w)", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"(?<![\d./-])(?:\d{1,2}(?P<mark>[./-])\d{1,2}(?P=mark)\d{2}|\d{6})(?![\d/]|[.-]\d)")


@dataclass(frozen=True, slots=True)
class ReadMoment:
    """What a text says: `until` is naive without a known zone, and None where day or time cannot be read.

    `doubt` says why it is not a moment yet, or what is doubtful about it; `readings` are the two that a clock change
    leaves open.
    """

    until: datetime | None = None
    day: date | None = None
    doubt: str = ""
    readings: tuple[datetime, ...] = ()


class ClockChange(ValueError):
    """A time that the clocks of its place skip or show twice, with both readings."""

    def __init__(self, said: str, readings: tuple[datetime, ...]) -> None:
        """Keep the readings."""
        super().__init__(said)
        self.readings = readings


def read_moment(
    text: str,
    *,
    near: date | None = None,
    day_first: bool = False,
    now: datetime | None = None,
    zone: tzinfo | None = None,
) -> ReadMoment:
    """Read a moment: a date-time alone, or a line such as `EMBARGOED UNTIL 00:01 GMT, 3 March 2027`.

    `near` is the day by which one without a year is completed; `day_first` as in `find_date`; `now` (aware) lets
    "today" and "tomorrow" be read, and `zone` stands in where the text names none.
    """
    bare = even(" ".join(text.split()))
    bare = _IN_WORDS.sub(lambda one: (one["lead"] or "") + _HOURS[(one["hour"] or one["told"]).lower()], bare)
    day: date | None = None
    try:
        if now is not None and (relative := _RELATIVE.search(bare)):
            rest = f"{bare[: relative.start()]} {bare[relative.end() :]}"
            there = now.astimezone(_zone(rest, zone)).date() + timedelta(days=0 if relative["today"] else 1)
            bare = f"{there.isoformat()} {rest.strip()}"
        if iso := _ISO_TIME.search(bare):
            hour, minute, second = (int(part or 0) for part in iso.group(2, 3, 4))
            written, doubt, rest = parse_date(iso.group(1)), "", bare[iso.end() :]
            times = [Time(hour, minute, 0, 0, second)]
        else:
            written, rest, doubt = _find_day(bare, near, day_first=day_first)
            times = []
        day = written
        return _moment(day, times or find_times(rest), rest, zone, doubt)
    except ValueError as error:
        return ReadMoment(day=day, doubt=str(error))
    except OverflowError:
        return ReadMoment(doubt=f'"{text}" is beyond the calendar; {HOW}')


def _find_day(text: str, near: date | None, *, day_first: bool) -> tuple[date, str, str]:
    """Return the day, the text around it, and what does not fit about the day."""
    found = find_date(text, day_first=day_first)
    said = text[found.start : found.end] if found else ""
    short = _SHORT_YEAR.search(said or text)
    if found and not short and (re.search(r"\d{4}", said) or "年" in said):
        return found.day, f"{text[: found.start]} {text[found.end :]}", found.doubt
    if found or short:
        raise ValueError(f'"{short.group() if short else said}" writes the year in two digits; {HOW}')
    part = find_day(text)
    if part is None:
        if endless := OPEN.search(text):
            raise ValueError(f'"{endless.group()}" names no end; {HOW}, or wait until it may be used')
        what = NO_DATE if find_times(text) else "no date that can be read"
        raise ValueError(f'"{text}" names {what}; {HOW}')
    behind = re.match(r"\s*,?\s*['’]?(\d{2})(?!\w)", text[part.end :])
    if behind and not any(time.start == part.end + behind.start(1) for time in _times_in(text)):
        raise ValueError(f'"{text[part.start : part.end + behind.end()].strip()}" writes the year in two digits; {HOW}')
    if near is None:
        raise ValueError(f'"{text}" names no year; {HOW}')
    day, doubt = complete(part, near)
    return day, f"{text[: part.start]} {text[part.end :]}", doubt


def _times_in(text: str) -> list[Time]:
    try:
        return find_times(text)
    except ValueError:
        return []


def _zone(text: str, zone: tzinfo | None) -> tzinfo:
    try:
        return find_zone(text)
    except NoZone:
        if zone is None:
            raise
        return zone


def _moment(day: date, times: list[Time], rest: str, zone: tzinfo | None, doubt: str) -> ReadMoment:
    """Return the moment, and why it has no zone: of several times (“9:00 CET / 3 a.m. EST”) all must agree.

    Raises:
        ValueError: there is no time.
    """
    if not times:
        raise ValueError(f"a day is named, but no time; {HOW}")
    edges = [*(time.start for time in times[1:]), len(rest)]
    parts = [rest[time.end : edge] for time, edge in zip(times, edges, strict=True)]
    if len(times) == 1:
        parts = [f"{parts[0]} {rest[: times[0].start]}"]
    naive = [_at(day, time) for time in times]
    found: list[datetime] = []
    failed: ValueError | None = None
    for moment, part in zip(naive, parts, strict=True):
        try:
            found.append(_exact(moment, _zone(part, zone if len(times) == 1 else None)))
        except ValueError as error:
            failed = failed or error
    if failed and not found:
        return ReadMoment(naive[0], day, str(failed), failed.readings if isinstance(failed, ClockChange) else ())
    first = found[0].astimezone(UTC)
    # it may already be tomorrow in Tokyo
    agree = all(abs(moment.astimezone(UTC) - first) in {timedelta(0), timedelta(days=1)} for moment in found)
    if not agree:
        return ReadMoment(naive[0], day, f"the times are not the same; {HOW}")
    return ReadMoment(found[0], day, doubt)


def _at(day: date, time: Time) -> datetime:
    late = time.hour == 24
    start = datetime(day.year, day.month, day.day, 0 if late else time.hour, time.minute, time.second)  # noqa: DTZ001 - the zone follows
    return start + timedelta(days=1) if late else start


def _exact(naive: datetime, zone: tzinfo) -> datetime:
    """Put a time into its zone, unless the clocks change over it, or show another hour than the zone's name says."""
    name = zone.tzname(None) or ""
    place = WINTER.get(name)
    if place and naive.replace(tzinfo=ZoneInfo(place)).utcoffset() != zone.utcoffset(None):
        raise ValueError(f"{name} is winter time, and the clocks show summer time on that day; {HOW}")
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    readings = tuple(each.astimezone(UTC).astimezone(zone) for each in (first, second))
    how = "comes twice" if readings[0].replace(tzinfo=None) == naive else "does not exist"
    raise ClockChange(f"{naive:%H:%M} {how} on that day in {zone}: the clocks change; {HOW}", readings)


# Embargo: when a release may be used, as people write it.

# what a field has where there is no embargo
_NONE = frozenset(
    {"false", "no", "none", "nein", "keine", "keiner", "non", "aucun", "ninguno", "nessuno", "geen", "nenhum"}
)


def is_no_embargo(value: str) -> bool:
    """Return whether a field says that there is none: `embargo: none`, `embargoed: false`, for immediate release."""
    bare = value.strip(" .").casefold()
    return bare in _NONE or pattern(r"\W*{immediate}\W*").fullmatch(value) is not None


def parse_embargo(text: str, *, near: date | None = None, day_first: bool = False) -> tuple[Embargo, str]:
    """Read when an embargo ends; `near` and `day_first` as in `read_moment`.

    Return the embargo with its text as it stands, and why it is not a moment yet, or what is doubtful about the moment
    (empty where all is clear).
    """
    read = read_moment(text, near=near, day_first=day_first)
    return Embargo(" ".join(text.split()), read.until, read.day), read.doubt
