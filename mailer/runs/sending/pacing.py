"""Pacing: who is sent to next, and when: leases from the ledger, and the bounds of relays and domains.

`Feed` leases deliveries in small batches, so that several processes can share a mailing, and a process that dies holds
few. It does the waiting: for deferred deliveries that are due soon, for those that another process holds (it may die,
and then they are ours), for what the pace allows, and while the clock is in doubt. It never sends.

`Pacer` and `Domains` reckon the pace; they never sleep: the caller learns how long to wait. Slots of a relay are
taken first, for the next two seconds at once, and as many rows are leased as there are slots, in one transaction: what
may not leave yet is held by nobody. A slot that was missed by more than a second is returned: what is late must not
come in a heap. All that other processes must know stands in the ledger, also what a server's words lowered
(`Complaints`). Slots are ours once that transaction is committed: one that has to be repeated takes them anew, and may
lose some.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from mailer.events import Delivery, DeliveryState, EventKind, MailingState
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger
from mailer.ledger import pacing as paces
from mailer.ledger.deliveries import claim, leased_by_others, next_due_at, open_count, release, release_all
from mailer.ledger.mailings import Stamp, add_event, state_of
from mailer.ledger.planning import is_being_planned
from mailer.ledger.processes import free_dead, renew
from mailer.platform.clocks import AHEAD_S, BACK_S
from mailer.reply import Complaint, Reply, Slower, read_complaint
from mailer.runs.office import Office
from mailer.runs.sending.record import Recorder, expire
from mailer.settings import DomainPace, Pacing, Relay, say_rate

AHEAD = timedelta(seconds=2)
_LATE = timedelta(seconds=1)
_LOOK_AGAIN_S = 0.5
_HELD_S = 10.0  # a delivery that waits longer than that for the pace waits in the ledger
_OF_A_DAY = 20  # another process must find room too
_DOMAIN_S = 0.25  # a domain without a rate that complains: four times this, 60/min, to begin with

_T = TypeVar("_T")
_Kept: TypeAlias = Sequence[tuple[datetime, Delivery]]  # each with the moment before which it must not go


class Feed:
    """Yields deliveries one by one until nothing is left that this command should wait for.

    `over` is set when nothing more will be given; `full_until` is when a day that is full has room again, where that is
    longer than this command stays; `is_lost` says that another process has ended this one.

    Nobody is taken to be sent to while the clock by which the ledger lives is in doubt. That a clock has jumped, and
    when the new time is believed, `platform.clocks` knows. The times that a run lives by are right meanwhile, so
    nothing expires and no lease runs out.
    """

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        recorder: Recorder,
        pacer: Pacer,
        *,
        mailing_id: int,
        connections: int,
        stay_s: float,
        over: asyncio.Event,
        say: Callable[[str], None],
    ) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._pacer = pacer
        self._clock = office.clock
        self._run_folder = office.workspace.make_machine_folder("run")
        self._mailing_id = mailing_id
        self._connections = connections
        # leased at a time: enough that no connection waits for the ledger, and few to return
        self._batch = max(10, 4 * connections)
        self._stay_s = stay_s
        self.over = over
        self._say = say
        self._ready: deque[Delivery] = deque()
        self._later: list[tuple[datetime, int, Delivery]] = []  # a heap: whose domain takes them in a moment
        self._full: Mapping[str, datetime | None] = {}
        self._turn = asyncio.Lock()
        self._out = 0
        self._came_back = asyncio.Event()
        self._ahead: asyncio.Task[bool] | None = None
        self._dry = False
        self._paced: Turn | None = None  # when the relay takes somebody again, where nobody was leased because of that
        self.full_until: datetime | None = None
        self.is_lost = False

    async def next(self, key: str) -> Delivery | None:
        """Return the next delivery for a relay, leased to this process; None when it is time to go home."""
        while not self.over.is_set():
            async with self._turn:
                await self._wait_for_the_clock()
                now = self._clock()
                # those go whose domain takes them now, and at once where the clock was set back meanwhile
                while self._later and not now < self._later[0][0] <= now + AHEAD:
                    self._ready.append(heapq.heappop(self._later)[2])
                if not self._ready:
                    if self.over.is_set() or not await self._refill(key):
                        break
                    continue
                turn = await self._pacer.turn(key)
                if self.over.is_set():
                    break
                if not turn.wait_s:
                    return self._take(key)
                if not await self._wait(turn):
                    break
        self.over.set()
        return None

    def at_hand(self, key: str) -> Delivery | None:
        """Return another delivery to a connection that is at work, where that keeps nobody waiting; else None."""
        if self.over.is_set() or not self._pacer.is_free(key) or len(self._ready) <= self._connections:
            return None
        if self._ledger.jumped() is not None:
            return None
        self._pacer.went(key)
        return self._take(key)

    @property
    def is_idle(self) -> bool:
        """Return whether there is nobody to be sent to for now."""
        return self._dry and not (self._out or self._ready or self._later)

    def done(self) -> None:
        """Record that a delivery that was given is settled or returned; it may be due again."""
        self._out -= 1
        self._dry = False
        self._came_back.set()

    def lose(self) -> None:
        """Lease nothing more: this process was taken for dead, and what it held is another's by now."""
        self.is_lost = True
        self.over.set()

    async def give_back(self) -> None:
        """Return at once what was leased and not given: another process may go on with it, or nobody."""
        async with self._turn:
            if self._ahead is not None:
                await asyncio.gather(self._ahead, return_exceptions=True)
            ids = [each.id for each in (*self._ready, *(delivery for *_, delivery in self._later))]
            self._ready.clear()
            self._later.clear()
            await self._recorder.run_errand(lambda connection: release(connection, ids, self._recorder.owner))

    async def close(self) -> None:
        """Wait for the claim that is under way; what was leased and not given goes back with the process."""
        self.over.set()
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)

    def _take(self, key: str) -> Delivery:
        self._out += 1
        delivery = self._ready.popleft()
        low = len(self._ready) < self._batch // 2
        # claimed while the wire is busy; where a rate is kept there is time for it anyway
        if low and not self._dry and self._pacer.is_free(key) and (self._ahead is None or self._ahead.done()):
            self._ahead = asyncio.create_task(self._claim(key))
        return delivery

    async def _wait_for_the_clock(self) -> None:
        """Wait until the clock is right again, or its new time is believed, or the run is over."""
        said = False
        while not self.over.is_set() and (jumped := self._ledger.jumped()) is not None:
            if not said:
                said = True
                seconds = abs(jumped.total_seconds())
                units = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
                size = next((f"{seconds / unit:.0f} {name}" for unit, name in units if seconds >= 2 * unit), "")
                way, patience_s = ("ahead", AHEAD_S) if jumped > timedelta() else ("back", BACK_S)
                limit = f"{patience_s / 60:.0f} minutes" if patience_s >= 120 else f"{patience_s:.0f} seconds"
                self._say(
                    f"The clock jumped {size or f'{seconds:.0f} s'} {way}. Nobody is sent to until it is right again,"
                    f" or has kept its new time for {limit}."
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), timeout=_LOOK_AGAIN_S)
        if said and not self.over.is_set():
            self._say("The clock can be relied on again; going on.")

    async def _wait(self, turn: Turn) -> bool:
        """Wait a little for the relay's pace, or until it is time to stop; False where that is not worth it."""
        if turn.by_day and turn.wait_s > self._stay_s:
            self.full_until = self._clock() + timedelta(seconds=turn.wait_s)
            return False
        if turn.wait_s > _HELD_S:
            ids = [delivery.id for delivery in self._ready]
            self._ready.clear()
            await self._recorder.run_errand(lambda connection: release(connection, ids, self._recorder.owner))
        most = _HELD_S if turn.wait_s > _HELD_S else _LOOK_AGAIN_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), timeout=min(turn.wait_s, most))
        return True

    async def _refill(self, key: str) -> bool:
        """Lease more, or wait a little; False when there is nothing to wait for.

        What is on the wire may be deferred yet, and so may what has no outcome written: both are waited for.
        """
        self._came_back.clear()
        if self._ahead is not None and not self._ahead.done():
            await self._ahead
            return True
        if await self._claim(key):
            return True
        # asked here: while the ledger's thread is on its way, a reply may come whose outcome the next commit writes
        is_idle = not self._out and not self._later
        wait_s = await self._recorder.run_errand(partial(self._wait_s, is_idle=is_idle))
        if wait_s is None and is_idle:  # else one who came back meanwhile may be due again
            return False
        if self._paced is not None and wait_s == 0.0:
            return await self._wait(self._paced)
        if self._later:
            soon_s = max((self._later[0][0] - self._clock()).total_seconds(), 0.0)
            wait_s = soon_s if wait_s is None else min(wait_s, soon_s)
        waits = [asyncio.create_task(event.wait()) for event in (self.over, self._came_back)]
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return True

    async def _claim(self, key: str) -> bool:
        """Lease a batch of those the relay and the domains take; return whether to look again at once."""
        leased = await self._recorder.run_errand(partial(self._lease, key=key))
        if leased is None:
            self.lose()
            return True
        self._paced = leased if isinstance(leased, Turn) else None
        if isinstance(leased, Turn):
            self._dry = False
            return False
        kept, skipped, slots = leased
        self._pacer.slots[key].extend(slots)
        now = self._clock()
        for moment, delivery in kept:
            if moment <= now:
                self._ready.append(delivery)
            else:
                heapq.heappush(self._later, (moment, delivery.id, delivery))
        self._dry = not (kept or skipped)
        return not self._dry

    def _lease(self, connection: Connection, *, key: str) -> tuple[_Kept, int, Sequence[datetime]] | Turn | None:
        owner, domains, now = self._recorder.owner, self._pacer.domains, self._clock()
        if not renew(connection, owner, now=now, lease=self._ledger.lease):
            return None
        self._pacer.look(connection)
        self._full = domains.full(connection, now=now)
        slots = self._pacer.reserve(connection, key, most=self._batch)
        if isinstance(slots, Turn):
            return slots
        limit = self._batch if slots is None else len(slots)
        taken, skipped = claim(connection, self._mailing_id, owner, limit=limit, now=now, without_domains=self._full)
        kept, returned = domains.admit(connection, taken, now=now)
        if returned:
            release(connection, returned, owner)
        if slots:
            self._pacer.give_back(connection, key, slots[len(kept) :])
        return kept, skipped, slots[: len(kept)] if slots else ()

    def _wait_s(self, connection: Connection, *, is_idle: bool) -> float | None:
        """Return how long to wait before looking again; None where nothing is left to wait for.

        `is_idle`: everybody who was given has an outcome that is written by now, or was returned.
        """
        mailing_id, owner, now = self._mailing_id, self._recorder.owner, self._clock()
        state = state_of(connection, mailing_id)
        if state not in {MailingState.SENDING, MailingState.PLANNING}:
            return None
        if is_idle and release_all(connection, owner):
            return 0.0  # a claim was committed, and the connection to the ledger ended before we heard of it
        free_dead(connection, self._run_folder, now=now)  # what it leaves is looked for again, as others' leases are
        if state is MailingState.PLANNING:  # somebody adds recipients, and lets us go on in a moment
            return _LOOK_AGAIN_S if is_being_planned(connection, mailing_id) else None
        if expire(connection, mailing_id, Stamp(now, owner)):
            return 0.0  # there may be more
        if open_count(connection, mailing_id, (DeliveryState.PENDING,)):
            # freed just now, or returned by another process since we looked; or their domains take nobody: until a
            # moment, or until somebody who is on the way there is settled, which is told at once
            room_at = min((moment for moment in self._full.values() if moment is not None), default=None)
            if room_at is not None:
                return min(max((room_at - now).total_seconds(), 0.001), _LOOK_AGAIN_S)
            return _LOOK_AGAIN_S if self._full else 0.0
        due = next_due_at(connection, mailing_id)
        if due is not None and (due - now).total_seconds() <= self._stay_s:
            return min(max((due - now).total_seconds(), 0.0), _LOOK_AGAIN_S)
        return _LOOK_AGAIN_S if leased_by_others(connection, mailing_id, owner) else None


