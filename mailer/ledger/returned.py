"""Returned: what came back, as it is read again: by person, reason, domain and mailing, and the message itself.

Owns the questions behind `bounces list`, `bounces show` and what `report` tells of people who answered; what of it
has waited for too long; and how often mail to somebody failed, for which reason. All is answered anew each time:
nothing is stored twice, so nothing can disagree. Never decides what a message means or what follows, never changes a
row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from mailer.events import DeliveryState, EventKind
from mailer.ledger.returns import NOT_REAL, unpacked
from mailer.ledger.suppressions import SETTLED_ANEW, is_suppressed
from mailer.ledger.tables import (
    AnyRow,
    count_rows,
    delivery,
    event,
    finding,
    finding_text,
    in_parts,
    inbound,
    inbound_raw,
    inbound_text,
    inbox_cursor,
    mailing,
    mailing_name,
    value_of,
)

_HEARD = (
    *(EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT, EventKind.COMPLAINED, EventKind.OPTED_OUT),
    *(EventKind.AUTO_REPLIED, EventKind.MOVED, EventKind.CHALLENGED, EventKind.REPLIED),
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
    sender: str = ""  # of a letter that they wrote in answer
    subject: str = ""


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


_FINDINGS = (
    select(finding, finding_text.c.address.label("said_address"), finding_text.c.diagnostic)
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
    """Return what came back, the newest first, one after the other."""
    where = [finding.c.unmatched != "", finding.c.settled_at.is_(None)] if wanted.unmatched else []
    if not wanted.unmatched:
        where.append(finding.c.unmatched == "")
    if wanted.mailing_id is not None:
        where.append(delivery.c.mailing_id == wanted.mailing_id)
    if wanted.reason:
        where.append(finding.c.reason == wanted.reason)
    if wanted.domain:
        where.append(delivery.c.domain == wanted.domain)
    rows = _FINDINGS.where(*where).order_by(finding.c.id.desc())
    return (_returned(row) for row in connection.execute(rows.execution_options(yield_per=500)))


def read_returned_of(connection: Connection, address_digest: bytes) -> Iterator[Returned]:
    """Return what came back about a person, in the order in which it came."""
    rows = _FINDINGS.where(delivery.c.address_digest == address_digest).order_by(finding.c.id)
    return (_returned(row) for row in connection.execute(rows))


def find_message(connection: Connection, finding_id: int) -> Message | None:
    """Return the message that a finding was read from, with all that was found in it; None where there is none."""
    inbound_id = connection.scalar(select(finding.c.inbound_id).where(finding.c.id == finding_id))
    return next(read_messages(connection, [inbound_id]), None)


def read_messages(connection: Connection, ids: Iterable[int | None]) -> Iterator[Message]:
    """Yield messages by their numbers, in the order in which they were read, each with all that was found in it."""
    messages = (
        select(inbound, inbound_text.c.sender, inbound_text.c.subject, inbound_raw.c.data)
        .outerjoin(inbound_text, inbound_text.c.inbound_id == inbound.c.id)
        .outerjoin(inbound_raw, inbound_raw.c.inbound_id == inbound.c.id)
        .where(inbound.c.id.in_(ids))
        .order_by(inbound.c.id)
    )
    for row in connection.execute(messages):
        found = connection.execute(_FINDINGS.where(finding.c.inbound_id == row.id).order_by(finding.c.id))
        yield value_of(Message, row, data=unpacked(row.data), findings=tuple(_returned(each) for each in found))


def _returned(row: AnyRow) -> Returned:
    """Build a finding of a row; what is tied to a person is shown as theirs, whatever it claims."""
    return value_of(
        Returned,
        row,
        address=row.sent_to or row.said_address,
        domain=row.domain or row.said_address.rpartition("@")[2].lower(),
        is_suppressed=bool(row.is_suppressed),
    )


def read_answers(connection: Connection, mailing_id: int) -> list[Returned]:
    """Return what people answered to a mailing, in the order in which it was read."""
    letters = (delivery.c.mailing_id == mailing_id, finding.c.kind == "reply", inbound_text.c.sender.is_not(None))
    return [_returned(row) for row in connection.execute(_FINDINGS.where(*letters).order_by(finding.c.id))]


def read_unheard(connection: Connection, mailing_id: int) -> list[str]:
    """Return the addresses that the relay took mail for, and about which nothing has come back (empty: forgotten)."""
    heard = select(event.c.delivery_id).where(event.c.mailing_id == mailing_id, event.c.kind.in_(_HEARD))
    taken = (delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.ACCEPTED)
    rows = select(delivery.c.address).where(*taken, delivery.c.id.not_in(heard)).order_by(delivery.c.id)
    return [address or "" for address in connection.scalars(rows)]


# Overdue: opt-outs that nobody has honoured yet although they came long ago (standards L3, P5): those that could be
# tied to nobody and wait for staff, and mailboxes that cannot be read, so that nobody knows what lies in them. What
# only waits to be confirmed is honoured already.

WITHIN: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Unread:
    """A mailbox that cannot be read, since when, and what was said."""

    name: str
    failed_since: datetime
    failure: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """What has waited for longer than 48 hours; it is false where there is nothing."""

    opt_outs: tuple[Returned, ...] = ()  # that could be tied to nobody
    mailboxes: tuple[Unread, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is overdue."""
        return bool(self.opt_outs or self.mailboxes)


