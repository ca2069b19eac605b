"""Times: a date, a time and a zone as people write them → one point in time, in the languages of `words`.

It is the only reader of dates and times: the same words mean the same in an embargo and in `--at`.
Days are found with and without their year. Times of day come as 9 a.m., 00.01, 0900 hrs, 9 Uhr 30, 9h30, ore 9,
午前9時; zones as abbreviations, places and phrases (“heure de Paris”, “hora peninsular”, 日本時間: `zones.toml` in
`mailer.words`).

Never guesses the year, nor which part of 4/06 is the month if the language does not decide it; it reports what is
unclear instead. Never guesses a zone: a time without one, or with an abbreviation that two parts of the world use,
stays naive, with the reason. A time that a clock change skips or repeats is not accepted either, nor is
a year in two digits, since 01/06/27 can be three dates. Raises `ValueError` with a sentence for people.

Two things may be left out only on the command line: with `today`, "tomorrow" can be read, and `zone` is the office's
own (`[office] time_zone`), which other readers of a release do not know.

Gaps: numbers as words (“the third of March”), days of other calendars; Japanese numerals only as digits; "midnight" is
refused, since it may be the start or the end of the day; times relative to an event are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from mailer import lazy_re as re
from mailer.errors import did_you_mean
from mailer.frozen import dataclass, replace
from mailer.release.values import Embargo
from mailer.release.words import months, pattern, phrases, regular_expression, weekdays, written
from mailer.words import read_section

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY_SIGNS = "月火水木金土日월화수목금토일"  # weekdays of Japanese and Korean
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}  # the year before the first
# one character for each, so that positions in the text stay the same
_WIDTHS = str.maketrans("０１２３４５６７８９／．－：，（）　\u00a0\u202f\u2009", "0123456789/.-:,()    ")
_ALSO_WORDS = frozenset({"march", "august", "sept"})
_SOON = 60  # days before or after a release that it names without a year
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})"
_ORDINAL = r"(?:\s?(?:(?:st|nd|rd|th|er|ers|ère|ro|do|e)(?!\w)|\.?[º°ª]|\.))?"
_OF = r"(?:of|de|del|do|da|di|d['’])"
_Form = tuple[re.Pattern[str], re.Pattern[str]]  # a quick test, and the pattern to search for where it succeeds
_YEAR_WORD = r"(?:\s(?:r\.|roku|г\.|года|р\.|року|godine|m\.))?"  # Slavic languages put a word for it behind a year


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, from character `start` to `end`; `doubt` says what does not fit; empty if all does."""

    day: date
    start: int
    end: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A day and month as written, from character `start` to `end`, whether or not the calendar has them.

    `year` and `weekday` (Monday is 0) are None if they are not named.
    """

    month: int
    day: int
    start: int
    end: int
    weekday: int | None = None
    year: int | None = None


def narrow(text: str) -> str:
    """Return a text with full-width digits and marks as ordinary ones, character for character."""
    return text.translate(_WIDTHS)


@cache
def _patterns() -> tuple[tuple[_Form, ...], tuple[_Form, ...], tuple[re.Pattern[str], ...]]:
    """Compile the forms of a date with its year, the vaguest last, of one without, of a weekday, and of a month."""
    name = regular_expression(months())
    month = rf"(?P<name>{name})(?!\w)\.?"
    # a short weekday needs a mark behind it, since “so” is also a word
    long_names = regular_expression(name for name in weekdays() if len(name) > 2)
    short_names = regular_expression(name for name in weekdays() if len(name) == 2)
    weekday = rf"(?P<weekday>{long_names}(?!\w)|{short_names}(?=[.,)]))"
    lead = (
        rf"(?:(?<!\w){weekday}(?:\s(?:morning|evening))?\.?\)?(?:\s*,\s*|\s+)"
        rf"(?:(?<!\w){phrases('date_lead')}\s+){{0,2}})?"
    )
    trail = rf"(?:\s*\(?(?P<sign>[{_WEEKDAY_SIGNS}])(?:曜日?)?(?:[・･]祝)?\)|\s*(?P<sign2>[{_WEEKDAY_SIGNS}])曜日?)?"
    dated = (
        lead + rf"(?<![\d-]){_YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?![\d-])",
        lead
        + rf"(?<![\d.]){_DAY}{_ORDINAL}\s*(?:{_OF}\s*)?(?<![^\W\d_]){month}(?:,?\s+(?:{_OF}\s+)?|,\s*){_YEAR}(?!\d)"
        + _YEAR_WORD,
        lead + rf"(?<!\w){month}\s+{_DAY}{_ORDINAL}(?:,\s*|\s+){_YEAR}(?!\d)",
        lead + rf"(?<![\d.]){_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}|\d{{2}})(?!\d|\.\d){_YEAR_WORD}",
        lead + r"(?<![\d/])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4}|\d{2})(?![\d/])",
        lead + rf"(?<![\d-])(?P<first>\d{{1,2}})-(?P<second>\d{{1,2}})-{_YEAR}(?![\d-])",
        lead
        + rf"(?<![\d/.]){_YEAR}(?P<mark>[/.])\s?(?P<month>\d{{1,2}})(?P=mark)\s?{_DAY}(?![\d/]|\.\d)(?:\.(?=\())?"
        + trail,
        lead + rf"(?<![\d.]){_DAY}[-/]{month}[-/](?P<year>\d{{4}}|\d{{2}})(?!\d)",
        rf"(?<!\d){_YEAR}\s*[年년]\s*(?:\((?P<alias>[^()]{{2,6}})\)\s*)?(?P<month>\d{{1,2}})\s*[月월]\s*{_DAY}\s*[日일]{trail}",
        rf"(?<![\d.]){_YEAR}(?:\.|\s?m\.)?\s{month}\s{_DAY}(?!\d)",  # Hungarian, Lithuanian
        (
            rf"(?P<era>{'|'.join(_ERAS)})\s*(?P<year>\d{{1,2}}|元)\s*(?:\(\d{{4}}\)\s*)?年\s*(?:\(\d{{4}}年?\)\s*)?"
            rf"(?P<month>\d{{1,2}})\s*月\s*{_DAY}\s*日{trail}"
        ),
        rf"(?<![\d.]){_DAY}\s+{month}\s+(?P<year>\d{{2}})(?=\s|$)",
    )
    yearless = (
        lead + rf"(?<![\d.,:]){_DAY}{_ORDINAL}\s*(?:{_OF}\s*)?(?<![^\W\d_]){month}(?!\s*\d{{4}})",
        lead + rf"(?<!\w){month}\s+{_DAY}(?!\d|[:.]\d){_ORDINAL}",
        rf"(?<!\d)(?P<month>\d{{1,2}})月\s*{_DAY}日{trail}",
        lead + rf"(?<![\d.]){_DAY}\.\s?(?P<month>\d{{1,2}})\.(?!\s?\d)",
    )
    alone = rf"(?<!\w){name}\.?,?\s+(?:de\s+|del\s+)?(?:19|20)\d\d(?!\w)|(?:19|20)\d\d年\d{{1,2}}月(?!\s*\d)"
    others = (rf"\s?\({weekday}\.?\)", alone)
    dated_forms, yearless_forms = (
        tuple(
            (re.compile(sign.replace("{name}", name), re.IGNORECASE), re.compile(form, re.IGNORECASE))
            for sign, form in zip(signs, forms, strict=True)
        )
        for signs, forms in ((_IN_DATED, dated), (_IN_YEARLESS, yearless))
    )
    return dated_forms, yearless_forms, tuple(re.compile(form, re.IGNORECASE) for form in others)


# a quick test for each form, which every text with that form passes: the forms take long to compile
_NAMED_DAY, _NUMBERS = r"{name}\.?\s+\d{1,2}(?!\d)", (r"\d\.\s?\d", r"\d/\d", r"\d-\d", r"\d[/.]\s?\d")
_YEAR_FIRST, _SHORT_YEAR = r"\d{4}(?:\.|\s?m\.)?\s\D", r"[^\W\d_]\.?\s+\d\d(?:\s|$)"
_IN_DATED = (r"\d-\d", r"[\s,]\d{4}", _NAMED_DAY, *_NUMBERS, r"\d[-/]\D", "[月월]", _YEAR_FIRST, "月", _SHORT_YEAR)
_IN_YEARLESS = (r"\d", _NAMED_DAY, "月", r"\d\.\s?\d")


@cache
def _month() -> re.Pattern[str]:
    return re.compile(regular_expression(months()), re.IGNORECASE)


def _possible(forms: Iterable[_Form], text: str) -> Iterator[re.Pattern[str]]:
    """Yield the forms that a text may have: most texts have no name of a month, and no such row of numbers."""
    if any(map(str.isdecimal, text)):
        is_named = _month().search(text)
        signed = (form for sign, form in forms if sign.search(text))
        yield from (form for form in signed if is_named or "(?P<name>" not in form.pattern)


def parse_date(text: str) -> date:
    """Parse a text that consists of a date.

    Raises:
        ValueError: it is not a date, there is no such day, or it is unclear which number is the month.
    """
    bare = narrow(text).strip().rstrip(".")
    matches = (expression.fullmatch(bare) for expression in _possible(_patterns()[0], bare))
    match = next(filter(None, matches), None)
    if match is None:
        raise ValueError(f'"{bare}" is not a date that can be read; write it as 2026-11-24')
    day, doubt = _date(match, day_first=False)
    if doubt:
        raise ValueError(doubt)
    return day


def find_date(text: str, *, day_first: bool = False) -> FoundDate | None:
    """Find the first date in a text; one that does not exist or is unclear is skipped.

    `day_first` says that the language of the text puts the day before the month, so that 4/6/2027 is clear.
    """
    best: FoundDate | None = None
    bare = narrow(text)
    for expression in _possible(_patterns()[0], bare):
        for match in expression.finditer(bare):
            try:
                day, doubt = _date(match, day_first=day_first)
            except ValueError:
                continue
            if best is None or match.start() < best.start:
                best = FoundDate(day, match.start(), match.end(), doubt)
            break
    return best


def find_day(text: str) -> FoundDay | None:
    """Find the first day and month without a year."""
    bare = narrow(text)
    matches = (match for expression in _possible(_patterns()[1], bare) if (match := expression.search(bare)))
    found = [one for match in matches if 1 <= (one := _parts(match)).month <= 12 and 1 <= one.day <= 31]
    return min(found, key=lambda one: one.start, default=None)


def find_days(text: str) -> list[FoundDay]:
    """Find every date of a text, in order, also impossible ones; no two share a character.

    A number beside a month is a day if it has a year or a weekday, or is not above 31.
    """
    bare = narrow(text)
    found: list[FoundDay] = []
    taken = bytearray(len(bare))
    dated, yearless, (behind, _) = _patterns()
    for expression in _possible((*dated[:-1], *yearless), bare):
        for match in expression.finditer(bare):
            if any(taken[match.start() : match.end()]):
                continue
            one = _parts(match)
            if named := behind.match(bare, one.end):
                one = replace(one, end=named.end(), weekday=_weekday(named))
            name = match.groupdict().get("name") or ""
            is_certain = one.year is not None or one.weekday is not None
            is_named = bool(name) or "月" in match.group()
            is_month = one.month in range(1, 13) or (is_certain and "-" in match.group())
            if not one.day or not is_month or not (is_certain or (is_named and one.day <= 31)):
                continue  # 3.12. alone may be a section, and “mai 68” a year
            # in lower case, short months and some others are also words: “may 10 people”, “10 set pieces”
            is_small = (len(name) > 3 and name not in _ALSO_WORDS) or name in {"mai", "mei"}
            if name.islower() and not is_certain and (not is_small or match.start("name") == one.start):
                continue
            found.append(one)
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
    return sorted(found, key=lambda one: one.start)


def find_month(text: str) -> tuple[int, int] | None:
    """Return the span of the first month with a year but no day, as some releases are dated."""
    match = _patterns()[2][1].search(narrow(text))
    return match.span() if match else None


def days_near(found: FoundDay, near: date) -> list[date]:
    """Return the possible days, the nearest first: without a year, those of the years around; none if none exists."""
    days: list[date] = []
    for year in (found.year,) if found.year else (near.year - 1, near.year, near.year + 1):
        with suppress(ValueError):
            days.append(date(year, found.month, found.day))
    return sorted(days, key=lambda day: abs((day - near).days))


def complete(found: FoundDay, near: date) -> tuple[date, str]:
    """Complete a day without a year with the year that puts it nearest to another day; return it and the doubt.

    A day within weeks of the other is taken; further off, the weekday decides if there is one. A person has to check
    the result in any case, so the doubt is never empty.

    Raises:
        ValueError: there is no such day in the years around.
    """
    days = days_near(found, near)
    if not days:
        raise ValueError(f"there is no day {found.day} in month {found.month}")
    fits = [day for day in days if day.weekday() == found.weekday]
    day = fits[0] if fits and abs((days[0] - near).days) > _SOON else days[0]
    doubt = f"no year is given: {day.year} was taken, the nearest to {near}"
    if day in fits:
        doubt = f"no year is given: {day.year} was taken, when that day is a {WEEKDAYS[day.weekday()]}"
    elif found.weekday is not None:
        doubt += f"; but that day is a {WEEKDAYS[day.weekday()]}, not a {WEEKDAYS[found.weekday]}"
    return day, doubt


def _parts(match: re.Match[str]) -> FoundDay:
    """Read the parts of a date; if either of two numbers may be the month, the first is the day."""
    parts = match.groupdict()
    day = int(parts.get("first") or parts["day"])
    month = months()[parts["name"].lower()] if parts.get("name") else int(parts.get("second") or parts["month"])
    if parts.get("first") and month > 12 >= day:
        day, month = month, day  # 11/24/2026
    year_text = parts.get("year") or ""
    if parts.get("era"):
        year = _ERAS[parts["era"]] + (1 if year_text == "元" else int(year_text))
    else:
        year = int(year_text or 0)
        if len(year_text) == 2:  # a release from before 1970 is not sent by mail
            year += 1900 if year >= 70 else 2000
    return FoundDay(month, day, match.start(), match.end(), _weekday(match), year if year_text else None)


def _weekday(match: re.Match[str]) -> int | None:
    parts = match.groupdict()
    if sign := parts.get("sign") or parts.get("sign2"):
        return _WEEKDAY_SIGNS.index(sign) % 7
    name = parts.get("weekday")
    return weekdays()[name.lower().replace("’", "'")] if name else None


def _date(match: re.Match[str], *, day_first: bool) -> tuple[date, str]:
    """Return the day of a date with its year, and why its weekday is doubtful.

    Raises:
        ValueError: there is no such day, or it is unclear which number is the month.
    """
    found = _parts(match)
    if match.groupdict().get("first") and found.day != found.month and not day_first:
        first, second = int(match["first"]), int(match["second"])
        if first <= 12 and second <= 12:
            raise ValueError(f"{first}/{second} is unclear: which is the month? Write {found.year}-MM-DD")
    try:
        day = date(found.year or 0, found.month, found.day)
    except ValueError:
        raise ValueError(f'there is no day "{match.group().strip()}"') from None
    if found.weekday is None or found.weekday == day.weekday():
        return day, ""
    doubt = f"{day.day}.{day.month}.{day.year} is a {WEEKDAYS[day.weekday()]}, not a {WEEKDAYS[found.weekday]}"
    return day, doubt


# Times of day.

_OPEN = read_section("holding", "signs")
OPEN = re.compile(  # an open end: "until further notice"
    rf"(?<!\w)(?:{'|'.join(_OPEN['open'])})(?!\w)|{'|'.join(_OPEN['open_japanese'])}", re.IGNORECASE
)

NO_DATE = "a time but no date"
HOW = "write it as 2026-12-01 09:00 Europe/Berlin, or 2026-12-01T09:00+01:00"

_NOON = written("moments", "noon").pattern
_MIDNIGHT = r"midnight|mitternacht|minuit|medianoche|mezzanotte|middernacht|meia-noite|深夜|真夜中"
_HALF = (
    r"(?P<half>[ap]\.?\s?m\b\.?|(?:du\s|de\sla\s|de\sl['’]|in\sthe\s|del\s|di\s|da\s|'s\s)?(?:(?P<early>matin|morning|mañana"
    r"|mattin[oa]|manhã|morgens|früh|ochtends)|(?P<late>soir|après-midi|evening|afternoon|tarde|sera|pomeriggio|abends"
    r"|nachmittags|avonds|middags))(?!\w))"
)
_HOUR = r"(?<![\d.:,])(?P<hour>\d{1,2})"
_WORD = (
    r"(?:Uhr|uur|heures?|horas?|hrs?|h|o['’]clock|ore|óra(?:kor)?|óráig|godzin\w{0,4}|hod|час\w{0,4}|ч)(?![^\W\d_])\.?"
)
_BEFORE = r"(?:ore|alle|às|as|a\s+las|las|à|om|um|ab|at|bis|tot|kl(?:o|okken|ockan)?\.?|godz\.?|saat|ora)\s+"
_FORMS = (
    rf"(?<!\w){_NOON}(?!\w)",
    rf"{_HOUR}\s?[:.hu]\s?(?P<minute>\d{{2}})(?::\d{{2}})?(?!\d)\s*(?:(?:{_WORD}\s*)?{_HALF}|{_WORD})?",
    rf"{_HOUR}\s*(?:Uhr|h|heures)\s*(?P<minute>\d{{2}})(?!\d)",
    rf"{_HOUR}(?:\s*(?:(?:{_WORD}\s*)?{_HALF}|{_WORD})|u(?!\w))",
    r"(?<!\d)(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)\s*(?:(?:hrs?|hours|h)\b\.?)?(?!\d)",
    r"(?:(?P<part>午前|午後|朝|夜)\s*)?(?P<hour>\d{1,2})\s*時(?:\s*(?P<minute>\d{1,2})\s*分|(?P<thirty>半))?",
    r"(?P<part>午前|午後|AM|PM)\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})",
    rf"(?<!\w){_BEFORE}(?P<hour>\d{{1,2}})(?![\d/]|[.:]\d)(?!\s*(?:[^\W\d_]{{3,}}\s+\d{{4}}|/))",
)
_AFTER_MIDNIGHT = written("moments", "after_midnight")  # the form that is not ambiguous, as midnight is
_HOURS = {word: str(i) for i, words in enumerate(read_section("zones", "hours")["words"], 1) for word in words}
_IN_WORDS = re.compile(  # “à six heures”, “alle sei”
    rf"(?<!\w)(?:(?P<hour>{'|'.join(_HOURS)})(?=\s{_WORD})|(?P<lead>a\slas?\s|alle\s)(?P<told>{'|'.join(_HOURS)})(?!\w))",
    re.IGNORECASE,
)
_HALVES = {"a": "a", "am": "a", "p": "p", "pm": "p", "午前": "a", "朝": "a", "午後": "p", "夜": "p"}


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, from character `start` to `end` of its text; hour 24 is the end of the day."""

    hour: int
    minute: int
    start: int
    end: int
    second: int = 0

    def __post_init__(self) -> None:
        """Refuse an impossible time.

        Raises:
            ValueError: no day has such a time.
        """
        late = self.minute or self.second
        if self.hour > 24 or self.minute > 59 or self.second > 59 or (self.hour == 24 and late):
            raise ValueError(f"{self.hour}:{self.minute:02} is not a time; {HOW}")


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)


