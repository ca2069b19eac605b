"""Returned: what came back, as it is read again: by person, reason, domain and mailing, and the message itself.

Owns the questions behind `bounces list`, `bounces show` and what `report` tells of people who answered. Never decides
what a message means and never changes a row.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from mailer.events import DeliveryState, EventKind, MailingKind
from mailer.ledger.mailings import full_name
from mailer.ledger.suppressions import is_suppressed
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
    value_of,
)

_HEARD = tuple(
    kind.value
    for kind in EventKind
    if kind
    in {
        *(EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT, EventKind.COMPLAINED, EventKind.OPTED_OUT),
        *(EventKind.AUTO_REPLIED, EventKind.MOVED, EventKind.CHALLENGED, EventKind.REPLIED),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which findings are asked for: all, or those of a mailing, a reason, a domain; or the unmatched ones."""

    mailing_id: int | None = None
    reason: str = ""
    domain: str = ""
    unmatched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What one message says about one person. `id` is the finding's; `address` is empty once they are forgotten."""

    id: int
    inbound_id: int
    kind: str
    address: str
    domain: str
    mailing: str
    status: str
    reason: str
    permanent: bool
    diagnostic: str
    matched_by: str
    unmatched: str
    settled_as: str
    source: str
    read_at: datetime
    is_suppressed: bool  # now, everywhere: what was lifted since is not


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken in: where it lay, what it was read as, its bytes (empty where they are not kept)."""

    source: str
    kind: str
    rule: str
    read_at: datetime
    sender: str
    subject: str
    data: bytes
    findings: tuple[Returned, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to a mailing: who got the mail, who wrote, about what, when it was read."""

    address: str
    sender: str
    subject: str
    read_at: datetime


def read_returned(connection: Connection, wanted: Wanted) -> Iterator[Returned]:
    """Return what came back, the newest first, one after the other."""
    rows = _rows().where(*_conditions(wanted)).order_by(finding.c.id.desc())
    return (_returned(row) for row in connection.execute(rows.execution_options(yield_per=500)))


def find_message(connection: Connection, finding_id: int) -> Message | None:
    """Return the message that a finding was read from, with all that was found in it; None where there is none."""
    found = (
        select(inbound, inbound_text.c.sender, inbound_text.c.subject, inbound_raw.c.data)
        .join(finding, finding.c.inbound_id == inbound.c.id)
        .outerjoin(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
        .outerjoin(inbound_raw, inbound_raw.c.inbound_id == inbound.c.id)
        .where(finding.c.id == finding_id)
    )
    row = connection.execute(found).first()
    if row is None:
        return None
    findings = _rows().where(finding.c.inbound_id == row.id).order_by(finding.c.id)
    return Message(
        row.source,
        row.kind,
        row.rule,
        row.read_at,
        row.sender or "",
        row.subject or "",
        zlib.decompress(row.data) if row.data else b"",
        tuple(_returned(each) for each in connection.execute(findings)),
    )


def read_answers(connection: Connection, mailing_id: int) -> list[Answer]:
    """Return what people answered to a mailing, in the order in which it was read."""
    rows = (
        select(delivery.c.address, inbound_text.c.sender, inbound_text.c.subject, inbound.c.read_at)
        .join(finding, finding.c.delivery_id == delivery.c.id)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .join(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
        .where(delivery.c.mailing_id == mailing_id, finding.c.kind == "reply")
        .order_by(finding.c.id)
    )
    return [Answer(row.address or "", row.sender, row.subject, row.read_at) for row in connection.execute(rows)]


def read_unheard(connection: Connection, mailing_id: int) -> list[str]:
    """Return the addresses that the relay took mail for, and about which nothing has come back (empty: forgotten)."""
    heard = select(event.c.delivery_id).where(event.c.mailing_id == mailing_id, event.c.kind.in_(_HEARD))
    rows = (
        select(delivery.c.address)
        .where(
            delivery.c.mailing_id == mailing_id,
            delivery.c.state == DeliveryState.ACCEPTED.value,
            delivery.c.id.not_in(heard),
        )
        .order_by(delivery.c.id)
    )
    return [row.address or "" for row in connection.execute(rows)]


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            finding,
            finding_text.c.address.label("said_address"),
            finding_text.c.diagnostic,
            inbound.c.source,
            inbound.c.read_at,
            delivery.c.address.label("sent_to"),
            delivery.c.domain,
            mailing.c.slug,
            mailing.c.kind.label("mailing_kind"),
            mailing.c.sequence,
            is_suppressed(delivery.c.address_digest).label("is_suppressed"),
        )
        .join(finding_text, finding_text.c.finding_id == finding.c.id)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .outerjoin(delivery, delivery.c.id == finding.c.delivery_id)
        .outerjoin(mailing, mailing.c.id == delivery.c.mailing_id)
    )


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield finding.c.unmatched != "" if wanted.unmatched else finding.c.unmatched == ""
    if wanted.unmatched:
        yield finding.c.settled_at.is_(None)
    if wanted.mailing_id is not None:
        yield delivery.c.mailing_id == wanted.mailing_id
    if wanted.reason:
        yield finding.c.reason == wanted.reason
    if wanted.domain:
        yield delivery.c.domain == wanted.domain


def _returned(row: AnyRow) -> Returned:
    """Make a finding of a row; what is tied to a person is shown as theirs, whatever it claims."""
    name = full_name(row.slug, MailingKind(row.mailing_kind), row.sequence) if row.slug else ""
    return value_of(
        Returned,
        row,
        address=row.sent_to or row.said_address,
        domain=row.domain or row.said_address.rpartition("@")[2].lower(),
        mailing=name,
        is_suppressed=bool(row.is_suppressed),
    )
