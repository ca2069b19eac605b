"""Zones: the time zones that an embargo may name, in the languages of `words`.

Owns the reading of abbreviations, of places and of phrases (“heure de Paris”, “hora peninsular”, 日本時間), whose names
are `zones.toml` in `mailer.words`. Never guesses: an abbreviation that two parts of the world use, and “local time”,
are refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from mailer.errors import did_you_mean
from mailer.release.times.clock import HOW
from mailer.words import read_section

# Abbreviations that mean one thing in a newsroom; hours from UTC.
_HOURS = """
    0 UTC GMT WET TU   1 BST WEST CET MEZ HEC   2 CEST MESZ EET SAST HAEC   3 EEST MSK TRT   8 SGT AWST HKT
    9 JST KST   9.5 ACST   10 AEST   11 AEDT   12 NZST   13 NZDT   -3 BRT ART   -2.5 NDT   -3.5 NST   -4 EDT HAE
    -5 EST CDT HNE COT PET   -6 MDT   -7 PDT HAP   -8 PST AKDT HNP   -9 AKST   -10 HST
"""
_WHOLE: Mapping[str, str] = {
    phrase: region for region, phrases in read_section("zones", "phrases")["rows"] for phrase in phrases
}
_OF = r"(?:(?:de|del|di|da|do|d['’]|of|in|von|van|à|em|a)\s*(?:la\s|l['’])?)?"
_TIME_BEFORE = r"(?:heure|hora|horário|ora|uhrzeit|time)"
_TIME_BEHIND = r"(?:time|zeit|ortszeit|tijd|sommerzeit|uhrzeit)"


def _fixed_hours() -> Mapping[str, float]:
    hours: dict[str, float] = {}
    now = 0.0
    for word in _HOURS.split():
        if word[-1].isdigit():
            now = float(word)
        else:
            hours[word] = now
    return hours


class NoZone(ValueError):
    """A text that names no zone at all."""


FIXED: Mapping[str, float] = _fixed_hours()
REGIONS: Mapping[str, str] = {
    name: region for region, names in read_section("zones", "places").items() for name in names
}
AMBIGUOUS: Mapping[str, str] = {
    "CST": "Chicago or Shanghai",
    "IST": "India, Ireland or Israel",
    "MST": "Denver or Malaysia",
    "AST": "Halifax or Riyadh",
    "SST": "Samoa or Singapore",
    "ECT": "Ecuador or Europe",
    "AMT": "the Amazon or Armenia",
}
# winter time by its name: in summer half of those who write it mean the hour that the clocks show
WINTER: Mapping[str, str] = {
    **dict.fromkeys(("CET", "MEZ", "HEC"), "Europe/Berlin"),
    "EET": "Europe/Helsinki",
    "WET": "Europe/Lisbon",
    **dict.fromkeys(("EST", "HNE"), "America/New_York"),
    **dict.fromkeys(("PST", "HNP"), "America/Los_Angeles"),
}
_LOCAL = re.compile(
    r"\blocal(?:e)?\s+time\b|\bheure\s+locale\b|\bhora\s+local\b|\bora\s+locale\b|\bOrtszeit\b|\blokale\s+tijd\b"
    r"|\bplaatselijke\s+tijd\b|現地時間",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:\b(?:UTC|GMT)\s?|(?<!\w))([+\-−])(\d{1,2})(?::?(\d{2}))?(?![\d-])")
_IANA = re.compile(r"\b[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2}\b")


@cache
def _by_place() -> re.Pattern[str]:
    """Return the pattern of a place beside the word for time; one alone may be where the story happens."""
    names = sorted((name for name in REGIONS if name.islower()), key=len, reverse=True)
    place = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in names)
    return re.compile(
        rf"(?<!\w)(?:{_TIME_BEFORE}\s+{_OF}(?P<behind>{place})(?!\w)"
        rf"|ortszeit\s+(?:in\s+)?(?P<there>{place})(?!\w)|(?P<before>{place})[\s-]*(?:\w+\s)?{_TIME_BEHIND}(?!\w)|(?P<alone>eastern|pacific)(?!\w))",
        re.IGNORECASE,
    )


def find_zone(text: str) -> tzinfo:
    """Find the zone that a text names.

    Raises:
        ValueError: none is named, or one that is not known or not clear.
    """
    named = _IANA.search(text)
    if named and re.match(r"[+-]\d", text[named.end() :]):  # Etc/GMT+1 is an hour behind UTC, which nobody expects
        raise ValueError(f"{named.group()}{text[named.end() :][:2]} is not clear; write the offset; {HOW}")
    if named and not _joined_abbreviations(named.group()):
        try:
            return ZoneInfo(named.group())
        except (ZoneInfoNotFoundError, ValueError, OSError):  # America/Argentina is a folder of zones
            known = did_you_mean(named.group(), available_timezones())
            raise ValueError(f'there is no time zone "{named.group()}"{known}; {HOW}') from None
    offset = _OFFSET.search(text)
    if offset:
        sign = 1 if offset.group(1) == "+" else -1
        return _fixed(sign * (int(offset.group(2)) + int(offset.group(3) or 0) / 60))
    if re.match(r"\s*Z\b", text):
        return UTC
    return _zone_by_name(text)


def _joined_abbreviations(text: str) -> bool:
    return all(part.isupper() and len(part) <= 4 for part in text.split("/"))


def _zone_by_name(text: str) -> tzinfo:
    zone = _by_abbreviation(text)
    if zone:
        return zone
    lower = " ".join(text.lower().replace("’", "'").split())
    for phrase, region in _WHOLE.items():
        if phrase in lower:
            return ZoneInfo(region)
    place = _by_place().search(lower)
    if place:
        return ZoneInfo(REGIONS[next(filter(None, place.groups()))])
    if _LOCAL.search(text):
        raise ValueError(f"it says local time, but not of which place; {HOW}")
    raise NoZone(f"it names no time zone; {HOW}")


def _by_abbreviation(text: str) -> tzinfo | None:
    """Return the zone of the first abbreviation in capitals that is one; None where there is none.

    Raises:
        ValueError: it may be one of several.
    """
    for name in re.findall(r"(?<![^\W_])[A-Z]{2,4}(?![^\W_])", re.sub(r"\b([ECMP])\.([SD]?)\.?T\b\.?", r"\1\2T", text)):
        if name in AMBIGUOUS:
            raise ValueError(f"{name} may be {AMBIGUOUS[name]}; {HOW}")
        if name in FIXED:
            return _fixed(FIXED[name], name)
        if name in REGIONS:
            return ZoneInfo(REGIONS[name])
    return None


def _fixed(hours: float, name: str = "") -> tzinfo:
    if abs(hours) > 14:
        raise ValueError(f"no part of the world is {hours:+g} hours from UTC; {HOW}")
    delta = timedelta(hours=hours)
    return timezone(delta, name) if name else timezone(delta)
