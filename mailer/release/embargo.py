"""Embargo: when a release may be used, as people write it.

Owns reading a moment with its zone, and the table of zone names. Never guesses a zone: a time without one, or with an
abbreviation that two parts of the world use, stays naive, and the reason is given (standards M4).
The hour that a clock change skips or repeats is no moment either.

Gaps: «midnight» is refused, since half of those who write it mean the other one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mailer.release.dates import find_date, parse_date
from mailer.release.values import Embargo

_HOW = "write it as 2026-12-01 09:00 Europe/Berlin, or 2026-12-01T09:00+01:00"

# Abbreviations that mean one thing in a newsroom; hours from UTC.
_HOURS = """
    0 UTC GMT WET   1 BST WEST CET MEZ   2 CEST MESZ EET SAST   3 EEST   8 SGT AWST   9 JST KST   9.5 ACST   10 AEST
    11 AEDT   12 NZST   13 NZDT   -4 EDT   -5 EST CDT   -6 MDT   -7 PDT   -8 PST AKDT   -9 AKST   -10 HST
"""
_PLACES = """
    America/New_York: ET, eastern, eastern time, new york time
    America/Chicago: CT, central time
    America/Denver: MT, mountain time
    America/Los_Angeles: PT, pacific, pacific time
    Europe/London: uk time, london time, british time
    Europe/Dublin: irish time, dublin time
    Europe/Berlin: central european time, berlin time
    Europe/Paris: paris time
    Europe/Brussels: brussels time
