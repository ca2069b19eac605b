"""Person: all that the ledger knows of one address.

Owns the question behind `lists find`, `contacts export` and `why`: what was sent, what happened, what came back, and
what stands against writing again. A person is found by the digest of their address, so also once they are forgotten.
Never changes a row.

Gaps: an event that names no delivery (an opt-out by hand) is told by its suppression. What came back and was tied
to nobody is not here: it has no digest (`erasure` looks for an address in its text).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.events import MailingKind
from mailer.ledger.absences import Absence, read_absences_of
from mailer.ledger.mailings import full_name
from mailer.ledger.proposals import Proposal, read_proposals_of
from mailer.ledger.tables import (
    AnyRow,
    delivery,
    event,
    event_text,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    mailing,
    suppression,
    value_of,
)


@dataclass(frozen=True, slots=True)
class SentTo:
    """A delivery to the person: which mailing, where it stands, and the server's newest words.

    `address` and `fields` (the merge row) are empty once the person is forgotten.
    """

    id: int
    mailing: str
    kind: MailingKind
    headline: str
    state: str
    reason: str
    code: int | None
    enhanced: str
    text: str
    message_id: str
    relay: str
    attempts: int
    planned_at: datetime
    attempted_at: datetime | None
    finished_at: datetime | None
    next_attempt_at: datetime | None
    expires_at: datetime | None
    list_name: str
    row: int
    address: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of one of the deliveries, with a server's words where there are any."""

    at: datetime
    kind: str
    actor: str
    mailing: str
    delivery_id: int
    code: int | None
    enhanced: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a message that came back said about one of the deliveries; `source` is where the message lay.

    `sender` and `subject` are kept of a letter that they wrote in answer.
    """

    kind: str
    status: str
    reason: str
    permanent: bool
    matched_by: str
    unmatched: str
    source: str
    read_at: datetime
    address: str
    diagnostic: str
    mailing: str
    inbound_id: int
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A suppression of the person, also one that was lifted."""

    scope: str
    reason: str
    source: str
    note: str
    created_at: datetime
    actor: str
    address: str
    lifted_at: datetime | None
    lifted_by: str
    lifted_reason: str
    lifted_evidence: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """All that the ledger knows of one address, each kind of thing in the order in which it came."""

    deliveries: tuple[SentTo, ...] = ()
    events: tuple[Happened, ...] = ()
    findings: tuple[CameBack, ...] = ()
    suppressions: tuple[Blocked, ...] = ()
    absences: tuple[Absence, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def is_known(self) -> bool:
        """Return whether the ledger knows anything of them."""
        return bool(self.deliveries or self.suppressions)

    @property
    def standing(self) -> tuple[Blocked, ...]:
        """Return the suppressions that stand."""
        return tuple(each for each in self.suppressions if each.lifted_at is None)


def read_person(connection: Connection, address_digest: bytes) -> Person:
    """Return all that the ledger knows of a person; six questions, however many mailings they were in."""
    events = _events(connection, address_digest)
    words = {each.delivery_id: each.text for each in events if each.text}  # the newest stays
    return Person(
        deliveries=_deliveries(connection, address_digest, words),
        events=events,
        findings=_findings(connection, address_digest),
        suppressions=_suppressions(connection, address_digest),
        absences=tuple(read_absences_of(connection, address_digest)),
        proposals=tuple(read_proposals_of(connection, address_digest)),
    )


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A message that came back about the person, as it was read; `data` is empty where it is no longer kept."""

    source: str
    kind: str
    read_at: datetime
    data: bytes = field(repr=False)


def read_kept_mail(connection: Connection, person: Person) -> Iterator[KeptMail]:
    """Yield the messages that came back about a person, in the order in which they were read."""
    ids = sorted({each.inbound_id for each in person.findings})
    rows = (
        select(inbound.c.source, inbound.c.kind, inbound.c.read_at, inbound_raw.c.data)
        .outerjoin(inbound_raw, inbound_raw.c.inbound_id == inbound.c.id)
        .where(inbound.c.id.in_(ids))
        .order_by(inbound.c.id)
    )
    for row in connection.execute(rows):
        yield KeptMail(row.source, row.kind, row.read_at, zlib.decompress(row.data) if row.data else b"")


def _deliveries(connection: Connection, digest: bytes, words: Mapping[int, str]) -> tuple[SentTo, ...]:
    rows = (
        select(
            delivery,
            mailing.c.slug,
            mailing.c.kind,
            mailing.c.sequence,
            mailing.c.headline,
            mailing.c.created_at.label("planned_at"),
        )
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.address_digest == digest)
        .order_by(delivery.c.id)
    )
    return tuple(
        value_of(
            SentTo,
            row,
            mailing=_name(row),
            kind=MailingKind(row.kind),
            text=words.get(row.id, ""),
            fields=json.loads(row.merge_row) if row.merge_row else {},
        )
        for row in connection.execute(rows)
    )


def _events(connection: Connection, digest: bytes) -> tuple[Happened, ...]:
    rows = (
        select(
            event.c.at,
            event.c.kind.label("what"),
            event.c.actor,
            event.c.delivery_id,
            event.c.code,
            event.c.enhanced,
            event.c.reason,
            event_text.c.text,
            mailing.c.slug,
            mailing.c.kind,
            mailing.c.sequence,
        )
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .outerjoin(event_text, event_text.c.event_id == event.c.id)
        .where(delivery.c.address_digest == digest)
        .order_by(event.c.id)
    )
    return tuple(value_of(Happened, row, kind=row.what, mailing=_name(row)) for row in connection.execute(rows))


def _findings(connection: Connection, digest: bytes) -> tuple[CameBack, ...]:
    rows = (
        select(
            finding.c.kind.label("what"),
            finding.c.status,
            finding.c.reason,
            finding.c.permanent,
            finding.c.matched_by,
            finding.c.unmatched,
            finding.c.inbound_id,
            finding_text.c.address,
            finding_text.c.diagnostic,
            inbound.c.source,
            inbound.c.read_at,
            inbound_text.c.sender,
            inbound_text.c.subject,
            mailing.c.slug,
            mailing.c.kind,
            mailing.c.sequence,
        )
        .join(delivery, delivery.c.id == finding.c.delivery_id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .outerjoin(finding_text, finding_text.c.finding_id == finding.c.id)
        .outerjoin(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
        .where(delivery.c.address_digest == digest)
        .order_by(finding.c.id)
    )
    return tuple(value_of(CameBack, row, kind=row.what, mailing=_name(row)) for row in connection.execute(rows))


def _suppressions(connection: Connection, digest: bytes) -> tuple[Blocked, ...]:
    rows = select(suppression).where(suppression.c.address_digest == digest).order_by(suppression.c.id)
    return tuple(value_of(Blocked, row) for row in connection.execute(rows))


def _name(row: AnyRow) -> str:
    return full_name(row.slug, MailingKind(row.kind), row.sequence)
