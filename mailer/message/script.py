"""Script: how a language is typeset: fonts with its letters, restrictions, direction.

Owns, for templates, whether there are italics (Chinese, Japanese, Korean, Arabic, Hebrew have none), whether letters
may be spaced out (Arabic joins them), and the height of a line. Never renders.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from mailer.frozen import dataclass
from mailer.words import read_section


@dataclass(frozen=True, slots=True)
class Script:
    """One way of writing. `serif` and `sans` are fonts that people have, those of Windows first: Word takes no other.

    `leading` is the height of a line of text, in hundredths of its size; `comma` stands between a name and a role,
    `stop` between two sentences.
    """

    serif: Sequence[str] = ()
    sans: Sequence[str] = ()
    italic: bool = True
    spaced: bool = True
    leading: int = 160
    comma: str = ", "
    stop: str = ". "


_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_RTL_SCRIPTS: Final = frozenset({"arab", "hebr", "syrc", "thaa"})
_TAIWAN: Final = frozenset({"hant", "tw", "hk", "mo"})


@lru_cache(maxsize=64)
def script_of(tag: str) -> Script:
    """Return the script of a BCP 47 tag's language; an unknown one is typeset like Latin."""
    language, *rest = tag.lower().split("-")
    if language == "zh" and _TAIWAN & set(rest):
        language = "zh-hant"
    rows: Iterable[dict[str, Any]] = read_section("scripts", "scripts")["rows"]
    found = next((row for row in rows if language in row["languages"]), {})
    return Script(**{key: value for key, value in found.items() if key != "languages"})


def with_fonts(stack: str, fonts: Sequence[str]) -> str:
    """Put fonts into a stack before its last, generic one; letters in the family's own fonts still use those."""
    *named, last = (part.strip() for part in stack.split(","))
    return ", ".join((*named, *(font for font in fonts if font not in named), last))


def direction_of(tag: str) -> str:
    """Return the direction in which a language is written: `ltr` or `rtl`; a script in the tag decides."""
    language, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in _RTL_SCRIPTS else "ltr"
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def side_of(direction: str) -> str:
    """Return the side on which lines of a direction of writing begin."""
    return "right" if direction == "rtl" else "left"


def direction_of_text(text: str) -> str:
    """Return the direction of a text by its first letter that has one (Unicode Standard Annex 9, P2); else nothing."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    first = next((kind for kind in kinds if kind in {"L", "R", "AL"}), "")
    return {"L": "ltr", "R": "rtl", "AL": "rtl"}.get(first, "")
