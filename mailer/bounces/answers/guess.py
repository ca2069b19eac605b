"""Guess: which languages a text may be written in, so that only their tables are asked.

A language is known by a handful of its most frequent words (`Language.frequent`). Never decides: several languages may
be given, and for a few words without any of them all are. Notices are often written twice, so a second language counts
when it has a fair share. Never raises.
"""

from __future__ import annotations

import re

from mailer.bounces.answers.language import LANGUAGES, Language

_WORD = re.compile(r"[^\W\d_]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_SHORT = 12  # words
_LATIN = {language.code: frozenset(language.frequent) for language in LANGUAGES}


def guess_languages(plain: str) -> tuple[Language, ...]:
    """Return the languages whose tables are worth asking about a text in plain form, the likeliest first."""
    by_script = _scripts(plain)
    words = set(_WORD.findall(plain[:1_500]))
    counts = {code: len(words & frequent) for code, frequent in _LATIN.items() if frequent}
    most = max(counts.values(), default=0)
    if len(words) <= _SHORT:
        latin = [
            each for each in LANGUAGES if counts.get(each.code, -1) >= (most * 0.5 if most > 2 else 0) and not by_script
        ]
    else:
        latin = [each for each in LANGUAGES if counts.get(each.code, 0) >= max(2, most * 0.4)]
    latin.sort(key=lambda each: -counts[each.code])
    extra = [each for each in LANGUAGES if each.code == "en" and by_script and _WORD.search(plain)]
    return tuple(dict.fromkeys((*by_script, *latin, *extra)))


def _scripts(plain: str) -> list[Language]:
    kana, han, cyrillic = bool(_KANA.search(plain)), bool(_HAN.search(plain)), bool(_CYRILLIC.search(plain))
    wanted = {"ja": kana or han, "zh": han and not kana, "ru": cyrillic}
    return [each for each in LANGUAGES if wanted.get(each.code)]
