"""Embargo: when a release may be used, as people write it.

Owns what a field says where there is no embargo; `moments` reads the moment, for the command line as well.
"""

from __future__ import annotations

from datetime import date

from mailer.release.times.moments import read_moment
from mailer.release.times.zones import AMBIGUOUS, FIXED, REGIONS
from mailer.release.values import Embargo
from mailer.release.words import pattern

__all__ = ["AMBIGUOUS", "FIXED", "REGIONS", "is_no_embargo", "parse_embargo"]

# what a field has where there is no embargo
_NONE = frozenset(
    {"false", "no", "none", "nein", "keine", "keiner", "non", "aucun", "ninguno", "nessuno", "geen", "nenhum"}
)


def is_no_embargo(value: str) -> bool:
    """Return whether a field says that there is none: `embargo: none`, `embargoed: false`, for immediate release."""
    bare = value.strip(" .").casefold()
    return bare in _NONE or pattern(r"\W*{immediate}\W*").fullmatch(value) is not None


def parse_embargo(text: str, *, near: date | None = None, day_first: bool = False) -> tuple[Embargo, str]:
    """Read when an embargo ends; `near` and `day_first` as in `read_moment`.

    Return the embargo with its text as it stands, and why it is not a moment yet, or what is doubtful about the moment
    (empty where all is clear).
    """
    read = read_moment(text, near=near, day_first=day_first)
    return Embargo(" ".join(text.split()), read.until, read.day), read.doubt
