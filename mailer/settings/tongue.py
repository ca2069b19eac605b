"""Tongue: what a mail says around a release in one language, and how that language writes dates.

Owns the shape of a file in `templates/i18n/` and what every language must have. `Tongues` finds the one for somebody's
tag. Never reads a file (`config` does), never renders (`message` does).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


def _with_places(table: str) -> Mapping[str, frozenset[str]]:
    return {each.partition("{")[0]: frozenset(_PLACE.findall(each)) for each in table.split()}


# What every language has, and the places that its sentence must leave for us to fill.
PHRASES: Final = _with_places("""
    immediate embargo{moment} embargo_short{moment} greeting{name} greeting_nobody test notes contacts contact
    picture licence press_kit reason{organisation} optout_link optout_mail optout_reply subject notice notice_source
    statement advisory what who when where register your_time calendar background release letter{organisation}
""")
FORMS: Final = _with_places("""
    date{day}{month}{year} first{month}{year} weekday{weekday}{date} time{hour}{minute}{zone} also{time}
    moment{time}{also}{date} moment_short{time}{date} occasion{time}{date} span{from}{to} name{last}
""")
# "name" says by which name a greeting calls people: without it by their first one
OPTIONAL_FORMS: Final = frozenset({"first", "name"})


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
        raise ValueError(f"{name}: a brace has no partner")


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
