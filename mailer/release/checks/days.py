"""Days: whether what a release says about dates can be so, and whether its embargo fits its sending.

A date without a year is the one nearest to the release's own. Never reads a date into a field: `times` finds
them, in eight languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailer.errors import Problem
from mailer.release.checks.case import Case, shortened, tell
from mailer.release.head.embargo import find_later_holds, find_unset_holds
from mailer.release.holding import NONE
from mailer.release.times import WEEKDAYS, days_near, find_days, parse_embargo
from mailer.release.words import pattern

_FAR_DAYS = 300
_SHOWN = 60  # characters of a hold
# reading an embargo says what is unclear as a warning; a check decides that the release may not go out so
STOPS = frozenset({"embargo-no-zone", "embargo-unclear", "embargo-in-words"})


def check_days(case: Case) -> Iterator[Problem]:
    """Check every date of the text against the calendar; each is told once."""
    near = case.release.date or case.now.date()
    told: set[str] = set()
    for passage in case.passages():
        for one in find_days(passage.text):
            shown = " ".join(passage.text[one.start : one.end].split())
            day = next(iter(days_near(one, near)), None)
            if shown in told or (day and one.weekday in {None, day.weekday()}):
                continue
            told.add(shown)
            line = case.lines.of(passage.text, one.start)
            if day is None:
                yield tell("date-impossible", f'there is no day "{shown}"', line=line, about=shown)
            else:
                message = f'"{shown}" does not fit: {day.day} {day:%B} {day.year} is a {WEEKDAYS[day.weekday()]}'
                yield tell("date-weekday", message, line=line, about=shown)


def check_event(case: Case) -> Iterator[Problem]:
    """Check that the event is still to come when the release goes out."""
    event = case.release.extras.event
    ends = event.ends or event.starts if event else None
    if ends is not None and ends < case.starts:
        message = f"the event is over: it was on {_said(ends)}"
        yield tell("event-past", message, line=case.lines.of_exactly("starts:"))


def check_own_date(case: Case) -> Iterator[Problem]:
    """Check that the release has a date, near enough, and that its dateline says the same."""
    release = case.release
    if release.date is None:
        yield tell("no-date", "the release has no date", line=case.lines.first)
        return
    dated = release.date.isoformat()
    away = (release.date - case.starts.date()).days
    if abs(away) > _FAR_DAYS:
        years = round(abs(away) / 365.25)
        far = f"{years} years" if years > 1 else f"{abs(away)} days"
        message = f"the release is dated {dated}, {far} {'ahead' if away > 0 else 'ago'}"
        yield tell("date-far", message, line=case.lines.of_exactly(dated))
    text = release.dateline.text if release.dateline else ""
    for one in find_days(text):
        if next(iter(days_near(one, release.date)), release.date) != release.date:
            message = f'the dateline says "{text[one.start : one.end].strip()}", and the release is dated {dated}'
            yield tell("date-dateline", message, line=case.lines.of(text, one.start))


def check_embargo(case: Case) -> Iterator[Problem]:
    """Check that the embargo is a moment, still ahead, and what the schedule makes of it."""
    release, embargo = case.release, case.release.embargo
    if embargo is None:
        for hold in find_unset_holds(release, now=case.now):
            shown = shortened(hold.text, _SHOWN)
            message = f'"{shown}" reads like an embargo, and none is set ({hold.why})'
            yield tell("embargo-in-words", message, line=case.lines.of(shown.rstrip("…")), about=shown)
        return
    line = case.lines.of(embargo.text)
    # words of the head that let a release out at once
    head = (kept.text for kept in release.kept if kept.field in {"label", "date", "embargo"})
    immediate = pattern(r"(?<!\w){immediate}(?!\w)").search
    found = (immediate(text) for text in (release.label, *head, embargo.text) if not NONE.search(text))
    if now := next((match.group() for match in found if match), ""):
        message = f'the release says both "{now}" and "{shortened(embargo.text, _SHOWN)}"'
        yield tell("embargo-and-immediate", message, line=case.lines.of(now))
    if not embargo.has_zone or embargo.until is None:
        if not any(one.code in STOPS for one in release.problems):
            reason = parse_embargo(embargo.text)[1] or "it is not a date and time with a zone"
            yield tell("embargo-no-zone" if embargo.until else "embargo-unclear", f"embargo: {reason}", line=line)
        return
    ends = _said(embargo.until)
    for hold in find_later_holds(release):
        shown = shortened(hold.text, _SHOWN)
        message = f'"{shown}" goes on after the embargo, which ends on {ends}'
        yield tell("embargo-later", message, line=case.lines.of(shown.rstrip("…")), about=shown)
    if embargo.until <= case.now:
        yield tell("embargo-past", f"the embargo is over: it ended on {ends}", line=line)
    elif case.at is not None and case.at < embargo.until:
        message = f"it would go out on {_said(case.at)}, while its embargo holds until {ends}"
        yield tell("under-embargo", message, line=line)
    elif case.at is not None:
        message = f"it would go out on {_said(case.at)} with its embargo line, and the embargo ends on {ends}"
        yield tell("embargo-ended", message, line=line)


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d at %H:%M %Z}"
