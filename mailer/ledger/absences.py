"""Absences: who is away until when, as their automatic replies say.

Owns the rows of `absence`, which name a person by their digest alone. Of several notices of one person the newest
counts: they came back earlier, or stay longer. Never decides whom a notice holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select

from mailer.ledger.returns import Sent
from mailer.ledger.tables import absence, delivery

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody's absence: `until` is the day on which they are back, `address` empty once they are forgotten."""

    address: str
    until: datetime
    said_at: datetime


def add_absence(connection: Connection, sent: Sent, inbound_id: int, *, said_at: datetime, until: datetime) -> bool:
    """Keep that somebody is away until a day; False where the same is known already, from another mail to them."""
    same = (absence.c.address_digest == sent.address_digest, absence.c.until == until)
    if connection.execute(select(absence.c.id).where(*same)).first() is not None:
        return False
    values = {
        "address_digest": sent.address_digest,
        "delivery_id": sent.delivery_id,
        "inbound_id": inbound_id,
        "said_at": said_at,
        "until": until,
    }
    connection.execute(insert(absence).values(**values))
    return True


def held_until(connection: Connection, digests: Sequence[bytes], now: datetime) -> dict[bytes, datetime]:
    """Return who of these people (`tokens.address_digest`) is away now, and until when; others are absent."""
    found: dict[bytes, datetime] = {}
    newest = select(func.max(absence.c.id)).group_by(absence.c.address_digest)
    for start in range(0, len(digests), _AT_ONCE):
        part = digests[start : start + _AT_ONCE]
        rows = select(absence.c.address_digest, absence.c.until).where(
            absence.c.id.in_(newest.where(absence.c.address_digest.in_(part))), absence.c.until > now
        )
        found.update((row.address_digest, row.until) for row in connection.execute(rows))
    return found


def read_absences(connection: Connection, mailing_id: int) -> list[Absence]:
    """Return who answered a mailing that they are away: those who are back last come last."""
    rows = (
        select(delivery.c.address, absence.c.until, absence.c.said_at)
        .join(delivery, delivery.c.id == absence.c.delivery_id)
        .where(delivery.c.mailing_id == mailing_id)
        .order_by(absence.c.until, absence.c.id)
    )
    return [Absence(row.address or "", row.until, row.said_at) for row in connection.execute(rows)]


def read_absences_of(connection: Connection, address_digest: bytes) -> list[Absence]:
    """Return what a person's automatic replies said of their absences, in the order in which they were read."""
    rows = (
        select(delivery.c.address, absence.c.until, absence.c.said_at)
        .outerjoin(delivery, delivery.c.id == absence.c.delivery_id)
        .where(absence.c.address_digest == address_digest)
        .order_by(absence.c.id)
    )
    return [Absence(row.address or "", row.until, row.said_at) for row in connection.execute(rows)]