def find_times(text: str) -> list[Time]:
    """Find the times in a text without its date, in order; of two that overlap, the longer.

    Raises:
        ValueError: midnight, which may be the start or the end of a day; or an impossible time.
    """
    sure = [Time(0, 1, *match.span()) for match in _AFTER_MIDNIGHT.finditer(text)]
    if re.search(rf"(?<!\w)(?:{_MIDNIGHT})(?!\w)", _AFTER_MIDNIGHT.sub("", text), re.IGNORECASE):
        raise ValueError("midnight may be the start or the end of that day; write 00:01")
    if sure:
        return sure
    matches = [match for form in _forms() for match in form.finditer(text)]
    # words before a time (“ore”) are not part of it
    parts = [next(part for part in ("noon", "part", "hour") if match.groupdict().get(part)) for match in matches]
    begun = [(match.start(part), match) for part, match in zip(parts, matches, strict=True)]
    found: list[Time] = []
    for start, match in sorted(begun, key=lambda one: (one[0], -one[1].end())):
        if not found or start >= found[-1].end:
            found.append(_time(match, start))
    return found


def _time(match: re.Match[str], start: int) -> Time:
    parts = match.groupdict()
    if parts.get("noon"):
        return Time(12, 0, start, match.end())
    hour = int(parts["hour"])
    half = _HALVES.get((parts.get("half") or parts.get("part") or "")[:2].lower().replace(".", ""), "")
    if parts.get("early") or parts.get("late"):
        half = ("p" if parts.get("late") else "a") if 1 <= hour <= 12 else ""  # “18 Uhr abends” says it twice
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half}.m. is not a time; {HOW}")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return Time(hour, 30 if parts.get("thirty") else int(parts.get("minute") or 0), start, match.end())


