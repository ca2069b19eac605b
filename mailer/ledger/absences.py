"""Absences: who is away until when, as their automatic replies say, and who answered.

Owns the rows of `absence`, and reading whose letters came in answer to a mailing. An absence names a person by their
digest alone. Of several notices of one person the newest counts: they came back earlier, or stay longer. Never decides
whom a notice holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select

from mailer.ledger.returns import Sent
from mailer.ledger.tables import absence, delivery, finding, inbound, inbound_text, mailing

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody's absence: `until` is the day on which they are back, `address` empty once they are forgotten."""

    address: str
    until: datetime
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A letter from somebody in answer to a mailing: who got the mail, who wrote, about what, and where it lies."""

    address: str
    sender: str
    subject: str
    source: str
    read_at: datetime
    inbound_id: int


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
    """Give who of these people (`tokens.address_digest`) is away now, and until when; others are absent."""
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
    """Give who answered a mailing that they are away: those who are back last come last."""
    rows = (
        select(delivery.c.address, absence.c.until, absence.c.said_at)
        .join(delivery, delivery.c.id == absence.c.delivery_id)
        .where(delivery.c.mailing_id == mailing_id)
        .order_by(absence.c.until, absence.c.id)
    )
    return [Absence(row.address or "", row.until, row.said_at) for row in connection.execute(rows)]


def read_absences_of(connection: Connection, address_digest: bytes) -> list[Absence]:
    """Give what a person's automatic replies said of their absences, in the order in which they were read."""
    rows = (
        select(delivery.c.address, absence.c.until, absence.c.said_at)
        .outerjoin(delivery, delivery.c.id == absence.c.delivery_id)
        .where(absence.c.address_digest == address_digest)
        .order_by(absence.c.id)
    )
    return [Absence(row.address or "", row.until, row.said_at) for row in connection.execute(rows)]


def read_answers(connection: Connection, mailing_id: int | None = None) -> list[Answer]:
    """Give the letters that people wrote in answer to a mailing (or to any), the newest first.

    What they say is not kept; sender and subject are empty where they are no longer kept either.
    """
    rows = (
        select(
            delivery.c.address,
            inbound_text.c.sender,
            inbound_text.c.subject,
            inbound.c.source,
            inbound.c.read_at,
            inbound.c.id,
        )
        .join(finding, finding.c.inbound_id == inbound.c.id)
        .join(delivery, delivery.c.id == finding.c.delivery_id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .outerjoin(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
        .where(finding.c.kind == "reply")
        .order_by(inbound.c.id.desc())
    )
    if mailing_id is not None:
        rows = rows.where(mailing.c.id == mailing_id)
    return [
        Answer(row.address or "", row.sender or "", row.subject or "", row.source, row.read_at, row.id)
        for row in connection.execute(rows)
    ]
