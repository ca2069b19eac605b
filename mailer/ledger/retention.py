"""Retention: what the ledger has kept longer than the office wants to.

Owns finding what is older than two dates, and emptying it: mail that came back, and after a longer time who is behind
the figures of past mailings. Figures, events, digests and suppressions stay: books balance, and whoever opted out stays
out. What is still open in a mailing is never old.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, or_, select, update

from mailer.events import DeliveryState, EventKind
from mailer.ledger.connection import overwrite_erased
from mailer.ledger.mailings import Stamp
from mailer.ledger.tables import delivery, event, event_text, finding, finding_text, inbound, inbound_raw, mailing

_OVER: Final = (
    *(DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.SKIPPED, DeliveryState.CANCELLED),
    *(DeliveryState.EXPIRED, DeliveryState.IN_DOUBT),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """So many of one kind, the oldest from this time."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is older than it is to be kept: mail that came back, names in the log, servers' answers, reports' words."""

    raw: Kept = Kept()
    names: Kept = Kept()
    answers: Kept = Kept()
    reports: Kept = Kept()

    @property
    def is_nothing(self) -> bool:
        """Say whether nothing is."""
        return not any(each.count for each in (self.raw, self.names, self.answers, self.reports))


def find_outdated(connection: Connection, *, raw_before: datetime | None, log_before: datetime | None) -> Outdated:
    """Count what is older than these times; None keeps that kind."""
    raw = select(func.count(), func.min(inbound.c.read_at)).select_from(
        inbound_raw.join(inbound, inbound.c.id == inbound_raw.c.inbound_id)
    )
    names = select(func.count(), func.min(_WHEN)).select_from(
        delivery.join(mailing, mailing.c.id == delivery.c.mailing_id)
    )
    answers = select(func.count(), func.min(event.c.at)).select_from(
        event_text.join(event, event.c.id == event_text.c.event_id)
    )
    reports = select(func.count(), func.min(inbound.c.read_at)).select_from(
        finding_text.join(finding, finding.c.id == finding_text.c.finding_id).join(
            inbound, inbound.c.id == finding.c.inbound_id
        )
    )
    return Outdated(
        raw=_kept(connection, raw.where(inbound.c.read_at < raw_before) if raw_before else None),
        names=_kept(connection, names.where(*_old_names(log_before)) if log_before else None),
        answers=_kept(connection, answers.where(event.c.at < log_before) if log_before else None),
        reports=_kept(connection, reports.where(inbound.c.read_at < log_before, _SAYS) if log_before else None),
    )


def purge_outdated(
    connection: Connection, *, raw_before: datetime | None, log_before: datetime | None, stamp: Stamp
) -> Outdated:
    """Empty what `find_outdated` counts, with one event; gives what it was."""
    overwrite_erased(connection)
    found = find_outdated(connection, raw_before=raw_before, log_before=log_before)
    if raw_before and found.raw.count:
        old = select(inbound.c.id).where(inbound.c.read_at < raw_before)
        connection.execute(delete(inbound_raw).where(inbound_raw.c.inbound_id.in_(old)))
    if log_before:
        _purge_log(connection, log_before)
    if not found.is_nothing:
        values = {"kind": EventKind.PURGED.value, "at": stamp.at, "actor": stamp.actor}
        connection.execute(insert(event).values(**values))
    return found


def _purge_log(connection: Connection, before: datetime) -> None:
    old = select(delivery.c.id).join(mailing, mailing.c.id == delivery.c.mailing_id).where(*_old_names(before))
    connection.execute(update(delivery).where(delivery.c.id.in_(old)).values(address=None, merge_row=None))
    said = select(event.c.id).where(event.c.at < before)
    connection.execute(delete(event_text).where(event_text.c.event_id.in_(said)))
    told = select(finding.c.id).join(inbound, inbound.c.id == finding.c.inbound_id).where(inbound.c.read_at < before)
    connection.execute(
        update(finding_text).where(finding_text.c.finding_id.in_(told)).values(address="", diagnostic="")
    )


_WHEN = func.coalesce(delivery.c.finished_at, delivery.c.attempted_at, mailing.c.created_at)
_SAYS = or_(finding_text.c.address != "", finding_text.c.diagnostic != "")


def _old_names(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        before > _WHEN,
        delivery.c.state.in_([state.value for state in _OVER]),
        or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None)),
    )


def _kept(connection: Connection, counted: Select[int, datetime | None] | None) -> Kept:
    if counted is None:
        return Kept()
    count, oldest = connection.execute(counted).one()
    return Kept(count, oldest)
