"""Overdue: the alarm about opt-outs that nobody has honoured within 48 hours, as JSON (standards P5).

Owns which mailboxes are asked about, and the shape; what waits, the ledger knows. `status`, `report` and `doctor` show
it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailer.ledger import Connection
from mailer.ledger.overdue import Overdue, find_overdue
from mailer.settings import Settings


def find_waiting(connection: Connection, settings: Settings, now: datetime) -> Overdue:
    """Find what waits for longer than 48 hours, in the mailboxes that mailer.toml names."""
    read = {each.cursor_name: key for key, each in settings.inbox.items() if each.holds == "returns"}
    return find_overdue(connection, now, mailboxes=read)


def overdue_document(connection: Connection, settings: Settings, now: datetime) -> dict[str, Any]:
    """Return what is overdue: opt-outs that could be tied to nobody, and mailboxes that cannot be read."""
    found = find_waiting(connection, settings, now)
    return {
        "opt_outs": [
            {
                "id": each.id,
                "from": each.address or None,
                "unmatched": each.unmatched,
                "read_at": each.read_at.isoformat(timespec="seconds"),
            }
            for each in found.opt_outs
        ],
        "mailboxes": [
            {
                "name": each.name,
                "failed_since": each.failed_since.isoformat(timespec="seconds"),
                "failure": each.failure,
            }
            for each in found.mailboxes
        ],
    }
