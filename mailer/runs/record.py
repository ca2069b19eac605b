"""Record: the one task that writes to the ledger while a mailing runs.

Owns group commit: everything that piled up since the last commit is written in the next one, so that durability costs
one sync for many messages. A body waits for its `attempted`; an outcome does not wait, because the next `attempted` of
its connection is committed with or after it: so at most one delivery a connection can ever be in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, mark_attempted, record
from mailer.ledger.mailings import Stamp
from mailer.ledger.suppressions import NewSuppression, add_suppression


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery whose body waits until `allowed` is set."""

    delivery_id: int
    allowed: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the order of writing; `written` is set when all before it is in the ledger."""

    written: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery's outcome, and the suppression that it brings where the address is dead."""

    result: Result
    mailing_id: int
    suppression: NewSuppression | None = None


_Item: TypeAlias = Attempt | Settled | Mark


class Recorder:
    """Writes attempts and outcomes for one process."""

    def __init__(self, ledger: Ledger, owner: str, *, actor: str, clock: Callable[[], datetime]) -> None:
        """Take the ledger, this process's name in it, who is at the keyboard, and a clock."""
        self._ledger = ledger
        self._owner = owner
        self._actor = actor
        self._clock = clock
        self._queue: asyncio.Queue[_Item | None] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._failure: BaseException | None = None
        self.commits = 0

    async def attempted(self, delivery_id: int) -> bool:
        """Make an attempt durable; False where the body must not be written.

        Raises:
            LedgerProblem: it could not be written, so nothing may be sent.
        """
        if self._failure is not None:
            raise self._failure
        allowed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Attempt(delivery_id, allowed))
        return await allowed

    def settle(self, settled: Settled) -> None:
        """Write an outcome with the next commit.

        Raises:
            LedgerProblem: an earlier write failed; the delivery stays attempted and will be in doubt.
        """
        if self._failure is not None:
            raise self._failure
        self._queue.put_nowait(settled)

    async def written(self) -> None:
        """Wait until all that was handed over before is in the ledger.

        Raises:
            LedgerProblem: it could not be written.
        """
        if self._failure is not None:
            raise self._failure
        mark = Mark(asyncio.get_running_loop().create_future())
        self._queue.put_nowait(mark)
        await mark.written

    async def run(self) -> None:
        """Write until `finish` is called.

        Raises:
            LedgerProblem: a commit failed; who waits for an attempt gets the same.
        """
        loop = asyncio.get_running_loop()
        try:
            while (batch := await self._next_batch()) is not None:
                try:
                    allowed = await loop.run_in_executor(self._thread, self._commit, batch)
                except BaseException as error:
                    self._fail(batch, error)
                    raise
                for item in batch:
                    _tell(item, allowed)
        finally:
            self._thread.shutdown(wait=False)

    def finish(self) -> None:
        """Let `run` end once all that was handed over is written."""
        self._queue.put_nowait(None)

    async def _next_batch(self) -> list[_Item] | None:
        first = await self._queue.get()
        if first is None:
            return None
        batch: list[_Item] = [first]
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if item is None:
                self._queue.put_nowait(None)  # the end stays for the next round
                break
            batch.append(item)
        return batch

    def _commit(self, batch: list[_Item]) -> frozenset[int]:
        stamp = Stamp(self._clock(), self._actor)
        outcomes = [item for item in batch if isinstance(item, Settled)]
        attempts = [item.delivery_id for item in batch if isinstance(item, Attempt)]
        with self._ledger.writing() as connection:
            record(connection, [item.result for item in outcomes], owner=self._owner, stamp=stamp)
            for item in outcomes:
                if item.suppression is not None:
                    add_suppression(connection, item.suppression, mailing_id=item.mailing_id, stamp=stamp)
            allowed = mark_attempted(connection, attempts, self._owner, stamp=stamp) if attempts else frozenset[int]()
        self.commits += 1
        return allowed

    def _fail(self, batch: list[_Item], error: BaseException) -> None:
        self._failure = error
        waiting = list(batch)
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if item is not None:
                waiting.append(item)
        for each in waiting:
            future = _awaited(each)
            if future is not None and not future.done():
                future.set_exception(error)
                future.exception()  # one of them is told; the others must not be told once more by asyncio


def _awaited(item: _Item) -> asyncio.Future[bool] | asyncio.Future[None] | None:
    match item:
        case Attempt(allowed=future):
            return future
        case Mark(written=future):
            return future
        case _:
            return None


def _tell(item: _Item, allowed: frozenset[int]) -> None:
    """Tell who waits for an item that it is written."""
    match item:
        case Attempt(delivery_id, future) if not future.done():
            future.set_result(delivery_id in allowed)
        case Mark(done) if not done.done():
            done.set_result(None)
        case _:
            pass
