"""Label line: one line of the head, read as label, date, place and reference number.

Owns telling what is in such a line, and whether anything else is. Never looks at other lines (`labels` does).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailer.release.known_names import is_city
from mailer.release.places import is_place
from mailer.release.times.clock import find_times
from mailer.release.times.dates import FoundDate, even, find_date, find_day, find_month
from mailer.release.times.zones import FIXED
from mailer.release.words import pattern, weekdays

MAX_WORDS = 25
_REFERENCE = re.compile(
    r"(?<!\w)(?:[A-Z]{2,}-\d[\w-]+|[A-Z]{2,4}\d{3,5}|(?:RELEASE|Release|Ref|REF|Reference|Référence|No|NO|Nr|NR"
    r"|Nummer|N°|n°|Nº|nº|№|#|PM|CP|[nN]\.\s?[ºo°]|n\.|N\.|num\.|nr\."
    r"|Núm|núm|Num|Numéro|numéro|Numero|numero|Número|número|MEDIA RELEASE NO)\.?\s?:?\s*(?:No\.?|Nr\.?|Number)?\s*"
    r"(?=[\w./-]*\d)[A-Z]{0,6}[-/ ]?\d[\w./-]*"
    r"|第\s*[\d０-９-]+\s*号|\d{1,4}\s?/\s?(?:19|20)\d\d|(?:19|20)\d\d\s?[/-]\s?\d{1,4}(?![-/\d]))(?!\w)",
)
_PUNCTUATION = re.compile(r"[\s.,:;|/–—―()!*•·\-_\[\]{}<>«»【】（）：、。■●◆▼「」＜＞~#+=\"'“”]+")
_TIMED_LABEL = re.compile(r"\W*for\s+(?:immediate\s+|public\s+|press\s+)?release\b", re.IGNORECASE)
_ADDRESSEE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\w・\s　]{2,30}(?:各位|御中)")
_TIME_WORDS = re.compile(
    rf"(?<!\w)(?:{'|'.join(FIXED)}|ET|CT|PT|MT|Uhr|uur|h|at|um|à|ore|alle|om|a las|às"
    r"|(?:U\.?S\.?\s+)?(?:Eastern|Central|Mountain|Pacific|British|Greenwich|Central European|London|local)"
    r"(?:\s+(?:Standard|Daylight|Summer|Mean))?(?:\s+Time)?|heure de \w+|hora (?:de \w+|local|peninsular)|ora (?:di"
    r" \w+|locale)"
    r"|Ortszeit)(?!\w)",
    re.IGNORECASE,
)
# how long a page takes to read, which stands beside its date
_READING = re.compile(
    r"(?:(?:leestijd|lesezeit|lesedauer|temps de lecture|tiempo de lectura|tempo di lettura|tempo de leitura|reading"
    r" time)"
    r"\W*)?\d{1,2}\s*min(?:ut\w*)?\.?(?:\s*(?:read|lesezeit|de lecture|de lectura|leestijd|di lettura|de leitura))?"
    r"|(?:この記事は)?\d{1,2}分で読めます",
    re.IGNORECASE,
)
_COUNTY = re.compile(r"\s*\((?:[A-Z]{2,3}|[A-Z][a-zà-ü]+)\)?$")


@dataclass(frozen=True, slots=True)
class LabelLine:
    """What a line of the head holds; `rest` is what is none of it."""

    label: str = ""
    immediate: bool = False
    date: FoundDate | None = None
    yearless: bool = False
    place: str = ""
    rest: str = ""
    reference: bool = False
    dated: bool = False  # a word such as “issued” says that the day is that of the release
    updated: bool = False  # a word says that a page was changed on the day
    posted: bool = False  # and that it was put up on it

    @property
    def tells(self) -> bool:
        """Return whether a label, a day or a number is in the line."""
        return bool(self.label or self.date or self.yearless or self.reference)


def read_label_line(text: str, *, day_first: bool = False) -> LabelLine:
    """Read a line; `rest` is empty where nothing but label, date, place and reference is in it."""
    if len(text.split()) > MAX_WORDS:
        return LabelLine(rest=text)
    text = _READING.sub(" ", _joined(text))
    if _ADDRESSEE.fullmatch(text):
        return LabelLine(label=text)
    label, immediate, left = _take_label(text)
    unlabelled = left
    date, yearless, left = _take_date(left, day_first=day_first)
    dated = pattern(r"(?<!\w)(?:{date_label})(?!\w)").search(unlabelled) is not None
    left = pattern(r"^\W*(?:{date_label})\s*[:：]|(?<!\w)(?:{date_label})\W*$").sub(" ", left)
    left, references = _REFERENCE.subn(" ", left)
    if date or yearless or _TIMED_LABEL.match(text):
        left = _without_time(pattern(r"(?<!\w)(?:{date_label})(?!\w)").sub(" ", left))
        left = pattern(r"^(?:\W*(?<!\w){date_lead}(?!\w))+\W*$|^\W*{date_lead}(?!\w)|(?<!\w){date_lead}\W*$").sub(
            " ", left
        )
    bare = " ".join(left.strip(" \t,;:|/–—-()[]*.•·【】（）「」、　").split())
    before = unlabelled[: date.start] if date else ""
    updated, posted = _is_labelled(before, "date_updated"), _is_labelled(before, "date_posted")
    line = LabelLine(label, immediate, date, yearless, "", bare, references > 0, dated, updated, posted)
    if not _PUNCTUATION.sub("", bare):
        return replace(line, rest="")
    place = _COUNTY.sub("", bare)
    alone = yearless and (bool(label) or unlabelled.lstrip().startswith(f"{place},"))
    if (date or immediate or alone) and is_place(place) and (date is None or _beside(unlabelled, place, date)):
        return replace(line, place=place, rest="")
    return line


def _joined(text: str) -> str:
    """Return a text without the blanks that only spread its letters: `P R E S S   R E L E A S E`, 報 道 資 料."""
    letters = text.split()
    return "".join(letters) if len(letters) > 2 and all(len(letter) == 1 for letter in letters) else text


def _take_label(text: str) -> tuple[str, bool, str]:
    """Return the label in a line, whether it says “now”, and the line without it and its like."""
    search = pattern(r"(?<!\w)(?:{immediate})(?!\w)")
    now = search.search(text)
    left = search.sub(" ", text, count=2)
    genre = pattern(r"(?<!\w)(?:{genre})(?!\w)").search(left)
    left = pattern(r"(?<!\w)(?:{genre})(?!\w)").sub(" ", left, count=2)
    found = now or genre
    return found.group() if found else "", now is not None, left


def _take_date(text: str, *, day_first: bool) -> tuple[FoundDate | None, bool, str]:
    found = find_date(text, day_first=day_first)
    if found:
        rest = f"{_before_a_day(text[: found.start])} {text[found.end :]}"
        again = find_date(rest, day_first=day_first)
        if again and (
            again.day == found.day or _is_labelled(rest[: again.start], "date_label")
        ):  # 3 March 2027 (03.03.2027)
            later = _found_again(text, found, day_first=day_first)
            rest = f"{rest[: again.start]} {rest[again.end :]}"
            if later and _is_labelled(text[: found.start], "date_updated"):
                found = later  # “Updated 5 March | Published 4 March”
        return found, False, rest
    day = find_day(text)
    if day:
        return None, True, f"{_before_a_day(text[: day.start])} {text[day.end :]}"
    month = find_month(text)
    if month:
        return None, True, f"{_before_a_day(text[: month[0]])} {text[month[1] :]}"
    return None, False, text


def _before_a_day(text: str) -> str:
    """Return what stands before a day, without the small words and the short weekday that belong to it."""
    short = "|".join(name for name in weekdays() if len(name) <= 3)
    text = re.sub(rf"(?<!\w)(?:{short})\.?,?\s*$", "", text, flags=re.IGNORECASE)
    return pattern(r"(?:(?<!\w)(?:{date_label}|{date_lead})\s*)+$").sub("", text)


def _found_again(text: str, first: FoundDate, *, day_first: bool) -> FoundDate | None:
    """Find the date behind the first one, where its words do not say that the page was changed on it."""
    later = find_date(text[first.end :], day_first=day_first)
    if later is None or _is_labelled(text[first.end :][: later.start], "date_updated"):
        return None
    return replace(later, start=first.end + later.start, end=first.end + later.end)


def _is_labelled(before: str, kind: str) -> bool:
    """Whether the words before a date end with a label of that kind: that a page was changed, or put up, then."""
    return pattern(rf"(?<!\w)(?:{{{kind}}})\W*(?:{{date_lead}}\W*)?$").search(before) is not None


def _without_time(text: str) -> str:
    try:
        times = find_times(even(text))
    except ValueError:
        return text
    for time in reversed(times):
        text = f"{text[: time.start]} {text[time.end :]}"
    return _TIME_WORDS.sub(" ", text) if times else text


def _beside(text: str, place: str, date: FoundDate) -> bool:
    """Return whether a place stands right before a date, or is one that is known."""
    before = " ".join(text[: date.start].split())
    apart = (
        re.search(rf"{re.escape(place)}\s*(?:\([\w ]+\)\s*)?[,，、|/–—(-]\s*(?:\w{{1,4}}\s)?$", before + " ")
        is not None
    )
    return apart or is_city(place.partition(",")[0])
