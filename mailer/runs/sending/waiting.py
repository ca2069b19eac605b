"""Waiting: a person at the terminal waits for a mailing's moment (`send --at … --wait`), with a worker's patience.

Owns the waiting alone, and looks at the clock on the wall, since a laptop that sleeps stops every other clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from mailer.events import MailingState
from mailer.ledger import Ledger
from mailer.ledger.mailings import Mailing, require_mailing
from mailer.ledger.planning import count_ready, start_due
from mailer.runs.office import Office
from mailer.runs.planning.request import is_waiting

_LOOK_S = 1.0
_BACKOFF_S = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0)


async def wait_until_due(
    office: Office,
    ledger: Ledger,
    mailing: Mailing,
    *,
    outage: Callable[[], Awaitable[str]],
    on_tick: Callable[[Mailing, str], None],
    stopped: asyncio.Event,
) -> Mailing:
    """Wait for a scheduled mailing's moment, and begin it; return it as it is then.

    `outage` gives why the relay cannot be reached (empty where it can), `on_tick` is told every second. Ends early once
    it is `stopped`, or where somebody paused, cancelled or sent it from elsewhere; one that is moved is waited for
    until then. A laptop that wakes has no network yet: that is no reason to halt, and the relay is tried until it
    answers, or until it is too late for everybody.
    """
    tries = 0
    while not stopped.is_set():
        with ledger.reading() as connection:
            mailing = require_mailing(connection, mailing.full_name)
            in_time = count_ready(connection, mailing.id, now=office.clock()) > 0
        if mailing.state not in {MailingState.SCHEDULED, MailingState.PLANNING}:
            return mailing
        why, wait_s = "", _LOOK_S
        if mailing.state is MailingState.SCHEDULED and not is_waiting(mailing, now=office.clock()):
            why = await outage() if in_time else ""
            if not why and start(office, ledger, mailing):
                continue  # reads it once more, as it is now
            wait_s = backoff_s(tries)
            tries += 1
        on_tick(mailing, why)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), timeout=wait_s)
    return mailing


def start(office: Office, ledger: Ledger, mailing: Mailing) -> bool:
    """Let a scheduled mailing begin, if its moment has come; False where not, or where another process was faster."""
    with ledger.writing() as connection:
        return start_due(connection, mailing.id, stamp=office.stamp())


def backoff_s(tries: int) -> float:
    """Return how many seconds to wait after so many tries that failed."""
    return _BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)]
