"""Words: what the mail itself says around a release, and dates in words, in a language of the workspace.

Owns how a `Tongue` (a file in `templates/i18n/`) is applied: dates, moments, the way a language is written.
Never guesses: in a language that nobody wrote down, phrases are English and dates are 2026-11-24.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from mailer.settings import Tongue

_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_RTL_SCRIPTS: Final = frozenset({"arab", "hebr", "syrc", "thaa"})
_ISO_FORMS: Final[Mapping[str, str]] = {
    "weekday": "{date}",
    "time": "{hour}:{minute} {zone}",
    "also": " ({time})",
    "moment": "{time}{also}, {date}",
    "moment_short": "{time}, {date}",
    "occasion": "{date}, {time}",
    "span": "{from} – {to}",
}


def direction_of(tag: str) -> str:
    """Return the direction in which a language is written: `ltr` or `rtl`; a script that the tag names decides."""
    language, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in _RTL_SCRIPTS else "ltr"
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def side_of(direction: str) -> str:
    """Return the side on which lines of a direction of writing begin."""
    return "right" if direction == "rtl" else "left"


def direction_of_text(text: str) -> str:
    """Return the direction of a text by its first letter that has one (Unicode Standard Annex 9, P2); else nothing."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    first = next((kind for kind in kinds if kind in {"L", "R", "AL"}), "")
    return {"L": "ltr", "R": "rtl", "AL": "rtl"}.get(first, "")


def phrases_of(tongue: Tongue) -> dict[str, str]:
    """Return the phrases as templates see them; `why` and `greeting` are the beginnings that older families finish."""
    phrases = dict(tongue.phrases)
    phrases["why"] = phrases["reason"].partition("{organisation}")[0].strip()
    for name in ("greeting", "greeting_nobody"):
        phrases[name] = phrases[name].partition("{name}")[0].rstrip(" ,:،")
    return phrases


def date_in_words(day: date, tongue: Tongue, *, weekday: bool = False) -> str:
    """Return a date in words: `24 November 2026`, with the weekday if asked for."""
    if not tongue.months:
        return f"{day:%Y-%m-%d}"
    form = tongue.forms.get("first") if day.day == 1 else None
    words = (form or form_of(tongue, "date")).format(day=day.day, month=tongue.months[day.month - 1], year=day.year)
    if not weekday:
        return words
    return form_of(tongue, "weekday").format(weekday=tongue.weekdays[day.weekday()], date=words)


def time_in_words(at: datetime, tongue: Tongue, *, zone: str | None = None) -> str:
    """Return the time of day with its zone: `09:00 BST`; `at` is aware, `zone` another name for where it is."""
    named = f"{at:%Z}" if zone is None else zone
    return form_of(tongue, "time").format(hour=f"{at:%H}", minute=f"{at:%M}", zone=named)


def occasion_of_parts(time: str, day: str, tongue: Tongue) -> str:
    """Return when something takes place, the day first: `Saturday 5 December 2026, 10:00 to 11:30 CET`."""
    return form_of(tongue, "occasion").format(time=time, date=day)


def span_in_words(begins: str, ends: str, tongue: Tongue) -> str:
    """Return what lies between two moments: `10:00 CET to 11:30 CET`."""
    return form_of(tongue, "span").format(**{"from": begins, "to": ends})


def form_of(tongue: Tongue, name: str) -> str:
    """Return how a language writes a date, a time or both: a pattern with places in braces."""
    return tongue.forms.get(name) or _ISO_FORMS[name]


# Zones: how a time zone is written behind a time.


def zone_in_words(at: datetime) -> str:
    """Return the zone of a moment as people write it; where it has no letters, by its distance from UTC."""
    name, offset = f"{at:%Z}", f"{at:%z}"
    return name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
