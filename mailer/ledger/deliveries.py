"""Deliveries: one mailing to one address, from the plan to a known outcome.

Owns planning, claiming, `attempted` and outcomes, and the steps that staff take instead of a relay: every step is one
conditional update along the transition table of `events`, and a step that the row does not allow changes nothing. Never
decides what a reply means; steps by staff never change a delivery that a live process holds. Raises `LedgerProblem` for
an outcome that does not fit the row, since the caller would record something that never happened.

A process that was declared dead (`processes.end`) stays dead: it can claim and attempt nothing more. Replies that it
still receives count if nothing newer is known, which the number of the attempt shows: the delivery is in doubt because
of that same attempt.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Update, bindparam, case, delete, exists, func, or_, select, update

from mailer.errors import LedgerProblem
from mailer.events import Delivery, DeliveryState, EventKind, MailingKind, MailingState, next_state, states_before
from mailer.frozen import dataclass, field
from mailer.ledger.connection import insert_columns, run_for_rows
from mailer.ledger.mailings import Stamp
from mailer.ledger.rows import AnyRow, count_rows, has_row, values_of
from mailer.ledger.suppressions import (
    NO_MARK,
    SCOPES_MARK,
    SuppressionQuery,
    active_suppressions,
    is_suppressed,
    scopes_of,
    wider_digests,
)
from mailer.ledger.tables import UtcDateTime, dead_refusal, delivery, event, mailing, process


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery to be planned; `skipped` names the suppression because of which it is never sent.

    `is_forgotten`: the person was erased, and the ledger does not store their address again.
    """

    token_id: bytes
    address_digest: bytes
    address: str
    domain: str
    spread: int
    merge_row: str
    list_name: str
    row: int
    content_hash: bytes
    size: int
    message_id: str
    skipped: str = ""
    carries_notice: bool = False
    is_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a delivery: the event, the server's reply, and when to try again if it is deferred."""

    delivery_id: int
    kind: EventKind
    at: datetime
    reason: str = ""
    code: int | None = None
    enhanced: str = ""
    text: str = field(default="", repr=False)
    next_attempt_at: datetime | None = None
    relay: str = ""
    attempt: int = 0  # which attempt's body this answers, counted from 1; 0 if none was written


