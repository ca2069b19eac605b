"""Schedule: a mailing that waits for its moment.

Owns what may be scheduled, moved or sent at once, and the waiting of `--wait`. One moment belongs to a whole mailing:
whoever is added to a scheduled one gets it at that moment too, and a mailing that anybody was tried with cannot be put
off. The waiting looks at the clock on the wall, since a laptop that sleeps stops every other clock.
Raises `InputProblem`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from mailer.errors import InputProblem
from mailer.events import MailingState
from mailer.ledger import Connection, Ledger
from mailer.ledger.mailings import Mailing, Stamp, require_mailing
from mailer.ledger.schedule import (
    count_ready,
    has_reached,
    note_stopped,
    schedule,
    schedule_again,
    start_due,
    unschedule,
)
from mailer.runs.office import Office
from mailer.runs.planning.plan import Request
from mailer.runs.planning.when import describe

_LOOK_S = 1.0
_BACKOFF_S = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0)


def is_waiting(mailing: Mailing, *, now: datetime) -> bool:
    """Return whether a mailing is scheduled for a moment that lies ahead."""
    return mailing.state is MailingState.SCHEDULED and mailing.scheduled_at is not None and mailing.scheduled_at > now


def tell_moment(mailing: Mailing, *, now: datetime) -> str:
    """Return when a mailing is scheduled for; empty where it is not."""
    if mailing.scheduled_at is None:
        return ""
    return describe(mailing.scheduled_text, mailing.scheduled_at, now=now)


def check_schedule(connection: Connection, mailing: Mailing, request: Request, *, now: datetime) -> None:
    """Hold what is asked for against a mailing that is there already.

    Raises:
        InputProblem: it waits for its moment, and nobody said whether to move it or to send it now; or it is to wait,
            and has begun.
    """
    if request.at is None and not request.at_once and is_waiting(mailing, now=now):
        raise InputProblem(
            f"{mailing.name} is scheduled for {tell_moment(mailing, now=now)}",
            hint=f'--at "{mailing.scheduled_text}"   adds people to it; another moment moves the whole mailing\n'
            f"--at now   sends it now\nmailer cancel {mailing.name}   ends it for good",
        )
    if request.at is not None and has_reached(connection, mailing.id):
        raise InputProblem(
            f"{mailing.name} has begun: --at puts off a whole mailing, and some people have been sent to",
            hint="When it is time, the same command without --at sends to whoever is not in it yet.",
        )


def wait_for(connection: Connection, mailing: Mailing, request: Request, *, stamp: Stamp) -> None:
    """Let a mailing wait for the moment of a request.

    Raises:
        InputProblem: it was paused or cancelled meanwhile.
    """
    if request.at is None:
        return
    if not schedule(connection, mailing.id, request.at.at, request.at.text, stamp=stamp):
        raise InputProblem(f"{mailing.name} was paused or cancelled a moment ago; nothing is scheduled")


def go_now(connection: Connection, mailing: Mailing, request: Request) -> None:
    """Let a mailing that waits for its moment go at once, where that was asked for."""
    if request.at_once and mailing.state is MailingState.SCHEDULED:
        unschedule(connection, mailing.id)


def wait_again(office: Office, ledger: Ledger, mailing: Mailing) -> bool:
    """Let a mailing that was paused before its moment wait for it again; False where the moment is over, or none was.

    Raises:
        InputProblem: it waits for its moment already; resuming it is not what sends it.
    """
    now = office.clock()
    if is_waiting(mailing, now=now):
        raise InputProblem(
            f"{mailing.name} is scheduled for {tell_moment(mailing, now=now)}",
            hint=f"mailer send {mailing.slug} --to LIST --at now   sends it now",
        )
    at = mailing.scheduled_at
    if mailing.state is not MailingState.PAUSED or at is None or at <= now:
        return False
    with ledger.writing() as connection:
        return schedule_again(connection, mailing.id, stamp=office.stamp())


def keep_from_workers(office: Office, ledger: Ledger, mailing: Mailing) -> None:
    """Remember that a person stopped a mailing: no worker goes on with it until somebody resumes it."""
    with ledger.writing() as connection:
        note_stopped(connection, mailing.id, stamp=office.stamp())


def start(office: Office, ledger: Ledger, mailing: Mailing) -> bool:
    """Let a scheduled mailing begin, if its moment has come; False where not, or where another process was faster."""
    with ledger.writing() as connection:
        return start_due(connection, mailing.id, stamp=office.stamp())


class Hold:
    """Waits in the foreground until a scheduled mailing is to be sent."""

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        *,
        outage: Callable[[], Awaitable[str]],
        on_tick: Callable[[Mailing, str], None],
    ) -> None:
        """Take what says why the relay cannot be reached (empty where it can), and who is told every second."""
        self._office = office
        self._ledger = ledger
        self._outage = outage
        self._on_tick = on_tick
        self._stopped = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        """Return whether somebody has had enough of waiting."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Wait no longer; the mailing stays scheduled."""
        self._stopped.set()

    async def until_due(self, mailing: Mailing) -> Mailing:
        """Wait for the moment, and begin the mailing; return it as it is then.

        Ends early where it is stopped, or where somebody paused, cancelled or sent it from elsewhere; one that is
        moved is waited for until then. A laptop that wakes has no network yet: that is no reason to halt, and the
        relay is tried until it answers, or until it is too late for everybody.
        """
        tries = 0
        while not self._stopped.is_set():
            mailing, in_time = self._look(mailing)
            if mailing.state not in {MailingState.SCHEDULED, MailingState.PLANNING}:
                return mailing
            why, wait_s = "", _LOOK_S
            if mailing.state is MailingState.SCHEDULED and not is_waiting(mailing, now=self._office.clock()):
                why = await self._outage() if in_time else ""
                if not why and start(self._office, self._ledger, mailing):
                    continue  # reads it once more, as it is now
                wait_s = backoff_s(tries)
                tries += 1
            self._on_tick(mailing, why)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), timeout=wait_s)
        return mailing

    def _look(self, mailing: Mailing) -> tuple[Mailing, bool]:
        with self._ledger.reading() as connection:
            found = require_mailing(connection, mailing.full_name)
            return found, bool(count_ready(connection, found.id, now=self._office.clock()))


def backoff_s(tries: int) -> float:
    """Return how long to wait before a relay that could not be reached is tried again."""
    return _BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)]
