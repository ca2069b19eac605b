"""Relays: which relay the next message uses, the pace, and when the servers' replies are a reason to stop.

Pace: `Pacer` and `Domains` calculate it; they never sleep, but return how long to wait. First the slots of a relay are
taken, for the next two seconds at once, and as many rows are leased as there are slots, in one transaction: nobody
holds a delivery that may not leave yet. A slot that was missed by more than a second is returned, so that late messages
do not go out in a burst. Everything that other processes must know is in the ledger, including paces that were lowered
by a server's replies. Slots are ours once that transaction is committed; if it has to be repeated, it takes them again,
and may lose some.

Breaker: two signs show that something is wrong with us, with the relay or with the list. Refusals of one
kind in a row are counted here, in this process; dead addresses are counted in the ledger, so that several processes, or
a restart, count together. A relay that calls everybody dead is not trusted: its replies are discarded, and suppress
nobody. With an old list, the replies are trusted. A mailing that staff have resumed is not halted again for the same
cause.

`Relays` owns how many of the shared connections each relay has, which relays are up, the limits that were observed
(messages per connection, one command at a time), and the switch to another relay when one is down. Another relay takes
over only before the text was sent: a message whose outcome is unknown must not be sent again. A relay that refuses our
login or has no TLS is not used for the rest of the run: a few wrong passwords lock an account.

A share of connections is ours as long as the ledger says so. After a quarter of a lease without an answer from the
ledger, the share is requested again before anything is sent over a connection (we may have been asleep, and others may
have our share), and after half of a lease we have none: at least three quarters of a lease are always left.

Never submits a message, never decides what a reply means (`reply` does), nor how connections are shared
(`ledger.pacing`). Raises `NoRelay` if none is left. Gap: a process that is asleep closes nothing; until it wakes, the
relay sees its connections in addition to the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from mailer.events import Delivery, EventKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, mailings, suppressions
from mailer.ledger import pacing as paces
from mailer.ledger.mailings import Stamp, add_event
from mailer.ledger.pacing import RelayLimit, Use
from mailer.ledger.processes import free_dead_step
from mailer.ledger.suppressions import DeadTally
from mailer.platform.clocks import boot_s
from mailer.reply.policy import Complaint, Slower, classify, is_used_up, read_complaint
from mailer.reply.values import Outcome, Reply, Scope, Verdict
from mailer.settings import DomainPace, Pacing, Relay, format_rate
from mailer.smtp.session import RelayRefusal, Session, Together

AHEAD = timedelta(seconds=2)
_LATE = timedelta(seconds=1)
_OF_A_DAY = 20  # slots of a limited day taken at once: another process must find room, too
_DOMAIN_S = 0.25  # for a domain without a rate that complains: four times this, 60/min, at first

_T = TypeVar("_T")
Kept: TypeAlias = Sequence[tuple[datetime, Delivery]]  # each with the time before which it must not be sent


class Domains:
    """Limits the recipients of a claim, so that no domain gets more at once, or faster, than it takes.

    Used inside the claim's own transaction: first for the domains to leave out, then for which of those claimed to
    keep.
    """

    def __init__(self, rules: Mapping[str, DomainPace], per_domain: int) -> None:
        """Hold the rules by domain, and how many may be in flight to a domain that has no rule (0: no limit)."""
        self.rules = rules
        self.lowered: Mapping[str, paces.Lowered] = {}
        self._per_domain = per_domain
        self._limits_flight = per_domain or any(rule.in_flight for rule in rules.values())
        self._leased: Mapping[str, int] = {}

    def pace(self, domain: str) -> paces.Pace:
        """Return the pace of a domain, by its rule if it has one."""
        return paces.domain_pace(domain, self.rules.get(domain, DomainPace()))

    def full(self, connection: Connection, *, now: datetime) -> Mapping[str, datetime | None]:
        """Find the domains that take nobody now: until a time, or (None) until a delivery in flight is settled."""
        self._leased = paces.leased_by_domain(connection) if self._limits_flight else {}
        until: dict[str, datetime | None] = {}
        for domain in self._slowed():
            next_at = paces.read_pace(connection, self.pace(domain), now=now).next_at
            if next_at is not None and next_at > now + AHEAD:
                until[domain] = next_at - AHEAD
        return until | {domain: None for domain in self._leased if self._room(domain) == 0}

    def admit(self, connection: Connection, taken: Sequence[Delivery], *, now: datetime) -> tuple[Kept, Sequence[int]]:
        """Choose which of those claimed to keep, and which to return; `full` was called in the same transaction."""
        slowed = self._slowed()
        if not slowed and not self._limits_flight:
            return [(now, delivery) for delivery in taken], []
        by_domain: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in taken:
            by_domain[delivery.domain].append(delivery)
        times: dict[int, datetime] = {}
        for domain, deliveries in by_domain.items():
            chosen = deliveries[: self._room(domain)]
            at: Sequence[datetime] = [now] * len(chosen)
            if domain in slowed:
                at = paces.take_slots(connection, self.pace(domain), now=now, count=len(chosen), until=now + AHEAD).at
            times |= {delivery.id: time for delivery, time in zip(chosen, at, strict=False)}
        kept = [(times[delivery.id], delivery) for delivery in taken if delivery.id in times]
        return kept, [delivery.id for delivery in taken if delivery.id not in times]

    def _slowed(self) -> set[str]:
        """Return the domains that have a rate, from mailer.toml or their own replies."""
        lowered = {name.removeprefix(paces.DOMAIN) for name in self.lowered if name.startswith(paces.DOMAIN)}
        return lowered | {domain for domain, rule in self.rules.items() if rule.rate}

    def _room(self, domain: str) -> int | None:
        """Return how many more may be in flight to a domain; None for any number."""
        rule = self.rules.get(domain)
        most = (rule.in_flight if rule else 0) or self._per_domain
        return max(0, most - self._leased.get(domain, 0)) if most else None


class LedgerAccess(Protocol):
    """Does work on the ledger, in a transaction (`record.Recorder`)."""

    def run_in_ledger(self, work: Callable[[Connection], _T]) -> Awaitable[_T]:
        """Do the work, and return its result."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a message may leave now (`wait_s` 0), or how long to wait; `by_day` says that the day is full."""

    wait_s: float
    by_day: bool = False


