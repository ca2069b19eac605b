"""Following: the queries that a browser repeats while mailings are sent.

Owns the queries that must stay fast in a ledger of millions of deliveries: mailings and recipients page by page, the
relays' last replies, the pace, and the calendar. A page of recipients follows the order of sending (`spread`, `id`),
which the index of claims has for each state, so that the millionth page costs as little as the first. A search goes
through a limited number of recipients at a time and returns its position; a complete address is found at once.
`history` counts the figures that must balance.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select, tuple_

from mailer.events import DeliveryState, MailingState
from mailer.frozen import dataclass
from mailer.ledger.history import DEAD, OURS, OUTCOMES, ReportedDelivery, count_states, last_words, read_after
from mailer.ledger.mailings import NOT_REAL, Mailing, read_mailings
from mailer.ledger.offers import CANCELLED, PLANNED, Wave
from mailer.ledger.person import HAPPENED, Happened
from mailer.ledger.rows import AnyRow, count_rows, read_all, value_of
from mailer.ledger.tables import delivery, edition, event, finding, mailing, process, wave

OVER: Final = (MailingState.FINISHED, MailingState.CANCELLED)
_LAST: Final = 400  # outcomes, from which the speed is computed

# Mailings.


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMailings:
    """Which mailings to return, the newest first: of a state or kind, with some words; `before` is a cursor."""

    state: str = ""
    kind: str = ""
    text: str = ""
    before: int = 0


def find_mailings(connection: Connection, wanted: WantedMailings, *, most: int) -> list[Mailing]:
    """Return a page of mailings."""
    where: list[ColumnElement[bool]] = [mailing.c.state == wanted.state] if wanted.state else []
    where += [mailing.c.kind == wanted.kind] if wanted.kind else []
    where += [mailing.c.id < wanted.before] if wanted.before else []
    where += (or_(has_text(mailing.c.headline, each), has_text(mailing.c.slug, each)) for each in wanted.text.split())
    return read_mailings(connection, *where, most=most)


def find_open(connection: Connection, *, since: datetime) -> list[tuple[Mailing, int]]:
    """Return the mailings that are not over, those with someone in doubt, and those that finished `since`.

    Each comes with how many of its recipients have a dead address or bounced for a reason that is about us: one query
    for all shows which can have an alarm, so that the returned mail of the others need not be read again.
    """
    in_doubt = exists().where(delivery.c.mailing_id == mailing.c.id, delivery.c.state == DeliveryState.IN_DOUBT)
    is_open = or_(mailing.c.state.not_in(OVER), in_doubt, mailing.c.finished_at >= since)
    # returned mail is little, deliveries may be a million: a join would read all of them
    mailing_id = select(delivery.c.mailing_id).where(delivery.c.id == finding.c.delivery_id).scalar_subquery()
    came_back = select(mailing_id, finding.c.delivery_id).where(finding.c.kind.in_((OURS, DEAD))).distinct()
    people = Counter(row[0] for row in connection.execute(came_back))
    return [(each, people[each.id]) for each in read_mailings(connection, is_open)]


def find_between(connection: Connection, start: datetime, end: datetime) -> list[Mailing]:
    """Return the mailings that began or are scheduled between two times."""
    return read_mailings(
        connection, or_(*(column.between(start, end) for column in (mailing.c.started_at, mailing.c.scheduled_at)))
    )


def find_waves(connection: Connection, start: datetime, end: datetime) -> list[tuple[Mailing, Wave]]:
    """Return the waves between two times, each with its mailing."""
    when = func.coalesce(wave.c.started_at, wave.c.at)
    found = read_all(
        connection, Wave, select(wave).where(when.between(start, end), wave.c.state.not_in((PLANNED, CANCELLED)))
    )
    ids = {each.mailing_id for each in found}
    mailings = {each.id: each for each in read_mailings(connection, mailing.c.id.in_(ids))}
    return [(mailings[each.mailing_id], each) for each in found]


def find_embargoes(connection: Connection, start: datetime, end: datetime) -> list[tuple[Mailing, datetime]]:
    """Return the mailings with an embargo (of the newest edition) that ends between two times, each with its end."""
    newest = select(edition.c.mailing_id, func.max(edition.c.number)).group_by(edition.c.mailing_id)
    held = edition.c.held_until.between(start, end)
    rows = select(edition.c.mailing_id, edition.c.held_until).where(
        held, tuple_(edition.c.mailing_id, edition.c.number).in_(newest)
    )
    until = {row.mailing_id: row.held_until for row in connection.execute(rows)}
    return [(each, until[each.id]) for each in read_mailings(connection, mailing.c.id.in_(until))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything but tests and previews in numbers: mailings and deliveries by state, and what could be sent now.

    A deferred delivery is due from when it may be tried again; one that was not tried yet, from when its mailing began.
    """

    mailings: Mapping[str, int]
    deliveries: Mapping[str, int]
    due: int
    due_since: datetime | None


