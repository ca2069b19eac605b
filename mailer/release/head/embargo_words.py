"""Embargo words: an embargo that a release speaks of, but does not set.

Owns the phrases with which press offices hold a release back, and where they count: anywhere in a label, but only at
the beginning of headline, subhead and first paragraph, where a story about a trade embargo reads otherwise. Never
reads a moment for use: what is found here has to be written into `embargo:` by a person (standards M4).

Gaps: the freer turns of phrase are English; of the other languages the words of `words` are known. An embargo in the
middle of a headline or of the text is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from mailer.release.times.dates import find_date
from mailer.release.times.embargo import parse_embargo
from mailer.release.values import Paragraph, Release, plain
from mailer.release.words import pattern

_UNTIL = r"(?:until|till|before|prior\s+to)\b"
_USE = r"(?:release|publication|broadcast|use|distribution)"
_USED = r"(?:publish(?:ed)?|releas(?:e|ed)|broadcast(?:ed)?|use|used|print(?:ed)?|circulated?|distributed?)"
_HOLD = (
    rf"not\s+for\s+{_USE}\b[^.]{{0,60}}?\b{_UNTIL}"
    rf"|no\s+{_USE}\s+{_UNTIL}"
    rf"|(?:please\s+)?(?:do\s+)?not\s+(?:to\s+be\s+)?{_USED}\b[^.]{{0,40}}?\b{_UNTIL}"
    rf"|hold\s+(?:for|until|till)\s+(?:release|publication)\b"
)
# in running text the word alone may be the story; what follows it tells
_FOLLOWED = (
    r"\s*(?:$|[:：!.,;|)\]*–—]|-\s|(?:until|till|to|ends|lifts|expires)\b|for\s+(?:release|publication)\b|(?:for\s+)?\d"
    r"|(?:bis|jusqu|hasta|fino|sino|tot|até|al?\s+\d|le\s+\d|am\s+\d|beachten|endet))"
)
_SPOKEN = rf"(?:(?:strictly|under|under\s+strict|press|media)\s+)?embargo(?:ed)?\b{_FOLLOWED}"
_NO_EMBARGO = re.compile(
    r"\b(?:no|not|without|free\s+of)\s+(?:(?:an?|any|under|longer|subject\s+to)\s+)*embargo"
    r"|\bembargo(?:ed)?\W+(?:is\s+|has\s+been\s+|has\s+)?(?:none|no|n/a|nil|lifted|over|ended|expired)\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"(?:sin|sans|sem|geen|kein|keine|ohne|senza|zonder)\s+(?:embargo|sperrfrist)(?!\w)"
    r"|(?:embargo|sperrfrist)\W+(?:keine|aucun|ninguno|nessuno|geen|nenhum|なし|aufgehoben|levé)|解禁日?なし|即時解禁",
    re.IGNORECASE,
)
_IN_LABEL = re.compile(rf"\bembargo(?:ed|es)?\b|\b(?:{_HOLD})", re.IGNORECASE)
_AT_START = re.compile(rf"\W*(?:{_SPOKEN}|{_HOLD})", re.IGNORECASE)
_FOR_RELEASE = re.compile(
    rf"\W*(?:not\s+)?for\s+(?:press\s+|media\s+|public\s+)?{_USE}\s*(?:(?:at|on|after|from)\b|:|[-–—]|(?=\d))",
    re.IGNORECASE,
)


def find_embargo_words(release: Release, *, now: datetime) -> str:
    """Give the words with which a release asks to be held back, empty where it does not; `now` is aware."""
    for text, is_label in _places(release):
        if _NO_EMBARGO.match(text.lstrip(" *[(")) or (is_label and _NO_EMBARGO.search(text)) or _NONE.search(text):
            continue
        if _speaks_of_one(text, is_label=is_label) or _is_later(release, text, now):
            return text if len(text) <= 60 else f"{text[:59].rstrip()}…"
    return ""


def _speaks_of_one(text: str, *, is_label: bool) -> bool:
    if is_label:
        return bool(_IN_LABEL.search(text)) or pattern(r"(?<!\w){embargo}(?!\w)").search(text) is not None
    return bool(_AT_START.match(text)) or pattern(rf"\W*{{embargo}}(?!\w){_FOLLOWED}").match(text) is not None


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
