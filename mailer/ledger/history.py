"""History: what the ledger can tell of a mailing.

Owns the questions behind `status`, `report`, `--csv` and `reconcile`, and the balance of the books. Never changes a
row, never decides what proves anything.
Raises `LedgerProblem` where the books do not balance: then nothing that is printed could be trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Label, Select, and_, func, or_, select

from mailer.errors import LedgerProblem
from mailer.events import DeliveryState, EventKind
from mailer.ledger.mailings import Mailing
from mailer.ledger.tables import (
    count_rows,
    delivery,
    event,
    event_text,
    finding,
    has_row,
    inbound,
    mailing,
    value_of,
)

_AFTER = {
    EventKind.BOUNCED_HARD: "hard",
    EventKind.BOUNCED_SOFT: "soft",
    EventKind.COMPLAINED: "complained",
    EventKind.OPTED_OUT: "opted_out",
    EventKind.AUTO_REPLIED: "auto_replied",
    EventKind.MOVED: "moved",
    EventKind.CHALLENGED: "challenged",
    EventKind.REPLIED: "replied",
}


@dataclass(frozen=True, slots=True)
class Books:
    """The figures of a mailing so far; `states` has every state, `after` people (not messages) by what came back."""

    states: dict[str, int]
    skipped_reasons: dict[str, int]
    after: dict[str, int]
    bytes_accepted: int
    retried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One delivery, as a report tells it; `text` is the server's newest words.

    `address` is empty once the person is forgotten.
    """

    address: str
    state: str
    reason: str
    code: int | None
    enhanced: str
    text: str
    message_id: str
    relay: str
    attempts: int
    attempted_at: datetime | None
    finished_at: datetime | None
    next_attempt_at: datetime | None
    list_name: str
    row: int
    after: tuple[str, ...] = ()


def is_blank(connection: Connection) -> bool:
    """Return whether nothing has ever happened here: nobody planned, nobody opted out."""
    return not has_row(connection, event.c.id > 0)


def read_books(connection: Connection, found: Mailing) -> Books:
    """Count a mailing.

    Raises:
        LedgerProblem: planned is not the sum over the states.
    """
    theirs = delivery.c.mailing_id == found.id
    counted = _pairs(connection, select(delivery.c.state, func.count()).where(theirs).group_by(delivery.c.state))
    states = {state.value: counted.pop(state, 0) for state in DeliveryState}
    if counted or sum(states.values()) != found.planned:
        raise LedgerProblem(
            f"the books of {found.full_name} do not balance: {found.planned} planned, "
            f"{sum(states.values())} accounted for, {sum(counted.values())} in no known state"
        )
    skipped = select(delivery.c.reason, func.count()).where(theirs, delivery.c.state == DeliveryState.SKIPPED)
    accepted = (theirs, delivery.c.state == DeliveryState.ACCEPTED)
    after: Counter[str] = Counter()
    for kinds in _after_by_delivery(connection, found.id).values():
        # one whose address is dead did not bounce softly beside
        is_dead = EventKind.BOUNCED_HARD in kinds
        after.update(kind for kind in kinds if not (is_dead and kind == EventKind.BOUNCED_SOFT))
    return Books(
        states=states,
        skipped_reasons=_pairs(connection, skipped.group_by(delivery.c.reason)),
        after={word: after[kind] for kind, word in _AFTER.items()},
        bytes_accepted=int(connection.scalar(select(func.sum(delivery.c.size)).where(*accepted)) or 0),
        retried=count_rows(connection, *accepted, delivery.c.attempts > 1),
    )


def _pairs(connection: Connection, counted: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(counted)}


def read_bounce_reasons(connection: Connection, mailing_id: int) -> dict[str, int]:
    """Count the people of a mailing whose mail came back, by reason, the most frequent first."""
    bounced = event.c.kind.in_((EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT))
    people = select(event.c.reason, func.count(event.c.delivery_id.distinct())).group_by(event.c.reason)
    people = people.where(event.c.mailing_id == mailing_id, bounced)
    return dict(Counter(_pairs(connection, people)).most_common())


def read_refusals(connection: Connection, mailing_id: int) -> list[tuple[str, str, int, str, str]]:
    """Return what was refused or deferred: (state, reason, how many, one address, the server's words to it)."""
    groups: Counter[tuple[str, str]] = Counter()
    example: dict[tuple[str, str], Told] = {}
    for told in read_deliveries(connection, mailing_id, states=(DeliveryState.REJECTED, DeliveryState.DEFERRED)):
        groups[told.state, told.reason] += 1
        example.setdefault((told.state, told.reason), told)
    return [(*key, count, example[key].address, example[key].text) for key, count in groups.most_common()]


