"""Flags: cells that say yes or no, in the languages that lists are kept in.

Owns the words. English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Japanese; and what spreadsheets
make of a tick. An empty cell says neither.
"""

from __future__ import annotations

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


def is_yes(cell: str) -> bool:
    """Say whether a cell is a plain yes: a word for it, a tick, a 1."""
    return fold(cell) in YES


def is_set(cell: str) -> bool:
    """Say whether a cell says something other than no: "2026-01-03" under "Text only since" is set, "nein" is not."""
    said = fold(cell)
    return bool(said) and said not in NO
