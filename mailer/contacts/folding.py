"""Folding: the form in which two texts of a list are compared.

Owns what counts as the same word: upper and lower case, an accent more or less, one blank or several, and full-width
letters make no difference ("Société  générale" is "SOCIETE GENERALE", "Straße" is "strasse"). Marks of other scripts
than Latin, Greek and Cyrillic are letters there, and stay (が is not か).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from mailer import lazy_re as re

_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_KEPT: Final = 4096


@lru_cache(maxsize=_KEPT)
def fold(text: str) -> str:
    """Return a text without case, accents and superfluous blanks; `fold(fold(x))` is `fold(x)`."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).split())


# Namesakes: whether what two rows say under one address can be one person, and what they say together.

NAMES: Final = ("salutation", "first_name", "last_name", "name")


def alike(one: str, other: str) -> bool:
    """Return whether two cells do not contradict each other."""
    return not one or not other or fold(one) == fold(other)


def may_be_one(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether the names of two rows can be one person's: none contradicts, one may be part of the other."""
    parts = all(alike(one.get(name, ""), other.get(name, "")) for name in NAMES if name != "name")
    mine, theirs = (set(fold(each.get("name", "")).split()) for each in (one, other))
    return parts and (mine <= theirs or theirs <= mine)


def joined_tags(mine: str, theirs: str) -> str:
    """Return the tags of both cells, each once."""
    tags: dict[str, str] = {}
    for tag in re.split(r"[,;|\n]", f"{mine},{theirs}"):
        if tag.strip():
            tags.setdefault(fold(tag), tag.strip())
    return ", ".join(tags.values())


# Searching: text as people search for it, and cells as the values in them.

# letters that Unicode does not take apart
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "ħ": "h"}
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def plain(text: str) -> str:
    """Return text without case and accents; ß is ss, ø is o."""
    return fold(text).translate(_PLAIN)


def plain_german(text: str) -> str:
    """Return text as it is typed where umlauts are missing: ü is ue, ø is oe."""
    return plain(unicodedata.normalize("NFC", text.casefold()).translate(_GERMAN))


def finds(terms: Iterable[str], cells: Iterable[str]) -> bool:
    """Return whether every term (`plain`) stands somewhere in these cells."""
    whole = "\n".join(cells)
    given = plain(whole)
    wanted = [term for term in terms if term not in given]
    if not wanted:
        return True
    if whole.isascii():
        return False
    german = plain_german(whole)
    return all(term in german for term in wanted)


def several(cell: str) -> list[str]:
    """Return the values of a cell that holds several (beats, tags), by comma, semicolon or bar, each once."""
    if not cell:  # as nearly every cell is
        return []
    parts = (part.strip(' \t"') for part in re.split(r"[,;|\n]", cell))
    return list(dict.fromkeys(part for part in parts if part))
