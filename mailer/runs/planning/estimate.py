"""Estimate: how long a mailing takes at the pace that is kept.

Owns the reckoning before anybody says yes, and the words for a pace. Reads only. Where nothing bounds the speed there
is nothing to reckon: a relay is as fast as it is.

Gaps: what others send over the same relay meanwhile, and deferrals, are not foreseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.errors import LedgerProblem
from mailer.ledger import Connection
from mailer.ledger.pacing import DAY, GRAIN, Day, Pace, domain_pace, read_day, read_pace, relay_pace
from mailer.runs.office import Office
from mailer.runs.planning.plan import Plan
from mailer.settings import DomainPace, Relay, say_rate


@dataclass(frozen=True, slots=True)
class Estimate:
    """When the last message leaves, what keeps it until then, over how many days, and how many would be too late."""

    done_at: datetime
    bound: str
    days: int = 1
    late: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a mailing would do: its plan, how long it takes, how many of an earlier run still wait.

    `refused` is why nothing could be sent with this ledger, where a dry run or a rehearsal only looks.
    """

    plan: Plan
    estimate: Estimate | None
    now: datetime
    waiting: int = 0
    is_dry_run: bool = False
    is_rehearsal: bool = False
    refused: LedgerProblem | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Messages that leave one after the other."""

    start: datetime
    count: int
    step_s: float

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.step_s * (self.count - 1))

    def after(self, moment: datetime) -> int:
        """Count those that leave later."""
        if self.end <= moment:
            return 0
        if self.start > moment or not self.step_s:
            return self.count
        return self.count - 1 - int((moment - self.start).total_seconds() / self.step_s)


@dataclass(frozen=True, slots=True)
class Load:
    """So many people of each domain, the rules for domains, and when the mail is no news any more."""

    people: Mapping[str, int]
    rules: Mapping[str, DomainPace]
    expires_at: datetime | None = None


def foresee(office: Office, plan: Plan, *, waiting: int = 0) -> Estimate | None:
    """Reckon how long a planned mailing takes, with so many of an earlier run; None where nothing bounds the speed."""
    people = {**plan.tally.domains, "": waiting}
    load = Load(people, office.settings.pacing.by_domain(), plan.request.expires_at)
    at = plan.request.at
    start = at.at if at is not None else office.clock()
    if office.ledger is None:
        return estimate_time(None, plan.request.relay, load, now=start)
    with office.ledger.reading() as connection:
        return estimate_time(connection, plan.request.relay, load, now=start)


def estimate_time(connection: Connection | None, relay: Relay, load: Load, *, now: datetime) -> Estimate | None:
    """Reckon how long it takes to send to all of them; None where nothing bounds the speed.

    `connection` is the ledger's, where there is one: others may have used up the day, or a relay have asked for less.
    """
    found = []
    count, pace = sum(load.people.values()), relay_pace(relay)
    day = Day(0, pace.most(0)) if connection is None else read_day(connection, pace, now=now)
    step_s = _step_s(connection, pace, now)
    if count and (step_s or pace.counts_days):
        stretches = list(_stretches(pace, day, step_s, count, now=now))
        rate = relay.rate if step_s == relay.step_s else say_rate(step_s)
        found.append(_estimate(stretches, _bound(pace, day, rate, len(stretches)), load.expires_at))
    for domain, rule in load.rules.items():
        there, each_s = load.people.get(domain, 0), _step_s(connection, domain_pace(domain, rule), now)
        if there and each_s:
            found.append(_estimate([_Stretch(now, there, each_s)], f"{domain} at {say_rate(each_s)}", load.expires_at))
    if not found:
        return None
    last = max(found, key=lambda each: each.done_at)
    return Estimate(last.done_at, last.bound, last.days, max(each.late for each in found))


def _step_s(connection: Connection | None, pace: Pace, now: datetime) -> float:
    return pace.step_s if connection is None else read_pace(connection, pace, now=now).step_s


def _stretches(pace: Pace, day: Day, step_s: float, count: int, *, now: datetime) -> Iterator[_Stretch]:
    start, number = now, day.number
    room = count if not day.most else day.most - day.used
    if room <= 0:
        start, number = day.more_at or now + DAY + GRAIN, number + 1
        room = pace.most(number) or count  # what went goes out of the 24 hours much as it came in
    while count > 0:
        stretch = _Stretch(start, min(count, room), step_s)
        yield stretch
        count -= stretch.count
        number += 1
        start, room = max(start + DAY + GRAIN, stretch.end), pace.most(number) or count


def _estimate(stretches: Sequence[_Stretch], bound: str, expires_at: datetime | None) -> Estimate:
    late = sum(stretch.after(expires_at) for stretch in stretches) if expires_at else 0
    return Estimate(stretches[-1].end, bound, len(stretches), late)


def _bound(pace: Pace, day: Day, rate: str, days: int) -> str:
    """Name what keeps the mail: the day where it is full before all are through, else the rate."""
    if days > 1 or day.more_at is not None or not rate:
        most = pace.per_day or pace.most(len(pace.warm_up) - 1)
        warming = day.most != most and day.number < len(pace.warm_up)
        return f"{day.most:,}/day while it warms up" if warming else f"{most:,}/day"
    return rate
