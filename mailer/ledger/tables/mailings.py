"""Mailings: what is sent, to whom, how fast, and what happened.

Events are append-only by trigger and hold no text and no address; a server's words live in `event_text`, erasable.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from mailer.ledger.tables.columns import RowId, UtcDateTime, metadata, new_id, where

ledger_info = Table(
    "ledger_info",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

ledger_key = Table(
    "ledger_key",
    metadata,
    Column("key_id", Integer, primary_key=True, autoincrement=False),
    Column("check_value", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

blob = Table(
    "blob",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

mailing = Table(
    "mailing",
    metadata,
    new_id(),
    Column("slug", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("parent_id", RowId, ForeignKey("mailing.id")),
    Column("state", String(20), nullable=False),
    Column("headline", Text, nullable=False),
    Column("planned", Integer, nullable=False, server_default=text("0")),
    Column("left_out", Text, nullable=False, server_default=text("'{}'")),
    Column("relay", String(200), nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("plan_hash", LargeBinary),
    Column("approver", String(200)),
    Column("halt_reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("scheduled_at", UtcDateTime),
    Column("scheduled_text", String(100), nullable=False, server_default=text("''")),
    Column("stopped_at", UtcDateTime),
    Column("planner", String(40)),
    Column("state_before", String(20)),
    Column("staged_after", RowId),
    Column("edition_before", RowId),
    Column("actor", String(200), nullable=False),
    UniqueConstraint("slug", "kind", "sequence"),
)

edition = Table(
    "edition",
    metadata,
    new_id(),
    Column("mailing_id", RowId, ForeignKey("mailing.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("headline_digest", LargeBinary(32), nullable=False, index=True),
    Column("body_digest", LargeBinary(32), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    UniqueConstraint("mailing_id", "number"),
)

edition_file = Table(
    "edition_file",
    metadata,
    Column("edition_id", RowId, ForeignKey("edition.id"), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", LargeBinary(32), ForeignKey("blob.digest"), nullable=False),
)

process = Table(
    "process",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

delivery = Table(
    "delivery",
    metadata,
    new_id(),
    Column("token_id", LargeBinary(8), nullable=False, unique=True),
    Column("mailing_id", RowId, ForeignKey("mailing.id"), nullable=False),
    Column("edition_id", RowId, ForeignKey("edition.id"), nullable=False),
    Column("address_digest", LargeBinary(32), nullable=False, index=True),
    Column("address", Text),
    Column("domain", String(255), nullable=False),
    Column("spread", Integer, nullable=False),
    Column("merge_row", Text),
    Column("list_name", Text, nullable=False),
    Column("row", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(200), nullable=False, server_default=text("''")),
    Column("content_hash", LargeBinary(32)),
    Column("size", Integer, nullable=False, server_default=text("0")),
    Column("message_id", String(300), nullable=False),
    Column("lease_owner", String(40)),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("attempted_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("next_attempt_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("code", Integer),
    Column("enhanced", String(12), nullable=False, server_default=text("''")),
    Column("relay", String(200), nullable=False, server_default=text("''")),
    Column("scopes_seen", String(20), nullable=False, server_default="0"),
    Column("carries_notice", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("mailing_id", "address_digest"),
    Index("ix_delivery_claim", "mailing_id", "state", "spread", "id"),
    # few rows are leased or put off at a time, and each index is written with every message
    Index("ix_delivery_leased", "lease_owner", **where("lease_owner IS NOT NULL")),
    Index("ix_delivery_due", "mailing_id", "next_attempt_at", **where("next_attempt_at IS NOT NULL")),
)

# Whom a relay called a dead address: a suppression once it is confirmed (`refused`).
dead_refusal = Table(
    "dead_refusal",
    metadata,
    Column("delivery_id", RowId, ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    Column("mailing_id", RowId, ForeignKey("mailing.id"), nullable=False, index=True),
    Column("confirmed_at", UtcDateTime),
)

pace = Table(
    "pace",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("step_s", Float),
    Column("connections", Integer),
    Column("raise_at", UtcDateTime),
    Column("reason", String(40), nullable=False, server_default=text("''")),
)

pace_day = Table(
    "pace_day",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("sent", Integer, nullable=False),
)

warm_up = Table(
    "warm_up",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

# What a relay (`host:port`) was seen to take: messages a connection (0: not known), commands one at a time alone.
relay_limit = Table(
    "relay_limit",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("one_at_a_time", Boolean, nullable=False),
    Column("learned_at", UtcDateTime, nullable=False),
)

event = Table(
    "event",
    metadata,
    new_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("mailing_id", RowId, ForeignKey("mailing.id"), index=True),
    Column("delivery_id", RowId, ForeignKey("delivery.id"), index=True),
    Column("code", Integer),
    Column("enhanced", String(12), nullable=False, server_default=text("''")),
    Column("reason", String(200), nullable=False, server_default=text("''")),
)

event_text = Table(
    "event_text",
    metadata,
    Column("event_id", RowId, ForeignKey("event.id"), primary_key=True),
    Column("text", Text, nullable=False),
)
