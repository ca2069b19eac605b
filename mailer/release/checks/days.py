"""Days: whether what a release says about dates can be so.

Owns finding every date of a text that stands with a weekday, or that no calendar has, in the eight languages that
`words` knows, also without a year: it is then the one nearest to the release's own date.
Never reads a date into a field: `dates` does.

Gaps: numbers written out (“the third of March”), and days of other calendars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache

from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
from mailer.release.head.embargo import find_later_holds, find_unset_holds
from mailer.release.holding import NONE
from mailer.release.times.moments import parse_embargo
from mailer.release.words import months, pattern, weekdays

_FAR_DAYS = 300
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PORTUGUESE = ("seg", "ter", "qua", "qui", "sex")  # they count beside a date alone
# months that are words of their own in small letters, and no verbs or short forms (may, set, mar)
_MONTHS = """
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    januari februari maart april mei juni juli augustus september oktober november december
    janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
    januar februar märz april mai juni juli august september oktober november dezember
"""
_JAPANESE_DAYS = "月火水木金土日"
_JAPANESE = re.compile(
    rf"(?:(?P<year>\d{{4}})年)?\s?(?P<month>\d{{1,2}})月\s?(?P<day>\d{{1,2}})日\s?(?:[（(](?P<weekday>[{_JAPANESE_DAYS}])[曜日・祝]*[）)])?"
)


_JOINED = r"(?:[-–—/&]|and|to|through|und|bis|et|au|y|al?|e|en|tot|t/m|até)"
_PARTNER = 60  # characters before a date in which the one beside it stands
_BEFORE = re.compile(
    rf"(?<![\d.,:])(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s?{_JOINED}\s?(?:(?:the|den|el|le|il|o|dia)\s)?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"\s?{_JOINED}\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d.:%])(?:,?\s+(?P<year>(?:19|20)\d\d)(?!\d))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A date as it stands in a text, with its offsets; `year` and `weekday` (0: Monday) are None if none is named."""

    month: int
    day: int
    year: int | None
    weekday: int | None
    start: int
    end: int


@cache
def _weekday_names() -> Mapping[str, int]:
    return {**weekdays(), **{name: number for number, name in enumerate(_PORTUGUESE)}}


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    name = "|".join(sorted(map(re.escape, months()), key=len, reverse=True))
    day = "|".join(sorted(map(re.escape, _weekday_names()), key=len, reverse=True))
    before = rf"(?:(?<!\w)(?P<before>{day})\.?,?\s+(?:(?:den|dem|the|le|el|dia|día|de|do)\s+)?)?"
    after = rf"(?:\s?\((?P<after>{day})\.?\))?"
    year = r"(?P<year>(?:19|20)\d\d)(?!\d)"
    return tuple(
        re.compile(before + body + after, re.IGNORECASE)
        for body in (
            (
                rf"(?<![\d.,:/-])(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:(?:of|de|d['’])\s?)?"
                rf"(?P<name>{name})(?!\w)\.?(?:,?\s+(?:(?:de|del)\s+)?{year})?"
            ),
            rf"(?<!\w)(?P<name>{name})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d.:%]|\s?%)(?:,?\s+{year})?",
            rf"(?<![\d.])(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?:{year})?",
            r"(?<![\d-])(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])",
            rf"(?<![\d/])(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})/{year}",
        )
    )


def find_days(text: str) -> list[FoundDay]:
    """Find every date of a text, in the order in which they stand; two never share a character."""
    found: list[FoundDay] = []
    taken = bytearray(len(text))
    for expression in (*_patterns(), _JAPANESE):
        for match in expression.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            one = _read(match)
            if one is not None:
                found.append(one)
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    return sorted(found, key=lambda one: one.start)


def find_every_day(text: str) -> list[FoundDay]:
    """Find every date of a text, and those that share a month with one: both of “14 and 16 December”."""
    found = find_days(text)
    partners = [partner for one in found if (partner := _partner(text, one))]
    return sorted([*found, *partners], key=lambda one: one.start)


def _partner(text: str, one: FoundDay) -> FoundDay | None:
    """Read the day beside a date: before it, or behind “December 14”."""
    before = _BEFORE.search(text, max(0, one.start - _PARTNER), one.start)
    if before and 1 <= int(before["day"]) <= 31:
        return replace(one, day=int(before["day"]), weekday=None, start=before.start(), end=one.start)
    behind = _BEHIND.match(text, one.end) if text[one.start].isalpha() else None
    if behind and 1 <= int(behind["day"]) <= 31:
        year = int(behind["year"]) if behind["year"] else one.year
        return replace(one, day=int(behind["day"]), year=year, weekday=None, start=one.end, end=behind.end())
    return None


def _read(match: re.Match[str]) -> FoundDay | None:
    parts = match.groupdict()
    month = months()[parts["name"].lower()] if parts.get("name") else int(parts["month"])
    day = int(parts["day"])
    said = parts.get("before") or parts.get("after") or ""
    meant = _weekday_names().get(said.lower())
    if parts.get("weekday"):
        said, meant = parts["weekday"], _JAPANESE_DAYS.index(parts["weekday"])
    year = int(parts["year"]) if parts.get("year") else None
    if "/" in match.group() and month > 12 >= day:
        month, day = day, month  # 11/24/2026
    name = parts.get("name") or ""
    if (
        name.islower()
        and year is None
        and not said
        and (name not in _MONTHS.split() or match.start("name") < match.start("day"))
    ):
        return None  # “may 10 people”, “10 set pieces”
    written = bool(name) or match.re is _JAPANESE
    if not day or not month or (month > 12 and "-" not in match.group()):
        return None
    is_certain = year is not None or bool(said)
    if not is_certain and (not written or day > 31):
        return None  # 3.12. alone may be a section, and “mai 68” a year
    return FoundDay(month, day, year, meant, match.start(), match.end())


