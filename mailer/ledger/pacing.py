"""Pacing: when the next messages may leave, shared by all processes and kept across restarts.

Owns the rows of `pace` (the earliest time of the next message under a name: GCRA without a burst, which stores only the
theoretical arrival time), of `pace_day` (messages sent, in steps of ten minutes, for limits per 24 hours), of
`warm_up`, and of `relay_share` (the connections that each process may have). Names are `relay:KEY` and `domain:NAME`.
Never sleeps, never decides what a server's reply means.

A pace that was lowered by a server's reply is stored beside it: half as fast each time, and after ten minutes without
another complaint twice as fast again, up to the configured rate.

A clock that was ahead does not block anything: a time that is further ahead than the pace allows counts as now.

Gaps: the daily count includes up to ten minutes too much. A slot that was taken but not used is lost, unless it is the
newest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from mailer.events import DeliveryState
from mailer.frozen import dataclass
from mailer.ledger.rows import AnyRow, count_by, has_row, put, value_of
from mailer.ledger.tables import delivery, pace, pace_day, process, relay_limit, relay_share, warm_up
from mailer.settings import DomainPace, Relay

DOMAIN = "domain:"  # the prefix of a domain's pace
DAY = timedelta(hours=24)
RAISE_AFTER = timedelta(minutes=10)
SLOWEST_S = 60.0
GRAIN = timedelta(minutes=10)
_SLOWER = 2.0
_FROM_FULL_SPEED = 4.0
_AS_GOOD_AS_NONE_S = 0.001
_AHEAD_AT_MOST = timedelta(minutes=5)  # more than any process reserves at once


@dataclass(frozen=True, slots=True)
class Pace:
    """The settings of a pace: seconds between two messages (0: no bound), and the most in 24 hours (0: no bound).

    `warm_up` has the most for the first day of sending, the second, and so on; `connections` is how many to open to a
    relay (0: does not apply).
    """

    name: str
    step_s: float = 0.0
    per_day: int = 0
    warm_up: tuple[int, ...] = ()
    connections: int = 0

    @property
    def counts_days(self) -> bool:
        """Return whether the messages of a day are counted."""
        return bool(self.per_day or self.warm_up)

    def most(self, day: int) -> int:
        """Return how many messages may go in 24 hours on a day of sending (from 0); 0 for no bound."""
        bounds = [self.per_day, *self.warm_up[day : day + 1]]
        return min((bound for bound in bounds if bound), default=0)


def relay_pace(relay: Relay) -> Pace:
    """Return the pace of a relay in mailer.toml, under its name in the ledger."""
    return Pace(f"relay:{relay.key}", relay.step_s, relay.per_day, relay.warm_up, relay.connections)


def domain_pace(domain: str, rule: DomainPace) -> Pace:
    """Return the pace of a domain in mailer.toml, under its name in the ledger."""
    return Pace(f"{DOMAIN}{domain}", rule.step_s)


@dataclass(frozen=True, slots=True)
class Slots:
    """Times at which messages may leave; `next_at` is that of the one after them, `by_day` whether a day is full."""

    at: tuple[datetime, ...]
    next_at: datetime
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class Lowered:
    """A pace as it is now: seconds between messages (0: no bound), connections, until when, and the reason.

    If nothing is lowered, it equals the settings and `raise_at` is None.
    """

    name: str
    step_s: float
    connections: int
    next_at: datetime | None = None
    raise_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """How many were sent in the last 24 hours, of how many (0: no bound), and when there is room again.

    `number` is the number of the day of sending, from 0.
    """

    used: int
    most: int
    more_at: datetime | None = None
    number: int = 0


def take_slots(
    connection: Connection, wanted: Pace, *, now: datetime, count: int = 1, until: datetime | None = None
) -> Slots:
    """Reserve up to `count` slots under a name, but none after `until` (None: no bound).

    Within any span of time at most span / step + 1 messages may leave. Without a bound, all may leave at once.
    """
    is_bound = wanted.step_s or wanted.counts_days
    row = _locked(connection, wanted, now) if is_bound else _seen(connection, wanted.name, lock=True)
    lowered = _lowered(wanted, row, now)
    day = read_day(connection, wanted, now=now)
    room = max(0, min(count, day.most - day.used)) if day.most else count
    first = max(lowered.next_at, now) if lowered.next_at is not None else now
    times = (first + _step(lowered.step_s) * number for number in range(room))
    at = tuple(each for each in times if until is None or each <= until)
    after = at[-1] + _step(lowered.step_s) if at else first
    if at and lowered.step_s:
        connection.execute(update(pace).where(pace.c.name == wanted.name).values(next_at=after))
    if at and wanted.counts_days:
        _count(connection, wanted.name, len(at), now)
    full = bool(day.most) and day.used + len(at) >= day.most
    if full and not day.more_at:
        day = read_day(connection, wanted, now=now)
    return Slots(at, max(after, day.more_at) if full and day.more_at else after, full)


def give_back_slots(connection: Connection, wanted: Pace, unused: Sequence[datetime], *, now: datetime) -> None:
    """Release unused slots: in the count of the day, and their times if there are no later ones."""
    if not unused:
        return
    row = _seen(connection, wanted.name, lock=True)
    if row is not None:
        step = _step(_lowered(wanted, row, now).step_s)
        if max(unused) + step == row.next_at:
            connection.execute(update(pace).where(pace.c.name == wanted.name).values(next_at=min(unused)))
    if wanted.counts_days:
        _count(connection, wanted.name, -len(unused), now)


def slow_down(connection: Connection, wanted: Pace, *, now: datetime, reason: str, current_s: float = 0.0) -> Lowered:
    """Lower a pace after a server's complaint; nothing more leaves for one step of the new pace.

    If the settings have no rate, `current_s` is the observed time between messages.
    """
    row = _locked(connection, wanted, now)
    before = _lowered(wanted, row, now)
    slower = before.step_s * _SLOWER if before.step_s else max(current_s, _AS_GOOD_AS_NONE_S) * _FROM_FULL_SPEED
    step_s = max(min(slower, SLOWEST_S), wanted.step_s)
    values = {
        "step_s": step_s,
        "connections": before.connections or None,
        "next_at": max(row.next_at, now + _step(step_s)),
    }
    return _lower(connection, wanted, values, now=now, reason=reason)


def fewer_connections(
    connection: Connection, wanted: Pace, *, now: datetime, open_now: int, reason: str, owner: str = ""
) -> Lowered:
    """Lower the connections to a relay to one below those that were open when it complained, but at least one.

    `open_now` are those of `owner`; those of others are added.
    """
    before = _lowered(wanted, _locked(connection, wanted, now), now)
    open_now += sum(row.held for row in _sharing(connection, wanted.name) if row.owner != owner)
    fewer = max(1, min(open_now, before.connections or open_now) - 1)
    return _lower(connection, wanted, {"step_s": before.step_s or None, "connections": fewer}, now=now, reason=reason)


def _lower(
    connection: Connection, wanted: Pace, values: Mapping[str, object], *, now: datetime, reason: str
) -> Lowered:
    lowered = {**values, "reason": reason, "raise_at": now + RAISE_AFTER}
    connection.execute(update(pace).where(pace.c.name == wanted.name).values(lowered))
    return read_pace(connection, wanted, now=now)


def read_pace(connection: Connection, wanted: Pace, *, now: datetime) -> Lowered:
    """Return a pace as it is now."""
    return _lowered(wanted, _seen(connection, wanted.name), now)


def read_lowered(connection: Connection, configured: Mapping[str, Pace], *, now: datetime) -> dict[str, Lowered]:
    """Return the paces that are lowered now, by name; `configured` has their settings."""
    rows = connection.execute(select(pace).where(pace.c.raise_at.is_not(None)))
    found = (_lowered(configured.get(row.name) or Pace(row.name), row, now) for row in rows)
    return {lowered.name: lowered for lowered in found if lowered.raise_at is not None}


def leased_by_domain(connection: Connection) -> dict[str, int]:
    """Count what all processes hold now, by the recipients' domain: everything that may be on its way."""
    return count_by(connection, delivery.c.domain, delivery.c.lease_owner.is_not(None))


