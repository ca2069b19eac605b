"""Time zones: where a reader's clock stands, as their list names it.

Owns the reading of the cell. Never guesses: a city, an abbreviation or an offset that moves with the clocks is no zone,
and whoever has none reads the sender's time alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

STRANGE_ZONE: Final = "time-zone"


@lru_cache(maxsize=1024)
def zone_of(cell: str) -> ZoneInfo | None:
    """The zone that a cell names by its place in the IANA list (`Europe/Berlin`, `america/new york`), or None."""
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