# Zones.

_SHORT = read_section("zones", "abbreviations")
FIXED: Mapping[str, float] = {name: float(hours) for hours, names in _SHORT["hours"] for name in names.split()}
AMBIGUOUS: Mapping[str, str] = dict(_SHORT["ambiguous"])
WINTER: Mapping[str, str] = dict(_SHORT["winter"])
REGIONS: Mapping[str, str] = {name: zone for zone, names in read_section("zones", "places").items() for name in names}
_PHRASES: Mapping[str, str] = {
    phrase: region for region, phrases in read_section("zones", "phrases")["rows"] for phrase in phrases
}
_LOCAL = re.compile(rf"\b(?:{'|'.join(_SHORT['local'])})\b|現地時間", re.IGNORECASE)
_OFFSET = re.compile(r"(?:\b(?:UTC|GMT)\s?|(?<!\w))([+\-−])(\d{1,2})(?::?(\d{2}))?(?![\d-])")
_IANA = re.compile(r"\b[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2}\b")
_DOTTED_ZONE = re.compile(r"\b([ECMP])\.([SD]?)\.?T\b\.?")  # E.S.T.


class NoZone(ValueError):
    """The text names no zone at all."""


@cache
def _place_pattern() -> re.Pattern[str]:
    """Compile a place beside the word for time; a place alone may be where the story happens."""
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
    """Find the zone that a text names: by its name in the tz database, its offset, an abbreviation, or a place.

    Raises:
        ValueError: there is none, or it is unknown or unclear.
    """
    named = _IANA.search(text)
    if named and re.match(r"[+-]\d", text[named.end() :]):  # Etc/GMT+1 is an hour behind UTC, against expectation
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
    for name in re.findall(r"(?<![^\W_])[A-Z]{2,4}(?![^\W_])", _DOTTED_ZONE.sub(r"\1\2T", text)):
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
    if place := _place_pattern().search(lower):
        return ZoneInfo(REGIONS[next(filter(None, place.groups()))])
    if _LOCAL.search(text):
        raise ValueError(f"it says local time, but not where; {HOW}")
    raise NoZone(f"it names no time zone; {HOW}")


