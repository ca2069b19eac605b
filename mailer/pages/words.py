"""Words: numbers with their nouns, the field's words for reasons, and what one can do about them.

The words for reasons are data (`mailer/words/screen.toml`); what a reason means for a person is decided in `runs` and
`reply`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailer.words import read_section

_REASONS: Final = read_section("screen", "reasons")
_BACK: Final = read_section("screen", "came_back")

MOST_SHOWN: Final = 12  # of many, where JSON has them all
FORGOTTEN: Final = "(forgotten)"  # where a person's address was erased
SUPPRESSED: Final[Mapping[str, str]] = _REASONS["suppressed"]
LEFT_OUT: Final[Mapping[str, str]] = _REASONS["left_out"]
WHY: Final[Mapping[str, str]] = _REASONS["why"]
PEOPLE: Final[Mapping[str, str]] = _BACK["people"]
UNMATCHED: Final[Mapping[str, str]] = _BACK["unmatched"]
KINDS: Final[Mapping[str, str]] = _BACK["kinds"]
ASIDE: Final[Mapping[str, str]] = _BACK["aside"]

LATER: Final = "Nothing to do: an address that keeps failing is suppressed after several mailings."
_OURS: Final = "This is about us, not about the recipient; nobody is suppressed for it."
# What to do about each reason in a list of bounces; where it leads to suppression, about those who are suppressed.
TO_DO: Final[Mapping[str, str]] = {
    **{reason: f"The address is suppressed. {advice}" for reason, advice in _REASONS["dead"].items()},
    **{reason: f"{_OURS} {advice}" for reason, advice in _REASONS["ours"].items()},
    **dict.fromkeys(_REASONS["later"][0].split(), LATER),
}


def why(reason: str) -> str:
    """Return the reason of a bounce as words for people; one that has none stays the field's word."""
    return "no reason given" if reason in {"", "onhold"} else WHY.get(reason, reason)


def to_do(reason: str, *, suppressed: bool = True) -> str:
    """Return what one can do about a reason, for somebody who is suppressed for it or (not any more) is not."""
    if not suppressed and reason in _REASONS["dead"]:
        return f"Not suppressed. {_REASONS['dead'][reason]}"
    return TO_DO.get(reason, "For the reply: mailer bounces show")


def reason_words(reason: str) -> str:
    """Return why people get no mail, and how far that reaches where it is not everywhere (`opted_out list:coast`)."""
    head, _, reach = reason.partition(" ")
    words = LEFT_OUT.get(head, head)
    return f"{words} ({reach})" if reach else words


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 row`, `12 rows`; the plural has an s where `many` is not given."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def people(number: int) -> str:
    """Return a number of persons."""
    return count(number, "person", "people")


def dotted(*parts: str) -> str:
    """Return what there is of the parts in one line: `2026-03-01 · accepted · harbour-seals`."""
    return " · ".join(filter(None, parts))


def one_account(actor: str) -> str:
    """Return that a plan was made and approved from one account, as far as it is known; empty where it was not."""
    return f"planned, and this approval entered, from the same account on one machine ({actor})" if actor else ""


def short(name: str) -> str:
    """Return a mailing's name as people type it: the release itself needs no kind."""
    return name.removesuffix("/release-1")


def short_text(text: str, most: int = 90) -> str:
    """Return a text, cut where it is longer than a line."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