def waiting_by_domain(connection: Connection, mailing_id: int, domains: Sequence[str]) -> dict[str, int]:
    """Count the pending recipients of a mailing at these domains."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.PENDING)
    return count_by(connection, delivery.c.domain, *where, delivery.c.domain.in_(domains))


def _step(step_s: float) -> timedelta:
    """Return a step rounded up, so that it is never too short."""
    return timedelta(microseconds=math.ceil(step_s * 1_000_000))


def _seen(connection: Connection, name: str, *, lock: bool = False) -> AnyRow | None:
    found = select(pace).where(pace.c.name == name)
    return connection.execute(found.with_for_update() if lock else found).first()


def _locked(connection: Connection, wanted: Pace, now: datetime) -> AnyRow:
    """Return the row of a name, inserted if missing and locked until the transaction ends."""
    row = _seen(connection, wanted.name, lock=True)
    if row is None:
        put(connection, pace, {"name": wanted.name}, {"next_at": now}, name=wanted.name)
        row = connection.execute(select(pace).where(pace.c.name == wanted.name).with_for_update()).one()
    return row


def _lowered(wanted: Pace, row: AnyRow | None, now: datetime) -> Lowered:
    """Return a pace as it is now: each ten minutes without a complaint make it faster, up to the settings."""
    if row is None:
        return Lowered(wanted.name, wanted.step_s, wanted.connections)
    furthest = now + _step(max(wanted.step_s, row.step_s or 0.0)) + _AHEAD_AT_MOST
    next_at = row.next_at if row.next_at <= furthest else now
    configured = Lowered(wanted.name, wanted.step_s, wanted.connections, next_at)
    if row.raise_at is None or row.raise_at > now + 2 * RAISE_AFTER:
        return configured
    raises = 0 if now < row.raise_at else min(64, 1 + (now - row.raise_at) // RAISE_AFTER)
    step_s = (row.step_s or 0.0) / _SLOWER**raises
    connections = (row.connections or 0) and row.connections + raises
    is_slower = step_s > max(wanted.step_s, _AS_GOOD_AS_NONE_S)
    is_fewer = 0 < connections < wanted.connections
    if not is_slower and not is_fewer:
        return configured
    return Lowered(
        wanted.name,
        step_s if is_slower else wanted.step_s,
        connections if is_fewer else wanted.connections,
        next_at,
        row.raise_at + RAISE_AFTER * raises,
        row.reason,
    )


def read_day(connection: Connection, wanted: Pace, *, now: datetime) -> Day:
    """Return how full the last 24 hours are."""
    if not wanted.counts_days:
        return Day(0, 0)
    warm = connection.execute(select(warm_up).where(warm_up.c.name == wanted.name)).first()
    number = 0 if warm is None else warm.day + (now >= warm.since + DAY)
    most = wanted.most(number)
    gone = select(pace_day.c.since, pace_day.c.sent).where(
        pace_day.c.name == wanted.name, pace_day.c.since > now - DAY - GRAIN, pace_day.c.sent > 0
    )
    rows = connection.execute(gone.order_by(pace_day.c.since)).all()
    used = sum(row.sent for row in rows)
    if not most or used < most:
        return Day(used, most, number=number)
    left, more_at = used, now
    for row in rows:
        if left < most:
            break
        left, more_at = left - row.sent, min(row.since, now) + GRAIN + DAY
    if warm is not None and now < warm.since + DAY and wanted.most(number + 1) != most:
        more_at = min(more_at, warm.since + DAY)  # the next day of warming up has more room
    return Day(used, most, more_at, number)


def _count(connection: Connection, name: str, count: int, now: datetime) -> None:
    """Add messages to the count of the day, or subtract them; the caller has locked the name's row."""
    began = connection.execute(select(warm_up).where(warm_up.c.name == name)).first()
    if began is None or now >= began.since + DAY:  # the next day of sending; days without mail do not count
        put(connection, warm_up, {"name": name}, {}, day=began.day + 1 if began else 0, since=now)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    since = start + (now - start) // GRAIN * GRAIN
    of_name, sent = pace_day.c.name == name, pace_day.c.sent + count
    if count > 0:
        put(connection, pace_day, {"name": name, "since": since}, {"sent": count}, sent=sent)
        connection.execute(delete(pace_day).where(of_name, pace_day.c.since <= now - DAY - GRAIN))
    else:
        newest = select(func.max(pace_day.c.since)).where(of_name, pace_day.c.sent >= -count).scalar_subquery()
        connection.execute(update(pace_day).where(of_name, pace_day.c.since == newest).values(sent=sent))