# Moments.

_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?")
_RELATIVE = re.compile(r"(?<!\w)(?:(?P<today>today)|tomorrow)(?!\w)", re.IGNORECASE)
_YEAR_OF_TWO = re.compile(r"(?<![\d./-])(?:\d{1,2}(?P<mark>[./-])\d{1,2}(?P=mark)\d{2}|\d{6})(?![\d/]|[.-]\d)")


@dataclass(frozen=True, slots=True)
class ReadMoment:
    """The date and time of a text: `until` is naive without a known zone, and None if day or time cannot be read.

    `doubt` says what is missing or doubtful; `readings` are the two possible times at a clock change.
    """

    until: datetime | None = None
    day: date | None = None
    doubt: str = ""
    readings: tuple[datetime, ...] = ()


class ClockChange(ValueError):
    """A time that a clock change skips or repeats, with both readings."""

    def __init__(self, message: str, readings: tuple[datetime, ...]) -> None:
        """Keep the readings."""
        super().__init__(message)
        self.readings = readings


def read_moment(
    text: str,
    *,
    near: date | None = None,
    day_first: bool = False,
    now: datetime | None = None,
    zone: tzinfo | None = None,
) -> ReadMoment:
    """Read a date and time: alone, or in a line such as `EMBARGOED UNTIL 00:01 GMT, 3 March 2027`.

    `near` is the day by which one without a year is completed; `day_first` as in `find_date`; `now` (aware) allows
    "today" and "tomorrow", and `zone` is used if the text names none.
    """
    bare = narrow(" ".join(text.split()))
    bare = _IN_WORDS.sub(lambda match: (match["lead"] or "") + _HOURS[(match["hour"] or match["told"]).lower()], bare)
    day: date | None = None
    try:
        if now is not None and (relative := _RELATIVE.search(bare)):
            rest = f"{bare[: relative.start()]} {bare[relative.end() :]}"
            there = now.astimezone(_zone(rest, zone)).date() + timedelta(days=0 if relative["today"] else 1)
            bare = f"{there.isoformat()} {rest.strip()}"
        if iso := _ISO_TIME.search(bare):
            hour, minute, second = (int(part or 0) for part in iso.group(2, 3, 4))
            written, doubt, rest = parse_date(iso.group(1)), "", bare[iso.end() :]
            times = [Time(hour, minute, 0, 0, second)]
        else:
            written, rest, doubt = _find_day(bare, near, day_first=day_first)
            times = []
        day = written
        return _combine(day, times or find_times(rest), rest, zone, doubt)
    except ValueError as error:
        return ReadMoment(day=day, doubt=str(error))
    except OverflowError:
        return ReadMoment(doubt=f'"{text}" is beyond the calendar; {HOW}')