def find_overdue(connection: Connection, now: datetime, *, mailboxes: Mapping[str, str]) -> Overdue:
    """Find what has waited for longer than 48 hours.

    `mailboxes` are those that are read, by `settings.Inbox.cursor_name`, each with its name for people: one that
    mailer.toml names no more is nobody's worry.
    """
    before = now - WITHIN
    is_left = (
        finding.c.kind == "optout",
        finding.c.unmatched.not_in(("", "of-a-test")),
        finding.c.settled_at.is_(None),
    )
    waiting = _FINDINGS.where(*is_left, inbound.c.read_at < before).order_by(finding.c.id)
    read = inbox_cursor.c.name.in_(mailboxes)
    failing = select(inbox_cursor).where(inbox_cursor.c.failed_since < before, read).order_by(inbox_cursor.c.name)
    return Overdue(
        tuple(_returned(row) for row in connection.execute(waiting)),
        tuple(value_of(Unread, row, name=mailboxes[row.name]) for row in connection.execute(failing)),
    )


# Softness: how often in a row mail to somebody failed for now, and how many of a mailing bounced for which reason. A
# finding counts as `runs.collect` judged it when it came; what was matched by its recipient alone although our mail
# asked for a token is not counted, since anybody can write it.

SOFT, DEAD, OURS, NOTHING = "bounce-soft", "bounce-dead", "bounce-ours", "bounce"
_BOUNCES: Final = (DEAD, SOFT, OURS, NOTHING)  # the worst first
_AT_MOST: Final = 60  # mailings back; nobody's row is longer and still undecided
_SENT: Final = (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.ATTEMPTED)
BY_RECIPIENT: Final = "recipient"


@dataclass(frozen=True, slots=True)
class Tried:
    """A mail that went to somebody, and how it came back: a finding's kind, the worst of several, or empty.

    `is_accepted` is False where nobody knows whether the relay took it.
    """

    at: datetime
    is_accepted: bool = True
    came_back: str = ""
    reason: str = ""


def read_tried(
    connection: Connection, address_digest: bytes, *, with_recipients: bool, since: datetime | None = None
) -> list[Tried]:
    """Return the real mails that the relay took for a person, the newest first.

    `with_recipients`: findings that were matched by their recipient alone count too. `since` leaves out what went
    before: staff have lifted what followed from it.
    """
    wanted = [
        delivery.c.address_digest == address_digest,
        delivery.c.state.in_(_SENT),
        delivery.c.attempted_at.is_not(None),
        mailing.c.kind.not_in(NOT_REAL),
    ]
    if since is not None:
        wanted.append(delivery.c.attempted_at > since)
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


def _counted(*, with_recipients: bool) -> Iterator[ColumnElement[bool]]:
    """Yield what makes a finding count: what was matched by its recipient alone, anybody can write."""
    yield finding.c.unmatched == ""
    if not with_recipients:
        yield finding.c.matched_by != BY_RECIPIENT


def read_lifted_at(connection: Connection, address_digest: bytes) -> datetime | None:
    """Return when staff last lifted what had come back about somebody; None where they never did.

    What went out before that is settled: an old bounce that is read late, or once more, brings nothing back. Asked of
    the events, which are found by the person's deliveries: a million suppressions that are over have no index.
    """
    lifted = select(func.max(event.c.at)).join(delivery, delivery.c.id == event.c.delivery_id)
    where = (event.c.kind == EventKind.LIFTED, event.c.reason != SETTLED_ANEW)
    found: datetime | None = connection.scalar(lifted.where(delivery.c.address_digest == address_digest, *where))
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """How many people bounced of how many whom the relay took, at one domain or (`domain` empty) in the whole mailing.

    `reasons` counts people by reason, the most frequent first.
    """

    domain: str
    people: int
    sent: int
    reasons: tuple[tuple[str, int], ...]


def read_bounced(connection: Connection, mailing_id: int, kind: str, *, with_recipients: bool) -> list[tuple[str, str]]:
    """Return domain and reason of everybody in a mailing who bounced in a way (`SOFT`, `DEAD`, `OURS`), each once.

    Findings first: they are few where deliveries are a million.
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
        part = delivery.c.id.in_(ids)  # by its key alone, or the mailing would be read whole
        people = connection.execute(select(delivery.c.id, delivery.c.mailing_id, delivery.c.domain).where(part))
        found += [(row.domain, reasons[row.id]) for row in people if row.mailing_id == mailing_id]
    return found


def read_shares(
    connection: Connection, mailing_id: int, kind: str, *, at_least: int, with_recipients: bool
) -> list[Share]:
    """Return how many people of a mailing bounced in a way, as a whole and by domain.

    A share of fewer than `at_least` people is left out.
    """
    people = read_bounced(connection, mailing_id, kind, with_recipients=with_recipients)
    counted = Counter(domain for domain, _ in people)
    domains = [domain for domain, count in counted.most_common() if domain and count >= at_least]
    if len(people) < at_least:
        return []
    taken = (delivery.c.mailing_id == mailing_id, delivery.c.state.in_(_SENT))
    sent = {"": count_rows(connection, *taken)}
    if domains:
        by_domain = select(delivery.c.domain, func.count()).where(*taken, delivery.c.domain.in_(domains))
        sent.update((row[0], row[1]) for row in connection.execute(by_domain.group_by(delivery.c.domain)))
    return [
        Share(domain, len(reasons), sent[domain], tuple(Counter(reasons).most_common()))
        for domain in ("", *domains)
        if (reasons := [reason for each, reason in people if domain in {"", each}])
    ]
