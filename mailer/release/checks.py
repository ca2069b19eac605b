"""Checks: what an editor would stop, or frown at, before a release goes out.

Owns one small function a check, in one table. An ERROR stops a mailing; a warning may be waved through. Every message
says what to do. Never reads a clock: `now` is handed in.

`check_release` gives what reading found as well (`Release.problems`), so that whoever checks sees all of it.
Gaps: words for leftovers are English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from mailer.errors import Problem, Severity
from mailer.release.document import block_text, inlines
from mailer.release.embargo import parse_embargo
from mailer.release.embargo_words import find_embargo_words
from mailer.release.values import Release, plain

MAX_HEADLINE = 100  # standards M5
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|(?<!\w)(?:TK+|TBC|TBD|TBA|TODO|FIXME|XX+)(?!\w)|\blorem ipsum\b"
    r"|\[(?:insert|name|date|quote|link|title|city|add|placeholder|your|to come|tbc|x+)\b[^\]]*\]"
)
_ANY_CASE = re.compile(
    r"\blorem ipsum\b|\[(?:insert|name|date|quote|link|title|placeholder|to come|tbc)\b[^\]]*\]", re.IGNORECASE
)
# reading an embargo says what is unclear as a warning; here it decides whether the release may go out
_EMBARGO_STOPS = frozenset({"embargo-no-zone", "embargo-unclear"})

Check = Callable[[Release, datetime], Iterator[Problem]]


def check_release(release: Release, *, now: datetime) -> tuple[Problem, ...]:
    """Check a release as an editor would; `now` is aware. Gives errors first, then warnings, then notes."""
    read = (
        replace(problem, severity=Severity.ERROR) if problem.code in _EMBARGO_STOPS else problem
        for problem in release.problems
    )
    known = {problem.code for problem in release.problems}
    found = [*read, *(one for check in CHECKS for one in check(release, now) if one.code not in known)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda problem: (order.index(problem.severity), problem.line or 0)))


def _error(code: str, message: str) -> Problem:
    return Problem(code, message, Severity.ERROR)


def _warning(code: str, message: str) -> Problem:
    return Problem(code, message, Severity.WARNING)


def _headline_there(release: Release, _now: datetime) -> Iterator[Problem]:
    if not release.headline.strip():
        yield _error("no-headline", "there is no headline; add a line `headline: …` at the top")


def _headline_clean(release: Release, _now: datetime) -> Iterator[Problem]:
    strange = [c for c in release.headline if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}]
    if strange:
        message = f"the headline has a control character (U+{ord(strange[0]):04X}); type the headline again"
        yield _error("headline-control", message)


def _headline_short(release: Release, _now: datetime) -> Iterator[Problem]:
    length = len(release.headline)
    if length > MAX_HEADLINE:
        message = f"the headline has {length} characters; up to {MAX_HEADLINE} are read in full: shorten it"
        yield _warning("headline-long", message)


def _headline_case(release: Release, _now: datetime) -> Iterator[Problem]:
    if release.headline.isupper() and len(release.headline.split()) > 2:
        yield _warning(
            "headline-caps", "the headline is all in capitals, which spam filters dislike; write it as a sentence"
        )


def _embargo_clear(release: Release, _now: datetime) -> Iterator[Problem]:
    embargo = release.embargo
    if embargo is None or embargo.has_zone or any(one.code in _EMBARGO_STOPS for one in release.problems):
        return
    reason = parse_embargo(embargo.text)[1] or "it is not a moment with a time zone"
    yield _error("embargo-no-zone" if embargo.until else "embargo-unclear", f"embargo: {reason}")


def _embargo_ahead(release: Release, now: datetime) -> Iterator[Problem]:
    embargo = release.embargo
    if embargo and embargo.until and embargo.has_zone and embargo.until <= now:
        ended = f"{embargo.until:%Y-%m-%d at %H:%M %Z}"
        message = (
            f"the embargo is over: it ended on {ended}; take the line out, and the release goes out without the mark"
        )
        yield _error("embargo-past", message)


def _embargo_set(release: Release, now: datetime) -> Iterator[Problem]:
    words = find_embargo_words(release, now=now) if release.embargo is None else ""
    if words:
        message = (
            f'"{words}" speaks of an embargo that is not set; put `embargo: 2026-12-01 09:00 Europe/Berlin` at the '
            "top, or change the words"
        )
        yield _error("embargo-in-words", message)


def _contact_reachable(release: Release, _now: datetime) -> Iterator[Problem]:
    if not any(contact.phones or contact.emails for contact in release.contacts):
        message = "no media contact has a telephone number or an e-mail address; add one under `contacts:`"
        yield _warning("no-contact", message)


def _nothing_left_over(release: Release, _now: datetime) -> Iterator[Problem]:
    seen: set[str] = set()
    for text in _texts(release):
        for match in (*_LEFTOVER.finditer(text), *_ANY_CASE.finditer(text)):
            if match.group() not in seen:
                seen.add(match.group())
                around = " ".join(text[max(0, match.start() - 20) : match.end() + 20].split())
                # what our own starter leaves to be filled in cannot be meant; other leftovers can
                tell = _error if match.group().lower().startswith("[insert") else _warning
                yield tell("leftover", f'"{match.group()}" looks like a gap still to be filled: … {around} …')


def _texts(release: Release) -> Iterator[str]:
    yield from (release.headline, release.subhead, release.label)
    yield from (plain(inline) for inline in inlines(release))
    for image in release.images():
        yield f"{image.alt} {image.caption}"
    for quote in release.quotes():
        yield f"{quote.speaker} {quote.role} {quote.organisation}"
    for contact in release.contacts:
        yield " ".join((contact.name, contact.role, *contact.phones, *contact.emails))


def _quotes_attributed(release: Release, _now: datetime) -> Iterator[Problem]:
    for quote in release.quotes():
        if not quote.speaker and quote.paragraphs:
            begin = plain(quote.paragraphs[0])[:40]
            message = f'nobody is named for the quote "{begin}…"; add a last line `> — Name, role, organisation`'
            yield _warning("quote-speaker", message)


def _images_described(release: Release, _now: datetime) -> Iterator[Problem]:
    for image in release.images():
        if not image.alt.strip():
            message = f"the picture {image.src or image.caption} has no description; write ![what is seen](address)"
            yield _warning("image-alt", message)


def _dated(release: Release, _now: datetime) -> Iterator[Problem]:
    if release.date is None:
        yield _warning("no-date", "the release has no date; add `date: 2026-11-24` at the top")


def _has_body(release: Release, _now: datetime) -> Iterator[Problem]:
    if not any(block_text(block).strip() for block in release.body):
        yield _warning("no-body", "the release has no text; write it below the fields at the top")


CHECKS: tuple[Check, ...] = (
    _headline_there,
    _headline_clean,
    _headline_short,
    _headline_case,
    _embargo_clear,
    _embargo_ahead,
    _embargo_set,
    _contact_reachable,
    _nothing_left_over,
    _quotes_attributed,
    _images_described,
    _dated,
    _has_body,
)