def resolve(found: FoundDay, near: date) -> date | None:
    """Return the day that is meant: without a year the one nearest to a date. None where no calendar has it."""
    years = (found.year,) if found.year else (near.year - 1, near.year, near.year + 1)
    days = [day for year in years if (day := _day(year, found.month, found.day))]
    return min(days, key=lambda day: abs((day - near).days), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def check_days(case: Case) -> Iterator[Problem]:
    """Check every date of the text against the calendar."""
    near = case.release.date or case.now.date()
    seen: set[str] = set()
    for passage in case.passages():
        for one in find_days(passage.text):
            shown = " ".join(passage.text[one.start : one.end].split())
            if shown in seen:
                continue
            problem = _against_calendar(one, shown, near, case.lines.of(passage.text, one.start))
            if problem:
                seen.add(shown)
                yield problem


def _against_calendar(one: FoundDay, shown: str, near: date, line: int | None) -> Problem | None:
    day = resolve(one, near)
    if day is None:
        return tell("date-impossible", f'there is no day "{shown}"', line=line, about=shown)
    if one.weekday is None or day.weekday() == one.weekday:
        return None
    when = f"{day.day} {day:%B} {day.year}"
    message = f'"{shown}" does not fit: {when} is a {_NAMES[day.weekday()]}'
    return tell("date-weekday", message, line=line, about=shown)


def check_event(case: Case) -> Iterator[Problem]:
    """Check that the event is still to come when the release goes out."""
    event = case.release.extras.event
    ends = event.ends or event.starts if event else None
    if ends is not None and ends < case.starts:
        message = f"the event is over: it was on {ends:%Y-%m-%d at %H:%M %Z}"
        yield tell("event-past", message, line=case.lines.of_exactly("starts:"))


def check_own_date(case: Case) -> Iterator[Problem]:
    """Check that the release has a date, near enough, and that its dateline says the same."""
    release = case.release
    if release.date is None:
        yield tell("no-date", "the release has no date", line=case.lines.first)
        return
    line = case.lines.of_exactly(release.date.isoformat())
    away = (release.date - case.starts.date()).days
    if abs(away) > _FAR_DAYS:
        when = "ahead" if away > 0 else "ago"
        years = round(abs(away) / 365.25)
        far = f"{years} years" if years > 1 else f"{abs(away)} days"
        yield tell("date-far", f"the release is dated {release.date.isoformat()}, {far} {when}", line=line)
    if release.dateline is None:
        return
    for one in find_days(release.dateline.text):
        day = resolve(one, release.date)
        if day is not None and day != release.date:
            shown = release.dateline.text[one.start : one.end].strip()
            message = f'the dateline says "{shown}", and the release is dated {release.date.isoformat()}'
            yield tell("date-dateline", message, line=case.lines.of(release.dateline.text, one.start))


# Embargoes: whether the release says when it may be used, and whether that fits its sending.

# reading an embargo says what is unclear as a warning; a check decides that the release may not go out so
_SHOWN = 60  # characters of a hold
STOPS = frozenset({"embargo-no-zone", "embargo-unclear", "embargo-in-words"})


def check_embargo(case: Case) -> Iterator[Problem]:
    """Check that the embargo is a moment, still ahead, and what the schedule makes of it."""
    embargo = case.release.embargo
    if embargo is None:
        for hold in find_unset_holds(case.release, now=case.now):
            shown = _short(hold.text)
            message = f'"{shown}" reads like an embargo, and none is set ({hold.why})'
            yield tell("embargo-in-words", message, line=case.lines.of(shown.rstrip("…")), about=shown)
        return
    line = case.lines.of(embargo.text)
    now = _says_now(case)
    if now:
        message = f'the release says both "{now}" and "{_short(embargo.text)}"'
        yield tell("embargo-and-immediate", message, line=case.lines.of(now))
    if not embargo.has_zone or embargo.until is None:
        if not any(one.code in STOPS for one in case.release.problems):
            reason = parse_embargo(embargo.text)[1] or "it is not a moment with a time zone"
            yield tell("embargo-no-zone" if embargo.until else "embargo-unclear", f"embargo: {reason}", line=line)
        return
    ends = said(embargo.until)
    for hold in find_later_holds(case.release):
        shown = _short(hold.text)
        message = f'"{shown}" goes on after the embargo, which ends on {ends}'
        yield tell("embargo-later", message, line=case.lines.of(shown.rstrip("…")), about=shown)
    if embargo.until <= case.now:
        yield tell("embargo-past", f"the embargo is over: it ended on {ends}", line=line)
    elif case.at is not None and case.at < embargo.until:
        message = f"it would go out on {said(case.at)}, while its embargo holds until {ends}"
        yield tell("under-embargo", message, line=line)
    elif case.at is not None:
        message = f"it would go out on {said(case.at)} with its embargo line, and the embargo ends on {ends}"
        yield tell("embargo-ended", message, line=line)


def said(moment: datetime) -> str:
    """Return a moment in figures and words that a person reads at once."""
    return f"{moment:%Y-%m-%d at %H:%M %Z}"


def _says_now(case: Case) -> str:
    """Return the words of the head that let a release out at once; empty where there are none."""
    release = case.release
    lines = [release.label, *(kept.text for kept in release.kept if kept.field in {"label", "date", "embargo"})]
    lines += [release.embargo.text] if release.embargo else []
    search = pattern(r"(?<!\w){immediate}(?!\w)").search
    return next((found.group() for line in lines if not NONE.search(line) and (found := search(line))), "")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
