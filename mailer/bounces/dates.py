"""Dates: the day on which somebody is back, out of the sentences of their notice.

Owns how people write days (“14 March”, “14.3.”, “le 14 mars”, “3月14日”, “next Monday”, “from 3 to 17 May”) and which
of them means the return: a day named as that of the return; else the day after the last one of an absence (“through”,
a range, “bis einschließlich”); else the day behind “until”, which is taken as the return itself.
The year is the one that brings the day nearest behind the mail's own date. `4/3` is read by the language and the zone
of the sender; where neither tells, the later reading holds a follow-up back rather than send it into an empty office.
The words are `[days]`, `[months]` and `[weekdays]` of `bounces.toml`. Never raises.

Gaps: calendar weeks (“KW 33”), a month alone (“back in September”), feasts (“after Easter”) give no day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from mailer.words import read_section

_DAYS = {name: "|".join(words) for name, words in read_section("bounces", "days").items()}
_MONTHS = {name: i for i, names in enumerate(read_section("bounces", "months").values(), start=1) for name in names}
_WEEKDAYS = {name: i for i, names in enumerate(read_section("bounces", "weekdays").values()) for name in names}
_NUMBERS = ("segunda", "terca", "quarta", "quinta", "sexta")  # “second” to “sixth”, and Portuguese weekdays
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = (
    rf"(?:{'|'.join(sorted(_WEEKDAYS.keys() - set(_NUMBERS), key=lambda name: (-len(name), name)))}"
    rf"|(?:{'|'.join(_NUMBERS)})(?=[ ,.]|$))"
)
_LONGEST = timedelta(days=750)
_EARLIEST = timedelta(days=45)  # a notice is often left standing; a day further back is next year's
_BEFORE, _BEHIND = 60, 40

_ORDINAL = r"(?:st|nd|rd|th|er|ste|de|eme|\.|o|a|º|°|-go|-го|-е)?"
_DATE = re.compile(
    r"(?P<iso>20\d\d)[-/.](?P<iso_month>\d{1,2})[-/.](?P<iso_day>\d{1,2})(?!\d)"
    r"|(?:(?P<cjk>20\d\d) ?年 ?)?(?P<cjk_month>\d{1,2}) ?月 ?(?P<cjk_day>\d{1,2}) ?[日号號]"
    rf"|(?<![\d.])(?P<day>\d{{1,2}}){_ORDINAL},? ?(?:of |de |den |d')?(?P<month>{_MONTH})(?![^\W\d])\.?,?"
    r"(?: (?:de |del )?(?P<year>20\d\d))?"
    rf"|(?<![^\W\d])(?P<us_month>{_MONTH})\.? (?:the )?(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
    r"(?:,? (?P<us_year>20\d\d))?"
    r"|(?<![\d/+])(?<!\d[.-])(?P<first>\d{1,2})(?P<sign>[./])(?P<second>\d{1,2})(?![\d:])"
    r"(?:(?P=sign)(?P<short>20\d\d|\d\d(?!\d))?)?(?!\d)"
    rf"|(?<![^\W\d])(?P<weekday>{_WEEKDAY})(?![^\W\d])|(?P<week>{_DAYS['next_week']})"
    f"|(?P<tomorrow>{_DAYS['tomorrow']})"
)
_IS_BACK = re.compile(rf"(?:\b(?:{_DAYS['back']})\b)[^@]{{0,40}}$")
_BACK_BEHIND = re.compile(rf"^[^@;]{{0,30}}?(?:\b(?:{_DAYS['back']})\b|{_DAYS['back_behind']})")
_NOT_BACK = re.compile(r"\b(?:not|nicht|until|bis)\b")  # “starting 2 March and will not return until …”
_INCLUSIVE = re.compile(rf"(?:{_DAYS['inclusive']})[^\d]{{0,20}}$")
_INCLUSIVE_BEHIND = re.compile(rf"^\)?,?(?: ?\([^)]{{0,12}}\))? ?\(?(?:{_DAYS['inclusive_behind']})")
_UNTIL = re.compile(rf"(?:\b(?:{_DAYS['until']})\b|至|到)[^\d@]{{0,28}}$")
_UNTIL_BEHIND = re.compile(rf"^ ?(?:{_DAYS['until_behind']})")
_RANGE = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|er|\.|日|号)?(?:\d{1,2}\.?)?(?:20\d\d)?(?: ?/ ?\d\d?)?(?: [^\W\d]+\.?)?(?: 20\d\d)? ?"
    r"(?:\([^)]{1,12}\))? ?(?:-|to|bis(?: zum)?|and|und|et|au|al|a|ao|y|e|tot|do|по|until|till|through|til|i"
    r"|til og med|aan|~|〜|から|至|到|ate|hasta|--)"
    rf" ?(?:el |il |le |al |the |den |dem |dia |o |{_WEEKDAY},? ?(?:the |den |dem )?)?$"
)


class Role(IntEnum):
    """What a day in a notice is, the stronger the higher."""

    NOTHING = 0
    UNTIL = 1
    LAST = 2
    BACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the mail itself tells about its day: when it was sent, and whether the sender writes the month first.

    `month_first`: True in North American English, False in Europe, None where nothing tells.
    """

    on: date | None = None
    month_first: bool | None = None


