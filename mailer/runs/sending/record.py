"""Record: this process in the ledger while a mailing runs: what it writes, how it is known there, and when it ends.

Group commit: one task writes, and everything that piled up since its last commit is written in the next one, so that
durability costs one sync for many messages. A body waits for its `attempted`; an outcome does not wait, because the
next `attempted` of its connection is committed with or after it: at most one delivery a connection can be in doubt.

Patience: another program locks the ledger, its disk is full, its server restarts: none of that is a reason to end a
run half way, with mail on the wire whose outcome is known and not written. What failed is tried again, for ten minutes
at most; nobody new is claimed meanwhile and no body begins. Where that is in vain, no body is written any more, and the
outcomes that are known by then, or come in after it, are kept for the process's last transaction (`write_left`).

Breaker: two signs say that something is wrong with us, with the relay or with the list (standards S9). Refusals of one
kind in a row are counted here, in this process; dead addresses are counted in the ledger, so that several processes and
a restart count together. A relay that calls everybody dead is not believed: what it said is dropped, and suppresses
nobody. An old list is believed. What a mailing was halted for once, and staff resumed, does not halt it again.

Never sends, never claims, never decides what one reply means. Raises `LedgerProblem`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias, TypeVar, cast

from mailer.errors import LedgerProblem, LedgerUnavailable
from mailer.events import MAY_COME, EventKind, MailingState
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger, mailings, suppressions
from mailer.ledger.deliveries import Result, Step, mark_attempted, move_idle, open_count, record
from mailer.ledger.history import keep_counts
from mailer.ledger.mailings import Mailing, Stamp
from mailer.ledger.processes import ProcessLock, end, free_all_dead, hold_lock, holds, register, renew
from mailer.ledger.suppressions import DeadTally
from mailer.reply import Outcome, Reply, Verdict
from mailer.runs.office import Office

_T = TypeVar("_T")
_ROUNDS = 3  # of the event loop, in which nothing more came: then nobody is about to come
_OVER = "the run is over, and nothing is written any more"
_QUIET_S = 3.0  # nobody is bothered with less
_AGAIN_S = 0.5
_AT_ONCE = 500


class Patience:
    """How long one run waits for its ledger: so many seconds in a row; `say` tells people what is waited for."""

    def __init__(self, limit_s: float, say: Callable[[str], None]) -> None:
        self._limit_s = limit_s
        self._say = say
        self._waiting = False

    async def of(self, work: Callable[[bool], _T], thread: Executor | None = None) -> _T:
        """Do something with the ledger in a thread, again and again while it is unavailable; return its result.

        `work` is told whether it was tried before: a try that failed may have been written all the same (a connection
        to a server can end between a commit and its answer), and what is written twice must be written once. Raises
        LedgerUnavailable where it still is, and patience is at its end; from then on each work is tried once.
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
                    await asyncio.sleep(_AGAIN_S)
        finally:
            reminder.cancel()
        if self._waiting:
            self._waiting = False
            self._say("the ledger can be used again; sending goes on")
        return done

    def end(self) -> None:
        """Wait no more: the run is over, or somebody wants it to be."""
        self._limit_s = 0.0

    def _tell(self, why: str) -> None:
        if not self._waiting:
            self._waiting = True
            minutes = self._limit_s / 60
            self._say(f"{why}. Waiting for it, {minutes:.0f} minutes at most; nothing new is sent meanwhile")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery whose body waits until it is `told` that it may be written."""

    delivery_id: int
    told: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class Errand:
    """Other work on the ledger, in its place in the order of writing; `told` has what it gave once it is committed."""

    work: Callable[[Connection], object]
    told: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery's outcome; `is_dead` where the relay says that the address is dead, which is remembered."""

    result: Result
    mailing_id: int
    is_dead: bool = False


_Item: TypeAlias = Attempt | Settled | Errand


def _answer(told: asyncio.Future[_T], answer: _T) -> None:
    if not told.done():  # else nobody waits for it any more
        told.set_result(answer)