"""


def _fixed_hours() -> Mapping[str, float]:
    hours: dict[str, float] = {}
    now = 0.0
    for word in _HOURS.split():
        if word[-1].isdigit():
            now = float(word)
        else:
            hours[word] = now
    return hours


def _regions() -> Mapping[str, str]:
    lines = (line.strip().partition(": ") for line in _PLACES.strip().splitlines())
    return {name: region for region, _, names in lines for name in names.split(", ")}


FIXED: Mapping[str, float] = _fixed_hours()
REGIONS: Mapping[str, str] = _regions()
AMBIGUOUS: Mapping[str, str] = {
    "CST": "Chicago or Shanghai",
    "IST": "India, Ireland or Israel",
    "MST": "Denver or Malaysia",
    "AST": "Halifax or Riyadh",
    "SST": "Samoa or Singapore",
    "ECT": "Ecuador or Europe",
    "AMT": "the Amazon or Armenia",
}

_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?")
_OFFSET = re.compile(r"(?:\b(?:UTC|GMT)\s?|(?<!\w))([+\-−])(\d{1,2})(?::?(\d{2}))?(?![\d-])")
_IANA = re.compile(r"\b[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2}\b")
_CLOCK = re.compile(r"(?<![\d.:])(\d{1,2})[:.h](\d{2})(?::\d{2})?(?![\d])\s*([ap])?\.?(?:m\b\.?)?", re.IGNORECASE)
_HOUR = re.compile(r"(?<![\d.:])(\d{1,2})\s*(?:([ap])\.?\s?m\b\.?|Uhr\b|o['’]clock\b)", re.IGNORECASE)
_MILITARY = re.compile(r"(?<!\d)([01]\d|2[0-3])([0-5]\d)\s*(?:hrs?|hours|h)?(?!\d)", re.IGNORECASE)


def parse_embargo(text: str) -> tuple[Embargo, str]:
    """Read when an embargo ends: a date-time alone, or a line such as `EMBARGOED UNTIL 00:01 GMT, 3 March 2027`.

    Gives the embargo with its text as it stands, and why it is not a moment yet (empty where it is one): naive
    without a known zone, None where date or time cannot be read.
    """
    shown = " ".join(text.split())
    try:
        naive, rest, doubt = _local_time(shown)
    except ValueError as error:
        return Embargo(shown), str(error)
    try:
        zone = _zone(rest)
        until = _exact(naive, zone)
    except ValueError as error:
        return Embargo(shown, naive), str(error)
    return Embargo(shown, until), doubt


def _local_time(text: str) -> tuple[datetime, str, str]:
    """Give the time on the clock, the text without it, and what does not fit about the day."""
    iso = _ISO_TIME.search(text)
    if iso:
        day, rest = parse_date(iso.group(1)), text[iso.end() :]
        return _at(day.isoformat(), int(iso.group(2)), int(iso.group(3)), int(iso.group(4) or 0)), rest, ""
    found = find_date(text)
    if found is None:
        raise ValueError(f'"{text}" names no date that can be read; {_HOW}')
    rest = f"{text[: found.start]} {text[found.end :]}"
    hour, minute, left = _clock(rest)
    return _at(found.day.isoformat(), hour, minute, 0), left, found.doubt


def _at(day: str, hour: int, minute: int, second: int) -> datetime:
    try:
        return datetime.fromisoformat(day).replace(hour=hour, minute=minute, second=second)
    except ValueError:
        raise ValueError(f"{hour}:{minute:02} is not a time; {_HOW}") from None


def _clock(text: str) -> tuple[int, int, str]:
    if re.search(r"\b(?:12\s*)?noon\b", text, re.IGNORECASE):
        return 12, 0, re.sub(r"\b(?:12\s*)?noon\b", " ", text, flags=re.IGNORECASE)
    if re.search(r"\bmidnight\b", text, re.IGNORECASE):
        raise ValueError("midnight may be the start or the end of that day; write 00:01")
    for expression in (_CLOCK, _HOUR, _MILITARY):
        match = expression.search(text)
        if match:
            groups = match.groups()
            minute = int(groups[1]) if expression is not _HOUR else 0
            half = (groups[-1] or "").lower() if expression is not _MILITARY else ""
            return _full_hour(int(groups[0]), half), minute, f"{text[: match.start()]} {text[match.end() :]}"
    raise ValueError(f"the embargo names a day but no time; {_HOW}")


def _full_hour(hour: int, half: str) -> int:
    if half not in {"a", "p"}:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half}.m. is not a time; {_HOW}")
    return hour % 12 + (12 if half == "p" else 0)


def _zone(text: str) -> tzinfo:
    """Find the zone in what is left of the text.

    Raises:
        ValueError: none is named, or one that is not known or not clear.
    """
    named = _IANA.search(text)
    if named:
        try:
            return ZoneInfo(named.group())
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f'"{named.group()}" is not a time zone that is known; {_HOW}') from None
    offset = _OFFSET.search(text)
    if offset:
        sign = 1 if offset.group(1) == "+" else -1
        return _fixed(sign * (int(offset.group(2)) + int(offset.group(3) or 0) / 60))
    if re.match(r"\s*Z\b", text):
        return UTC
    return _zone_by_name(text)


def _zone_by_name(text: str) -> tzinfo:
    for name in re.findall(r"\b[A-Z]{2,4}\b", text):
        if name in AMBIGUOUS:
            raise ValueError(f"{name} may be {AMBIGUOUS[name]}; {_HOW}")
        if name in FIXED:
            return _fixed(FIXED[name], name)
        if name in REGIONS:
            return ZoneInfo(REGIONS[name])
    lower = " ".join(text.lower().split())
    for name, region in REGIONS.items():
        if name.islower() and re.search(rf"\b{name}\b", lower):
            return ZoneInfo(region)
    raise ValueError(f"the embargo names no time zone; {_HOW}")


def _fixed(hours: float, name: str = "") -> tzinfo:
    if abs(hours) > 14:
        raise ValueError(f"no part of the world is {hours:+g} hours from UTC; {_HOW}")
    delta = timedelta(hours=hours)
    return timezone(delta, name) if name else timezone(delta)


def _exact(naive: datetime, zone: tzinfo) -> datetime:
    """Put a time into its zone, unless the clocks change over it."""
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    how = "comes twice" if back == naive else "does not exist"
    raise ValueError(f"{naive:%H:%M} {how} on that day in {zone}: the clocks change; {_HOW}")
