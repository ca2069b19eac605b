"""Plan: what a send would do, before anybody says yes, and how long it would take.

Owns the values that `prepare` makes and `confirm` takes, and the reckoning at the pace that is kept. The deliveries lie
in an anonymous temporary file, not in memory: a list of a million people is planned in the space of one. Where nothing
bounds the speed there is nothing to reckon: a relay is as fast as it is.

Gaps: what others send over the same relay meanwhile, and deferrals, are not foreseen.
"""

from __future__ import annotations

import json
import marshal
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Protocol

from mailer.contacts.audience import Merged as MergedRecords
from mailer.contacts.meaning.answers import zone_of
from mailer.contacts.values import Contact, LeftOut
from mailer.errors import LedgerProblem, Problem
from mailer.frozen import dataclass, field, fields, replace
from mailer.ledger import Connection
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import Edition, Mailing
from mailer.ledger.pacing import DAY, GRAIN, Day, Pace, domain_pace, read_day, read_pace, relay_pace
from mailer.ledger.plans import PlannedPerson
from mailer.release.values import Release
from mailer.runs.office import Office
from mailer.runs.planning.merge import Merged
from mailer.runs.planning.request import Request
from mailer.settings import DomainPace, Relay, Sender, say_rate

_values = attrgetter(*(each.name for each in fields(Planned)))
KEPT_EXAMPLES = 50  # of each reason


class Watcher(Protocol):
    """Sees everybody of a plan: who is left out, and who is planned; of the others no mail is made."""

    def note(self, entry: LeftOut, /) -> None:
        """Hear of a row that is left out."""

    def takes(self, contact: Contact, skipped: str, /) -> bool:
        """Hear of somebody who is planned, and why they are skipped; return whether their mail is wanted."""


class Spool:
    """Planned deliveries in a file that has no name and vanishes with the process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="mailer-plan-")  # noqa: SIM115 - vanishes with the plan
        self._out = tempfile.TemporaryFile(prefix="mailer-plan-")  # noqa: SIM115 - as well
        self.count = self._count_out = 0

    def append(self, planned: Planned) -> None:
        """Add a delivery."""
        marshal.dump(_values(planned), self._file)
        self.count += 1

    def read(self) -> Iterator[Planned]:
        """Yield all deliveries in their order; can be read again."""
        if self.count:
            self._file.seek(0)
        for _ in range(self.count):
            yield Planned(*marshal.load(self._file))  # noqa: S302 - written by this process, for itself

    def leave_out(self, digest: bytes, address: str, entry: LeftOut) -> None:
        """Add somebody who is left out."""
        marshal.dump((digest, address, entry.list_name, entry.row, entry.reason.value), self._out)
        self._count_out += 1

    def read_out(self) -> Iterator[tuple[PlannedPerson, str]]:
        """Yield who is left out and why, by the first digits of their digest; can be read again."""
        if self._count_out:
            self._out.seek(0)
        for _ in range(self._count_out):
            digest, *known, why = marshal.load(self._out)  # noqa: S302 - as above
            yield PlannedPerson(digest[:8], digest, *known), why

    def close(self) -> None:
        """Let the files vanish."""
        self._file.close()
        self._out.close()


@dataclass(slots=True)
class Tally:
    """What was counted while the lists were read."""

    per_list: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_examples: list[LeftOut] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    to_send: int = 0
    domains: Counter[str] = field(default_factory=Counter)
    largest: int = 0
    first_people: list[str] = field(default_factory=list)
    first: Merged | None = None
    held: list[tuple[str, datetime]] = field(default_factory=list)
    records: MergedRecords = field(default_factory=MergedRecords)
    role_addresses: int = 0
    watch: Watcher | None = None
    languages: Counter[str] = field(default_factory=Counter)  # "": the release's own
    versions: Counter[str] = field(default_factory=Counter)  # in which language the release itself; "": its own
    text_only: int = 0
    made_by: Counter[str] = field(default_factory=Counter)  # how many mails each host made; empty: this one all
    marked_since: set[bytes] = field(default_factory=set)  # who waits in the mailing, and is marked in a list by now

    def leave_out(self, entry: LeftOut) -> None:
        """Count a row that is not planned, and keep the first ones to show."""
        self.left_out[entry.reason.value] += 1
        if self.left_out[entry.reason.value] <= KEPT_EXAMPLES:
            self.left_out_examples.append(entry)
        if self.watch is not None:
            self.watch.note(entry)


@dataclass(frozen=True, slots=True)
class Around:
    """What goes with the plan of a mailing around a release, and is done first when it is confirmed.

    `renewal` brings the new text to those who wait for the release (`waiting` of them). `text_id` is its newest edition
    when this was planned, and `behind` counts the people who may have an earlier one, or for a retraction any: where
    there are more by then, the plan misses somebody. `called_off` counts who waits and gets nothing any more. `shows`
    are the differences, was and is.
    """

    release_id: int
    text_id: int
    behind: int = 0
    waiting: int = 0
    called_off: int = 0
    renewal: Plan | None = None
    shows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """What is approved together with a plan: `plans` of the release's own mailing, in each text that may go to them.

    They are the waves, or what an offer promises; the texts are that under embargo, and that after it.
    """

    plans: tuple[Plan, ...]
    texts: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a send would do."""

    request: Request
    release: Release
    sender: Sender
    edition: Edition = field(repr=False)
    sequence: int
    existing: Mailing | None
    is_changed: bool
    tally: Tally
    spool: Spool
    warnings: tuple[Problem, ...]
    plan_hash: bytes | None = field(default=None, repr=False)  # of the stored plan that it was held against
    around: Around | None = None
    covers: Covered | None = None

    @property
    def slug(self) -> str:
        """Return the slug of the mailing."""
        return self.release.slug

    def zones(self) -> dict[str, int]:
        """Return in which time zones its people are, by their lists, with how many there are in each."""
        named = (json.loads(each.merge_row).get("time_zone", "").strip() for each in self.spool.read())
        return dict(Counter(name for name in named if name and zone_of(name) is not None))


