"""History: queries about a mailing, about returned mail, and about one person.

Owns the queries behind `status`, `report`, `--csv`, `reconcile` and `proof`, the balance of the books, `bounces list`
and `bounces show`, what has waited for too long, how often mail to a person failed and for which reason, when people
were last mailed, and who has had the privacy notice. Everything is computed afresh each time, except the counts of a
finished mailing: these are stored, and a report compares them with the rows. Never changes anything else, never decides
what a message means, what counts as proof, or whether something is too soon. Raises `LedgerProblem` if the books do not
balance, since no figure could then be trusted.

Gap: a person who is only waiting in another mailing does not count as mailed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, Label, Select, and_, bindparam, case, func, or_, select

from mailer.errors import LedgerProblem
from mailer.events import MAY_HAVE, TRANSITIONS, DeliveryState, EventKind, MailingState, next_state
from mailer.frozen import dataclass
from mailer.ledger.connection import Ledger, count_events, text_of_time
from mailer.ledger.mailings import NOT_REAL, Mailing, read_mailing
from mailer.ledger.returns import unpacked
from mailer.ledger.rows import AnyRow, change, count_by, count_rows, has_row, in_parts, value_of
from mailer.ledger.suppressions import SETTLED_ANEW, is_suppressed
from mailer.ledger.tables import (
    delivery,
    edition,
    event,
    event_text,
    events_beside,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    inbox_cursor,
    mailing,
    mailing_name,
    suppression,
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
OUTCOMES: Final = (EventKind.ACCEPTED, EventKind.REJECTED, EventKind.DEFERRED, EventKind.IN_DOUBT)
_MOVING: Final = tuple(dict.fromkeys(kind for _, kind in TRANSITIONS))
BACK: Final = tuple(_AFTER)  # what comes back


@dataclass(frozen=True, slots=True)
class Books:
    """The figures of a mailing so far; `states` has every state, `after` people (not messages) by what came back."""

    states: dict[str, int]
    skipped_reasons: dict[str, int]
    after: dict[str, int]
    bytes_accepted: int
    retried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDelivery:
    """One delivery in a report. `code` is that of the relay's newest reply.

    `text` is that of the reply, or the note of staff who settled the delivery. `address` is empty once the person is
    erased.
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
    edition_id: int
    after: tuple[str, ...] = ()


def is_blank(connection: Connection) -> bool:
    """Return whether nothing has ever happened here: nothing was planned, nobody has opted out."""
    return not has_row(connection, event.c.id > 0)


def read_books(connection: Connection, found: Mailing, *, as_kept: bool = False) -> Books:
    """Count a mailing. `as_kept` trusts the counts stored when it finished; without it they are compared with the rows.

    Raises LedgerProblem if `planned` is not the sum over the states.
    """
    counts = _kept_counts(found)
    if counts is not None:
        counts.pop("course", None)
    if counts is None or not as_kept:
        states = count_states(connection, found)
        counts = counts if counts is not None and counts["states"] == states else _count_rest(connection, found, states)
    after: Counter[str] = Counter()
    for kinds, people in Counter(read_after(connection, found.id).values()).items():
        # someone whose address is dead is not counted among the soft bounces as well
        is_dead = EventKind.BOUNCED_HARD in kinds
        after.update({kind: people for kind in kinds if not (is_dead and kind == EventKind.BOUNCED_SOFT)})
    return Books(after={word: after[kind] for kind, word in _AFTER.items()}, **counts)


def count_states(connection: Connection, found: Mailing, *, as_kept: bool = False) -> dict[str, int]:
    """Count the deliveries of a mailing by state; `as_kept` and errors as in `read_books`."""
    kept = _kept_counts(found) if as_kept else None
    if kept is not None:
        states: dict[str, int] = kept["states"]
        return states
    counted = count_by(connection, delivery.c.state, delivery.c.mailing_id == found.id)
    states = {state.value: counted.pop(state, 0) for state in DeliveryState}
    if counted or sum(states.values()) != found.planned:
        raise LedgerProblem(
            f"the books of {found.full_name} do not balance: {found.planned} planned, "
            f"{sum(states.values())} accounted for, {sum(counted.values())} in no known state"
        )
    return states


