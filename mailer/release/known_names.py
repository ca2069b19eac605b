"""Known names: people and places by name, and the small words around the names of people.

Owns the tables (`names.toml` in `mailer.words`) in the form in which they are compared. They only help where the form
leaves a doubt: a person whose name is not here is known by what stands around it, a place by the form of its dateline.
"""

from __future__ import annotations

from mailer.words import read_section

_PLACES, _WORDS = read_section("names", "places"), read_section("names", "words")

CITIES = frozenset(map(str.casefold, _PLACES["cities"]))
REGIONS = frozenset(map(str.casefold, _PLACES["regions"]))
GIVEN_NAMES = frozenset(map(str.casefold, read_section("names", "given")["names"]))
PARTICLES: frozenset[str] = frozenset(_WORDS["particles"])
GIVEN_LIKE_PARTICLES: frozenset[str] = frozenset(_WORDS["given_like_particles"])
BEGINNINGS: frozenset[str] = frozenset(_WORDS["beginnings"])
HONORIFICS: frozenset[str] = frozenset(_WORDS["honorifics"])
ACADEMIC: frozenset[str] = frozenset(_WORDS["academic"])
FAMILIES_LIKE_TITLES: frozenset[str] = frozenset(_WORDS["families_like_titles"])
FAMILIES_LIKE_PLACES: frozenset[str] = frozenset(_WORDS["families_like_places"])
OPENERS: frozenset[str] = frozenset(_WORDS["openers"])


def is_city(name: str) -> bool:
    """Return whether a text is the name of a city in the table; “Berlin/Bonn” names two."""
    parts = [" ".join(part.split()).casefold() for part in name.replace(" und ", "/").replace(" and ", "/").split("/")]
    return all(part in CITIES for part in parts) and bool(parts)


def is_region(name: str) -> bool:
    """Return whether a text is the name of a state or country in the table."""
    return " ".join(name.split()).casefold() in REGIONS
