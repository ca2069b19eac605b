"""Feed: what is to be sent next, leased from the ledger in small batches.

Owns the waiting: for deferred deliveries that are due soon, and for those that another process holds (it may die, and
then they are ours). Never sends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.events import Delivery, DeliveryState, EventKind
from mailer.ledger import Connection
from mailer.ledger.deliveries import claim, leased_by_others, next_due_at, open_count
from mailer.ledger.mailings import Stamp, is_sending
from mailer.ledger.pacing import reserve
from mailer.ledger.processes import free_dead
from mailer.ledger.steering import Step, move_idle
from mailer.runs.record import Recorder

_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Terms:
    """For which mailing, as which process, for how many connections, and how long to stay for what is deferred.

    `pace` names whose rate is kept, `step_s` the seconds between two messages (0: none).
    """

    mailing_id: int
    owner: str
    connections: int
    stay_s: float
    run_folder: Path
    pace: str = ""
    step_s: float = 0.0

    @property
    def batch(self) -> int:
        """Give how many are leased at a time: enough that no connection waits for the ledger, and few to return."""
        return max(10, 4 * self.connections)


def expire(connection: Connection, mailing_id: int, stamp: Stamp) -> None:
    """Give up what is too late to be news (a laptop opened on Monday must not send Friday's)."""
    move_idle(connection, mailing_id, Step(EventKind.EXPIRED, "too_late"), stamp=stamp)


class Feed:
    """Gives deliveries one by one until nothing is left that this command should wait for."""

    def __init__(
        self, recorder: Recorder, terms: Terms, *, clock: Callable[[], datetime], stopped: asyncio.Event
    ) -> None:
        """Take who writes to the ledger, the terms, the clock, and the event that ends the giving."""
        self._recorder = recorder
        self._terms = terms
        self._clock = clock
        self._ready: deque[Delivery] = deque()
        self._turn = asyncio.Lock()
        self._stopped = stopped
        self._out = 0
        self._came_back = asyncio.Event()
        self._ahead: asyncio.Task[bool] | None = None
        self._dry = False
        self.skipped = 0

    async def next(self) -> Delivery | None:
        """Give the next delivery, leased to this process; None when it is time to go home."""
        while not self._stopped.is_set():
            async with self._turn:
                if self._ready:
                    await self._slot()
                    return None if self._stopped.is_set() else self._take()
                if self._stopped.is_set() or not await self._refill():
                    return None
        return None

    def at_hand(self) -> Delivery | None:
        """Give another delivery to a connection that is at work, where that keeps nobody waiting; else None."""
        if self._stopped.is_set() or self._terms.step_s or len(self._ready) <= self._terms.connections:
            return None
        return self._take()

    @property
    def stopped(self) -> bool:
        """Say whether nothing more is to begin."""
        return self._stopped.is_set()

    def done(self) -> None:
        """Take note that a delivery that was given is settled or returned; it may be due again."""
        self._out -= 1
        self._dry = False
        self._came_back.set()

    def stop(self) -> None:
        """Give nothing more; what is on the wire goes on."""
        self._stopped.set()

    async def close(self) -> None:
        """Wait for the claim that is under way; what was leased and not given goes back with the process."""
        self.stop()
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)

    def _take(self) -> Delivery:
        self._out += 1
        delivery = self._ready.popleft()
        low = len(self._ready) < self._terms.batch // 2
        # claimed while the wire is busy; where a rate is kept there is time for it anyway
        if low and not self._dry and not self._terms.step_s and (self._ahead is None or self._ahead.done()):
            self._ahead = asyncio.create_task(self._claim())
        return delivery

    async def _slot(self) -> None:
        """Wait until the rate allows another message, or until it is time to stop."""
        if not self._terms.step_s:
            return
        slot = await self._recorder.run_errand(self._reserve)
        wait_s = (slot - self._clock()).total_seconds()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), timeout=max(wait_s, 0.0))

    def _reserve(self, connection: Connection) -> datetime:
        terms = self._terms
        return reserve(connection, terms.pace, step_s=terms.step_s, now=self._clock())

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
        if wait_s is None and not self._out:
            return False
        waits = [asyncio.create_task(event.wait()) for event in (self._stopped, self._came_back)]
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return True

    async def _claim(self) -> bool:
        """Lease a batch; gives whether anything was found."""
        terms = self._terms

        def work(connection: Connection) -> tuple[list[Delivery], int]:
            return claim(connection, terms.mailing_id, terms.owner, limit=terms.batch, now=self._clock())

        taken, skipped = await self._recorder.run_errand(work)
        self._ready.extend(taken)
        self.skipped += skipped
        self._dry = not (taken or skipped)
        return not self._dry

    def _wait_s(self, connection: Connection) -> float | None:
        terms, now = self._terms, self._clock()
        if not is_sending(connection, terms.mailing_id):
            return None
        free_dead(connection, terms.run_folder, now=now)
        expire(connection, terms.mailing_id, Stamp(now, terms.owner))
        if open_count(connection, terms.mailing_id, (DeliveryState.PENDING,)):
            return 0.0  # freed just now, or returned by another process since we looked
        due = next_due_at(connection, terms.mailing_id)
        others = leased_by_others(connection, terms.mailing_id, terms.owner)
        until_due = (due - now).total_seconds() if due else None
        if until_due is not None and until_due <= terms.stay_s:
            return min(max(until_due, 0.0), _LOOK_AGAIN_S)
        return _LOOK_AGAIN_S if others else None
