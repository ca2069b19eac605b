"""Record: this process in the ledger while a mailing runs: the deliveries it leases, what it writes, and when it ends.

Group commit: one task writes, and everything that has piled up since its last commit is written in the next one, so
that durability costs one sync for many messages. A body waits for its `attempted`; an outcome does not wait, because
the next `attempted` of its connection is committed with or after it: at most one delivery per connection can be in
doubt.

Waiting for the ledger: if another program locks the ledger, its disk is full or its server restarts, that is no reason
to end a run half-way, with mail on the wire whose outcome is known but not recorded. A failed write is retried for ten
minutes at most; meanwhile nothing new is claimed and no body is begun. If it keeps failing, no more bodies are sent,
and the outcomes that are known by then, or arrive later, are kept for the process's last transaction (`write_left`).

`Feed` leases deliveries in small batches, so that several processes can share a mailing, and a process that dies holds
only a few. It does the waiting: for deferred deliveries that are due soon, for those held by another process (which may
die, so that they become ours), for the pace (`relays`), and while the clock is in doubt.

Never sends, never decides what one reply means. Raises `LedgerProblem`.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias, TypeVar, cast

from mailer.errors import LedgerProblem, LedgerUnavailable
from mailer.events import MAY_COME, Delivery, DeliveryState, EventKind, MailingState
from mailer.frozen import dataclass, field
from mailer.ledger import Connection, Ledger, deliveries, mailings, suppressions
from mailer.ledger.deliveries import Result, Step, move_idle
from mailer.ledger.history import keep_counts
from mailer.ledger.mailings import Mailing, Stamp
from mailer.ledger.planning import is_being_planned
from mailer.ledger.processes import (
    ProcessLock,
    end,
    free_dead_processes,
    free_dead_step,
    hold_lock,
    holds,
    register,
    renew,
)
from mailer.platform.clocks import AHEAD_S, BACK_S
from mailer.runs.office import Office
from mailer.runs.sending.relays import AHEAD, Kept, Pacer, Turn, halt_for_dead

_T = TypeVar("_T")
_ROUNDS = 3  # of the event loop without a new item: then none is about to come
_OVER = "the run is over, and nothing more is written"
_QUIET_S = 3.0  # a shorter wait is not reported
_RETRY_S = 0.5
_BATCH = 500
_POLL_S = 0.5
_HELD_S = 10.0  # a delivery that waits longer than that for the pace waits in the ledger


class LedgerRetry:
    """Retries work on a ledger that is unavailable, for `limit_s` seconds in a row; `say` reports the wait."""

    def __init__(self, limit_s: float, say: Callable[[str], None]) -> None:
        self._limit_s = limit_s
        self._say = say
        self._waiting = False

    async def run(self, work: Callable[[bool], _T], thread: Executor | None = None) -> _T:
        """Do some work on the ledger in a thread, repeatedly while it is unavailable; return its result.

        The argument of `work` is whether it was tried before: a failed try may have been written all the same (a
        connection to a server can end between a commit and its answer), and must not be written twice. Raises
        LedgerUnavailable if the ledger still is when the time is over; from then on all work is tried once.
        """
        loop = asyncio.get_running_loop()
        begun, again = loop.time(), False
        reminder = loop.call_later(_QUIET_S, self._tell, "the ledger does not answer")
        try:
            while True:
                try:
                    done = await loop.run_in_executor(thread, work, again)
                    break
                except LedgerUnavailable as error:
                    if loop.time() - begun >= self._limit_s:
                        self.end()
                        raise
                    self._tell(str(error))
                    again = True
                    await asyncio.sleep(_RETRY_S)
        finally:
            reminder.cancel()
        if self._waiting:
            self._waiting = False
            self._say("the ledger can be used again; sending goes on")
        return done

    def end(self) -> None:
        """Stop waiting: the run is over, or is to end."""
        self._limit_s = 0.0

    def _tell(self, why: str) -> None:
        if not self._waiting:
            self._waiting = True
            minutes = self._limit_s / 60
            self._say(f"{why}. Waiting for it, {minutes:.0f} minutes at most; nothing new is sent meanwhile")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery whose body waits for the `answer` whether it may be written."""

    delivery_id: int
    answer: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class Job:
    """Other work on the ledger, in the order of writing; `answer` is its result once it is committed."""

    work: Callable[[Connection], object]
    answer: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery's outcome; `is_dead`: the relay says that the address is dead, which is recorded."""

    result: Result
    mailing_id: int
    is_dead: bool = False


