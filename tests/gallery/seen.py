"""Seen: what a browser shows of a page, as values; measured on its pixels where colours matter."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from PIL import Image


@dataclass(frozen=True)
class Box:
    """A rectangle on the page, in CSS pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def overlap(self, other: Box) -> tuple[float, float]:
        """Return how far two boxes lie over each other, to the side and downwards; negative where they do not."""
        wide = min(self.right, other.right) - max(self.x, other.x)
        high = min(self.bottom, other.bottom) - max(self.y, other.y)
        return wide, high


@dataclass(frozen=True)
class Run:
    """A piece of text: the boxes of its lines, its element, and whether something lies over it or cuts it off."""

    text: str
    where: str
    size: float
    boxes: tuple[Box, ...]
    covered: bool
    clipped: bool

    @property
    def short(self) -> str:
        text = " ".join(self.text.split())
        return f'{self.where} "{text[:40]}"'


@dataclass(frozen=True)
class Link:
    href: str
    text: str
    box: Box


@dataclass(frozen=True)
class Picture:
    alt: str
    box: Box
    shown: bool


@dataclass(frozen=True)
class Seen:
    """A page as it was shown."""

    width: int
    scroll_width: int
    runs: tuple[Run, ...]
    links: tuple[Link, ...]
    pictures: tuple[Picture, ...]
    selected: str  # what is copied when everything is selected
    direction: str
    png: bytes = field(repr=False)

    @cached_property
    def image(self) -> Image.Image:
        """Return the pixels."""
        return Image.open(io.BytesIO(self.png)).convert("RGB")

    @cached_property
    def text(self) -> str:
        """Return all text that can be seen, blanks squeezed."""
        return " ".join(" ".join(run.text for run in self.runs).split())

    def contrast(self, box: Box) -> float:
        """Measure, on the pixels of a box, how much the colour farthest from its ground stands out (WCAG 2)."""
        left, top = int(box.x), int(box.y)
        right, bottom = int(box.right + 0.999), int(box.bottom + 0.999)
        left, top, right, bottom = (
            max(0, left),
            max(0, top),
            min(self.image.width, right),
            min(self.image.height, bottom),
        )
        if left >= right or top >= bottom:
            return 1.0  # outside the page: nobody sees it
        part = self.image.crop((left, top, right, bottom))
        counted = part.getcolors(part.width * part.height) or []
        ground = luminance(max(counted, key=lambda each: each[0])[1])
        return max(ratio(luminance(colour), ground) for _, colour in counted)


@cache
def luminance(colour: Any) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    ]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def ratio(one: float, two: float) -> float:
    high, low = max(one, two), min(one, two)
    return (high + 0.05) / (low + 0.05)
