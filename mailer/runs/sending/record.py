"""Record: the one task that writes to the ledger while a mailing runs.

Owns group commit: everything that piled up since the last commit is written in the next one, so that durability costs
one sync for many messages. A body waits for its `attempted`; an outcome does not wait, because the next `attempted` of
its connection is committed with or after it: so at most one delivery a connection can ever be in doubt.

A ledger that cannot be written at the moment is waited for (`patience`). Where that is in vain, or a commit fails for
another reason, no body is written any more; the outcomes that are known by then, or come in after it, are kept for the
process's last transaction (`write_left`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias, TypeVar, cast

from mailer.errors import LedgerProblem
from mailer.ledger import Connection, Ledger
from mailer.ledger.deliveries import Result, mark_attempted, record
from mailer.ledger.mailings import Stamp
from mailer.ledger.processes import renew
from mailer.ledger.refused import add_dead_refusals
from mailer.runs.sending.patience import Patience

_T = TypeVar("_T")
_ROUNDS = 3  # of the event loop, in which nothing more came: then nobody is about to come
_OVER = "the run is over, and nothing is written any more"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery whose body waits until `allowed` is set."""

    delivery_id: int
    allowed: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class Errand:
    """Other work on the ledger, in its place in the order of writing; `done` is set when it is committed."""

    work: Callable[[Connection], object]
    done: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery's outcome; `is_dead` where the relay says that the address is dead, which is remembered."""

    result: Result
    mailing_id: int
    is_dead: bool = False


_Item: TypeAlias = Attempt | Settled | Errand


class Recorder:
    """Writes attempts and outcomes for one process."""

    def __init__(
        self, ledger: Ledger, owner: str, *, actor: str, clock: Callable[[], datetime], patience: Patience
    ) -> None:
        """Take the ledger, this process's name in it, who is at the keyboard, a clock, and how long to wait for it."""
        self._ledger = ledger
        self._owner = owner
        self._actor = actor
        self._clock = clock
        self._patience = patience
        self._queue: asyncio.Queue[_Item | None] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._failure: BaseException | None = None
        self._finished = False
        self._left: list[Settled] = []
        self.commits = 0

    async def attempted(self, delivery_id: int) -> bool:
        """Make an attempt durable; False where the body must not be written.

        Raises:
            LedgerProblem: it could not be written, so nothing may be sent.
        """
        self._check_open()
        allowed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Attempt(delivery_id, allowed))
        return await allowed

    def settle(self, settled: Settled) -> None:
        """Write an outcome with the next commit; with the last one, where an earlier write failed."""
        if self._failure is not None or self._finished:
            self._left.append(settled)
        else:
            self._queue.put_nowait(settled)

    async def run_errand(self, work: Callable[[Connection], _T]) -> _T:
        """Do something with the ledger, in one commit with all that was handed over before; return what it gave.

        One writer has no other to wait for: SQLite lets writers of one file take turns by sleeping.

        Raises:
            LedgerProblem: it could not be written.
        """
        self._check_open()
        errand = Errand(work, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(errand)
        return cast("_T", await errand.done)

    async def run(self) -> None:
        """Write until `finish` is called.

        Raises:
            LedgerProblem: a commit failed; who waits for an attempt gets the same.
        """
        try:
            while (batch := await self._next_batch()) is not None:
                try:
                    written = await self._patience.of(partial(self._commit, batch), self._thread)
                except BaseException as error:
                    self._fail(batch, error)
                    raise
                written.tell(batch)
        finally:
            self._thread.shutdown(wait=False)
            self._finished = True
            self._fail([], self._failure or LedgerProblem(_OVER))  # cancelled, maybe: nobody may wait for ever

    def finish(self) -> None:
        """Let `run` end once all that was handed over is written; nothing can be handed over any more."""
        self._finished = True
        self._queue.put_nowait(None)

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._finished:  # whoever waited for it would wait for ever
            raise LedgerProblem(_OVER)

    async def _next_batch(self) -> list[_Item] | None:
        first = await self._queue.get()
        if first is None:
            return None
        batch: list[_Item] = [first]
        gathered = 0
        while gathered < len(batch):
            gathered = len(batch)
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)  # who is ready by then comes along: a commit costs more than what is in it
            while not self._queue.empty():
                item = self._queue.get_nowait()
                if item is None:
                    self._queue.put_nowait(None)  # the end stays for the next round
                    return batch
                batch.append(item)
        return batch

    def write_left(self, connection: Connection) -> None:
        """Write the outcomes that no commit has, where that is still true of them."""
        self._write(connection, self._left, Stamp(self._clock(), self._actor), again=True)

    def _write(self, connection: Connection, outcomes: Sequence[Settled], stamp: Stamp, *, again: bool) -> None:
        record(connection, [item.result for item in outcomes], owner=self._owner, stamp=stamp, again=again)
        for item in outcomes:
            if item.is_dead:
                add_dead_refusals(connection, item.mailing_id, [item.result.delivery_id], owner=self._owner)

    def _commit(self, batch: list[_Item], again: bool) -> _Written:  # noqa: FBT001 - `Patience.of` passes it by place
        stamp = Stamp(self._clock(), self._actor)
        outcomes = [item for item in batch if isinstance(item, Settled)]
        errands = [item for item in batch if isinstance(item, Errand)]
        # attempts and outcomes concern only what this process holds: hosts with one ledger write them side by side
        with self._ledger.writing() if errands else self._ledger.sharing() as connection:
            if again:  # the lease went on while nothing could be written
                renew(connection, self._owner, now=stamp.at)
            self._write(connection, outcomes, stamp, again=again)
            # one that nobody waits for any more will not be followed by a body
            attempts = [item.delivery_id for item in batch if isinstance(item, Attempt) and not item.allowed.done()]
            allowed = mark_attempted(connection, attempts, self._owner, stamp=stamp) if attempts else frozenset[int]()
            answers = [item.work(connection) for item in errands]
        self.commits += 1
        return _Written(allowed, answers)

    def _fail(self, batch: Sequence[_Item], error: BaseException) -> None:
        self._failure = error
        waiting = list(batch)
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if item is not None:
                waiting.append(item)
        self._left += [item for item in waiting if isinstance(item, Settled)]
        for each in waiting:
            future: asyncio.Future[bool] | asyncio.Future[object] | None = None
            if isinstance(each, Attempt):
                future = each.allowed
            elif isinstance(each, Errand):
                future = each.done
            if future is not None and not future.done():
                future.set_exception(error)
                future.exception()  # one of them is told; the others must not be told once more by asyncio


@dataclass(frozen=True, slots=True)
class _Written:
    """What a commit found: which attempts may go on the wire, and what the errands gave, in their order."""

    allowed: frozenset[int]
    answers: list[object]

    def tell(self, batch: Sequence[_Item]) -> None:
        """Tell who waits for it."""
        answers = iter(self.answers)
        for item in batch:
            if isinstance(item, Errand):
                _give(item.done, next(answers))
            elif isinstance(item, Attempt):
                _give(item.allowed, item.delivery_id in self.allowed)


def _give(future: asyncio.Future[_T], value: _T) -> None:
    if not future.done():
        future.set_result(value)
