"""Wishes: the words by which a list says that somebody must not be mailed, in the languages press offices use.

Owns the tables of `marks`, each word with the reason it stands for. The words are data, with what each table means
beside it: `wishes.toml` in `mailer.words`. A new language is a few words more in a list, never a branch. Words are
compared in the compact form (`words.compact`), so `désinscri` finds every ending; phrases of sentences in the plain
form (`words.plain`), which keeps words apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias

from mailer.contacts.meaning.words import compact, plain
from mailer.contacts.values import MarkReason
from mailer.words import beginnings, read_section

Table: TypeAlias = dict[str, MarkReason]
_Rows: TypeAlias = Iterable[tuple[str, tuple[str, ...]]]


def _table(rows: _Rows) -> Table:
    return {compact(word): MarkReason(reason) for reason, words in rows for word in words}


def _typed(rows: _Rows) -> Table:
    return {plain(word): MarkReason(reason) for reason, words in rows for word in words}


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(compact, words))


def _phrases(phrases: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(plain, phrases))


_COLUMNS, _WISHES, _BESIDE, _CELLS = (
    read_section("wishes", name) for name in ("columns", "phrases", "beside", "cells")
)

# headings
FLAG_PARTS: Final = _typed(_COLUMNS["flag_parts"])
FLAG_HEADERS: Final = _table(_COLUMNS["flag_headers"])
NO_FLAG: Final = _words(_COLUMNS["no_flag"])
STATUS_PARTS: Final = tuple(_words(_COLUMNS["status_parts"]))
CONSENT_PARTS: Final = tuple(_words(_COLUMNS["consent_parts"]))
ASKED_PARTS: Final = tuple(_words(_COLUMNS["asked_parts"]))
SUBSCRIPTION_PARTS: Final = tuple(_words(_COLUMNS["subscription_parts"]))
CONSENT_HEADERS: Final = _words(_COLUMNS["consent_headers"])
SUBJECTS: Final = _words(_COLUMNS["subjects"])
HEADING_WORDS: Final = _words(_COLUMNS["heading_words"])
COLOURS: Final = re.compile(rf"\b(?:{'|'.join(_COLUMNS['colours'])})\b|{'|'.join(_COLUMNS['colour_signs'])}")
LEGEND: Final = re.compile(rf"=|→|⇒|➔|\b(?:{'|'.join(_COLUMNS['legend'])})\b|{COLOURS.pattern}")
ANOTHER_WAY: Final = _words(_COLUMNS["another_way"])
# what a heading says of how to fill it in: "Remove? (Y/N)"
FILL_IN: Final = re.compile(
    r"[(\[（【][^)\]）】]*[)\]）】]|\b(y/n|yes/no|j/n|ja/nein|ja/nee|o/n|oui/non|s/n|s[íì]/no|sim/não|t/n|tak/nie)\b"
    r"|\bx ?= ?\w+",
    re.IGNORECASE,
)

# wishes in words
OUT_PHRASES: Final = _table(_WISHES["out_phrases"])
WHOLE: Final = frozenset(_phrases(_WISHES["whole"]))
MAYBE: Final = frozenset(_phrases(_WISHES["maybe"]))
OUT_TYPED: Final = {**dict.fromkeys(MAYBE, MarkReason.DO_NOT_CONTACT), **_typed(_WISHES["out_phrases"])}
TOPICAL: Final = frozenset(_phrases(_WISHES["topical"]))
CAME_BACK: Final = re.compile("|".join(_WISHES["came_back"]))
# what speaks for a wish in other words, or against it: beginnings of words, and whole ones of up to three letters
_EVIDENCE = read_section("wishes", "evidence")
EVIDENCE: Final[Mapping[str, tuple[str, ...]]] = {name: _phrases(words) for name, words in _EVIDENCE.items()}


@cache
def evidence(kind: str) -> re.Pattern[str]:
    """Return what finds the words of one kind of evidence in text of the plain form."""
    return beginnings(EVIDENCE[kind])


# what stands beside them
NOT_THEN: Final = _words(_BESIDE["not_then"])
WHEN_THEN: Final = _words(_BESIDE["when_then"])
HOUR: Final = re.compile(
    r"(?:(?:die|de|las|les|le|alle|as|kl\.?|klo|um|at|den|the)\s+)?"
    r"(?:(?:[01]?\d|2[0-4])(?:[:.h]\d{2})?(?!\d|[./]\d|\s*(?:st|nd|rd|th|\.)?\s*(?:of\s)?"
    rf"(?:{'|'.join(_BESIDE['months'])})|\s*(?:days|weeks|months))|(?:{'|'.join(_BESIDE['hours'])})\b)"
)
NOT_OUT_OF: Final = _words(_BESIDE["not_out_of"])
DETAILS: Final = _words(_BESIDE["details"])
DETAIL_SIGNS: Final = re.compile("|".join(_phrases(_BESIDE["detail_signs"])))
SAID_BY: Final = _words(_BESIDE["said_by"])
LEFT_BY: Final = _words(_BESIDE["left_by"])
OURS: Final = _words(_BESIDE["ours"])
GOES_ON: Final = re.compile(rf"(?:e?s)?(?:{'|'.join(_BESIDE['goes_on'])})")
UNDONE_BY: Final = _words(_BESIDE["undone_by"])
UNDONE_FROM_AFAR: Final = _words(_BESIDE["undone_from_afar"])
POLITE: Final = _words(_BESIDE["polite"])
UNDONE_BESIDE: Final = re.compile("|".join(_BESIDE["undone_beside"]))

# cells
OUT_STATES: Final = _table(_CELLS["out_states"])
OUT_WORDS: Final = _table(_CELLS["out_words"])
OUT_OF_USE: Final = _table(_CELLS["out_of_use"])
SUBSCRIPTION_WORDS: Final = _words(_CELLS["subscription_words"])
TAG_WORDS: Final = _table(_CELLS["tag_words"])
NO_CONSENT_VALUES: Final = _words(_CELLS["no_consent_values"])
NO_VALUES: Final = _words(_CELLS["no_values"])
STILL_IN_VALUES: Final = _words(_CELLS["still_in_values"])
BARE_WISHES: Final[Table] = {word: MarkReason(reason) for reason, each in _CELLS["bare_wishes"] for word in each}
# signs that say no under "Newsletter", and those that say nothing under "Opt-out"
NO_SIGNS: Final = frozenset("✗✘✖×❌☐□")
EMPTY_SIGNS: Final = frozenset("-–—−―☐□._/?…'\"[]{}()")
