"""Overdue: opt-outs that nobody has honoured yet although they came long ago.

Owns one question (standards L3, P5): which opt-outs could be tied to nobody and wait for staff, and which mailboxes
cannot be read, so that nobody knows what lies in them. What only waits to be confirmed is honoured already. Never
changes a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from mailer.ledger.tables import finding, finding_text, inbound, inbox_cursor

WITHIN: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An opt-out that could be tied to nobody: the number of the finding, who wrote (empty: forgotten), why, since."""

    id: int
    address: str
    unmatched: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """A mailbox that cannot be read, since when, and what was said."""

    name: str
    failed_since: datetime
    failure: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """What has waited for longer than 48 hours; it is false where there is nothing."""

    opt_outs: tuple[Unsettled, ...] = ()
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
    waiting = (
        select(finding.c.id, finding_text.c.address, finding.c.unmatched, inbound.c.read_at)
        .join(inbound, inbound.c.id == finding.c.inbound_id)
        .outerjoin(finding_text, finding_text.c.finding_id == finding.c.id)
        .where(
            finding.c.kind == "optout",
            finding.c.unmatched.not_in(("", "of-a-test")),
            finding.c.settled_at.is_(None),
            inbound.c.read_at < before,
        )
        .order_by(finding.c.id)
    )
    read = inbox_cursor.c.name.in_(mailboxes)
    failing = select(inbox_cursor).where(inbox_cursor.c.failed_since < before, read).order_by(inbox_cursor.c.name)
    return Overdue(
        tuple(Unsettled(row.id, row.address or "", row.unmatched, row.read_at) for row in connection.execute(waiting)),
        tuple(Unread(mailboxes[row.name], row.failed_since, row.failure) for row in connection.execute(failing)),
    )