def read_figures(connection: Connection, *, now: datetime) -> Figures:
    """Count the whole ledger; finished mailings are not counted again (`history.keep_counts`).

    Raises LedgerProblem if the books of a mailing do not balance.
    """
    mailings, deliveries = Counter[str](), Counter[str]()
    due, since, going = 0, list[datetime](), list[int]()
    for each in read_mailings(connection, mailing.c.kind.not_in(NOT_REAL)):
        states = count_states(connection, each, as_kept=True)
        mailings[each.state] += 1
        deliveries.update(states)
        begins = each.started_at or each.scheduled_at
        if each.state in {MailingState.SENDING, MailingState.SCHEDULED} and begins is not None and begins <= now:
            going.append(each.id)
            due += states[DeliveryState.PENDING]
            since += [begins] if states[DeliveryState.PENDING] else []
    again = (delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_attempt_at <= now)
    deferred = select(func.count(), func.min(delivery.c.next_attempt_at)).where(
        delivery.c.mailing_id.in_(going), *again
    )
    count, oldest = connection.execute(deferred).one()
    since += [oldest] if oldest is not None else []
    return Figures(mailings=mailings, deliveries=deliveries, due=due + count, due_since=min(since, default=None))


def has_text(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Return the condition that a column contains a text, ignoring case as far as the database does."""
    return func.lower(column).contains(text.lower(), autoescape=True)


# Recipients.

Place = tuple[int, int]  # of a recipient in the order of sending


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRecipients:
    """Which recipients to return: in states (none: all), with a text in address, name or outlet; `after` a place.

    `digest` is that of the text if it is a whole address; `looked_at` is how many recipients one search reads at most,
    in all states together.
    """

    states: tuple[DeliveryState, ...] = ()
    text: str = ""
    digest: bytes | None = None
    after: Place | None = None
    looked_at: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient(ReportedDelivery):
    """A recipient as a row of a table."""

    id: int
    state: DeliveryState
    spread: int
    edition: int
    name: str
    outlet: str

    @property
    def place(self) -> Place:
        """Return the place in the order of sending, as a cursor."""
        return self.spread, self.id


@dataclass(frozen=True, slots=True)
class Recipients:
    """A page of recipients; `then` is where the next one begins, None if this is the last.

    A search that `is_partial` has reached its limit, and there are more. `editions` is how many the text has.
    """

    found: tuple[Recipient, ...]
    then: Place | None
    editions: int
    is_partial: bool = False


def find_recipients(connection: Connection, mailing_id: int, wanted: WantedRecipients, *, most: int) -> Recipients:
    """Return a page of the recipients of a mailing."""
    in_mailing = delivery.c.mailing_id == mailing_id
    states = wanted.states or tuple(DeliveryState)
    editions = count_rows(connection, edition.c.mailing_id == mailing_id, edition.c.number > 0)
    if wanted.digest is not None:
        row = connection.execute(_rows(in_mailing, delivery.c.address_digest == wanted.digest)).first()
        if row is not None and row.state in states:
            return Recipients(_recipients(connection, mailing_id, [row]), None, editions)
    until: Place | None = None
    if wanted.text:  # so many of each state, and none of them beyond the nearest end
        ends = (
            _find_end(connection, (in_mailing, delivery.c.state == each), wanted.after, wanted.looked_at // len(states))
            for each in states
        )
        until = min(filter(None, ends), default=None)

    def of_state(state: DeliveryState) -> list[AnyRow]:
        rows: list[AnyRow] = []
        for part in _between(wanted.after, until):
            if len(rows) <= most:
                some = _rows(in_mailing, delivery.c.state == state, *part)
                rows += _take(connection, some, wanted.text, most + 1 - len(rows))
        return rows

    rows = list(heapq.merge(*map(of_state, states), key=attrgetter("spread", "id")))
    shown = rows[:most]
    then = (shown[-1].spread, shown[-1].id) if len(rows) > most else until
    return Recipients(_recipients(connection, mailing_id, shown), then, editions, is_partial=until is not None)


def _take(connection: Connection, rows: Select[*tuple[Any, ...]], text: str, most: int) -> list[AnyRow]:
    """Return the first rows with a text in address, name or outlet; the database filters out most others."""
    if not text:
        return list(connection.execute(rows.limit(most)))
    escaped = json.dumps(text)[1:-1]
    likely = rows.where(or_(has_text(delivery.c.address, text), has_text(delivery.c.merge_row, escaped)))
    result = connection.execute(likely.execution_options(yield_per=200))
    with result:
        return list(islice((row for row in result if text.casefold() in " ".join(_shown(row)).casefold()), most))


def _shown(row: AnyRow) -> tuple[str, str, str]:
    """Return address, name and outlet, each empty if missing."""
    fields = json.loads(row.merge_row or "{}")
    return row.address or "", fields.get("name", ""), fields.get("outlet", "")


def _between(after: Place | None, until: Place | None) -> list[tuple[ColumnElement[bool], ...]]:
    """Return the conditions for rows after one place and up to another, in parts: one condition would use no index."""
    spread, number = delivery.c.spread, delivery.c.id
    if after and until and after[0] == until[0]:
        return [(spread == after[0], number > after[1], number <= until[1])]
    inner = (*([spread > after[0]] if after else []), *([spread < until[0]] if until else []))
    first = [(spread == after[0], number > after[1])] if after else []
    last = [(spread == until[0], number <= until[1])] if until else []
    return [*first, inner, *last]


def _find_end(
    connection: Connection, where: Sequence[ColumnElement[bool]], after: Place | None, left: int
) -> Place | None:
    """Return the place so many recipients after another, None if that is beyond the end."""
    for part in _between(after, None):
        rows = select(delivery.c.spread, delivery.c.id).where(*where, *part)
        end = connection.execute(rows.order_by(delivery.c.spread, delivery.c.id).offset(left).limit(1)).first()
        if end is not None:
            return end.spread, end.id
        left -= count_rows(connection, *where, *part)
    return None


def _rows(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    number = select(edition.c.number).where(edition.c.id == delivery.c.edition_id).scalar_subquery().label("edition")
    return select(delivery, number, last_words()).where(*where).order_by(delivery.c.spread, delivery.c.id)


def _recipients(connection: Connection, mailing_id: int, rows: Sequence[AnyRow]) -> tuple[Recipient, ...]:
    after = read_after(connection, mailing_id, of=[row.id for row in rows])
    return tuple(
        value_of(Recipient, row, name=name, outlet=outlet, after=after.get(row.id, ()))
        for row, (_, name, outlet) in zip(rows, map(_shown, rows), strict=True)
    )


# While it is sent.


def read_last(connection: Connection, mailing_id: int, *, most: int) -> list[Happened]:
    """Return the newest outcomes of a mailing, the newest first: a relay's reply, or how the connection ended."""
    newest = select(event.c.id).where(event.c.mailing_id == mailing_id, event.c.kind.in_(OUTCOMES))
    ids = list(connection.scalars(newest.order_by(event.c.id.desc()).limit(most)))
    return read_all(connection, Happened, HAPPENED.where(event.c.id.in_(ids)).order_by(event.c.id.desc()))


def find_holders(connection: Connection, mailing_id: int, *, but_for: Sequence[str]) -> list[str]:
    """Return the names of the processes that hold some of a mailing, except for these (dead ones)."""
    of_it = delivery.c.mailing_id + 0 == mailing_id  # uses the index of leases, which are few, not that of mailings
    held = select(delivery.c.lease_owner).where(delivery.c.lease_owner.is_not(None), of_it)
    rows = select(process.c.pid, process.c.host).where(process.c.id.in_(held), process.c.id.not_in(but_for))
    return [f"process {row.pid} on {row.host.partition(':')[0]}" for row in connection.execute(rows)]


def read_per_minute(connection: Connection, mailing_id: int, *, now: datetime) -> float:
    """Return how many recipients had an outcome in the last minute; of very many, computed from the newest."""
    since = now - timedelta(minutes=1)
    newest = select(event.c.at).where(event.c.mailing_id == mailing_id, event.c.kind.in_(OUTCOMES))
    times = list(connection.scalars(newest.order_by(event.c.id.desc()).limit(_LAST)))
    recent = [at for at in times if at > since]
    if not recent:
        return 0.0
    is_young = len(recent) == len(times)  # it began within the minute, or the newest are enough
    span = (now - recent[-1]).total_seconds() if is_young else 60.0
    return len(recent) * 60 / max(span, 1.0)
