"""Linked: deliveries as the opt-out link of their mail names them, and what was done by that link.

Owns the questions and steps of the link's doors (one-click, the page, the spool), hundreds at a time. A token names a
delivery whatever became of it: whoever holds the link has seen the mail. Never decides who is suppressed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from mailer.events import DeliveryState, MailingKind
from mailer.ledger.returns import Sent
from mailer.ledger.suppressions import ACTIVE, REPLACED, STANDING_AGAIN, Suppression
from mailer.ledger.tables import (
    delivery,
    finding,
    has_row,
    inbound,
    inbound_raw,
    mailing,
    mailing_name,
    suppression,
    value_of,
    values_of,
)

# A person's own word that came by another door: a mailed opt-out, a complaint.
_OTHER_WORDS: Final = ("optout", "feedback-abuse", "feedback-opt-out")
_UNSETTLED: Final = frozenset({DeliveryState.ATTEMPTED, DeliveryState.IN_DOUBT})
_BY_TOKEN = (
    select(delivery, mailing_name, mailing.c.kind)
    .join(mailing, mailing.c.id == delivery.c.mailing_id)
    .where(delivery.c.token_id.in_(bindparam("tokens", expanding=True)))
)
_KNOWN = select(inbound.c.digest).where(inbound.c.digest.in_(bindparam("digests", expanding=True)))


@dataclass(frozen=True, slots=True)
class Linked:
    """The delivery that a link names, with what its page needs; `is_unsettled`: in doubt, or on the wire now."""

    sent: Sent
    list_name: str
    edition_id: int
    is_unsettled: bool
    merge_row: Mapping[str, str] = field(default_factory=dict, repr=False)


def find_linked(connection: Connection, tokens: Collection[bytes]) -> dict[bytes, Linked]:
    """Give, by its token id, each of these deliveries that this ledger has."""
    found: dict[bytes, Linked] = {}
    for row in connection.execute(_BY_TOKEN, {"tokens": list(tokens)}):
        sent = value_of(Sent, row, delivery_id=row.id, kind=MailingKind(row.kind))
        fields = json.loads(row.merge_row) if row.merge_row and len(tokens) == 1 else {}
        found[row.token_id] = Linked(sent, row.list_name, row.edition_id, row.state in _UNSETTLED, fields)
    return found


def find_made_by_link(
    connection: Connection, sent: Sent, sources: Sequence[str], *, since: datetime
) -> list[Suppression]:
    """Return what stands because of this delivery's link since a time, unless the person said it by another way too."""
    own = (
        suppression.c.address_digest == sent.address_digest,
        suppression.c.delivery_id == sent.delivery_id,
        suppression.c.source.in_(sources),
        suppression.c.created_at >= since,
        ACTIVE,
    )
    found = [value_of(Suppression, row) for row in connection.execute(select(suppression).where(*own))]
    said_otherwise = (
        delivery.c.address_digest == sent.address_digest,
        finding.c.delivery_id == delivery.c.id,
        finding.c.kind.in_(_OTHER_WORDS),
        inbound.c.id == finding.c.inbound_id,
        inbound.c.read_at >= min((each.created_at for each in found), default=since),
    )
    return [] if has_row(connection, *said_otherwise) else found


def was_lifted_for(connection: Connection, sent: Sent, reason: str, *, since: datetime) -> bool:
    """Return whether something that this delivery had brought about was lifted for a reason since a time."""
    theirs = suppression.c.address_digest == sent.address_digest
    lifted = (
        suppression.c.delivery_id == sent.delivery_id,
        suppression.c.lifted_reason == reason,
        suppression.c.lifted_at >= since,
    )
    return has_row(connection, theirs, *lifted) and not has_row(connection, theirs, ACTIVE)


def let_stand_again(connection: Connection, address_digest: bytes, lifted: Suppression) -> None:
    """Let the weaker reason stand again whose place a suppression took that was lifted now."""
    before = (
        select(suppression.c.id, suppression.c.lifted_reason)
        .where(
            suppression.c.address_digest == address_digest,
            suppression.c.scope == lifted.scope,
            suppression.c.id < lifted.id,
        )
        .order_by(suppression.c.id.desc())
        .limit(1)
    )
    row = connection.execute(before).first()
    why = "" if row is None else row.lifted_reason or ""
    if row is None or not (why == REPLACED or " takes the place of " in why):
        return
    connection.execute(update(suppression).where(suppression.c.id == row.id).values(STANDING_AGAIN))


def known_among(connection: Connection, digests: Collection[bytes]) -> set[bytes]:
    """Return which of these digests were taken in before."""
    return set(connection.scalars(_KNOWN, {"digests": list(digests)}))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a spool that is taken in: its SHA-256 and where it stands. Its words are kept with what it did."""

    digest: bytes
    source: str


def note_lines(connection: Connection, lines: Sequence[Line], *, at: datetime) -> None:
    """Remember lines as taken in."""
    if not lines:
        return
    rows = [{**values_of(each), "kind": "optout", "rule": "spool", "read_at": at} for each in lines]
    ids = connection.scalars(insert(inbound).returning(inbound.c.id), rows).all()
    empty = zlib.compress(b"")
    connection.execute(insert(inbound_raw), [{"inbound_id": each, "data": empty} for each in ids])
