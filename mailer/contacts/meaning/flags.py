"""Flags: cells that say yes or no, in the languages that lists are kept in.

Owns the words. English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Japanese; and what spreadsheets
make of a tick. An empty cell says neither.
"""

from __future__ import annotations

import re
from typing import Final

from mailer.contacts.folding import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split(","))


YES: Final = _words(
    "yes,y,true,t,1,x,on,ok,✓,✔,☑,✅,ja,j,wahr,oui,o,vrai,sí,s,verdadero,sì,v,vero,waar,sim,verdadeiro,tak,prawda,"
    "はい,有,有り,あり,○,〇,◯"
)
NO: Final = _words(
    "no,n,not,none,false,f,0,off,-,–,—,✗,✘,☐,nein,falsch,non,faux,falso,nee,onwaar,não,nie,fałsz,never,jamais,nunca,mai,"
    "nooit,nigdy,null,n/a,html,いいえ,無,無し,なし,×"
)

# with what a promise is written down, beside a plain yes: that it was given, and since when
PROMISED: Final = YES | _words(
    "agreed,agrees,accepted,confirmed,given,signed,since,from,zugesagt,zugestimmt,vereinbart,bestätigt,seit,ab,am,vom,"
    "accepté,accord,confirmé,depuis,le,du,acordado,aceptado,confirmado,acepta,desde,accettato,concordato,confermato,dal,"
    "akkoord,bevestigd,sinds,aceite,aceito,acordo,zgoda,od,同意,同意済み,同意済,了承"
)
_BUT_NOT: Final = _words("no,not,never,nein,nicht,kein,non,ne,pas,jamais,nunca,niet,geen,não,nie")
_DAY: Final = re.compile(r"[\d\s./年月日-]*\d{4}[\d\s./年月日-]*(?:t[\d:.+z-]*)?")


def is_yes(cell: str) -> bool:
    """Return whether a cell is a plain yes: a word for it, a tick, a 1."""
    return fold(cell) in YES


def is_no(cell: str) -> bool:
    """Return whether a cell is a plain no."""
    return fold(cell) in NO


def is_set(cell: str) -> bool:
    """Whether a cell says something other than no: "2026-01-03" under "Text only since" is set, "nein" is not."""
    said = fold(cell)
    return bool(said) and said not in NO


def is_promised(cell: str) -> bool:
    """Return whether a cell is a clear yes to a promise: a word for it, or the day it was given.

    "pending", "ask first" and whatever else is neither yes nor no are none: what follows from a promise may not follow
    from a guess.
    """
    said = fold(cell)
    words = re.findall(r"[^\W\d_]+", said)
    return (
        is_yes(cell) or bool(_DAY.fullmatch(said)) or bool(words and words[0] in PROMISED and not _BUT_NOT & {*words})
    )
