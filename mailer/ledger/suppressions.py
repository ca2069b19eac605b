"""Suppressions: whom nobody writes to, and why.

Owns the rows of `suppression`. They are keyed by the HMAC of the address: a new spreadsheet with the same person finds
the same row (standards L6). Lifting keeps the row, with who and why.

A suppression that stands is the first one: a bounce after an opt-out does not make it liftable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from mailer.events import EventKind
from mailer.ledger.mailings import Stamp
from mailer.ledger.tables import AnyRow, event, suppression

EVERYWHERE = "everywhere"
OPTED_OUT = "opted_out"
COMPLAINED = "complained"
DEAD_ADDRESS = "dead_address"
MANUAL = "manual"

# A person's own word is only lifted with a reason (standards B7).
PERSONS_WORD = frozenset({OPTED_OUT, COMPLAINED})

_ACTIVE = suppression.c.lifted_at.is_(None)
_REASONS = select(suppression.c.address_digest, suppression.c.reason).where(
    suppression.c.address_digest.in_(bindparam("digests", expanding=True)), _ACTIVE
)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One suppression as the ledger has it; `address` is empty once the person is forgotten."""

    address: str
    reason: str
    source: str
    note: str
    created_at: datetime
    actor: str
    lifted_at: datetime | None = None
    lifted_reason: str = ""


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """A suppression to be added: who, why (a word of this file), by which door, with which delivery as evidence."""

    address_digest: bytes
    address: str
    reason: str
    source: str
    note: str = ""
    delivery_id: int | None = None


def is_suppressed(address_digest: ColumnElement[bytes]) -> ColumnElement[bool]:
    """Give the SQL condition that a person is suppressed now."""
    return exists().where(suppression.c.address_digest == address_digest, _ACTIVE)


def active_suppressions(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, str]:
    """Give the reason of each of these people who is suppressed now."""
    if not digests:
        return {}
    return {row.address_digest: row.reason for row in connection.execute(_REASONS, {"digests": digests})}


def add_suppression(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress a person everywhere, with an event. False where they already are: the first reason stands."""
    values = {
        "address_digest": new.address_digest,
        "address": new.address,
        "scope": EVERYWHERE,
        "reason": new.reason,
        "source": new.source,
        "note": new.note,
        "delivery_id": new.delivery_id,
        "created_at": stamp.at,
        "actor": stamp.actor,
    }
    columns = [suppression.c[name] for name in values]
    literals = [literal(value, suppression.c[name].type) for name, value in values.items()]
    absent = ~exists().where(
        suppression.c.address_digest == new.address_digest, suppression.c.scope == EVERYWHERE, _ACTIVE
    )
    added = insert(suppression).from_select(columns, select(*literals).where(absent)).returning(suppression.c.id)
    try:
        with connection.begin_nested():  # a refusal by the database must not take the transaction with it
            if connection.execute(added).first() is None:
                return False
    except IntegrityError:
        if find_suppression(connection, new.address_digest) is None:
            raise
        return False  # somebody at work beside us was faster
    values = {
        "kind": EventKind.SUPPRESSED.value,
        "at": stamp.at,
        "actor": stamp.actor,
        "mailing_id": mailing_id,
        "delivery_id": new.delivery_id,
        "reason": new.reason,
    }
    connection.execute(insert(event).values(**values))
    return True


def lift_suppression(connection: Connection, address_digest: bytes, *, reason: str, stamp: Stamp) -> Suppression | None:
    """Lift the suppression of a person, keeping the row; gives it, or None where there is none."""
    where = (suppression.c.address_digest == address_digest, _ACTIVE)
    values = {"lifted_at": stamp.at, "lifted_by": stamp.actor, "lifted_reason": reason}
    row = connection.execute(update(suppression).where(*where).values(values).returning(suppression)).first()
    if row is None:
        return None
    values = {"kind": EventKind.LIFTED.value, "at": stamp.at, "actor": stamp.actor, "delivery_id": row.delivery_id}
    connection.execute(insert(event).values(**values))
    return _suppression(row)


def read_suppressions(connection: Connection, *, lifted: bool = False) -> list[Suppression]:
    """Give all suppressions that stand (or also the lifted ones), the newest first."""
    rows = select(suppression).order_by(suppression.c.id.desc())
    return [_suppression(row) for row in connection.execute(rows if lifted else rows.where(_ACTIVE))]


def find_suppression(connection: Connection, address_digest: bytes) -> Suppression | None:
    """Give the suppression of a person that stands."""
    row = connection.execute(select(suppression).where(suppression.c.address_digest == address_digest, _ACTIVE)).first()
    return None if row is None else _suppression(row)


def _suppression(row: AnyRow) -> Suppression:
    return Suppression(
        address=row.address or "",
        reason=row.reason,
        source=row.source,
        note=row.note,
        created_at=row.created_at,
        actor=row.actor,
        lifted_at=row.lifted_at,
        lifted_reason=row.lifted_reason or "",
    )