def _find_day(text: str, near: date | None, *, day_first: bool) -> tuple[date, str, str]:
    """Return the day, the text around it, and the doubt about the day."""
    found = find_date(text, day_first=day_first)
    date_text = text[found.start : found.end] if found else ""
    two_digits = _YEAR_OF_TWO.search(date_text or text)
    if found and not two_digits and (re.search(r"\d{4}", date_text) or "年" in date_text):
        return found.day, f"{text[: found.start]} {text[found.end :]}", found.doubt
    if found or two_digits:
        raise ValueError(f'"{two_digits.group() if two_digits else date_text}" writes the year in two digits; {HOW}')
    part = find_day(text)
    if part is None:
        if endless := OPEN.search(text):
            raise ValueError(f'"{endless.group()}" names no end; {HOW}, or wait until it may be used')
        what = NO_DATE if find_times(text) else "no date that can be read"
        raise ValueError(f'"{text}" names {what}; {HOW}')
    behind = re.match(r"\s*,?\s*['’]?(\d{2})(?!\w)", text[part.end :])
    if behind and not any(time.start == part.end + behind.start(1) for time in times_in(text)):
        raise ValueError(f'"{text[part.start : part.end + behind.end()].strip()}" writes the year in two digits; {HOW}')
    if near is None:
        raise ValueError(f'"{text}" names no year; {HOW}')
    day, doubt = complete(part, near)
    return day, f"{text[: part.start]} {text[part.end :]}", doubt


