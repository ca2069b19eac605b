"""Tables: the shape of the ledger.

Owns the SQLAlchemy tables, as the newest migration leaves them (a test compares the two). Never holds a query.
What people name (releases, lists, files, folders) is Text: PostgreSQL refuses a word that is longer than its column.

People are named by the HMAC of their address (`tokens.address_digest`); the readable address stands nullable beside
it, so that it can be forgotten while the suppression stays (standards L6).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
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
    "value_of",
    "warm_up",
]


# Columns: what all tables of the ledger share.

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_T = TypeVar("_T")


def value_of(made: Callable[..., _T], row: AnyRow, /, **more: object) -> _T:
    """Return a value of a dataclass, from the columns that are named as its fields; `more` are those that differ.

    A text that is not there, since it was never told or is forgotten, is an empty one, where the field is a `str`.
    """
    found = row._asdict()
    for name, is_text in _fields(made):
        if name in found and name not in more:
            more[name] = (found[name] or "") if is_text else found[name]
    return made(**more)


@functools.cache
def _fields(made: Any) -> tuple[tuple[str, bool], ...]:  # noqa: ANN401 - any dataclass
    """Return the names of a dataclass's fields, and whether each is always a text."""
    return tuple((each.name, each.type in {str, "str"}) for each in dataclasses.fields(made))


# SQLite numbers rows by itself only for the exact type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it without a zone, in a text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive times: they are somebody's, and the ledger cannot know whose."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the ledger takes aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Return an aware UTC time."""
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def where(condition: str) -> dict[str, Any]:
    """Return what makes an index hold only some rows, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def new_id() -> Column[int]:
    """Return the column by which a row is known."""
    return Column("id", RowId, primary_key=True, autoincrement=True)


# Mailings: what is sent, to whom, how fast, and what happened.
#
# Events are append-only by trigger and hold no text and no address; a server's words live in `event_text`, erasable.

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


# People: suppressions, whom nobody writes to, and the files that said so.
#
# A person is a keyed digest here; the readable address beside it can be forgotten.

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


# Returns: what came back, what it says of whom, and how far each mailbox is read.
#
# Raw mail lives in `inbound_raw`, what people wrote and who in the tables called `…_text`, all erasable.

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