class Pacer:
    """Limits the speed of one run: by its relays, the domains of its recipients, and their complaints.

    By relay, `slots` are those reserved; `unused` ones are returned when the next are reserved.
    """

    def __init__(
        self,
        ledger: LedgerAccess,
        relays: Sequence[Relay],
        pacing: Pacing,
        *,
        mailing_id: int,
        stamp: Callable[[], Stamp],
        say: Callable[[str], None],
        owner: str = "",
    ) -> None:
        self._ledger, self._owner, self._mailing_id, self._stamp, self._say = ledger, owner, mailing_id, stamp, say
        self._slowed_at: dict[tuple[str, Slower], datetime] = {}
        self._paces = {relay.key: paces.relay_pace(relay) for relay in relays}
        self.slots: dict[str, deque[datetime]] = {relay.key: deque() for relay in relays}
        self.unused: dict[str, list[datetime]] = {relay.key: [] for relay in relays}
        self._sent: dict[str, deque[datetime]] = {relay.key: deque(maxlen=32) for relay in relays}
        per_domain = max((relay.in_flight_per_domain for relay in relays), default=0)
        self.domains = Domains(pacing.by_domain(), per_domain)

    def read_lowered(self, connection: Connection) -> None:
        """Read which paces complaints have lowered, in this process or another; part of each claim."""
        own = (*self._paces.values(), *map(self.domains.pace, self.domains.rules))
        self.domains.lowered = paces.read_lowered(connection, {pace.name: pace for pace in own}, now=self._stamp().at)

    def is_free(self, key: str) -> bool:
        """Return whether nothing limits a relay's rate or day, neither mailer.toml nor its own replies."""
        pace, lowered = self._paces[key], self.domains.lowered.get(f"relay:{key}")
        return not pace.step_s and not pace.counts_days and (lowered is None or not lowered.step_s)

    def connections(self, key: str) -> int:
        """Return how many connections a relay takes at the moment."""
        lowered = self.domains.lowered.get(f"relay:{key}")
        most = self._paces[key].connections
        return min(most, lowered.connections or most) if lowered else most

    async def share(self, uses: Mapping[str, paces.Use], *, run_folder: Path) -> Mapping[str, int]:
        """Return how many connections to each relay are ours; if that is too few, look for dead processes."""

        def work(connection: Connection) -> Mapping[str, int]:
            now, share = self._stamp().at, paces.share_connections
            ours = {key: share(connection, self._paces[key].name, self._owner, uses[key], now=now) for key in uses}
            if any(ours[key] < use.wants for key, use in uses.items()):
                free_dead_step(connection, run_folder, now=now)
            return ours

        return await self._ledger.run_in_ledger(work)

    def record_sent(self, key: str) -> Turn:
        """Record that a message leaves over a relay."""
        self._sent[key].append(self._stamp().at)
        return Turn(0.0)

    async def turn(self, key: str) -> Turn:
        """Reserve a turn on a relay: a message may leave now, or nothing is reserved, and the wait is returned."""
        if self.is_free(key):
            return self.record_sent(key)
        slots, now = self.slots[key], self._stamp().at
        # further ahead than slots are taken: the clock was set back, and its new time is trusted
        while slots and not now - _LATE <= slots[0] <= now + AHEAD:
            self.unused[key].append(slots.popleft())
        if not slots:
            taken = await self._ledger.run_in_ledger(partial(self.reserve, key=key, most=1))
            if taken is None or isinstance(taken, Turn):
                return taken or self.record_sent(key)
            slots.extend(taken)
        wait_s = (slots[0] - self._stamp().at).total_seconds()
        if wait_s > 0:
            return Turn(wait_s)
        slots.popleft()
        return self.record_sent(key)

    def reserve(self, connection: Connection, key: str, *, most: int) -> Sequence[datetime] | Turn | None:
        """Reserve the next slots of a relay instead of those reserved before; None if nothing limits it.

        They are ours (`slots`) once that is committed: if it is repeated, those taken before may be lost. If there are
        none for now, return how long to wait.
        """
        if self.is_free(key):
            return None
        pace, now = self._paces[key], self._stamp().at
        self.give_back(connection, key, self._clear_slots(key))
        count = min(most, _OF_A_DAY) if pace.counts_days else most
        taken = paces.take_slots(connection, pace, now=now, count=count, until=now + AHEAD)
        return taken.at or Turn(max((taken.next_at - now).total_seconds(), 0.001), taken.by_day)

    def give_back(self, connection: Connection, key: str, unused: Sequence[datetime]) -> None:
        """Return slots of a relay that are not needed."""
        paces.give_back_slots(connection, self._paces[key], unused, now=self._stamp().at)

    async def close(self) -> None:
        """Return the slots that were taken and not used."""
        unused = {key: self._clear_slots(key) for key in self.slots}

        def work(connection: Connection) -> None:
            for key, slots in unused.items():
                self.give_back(connection, key, slots)

        if any(unused.values()):
            await self._ledger.run_in_ledger(work)

    def _clear_slots(self, key: str) -> list[datetime]:
        found = [*self.unused[key], *self.slots[key]]
        self.unused[key].clear()
        self.slots[key].clear()
        return found

    async def lower(
        self, key: str, complaint: Complaint, *, domain: str, open_now: int
    ) -> tuple[paces.Lowered, paces.Lowered]:
        """Slow down as a server asks, from now on and for all processes; return the pace before and after."""
        if complaint.by_domain:
            pace, seen_s = self.domains.pace(domain), _DOMAIN_S
        else:
            sent = self._sent[key]  # recently, for the seconds between two messages
            seen_s = (sent[-1] - sent[0]).total_seconds() / (len(sent) - 1) if len(sent) > 1 else 1.0
            pace = self._paces[key]
            self.unused[key] += self.slots[key]
            self.slots[key].clear()
        before = self.domains.lowered.get(pace.name) or paces.Lowered(pace.name, pace.step_s, pace.connections)

        def work(connection: Connection) -> paces.Lowered:
            why, now = complaint.slower.value, self._stamp().at
            if complaint.slower is Slower.CONNECTIONS and not complaint.by_domain:
                fewer, owner = paces.fewer_connections, self._owner
                return fewer(connection, pace, now=now, open_now=open_now, reason=why, owner=owner)
            return paces.slow_down(connection, pace, now=now, reason=why, current_s=seen_s)

        lowered = await self._ledger.run_in_ledger(work)
        self.domains.lowered = {**self.domains.lowered, pace.name: lowered}
        return before, lowered

    async def heed(self, key: str, reply: Reply, begun_at: datetime, *, domain: str = "", open_now: int = 1) -> bool:
        """Change our speed as a relay's reply (about a recipient at `domain`) asks.

        Many messages are in flight when the first complaint comes: a reply to one that was begun before we slowed down
        is no new complaint. Return whether this was such a reply. `reply` decides what the words mean.
        """
        complaint = read_complaint(reply, domain)
        if complaint is None:
            return False
        name = (f"domain:{domain}" if complaint.by_domain else f"relay:{key}", complaint.slower)
        if name in self._slowed_at and begun_at <= self._slowed_at[name]:
            return True
        self._slowed_at[name] = self._stamp().at
        before, lowered = await self.lower(key, complaint, domain=domain, open_now=open_now)
        self._slowed_at[name] = self._stamp().at  # what was begun while the ledger was written, too
        server = name[0].removeprefix("domain:").replace("relay:", "relay ", 1)
        if lowered.connections < before.connections:
            number = f"{lowered.connections} connection{'' if lowered.connections == 1 else 's'}"
            sentence = f"{server}: {number} instead of {before.connections}, because it asks for fewer"
        elif lowered.step_s > before.step_s:
            was = f" instead of {format_rate(before.step_s)}" if before.step_s else ""
            sentence = f"{server}: {format_rate(lowered.step_s)}{was}, because we were too fast for it"
        else:  # it could not be lower
            return False

        def work(connection: Connection) -> None:
            text, reason = f"{sentence}: {reply}", complaint.slower.value
            add_event(
                connection, EventKind.SLOWED, self._stamp(), mailing_id=self._mailing_id, reason=reason, text=text
            )

        await self._ledger.run_in_ledger(work)
        self._say(f"{sentence} (“{reply}”)")
        return False