_Item: TypeAlias = Attempt | Settled | Job


def _resolve(future: asyncio.Future[_T], answer: _T) -> None:
    if not future.done():  # else nobody is waiting for it any more
        future.set_result(answer)


@dataclass(slots=True, eq=False)
class Recorder:
    """Writes attempts and outcomes for one process, which the ledger knows as `owner`."""

    ledger: Ledger
    owner: str
    actor: str
    clock: Callable[[], datetime]
    retry: LedgerRetry
    commits: int = 0
    _queue: deque[_Item] = field(default_factory=deque)
    _has_items: asyncio.Event = field(default_factory=asyncio.Event)  # an item, or the end
    _thread: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="ledger"))
    _failure: BaseException | None = None
    _finished: bool = False
    _is_late: bool = False  # the ledger takes so long that a waiting connection may be another process's by now
    _unwritten: list[Settled] = field(default_factory=list)

    async def may_attempt(self, delivery_id: int) -> bool:
        """Record an attempt durably; return False if the body must not be written, or if recording takes too long.

        That is when the lease may have expired: by then the waiting connection belongs to another process. Raises
        LedgerProblem if it could not be written, so nothing may be sent.
        """
        self._check_open()
        if self._is_late:
            return False
        attempt = Attempt(delivery_id, asyncio.get_running_loop().create_future())
        self._put(attempt)
        return await attempt.answer

    def settle(self, settled: Settled) -> None:
        """Write an outcome with the next commit, or with the last one if an earlier write failed."""
        if self._failure is not None or self._finished:
            self._unwritten.append(settled)
        else:
            self._put(settled)

    async def run_in_ledger(self, work: Callable[[Connection], _T]) -> _T:
        """Do some work on the ledger, in one commit with everything passed on before it; return its result.

        A single writer need not wait for others: SQLite lets the writers of a file take turns by sleeping. Raises
        LedgerProblem if it could not be written.
        """
        self._check_open()
        job = Job(work, asyncio.get_running_loop().create_future())
        self._put(job)
        return cast("_T", await job.answer)

    async def run(self) -> None:
        """Write until `finish` is called.

        Raises LedgerProblem if a commit failed; a connection that waits for an attempt gets the same error.
        """
        limit_s = self.ledger.lease.total_seconds() / 2
        try:
            while batch := await self._next_batch():
                timer = asyncio.get_running_loop().call_later(limit_s, self._refuse_attempts, batch)
                try:
                    allowed, answers = await self.retry.run(partial(self._commit, batch), self._thread)
                except BaseException as error:
                    self._fail(batch, error)
                    raise
                finally:
                    timer.cancel()
                    self._is_late = False
                for item in batch:
                    if isinstance(item, Job):
                        _resolve(item.answer, next(answers))
                    elif isinstance(item, Attempt):
                        _resolve(item.answer, item.delivery_id in allowed)
        finally:
            self._thread.shutdown(wait=False)
            self._finished = True
            self._fail([], self._failure or LedgerProblem(_OVER))  # perhaps cancelled: nobody may wait forever

    def finish(self) -> None:
        """Let `run` end once everything passed on is written; nothing more can be passed on."""
        self._finished = True
        self._has_items.set()

    def write_left(self, connection: Connection) -> None:
        """Write the outcomes that are in no commit yet, unless they have been written since."""
        self._write(connection, self._unwritten, Stamp(self.clock(), self.actor), again=True)

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._finished:  # the caller would wait forever
            raise LedgerProblem(_OVER)

    def _put(self, item: _Item) -> None:
        self._queue.append(item)
        self._has_items.set()

    async def _next_batch(self) -> list[_Item]:
        """Return the items passed on, in order; an empty list at the end."""
        await self._has_items.wait()
        gathered = 0
        while gathered < len(self._queue):
            gathered = len(self._queue)
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)  # include what is ready by then: a commit costs more than its rows
        batch = list(self._queue)
        self._queue.clear()
        if not self._finished:
            self._has_items.clear()
        return batch

    def _write(self, connection: Connection, outcomes: Sequence[Settled], stamp: Stamp, *, again: bool) -> None:
        deliveries.record(connection, [item.result for item in outcomes], owner=self.owner, stamp=stamp, again=again)
        for item in outcomes:
            if item.is_dead:
                suppressions.add_dead_refusals(connection, item.mailing_id, [item.result.delivery_id], owner=self.owner)

    def _commit(self, batch: list[_Item], again: bool) -> tuple[frozenset[int], Iterator[object]]:  # noqa: FBT001 - `LedgerRetry.run` passes it by position
        """Return which attempts may be sent, and the results of the other work, in order."""
        stamp = Stamp(self.clock(), self.actor)
        jobs = [item for item in batch if isinstance(item, Job)]
        # attempts and outcomes concern only what this process holds: hosts with one ledger write them side by side
        with self.ledger.writing(sharing=not jobs) as connection:
            if again:  # the lease kept running while nothing could be written
                renew(connection, self.owner, now=stamp.at, lease=self.ledger.lease)
            self._write(connection, [item for item in batch if isinstance(item, Settled)], stamp, again=again)
            # an attempt that nobody waits for any more will not be followed by a body
            attempts = [item.delivery_id for item in batch if isinstance(item, Attempt) and not item.answer.done()]
            allowed = frozenset[int]()
            if attempts:
                allowed = deliveries.allow_attempts(connection, attempts, self.owner, stamp=stamp)
            answers = [item.work(connection) for item in jobs]
        self.commits += 1
        return allowed, iter(answers)

    def _refuse_attempts(self, batch: Sequence[_Item]) -> None:
        """Refuse the attempts that are waiting, and those that come before the ledger answers."""
        self._is_late = True
        for item in (*batch, *self._queue):
            if isinstance(item, Attempt):
                _resolve(item.answer, answer=False)

    def _fail(self, batch: Sequence[_Item], error: BaseException) -> None:
        self._failure = error
        waiting = [*batch, *self._queue]
        self._queue.clear()
        for each in waiting:
            if isinstance(each, Settled):
                self._unwritten.append(each)
            elif not each.answer.done():
                each.answer.set_exception(error)
                each.answer.exception()  # one is reported; asyncio must not report the others, too


