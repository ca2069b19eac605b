"""Zones: the time zone of a reader, as their list names it.

Owns the reading of the cell and how a zone is written behind a time. Never guesses: a city, an abbreviation or an
offset that moves with the clocks is no zone, and whoever has none reads the sender's time alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


@lru_cache(maxsize=1024)
def zone_of(cell: str) -> ZoneInfo | None:
    """Give the zone that a cell names by its place in the IANA list (`Europe/Berlin`, `america/new york`), or None."""
    name = cell.strip().replace(" ", "_")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = _folded().get(name.casefold())
        return ZoneInfo(known) if known else None


@cache
def _folded() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}


def zone_in_words(at: datetime) -> str:
    """Give the zone of a moment as people write it; where it has no letters, by its distance from UTC."""
    name, offset = f"{at:%Z}", f"{at:%z}"
    return name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