class Domains:
    """The recipients a claim may bring, so that no domain gets more at once, or faster, than it takes.

    Asked inside the claim's own transaction: first which domains to leave out, then which of those claimed to keep.
    """

    def __init__(self, rules: Mapping[str, DomainPace], per_domain: int) -> None:
        """Hold the rules by domain, and how many may be on their way to a domain that has no rule (0: no bound)."""
        self.rules = rules
        self.lowered: Mapping[str, paces.Lowered] = {}
        self._per_domain = per_domain
        self._bounds_flight = per_domain or any(rule.in_flight for rule in rules.values())
        self._leased: Mapping[str, int] = {}

    def pace(self, domain: str) -> paces.Pace:
        """Return the pace of a domain, by its rule where it has one."""
        return paces.domain_pace(domain, self.rules.get(domain, DomainPace()))

    def full(self, connection: Connection, *, now: datetime) -> Mapping[str, datetime | None]:
        """Find the domains that can take nobody now: until a moment, or (None) until somebody there is settled."""
        self._leased = paces.leased_by_domain(connection) if self._bounds_flight else {}
        until: dict[str, datetime | None] = {}
        for domain in self._slowed():
            next_at = paces.read_pace(connection, self.pace(domain), now=now).next_at
            if next_at is not None and next_at > now + AHEAD:
                until[domain] = next_at - AHEAD
        return until | {domain: None for domain in self._leased if self._room(domain) == 0}

    def admit(self, connection: Connection, taken: Sequence[Delivery], *, now: datetime) -> tuple[_Kept, Sequence[int]]:
        """Choose which of those claimed to keep, and which to return; `full` was asked in the same transaction."""
        slowed = self._slowed()
        if not slowed and not self._bounds_flight:
            return [(now, delivery) for delivery in taken], []
        by_domain: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in taken:
            by_domain[delivery.domain].append(delivery)
        moments: dict[int, datetime] = {}
        for domain, deliveries in by_domain.items():
            chosen = deliveries[: self._room(domain)]
            at: Sequence[datetime] = [now] * len(chosen)
            if domain in slowed:
                at = paces.take_slots(connection, self.pace(domain), now=now, count=len(chosen), until=now + AHEAD).at
            moments |= {delivery.id: moment for delivery, moment in zip(chosen, at, strict=False)}
        kept = [(moments[delivery.id], delivery) for delivery in taken if delivery.id in moments]
        return kept, [delivery.id for delivery in taken if delivery.id not in moments]

    def _slowed(self) -> set[str]:
        """Return the domains that have a rate, by mailer.toml or by their own words."""
        lowered = {name.removeprefix(paces.DOMAIN) for name in self.lowered if name.startswith(paces.DOMAIN)}
        return lowered | {domain for domain, rule in self.rules.items() if rule.rate}

    def _room(self, domain: str) -> int | None:
        """Return how many more may be on their way to a domain; None for any number."""
        rule = self.rules.get(domain)
        most = (rule.in_flight if rule else 0) or self._per_domain
        return max(0, most - self._leased.get(domain, 0)) if most else None


