"""Contact asides: what stands beside a person and says neither who they are nor what they do.

Owns hours, the reading of a Japanese name, and a street without its number. Never decides whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailer.release.people.names import is_japanese, is_surely_name, looks_like_name, names_role
from mailer.release.words import pattern

_KANA = re.compile(r"[\u3040-\u30ff\s・]+")
_HOURS = re.compile(
    r"\d|(?<!\w)(?:mon|tues?|wed|thu|fri|mo|di|mi|do|fr|lun|mar|mer|jeu|ven|seg|sex|ma|vr|平日|土日)(?:day|tag|di)?s?(?!\w)",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"week-?ends?\b|wochenende|fine settimana|fin(?:es)? de semana|fins? de semaine|\bevenings?\b|\bavailable\b"
    r"|reperibil|disponib|disponív|erreichbar|joignable|bereikbaar|out of hours|office hours",
    re.IGNORECASE,
)


def is_hours(word: str) -> bool:
    """Return whether words tell when somebody can be reached."""
    if _AVAILABLE.search(word):
        return not names_role(word)  # «Out of hours duty officer» is somebody
    return _HOURS.search(word) is not None and not looks_like_name(word)


def is_street(word: str) -> bool:
    """Return whether words are a street of a postal address, whose number stood before a comma: «rue des Écoles»."""
    return word[:1].islower() and pattern(r"(?:{street})\s\w").match(word) is not None


def is_reading(word: str, names: Sequence[str]) -> bool:
    """Return whether a word only tells how the name before it is read."""
    return bool(names) and is_japanese(names[-1]) and _KANA.fullmatch(word) is not None


def is_empty(word: str) -> bool:
    """Return whether words are an account, the end of a sentence or the head of a column."""
    label = not names_role(word) and pattern("{field_label}|{name_label}|{date_label}").fullmatch(word) is not None
    return not word or word.startswith("@") or word.endswith("。") or label


def is_elided(text: str) -> bool:
    """Return whether a small word is written onto a name: «d'Étienne Prévost»."""
    return text[:2] in {"d'", "d’"} and text[2:3].isupper() and is_surely_name(text[2:])
