"""Evidence: what the cells of a column look like, whatever their heading says.

Owns the looks (an address, a telephone number, a name, an outlet) and what an address tells about the cells beside it:
`ada.brook@harbour-lantern.example.com` is Ada Brook's, and the Harbour Lantern's. Never reads a heading, never decides
(`columns` does). `address.parse_address` is the judge of addresses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from mailer.address import is_role_name
from mailer.contacts.meaning import words

_ADDRESS_LIKE: Final = re.compile(r"[^@＠\s,;]+[@＠][^@＠\s,;]+[.．][^@＠\s,;]+")
_PHONE_LIKE: Final = re.compile(r"(?=(?:\D*\d){5})[\d\s+()/.\-–x]{6,}")
_NAME_LIKE: Final = re.compile(r"[^\W\d_][\w.'’`\-]*(?:,?\s+[^\W\d_][\w.'’`\-]*){0,4}\.?")
_FAMILY_LETTERS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "å": "aa", "ł": "l", "æ": "ae", "ß": "ss", "đ": "d"}
)

_ENOUGH: Final = 600  # characters of a cell that are looked at: a search must not take long in a long one

Rows = Sequence[Sequence[str]]


def is_address_like(text: str) -> bool:
    """Return whether a cell looks like one address; `address.parse_address` is the judge."""
    return len(text) < _ENOUGH and bool(_ADDRESS_LIKE.fullmatch(text.strip("<> ").removeprefix("mailto:")))


def holds_address(text: str) -> bool:
    """Return whether something like an address stands anywhere in a cell."""
    return ("@" in text or "＠" in text) and bool(_ADDRESS_LIKE.search(text[:_ENOUGH]))


def is_link(text: str) -> bool:
    """Return whether a cell is the address of a page."""
    return text.startswith(("http://", "https://", "www."))


def is_phone_like(text: str) -> bool:
    """Return whether a cell looks like a telephone number."""
    return len(text) < 60 and bool(_PHONE_LIKE.fullmatch(text))


def is_name_like(text: str) -> bool:
    """Return whether a cell could be a person's name: up to five words, no digit, no address."""
    return len(text) <= 60 and bool(_NAME_LIKE.fullmatch(text))


def is_title(text: str) -> bool:
    """Return whether a cell is nothing but a title: "Dr.", "Frau", "Mme"."""
    return words.compact(text) in words.TITLES


def is_role_like(text: str) -> bool:
    """Return whether a cell looks like the address of a desk."""
    return is_role_name(text.strip("<> ").partition("@")[0])


def share(sample: Rows, column: int, test: Callable[[str], bool]) -> float:
    """Return the share of a column's filled cells that pass a test; 0 where none is filled."""
    cells = filled(sample, column)
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def filled(sample: Rows, column: int) -> list[str]:
    """Return the filled cells of a column."""
    return [cells[column] for cells in sample if len(cells) > column and cells[column]]


def letters(text: str) -> list[str]:
    """Return the words of a name in the letters that addresses are made of: "Jürgen Łoś" is juergen, los."""
    plain = text.lower().translate(_FAMILY_LETTERS)
    decomposed = unicodedata.normalize("NFKD", plain)
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return [word for word in re.split(r"[^a-z0-9]+", kept) if word]


def names_person(cell: str, address: str) -> bool:
    """Return whether the part of an address before the @ is made of words of a cell."""
    parts = letters(address.partition("@")[0])
    local = "".join(parts)
    found = letters(cell)
    if len(parts) > 1 and any(len(word) > 1 and word in parts for word in found):
        return True
    return any(word == local or (len(word) > 2 and (word in local or _umlauts(word) in local)) for word in found)


def begins_with(cell: str, address: str) -> bool:
    """Return whether an address begins with a cell's first word: "ada" of "Ada Brook" in ada.brook@."""
    found = letters(cell)
    local = "".join(letters(address.partition("@")[0]))
    return bool(found) and len(found[0]) > 1 and (local.startswith((found[0], _umlauts(found[0]))))


def names_house(cell: str, address: str) -> bool:
    """Return whether the domain of an address is made of words of a cell: "The Harbour Lantern", harbourlantern.com."""
    domain = "".join(letters(address.rpartition("@")[2]))
    found = [word for word in letters(cell) if len(word) > 3]
    whole = "".join(letters(cell))
    return any(word in domain for word in found) or (len(whole) > 2 and whole in domain)


def share_beside(sample: Rows, column: int, email: int, test: Callable[[str, str], bool]) -> float:
    """Return the share of rows with an address of a person whose cell in a column passes a test with that address."""
    pairs = [
        (cells[column], cells[email])
        for cells in sample
        if len(cells) > max(column, email) and cells[column] and is_address_like(cells[email])
    ]
    personal = [(cell, address) for cell, address in pairs if not is_role_like(address)]
    return sum(test(cell, address) for cell, address in personal) / len(personal) if personal else 0.0


def _umlauts(word: str) -> str:
    """Return a word as people spell it who drop the dots: "muller" for "mueller"."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
