"""Words: what the parts of a release are called, language by language.

Owns the tables that every recogniser reads. A new language is a new file beside this one and an entry of `LANGUAGES`;
all languages are looked for at once, since a French release may well have an English label.

Gaps: English in full; the others as far as a common release goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from mailer.release.words.dutch import DUTCH
from mailer.release.words.english import ENGLISH
from mailer.release.words.french import FRENCH
from mailer.release.words.german import GERMAN
from mailer.release.words.italian import ITALIAN
from mailer.release.words.japanese import JAPANESE
from mailer.release.words.portuguese import PORTUGUESE
from mailer.release.words.shape import Words
from mailer.release.words.spanish import SPANISH

LANGUAGES: Mapping[str, Words] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "nl": DUTCH,
    "pt": PORTUGUESE,
    "ja": JAPANESE,
}

END_MARKS = ("###", "# # #", "-30-", "- 30 -", "–30–", "– 30 –", "***", "* * *", "XXX")


@cache
def phrases(field: str) -> str:
    """Give a regular expression (a group without a name) of all phrases for a thing, the longest first."""
    found = {phrase for words in LANGUAGES.values() for phrase in getattr(words, field)}
    ordered = sorted(found, key=lambda phrase: (-len(phrase), phrase))
    return "(?:" + "|".join(_loose(phrase) for phrase in ordered) + ")"


def _loose(phrase: str) -> str:
    return r"\s+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())


@cache
def pattern(template: str) -> re.Pattern[str]:
    """Compile a pattern in which `{field}` stands for the phrases of that field; case does not matter."""
    filled = re.sub(r"\{([a-z_]+)\}", lambda match: phrases(match.group(1)), template)
    return re.compile(filled, re.IGNORECASE)


@cache
def months() -> Mapping[str, int]:
    """Give every name of a month, lower case, with its number."""
    return {name: i for words in LANGUAGES.values() for i, names in enumerate(words.months, 1) for name in names}


@cache
def weekdays() -> Mapping[str, int]:
    """Give every name of a weekday, lower case, with its number (Monday 0)."""
    return {name: i for words in LANGUAGES.values() for i, names in enumerate(words.weekdays) for name in names}


def guess_language(text: str) -> str:
    """Give the language whose small words are most frequent; English where nothing speaks for another."""
    found = re.findall(r"\w+", text.casefold())
    scores = {name: sum(word in words.stop for word in found) for name, words in LANGUAGES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 2 * scores["en"] else "en"
