"""Greeting: how a mail addresses the person it is for.

Owns the line above the personal note. Never guesses anybody's gender or title (standards M10), never leaves a hole
where a name is missing (H9). A desk has no name to be called by, and nobody is shouted at: IAN is Ian.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mailer.address import is_role_name
from mailer.settings import Tongue, Tongues


def greeting(contact: Mapping[str, str], tongue: Tongue, tongues: Tongues, note: str | None = None) -> str:
    """Return the line above a personal note, with its comma; nothing where the note greets by itself, in any language.

    A salutation of several words ("Dear Dr Brook") stands as it is; one word ("Dr") stands before the last name.
    `note` is what stands below, by default the person's.
    """
    if _greets(tongues).match((contact.get("note", "") if note is None else note).lstrip()):
        return ""
    salutation, last = contact.get("salutation", "").strip(" ,"), contact.get("last_name", "").strip()
    if " " in salutation:
        return f"{salutation},"
    fields = ("last_name", "name", "first_name") if tongue.forms.get("name") == "{last}" else ("first_name", "name")
    name = next(filter(None, (contact.get(field, "").strip() for field in fields)), "")
    if _is_desk(contact, name):
        name = ""
    elif salutation and last:
        name = f"{salutation} {last}"
    name = _SHOUTED.sub(_spoken, name)
    return tongue.phrases["greeting"].replace("{name}", name) if name else tongue.phrases["greeting_nobody"]


def _is_desk(contact: Mapping[str, str], name: str) -> bool:
    """Return whether what stands as a name is a desk's: "Newsdesk", first name "News", last name "Desk"."""
    parts = (contact.get("first_name", ""), contact.get("last_name", ""))
    said = {" ".join(each.casefold().split()) for each in (name, contact.get("name", ""), " ".join(parts))}
    return any(_DESK.fullmatch(each) or is_role_name(each.replace(" ", "")) for each in said if each)


# the words of a desk, alone or with what it is the desk of: "Picture desk", "The Editors", "Kulturredaktion"
_DESK = re.compile(
    r"(?:the |die |la |le |l['’]|il |el |de )?(?:"
    r"(?:\w+[ -]){0,2}\w*(?:desk|newsroom)"
    r"|(?:news|pictures?|photos?|sports?|city|foreign|features?|press|media|editorial|pr)"
    r" (?:office|team|department)"
    r"|(?:\w+[ -]){0,2}\w*(?:redaktion|redaktionen|redaksjonen|redactie|redakcja|toimitus)"
    r"|(?:news|pictures|photos|features|editorial|editors?|planning|forward planning|press|media|info|information)"
    r"|(?:la )?r[ée]daction|redacci[óo]n|redazione|reda[çc][ãa]o|service presse|secr[ée]tariat"
    r"|.{0,8}(?:編集部|報道部|取材班|ニュースデスク|担当者|编辑部|編輯部|新闻部|新聞部|편집국|편집부|보도국|뉴스룸))"
)
# A word in capitals that is no initials ("AJ") and no number of a king ("III").
_SHOUTED = re.compile(r"\b(?!(?:II|III|IV|VI|VII|VIII)\b)(?:[^\W\d_a-z]{3,}|[^\W\d_a-z][AEIOUY]|ED|AL)\b")


def _spoken(word: re.Match[str]) -> str:
    """Return a word in capitals as it is written in a greeting; of letters without case nothing changes."""
    said = word[0]
    if not said.isupper():
        return said
    if said.startswith("MC") and len(said) > 4:
        return f"Mc{said[2:].capitalize()}"
    return said.capitalize()


def _greets(tongues: Tongues) -> re.Pattern[str]:
    return _pattern(frozenset(word for tag in tongues for word in tongues.by_tag[tag].greets))


@lru_cache(maxsize=8)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    # no word boundary where a language writes none: 「お世話になっております」
    ends = (re.escape(word) + (r"\b" if word[-1:].islower() else "") for word in sorted(words))
    return re.compile("|".join(ends) or r"(?!)", re.IGNORECASE)
