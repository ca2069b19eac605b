"""Tables: the shape of the ledger.

Owns the SQLAlchemy tables, as the newest migration leaves them (a test compares the two). Never holds a query.
What people name (releases, lists, files, folders) is Text: PostgreSQL refuses a word that is longer than its column.

People are named by the HMAC of their address (`tokens.address_digest`); the readable address stands nullable beside
it, so that it can be forgotten while the suppression stays (standards L6).
"""

from mailer.ledger.tables.columns import AnyRow, RowId, UtcDateTime, metadata
from mailer.ledger.tables.mailings import (
    blob,
    dead_refusal,
    delivery,
    edition,
    edition_file,
    event,
    event_text,
    ledger_info,
    ledger_key,
    mailing,
    pace,
    pace_day,
    process,
    relay_limit,
    warm_up,
)
from mailer.ledger.tables.people import suppression, suppression_import
from mailer.ledger.tables.returns import (
    absence,
    finding,
    finding_text,
    inbound,
    inbound_raw,
    inbound_text,
    inbox_cursor,
    inbox_seen,
    proposal,
    proposal_text,
)

__all__ = [
    "AnyRow",
    "RowId",
    "UtcDateTime",
    "absence",
    "blob",
    "dead_refusal",
    "delivery",
    "edition",
    "edition_file",
    "event",
    "event_text",
    "finding",
    "finding_text",
    "inbound",
    "inbound_raw",
    "inbound_text",
    "inbox_cursor",
    "inbox_seen",
    "ledger_info",
    "ledger_key",
    "mailing",
    "metadata",
    "pace",
    "pace_day",
    "process",
    "proposal",
    "proposal_text",
    "relay_limit",
    "suppression",
    "suppression_import",
    "warm_up",
]
