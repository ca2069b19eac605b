"""Guess: which languages a text may be written in, so that only their tables are asked.

Owns a handful of the most frequent words of each language. Never decides: several languages may be given, and for a
few words without any of them all are. Notices are often written twice, so a second language counts when it has a fair
share. Never raises.
"""

from __future__ import annotations

import re

from mailer.bounces.answers.language import LANGUAGES, Language

_WORD = re.compile(r"[^\W\d_]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_SHORT = 12  # words
_FREQUENT = {
    "en": (
        "the and i to of you for please is my me this not will be are am your from in with can have "
        "thank thanks on list remove take stop office back until e no longer don out away"
    ),
    "de": (
        "ich und der die das bitte sie nicht mich ist im bin mit aus von fur fuer ein zu auf meine uns "
        "wir vom bis dem den ihr ihrem keine mehr herr frau"
    ),
    "fr": (
        "je le la les de des et vous ne pas plus merci suis est votre vos mon ma en du moi me une un "
        "pour dans jusqu au bonjour"
    ),
    "es": (
        "el la los de que y por favor no me su en una un para mi con gracias mas estoy del correo "
        "hasta quiero lista al se mi ya"
    ),
    "it": "il la che di e non per mi in sono una un della vostra grazie piu dal dalla vi favore al ho mio lo si le con",
    "pt": "o a os que de e nao por favor me em uma um para meu minha com obrigado da do estou mais ate esta na no sua",
    "nl": "ik de het een en van niet u mij graag op is ben mijn te voor met uw meer dit deze geen naar zijn bij aub",
    "pl": "prosze nie z w i na o jest sie mnie do listy dziekuje za jestem mam dzien panstwa ze juz mi",
    "sv": (
        "jag och att det ar inte pa mig jeg er ikke ta til til fran fra med for den vi har av meg vil "
        "vill tack takk hei hej kan bort fjern vennligst venligst ut min"
    ),
    "fi": "en ja on ei olen minut poistakaa poista kiitos ole tama enaa teidan hei",
    "cs": "prosim jsem na z v a se me neni dekuji jiz uz si ze mi vas",
    "tr": "ve bir bu beni lutfen icin tarihine kadar listenizden olarak artik e ofis posta izindeyim",
}
_LATIN = {language.code: frozenset(_FREQUENT.get(language.code, "").split()) for language in LANGUAGES}


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
