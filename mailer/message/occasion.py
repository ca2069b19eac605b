"""Occasion: an event as an advisory tells it, its time in the place where it is and where the reader is.

Owns the value of `release.event` in templates, and `own_time`, which each person has for themselves. Never guesses a
zone: where a row has none that is known, only the event's own stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailer.contacts.meaning.time_zones import zone_of
from mailer.message.markup import linked
from mailer.message.words import date_in_words, occasion_of_parts, span_in_words, time_in_words
from mailer.message.zones import zone_in_words
from mailer.release.values import Event
from mailer.settings import Tongue


def event_context(event: Event, tongue: Tongue) -> dict[str, Any]:
    """Make the value of `release.event`; `tongue` is that of what stands around the release."""
    return {
        "what": event.what,
        "who": event.who,
        "where": event.where,
        "register": event.register,
        "register_html": linked(event.register),
        "url": event.url,
        "when": _when(event, tongue),
        "starts": event.starts.isoformat(),
    }


def own_time(starts: str, cell: str, tongue: Tongue) -> str:
    """Return when an event starts where somebody is, as `04:00 EST`; nothing where it is the same, or nobody knows.

    `starts` is the ISO form that `event_context` gave, `cell` names the reader's zone in their list. The weekday is
    named where it is another day there.
    """
    zone = zone_of(cell)
    at = datetime.fromisoformat(starts)
    if zone is None:
        return ""
    there = at.astimezone(zone)
    if there.utcoffset() == at.utcoffset():
        return ""
    time = time_in_words(there, tongue, zone=zone_in_words(there))
    if there.date() == at.date():
        return time
    return occasion_of_parts(time, date_in_words(there.date(), tongue, weekday=True), tongue)


def _when(event: Event, tongue: Tongue) -> str:
    starts, ends = event.starts, event.ends
    day = date_in_words(starts.date(), tongue, weekday=True)
    begins = time_in_words(starts, tongue, zone=zone_in_words(starts))
    if ends is None:
        return occasion_of_parts(begins, day, tongue)
    ends = ends.astimezone(starts.tzinfo)
    finish = time_in_words(ends, tongue, zone=zone_in_words(ends))
    if ends.date() == starts.date():
        if ends.utcoffset() == starts.utcoffset():  # else the clocks change meanwhile, and each time has its own zone
            begins = time_in_words(starts, tongue, zone="").strip()
        return occasion_of_parts(span_in_words(begins, finish, tongue), day, tongue)
    last = occasion_of_parts(finish, date_in_words(ends.date(), tongue, weekday=True), tongue)
    return span_in_words(occasion_of_parts(begins, day, tongue), last, tongue)
