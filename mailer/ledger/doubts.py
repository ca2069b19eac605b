"""Doubts: who in a mailing is in doubt, and all that the ledger knows about each.

Owns the question behind `reconcile` and `status`: when it was tried, by which relay, how the connection ended, and what
came back since. Never decides what proves anything, never settles anybody: `steering.move_idle` takes that step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from mailer.events import DeliveryState, EventKind
from mailer.ledger.tables import delivery, event, event_text, finding, inbound, mailing, value_of


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that came back about a delivery: what it is, by what it was matched, and where it lay."""

    kind: str
    matched_by: str
    status: str
    source: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery in doubt; `reason` and `text` say how the attempt ended, as far as that was seen."""

    delivery_id: int
    address_digest: bytes
    address: str
    message_id: str
    relay: str
    attempts: int
    attempted_at: datetime | None
    reason: str
    text: str
    signs: tuple[Sign, ...]


def read_doubts(connection: Connection, mailing_id: int, *, dead: Sequence[str] = ()) -> list[Doubt]:
    """Return the deliveries of a mailing that are in doubt, in the order of planning.

    `dead` names processes that died and are not freed yet (`processes.dead_owners`): what they had attempted is in
    doubt, and the next command that writes will say so.
    """
    in_doubt = delivery.c.state == DeliveryState.IN_DOUBT.value
    left = and_(delivery.c.state == DeliveryState.ATTEMPTED.value, delivery.c.lease_owner.in_(dead))
    doubtful = and_(delivery.c.mailing_id == mailing_id, or_(in_doubt, left))
    last_words = (
        select(event_text.c.text)
        .join(event, event.c.id == event_text.c.event_id)
        .where(event.c.delivery_id == delivery.c.id, event.c.kind == EventKind.IN_DOUBT.value)
        .order_by(event.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = (
        select(delivery, mailing.c.relay.label("planned_relay"), last_words.label("text"))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(doubtful)
        .order_by(delivery.c.id)
    )
    signs = _signs(connection, doubtful)
    return [
        value_of(
            Doubt,
            row,
            delivery_id=row.id,
            relay=row.relay or row.planned_relay,
            reason=row.reason if row.state == DeliveryState.IN_DOUBT else "process_died",
            signs=signs.get(row.id, ()),
        )
        for row in connection.execute(rows)
    ]


def _signs(connection: Connection, doubtful: ColumnElement[bool]) -> dict[int, tuple[Sign, ...]]:
    """Return what came back, by delivery, the oldest first."""
    rows = (
        select(finding, inbound.c.source, inbound.c.read_at)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .join(delivery, delivery.c.id == finding.c.delivery_id)
        .where(doubtful, finding.c.unmatched == "")
        .order_by(finding.c.id)
    )
    signs = [
        (row.delivery_id, Sign(row.kind, row.matched_by, row.status, row.source, row.read_at))
        for row in connection.execute(rows)
    ]
    found: dict[int, tuple[Sign, ...]] = {}
    for delivery_id, sign in (*signs, *_opt_outs(connection, doubtful)):
        found[delivery_id] = (*found.get(delivery_id, ()), sign)
    return found


def _opt_outs(connection: Connection, doubtful: ColumnElement[bool]) -> Iterator[tuple[int, Sign]]:
    """Yield the opt-outs by token that came another way than by mail; they are events of the delivery they name."""
    rows = (
        select(event.c.delivery_id, event.c.at)
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .where(doubtful, event.c.kind == EventKind.OPTED_OUT.value)
        .order_by(event.c.id)
    )
    for row in connection.execute(rows):
        yield row.delivery_id, Sign("optout", "token", "", "the ledger", row.at)
