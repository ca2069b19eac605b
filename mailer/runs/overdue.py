"""Overdue: the alarm about opt-outs that nobody has honoured within 48 hours, as JSON (standards P5).

Owns the shape alone; which they are, the ledger knows. `status`, `report` and `doctor` show it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailer.ledger import Connection
from mailer.ledger.overdue import find_overdue


def overdue_document(connection: Connection, now: datetime) -> dict[str, Any]:
    """Give what is overdue: opt-outs that could be tied to nobody, and mailboxes that cannot be read."""
    found = find_overdue(connection, now)
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