def read_deliveries(
    connection: Connection, mailing_id: int, *, states: tuple[DeliveryState, ...] = ()
) -> Iterator[Told]:
    """Yield the deliveries of a mailing in the order of planning, one after the other."""
    wanted = select(delivery, _last_words()).where(delivery.c.mailing_id == mailing_id)
    if states:
        wanted = wanted.where(delivery.c.state.in_(states))
    after = _after_by_delivery(connection, mailing_id)
    for row in connection.execute(wanted.order_by(delivery.c.id).execution_options(yield_per=500)):
        yield value_of(Told, row, after=after.get(row.id, ()))


def _last_words(*of_events: ColumnElement[bool]) -> Label[str]:
    """Return, as the column `text`, a server's newest words about a delivery, in all its events or some of them."""
    words = select(event_text.c.text).join(event, event.c.id == event_text.c.event_id)
    newest = words.where(event.c.delivery_id == delivery.c.id, *of_events).order_by(event.c.id.desc()).limit(1)
    return newest.scalar_subquery().label("text")


def _after_by_delivery(connection: Connection, mailing_id: int) -> dict[int, tuple[str, ...]]:
    """Return what came back about each delivery, each kind once, without what staff set aside."""
    wanted = (event.c.mailing_id == mailing_id, event.c.kind.in_((*_AFTER, EventKind.SET_ASIDE)))
    rows = select(event.c.delivery_id, event.c.kind, event.c.reason).where(*wanted).order_by(event.c.id)
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(rows):
        known = found.get(row.delivery_id, ())
        if row.kind == EventKind.SET_ASIDE:
            found[row.delivery_id] = tuple(kind for kind in known if kind != row.reason)
        elif row.kind not in known:
            found[row.delivery_id] = (*known, row.kind)
    return found


# Doubts: who is in doubt, when it was tried, by which relay, how the connection ended, and what came back since.


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that came back about a delivery: what it is, by what it was matched, and where it lay."""

    kind: str
    matched_by: str
    status: str
    source: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery in doubt; `reason` and `text` say how the attempt ended, as far as that was seen."""

    delivery_id: int
    address_digest: bytes
    address: str
    message_id: str
    relay: str
    attempts: int
    attempted_at: datetime | None
    reason: str
    text: str
    signs: tuple[Sign, ...]


def read_doubts(connection: Connection, mailing_id: int, *, dead: Sequence[str] = ()) -> list[Doubt]:
    """Return the deliveries of a mailing that are in doubt, in the order of planning.

    `dead` names processes that died and are not freed yet (`processes.dead_owners`): what they had attempted is in
    doubt, and the next command that writes will say so.
    """
    in_doubt = delivery.c.state == DeliveryState.IN_DOUBT
    left = and_(delivery.c.state == DeliveryState.ATTEMPTED, delivery.c.lease_owner.in_(dead))
    doubtful = and_(delivery.c.mailing_id == mailing_id, or_(in_doubt, left))
    rows = (
        select(delivery, mailing.c.relay.label("planned_relay"), _last_words(event.c.kind == EventKind.IN_DOUBT))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(doubtful)
        .order_by(delivery.c.id)
    )
    signs = _signs(connection, doubtful)
    return [
        value_of(
            Doubt,
            row,
            delivery_id=row.id,
            relay=row.relay or row.planned_relay,
            reason=row.reason if row.state == DeliveryState.IN_DOUBT else "process_died",
            signs=signs.get(row.id, ()),
        )
        for row in connection.execute(rows)
    ]


def _signs(connection: Connection, doubtful: ColumnElement[bool]) -> dict[int, tuple[Sign, ...]]:
    """Return what came back, by delivery, the oldest first; last the opt-outs by token that no mail brought."""
    came_back = (
        select(finding, inbound.c.source, inbound.c.read_at)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .join(delivery, delivery.c.id == finding.c.delivery_id)
        .where(doubtful, finding.c.unmatched == "")
        .order_by(finding.c.id)
    )
    opted_out = (
        select(event.c.delivery_id, event.c.at)
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .where(doubtful, event.c.kind == EventKind.OPTED_OUT)
        .order_by(event.c.id)
    )
    signs = [(row.delivery_id, value_of(Sign, row)) for row in connection.execute(came_back)]
    signs += [
        (row.delivery_id, Sign("optout", "token", "", "the ledger", row.at)) for row in connection.execute(opted_out)
    ]
    found: dict[int, tuple[Sign, ...]] = {}
    for delivery_id, sign in signs:
        found[delivery_id] = (*found.get(delivery_id, ()), sign)
    return found
