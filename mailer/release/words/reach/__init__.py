"""Reach: the words around somebody who can be reached, language by language.

Owns one table a language; `words` looks in them beside its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailer.release.words.reach.dutch import DUTCH
from mailer.release.words.reach.english import ENGLISH
from mailer.release.words.reach.french import FRENCH
from mailer.release.words.reach.german import GERMAN
from mailer.release.words.reach.italian import ITALIAN
from mailer.release.words.reach.japanese import JAPANESE
from mailer.release.words.reach.portuguese import PORTUGUESE
from mailer.release.words.reach.shape import ReachWords
from mailer.release.words.reach.spanish import SPANISH

REACH: Mapping[str, ReachWords] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "nl": DUTCH,
    "pt": PORTUGUESE,
    "ja": JAPANESE,
}
