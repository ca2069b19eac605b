"""Embargoes: whether the release says when it may be used, and whether that fits its sending.

Owns the rules of standards M4 as far as the release alone decides them. Never moves a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
from mailer.release.head.embargo_words import find_later_holds, find_unset_holds
from mailer.release.times.embargo import parse_embargo
from mailer.release.words import pattern
from mailer.release.words.holding import NONE

# reading an embargo says what is unclear as a warning; a check decides that the release may not go out so
_SHOWN = 60  # characters of a hold
STOPS = frozenset({"embargo-no-zone", "embargo-unclear", "embargo-in-words"})


def check_embargo(case: Case) -> Iterator[Problem]:
    """Check that the embargo is a moment, still ahead, and what the schedule makes of it."""
    embargo = case.release.embargo
    if embargo is None:
        for hold in find_unset_holds(case.release, now=case.now):
            shown = _short(hold.text)
            message = f'"{shown}" reads like an embargo, and none is set ({hold.why})'
            yield tell("embargo-in-words", message, line=case.lines.of(shown.rstrip("…")), about=shown)
        return
    line = case.lines.of(embargo.text)
    now = _says_now(case)
    if now:
        message = f'the release says both "{now}" and "{_short(embargo.text)}"'
        yield tell("embargo-and-immediate", message, line=case.lines.of(now))
    if not embargo.has_zone or embargo.until is None:
        if not any(one.code in STOPS for one in case.release.problems):
            reason = parse_embargo(embargo.text)[1] or "it is not a moment with a time zone"
            yield tell("embargo-no-zone" if embargo.until else "embargo-unclear", f"embargo: {reason}", line=line)
        return
    ends = said(embargo.until)
    for hold in find_later_holds(case.release):
        shown = _short(hold.text)
        message = f'"{shown}" goes on after the embargo, which ends on {ends}'
        yield tell("embargo-later", message, line=case.lines.of(shown.rstrip("…")), about=shown)
    if embargo.until <= case.now:
        yield tell("embargo-past", f"the embargo is over: it ended on {ends}", line=line)
    elif case.at is not None and case.at < embargo.until:
        message = f"it would go out on {said(case.at)}, while its embargo holds until {ends}"
        yield tell("under-embargo", message, line=line)
    elif case.at is not None:
        message = f"it would go out on {said(case.at)} with its embargo line, and the embargo ends on {ends}"
        yield tell("embargo-ended", message, line=line)


def said(moment: datetime) -> str:
    """Return a moment in figures and words that a person reads at once."""
    return f"{moment:%Y-%m-%d at %H:%M %Z}"


def _says_now(case: Case) -> str:
    """Return the words of the head that let a release out at once; empty where there are none."""
    release = case.release
    lines = [release.label, *(kept.text for kept in release.kept if kept.field in {"label", "date", "embargo"})]
    lines += [release.embargo.text] if release.embargo else []
    search = pattern(r"(?<!\w){immediate}(?!\w)").search
    return next((found.group() for line in lines if not NONE.search(line) and (found := search(line))), "")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
