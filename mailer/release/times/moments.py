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
        what = "a time but no date" if find_times(text) else "no date that can be read"
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