class Errands(Protocol):
    """Who does something with the ledger, in a transaction (`record.Recorder`)."""

    def run_errand(self, work: Callable[[Connection], _T]) -> Awaitable[_T]:
        """Do it, and give what it gave."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a message may leave now (`wait_s` 0), or when to ask again; `by_day` says that the day is full."""

    wait_s: float
    by_day: bool = False


class Pacer:
    """What bounds the speed of one run: its relays, and the domains of its people.

    By relay, `slots` are in hand, and `unused` ones go back when the next are reserved.
    """

    def __init__(
        self,
        errands: Errands,
        relays: Sequence[Relay],
        pacing: Pacing,
        *,
        clock: Callable[[], datetime],
        owner: str = "",
    ) -> None:
        self._errands = errands
        self._owner = owner
        self._clock = clock
        self._paces = {relay.key: paces.relay_pace(relay) for relay in relays}
        self.slots: dict[str, deque[datetime]] = {relay.key: deque() for relay in relays}
        self.unused: dict[str, list[datetime]] = {relay.key: [] for relay in relays}
        self._sent: dict[str, deque[datetime]] = {relay.key: deque(maxlen=32) for relay in relays}
        per_domain = max((relay.in_flight_per_domain for relay in relays), default=0)
        self.domains = Domains(pacing.by_domain(), per_domain)

    def look(self, connection: Connection) -> None:
        """Record what complaints lowered, in this process or another; part of each claim."""
        known = (*self._paces.values(), *map(self.domains.pace, self.domains.rules))
        self.domains.lowered = paces.read_lowered(connection, {pace.name: pace for pace in known}, now=self._clock())

    def is_free(self, key: str) -> bool:
        """Return whether nothing bounds a relay's rate or day, neither mailer.toml nor its own words."""
        pace, lowered = self._paces[key], self.domains.lowered.get(f"relay:{key}")
        return not pace.step_s and not pace.counts_days and (lowered is None or not lowered.step_s)

    def connections(self, key: str) -> int:
        """Return how many connections a relay takes at the moment."""
        lowered = self.domains.lowered.get(f"relay:{key}")
        most = self._paces[key].connections
        return min(most, lowered.connections or most) if lowered else most

    async def share(self, uses: Mapping[str, paces.Use], *, run_folder: Path) -> Mapping[str, int]:
        """Return how many connections to each relay are ours; where that is too few, dead processes are looked for."""

        def work(connection: Connection) -> Mapping[str, int]:
            now = self._clock()
            ours = {
                key: paces.share_connections(connection, self._paces[key].name, self._owner, use, now=now)
                for key, use in uses.items()
            }
            if any(ours[key] < use.wants for key, use in uses.items()):
                free_dead(connection, run_folder, now=now)
            return ours

        return await self._errands.run_errand(work)

    def went(self, key: str) -> Turn:
        """Record that a message leaves over a relay."""
        self._sent[key].append(self._clock())
        return Turn(0.0)

    async def turn(self, key: str) -> Turn:
        """Reserve a turn on a relay: it is now, or nothing is taken and later is the time to ask."""
        if self.is_free(key):
            return self.went(key)
        slots, now = self.slots[key], self._clock()
        # further ahead than they are taken: the clock was set back, and its new time is believed
        while slots and not now - _LATE <= slots[0] <= now + AHEAD:
            self.unused[key].append(slots.popleft())
        if not slots:
            taken = await self._errands.run_errand(partial(self.reserve, key=key, most=1))
            if taken is None or isinstance(taken, Turn):
                return taken or self.went(key)
            slots.extend(taken)
        wait_s = (slots[0] - self._clock()).total_seconds()
        if wait_s > 0:
            return Turn(wait_s)
        slots.popleft()
        return self.went(key)

    def reserve(self, connection: Connection, key: str, *, most: int) -> Sequence[datetime] | Turn | None:
        """Reserve the next slots of a relay in place of those in hand; None where nothing bounds it.

        They are ours (`slots`) once that is committed: where it is repeated, what was taken before may be lost. Where
        there are none for now, return when to ask again.
        """
        if self.is_free(key):
            return None
        pace, now = self._paces[key], self._clock()
        unused = [*self.unused[key], *self.slots[key]]
        self.unused[key].clear()
        self.slots[key].clear()
        self.give_back(connection, key, unused)
        count = min(most, _OF_A_DAY) if pace.counts_days else most
        taken = paces.take_slots(connection, pace, now=now, count=count, until=now + AHEAD)
        return taken.at or Turn(max((taken.next_at - now).total_seconds(), 0.001), taken.by_day)

    def give_back(self, connection: Connection, key: str, unused: Sequence[datetime]) -> None:
        """Return slots of a relay that nobody is there for."""
        paces.give_back_slots(connection, self._paces[key], unused, now=self._clock())

    async def close(self) -> None:
        """Return what was taken and not used."""
        unused = {key: [*self.unused[key], *slots] for key, slots in self.slots.items()}
        for key, slots in self.slots.items():
            slots.clear()
            self.unused[key] = []
        if not any(unused.values()):
            return

        def work(connection: Connection) -> None:
            for key, moments in unused.items():
                self.give_back(connection, key, moments)

        await self._errands.run_errand(work)

    async def lower(
        self, key: str, complaint: Complaint, *, domain: str, open_now: int
    ) -> tuple[paces.Lowered, paces.Lowered]:
        """Do what a server asks, from now on and for all processes; return the pace as it was and as it is."""
        if complaint.by_domain:
            wanted, seen_s = self.domains.pace(domain), _DOMAIN_S
        else:
            sent = self._sent[key]  # of late, for the seconds between two messages
            seen_s = (sent[-1] - sent[0]).total_seconds() / (len(sent) - 1) if len(sent) > 1 else 1.0
            wanted = self._paces[key]
            self.unused[key] += self.slots[key]
            self.slots[key].clear()
        before = self.domains.lowered.get(wanted.name) or paces.Lowered(wanted.name, wanted.step_s, wanted.connections)

        def work(connection: Connection) -> paces.Lowered:
            reason, now = complaint.slower.value, self._clock()
            if complaint.slower is Slower.CONNECTIONS and not complaint.by_domain:
                return paces.fewer_connections(
                    connection, wanted, now=now, open_now=open_now, reason=reason, owner=self._owner
                )
            return paces.slow_down(connection, wanted, now=now, reason=reason, current_s=seen_s)

        lowered = await self._errands.run_errand(work)
        self.domains.lowered = {**self.domains.lowered, wanted.name: lowered}
        return before, lowered