# How long it takes.


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

    `estimate` is None where nothing bounds the speed. `refused` is why nothing could be sent with this ledger, where a
    dry run or a rehearsal only looks.
    """

    plan: Plan
    estimate: Estimate | None
    now: datetime
    waiting: int = 0
    is_dry_run: bool = False
    is_rehearsal: bool = False
    refused: LedgerProblem | None = None


def foresee(
    office: Office, plan: Plan, *, waiting: int = 0, is_dry_run: bool = False, is_rehearsal: bool = False
) -> Foreseen:
    """Return what a plan would do, and how long it takes with so many of an earlier run."""
    now, request = office.clock(), plan.request
    people = {**plan.tally.domains, "": waiting}
    start = request.at.at if request.at is not None else now
    estimate = estimate_at(office, request.relay, people, now=start, expires_at=request.expires_at)
    return Foreseen(plan, estimate, now, waiting, is_dry_run, is_rehearsal)


def estimate_at(
    office: Office, relay: Relay, people: Mapping[str, int], *, now: datetime, expires_at: datetime | None
) -> Estimate | None:
    """Reckon by the office's settings, and what its ledger knows of the pace, where there is one."""
    rules = office.settings.pacing.by_domain()
    with office.ledger.reading() if office.ledger is not None else nullcontext() as connection:
        return estimate_time(connection, relay, people, rules, now=now, expires_at=expires_at)


def estimate_time(
    connection: Connection | None,
    relay: Relay,
    people: Mapping[str, int],
    rules: Mapping[str, DomainPace],
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> Estimate | None:
    """Reckon how long it takes to send to so many people of each domain; None where nothing bounds the speed.

    `connection` is the ledger's, where there is one: others may have used up the day, or a relay have asked for less.
    """
    found: list[Estimate] = []

    def step_s(pace: Pace) -> float:
        return pace.step_s if connection is None else read_pace(connection, pace, now=now).step_s

    def add(bound: str, each_s: float, stretches: Sequence[tuple[datetime, int]]) -> None:
        """Add what bounds the speed; a stretch is a start, and how many messages leave from then, one by one."""
        end, late = now, 0
        for start, number in stretches:
            end = start + timedelta(seconds=each_s * (number - 1))
            if expires_at is None or end <= expires_at:
                continue
            in_time = 0
            if each_s and start <= expires_at:
                in_time = 1 + int((expires_at - start).total_seconds() / each_s)
            late += number - in_time
        found.append(Estimate(end, bound, len(stretches), late))

    left, pace = sum(people.values()), relay_pace(relay)
    day = Day(0, pace.most(0)) if connection is None else read_day(connection, pace, now=now)
    each_s = step_s(pace)
    if left and (each_s or pace.counts_days):
        start, number, stretches = now, day.number, list[tuple[datetime, int]]()
        room = left if not day.most else day.most - day.used
        if room <= 0:
            start, number = day.more_at or now + DAY + GRAIN, number + 1
            room = pace.most(number) or left  # what went goes out of the 24 hours much as it came in
        while left > 0:
            some = min(left, room)
            stretches.append((start, some))
            left, number = left - some, number + 1
            end = start + timedelta(seconds=each_s * (some - 1))
            start, room = max(start + DAY + GRAIN, end), pace.most(number) or left
        bound = relay.rate if each_s == relay.step_s else say_rate(each_s)
        if len(stretches) > 1 or day.more_at is not None or not bound:  # the day is full before all are through
            most = pace.per_day or pace.most(len(pace.warm_up) - 1)
            warming = day.most != most and day.number < len(pace.warm_up)
            bound = f"{day.most:,}/day while it warms up" if warming else f"{most:,}/day"
        add(bound, each_s, stretches)
    for domain, rule in rules.items():
        there, each_s = people.get(domain, 0), step_s(domain_pace(domain, rule))
        if there and each_s:
            add(f"{domain} at {say_rate(each_s)}", each_s, [(now, there)])
    if not found:
        return None
    return replace(max(found, key=lambda each: each.done_at), late=max(each.late for each in found))
