"""Moved: somebody does not work there any more, has a new address, or an address is not read any more.

Owns what tells it (leaving an employer, not a room; an address that is closed), and whose the addresses in such a
notice are: the person's own new one, or those of whoever is to be written to instead. A hand-written letter needs
plainer words than an automatic reply: people leave meetings and move interviews. Never raises.

Gaps: an employer's name alone («I have left Reuters») is known by its capital letter, so not in Japanese or Chinese;
which of two colleagues has left is not told where the notice is written by a third.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailer.bounces.answers.language import Language, first_with, pattern
from mailer.bounces.answers.sentences import Sentence
from mailer.bounces.wording import parse_addresses

MAX_LOOKED_AT = 25
MAX_ADDRESSES = 10
_LEFT_NAME = re.compile(
    r"\b(?:have|has|'ve|’ve)\s+(?:now\s+|recently\s+|since\s+|just\s+)?left\s+(?:[Tt]he\s+)?(?!I\b"
    r"|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z][\w&]+"
)
_FOLLOWS = re.compile(
    r"\b(?:contact|update|records?|remov\w+|successor|replac\w+|any ?more|instead|write|reach"
    r"|new (?:address|e-?mail|job|role)|best wishes|please)\b"
)
_ALSO = re.compile(
    r"\b(?:also|as well|too|interview|arrange|appointment|photos?|pictures?|add|additionally|cc"
    r"|auch|zusatzlich|ausserdem|aussi|egalement|ajout\w*"
    r"|tambien|anad\w*|anche|aggiung\w*|tambem|ook|toevoeg\w*|tez|takze|также|тоже|добав\w*|ocksa"
    r"|ogsa)\b|も|也|添加|追加|加上"
)
_NEW = re.compile(
    r"\b(?:new|neue?\w?|nouve\w+|nuov\w|nuev\w|nov[oa]|nieuwe?|now[ya]|нов\w+|nya?|nye|nytt|uusi"
    r"|yeni|changed|replace|geandert|gewijzigd|veranderd|change|cambiado|cambiato|mudou|zmienil|изменил)\b|新"
)
_SIGNED = re.compile(r"^\W{0,3}(?:e|m|mail|e-?mail|tel|t|web|correo|courriel)\b ?[:.]")
_ABOUT_US = re.compile(
    r"\b(?:ceo|minister|president|chairman|spokes\w+|director|chief executive|link|website|site"
    r"|page|number|button|url|video|file|lift|machine|according to)\b"
)


@dataclass(frozen=True, slots=True)
class Move:
    """What a letter says about leaving: the sentence, whether the person has left, and the addresses it names."""

    sentence: Sentence
    has_left: bool
    stand_ins: tuple[str, ...]
    new_address: str


def find_move(
    sentences: Sequence[Sentence], languages: Sequence[Language], *, automatic: bool, known: frozenset[str]
) -> Move | None:
    """Find out whether a letter says that somebody has left or moved; `known` are addresses that are no news.

    `known` is in lower case. `automatic`: it is known already that a machine wrote it, so that fewer words are enough.
    """
    looked = sentences[:MAX_LOOKED_AT]
    left = _left(looked, languages, automatic=automatic)
    gone = first_with(looked, (each.gone for each in languages))
    stand_ins, own = find_addresses(looked, languages, known=known)
    moved = first_with(looked, (each.own for each in languages)) if own else None
    instead = _instead(looked, languages, automatic=automatic) if stand_ins else None
    if not automatic and not left and not gone and moved and not _NEW.search(moved.plain):
        moved = None
    sentence = left or gone or moved or instead
    if sentence is None or (not automatic and _asks(looked)):
        return None
    return Move(sentence, left is not None, stand_ins, own if left or gone or moved else "")


def find_addresses(
    sentences: Sequence[Sentence], languages: Sequence[Language], *, known: frozenset[str]
) -> tuple[tuple[str, ...], str]:
    """The addresses in a notice, without those in a signature: whom to write to instead, and their own new one."""
    mine = [pattern(each.own) for each in languages]
    others: list[str] = []
    own, before = "", ""
    for sentence in sentences[:MAX_LOOKED_AT]:
        named = [
            each.rstrip(".")
            for each in parse_addresses(sentence.words.replace("mailto:", " "))
            if each.rstrip(".").lower() not in known
        ]
        context = sentence.plain if len(sentence.plain.split()) > 2 else f"{before} {sentence.plain}"
        theirs = any(one.search(context) for one in mine)
        for address in named:
            if theirs and not own:
                own = address
            elif not _SIGNED.match(sentence.plain):
                others.append(address)
        before = sentence.plain
    return tuple(dict.fromkeys(each for each in others if each != own))[:MAX_ADDRESSES], own


def _left(sentences: Sequence[Sentence], languages: Sequence[Language], *, automatic: bool) -> Sentence | None:
    found = first_with(sentences, (each.left for each in languages))
    if found is None and any(_FOLLOWS.search(each.plain) or "@" in each.plain for each in sentences):
        found = next((each for each in sentences if _LEFT_NAME.search(each.words)), None)
    return None if found and not automatic and _ABOUT_US.search(found.plain) else found


def _instead(sentences: Sequence[Sentence], languages: Sequence[Language], *, automatic: bool) -> Sentence | None:
    found = first_with(sentences, (each.instead for each in languages))
    return None if found and not automatic and any(_ALSO.search(each.plain) for each in sentences) else found


def _asks(sentences: Sequence[Sentence]) -> bool:
    return any("?" in each.plain or "？" in each.plain for each in sentences)
