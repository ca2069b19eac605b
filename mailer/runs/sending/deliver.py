"""Deliver: from the ledger to the relay, and every reply back into the ledger.

Connections at work, what an outcome reaches (an address, a connection, the whole run), the lease, and the clean stop.
Only what the ledger keeps of a mailing is used, never today's files: they may have changed since somebody approved it.
What a reply means is `reply`'s to say, over which relay a connection goes `relays`', how fast `pacer`'s; rows are
written by `record` alone, which commits many at once.

However a run ends, what is known of the mail on the wire is written in its last transaction, and only what nobody knows
is in doubt, with the reason of it: the connection broke (`reply`), the run was stopped, the ledger failed, or mailer
itself did.

Raises `RelayUnavailable` where the relay stopped the run before anybody could be reached, `LedgerProblem` where the
books cannot be written: then nothing more goes out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from mailer.envelope import Envelope
from mailer.errors import LedgerProblem, RelayUnavailable
from mailer.events import Delivery, EventKind, MailingKind
from mailer.ledger import Connection, Ledger
from mailer.ledger.deliveries import Result, release
from mailer.ledger.mailings import Mailing, Stamp, add_event, halt, read_edition
from mailer.ledger.pacing import Lowered, RelayLimit, read_limits, remember_limit
from mailer.reply import Outcome, Reply, Scope, Slower, Stage, Verdict, asked_wait_s, classify, read_complaint
from mailer.runs.office.signing import Signing
from mailer.runs.planning.edition import Text, unpack
from mailer.runs.planning.embargoes import out_of_time
from mailer.runs.planning.merge import Merger
from mailer.runs.sending.breaker import Breaker, halt_for_dead
from mailer.runs.sending.feed import Feed, Terms
from mailer.runs.sending.pacer import Errands, Pacer
from mailer.runs.sending.patience import ClockHold, Patience
from mailer.runs.sending.presence import begin
from mailer.runs.sending.record import Recorder, Settled
from mailer.runs.sending.relays import Door, Lane, NoRelay, Relays
from mailer.settings import Pacing, Retry, say_rate
from mailer.smtp import Session
from mailer.tokens import Keys

_BEFORE_ANYBODY = frozenset({Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL})
_STOPPED, _LEDGER, _DIED = "stopped", "ledger_failed", "process_died"  # why nobody knows (`pages.words`)
_EVENTS: Mapping[Verdict, EventKind] = {
    Verdict.ACCEPTED: EventKind.ACCEPTED,
    Verdict.REJECTED: EventKind.REJECTED,
    Verdict.DEFERRED: EventKind.DEFERRED,
    Verdict.IN_DOUBT: EventKind.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds that a run waits: for a ledger that is unavailable, and for the relay's answers once it is stopped."""

    ledger_s: float = 600.0
    stop_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Way:
    """What delivering needs from outside: the relays and how to reach them, the keys, the clock, locks, signatures.

    The first door is the one to use; the others stand in while it is down. `say` hears what people should know.
    """

    doors: Sequence[Door]
    keys: Keys
    retry: Retry
    run_folder: Path
    actor: str
    clock: Callable[[], datetime]
    signing: Signing | None = None
    pacing: Pacing = field(default_factory=Pacing)
    say: Callable[[str], None] = lambda _: None
    waits: Waits = field(default_factory=Waits)


@dataclass(slots=True)
class Progress:
    """How far this command is, for the terminal; the ledger has the truth."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    skipped: int = 0
    newest: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How delivering ended: `halted` has the relay's words that stopped the run, `stopped` that a person did.

    `full_until` is when the relay's day has room again, where that is why the rest wait. `lost` says that another
    process has ended this one, which was stopped or asleep for longer than its lease.
    """

    halted: str = ""
    stopped: bool = False
    lost: bool = False
    full_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """How delivering a mailing over a relay ended, by their names; `page` shows the mails, if they went no further."""

    mailing: str
    relay: str
    ended: Ended
    notes: tuple[str, ...] = ()
    page: Path | None = None