# Shares: all processes together share the connections to a relay.

TURN_S = 30  # of each process, if there are fewer connections than processes that want one


@dataclass(frozen=True, slots=True)
class Use:
    """The connections that a process has to a relay, how many it wants, and how many all processes may have."""

    has: int
    wants: int
    most: int


def share_connections(connection: Connection, name: str, owner: str, use: Use, *, now: datetime) -> int:
    """Return how many connections a process may have under a name, in an exclusive transaction (`writing`).

    Each gets what it wants while there is enough, equal parts if there is not, and turns if there are fewer than
    processes. A process keeps what it has until it asks again and has fewer open: others wait for that, and none gives
    up what no other waits for. If settings differ, the smallest number applies to all. What a dead process had is free
    once it is ended (`processes`); an ended process gets nothing any more.
    """
    rows = _sharing(connection, name)
    others = [row for row in rows if row.owner != owner]
    mine = next((row for row in rows if row.owner == owner), None)
    if mine is None and not has_row(connection, process.c.id == owner, process.c.ended_at.is_(None)):
        return 0
    most = min([use.most, *(row.most for row in others if row.held or row.wanted)])
    part = _part(owner, {owner: use.wants} | {row.owner: row.wanted for row in others}, most, now)
    if not any(row.wanted > row.held for row in others):
        part = max(part, use.has)
    granted: int = max(0, min(part, most - sum(row.held for row in others)))
    held = max(use.has, granted)
    if (held, use.wants, use.most) != ((mine.held, mine.wanted, mine.most) if mine else (0, 0, use.most)):
        key = {"name": name, "owner": owner}
        put(connection, relay_share, key, {}, held=held, wanted=use.wants, most=use.most)
    return granted


