"""Retention: what the ledger has kept longer than the office wants to.

Owns finding what is older than two dates, and emptying it: mail that came back, and after a longer time who is behind
the figures of past mailings. Figures, events, digests and suppressions stay: books balance, and whoever opted out stays
out. What is still open in a mailing is never old.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, or_, select, update

from mailer.events import DeliveryState, EventKind
from mailer.ledger.connection import overwrite_erased
from mailer.ledger.mailings import Stamp
from mailer.ledger.tables import (
    absence,
    delivery,
    event,
    event_text,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    mailing,
    proposal,
    proposal_text,
)

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
    """What is older than it is to be kept: mail that came back, names in the log, servers' answers, reports' words.

    `letters` are senders and subjects of answers, `absences` those that are over, `proposals` what replies proposed.
    """

    raw: Kept = Kept()
    letters: Kept = Kept()
    absences: Kept = Kept()
    proposals: Kept = Kept()
    names: Kept = Kept()
    answers: Kept = Kept()
    reports: Kept = Kept()

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing is."""
        ours = (self.raw, self.letters, self.absences, self.proposals, self.names, self.answers, self.reports)
        return not any(each.count for each in ours)


def find_outdated(connection: Connection, *, raw_before: datetime | None, log_before: datetime | None) -> Outdated:
    """Count what is older than these times; None keeps that kind."""
    found = Outdated() if raw_before is None else _outdated_mail(connection, raw_before)
    return found if log_before is None else _with_outdated_log(connection, found, log_before)


def _outdated_mail(connection: Connection, before: datetime) -> Outdated:
    raw = select(func.count(), func.min(inbound.c.read_at)).select_from(
        inbound_raw.join(inbound, inbound.c.id == inbound_raw.c.inbound_id)
    )
    letters = select(func.count(), func.min(inbound.c.read_at)).select_from(
        inbound_text.join(inbound, inbound.c.id == inbound_text.c.inbound_id)
    )
    absences = select(func.count(), func.min(absence.c.until)).select_from(absence)
    return Outdated(
        raw=_kept(connection, raw.where(inbound.c.read_at < before)),
        letters=_kept(connection, letters.where(inbound.c.read_at < before)),
        absences=_kept(connection, absences.where(absence.c.until < before)),
    )


def _with_outdated_log(connection: Connection, found: Outdated, before: datetime) -> Outdated:
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
    proposals = select(func.count(), func.min(proposal.c.created_at)).select_from(
        proposal_text.join(proposal, proposal.c.id == proposal_text.c.proposal_id)
    )
    return replace(
        found,
        names=_kept(connection, names.where(*_old_names(before))),
        answers=_kept(connection, answers.where(event.c.at < before)),
        reports=_kept(connection, reports.where(inbound.c.read_at < before, _SAYS)),
        proposals=_kept(connection, proposals.where(proposal.c.created_at < before)),
    )


def purge_outdated(
    connection: Connection, *, raw_before: datetime | None, log_before: datetime | None, stamp: Stamp
) -> Outdated:
    """Empty what `find_outdated` counts, with one event; return what it was."""
    overwrite_erased(connection)
    found = find_outdated(connection, raw_before=raw_before, log_before=log_before)
    if raw_before:
        old = select(inbound.c.id).where(inbound.c.read_at < raw_before)
        for each in (inbound_raw, inbound_text):
            connection.execute(delete(each).where(each.c.inbound_id.in_(old)))
        connection.execute(delete(absence).where(absence.c.until < raw_before))
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
        update(finding_text).where(finding_text.c.finding_id.in_(told)).values(address="", diagnostic="", note="")
    )
    asked = select(proposal.c.id).where(proposal.c.created_at < before)
    connection.execute(delete(proposal_text).where(proposal_text.c.proposal_id.in_(asked)))


_WHEN = func.coalesce(delivery.c.finished_at, delivery.c.attempted_at, mailing.c.created_at)
_SAYS = or_(*(finding_text.c[name] != "" for name in ("address", "diagnostic", "note")))


def _old_names(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        before > _WHEN,
        delivery.c.state.in_([state.value for state in _OVER]),
        or_(delivery.c.address.is_not(None), delivery.c.merge_row.is_not(None)),
    )


def _kept(connection: Connection, counted: Select[int, datetime | None]) -> Kept:
    count, oldest = connection.execute(counted).one()
    return Kept(count, oldest)
