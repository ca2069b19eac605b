"""Clock: a time of day as people write it, in the languages of `words`.

Owns the forms: 9 a.m., 00.01, 0900 hrs, 9 Uhr 30, 9h30, ore 9, 午前9時. Never reads a zone or a day.
Raises `ValueError` with a sentence for people where a text is no time, or one of which nobody knows the day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

HOW = "write it as 2026-12-01 09:00 Europe/Berlin, or 2026-12-01T09:00+01:00"

_NOON = (
    r"(?P<noon>(?:12(?:[.:]00)?\s*)?(?:noon|midday)|(?:12\s*uhr\s*)?mittags?|midi|mediod[ií]a|mezzogiorno|meio-dia"
    r"|12\s*uur\s*'?s\s*middags|正午)"
)
_MIDNIGHT = r"midnight|mitternacht|minuit|medianoche|mezzanotte|middernacht|meia-noite|深夜|真夜中"
_HALF = r"(?P<half>[ap]\.?\s?m\b\.?)"
_HOUR = r"(?<![\d.:,])(?P<hour>\d{1,2})"
_WORD = r"(?:Uhr|uur|heures?|horas?|hrs?|h|o['’]clock|ore)(?![^\W\d_])\.?"
_BEFORE = r"(?:ore|alle|às|as|a\s+las|las|à|om|um|ab|at|bis|tot|kl\.?)\s+"
_FORMS = (
    rf"(?<!\w){_NOON}(?!\w)",
    rf"{_HOUR}\s?[:.hu]\s?(?P<minute>\d{{2}})(?::\d{{2}})?(?!\d)\s*(?:{_HALF}|{_WORD})?",
    rf"{_HOUR}\s*(?:Uhr|h|heures)\s*(?P<minute>\d{{2}})(?!\d)",
    rf"{_HOUR}(?:\s*(?:{_HALF}|{_WORD})|u(?!\w))",
    r"(?<!\d)(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)\s*(?:(?:hrs?|hours|h)\b\.?)?(?!\d)",
    r"(?:(?P<part>午前|午後|朝|夜)\s*)?(?P<hour>\d{1,2})\s*時(?:\s*(?P<minute>\d{1,2})\s*分|(?P<thirty>半))?",
    r"(?P<part>午前|午後|AM|PM)\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})",
    rf"(?<!\w){_BEFORE}(?P<hour>\d{{1,2}})(?![\d/]|[.:]\d)(?!\s*(?:[^\W\d_]{{3,}}\s+\d{{4}}|/))",
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
        """Refuse what no day has.

        Raises:
            ValueError: it is no time.
        """
        late = self.minute or self.second
        if self.hour > 24 or self.minute > 59 or self.second > 59 or (self.hour == 24 and late):
            raise ValueError(f"{self.hour}:{self.minute:02} is not a time; {HOW}")


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)


def find_times(text: str) -> list[Time]:
    """Find the times in a text from which its date is out, in their order; of two that overlap, the longer.

    Raises:
        ValueError: midnight, which is the start or the end of a day; or an hour that no day has.
    """
    if re.search(rf"(?<!\w)(?:{_MIDNIGHT})(?!\w)", text, re.IGNORECASE):
        raise ValueError("midnight may be the start or the end of that day; write 00:01")
    matches = [match for form in _forms() for match in form.finditer(text)]
    # words before a time (“ore”) are none of it
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
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half}.m. is not a time; {HOW}")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return Time(hour, 30 if parts.get("thirty") else int(parts.get("minute") or 0), start, match.end())