# Presence: this process at work on a mailing, as other processes see it.


def begin(office: Office, ledger: Ledger, mailing: Mailing) -> ProcessLock:
    """Begin to work on a mailing: take a kernel lock, register, and free what dead processes held.

    Raises LedgerProblem if the ledger cannot be written, or the keys are not its own.
    """
    run_folder = office.workspace.make_machine_folder("run")
    lock, stamp = hold_lock(run_folder), office.stamp()
    try:
        with office.writing(ledger) as connection:
            register(connection, lock, now=stamp.at, lease=ledger.lease)
        free_dead_processes(ledger, run_folder, now=stamp.at)
        while ledger.step(partial(expire, mailing_id=mailing.id, stamp=stamp)):
            pass
        suppressions.confirm_dead_refusals(ledger, stamp=stamp)
    except BaseException:
        lock.free()
        raise
    return lock


def expire(connection: Connection, mailing_id: int, stamp: Stamp) -> int:
    """Expire some deliveries that are too late (a laptop opened on Monday must not send Friday's); 0: none left."""
    return len(move_idle(connection, mailing_id, Step(EventKind.EXPIRED, "too_late"), stamp=stamp, limit=_BATCH))


async def keep_lease(
    recorder: Recorder,
    mailing: Mailing,
    clock: Callable[[], datetime],
    lease: timedelta,
    *,
    on_loss: Callable[[], None],
    on_end: Callable[[], None],
) -> None:
    """Renew the lease until cancelled; `on_loss` is called if another process has ended this one.

    `on_end` is called if the mailing is paused, halted or over: a run without a connection would not notice, and other
    processes would reserve a share of theirs for it.
    """
    while True:
        await asyncio.sleep(lease.total_seconds() / 4)
        with contextlib.suppress(LedgerProblem):  # the recorder has the same problem, and stops the run
            if not await recorder.run_in_ledger(lambda each: renew(each, recorder.owner, now=clock(), lease=lease)):
                on_loss()
            state = await recorder.run_in_ledger(lambda connection: mailings.state_of(connection, mailing.id))
            if state not in {MailingState.SENDING, MailingState.PLANNING}:
                on_end()


