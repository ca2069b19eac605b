"""People: suppressions, whom nobody writes to, and the files that said so.

A person is a keyed digest here; the readable address beside it can be forgotten. Never holds a query.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, false, text

from mailer.ledger.tables.columns import RowId, UtcDateTime, metadata, new_id, where

suppression = Table(
    "suppression",
    metadata,
    new_id(),
    # of a person by their keyed digest, of a domain or an outlet (`subject`) by a plain one
    Column("address_digest", LargeBinary(32), nullable=False),
    Column("address", Text),
    Column("scope", String(200), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("source", String(40), nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("delivery_id", RowId, ForeignKey("delivery.id"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", String(200)),
    Column("lifted_reason", Text),
    Column("subject", String(10), nullable=False, server_default="person"),
    Column("person_digest", LargeBinary(32)),
    Column("import_id", RowId),
    Column("unconfirmed", Boolean, nullable=False, server_default=false()),
    Column("lifted_evidence", Text),
    Index("ix_suppression_person_digest", "person_digest", **where("person_digest IS NOT NULL")),
    Index("ix_suppression_import_id", "import_id", **where("import_id IS NOT NULL")),
    Index(
        "uq_suppression_active",
        "address_digest",
        "scope",
        unique=True,
        **where("lifted_at IS NULL"),
    ),
)

suppression_import = Table(
    "suppression_import",
    metadata,
    new_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("format", String(20), nullable=False),
    Column("scope", String(200), nullable=False),
    Column("added", Integer, nullable=False),
    Column("undone_at", UtcDateTime),
)
