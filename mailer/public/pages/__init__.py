"""Pages: the pages behind an opt-out link.

Owns the templates beside it, their style sheet with its hash for the Content-Security-Policy, and the language of a
page, with sentences from `words/optout_page.toml`. A page is one document without scripts, pictures or fonts; it loads
nothing, so that viewing it reveals nothing. Addresses are masked.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from mailer.frozen import dataclass
from mailer.message.script import direction_of
from mailer.runs.people.link_page import House, OfferShown
from mailer.words import read_section

STYLE: Final = files("mailer.public.pages").joinpath("style.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = read_section("optout_page", "says")
_MOST_WISHES: Final = 20


@dataclass(frozen=True, slots=True)
class Around:
    """The frame of every page: its language and the sender."""

    language: str
    house: House


def ask_page(around: Around, *, masked: str) -> str:
    """Return the page with the question. Showing it changes nothing."""
    return _render("ask.html", around, masked=masked)


def done_page(around: Around, *, out: str, masked: str, just_now: bool = True) -> str:
    """Return the confirmation, with an undo button; `out` is `everywhere` or `list`."""
    return _render("done.html", around, out=out, masked=masked, just_now=just_now)


@lru_cache(maxsize=256)
def notice_page(around: Around, name: str) -> str:
    """Return a page with one message: `undone`, `late`, `bad`, `busy` or `slow`."""
    return _render("notice.html", around, name=name)


def offer_page(shown: OfferShown, fallback: str) -> str:
    """Return the page of an offer, in the words of its mail; `fallback` is the language of the page's own words."""
    terms, language = shown.terms, shown.terms.language
    around = Around(fallback, shown.house)
    words = {"language": language, "direction": direction_of(language)}
    return _render(
        "offer.html", around, terms=terms, words=terms.phrases, masked=shown.masked, verdict=shown.verdict, **words
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = PackageLoader("mailer.public", "pages")
    return Environment(loader=loader, auto_reload=False, autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _render(template: str, around: Around, **values: object) -> str:
    language = around.language
    say = LANGUAGES[language.partition("-")[0]]
    values = {"language": language, "direction": direction_of(language), "say": say} | values
    return _templates().get_template(template).render(house=around.house, style=STYLE, **values)


def choose_language(of_mail: str, accepted: str) -> str:
    """Return the language of a page: the mail's, or else the one that the browser prefers (RFC 9110 §12.5.4)."""
    wishes = []
    for each in accepted[:500].split(",")[:_MOST_WISHES]:
        tag, _, weight = each.partition(";")
        name, _, number = weight.replace(" ", "").partition("=")
        try:
            wishes.append((float(number) if name == "q" else 1.0, tag.strip()))
        except ValueError:
            continue
    liked = (tag for weight, tag in sorted(wishes, key=lambda wish: -wish[0]) if weight > 0)
    for tag in (of_mail, *liked):
        short = tag.lower().partition("-")[0]
        if short in LANGUAGES:
            return short
    return "en"
