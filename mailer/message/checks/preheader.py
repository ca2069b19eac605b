"""Preheader: what nobody sees on the page, and mail programs show beside the subject.

Owns the rules of hidden text (standards H6): hidden by `display: none` and `mso-hide: all`, and by nothing that filters
know from spam (the colour of the paper, no size, moved away).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.message.checks.colours import contrast, parse_colour
from mailer.message.checks.look import Look, shortened, warning
from mailer.message.page import Element
from mailer.message.values import Check

_MOST = 200  # characters; what is shown are about a hundred
_TRICKS = {
    "font-size": r"0(?:\.0*)?(?:px|pt|em|%)?|1px",
    "font": r".*(?:^|\s)[01]px[\s/].*",
    "line-height": r"0(?:px)?",
    "opacity": r"0(?:\.0*)?",
    "visibility": r"hidden|collapse",
    "text-indent": r"-\d{3,}.*",
    "max-height": r"0(?:px)?",
    "height": r"0(?:px)?",
    "clip": r".+",
}
_GAPS = re.compile("[\u200b\u200c\u200d\u2007\u034f\u00ad\ufeff\u00a0\\s]+")

HIDDEN = warning(
    "preheader",
    "the preheader is hidden as filters expect it",
    'Write style="display: none; mso-hide: all;" on it and nothing else; other ways look like a spammer\'s.',
)
LENGTH = warning(
    "preheader-length",
    "what is hidden is short",
    "One sentence is enough: about a hundred characters are shown, and filters count hidden text.",
)


def check_preheader(look: Look) -> Iterator[Check]:
    """Check what is hidden on a page, and how."""
    wrong = [f"{how}: “{shortened(text)}”" for element, text in _said(look) for how in _tricks(element)]
    outer = {id(_hider(element)): _hider(element) for element, text in look.page.hidden if _GAPS.sub("", text)}
    wrong += ["without mso-hide: all" for each in outer.values() if "all" not in each.style.get("mso-hide", "")]
    yield HIDDEN.of("text is hidden in a way that filters hold against it", wrong)
    length = sum(len(" ".join(text.split())) for _, text in look.page.hidden)
    yield LENGTH.when(f"{length} characters are hidden", wrong=length > _MOST)


def _said(look: Look) -> Iterator[tuple[Element, str]]:
    yield from (each for each in look.page.texts if _GAPS.sub("", each[1]))
    yield from (each for each in look.page.hidden if _GAPS.sub("", each[1]))


def _hider(element: Element) -> Element:
    """Return the outermost element that hides a text."""
    return [each for each in element.upwards() if each.is_hidden][-1]


def _tricks(element: Element) -> Iterator[str]:
    for each in element.upwards():
        for name, pattern in _TRICKS.items():
            value = each.style.get(name, "")
            if value and re.fullmatch(pattern, value.lower()):
                yield f"by {name}: {value}"
        if each.is_hidden and _is_white_on_white(each):
            yield f"by color: {each.style['color']}"


def _is_white_on_white(element: Element) -> bool:
    """Return whether hidden text has the colour of a paper, which filters take for the way it is hidden."""
    ink = parse_colour(element.style.get("color", ""))
    return ink is not None and contrast(ink, (255, 255, 255)) < 1.5
