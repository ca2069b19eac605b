"""Greeting: how a mail addresses the person it is for.

Owns the line above the personal note. Never guesses anybody's gender or title (standards M10), never leaves a hole
where a name is missing (H9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailer.message.words import language_of

# a note that greets by itself is not greeted twice
_GREETS = re.compile(
    r"(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|guten (?:tag|morgen|abend)|hallo|moin|liebe[rs]?"
    r"|sehr geehrte[rs]?|bonjour|bonsoir|chère?s?|hola|buen[oa]s|estimad[oa]s?"
    r"|buongiorno|buonasera|ciao|gentile|car[oa]|beste|geachte|dag)\b",
    re.IGNORECASE,
)


def greeting(contact: Mapping[str, str], language: str) -> str:
    """Give the line above a personal note, with its comma; nothing where the note greets by itself.

    A salutation of several words ("Dear Dr Brook") stands as it is; one word ("Dr") stands before the last name.
    """
    if _GREETS.match(contact.get("note", "").lstrip()):
        return ""
    words = language_of(language).phrases
    salutation, last = contact.get("salutation", "").strip(" ,"), contact.get("last_name", "").strip()
    if " " in salutation:
        return f"{salutation},"
    name = f"{salutation} {last}" if salutation and last else ""
    name = name or contact.get("first_name", "").strip() or contact.get("name", "").strip()
    return f"{words['greeting']} {name}," if name else f"{words['greeting_nobody']},"
