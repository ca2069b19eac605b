"""Dates: a day as lists write it, as ISO 8601.

Owns the forms that can be read in one way: year first, and day first with dots. `03/04/2026` is the third of April to
one reader and the fourth of March to another, so it stays as it was typed, as does all that is no day.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_JAPANESE: Final = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_DOTTED: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:\s.*)?")
_SLASHED: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:\s.*)?")


def read_date(text: str) -> str:
    """Return a day as `YYYY-MM-DD` where the text can only mean one, else the text as it stands."""
    if found := _ISO.fullmatch(text) or _JAPANESE.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _DOTTED.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _SLASHED.fullmatch(text):
        one, two, year = map(int, found.groups())
        if one <= 12 and two <= 12 and one != two:
            return text
        day, month = (one, two) if one > 12 else (two, one)
    else:
        return text
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text