def end_run(ledger: Ledger, mailing: Mailing, recorder: Recorder, *, stamp: Stamp, reason: str) -> tuple[str, int]:
    """Write what is known but not written yet, return what is still leased, and close a mailing that is finished.

    `reason` is why the outcome of deliveries still on the wire is unknown. May be called again if it failed. Return why
    the mailing is halted, by this process or another one (empty if it is not), and how many are in doubt because this
    one ends. Raises LedgerProblem if the ledger cannot be written; the next process frees what it held.
    """
    over = (MailingState.FINISHED, MailingState.CANCELLED, MailingState.HALTED)
    with ledger.writing() as connection:
        recorder.write_left(connection)
        in_doubt = end(connection, recorder.owner, now=stamp.at, reason=reason)

    def end_more(connection: Connection) -> bool:
        """Return more of what is leased, or cancel it if the mailing is cancelled; False if nothing is left."""
        if holds(connection, recorder.owner):
            end(connection, recorder.owner, now=stamp.at, reason=reason)
            return True
        if mailings.state_of(connection, mailing.id) is not MailingState.CANCELLED:
            return False
        step = Step(EventKind.CANCELLED, "cancelled")  # while this process held some of them
        return bool(move_idle(connection, mailing.id, step, stamp=stamp, limit=_BATCH))

    while ledger.step(end_more):
        pass
    with ledger.writing() as connection:
        is_cancelled = mailings.state_of(connection, mailing.id) is MailingState.CANCELLED
        if mailing.kind.is_real and not is_cancelled:
            halt_for_dead(connection, mailing.id, stamp=stamp)
        if not deliveries.open_count(connection, mailing.id, MAY_COME):
            mailings.set_state(connection, mailing.id, MailingState.FINISHED, stamp=stamp, unless=over)
        why = mailings.read_halt_reason(connection, mailing.id)
    with contextlib.suppress(LedgerProblem):  # counts that are not kept are made again
        keep_counts(ledger, mailing.id)
    suppressions.confirm_dead_refusals(ledger, stamp=stamp)
    return why, in_doubt


# Feed: which delivery is next, and when.


