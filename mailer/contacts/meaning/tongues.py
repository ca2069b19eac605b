"""Tongues: the language that a cell names, as a BCP 47 tag.

Owns the reading of languages as lists name them ("Deutsch", "German", "allemand", "de_AT", "ger"), in the languages
that lists are kept in: `[tongues]` of `contacts.toml` in `mailer.words`. Never guesses: what is neither a name nor a
tag is no language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mailer.contacts.folding import fold
from mailer.contacts.meaning.flags import is_yes
from mailer.words import read_section

_CODES: Final = {fold(name): tag for tag, names in read_section("contacts", "tongues").items() for name in names}
_TAG: Final = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_PLAIN: Final = frozenset(map(fold, read_section("contacts", "plain_text")["words"]))


@lru_cache(maxsize=1024)
def language_tag(cell: str) -> str:
    """Return the tag of the language that a cell names, the first where it names several; empty where it names none."""
    first = re.split(r"[,;/|\n]", cell, maxsplit=1)[0].strip()
    named = _CODES.get(fold(first))
    if named:
        return named
    tag = _TAG.fullmatch(first)
    if tag is None:
        return ""
    parts = [part.upper() if len(part) == 2 else part for part in re.split("[-_]", tag[2]) if part]
    return "-".join([tag[1].lower(), *parts])


@lru_cache(maxsize=1024)
def wants_plain_text(cell: str) -> bool:
    """Return whether a cell under "text only" asks for mail without HTML: a yes in any language, or "plain text"."""
    return is_yes(cell) or fold(cell) in _PLAIN
