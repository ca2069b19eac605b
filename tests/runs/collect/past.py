"""An office with a past: mails that went out on given days, and what came back, on a real ledger.

What a classifier makes of bytes is not the matter here: each message is given with its report, as a relay's event is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mailer.bounces.values import Action, Kind, Notice, Report, ReportedRecipient, Suppress
from mailer.config.memory import Memory
from mailer.events import EventKind, MailingKind, MailingState
from mailer.inbox.values import RawMessage
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, allow_attempts, record
from mailer.ledger.mailings import Mailing, Stamp, require_mailing, set_state
from mailer.ledger.processes import ProcessLock, renew
from mailer.ledger.suppressions import Suppression, find_suppression
from mailer.ledger.tables import delivery, event, finding
from mailer.runs.collect.taking import Collected, take_in
from mailer.runs.office import Office
from mailer.settings import Bounces, Settings
from mailer.tokens import Purpose, delivery_id, make_token
from mailer.workspace import Workspace
from tests.ledger.rows import KEYS, claimed, digest, open_mailing, plan

DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADA, BO, CY = "ada@a.example.com", "bo@b.example.com", "cy@c.example.com"
WITH_TOKENS = Bounces(address="bounces@example.org")
_numbers = itertools.count()


@dataclass
class Past:
    """The office, its clock and its ledger."""

    office: Office
    ledger: Ledger
    lock: ProcessLock
    mailings: dict[str, Mailing] = field(default_factory=dict)

    def at(self, days: float) -> datetime:
        """Set the clock to so many days after the start; return the time."""
        now = START + days * DAY
        self.office = replace(self.office, clock=lambda: now)
        return now

    def setting(self, **changes: Any) -> None:
        """Change settings of [bounces]."""
        bounces = self.office.settings.bounces.replace(**changes)
        self.office = replace(self.office, settings=self.office.settings.replace(bounces=bounces))

    def mail(
        self,
        slug: str,
        people: Iterable[str],
        *,
        kind: EventKind = EventKind.ACCEPTED,
        of: MailingKind = MailingKind.RELEASE,
        reason: str = "",
    ) -> Mailing:
        """Send a mailing to people now; the relay accepts all of it, or answers with `kind`. It stays in SENDING."""
        stamp, addresses = self.office.stamp(), list(people)
        with self.ledger.writing() as connection:
            renew(connection, self.lock.owner, now=stamp.at)
            mailing = open_mailing(connection, slug, kind=of)
            plan(connection, mailing, addresses)
            rows = claimed(connection, mailing, self.lock.owner, limit=len(addresses))
            allow_attempts(connection, [row.id for row in rows], self.lock.owner, stamp=stamp)
            code = 250 if kind is EventKind.ACCEPTED else 550
            results = [Result(row.id, kind, stamp.at, reason=reason, code=code) for row in rows]
            record(connection, results, owner=self.lock.owner, stamp=stamp)
        self.mailings[slug] = mailing
        return mailing

    def finish(self, slug: str) -> None:
        with self.ledger.writing() as connection:
            set_state(connection, self.mailings[slug].id, MailingState.FINISHED, stamp=self.office.stamp())

    def token(self, slug: str, address: str, purpose: Purpose = Purpose.BOUNCE) -> str:
        """Return the token in the mail to an address."""
        return make_token(KEYS, purpose, delivery_id(KEYS, self.mailings[slug].full_name, address))

    def message_id(self, slug: str, address: str) -> str:
        return f"<{address}.{self.mailings[slug].full_name}>"

    def take(self, *reports: Report, data: bytes = b"") -> Collected:
        """Record messages, each with its report."""
        collected = Collected()
        for report in reports:
            raw = RawMessage(f"test/{next(_numbers)}", data or f"message {next(_numbers)}".encode())
            with self.ledger.writing() as connection:
                take_in(connection, self.office, raw, collected, report=report)
        return collected

    def bounce(self, slug: str, address: str, reason: str = "userunknown") -> Collected:
        """Record a bounce for a reason, at the address with our token."""
        return self.take(bounce(address, reason, tokens=(self.token(slug, address),)))

    def suppression(self, address: str) -> Suppression | None:
        with self.ledger.reading() as connection:
            return find_suppression(connection, digest(address))

    def state(self, slug: str) -> Mailing:
        with self.ledger.reading() as connection:
            return require_mailing(connection, self.mailings[slug].full_name)

    def events(self, address: str) -> list[str]:
        """Return what came back about a person, as kinds of events."""
        came = {"attempted", "accepted", "rejected", "claimed", "planned", "suppressed", "lifted"}
        rows = (
            select(event.c.kind)
            .join(delivery, delivery.c.id == event.c.delivery_id)
            .where(delivery.c.address_digest == digest(address), event.c.kind.not_in(came))
            .order_by(event.c.id)
        )
        with self.ledger.reading() as connection:
            return list(connection.execute(rows).scalars())

    def findings(self) -> list[tuple[str, str, str]]:
        """Return all findings: kind, how it was matched, and why it was not."""
        rows = select(finding.c.kind, finding.c.matched_by, finding.c.unmatched).order_by(finding.c.id)
        with self.ledger.reading() as connection:
            return [(row.kind, row.matched_by, row.unmatched) for row in connection.execute(rows)]


_REASONS = {
    "userunknown": ("5.1.1", Suppress.NOW),
    "mailboxfull": ("5.2.2", Suppress.COUNT),
    "expired": ("4.4.7", Suppress.COUNT),
    "blocked": ("5.7.1", Suppress.NEVER),
    "spamdetected": ("5.7.1", Suppress.NEVER),
}


def reported(address: str, reason: str, **more: Any) -> ReportedRecipient:
    status, suppress = _REASONS[reason]
    given: dict[str, Any] = {
        "action": Action.FAILED,
        "status": status,
        "suppress": suppress,
        "permanent": status[0] == "5",
    } | more
    return ReportedRecipient(address=address, reason=reason, diagnostic=f"said {reason}", **given)


def bounce(address: str, reason: str = "userunknown", **more: Any) -> Report:
    return Report(kind=Kind.BOUNCE, rule="test", recipients=(reported(address, reason),), **more)


def reply(kind: Kind, sender: str, **more: Any) -> Report:
    """Return an automatic or a human reply."""
    return Report(kind=kind, rule="test", from_address=sender, subject="Re: Seals", **more)


def notice(**what: Any) -> Notice:
    return Notice(**what)


def make_office(ledger: Ledger, root: Path) -> Office:
    stamp = Stamp(START, "ada@desk")
    settings = Settings(bounces=WITH_TOKENS)
    return Office(Workspace(root), settings, ledger, KEYS, stamp.actor, lambda: START, Memory(None))
