"""Softness: how often in a row mail to somebody failed for now, and how many of a mailing bounced for which reason.

Owns two questions that are answered anew from findings and deliveries each time: nothing is stored twice, so nothing
can disagree. A finding counts as `runs.collect` judged it when it came; what was matched by its recipient alone
although our mail asked for a token is not counted, since anybody can write it. Never decides what follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from mailer.events import DeliveryState, EventKind
from mailer.ledger.returns import NOT_REAL
from mailer.ledger.suppressions import SETTLED_ANEW
from mailer.ledger.tables import delivery, event, finding, mailing

SOFT, DEAD, OURS, NOTHING = "bounce-soft", "bounce-dead", "bounce-ours", "bounce"
_BOUNCES: Final = (SOFT, DEAD, OURS, NOTHING)
_AT_ONCE: Final = 500
_AT_MOST: Final = 60  # mailings back; nobody's row is longer and still undecided
_SENT: Final = tuple(s.value for s in (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.ATTEMPTED))
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
    back = _came_back(connection, [row.id for row in sent], with_recipients=with_recipients)
    return [Tried(row.attempted_at, row.state == DeliveryState.ACCEPTED, *back.get(row.id, ("", ""))) for row in sent]


def _came_back(connection: Connection, ids: Sequence[int], *, with_recipients: bool) -> dict[int, tuple[str, str]]:
    """Return the finding that decides about each delivery, with its reason: dead before soft before the rest."""
    wanted = [finding.c.delivery_id.in_(ids), finding.c.kind.in_(_BOUNCES), *_counted(with_recipients=with_recipients)]
    rows = select(finding.c.delivery_id, finding.c.kind, finding.c.reason).where(*wanted).order_by(finding.c.id)
    order = (DEAD, SOFT, OURS, NOTHING)
    found: dict[int, tuple[str, str]] = {}
    for row in connection.execute(rows):
        known = found.get(row.delivery_id)
        if known is None or order.index(row.kind) < order.index(known[0]):
            found[row.delivery_id] = (row.kind, row.reason)
    return found


def _counted(*, with_recipients: bool) -> Iterator[ColumnElement[bool]]:
    yield finding.c.unmatched == ""
    if not with_recipients:
        yield finding.c.matched_by != BY_RECIPIENT


def read_lifted_at(connection: Connection, address_digest: bytes) -> datetime | None:
    """Return when staff last lifted what had come back about somebody; None where they never did.

    What went out before that is settled: an old bounce that is read late, or once more, brings nothing back. Asked of
    the events, which are found by the person's deliveries: a million suppressions that are over have no index.
    """
    lifted = select(func.max(event.c.at)).join(delivery, delivery.c.id == event.c.delivery_id)
    where = (
        delivery.c.address_digest == address_digest,
        event.c.kind == EventKind.LIFTED.value,
        event.c.reason != SETTLED_ANEW,
    )
    found: datetime | None = connection.execute(lifted.where(*where)).scalar()
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
    ids, found = list(reasons), list[tuple[str, str]]()
    for start in range(0, len(ids), _AT_ONCE):
        part = delivery.c.id.in_(ids[start : start + _AT_ONCE])  # by its key alone, or the mailing would be read whole
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
    by_domain = Counter(domain for domain, _ in people)
    domains = [domain for domain, count in by_domain.most_common() if domain and count >= at_least]
    if len(people) < at_least:
        return []
    sent = _sent_to(connection, mailing_id, domains)
    return [
        Share(domain, len(reasons), sent[domain], tuple(Counter(reasons).most_common()))
        for domain in ("", *domains)
        if (reasons := [reason for each, reason in people if domain in {"", each}])
    ]


def _sent_to(connection: Connection, mailing_id: int, domains: Sequence[str]) -> dict[str, int]:
    """Count whom the relay took, in all (under the empty name) and at each of these domains."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.state.in_(_SENT))
    counted = select(func.count()).select_from(delivery).where(*where)
    found = {"": connection.execute(counted).scalar_one()}
    if not domains:
        return found
    by_domain = select(delivery.c.domain, func.count().label("sent")).where(*where, delivery.c.domain.in_(domains))
    found.update((row.domain, row.sent) for row in connection.execute(by_domain.group_by(delivery.c.domain)))
    return found
