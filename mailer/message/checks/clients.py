"""Clients: what the big mail programs cannot show, and what of it a page leans on.

Owns a small table of facts, each with the name of its page at https://www.caniemail.com (what is there is under the MIT
licence; only who supports what was taken, in our own words), and the rules that hold a page against it: what a big
client lacks may be an extra and never the only carrier of what is said or where it stands (standards H2).
Gaps: facts age. `tested` says when somebody last looked; nothing here asks the web again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from mailer.message.checks.look import Look, warning
from mailer.message.page import Element
from mailer.message.styles import read_rules
from mailer.message.values import Check

_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO = "Outlook on Windows", "Gmail", "Outlook on the web and on phones", "Yahoo"


@dataclass(frozen=True, slots=True)
class Fact:
    """A feature, the big clients that lack it, what to do instead, and where that is known from.

    An extra may be used: a client without it shows the same in another shape.
    """

    feature: str
    lacking: tuple[str, ...]
    instead: str
    source: str  # https://www.caniemail.com/features/SOURCE/
    tested: str  # year and month
    is_extra: bool = False


FACTS: Mapping[str, Fact] = {
    fact.source: fact
    for fact in (
        Fact("display: flex", (_WORD,), "Set columns with a table.", "css-display-flex", "2021-11"),
        Fact("display: grid", (_WORD, _GMAIL, _YAHOO), "Set columns with a table.", "css-display-grid", "2024-01"),
        Fact("position", (_WORD, _GMAIL), "Let things stand where they come.", "css-position", "2021-05"),
        Fact("float", (_WORD,), 'Use align="…" on a table or a picture.', "css-float", "2023-01"),
        Fact(
            "a background picture",
            (_WORD,),
            "Give a background colour too that the text can be read on.",
            "css-background-image",
            "2019-02",
        ),
        Fact(
            "max-width outside a table",
            (_WORD,),
            'Put it on a table, and give pictures a width="…".',
            "css-max-width",
            "2019-08",
        ),
        Fact("negative margins", (_WORD, _GMAIL, _NEW_OUTLOOK), "Move nothing over its edge.", "css-margin", "2023-12"),
        Fact("CSS variables", (_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO), "Write the value.", "css-variables", "2020-02"),
        Fact("object-fit", (_WORD, _YAHOO), "Cut the picture to its size.", "css-object-fit", "2021-07"),
        Fact("SVG pictures", (_WORD, _GMAIL), "Save it as PNG.", "image-svg", "2023-01"),
        Fact("WebP pictures", (_WORD,), "Save it as JPEG or PNG.", "image-webp", "2021-02"),
        Fact(
            "pictures as data:", (_WORD, _GMAIL), "Send it inside the mail, or link to it.", "image-base64", "2023-01"
        ),
        Fact("a font from the web", (_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO), "", "css-at-font-face", "2019-07", True),
        Fact("border-radius", (_WORD,), "", "css-border-radius", "2021-03", True),
        Fact("<picture>", (_WORD, _GMAIL, _NEW_OUTLOOK, _YAHOO), "", "html-picture", "2024-01", True),
        Fact(
            "a dark colour scheme of its own",
            (_WORD, _GMAIL, _YAHOO),
            "",
            "css-at-media-prefers-color-scheme",
            "2020-01",
            True,
        ),
        Fact("<style> in the body", (_WORD, _GMAIL), "Put it into <head>.", "html-style", "2019-06"),
    )
}

CARRIERS = warning(
    "clients",
    "nothing depends on what a big mail program cannot show",
    "",
)
_STYLED: Mapping[str, Callable[[str, str], bool]] = {
    "css-display-flex": lambda name, value: name == "display" and "flex" in value,
    "css-display-grid": lambda name, value: name == "display" and "grid" in value,
    "css-position": lambda name, value: name == "position" and value not in {"static", "relative", "initial"},
    "css-float": lambda name, value: name == "float" and value in {"left", "right"},
    "css-margin": lambda name, value: name.startswith("margin") and bool(re.search(r"(?:^|\s)-\d*\.?\d", value)),
    "css-variables": lambda name, value: name.startswith("--") or "var(" in value,
    "css-object-fit": lambda name, _value: name == "object-fit",
}
_PICTURE_KINDS = {"image-svg": r"\.svgz?(?:[?#]|$)", "image-webp": r"\.webp(?:[?#]|$)", "image-base64": r"^data:"}


def check_clients(look: Look) -> Iterator[Check]:
    """Check what a page leans on."""
    found = dict.fromkeys((*_in_styles(look), *_in_elements(look)))
    facts = [FACTS[source] for source in found]
    wrong = [f"{fact.feature} ({' and '.join(fact.lacking)})" for fact in facts]
    check = CARRIERS.of("the page leans on what big mail programs cannot show", wrong)
    hint = " ".join(dict.fromkeys(fact.instead for fact in facts))
    yield replace(check, hint=hint)


def _in_styles(look: Look) -> Iterator[str]:
    everywhere = [pair for element in look.page.everything for pair in element.style.items()]
    for sheet in look.page.style_sheets:
        everywhere += [pair[:2] for rule in read_rules(sheet) for pair in rule.declared]
    for name, value in everywhere:
        yield from (source for source, leans in _STYLED.items() if leans(name, value.lower()))


def _in_elements(look: Look) -> Iterator[str]:
    page = look.page
    if any(style.is_inside("body") for style in page.every("style")):
        yield "html-style"
    for src, _ in page.images:
        yield from (source for source, kind in _PICTURE_KINDS.items() if re.search(kind, src, re.IGNORECASE))
    for element in page.everything:
        if "max-width" in element.style and not _has_own_width(element):
            yield "css-max-width"
        if _background(element) and not _has_colour_behind(element):
            yield "css-background-image"


def _has_own_width(element: Element) -> bool:
    """Return whether Outlook knows how wide it is all the same: a table, or inside one's width by an attribute."""
    return element.tag == "table" or "width" in element.attributes


def _background(element: Element) -> bool:
    styled = "url(" in element.style.get("background", "") + element.style.get("background-image", "")
    return styled or bool(element.attributes.get("background"))


def _has_colour_behind(element: Element) -> bool:
    style = element.style
    shorthand = re.sub(r"url\([^)]*\)", "", style.get("background", ""))
    return bool(
        "background-color" in style
        or element.attributes.get("bgcolor")
        or re.search(r"#[0-9a-f]{3,6}\b|rgb|\b(?:white|black)\b", shorthand, re.IGNORECASE)
    )
