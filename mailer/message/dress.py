"""Dress: a family's look as its templates see it, for a release in one language.

Owns the value of `look` in templates: colours, fonts that have the release's letters, left and right as they are in its
direction of writing, the logo. Never renders, never judges colours (`config` has).
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from markupsafe import Markup

from mailer.message.script import Script, script_of, with_fonts
from mailer.message.values import InlineImage
from mailer.message.words import direction_of
from mailer.settings import Logo, Look

_MARGINS: Final = 88  # left and right of the text, on a sheet that is as wide as it can be


def look_context(look: Look, language: str, *, logo: InlineImage | None = None) -> dict[str, Any]:
    """Make the value of `look`; `logo` is the file that `look.logo` names, where it is one."""
    script, direction = script_of(language), page_direction(look, language)
    start, end = ("right", "left") if direction == "rtl" else ("left", "right")
    width = look.page.width
    return {
        "day": dataclasses.asdict(look.colours),
        "night": dataclasses.asdict(look.night),
        **_fonts(look, script),
        "width": width,
        "inner": width - _MARGINS,
        "half": (width - _MARGINS) // 2,
        "contacts": look.page.contacts,
        "dir": direction,
        "start": start,
        "end": end,
        "logo": _logo(look.logo, logo, width - _MARGINS) if look.logo else {},
    }


def page_direction(look: Look, language: str) -> str:
    """Return the direction of the whole mail: the family's, else that of the release's language."""
    return direction_of(language) if look.page.direction == "auto" else look.page.direction


def _fonts(look: Look, script: Script) -> dict[str, Any]:
    size, leading = look.fonts.size, script.leading
    # config lets nothing into a font's name that could end a style
    text, small = with_fonts(look.fonts.text, script.serif), with_fonts(look.fonts.small, script.sans)
    return {
        "text_font": Markup(text),  # noqa: S704 - checked when it was read
        "small_font": Markup(small),  # noqa: S704 - checked when it was read
        "size": size,
        "title_size": round(size * 1.82),
        "subhead_size": size + 2,
        "quote_size": size + 3,
        "said_size": size + 5,
        "aside_size": max(size - 2, 15),
        "leading": f"{leading / 100:g}",
        "italic": script.italic,
        "spaced": script.spaced,
        "comma": script.comma,
    }


def _logo(logo: Logo, inside: InlineImage | None, room: int) -> dict[str, Any]:
    width = min(logo.width, room)
    return {
        "src": f"cid:{inside.content_id}" if inside else logo.src,
        "alt": logo.alt,
        "width": width,
        "height": round(logo.height * width / logo.width),
        "link": logo.link,
    }
