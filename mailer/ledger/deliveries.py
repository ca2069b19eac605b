"""Deliveries: one mailing to one address, from planned to known.

Owns planning, claiming, `attempted` and outcomes: every step is one conditional update along the transition table of
`events`, and a step that the row does not allow changes nothing. Never decides what a reply means.
Raises `LedgerProblem` for an outcome that does not fit the row: whoever reports it was about to write a lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from mailer.errors import LedgerProblem
from mailer.events import Delivery, DeliveryState, EventKind, MailingKind, MailingState, next_state, states_before
from mailer.ledger.mailings import Stamp
from mailer.ledger.suppressions import active_suppressions, is_suppressed
from mailer.ledger.tables import AnyRow, delivery, event, event_text, mailing, process


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery to be planned; `skipped` names the suppression that makes it one that is never sent."""

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


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a delivery: the event, the server's words, and when to try again if it is deferred."""

    delivery_id: int
    kind: EventKind
    at: datetime
    reason: str = ""
    code: int | None = None
    enhanced: str = ""
    text: str = field(default="", repr=False)
    next_attempt_at: datetime | None = None
    relay: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where planned deliveries belong: the mailing, the edition of its text, and when they are no news any more."""

    mailing_id: int
    edition_id: int
    expires_at: datetime | None = None


def add_deliveries(connection: Connection, place: Place, rows: Sequence[Planned]) -> int:
    """Plan deliveries; whoever is in the mailing already is passed over. Gives how many were new."""
    digests = [row.address_digest for row in rows]
    present = planned_digests(connection, place.mailing_id, digests)
    values = [
        {
            "token_id": row.token_id,
            "mailing_id": place.mailing_id,
            "edition_id": place.edition_id,
            "expires_at": place.expires_at,
            "address_digest": row.address_digest,
            "address": row.address,
            "domain": row.domain,
            "spread": row.spread,
            "merge_row": row.merge_row,
            "list_name": row.list_name,
            "row": row.row,
            "state": (DeliveryState.SKIPPED if row.skipped else DeliveryState.PENDING).value,
            "reason": row.skipped,
            "content_hash": row.content_hash,
            "size": row.size,
            "message_id": row.message_id,
        }
        for row in rows
        if row.address_digest not in present
    ]
    if values:
        connection.execute(insert(delivery), values)
    return len(values)


def planned_digests(connection: Connection, mailing_id: int, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Give which of these people are in the mailing already."""
    wanted = (delivery.c.mailing_id == mailing_id, delivery.c.address_digest.in_(digests))
    return frozenset(connection.execute(select(delivery.c.address_digest).where(*wanted)).scalars())


def claim(
    connection: Connection, mailing_id: int, owner: str, *, limit: int, now: datetime
) -> tuple[list[Delivery], int]:
    """Lease due deliveries to a process, spread over the recipients' domains.

    Gives them, and how many of those taken were skipped because they are suppressed by now (standards B8).
    """
    due = or_(
        delivery.c.state == DeliveryState.PENDING.value,
        and_(delivery.c.state == DeliveryState.DEFERRED.value, delivery.c.next_attempt_at <= now),
    )
    in_time = or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > now)
    sending = exists().where(mailing.c.id == mailing_id, mailing.c.state == MailingState.SENDING.value)
    chosen = (
        select(delivery.c.id)
        .where(delivery.c.mailing_id == mailing_id, due, in_time, sending)
        .order_by(delivery.c.spread, delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()  # taken once: PostgreSQL may ask a mere subquery again for each row, and take more than the limit
    )
    values = {"state": DeliveryState.CLAIMED.value, "lease_owner": owner}
    taken = connection.execute(
        update(delivery).where(delivery.c.id.in_(select(chosen.c.id))).values(values).returning(delivery)
    ).all()
    kind = connection.execute(select(mailing.c.kind).where(mailing.c.id == mailing_id)).scalar_one()
    blocked = {} if kind == MailingKind.TEST else active_suppressions(connection, [row.address_digest for row in taken])
    results = [
        Result(row.id, EventKind.SKIPPED, now, reason=blocked[row.address_digest])
        for row in taken
        if row.address_digest in blocked
    ]
    record(connection, results, owner=owner, stamp=Stamp(now, owner))
    free = [row for row in taken if row.address_digest not in blocked]
    return [_delivery(row) for row in sorted(free, key=lambda row: (row.spread, row.id))], len(results)


def mark_attempted(connection: Connection, ids: Sequence[int], owner: str, *, stamp: Stamp) -> frozenset[int]:
    """Write down, before the first body byte, that a delivery is attempted. Gives those that may go on the wire.

    No row, no body: it must still be claimed by this process, the lease alive, the mailing sending, the news not too
    old, and the person not suppressed since.
    """
    may = (
        delivery.c.id.in_(ids),
        delivery.c.state == DeliveryState.CLAIMED.value,
        delivery.c.lease_owner == owner,
        exists().where(process.c.id == owner, process.c.lease_until > stamp.at),
        exists().where(mailing.c.id == delivery.c.mailing_id, mailing.c.state == MailingState.SENDING.value),
        or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > stamp.at),
        or_(_is_test(), ~is_suppressed(delivery.c.address_digest)),
    )
    values = {
        "state": DeliveryState.ATTEMPTED.value,
        "attempted_at": stamp.at,
        "attempts": delivery.c.attempts + 1,
    }
    marked = update(delivery).where(*may).values(values).returning(delivery.c.id, delivery.c.mailing_id)
    rows = connection.execute(marked).all()
    events = [
        {
            "delivery_id": row.id,
            "mailing_id": row.mailing_id,
            "kind": EventKind.ATTEMPTED.value,
            "at": stamp.at,
            "actor": stamp.actor,
        }
        for row in rows
    ]
    if events:
        connection.execute(insert(event), events)
    return frozenset(row.id for row in rows)


