"""Searching: text as people search for it, and cells as the values in them.

Owns the search for words in a row, and what a cell with several values holds. "Muller" and "Mueller" both
find "Müller", "Sorensen" finds "Sørensen".
Never changes what is kept or sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from mailer.contacts.folding import fold

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
    parts = (part.strip(' \t"') for part in re.split(r"[,;|\n]", cell))
    return list(dict.fromkeys(part for part in parts if part))
