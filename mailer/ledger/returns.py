"""Returns: what came back, each message once, and which delivery it is about.

Owns the rows of `inbound`, `inbound_raw`, `inbound_text`, `finding` and `finding_text`, and the questions by which a
report finds its delivery. A message is known by the SHA-256 of its bytes: reading the same mailbox again changes
nothing (standards B5). Never decides what a report means.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from mailer.events import DeliveryState, EventKind, MailingKind
from mailer.ledger.deliveries import Result, add_delivery_event
from mailer.ledger.mailings import full_name
from mailer.ledger.tables import (
    AnyRow,
    delivery,
    event,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    mailing,
)

# A delivery that may have reached somebody, so that something may come back from it.
_SENT = tuple(state.value for state in (DeliveryState.ATTEMPTED, DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT))
# A relay may say a second time, by mail, what it refused to our face: known as ours, and counted already.
_TRIED = (*_SENT, DeliveryState.REJECTED.value)
NOT_REAL = (MailingKind.TEST.value, MailingKind.PREVIEW.value)  # what goes to the office itself


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that something came back about; `is_refused`: the relay said no at once, and that is counted."""

    delivery_id: int
    mailing_id: int
    mailing: str
    kind: MailingKind
    address_digest: bytes
    address: str
    domain: str = ""
    attempted_at: datetime | None = None
    is_refused: bool = False

    @property
    def is_real(self) -> bool:
        """Return whether it went to somebody on a list; a test says nothing about people."""
        return self.kind.value not in NOT_REAL


@dataclass(frozen=True, slots=True)
class Finding:
    """What one message says about one person; `delivery_id` is None where nobody is matched, `unmatched` says why."""

    kind: str
    address: str
    diagnostic: str
    status: str = ""
    reason: str = ""
    permanent: bool = False
    matched_by: str = ""
    unmatched: str = ""
    sent: Sent | None = None


def is_known(connection: Connection, digest: bytes) -> bool:
    """Return whether a message with this SHA-256 was taken in before."""
    return connection.execute(select(inbound.c.id).where(inbound.c.digest == digest)).first() is not None


def find_kind(connection: Connection, digest: bytes) -> str:
    """Return the classifier's word for a message that was taken in; empty where it was not."""
    return str(connection.execute(select(inbound.c.kind).where(inbound.c.digest == digest)).scalar() or "")


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is taken in: its digest, where it lay, its bytes, and the classifier's word and rule.

    `sender` and `subject` are kept where people are to see who wrote, and about what.
    """

    digest: bytes
    source: str
    data: bytes
    kind: str
    rule: str
    read_at: datetime
    sender: str = ""
    subject: str = ""


def add_inbound(connection: Connection, taken: Taken, findings: Iterable[Finding]) -> int:
    """Keep a message (compressed) and what was found in it. Return its id."""
    values = {
        "digest": taken.digest,
        "source": taken.source,
        "kind": taken.kind,
        "rule": taken.rule[:100],
        "read_at": taken.read_at,
    }
    inbound_id: int = connection.execute(insert(inbound).values(**values).returning(inbound.c.id)).scalar_one()
    connection.execute(insert(inbound_raw).values(inbound_id=inbound_id, data=zlib.compress(taken.data)))
    if taken.sender or taken.subject:
        values = {"inbound_id": inbound_id, "sender": taken.sender, "subject": taken.subject}
        connection.execute(insert(inbound_text).values(**values))
    for each in findings:
        _add_finding(connection, inbound_id, each)
    return inbound_id


def _add_finding(connection: Connection, inbound_id: int, found: Finding) -> None:
    values = {
        "inbound_id": inbound_id,
        "delivery_id": found.sent.delivery_id if found.sent else None,
        "kind": found.kind,
        "status": found.status[:12],
        "reason": found.reason[:40],
        "permanent": found.permanent,
        "matched_by": found.matched_by,
        "unmatched": found.unmatched,
    }
    finding_id = connection.execute(insert(finding).values(**values).returning(finding.c.id)).scalar_one()
    connection.execute(
        insert(finding_text).values(finding_id=finding_id, address=found.address, diagnostic=found.diagnostic)
    )


def add_return_event(connection: Connection, found: Finding, kind: EventKind, *, at: datetime, actor: str) -> None:
    """Add to a delivery's story what came back about it."""
    if found.sent is None:
        return
    code = int(found.status[0] + "50") if found.status[:1] in {"4", "5"} else None
    result = Result(
        found.sent.delivery_id, kind, at, reason=found.reason, code=code, enhanced=found.status, text=found.diagnostic
    )
    add_delivery_event(connection, found.sent.mailing_id, result, actor)


def has_event(connection: Connection, delivery_id: int, kind: EventKind) -> bool:
    """Return whether a delivery has an event of a kind: a second bounce of one mail is no second bounce.

    What staff set aside again does not count.
    """
    newest = func.coalesce(func.max(event.c.id), 0)
    told = select(newest).where(event.c.delivery_id == delivery_id, event.c.kind == kind.value)
    back = (event.c.kind == EventKind.SET_ASIDE.value, event.c.reason == kind.value)
    aside = select(newest).where(event.c.delivery_id == delivery_id, *back)
    return bool(connection.execute(told).scalar_one() > connection.execute(aside).scalar_one())


def find_sent_by_token(connection: Connection, token_id: bytes) -> Sent | None:
    """Find the delivery that a genuine token names; it must have gone out."""
    return _sent(connection.execute(_sent_rows().where(delivery.c.token_id == token_id)).first())


def find_sent_by_id(connection: Connection, delivery_id: int) -> Sent | None:
    """Find a delivery by its number; it must have gone out."""
    return _sent(connection.execute(_sent_rows().where(delivery.c.id == delivery_id)).first())


def find_sent_by_message_id(connection: Connection, message_id: str) -> Sent | None:
    """Find the delivery with a Message-ID (`<…>`); it must have gone out."""
    return _sent(connection.execute(_sent_rows().where(delivery.c.message_id == message_id)).first())


def find_sent_by_address(
    connection: Connection, address_digest: bytes, *, since: datetime, before: datetime | None = None
) -> Sent | None:
    """Find the newest real delivery to an address since a time (standards B2: only who was really sent to).

    `before` leaves out what was tried after it: nothing comes back about a mail that had not gone out.
    """
    wanted = [
        delivery.c.address_digest == address_digest,
        delivery.c.attempted_at >= since,
        delivery.c.state.in_(_SENT),
        mailing.c.kind.not_in(NOT_REAL),
    ]
    if before is not None:
        wanted.append(delivery.c.attempted_at <= before)
    newest = _sent_rows().where(*wanted).order_by(delivery.c.attempted_at.desc()).limit(1)
    return _sent(connection.execute(newest).first())


def _sent_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(delivery, mailing.c.slug, mailing.c.kind, mailing.c.sequence)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.state.in_(_TRIED))
    )


def _sent(row: AnyRow | None) -> Sent | None:
    if row is None:
        return None
    kind = MailingKind(row.kind)
    return Sent(
        delivery_id=row.id,
        mailing_id=row.mailing_id,
        mailing=full_name(row.slug, kind, row.sequence),
        kind=kind,
        address_digest=row.address_digest,
        address=row.address or "",
        domain=row.domain,
        attempted_at=row.attempted_at,
        is_refused=row.state == DeliveryState.REJECTED,
    )
