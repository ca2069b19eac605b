"""Notices: who was told how the office handles their data, and when.

Owns one question. A mail that carries the notice counts once a relay has accepted it, in a real mailing; a test, a
rejected mail and one in doubt count for nothing. Never says who has to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from mailer.events import DeliveryState, MailingKind
from mailer.ledger.tables import delivery, mailing

_AT_ONCE: Final = 500
_TELLING: Final = (
    delivery.c.carries_notice.is_(True),
    delivery.c.state == DeliveryState.ACCEPTED.value,
    mailing.c.kind.not_in((MailingKind.TEST.value, MailingKind.PREVIEW.value)),
)


def told_people(connection: Connection, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return which of these people (`tokens.address_digest`) were told."""
    found: set[bytes] = set()
    told = select(delivery.c.address_digest).join(mailing, mailing.c.id == delivery.c.mailing_id)
    for start in range(0, len(digests), _AT_ONCE):
        part = digests[start : start + _AT_ONCE]
        found |= set(connection.execute(told.where(delivery.c.address_digest.in_(part), *_TELLING)).scalars())
    return frozenset(found)


def read_notice_sent_at(connection: Connection, address_digest: bytes) -> datetime | None:
    """Return when a person was told first; None where they were not."""
    first = select(func.min(delivery.c.finished_at)).join(mailing, mailing.c.id == delivery.c.mailing_id)
    found: datetime | None = connection.execute(
        first.where(delivery.c.address_digest == address_digest, *_TELLING)
    ).scalar()
    return found
