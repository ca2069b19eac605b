"""Feed: what is to be sent next, leased from the ledger in small batches.

Owns the waiting: for deferred deliveries that are due soon, and for those that another process holds (it may die, and
then they are ours). Never sends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.events import Delivery, DeliveryState, EventKind
from mailer.ledger import Connection, Ledger
from mailer.ledger.deliveries import claim, leased_by_others, next_due_at, open_count, release
from mailer.ledger.mailings import Stamp, is_sending
from mailer.ledger.pacing import reserve
from mailer.ledger.processes import free_dead
from mailer.ledger.steering import Step, move_idle

_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Terms:
    """For which mailing, as which process, how many at a time, and how long to stay for what is deferred.

    `pace` names whose rate is kept, `step_s` the seconds between two messages (0: none).
    """

    mailing_id: int
    owner: str
    batch: int
    stay_s: float
    run_folder: Path
    pace: str = ""
    step_s: float = 0.0


def expire(connection: Connection, mailing_id: int, stamp: Stamp) -> None:
    """Give up what is too late to be news (a laptop opened on Monday must not send Friday's)."""
    move_idle(connection, mailing_id, Step(EventKind.EXPIRED, "too_late"), stamp=stamp)


class Feed:
    """Gives deliveries one by one until nothing is left that this command should wait for."""

    def __init__(
        self,
        ledger: Ledger,
        terms: Terms,
        *,
        clock: Callable[[], datetime],
        written: Callable[[], Awaitable[None]],
        stopped: asyncio.Event,
    ) -> None:
        """Take ledger, terms and clock; what waits for outcomes to be written; the event that ends the giving."""
        self._ledger = ledger
        self._terms = terms
        self._clock = clock
        self._ready: deque[Delivery] = deque()
        self._turn = asyncio.Lock()
        self._written = written
        self._stopped = stopped
        self._out = 0
        self._came_back = asyncio.Event()
        self.skipped = 0

    async def next(self) -> Delivery | None:
        """Give the next delivery, leased to this process; None when it is time to go home."""
        while not self._stopped.is_set():
            async with self._turn:
                if self._ready:
                    await self._slot()
                    if self._stopped.is_set():
                        return None
                    self._out += 1
                    return self._ready.popleft()
                if self._stopped.is_set() or not await self._refill():
                    return None
        return None

    async def _slot(self) -> None:
        """Wait until the rate allows another message, or until it is time to stop."""
        if self._terms.step_s:
            slot = await asyncio.to_thread(self._reserve)
            wait_s = (slot - self._clock()).total_seconds()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), timeout=max(wait_s, 0.0))

    def _reserve(self) -> datetime:
        terms = self._terms
        with self._ledger.writing() as connection:
            return reserve(connection, terms.pace, step_s=terms.step_s, now=self._clock())

    def done(self) -> None:
        """Take note that a delivery that was given is settled or returned; it may be due again."""
        self._out -= 1
        self._came_back.set()

    def stop(self) -> None:
        """Give nothing more; what is on the wire goes on."""
        self._stopped.set()

    async def give_back(self) -> None:
        """Return what was leased and not handed out."""
        ids = [delivery.id for delivery in self._ready]
        self._ready.clear()
        if ids:
            await asyncio.to_thread(self._release, ids)

    async def _refill(self) -> bool:
        """Lease more, or wait a little; False when there is nothing to wait for.

        Whoever is on the wire may be put off yet, and so may whoever's outcome is not written: both are waited for.
        """
        self._came_back.clear()
        await self._written()
        taken, skipped = await asyncio.to_thread(self._claim)
        self._ready.extend(taken)
        self.skipped += skipped
        if taken or skipped:
            return True
        wait_s = await asyncio.to_thread(self._wait_s)
        if wait_s is None and not self._out:
            return False
        waits = [asyncio.create_task(event.wait()) for event in (self._stopped, self._came_back)]
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return True

    def _claim(self) -> tuple[list[Delivery], int]:
        terms = self._terms
        with self._ledger.writing() as connection:
            return claim(connection, terms.mailing_id, terms.owner, limit=terms.batch, now=self._clock())

    def _wait_s(self) -> float | None:
        terms, now = self._terms, self._clock()
        with self._ledger.writing() as connection:
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

    def _release(self, ids: list[int]) -> None:
        with self._ledger.writing() as connection:
            release(connection, ids, self._terms.owner)