def _count_rest(connection: Connection, found: Mailing, states: dict[str, int]) -> dict[str, Any]:
    of_it = delivery.c.mailing_id == found.id
    accepted = (of_it, delivery.c.state == DeliveryState.ACCEPTED)
    is_again = case((delivery.c.attempts > 1, 1), else_=0)
    size, retried = connection.execute(select(func.sum(delivery.c.size), func.sum(is_again)).where(*accepted)).one()
    return {
        "states": states,
        "skipped_reasons": count_by(connection, delivery.c.reason, of_it, delivery.c.state == DeliveryState.SKIPPED),
        "bytes_accepted": int(size or 0),
        "retried": int(retried or 0),
    }


# Kept: the counts of a finished mailing are stored. No step of `events.TRANSITIONS` leaves its deliveries' states,
# except out of doubt, and except those that reopen the mailing, so that it finishes at another time. Planning raises
# `planned`. So the stored counts of a mailing without doubts are valid as long as `finished_at` and `planned` are the
# same, and nothing has to invalidate them.

_MAY_CHANGE: Final = {state for state, kind in TRANSITIONS if next_state(state, kind) is not DeliveryState.PENDING}


def keep_counts(ledger: Ledger, mailing_id: int) -> None:
    """Store the counts of a mailing that has finished with no delivery in doubt; any other is counted each time."""
    with ledger.reading() as connection:
        found = read_mailing(connection, mailing_id)
        if found.finished_at is None or found.state is not MailingState.FINISHED:
            return
        counts = _count_rest(connection, found, count_states(connection, found))
        counts["course"] = read_course(connection, found, until=found.finished_at)
    if any(counts["states"][state] for state in _MAY_CHANGE):
        return
    unchanged = (mailing.c.state == MailingState.FINISHED, mailing.c.finished_at == found.finished_at)
    kept = json.dumps({"finished_at": found.finished_at.isoformat(), **counts})
    with ledger.writing() as connection:
        change(connection, mailing, mailing_id, *unchanged, counts=kept)


def _kept_counts(found: Mailing) -> dict[str, Any] | None:
    if not found.counts or found.finished_at is None or found.state is not MailingState.FINISHED:
        return None
    counts: dict[str, Any] = json.loads(found.counts)
    is_unchanged = counts.pop("finished_at") == found.finished_at.isoformat()
    return counts if is_unchanged and sum(counts["states"].values()) == found.planned else None


# Course: how a mailing went, as counts by a unit of time. A unit is named by the beginning of its times:
# `2026-10-01 09:00`, in UTC.

Course = list[tuple[str, str, int]]  # a unit, what happened in it, how often
_UNITS: Final = (  # up to this duration of the whole, so many characters of the time
    (timedelta(minutes=4), 19),
    (timedelta(hours=4), 16),
    (timedelta(days=8), 13),
    (timedelta.max, 10),
)


def read_course(connection: Connection, found: Mailing, *, until: datetime) -> Course:
    """Count the relays' replies over time, until a time; for a finished mailing as it was counted then.

    For any other all events are read: a mailing of a million takes two seconds.
    """
    kept = _kept_counts(found)
    if kept is not None and "course" in kept:
        return [(at, kind, number) for at, kind, number in kept["course"]]
    wanted = (event.c.mailing_id == found.id, event.c.kind.in_(OUTCOMES))
    return _course(connection, *wanted, span=until - (found.started_at or found.created_at))


def read_back(connection: Connection, found: Mailing, *, until: datetime) -> Course:
    """Count over time what came back, until a time."""
    return _course(connection, *events_beside(found.id, *BACK), span=until - (found.started_at or found.created_at))


def _course(connection: Connection, *where: ColumnElement[bool], span: timedelta) -> Course:
    length = next(length for most, length in _UNITS if span <= most)
    unit = func.substr(text_of_time(connection, event.c.at), 1, length)
    rows = connection.execute(select(unit, event.c.kind, func.count()).where(*where).group_by(unit, event.c.kind))
    return sorted((str(at), str(kind), int(number)) for at, kind, number in rows)


def read_changes(connection: Connection, *, after: int | None) -> tuple[int, list[str]]:
    """Return the number of the newest event, and the full names of the mailings that have events since `after`."""
    newest = count_events(connection)
    if after is None or newest <= after:
        return newest, []
    changed = select(event.c.mailing_id).where(event.c.id > after).distinct()
    return newest, list(connection.execute(select(mailing_name).where(mailing.c.id.in_(changed))).scalars())


