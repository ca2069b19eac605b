"""Colours: what CSS calls a colour, and how far two of them stand apart.

Owns the reading of a colour value and the contrast of WCAG 2.2 §1.4.3. Never raises: None is what no colour is.
Gaps: of the names, the sixteen of HTML and a few more; hsl() and the like are not read, and judged by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
_NAMED: Mapping[str, Colour] = {
    "white": WHITE, "black": BLACK, "silver": (192, 192, 192), "gray": (128, 128, 128), "grey": (128, 128, 128),
    "red": (255, 0, 0), "maroon": (128, 0, 0), "yellow": (255, 255, 0), "olive": (128, 128, 0), "lime": (0, 255, 0),
    "green": (0, 128, 0), "aqua": (0, 255, 255), "teal": (0, 128, 128), "blue": (0, 0, 255), "navy": (0, 0, 128),
    "fuchsia": (255, 0, 255), "purple": (128, 0, 128), "orange": (255, 165, 0), "whitesmoke": (245, 245, 245),
    "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "darkgray": (169, 169, 169), "dimgray": (105, 105, 105),
}  # fmt: skip
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?")
_LONG = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})(?:[0-9a-f]{2})?")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+%?))?\s*\)")
_IN_SHORTHAND = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|[a-z]+")


@lru_cache(maxsize=256)
def parse_colour(value: str) -> Colour | None:
    """Read a colour; None for what is none, is not known here, or cannot be seen (`transparent`)."""
    text = value.strip().lower()
    if found := _LONG.fullmatch(text):
        return int(found[1], 16), int(found[2], 16), int(found[3], 16)
    if found := _SHORT.fullmatch(text):
        return int(found[1] * 2, 16), int(found[2] * 2, 16), int(found[3] * 2, 16)
    if found := _RGB.fullmatch(text):
        is_seen = found[4] not in {"0", "0.0", "0%"}
        return (min(int(found[1]), 255), min(int(found[2]), 255), min(int(found[3]), 255)) if is_seen else None
    return _NAMED.get(text)


@lru_cache(maxsize=256)
def paper_of(background: str) -> Colour | None:
    """Read the colour out of a value of `background`."""
    text = re.sub(r"url\([^)]*\)", " ", background.lower())
    return next((colour for word in _IN_SHORTHAND.findall(text) if (colour := parse_colour(word))), None)


@lru_cache(maxsize=1024)
def contrast(one: Colour, two: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    high, low = sorted((_light(one), _light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _light(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