# Breaker: when refusals are no longer about single recipients.

IN_A_ROW = 10
DEAD_IN_A_ROW = 5  # at several domains: no single server of theirs can be the cause
DEAD_DOMAINS = 3
FIRST = 50  # deliveries
DEAD_OF_FIRST = 0.20
ALL_OF = range(3, 21)  # sizes of a mailing in which every address may be called dead
DEAD_SHARE = 0.05  # of more than those first deliveries
_EACH_UP_TO = 50  # dead addresses: beyond, the share is checked once for each tenth more
_SHOWN = 3  # different replies that are shown
_SHOWN_CHARACTERS = 160


class Breaker:
    """Counts the refusals of one run that may be about us."""

    def __init__(self) -> None:
        self._kind = ""
        self._row: deque[str] = deque(maxlen=IN_A_ROW)

    def note(self, outcome: Outcome, reply: Reply) -> str:
        """Count an outcome; return a sentence with the replies that tripped it if the run should halt, else ""."""
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
        return f"{IN_A_ROW} refusals of one kind in a row: {_shown(self._row)}" if len(self._row) == IN_A_ROW else ""


def halt_for_dead(connection: Connection, mailing_id: int, *, stamp: Stamp) -> str:
    """Halt a mailing if its dead addresses require it; return the reason for people, empty if it continues.

    A mailing that another process has halted meanwhile is halted for this one, too.
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
    """Return why the relay cannot be trusted about dead addresses; empty if it can."""
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
        f"settings. It said: {_shown(tally.replies)}"
    )


def judge_share(tally: DeadTally) -> str:
    """Return a warning if a list has more dead addresses than a well-kept one, else an empty text."""
    dead, settled = tally.dead, tally.settled
    was_checked = dead > _EACH_UP_TO and dead % (dead // 10)
    if was_checked or settled < FIRST or dead <= DEAD_SHARE * settled:
        return ""
    replies = _shown(tally.replies)
    return f"{dead} of the first {settled} addresses are dead: is this an old list? The relay said: {replies}"


def _shown(replies: Iterable[str]) -> str:
    """Return the different replies, the most frequent first, with how often each came."""
    counted = Counter(reply[:_SHOWN_CHARACTERS] for reply in replies)
    shown = [f"“{text}”" + (f" ({count} times)" if count > 1 else "") for text, count in counted.most_common(_SHOWN)]
    rest = len(counted) - len(shown)
    return " · ".join(shown) + (f" · and {rest} in other words" if rest else "")


# Connections.

_BACKOFF_S = (0.5, 2.0, 5.0)  # between tries to connect while no relay is up
_REVIVE_S = (5.0, 15.0, 30.0, 60.0)  # between tries in the background, while another relay is up
_TRIES = 4  # connections in a row that fail before a relay counts as down
_POLL_S = 1.0
_FEWER_FOR_S = 60.0
_REPORT_AT = 5
_GOODBYE_S = 1.0


@dataclass(slots=True)
class Route:
    """A relay, how to connect to it, and its state in this run."""

    relay: Relay
    connect: Callable[[], Awaitable[Session]] = field(repr=False)
    open: int = 0  # also those being opened or closed
    closing: int = 0
    most: int = 0  # connections that it is known to take, until `most_until` (0: no limit known)
    most_until: float = 0.0
    failures: int = 0
    refusal: RelayRefusal | None = None  # why it is down
    is_out: bool = False  # not used for the rest of this run
    is_reported: bool = False  # that it takes fewer messages a connection
    spare: list[Session] = field(default_factory=list)
    probes: int = 0  # connections being opened to see whether it is back
    limit: RelayLimit = field(default_factory=RelayLimit)  # observed by now
    answered: set[Together] = field(default_factory=set)  # kinds of several commands in one segment that it answered
    is_tried: bool = False  # one command at a time is being tried; not known to help yet

    @property
    def key(self) -> str:
        """Return the relay's name in mailer.toml."""
        return self.relay.key

    @property
    def place(self) -> str:
        """Return the key of the relay's limits in the ledger: another host is another relay."""
        return f"{self.relay.host}:{self.relay.port_number}"[:300]


