"""Domains: whom a claim may bring, so that no domain gets more at once, or faster, than it takes.

Owns the bounds of recipient domains inside one claim's transaction: which to leave out, whom of those claimed to keep
and until when, and whom to return. Never claims, never waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailer.events import Delivery
from mailer.ledger import Connection
from mailer.ledger.pacing import Lowered, Pace, leased_by_domain, read_pace, take_slots
from mailer.settings import DomainPace

AHEAD = timedelta(seconds=2)
_DOMAIN = "domain:"


def domain_pace(domain: str, rule: DomainPace) -> Pace:
    """Return what mailer.toml says about the speed to a domain, under its name in the ledger."""
    return Pace(f"{_DOMAIN}{domain}", rule.step_s)


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
        lowered = {name.removeprefix(_DOMAIN) for name in self.lowered if name.startswith(_DOMAIN)}
        return iter(lowered | {domain for domain, rule in self.rules.items() if rule.rate})

    def _pace(self, domain: str) -> Pace:
        return domain_pace(domain, self.rules.get(domain, DomainPace()))

    def _room(self, domain: str) -> int | None:
        """Return how many more may be on their way to a domain; None for any number."""
        rule = self.rules.get(domain)
        most = (rule.in_flight if rule else 0) or self._per_domain
        return max(0, most - self._leased.get(domain, 0)) if most else None