class Recorder:
    """Writes attempts and outcomes for one process, which the ledger knows as `owner`."""

    def __init__(
        self, ledger: Ledger, owner: str, *, actor: str, clock: Callable[[], datetime], patience: Patience
    ) -> None:
        self._ledger = ledger
        self.owner = owner
        self._actor = actor
        self._clock = clock
        self._patience = patience
        self._queue: deque[_Item] = deque()
        self._came = asyncio.Event()  # something, or the end
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._failure: BaseException | None = None
        self._finished = False
        self._late = False  # the ledger takes so long that a connection which waits may be another process's
        self._left: list[Settled] = []
        self.commits = 0

    async def attempted(self, delivery_id: int) -> bool:
        """Record an attempt durably; False where the body must not be written, or that takes too long.

        Too long is when the lease may be over: by then the connection that waits is another process's.
        Raises LedgerProblem where it could not be written, so nothing may be sent.
        """
        self._check_open()
        if self._late:
            return False
        attempt = Attempt(delivery_id, asyncio.get_running_loop().create_future())
        self._put(attempt)
        return await attempt.told

    def settle(self, settled: Settled) -> None:
        """Write an outcome with the next commit; with the last one, where an earlier write failed."""
        if self._failure is not None or self._finished:
            self._left.append(settled)
        else:
            self._put(settled)

    async def run_errand(self, work: Callable[[Connection], _T]) -> _T:
        """Do something with the ledger, in one commit with all that was handed over before; return what it gave.

        One writer has no other to wait for: SQLite lets writers of one file take turns by sleeping. Raises
        LedgerProblem where it could not be written.
        """
        self._check_open()
        errand = Errand(work, asyncio.get_running_loop().create_future())
        self._put(errand)
        return cast("_T", await errand.told)

    async def run(self) -> None:
        """Write until `finish` is called.

        Raises LedgerProblem where a commit failed; who waits for an attempt gets the same.
        """
        within_s = self._ledger.lease.total_seconds() / 2
        try:
            while batch := await self._next_batch():
                timer = asyncio.get_running_loop().call_later(within_s, self._let_go, batch)
                try:
                    allowed, answers = await self._patience.of(partial(self._commit, batch), self._thread)
                except BaseException as error:
                    self._fail(batch, error)
                    raise
                finally:
                    timer.cancel()
                    self._late = False
                for item in batch:
                    if isinstance(item, Errand):
                        _answer(item.told, next(answers))
                    elif isinstance(item, Attempt):
                        _answer(item.told, item.delivery_id in allowed)
        finally:
            self._thread.shutdown(wait=False)
            self._finished = True
            self._fail([], self._failure or LedgerProblem(_OVER))  # cancelled, maybe: nobody may wait for ever

    def finish(self) -> None:
        """Let `run` end once all that was handed over is written; nothing can be handed over any more."""
        self._finished = True
        self._came.set()

    def write_left(self, connection: Connection) -> None:
        """Write the outcomes that no commit has, where that is still true of them."""
        self._write(connection, self._left, Stamp(self._clock(), self._actor), again=True)

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._finished:  # who waited for it would wait for ever
            raise LedgerProblem(_OVER)

    def _put(self, item: _Item) -> None:
        self._queue.append(item)
        self._came.set()

    async def _next_batch(self) -> list[_Item]:
        """Return what was handed over, in its order; nothing at the end."""
        await self._came.wait()
        gathered = 0
        while gathered < len(self._queue):
            gathered = len(self._queue)
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)  # who is ready by then comes along: a commit costs more than what is in it
        batch = list(self._queue)
        self._queue.clear()
        if not self._finished:
            self._came.clear()
        return batch

    def _write(self, connection: Connection, outcomes: Sequence[Settled], stamp: Stamp, *, again: bool) -> None:
        record(connection, [item.result for item in outcomes], owner=self.owner, stamp=stamp, again=again)
        for item in outcomes:
            if item.is_dead:
                suppressions.add_dead_refusals(connection, item.mailing_id, [item.result.delivery_id], owner=self.owner)

    def _commit(self, batch: list[_Item], again: bool) -> tuple[frozenset[int], Iterator[object]]:  # noqa: FBT001 - `Patience.of` passes it by place
        """Return which attempts may go on the wire, and what the errands gave, in their order."""
        stamp = Stamp(self._clock(), self._actor)
        errands = [item for item in batch if isinstance(item, Errand)]
        # attempts and outcomes concern only what this process holds: hosts with one ledger write them side by side
        with self._ledger.writing() if errands else self._ledger.sharing() as connection:
            if again:  # the lease went on while nothing could be written
                renew(connection, self.owner, now=stamp.at, lease=self._ledger.lease)
            self._write(connection, [item for item in batch if isinstance(item, Settled)], stamp, again=again)
            # one that nobody waits for any more will not be followed by a body
            attempts = [item.delivery_id for item in batch if isinstance(item, Attempt) and not item.told.done()]
            allowed = mark_attempted(connection, attempts, self.owner, stamp=stamp) if attempts else frozenset[int]()
            answers = [item.work(connection) for item in errands]
        self.commits += 1
        return allowed, iter(answers)

    def _let_go(self, batch: Sequence[_Item]) -> None:
        """Let no body follow the attempts that wait, nor those that come before the ledger answers."""
        self._late = True
        for item in (*batch, *self._queue):
            if isinstance(item, Attempt):
                _answer(item.told, answer=False)

    def _fail(self, batch: Sequence[_Item], error: BaseException) -> None:
        self._failure = error
        waiting = [*batch, *self._queue]
        self._queue.clear()
        for each in waiting:
            if isinstance(each, Settled):
                self._left.append(each)
            elif not each.told.done():
                each.told.set_exception(error)
                each.told.exception()  # one of them is told; the others must not be told once more by asyncio