@dataclass(slots=True, eq=False)
class Channel:
    """A connection at work, over one relay."""

    route: Route
    session: Session
    is_closed: bool = False

    @property
    def key(self) -> str:
        """Return the key of its relay."""
        return self.route.key


class NoRelay(Exception):
    """No relay is left; `refusal` is that of the first, `message` has all."""

    def __init__(self, refusals: Sequence[RelayRefusal]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusal = refusals[0]


async def share_with_nobody(uses: Mapping[str, Use]) -> Mapping[str, int]:
    """Return all connections of a run's relays: they are shared with nobody."""
    return {key: use.most for key, use in uses.items()}


@dataclass(slots=True, eq=False)
class Relays:
    """The relays of one run, the first one preferred.

    `limit` returns how many connections a relay takes, by its key. `on_refusal` is called for each refused connection
    with key, reply and how many were open; `on_limit` with the observed limit of a relay, by its `place`; `say` with
    what people should know. `ask_shares` returns how many connections are ours, by the keys of relays.
    """

    routes: Sequence[Route]
    limit: Callable[[str], int]
    on_refusal: Callable[[str, Reply, int], Awaitable[None]]
    say: Callable[[str], None]
    on_limit: Callable[[str, RelayLimit], Awaitable[None]] | None = None
    ask_shares: Callable[[Mapping[str, Use]], Awaitable[Mapping[str, int]]] = share_with_nobody
    lease_s: float = 60.0
    clock_s: Callable[[], float] = boot_s
    backoff_s: Sequence[float] = _BACKOFF_S
    revive_s: Sequence[float] = _REVIVE_S
    _rounds: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: NoRelay | None = None
    _coming: int = 0  # connections that there is room for, and that are not opened yet
    _shares: Mapping[str, int] = field(default_factory=dict)
    _shared_for: str = ""  # the relay in use when the shares were requested
    _shared_s: float = 0.0  # when they were requested
    _sharing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _short: int = 0  # how often none was ours

    def current(self) -> str:
        """Return the key of the relay for the next connection."""
        return next(self._up(), self.routes[0]).key

    def should_close(self, channel: Channel) -> bool:
        """Return whether to close a connection once it is idle: it is one too many, or a better relay is back."""
        route = channel.route
        return route.open - route.closing > self._allowed(route) or route.key != self.current()

    async def has_room(self, finished: asyncio.Event) -> bool:
        """Wait until another connection may be opened; return False if it is no longer needed.

        Room for it is reserved until `open`: a delivery without a connection must not take a turn of the relay.
        """
        while not finished.is_set():
            route = next(self._up(), None)
            await self.refresh_shares()
            if route is None or route.open + self._coming < self._allowed(route):
                self._coming += 1
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(finished.wait(), timeout=_POLL_S)
        return False

    async def open(self) -> Channel | None:
        """Open a connection to the first relay that is up; return None if it takes no more.

        Raises NoRelay if none can be reached, or none accepts our login.
        """
        self._coming = max(0, self._coming - 1)
        channel, is_known = await self._first_up()
        if is_known:
            return channel
        async with self._rounds:  # one of the connections tries for all of them
            if self._ended is not None:
                raise self._ended
            for wait_s in self.backoff_s:
                if all(route.is_out for route in self.routes):
                    break
                if next(self._up(), None) is None:
                    await asyncio.sleep(wait_s)
                    for route in self.routes:
                        self._mark_up(route)
                channel, is_known = await self._first_up()
                if is_known:
                    return channel
            self._ended = NoRelay([route.refusal for route in self.routes if route.refusal is not None])
            raise self._ended

    async def close(self, channel: Channel) -> None:
        """Close a connection, unless it is closed; it counts as open until the relay has noticed."""
        if channel.is_closed:
            return
        channel.is_closed = True
        channel.route.closing += 1
        try:
            await channel.session.close()
        finally:
            channel.route.closing -= 1
            channel.route.open -= 1

    async def close_idle(self, idle: Collection[Channel | None]) -> None:
        """Close those of the `idle` connections that are too many: others wait for them.

        The set is checked again for each: while one is being closed, another may get a delivery and be busy again.
        """
        for channel in tuple(idle):
            if channel is not None and channel in idle and self.should_close(channel):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_GOODBYE_S):
                        await self.close(channel)

    async def share(self, *, is_idle: bool) -> None:
        """Request our share of connections again; an idle run wants none, and keeps those that nobody waits for."""
        # since the ledger's last answer, also if we slept meanwhile
        left_s = self.lease_s / 2 - (self.clock_s() - self._shared_s if self._shares else 0.0)
        try:
            async with asyncio.timeout(max(left_s, _POLL_S)), self._sharing:
                await self._request_shares(is_idle=is_idle)
        except TimeoutError:
            self._shares = {}
            return
        if is_idle or any(self._shares.values()):
            return
        self._short += 1
        if self._short == _REPORT_AT:
            used = "all of its connections are in use by other mailings or machines"
            self.say(f"relay {self._shared_for}: {used}; waiting for one")

    def is_share_current(self) -> bool:
        """Return whether our share of connections was requested recently."""
        return self.clock_s() - self._shared_s < self.lease_s / 4

    async def refresh_shares(self) -> None:
        """Request our share of connections at once if it is not known, or not for the relay to be used now."""
        if self.current() == self._shared_for and self.is_share_current():
            return
        async with self._sharing:
            if self.current() != self._shared_for or not self.is_share_current():
                await self._request_shares(is_idle=False)

    async def succeeded(self, channel: Channel) -> None:
        """Record that a relay answered a message, and that one command at a time helped, if that was being tried."""
        route = channel.route
        route.failures = 0
        route.answered |= channel.session.answered
        if route.is_tried and not route.limit.one_at_a_time:
            await self._learn(route, replace(route.limit, one_at_a_time=True))

    async def learn_limit(self, channel: Channel, reply: Reply) -> bool:
        """Record the limit that a reply which ended a connection reveals; return False if it reveals nothing new.

        With a new limit, nothing has failed: the next connection respects it.
        """
        route, session = channel.route, channel.session
        if session.stalled and session.stalled not in route.answered:
            if not route.is_tried:
                self.say(
                    f"relay {route.key}: it stopped answering after several commands at once; it gets one at a time "
                    f'now (pipelining = "off" in [relays.{route.key}] does so from the start)'
                )
            route.is_tried = True
            return True
        sent = session.sent - 1  # messages before the one that was refused
        if not is_used_up(reply) or sent < max(1, route.limit.messages):
            return False  # sooner than at the known limit: that is about our speed
        if not route.limit.messages:
            await self._learn(route, replace(route.limit, messages=sent))
            self.say(f"relay {route.key}: it takes {sent} message{'' if sent == 1 else 's'} a connection (“{reply}”)")
        return True

    async def _learn(self, route: Route, limit: RelayLimit) -> None:
        route.limit = limit
        if self.on_limit is not None:
            await self.on_limit(route.place, limit)

    def failed(self, channel: Channel, reply: Reply) -> float | None:
        """Record that a connection broke or was refused before any message text; return how long to wait.

        Return None if the relay fails repeatedly and no other replaces it: then the run is over.
        """
        route = channel.route
        route.failures += 1
        if route.is_tried and not route.limit.one_at_a_time:  # that was not the cause
            route.is_tried, route.answered = False, set(Together)
        has_other = any(other is not route and other.refusal is None for other in self.routes)
        if has_other and route.failures >= 2:
            message = f"relay {route.key} turned us away: {reply}"
            self._mark_down(route, RelayRefusal(reply, message))
            return 0.0
        if route.failures >= max(_TRIES, 2 * route.relay.connections):
            return None
        return self.backoff_s[min(route.failures, len(self.backoff_s)) - 1]

    async def revive(self) -> None:
        """Try the relays that are down again and again, until cancelled."""
        tries = 0
        try:
            while True:
                await asyncio.sleep(self.revive_s[min(tries, len(self.revive_s) - 1)])
                down = [route for route in self.routes if route.refusal is not None and not route.is_out]
                tries = tries + 1 if down else 0
                for route in down:
                    if self._count(route) >= self._allowed(route):
                        continue  # others use all of its connections
                    route.probes += 1
                    try:
                        route.spare.append(await route.connect())
                        self._mark_up(route)
                        self.say(f"relay {route.key} is back")
                    except RelayRefusal:
                        continue
                    finally:
                        route.probes -= 1
        finally:
            for route in self.routes:
                for session in route.spare:
                    session.abandon()

    async def _first_up(self) -> tuple[Channel | None, bool]:
        """Connect to the first relay that is up; the second value is False if none is."""
        while (route := next(self._up(), None)) is not None:
            await self.refresh_shares()
            if route.open >= self._allowed(route):
                return None, True
            channel = await self._connect(route)
            if channel is not None or route.open:
                return channel, True
        return None, False

    def _up(self) -> Iterator[Route]:
        return (route for route in self.routes if route.refusal is None)

    async def _request_shares(self, *, is_idle: bool) -> None:
        current, now_s = self.current(), self.clock_s()
        uses: dict[str, Use] = {}
        for route in self.routes:
            wanted = self._limit(route) if route.key == current and not is_idle else 0
            if route.refusal is not None and not route.is_out:
                wanted = max(wanted, 1)  # to see whether it is back
            held = max(self._count(route), self._shares.get(route.key, 0))
            uses[route.key] = Use(held, wanted, self.limit(route.key))
        self._shares = await self.ask_shares(uses)
        self._shared_for, self._shared_s = current, now_s
        for route in self.routes:
            while route.spare and self._count(route) > self._allowed(route):
                route.spare.pop().abandon()  # not needed, and others wait

    def _count(self, route: Route) -> int:
        return route.open + len(route.spare) + route.probes

    def _allowed(self, route: Route) -> int:
        return min(self._limit(route), self._shares.get(route.key, 0))

    def _limit(self, route: Route) -> int:
        limit = self.limit(route.key)
        if route.most and asyncio.get_running_loop().time() > route.most_until:
            route.most = 0
        return min(limit, route.most) if route.most else limit

    async def _connect(self, route: Route) -> Channel | None:
        """Connect to a relay; if that fails, record what it shows about the relay and return None."""
        route.open += 1
        try:
            session = route.spare.pop() if route.spare else await route.connect()
        except RelayRefusal as refusal:
            route.open -= 1
            await self.on_refusal(route.key, refusal.reply, route.open)
            route.is_out = classify(refusal.reply).scope is Scope.RUN
            if route.open and not route.is_out:
                route.most = route.open  # it takes fewer connections, but it is up
                route.most_until = asyncio.get_running_loop().time() + _FEWER_FOR_S
            else:
                self._mark_down(route, refusal)
            return None
        except BaseException:
            route.open -= 1
            raise
        wanted = route.relay.messages_per_connection
        if 0 < session.mail_limit < wanted and not route.is_reported:  # reported once, not for each connection
            route.is_reported = True
            self.say(f"relay {route.key}: it takes {session.mail_limit} messages a connection, not {wanted}")
        limit = route.limit
        session.restrain(messages=limit.messages, one_at_a_time=limit.one_at_a_time or route.is_tried)
        return Channel(route, session)

    def _mark_down(self, route: Route, refusal: RelayRefusal) -> None:
        route.refusal = refusal
        other = next(self._up(), None)
        if other is not None:
            self.say(f"{refusal.message}; relay {other.key} takes over")

    def _mark_up(self, route: Route) -> None:
        if not route.is_out:
            route.refusal, route.failures, route.most = None, 0, 0
