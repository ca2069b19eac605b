"""Deliver: sends a confirmed mailing to its relay or to the preview inbox, and records every reply in the ledger.

`Run` is one process at work on one mailing: its connections, the scope of an outcome (an address, a connection, the
whole run), the lease, and the clean stop. Only the mailing in the ledger is used, never today's files, which may have
changed since it was approved. Each message is made again from the ledger, compared with the hash of what was approved,
and only then signed. `reply` decides what a reply means, and `relays` which relay a connection uses and how fast; only
`record` leases and writes rows, and commits many at once. Never plans.

However a run ends, its last transaction records what is known of the mail on the wire. Only unknown outcomes are in
doubt, with the reason: the connection broke (`reply`), the run was stopped, the ledger failed, or mailer itself failed.

Raises `RelayUnavailable` if the relay stopped the run before anybody could be reached, and `LedgerProblem` if the
ledger cannot be written: then nothing more goes out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

from mailer.errors import ConfigProblem, LedgerProblem, MailerError, NotApproved, RelayUnavailable, Severity
from mailer.events import Delivery, EventKind, MailingKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, release
from mailer.ledger.mailings import Edition, Mailing, halt, newest_edition, read_edition, require_mailing
from mailer.ledger.pacing import RelayLimit, Use, read_limits, relay_pace, remember_limit, share_connections
from mailer.ledger.planning import count_ready, start_due
from mailer.ledger.processes import forget
from mailer.message.checks import check_message
from mailer.preview.page import PreviewPage
from mailer.preview.server import Script, preview_server
from mailer.reply.policy import asked_wait_s, classify
from mailer.reply.values import Outcome, Reply, Scope, Stage, Verdict
from mailer.runs.approval import Gate
from mailer.runs.newsroom import build_newsroom
from mailer.runs.office import Office
from mailer.runs.office.access_tokens import Access
from mailer.runs.office.signing import Signing, read_signing
from mailer.runs.planning.edition import sender_of, unpack
from mailer.runs.planning.making import Merger, Text
from mailer.runs.planning.request import PREVIEW_RELAY, is_waiting
from mailer.runs.planning.rules import why_not_now
from mailer.runs.sending.record import Feed, LedgerRetry, Recorder, Settled, begin, end_run, keep_lease
from mailer.runs.sending.relays import Breaker, Channel, NoRelay, Pacer, Relays, Route, halt_for_dead, share_with_nobody
from mailer.settings import Credential, Relay, Security, is_loopback
from mailer.smtp.session import RelayRefusal, Session
from mailer.tokens import Envelope

Progress: TypeAlias = Counter[Verdict]
_BEFORE_ANYBODY = frozenset({Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL})
_SHARE_EVERY_S = 1.0
_STOPPED, _LEDGER, _DIED = "stopped", "ledger_failed", "process_died"  # why an outcome is unknown (`pages.words`)


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds that a run waits: for a ledger that is unavailable, and for the relay's answers once it is stopped."""

    ledger_s: float = 600.0
    stop_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How the delivery of a mailing over a relay ended, by the names of both.

    `halted` has the relay's reply that stopped the run, `stopped` says that a person did; then `in_doubt` counts those
    that the relay had not answered. `lost` says that another process has ended this one, which was stopped or asleep
    for longer than its lease. `full_until` is when the relay's day has room again, if that is why the rest is waiting.
    `notes` are for the operator; `page` shows the mails if they only went to the preview inbox.
    """

    mailing: str
    relay: str
    halted: str = ""
    stopped: bool = False
    in_doubt: int = 0
    lost: bool = False
    full_until: datetime | None = None
    notes: tuple[str, ...] = ()
    page: Path | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery and its bytes."""

    delivery: Delivery
    envelope: Envelope = field(repr=False)


class _Halt(Exception):
    """Something that stops the whole run: a reply of the relay, or the release's embargo."""

    def __init__(self, reply: Reply, message: str = "", hint: str = "") -> None:
        super().__init__(message or f"The relay stopped us at {reply.stage.upper()}: {reply}")
        self.reply = reply
        self.hint = hint


