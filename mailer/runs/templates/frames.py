"""Frames: one mail as different readers see it, made without a browser.

Owns the four changes to a page: dark or light, whatever the screen of whoever looks (the media queries are answered
in the style sheet), pictures there or not (the box with the alternative text that mail programs show), pictures inside
the mail as `data:` URLs, and no scripts. The width is the frame's, in which the page's own media queries hold.
Pure.
Gaps: a program's own way of turning colours around where a mail says nothing about the dark is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mailer.preview.mail import with_pictures

PHONE, DESKTOP = 320, 700
_QUERY: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME_META: Final = re.compile(r"""(<meta\s+name=["'](?:supported-)?color-schemes?["']\s+content=)["'][^"']*["']""")
_SCHEME_RULE: Final = re.compile(r"(?<![-\w])((?:supported-)?color-schemes?\s*:)\s*[^;}\"']+", re.IGNORECASE)
_STYLE: Final = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.DOTALL | re.IGNORECASE)
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_IMAGE: Final = re.compile(r"<img\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"""\ssrc=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"


@dataclass(frozen=True, slots=True)
class View:
    """How a reader looks at a mail: on a dark screen or a light one, how wide it is, whether pictures are shown."""

    dark: bool = False
    width: int = DESKTOP
    pictures: bool = True

    @property
    def name(self) -> str:
        """Return it in words, as a title: `light, phone, pictures off`."""
        device = "phone" if self.width < DESKTOP else "desktop"
        return f"{'dark' if self.dark else 'light'}, {device}{'' if self.pictures else ', pictures off'}"


VIEWS: Final = tuple(
    View(dark, width, pictures) for pictures in (True, False) for dark in (False, True) for width in (PHONE, DESKTOP)
)


def page_as_seen(html: str, view: View, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """Return a mail's page as a frame shows it; `pictures` are those inside the mail, by Content-ID."""
    page = _in_scheme(html, "dark" if view.dark else "light")
    return with_pictures(page, pictures) if view.pictures else _IMAGE.sub(lambda found: _without_source(found[0]), page)


def _in_scheme(html: str, scheme: str) -> str:
    """Answer what the style sheet asks about the screen, and set what the page would take from it."""

    def answered(found: re.Match[str]) -> str:
        sheet = _QUERY.sub(lambda query: _ALWAYS if query[1].lower() == scheme else _NEVER, found[2])
        return found[1] + _SCHEME_RULE.sub(rf"\1 {scheme}", sheet) + found[3]

    page = _SCHEME_META.sub(rf'\1"{scheme}"', _STYLE.sub(answered, html))
    # without a scheme of its own, the frame's paper would be that of the screen it is looked at on
    return _HEAD.sub(rf"\g<0><style>:root {{ color-scheme: {scheme}; }}</style>", page, count=1)


def _without_source(tag: str) -> str:
    """Return the element as a program shows it that loads no pictures: its room, its ground, its alternative text."""
    return _SOURCE.sub("", tag)
