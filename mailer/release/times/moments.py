"""Moments: a day, a time and a zone as people write them, read as one moment.

The one reader of moments: the embargo of a release and the `--at` of a command mean the same by the same words.
`dates`, `clock` and `zones` find the parts. Never guesses a zone: a time without one, or with an abbreviation that two
parts of the world use, stays naive, and the reason is given (standards M4). The hour that a clock change skips or
repeats is no moment either, nor a year in two digits, since 01/06/27 is three days.

Two things only somebody at a keyboard may leave out: `today` lets "tomorrow" be read, `zone` is the office's own
(`[office] time_zone`), which other readers of a release do not know.

Gaps: "midnight" is refused, since half of those who write it mean the other one; times relative to an event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from mailer.release.holding import OPEN
from mailer.release.times.clock import HOW, Time, find_times
from mailer.release.times.dates import complete, even, find_date, find_day, parse_date
from mailer.release.times.zones import WINTER, NoZone, find_zone
from mailer.release.values import Embargo
from mailer.release.words import pattern

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
    if now is not None and (relative := _RELATIVE.search(bare)):
        rest = f"{bare[: relative.start()]} {bare[relative.end() :]}"
        try:
            there = now.astimezone(_zone(rest, zone))
        except ValueError as error:
            return ReadMoment(doubt=str(error))
        day = there.date() + timedelta(days=0 if relative["today"] else 1)
        bare = f"{day.isoformat()} {rest.strip()}"
    iso = _ISO_TIME.search(bare)
    try:
        if iso:
            day, doubt, rest = parse_date(iso.group(1)), "", bare[iso.end() :]
            times = [_checked(Time(int(iso.group(2)), int(iso.group(3)), 0, 0, int(iso.group(4) or 0)))]
        else:
            day, rest, doubt = _find_day(bare, near, day_first=day_first)
            times = []
    except ValueError as error:
        return ReadMoment(doubt=str(error))
    try:
        until, reason, readings = _moments(day, times or find_times(rest), rest, zone)
    except ValueError as error:
        return ReadMoment(day=day, doubt=str(error))
    except OverflowError:
        return ReadMoment(doubt=f'"{text}" is beyond the calendar; {HOW}')
    return ReadMoment(until, day, reason or doubt, readings)


def _checked(time: Time) -> Time:
    if time.hour > 24 or time.minute > 59 or time.second > 59 or (time.hour == 24 and (time.minute or time.second)):
        raise ValueError(f"{time.hour}:{time.minute:02} is not a time; {HOW}")
    return time


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
        raise ValueError(_no_day(text))
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


def _no_day(text: str) -> str:
    """Return why a text without a day is no moment."""
    endless = OPEN.search(text)
    if endless:
        return f'"{endless.group()}" names no end; {HOW}, or wait until it may be used'
    try:
        timed = bool(find_times(text))
    except ValueError as error:
        return str(error)
    return f'"{text}" names a time but no date; {HOW}' if timed else f'"{text}" names no date that can be read; {HOW}'


def _zone(text: str, zone: tzinfo | None) -> tzinfo:
    try:
        return find_zone(text)
    except NoZone:
        if zone is None:
            raise
        return zone


def _moments(
    day: date, times: list[Time], rest: str, zone: tzinfo | None
) -> tuple[datetime, str, tuple[datetime, ...]]:
    """Return the moment, and why it has no zone: of several times (“9:00 CET / 3 a.m. EST”) all must agree."""
    if not times:
        raise ValueError(f"a day is named, but no time; {HOW}")
    naive = [_at(day, time) for time in times]
    edges = [*(time.start for time in times[1:]), len(rest)]
    parts = [rest[time.end : edge] for time, edge in zip(times, edges, strict=True)]
    if len(times) == 1:
        parts = [f"{parts[0]} {rest[: times[0].start]}"]
    found: list[datetime] = []
    reasons: list[str] = []
    readings: tuple[datetime, ...] = ()
    for moment, part in zip(naive, parts, strict=True):
        try:
            found.append(_exact(moment, _zone(part, zone if len(times) == 1 else None)))
        except ClockChange as error:
            reasons.append(str(error))
            readings = error.readings
        except ValueError as error:
            reasons.append(str(error))
    if not found or (reasons and len(times) == 1):
        return naive[0], reasons[0], readings
    if len({moment.astimezone(UTC) for moment in found}) > 1 and not _next_day(found):
        return naive[0], f"the times named are not the same moment; {HOW}", ()
    return found[0], "", ()


def _next_day(found: list[datetime]) -> bool:
    """Return whether times agree but for the day, as when it is already tomorrow in Tokyo."""
    first = found[0].astimezone(UTC)
    return all(abs(moment.astimezone(UTC) - first) in {timedelta(0), timedelta(days=1)} for moment in found)


def _at(day: date, time: Time) -> datetime:
    late = time.hour == 24
    hour = 0 if late else time.hour
    start = datetime(day.year, day.month, day.day, hour, time.minute, time.second)  # noqa: DTZ001 - the zone follows
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
