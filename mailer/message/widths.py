"""Widths: how wide text is in a font whose letters are all as wide as each other, and where it may be broken.

Owns the two columns of a Chinese, Japanese or Korean letter (Unicode Standard Annex 11), and the few rules of line
breaking that such a text needs (kinsoku: JIS X 4051; Annex 14): no line opens with 。 or ends in 「. Korean is broken
at its blanks. Text of the other scripts is as wide as it has characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_FIRST_WIDE: Final = "\u1100"  # before it, nothing takes two columns
_REMEMBERED: Final = 4096
_NO_START: Final = frozenset(
    "、。，．・：；？！ー～…‥々〻’”）〕］｝〉》」』】〙〗｣､｡?!,.:;)]}"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ゛゜ゝゞヽヾ％℃‰年月日"
)
_NO_END: Final = frozenset("‘“（〔［｛〈《「『【〘〖｢([{￥＄£#＃№")
_HANGUL: Final = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")


def display_width(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii() or max(text, default="") < _FIRST_WIDE:
        return len(text)
    return sum(map(_width, text))


@lru_cache(maxsize=_REMEMBERED)
def _width(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a text with blanks up to a width, behind it or, for figures, before it."""
    blanks = " " * (width - display_width(text))
    return f"{blanks}{text}" if right else f"{text}{blanks}"


def breakable(word: str) -> list[str]:
    """Cut a word where a line may end inside it: between letters that are written without blanks; URLs stay whole."""
    if display_width(word) == len(word) or "://" in word:
        return [word]
    pieces: list[str] = []
    for sign in word:
        stays = not pieces or sign in _NO_START or pieces[-1][-1] in _NO_END or not _parts(pieces[-1][-1], sign)
        if stays and pieces:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _parts(before: str, sign: str) -> bool:
    """Return whether a line may end between two letters: one of them is wide, and neither is Hangul."""
    if _HANGUL.match(before) or _HANGUL.match(sign):
        return False
    return _width(sign) == 2 or _width(before) == 2