@dataclass(frozen=True, slots=True)
class Place:
    """What planned deliveries belong to: the mailing, the edition of its text, and when they expire."""

    mailing_id: int
    edition_id: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A message that was composed again for a delivery: its hash, its size in bytes and its Message-ID."""

    delivery_id: int
    content_hash: bytes
    size: int
    message_id: str


NAMELESS = {"address": None, "merge_row": None, "domain": "", "row": 0}  # of an erased person
_CLAIMABLE = (DeliveryState.PENDING, DeliveryState.DEFERRED)

_NEEDED = [delivery.c[name] for name in (*Delivery.__slots__, "address_digest")]

# Statements that run for every message are built once: building one costs more than running it.
_is_chosen = delivery.c.id.in_(bindparam("ids", expanding=True))
_DUE = (
    select(delivery.c.id)
    .where(
        delivery.c.mailing_id == bindparam("mailing"),
        or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > bindparam("now")),
        exists().where(mailing.c.id == bindparam("mailing"), mailing.c.state == MailingState.SENDING),
    )
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_DUE_AGAIN = _DUE.where(
    delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_attempt_at <= bindparam("now")
).order_by(delivery.c.next_attempt_at)
_DUE_NEW = _DUE.where(delivery.c.state == DeliveryState.PENDING).order_by(delivery.c.spread, delivery.c.id)
_CLAIM = (
    update(delivery)
    .where(
        _is_chosen,
        delivery.c.state.in_(_CLAIMABLE),
        exists().where(process.c.id == bindparam("owner"), process.c.ended_at.is_(None)),
    )
    .values(state=DeliveryState.CLAIMED, lease_owner=bindparam("owner"), scopes_seen=SCOPES_MARK)
    .returning(*_NEEDED, delivery.c.scopes_seen)
)
_ATTEMPT = (
    update(delivery)
    .where(
        _is_chosen,
        delivery.c.state == DeliveryState.CLAIMED,
        delivery.c.lease_owner == bindparam("owner"),
        exists().where(
            process.c.id == bindparam("owner"), process.c.ended_at.is_(None), process.c.lease_until > bindparam("now")
        ),
        exists().where(mailing.c.id == delivery.c.mailing_id, mailing.c.state == MailingState.SENDING),
        or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > bindparam("now")),
        or_(  # no suppression, and no new scoped one since the claim
            ~is_suppressed(delivery.c.address_digest) & (delivery.c.scopes_seen == SCOPES_MARK),
            exists().where(mailing.c.id == delivery.c.mailing_id, mailing.c.kind == MailingKind.TEST),
        ),
    )
    .values(state=DeliveryState.ATTEMPTED, attempted_at=bindparam("now"), attempts=delivery.c.attempts + 1)
    .returning(delivery.c.id, delivery.c.mailing_id)
)
_SETTLED = (
    update(delivery)
    .where(_is_chosen, delivery.c.state == bindparam("before"))
    .values(
        state=bindparam("after"),
        lease_owner=None,
        reason=bindparam("new_reason"),
        code=bindparam("new_code"),
        enhanced=bindparam("new_enhanced"),
        next_attempt_at=bindparam("again_at"),
        relay=bindparam("new_relay"),
        finished_at=func.coalesce(bindparam("settled_at", type_=UtcDateTime), delivery.c.finished_at),
    )
    .returning(delivery.c.id, delivery.c.mailing_id)
)
_SETTLE = _SETTLED.where(delivery.c.lease_owner == bindparam("owner"))
_SETTLE_LATE = _SETTLED.where(delivery.c.lease_owner.is_(None), delivery.c.attempts == bindparam("attempt"))
_SETTLE_TRIED = _SETTLE.values(attempts=delivery.c.attempts + 1, attempted_at=bindparam("now"))
_HAS_ENDED = select(process.c.id).where(process.c.id == bindparam("owner"), process.c.ended_at.is_not(None))
# by the driver, like the events
_NEW_TEXT = "INSERT INTO event_text (event_id, text) SELECT max(id), ? FROM event WHERE delivery_id = ? AND kind = ?"


def add_deliveries(connection: Connection, place: Place, rows: Sequence[Planned]) -> int:
    """Plan deliveries; those already in the mailing are left out. Return how many were new."""
    present = planned_digests(connection, place.mailing_id, [row.address_digest for row in rows])
    common = values_of(place)
    values = [
        {
            **common,
            **values_of(row, without=("skipped", "is_forgotten")),
            "state": DeliveryState.SKIPPED if row.skipped else DeliveryState.PENDING,
            "reason": row.skipped,
            **(NAMELESS if row.is_forgotten else {}),
        }
        for row in rows
        if row.address_digest not in present
    ]
    if values:
        connection.execute(delivery.insert(), values)
    return len(values)


def planned_digests(
    connection: Connection,
    mailing_id: int,
    digests: Sequence[bytes],
    *,
    waiting: bool = False,
    up_to: int | None = None,
) -> frozenset[bytes]:
    """Return which of these people are in the mailing already; with `waiting`, only those not sent to yet.

    `up_to` leaves out rows with a higher id: they are staged, and may never be confirmed (`planning`).
    """
    wanted = [delivery.c.mailing_id == mailing_id, delivery.c.address_digest.in_(digests)]
    wanted += [delivery.c.state.in_(_CLAIMABLE)] if waiting else []
    wanted += [delivery.c.id <= up_to] if up_to is not None else []
    return frozenset(connection.scalars(select(delivery.c.address_digest).where(*wanted)))


def claim(
    connection: Connection,
    mailing_id: int,
    owner: str,
    *,
    limit: int,
    now: datetime,
    without_domains: Collection[str] = (),
) -> tuple[list[Delivery], int]:
    """Lease due deliveries to a process: deferred ones that are due again, then new ones spread over their domains.

    `without_domains` have no free slot now, and so fill no batch. Return the deliveries, and how many of those taken
    were skipped because they are suppressed by now.
    """
    again, new = _DUE_AGAIN, _DUE_NEW  # each by its own index: one condition for both would read the whole mailing
    if without_domains:
        again, new = (each.where(delivery.c.domain.not_in(without_domains)) for each in (again, new))
    values = {"mailing": mailing_id, "now": now, "most": limit}
    chosen = list(connection.scalars(again, values))
    if len(chosen) < limit:
        chosen += connection.scalars(new, values | {"most": limit - len(chosen)})
    if not chosen:
        return [], 0
    taken = connection.execute(_CLAIM, {"ids": chosen, "owner": owner}).all()
    kind = connection.execute(select(mailing.c.kind).where(mailing.c.id == mailing_id)).scalar_one()
    queries = []
    for row in taken if kind != MailingKind.TEST else ():
        if row.scopes_seen == NO_MARK:
            queries.append(SuppressionQuery(row.address_digest))
        else:  # only then do their domain and outlet matter
            outlet = json.loads(row.merge_row or "{}").get("outlet", "")
            wider = wider_digests(row.domain, outlet)
            queries.append(SuppressionQuery(row.address_digest, wider, scopes_of(row.list_name, kind)))
    blocked = active_suppressions(connection, queries)
    results = [
        Result(row.id, EventKind.SKIPPED, now, reason=blocked[row.address_digest].word)
        for row in taken
        if row.address_digest in blocked
    ]
    record(connection, results, owner=owner, stamp=Stamp(now, owner))
    order = {row: number for number, row in enumerate(chosen)}
    free = [row for row in taken if row.address_digest not in blocked]
    return [_delivery(row) for row in sorted(free, key=lambda row: order[row.id])], len(results)


def allow_attempts(connection: Connection, ids: Sequence[int], owner: str, *, stamp: Stamp) -> frozenset[int]:
    """Return which deliveries may go on the wire, each recorded as attempted before its first body byte.

    No row, no body: the delivery must still be claimed by this process, with a valid lease, not expired, its mailing
    sending, and the person not suppressed since.
    """
    rows = connection.execute(_ATTEMPT, {"ids": ids, "owner": owner, "now": stamp.at})
    found = [(mailing_id, Result(id_, EventKind.ATTEMPTED, stamp.at)) for id_, mailing_id in rows]
    add_delivery_events(connection, found, stamp.actor)
    return frozenset(result.delivery_id for _, result in found)


def record(connection: Connection, results: Sequence[Result], *, owner: str, stamp: Stamp, again: bool = False) -> None:
    """Record outcomes with their events, in the given transaction; equal ones in one statement.

    `again`: the same call was made before, and may have been committed. Then, and if this process was ended meanwhile,
    an outcome settles a delivery that is in doubt because of that same attempt; an outcome that no longer fits is left
    out. Raises LedgerProblem if a row is in a state that does not allow the step, or belongs to another process.
    """
    groups: dict[tuple[object, ...], list[Result]] = {}  # equal but for the person, the time and the server's text
    for result in results:
        key = (result.kind, result.reason, result.code, result.enhanced, result.next_attempt_at, result.relay)
        groups.setdefault(key, []).append(result)
    mailings: dict[int, int] = {}
    for alike in groups.values():
        mailings |= _settle(connection, alike, owner, again=again)
    written = [(mailings[result.delivery_id], result) for result in results if result.delivery_id in mailings]
    add_delivery_events(connection, written, stamp.actor)


def _settle(connection: Connection, alike: Sequence[Result], owner: str, *, again: bool) -> dict[int, int]:
    """Apply the step that `alike` have in common to all of them; return the mailing of each that allowed it."""
    first = alike[0]
    at = max(result.at for result in alike)
    outcome = {
        "new_reason": first.reason,
        "new_code": first.code,
        "new_enhanced": first.enhanced,
        "again_at": first.next_attempt_at,
        "new_relay": first.relay,
        "settled_at": at if first.next_attempt_at is None else None,
    }
    found: dict[int, int] = {}

    def step(statement: Update, ids: list[int], before: DeliveryState, **values: object) -> None:
        states = {"before": before, "after": next_state(before, first.kind)}
        rows = connection.execute(statement, {**outcome, **states, "ids": ids, **values})
        found.update((id_, mailing_id) for id_, mailing_id in rows)

    for before in sorted(states_before(first.kind)):  # attempted, the usual one, comes first
        missing = [result.delivery_id for result in alike if result.delivery_id not in found]
        if not missing:
            break
        # refused at MAIL or RCPT: counts as an attempt, though no body was written
        if before is DeliveryState.CLAIMED and first.code is not None:
            step(_SETTLE_TRIED, missing, before, owner=owner, now=at)
        else:
            step(_SETTLE, missing, before, owner=owner)
    left = [result for result in alike if result.delivery_id not in found]
    if left and not again and not connection.execute(_HAS_ENDED, {"owner": owner}).first():
        raise LedgerProblem(f"delivery {left[0].delivery_id} cannot become {first.kind}: it is no longer ours")
    for result in left:
        if DeliveryState.IN_DOUBT in states_before(first.kind):
            step(_SETTLE_LATE, [result.delivery_id], DeliveryState.IN_DOUBT, attempt=result.attempt)
    return found


def add_delivery_events(connection: Connection, results: Sequence[tuple[int, Result]], actor: str) -> None:
    """Add events of deliveries, each with the id of its mailing, and their texts.

    No delivery may occur twice with one kind: a text goes to the newest event of its delivery and kind.
    """
    if not results:
        return
    columns: dict[str, Sequence[object]] = {
        "mailing_id": [mailing_id for mailing_id, _ in results],
        "actor": [actor] * len(results),
        "kind": [result.kind.value for _, result in results],
    }
    for name in ("delivery_id", "at", "reason", "code", "enhanced"):
        columns[name] = [getattr(result, name) for _, result in results]
    insert_columns(connection, event, columns)
    texts = [(each.text, each.delivery_id, each.kind.value) for _, each in results if each.text]
    if texts:
        run_for_rows(connection, _NEW_TEXT, texts)


def release(connection: Connection, ids: Sequence[int], owner: str) -> None:
    """Release deliveries of which no body byte was written: they are pending again, without an event."""
    where = (delivery.c.id.in_(ids), delivery.c.lease_owner == owner)
    free = update(delivery).where(*where, delivery.c.state.in_(states_before(EventKind.RELEASED)))
    connection.execute(free.values(state=DeliveryState.PENDING, lease_owner=None, next_attempt_at=None))


def release_all(connection: Connection, owner: str, *, limit: int | None = None) -> int:
    """Release the deliveries that a process has claimed and not attempted, at most `limit`; return how many."""
    held = select(delivery.c.id).where(delivery.c.lease_owner == owner, delivery.c.state == DeliveryState.CLAIMED)
    ids = connection.scalars(held.limit(limit)).all()
    release(connection, ids, owner)
    return len(ids)


def next_due_at(connection: Connection, mailing_id: int) -> datetime | None:
    """Return when the next deferred delivery may be tried again; None if none waits."""
    where = (
        delivery.c.mailing_id == mailing_id,
        delivery.c.state == DeliveryState.DEFERRED,
        delivery.c.next_attempt_at.is_not(None),  # the condition of the index
    )
    found: datetime | None = connection.scalar(select(func.min(delivery.c.next_attempt_at)).where(*where))
    return found


def read_open(
    connection: Connection,
    mailing_id: int,
    *,
    after: int = 0,
    limit: int | None = None,
    states: Collection[DeliveryState] = _CLAIMABLE,
    not_of: int | None = None,
    ids: Sequence[int] | None = None,
) -> list[Delivery]:
    """Return the deliveries that can be claimed, or are in these states, without erased people, by id.

    `after` and `limit` read them in batches, `ids` some of them; `not_of` leaves out those with that edition.
    """
    where = [*_of_mailing_by_id(mailing_id, after), delivery.c.state.in_(states)]
    where += [delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None)]
    where += [delivery.c.edition_id != not_of] if not_of is not None else []
    where += [delivery.c.id.in_(ids)] if ids is not None else []
    wanted = select(*_NEEDED).where(*where).order_by(delivery.c.id).limit(limit)
    return [_delivery(row) for row in connection.execute(wanted)]


def read_idle(connection: Connection, ids: Sequence[int]) -> list[Delivery]:
    """Return these deliveries, except for those that a process holds, by the edition of their text."""
    where = (delivery.c.id.in_(ids), delivery.c.lease_owner.is_(None))
    wanted = select(*_NEEDED).where(*where).order_by(delivery.c.edition_id, delivery.c.id)
    return [_delivery(row) for row in connection.execute(wanted)]


def read_pending(connection: Connection, mailing_id: int, *, after: int, limit: int) -> Sequence[AnyRow]:
    """Return a batch of the deliveries that were never attempted, above an id, by their ids."""
    where = (*_of_mailing_by_id(mailing_id, after), delivery.c.state == DeliveryState.PENDING)
    return connection.execute(select(delivery.c.id).where(*where).order_by(delivery.c.id).limit(limit)).all()


def _of_mailing_by_id(mailing_id: int, after: int) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for reading a mailing in batches, by the primary key.

    The sum keeps SQLite from using the index of claims, with which it would read and sort all of the mailing for each
    batch.
    """
    return (delivery.c.id > after, delivery.c.mailing_id + 0 == mailing_id)


