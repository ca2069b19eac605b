"""Refused: whom a relay called a dead address, and which of them become suppressions.

Theory of operation. A relay that is set up wrongly says "no such user" about everybody, and one evening of that must
not empty a media list. So a dead refusal is only remembered at first (`dead_refusal`): it is no suppression, and nobody
is skipped for it. Three rules hold:

1. It is confirmed, and suppresses, once at least half of its mailing was accepted: then the relay knows one address
   from another. That is looked at when a run begins and ends, for all mailings, so that a killed run loses nothing.
2. What the breaker halted a mailing for is dropped, and so is what a process brings that had begun before that halt:
   its messages were on the wire to the same relay.
3. Nothing here decides when a mailing is halted (`runs.sending.breaker` does); `read_dead_tally` has the figures, from
   the ledger, so that they hold over several processes and over a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import Connection, Select, delete, exists, func, insert, select, update

from mailer.events import DeliveryState, EventKind
from mailer.ledger.connection import Ledger
from mailer.ledger.mailings import HALTED_AS_DEAD, Stamp
from mailer.ledger.suppressions import (
    DEAD_ADDRESS,
    NewSuppression,
    Suppression,
    add_suppression,
    is_suppressed,
    lift_found,
)
from mailer.ledger.tables import count_rows, dead_refusal, delivery, event, event_text, process, suppression

_AT_ONCE = 200  # confirmed in one transaction: no lock is held for long
_LOOKED_BACK = 50  # outcomes


@dataclass(frozen=True, slots=True)
class DeadTally:
    """What is known of the dead addresses of a mailing, as far as `breaker` needs it.

    `sendable` (who was not skipped) and `settled` are counted up to a bound that the caller names; `in_a_row` has the
    domains of the newest outcomes as long as all of them are dead, `said` the relay's newest words to such.
    """

    sendable: int
    settled: int
    dead: int
    in_a_row: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def add_dead_refusals(connection: Connection, mailing_id: int, ids: Sequence[int], *, owner: str) -> None:
    """Remember deliveries that a relay refused as dead addresses, unless `owner` began before the mailing halted.

    What is remembered already, or was settled otherwise meanwhile, stays as it is.
    """
    halted_since = exists().where(
        event.c.mailing_id == mailing_id,
        event.c.kind == EventKind.HALTED,
        event.c.reason == HALTED_AS_DEAD,
        event.c.at >= select(process.c.started_at).where(process.c.id == owner).scalar_subquery(),
    )
    known = exists().where(dead_refusal.c.delivery_id == delivery.c.id)
    is_refused = delivery.c.state == DeliveryState.REJECTED
    rows = select(delivery.c.id, delivery.c.mailing_id).where(delivery.c.id.in_(ids), is_refused, ~known, ~halted_since)
    connection.execute(insert(dead_refusal).from_select(["delivery_id", "mailing_id"], rows))


def read_dead_tally(connection: Connection, mailing_id: int, *, most_sendable: int, settled_each: int) -> DeadTally:
    """Count a mailing; who is settled, up to `settled_each` times the dead: a look at a million stays a look."""
    dead = count_rows(connection, dead_refusal.c.mailing_id == mailing_id)
    theirs = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id)
    settled = theirs.where(delivery.c.state.in_((DeliveryState.ACCEPTED, DeliveryState.REJECTED)))
    sendable = theirs.where(delivery.c.state != DeliveryState.SKIPPED)
    newest = (
        select(event.c.delivery_id, delivery.c.domain, dead_refusal.c.mailing_id.is_not(None), event_text.c.text)
        .select_from(event)
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .outerjoin(dead_refusal, dead_refusal.c.delivery_id == event.c.delivery_id)
        .outerjoin(event_text, event_text.c.event_id == event.c.id)
        .where(event.c.mailing_id == mailing_id, event.c.kind.in_((EventKind.ACCEPTED, EventKind.REJECTED)))
        .order_by(event.c.id.desc())
        .limit(_LOOKED_BACK)
    )
    people: dict[int, tuple[str, bool, str]] = {}  # each once: whoever staff sent to again was settled twice
    for delivery_id, domain, is_dead, text in connection.execute(newest):
        people.setdefault(delivery_id, (domain, bool(is_dead), text or ""))
    return DeadTally(
        sendable=_count(connection, sendable.limit(most_sendable)),
        settled=_count(connection, settled.limit(settled_each * max(dead, 1))),
        dead=dead,
        in_a_row=tuple(domain for domain, *_ in takewhile(lambda each: each[1], people.values())),
        said=tuple(text for _, is_dead, text in reversed(people.values()) if is_dead),
    )


def confirm_dead_refusals(ledger: Ledger, *, stamp: Stamp) -> None:
    """Suppress whom the relays of mailings refused of which at least half was accepted by now.

    Raises:
        LedgerProblem: the ledger cannot be written.
    """
    waiting = select(dead_refusal.c.mailing_id).where(dead_refusal.c.confirmed_at.is_(None)).distinct()
    with ledger.reading() as connection:
        ready = [each for each in connection.scalars(waiting) if _is_half_accepted(connection, each)]
    for mailing_id in ready:
        while True:
            with ledger.writing() as connection:
                if not _confirm_some(connection, mailing_id, stamp):
                    break


def _is_half_accepted(connection: Connection, mailing_id: int) -> bool:
    """Return whether at least half of those who were not skipped is accepted."""
    theirs = delivery.c.mailing_id == mailing_id
    accepted = count_rows(connection, theirs, delivery.c.state == DeliveryState.ACCEPTED)
    return 2 * accepted >= count_rows(connection, theirs, delivery.c.state != DeliveryState.SKIPPED)


def _confirm_some(connection: Connection, mailing_id: int, stamp: Stamp) -> bool:
    """Confirm a batch; False where nothing was left to confirm."""
    rows = connection.execute(
        select(delivery.c.id, delivery.c.address_digest, delivery.c.address)
        .join(dead_refusal, dead_refusal.c.delivery_id == delivery.c.id)
        .where(dead_refusal.c.mailing_id == mailing_id, dead_refusal.c.confirmed_at.is_(None))
        .order_by(delivery.c.address_digest)  # the same order everywhere: no two processes wait for each other
        .limit(_AT_ONCE)
    ).all()
    for row in rows:
        if row.address is not None:  # who was forgotten is blocked already
            new = NewSuppression(row.address_digest, row.address, DEAD_ADDRESS, "smtp", delivery_id=row.id)
            add_suppression(connection, new, mailing_id=mailing_id, stamp=stamp)
    confirmed = update(dead_refusal).where(dead_refusal.c.delivery_id.in_([row.id for row in rows]))
    connection.execute(confirmed.values(confirmed_at=stamp.at))
    return bool(rows)


def drop_dead_refusals(connection: Connection, mailing_id: int) -> int:
    """Forget the refusals of a mailing that are not confirmed: nobody will be suppressed for them. Return how many."""
    unconfirmed = (dead_refusal.c.mailing_id == mailing_id, dead_refusal.c.confirmed_at.is_(None))
    return connection.execute(delete(dead_refusal).where(*unconfirmed)).rowcount


def count_dead_refusals(connection: Connection, mailing_id: int) -> tuple[int, int]:
    """Return how many whom a mailing's relay called dead are suppressed now, and how many wait to be confirmed."""
    theirs = dead_refusal.c.mailing_id == mailing_id
    person = (delivery.c.id == dead_refusal.c.delivery_id, is_suppressed(delivery.c.address_digest))
    confirmed = count_rows(connection, theirs, dead_refusal.c.confirmed_at.is_not(None), *person)
    return confirmed, count_rows(connection, theirs, dead_refusal.c.confirmed_at.is_(None))


def lift_dead_addresses(connection: Connection, mailing_id: int, *, reason: str, stamp: Stamp) -> list[Suppression]:
    """Lift each suppression of a dead address that a delivery of this mailing brought, and drop what waits.

    What the people themselves said, or staff did, stays.
    """
    drop_dead_refusals(connection, mailing_id)
    theirs = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id)
    where = (suppression.c.reason == DEAD_ADDRESS, suppression.c.delivery_id.in_(theirs))
    return lift_found(connection, where, reason=reason, stamp=stamp)


def _count(connection: Connection, rows: Select[int]) -> int:
    return connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