# Presence: this process at work on a mailing, as the other processes see it.


def begin(office: Office, ledger: Ledger, mailing: Mailing) -> ProcessLock:
    """Begin to work on a mailing: take a kernel lock, be known, and free what dead processes held.

    Raises LedgerProblem where the ledger cannot be written, or the keys are not its own.
    """
    run_folder = office.workspace.make_machine_folder("run")
    lock, stamp = hold_lock(run_folder), office.stamp()
    try:
        with office.writing(ledger) as connection:
            register(connection, lock, now=stamp.at, lease=ledger.lease)
        free_all_dead(ledger, run_folder, now=stamp.at)
        while ledger.step(partial(expire, mailing_id=mailing.id, stamp=stamp)):
            pass
        suppressions.confirm_dead_refusals(ledger, stamp=stamp)
    except BaseException:
        lock.free()
        raise
    return lock


def expire(connection: Connection, mailing_id: int, stamp: Stamp) -> int:
    """End some of what is too late to be news (a laptop opened on Monday must not send Friday's); 0: all is."""
    return len(move_idle(connection, mailing_id, Step(EventKind.EXPIRED, "too_late"), stamp=stamp, limit=_AT_ONCE))


async def keep_lease(
    recorder: Recorder,
    mailing: Mailing,
    clock: Callable[[], datetime],
    lease: timedelta,
    *,
    on_loss: Callable[[], None],
    on_end: Callable[[], None],
) -> None:
    """Renew the lease until cancelled; `on_loss` hears that another process has ended this one.

    `on_end` hears that the mailing is paused, halted or over: a run that has no connection yet would not notice, and
    others would leave it a part of theirs.
    """
    while True:
        await asyncio.sleep(lease.total_seconds() / 4)
        with contextlib.suppress(LedgerProblem):  # the recorder has met the same trouble, and stops the run
            if not await recorder.run_errand(lambda each: renew(each, recorder.owner, now=clock(), lease=lease)):
                on_loss()
            state = await recorder.run_errand(lambda connection: mailings.state_of(connection, mailing.id))
            if state not in {MailingState.SENDING, MailingState.PLANNING}:
                on_end()


def end_run(ledger: Ledger, mailing: Mailing, recorder: Recorder, *, stamp: Stamp, reason: str) -> tuple[str, int]:
    """Write what is known and not written yet, return what is still held, and close a mailing that is done.

    `reason` is why nobody knows what became of those that are still on the wire. May be called again where it failed.
    Return why the mailing is halted, by this process or another one (empty where it is not), and how many are in doubt
    because this one ends. Raises LedgerProblem where the ledger cannot be written; the next process frees what it held.
    """
    over = (MailingState.FINISHED, MailingState.CANCELLED, MailingState.HALTED)
    with ledger.writing() as connection:
        recorder.write_left(connection)
        in_doubt = end(connection, recorder.owner, now=stamp.at, reason=reason)

    def end_more(connection: Connection) -> bool:
        """Return some more of what is held, or cancel it where all is cancelled; False where nothing is left."""
        if holds(connection, recorder.owner):
            end(connection, recorder.owner, now=stamp.at, reason=reason)
            return True
        if mailings.state_of(connection, mailing.id) is not MailingState.CANCELLED:
            return False
        step = Step(EventKind.CANCELLED, "cancelled")  # while this process held some of them
        return bool(move_idle(connection, mailing.id, step, stamp=stamp, limit=_AT_ONCE))

    while ledger.step(end_more):
        pass
    with ledger.writing() as connection:
        is_cancelled = mailings.state_of(connection, mailing.id) is MailingState.CANCELLED
        if mailing.kind.is_real and not is_cancelled:
            halt_for_dead(connection, mailing.id, stamp=stamp)
        if not open_count(connection, mailing.id, MAY_COME):
            mailings.set_state(connection, mailing.id, MailingState.FINISHED, stamp=stamp, unless=over)
        why = mailings.read_halt_reason(connection, mailing.id)
    with contextlib.suppress(LedgerProblem):  # what is not kept is counted again
        keep_counts(ledger, mailing.id)
    suppressions.confirm_dead_refusals(ledger, stamp=stamp)
    return why, in_doubt


