"""Dates: days as people write them, in the languages of `words`.

Owns reading a date from text and finding those of a line or a text, with and without their year. Never guesses the
year, nor which of 4/06 is the month where the language does not say it: it says what is unclear instead.
Raises `ValueError` with a sentence for people.

Gaps: numbers as words (“the third of March”), days of other calendars; Japanese numerals only as digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from mailer import lazy_re as re
from mailer.frozen import dataclass, replace
from mailer.release.words import months, phrases, regular_expression, weekdays

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SIGNS = "月火水木金土日월화수목금토일"  # weekdays of Japanese and Korean
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}  # the year before the first
# the same characters one by one, so that places in the text stay what they are
_EVEN = str.maketrans("０１２３４５６７８９／．－：，（）　\u00a0\u202f\u2009", "0123456789/.-:,()    ")
_ALSO_WORDS = frozenset({"march", "august", "sept"})
_SOON = 60  # days in which a release speaks of a day without its year
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})"
_ORDINAL = r"(?:\s?(?:(?:st|nd|rd|th|er|ers|ère|ro|do|e)(?!\w)|\.?[º°ª]|\.))?"
_OF = r"(?:of|de|del|do|da|di|d['’])"
_Form = tuple[re.Pattern[str], re.Pattern[str]]  # a sign, and what is looked for where it is
_YEAR_WORD = r"(?:\s(?:r\.|roku|г\.|года|р\.|року|godine|m\.))?"  # Slavic languages say behind it that it is one


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, from character `start` to `end`; `doubt` says what does not fit, empty where all fits."""

    day: date
    start: int
    end: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A day and month as they stand, from character `start` to `end`, whether or not a calendar has them.

    `year` and `weekday` (from Monday, 0) are None where none is named.
    """

    month: int
    day: int
    start: int
    end: int
    weekday: int | None = None
    year: int | None = None


def even(text: str) -> str:
    """Return a text with the digits and marks of full width as ordinary ones, character for character."""
    return text.translate(_EVEN)


@cache
def _patterns() -> tuple[tuple[_Form, ...], tuple[_Form, ...], tuple[re.Pattern[str], ...]]:
    """Return the forms of a date with its year, the vaguest last, of one without, a weekday, a month."""
    name = regular_expression(months())
    month = rf"(?P<name>{name})(?!\w)\.?"
    # a short weekday needs a mark behind it, since “so” is a word
    long = regular_expression(name for name in weekdays() if len(name) > 2)
    short = regular_expression(name for name in weekdays() if len(name) == 2)
    weekday = rf"(?P<weekday>{long}(?!\w)|{short}(?=[.,)]))"
    lead = (
        rf"(?:(?<!\w){weekday}(?:\s(?:morning|evening))?\.?\)?(?:\s*,\s*|\s+)"
        rf"(?:(?<!\w){phrases('date_lead')}\s+){{0,2}})?"
    )
    trail = rf"(?:\s*\(?(?P<sign>[{_SIGNS}])(?:曜日?)?(?:[・･]祝)?\)|\s*(?P<sign2>[{_SIGNS}])曜日?)?"
    dated = (
        lead + rf"(?<![\d-]){_YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?![\d-])",
        lead
        + rf"(?<![\d.]){_DAY}{_ORDINAL}\s*(?:{_OF}\s*)?(?<![^\W\d_]){month}(?:,?\s+(?:{_OF}\s+)?|,\s*){_YEAR}(?!\d)"
        + _YEAR_WORD,
        lead + rf"(?<!\w){month}\s+{_DAY}{_ORDINAL}(?:,\s*|\s+){_YEAR}(?!\d)",
        lead + rf"(?<![\d.]){_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}|\d{{2}})(?!\d|\.\d)",
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


# a sign for each form, which is in every text that has the form in it: the forms take long to compile
_NAMED_DAY, _NUMBERS = r"{name}\.?\s+\d{1,2}(?!\d)", (r"\d\.\s?\d", r"\d/\d", r"\d-\d", r"\d[/.]\s?\d")
_YEAR_FIRST, _SHORT_YEAR = r"\d{4}(?:\.|\s?m\.)?\s\D", r"[^\W\d_]\.?\s+\d\d(?:\s|$)"
_IN_DATED = (r"\d-\d", r"[\s,]\d{4}", _NAMED_DAY, *_NUMBERS, r"\d[-/]\D", "[月월]", _YEAR_FIRST, "月", _SHORT_YEAR)
_IN_YEARLESS = (r"\d", _NAMED_DAY, "月", r"\d\.\s?\d")


@cache
def _month() -> re.Pattern[str]:
    return re.compile(regular_expression(months()), re.IGNORECASE)


def _possible(forms: Iterable[_Form], text: str) -> Iterator[re.Pattern[str]]:
    """Yield the forms that may stand in a text: most texts have no name of a month, and no numbers in such an order."""
    if any(map(str.isdecimal, text)):
        is_named = _month().search(text)
        signed = (form for sign, form in forms if sign.search(text))
        yield from (form for form in signed if is_named or "(?P<name>" not in form.pattern)


def parse_date(text: str) -> date:
    """Read a text that is a date and nothing else.

    Raises:
        ValueError: it is not, or there is no such day, or day and month could be either.
    """
    bare = even(text).strip().rstrip(".")
    match = next(
        (match for expression in _possible(_patterns()[0], bare) if (match := expression.fullmatch(bare))), None
    )
    if match is None:
        raise ValueError(f'"{bare}" is not a date that can be read; write it as 2026-11-24')
    day, doubt = _date(match, day_first=False)
    if doubt:
        raise ValueError(doubt)
    return day


def find_date(text: str, *, day_first: bool = False) -> FoundDate | None:
    """Find the first date in a text; one that does not exist, or is unclear, is not found.

    `day_first` says that the language of the text puts the day before the month, so that 4/6/2027 is clear.
    """
    best: FoundDate | None = None
    bare = even(text)
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
    """Find the first day and month that stand without a year."""
    bare = even(text)
    matches = (match for expression in _possible(_patterns()[1], bare) if (match := expression.search(bare)))
    found = [one for match in matches if 1 <= (one := _parts(match)).month <= 12 and 1 <= one.day <= 31]
    return min(found, key=lambda one: one.start, default=None)


def find_days(text: str) -> list[FoundDay]:
    """Find every date of a text, in order, also such as no calendar has; two never share a character.

    A number beside a month is a day where something says so: a year, a weekday, or no more than 31 of them.
    """
    bare = even(text)
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
            # in small letters, short months and some others are other words: “may 10 people”, “10 set pieces”
            is_small = (len(name) > 3 and name not in _ALSO_WORDS) or name in {"mai", "mei"}
            if name.islower() and not is_certain and (not is_small or match.start("name") == one.start):
                continue
            found.append(one)
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
    return sorted(found, key=lambda one: one.start)


def find_month(text: str) -> tuple[int, int] | None:
    """Find the first month with its year and no day, as some date a release: where it begins and ends."""
    match = _patterns()[2][1].search(even(text))
    return match.span() if match else None


def days_near(found: FoundDay, near: date) -> list[date]:
    """Return the days that may be meant, the nearest first, without a year of the years around; none if none exists."""
    days: list[date] = []
    for year in (found.year,) if found.year else (near.year - 1, near.year, near.year + 1):
        try:
            days.append(date(year, found.month, found.day))
        except ValueError:
            continue
    return sorted(days, key=lambda day: abs((day - near).days))


def complete(found: FoundDay, near: date) -> tuple[date, str]:
    """Return a day without a year the year that puts it nearest to another day, and what is doubtful about that.

    A day within weeks of the other is the one; further off the weekday decides, where it is told. Whatever decides, a
    person has to look at it, so the doubt is never empty.

    Raises:
        ValueError: there is no such day in any year near.
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
    """Read the parts of a date; of two numbers of which either may be the month, the first is the day."""
    parts = match.groupdict()
    day = int(parts.get("first") or parts["day"])
    month = months()[parts["name"].lower()] if parts.get("name") else int(parts.get("second") or parts["month"])
    if parts.get("first") and month > 12 >= day:
        day, month = month, day  # 11/24/2026
    said = parts.get("year") or ""
    if parts.get("era"):
        year = _ERAS[parts["era"]] + (1 if said == "元" else int(said))
    else:
        year = int(said or 0)
        if len(said) == 2:  # a release from before 1970 is not sent by mail
            year += 1900 if year >= 70 else 2000
    return FoundDay(month, day, match.start(), match.end(), _weekday(match), year if said else None)


def _weekday(match: re.Match[str]) -> int | None:
    parts = match.groupdict()
    if sign := parts.get("sign") or parts.get("sign2"):
        return _SIGNS.index(sign) % 7
    said = parts.get("weekday")
    return weekdays()[said.lower().replace("’", "'")] if said else None


def _date(match: re.Match[str], *, day_first: bool) -> tuple[date, str]:
    """Return the day of a date with its year, and why its weekday is doubtful.

    Raises:
        ValueError: there is no such day, or day and month could be either.
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
