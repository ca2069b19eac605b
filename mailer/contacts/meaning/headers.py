"""Headers: what one heading says about its column.

Owns the ranking of a heading as that of the person's address, or for another meaning, with what people put round the
word itself: "Contact: First Name", "E-Mail (dienstlich)", "Name / Nom", "Person - Name". The words are tables in
`words`. Never looks at the cells below (`columns` and `evidence` do).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from mailer.contacts.meaning import words

# How well a heading names the person's address: EXACT best; the person's second one, the one at home, the house's;
# NEVER for somebody else's.
EXACT, WORD, SECOND, HOME, HOUSE, NEVER = range(6)
LONGEST: Final = 1000  # characters that are looked at; a heading has fewer
ELSEWHERE: Final = 1000  # added to the rank of a word that is not the whole heading

_POSSESSIVE: Final = re.compile(r"(\w+)['’]s\b")
_HYPHENED: Final = re.compile(r"\b[eé][-\s‐–]?(mail|post)", re.IGNORECASE)
_NAME_PARTS: Final = frozenset((*words.HEADER_WORDS["first_name"], *words.HEADER_WORDS["last_name"]))
_POLITE: Final = re.compile(r"[おご御]?(.+?)[欄栏]?")  # お役職, 備考欄
_IN_BRACKETS: Final = re.compile(r"\s*[(\[（【][^)\]）】]*[)\]）】]\s*")


@lru_cache(maxsize=512)
def email_rank(header: str) -> int | None:
    """Rank a header as that of the person's address: EXACT best, NEVER for somebody else's; None if no address."""
    plain = header[:LONGEST].strip()
    if words.compact(plain) in words.EMAIL_HEADERS:
        return EXACT
    parts = frozenset(words.tokens(_HYPHENED.sub(r"e\1", plain)))
    if not any(map(words.EMAIL_TOKEN.fullmatch, parts)) or parts & words.NOT_AN_ADDRESS:
        return None
    if parts & words.SOMEBODY_ELSE or _is_possessive(plain, parts):
        return NEVER
    for table, rank in ((words.THE_HOUSE, HOUSE), (words.AT_HOME, HOME), (words.SECOND, SECOND)):
        if parts & table:
            return rank
    return WORD


def _is_possessive(header: str, parts: frozenset[str]) -> bool:
    """Return whether an address is somebody's whom the row is not about: "Your editor's e-mail address"."""
    owners = [words.compact(owner) for owner in _POSSESSIVE.findall(header)]
    return any(owner not in words.PERSON_PREFIXES for owner in owners) and not parts & words.THE_HOUSE


def is_somebody_elses(header: str) -> bool:
    """Whether a column is about the office's own people, an assistant, a sender: "Contact owner", "Created by"."""
    return bool(frozenset(words.tokens(header)) & words.SOMEBODY_ELSE)


@lru_cache(maxsize=4096)
def meaning_rank(header: str, meaning: str) -> int | None:
    """Rank a header for a meaning other than email (0 best), or None."""
    table = words.HEADER_WORDS[meaning]
    for number, form in enumerate(forms(header)):
        if form in table:
            return table.index(form) + (ELSEWHERE if number else 0)
    if meaning == "phone":
        parts = frozenset(words.tokens(header[:LONGEST]))
        if parts & words.PHONE_TOKENS and not parts & words.NO_PHONE and not parts & words.SOMEBODY_ELSE:
            return 2 * ELSEWHERE - len(words.AT_HOME & parts) - 2
    return None


@lru_cache(maxsize=8192)
def forms(header: str) -> tuple[str, ...]:
    """Return what a heading may boil down to: the whole, without brackets, each side of a slash, without qualifiers."""
    return tuple(_all_forms(header[:LONGEST]))


def _all_forms(header: str) -> Iterator[str]:
    inside = map(words.compact, _IN_BRACKETS.findall(header))
    yield from (part for part in inside if part in _NAME_PARTS)  # "Contact (first)", "担当者(姓)"
    yield words.compact(header)
    bare = _IN_BRACKETS.sub(" ", header)
    if bare != header:
        yield words.compact(bare)
    sides = [side for side in re.split(r"\s*[/|\n・、]\s*", bare) if side.strip()]
    if len(sides) > 1:
        yield from map(words.compact, sides)
    yield from (words.compact(polite[1]) for side in sides if (polite := _POLITE.fullmatch(side)))
    named = words.tokens(bare)
    whole = words.compact(bare)
    yield from (whole.removeprefix(glued) for glued in words.GLUED_PREFIXES if whole.startswith(glued))
    if header.rstrip().endswith(("?", "？")):
        yield "".join(word for word in named if word not in words.QUESTION_WORDS)
    if len(named) < 2 or words.SOMEBODY_ELSE.intersection(named):
        return
    rest = named[1:] if named[0] in words.PERSON_PREFIXES else named
    yield "".join(rest)
    without = _without_person(rest)
    if without != rest:
        rest = without
        yield "".join(rest)
    while len(rest) > 1 and rest[-1] in words.QUALIFIERS:
        rest = rest[:-1]
        yield "".join(rest)
    while len(rest) > 1 and rest[0] in words.QUALIFIERS:
        rest = rest[1:]
        yield "".join(rest)


def _without_person(named: list[str]) -> list[str]:
    """Return a heading's words without the person at their end: "Fonction du contact", "Cognome giornalista"."""
    if len(named) < 2 or named[-1] not in words.PERSON_SUFFIXES | words.LINKED_SUFFIXES:
        return named
    rest = named[:-1]
    while len(rest) > 1 and rest[-1] in words.LINKING:
        rest = rest[:-1]
    linked = len(rest) < len(named) - 1
    return rest if linked or named[-1] in words.PERSON_SUFFIXES else named
