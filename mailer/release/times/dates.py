"""Dates: days as people write them, in the languages of `words`.

Owns reading a date from text and finding one in a line, with and without its year. Never guesses the year, nor which
of 4/06 is the month where the language does not say it: it says what is unclear instead.
Raises `ValueError` with a sentence for people.

Gaps: numbers as words (“the third of March”); Japanese numerals only as digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from mailer.release.words import months, phrases, regular_expression, weekdays

_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_JAPANESE_DAYS = "月火水木金土日"
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}  # the year before the first
# the same characters one by one, so that places in the text stay what they are
_EVEN = str.maketrans("０１２３４５６７８９／．－：，（）　\u00a0\u202f\u2009", "0123456789/.-:,()    ")
_SOON = 60  # days in which a release speaks of a day without its year
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})"
_ORDINAL = r"(?:\s?(?:(?:st|nd|rd|th|er|ers|ère|ro|do|e)(?!\w)|\.?[º°ª]|\.))?"
_OF = r"(?:of|de|del|do|da|di|d['’])"


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, from character `start` to `end`; `doubt` says what does not fit, empty where all fits."""

    day: date
    start: int
    end: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A day and month without their year, from character `start` to `end`; `weekday` counts from Monday, 0."""

    month: int
    day: int
    start: int
    end: int
    weekday: int | None = None


def even(text: str) -> str:
    """Return a text with the digits and marks of full width as ordinary ones, character for character."""
    return text.translate(_EVEN)


@cache
def _month() -> str:
    return rf"(?P<name>{regular_expression(months())})(?!\w)\.?"


@cache
def _lead() -> str:
    """Return the pattern of a weekday before a date; a short one needs a mark behind it, since “so” is a word."""
    long = regular_expression(name for name in weekdays() if len(name) > 2)
    short = regular_expression(name for name in weekdays() if len(name) == 2)
    small = phrases("date_lead")
    weekday = rf"(?<!\w)(?P<weekday>{long}(?!\w)|{short}(?=[.,]))(?:\s(?:morning|evening))?"
    return rf"(?:{weekday}\.?\)?(?:\s*,\s*|\s+)(?:(?<!\w){small}\s+){{0,2}})?"


def _trail() -> str:
    return rf"(?:\s*\(?(?P<sign>[{_JAPANESE_DAYS}])(?:曜日?)?(?:[・･]祝)?\)|\s*(?P<sign2>[{_JAPANESE_DAYS}])曜日?)?"


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    month, lead, trail = _month(), _lead(), _trail()
    era = "|".join(_ERAS)
    forms = (
        lead + rf"(?<![\d-]){_YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?![\d-])",
        lead
        + rf"(?<![\d.]){_DAY}{_ORDINAL}\s*(?:{_OF}\s*)?(?<![^\W\d_]){month}(?:,?\s+(?:{_OF}\s+)?|,\s*){_YEAR}(?!\d)",
        lead + rf"(?<!\w){month}\s+{_DAY}{_ORDINAL}(?:,\s*|\s+){_YEAR}(?!\d)",
        lead + rf"(?<![\d.]){_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}|\d{{2}})(?!\d|\.\d)",
        lead + rf"(?<![\d/]){_DAY_SLASHES}(?![\d/])",
        lead + rf"(?<![\d-])(?P<first>\d{{1,2}})-(?P<second>\d{{1,2}})-{_YEAR}(?![\d-])",
        lead + rf"(?<![\d/.]){_YEAR}(?P<mark>[/.])\s?(?P<month>\d{{1,2}})(?P=mark)\s?{_DAY}(?![\d/]|\.\d){trail}",
        lead + rf"(?<![\d.]){_DAY}[-/]{month}[-/](?P<year>\d{{4}}|\d{{2}})(?!\d)",
        rf"(?<!\d){_YEAR}\s*年\s*(?:\((?P<alias>[^()]{{2,6}})\)\s*)?(?P<month>\d{{1,2}})\s*月\s*{_DAY}\s*日{trail}",
        (
            rf"(?P<era>{era})\s*(?P<year>\d{{1,2}}|元)\s*(?:\(\d{{4}}\)\s*)?年\s*(?:\(\d{{4}}年?\)\s*)?"
            rf"(?P<month>\d{{1,2}})\s*月\s*{_DAY}\s*日{trail}"
        ),
        rf"(?<![\d.]){_DAY}\s+{month}\s+(?P<year>\d{{2}})(?=\s|$)",
    )
    return tuple(re.compile(form, re.IGNORECASE) for form in forms)


_DAY_SLASHES = r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4}|\d{2})"


@cache
def _yearless() -> tuple[re.Pattern[str], ...]:
    month, lead, trail = _month(), _lead(), _trail()
    forms = (
        lead + rf"(?<![\d.,:]){_DAY}{_ORDINAL}\s*(?:{_OF}\s*)?(?<![^\W\d_]){month}(?!\s*\d{{4}})",
        lead + rf"(?<!\w){month}\s+{_DAY}(?!\d|[:.]\d){_ORDINAL}",
        rf"(?<!\d)(?P<month>\d{{1,2}})月\s*{_DAY}日{trail}",
        lead + rf"(?<![\d.]){_DAY}\.\s?(?P<month>\d{{1,2}})\.(?!\s?\d)",
    )
    return tuple(re.compile(form, re.IGNORECASE) for form in forms)


def parse_date(text: str) -> date:
    """Read a text that is a date and nothing else.

    Raises:
        ValueError: it is not, or there is no such day, or day and month could be either.
    """
    bare = even(text).strip().rstrip(".")
    for expression in _patterns():
        match = expression.fullmatch(bare)
        if match:
            day = _day(match, day_first=False)
            doubt = _weekday_doubt(match, day)
            if doubt:
                raise ValueError(doubt)
            return day
    raise ValueError(f'"{bare}" is not a date that can be read; write it as 2026-11-24')


def find_date(text: str, *, day_first: bool = False) -> FoundDate | None:
    """Find the first date in a text; one that does not exist, or is unclear, is not found.

    `day_first` says that the language of the text puts the day before the month, so that 4/6/2027 is clear.
    """
    best: FoundDate | None = None
    text = even(text)
    for expression in _patterns():
        for match in expression.finditer(text):
            try:
                day = _day(match, day_first=day_first)
            except ValueError:
                continue
            if best is None or match.start() < best.start:
                best = FoundDate(day, match.start(), match.end(), _weekday_doubt(match, day))
            break
    return best


def find_day(text: str) -> FoundDay | None:
    """Find the first day and month that stand without a year."""
    best: FoundDay | None = None
    text = even(text)
    for expression in _yearless():
        match = expression.search(text)
        if match and (best is None or match.start() < best.start):
            month = _month_of(match)
            day = int(match.group("day"))
            if 1 <= month <= 12 and 1 <= day <= 31:
                best = FoundDay(month, day, match.start(), match.end(), _weekday(match))
    return best


def find_month(text: str) -> tuple[int, int] | None:
    """Find the first month with its year and no day, as some date a release: where it begins and ends."""
    match = _months_alone().search(even(text))
    return match.span() if match else None


@cache
def _months_alone() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w){regular_expression(months())}\.?,?\s+(?:de\s+|del\s+)?(?:19|20)\d\d(?!\w)|(?:19|20)\d\d年\d{{1,2}}月(?!\s*\d)",
        re.IGNORECASE,
    )


def complete(found: FoundDay, near: date) -> tuple[date, str]:
    """Return a day without a year the year that puts it nearest to another day, and what is doubtful about that.

    A day within weeks of the other is the one; further off the weekday decides, where it is told. Whatever decides, a
    person has to look at it, so the doubt is never empty.

    Raises:
        ValueError: there is no such day in any year near.
    """
    days: list[date] = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            days.append(date(year, found.month, found.day))
        except ValueError:
            continue
    if not days:
        raise ValueError(f"there is no day {found.day} in month {found.month}")
    days.sort(key=lambda day: abs((day - near).days))
    fits = [day for day in days if day.weekday() == found.weekday]
    day = fits[0] if fits and abs((days[0] - near).days) > _SOON else days[0]
    doubt = f"no year is given: {day.year} was taken, the nearest to {near}"
    if day in fits:
        doubt = f"no year is given: {day.year} was taken, when that day is a {_WEEKDAY_NAMES[day.weekday()]}"
    elif found.weekday is not None:
        doubt += f"; but that day is a {_WEEKDAY_NAMES[day.weekday()]}, not a {_WEEKDAY_NAMES[found.weekday]}"
    return day, doubt


def _month_of(match: re.Match[str]) -> int:
    parts = match.groupdict()
    return months()[parts["name"].lower()] if parts.get("name") else int(parts["month"])


def _day(match: re.Match[str], *, day_first: bool) -> date:
    parts = match.groupdict()
    year = _year(parts)
    try:
        if parts.get("first"):
            return _day_from_pair(year, int(parts["first"]), int(parts["second"]), day_first=day_first)
        return date(year, _month_of(match), int(parts["day"]))
    except ValueError as error:
        if "is unclear" in str(error):
            raise
        raise ValueError(f'there is no day "{match.group().strip()}"') from None


def _year(parts: dict[str, str | None]) -> int:
    said = parts["year"] or ""
    era = parts.get("era")
    if era:
        return _ERAS[era] + (1 if said == "元" else int(said))
    year = int(said)
    if len(said) == 2:  # a release from before 1970 is not sent by mail
        year += 1900 if year >= 70 else 2000
    return year


def _day_from_pair(year: int, first: int, second: int, *, day_first: bool) -> date:
    if first > 12 or first == second or day_first:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    raise ValueError(f"{first}/{second} is unclear: which is the month? Write {year}-MM-DD")


def _weekday(match: re.Match[str]) -> int | None:
    parts = match.groupdict()
    sign = parts.get("sign") or parts.get("sign2")
    if sign:
        return _JAPANESE_DAYS.index(sign)
    said = parts.get("weekday")
    return weekdays()[said.lower().replace("’", "'")] if said else None


def _weekday_doubt(match: re.Match[str], day: date) -> str:
    said = _weekday(match)
    if said is None or said == day.weekday():
        return ""
    names = _WEEKDAY_NAMES
    return f"{day.day}.{day.month}.{day.year} is a {names[day.weekday()]}, not a {names[said]}"