def _sharing(connection: Connection, name: str) -> Sequence[AnyRow]:
    living = select(relay_share).join(process, process.c.id == relay_share.c.owner)
    return connection.execute(living.where(relay_share.c.name == name, process.c.ended_at.is_(None))).all()


def _part(owner: str, wanted: Mapping[str, int], most: int, now: datetime) -> int:
    """Return the share of one process among those that want connections; all processes compute the same."""
    waiting = sorted(name for name in wanted if wanted[name])
    if len(waiting) > most:
        first = int(now.timestamp()) // TURN_S % len(waiting)
        return int(owner in (waiting + waiting)[first : first + most])
    left = most
    for number, name in enumerate(sorted(waiting, key=wanted.__getitem__)):
        part = min(wanted[name], math.ceil(left / (len(waiting) - number)))
        if name == owner:
            return part
        left -= part
    return 0


# Limits: what a relay was seen to accept, by its host and port, stored across runs and for all processes.

REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RelayLimit:
    """How many messages a relay accepts on one connection (0: no limit), and whether only one command at a time."""

    messages: int = 0
    one_at_a_time: bool = False


def read_limits(connection: Connection, names: Sequence[str], *, now: datetime) -> dict[str, RelayLimit]:
    """Return the known limits of these relays (`host:port`)."""
    rows = select(relay_limit).where(relay_limit.c.name.in_(names), relay_limit.c.learned_at > now - REMEMBERED)
    return {row.name: value_of(RelayLimit, row) for row in connection.execute(rows)}


def remember_limit(connection: Connection, name: str, limit: RelayLimit, *, now: datetime) -> None:
    """Store what a relay was seen to accept, in place of what was known."""
    values = {"messages": limit.messages, "one_at_a_time": limit.one_at_a_time, "learned_at": now}
    put(connection, relay_limit, {"name": name}, {}, **values)
