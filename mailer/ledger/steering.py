"""Steering: what staff do to deliveries that no process holds.

Owns the steps that a person takes instead of a relay: cancelling, giving up what is too late, sending again to
somebody in doubt, and settling who is. Each is one step along the transition table, with an event that says who and
why. Never touches what a live process holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, or_, select, update

from mailer.events import DeliveryState, EventKind, states_before
from mailer.ledger.deliveries import Result, add_delivery_events
from mailer.ledger.mailings import Stamp
from mailer.ledger.suppressions import is_suppressed
from mailer.ledger.tables import dead_refusal, delivery

_NEXT = {
    EventKind.CANCELLED: DeliveryState.CANCELLED,
    EventKind.RETRIED: DeliveryState.PENDING,
    EventKind.REVIVED: DeliveryState.PENDING,
    EventKind.REOPENED: DeliveryState.PENDING,
    EventKind.ACCEPTED: DeliveryState.ACCEPTED,
    EventKind.EXPIRED: DeliveryState.EXPIRED,
}
_LEAVES_OPEN = frozenset({EventKind.RETRIED, EventKind.REVIVED, EventKind.REOPENED})


@dataclass(frozen=True, slots=True)
class Step:
    """A step that staff take: what happens, a word why for the figures, and the evidence in their own words.

    `expires_at` is when it is no news any more for those who are revived, and for whoever is reopened too late; without
    it they stay as they are.
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
    """Take one step with all deliveries of a mailing that allow it and that nobody holds, or with those of some people.

    Return their ids. `digests` names people (`tokens.address_digest`); None means everybody. `limit` is how many
    to move at a time, where all of them would keep others waiting.
    """
    where: list[ColumnElement[bool]] = [
        delivery.c.mailing_id == mailing_id,
        delivery.c.lease_owner.is_(None),
        delivery.c.state.in_([state.value for state in states_before(step.kind)]),
    ]
    if step.kind is EventKind.EXPIRED:
        where.append(delivery.c.expires_at <= stamp.at)
    if step.kind in _LEAVES_OPEN:
        where.append(delivery.c.address.is_not(None))  # who is forgotten stays as they are: there is nobody to send to
    if step.kind is EventKind.REOPENED:
        where += _may_reopen(stamp.at if step.expires_at is None else None)
    if digests is not None:
        where.append(delivery.c.address_digest.in_(digests))
    if limit is not None:
        where = [delivery.c.id.in_(select(delivery.c.id).where(*where).limit(limit))]
    values: dict[str, object] = {"state": _NEXT[step.kind].value, "reason": step.reason, "next_attempt_at": None}
    if step.kind not in _LEAVES_OPEN:
        values["finished_at"] = stamp.at
    if step.kind is EventKind.REVIVED:
        values |= {"finished_at": None, "expires_at": step.expires_at}
    elif step.kind is EventKind.REOPENED:
        values["finished_at"] = None
        if step.expires_at is not None:
            held = delivery.c.expires_at
            values["expires_at"] = case((held <= stamp.at, step.expires_at), else_=held)
    moved = update(delivery).where(*where).values(values).returning(delivery.c.id)
    ids = list(connection.execute(moved).scalars())
    if step.kind is EventKind.REOPENED:  # nobody is to be suppressed later for a refusal that is taken back
        is_again = exists().where(
            delivery.c.id == dead_refusal.c.delivery_id, delivery.c.state == DeliveryState.PENDING.value
        )
        connection.execute(delete(dead_refusal).where(dead_refusal.c.mailing_id == mailing_id, is_again))
    moves = [Result(each, step.kind, stamp.at, reason=step.reason, text=step.evidence) for each in ids]
    add_delivery_events(connection, [(mailing_id, result) for result in moves], stamp.actor)
    return ids


def count_refused(connection: Connection, mailing_id: int) -> int:
    """Count who of a mailing was refused and could be sent to again, were it not too late for some of them."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.REJECTED.value)
    found = select(func.count()).where(*where, delivery.c.address.is_not(None), *_may_reopen(None))
    return connection.execute(found).scalar_one()


def _may_reopen(now: datetime | None) -> list[ColumnElement[bool]]:
    """Return who of the refused can be reopened: nobody who is out, and with a `now` nobody for whom it is too late."""
    where: list[ColumnElement[bool]] = [~is_suppressed(delivery.c.address_digest)]  # else they would be "skipped"
    if now is not None:
        where.append(or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > now))
    return where


def state_of_person(connection: Connection, mailing_id: int, digest: bytes) -> DeliveryState | None:
    """Return the state of one person in a mailing; None where they are not in it."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.address_digest == digest)
    found = connection.execute(select(delivery.c.state).where(*where)).scalar()
    return None if found is None else DeliveryState(found)
