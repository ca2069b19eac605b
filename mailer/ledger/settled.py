"""Settled: findings that staff tie to somebody by hand, or set aside, and how that is taken back.

Owns the columns `settled_…` of `finding`. `settled_as` says what was done and, behind a colon, why the finding could
be tied to nobody, so that undoing puts it back as it was. Never decides what follows for the person.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from mailer.events import EventKind
from mailer.ledger.mailings import Stamp
from mailer.ledger.returns import Finding, Sent
from mailer.ledger.tables import event, finding, finding_text, inbound, inbound_raw, value_of

BY_HAND: Final = "hand"
IGNORED: Final = "ignored"


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding by its number, with what is left of the message that it is of."""

    id: int
    inbound_id: int
    delivery_id: int | None
    finding: Finding
    settled_as: str
    source: str
    message_kind: str
    read_at: datetime
    settled_at: datetime | None
    data: bytes = field(repr=False)


def find_finding(connection: Connection, finding_id: int) -> Kept | None:
    """Find a finding by its number."""
    rows = (
        select(
            finding,
            finding_text.c.address,
            finding_text.c.diagnostic,
            inbound.c.source,
            inbound.c.kind.label("message_kind"),
            inbound.c.read_at,
            inbound_raw.c.data,
        )
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .outerjoin(finding_text, finding_text.c.finding_id == finding.c.id)
        .outerjoin(inbound_raw, inbound_raw.c.inbound_id == inbound.c.id)
        .where(finding.c.id == finding_id)
    )
    row = connection.execute(rows).first()
    if row is None:
        return None
    found = value_of(Finding, row)
    data = zlib.decompress(row.data) if row.data else b""
    return Kept(
        row.id,
        row.inbound_id,
        row.delivery_id,
        found,
        row.settled_as or "",
        row.source,
        row.message_kind,
        row.read_at,
        row.settled_at,
        data,
    )


def tie(connection: Connection, kept: Kept, sent: Sent, *, note: str, stamp: Stamp) -> None:
    """Tie a finding that was about nobody to somebody who was mailed."""
    values = {"delivery_id": sent.delivery_id, "matched_by": BY_HAND, "unmatched": ""}
    _settle(connection, kept, values, f"{BY_HAND}:{kept.finding.unmatched}", note=note, stamp=stamp)


def set_aside(connection: Connection, kept: Kept, *, note: str, stamp: Stamp) -> None:
    """Set a finding aside: somebody has looked at it, and it is about nobody."""
    _settle(connection, kept, {}, f"{IGNORED}:{kept.finding.unmatched}", note=note, stamp=stamp)


def _settle(
    connection: Connection, kept: Kept, values: dict[str, object], settled_as: str, *, note: str, stamp: Stamp
) -> None:
    settled = {"settled_at": stamp.at, "settled_by": stamp.actor, "settled_as": settled_as[:40]}
    connection.execute(update(finding).where(finding.c.id == kept.id).values(values | settled))
    connection.execute(update(finding_text).where(finding_text.c.finding_id == kept.id).values(note=note))


def unsettle(connection: Connection, kept: Kept) -> None:
    """Put a finding back as it was before it was settled."""
    unmatched = kept.settled_as.partition(":")[2]
    values: dict[str, object] = {"settled_at": None, "settled_by": None, "settled_as": None}
    if kept.settled_as.startswith(BY_HAND):
        values |= {"delivery_id": None, "matched_by": "", "unmatched": unmatched}
    connection.execute(update(finding).where(finding.c.id == kept.id).values(values))
    connection.execute(update(finding_text).where(finding_text.c.finding_id == kept.id).values(note=""))


def has_other_finding(connection: Connection, kept: Kept, kinds: frozenset[str]) -> bool:
    """Return whether something else, of these kinds, came back about the same delivery."""
    where = (finding.c.delivery_id == kept.delivery_id, finding.c.id != kept.id, finding.c.kind.in_(kinds))
    return connection.execute(select(finding.c.id).where(*where).limit(1)).first() is not None


def add_set_aside(connection: Connection, sent: Sent, kind: EventKind, *, stamp: Stamp) -> None:
    """Add that an event of a delivery is taken back: the ledger forgets no event, and no report counts this one."""
    values = {
        "kind": EventKind.SET_ASIDE.value,
        "at": stamp.at,
        "actor": stamp.actor,
        "mailing_id": sent.mailing_id,
        "delivery_id": sent.delivery_id,
        "reason": kind.value,
    }
    connection.execute(insert(event).values(**values))