@dataclass(slots=True, eq=False)
class Feed:
    """Yields deliveries one by one until nothing is left that this command should wait for.

    `over` is set when there are no more; `full_until` is when a day that is full has room again, if that is longer than
    this command stays; `is_lost` says that another process has ended this one.

    Nothing is sent while the ledger's clock is in doubt. `platform.clocks` detects that a clock has jumped, and decides
    when its new time is trusted. The times that a run uses are right meanwhile, so nothing expires and no lease runs
    out.
    """

    office: Office
    ledger: Ledger
    recorder: Recorder
    pacer: Pacer
    mailing_id: int
    connections: int
    stay_s: float
    over: asyncio.Event
    say: Callable[[str], None]
    full_until: datetime | None = None
    is_lost: bool = False
    _ready: deque[Delivery] = field(default_factory=deque)
    _later: list[tuple[datetime, int, Delivery]] = field(default_factory=list)  # a heap: their domains take them soon
    _full_domains: Mapping[str, datetime | None] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _taken: int = 0
    _has_returned: asyncio.Event = field(default_factory=asyncio.Event)
    _claiming: asyncio.Task[bool] | None = None
    _is_empty: bool = False
    _paced: Turn | None = None  # when the relay takes another message, if nothing was leased because of its pace

    @property
    def _batch(self) -> int:  # leased at a time: enough that no connection waits for the ledger, few enough to return
        return max(10, 4 * self.connections)

    async def next(self, key: str) -> Delivery | None:
        """Return the next delivery for a relay, leased to this process; None when there is nothing more to wait for."""
        while not self.over.is_set():
            async with self._turn:
                await self._wait_for_clock()
                now = self.office.clock()
                # those whose domain takes them now; at once if the clock was set back meanwhile
                while self._later and not now < self._later[0][0] <= now + AHEAD:
                    self._ready.append(heapq.heappop(self._later)[2])
                if not self._ready:
                    if self.over.is_set() or not await self._refill(key):
                        break
                    continue
                turn = await self.pacer.turn(key)
                if self.over.is_set():
                    break
                if not turn.wait_s:
                    return self._take(key)
                if not await self._wait(turn):
                    break
        self.over.set()
        return None

    def next_at_once(self, key: str) -> Delivery | None:
        """Return another delivery for a busy connection, if nobody has to wait for it; else None."""
        if self.over.is_set() or not self.pacer.is_free(key) or len(self._ready) <= self.connections:
            return None
        if self.ledger.jumped() is not None:
            return None
        self.pacer.record_sent(key)
        return self._take(key)

    @property
    def is_idle(self) -> bool:
        """Return whether there is nothing to send for now."""
        return self._is_empty and not (self._taken or self._ready or self._later)

    def done(self) -> None:
        """Record that a delivery is settled or returned; it may be due again."""
        self._taken -= 1
        self._is_empty = False
        self._has_returned.set()

    def lose(self) -> None:
        """Lease nothing more: this process was taken for dead, and another has what it held."""
        self.is_lost = True
        self.over.set()

    async def give_back(self) -> None:
        """Return at once what was leased and not taken: another process may continue with it, if any."""
        async with self._turn:
            if self._claiming is not None:
                await asyncio.gather(self._claiming, return_exceptions=True)
            unused = [*self._ready, *(delivery for *_, delivery in self._later)]
            self._ready.clear()
            self._later.clear()
            await self._release(unused)

    async def close(self) -> None:
        """Wait for the running claim; what was leased and not taken is returned when the process ends."""
        self.over.set()
        if self._claiming is not None:
            await asyncio.gather(self._claiming, return_exceptions=True)

    async def _release(self, unused: Sequence[Delivery]) -> None:
        ids, owner = [each.id for each in unused], self.recorder.owner
        await self.recorder.run_in_ledger(lambda connection: deliveries.release(connection, ids, owner))

    def _take(self, key: str) -> Delivery:
        self._taken += 1
        delivery = self._ready.popleft()
        low = len(self._ready) < self._batch // 2
        # claimed while the connections are busy; with a limited rate there is time for it anyway
        if low and not self._is_empty and self.pacer.is_free(key) and (self._claiming is None or self._claiming.done()):
            self._claiming = asyncio.create_task(self._claim(key))
        return delivery

    async def _wait_for_clock(self) -> None:
        """Wait until the clock is right again, or its new time is trusted, or the run is over."""
        is_reported = False
        while not self.over.is_set() and (jumped := self.ledger.jumped()) is not None:
            if not is_reported:
                is_reported = True
                seconds = abs(jumped.total_seconds())
                units = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
                size = next((f"{seconds / unit:.0f} {name}" for unit, name in units if seconds >= 2 * unit), "")
                where, trust_s = ("ahead", AHEAD_S) if jumped > timedelta() else ("back", BACK_S)
                limit = f"{trust_s / 60:.0f} minutes" if trust_s >= 120 else f"{trust_s:.0f} seconds"
                self.say(
                    f"The clock jumped {size or f'{seconds:.0f} s'} {where}. Nothing is sent until it is right again,"
                    f" or has kept its new time for {limit}."
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), timeout=_POLL_S)
        if is_reported and not self.over.is_set():
            self.say("The clock can be relied on again; going on.")

    async def _wait(self, turn: Turn) -> bool:
        """Wait a little for the relay's pace, or until the run is over; return False if the wait is too long."""
        if turn.by_day and turn.wait_s > self.stay_s:
            self.full_until = self.office.clock() + timedelta(seconds=turn.wait_s)
            return False
        if turn.wait_s > _HELD_S:
            unused = [*self._ready]
            self._ready.clear()
            await self._release(unused)
        most = _HELD_S if turn.wait_s > _HELD_S else _POLL_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), timeout=min(turn.wait_s, most))
        return True

    async def _refill(self, key: str) -> bool:
        """Lease more, or wait a little; return False when there is nothing to wait for.

        Deliveries on the wire may yet be deferred, and so may those whose outcome is not written: both are waited for.
        """
        self._has_returned.clear()
        if self._claiming is not None and not self._claiming.done():
            await self._claiming
            return True
        if await self._claim(key):
            return True
        # decided here: while the ledger's thread works, a reply may come whose outcome the next commit writes
        is_idle = not self._taken and not self._later
        wait_s = await self.recorder.run_in_ledger(partial(self._wait_s, is_idle=is_idle))
        if wait_s is None and is_idle:  # else one that was returned meanwhile may be due again
            return False
        if self._paced is not None and wait_s == 0.0:
            return await self._wait(self._paced)
        if self._later:
            soon_s = max((self._later[0][0] - self.office.clock()).total_seconds(), 0.0)
            wait_s = soon_s if wait_s is None else min(wait_s, soon_s)
        waits = [asyncio.create_task(event.wait()) for event in (self.over, self._has_returned)]
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return True

    async def _claim(self, key: str) -> bool:
        """Lease a batch that the relay and the domains take; return whether to look again at once."""
        leased = await self.recorder.run_in_ledger(partial(self._lease, key=key))
        if leased is None:
            self.lose()
            return True
        self._paced = leased if isinstance(leased, Turn) else None
        if isinstance(leased, Turn):
            self._is_empty = False
            return False
        kept, skipped, slots = leased
        self.pacer.slots[key].extend(slots)
        now = self.office.clock()
        for at, delivery in kept:
            if at <= now:
                self._ready.append(delivery)
            else:
                heapq.heappush(self._later, (at, delivery.id, delivery))
        self._is_empty = not (kept or skipped)
        return not self._is_empty

    def _lease(self, connection: Connection, *, key: str) -> tuple[Kept, int, Sequence[datetime]] | Turn | None:
        owner, domains, now = self.recorder.owner, self.pacer.domains, self.office.clock()
        if not renew(connection, owner, now=now, lease=self.ledger.lease):
            return None
        self.pacer.read_lowered(connection)
        self._full_domains = domains.full(connection, now=now)
        slots = self.pacer.reserve(connection, key, most=self._batch)
        if isinstance(slots, Turn):
            return slots
        limit = self._batch if slots is None else len(slots)
        claim = partial(deliveries.claim, connection, self.mailing_id, owner, now=now)
        taken, skipped = claim(limit=limit, without_domains=self._full_domains)
        kept, returned = domains.admit(connection, taken, now=now)
        if returned:
            deliveries.release(connection, returned, owner)
        if slots:
            self.pacer.give_back(connection, key, slots[len(kept) :])
        return kept, skipped, slots[: len(kept)] if slots else ()

    def _wait_s(self, connection: Connection, *, is_idle: bool) -> float | None:
        """Return how long to wait before looking again; None if nothing is left to wait for.

        `is_idle`: the outcome of every delivery taken is written by now, or it was returned.
        """
        mailing_id, owner, now = self.mailing_id, self.recorder.owner, self.office.clock()
        state = mailings.state_of(connection, mailing_id)
        if state not in {MailingState.SENDING, MailingState.PLANNING}:
            return None
        if is_idle and deliveries.release_all(connection, owner):
            return 0.0  # a claim was committed, but the connection to the ledger ended before its answer
        # look again for what a dead process left, as for the leases of others
        free_dead_step(connection, self.office.workspace.machine / "run", now=now)
        if state is MailingState.PLANNING:  # another process is adding recipients; sending continues soon
            return _POLL_S if is_being_planned(connection, mailing_id) else None
        if expire(connection, mailing_id, Stamp(now, owner)):
            return 0.0  # there may be more
        if deliveries.open_count(connection, mailing_id, (DeliveryState.PENDING,)):
            # freed just now, or returned by another process since; or their domains take nobody: until a certain time,
            # or until a delivery on its way there is settled, which is noticed at once
            room_at = min((at for at in self._full_domains.values() if at is not None), default=None)
            if room_at is not None:
                return min(max((room_at - now).total_seconds(), 0.001), _POLL_S)
            return _POLL_S if self._full_domains else 0.0
        due = deliveries.next_due_at(connection, mailing_id)
        if due is not None and (due - now).total_seconds() <= self.stay_s:
            return min(max((due - now).total_seconds(), 0.0), _POLL_S)
        return _POLL_S if deliveries.leased_by_others(connection, mailing_id, owner) else None