class Complaints:
    """A server says that we are too fast or too many: the pace is lowered, with its words as an event.

    Many messages are on their way when the first complaint comes: what was begun before it was heeded is no second one.
    What the words mean, `reply` says.
    """

    def __init__(
        self, errands: Errands, pacer: Pacer, *, mailing_id: int, stamp: Callable[[], Stamp], say: Callable[[str], None]
    ) -> None:
        self._errands = errands
        self._pacer = pacer
        self._mailing_id = mailing_id
        self._stamp = stamp
        self._say = say
        self._heeded_at: dict[tuple[str, Slower], datetime] = {}

    async def heed(self, key: str, reply: Reply, begun_at: datetime, *, domain: str = "", open_now: int = 1) -> bool:
        """Do what a relay's reply (about somebody at `domain`) asks of our speed.

        Return whether it asked for what was heeded before, about something that was begun before that.
        """
        complaint = read_complaint(reply, domain)
        if complaint is None:
            return False
        name = (f"domain:{domain}" if complaint.by_domain else f"relay:{key}", complaint.slower)
        if name in self._heeded_at and begun_at <= self._heeded_at[name]:
            return True
        self._heeded_at[name] = self._stamp().at
        before, lowered = await self._pacer.lower(key, complaint, domain=domain, open_now=open_now)
        self._heeded_at[name] = self._stamp().at  # what was begun while the ledger was written knew nothing of it
        who = name[0].removeprefix("domain:").replace("relay:", "relay ", 1)
        if lowered.connections < before.connections:
            number = f"{lowered.connections} connection{'' if lowered.connections == 1 else 's'}"
            sentence = f"{who}: {number} instead of {before.connections}, because it asks for fewer"
        elif lowered.step_s > before.step_s:
            was = f" instead of {say_rate(before.step_s)}" if before.step_s else ""
            sentence = f"{who}: {say_rate(lowered.step_s)}{was}, because we were too fast for it"
        else:  # it could not be lower
            return False

        def work(connection: Connection) -> None:
            text, reason = f"{sentence}: {reply}", complaint.slower.value
            add_event(
                connection, EventKind.SLOWED, self._stamp(), mailing_id=self._mailing_id, reason=reason, text=text
            )

        await self._errands.run_errand(work)
        self._say(f"{sentence} (“{reply}”)")
        return False
