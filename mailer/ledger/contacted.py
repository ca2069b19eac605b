"""Contacted: when people were last written to, over all real mailings.

Owns the question behind "not again so soon" and "last mailed", and who has a place in a mailing already. A test, a
preview or a rehearsal is nobody's mail and does not count. Whoever may have it counts as having it: somebody in doubt,
and somebody whose text is on the wire.
Never says whether that is too soon.
Gaps: who only waits in another mailing has got nothing yet, and is not found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from mailer.events import DeliveryState, MailingKind
from mailer.ledger.tables import delivery, mailing

# what goes to the people on lists; "test" and "preview" go to the office itself
_REAL: Final = ("release", "follow-up", "correction")
_GOT: Final = (DeliveryState.ACCEPTED.value, DeliveryState.ATTEMPTED.value, DeliveryState.IN_DOUBT.value)
_AT_ONCE: Final = 500

_DIGESTS: BindParameter[Any] = bindparam("digests", expanding=True)
_WHEN = func.max(func.coalesce(delivery.c.attempted_at, delivery.c.finished_at))
_LAST = (
    select(delivery.c.address_digest, _WHEN.label("at"))
    .join(mailing, mailing.c.id == delivery.c.mailing_id)
    .where(
        delivery.c.address_digest.in_(_DIGESTS),
        delivery.c.state.in_(_GOT),
        mailing.c.kind.in_(_REAL),
        mailing.c.id != bindparam("but_for"),
    )
    .group_by(delivery.c.address_digest)
)


_OUT: Final = (
    *(DeliveryState.SKIPPED.value, DeliveryState.CANCELLED.value, DeliveryState.EXPIRED.value),
    DeliveryState.REJECTED.value,
)


def read_planned_fields(connection: Connection, mailing_id: int) -> Iterator[Mapping[str, str]]:
    """Yield the merge fields of everybody who got a mailing or is still to get it, one after the other."""
    wanted = (delivery.c.mailing_id == mailing_id, delivery.c.state.not_in(_OUT), delivery.c.merge_row.is_not(None))
    rows = select(delivery.c.merge_row).where(*wanted).order_by(delivery.c.id)
    for merge_row in connection.execute(rows.execution_options(yield_per=500)).scalars():
        yield json.loads(merge_row)


def last_mailed(
    connection: Connection, digests: Sequence[bytes], *, but_for: int | None = None
) -> dict[bytes, datetime]:
    """Return when each of these people was last written to, as far as the relay took it or may have; others are absent.

    `digests` are `tokens.address_digest`; `but_for` names by its id a mailing that does not count: the one that is
    being gone on with.
    """
    found: dict[bytes, datetime] = {}
    for start in range(0, len(digests), _AT_ONCE):
        values = {"digests": digests[start : start + _AT_ONCE], "but_for": -1 if but_for is None else but_for}
        found.update((row.address_digest, row.at) for row in connection.execute(_LAST, values) if row.at is not None)
    return found


# Notices: who was told how the office handles their data, and when.

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
