"""When: moments as people type them on the command line.

Owns the reading of `--expires` (a span, or a moment with its zone) and of `--at` (a moment with its zone), and how a
moment to come is told. Never guesses a zone. What the clocks of a place skip or show twice is no moment: both readings
are shown, ready to be typed. An abbreviation such as CET is refused for a mailing: in summer, half of those who write
it mean another hour. Raises `InputProblem`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from mailer.errors import InputProblem, did_you_mean
from mailer.release.times.embargo import parse_embargo

_SPAN = re.compile(r"(\d{1,9})\s*(m|min|h|d)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_AT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T|\s+)(\d{1,2}:\d{2}(?::\d{2})?)\s*(.*)")
_OFFSET = re.compile(r"(?:UTC\s*)?([+−-])(\d{1,2})(?::?([0-5]\d))?")
_WIDEST = timedelta(hours=14)  # Kiribati; no part of the world is further from UTC
_AT_HINT = (
    'A moment has a date, a time and a zone: --at "2026-12-01 09:00 Europe/Berlin", or … 09:00+01:00, or … 08:00 UTC'
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to come: `at` in UTC, `text` as it can be typed again, in the zone it was given in."""

    at: datetime
    text: str


def parse_expiry(text: str, *, now: datetime, start: datetime | None = None) -> datetime:
    """Read `24h`, `90m`, `2d`, or a moment with a zone (`2026-12-01 18:00 Europe/Berlin`); it must lie ahead.

    A span counts from `start`, the moment for which a mailing is scheduled, else from now.

    Raises:
        InputProblem: it is neither, has no zone, or is over before anything is sent.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        try:
            return (start or now) + timedelta(**{_UNITS[span[2]]: int(span[1])})
        except OverflowError:
            raise InputProblem(f'"{text}" is longer than any calendar') from None
    moment, why_not = parse_embargo(text)
    if moment.until is None or not moment.has_zone:
        raise InputProblem(
            f'"{text}" is no moment: {why_not or "it needs a time zone"}',
            hint="24h, 90m, 2d, or a moment with its zone: 2026-12-01 18:00 Europe/Berlin",
        )
    if moment.until <= now:
        raise InputProblem(f"{text} is over")
    if start is not None and moment.until <= start:
        raise InputProblem(f"--expires {text} is not after --at: nobody would get it")
    return moment.until


def parse_at(text: str, *, now: datetime) -> Moment:
    """Read the moment for which a mailing is scheduled: `2026-12-01 09:00 Europe/Berlin`, `… 09:00+01:00`, `… UTC`.

    Raises:
        InputProblem: it cannot be read, has no zone or an unclear one, is skipped or shown twice by the clocks there,
            or is over.
    """
    match = _AT.fullmatch(" ".join(text.split()))
    if match is None:
        raise InputProblem(f'--at "{text}" is no moment', hint=_AT_HINT)
    try:
        local = datetime.fromisoformat(f"{match[1]}T{match[2]:0>5}")
    except ValueError:
        raise InputProblem(f'--at "{text}": there is no such day or time', hint=_AT_HINT) from None
    zone, name = _zone(match[3], text)
    if abs(local.year - now.year) > 1:  # also keeps what follows within the calendar
        raise InputProblem(f'--at "{text}": {local.year}? A mailing is scheduled at most a year ahead', hint=_AT_HINT)
    at = _exact(local, zone).astimezone(UTC)
    shown = f"{_clock(local)}{'' if name[0] in '+-' else ' '}{name}"
    if at <= now:
        raise InputProblem(
            f'--at "{shown}" is over: that was {_distance(now - at)} ago',
            hint="Give a moment to come, or leave --at out: then it is sent now.",
        )
    return Moment(at, shown)


def describe(text: str, at: datetime, *, now: datetime) -> str:
    """Tell a moment: as it was given, in UTC, how far away: `2026-12-01 09:00 Europe/Berlin (08:00 UTC), in 6 days`."""
    utc = at.astimezone(UTC)
    day = "" if text.startswith(f"{utc:%Y-%m-%d}") else f"{utc:%Y-%m-%d} "
    clock = "" if text.endswith("UTC") else f" ({day}{_time(utc)} UTC)"
    distance = _distance(abs(at - now))
    return f"{text}{clock}, {f'in {distance}' if at > now else f'{distance} ago'}"


def _zone(text: str, whole: str) -> tuple[tzinfo, str]:
    """Read a zone: a place of the IANA list, UTC, or an offset from it. Gives it and its name as it can be typed."""
    if not text:
        raise InputProblem(f'--at "{whole}" names no time zone', hint=_AT_HINT)
    if text in {"Z", "UTC"}:
        return UTC, "UTC"
    offset = _OFFSET.fullmatch(text)
    if offset:
        return _fixed(offset)
    if "/" not in text or text.startswith("Etc/GMT"):  # Etc/GMT+1 is an hour behind UTC, which nobody expects
        raise InputProblem(
            f'--at "{whole}": {text} does not say for certain how far from UTC; name a place, or the offset',
            hint=_AT_HINT,
        )
    known = {zone.casefold(): zone for zone in available_timezones()}
    name = known.get(text.replace(" ", "_").casefold())
    if name is None:
        raise InputProblem(
            f'--at "{whole}": there is no zone {text}{did_you_mean(text, known.values())}', hint=_AT_HINT
        )
    return ZoneInfo(name), name


def _fixed(offset: re.Match[str]) -> tuple[tzinfo, str]:
    distance = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if distance > _WIDEST:
        raise InputProblem(f"no part of the world is {offset[0]} from UTC", hint=_AT_HINT)
    sign = "+" if offset[1] == "+" else "-"
    name = f"{sign}{int(offset[2]):02}:{offset[3] or '00'}"
    return timezone(distance if sign == "+" else -distance), name


def _exact(local: datetime, zone: tzinfo) -> datetime:
    """Put a time into its zone; where the clocks change over it, show both readings instead."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    readings = [each.astimezone(UTC).astimezone(zone) for each in (first, second)]
    twice = readings[0].replace(tzinfo=None) == local
    what = "comes twice on that day" if twice else "does not exist on that day"
    lines = [f'--at "{_clock(each)}{each.isoformat()[-6:]}"' for each in readings]
    raise InputProblem(
        f"{_clock(local)} {what} in {zone}: the clocks change. Say which you mean", hint="\n".join(lines)
    )


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d} {_time(moment)}"


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _distance(span: timedelta) -> str:
    """Give a span in its two largest units."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} {'day' if days == 1 else 'days'}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else f"{seconds} s"
