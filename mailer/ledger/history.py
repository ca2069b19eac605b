"""History: what the ledger can tell of a mailing.

Owns the questions behind `status`, `report` and `--csv`, and the balance of the books. Never changes a row.
Raises `LedgerProblem` where the books do not balance: then nothing that is printed could be trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from mailer.errors import LedgerProblem
from mailer.events import DeliveryState, EventKind
from mailer.ledger.mailings import Mailing
from mailer.ledger.tables import delivery, event, event_text, value_of

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
_BOUNCED = (EventKind.BOUNCED_HARD.value, EventKind.BOUNCED_SOFT.value)
_SOFT = EventKind.BOUNCED_SOFT.value


@dataclass(frozen=True, slots=True)
class Books:
    """The figures of a mailing so far; `states` has every state, `after` people (not messages) by what came back."""

    states: dict[str, int]
    skipped_reasons: dict[str, int]
    after: dict[str, int]
    bytes_accepted: int
    retried: int


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery, as a report tells it; `text` is the server's newest words."""

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
    after: tuple[str, ...]


def is_blank(connection: Connection) -> bool:
    """Return whether nothing has ever happened here: nobody planned, nobody opted out."""
    return connection.execute(select(event.c.id).limit(1)).first() is None


def read_books(connection: Connection, mailing: Mailing) -> Books:
    """Count a mailing.

    Raises:
        LedgerProblem: planned is not the sum over the states.
    """
    by_state = select(delivery.c.state, func.count()).where(delivery.c.mailing_id == mailing.id)
    counted = _pairs(connection, by_state.group_by(delivery.c.state))
    states = {state.value: counted.pop(state.value, 0) for state in DeliveryState}
    if counted or sum(states.values()) != mailing.planned:
        raise LedgerProblem(
            f"the books of {mailing.full_name} do not balance: {mailing.planned} planned, "
            f"{sum(states.values())} accounted for, {sum(counted.values())} in no known state"
        )
    skipped = select(delivery.c.reason, func.count()).where(
        delivery.c.mailing_id == mailing.id, delivery.c.state == DeliveryState.SKIPPED.value
    )
    size = select(func.coalesce(func.sum(delivery.c.size), 0)).where(
        delivery.c.mailing_id == mailing.id, delivery.c.state == DeliveryState.ACCEPTED.value
    )
    retried = select(func.count()).where(
        delivery.c.mailing_id == mailing.id,
        delivery.c.state == DeliveryState.ACCEPTED.value,
        delivery.c.attempts > 1,
    )
    return Books(
        states=states,
        skipped_reasons=_pairs(connection, skipped.group_by(delivery.c.reason)),
        after=_after(connection, mailing.id),
        bytes_accepted=int(connection.execute(size).scalar_one()),
        retried=connection.execute(retried).scalar_one(),
    )


def _pairs(connection: Connection, counted: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(counted)}


def _after(connection: Connection, mailing_id: int) -> dict[str, int]:
    """Count people by what came back: one whose address is dead did not bounce softly beside."""
    counted: Counter[str] = Counter()
    for kinds in _after_by_delivery(connection, mailing_id).values():
        counted.update(kinds)
        counted[_SOFT] -= _SOFT in kinds and EventKind.BOUNCED_HARD.value in kinds
    return {word: counted[kind.value] for kind, word in _AFTER.items()}


def read_bounce_reasons(connection: Connection, mailing_id: int) -> dict[str, int]:
    """Count the people of a mailing whose mail came back, by reason, the most frequent first."""
    people = (
        select(event.c.reason, func.count(event.c.delivery_id.distinct()))
        .where(event.c.mailing_id == mailing_id, event.c.kind.in_(_BOUNCED))
        .group_by(event.c.reason)
    )
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
    newest_text = (
        select(event_text.c.text)
        .join(event, event.c.id == event_text.c.event_id)
        .where(event.c.delivery_id == delivery.c.id)
        .order_by(event.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = select(delivery, newest_text.label("text")).where(delivery.c.mailing_id == mailing_id)
    if states:
        wanted = wanted.where(delivery.c.state.in_([state.value for state in states]))
    after = _after_by_delivery(connection, mailing_id)
    for row in connection.execute(wanted.order_by(delivery.c.id).execution_options(yield_per=500)):
        yield value_of(Told, row, after=after.get(row.id, ()))


def _after_by_delivery(connection: Connection, mailing_id: int) -> dict[int, tuple[str, ...]]:
    """Return what came back about each delivery, each kind once, without what staff set aside."""
    kinds = [kind.value for kind in (*_AFTER, EventKind.SET_ASIDE)]
    wanted = (event.c.mailing_id == mailing_id, event.c.kind.in_(kinds))
    rows = select(event.c.delivery_id, event.c.kind, event.c.reason).where(*wanted).order_by(event.c.id)
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(rows):
        known = found.get(row.delivery_id, ())
        if row.kind == EventKind.SET_ASIDE:
            found[row.delivery_id] = tuple(kind for kind in known if kind != row.reason)
        elif row.kind not in known:
            found[row.delivery_id] = (*known, row.kind)
    return found
