"""Embargoes: a release that may not be used yet, held against when it goes out and to whom.

Owns three rules (standards M4). Before its moment a release goes to whoever agreed to keep embargoes, and to others
only with a reason. What was approved under embargo does not go out as "embargoed" once that is over. What was approved
without its embargo, since it goes out later than that, does not go out before.
Tests and previews are for staff: none of this binds them. Never asks anybody, never reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mailer.contacts.meaning.answers import is_no, is_promised
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import Problem, Severity
from mailer.events import MailingKind
from mailer.release.head.embargo_words import find_unset_holds
from mailer.release.lifting import lift_embargo
from mailer.release.values import Release
from mailer.runs.planning.plan import Request

AGREED = "embargo_agreed"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which embargo a mailing goes out, if under any: whom it binds, and what is wrong about it."""

    until: datetime | None = None
    binds: bool = False  # only those get it who agreed
    is_lifted: bool = False  # it is over by then, and the mail does not speak of it
    problems: tuple[Problem, ...] = ()

    def left_out(self, contact: Contact) -> LeftOut | None:
        """Return why a person does not get it under embargo; None for whoever agreed, and where none binds."""
        said = contact.fields.get(AGREED, "").strip()
        if not self.binds or is_promised(said):
            return None
        column = f'column {AGREED}: "{said}" is no clear yes' if said and not is_no(said) else f"column {AGREED}"
        message = f'"{contact.address}" has not agreed to keep embargoes ({column})'
        place = (contact.list_name, contact.row, contact.line)
        return LeftOut(LeftOutReason.EMBARGO_NOT_AGREED, *place, str(contact.address), message)


def embargo_terms(release: Release, request: Request, *, now: datetime) -> tuple[Release, Terms]:
    """Hold a release against the moment it goes out (`--at`, else now); return it as it then reads, and the terms."""
    embargo = release.embargo
    if embargo is None or embargo.until is None or not embargo.has_zone or request.kind is not MailingKind.RELEASE:
        return release, Terms()
    starts = request.at.at if request.at else now
    if embargo.until > starts:
        insists = bool(request.not_agreed)
        if request.under_embargo or insists:
            return release, Terms(embargo.until, binds=not insists)
        at = f" and --at {request.at.text} is before that" if request.at else ""
        message = (
            f"the release is under embargo until {embargo.until:%Y-%m-%d %H:%M %Z}{at}; --under-embargo sends it to "
            f"whoever agreed to keep embargoes (column {AGREED} of the list)"
        )
        problem = Problem("under-embargo", message, source=request.release)
        return release, Terms(embargo.until, binds=True, problems=(problem,))
    if request.at is None or embargo.until <= now:
        return release, Terms(embargo.until)  # the check of the release says that it is over
    lifted = lift_embargo(release)
    return lifted, Terms(embargo.until, is_lifted=True, problems=tuple(_still_spoken_of(lifted, request, now)))


def _still_spoken_of(lifted: Release, request: Request, now: datetime) -> Iterator[Problem]:
    held = next(find_unset_holds(lifted, now=now, shown=True), None)
    if held:
        message = (
            f'it goes out once its embargo is over, and "{held.text}" still speaks of one; take the words out, or '
            "send it before, with --under-embargo"
        )
        yield Problem("embargo-ended", message, source=request.release)
    else:
        message = "the embargo is over when it goes out: the mail does not speak of it"
        yield Problem("embargo-lifted", message, Severity.NOTE, request.release)


def out_of_time(until: datetime | None, *, is_lifted: bool, now: datetime) -> str:
    """Return why a mail must not go out at this moment, empty where it may; `until` is the end of its embargo."""
    if until is None:
        return ""
    if is_lifted and now < until:
        return f"it was approved for after its embargo, which stands until {until:%Y-%m-%d %H:%M %Z}; send it then"
    if not is_lifted and now >= until:
        ended = f"its embargo ended on {until:%Y-%m-%d at %H:%M %Z}, and the mail would still call it embargoed"
        return f'{ended}. Take the embargo line out, then: mailer send … --changed "the embargo is over"'
    return ""