def read_bounce_reasons(connection: Connection, mailing_id: int) -> dict[str, int]:
    """Count the people of a mailing whose mail came back, by reason, the most frequent first."""
    bounced = events_beside(mailing_id, EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT)
    return dict(Counter(count_by(connection, event.c.reason, *bounced, of=event.c.delivery_id)).most_common())


def read_refusals(connection: Connection, mailing_id: int) -> list[tuple[str, str, int, str, str]]:
    """Return what was rejected or deferred: (state, reason, how many, one address, the server's reply for it)."""
    states = delivery.c.state.in_((DeliveryState.REJECTED, DeliveryState.DEFERRED))
    counted = select(func.min(delivery.c.id).label("first"), func.count().label("people"))
    groups = counted.where(delivery.c.mailing_id == mailing_id, states).group_by(delivery.c.state, delivery.c.reason)
    group = groups.subquery()
    rows = (
        select(delivery.c.state, delivery.c.reason, group.c.people, delivery.c.address, last_words())
        .join(group, group.c.first == delivery.c.id)
        .order_by(group.c.people.desc(), delivery.c.id)
    )
    found = connection.execute(rows)
    return [(state, reason, people, address or "", text or "") for state, reason, people, address, text in found]


def read_deliveries(
    connection: Connection, mailing_id: int, *, states: tuple[DeliveryState, ...] = ()
) -> Iterator[ReportedDelivery]:
    """Yield the deliveries of a mailing in the order of planning, one after the other."""
    wanted = select(delivery, last_words()).where(delivery.c.mailing_id == mailing_id)
    if states:
        wanted = wanted.where(delivery.c.state.in_(states))
    after = read_after(connection, mailing_id)
    for row in connection.execute(wanted.order_by(delivery.c.id).execution_options(yield_per=500)):
        yield value_of(ReportedDelivery, row, after=after.get(row.id, ()))


def last_words(*kinds: EventKind) -> Label[str]:
    """Return, as the column `text`, the text of a delivery's newest event of these kinds.

    By default, of the kinds that change its state: the relay's replies, and what staff settled. What came back later
    has a text, too (the subject of a bounce), but not one about how the delivery went.
    """
    words = select(event_text.c.text).join(event, event.c.id == event_text.c.event_id)
    of_delivery = event.c.delivery_id == delivery.c.id, event.c.kind.in_(kinds or _MOVING)
    newest = words.where(*of_delivery).order_by(event.c.id.desc()).limit(1)
    return newest.scalar_subquery().label("text")


def read_after(
    connection: Connection, mailing_id: int, *, of: Sequence[int] | None = None
) -> dict[int, tuple[str, ...]]:
    """Return what came back about each delivery, or those in `of`: each kind once, without what staff set aside."""
    wanted = [*events_beside(mailing_id, *BACK, EventKind.SET_ASIDE)]
    wanted += [event.c.delivery_id.in_(of)] if of is not None else []
    rows = select(event.c.id, event.c.delivery_id, event.c.kind, event.c.reason).where(*wanted)
    found: dict[int, tuple[str, ...]] = {}
    # sorted here: to return them sorted, SQLite would read all events
    for _, delivery_id, kind, reason in sorted(connection.execute(rows).all(), key=itemgetter(0)):
        known = found.get(delivery_id, ())
        if kind == EventKind.SET_ASIDE:
            found[delivery_id] = tuple(each for each in known if each != reason)
        elif kind not in known:
            found[delivery_id] = (*known, kind)
    return found


