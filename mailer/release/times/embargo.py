"""Embargo: when a release may be used, as people write it.

Owns making a moment of a day, a time and a zone (`dates`, `clock`, `zones` find those). Never guesses a zone: a time
without one, or with an abbreviation that two parts of the world use, stays naive, and the reason is given (standards
M4). The hour that a clock change skips or repeats is no moment either.

Gaps: «midnight» is refused, since half of those who write it mean the other one; times relative to an event.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from mailer.release.times.clock import HOW, Time, find_times
from mailer.release.times.dates import complete, even, find_date, find_day, parse_date
from mailer.release.times.zones import AMBIGUOUS, FIXED, REGIONS, find_zone
from mailer.release.values import Embargo

__all__ = ["AMBIGUOUS", "FIXED", "REGIONS", "is_no_embargo", "parse_embargo"]

# what a field has where there is no embargo
_NONE = frozenset(
    {"false", "no", "none", "nein", "keine", "keiner", "non", "aucun", "ninguno", "nessuno", "geen", "nenhum"}
)
_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?")


def is_no_embargo(value: str) -> bool:
    """Say whether the value of a field says that there is no embargo: `embargo: none`, `embargoed: false`."""
    return value.strip(" .").casefold() in _NONE


def parse_embargo(text: str, *, near: date | None = None, day_first: bool = False) -> tuple[Embargo, str]:
    """Read when an embargo ends: a date-time alone, or a line such as `EMBARGOED UNTIL 00:01 GMT, 3 March 2027`.

    `near` is the day of the release, by which a day without a year is completed; `day_first` as in `find_date`.
    Gives the embargo with its text as it stands, and why it is not a moment yet, or what is doubtful about the moment
    (empty where all is clear): `until` naive without a known zone, None where date or time cannot be read.
    """
    shown = " ".join(text.split())
    bare = even(shown)
    iso = _ISO_TIME.search(bare)
    try:
        if iso:
            day, doubt, rest = parse_date(iso.group(1)), "", bare[iso.end() :]
            times = [Time(int(iso.group(2)), int(iso.group(3)), 0, 0, int(iso.group(4) or 0))]
        else:
            day, rest, doubt = _find_day(bare, near, day_first=day_first)
            times = []
    except ValueError as error:
        return Embargo(shown), str(error)
    try:
        moments = _moments(day, times or find_times(rest), rest)
    except ValueError as error:
        return Embargo(shown, day=day), str(error)
    until, reason = moments
    return Embargo(shown, until, day), reason or doubt


def _find_day(text: str, near: date | None, *, day_first: bool) -> tuple[date, str, str]:
    """Give the day, the text around it, and what does not fit about the day."""
    found = find_date(text, day_first=day_first)
    if found:
        return found.day, f"{text[: found.start]} {text[found.end :]}", found.doubt
    part = find_day(text)
    if part is None:
        raise ValueError(f'"{text}" names no date that can be read; {HOW}')
    if near is None:
        raise ValueError(f'"{text}" names no year; {HOW}')
    day, doubt = complete(part, near)
    return day, f"{text[: part.start]} {text[part.end :]}", doubt


def _moments(day: date, times: list[Time], rest: str) -> tuple[datetime, str]:
    """Give the moment, and why it has no zone: of several times («9:00 CET / 3 a.m. EST») all must agree."""
    if not times:
        raise ValueError(f"the embargo names a day but no time; {HOW}")
    naive = [_at(day, time) for time in times]
    edges = [*(time.start for time in times[1:]), len(rest)]
    parts = [rest[time.end : edge] for time, edge in zip(times, edges, strict=True)]
    if len(times) == 1:
        parts = [f"{parts[0]} {rest[: times[0].start]}"]
    found: list[datetime] = []
    reasons: list[str] = []
    for moment, part in zip(naive, parts, strict=True):
        try:
            found.append(_exact(moment, find_zone(part)))
        except ValueError as error:
            reasons.append(str(error))
    if not found or (reasons and len(times) == 1):
        return naive[0], reasons[0]
    if len({moment.astimezone(UTC) for moment in found}) > 1 and not _next_day(found):
        return naive[0], f"the times of the embargo are not the same moment; {HOW}"
    return found[0], ""


def _next_day(found: list[datetime]) -> bool:
    """Say whether times agree but for the day, as when it is already tomorrow in Tokyo."""
    first = found[0].astimezone(UTC)
    return all(abs(moment.astimezone(UTC) - first) in {timedelta(0), timedelta(days=1)} for moment in found)


def _at(day: date, time: Time) -> datetime:
    late = time.hour == 24
    hour = 0 if late else time.hour
    start = datetime(day.year, day.month, day.day, hour, time.minute, time.second)  # noqa: DTZ001 - the zone follows
    return start + timedelta(days=1) if late else start


def _exact(naive: datetime, zone: tzinfo) -> datetime:
    """Put a time into its zone, unless the clocks change over it."""
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    how = "comes twice" if back == naive else "does not exist"
    raise ValueError(f"{naive:%H:%M} {how} on that day in {zone}: the clocks change; {HOW}")
