"""Tables: the schema of the ledger.

Owns the SQLAlchemy tables, as the newest migration leaves them (a test compares the two). Contains no queries. Names
chosen by people (of releases, lists, files, folders) are Text: PostgreSQL refuses a text that is longer than its
column.

People are identified by the HMAC of their address (`tokens.address_digest`); the readable address is in a nullable
column beside it, so that it can be erased while the suppression stays.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa

# Columns: what all tables of the ledger share.

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for the exact type INTEGER.
RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it without a zone, in a text that sorts by time."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive times: the ledger cannot know their zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the ledger takes aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Return an aware UTC time."""
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def where(condition: str) -> dict[str, Any]:
    """Return what makes an index partial: `connection` sets the condition for the database in use."""
    return {"info": {"where": condition}}


def table(name: str, *columns: sa.Column[Any] | sa.Constraint | sa.Index) -> sa.Table:
    """Return a table of the ledger."""
    return sa.Table(name, metadata, *columns)


def new_id() -> sa.Column[int]:
    """Return the column that numbers the rows of a table."""
    return sa.Column("id", RowId, primary_key=True, autoincrement=True)


# Mailings: what is sent, to whom, how fast, and what happened.
#
# Events are append-only by trigger and hold no text and no address; servers' replies are in `event_text`, erasable.

ledger_info = table(
    "ledger_info", sa.Column("name", sa.String(40), primary_key=True), sa.Column("value", sa.Text, nullable=False)
)

