"""Moments: dates and times in words, the line of an embargo, and when an event takes place.

Owns how the forms of a `Tongue` (a file in `templates/i18n/`) are filled in, and in whose time a moment is told: the
sender's, UTC and the reader's own (standards M4). Never guesses: in a language that nobody wrote down dates are
2026-11-24, and without a known zone of the reader's nothing is said of their time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from mailer.contacts.meaning.answers import zone_of
from mailer.release.values import Event, Release
from mailer.settings import Tongue

_ISO_FORMS: Final[Mapping[str, str]] = {
    "weekday": "{date}",
    "time": "{hour}:{minute} {zone}",
    "also": " ({time})",
    "moment": "{time}{also}, {date}",
    "moment_short": "{time}, {date}",
    "occasion": "{date}, {time}",
    "span": "{from} – {to}",
}


def _in_form(tongue: Tongue, name: str, **places: object) -> str:
    """Fill in the form in which a language writes a date, a time or both: a pattern with places in braces."""
    return (tongue.forms.get(name) or _ISO_FORMS[name]).format(**places)


def date_in_words(day: date, tongue: Tongue, *, weekday: bool = False) -> str:
    """Return a date in words: `24 November 2026`, with the weekday if asked for."""
    if not tongue.months:
        return f"{day:%Y-%m-%d}"
    form = "first" if day.day == 1 and tongue.forms.get("first") else "date"
    words = _in_form(tongue, form, day=day.day, month=tongue.months[day.month - 1], year=day.year)
    return _in_form(tongue, "weekday", weekday=tongue.weekdays[day.weekday()], date=words) if weekday else words


def time_in_words(at: datetime, tongue: Tongue, *, with_zone: bool = True) -> str:
    """Return an aware time of day with its zone as people write it: `09:00 BST`, without letters `09:00 UTC+03:00`."""
    name, offset = f"{at:%Z}", f"{at:%z}"
    zone = name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
    return _in_form(tongue, "time", hour=f"{at:%H}", minute=f"{at:%M}", zone=zone if with_zone else "").strip()


def _in_reader_time(at: datetime, cell: str) -> datetime | None:
    """Return a moment where the reader is, by the cell of a list; None where that is the same, or nobody knows."""
    zone = zone_of(cell)
    there = at.astimezone(zone) if zone else None
    return there if there is not None and there.utcoffset() != at.utcoffset() else None


# Embargo: the line above the headline, and the mark in the subject.


def embargo_context(release: Release, tongue: Tongue, *, zone: str = "") -> dict[str, Any]:
    """Build the values `line`, `embargoed`, `embargo` and `embargo_short` of `release` in templates.

    `zone` is the cell in which a list names the reader's time zone. A release without an embargo has its label as
    `line`, or the words for immediate release.

    In full: `09:00 BST (08:00 UTC, 10:00 CEST your time), Tuesday 3 March 2027`; as a subject has room for:
    `09:00 BST / 10:00 CEST, 3 March 2027`. Where it is another day there, the date stands before the slash:
    `00:01 BST, 6 July 2027 / 19:01 EDT, Monday`.
    """
    embargo = release.embargo
    if embargo is None:
        line = release.label or tongue.phrases["immediate"]
        return {"embargoed": False, "line": line, "embargo": "", "embargo_short": ""}
    if embargo.until is None or not embargo.has_zone:
        return {"embargoed": True, "line": embargo.text, "embargo": embargo.text, "embargo_short": embargo.text}
    until, own = embargo.until, _in_reader_time(embargo.until, zone)

    def elsewhere(there: datetime) -> str:
        said = time_in_words(there, tongue)
        if until.date() == there.date():
            return said
        return f"{said}, {tongue.weekdays[there.weekday()] if tongue.weekdays else f'{there:%Y-%m-%d}'}"

    time, day = time_in_words(until, tongue), date_in_words(until.date(), tongue)
    others = [elsewhere(until.astimezone(UTC))] if until.utcoffset() else []
    beside = f" / {elsewhere(own)}" if own else ""
    if own:
        others.append(f"{elsewhere(own)} {tongue.phrases['your_time']}")
    also = _in_form(tongue, "also", time=", ".join(others)) if others else ""
    full = _in_form(tongue, "moment", time=time, also=also, date=date_in_words(until.date(), tongue, weekday=True))
    if own and own.date() != until.date():
        short = _in_form(tongue, "moment_short", time=time, date=day) + beside
    else:
        short = _in_form(tongue, "moment_short", time=time + beside, date=day)
    line = tongue.phrases["embargo"].replace("{moment}", full)
    mark = tongue.phrases["embargo_short"].replace("{moment}", short)
    return {"embargoed": True, "line": line, "embargo": line, "embargo_short": mark}


# Event: its time in the place where it is, and where the reader is.


def event_in_words(event: Event, tongue: Tongue) -> str:
    """Return when an event takes place, the day first: `Saturday 5 December 2026, 10:00 to 11:30 CET`."""
    starts, ends = event.starts, event.ends
    day = date_in_words(starts.date(), tongue, weekday=True)
    begins = time_in_words(starts, tongue)
    if ends is None:
        return _in_form(tongue, "occasion", time=begins, date=day)
    ends = ends.astimezone(starts.tzinfo)
    finish = time_in_words(ends, tongue)
    if ends.date() == starts.date():
        if ends.utcoffset() == starts.utcoffset():  # else the clocks change meanwhile, and each time has its own zone
            begins = time_in_words(starts, tongue, with_zone=False)
        return _in_form(tongue, "occasion", time=_in_form(tongue, "span", **{"from": begins, "to": finish}), date=day)
    first = _in_form(tongue, "occasion", time=begins, date=day)
    last = _in_form(tongue, "occasion", time=finish, date=date_in_words(ends.date(), tongue, weekday=True))
    return _in_form(tongue, "span", **{"from": first, "to": last})


def own_time(starts: str, cell: str, tongue: Tongue) -> str:
    """Return when an event starts where somebody is, as `04:00 EST`; nothing where it is the same, or nobody knows.

    `starts` is in ISO form, `cell` names the reader's zone in their list. The weekday is named where it is another day
    there.
    """
    at = datetime.fromisoformat(starts)
    there = _in_reader_time(at, cell)
    if there is None:
        return ""
    time = time_in_words(there, tongue)
    if there.date() == at.date():
        return time
    return _in_form(tongue, "occasion", time=time, date=date_in_words(there.date(), tongue, weekday=True))