class _Halt(Exception):
    """Something that concerns the whole run: the relay said so, or the release's embargo does."""

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
        self._patience = Patience(way.waits.ledger_s, way.say)
        self._letters = Letters(ledger, mailing, Hand(way.keys, way.clock, way.signing), self._patience)
        self._stopped = asyncio.Event()
        self._over = asyncio.Event()  # made here: Ctrl-C can come before there is a feed
        self.progress = Progress()

    async def deliver(self, *, on_progress: Callable[[Progress], None] = lambda _: None) -> Ended:
        """Send all that is due, and stay for what is due soon.

        Raises:
            RelayUnavailable: nobody could be reached; all are pending as before.
            LedgerProblem: the ledger cannot be written, or the keys are not its own.
        """
        self._on_progress = on_progress
        way = self._way
        limits = await asyncio.to_thread(self._read_limits)  # first: from `begin` on, nothing may fail before the `try`
        presence = await asyncio.to_thread(
            begin, self._ledger, self._mailing, keys=way.keys, run_folder=way.run_folder, stamp=self._stamp
        )
        self._owner = presence.owner
        self._breaker = Breaker()
        self._recorder = Recorder(
            self._ledger, presence.owner, actor=way.actor, clock=way.clock, patience=self._patience
        )
        self._pacer = Pacer(self._recorder, [door.relay for door in way.doors], way.pacing, clock=way.clock)
        self._complaints = Complaints(
            self._recorder, self._pacer, mailing_id=self._mailing.id, stamp=self._stamp, say=way.say
        )
        self._relays = Relays(
            way.doors,
            limit=self._pacer.connections,
            on_refusal=self._refused,
            say=way.say,
            limits=limits,
            on_limit=self._remember_limit,
        )
        most = self._relays.connections
        terms = Terms(self._mailing.id, presence.owner, most, self._way.retry.stay_s, self._way.run_folder)
        hold = ClockHold(self._ledger, way.say, self._over)
        self._feed = Feed(self._recorder, terms, self._pacer, clock=self._way.clock, stopped=self._over, hold=hold)
        recording = asyncio.create_task(self._recorder.run())
        keeping = presence.keep(self._recorder, on_loss=self._feed.lose)
        beside = [asyncio.create_task(keeping), asyncio.create_task(self._relays.revive())]
        why = _DIED
        try:
            halted = await self._work(most)
        except LedgerProblem:
            why = _LEDGER
            raise
        except asyncio.CancelledError:  # Ctrl-C once more: nothing is waited for any more
            self.stop()
            self._patience.end()
            raise
        finally:
            why = _STOPPED if self._stopped.is_set() else why
            for task in beside:
                task.cancel()
            try:
                await self._feed.close()
                await self._pacer.close()
            finally:  # a ledger that is lost is met again at each of these: no task may be left behind unheard
                self._recorder.finish()
                await asyncio.gather(*beside, recording, return_exceptions=True)
                try:
                    said = await self._patience.of(lambda _: presence.end(self._recorder, reason=why))
                finally:
                    presence.leave()
        recording.result()  # what could not be written is told, also where nobody waited for it
        stopped = self._stopped.is_set()
        full_until = None if halted or stopped else self._feed.full_until
        return Ended(str(halted) if halted else said, stopped, self._feed.is_lost, full_until)

    def stop(self) -> None:
        """Finish what is on the wire, as long as patience for the relay lasts; call it from the event loop."""
        self._stopped.set()
        self._over.set()

    async def _work(self, connections: int) -> _Halt | None:
        """Run the connections until nothing is left or one of them meets the end of the run."""
        workers = [asyncio.create_task(self._connection()) for _ in range(connections)]
        hurry = asyncio.create_task(self._hurry(workers))
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            self._feed.stop()
            await asyncio.wait(workers)
        except asyncio.CancelledError:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
            raise
        finally:
            hurry.cancel()
        ended = [worker for worker in workers if not worker.cancelled()]
        errors = [error for error in (worker.exception() for worker in ended) if error is not None]
        halts = [error for error in errors if isinstance(error, _Halt)]
        for error in errors:
            if not isinstance(error, _Halt):
                raise error
        if not halts:
            return None
        await self._recorder.run_errand(
            lambda connection: halt(connection, self._mailing.id, reason=str(halts[0]), stamp=self._stamp())
        )
        if halts[0].reply.stage in _BEFORE_ANYBODY:
            raise RelayUnavailable(str(halts[0]), hint=halts[0].hint)
        return halts[0]

    async def _hurry(self, workers: Sequence[asyncio.Task[None]]) -> None:
        """Once it is stopped: hold nobody who is not on the wire, and hang up on a relay that takes too long."""
        await self._stopped.wait()
        until = asyncio.get_running_loop().time() + self._way.waits.stop_s
        with contextlib.suppress(LedgerProblem, TimeoutError):
            async with asyncio.timeout_at(until):
                await self._feed.give_back()
        await asyncio.sleep(until - asyncio.get_running_loop().time())
        for worker in workers:
            worker.cancel()

    async def _connection(self) -> None:
        """Submit one message after the other, on one connection at a time."""
        lane: Lane | None = None
        letter: Letter | None = None
        try:
            while lane is not None or await self._may_connect(letter):
                letter = letter or await self._next(lane.key if lane else self._relays.current())
                if letter is None:
                    return
                lane, letter = await self._step(lane, letter)
        except BaseException:
            self._feed.stop()
            raise
        finally:
            if lane is not None:
                await self._relays.close(lane)

    async def _may_connect(self, letter: Letter | None) -> bool:
        """Wait until another connection may be opened; where none is needed any more, its letter goes back."""
        has_room = await self._relays.has_room(self._feed.over)
        if not has_room and letter is not None:
            await self._return(letter.delivery)
        return has_room

    async def _step(self, lane: Lane | None, letter: Letter) -> tuple[Lane | None, Letter | None]:
        """Open a connection, or send a letter over it; return the connection and the letter to go on with."""
        if lane is None:
            return await self._connect(letter)
        following = await self._send(lane, letter)
        if lane.session.usable and (following is not None or not self._relays.is_to_leave(lane)):
            return lane, following
        await self._relays.close(lane)
        return None, following

    async def _next(self, key: str) -> Letter | None:
        """Wait for the next letter over a relay; None when it is time to go home."""
        delivery = await self._feed.next(key)
        return None if delivery is None else await self._make(delivery)

    async def _connect(self, letter: Letter) -> tuple[Lane | None, Letter | None]:
        """Open a connection for a letter; it goes back where there is none, or where that relay has another pace."""
        wanted = self._relays.current()
        try:
            lane = await self._relays.open()
        except NoRelay as none:
            await self._return(letter.delivery)
            raise _Halt(none.refusal.reply, str(none), none.refusal.hint) from None
        except BaseException:
            await self._return(letter.delivery)
            raise
        if lane is not None and (lane.key == wanted or self._pacer.is_free(lane.key)):
            return lane, letter
        await self._return(letter.delivery)
        return lane, None

    async def _refused(self, key: str, reply: Reply, open_now: int) -> None:
        """Hear of a connection that a relay refused: it may want fewer."""
        await self._complaints.heed(Said(key, reply, self._way.clock(), open_now=open_now + 1))

    def _read_limits(self) -> dict[str, RelayLimit]:
        with self._ledger.reading() as connection:
            return read_limits(connection, [door.place for door in self._way.doors], now=self._way.clock())

    async def _remember_limit(self, place: str, limit: RelayLimit) -> None:
        now = self._way.clock()
        await self._recorder.run_errand(lambda connection: remember_limit(connection, place, limit, now=now))

    async def _make(self, delivery: Delivery) -> Letter:
        try:
            await self._keep_the_embargo(delivery)
            return await self._letters.make(delivery)
        except BaseException:
            await self._return(delivery)
            raise

    async def _keep_the_embargo(self, delivery: Delivery) -> None:
        why_not = await self._letters.out_of_time(delivery)
        if why_not:
            raise _Halt(Reply(Stage.DATA, 0), f"Not sent: {why_not}")

    async def _send(self, lane: Lane, letter: Letter) -> Letter | None:
        """Submit a letter; return the one that follows on this connection, its commands on the wire already or not."""
        following = None
        try:
            more = None if self._relays.is_to_leave(lane) else self._feed.at_hand(lane.key)
            following = await self._make(more) if more is not None else None
            await self._submit(lane, letter, following)
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

    async def _submit(self, lane: Lane, letter: Letter, following: Letter | None) -> None:
        delivery, session, begun_at = letter.delivery, lane.session, self._way.clock()
        unfit = _unfit(session, letter.envelope)
        if unfit:
            self._settle(lane, delivery, Outcome(Verdict.REJECTED, reason=unfit), Reply(Stage.MAIL, 0))
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
            self._settle(lane, delivery, outcome, reply)
        is_known = False
        if outcome.scope is Scope.CONNECTION and await self._relays.learns(lane, reply):
            lane.session.abandon()
            return
        if reply.code >= 400:
            said = Said(lane.key, reply, begun_at, delivery.domain, self._relays.count_open(lane.key))
            is_known = await self._complaints.heed(said)
        await self._beyond_the_address(lane, outcome, reply)
        why = "" if is_known else await self._too_many(outcome, reply)
        if why:
            raise _Halt(reply, why)

    async def _too_many(self, outcome: Outcome, reply: Reply) -> str:
        """Why the run should halt, where this outcome is one too many of its kind; dead addresses halt it here."""
        why = self._breaker.note(outcome, reply)
        if not outcome.suppress or self._mailing.kind is not MailingKind.RELEASE:
            return why
        return await self._recorder.run_errand(
            lambda connection: halt_for_dead(connection, self._mailing.id, stamp=self._stamp())
        )

    async def _beyond_the_address(self, lane: Lane, outcome: Outcome, reply: Reply) -> None:
        """Act on what concerns more than one person: put the connection aside, or stop the run."""
        if outcome.scope is Scope.RUN:
            raise _Halt(reply)
        if outcome.scope is Scope.ADDRESS:
            if lane.session.stalled:  # it refused, and then said nothing more
                await self._relays.learns(lane, reply)
            self._relays.succeeded(lane)
            await self._relays.proves(lane)
            return
        lane.session.abandon()
        wait_s = self._relays.failed(lane, reply)
        if wait_s is None:
            raise _Halt(reply)
        await asyncio.sleep(wait_s)

    def _settle(self, lane: Lane, delivery: Delivery, outcome: Outcome, reply: Reply) -> None:
        now = self._way.clock()
        again = None
        if outcome.verdict is Verdict.DEFERRED:
            asked_s = asked_wait_s(reply) if outcome.reason == "onhold" else 0.0
            delay_s = self._way.retry.delay_s(delivery.attempts + 1, delivery.token_id, asked_s=asked_s)
            again = now + timedelta(seconds=delay_s)
        result = Result(
            delivery.id,
            _EVENTS[outcome.verdict],
            now,
            reason=outcome.reason,
            code=reply.code or None,
            enhanced=reply.enhanced,
            text=str(reply) if reply.text or reply.code else "",
            next_attempt_at=again,
            relay=lane.key,
            attempt=delivery.attempts + 1 if reply.stage is Stage.BODY else 0,
        )
        is_dead = outcome.suppress and self._mailing.kind is MailingKind.RELEASE
        self._recorder.settle(Settled(result, delivery.mailing_id, is_dead))
        self.progress.counts[outcome.verdict] += 1
        self.progress.skipped = self._feed.skipped
        self.progress.newest = f"{delivery.address}: {reply}" if outcome.verdict is not Verdict.ACCEPTED else ""
        self._on_progress(self.progress)

    def _stamp(self) -> Stamp:
        return Stamp(self._way.clock(), self._way.actor)

    async def _give_back(self, delivery: Delivery) -> None:
        await self._recorder.run_errand(lambda connection: release(connection, [delivery.id], self._owner))

    async def _return(self, delivery: Delivery) -> None:
        """Give back what never came to the wire; where the ledger is in trouble it goes back with the process."""
        with contextlib.suppress(LedgerProblem):
            await self._give_back(delivery)
        self._feed.done()


