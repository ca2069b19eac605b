"""Dates: days as people write them.

Owns reading a date from text and finding one in a line. Never guesses the year, nor which of 4/06 is the month:
it says what is unclear instead. Month names come from `words`.
Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from mailer.release.words import months, weekdays

_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, from character `start` to `end`; `doubt` says what does not fit, empty where all fits."""

    day: date
    start: int
    end: int
    doubt: str = ""


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    month = "|".join(sorted((re.escape(name) for name in months()), key=len, reverse=True))
    weekday = "|".join(sorted((re.escape(name) for name in weekdays()), key=len, reverse=True))
    lead = rf"(?:\b(?P<weekday>{weekday})\b\.?,?\s*(?:den\s+)?)?"
    return tuple(
        re.compile(lead + body, re.IGNORECASE)
        for body in (
            r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d-])",
            rf"(?<![\d.])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?P<name>{month})\b\.?,?\s+(?P<year>\d{{4}})\b",
            rf"\b(?P<name>{month})\b\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b",
            r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})\b",
            r"(?<![\d/])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4}|\d{2})(?![\d/])",
            rf"(?<![\d.])(?P<day>\d{{1,2}})\s+(?P<name>{month})\b\.?\s+(?P<year>\d{{2}})(?=\s|$)",
        )
    )


def parse_date(text: str) -> date:
    """Read a text that is a date and nothing else.

    Raises:
        ValueError: it is not, or there is no such day, or day and month could be either.
    """
    bare = text.strip().rstrip(".")
    for expression in _patterns():
        match = expression.fullmatch(bare)
        if match:
            day = _day(match)
            doubt = _weekday_doubt(match, day)
            if doubt:
                raise ValueError(doubt)
            return day
    raise ValueError(f'"{bare}" is not a date that can be read; write it as 2026-11-24')


def find_date(text: str) -> FoundDate | None:
    """Find the first date in a text; one that does not exist, or is unclear, is not found."""
    best: FoundDate | None = None
    for expression in _patterns():
        for match in expression.finditer(text):
            try:
                day = _day(match)
            except ValueError:
                continue
            if best is None or match.start() < best.start:
                best = FoundDate(day, match.start(), match.end(), _weekday_doubt(match, day))
            break
    return best


def _day(match: re.Match[str]) -> date:
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:  # a release from before 1970 is not sent by mail
        year += 1900 if year >= 70 else 2000
    try:
        if parts.get("first"):
            return _day_from_slashes(year, int(parts["first"]), int(parts["second"]))
        month = months()[parts["name"].lower()] if parts.get("name") else int(parts["month"])
        return date(year, month, int(parts["day"]))
    except ValueError as error:
        if "is unclear" in str(error):
            raise
        raise ValueError(f'there is no day "{match.group().strip()}"') from None


def _day_from_slashes(year: int, first: int, second: int) -> date:
    if first > 12 or first == second:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    raise ValueError(f"{first}/{second} is unclear: which is the month? Write {year}-MM-DD")


def _weekday_doubt(match: re.Match[str], day: date) -> str:
    said = match.group("weekday")
    if not said or weekdays()[said.lower()] == day.weekday():
        return ""
    return f"{day.day}.{day.month}.{day.year} is a {_WEEKDAY_NAMES[day.weekday()]}, not a {said.capitalize()}"