def record(connection: Connection, results: Iterable[Result], *, owner: str, stamp: Stamp) -> None:
    """Write outcomes with their events, in the transaction that is given.

    Raises:
        LedgerProblem: a row is not in a state from which this can happen, or belongs to somebody else.
    """
    for result in results:
        states = [state.value for state in states_before(result.kind)]
        where = (delivery.c.id == result.delivery_id, delivery.c.lease_owner == owner, delivery.c.state.in_(states))
        row = connection.execute(
            select(delivery.c.state, delivery.c.mailing_id).where(*where).with_for_update()
        ).first()
        if row is None:
            raise LedgerProblem(f"delivery {result.delivery_id} cannot become {result.kind}: it is not ours any more")
        before = DeliveryState(row.state)
        values: dict[str, object] = {
            "state": next_state(before, result.kind).value,
            "lease_owner": None,
            "reason": result.reason,
            "code": result.code,
            "enhanced": result.enhanced,
            "next_attempt_at": result.next_attempt_at,
            "relay": result.relay,
        }
        if before is DeliveryState.CLAIMED and result.code is not None:
            # refused at MAIL or RCPT: tried, though no body was written
            values |= {"attempts": delivery.c.attempts + 1, "attempted_at": result.at}
        if result.next_attempt_at is None:
            values["finished_at"] = result.at
        connection.execute(update(delivery).where(*where).values(values))
        add_delivery_event(connection, row.mailing_id, result, stamp.actor)


def add_delivery_event(connection: Connection, mailing_id: int, result: Result, actor: str) -> None:
    """Add an event of one delivery, its text beside it."""
    values = {
        "delivery_id": result.delivery_id,
        "mailing_id": mailing_id,
        "kind": result.kind.value,
        "at": result.at,
        "actor": actor,
        "code": result.code,
        "enhanced": result.enhanced,
        "reason": result.reason,
    }
    event_id = connection.execute(insert(event).values(**values).returning(event.c.id)).scalar_one()
    if result.text:
        connection.execute(insert(event_text).values(event_id=event_id, text=result.text))


def release(connection: Connection, ids: Sequence[int], owner: str) -> None:
    """Give back what no body byte was written for: it is pending again, and nobody has noticed."""
    states = [state.value for state in states_before(EventKind.RELEASED)]
    where = (delivery.c.id.in_(ids), delivery.c.lease_owner == owner, delivery.c.state.in_(states))
    values = {"state": DeliveryState.PENDING.value, "lease_owner": None, "next_attempt_at": None}
    connection.execute(update(delivery).where(*where).values(values))


def next_due_at(connection: Connection, mailing_id: int) -> datetime | None:
    """Give when the next deferred delivery may be tried again; None where none waits."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.DEFERRED.value)
    found: datetime | None = connection.execute(select(func.min(delivery.c.next_attempt_at)).where(*where)).scalar()
    return found


def read_open(connection: Connection, mailing_id: int) -> list[Delivery]:
    """Give the deliveries that are planned and not yet tried, or deferred."""
    states = (DeliveryState.PENDING.value, DeliveryState.DEFERRED.value)
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state.in_(states))
    return [_delivery(row) for row in connection.execute(select(delivery).where(*where).order_by(delivery.c.id))]


def replace_content(
    connection: Connection, delivery_id: int, *, edition_id: int, content_hash: bytes, size: int
) -> None:
    """Give a delivery that nobody has got yet another edition of the text."""
    values = {"edition_id": edition_id, "content_hash": content_hash, "size": size}
    connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(values))


def leased_by_others(connection: Connection, mailing_id: int, owner: str) -> bool:
    """Say whether another process holds deliveries of a mailing."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.lease_owner.is_not(None), delivery.c.lease_owner != owner)
    return connection.execute(select(delivery.c.id).where(*where).limit(1)).first() is not None


def open_count(connection: Connection, mailing_id: int, states: Iterable[DeliveryState]) -> int:
    """Count the deliveries of a mailing that stand in these states."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state.in_([state.value for state in states]))
    return connection.execute(select(func.count()).select_from(delivery).where(*where)).scalar_one()


def _is_test() -> ColumnElement[bool]:
    return exists().where(mailing.c.id == delivery.c.mailing_id, mailing.c.kind == MailingKind.TEST.value)


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        id=row.id,
        token_id=row.token_id,
        mailing_id=row.mailing_id,
        edition_id=row.edition_id,
        address=row.address,
        domain=row.domain,
        merge_row=json.loads(row.merge_row),
        list_name=row.list_name,
        row=row.row,
        content_hash=row.content_hash,
        attempts=row.attempts,
    )
