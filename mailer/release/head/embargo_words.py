"""Embargo words: holds that a release speaks of, and that are not its embargo.

Looks through everything that was read: what a mail shows, what is kept beside it (the subject of its mail, lines of a
letterhead), what was left out of it. Nothing found here is used: a person writes it into `embargo:`, changes the words,
or says why they are about something else (standards M4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from mailer.release.head.holds import Hold, find_holds, names_time, words_left_out
from mailer.release.times.moments import parse_embargo
from mailer.release.values import Block, Image, Release, block_inlines, plain

_LEFT_OUT = frozenset({"left-out", "hidden-text", "comment", "out-of-sight"})
_EDGES = frozenset(
    {"label", "date", "embargo", "mail-header", "page-head", "page-foot", "letterhead", "reference", "covering-note"}
)
_SUBJECT = re.compile(r"(?:Subject|Betreff|Objet|Asunto|Oggetto|Onderwerp|Assunto|件名)\s?[:：]\s*", re.IGNORECASE)


def find_unset_holds(release: Release, *, now: datetime, shown: bool = False) -> Iterator[Hold]:
    """Find the sentences with which a release asks to be held back, each once; `now` is aware.

    What was held back until a day that is over is a story. `shown` takes what a mail shows alone.
    """
    seen: set[str] = set()
    for text, edge in (*_shown(release), *(() if shown else _beside(release))):
        for hold in find_holds(text, edge=edge):
            if hold.text not in seen and _is_ahead(release, hold, now):
                seen.add(hold.text)
                yield hold


def find_later_holds(release: Release) -> Iterator[Hold]:
    """Find the holds that go on after the embargo of a release ends; none where it has none with a zone."""
    embargo = release.embargo
    if embargo is None or embargo.until is None or embargo.until.tzinfo is None:
        return
    seen = {embargo.text}
    for text, edge in (*_shown(release), *_beside(release)):
        for hold in find_holds(text, edge=edge):
            if hold.text in seen or hold.text in embargo.text:
                continue
            seen.add(hold.text)
            until = _until(release, hold, embargo.until.date())
            later = until and (until if until.tzinfo else until.replace(tzinfo=embargo.until.tzinfo)) > embargo.until
            if later or "names no end" in hold.evidence:
                yield hold


def _until(release: Release, hold: Hold, near: date) -> datetime | None:
    return parse_embargo(hold.text, near=near, day_first=release.language != "en")[0].until


def _is_ahead(release: Release, hold: Hold, now: datetime) -> bool:
    """Return whether the moment of a hold is to come, or may be."""
    near = release.date or now.date()
    found = parse_embargo(hold.text, near=near, day_first=release.language != "en")[0]
    if found.day is None and hold.is_leave and not hold.is_dated and names_time(hold.text):
        found = parse_embargo(f"{hold.text} {near.isoformat()}")[0]  # "For release at 9 a.m. GMT", on the release's day
    if found.until:
        return (found.until if found.until.tzinfo else found.until.replace(tzinfo=UTC)) > now
    return found.day is None or found.day > now.date() or (found.day == now.date() and not hold.is_leave)


def _shown(release: Release) -> Iterator[tuple[str, bool]]:
    """Yield the texts that a mail shows, and whether each is a line of the head."""
    yield from ((release.label, True), (release.headline, True), (release.subhead, True))
    yield from ((plain(release.call_to_action), False), (release.extras.pitch, False))
    for block in (*release.body, *release.notes_to_editors):
        yield from ((text, False) for text in _of_block(block))
    for one in release.boilerplate:
        yield from ((text, False) for text in (one.heading, *map(plain, one.paragraphs)))
    for contact in release.contacts:
        yield from ((text, False) for text in (contact.name, contact.role, contact.organisation, contact.note))


def _of_block(block: Block) -> Iterator[str]:
    if isinstance(block, Image):
        yield from (block.alt, block.caption, block.credit)
    yield from (plain(inline) for inline in block_inlines(block))


def _beside(release: Release) -> Iterator[tuple[str, bool]]:
    """Yield what stands beside the text: lines that were kept, the subject of its mail, what was left out of it."""
    yield from ((_SUBJECT.sub("", kept.text), kept.field in _EDGES) for kept in release.kept)
    yield from ((words_left_out(problem), False) for problem in release.problems if problem.code in _LEFT_OUT)