def parse_sent(header: str, at: datetime | None, *, english: bool) -> Sent:
    """Read a Date header for its day and its zone; `english` is whether the notice is written in English.

    Exchange writes every out-of-office reply in UTC, so a zone of zero tells nothing.
    """
    zone = re.search(r"([+-])(\d\d)\d\d\b", header[-60:])
    hours = int(zone[2]) * (-1 if zone[1] == "-" else 1) if zone else 0
    month_first = None if english and not hours else english and -10 <= hours <= -4
    return Sent(on=at.date() if at else None, month_first=month_first)


def find_return(sentences: Iterable[str], sent: Sent) -> date | None:
    """Return the day of the return that the sentences (in plain form) name, or None."""
    found: list[tuple[Role, date]] = []
    for plain in sentences:
        if any(sign.isdigit() for sign in plain) or sent.on:
            found += _roles(plain, sent)
    role = max((role for role, _ in found), default=Role.NOTHING)
    days = [day for each, day in found if each is role]
    if not role or not days:
        return None
    day = days[0] if role is Role.BACK else max(days) + timedelta(days=role is Role.LAST)
    return day if sent.on is None or sent.on - _EARLIEST <= day <= sent.on + _LONGEST else None


def _roles(plain: str, sent: Sent) -> Iterator[tuple[Role, date]]:
    matches = list(_DATE.finditer(plain))
    for place, found in enumerate(matches):
        following = matches[place + 1] if place + 1 < len(matches) else None
        if found["weekday"] and following and following.start() - found.end() < 8 and not following["weekday"]:
            continue  # “Monday, 14 March” is one day
        day = _day(found, sent)
        if day is None:
            continue
        start = matches[place - 1].end() if place else 0
        yield _role(plain, found, matches[place - 1] if place else None, start), day


def _role(plain: str, found: re.Match[str], previous: re.Match[str] | None, start: int) -> Role:
    before = plain[max(start if previous and not previous["weekday"] else 0, found.start() - _BEFORE) : found.start()]
    behind = plain[found.end() : found.end() + _BEHIND]
    wide = plain[max(0, found.start() - _BEFORE) : found.start()]
    if _IS_BACK.search(before) and not _UNTIL.search(before):
        return Role.BACK
    if _INCLUSIVE.search(before) or _INCLUSIVE_BEHIND.search(behind) or _RANGE.search(wide):
        return Role.LAST
    if _UNTIL.search(before) or _UNTIL_BEHIND.search(behind):
        return Role.UNTIL
    return Role.BACK if _BACK_BEHIND.search(behind) and not _NOT_BACK.search(behind) else Role.NOTHING


def _day(found: re.Match[str], sent: Sent) -> date | None:
    group = found.groupdict()
    for year, month, day in (("iso", "iso_month", "iso_day"), ("cjk", "cjk_month", "cjk_day")):
        if group[day]:
            return _nearest(int(group[year] or 0), int(group[month]), int(group[day]), sent)
    if group["month"]:
        return _nearest(int(group["year"] or 0), _MONTHS[group["month"]], int(group["day"]), sent)
    if group["us_month"]:
        return _nearest(int(group["us_year"] or 0), _MONTHS[group["us_month"]], int(group["us_day"]), sent)
    if group["first"]:
        return _numeric(group, sent)
    if sent.on is None:
        return None
    if found["tomorrow"]:
        return sent.on + timedelta(days=1)
    if found["week"]:
        return sent.on + timedelta(days=7 - sent.on.weekday())
    ahead = (_WEEKDAYS[found["weekday"]] - sent.on.weekday()) % 7
    return sent.on + timedelta(days=ahead or 7)


def _numeric(group: dict[str, str | None], sent: Sent) -> date | None:
    first, second, short = int(group["first"] or 0), int(group["second"] or 0), group["short"] or "0"
    year = int(short) + (2000 if 0 < int(short) < 100 else 0)
    european, american = (_nearest(year, second, first, sent), _nearest(year, first, second, sent))
    if group["sign"] == "." or sent.month_first is False:
        return european or (american if group["sign"] == "/" else None)
    if sent.month_first:
        return american or european
    return max(filter(None, (european, american)), default=None)


def _nearest(year: int, month: int, day: int, sent: Sent) -> date | None:
    """Return the day, in the year that was named or the one nearest behind the mail's own date."""
    if year:
        return _date(year, month, day)
    if sent.on is None:
        return None
    days = (_date(sent.on.year + step, month, day) for step in (-1, 0, 1))
    return next((each for each in days if each and each >= sent.on - _EARLIEST), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