def times_in(text: str) -> list[Time]:
    """Find the times in a text as `find_times` does; none if one of them is unclear."""
    try:
        return find_times(text)
    except ValueError:
        return []


def _zone(text: str, zone: tzinfo | None) -> tzinfo:
    try:
        return find_zone(text)
    except NoZone:
        if zone is None:
            raise
        return zone


def _combine(day: date, times: list[Time], rest: str, zone: tzinfo | None, doubt: str) -> ReadMoment:
    """Combine day, time and zone; all of several times (“9:00 CET / 3 a.m. EST”) must agree.

    Raises:
        ValueError: there is no time.
    """
    if not times:
        raise ValueError(f"a day is named, but no time; {HOW}")
    edges = [*(time.start for time in times[1:]), len(rest)]
    parts = [rest[time.end : edge] for time, edge in zip(times, edges, strict=True)]
    if len(times) == 1:
        parts = [f"{parts[0]} {rest[: times[0].start]}"]
    naive = [_at(day, time) for time in times]
    found: list[datetime] = []
    failed: ValueError | None = None
    for local, part in zip(naive, parts, strict=True):
        try:
            found.append(_exact(local, _zone(part, zone if len(times) == 1 else None)))
        except ValueError as error:
            failed = failed or error
    if failed and not found:
        return ReadMoment(naive[0], day, str(failed), failed.readings if isinstance(failed, ClockChange) else ())
    first = found[0].astimezone(UTC)
    # it may already be tomorrow in Tokyo
    is_agreed = all(abs(local.astimezone(UTC) - first) in {timedelta(0), timedelta(days=1)} for local in found)
    if not is_agreed:
        return ReadMoment(naive[0], day, f"the times are not the same; {HOW}")
    return ReadMoment(found[0], day, doubt)


