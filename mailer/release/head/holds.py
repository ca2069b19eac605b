"""Holds: a line that asks for a release to be held back without the word embargo.

Owns three shapes. A ban has three parts, in whatever order a language puts them: a no, a use and an until («not for
publication before …», «nicht vor … veröffentlichen», 「…まで報道を控えて」). A leave has a free and a from
(«Veröffentlichung frei ab …»), and counts only with a day and a time. A bare ban is a
line with neither («do not publish yet»). Never reads the moment for use (`times.embargo` does).

Gaps: a sentence that asks with other verbs («please keep this to yourself until …»).
"""

from __future__ import annotations

import re
from functools import cache

from mailer.release.times.clock import find_times
from mailer.release.times.dates import even, find_date, find_day
from mailer.release.top import count_length
from mailer.release.words import LANGUAGES, pattern, phrases, weekdays

# what may stand before an embargo or a hold in its line: its strength, for whom it is, what the text is
LABEL_WORDS = (
    r"\W*(?:(?:strictly|strict|under|an?|sous|sotto|onder|sob|bajo|press|media|news|total|full|streng\w*|please|note"
    r"|confidential|important|attention|draft|information|communiqué|nota|achtung|bitte|wichtig|release|date|mit|the|die"
    rf"|der|material\w*|contenido|contenuto|conteúdo|{phrases('genre')})(?!\w)\W*){{0,6}}"
)
_VERB = (
    r"(?:is|are|may|must|should|ist|sind|darf|dürfen|est|doit|peut|ne|está|es|puede|debe|è|può|deve|va|mag|mogen|staat|é"
    r"|pode|deve)"
)
_SUBJECT = (  # «this release is», «dieser Text darf»: what is held back, in a whole sentence
    rf"(?:(?:this|all|diese[rs]?|ce|cette|ces|este|esta|questo|questa|dit|deze)(?:\s+\w+){{1,3}}?\s+(?:{_VERB}\s+)?"
    rf"|(?:il|la|le|el|het|o|a)(?:\s+\w+){{1,3}}?\s+{_VERB}\s+)?"
    r"(?:(?:please|bitte|merci\s+de|por\s+favor|si\s+prega\s+di|gelieve|for|zur|pour|para|per|voor|à|da|ne)\s+){0,3}"
)
_GAP, _NEAR = (rf"(?:[^\w.!?]+\w+){{0,{words}}}?[^\w.!?]+" for words in (6, 2))
_NO, _USE, _UNTIL, _FREE, _FROM = (rf"(?<!\w){{hold_{part}}}(?!\w)" for part in ["not", "use", "until", "free", "from"])
_BAN = (
    rf"{LABEL_WORDS}{_SUBJECT}(?:{_NO}{_GAP}{_USE}{_GAP}{_UNTIL}|{_USE}{_NEAR}{_NO}{_GAP}{_UNTIL}"
    rf"|{_NO}[^\w.!?]+{_UNTIL}(?P<moment>.{{1,60}}?){_USE}(?:\W+\w+)?)"
)
_BAN_OF_SIGNS = (
    r"(?=.*?{hold_use})(?:{hold_use}|.{2,4}{hold_use})?(?P<moment>.{1,60}?){hold_until}[^。]{0,12}?{hold_not}"
)
_LEAVE = rf"{LABEL_WORDS}{_SUBJECT}(?:{_USE}{_NEAR})?{_FREE}{_NEAR}{_FROM}"
_BARE = (
    rf"{LABEL_WORDS}{_SUBJECT}(?:(?:{_NO})[^\w.!?]+(?:(?:for|zur|zum|pour|para|per|voor|à|da|te|be)[^\w.!?]+)?(?:{_USE})"
    rf"|(?:{_USE})[^\w.!?]+(?:{_NO}))(?:\W+(?:yet|now|noch|encore|todavía|aún|ancora|nog|ainda))?\W*"
)
_MANY = 6  # words of place and zone beside a time; a story says more


def find_ban(text: str) -> re.Match[str] | None:
    """Find a ban that a text begins with; where its moment is inside, that is the group `moment`."""
    return next((match for language in LANGUAGES if (match := _ban(language).match(text))), None)


def is_ban(text: str) -> bool:
    """Say whether a line is a ban and nothing else, or the beginning of one that goes on in the next line."""
    ban = find_ban(text)
    if ban is None:
        return False
    words, has_time = _beside_moment(ban.group("moment") or text[ban.end() :])
    return words == 0 or (words <= _MANY and has_time)


def is_bare_ban(text: str) -> bool:
    """Say whether a line forbids the use and says nothing else, no moment either: «Do not publish yet»."""
    short = len(text.split()) <= _MANY
    return short and any(_bare(language).fullmatch(text) for language in LANGUAGES if language != "ja")


def is_leave(text: str) -> bool:
    """Say whether a line is a leave and nothing else."""
    leave = next((match for language in LANGUAGES if (match := _leave(language).match(text))), None)
    if leave is None or not names_day(text[leave.end() :]):
        return False
    words, has_time = _beside_moment(text[leave.end() :])
    return words <= _MANY and has_time


def names_day(text: str) -> bool:
    """Say whether a text names a day, with its year or without."""
    return find_date(text) is not None or find_day(text) is not None


def names_time(text: str) -> bool:
    """Say whether a text names a time of day."""
    return _without_times(_without_day(text))[1]


def _beside_moment(text: str) -> tuple[int, bool]:
    """Count the words of a text beside its day and time, and say whether it has a time."""
    left, has_time = _without_times(_without_day(text))
    words = (word for word in re.findall(r"[^\W\d_]+", left) if word.casefold() not in weekdays())
    return count_length(" ".join(words)), has_time


def _without_day(text: str) -> str:
    found = find_date(text) or find_day(text)
    return f"{text[: found.start]} {text[found.end :]}" if found else text


def _without_times(text: str) -> tuple[str, bool]:
    text = even(text)
    try:
        times = find_times(text)
    except ValueError:  # midnight, which is a time and no moment
        return text, True
    for time in reversed(times):
        text = f"{text[: time.start]} {text[time.end :]}"
    return text, bool(times)


@cache
def _ban(language: str) -> re.Pattern[str]:
    return pattern(_BAN_OF_SIGNS if language == "ja" else _BAN, language)


@cache
def _bare(language: str) -> re.Pattern[str]:
    return pattern(_BARE, language)


@cache
def _leave(language: str) -> re.Pattern[str]:
    return pattern(_LEAVE, language)
