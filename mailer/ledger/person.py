"""Person: all that the ledger knows of one address, and when people were last written to.

Owns the questions behind `lists find`, `contacts export` and `why` (what was sent, what happened, what came back, and
what stands against writing again), behind "not again so soon" and "last mailed", and who was told how the office
handles their data. A person is found by the digest of their address, so also once they are forgotten. Never changes a
row, never says whether something is too soon.

Gaps: an event that names no delivery (an opt-out by hand) is told by its suppression. What came back and was tied
to nobody is not here: it has no digest (`erasure` looks for an address in its text). Who only waits in another mailing
has got nothing yet, and was not written to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from mailer.events import DeliveryState, MailingKind
from mailer.ledger.history import Told
from mailer.ledger.returned import Message, Returned, read_messages, read_returned_of
from mailer.ledger.returns import Absence, Proposal, read_absences_of, read_proposals_of
from mailer.ledger.suppressions import Suppression, find_suppressions
from mailer.ledger.tables import (
    delivery,
    event,
    event_text,
    in_parts,
    mailing,
    mailing_name,
    value_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTo(Told):
    """A delivery to the person, and of which mailing; `fields` (the merge row) is empty once they are forgotten."""

    id: int
    mailing: str
    kind: MailingKind
    headline: str
    planned_at: datetime
    expires_at: datetime | None
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
class Person:
    """All that the ledger knows of one address, each kind of thing in the order in which it came."""

    deliveries: tuple[SentTo, ...] = ()
    events: tuple[Happened, ...] = ()
    findings: tuple[Returned, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    absences: tuple[Absence, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def is_known(self) -> bool:
        """Return whether the ledger knows anything of them."""
        return bool(self.deliveries or self.suppressions)

    @property
    def standing(self) -> tuple[Suppression, ...]:
        """Return the suppressions that stand."""
        return tuple(each for each in self.suppressions if each.lifted_at is None)


def read_person(connection: Connection, address_digest: bytes) -> Person:
    """Return all that the ledger knows of a person; six questions, however many mailings they were in."""
    theirs = delivery.c.address_digest == address_digest
    happened = (
        select(event, event_text.c.text, mailing_name)
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .outerjoin(event_text, event_text.c.event_id == event.c.id)
        .where(theirs)
        .order_by(event.c.id)
    )
    events = tuple(value_of(Happened, row) for row in connection.execute(happened))
    words = {each.delivery_id: each.text for each in events if each.text}  # the newest stays
    sent = (
        select(delivery, mailing_name, mailing.c.kind, mailing.c.headline, mailing.c.created_at.label("planned_at"))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(theirs)
        .order_by(delivery.c.id)
    )
    return Person(
        deliveries=tuple(
            value_of(
                SentTo,
                row,
                kind=MailingKind(row.kind),
                text=words.get(row.id, ""),
                fields=json.loads(row.merge_row) if row.merge_row else {},
            )
            for row in connection.execute(sent)
        ),
        events=events,
        findings=tuple(read_returned_of(connection, address_digest)),
        suppressions=tuple(find_suppressions(connection, [address_digest], lifted=True)),
        absences=tuple(read_absences_of(connection, address_digest)),
        proposals=tuple(read_proposals_of(connection, address_digest)),
    )


def read_kept_mail(connection: Connection, person: Person) -> Iterator[Message]:
    """Yield the messages that came back about a person, in the order in which they were read."""
    return read_messages(connection, {each.inbound_id for each in person.findings})


# Contacted: when people were last written to, over all real mailings. A test, a preview or a rehearsal is nobody's
# mail and does not count. Whoever may have it counts as having it: somebody in doubt, and somebody whose text is on the
# wire.

# what goes to the people on lists; "test" and "preview" go to the office itself
_REAL: Final = ("release", "follow-up", "correction")
_GOT: Final = (DeliveryState.ACCEPTED, DeliveryState.ATTEMPTED, DeliveryState.IN_DOUBT)

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
_OUT: Final = (DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.REJECTED)


def read_planned_fields(connection: Connection, mailing_id: int) -> Iterator[Mapping[str, str]]:
    """Yield the merge fields of everybody who got a mailing or is still to get it, one after the other."""
    wanted = (delivery.c.mailing_id == mailing_id, delivery.c.state.not_in(_OUT), delivery.c.merge_row.is_not(None))
    rows = select(delivery.c.merge_row).where(*wanted).order_by(delivery.c.id)
    for merge_row in connection.scalars(rows.execution_options(yield_per=500)):
        yield json.loads(merge_row)


def last_mailed(
    connection: Connection, digests: Sequence[bytes], *, but_for: int | None = None
) -> dict[bytes, datetime]:
    """Return when each of these people was last written to, as far as the relay took it or may have; others are absent.

    `digests` are `tokens.address_digest`; `but_for` names by its id a mailing that does not count: the one that is
    being gone on with.
    """
    found: dict[bytes, datetime] = {}
    for part in in_parts(digests):
        values = {"digests": part, "but_for": -1 if but_for is None else but_for}
        found.update((row.address_digest, row.at) for row in connection.execute(_LAST, values) if row.at is not None)
    return found


# Notices: who was told how the office handles their data, and when.

_TELLING: Final = (
    delivery.c.carries_notice.is_(True),
    delivery.c.state == DeliveryState.ACCEPTED,
    mailing.c.kind.not_in((MailingKind.TEST, MailingKind.PREVIEW)),
)


def told_people(connection: Connection, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return which of these people (`tokens.address_digest`) were told."""
    found: set[bytes] = set()
    told = select(delivery.c.address_digest).join(mailing, mailing.c.id == delivery.c.mailing_id)
    for part in in_parts(digests):
        found |= set(connection.scalars(told.where(delivery.c.address_digest.in_(part), *_TELLING)))
    return frozenset(found)


def read_notice_sent_at(connection: Connection, address_digest: bytes) -> datetime | None:
    """Return when a person was told first; None where they were not."""
    first = select(func.min(delivery.c.finished_at)).join(mailing, mailing.c.id == delivery.c.mailing_id)
    found: datetime | None = connection.scalar(first.where(delivery.c.address_digest == address_digest, *_TELLING))
    return found
