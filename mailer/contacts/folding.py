"""Folding: the form in which two texts of a list are compared.

Owns what counts as the same word: upper and lower case, an accent more or less, one blank or several, and full-width
letters make no difference ("Société  générale" is "SOCIETE GENERALE", "Straße" is "strasse"). Marks of other scripts
than Latin, Greek and Cyrillic are letters there, and stay (が is not か).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_KEPT: Final = 4096


@lru_cache(maxsize=_KEPT)
def fold(text: str) -> str:
    """Return a text without case, accents and superfluous blanks; `fold(fold(x))` is `fold(x)`."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).split())
