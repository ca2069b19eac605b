"""Former words: what mails said around a release before every language was a file of its own.

Owns `former_words.json`, which is never edited: a mailing that was approved then is sent, resumed and retried with
these words, since its mails must be the approved ones byte for byte. Nothing new is rendered with them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from mailer.settings import Tongue, Tongues

_GREETS: Final = (
    *("dear", "hi", "hello", "hey", "good morning", "good afternoon", "good evening"),
    *("guten tag", "guten morgen", "guten abend", "hallo", "moin", "liebe", "lieber", "liebes"),
    *("sehr geehrte", "sehr geehrter", "sehr geehrtes", "bonjour", "bonsoir", "chèr", "chère", "chèrs", "chères"),
    *("hola", "buenos", "buenas", "estimado", "estimada", "estimados", "estimadas"),
    *("buongiorno", "buonasera", "ciao", "gentile", "caro", "cara", "beste", "geachte", "dag"),
)


@lru_cache(maxsize=1)
def former_tongues() -> Tongues:
    """Return the languages of that time."""
    told = json.loads(files("mailer.runs.planning").joinpath("former_words.json").read_text("utf-8"))
    told["en-us"] = {**told["en"], **told["en-us"]}
    return Tongues({tag: _tongue(tag, each) for tag, each in told.items()})


def _tongue(tag: str, told: dict[str, Any]) -> Tongue:
    phrases: dict[str, str] = dict(told["phrases"])
    for name in ("embargo", "embargo_short"):
        phrases[name] += " {moment}"
    phrases["reason"] = f"{phrases.pop('why')} {{organisation}}."
    phrases["greeting"] += " {name},"
    phrases["greeting_nobody"] += ","
    return Tongue(
        tag=tag,
        phrases=phrases,
        quotes=(told["quotes"][0], told["quotes"][1]),
        greets=_GREETS,
        months=tuple(told["months"]),
        weekdays=tuple(told["weekdays"]),
        forms=told["forms"],
    )