@dataclass(eq=False)
class Run:
    """One process at work on one mailing, whose state must be `sending`.

    `say` is called with what people should know, `on_progress` with the progress of this command (`counts`, each
    delivery by its newest reply). `password_of` returns the password of another relay when it takes over; without it,
    none can. `stay_s` is how long to stay for deferred deliveries, instead of the value in mailer.toml. `refusal` is
    that of the latest attempt to connect to the mailing's own relay.
    """

    office: Office
    ledger: Ledger
    mailing: Mailing
    say: Callable[[str], None] = lambda _: None
    on_progress: Callable[[Progress], None] = lambda _: None
    password_of: Callable[[Office, Relay], Credential | None] | None = None
    stay_s: float | None = None
    waits: Waits = Waits()
    counts: Progress = field(default_factory=Counter)
    _put_off: set[int] = field(default_factory=set)  # deliveries that `counts` has as deferred
    refusal: RelayRefusal | None = None
    _on_first: Callable[[], None] = lambda: None  # called when the relay accepted the first one
    _accesses: list[Access] = field(default_factory=list)
    _signing: Signing | None = None
    _gate: Gate | None = None
    _idle: set[Channel | None] = field(default_factory=set)  # open connections with nothing to send
    _editions: dict[int, tuple[Text, Merger]] = field(default_factory=dict)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)  # made here: Ctrl-C can come before there is a feed

    def __post_init__(self) -> None:
        """Choose how long to stay for deferred deliveries."""
        retry = self.office.settings.retry
        self._retry = retry if self.stay_s is None else retry.replace(stay_s=self.stay_s)
        self._is_real = self.mailing.kind.is_real
        self._ledger_retry = LedgerRetry(self.waits.ledger_s, self.say)

    async def to_relay(self, relay: Relay, password: Credential | None) -> Ended:
        """Send what is due over a relay, signed if mailer.toml asks for it, and stay for what is due soon.

        Raises NotApproved if the mailing needs approval (`runs.approval`) and has none that counts: it is halted;
        RelayUnavailable if nobody could be reached: everybody is pending as before; ConfigProblem if mail cannot be
        signed as configured, someone must sign in to the provider again, or the sender is still the sample's;
        LedgerProblem if the ledger cannot be written, is an older copy of the one last used here, or the keys are not
        its own.
        """
        self._gate = await asyncio.to_thread(self._open_gate, relay)
        edition = self._newest_edition()
        sender_of(edition).check_not_sample(relay.host)
        guard, stamp = self.office.guard(self.ledger), self.office.stamp()
        is_news = self.mailing.kind is MailingKind.RELEASE
        news = (edition.headline_digest, edition.body_digest) if is_news else ()
        identity = await asyncio.to_thread(guard.count, stamp, sending=True)
        self._on_first = partial(guard.keep_place, identity, stamp, news)
        building: asyncio.Task[bool] | None = None
        has_newsroom = self._is_real and self.office.settings.newsroom.is_on
        # the page that the mails link to is built before the first is sent; the pages that link to it, at the same time
        if has_newsroom and await asyncio.to_thread(self._build_newsroom, self.mailing.slug):
            building = asyncio.create_task(asyncio.to_thread(self._build_newsroom))
        try:
            routes = self._routes(relay, password)
            self._signing = read_signing(self.office, relay)
            return await self._deliver(routes)
        finally:
            if building is not None:
                await building
            with contextlib.suppress(LedgerProblem):  # a copy made meanwhile is an older one from now on
                await asyncio.to_thread(guard.count, self.office.stamp())

    def _build_newsroom(self, only: str = "") -> bool:
        """Build the newsroom, or one page of it; if that fails, the mails go out on time all the same."""
        try:
            build_newsroom(self.office, only=only)
        except Exception as error:  # noqa: BLE001 - a page that cannot be made must not stop the mails
            why = str(error) if isinstance(error, MailerError) else f"an internal error ({type(error).__name__})"
            self.say(f"The newsroom could not be built: {why}. Its page may be missing: mailer newsroom build")
            return False
        return True

    async def to_preview(
        self, *, script: Script | None = None, folder: Path | None = None, relay: Relay = PREVIEW_RELAY
    ) -> Ended:
        """Send what is due to the preview inbox, which has a page that shows the mails."""
        place = folder or self.office.workspace.make_machine_folder("preview")
        page = PreviewPage(place, checks=check_for_page)
        async with preview_server(place, script=script, on_arrival=page.changed) as server:
            local = stand_in(relay, server.host, server.port)
            access = self._access(local, None)
            ended = await self._deliver([Route(local, lambda: self._connect_by(access))], is_shared=False)
        return replace(ended, page=page.flush())

    def stop(self) -> None:
        """Finish what is on the wire, for `waits.stop_s` at most; call it from the event loop."""
        self._stopped.set()
        self._over.set()

    async def find_outage(self, relay: Relay, password: Credential | None) -> str:
        """Return why the relay cannot be reached now; empty if it, or one that may replace it, can be.

        A relay that refuses us for good (login, security) counts as reached: waiting does not help, and the run that
        follows stops there. Raises ConfigProblem if someone must sign in to the provider again.
        """
        lock = await asyncio.to_thread(begin, self.office, self.ledger, self.mailing)
        why: list[str] = []
        try:
            for route in self._routes(relay, password):
                name, use = relay_pace(route.relay).name, Use(0, 1, route.relay.connections)
                share = partial(share_connections, name=name, owner=lock.owner, use=use, now=self.office.clock())
                if not await asyncio.to_thread(self.ledger.step, share):
                    return ""  # the processes that use all of its connections know whether it is up
                try:
                    session = await route.connect()
                except RelayRefusal as refusal:
                    if is_final(refusal) and not why:
                        return ""
                    why.append(str(refusal))
                else:
                    await session.close()
                    return ""
            return "; ".join(why)
        finally:
            try:
                await asyncio.to_thread(self.ledger.step, partial(forget, owner=lock.owner))
            finally:
                lock.free()

    def _open_gate(self, relay: Relay) -> Gate:
        try:
            return Gate(self.office, self.ledger, self.mailing, relay=relay.key)
        except NotApproved as refused:
            reason, stamp = refused.message, self.office.stamp()
            with self.ledger.writing() as connection:  # else a worker would ask again every few seconds
                halt(connection, self.mailing.id, reason=reason, stamp=stamp)
            raise

    # The routes to the relays.

    def _newest_edition(self) -> Edition:
        with self.ledger.reading() as connection:
            return newest_edition(connection, self.mailing.id)[1]

    def _routes(self, relay: Relay, password: Credential | None) -> list[Route]:
        """Return the relay's route, and those of the relays that may replace it."""
        first = self._access(relay, password)
        routes = [Route(relay, lambda: self._connect_by(first))]
        if self.password_of is not None and not self.mailing.pinned and self._is_real:
            sender = sender_of(self._newest_edition())
            gate = self._gate
            for other in self.office.settings.relays_for(sender.domain):
                is_approved = gate is None or gate.is_open or other.key in gate.relays
                is_as_safe = relay.security is Security.PLAIN or other.security is not Security.PLAIN
                is_meant = is_loopback(other.host) or not sender.left_from_sample
                if other.key != relay.key and is_as_safe and is_meant and is_approved:
                    routes.append(self._other_route(other, self.password_of))
        return routes

    def _other_route(self, relay: Relay, password_of: Callable[[Office, Relay], Credential | None]) -> Route:
        """Return the route of a relay that may take over; its password is fetched when it does."""
        made: list[Access] = []

        async def connect() -> Session:
            try:
                if not made:
                    made.append(self._access(relay, await asyncio.to_thread(password_of, self.office, relay)))
                return await made[0].connect()
            except ConfigProblem as problem:
                reply = Reply(Stage.AUTH, 535, problem.message)  # out for this run, as with a refused login
                raise RelayRefusal(reply, f"relay {relay.key}: {problem.message}", hint=problem.hint) from None

        return Route(relay, connect)

    def _access(self, relay: Relay, password: Credential | None) -> Access:
        # a connection that takes longer to open may belong to another host by then
        connect_s = min(relay.timeouts.connect_s, self.ledger.lease.total_seconds() / 2)
        relay = relay.replace(timeouts=relay.timeouts.replace(connect_s=connect_s))
        access = Access(relay, password, root=self.office.workspace.root, clock=self.office.clock)
        self._accesses.append(access)
        return access

    async def _connect_by(self, access: Access) -> Session:
        self.refusal = None
        try:
            return await access.connect()
        except RelayRefusal as refusal:
            self.refusal = refusal
            raise

    # The run.

    async def _deliver(self, routes: Sequence[Route], *, is_shared: bool = True) -> Ended:
        """Send all that is due, and stay for what is due soon; the first route is preferred, others may take over."""
        office, ledger, mailing, say = self.office, self.ledger, self.mailing, self.say

        def known_limits() -> dict[str, RelayLimit]:
            with ledger.reading() as connection:
                return read_limits(connection, [route.place for route in routes], now=office.clock())

        limits = await asyncio.to_thread(known_limits)  # first: from `begin` on, nothing may fail before the `try`
        for route in routes:
            route.limit = limits.get(route.place, RelayLimit())
        lock = await asyncio.to_thread(begin, office, ledger, mailing)
        self._recorder = Recorder(ledger, lock.owner, actor=office.actor, clock=office.clock, retry=self._ledger_retry)
        relays = [route.relay for route in routes]
        bounds = (self._recorder, relays, office.settings.pacing)
        self._pacer = Pacer(*bounds, mailing_id=mailing.id, stamp=office.stamp, say=say, owner=lock.owner)
        self._breaker = Breaker()

        async def on_refusal(key: str, reply: Reply, open_now: int) -> None:  # it may want fewer
            await self._pacer.heed(key, reply, office.clock(), open_now=open_now + 1)

        async def on_limit(place: str, limit: RelayLimit) -> None:
            await self._recorder.run_in_ledger(lambda each: remember_limit(each, place, limit, now=office.clock()))

        self._relays = Relays(
            routes,
            limit=self._pacer.connections,
            on_refusal=on_refusal,
            say=say,
            on_limit=on_limit,
            ask_shares=partial(self._pacer.share, run_folder=lock.folder) if is_shared else share_with_nobody,
            lease_s=ledger.lease.total_seconds(),
        )
        most = max(relay.connections for relay in relays)
        self._feed = Feed(
            office,
            ledger,
            self._recorder,
            self._pacer,
            mailing_id=mailing.id,
            connections=most,
            stay_s=self._retry.stay_s,
            over=self._over,
            say=say,
        )
        recording = asyncio.create_task(self._recorder.run())
        keeping = keep_lease(
            self._recorder, mailing, office.clock, ledger.lease, on_loss=self._feed.lose, on_end=self._over.set
        )
        background = [asyncio.create_task(each) for each in (keeping, self._relays.revive(), self._keep_share())]
        why = _DIED
        try:
            halted = await self._work(most)
        except LedgerProblem:
            why = _LEDGER
            raise
        except asyncio.CancelledError:  # Ctrl-C once more: wait for nothing
            self.stop()
            self._ledger_retry.end()
            raise
        finally:
            why = _STOPPED if self._stopped.is_set() else why
            for task in background:
                task.cancel()
            try:
                await self._feed.close()
                await self._pacer.close()
            finally:  # a ledger that is lost fails at each of these again: no task may be left behind unawaited
                self._recorder.finish()
                await asyncio.gather(*background, recording, return_exceptions=True)
                try:
                    halt_reason, in_doubt = await self._ledger_retry.run(
                        lambda _: end_run(ledger, mailing, self._recorder, stamp=office.stamp(), reason=why)
                    )
                finally:
                    lock.free()  # however it ended: a worker that lives on must not keep what its run held
        recording.result()  # what could not be written is reported, also if nobody waited for it
        stopped = self._stopped.is_set()
        return Ended(
            mailing.name,
            routes[0].key,
            halted=str(halted) if halted else halt_reason,
            stopped=stopped,
            in_doubt=in_doubt if stopped else 0,
            lost=self._feed.is_lost,
            full_until=None if halted or stopped else self._feed.full_until,
            notes=tuple(note for access in self._accesses for note in access.notes),
        )

    async def _work(self, connections: int) -> _Halt | None:
        """Run the connections until nothing is left, or one of them has to end the run."""
        workers = [asyncio.create_task(self._connection()) for _ in range(connections)]

        async def hurry() -> None:
            """Once stopped: return all that is not on the wire, and disconnect from a relay that takes too long."""
            await self._stopped.wait()
            until = asyncio.get_running_loop().time() + self.waits.stop_s
            with contextlib.suppress(LedgerProblem, TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._feed.give_back()
            await asyncio.sleep(until - asyncio.get_running_loop().time())
            for worker in workers:
                worker.cancel()

        hurrying = asyncio.create_task(hurry())
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            self._over.set()
            await asyncio.wait(workers)
        except asyncio.CancelledError:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
            raise
        finally:
            hurrying.cancel()
        ended = [worker.exception() for worker in workers if not worker.cancelled()]
        for error in ended:
            if error is not None and not isinstance(error, _Halt):
                raise error
        halted = next((error for error in ended if isinstance(error, _Halt)), None)
        if halted is None:
            return None
        reason, stamp = str(halted), self.office.stamp()
        await self._recorder.run_in_ledger(lambda each: halt(each, self.mailing.id, reason=reason, stamp=stamp))
        if halted.reply.stage in _BEFORE_ANYBODY:
            raise RelayUnavailable(reason, hint=halted.hint)
        return halted

    async def _keep_share(self) -> None:
        """Request our share of connections every second, and close idle ones that are too many."""
        while True:
            await asyncio.sleep(_SHARE_EVERY_S)
            with contextlib.suppress(LedgerProblem):  # the recorder has the same problem, and stops the run
                await self._relays.share(is_idle=self._feed.is_idle or self._over.is_set())
            await self._relays.close_idle(self._idle)

    async def _connection(self) -> None:
        """Submit one message after the other, on one connection at a time."""
        channel: Channel | None = None
        letter: Letter | None = None
        try:
            while True:
                if channel is None and not await self._relays.has_room(self._over):
                    if letter is not None:  # no other connection is needed any more
                        await self._return(letter.delivery)
                    return
                if letter is None:
                    self._idle.add(channel)
                    delivery = await self._feed.next(channel.key if channel else self._relays.current())
                    self._idle.discard(channel)
                    if delivery is None:
                        return
                    letter = await self._make(delivery)
                if channel is not None and not self._relays.is_share_current():  # we were asleep, or had no ledger
                    self._idle.add(channel)
                    await self._relays.refresh_shares()
                    self._idle.discard(channel)
                    if self._relays.should_close(channel):
                        await self._relays.close(channel)
                if channel is not None and channel.is_closed:  # hold no delivery and no turn meanwhile
                    await self._return(letter.delivery, turn_of=channel.key)
                    channel = letter = None
                    continue
                if channel is None:
                    channel, letter = await self._connect(letter)
                    continue
                letter = await self._send(channel, letter)
                if not channel.session.usable or (letter is None and self._relays.should_close(channel)):
                    await self._relays.close(channel)
                    channel = None
        except BaseException:
            self._over.set()
            raise
        finally:
            if channel is not None:
                await self._relays.close(channel)

    async def _connect(self, letter: Letter) -> tuple[Channel | None, Letter | None]:
        """Open a connection for a letter, which is returned if there is none, or if its relay has another pace."""
        wanted = self._relays.current()
        try:
            channel = await self._relays.open()
        except NoRelay as none:
            await self._return(letter.delivery, turn_of=wanted)
            raise _Halt(none.refusal.reply, str(none), none.refusal.hint) from None
        except BaseException:
            await self._return(letter.delivery, turn_of=wanted)
            raise
        if channel is not None and (channel.key == wanted or self._pacer.is_free(channel.key)):
            return channel, letter
        await self._return(letter.delivery, turn_of=wanted)
        return channel, None

    async def _make(self, delivery: Delivery) -> Letter:
        """Build a message again, check it against approval and embargo, and sign it; on failure, release it."""
        try:
            return Letter(delivery, await self._envelope(delivery))
        except BaseException:
            await self._return(delivery)
            raise

    async def _envelope(self, delivery: Delivery) -> Envelope:
        text, merger = self._editions.get(delivery.edition_id) or await self._open(delivery.edition_id)
        now = self.office.clock()
        why_not = why_not_now(text.embargo_until, is_lifted=text.is_lifted, now=now) if self._is_real else ""
        if why_not:
            raise _Halt(Reply(Stage.DATA, 0), f"Not sent: {why_not}")
        if self._gate is not None and not self._gate.allows(delivery):
            try:
                await asyncio.to_thread(self._gate.load)  # more may have been planned and approved since
            except NotApproved as refused:
                raise _Halt(Reply(Stage.DATA, 0), f"Not sent: {refused.message}") from None
            if not self._gate.allows(delivery):
                raise _Halt(Reply(Stage.DATA, 0), f"Not sent: the mail to {delivery.address} is in no approved plan")
        approved = delivery.content_hash
        envelope = merger.merge_again(delivery.address, delivery.merge_row, date=now, approved=approved)
        if envelope is None:
            raise LedgerProblem(
                f"the mail to {delivery.address} is not the one that was approved; nothing more is sent",
                hint='Was mailer updated meanwhile? `mailer send … --changed "reason"` approves it anew.',
            )
        return self._signing.sign(envelope, now=now) if self._signing else envelope

    async def _open(self, edition_id: int) -> tuple[Text, Merger]:
        """Return an edition of the mailing's text, and its merger; read once, by the first connection that needs it."""

        def read(_: bool) -> Text:  # noqa: FBT001 - `LedgerRetry.run` passes it by position
            with self.ledger.reading() as connection:
                text = unpack(read_edition(connection, edition_id))
            if self._signing is not None:
                self._signing.check_sender(text.settings.sender)
            return text

        async with self._opening:  # all connections need it at once, at the beginning
            if edition_id not in self._editions:
                text = await self._ledger_retry.run(read)
                merger = await asyncio.to_thread(
                    Merger, text, mailing=self.mailing.full_name, kind=self.mailing.kind, keys=self.office.keys
                )
                self._editions[edition_id] = text, merger
        return self._editions[edition_id]

    async def _send(self, channel: Channel, letter: Letter) -> Letter | None:
        """Submit a letter; return the next one on this connection, whose first commands may be on the wire already."""
        following = None
        try:
            more = None if self._relays.should_close(channel) else self._feed.next_at_once(channel.key)
            following = await self._make(more) if more is not None else None
            may_send_others = await self._submit(channel, letter, following)
        except BaseException:
            if following is not None:
                await self._return(following.delivery)
            raise
        finally:
            self._feed.done()
        if not may_send_others:  # now that no reply is awaited, before each leased delivery costs a connection
            await self._feed.give_back()
        if following is not None and self._over.is_set():
            await self._return(following.delivery)
            return None
        return following

    async def _submit(self, channel: Channel, letter: Letter, following: Letter | None) -> bool:
        """Send a letter, record its outcome, and act on what the reply means beyond this address.

        Return False if its text may not be sent: it is suppressed, paused or no longer leased, as others may be.
        """
        delivery, session, begun_at = letter.delivery, channel.session, self.office.clock()
        unfit = _unfit(session, letter.envelope)
        if unfit:
            self._settle(channel, delivery, Outcome(Verdict.REJECTED, reason=unfit), Reply(Stage.MAIL, 0))
            return True
        rider = following.envelope if following and not _unfit(session, following.envelope) else None
        reply = await session.send(
            letter.envelope, may_write=lambda: self._recorder.may_attempt(delivery.id), then=rider
        )
        if reply is None:
            await self._give_back(delivery)  # the next claim finds out why
            return False
        outcome = classify(reply)
        if outcome.verdict is Verdict.RETURNED:
            await self._give_back(delivery)
        else:
            self._settle(channel, delivery, outcome, reply)
        if outcome.scope is Scope.CONNECTION and await self._relays.learn_limit(channel, reply):
            session.abandon()
            return True
        is_known = False
        if reply.code >= 400:
            open_now = channel.route.open
            is_known = await self._pacer.heed(channel.key, reply, begun_at, domain=delivery.domain, open_now=open_now)
        if outcome.scope is Scope.RUN:
            raise _Halt(reply)
        if outcome.scope is Scope.ADDRESS:
            if session.stalled:  # it refused, and then stopped answering
                await self._relays.learn_limit(channel, reply)
            await self._relays.succeeded(channel)
        else:
            session.abandon()
            wait_s = self._relays.failed(channel, reply)
            if wait_s is None:
                raise _Halt(reply)
            await asyncio.sleep(wait_s)
        if is_known:
            return True
        why = self._breaker.note(outcome, reply)  # too many of one kind
        if outcome.suppress and self._is_real:
            stamp = self.office.stamp()
            why = await self._recorder.run_in_ledger(lambda each: halt_for_dead(each, self.mailing.id, stamp=stamp))
        if why:
            raise _Halt(reply, why)
        return True

    def _settle(self, channel: Channel, delivery: Delivery, outcome: Outcome, reply: Reply) -> None:
        now = self.office.clock()
        next_attempt_at = None
        if outcome.verdict is Verdict.DEFERRED:
            asked_s = asked_wait_s(reply) if outcome.reason == "onhold" else 0.0
            delay_s = self._retry.delay_s(delivery.attempts + 1, delivery.token_id, asked_s=asked_s)
            next_attempt_at = now + timedelta(seconds=delay_s)
        result = Result(
            delivery.id,
            EventKind(outcome.verdict.value),
            now,
            reason=outcome.reason,
            code=reply.code or None,
            enhanced=reply.enhanced,
            text=str(reply) if reply.text or reply.code else "",
            next_attempt_at=next_attempt_at,
            relay=channel.key,
            attempt=delivery.attempts + 1 if reply.stage is Stage.BODY else 0,
        )
        self._recorder.settle(Settled(result, delivery.mailing_id, outcome.suppress and self._is_real))
        if delivery.id in self._put_off:  # tried again: only its newest reply counts
            self.counts[Verdict.DEFERRED] -= 1
        self._put_off.discard(delivery.id)
        if outcome.verdict is Verdict.DEFERRED:
            self._put_off.add(delivery.id)
        self.counts[outcome.verdict] += 1
        if outcome.verdict is Verdict.ACCEPTED and self.counts[Verdict.ACCEPTED] == 1:
            self._on_first()
        self.on_progress(self.counts)

    async def _give_back(self, delivery: Delivery) -> None:
        await self._recorder.run_in_ledger(lambda each: release(each, [delivery.id], self._recorder.owner))

    async def _return(self, delivery: Delivery, *, turn_of: str = "") -> None:
        """Release a delivery that was never on the wire, and its turn; if the ledger fails, it is freed at the end."""
        if turn_of:
            self._pacer.unused[turn_of].append(self.office.clock())
        with contextlib.suppress(LedgerProblem):
            await self._give_back(delivery)
        self._feed.done()


def _unfit(session: Session, envelope: Envelope) -> str:
    """Return why this relay cannot take a message at all, as far as that is known without trying."""
    if envelope.needs_smtputf8 and not session.takes_smtputf8:
        return "smtputf8"
    return "mesgtoobig" if 0 < session.size_limit < len(envelope.data) else ""


def is_final(refusal: RelayRefusal) -> bool:
    """Return whether a relay that refused us will refuse us later, too."""
    return classify(refusal.reply).scope is Scope.RUN


def stand_in(relay: Relay, host: str, port: int) -> Relay:
    """Return the embedded server as a relay: with the same connections, and without pace and login."""
    return Relay(
        key=relay.key,
        host=host,
        port=port,
        security=Security.PLAIN,
        connections=relay.connections,
        messages_per_connection=relay.messages_per_connection,
        pipelining=relay.pipelining,
        timeouts=relay.timeouts,
    )


def check_for_page(data: bytes) -> Sequence[tuple[Severity | None, str]]:
    """Return the checks of a message for the preview page: the severity (None: it passed), and the message of each."""
    return [(None if check.passed else check.severity, check.message) for check in check_message(data)]


# Waiting at the terminal for the time of a mailing, as patiently as a worker, by the wall clock: on a laptop that is
# asleep, every other clock stops.

_POLL_S = 1.0
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
    """Wait for the time of a scheduled mailing, and begin it; return it as it is then.

    `outage` returns why the relay cannot be reached (empty if it can), `on_tick` is called every second. Ends early
    once `stopped` is set, or if the mailing was paused, cancelled or sent from elsewhere; if it was moved, the new time
    counts. A laptop that wakes has no network yet: that is no reason to halt, and the relay is tried until it answers,
    or until it is too late for everybody.
    """
    tries = 0
    while not stopped.is_set():
        with ledger.reading() as connection:
            mailing = require_mailing(connection, mailing.full_name)
            in_time = count_ready(connection, mailing.id, now=office.clock()) > 0
        if mailing.state not in {MailingState.SCHEDULED, MailingState.PLANNING}:
            return mailing
        why, wait_s = "", _POLL_S
        if mailing.state is MailingState.SCHEDULED and not is_waiting(mailing, now=office.clock()):
            why = await outage() if in_time else ""
            if not why and start(office, ledger, mailing):
                continue  # read it once more
            wait_s = backoff_s(tries)
            tries += 1
        on_tick(mailing, why)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), timeout=wait_s)
    return mailing


def start(office: Office, ledger: Ledger, mailing: Mailing) -> bool:
    """Begin a scheduled mailing if its time has come; return False if not, or if another process was faster."""
    with ledger.writing() as connection:
        return start_due(connection, mailing.id, stamp=office.stamp())


def backoff_s(tries: int) -> float:
    """Return how many seconds to wait after so many tries that failed."""
    return _BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)]
