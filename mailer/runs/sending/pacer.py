"""Pacer: when this process may send, by the bounds of the relay and of the recipients' domains.

Owns the slots of relays that were taken from the ledger and not used yet, and what a server's words lowered. All that
other processes must know stands in the ledger. Never sends, never sleeps: whoever asks is told how long to wait.

Slots are taken for the next two seconds at once, so that a fast relay costs one row for many messages. One that was
missed by more than a second is returned: what is late must not come in a heap.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from mailer.events import Delivery
from mailer.ledger import Connection
from mailer.ledger.pacing import (
    DOMAIN,
    Lowered,
    Pace,
    domain_pace,
    fewer_connections,
    give_back_slots,
    leased_by_domain,
    read_lowered,
    read_pace,
    relay_pace,
    slow_down,
    take_slots,
)
from mailer.reply import Complaint, Slower
from mailer.settings import DomainPace, Pacing, Relay

# Domains: whom a claim may bring, so that no domain gets more at once, or faster, than it takes. Asked inside the
# claim's own transaction: which domains to leave out, whom of those claimed to keep and until when, and whom to
# return.


@dataclass(frozen=True, slots=True)
class Full:
    """Domains that can take nobody now: until a moment, or (None) until somebody who is on the way there is settled."""

    until: Mapping[str, datetime | None] = field(default_factory=dict)

    @property
    def next_at(self) -> datetime | None:
        """Return the first moment at which one of them has room again, as far as that is a matter of time."""
        return min((moment for moment in self.until.values() if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom of those claimed to keep, each with the moment before which it must not go, and whom to return."""

    kept: Sequence[tuple[datetime, Delivery]]
    returned: Sequence[int]


class Domains:
    """The bounds of the domains of one run."""

    def __init__(self, rules: Mapping[str, DomainPace], per_domain: int) -> None:
        """Take the rules by domain, and how many may be on their way to a domain that has no rule (0: no bound)."""
        self.rules = rules
        self.lowered: Mapping[str, Lowered] = {}
        self._per_domain = per_domain
        self._leased: Mapping[str, int] = {}

    def paces(self) -> Iterator[Pace]:
        """Return the paces of the rules."""
        return (domain_pace(domain, rule) for domain, rule in self.rules.items())

    def full(self, connection: Connection, *, now: datetime) -> Full:
        """Find the domains that a claim is to leave out."""
        bounded = self._per_domain or any(rule.in_flight for rule in self.rules.values())
        self._leased = leased_by_domain(connection) if bounded else {}
        until: dict[str, datetime | None] = {}
        for domain in self._slowed():
            next_at = read_pace(connection, self._pace(domain), now=now).next_at
            if next_at is not None and next_at > now + AHEAD:
                until[domain] = next_at - AHEAD
        until |= {domain: None for domain in self._leased if self._room(domain) == 0}
        return Full(until)

    def admit(self, connection: Connection, taken: Sequence[Delivery], *, now: datetime) -> Admitted:
        """Choose whom of those claimed to keep; `full` was asked before, in the same transaction."""
        slowed = set(self._slowed())
        if not slowed and not self._per_domain and not any(rule.in_flight for rule in self.rules.values()):
            return Admitted([(now, delivery) for delivery in taken], [])
        by_domain: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in taken:
            by_domain[delivery.domain].append(delivery)
        moments: dict[int, datetime] = {}
        for domain, deliveries in by_domain.items():
            room = self._room(domain)
            chosen = deliveries if room is None else deliveries[:room]
            at: Sequence[datetime] = [now] * len(chosen)
            if domain in slowed:
                wanted = self._pace(domain)
                at = take_slots(connection, wanted, now=now, count=len(chosen), until=now + AHEAD).at
            moments |= {delivery.id: moment for delivery, moment in zip(chosen, at, strict=False)}
        kept = [(moments[delivery.id], delivery) for delivery in taken if delivery.id in moments]
        return Admitted(kept, [delivery.id for delivery in taken if delivery.id not in moments])

    def _slowed(self) -> Iterator[str]:
        """Return the domains that have a rate, by mailer.toml or by their own words."""
        lowered = {name.removeprefix(DOMAIN) for name in self.lowered if name.startswith(DOMAIN)}
        return iter(lowered | {domain for domain, rule in self.rules.items() if rule.rate})

    def _pace(self, domain: str) -> Pace:
        return domain_pace(domain, self.rules.get(domain, DomainPace()))

    def _room(self, domain: str) -> int | None:
        """Return how many more may be on their way to a domain; None for any number."""
        rule = self.rules.get(domain)
        most = (rule.in_flight if rule else 0) or self._per_domain
        return max(0, most - self._leased.get(domain, 0)) if most else None


AHEAD = timedelta(seconds=2)
_LATE = timedelta(seconds=1)
_AT_ONCE = 500
_OF_A_DAY = 20  # another process must find room too
_DOMAIN_S = 0.25  # a domain without a rate that complains: four times this, 60/min, to begin with

_T = TypeVar("_T")


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


_NOW = Turn(0.0)


