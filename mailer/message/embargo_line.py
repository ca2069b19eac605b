"""Embargo line: until when a release may not be used, as its mail says it.

Owns the line above the headline and the mark in the subject, in the sender's time, in UTC and in the reader's own
(standards M4). A release without an embargo has its label there, or the words for immediate release.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mailer.contacts.meaning.answers import zone_of
from mailer.message.words import date_in_words, form_of, time_in_words, zone_in_words
from mailer.release.values import Release
from mailer.settings import Tongue


def embargo_context(release: Release, tongue: Tongue, *, zone: str = "") -> dict[str, Any]:
    """Make the values `line`, `embargoed`, `embargo` and `embargo_short` of `release` in templates.

    `zone` is the cell in which a list names the reader's time zone.
    """
    embargo = release.embargo
    if embargo is None:
        line = release.label or tongue.phrases["immediate"]
        return {"embargoed": False, "line": line, "embargo": "", "embargo_short": ""}
    line, short = embargo.text, embargo.text
    if embargo.until is not None and embargo.has_zone:
        own = _own(embargo.until, zone)
        line = tongue.phrases["embargo"].replace("{moment}", _moment(embargo.until, own, tongue))
        short = tongue.phrases["embargo_short"].replace("{moment}", _short(embargo.until, own, tongue))
    return {"embargoed": True, "line": line, "embargo": line, "embargo_short": short}


def _own(until: datetime, zone: str) -> datetime | None:
    """Return the moment where the reader is; None where that is the sender's time, or nobody knows."""
    there = zone_of(zone)
    own = until.astimezone(there) if there else None
    return own if own is not None and own.utcoffset() != until.utcoffset() else None


def _moment(until: datetime, own: datetime | None, tongue: Tongue) -> str:
    """Return it in full: `09:00 BST (08:00 UTC, 10:00 CEST your time), Tuesday 3 March 2027`."""
    others = [_elsewhere(until, until.astimezone(UTC), tongue)] if until.utcoffset() else []
    if own is not None:
        others.append(f"{_elsewhere(until, own, tongue)} {tongue.phrases['your_time']}")
    also = form_of(tongue, "also").format(time=", ".join(others)) if others else ""
    day = date_in_words(until.date(), tongue, weekday=True)
    return form_of(tongue, "moment").format(time=_time(until, tongue), also=also, date=day)


def _short(until: datetime, own: datetime | None, tongue: Tongue) -> str:
    """Return it as a subject has room for: `09:00 BST / 10:00 CEST, 3 March 2027`.

    Where it is another day there, the date stands before the slash: `00:01 BST, 6 July 2027 / 19:01 EDT, Monday`.
    """
    there = "" if own is None else f" / {_elsewhere(until, own, tongue)}"
    is_same_day = own is None or own.date() == until.date()
    time = _time(until, tongue) + (there if is_same_day else "")
    short = form_of(tongue, "moment_short").format(time=time, date=date_in_words(until.date(), tongue))
    return short if is_same_day else short + there


def _time(at: datetime, tongue: Tongue) -> str:
    return time_in_words(at, tongue, zone=zone_in_words(at))


def _elsewhere(at: datetime, there: datetime, tongue: Tongue) -> str:
    """Return the time of day in another zone, with its weekday where it is another day there."""
    if at.date() == there.date():
        return _time(there, tongue)
    day = tongue.weekdays[there.weekday()] if tongue.weekdays else f"{there:%Y-%m-%d}"
    return f"{_time(there, tongue)}, {day}"
