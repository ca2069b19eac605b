"""Greeting: how a mail addresses the person it is for.

Owns the line above the personal note. Never guesses anybody's gender or title (standards M10), never leaves a hole
where a name is missing (H9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mailer.settings import Tongue, Tongues


def greeting(contact: Mapping[str, str], tongue: Tongue, tongues: Tongues, note: str | None = None) -> str:
    """Give the line above a personal note, with its comma; nothing where the note greets by itself, in any language.

    A salutation of several words ("Dear Dr Brook") stands as it is; one word ("Dr") stands before the last name.
    `note` is what stands below, by default the person's.
    """
    if _greets(tongues).match((contact.get("note", "") if note is None else note).lstrip()):
        return ""
    salutation, last = contact.get("salutation", "").strip(" ,"), contact.get("last_name", "").strip()
    if " " in salutation:
        return f"{salutation},"
    name = f"{salutation} {last}" if salutation and last else ""
    fields = ("last_name", "name", "first_name") if tongue.forms.get("name") == "{last}" else ("first_name", "name")
    name = name or next(filter(None, (contact.get(field, "").strip() for field in fields)), "")
    return tongue.phrases["greeting"].replace("{name}", name) if name else tongue.phrases["greeting_nobody"]


def _greets(tongues: Tongues) -> re.Pattern[str]:
    return _pattern(frozenset(word for tag in tongues for word in tongues.by_tag[tag].greets))


@lru_cache(maxsize=8)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    # no word boundary where a language writes none: 「お世話になっております」
    ends = (re.escape(word) + (r"\b" if word[-1:].islower() else "") for word in sorted(words))
    return re.compile("|".join(ends) or r"(?!)", re.IGNORECASE)