# Doubts: deliveries in doubt, when and by which relay they were attempted, how the connection ended, and what came back
# since.


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that came back about a delivery: its kind, how it was matched, and where it was."""

    kind: str
    matched_by: str
    status: str
    source: str
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt(ReportedDelivery):
    """A delivery in doubt; `reason` and `text` show how the attempt ended, as far as that is known."""

    delivery_id: int
    address_digest: bytes
    signs: tuple[Sign, ...]


def read_doubts(connection: Connection, mailing_id: int, *, dead: Sequence[str] = ()) -> list[Doubt]:
    """Return the deliveries of a mailing that are in doubt, in the order of planning.

    `dead` has the ids of dead processes whose rows are not freed yet (`processes.dead_processes`): what they had
    attempted is in doubt, and the next command that writes records it.
    """
    in_doubt = delivery.c.state == DeliveryState.IN_DOUBT
    left = and_(delivery.c.state == DeliveryState.ATTEMPTED, delivery.c.lease_owner.in_(dead))
    doubtful = and_(delivery.c.mailing_id == mailing_id, or_(in_doubt, left))
    rows = (
        select(delivery, mailing.c.relay.label("planned_relay"), last_words(EventKind.IN_DOUBT))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(doubtful)
        .order_by(delivery.c.id)
    )
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
    signs: dict[int, list[Sign]] = defaultdict(list)  # the oldest first; last the opt-outs by link
    for row in connection.execute(came_back):
        signs[row.delivery_id].append(value_of(Sign, row))
    for row in connection.execute(opted_out):
        signs[row.delivery_id].append(Sign("optout", "token", "", "the ledger", row.at))
    return [
        value_of(
            Doubt,
            row,
            delivery_id=row.id,
            relay=row.relay or row.planned_relay,
            reason=row.reason if row.state == DeliveryState.IN_DOUBT else "process_died",
            signs=tuple(signs[row.id]),
        )
        for row in connection.execute(rows)
    ]


# Returned: queries for what came back: by person, reason, domain and mailing, and for the message itself.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which findings to read: all, or those of a mailing, a reason, a domain; or the unmatched ones.

    `but_for` is a kind to leave out. At most `most` are returned, of those older than the number `before`.
    """

    mailing_id: int | None = None
    reason: str = ""
    domain: str = ""
    unmatched: bool = False
    but_for: str = ""
    before: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What one message reports about one person. `id` is the finding's; `address` is empty once they are erased."""

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
    is_suppressed: bool  # now, everywhere; not if it was lifted since
    sender: str = ""  # of a letter in reply
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message: where it was, how it was classified, its bytes (empty if they are not kept)."""

    source: str
    kind: str
    rule: str
    read_at: datetime
    sender: str
    subject: str
    data: bytes
    findings: tuple[Returned, ...]


_FINDINGS = (
    select(finding, finding_text.c.address.label("reported_address"), finding_text.c.diagnostic)
    .add_columns(inbound.c.source, inbound.c.read_at, inbound_text.c.sender, inbound_text.c.subject, mailing_name)
    .add_columns(delivery.c.address.label("sent_to"), delivery.c.domain)
    .add_columns(is_suppressed(delivery.c.address_digest).label("is_suppressed"))
    .join(finding_text, finding_text.c.finding_id == finding.c.id)
    .join(inbound, inbound.c.id == finding.c.inbound_id)
    .outerjoin(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
    .outerjoin(delivery, delivery.c.id == finding.c.delivery_id)
    .outerjoin(mailing, mailing.c.id == delivery.c.mailing_id)
)


def read_returned(connection: Connection, wanted: Wanted) -> Iterator[Returned]:
    """Return an iterator over what came back, the newest first."""
    unmatched = (finding.c.unmatched != "", finding.c.settled_at.is_(None))
    where = [*unmatched] if wanted.unmatched else [finding.c.unmatched == ""]
    where += [delivery.c.mailing_id == wanted.mailing_id] if wanted.mailing_id is not None else []
    where += [finding.c.reason == wanted.reason] if wanted.reason else []
    where += [delivery.c.domain == wanted.domain] if wanted.domain else []
    where += [finding.c.kind != wanted.but_for] if wanted.but_for else []
    where += [finding.c.id < wanted.before] if wanted.before else []
    rows = _FINDINGS.where(*where).order_by(finding.c.id.desc()).limit(wanted.most)
    return (_returned(row) for row in connection.execute(rows.execution_options(yield_per=500)))


def count_returned(connection: Connection) -> dict[str, int]:
    """Count the recipients whose mail came back by reason, the most frequent first; under "" unmatched findings."""
    matched = (finding.c.unmatched == "", finding.c.reason != "")
    counts = count_by(connection, finding.c.reason, *matched, of=finding.c.delivery_id)
    waiting = count_rows(connection, finding.c.unmatched != "", finding.c.settled_at.is_(None))
    return dict(Counter(counts).most_common()) | {"": waiting}


def read_findings(connection: Connection, *where: ColumnElement[bool]) -> tuple[Returned, ...]:
    """Return the findings that match, in the order in which they came."""
    return tuple(_returned(row) for row in connection.execute(_FINDINGS.where(*where).order_by(finding.c.id)))


def find_message(connection: Connection, finding_id: int) -> Message | None:
    """Return the message of a finding, with all its findings; None if there is no such finding."""
    inbound_id = connection.scalar(select(finding.c.inbound_id).where(finding.c.id == finding_id))
    return next(read_messages(connection, [inbound_id]), None)


def read_messages(connection: Connection, ids: Iterable[int | None]) -> Iterator[Message]:
    """Yield messages by their numbers, in the order in which they were read, each with all its findings."""
    messages = (
        select(inbound, inbound_text.c.sender, inbound_text.c.subject, inbound_raw.c.data)
        .outerjoin(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
        .outerjoin(inbound_raw, inbound_raw.c.inbound_id == inbound.c.id)
        .where(inbound.c.id.in_(ids))
        .order_by(inbound.c.id)
    )
    for row in connection.execute(messages):
        findings = read_findings(connection, finding.c.inbound_id == row.id)
        yield value_of(Message, row, data=unpacked(row.data), findings=findings)


def _returned(row: AnyRow) -> Returned:
    """Build a finding from a row; a matched one shows the recipient's address, whatever address it reports."""
    return value_of(
        Returned,
        row,
        address=row.sent_to or row.reported_address,
        domain=row.domain or row.reported_address.rpartition("@")[2].lower(),
        is_suppressed=bool(row.is_suppressed),
    )


