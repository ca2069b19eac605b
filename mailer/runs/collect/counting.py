"""Counting: when an address that only fails for now is given up.

Owns what a row of failures is (standards B7). Mailings are counted, at most one a day, from the newest back to the last
success: a mail that the relay took and from which nothing came back. While a mail is young its bounce may still be on
its way, so the newest ones prove nothing until `quiet_days` are over; one between two failures has had its time. What
bounced for a fault of ours, or for a reason that nobody can tell, neither counts nor is a success.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.ledger import Connection
from mailer.ledger.softness import SOFT, Tried, read_lifted_at, read_tried
from mailer.settings.returns import Bounces


@dataclass(frozen=True, slots=True)
class SoftRow:
    """So many mailings in a row, on different days, failed for now: since when, over how long, and why."""

    mailings: int = 0
    since: datetime | None = None
    lasts: timedelta = timedelta()
    reasons: tuple[str, ...] = ()

    def is_enough(self, bounces: Bounces) -> bool:
        """Return whether the address is given up now."""
        return self.mailings >= bounces.soft_mailings and self.lasts >= timedelta(days=bounces.soft_days)


def count_row(tried: Sequence[Tried], bounces: Bounces, *, now: datetime) -> SoftRow:
    """Count the row of failures of a person, of their mails with the newest first."""
    counted = list(_in_a_row(tried, now - timedelta(days=bounces.quiet_days)))
    if not counted:
        return SoftRow()
    days = {each.at.date() for each in counted}
    reasons = Counter(each.reason for each in counted if each.reason)
    lasts = counted[0].at - counted[-1].at
    return SoftRow(len(days), counted[-1].at, lasts, tuple(reason for reason, _ in reasons.most_common()))


def _in_a_row(tried: Iterable[Tried], quiet_before: datetime) -> Iterable[Tried]:
    failed = False
    for each in tried:
        if each.came_back == SOFT:
            failed = True
            yield each
        elif not each.came_back and each.is_accepted and (failed or each.at <= quiet_before):
            return


def read_row(
    connection: Connection, address_digest: bytes, bounces: Bounces, *, now: datetime, with_recipients: bool
) -> SoftRow:
    """Count the row of failures of a person; what staff have lifted is forgiven."""
    since = read_lifted_at(connection, address_digest)
    tried = read_tried(connection, address_digest, with_recipients=with_recipients, since=since)
    return count_row(tried, bounces, now=now)


def say_row(row: SoftRow, bounces: Bounces) -> str:
    """Return how a row stands, for `why`; empty where there is none."""
    if not row.mailings or row.since is None:
        return ""
    many = f"{row.mailings} mailing{'' if row.mailings == 1 else 's in a row'}"
    why = f" ({', '.join(row.reasons)})" if row.reasons else ""
    days = f"{bounces.soft_days:g} days"
    limit = f"{bounces.soft_mailings} in a row over {days} or more suppress the address"
    return f"failed for now in {many} since {row.since:%Y-%m-%d}{why}; {limit}"


def note_of(row: SoftRow) -> str:
    """Return the note that a suppression keeps."""
    why = f": {', '.join(row.reasons)}" if row.reasons else ""
    return f"failed in {row.mailings} mailings in a row since {row.since:%Y-%m-%d}{why}"
