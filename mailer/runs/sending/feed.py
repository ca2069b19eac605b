"""Feed: what is to be sent next, leased from the ledger in small batches.

Small, so that several processes can share a mailing, and a process that dies holds few. The feed does the waiting: for
deferred deliveries that are due soon, for those that another process holds (it may die, and then they are ours), and
for what the pace allows. It never sends, and reckons no pace (`pacer` does).
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mailer.events import Delivery, DeliveryState, EventKind, MailingState
from mailer.ledger import Connection
from mailer.ledger.deliveries import (
    Step,
    claim,
    leased_by_others,
    move_idle,
    next_due_at,
    open_count,
    release,
    release_all,
)
from mailer.ledger.mailings import Stamp, state_of
from mailer.ledger.planning import is_being_planned
from mailer.ledger.processes import free_dead, renew
from mailer.runs.sending.pacer import AHEAD, Full, Pacer, Turn
from mailer.runs.sending.patience import ClockHold
from mailer.runs.sending.record import Recorder

_LOOK_AGAIN_S = 0.5
_AT_ONCE = 500
_HELD_S = 10.0  # whoever waits longer than that for the pace waits in the ledger


@dataclass(frozen=True, slots=True)
class Terms:
    """For which mailing, as which process, for how many connections, and how long to stay for what is deferred."""

    mailing_id: int
    owner: str
    connections: int
    stay_s: float
    run_folder: Path

    @property
    def batch(self) -> int:
        """Return how many are leased at a time: enough that no connection waits for the ledger, and few to return."""
        return max(10, 4 * self.connections)


def expire(connection: Connection, mailing_id: int, stamp: Stamp) -> int:
    """Return up some of what is too late to be news (a laptop opened on Monday must not send Friday's); 0: all is."""
    return len(move_idle(connection, mailing_id, Step(EventKind.EXPIRED, "too_late"), stamp=stamp, limit=_AT_ONCE))


class Feed:
    """Gives deliveries one by one until nothing is left that this command should wait for."""

    def __init__(
        self,
        recorder: Recorder,
        terms: Terms,
        pacer: Pacer,
        *,
        clock: Callable[[], datetime],
        stopped: asyncio.Event,
        hold: ClockHold,
    ) -> None:
        """Take who writes to the ledger, the terms, what keeps the pace, the clock, and the event that ends the giving.

        `hold` makes everybody wait while the clock is in doubt.

        `over` is set when nothing more will be given; `full_until` is when a day that is full has room again, where
        that is longer than this command stays; `is_lost` says that another process has ended this one.
        """
        self._recorder = recorder
        self._terms = terms
        self._pacer = pacer
        self._clock = clock
        self._ready: deque[Delivery] = deque()
        self._later: list[tuple[datetime, int, Delivery]] = []  # a heap: whose domain takes them in a moment
        self._full = Full()
        self._turn = asyncio.Lock()
        self._stopped = stopped
        self._hold = hold
        self._out = 0
        self._came_back = asyncio.Event()
        self._ahead: asyncio.Task[bool] | None = None
        self._dry = False
        self.skipped = 0
        self.over = asyncio.Event()
        self.full_until: datetime | None = None
        self.is_lost = False

    async def next(self, key: str) -> Delivery | None:
        """Return the next delivery for a relay, leased to this process; None when it is time to go home."""
        while not self._stopped.is_set():
            async with self._turn:
                await self._hold.wait()
                self._ripen()
                if not self._ready:
                    if self._stopped.is_set() or not await self._refill():
                        break
                    continue
                turn = await self._pacer.turn(key)
                if self._stopped.is_set():
                    break
                if not turn.wait_s:
                    return self._take(key)
                if not await self._wait(turn):
                    break
        self.over.set()
        return None

    def at_hand(self, key: str) -> Delivery | None:
        """Return another delivery to a connection that is at work, where that keeps nobody waiting; else None."""
        if self._stopped.is_set() or not self._pacer.is_free(key) or len(self._ready) <= self._terms.connections:
            return None
        if self._hold.is_on:
            return None
        self._pacer.went(key)
        return self._take(key)

    @property
    def stopped(self) -> bool:
        """Return whether nothing more is to begin."""
        return self._stopped.is_set()

    def done(self) -> None:
        """Take note that a delivery that was given is settled or returned; it may be due again."""
        self._out -= 1
        self._dry = False
        self._came_back.set()

    def stop(self) -> None:
        """Give nothing more; what is on the wire goes on."""
        self._stopped.set()
        self.over.set()

    def lose(self) -> None:
        """Give nothing more: this process was taken for dead, and what it held is another's by now."""
        self.is_lost = True
        self.stop()

    async def give_back(self) -> None:
        """Return at once what was leased and not given, after a stop: another process may go on with it."""
        async with self._turn:
            if self._ahead is not None:
                await asyncio.gather(self._ahead, return_exceptions=True)
            ids = [each.id for each in (*self._ready, *(delivery for *_, delivery in self._later))]
            self._ready.clear()
            self._later.clear()
            await self._recorder.run_errand(lambda connection: release(connection, ids, self._terms.owner))

    async def close(self) -> None:
        """Wait for the claim that is under way; what was leased and not given goes back with the process."""
        self.stop()
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)

    def _take(self, key: str) -> Delivery:
        self._out += 1
        delivery = self._ready.popleft()
        low = len(self._ready) < self._terms.batch // 2
        # claimed while the wire is busy; where a rate is kept there is time for it anyway
        if low and not self._dry and self._pacer.is_free(key) and (self._ahead is None or self._ahead.done()):
            self._ahead = asyncio.create_task(self._claim())
        return delivery

    def _ripen(self) -> None:
        """Let those go whose domain takes them now, and at once where the clock was set back meanwhile."""
        now = self._clock()
        while self._later and not now < self._later[0][0] <= now + AHEAD:
            self._ready.append(heapq.heappop(self._later)[2])

    async def _wait(self, turn: Turn) -> bool:
        """Wait a little for the relay's pace, or until it is time to stop; False where that is not worth it."""
        if turn.by_day and turn.wait_s > self._terms.stay_s:
            self.full_until = self._clock() + timedelta(seconds=turn.wait_s)
            return False
        if turn.wait_s > _HELD_S:
            ids = [delivery.id for delivery in self._ready]
            self._ready.clear()
            await self._recorder.run_errand(lambda connection: release(connection, ids, self._terms.owner))
        most = _HELD_S if turn.wait_s > _HELD_S else _LOOK_AGAIN_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), timeout=min(turn.wait_s, most))
        return True

    async def _refill(self) -> bool:
        """Lease more, or wait a little; False when there is nothing to wait for.

        Whoever is on the wire may be put off yet, and so may whoever's outcome is not written: both are waited for.
        """
        self._came_back.clear()
        if self._ahead is not None and not self._ahead.done():
            await self._ahead
            return True
        if await self._claim():
            return True
        wait_s = await self._recorder.run_errand(self._wait_s)
        if wait_s is None and not self._out and not self._later:
            return False
        if self._later:
            soon_s = max((self._later[0][0] - self._clock()).total_seconds(), 0.0)
            wait_s = soon_s if wait_s is None else min(wait_s, soon_s)
        waits = [asyncio.create_task(event.wait()) for event in (self._stopped, self._came_back)]
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return True

    async def _claim(self) -> bool:
        """Lease a batch of whom the domains take; return whether there is a reason to look again at once."""
        leased = await self._recorder.run_errand(self._lease)
        if leased is None:
            self.lose()
            return True
        kept, skipped = leased
        now = self._clock()
        for moment, delivery in kept:
            if moment <= now:
                self._ready.append(delivery)
            else:
                heapq.heappush(self._later, (moment, delivery.id, delivery))
        self.skipped += skipped
        self._dry = not (kept or skipped)
        return not self._dry

    def _lease(self, connection: Connection) -> tuple[Sequence[tuple[datetime, Delivery]], int] | None:
        terms, domains, now = self._terms, self._pacer.domains, self._clock()
        if not renew(connection, terms.owner, now=now):
            return None
        self._pacer.look(connection)
        self._full = domains.full(connection, now=now)
        taken, skipped = claim(
            connection, terms.mailing_id, terms.owner, limit=terms.batch, now=now, without_domains=self._full.until
        )
        admitted = domains.admit(connection, taken, now=now)
        if admitted.returned:
            release(connection, admitted.returned, terms.owner)
        return admitted.kept, skipped

    def _wait_s(self, connection: Connection) -> float | None:
        terms, now = self._terms, self._clock()
        state = state_of(connection, terms.mailing_id)
        if state not in {MailingState.SENDING, MailingState.PLANNING}:
            return None
        if not self._out and not self._later and release_all(connection, terms.owner):
            return 0.0  # a claim was committed, and the connection to the ledger ended before we heard of it
        free_dead(connection, terms.run_folder, now=now)  # what it leaves is looked for again, as others' leases are
        if state is MailingState.PLANNING:  # somebody adds recipients, and lets us go on in a moment
            return _LOOK_AGAIN_S if is_being_planned(connection, terms.mailing_id) else None
        if expire(connection, terms.mailing_id, Stamp(now, terms.owner)):
            return 0.0  # there may be more
        if open_count(connection, terms.mailing_id, (DeliveryState.PENDING,)):
            # freed just now, or returned by another process since we looked; or their domains take nobody
            return self._until_room_s(now)
        due = next_due_at(connection, terms.mailing_id)
        others = leased_by_others(connection, terms.mailing_id, terms.owner)
        until_due = (due - now).total_seconds() if due else None
        if until_due is not None and until_due <= terms.stay_s:
            return min(max(until_due, 0.0), _LOOK_AGAIN_S)
        return _LOOK_AGAIN_S if others else None

    def _until_room_s(self, now: datetime) -> float:
        """How long to wait for a domain that is full to have room; it is told at once when somebody is settled."""
        if not self._full.until:
            return 0.0
        next_at = self._full.next_at
        return min(max((next_at - now).total_seconds(), 0.001), _LOOK_AGAIN_S) if next_at else _LOOK_AGAIN_S
