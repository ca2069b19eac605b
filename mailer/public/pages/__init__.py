"""Pages: what a person sees behind the opt-out link.

Owns the templates beside it, their style sheet and its hash for the Content-Security-Policy. A page is one document:
no script, no picture, no font, nothing that is fetched from anywhere, so that looking at it tells nobody anything.
Never holds an address: what is shown comes masked.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined

from mailer.message.script import direction_of
from mailer.public.pages.phrases import phrases_of
from mailer.runs.people.link_page import House

_FOLDER = files("mailer.public.pages")
STYLE: Final = _FOLDER.joinpath("style.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NAMES: Final = ("sheet.html", "ask.html", "done.html", "notice.html")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around every page: its language, and who sends."""

    language: str
    house: House


def ask_page(around: Around, *, masked: str) -> str:
    """Return the page with the question. Showing it changes nothing."""
    return _render("ask.html", around, masked=masked)


def done_page(around: Around, *, out: str, masked: str, just_now: bool = True) -> str:
    """Return the page that says that it is done, with the undo; `out` is `everywhere` or `list`."""
    return _render("done.html", around, out=out, masked=masked, just_now=just_now)


@lru_cache(maxsize=256)
def notice_page(around: Around, name: str) -> str:
    """Return a page that says one thing: `undone`, `late`, `bad`, `busy` or `slow`."""
    return _render("notice.html", around, name=name)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    sources = {name: _FOLDER.joinpath(name).read_text("utf-8") for name in _NAMES}
    return Environment(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _render(template: str, around: Around, **values: object) -> str:
    return (
        _templates()
        .get_template(template)
        .render(
            language=around.language,
            direction=direction_of(around.language),
            house=around.house,
            say=phrases_of(around.language),
            style=STYLE,
            **values,
        )
    )
