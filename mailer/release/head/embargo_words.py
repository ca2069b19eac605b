"""Embargo words: an embargo that a release speaks of, but does not set.

Owns where such words count (`holds` has those without the word embargo): anywhere in a label, but only at the beginning
of headline, subhead and first paragraph, where a story about a trade embargo reads otherwise. In the notes and at the
end they have to name a day or time, and to be what the release says of itself. Never reads a moment for use: what is
found here has to be written into `embargo:` by a person (standards M4).

Gaps: an embargo in the middle of a headline or of the text is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailer.release.head.embargo_lines import RUNS_ON
from mailer.release.head.holds import find_ban, names_day, names_time
from mailer.release.times.dates import find_date
from mailer.release.times.embargo import parse_embargo
from mailer.release.values import ListBlock, Paragraph, Release, plain
from mailer.release.words import pattern, weekdays

_USE = r"(?:release|publication|broadcast|use|distribution)"
# in running text the word alone may be the story; what follows it tells
_FOLLOWED = (
    r"\s*(?:$|[:：!.,;|)\]*–—]|-\s|(?:until|till|to|ends|lifts|expires)\b|for\s+(?:release|publication)\b|(?:for\s+)?\d"
    r"|(?:bis|jusqu|hasta|fino|sino|tot|até|al?\s+\d|le\s+\d|am\s+\d|beachten|endet))"
)
_SPOKEN = rf"(?:(?:strictly|under|under\s+strict|press|media)\s+)?embargo(?:ed)?\b{_FOLLOWED}"
_NO_EMBARGO = re.compile(
    r"\b(?:no|not|without|free\s+of)\s+(?:(?:an?|any|under|longer|subject\s+to)\s+)*embargo"
    rf"|\bembargo(?:ed)?\W+(?:is\s+|has\s+been\s+|has\s+)?(?:none|no|n/a|nil|lifted|over|ended|expired)\b{RUNS_ON}",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"(?:sin|sans|sem|geen|kein|keine|ohne|senza|zonder)\s+(?:embargo|sperrfrist)(?!\w)"
    rf"|(?:embargo|sperrfrist)\W+(?:keine|aucun|ninguno|nessuno|geen|nenhum|なし|aufgehoben|levé){RUNS_ON}|解禁日?なし|即時解禁",
    re.IGNORECASE,
)
_OF_ITSELF = (
    r"(?:[\w'’]+\s){0,3}?(?:(?:press|news|media)\s)?(?:release|statement|report|story|text|mitteilung|pressemitteilung|meldung"
    r"|communiqué|texte|nota|comunicado|comunicato|testo|persbericht|bericht)\s"
    r"(?:(?:is|remains|ist|gilt|unterliegt|steht|est|reste|está|é|è|staat|einer?|strictly|streng|strictement)\s){0,3}"
)
_IN_LABEL = re.compile(r"\bembargo(?:ed|es)?\b", re.IGNORECASE)
_AT_START = re.compile(rf"\W*{_SPOKEN}", re.IGNORECASE)
_NEAR = 80  # characters from the beginning in which the words name their moment
_ALONE = 4  # words of a sentence that says nothing else
_FOR_RELEASE = re.compile(
    rf"\W*(?:not\s+)?for\s+(?:press\s+|media\s+|public\s+)?{_USE}\s*(?:(?:at|on|after|from)\b|:|[-–—]|(?=\d))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EmbargoWords:
    """The words, and whether they can be nothing but an embargo: where they name no moment, they may be the story."""

    text: str
    is_sure: bool


def find_embargo_words(release: Release, *, now: datetime) -> EmbargoWords | None:
    """Find the words with which a release asks to be held back; `now` is aware."""
    for text, is_label in _places(release):
        if _NO_EMBARGO.match(text.lstrip(" *[(")) or (is_label and _NO_EMBARGO.search(text)) or _NONE.search(text):
            continue
        is_later = _is_later(release, text, now)
        if is_later or _speaks_of_one(text, is_label=is_label):
            return EmbargoWords(_short(text), is_label or is_later or _is_sure(text))
    return next((EmbargoWords(_short(text), is_sure=True) for text in _at_end(release) if _says_of_itself(text)), None)


def _at_end(release: Release) -> Iterator[str]:
    """Give the paragraphs in which a release speaks of itself: the last one, and the notes."""
    last = [block.inline for block in release.body[1:] if isinstance(block, Paragraph)][-1:]
    notes = [block.inline for block in release.notes_to_editors if isinstance(block, Paragraph)]
    listed = [item for block in release.notes_to_editors if isinstance(block, ListBlock) for item in block.items]
    beside = [inline for boilerplate in release.boilerplate for inline in boilerplate.paragraphs]
    yield from (" ".join(plain(inline).split()) for inline in (*last, *notes, *listed, *beside))


def _says_of_itself(text: str) -> bool:
    near = text[:_NEAR]
    if _NONE.search(near) or _NO_EMBARGO.search(near) or not (names_day(near) or names_time(near)):
        return False
    begins = pattern(
        rf"\W*(?:{_OF_ITSELF})?(?:(?:strictly|under|sous|sotto|bajo|onder|sob|unter|a|is)\s)*{{embargo}}(?!\w){_FOLLOWED}"
    )
    return bool(_AT_START.match(text)) or begins.match(text) is not None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"


def _speaks_of_one(text: str, *, is_label: bool) -> bool:
    if find_ban(text):
        return True
    if is_label:
        return bool(_IN_LABEL.search(text)) or pattern(r"(?<!\w){embargo}(?!\w)").search(text) is not None
    return bool(_AT_START.match(text)) or pattern(rf"\W*{{embargo}}(?!\w){_FOLLOWED}").match(text) is not None


def _is_sure(text: str) -> bool:
    """Say whether words at the beginning of a text name a moment, stand alone, or are set off by their capitals."""
    near = text[:_NEAR]
    if (
        names_day(near)
        or names_time(near)
        or any(word.casefold() in weekdays() for word in re.findall(r"\w{3,}", near))
    ):
        return True
    first = re.split(r"[.!?。]", text.strip(" *"), maxsplit=1)[0]
    return len(first.split()) <= _ALONE or (first.split()[0].strip("*:").isupper() and not text.isupper())


def _places(release: Release) -> Iterator[tuple[str, bool]]:
    """Give the texts in which an embargo may stand, and whether it is a label."""
    yield release.label, True
    yield from ((kept.text, True) for kept in release.kept if kept.field in {"label", "date"})
    yield from ((release.headline, False), (release.subhead, False))
    first = next((block for block in release.body if isinstance(block, Paragraph)), None)
    if first:
        yield " ".join(plain(first.inline).split()), False


def _is_later(release: Release, text: str, now: datetime) -> bool:
    """Say whether a text says `For release at …` of a moment to come; a time alone is one of the release day."""
    match = _FOR_RELEASE.match(text)
    if not match:
        return False
    sentence = text[match.end() :].partition(". ")[0][:80]
    if find_date(sentence) is None:
        sentence = f"{sentence} {(release.date or now.date()).isoformat()}"
        if parse_embargo(sentence)[0].until is None:
            return False
    found, until = find_date(sentence), parse_embargo(sentence)[0].until
    if until:
        return (until if until.tzinfo else until.replace(tzinfo=UTC)) > now
    return found is not None and found.day > now.date()
