"""Following: mailings as the desk follows them: the present state, the recipients, the course so far, what comes next.

Owns the query that is repeated every second while a mailing is sent (`read_now`), and so never reads a whole mailing of
a million: counts by state come from an index, and all other queries are bounded. `reports` has the figures of a mailing
that is over; here they include their course over time. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.frozen import dataclass, field, replace
from mailer.ledger import following
from mailer.ledger.following import OVER, Recipients, WantedMailings, WantedRecipients
from mailer.ledger.history import Course, count_states, read_back, read_course
from mailer.ledger.mailings import Mailing
from mailer.ledger.offers import count_to_come, offered_slugs
from mailer.ledger.person import Happened
from mailer.ledger.processes import dead_processes
from mailer.runs import reports
from mailer.runs.collect.alarms import read_alarms
from mailer.runs.office import Office
from mailer.runs.reports import Report
from mailer.tokens import address_digest

_SHOWN_LAST: Final = 12
_A_PAGE: Final = 50
_MAILINGS: Final = 25
_STILL_NEW: Final = timedelta(days=14)  # for so long, the alarms of a mailing are shown without a request
WAITING: Final = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The present state of a mailing: its figures as in `reports`, its speed, and the latest replies of relays.

    `at_work` names the processes that hold some of its deliveries now.
    """

    mailing: Mailing
    figures: Mapping[str, Any]
    states: Mapping[str, int]
    per_minute: float
    left: timedelta | None
    last: tuple[Happened, ...]
    at_work: tuple[str, ...]
    has_offers: bool
    now: datetime

    @property
    def is_over(self) -> bool:
        """Return whether nothing more of it is sent."""
        return self.mailing.state in OVER

    @property
    def waiting(self) -> int:
        """Return how many deliveries have no final outcome yet."""
        return sum(self.states[each] for each in WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """The report of a mailing, with what was sent and what came back over time."""

    report: Report
    course: Course
    back: Course


def read_now(office: Office, name: str) -> Now:
    """Return the present state of a mailing.

    Raises InputProblem if there is no such mailing; LedgerProblem if the figures do not add up.
    """
    with reports.opened(office, name) as (connection, mailing):
        now = office.clock()
        dead = dead_processes(connection, office.workspace.machine / "run", now=now)
        states = count_states(connection, mailing, as_kept=True)
        waiting = sum(states[each] for each in WAITING)
        is_over = mailing.state in OVER
        per_minute = 0.0 if is_over else following.read_per_minute(connection, mailing.id, now=now)
        figures = {
            **reports.now_document(connection, mailing, states, dead=dead),
            **({} if is_over else reports.pace_document(connection, office.settings, mailing, now=now)),
            "alarms": [str(each) for each in read_alarms(office, connection, mailing.id)],
        }
        return Now(
            mailing=mailing,
            figures=figures,
            states=states,
            per_minute=per_minute,
            left=timedelta(minutes=waiting / per_minute) if per_minute and waiting else None,
            last=() if is_over else tuple(following.read_last(connection, mailing.id, most=_SHOWN_LAST)),
            at_work=tuple(following.find_holders(connection, mailing.id, but_for=dead)),
            has_offers=mailing.slug in offered_slugs(connection),
            now=now,
        )


def read_afterwards(office: Office, name: str) -> Afterwards:
    """Return the report of a mailing and its course so far. Raises as `read_now`."""
    with reports.opened(office, name) as (connection, mailing):
        until = mailing.finished_at or office.clock()
        course = read_course(connection, mailing, until=until)
        back = read_back(connection, mailing, until=office.clock())
    return Afterwards(report=reports.read_report(office, name, as_kept=True), course=course, back=back)


# Lists: mailings, and the recipients of one.


@dataclass(frozen=True, slots=True)
class Counted:
    """A mailing with its counts by state, and its alarms."""

    mailing: Mailing
    states: Mapping[str, int]
    alarms: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Return whether it needs attention, or is under way; a text that waits for answers to an offer is neither."""
        waits = self.mailing.state is MailingState.PLANNED and not self.mailing.planned
        is_under_way = self.mailing.state not in OVER and not waits
        return is_under_way or bool(self.states[DeliveryState.IN_DOUBT] or self.alarms)


@dataclass(frozen=True, slots=True)
class Mailings:
    """Mailings, the newest first; `then` is where the next page begins, 0 if this is the last.

    `overdue` is what has been waiting for longer than 48 hours, if that was requested.
    """

    mailings: tuple[Counted, ...]
    then: int = 0
    overdue: Mapping[str, Any] = field(default_factory=lambda: {"opt_outs": [], "mailboxes": []})


def list_mailings(office: Office, wanted: WantedMailings) -> Mailings:
    """Return a page of mailings; there may be none."""
    if office.ledger is None:
        return Mailings(())
    with office.ledger.reading() as connection:
        found = following.find_mailings(connection, wanted, most=_MAILINGS + 1)
        shown = tuple(Counted(each, count_states(connection, each, as_kept=True)) for each in found[:_MAILINGS])
    return Mailings(shown, found[_MAILINGS - 1].id if len(found) > _MAILINGS else 0)


def read_to_come(office: Office) -> Mapping[int, Mapping[str, int]]:
    """Return how many waves are waiting or held, for each mailing that has some and so is not finished."""
    if office.ledger is None:
        return {}
    with office.ledger.reading() as connection:
        return count_to_come(connection)


def list_recipients(office: Office, name: str, wanted: WantedRecipients) -> Recipients:
    """Return a page of the recipients of a mailing; a whole address as the text finds its person at once.

    Raises InputProblem if there is no such mailing.
    """
    if "@" in wanted.text and wanted.after is None:
        with suppress(InputProblem):
            wanted = replace(wanted, digest=address_digest(office.keys, parse_address(wanted.text.strip()).key))
    with reports.opened(office, name) as (connection, mailing):
        return following.find_recipients(connection, mailing.id, wanted, most=_A_PAGE)


# Past and future: the day's work, and a calendar.


def read_work(office: Office) -> Mailings:
    """Return what is under way, scheduled, halted or in doubt, or has an alarm; and what is overdue."""
    if office.ledger is None:
        return Mailings(())
    now = office.clock()
    with office.ledger.reading() as connection:
        found = []
        for each, bounced in following.find_open(connection, since=now - _STILL_NEW):
            can_alarm = bounced >= office.settings.bounces.alarm_people
            alarms = read_alarms(office, connection, each.id) if can_alarm else []
            found.append(Counted(each, count_states(connection, each, as_kept=True), tuple(map(str, alarms))))
        overdue = reports.overdue_document(connection, office.settings, now)
    return Mailings(tuple(each for each in found if each.is_open), overdue=overdue)


@dataclass(frozen=True, slots=True)
class Day:
    """An entry of the calendar: `what` is sent, scheduled, wave (of a `number`) or embargo (its end)."""

    at: datetime
    what: str
    mailing: Mailing
    number: int = 0


def read_days(office: Office, start: datetime, end: datetime) -> tuple[Day, ...]:
    """Return the calendar of a period, the earliest first: mailings sent or scheduled, waves, ends of embargoes.

    Tests and previews are not news, and are left out.
    """
    if office.ledger is None:
        return ()
    found: list[Day] = []
    ends: dict[tuple[str, datetime], Day] = {}  # an offer and its release have one embargo
    with office.ledger.reading() as connection:
        for each in following.find_between(connection, start, end):
            what = "scheduled" if each.state is MailingState.SCHEDULED else "sent"
            if at := each.scheduled_at if what == "scheduled" else each.started_at:
                found.append(Day(at, what, each))
        for each, wave in following.find_waves(connection, start, end):
            if at := wave.started_at or wave.at:
                found.append(Day(at, "wave", each, wave.number))
        for each, until in following.find_embargoes(connection, start, end):
            if each.kind in {MailingKind.RELEASE, MailingKind.OFFER}:
                ends.setdefault((each.slug, until), Day(until, "embargo", each))
    news = (each for each in (*found, *ends.values()) if each.mailing.kind.is_real and start <= each.at < end)
    days = (each for each in news if each.mailing.state is not MailingState.CANCELLED)
    return tuple(sorted(days, key=lambda each: each.at))
