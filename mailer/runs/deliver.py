"""Deliver: from the ledger to the relay, and every reply back into the ledger.

Owns the connections at work, the handling of an outcome's scope (an address, a connection, the whole run), the lease,
and the clean stop. Uses only what the ledger keeps of a mailing, never today's files. Never decides what a reply means
(`reply` does), never writes a row itself (`record` does).
Raises `RelayUnavailable` where the relay stopped the run before anybody could be reached, `LedgerProblem` where the
books cannot be written: then nothing more goes out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from mailer.address import parse_address
from mailer.envelope import Envelope
from mailer.errors import LedgerProblem, RelayUnavailable
from mailer.events import Delivery, DeliveryState, EventKind, MailingKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.deliveries import Result, open_count, release
from mailer.ledger.mailings import Mailing, Stamp, halt, set_state, state_of, was_halted
from mailer.ledger.processes import RENEW_EVERY_S, ProcessLock, end, free_dead, hold_lock, register, renew
from mailer.ledger.steering import Step, move_idle
from mailer.ledger.suppressions import DEAD_ADDRESS, NewSuppression
from mailer.reply import Outcome, Reply, Scope, Stage, Verdict, classify
from mailer.runs.breaker import Breaker
from mailer.runs.feed import Feed, Terms, expire
from mailer.runs.letters import Hand, Letter, Letters
from mailer.runs.record import Recorder, Settled
from mailer.runs.signing import Signing
from mailer.settings import Relay, Retry
from mailer.smtp import RelayRefusal, Session
from mailer.tokens import Keys, address_digest

_TRIES = 4  # connections in a row that fail before the relay counts as unavailable
_BACKOFF_S = (0.5, 2.0, 5.0)
_BEFORE_ANYBODY = frozenset({Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL})
_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)
_EVENTS: Mapping[Verdict, EventKind] = {
    Verdict.ACCEPTED: EventKind.ACCEPTED,
    Verdict.REJECTED: EventKind.REJECTED,
    Verdict.DEFERRED: EventKind.DEFERRED,
    Verdict.IN_DOUBT: EventKind.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Way:
    """What delivering needs from outside: the relay and how to reach it, the keys, the clock, locks, signatures."""

    relay: Relay
    connect: Callable[[], Awaitable[Session]]
    keys: Keys
    retry: Retry
    run_folder: Path
    actor: str
    clock: Callable[[], datetime]
    signing: Signing | None = None


@dataclass(slots=True)
class Progress:
    """How far this command is, for the terminal; the ledger has the truth."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    skipped: int = 0
    newest: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How delivering ended: `halted` has the relay's words that stopped the run, `stopped` that a person did."""

    halted: str = ""
    stopped: bool = False


class _Halt(Exception):
    """The relay said something that concerns the whole run."""

    def __init__(self, reply: Reply, message: str = "", hint: str = "") -> None:
        super().__init__(message or f"The relay stopped us at {reply.stage.upper()}: {reply}")
        self.reply = reply
        self.hint = hint


