"""Embargo words: an embargo that a release speaks of, but does not set.

Owns where such words count (`holds` has those without the word embargo): anywhere in a label; at the beginning of
headline, subhead and first paragraph; and anywhere else, in what is sent and in what is kept beside it or was left out,
where a sentence asks for it (`held_words`) and its moment is not over. Where one is set, words that name a later one.
Never reads a moment for use: what is found here has to be written into `embargo:` by a person (standards M4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailer.release.head.embargo_lines import RUNS_ON
from mailer.release.head.held_words import HeldWords, find_held_words
from mailer.release.head.holds import find_ban, names_day, names_time
from mailer.release.times.dates import find_date
from mailer.release.times.embargo import parse_embargo
from mailer.release.values import Block, Image, Paragraph, Release, block_inlines, plain
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
_IN_LABEL = re.compile(r"\bembargo(?:ed|es)?\b", re.IGNORECASE)
_AT_START = re.compile(rf"\W*{_SPOKEN}", re.IGNORECASE)
_NEAR = 80  # characters from the beginning in which the words name their moment
_ALONE = 4  # words of a sentence that says nothing else
_OF_ANOTHER = r"(?<!\w){hold_use}\s+(?:for|of|from|pour|de|d['’]|aux?|für|von|para|per|di|voor|van|para)\s+(?=\w)"
_LEFT_OUT = frozenset({"left-out", "hidden-text", "comment"})
_EDGES = frozenset({"mail-header", "page-head", "page-foot", "letterhead", "reference", "covering-note"})
_SUBJECT = re.compile(r"(?:Subject|Betreff|Objet|Asunto|Oggetto|Onderwerp|Assunto|件名)\s?[:：]\s*", re.IGNORECASE)
_FOR_RELEASE = re.compile(
    rf"\W*(?:not\s+)?for\s+(?:press\s+|media\s+|public\s+)?{_USE}\s*"
    r"(?:(?:at|on|after|from)\b|:|[-–—]|(?=\d)|(?=[^\W\d_]+\.?\s\d))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EmbargoWords:
    """The words, and whether they can be nothing but an embargo: where they name no moment, they may be the story."""

    text: str
    is_sure: bool


def find_embargo_words(release: Release, *, now: datetime, shown: bool = False) -> EmbargoWords | None:
    """Find the words with which a release asks to be held back, those that are sure first; `now` is aware.

    `shown` takes what a mail shows alone, without what is kept beside the text or was left out of it.
    """
    found: EmbargoWords | None = None
    for words in (*_at_beginnings(release, now), *_anywhere(release, now, shown=shown)):
        if words.is_sure:
            return words
        found = found or words
    return found


def find_later_words(release: Release) -> EmbargoWords | None:
    """Find words that hold a release back longer than the embargo that is set; None where it has none with a zone."""
    embargo = release.embargo
    if embargo is None or embargo.until is None or embargo.until.tzinfo is None:
        return None
    beginnings = (text for text, is_label in _places(release) if _speaks_of_one(text, is_label=is_label))
    held = (
        one.text for text in (*_running(release), *_beside(release)) for one in find_held_words(text) if one.is_plain
    )
    for text in (*beginnings, *held):
        found = parse_embargo(text, near=embargo.until.date(), day_first=release.language != "en")[0]
        until = found.until
        if until and (until if until.tzinfo else until.replace(tzinfo=embargo.until.tzinfo)) > embargo.until:
            return EmbargoWords(_shown(text), is_sure=True)
    return None


def _at_beginnings(release: Release, now: datetime) -> Iterator[EmbargoWords]:
    for text, is_label in _places(release):
        if _NO_EMBARGO.match(text.lstrip(" *[(")) or (is_label and _NO_EMBARGO.search(text)) or _NONE.search(text):
            continue
        is_later = _is_later(release, text, now)
        if is_later or (_speaks_of_one(text, is_label=is_label) and not _is_of_another(text)):
            yield EmbargoWords(_shown(text), is_label or is_later or (_is_sure(text) and _is_about_it(text)))


def _anywhere(release: Release, now: datetime, *, shown: bool) -> Iterator[EmbargoWords]:
    texts = (*_running(release), *(() if shown else _beside(release)))
    for held in (held for text in texts for held in find_held_words(text)):
        denied = _NO_EMBARGO.search(held.text) or _NONE.search(held.text)
        if not denied and _is_ahead(release, held, now):
            yield EmbargoWords(_shown(held.text), held.is_plain)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"


def _is_about_it(text: str) -> bool:
    """Say whether a text that names a day and no time has nothing else in front of it that could be held back."""
    return names_time(text) or not names_day(text) or any(held.is_plain for held in find_held_words(text))


def _is_of_another(text: str) -> bool:
    """Say whether a use is that of something else: «No release for prisoners before …»."""
    return pattern(_OF_ANOTHER).search(text) is not None and not any(True for _ in find_held_words(text))


def _is_ahead(release: Release, held: HeldWords, now: datetime) -> bool:
    """Say whether the moment of a sentence is to come, or may be: what was held back long ago is a story."""
    near = release.date or now.date()
    found = parse_embargo(held.text, near=near, day_first=release.language != "en")[0]
    if found.day is None and held.is_leave and names_time(held.text):
        found = parse_embargo(f"{held.text} {near.isoformat()}")[0]
    if found.until:
        return (found.until if found.until.tzinfo else found.until.replace(tzinfo=UTC)) > now
    return found.day is None or found.day >= now.date()


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
    yield from ((_SUBJECT.sub("", kept.text), False) for kept in release.kept if kept.field in _EDGES)
    yield from ((release.headline, False), (release.subhead, False))
    first = next((block for block in release.body if isinstance(block, Paragraph)), None)
    if first:
        yield " ".join(plain(first.inline).split()), False


def _running(release: Release) -> Iterator[str]:
    """Give the texts that a mail shows, a line each where a block has several."""
    yield from (release.label, release.headline, release.subhead, plain(release.call_to_action))
    for block in (*release.body, *release.notes_to_editors):
        yield from _of_block(block)
    for one in release.boilerplate:
        yield from (one.heading, *(plain(inline) for inline in one.paragraphs))
    yield from (words for contact in release.contacts for words in (contact.role, contact.note))


def _of_block(block: Block) -> Iterator[str]:
    if isinstance(block, Image):
        yield from (block.alt, block.caption, block.credit)
    yield from (plain(inline) for inline in block_inlines(block))


def _beside(release: Release) -> Iterator[str]:
    """Give what stands beside the text: lines that were kept, the subject of its mail, what was left out of it."""
    yield from (_SUBJECT.sub("", kept.text) for kept in release.kept)
    yield from (problem.message for problem in release.problems if problem.code in _LEFT_OUT)


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
