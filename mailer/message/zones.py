"""Zones: how a time zone is written behind a time."""

from __future__ import annotations

from datetime import datetime


def zone_in_words(at: datetime) -> str:
    """Return the zone of a moment as people write it; where it has no letters, by its distance from UTC."""
    name, offset = f"{at:%Z}", f"{at:%z}"
    return name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
