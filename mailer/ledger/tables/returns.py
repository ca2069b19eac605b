"""Returns: what came back, what it says of whom, and how far each mailbox is read.

Raw mail lives in `inbound_raw`, what people wrote and who in the tables called `…_text`, all erasable.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table, Text, text

from mailer.ledger.tables.columns import RowId, UtcDateTime, metadata, new_id

inbound = Table(
    "inbound",
    metadata,
    new_id(),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

# who wrote it and about what, as people see it in their mailbox
inbound_text = Table(
    "inbound_text",
    metadata,
    Column("inbound_id", RowId, ForeignKey("inbound.id"), primary_key=True),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
)

inbound_raw = Table(
    "inbound_raw",
    metadata,
    Column("inbound_id", RowId, ForeignKey("inbound.id"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

finding = Table(
    "finding",
    metadata,
    new_id(),
    Column("inbound_id", RowId, ForeignKey("inbound.id"), nullable=False, index=True),
    Column("delivery_id", RowId, ForeignKey("delivery.id"), index=True),
    Column("kind", String(20), nullable=False),
    Column("status", String(12), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("permanent", Boolean, nullable=False),
    Column("matched_by", String(20), nullable=False),
    Column("unmatched", String(40), nullable=False, server_default=text("''")),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String(200)),
    Column("settled_as", String(40)),
)

finding_text = Table(
    "finding_text",
    metadata,
    Column("finding_id", RowId, ForeignKey("finding.id"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("diagnostic", Text, nullable=False),
    # what staff said when they settled it
    Column("note", Text, nullable=False, server_default=text("''")),
)

# How far a mailbox is read. `validity` names an IMAP server's numbering; under a new one it is read from the start.
inbox_cursor = Table(
    "inbox_cursor",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("validity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("read_at", UtcDateTime),
    Column("failed_since", UtcDateTime),
    Column("failure", Text, nullable=False, server_default=text("''")),
)

# What of a mailbox without numbers (POP3) was read and is still there: digests of the server's names for messages.
inbox_seen = Table(
    "inbox_seen",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("digest", LargeBinary(16), primary_key=True),
)

# Who is away, as their automatic reply says; `until` is the day on which they are back.
absence = Table(
    "absence",
    metadata,
    new_id(),
    Column("address_digest", LargeBinary(32), nullable=False, index=True),
    Column("delivery_id", RowId, ForeignKey("delivery.id"), index=True),
    Column("inbound_id", RowId, ForeignKey("inbound.id"), nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# What a reply, or the likeness of two contacts (then no message), proposes for the lists; staff decide.
proposal = Table(
    "proposal",
    metadata,
    new_id(),
    Column("kind", String(20), nullable=False),
    Column("address_digest", LargeBinary(32), nullable=False, index=True),
    Column("delivery_id", RowId, ForeignKey("delivery.id"), index=True),
    Column("inbound_id", RowId, ForeignKey("inbound.id")),
    Column("state", String(12), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(200)),
)

proposal_text = Table(
    "proposal_text",
    metadata,
    Column("proposal_id", RowId, ForeignKey("proposal.id"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("new_address", Text, nullable=False),
    Column("words", Text, nullable=False),
)