class Pacer:
    """What bounds the speed of one run: its relays, and the domains of its people."""

    def __init__(
        self, errands: Errands, relays: Sequence[Relay], pacing: Pacing, *, clock: Callable[[], datetime]
    ) -> None:
        """Take who writes to the ledger, the relays, the paces of domains, and the clock."""
        self._errands = errands
        self._clock = clock
        self._paces = {relay.key: relay_pace(relay) for relay in relays}
        self._slots: dict[str, deque[datetime]] = {relay.key: deque() for relay in relays}
        self._unused: dict[str, list[datetime]] = {relay.key: [] for relay in relays}
        self._sent: dict[str, deque[datetime]] = {relay.key: deque(maxlen=32) for relay in relays}
        self._lowered: Mapping[str, Lowered] = {}
        per_domain = max((relay.in_flight_per_domain for relay in relays), default=0)
        self.domains = Domains(pacing.by_domain(), per_domain)

    def look(self, connection: Connection) -> None:
        """Take note of what complaints lowered, in this process or another; part of each claim."""
        known = {pace.name: pace for pace in (*self._paces.values(), *self.domains.paces())}
        self._lowered = read_lowered(connection, known, now=self._clock())
        self.domains.lowered = self._lowered

    def is_free(self, key: str) -> bool:
        """Return whether nothing bounds a relay's rate or day, neither mailer.toml nor its own words."""
        pace, lowered = self._paces[key], self._lowered.get(f"relay:{key}")
        return not pace.step_s and not pace.counts_days and (lowered is None or not lowered.step_s)

    def connections(self, key: str) -> int:
        """Return how many connections a relay takes at the moment."""
        lowered = self._lowered.get(f"relay:{key}")
        most = self._paces[key].connections
        return min(most, lowered.connections or most) if lowered else most

    async def turn(self, key: str) -> Turn:
        """Take a turn on a relay: it is now, or nothing is taken and later is the time to ask."""
        if self.is_free(key):
            return self.went(key)
        slots, now = self._slots[key], self._clock()
        # further ahead than they are taken: the clock was set back, and its new time is believed
        while slots and not now - _LATE <= slots[0] <= now + AHEAD:
            self._unused[key].append(slots.popleft())
        if not slots:
            next_at, by_day = await self._take(key)
            if not slots:
                return Turn(max((next_at - self._clock()).total_seconds(), 0.001), by_day)
        wait_s = (slots[0] - self._clock()).total_seconds()
        if wait_s > 0:
            return Turn(wait_s)
        slots.popleft()
        return self.went(key)

    async def close(self) -> None:
        """Return what was taken and not used."""
        for key, slots in self._slots.items():
            self._unused[key] += slots
            slots.clear()
        if any(self._unused.values()):
            unused, self._unused = self._unused, {key: [] for key in self._paces}
            await self._errands.run_errand(lambda connection: self._give_back(connection, unused))

    async def lower(self, key: str, complaint: Complaint, *, domain: str, open_now: int) -> tuple[Lowered, Lowered]:
        """Do what a server asks, from now on and for all processes; return the pace as it was and as it is."""
        if complaint.by_domain:
            rule = self.domains.rules.get(domain, DomainPace())
            wanted, seen_s = domain_pace(domain, rule), _DOMAIN_S
        else:
            wanted, seen_s = self._paces[key], self._seen_s(key)
            self._unused[key] += self._slots[key]
            self._slots[key].clear()
        fewer = complaint.slower is Slower.CONNECTIONS and not complaint.by_domain
        before = self._lowered.get(wanted.name) or Lowered(wanted.name, wanted.step_s, wanted.connections)

        def work(connection: Connection) -> Lowered:
            reason, now = complaint.slower.value, self._clock()
            if fewer:
                return fewer_connections(connection, wanted, now=now, open_now=open_now, reason=reason)
            return slow_down(connection, wanted, now=now, reason=reason, current_s=seen_s)

        lowered = await self._errands.run_errand(work)
        self._lowered = {**self._lowered, wanted.name: lowered}
        self.domains.lowered = self._lowered
        return before, lowered

    def went(self, key: str) -> Turn:
        """Take note that a message leaves over a relay."""
        self._sent[key].append(self._clock())
        return _NOW

    def _seen_s(self, key: str) -> float:
        """Return the seconds between two messages, as it was of late."""
        sent = self._sent[key]
        return (sent[-1] - sent[0]).total_seconds() / (len(sent) - 1) if len(sent) > 1 else 1.0

    async def _take(self, key: str) -> tuple[datetime, bool]:
        """Take the slots of the next moments; give when the one after them is, and whether it is the day that ends."""
        pace = self._paces[key]
        unused, self._unused[key] = self._unused[key], []
        count = _OF_A_DAY if pace.counts_days else _AT_ONCE

        def work(connection: Connection) -> tuple[datetime, bool]:
            now = self._clock()
            self._give_back(connection, {key: unused})
            taken = take_slots(connection, pace, now=now, count=count, until=now + AHEAD)
            self._slots[key].extend(taken.at)
            return taken.next_at, taken.by_day

        return await self._errands.run_errand(work)

    def _give_back(self, connection: Connection, unused: Mapping[str, Sequence[datetime]]) -> None:
        for key, moments in unused.items():
            give_back_slots(connection, self._paces[key], moments, now=self._clock())
