"""Words: numbers with their nouns, reasons in words, and what to do about them.

The words for reasons are data (`mailer/words/screen.toml`); `runs` and `reply` decide what a reason means for a
recipient.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mailer.words import read_section

_REASONS: Final = read_section("screen", "reasons")
_BACK: Final = read_section("screen", "came_back")

MOST_SHOWN: Final = 12  # entries on a page; JSON has all
FORGOTTEN: Final = "(forgotten)"  # in place of an erased address
SUPPRESSED: Final[Mapping[str, str]] = _REASONS["suppressed"]
LEFT_OUT: Final[Mapping[str, str]] = {**SUPPRESSED, **_REASONS["left_out"]}
WHY: Final[Mapping[str, str]] = _REASONS["why"]
PEOPLE: Final[Mapping[str, str]] = _BACK["people"]
UNMATCHED: Final[Mapping[str, str]] = _BACK["unmatched"]
KINDS: Final[Mapping[str, str]] = _BACK["kinds"]
ASIDE: Final[Mapping[str, str]] = _BACK["aside"]

LATER: Final = "Nothing to do: an address that keeps failing is suppressed after several mailings."
_OURS: Final = "This is about us, not about the recipient; nobody is suppressed for it."
# What to do about each reason in a list of bounces, for an address that is suppressed if the reason can lead to that.
TO_DO: Final[Mapping[str, str]] = {
    **{reason: f"The address is suppressed. {advice}" for reason, advice in _REASONS["dead"].items()},
    **{reason: f"{_OURS} {advice}" for reason, advice in _REASONS["ours"].items()},
    **dict.fromkeys(_REASONS["later"][0].split(), LATER),
}


def why(reason: str) -> str:
    """Return the reason of a bounce in words; an unknown one as it is."""
    return "no reason given" if reason in {"", "onhold"} else WHY.get(reason, reason)


def to_do(reason: str, *, suppressed: bool = True) -> str:
    """Return what to do about a reason, for an address that is suppressed for it or not."""
    if not suppressed and reason in _REASONS["dead"]:
        return f"Not suppressed. {_REASONS['dead'][reason]}"
    return TO_DO.get(reason, "For the reply: mailer bounces show")


def reason_words(reason: str) -> str:
    """Return a reason for getting no mail in words, with its scope if that is limited (`opted_out list:coast`)."""
    head, _, reach = reason.partition(" ")
    words = LEFT_OUT.get(head, head)
    return f"{words} ({reach})" if reach else words


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 row`, `12 rows`; without `many`, the plural has an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def people(number: int) -> str:
    """Return a number of persons."""
    return count(number, "person", "people")


def dotted(*parts: str) -> str:
    """Join the parts that are not empty in one line: `2026-03-01 · accepted · harbour-seals`."""
    return " · ".join(filter(None, parts))


def one_account(actor: str) -> str:
    """Return a remark that a plan was made and approved from one account; empty if it was not, or is not known."""
    return f"planned and approved from the same account on one machine ({actor})" if actor else ""


def clock(at: datetime, now: datetime) -> str:
    """Return a local time, with its weekday if that is not today, or with its date if it is a week away."""
    local, today = at.astimezone(), now.astimezone().date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%A %H:%M}" if (local.date() - today).days < 7 else f"{local:%d %B %H:%M}"


def verdict(errors: int, warnings: int) -> str:
    """Return how many errors and warnings there are; empty if there are none."""
    return " and ".join(count(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n)


def short(name: str) -> str:
    """Return a mailing's name as it is typed: the release itself needs no kind."""
    return name.removesuffix("/release-1")


def short_text(text: str, most: int = 90) -> str:
    """Return a text, cut to `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
