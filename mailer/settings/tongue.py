"""Tongue: what a mail says around a release in one language, and how that language writes dates.

Owns the shape of a file in `templates/i18n/` and what every language must have. `Tongues` finds the one for a reader's
tag. Never reads a file (`config` does), never renders (`message` does).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from mailer.settings.table import Table, checked

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


def _with_places(listed: str) -> Mapping[str, frozenset[str]]:
    return {each.partition("{")[0]: frozenset(_PLACE.findall(each)) for each in listed.split()}


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


def wrong_sentence(text: str, places: frozenset[str]) -> str:
    """Return what is wrong with a sentence: it lacks a place that is filled in for each mail, or nobody fills one."""
    found, wrong = set(_PLACE.findall(text)), ""
    unfilled, missing = (
        ", ".join(f"{{{name}}}" for name in sorted(names)) for names in (found - places, places - found)
    )
    if text and not text.strip():  # nothing at all is how an office leaves a phrase out
        wrong = "is empty"
    elif "\n" in text:
        wrong = "write it on one line"
    elif unfilled:
        known = ", ".join(f"{{{name}}}" for name in sorted(places))
        wrong = f"nothing is filled in for {unfilled}{f'; here there may be {known}' if known else ''}"
    elif missing:
        wrong = f"{missing} is missing in it"
    elif set("{}") & set(_PLACE.sub("", text)):
        wrong = "a brace has no partner"
    return wrong


def _check_count(texts: tuple[str, ...], key: str) -> None:
    wanted = {"months": 12, "weekdays": 7, "quotes": 2}[key]
    if len(texts) != wanted:
        raise ValueError(f"{key}: there are {wanted} of them, and {len(texts)} are here")


class TongueFile(Table):
    """A file of `templates/i18n/`, which need hold only what differs from those below it."""

    months: Annotated[tuple[str, ...], checked(_check_count)] = ()
    weekdays: Annotated[tuple[str, ...], checked(_check_count)] = ()
    quotes: Annotated[tuple[str, ...], checked(_check_count)] = ()
    greets: tuple[str, ...] = ()
    forms: Mapping[str, str] = {}
    phrases: Mapping[str, str] = {}


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
