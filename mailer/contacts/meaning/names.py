"""Names: a person's name as people say it, out of what a list has.

Owns the turning of 'Last, First', the joining of the parts that lists keep in columns of their own, and the refusal of
what stands in a name's place and is none (an address, the outlet). Titles, suffixes, particles, capitals and mononyms
stay as they were typed. Chinese, Japanese and Korean names keep the family name first. Never looks at other rows.
"""

from __future__ import annotations

import re
from typing import Final

from mailer.contacts.meaning import words
from mailer.contacts.meaning.columns import begins_with, holds_address, letters
from mailer.words import read_section

_EAST_ASIAN: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff々〆ヶ\s・]+")
_PARTICLES: Final[frozenset[str]] = frozenset(read_section("contacts", "names")["particles"])
_SUFFIXES: Final[frozenset[str]] = frozenset(read_section("contacts", "names")["suffixes"])
_QUOTES: Final = "\"'“”„«»‚‘’"


def join_names(first: str, last: str) -> str:
    """Join a first and a last name as people say them; family first where they are written in East Asian characters."""
    parts = [part for part in (first, last) if part]
    if len(parts) == 2 and all(_EAST_ASIAN.fullmatch(part) for part in parts):
        parts.reverse()
    return " ".join(parts)


def tidy_name(text: str, address: str, outlet: str, *, turned: bool = False, family_first: bool = False) -> str:
    """Return the name in a cell as people say it, or nothing where the cell holds none.

    `address` is the person's and tells 'García Márquez, Gabriel' from 'Ada Brook, Reuters'. `turned`: the column as a
    whole is kept as 'Last, First'. `family_first`: its heading says that the family name stands first.
    """
    bare = text[1:-1].strip() if len(text) > 2 and text[0] in _QUOTES and text[-1] in _QUOTES else text
    if bare.startswith("="):  # a formula, kept as the text it is
        return text
    if holds_address(bare) or (outlet and words.compact(bare) == words.compact(outlet)):
        return ""
    if "," in bare:
        return _turned(bare, address, outlet, always=turned or family_first)
    if family_first and not _EAST_ASIAN.fullmatch(bare):
        return _family_first(bare, address)
    return bare


def is_turned(text: str) -> bool:
    """Return whether a name stands as 'Last, First': one comma, and a name after it that is no suffix."""
    family, comma, given = text.partition(",")
    return bool(comma) and bool(family.strip()) and bool(given.strip()) and not _is_suffix(given)


def majority_turned(names: list[str]) -> bool:
    """Return whether a column of names is kept as 'Last, First'."""
    return bool(names) and sum(map(is_turned, names)) * 2 > len(names)


def _turned(text: str, address: str, outlet: str, *, always: bool) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2:
        return parts[0] if parts else ""
    if outlet and words.compact(parts[-1]) == words.compact(outlet):
        return " ".join(parts[:-1]) if len(parts) == 2 else text
    suffixes = [part for part in parts[1:] if _is_suffix(part)]
    titles = [part for part in parts[1:] if not _is_suffix(part) and words.compact(part) in words.TITLES]
    names = [part for part in parts if part not in suffixes and part not in titles]
    if len(names) != 2 or not (always or _is_family(names[0], names[1], address)):
        return text
    family, given = names
    return " ".join((*titles, given, family, *suffixes))


def _is_family(before: str, after: str, address: str) -> bool:
    """Return whether what stands before the comma is a family name."""
    given = after.split()
    if len(given) > 3 or any(character.isdigit() for character in before + after):
        return False
    if begins_with(after, address) and not begins_with(before, address):
        return True
    family = before.split()
    if len(family) == 1 or before.isupper():
        return True
    return family[0].lower() in _PARTICLES or (len(family) == 2 and "-" in before)


def _family_first(text: str, address: str) -> str:
    """Turn a name under a heading such as "Nom Prénom"; what the address and the capitals say goes before it."""
    parts = text.split()
    if len(parts) < 2:
        return text
    capitals = [part.isupper() and len(part) > 1 for part in parts]
    if any(capitals) and not all(capitals):
        if not capitals[0] and parts[0].lower() not in _PARTICLES:
            return text
        cut = max(i for i, upper in enumerate(capitals) if upper) + 1
        return _said(parts, cut if cut < len(parts) else len(parts) - 1)
    # an address names the parts in the order in which they stand: ada.brook@ for "Ada Brook"
    local, first, last = ("".join(letters(each)) for each in (address.partition("@")[0], parts[0], parts[-1]))
    if first and last and local.startswith(first) and local.endswith(last):
        return text
    particles = 0
    while particles < len(parts) - 2 and parts[particles].lower() in _PARTICLES:
        particles += 1
    cut = particles + 1
    if len(parts) - cut > 1 and begins_with(parts[-1], address):
        cut = len(parts) - 1
    return _said(parts, cut)


def _said(parts: list[str], cut: int) -> str:
    return " ".join((*parts[cut:], *parts[:cut]))


def _is_suffix(text: str) -> bool:
    return text.strip().lower().replace(".", "").replace(" ", "") in _SUFFIXES