def _unfit(session: Session, envelope: Envelope) -> str:
    """Return the reason why this relay cannot take a message at all, known without asking it (standards F10, S11)."""
    if envelope.needs_smtputf8 and not session.takes_smtputf8:
        return "smtputf8"
    return "mesgtoobig" if 0 < session.size_limit < len(envelope.data) else ""


# Complaints: a server says that we are too fast or too many. The pace is lowered in the ledger, so that every process
# keeps it, with the server's words as an event. Many messages are on their way when the first complaint comes: what
# was begun before it was heeded is no second one. What the words mean, `reply` says.


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said: at which relay, about whom (the recipient's domain), and when we had begun."""

    key: str
    reply: Reply
    begun_at: datetime
    domain: str = ""
    open_now: int = 1


class Complaints:
    """Heeds the complaints of one run."""

    def __init__(
        self, errands: Errands, pacer: Pacer, *, mailing_id: int, stamp: Callable[[], Stamp], say: Callable[[str], None]
    ) -> None:
        """Take who writes to the ledger, what keeps the pace, the mailing, now and who, and who tells people."""
        self._errands = errands
        self._pacer = pacer
        self._mailing_id = mailing_id
        self._stamp = stamp
        self._say = say
        self._heeded_at: dict[tuple[str, Slower], datetime] = {}

    async def heed(self, said: Said) -> bool:
        """Do what a reply asks of our speed; True where it was asked, and by what was begun before it was heeded."""
        complaint = read_complaint(said.reply, said.domain)
        if complaint is None:
            return False
        name = (f"domain:{said.domain}" if complaint.by_domain else f"relay:{said.key}", complaint.slower)
        if name in self._heeded_at and said.begun_at <= self._heeded_at[name]:
            return True
        self._heeded_at[name] = self._stamp().at
        before, lowered = await self._pacer.lower(said.key, complaint, domain=said.domain, open_now=said.open_now)
        self._heeded_at[name] = self._stamp().at  # what was begun while the ledger was written knew nothing of it
        sentence = say_lowered(before, lowered)
        if not sentence:
            return False

        def work(connection: Connection) -> None:
            text, reason = f"{sentence}: {said.reply}", complaint.slower.value
            add_event(
                connection, EventKind.SLOWED, self._stamp(), mailing_id=self._mailing_id, reason=reason, text=text
            )

        await self._errands.run_errand(work)
        self._say(f"{sentence} (“{said.reply}”)")
        return False


def say_lowered(before: Lowered, lowered: Lowered) -> str:
    """Return what is lower than it was; empty where nothing is, because it could not be lower."""
    kind, _, name = lowered.name.partition(":")
    who = f"relay {name}" if kind == "relay" else name
    if lowered.connections < before.connections:
        number = f"{lowered.connections} connection" + ("" if lowered.connections == 1 else "s")
        return f"{who}: {number} instead of {before.connections}, because it asks for fewer"
    if lowered.step_s > before.step_s:
        was = f" instead of {say_rate(before.step_s)}" if before.step_s else ""
        return f"{who}: {say_rate(lowered.step_s)}{was}, because we were too fast for it"
    return ""


# Letters: deliveries as the bytes that go on the wire. Each message is made again from what the ledger kept, held
# against the hash of what was approved, and only then signed. An embargo that has ended since, or that still stands,
# is told before a letter is made.


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery and its bytes."""

    delivery: Delivery
    envelope: Envelope = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hand:
    """With what letters are made: the keys, the clock that dates them, and the signature where there is one."""

    keys: Keys = field(repr=False)
    clock: Callable[[], datetime]
    signing: Signing | None = None


class Letters:
    """Makes the letters of one mailing; each edition of its text is opened once."""

    def __init__(self, ledger: Ledger, mailing: Mailing, hand: Hand, patience: Patience) -> None:
        """Take the ledger that holds the editions, how long to wait for it, the mailing, what letters are made with."""
        self._ledger = ledger
        self._mailing = mailing
        self._hand = hand
        self._patience = patience
        self._mergers: dict[int, Merger] = {}
        self._texts: dict[int, Text] = {}
        self._opening = asyncio.Lock()

    async def make(self, delivery: Delivery) -> Letter:
        """Make a message again, hold it against what was approved, and sign it.

        Raises:
            LedgerProblem: it is not the one that was approved.
        """
        merger = self._mergers.get(delivery.edition_id) or await self._open(delivery.edition_id)
        now = self._hand.clock()
        envelope = merger.merge_again(delivery.address, delivery.merge_row, date=now, approved=delivery.content_hash)
        if envelope is None:
            raise LedgerProblem(
                f"the mail to {delivery.address} is not the one that was approved; nothing more is sent",
                hint='Was mailer updated meanwhile? `mailer send … --changed "reason"` approves it anew.',
            )
        signing = self._hand.signing
        return Letter(delivery, signing.sign(envelope, now=now) if signing else envelope)

    async def out_of_time(self, delivery: Delivery) -> str:
        """Return why a message must not go out at this moment, by the embargo it was approved under; empty: it may."""
        if self._mailing.kind is not MailingKind.RELEASE:
            return ""
        await self._open(delivery.edition_id)
        text = self._texts[delivery.edition_id]
        return out_of_time(text.embargo_until, is_lifted=text.is_lifted, now=self._hand.clock())

    async def _open(self, edition_id: int) -> Merger:
        async with self._opening:  # all connections ask at once, at the beginning
            if edition_id not in self._mergers:
                self._texts[edition_id] = await self._patience.of(lambda _: self._read_edition(edition_id))
                self._mergers[edition_id] = await asyncio.to_thread(self._merger, self._texts[edition_id])
        return self._mergers[edition_id]

    def _read_edition(self, edition_id: int) -> Text:
        with self._ledger.reading() as connection:
            edition = read_edition(connection, edition_id)
        text = unpack(edition)
        if self._hand.signing is not None:
            self._hand.signing.check_sender(text.ways.sender)
        return text

    def _merger(self, text: Text) -> Merger:
        return Merger(text, mailing=self._mailing.full_name, kind=self._mailing.kind, keys=self._hand.keys)