def _at(day: date, time: Time) -> datetime:
    late = time.hour == 24
    start = datetime(day.year, day.month, day.day, 0 if late else time.hour, time.minute, time.second)  # noqa: DTZ001 - the zone follows
    return start + timedelta(days=1) if late else start


def _exact(naive: datetime, zone: tzinfo) -> datetime:
    """Return a time in its zone; refuse one at a clock change, or in winter time on a day of summer time."""
    name = zone.tzname(None) or ""
    place = WINTER.get(name)
    if place and naive.replace(tzinfo=ZoneInfo(place)).utcoffset() != zone.utcoffset(None):
        raise ValueError(f"{name} is winter time, and the clocks show summer time on that day; {HOW}")
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    readings = tuple(each.astimezone(UTC).astimezone(zone) for each in (first, second))
    how = "comes twice" if readings[0].replace(tzinfo=None) == naive else "does not exist"
    raise ClockChange(f"{naive:%H:%M} {how} on that day in {zone}: the clocks change; {HOW}", readings)


# Embargo: when a release may be used, as people write it.

# values of a field that mean no embargo
_NONE = frozenset(
    {"false", "no", "none", "nein", "keine", "keiner", "non", "aucun", "ninguno", "nessuno", "geen", "nenhum"}
)


def is_no_embargo(value: str) -> bool:
    """Return whether a field means no embargo: `embargo: none`, `embargoed: false`, for immediate release."""
    bare = value.strip(" .").casefold()
    return bare in _NONE or pattern(r"\W*{immediate}\W*").fullmatch(value) is not None


def parse_embargo(text: str, *, near: date | None = None, day_first: bool = False) -> tuple[Embargo, str]:
    """Read when an embargo ends; `near` and `day_first` as in `read_moment`.

    Return the embargo with its text as written, and what is missing or doubtful (empty if all is clear).
    """
    read = read_moment(text, near=near, day_first=day_first)
    return Embargo(" ".join(text.split()), read.until, read.day), read.doubt