class Run:
    """One process at work on one mailing."""

    def __init__(self, ledger: Ledger, mailing: Mailing, way: Way) -> None:
        """Take the ledger, the mailing (its state must be `sending`) and the way to the relay."""
        self._ledger = ledger
        self._mailing = mailing
        self._way = way
        self._letters = Letters(ledger, mailing, Hand(way.keys, way.clock, way.signing))
        self._stopped = False
        self._over = asyncio.Event()  # made here: Ctrl-C can come before there is a feed
        self._failures = 0
        self._at_work = 0
        self.progress = Progress()

    async def deliver(self, *, on_progress: Callable[[Progress], None] = lambda _: None) -> Ended:
        """Send all that is due, and stay for what is due soon.

        Raises:
            RelayUnavailable: nobody could be reached; all are pending as before.
            LedgerProblem: the ledger cannot be written, or the keys are not its own.
        """
        self._on_progress = on_progress
        lock = await asyncio.to_thread(self._begin)
        self._recorder = Recorder(self._ledger, lock.owner, actor=self._way.actor, clock=self._way.clock)
        relay = self._way.relay
        terms = Terms(
            self._mailing.id,
            lock.owner,
            relay.connections,
            self._way.retry.stay_s,
            self._way.run_folder,
            pace=f"relay:{relay.key}",
            step_s=relay.step_s,
        )
        self._feed = Feed(self._recorder, terms, clock=self._way.clock, stopped=self._over)
        recording = asyncio.create_task(self._recorder.run())
        renewing = asyncio.create_task(self._renew(lock.owner))
        try:
            halted = await self._work(relay.connections)
        finally:
            renewing.cancel()
            try:
                await self._feed.close()
            finally:  # a ledger that is lost is met again at each of these: no task may be left behind unheard
                self._recorder.finish()
                await asyncio.gather(renewing, recording, return_exceptions=True)
                await asyncio.to_thread(self._end, lock)
        recording.result()  # what could not be written is told, also where nobody waited for it
        return Ended(halted=str(halted) if halted else "", stopped=self._stopped)

    def stop(self) -> None:
        """Finish what is on the wire and go home; call it from the event loop."""
        self._stopped = True
        self._over.set()

    async def _work(self, connections: int) -> _Halt | None:
        """Run the connections until nothing is left or one of them meets the end of the run."""
        workers = [asyncio.create_task(self._connection()) for _ in range(connections)]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            self._feed.stop()
            await asyncio.wait(workers)
        except asyncio.CancelledError:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
            raise
        errors = [error for error in (worker.exception() for worker in workers) if error is not None]
        halts = [error for error in errors if isinstance(error, _Halt)]
        for error in errors:
            if not isinstance(error, _Halt):
                raise error
        if not halts:
            return None
        await asyncio.to_thread(self._halt, halts[0])
        if halts[0].reply.stage in _BEFORE_ANYBODY:
            raise RelayUnavailable(str(halts[0]), hint=halts[0].hint)
        return halts[0]

    async def _connection(self) -> None:
        """Submit one message after the other, on one connection at a time."""
        session: Session | None = None
        letter: Letter | None = None
        self._at_work += 1
        try:
            while (letter := letter or await self._next()) is not None:
                if session is None or not session.usable:
                    session = await self._reconnect(session, letter.delivery)
                    if session is None:
                        return
                letter = await self._send(session, letter)
        except BaseException:
            self._feed.stop()
            raise
        finally:
            self._at_work -= 1
            if session is not None:
                await session.close()

    async def _next(self) -> Letter | None:
        """Wait for the next letter; None when it is time to go home."""
        delivery = await self._feed.next()
        return None if delivery is None else await self._make(delivery)

    async def _make(self, delivery: Delivery) -> Letter:
        try:
            return await self._letters.make(delivery)
        except BaseException:
            await self._return(delivery)
            raise

    async def _reconnect(self, old: Session | None, delivery: Delivery) -> Session | None:
        """Open a connection; None where others are at work and this one is not needed."""
        if old is not None:
            await old.close()
        try:
            return await self._open()
        except RelayRefusal as refusal:
            await self._return(delivery)
            if self._at_work > 1 and classify(refusal.reply).scope is not Scope.RUN:
                return None  # fewer connections are still connections
            raise _Halt(refusal.reply, refusal.message, refusal.hint) from None
        except BaseException:
            await self._return(delivery)
            raise

    async def _open(self) -> Session:
        """Connect, waiting between tries where trying again can help."""
        for wait_s in _BACKOFF_S:
            try:
                return await self._way.connect()
            except RelayRefusal as refusal:
                if classify(refusal.reply).scope is Scope.RUN:
                    raise
            await asyncio.sleep(wait_s)
        return await self._way.connect()

    async def _send(self, session: Session, letter: Letter) -> Letter | None:
        """Submit a letter; gives the one that follows on this connection, its commands on the wire already or not."""
        following = None
        try:
            more = self._feed.at_hand()
            following = await self._make(more) if more is not None else None
            await self._submit(session, letter, following)
        except BaseException:
            if following is not None:
                await self._return(following.delivery)
            raise
        finally:
            self._feed.done()
        if following is not None and self._feed.stopped:
            await self._return(following.delivery)
            return None
        return following

    async def _submit(self, session: Session, letter: Letter, following: Letter | None) -> None:
        delivery = letter.delivery
        unfit = _unfit(session, letter.envelope)
        if unfit:
            self._settle(delivery, Outcome(Verdict.REJECTED, reason=unfit), Reply(Stage.MAIL, 0))
            return
        rider = following.envelope if following and not _unfit(session, following.envelope) else None
        reply = await session.send(letter.envelope, may_write=lambda: self._recorder.attempted(delivery.id), then=rider)
        if reply is None:
            await self._give_back(delivery)  # suppressed, paused or out of lease: the next claim will tell
            return
        outcome = classify(reply)
        if outcome.verdict is Verdict.RETURNED:
            await self._give_back(delivery)
        else:
            self._settle(delivery, outcome, reply)
        await self._beyond_the_address(session, outcome, reply)
        why = self._breaker.note(outcome, reply)
        if why:
            raise _Halt(reply, why)

    async def _beyond_the_address(self, session: Session, outcome: Outcome, reply: Reply) -> None:
        """Act on what concerns more than one person: put the connection aside, or stop the run."""
        if outcome.scope is Scope.RUN:
            raise _Halt(reply)
        if outcome.scope is Scope.ADDRESS:
            self._failures = 0
            return
        session.abandon()
        self._failures += 1
        if self._failures >= max(_TRIES, 2 * self._way.relay.connections):
            raise _Halt(reply)
        await asyncio.sleep(_BACKOFF_S[min(self._failures, len(_BACKOFF_S)) - 1])

    def _settle(self, delivery: Delivery, outcome: Outcome, reply: Reply) -> None:
        now = self._way.clock()
        again = None
        if outcome.verdict is Verdict.DEFERRED:
            again = now + timedelta(seconds=self._way.retry.delay_s(delivery.attempts + 1))
        result = Result(
            delivery.id,
            _EVENTS[outcome.verdict],
            now,
            reason=outcome.reason,
            code=reply.code or None,
            enhanced=reply.enhanced,
            text=str(reply) if reply.text or reply.code else "",
            next_attempt_at=again,
            relay=self._way.relay.key,
        )
        real = self._mailing.kind is MailingKind.RELEASE
        dead = self._suppression(delivery) if outcome.suppress and real else None
        self._recorder.settle(Settled(result, delivery.mailing_id, dead))
        self.progress.counts[outcome.verdict] += 1
        self.progress.skipped = self._feed.skipped
        self.progress.newest = f"{delivery.address}: {reply}" if outcome.verdict is not Verdict.ACCEPTED else ""
        self._on_progress(self.progress)

    def _suppression(self, delivery: Delivery) -> NewSuppression:
        digest = address_digest(self._way.keys, parse_address(delivery.address).key)
        return NewSuppression(digest, delivery.address, DEAD_ADDRESS, "smtp", delivery_id=delivery.id)

    async def _give_back(self, delivery: Delivery) -> None:
        await self._recorder.run_errand(lambda connection: release(connection, [delivery.id], self._owner))

    async def _return(self, delivery: Delivery) -> None:
        """Give back what never came to the wire; where the ledger is in trouble it goes back with the process."""
        with contextlib.suppress(LedgerProblem):
            await self._give_back(delivery)
        self._feed.done()

    async def _renew(self, owner: str) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            with contextlib.suppress(LedgerProblem):  # the recorder has met the same trouble, and stops the run
                await self._recorder.run_errand(lambda connection: renew(connection, owner, now=self._way.clock()))

    def _begin(self) -> ProcessLock:
        now = self._way.clock()
        lock = hold_lock(self._way.run_folder)
        self._owner = lock.owner
        try:
            with self._ledger.writing() as connection:
                check_keys(connection, self._way.keys)
                register(connection, lock, now=now)
                free_dead(connection, self._way.run_folder, now=now)
                expire(connection, self._mailing.id, Stamp(now, self._way.actor))
                self._breaker = Breaker(dead_share_matters=not was_halted(connection, self._mailing.id))
        except BaseException:
            lock.free()
            raise
        return lock

    def _end(self, lock: ProcessLock) -> None:
        now = self._way.clock()
        with self._ledger.writing() as connection:
            end(connection, lock.owner, now=now)
            stamp, over = Stamp(now, self._way.actor), (MailingState.FINISHED, MailingState.CANCELLED)
            if state_of(connection, self._mailing.id) is MailingState.CANCELLED:
                # cancelled while this process held some of them
                move_idle(connection, self._mailing.id, Step(EventKind.CANCELLED, "cancelled"), stamp=stamp)
            elif not open_count(connection, self._mailing.id, _OPEN):
                set_state(connection, self._mailing.id, MailingState.FINISHED, stamp=stamp, unless=over)
        lock.free()

    def _halt(self, halted: _Halt) -> None:
        with self._ledger.writing() as connection:
            stamp = Stamp(self._way.clock(), self._way.actor)
            halt(connection, self._mailing.id, reason=str(halted), stamp=stamp)


def _unfit(session: Session, envelope: Envelope) -> str:
    """Give the reason why this relay cannot take a message at all, known without asking it (standards F10, S11)."""
    if envelope.needs_smtputf8 and not session.takes_smtputf8:
        return "smtputf8"
    return "mesgtoobig" if 0 < session.size_limit < len(envelope.data) else ""
