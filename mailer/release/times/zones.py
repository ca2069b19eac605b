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
