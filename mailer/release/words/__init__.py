"""Words: what the parts of a release are called, language by language.

Owns the tables that every recogniser reads. A new language is a new file beside this one and an entry of `LANGUAGES`;
all languages are looked for at once, since a French release may well have an English label.

Japanese has no blanks between words: a phrase of it may begin or end inside what a regular expression takes for a
word, so that `pattern` knows borders of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

from mailer.release.words.dutch import DUTCH
from mailer.release.words.english import ENGLISH
from mailer.release.words.french import FRENCH
from mailer.release.words.german import GERMAN
from mailer.release.words.italian import ITALIAN
from mailer.release.words.japanese import JAPANESE
from mailer.release.words.portuguese import PORTUGUESE
from mailer.release.words.reach import REACH
from mailer.release.words.shape import Words
from mailer.release.words.spanish import SPANISH
from mailer.release.words.tree import regular_expression

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


# letters that stand in words; signs of Japanese (kana, kanji) are left out, since nothing parts its words
_LETTER = r"(?-i:[^\W\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f])"
_BORDERS = {r"(?<!\w)": f"(?<!{_LETTER})", r"(?!\w)": f"(?!{_LETTER})"}
_JAPANESE = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_NOT_LATIN = re.compile(r"[^\u0000-\u024f\u1e00-\u1eff]")
_ENOUGH_KANA = 3
_TELLING = 20  # words; fewer tell no language by their share
_SHARE = 0.13  # of a text, its small words: a language's own text has 0.16 and more, in another they are 0.12 at most
_FOREIGN = 0.1  # of the words of an English text have letters that English does not, at most
UNKNOWN = "und"


def primary(language: str) -> str:
    """Give the language of a BCP 47 tag without its region: `pt` of `pt-BR`."""
    return language.lower().replace("_", "-").partition("-")[0]


@cache
def phrases(field: str, language: str = "") -> str:
    """Give a regular expression (a group without a name) of all phrases for a thing, the longest first.

    `language` takes those of one language alone, by its tag; a language that has no table is read with all of them,
    since its releases borrow labels from others. What no language has a word for matches nothing.
    """
    own = primary(language)
    chosen = [own] if own in LANGUAGES else [*LANGUAGES]
    tables = [table[name] for name in chosen for table in (LANGUAGES, REACH)]
    found = {phrase for words in tables for phrase in getattr(words, field, ())}
    return regular_expression(sorted(found))


@cache
def pattern(template: str, language: str = "") -> re.Pattern[str]:
    r"""Compile a pattern in which `{field}` stands for the phrases of that field; case does not matter.

    `(?<!\w)` and `(?!\w)` in it are borders of words that also hold between signs of Japanese.
    """
    filled = re.sub(r"\{([a-z_]+)\}", lambda match: phrases(match.group(1), language), template)
    for written, meant in _BORDERS.items():
        filled = filled.replace(written, meant)
    return re.compile(filled, re.IGNORECASE)


@cache
def months() -> Mapping[str, int]:
    """Give every name of a month, lower case, with its number."""
    return {name: i for words in LANGUAGES.values() for i, names in enumerate(words.months, 1) for name in names}


@cache
def weekdays() -> Mapping[str, int]:
    """Give every name of a weekday, lower case, with its number (Monday 0)."""
    return {name: i for words in LANGUAGES.values() for i, names in enumerate(words.weekdays) for name in names}


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    """Give how much each small word speaks for each language: one that three languages share, a third."""
    shared = Counter(word for words in LANGUAGES.values() for word in words.stop)
    return {name: {word: 1 / shared[word] for word in words.stop} for name, words in LANGUAGES.items()}


def guess_language(text: str) -> str:
    """Give the language that most of a text is in: Japanese by its signs, the others by their small words.

    A language without a table, and a text of which no language is sure, is `und` (BCP 47); a few plain words are
    English.
    """
    letters = sum(map(str.isalpha, text))
    signs = len(_JAPANESE.findall(text))
    if len(_KANA.findall(text)) >= _ENOUGH_KANA and signs * 4 > letters:
        return "ja"
    if 2 * sum(map(str.isalpha, _NOT_LATIN.findall(text))) > letters:
        return UNKNOWN
    found = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    scores = {
        name: sum(weight * found[word] for word, weight in weights.items()) for name, weights in _weights().items()
    }
    best = max(scores, key=lambda name: (scores[name], name == "en"))
    count = found.total()
    foreign = sum(times for word, times in found.items() if not word.isascii())
    if best == "en":
        sure = foreign <= _FOREIGN * count and (count < _TELLING or scores["en"] >= _SHARE * count or not foreign)
    else:
        sure = scores[best] >= _SHARE * count
    return best if sure else UNKNOWN