ledger_key = table(
    "ledger_key",
    sa.Column("key_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("check_value", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

blob = table(
    "blob", sa.Column("digest", sa.LargeBinary(32), primary_key=True), sa.Column("data", sa.LargeBinary, nullable=False)
)

mailing = table(
    "mailing",
    new_id(),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("parent_id", RowId, sa.ForeignKey("mailing.id")),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("planned", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("left_out", sa.Text, nullable=False, server_default=sa.text("'{}'")),
    sa.Column("relay", sa.String(200), nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("plan_hash", sa.LargeBinary),
    sa.Column("approver", sa.String(200)),
    sa.Column("halt_reason", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("scheduled_at", UtcDateTime),
    sa.Column("scheduled_text", sa.String(100), nullable=False, server_default=sa.text("''")),
    sa.Column("stopped_at", UtcDateTime),
    sa.Column("handed_over", sa.Boolean, nullable=False, server_default=sa.false()),  # to workers, once confirmed
    sa.Column("planner", sa.String(40)),
    sa.Column("state_before", sa.String(20)),
    sa.Column("staged_after", RowId),
    sa.Column("edition_before", RowId),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("counts", sa.Text),  # what was counted when it finished, as JSON (`history.keep_counts`)
    sa.UniqueConstraint("slug", "kind", "sequence"),
)

edition = table(
    "edition",
    new_id(),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("headline_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("body_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("brings", RowId, sa.ForeignKey("edition.id")),  # the edition of the release that a correction brings
    sa.Column("held_until", UtcDateTime),
    sa.UniqueConstraint("mailing_id", "number"),
)

edition_file = table(
    "edition_file",
    sa.Column("edition_id", RowId, sa.ForeignKey("edition.id"), primary_key=True),
    sa.Column("role", sa.String(20), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary(32), sa.ForeignKey("blob.digest"), nullable=False),
)

# Plans: what someone is to approve, as canonical JSON in `blob` by its SHA-256, and the verdicts on it.

plan = table(
    "plan",
    sa.Column("hash", sa.LargeBinary(32), sa.ForeignKey("blob.digest"), primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    sa.Column("planner", sa.String(200), nullable=False),  # who made it first, by name
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), index=True),  # once it was sent
    sa.Column("sent_at", UtcDateTime),
    sa.Column("approver", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("details", sa.Text, nullable=False, server_default=sa.text("'{}'")),  # what may name people, as JSON
)

# Everybody who made the same plan, with each time: none of them can approve it, and the newest time counts.
plan_maker = table(
    "plan_maker",
    new_id(),
    sa.Column("plan_hash", sa.LargeBinary(32), sa.ForeignKey("plan.hash"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

# Who may use the desk, by the names of an OpenID provider, and who is logged in (`users`).
desk_user = table(
    "desk_user",
    new_id(),
    sa.Column("iss", sa.Text, nullable=False),
    sa.Column("sub", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.UniqueConstraint("iss", "sub"),
)
desk_session = table(
    "desk_session",
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("user_id", sa.ForeignKey("desk_user.id")),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

# The recipients of a plan as an approver sees them. The plan itself has only their delivery ids, so these rows can be
# erased. `merge_row` is stored for one recipient of each manner, whose mail is shown.
plan_person = table(
    "plan_person",
    new_id(),
    sa.Column("plan_hash", sa.LargeBinary(32), sa.ForeignKey("plan.hash"), nullable=False),
    sa.Column("token_id", sa.LargeBinary(8), nullable=False),
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("address", sa.Text),
    sa.Column("list_name", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("merge_row", sa.Text),
    sa.UniqueConstraint("plan_hash", "token_id"),
)

approval = table(
    "approval",
    new_id(),
    sa.Column("plan_hash", sa.LargeBinary(32), sa.ForeignKey("plan.hash"), nullable=False, index=True),
    sa.Column("verdict", sa.String(10), nullable=False),  # approved, rejected
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("method", sa.String(10), nullable=False),  # ssh, local, desk
    sa.Column("key", sa.String(200), nullable=False, server_default=sa.text("''")),  # fingerprint of the SSH key
    sa.Column("signature", sa.LargeBinary),
    sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
)

# Embargoes: people's answers to an offer (`offers`), in rows that are only added; the newest of a person counts.

embargo_answer = table(
    "embargo_answer",
    new_id(),
    sa.Column("slug", sa.Text, nullable=False, index=True),
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("address", sa.Text),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), index=True),  # of the offer
    sa.Column("verdict", sa.String(10), nullable=False),  # accepted, declined, broken, forgiven
    sa.Column("evidence", sa.String(10), nullable=False),  # link, reply, staff
    sa.Column("terms_hash", sa.LargeBinary(32)),  # SHA-256 of the terms as shown
    sa.Column("confirmed", sa.Boolean, nullable=False),  # False: read from a reply, for staff to check
    sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("released_at", UtcDateTime),  # when the material was planned for them
)

# Waves: who else gets a release, and when. Each is stored with all it needs to start: settings, and planned recipients.

wave = table(
    "wave",
    new_id(),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),  # from 1; a wave may wait for the one before it
    sa.Column("state", sa.String(12), nullable=False),  # planned, waiting, held, started, cancelled
    sa.Column("at", UtcDateTime),
    sa.Column("after_h", sa.Float),  # hours after the wave before it
    sa.Column("on_event", sa.String(20), nullable=False, server_default=sa.text("''")),
    sa.Column("told", sa.Text, nullable=False),  # the condition in words
    sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),  # why it is held
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.UniqueConstraint("mailing_id", "number"),
)

wave_recipient = table(
    "wave_recipient",
    new_id(),
    sa.Column("wave_id", RowId, sa.ForeignKey("wave.id"), nullable=False),
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("merge_row", sa.Text, nullable=False),
    sa.Column("list_name", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.UniqueConstraint("wave_id", "address_digest"),
)

process = table(
    "process",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("lease_until", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

# What a worker last reported about itself. Nothing depends on it: leases are in `process`.
worker = table(
    "worker",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("version", sa.String(40), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("doing", sa.Text, nullable=False),
    sa.Column("per_minute", sa.Integer, nullable=False),
)

# Which process does a duty in a period (`processes.claim_period`), or under a lease (period 0, `processes.hold_duty`).
duty = table(
    "duty",
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("period", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

# What the planner of a large plan leaves to workers (`planning`): the settings of the mails (number 0), and each part.
plan_part = table(
    "plan_part",
    sa.Column("planner", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("until", UtcDateTime),  # of number 0: the end of the planner's lease
    sa.Column("worker", sa.Text),
    sa.Column("result", sa.LargeBinary),
)

delivery = table(
    "delivery",
    new_id(),
    sa.Column("token_id", sa.LargeBinary(8), nullable=False, unique=True),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), nullable=False),
    sa.Column("edition_id", RowId, sa.ForeignKey("edition.id"), nullable=False),
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("address", sa.Text),
    sa.Column("domain", sa.String(255), nullable=False),
    sa.Column("spread", sa.Integer, nullable=False),
    sa.Column("merge_row", sa.Text),
    sa.Column("list_name", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("content_hash", sa.LargeBinary(32)),
    sa.Column("size", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("message_id", sa.String(300), nullable=False),
    sa.Column("lease_owner", sa.String(40)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("attempted_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("next_attempt_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("code", sa.Integer),
    sa.Column("enhanced", sa.String(12), nullable=False, server_default=sa.text("''")),
    sa.Column("relay", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("scopes_seen", sa.String(20), nullable=False, server_default="0"),
    sa.Column("carries_notice", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("mailing_id", "address_digest"),
    sa.Index("ix_delivery_claim", "mailing_id", "state", "spread", "id"),
    # partial: few rows are leased or deferred at a time, and a full index would be written with every message
    sa.Index("ix_delivery_leased", "lease_owner", **where("lease_owner IS NOT NULL")),
    sa.Index("ix_delivery_due", "mailing_id", "next_attempt_at", **where("next_attempt_at IS NOT NULL")),
)

# Recipients whose address a relay called dead: suppressed once that is confirmed (`suppressions`).
dead_refusal = table(
    "dead_refusal",
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), nullable=False, index=True),
    sa.Column("confirmed_at", UtcDateTime),
)

pace = table(
    "pace",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.Column("step_s", sa.Float),
    sa.Column("connections", sa.Integer),
    sa.Column("raise_at", UtcDateTime),
    sa.Column("reason", sa.String(40), nullable=False, server_default=sa.text("''")),
)

pace_day = table(
    "pace_day",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("since", UtcDateTime, primary_key=True),
    sa.Column("sent", sa.Integer, nullable=False),
)

warm_up = table(
    "warm_up",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

# The connections to a relay (`relay:KEY`) that a process may have, how many it wants, and how many the settings allow.
relay_share = table(
    "relay_share",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("owner", sa.String(40), primary_key=True),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("most", sa.Integer, nullable=False),
)

# What a relay (`host:port`) was seen to accept: messages a connection (0: not known), and whether commands only one at
# a time.
relay_limit = table(
    "relay_limit",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("one_at_a_time", sa.Boolean, nullable=False),
    sa.Column("learned_at", UtcDateTime, nullable=False),
)

_BESIDE_SENDING = "kind NOT IN ('attempted', 'accepted', 'deferred', 'rejected')"

event = table(
    "event",
    new_id(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), index=True),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), index=True),
    sa.Column("code", sa.Integer),
    sa.Column("enhanced", sa.String(12), nullable=False, server_default=sa.text("''")),
    sa.Column("reason", sa.String(200), nullable=False, server_default=sa.text("''")),
    # few of the millions, and all that is queried of a mailing once it was sent
    sa.Index("ix_event_beside", "mailing_id", "kind", "delivery_id", "reason", **where(_BESIDE_SENDING)),
)


def events_beside(mailing_id: sa.ColumnElement[int] | int | None, *kinds: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for events of a mailing by kinds other than those of sending itself.

    They repeat the condition of the partial index word for word: by the kinds alone SQLite would not use the index.
    """
    is_indexed = cast("sa.ColumnElement[bool]", sa.text(f"event.{_BESIDE_SENDING}"))  # which takes no "= 1" behind it
    return (event.c.mailing_id == mailing_id, event.c.kind.in_(kinds), is_indexed)


event_text = table(
    "event_text",
    sa.Column("event_id", RowId, sa.ForeignKey("event.id"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)


# People: suppressions, and the files that some of them come from.
#
# A person is a keyed digest here; the readable address beside it can be erased.

suppression = table(
    "suppression",
    new_id(),
    # of a person by their keyed digest, of a domain or an outlet (`subject`) by a plain one
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("scope", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("source", sa.String(40), nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("lifted_at", UtcDateTime),
    sa.Column("lifted_by", sa.String(200)),
    sa.Column("lifted_reason", sa.Text),
    sa.Column("subject", sa.String(10), nullable=False, server_default="person"),
    sa.Column("person_digest", sa.LargeBinary(32)),
    sa.Column("import_id", RowId),
    sa.Column("unconfirmed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("lifted_evidence", sa.Text),
    sa.Index("ix_suppression_person_digest", "person_digest", **where("person_digest IS NOT NULL")),
    sa.Index("ix_suppression_import_id", "import_id", **where("import_id IS NOT NULL")),
    sa.Index("uq_suppression_active", "address_digest", "scope", unique=True, **where("lifted_at IS NULL")),
)

suppression_import = table(
    "suppression_import",
    new_id(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("format", sa.String(20), nullable=False),
    sa.Column("scope", sa.String(200), nullable=False),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("undone_at", UtcDateTime),
)


# Returns: what came back, what it reports about which delivery, and how far each mailbox is read.
#
# Raw mail is in `inbound_raw`; names and texts that people wrote are in the tables called `…_text`. All are erasable.

inbound = table(
    "inbound",
    new_id(),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("rule", sa.String(100), nullable=False),
    sa.Column("read_at", UtcDateTime, nullable=False),
)

# sender and subject, as shown in the mailbox, and the Message-ID, by which the message is found there again
inbound_text = table(
    "inbound_text",
    sa.Column("inbound_id", RowId, sa.ForeignKey("inbound.id"), primary_key=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False, server_default=sa.text("''")),
)

inbound_raw = table(
    "inbound_raw",
    sa.Column("inbound_id", RowId, sa.ForeignKey("inbound.id"), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

finding = table(
    "finding",
    new_id(),
    sa.Column("inbound_id", RowId, sa.ForeignKey("inbound.id"), nullable=False, index=True),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("permanent", sa.Boolean, nullable=False),
    sa.Column("matched_by", sa.String(20), nullable=False),
    sa.Column("unmatched", sa.String(40), nullable=False, server_default=sa.text("''")),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("settled_by", sa.String(200)),
    sa.Column("settled_as", sa.String(40)),
)

finding_text = table(
    "finding_text",
    sa.Column("finding_id", RowId, sa.ForeignKey("finding.id"), primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("diagnostic", sa.Text, nullable=False),
    # the note of staff who settled it
    sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
)

# How far a mailbox is read. `validity` is an IMAP server's UIDVALIDITY; with a new one it is read from the start.
inbox_cursor = table(
    "inbox_cursor",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("validity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("read_at", UtcDateTime),
    sa.Column("failed_since", UtcDateTime),
    sa.Column("failure", sa.Text, nullable=False, server_default=sa.text("''")),
)

# The messages of a POP3 mailbox that were read and are still there: digests of the server's unique ids (UIDL).
inbox_seen = table(
    "inbox_seen",
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("digest", sa.LargeBinary(16), primary_key=True),
)

# Who is away, by their automatic reply; `until` is the day on which they are back.
absence = table(
    "absence",
    new_id(),
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), index=True),
    sa.Column("inbound_id", RowId, sa.ForeignKey("inbound.id"), nullable=False),
    sa.Column("said_at", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

# Changes to the lists that follow from a reply, or from the likeness of two contacts (then there is no message); staff
# decide.
proposal = table(
    "proposal",
    new_id(),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), index=True),
    sa.Column("inbound_id", RowId, sa.ForeignKey("inbound.id")),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", sa.String(200)),
)

proposal_text = table(
    "proposal_text",
    sa.Column("proposal_id", RowId, sa.ForeignKey("proposal.id"), primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("new_address", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
)

# Letters in reply to our mails, and what the press office does about each.
answer = table(
    "answer",
    new_id(),
    sa.Column("inbound_id", RowId, sa.ForeignKey("inbound.id"), nullable=False, unique=True),
    sa.Column("delivery_id", RowId, sa.ForeignKey("delivery.id"), nullable=False, index=True),
    sa.Column("mailing_id", RowId, sa.ForeignKey("mailing.id"), nullable=False, index=True),
    sa.Column("written_at", UtcDateTime, nullable=False),
    sa.Column("needs_answer", sa.Boolean, nullable=False),  # a guess, by `asks`
    sa.Column("asks", sa.String(200), nullable=False),
    sa.Column("assigned", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("assigned_at", UtcDateTime),
    sa.Column("assigned_by", sa.String(200), nullable=False, server_default=sa.text("''")),
    sa.Column("done_at", UtcDateTime),
    sa.Column("done_by", sa.String(200), nullable=False, server_default=sa.text("''")),
)

answer_note = table(
    "answer_note",
    new_id(),
    sa.Column("answer_id", RowId, sa.ForeignKey("answer.id"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

# `slug/kind-N`, from which delivery ids are made (`mailings.full_name`), as a column.
mailing_name = (mailing.c.slug + "/" + mailing.c.kind + "-" + sa.cast(mailing.c.sequence, sa.Text)).label("mailing")
