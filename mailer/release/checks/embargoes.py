"""Embargoes: whether the release says when it may be used, and whether that fits its sending.

Owns the rules of standards M4 as far as the release alone decides them. Never moves a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, tell
from mailer.release.head.embargo_words import find_embargo_words, find_later_words
from mailer.release.times.embargo import parse_embargo

# reading an embargo says what is unclear as a warning; a check decides that the release may not go out so
STOPS = frozenset({"embargo-no-zone", "embargo-unclear"})


def check_embargo(case: Case) -> Iterator[Problem]:
    """Check that the embargo is a moment, still ahead, and what the schedule makes of it."""
    embargo = case.release.embargo
    if embargo is None:
        yield from _set_in_words_alone(case)
        return
    line = case.lines.of(embargo.text)
    if not embargo.has_zone or embargo.until is None:
        if not any(one.code in STOPS for one in case.release.problems):
            reason = parse_embargo(embargo.text)[1] or "it is not a moment with a time zone"
            yield tell("embargo-no-zone" if embargo.until else "embargo-unclear", f"embargo: {reason}", line=line)
        return
    ends = said(embargo.until)
    later = find_later_words(case.release)
    if later:
        message = f'"{later.text}" names a later moment than the embargo, which ends on {ends}'
        yield tell("embargo-later", message, line=case.lines.of(later.text.rstrip("…")))
    if embargo.until <= case.now:
        yield tell("embargo-past", f"the embargo is over: it ended on {ends}", line=line)
    elif case.at is not None and case.at < embargo.until:
        message = f"it would go out on {said(case.at)}, while its embargo holds until {ends}"
        yield tell("under-embargo", message, line=line)
    elif case.at is not None:
        message = f"it would go out on {said(case.at)} with its embargo line, and the embargo ends on {ends}"
        yield tell("embargo-ended", message, line=line)


def said(moment: datetime) -> str:
    """Give a moment in figures and words that a person reads at once."""
    return f"{moment:%Y-%m-%d at %H:%M %Z}"


def _set_in_words_alone(case: Case) -> Iterator[Problem]:
    words = find_embargo_words(case.release, now=case.now)
    if words and words.is_sure:
        message = f'"{words.text}" speaks of an embargo that is not set'
        yield tell("embargo-in-words", message, line=case.lines.of(words.text.rstrip("…")), severity=Severity.ERROR)
    elif words:
        message = f'"{words.text}" may speak of an embargo that is not set'
        yield tell("embargo-in-words", message, line=case.lines.of(words.text.rstrip("…")))