def replace_content(
    connection: Connection, contents: Sequence[Content], *, edition_id: int, has_notice: bool = True
) -> None:
    """Assign another edition of the text to deliveries not sent yet; without `has_notice` they no longer carry one.

    If there is a new key by now, a message also has another Message-ID.
    """
    new = update(delivery).where(delivery.c.id == bindparam("new_delivery_id")).values(edition_id=edition_id)
    wanted = new.values({name: bindparam(f"new_{name}") for name in ("content_hash", "size", "message_id")})
    rows = [{f"new_{name}": value for name, value in values_of(each).items()} for each in contents]
    connection.execute(wanted if has_notice else wanted.values(carries_notice=False), rows)


def leased_by_others(connection: Connection, mailing_id: int, owner: str) -> bool:
    """Return whether another process holds deliveries of a mailing."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.lease_owner.is_not(None), delivery.c.lease_owner != owner)
    return has_row(connection, *where)


def open_count(connection: Connection, mailing_id: int, states: Collection[DeliveryState]) -> int:
    """Count the deliveries of a mailing that are in these states."""
    return count_rows(connection, delivery.c.mailing_id == mailing_id, delivery.c.state.in_(states))


def _delivery(row: AnyRow) -> Delivery:
    """Build a delivery from a row with the columns of `_NEEDED`: by position, at a third of the cost."""
    id_, token_id, mailing_id, edition_id, address, domain, merge_row, *rest = row
    list_name, number, content_hash, attempts, *_ = rest
    fields = json.loads(merge_row)
    return Delivery(
        id_, token_id, mailing_id, edition_id, address, domain, fields, list_name, number, content_hash, attempts
    )


# Steps by staff: on deliveries that no process holds, each with who and why in its event.

_NEXT = {
    EventKind.CANCELLED: DeliveryState.CANCELLED,
    EventKind.RETRIED: DeliveryState.PENDING,
    EventKind.REVIVED: DeliveryState.PENDING,
    EventKind.REOPENED: DeliveryState.PENDING,
    EventKind.ACCEPTED: DeliveryState.ACCEPTED,
    EventKind.EXPIRED: DeliveryState.EXPIRED,
}
_is_free = ~is_suppressed(delivery.c.address_digest)
_LEAVES_OPEN = frozenset({EventKind.RETRIED, EventKind.REVIVED, EventKind.REOPENED})


@dataclass(frozen=True, slots=True)
class Step:
    """A step that staff take: the event, the reason as a word for the figures, and the evidence in their own words.

    `expires_at` is the new expiry of deliveries that are revived or reopened after theirs; without it those stay as
    they are.
    """

    kind: EventKind
    reason: str
    evidence: str = ""
    expires_at: datetime | None = None


def move_idle(
    connection: Connection,
    mailing_id: int,
    step: Step,
    *,
    stamp: Stamp,
    digests: Sequence[bytes] | None = None,
    limit: int | None = None,
) -> list[int]:
    """Apply a step to all deliveries of a mailing that allow it and that no process holds, or to those of some people.

    Return their ids. `digests` are people (`tokens.address_digest`); None means everybody. `limit` is how many to
    change at a time, where all of them would keep other writers waiting.
    """
    where: list[ColumnElement[bool]] = [
        delivery.c.mailing_id == mailing_id,
        delivery.c.lease_owner.is_(None),
        delivery.c.state.in_(states_before(step.kind)),
    ]
    if step.kind is EventKind.EXPIRED:
        where.append(delivery.c.expires_at <= stamp.at)
    if step.kind in _LEAVES_OPEN:
        where.append(delivery.c.address.is_not(None))  # an erased person stays as they are: there is no address
    if step.kind is EventKind.REOPENED:
        where.append(_is_free)  # otherwise they would be skipped
        if step.expires_at is None:
            where.append(or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > stamp.at))
    if digests is not None:
        where.append(delivery.c.address_digest.in_(digests))
    if limit is not None:
        where = [delivery.c.id.in_(select(delivery.c.id).where(*where).limit(limit))]
    values: dict[str, object] = {"state": _NEXT[step.kind], "reason": step.reason, "next_attempt_at": None}
    if step.kind is not EventKind.RETRIED:
        values["finished_at"] = None if step.kind in _LEAVES_OPEN else stamp.at
    if step.kind is EventKind.REVIVED:
        values["expires_at"] = step.expires_at
    elif step.kind is EventKind.REOPENED and step.expires_at is not None:
        held = delivery.c.expires_at
        values["expires_at"] = case((held <= stamp.at, step.expires_at), else_=held)
    moved = update(delivery).where(*where).values(values).returning(delivery.c.id)
    ids = list(connection.scalars(moved))
    if step.kind is EventKind.REOPENED:  # a refusal that is taken back must not suppress anybody later
        is_again = exists().where(
            delivery.c.id == dead_refusal.c.delivery_id, delivery.c.state == DeliveryState.PENDING
        )
        connection.execute(delete(dead_refusal).where(dead_refusal.c.mailing_id == mailing_id, is_again))
    moves = [Result(each, step.kind, stamp.at, reason=step.reason, text=step.evidence) for each in ids]
    add_delivery_events(connection, [(mailing_id, result) for result in moves], stamp.actor)
    return ids


def count_refused(connection: Connection, mailing_id: int) -> int:
    """Count the rejected recipients of a mailing who could be sent to again, even if some have expired."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.REJECTED)
    return count_rows(connection, *where, delivery.c.address.is_not(None), _is_free)


def state_of_person(connection: Connection, mailing_id: int, digest: bytes) -> DeliveryState | None:
    """Return the state of one person in a mailing; None if they are not in it."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.address_digest == digest)
    found = connection.scalar(select(delivery.c.state).where(*where))
    return None if found is None else DeliveryState(found)
