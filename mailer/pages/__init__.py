"""Pages: each result as a page for people and as JSON for programs.

Theory of operation. A use case of `runs` returns a frozen result and prints nothing. Two functions here turn any
result into something to look at: `page(result)` into a page, which is data (`layout`), and `document(result)` into the
documented JSON (`documents`). The terminal prints pages and the desk renders the same ones as HTML; neither has words
of its own for a result, and nothing here knows about screens, streams or files.

The pages of results of `mailer.runs.NOUN` are in `mailer.pages.NOUN`, or in the module in `FILES`, and are loaded when
the first such result is shown, so that a command that shows a list does not load all the others.

Numbers come before their nouns, each fact has a label, the most important facts come first, and every command works as
it is printed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import singledispatch
from importlib import import_module
from typing import Any, TypeVar

from mailer.pages.documents import json_of
from mailer.pages.layout import Page, line

__all__ = ["FILES", "Page", "document", "page", "sentence"]

Result = TypeVar("Result")

FILES = {
    "purge": "people",
    "manuscripts": "releases",
    "replies": "collect",
    "proofs": "plans",
    "rehearse": "sending",
    "previews": "reviewing",
    "newsroom": "templates",
    **dict.fromkeys(("demo", "doctor", "office", "configuring", "storage", "users"), "setup"),
}


@singledispatch
def page(result: object) -> Page:
    """Return the page of a result. Raises TypeError if its type has none."""
    _load(type(result))
    made = page.dispatch(type(result))
    if made is page.dispatch(object):
        raise TypeError(f"{type(result).__name__} has no page")
    return made(result)


def sentence(of: type[Result], text_of: Callable[[Result], str]) -> None:
    """Register a page that is a single sentence."""

    def made(result: Result) -> Page:
        return Page(line(text_of(result)))

    made.__module__ = text_of.__module__
    page.register(of, made)


def document(result: object) -> dict[str, Any]:
    """Return the documented JSON of a result."""
    _load(type(result))
    found: dict[str, Any] = json_of(result)
    return found


def _load(of: type) -> None:
    """Load the pages of the noun that a type belongs to: `mailer.runs.lists.looking` has its own in `pages.lists`."""
    noun = of.__module__.split(".")[2:3]
    if noun:
        with suppress(ModuleNotFoundError):
            import_module(f"mailer.pages.{FILES.get(noun[0], noun[0])}")