# Breaker: when refusals are no longer about single people.

IN_A_ROW = 10
DEAD_IN_A_ROW = 5  # over several domains: no single server of theirs can be the reason
DEAD_DOMAINS = 3
FIRST = 50  # deliveries
DEAD_OF_FIRST = 0.20
ALL_OF = range(3, 21)  # a mailing of so many of which everybody is dead
DEAD_SHARE = 0.05  # of more than the first
_EACH_UP_TO = 50  # dead addresses: then the share is looked at for each tenth part more
_SHOWN = 3  # different words that are shown
_SHOWN_CHARACTERS = 160


class Breaker:
    """Counts the refusals of one run that may be about us."""

    def __init__(self) -> None:
        self._kind = ""
        self._row: deque[str] = deque(maxlen=IN_A_ROW)

    def note(self, outcome: Outcome, reply: Reply) -> str:
        """Count an outcome; return a sentence with the replies that tripped it where the run should halt, else ""."""
        kind = ""  # a dead or full mailbox, or a first "try later", is not about us
        if outcome.verdict is Verdict.REJECTED and not outcome.suppress:
            kind = "" if outcome.reason in {"mailboxfull", "smtputf8"} else outcome.reason
        elif outcome.verdict is Verdict.DEFERRED and not outcome.suppress:
            is_policy = reply.enhanced.startswith("4.7.") and outcome.reason != "onhold"
            kind = outcome.reason if outcome.reason == "speeding" or is_policy else ""
        if kind != self._kind:
            self._row.clear()
        self._kind = kind
        if kind:
            self._row.append(str(reply))
        if len(self._row) == IN_A_ROW:
            return f"{IN_A_ROW} refusals of one kind in a row: {_shown(self._row)}"
        return ""


def halt_for_dead(connection: Connection, mailing_id: int, *, stamp: Stamp) -> str:
    """Halt a mailing where its dead addresses say so; return the sentence for people, empty where it goes on.

    One that another process has halted meanwhile is halted for this one too.
    """
    halted = mailings.read_halt_reason(connection, mailing_id)
    if halted:
        return halted
    if mailings.was_halted(connection, mailing_id, mailings.HALTED_AS_DEAD):
        return ""
    tally = suppressions.read_dead_tally(connection, mailing_id, most_sendable=ALL_OF.stop, settled_each=FIRST + 1)
    why, cause = judge_dead(tally), mailings.HALTED_AS_DEAD
    if not why and not mailings.was_halted(connection, mailing_id, mailings.HALTED_AS_OLD):
        why, cause = judge_share(tally), mailings.HALTED_AS_OLD
    if not why or not mailings.halt(connection, mailing_id, reason=why, stamp=stamp, cause=cause):
        return ""
    if cause == mailings.HALTED_AS_DEAD:
        suppressions.drop_dead_refusals(connection, mailing_id)
    return why


def judge_dead(tally: DeadTally) -> str:
    """Return why the relay cannot be believed about dead addresses; empty where it can."""
    row, dead, domains = tally.in_a_row, tally.dead, len(set(tally.in_a_row))
    if dead and dead == tally.sendable and dead in ALL_OF:
        what = f"all {dead} addresses"
    elif len(row) >= IN_A_ROW or (len(row) >= DEAD_IN_A_ROW and domains >= DEAD_DOMAINS):
        what = f"{len(row)} addresses in a row, at {domains} domain{'' if domains == 1 else 's'},"
    elif tally.settled <= FIRST and dead > DEAD_OF_FIRST * FIRST:
        what = f"{dead} of the first {tally.settled} addresses"
    else:
        return ""
    return (
        f"The relay called {what} dead. That is unlikely, so no address is suppressed for it: check the relay and its "
        f"settings. It said: {_shown(tally.said)}"
    )


def judge_share(tally: DeadTally) -> str:
    """Return a warning where a list has more dead addresses than a well-kept one, else an empty text."""
    dead, settled = tally.dead, tally.settled
    if dead > _EACH_UP_TO and dead % (dead // 10):
        return ""
    if settled < FIRST or dead <= DEAD_SHARE * settled:
        return ""
    return (
        f"{dead} of the first {settled} addresses are dead: is this an old list? The relay said: {_shown(tally.said)}"
    )


def _shown(replies: Iterable[str]) -> str:
    """Return the different words, the most frequent first, with how often each came."""
    counted = Counter(reply[:_SHOWN_CHARACTERS] for reply in replies)
    words = [f"“{said}”" + (f" ({count} times)" if count > 1 else "") for said, count in counted.most_common(_SHOWN)]
    rest = len(counted) - len(words)
    return " · ".join(words) + (f" · and {rest} in other words" if rest else "")
