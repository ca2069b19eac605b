"""Seen: whether what is said can be seen, on a light screen and on a dark one.

Owns contrast, sizes, the paper under the text and what says that a page is made for both screens (standards H3, H4).
Colours and sizes are computed as a browser does, from inline CSS, style sheets and what is inherited.
Gaps: pictures behind text have no colour here; a logo that is white and transparent is not looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.message.checks.look import BLACK, WHITE, Colour, Look, contrast, paper_of, parse_colour, shortened, warning
from mailer.message.page import Element
from mailer.message.styles import Cascade
from mailer.message.values import Check

LEAST_CONTRAST = 4.5
SMALLEST = 14.0
_DEFAULT = 16.0
_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+)(px|pt|em|rem|%)(?=[\s/]|$)")
_WORDS = {"small": 13.0, "x-small": 10.0, "xx-small": 9.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}

CONTRAST = warning(
    "contrast",
    "text stands out from its paper on a light screen",
    "Make the text darker or its background lighter in the template's style.css.html: 4.5 to 1 is the least.",
)
DARK = warning(
    "contrast-dark",
    "text stands out from its paper on a dark screen",
    "Give text and background their colours under @media (prefers-color-scheme: dark), both of them.",
)
PAPER = warning(
    "paper",
    "every text that has a colour stands on a paper that has one",
    "Set background-color where you set color: a dark screen puts its own paper under text that has none.",
)
METAS = warning(
    "dark-mode",
    "the page says that it is made for light and dark screens",
    'Put <meta name="color-scheme" content="light dark"> and the same for supported-color-schemes into <head>.',
)
TEXT_SIZE = warning(
    "text-size",
    f"no text is smaller than {SMALLEST:.0f} pixels",
    f"Set it to at least {SMALLEST:.0f}px; phones show smaller text as a grey line.",
)


@dataclass(frozen=True, slots=True)
class _Print:
    """How a text is printed: its ink, the paper, whether the paper was chosen, the size in pixels."""

    ink: Colour
    paper: Colour
    has_ink: bool
    has_paper: bool
    size: float


def check_seen(look: Look) -> Iterator[Check]:
    """Check whether what is said can be seen."""
    light = list(_printed(look, look.light))
    dark = list(_printed(look, look.dark)) if any("prefers-color-scheme" in s for s in look.page.style_sheets) else []
    yield CONTRAST.of("text is hard to tell from its paper", _pale(light))
    yield DARK.of("on a dark screen, text is hard to tell from its paper", _pale(dark))
    yield PAPER.of("text has a colour and no paper of its own", _bare(light))
    yield METAS.when("the page does not say that it is made for dark screens too", wrong=not _says_both(look))
    small = (f"{each.size:g}px: “{shortened(text)}”" for text, each in light if each.size < SMALLEST)
    yield TEXT_SIZE.of("text is too small", small)


def _pale(printed: list[tuple[str, _Print]]) -> Iterator[str]:
    for text, each in printed:
        found = contrast(each.ink, each.paper)
        if found < LEAST_CONTRAST:
            yield f"{_hex(each.ink)} on {_hex(each.paper)} ({found:.1f} to 1): “{shortened(text)}”"


def _bare(printed: list[tuple[str, _Print]]) -> Iterator[str]:
    return (f"“{shortened(text)}”" for text, each in printed if each.has_ink and not each.has_paper)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _says_both(look: Look) -> bool:
    said = {
        meta.attributes.get("name", "").lower(): meta.attributes.get("content", "").lower()
        for meta in look.page.every("meta")
    }
    return all("dark" in said.get(name, "") for name in ("color-scheme", "supported-color-schemes"))


def _printed(look: Look, cascade: Cascade) -> Iterator[tuple[str, _Print]]:
    known: dict[int, _Print] = {}
    for element, text in look.page.texts:
        yield text, _print_of(element, cascade, known)


_UNSET = _Print(BLACK, WHITE, has_ink=False, has_paper=False, size=_DEFAULT)


def _print_of(element: Element, cascade: Cascade, known: dict[int, _Print]) -> _Print:
    found = known.get(id(element))
    if found is None:
        around = _print_of(element.parent, cascade, known) if element.parent else _UNSET
        found = known[id(element)] = _inherit(element, cascade.declared(element), around)
    return found


def _inherit(element: Element, style: dict[str, str], around: _Print) -> _Print:
    ink = parse_colour(style.get("color", "") or element.attributes.get("color", ""))
    paper = _paper(style) or parse_colour(element.attributes.get("bgcolor", ""))
    if element.tag == "a" and ink is None and "href" in element.attributes:
        ink = (0, 0, 238)  # what browsers give a link
    return _Print(
        ink or around.ink,
        paper or around.paper,
        has_ink=around.has_ink or "color" in style,
        has_paper=around.has_paper or paper is not None,
        size=size_in(style, around.size),
    )


def _paper(style: dict[str, str]) -> Colour | None:
    last = next((name for name in reversed(style) if name in {"background", "background-color"}), "")
    return paper_of(style[last]) if last else None


def size_in(style: dict[str, str], around: float) -> float:
    """Return the size of text in pixels, by what is declared and the size around it."""
    last = next((name for name in reversed(style) if name in {"font", "font-size"}), "")
    if not last:
        return around
    value = style[last].lower()
    found = _SIZE.search(value)
    if found is None:
        return next((size for word, size in _WORDS.items() if word in value.split()), around)
    number, unit = float(found[1]), found[2]
    by_unit = {"px": 1.0, "pt": 4 / 3, "em": around, "%": around / 100, "rem": _DEFAULT}
    return number * by_unit[unit]
