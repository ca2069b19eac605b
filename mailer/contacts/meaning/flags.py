"""Flags: cells that say yes or no, in the languages that lists are kept in.

Owns how such a cell is read; the words are `[flags]` of `contacts.toml` in `mailer.words`. An empty cell says neither.
"""

from __future__ import annotations

import re
from typing import Final

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
    """Whether a cell says something other than no: "2026-01-03" under "Text only since" is set, "nein" is not."""
    said = fold(cell)
    return bool(said) and said not in NO


def is_promised(cell: str) -> bool:
    """Return whether a cell is a clear yes to a promise: a word for it, or the day it was given.

    "pending", "ask first" and whatever else is neither yes nor no are none: what follows from a promise may not follow
    from a guess.
    """
    said = fold(cell)
    words = re.findall(r"[^\W\d_]+", said)
    return (
        is_yes(cell) or bool(_DAY.fullmatch(said)) or bool(words and words[0] in PROMISED and not _BUT_NOT & {*words})
    )
