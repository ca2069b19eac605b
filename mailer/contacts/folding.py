"""Folding: the form in which texts of a list are compared, and the digest by which a person is recognised.

Owns the rules for what is the same word: case, accents, the number of blanks and full-width letters make no difference
("Société  générale" is "SOCIETE GENERALE", "Straße" is "strasse"). In scripts other than Latin, Greek and Cyrillic,
marks are part of the letter and are kept (が is not か).
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
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


# Namesakes: whether two rows with one address can be one person's, and their values together.

NAMES: Final = ("salutation", "first_name", "last_name", "name")


def alike(one: str, other: str) -> bool:
    """Return whether two cells do not contradict each other."""
    return not one or not other or fold(one) == fold(other)


def may_be_one(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether the names of two rows can be one person's: none contradicts, one may be part of the other."""
    parts = all(alike(one.get(name, ""), other.get(name, "")) for name in NAMES if name != "name")
    one_name, other_name = (set(fold(each.get("name", "")).split()) for each in (one, other))
    return parts and (one_name <= other_name or other_name <= one_name)


def joined_tags(one: str, other: str) -> str:
    """Return the tags of both cells, each once."""
    tags: dict[str, str] = {}
    for tag in re.split(r"[,;|\n]", f"{one},{other}"):
        if tag.strip():
            tags.setdefault(fold(tag), tag.strip())
    return ", ".join(tags.values())


# Searching: text in the form for searches, and the values in a cell.

# letters that Unicode does not decompose
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "ħ": "h"}
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def plain(text: str) -> str:
    """Return text without case and accents; ß is ss, ø is o."""
    return fold(text).translate(_PLAIN)


def plain_german(text: str) -> str:
    """Return text as it is typed without umlauts: ü is ue, ø is oe."""
    return plain(unicodedata.normalize("NFC", text.casefold()).translate(_GERMAN))


def finds(terms: Iterable[str], cells: Iterable[str]) -> bool:
    """Return whether every term (`plain`) is somewhere in these cells."""
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
    """Return the values of a cell with several (beats, tags), by comma, semicolon or bar, each once."""
    if not cell:  # as nearly every cell is
        return []
    parts = (part.strip(' \t"') for part in re.split(r"[,;|\n]", cell))
    return list(dict.fromkeys(part for part in parts if part))


# Digests: the people seen so far, in few bytes each. At a million people two of them share a digest with probability 1
# to 37 million; the digests live no longer than a run, so they need no secret (the ledger's names of people do:
# `tokens.address_digest`).


def digest(address_key: str) -> bytes:
    """Return 8 bytes that identify an address within a run; `address_key` is `Address.key`."""
    return blake2b(address_key.encode(), digest_size=8).digest()


class Seen:
    """The first value (1 to 2^64-1) for each digest, in 16 bytes a slot, without objects."""

    def __init__(self) -> None:
        self._size, self._count = 1024, 0
        self._keys, self._values = (array("Q", bytes(8 * self._size)) for _ in range(2))

    def first(self, key: bytes, value: int) -> int | None:
        """Return the first value for this digest; if there is none, store this one and return None."""
        number = int.from_bytes(key, "big")
        at = self._slot(number)
        if self._values[at]:
            return self._values[at]
        self._keys[at], self._values[at] = number, value
        self._count += 1
        if 3 * self._count > 2 * self._size:
            old = zip(self._keys, self._values, strict=True)
            self._size *= 2
            self._keys, self._values = (array("Q", bytes(8 * self._size)) for _ in range(2))
            for number, known in old:
                if known:
                    at = self._slot(number)
                    self._keys[at], self._values[at] = number, known
        return None

    def _slot(self, number: int) -> int:
        """Return the slot of a digest, or the free one for it; value 0 marks a free slot."""
        mask = self._size - 1
        at = number & mask
        while self._values[at] and self._keys[at] != number:
            at = (at + 1) & mask
        return at