def count_heard(connection: Connection, mailing_id: int) -> int:
    """Count the deliveries that the relay accepted and about which something has come back."""
    returned = select(event.c.delivery_id).where(*events_beside(mailing_id, *BACK))
    return count_rows(connection, delivery.c.id.in_(returned), delivery.c.state == DeliveryState.ACCEPTED)


def read_unheard(connection: Connection, mailing_id: int) -> list[str]:
    """Return the addresses whose mail the relay accepted and about which nothing has come back (empty: erased)."""
    returned = select(event.c.delivery_id).where(*events_beside(mailing_id, *BACK))
    taken = (delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.ACCEPTED)
    rows = select(delivery.c.address).where(*taken, delivery.c.id.not_in(returned)).order_by(delivery.c.id)
    return [address or "" for address in connection.scalars(rows)]


# Overdue: opt-outs that came long ago and are not honoured yet: those that match nobody and wait for staff, and those
# that may be in mailboxes that cannot be read. An opt-out that only waits for confirmation is honoured already.

WITHIN: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Unread:
    """A mailbox that cannot be read, since when, and the error."""

    name: str
    failed_since: datetime
    failure: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """What has waited for longer than 48 hours; it is false if there is nothing."""

    opt_outs: tuple[Returned, ...] = ()  # that match nobody
    mailboxes: tuple[Unread, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is overdue."""
        return bool(self.opt_outs or self.mailboxes)


def find_overdue(connection: Connection, now: datetime, *, mailboxes: Mapping[str, str]) -> Overdue:
    """Find what has waited for longer than 48 hours.

    `mailboxes` are those that are read, by `settings.Inbox.cursor_name`, each with its name for people: one that
    mailer.toml no longer names does not count.
    """
    before = now - WITHIN
    is_left = (
        finding.c.kind == "optout",
        finding.c.unmatched.not_in(("", "of-a-test")),
        finding.c.settled_at.is_(None),
    )
    read = inbox_cursor.c.name.in_(mailboxes)
    failing = select(inbox_cursor).where(inbox_cursor.c.failed_since < before, read).order_by(inbox_cursor.c.name)
    return Overdue(
        read_findings(connection, *is_left, inbound.c.read_at < before),
        tuple(value_of(Unread, row, name=mailboxes[row.name]) for row in connection.execute(failing)),
    )


# Softness: how often in a row mail to someone bounced softly, and how many of a mailing bounced for which reason. A
# finding counts as `runs.collect` judged it when it came. One that was matched by its recipient alone, although bounces
# of our mail carry a token, is not counted: anybody can forge it.

SOFT, DEAD, OURS, NOTHING = "bounce-soft", "bounce-dead", "bounce-ours", "bounce"
_BOUNCES: Final = (DEAD, SOFT, OURS, NOTHING)  # the worst first
_AT_MOST: Final = 60  # mailings to look back at; any longer row is decided already
BY_RECIPIENT: Final = "recipient"


@dataclass(frozen=True, slots=True)
class Tried:
    """A mail that was sent to someone, and how it came back: a finding's kind, the worst of several, or empty.

    `is_accepted` is False if it is in doubt.
    """

    at: datetime
    is_accepted: bool = True
    came_back: str = ""
    reason: str = ""


def read_tried(
    connection: Connection, address_digest: bytes, *, with_recipients: bool, since: datetime | None = None
) -> list[Tried]:
    """Return the real mails to a person that the relay accepted or may have accepted, the newest first.

    `with_recipients`: findings that were matched by their recipient alone count too. `since` leaves out earlier ones:
    staff have lifted what followed from them.
    """
    wanted = [
        delivery.c.address_digest == address_digest,
        delivery.c.state.in_(MAY_HAVE),
        delivery.c.attempted_at.is_not(None),
        mailing.c.kind.not_in(NOT_REAL),
    ]
    wanted += [delivery.c.attempted_at > since] if since is not None else []
    rows = (
        select(delivery.c.id, delivery.c.attempted_at, delivery.c.state)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(*wanted)
        .order_by(delivery.c.attempted_at.desc(), delivery.c.id.desc())
        .limit(_AT_MOST)
    )
    sent = connection.execute(rows).all()
    counted = (finding.c.delivery_id.in_([row.id for row in sent]), *_counted(with_recipients=with_recipients))
    back: dict[int, tuple[str, str]] = {}
    for row in connection.execute(select(finding).where(*counted).order_by(finding.c.id)):
        if row.kind in _BOUNCES:
            known = back.get(row.delivery_id)
            if known is None or _BOUNCES.index(row.kind) < _BOUNCES.index(known[0]):
                back[row.delivery_id] = (row.kind, row.reason)
    return [Tried(row.attempted_at, row.state == DeliveryState.ACCEPTED, *back.get(row.id, ("", ""))) for row in sent]


def _counted(*, with_recipients: bool) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a finding to count: one matched by its recipient alone can be forged by anybody."""
    matched = (finding.c.unmatched == "",)
    return matched if with_recipients else (*matched, finding.c.matched_by != BY_RECIPIENT)


def read_lifted_at(connection: Connection, address_digest: bytes) -> datetime | None:
    """Return when staff last lifted a suppression that came from a report about someone; None if they never did.

    What went out before that is settled: an old bounce that is read late, or again, does not suppress again. The query
    reads events, which are found by the person's deliveries: lifted suppressions, perhaps a million, have no index.
    """
    lifted = select(func.max(event.c.at)).join(delivery, delivery.c.id == event.c.delivery_id)
    where = (event.c.kind == EventKind.LIFTED, event.c.reason != SETTLED_ANEW)
    found: datetime | None = connection.scalar(lifted.where(delivery.c.address_digest == address_digest, *where))
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """How many people bounced of how many the relay accepted, at one domain or (`domain` empty) in the whole mailing.

    `reasons` counts people by reason, the most frequent first.
    """

    domain: str
    people: int
    sent: int
    reasons: tuple[tuple[str, int], ...]


def read_bounced(connection: Connection, mailing_id: int, kind: str, *, with_recipients: bool) -> list[tuple[str, str]]:
    """Return domain and reason of each recipient of a mailing with a bounce of a kind (`SOFT`, `DEAD`, `OURS`).

    It reads findings first: they are few, where deliveries may be a million.
    """
    rows = (
        select(finding.c.delivery_id, func.min(finding.c.reason).label("reason"))
        .where(finding.c.kind == kind, finding.c.delivery_id.is_not(None), *_counted(with_recipients=with_recipients))
        .group_by(finding.c.delivery_id)
        .order_by(finding.c.delivery_id)
    )
    reasons = {row.delivery_id: row.reason for row in connection.execute(rows)}
    found: list[tuple[str, str]] = []
    for ids in in_parts(reasons):
        part = delivery.c.id.in_(ids)  # by its key alone, or all of the mailing would be read
        people = connection.execute(select(delivery.c.id, delivery.c.mailing_id, delivery.c.domain).where(part))
        found += [(row.domain, reasons[row.id]) for row in people if row.mailing_id == mailing_id]
    return found


def read_shares(
    connection: Connection, mailing_id: int, kind: str, *, at_least: int, with_recipients: bool
) -> list[Share]:
    """Return how many people of a mailing have a bounce of this kind, as a whole and by domain.

    A share of fewer than `at_least` people is left out.
    """
    people = read_bounced(connection, mailing_id, kind, with_recipients=with_recipients)
    counted = Counter(domain for domain, _ in people)
    domains = [domain for domain, count in counted.most_common() if domain and count >= at_least]
    if len(people) < at_least:
        return []
    taken = (delivery.c.mailing_id == mailing_id, delivery.c.state.in_(MAY_HAVE))
    sent = {"": count_rows(connection, *taken)}
    if domains:
        sent |= count_by(connection, delivery.c.domain, *taken, delivery.c.domain.in_(domains))
    return [
        Share(domain, len(reasons), sent[domain], tuple(Counter(reasons).most_common()))
        for domain in ("", *domains)
        if (reasons := [reason for each, reason in people if domain in {"", each}])
    ]


# Contacted: when people were last mailed, over all real mailings. A test, a preview or a rehearsal does not count.
# Deliveries in doubt count as received, and so do those on the wire.

# what goes to the people on lists; "test" and "preview" go to the office itself
_REAL: Final = ("release", "follow-up", "correction")

_DIGESTS: BindParameter[Any] = bindparam("digests", expanding=True)
_WHEN = func.max(func.coalesce(delivery.c.attempted_at, delivery.c.finished_at))
_LAST = (
    select(delivery.c.address_digest, _WHEN.label("at"))
    .join(mailing, mailing.c.id == delivery.c.mailing_id)
    .where(
        delivery.c.address_digest.in_(_DIGESTS),
        delivery.c.state.in_(MAY_HAVE),
        mailing.c.kind.in_(_REAL),
        mailing.c.id != bindparam("but_for"),
    )
    .group_by(delivery.c.address_digest)
)
_OUT: Final = (DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.REJECTED)


def read_planned_fields(connection: Connection, mailing_id: int) -> Iterator[Mapping[str, str]]:
    """Yield the merge fields of everybody who got a mailing or is still to get it."""
    wanted = (delivery.c.mailing_id == mailing_id, delivery.c.state.not_in(_OUT), delivery.c.merge_row.is_not(None))
    rows = select(delivery.c.merge_row).where(*wanted).order_by(delivery.c.id)
    for merge_row in connection.scalars(rows.execution_options(yield_per=500)):
        yield json.loads(merge_row)


def last_mailed(
    connection: Connection, digests: Sequence[bytes], *, but_for: int | None = None
) -> dict[bytes, datetime]:
    """Return when each of these people was last mailed, as far as the relay accepted it or may have; others are absent.

    `digests` are `tokens.address_digest`; `but_for` is the id of a mailing that does not count: the one that is being
    continued.
    """
    found: dict[bytes, datetime] = {}
    for part in in_parts(digests):
        values = {"digests": part, "but_for": -1 if but_for is None else but_for}
        found.update((row.address_digest, row.at) for row in connection.execute(_LAST, values) if row.at is not None)
    return found


# Notices: who was sent the privacy notice (how the office handles their data), and when.

_WITH_NOTICE: Final = (
    delivery.c.carries_notice.is_(True),
    delivery.c.state == DeliveryState.ACCEPTED,
    mailing.c.kind.not_in(NOT_REAL),
)


def notified_people(connection: Connection, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return which of a batch of people (`tokens.address_digest`) were sent the notice."""
    notified = select(delivery.c.address_digest).join(mailing, mailing.c.id == delivery.c.mailing_id)
    return frozenset(connection.scalars(notified.where(delivery.c.address_digest.in_(digests), *_WITH_NOTICE)))


def read_notice_sent_at(connection: Connection, address_digest: bytes) -> datetime | None:
    """Return when a person was first sent the notice; None if never."""
    first = select(func.min(delivery.c.finished_at)).join(mailing, mailing.c.id == delivery.c.mailing_id)
    found: datetime | None = connection.scalar(first.where(delivery.c.address_digest == address_digest, *_WITH_NOTICE))
    return found


# Evidence: all that the ledger has of a mailing, for `mailer proof`. Rows come as columns by name, the form in which
# they are written out; a page of 500 recipients at a time, so that a mailing to a million needs no more memory than one
# to a thousand. An erased recipient has no address and no merge row; the digest stays.

_AT_ONCE: Final = 500
_STEPS = select(
    *(event.c.at, event.c.kind, event.c.actor.label("by"), event.c.code, event.c.enhanced, event.c.reason),
    func.coalesce(event_text.c.text, "").label("text"),
).outerjoin(event_text, event_text.c.event_id == event.c.id)
_RETURNED = (
    select(inbound.c.read_at, finding.c.kind, finding.c.status, finding.c.reason, finding_text.c.diagnostic)
    .add_columns(finding.c.matched_by, finding.c.delivery_id)
    .join(inbound, inbound.c.id == finding.c.inbound_id)
    .outerjoin(finding_text, finding_text.c.finding_id == finding.c.id)
    .where(finding.c.unmatched == "")
)
_AGAINST = select(
    *(suppression.c.address_digest, suppression.c.reason, suppression.c.scope),
    *(suppression.c.created_at.label("since"), suppression.c.lifted_at),
)
_RECIPIENTS = select(
    *(delivery.c.address, delivery.c.address_digest.label("digest"), delivery.c.token_id.label("delivery")),
    *(delivery.c[name] for name in ("state", "reason", "code", "enhanced", "relay", "attempts", "attempted_at")),
    *(delivery.c[name] for name in ("finished_at", "next_attempt_at", "expires_at", "message_id")),
    *(delivery.c.content_hash.label("content_sha256"), delivery.c.size, edition.c.number.label("edition")),
    *(delivery.c.list_name.label("list"), delivery.c.row, delivery.c.id, delivery.c.edition_id, delivery.c.merge_row),
).join(edition, edition.c.id == delivery.c.edition_id)


def read_recipients(connection: Connection, mailing_id: int) -> Iterator[dict[str, Any]]:
    """Yield every delivery of a mailing in the order of planning.

    In addition to its columns each has `history` (all its events), `returned` (what came back about it) and
    `suppressions` (all of the person, active or lifted).
    """
    last = 0
    page = _RECIPIENTS.where(delivery.c.mailing_id == mailing_id).order_by(delivery.c.id).limit(_AT_ONCE)
    while rows := connection.execute(page.where(delivery.c.id > last)).mappings().all():
        last = rows[-1]["id"]
        ids, digests = [row["id"] for row in rows], [row["digest"] for row in rows]
        steps = _STEPS.add_columns(event.c.delivery_id).where(event.c.delivery_id.in_(ids)).order_by(event.c.id)
        history = _grouped(connection, steps, "delivery_id")
        returned = _RETURNED.where(finding.c.delivery_id.in_(ids)).order_by(finding.c.id)
        came_back = _grouped(connection, returned, "delivery_id")
        against = _AGAINST.where(suppression.c.address_digest.in_(digests)).order_by(suppression.c.id)
        suppressions = _grouped(connection, against, "address_digest")
        for row in rows:
            more = {"history": history[row["id"]], "returned": came_back[row["id"]]}
            yield {**row, **more, "suppressions": suppressions[row["digest"]]}


def _grouped(connection: Connection, wanted: Select[Any], by: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(wanted).mappings():
        found[row[by]].append({name: value for name, value in row.items() if name != by})
    return found


def read_steps(connection: Connection, mailing_id: int) -> list[dict[str, Any]]:
    """Return the events of a mailing as a whole, with each change of the approval policy of this office."""
    whole = and_(event.c.mailing_id == mailing_id, event.c.delivery_id.is_(None))
    policy = and_(event.c.mailing_id.is_(None), event.c.kind == "policy")
    return [dict(row) for row in connection.execute(_STEPS.where(or_(whole, policy)).order_by(event.c.id)).mappings()]


def read_editions(connection: Connection, mailing_id: int) -> list[dict[str, Any]]:
    """Return the editions of a mailing's text, in order: id, number, time, author and reason."""
    columns = (edition.c.id, edition.c.number, edition.c.created_at, edition.c.actor.label("by"), edition.c.reason)
    # an abandoned edition has a negative number
    wanted = select(*columns).where(edition.c.mailing_id == mailing_id, edition.c.number > 0)
    return [dict(row) for row in connection.execute(wanted.order_by(edition.c.number)).mappings()]


def read_origin(connection: Connection, mailing_id: int) -> tuple[str, datetime | None]:
    """Return who made a mailing (`user@host`), and the time of its newest event."""
    newest = select(func.max(event.c.at)).where(event.c.mailing_id == mailing_id)
    by = connection.execute(select(mailing.c.actor).where(mailing.c.id == mailing_id)).scalar_one()
    return by, connection.scalar(newest)
