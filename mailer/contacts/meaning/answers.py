"""Answers: cells that mean yes or no, a language or a time zone, in the languages of the lists.

The words are `[flags]`, `[tongues]` and `[plain_text]` of `contacts.toml` in `mailer.words`. An empty cell means
nothing, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from mailer import lazy_re as re
from mailer.contacts.folding import fold
from mailer.words import read_section

_FLAGS: Final = read_section("contacts", "flags")


def _words(name: str) -> frozenset[str]:
    return frozenset(map(fold, _FLAGS[name]))


YES: Final = _words("yes")
NO: Final = _words("no")
PROMISED: Final = YES | _words("promised")
_BUT_NOT: Final = _words("but_not")
_DAY: Final = re.compile(r"[\d\s./年月日-]*\d{4}[\d\s./年月日-]*(?:t[\d:.+z-]*)?")


def is_yes(cell: str) -> bool:
    """Return whether a cell is a plain yes: a word for it, a tick, a 1."""
    return fold(cell) in YES


def is_no(cell: str) -> bool:
    """Return whether a cell is a plain no."""
    return fold(cell) in NO


def is_set(cell: str) -> bool:
    """Return whether a cell is filled in and not a no: "2026-01-03" under "Text only since" is set, "nein" is not."""
    text = fold(cell)
    return bool(text) and text not in NO


def is_promised(cell: str) -> bool:
    """Return whether a cell is a clear yes to a promise: a word for it, or the day it was given; "pending" is none."""
    text = fold(cell)
    words = re.findall(r"[^\W\d_]+", text)
    return (
        is_yes(cell) or bool(_DAY.fullmatch(text)) or bool(words and words[0] in PROMISED and not _BUT_NOT & {*words})
    )


# Tongues: the language that a cell names, as a BCP 47 tag. What is neither a name nor a tag is no language.

_CODES: Final = {fold(name): tag for tag, names in read_section("contacts", "tongues").items() for name in names}
_TAG: Final = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_PLAIN: Final = frozenset(map(fold, read_section("contacts", "plain_text")["words"]))


@lru_cache(maxsize=1024)
def language_tag(cell: str) -> str:
    """Return the tag of the language that a cell names, the first where it names several; empty if it names none."""
    first = re.split(r"[,;/|\n]", cell, maxsplit=1)[0].strip()
    known = _CODES.get(fold(first))
    if known:
        return known
    tag = _TAG.fullmatch(first)
    if tag is None:
        return ""
    parts = [part.upper() if len(part) == 2 else part for part in re.split("[-_]", tag[2]) if part]
    return "-".join([tag[1].lower(), *parts])


@lru_cache(maxsize=1024)
def wants_plain_text(cell: str) -> bool:
    """Return whether a cell under "text only" asks for mail without HTML: a yes in any language, or "plain text"."""
    return is_yes(cell) or fold(cell) in _PLAIN


# Time zones: a reader's zone, as their list names it. A city, an abbreviation or an offset that moves
# with the clocks is no zone, and a contact without one reads the sender's time alone.

STRANGE_ZONE: Final = "time-zone"


@lru_cache(maxsize=1024)
def zone_of(cell: str) -> ZoneInfo | None:
    """Return the zone that a cell names as in the IANA list (`Europe/Berlin`, `america/new york`), or None."""
    name = cell.strip().replace(" ", "_")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = _places().get(name.casefold())
        return ZoneInfo(known) if known else None


@cache
def _places() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}
