"""Tongue: what a mail says around a release in one language, and how that language writes dates.

Owns the shape of a file in `templates/i18n/` and what every language must have. `Tongues` finds the one for somebody's
tag. Never reads a file (`config` does), never renders (`message` does).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

# What every language has, and the places that its sentence may leave for us to fill.
PHRASES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "immediate": frozenset(),
        "embargo": frozenset({"moment"}),
        "embargo_short": frozenset({"moment"}),
        "greeting": frozenset({"name"}),
        "greeting_nobody": frozenset(),
        "test": frozenset(),
        "notes": frozenset(),
        "contacts": frozenset(),
        "contact": frozenset(),
        "picture": frozenset(),
        "licence": frozenset(),
        "press_kit": frozenset(),
        "reason": frozenset({"organisation"}),
        "optout_link": frozenset(),
        "optout_mail": frozenset(),
        "optout_reply": frozenset(),
        "subject": frozenset(),
        "notice": frozenset(),
        "notice_source": frozenset(),
        "statement": frozenset(),
        "advisory": frozenset(),
        "what": frozenset(),
        "who": frozenset(),
        "when": frozenset(),
        "where": frozenset(),
        "register": frozenset(),
        "your_time": frozenset(),
        "calendar": frozenset(),
        "background": frozenset(),
        "release": frozenset(),
        "letter": frozenset({"organisation"}),
    }
)
FORMS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "date": frozenset({"day", "month", "year"}),
        "first": frozenset({"month", "year"}),
        "weekday": frozenset({"weekday", "date"}),
        "time": frozenset({"hour", "minute", "zone"}),
        "also": frozenset({"time"}),
        "moment": frozenset({"time", "also", "date"}),
        "moment_short": frozenset({"time", "date"}),
        "occasion": frozenset({"time", "date"}),
        "span": frozenset({"from", "to"}),
        "name": frozenset({"last"}),
    }
)
# "name" says by which name a greeting calls people: without it by their first one
OPTIONAL_FORMS: Final = frozenset({"first", "name"})
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language's phrases (for templates: `words.contacts`), its dates and its quotation marks.

    `greets` are the words with which a note greets by itself. Without months a date is written 2026-11-24.
    """

    tag: str
    phrases: Mapping[str, str]
    quotes: tuple[str, str] = ("“", "”")
    greets: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    forms: Mapping[str, str] = field(default_factory=dict)


def check_places(name: str, text: str, places: frozenset[str]) -> None:
    """Refuse a sentence that leaves out a place which is filled in for each mail, or has one that nobody fills.

    Raises:
        ValueError: with the place.
    """
    there = set(_PLACE.findall(text))
    unfilled = sorted(there - places)
    if unfilled:
        known = f"; here there may be {_braced(places)}" if places else ""
        raise ValueError(f"{name}: nothing is filled in for {_braced(unfilled)}{known}")
    if places - there:
        raise ValueError(f"{name}: {_braced(places - there)} is missing in it")
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        raise ValueError(f"{name}: a brace stands alone")


def _braced(names: frozenset[str] | set[str] | list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


@dataclass(frozen=True, slots=True)
class Tongues:
    """All languages there are, by tag in lower case; `en` is always among them."""

    by_tag: Mapping[str, Tongue] = field(repr=False)
    common: Tongue = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the tongue of a language that nobody wrote down: English phrases, and dates without words."""
        english = self.by_tag["en"]
        unknown = Tongue(tag="en", phrases=english.phrases, quotes=english.quotes)
        object.__setattr__(self, "common", unknown)

    def __iter__(self) -> Iterator[str]:
        """Return the tags, in order."""
        return iter(sorted(self.by_tag))

    def nearest(self, tag: str) -> str:
        """Return the tag of the nearest language there is for a BCP 47 tag (de-AT-1996: de-at, else de), or nothing."""
        parts = tag.lower().split("-")
        return next((each for n in range(len(parts), 0, -1) if (each := "-".join(parts[:n])) in self.by_tag), "")

    def of(self, tag: str) -> Tongue:
        """Return the language of a tag; an unknown one has English phrases and dates like 2026-11-24."""
        return self.by_tag.get(self.nearest(tag), self.common)
