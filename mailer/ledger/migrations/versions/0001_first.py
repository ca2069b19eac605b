"""The first shape of the ledger.

It is written as `tables` is, and is not read from there, since a step stays what it was when the tables change. The
names of keys and indexes follow from the same convention (`tables.metadata`). Steps have plain numbers: those of four
digits belong to ledgers from before the first release.

Revision ID: 1
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def where(condition: str) -> dict[str, Any]:
    """Return what makes an index hold only some rows, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Make every table, and the triggers that keep events as they were written."""
    op.create_table(
        "ledger_info",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_key",
        sa.Column("key_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("check_value", sa.LargeBinary, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "blob",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "mailing",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("parent_id", ROW_ID, sa.ForeignKey("mailing.id")),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("planned", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("left_out", sa.Text, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("relay", sa.String(200), nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("plan_hash", sa.LargeBinary),
        sa.Column("approver", sa.String(200)),
        sa.Column("halt_reason", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("scheduled_at", TIME),
        sa.Column("scheduled_text", sa.String(100), nullable=False, server_default=sa.text("''")),
        sa.Column("stopped_at", TIME),
        sa.Column("planner", sa.String(40)),
        sa.Column("state_before", sa.String(20)),
        sa.Column("staged_after", ROW_ID),
        sa.Column("edition_before", ROW_ID),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.UniqueConstraint("slug", "kind", "sequence"),
    )
    op.create_table(
        "edition",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("mailing_id", ROW_ID, sa.ForeignKey("mailing.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("headline_digest", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("body_digest", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.UniqueConstraint("mailing_id", "number"),
    )
    op.create_table(
        "edition_file",
        sa.Column("edition_id", ROW_ID, sa.ForeignKey("edition.id"), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), sa.ForeignKey("blob.digest"), nullable=False),
    )
    op.create_table(
        "process",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("lease_until", TIME, nullable=False),
        sa.Column("ended_at", TIME),
    )
    op.create_table(
        "delivery",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("token_id", sa.LargeBinary(8), nullable=False, unique=True),
        sa.Column("mailing_id", ROW_ID, sa.ForeignKey("mailing.id"), nullable=False),
        sa.Column("edition_id", ROW_ID, sa.ForeignKey("edition.id"), nullable=False),
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
        sa.Column("attempted_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("next_attempt_at", TIME),
        sa.Column("expires_at", TIME),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced", sa.String(12), nullable=False, server_default=sa.text("''")),
        sa.Column("relay", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("scopes_seen", sa.String(20), nullable=False, server_default="0"),
        sa.Column("carries_notice", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("mailing_id", "address_digest"),
        sa.Index("ix_delivery_claim", "mailing_id", "state", "spread", "id"),
        sa.Index("ix_delivery_leased", "lease_owner", **where("lease_owner IS NOT NULL")),
        sa.Index("ix_delivery_due", "mailing_id", "next_attempt_at", **where("next_attempt_at IS NOT NULL")),
    )
    op.create_table(
        "dead_refusal",
        sa.Column("delivery_id", ROW_ID, sa.ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
        sa.Column("mailing_id", ROW_ID, sa.ForeignKey("mailing.id"), nullable=False, index=True),
        sa.Column("confirmed_at", TIME),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("next_at", TIME, nullable=False),
        sa.Column("step_s", sa.Float),
        sa.Column("connections", sa.Integer),
        sa.Column("raise_at", TIME),
        sa.Column("reason", sa.String(40), nullable=False, server_default=sa.text("''")),
    )
    op.create_table(
        "pace_day",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("since", TIME, primary_key=True),
        sa.Column("sent", sa.Integer, nullable=False),
    )
    op.create_table(
        "warm_up",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("since", TIME, nullable=False),
    )
    op.create_table(
        "relay_limit",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("one_at_a_time", sa.Boolean, nullable=False),
        sa.Column("learned_at", TIME, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("mailing_id", ROW_ID, sa.ForeignKey("mailing.id"), index=True),
        sa.Column("delivery_id", ROW_ID, sa.ForeignKey("delivery.id"), index=True),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced", sa.String(12), nullable=False, server_default=sa.text("''")),
        sa.Column("reason", sa.String(200), nullable=False, server_default=sa.text("''")),
    )
    op.create_table(
        "event_text",
        sa.Column("event_id", ROW_ID, sa.ForeignKey("event.id"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "suppression",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("delivery_id", ROW_ID, sa.ForeignKey("delivery.id"), index=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("lifted_at", TIME),
        sa.Column("lifted_by", sa.String(200)),
        sa.Column("lifted_reason", sa.Text),
        sa.Column("subject", sa.String(10), nullable=False, server_default="person"),
        sa.Column("person_digest", sa.LargeBinary(32)),
        sa.Column("import_id", ROW_ID),
        sa.Column("unconfirmed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("lifted_evidence", sa.Text),
        sa.Index("ix_suppression_person_digest", "person_digest", **where("person_digest IS NOT NULL")),
        sa.Index("ix_suppression_import_id", "import_id", **where("import_id IS NOT NULL")),
        sa.Index(
            "uq_suppression_active",
            "address_digest",
            "scope",
            unique=True,
            **where("lifted_at IS NULL"),
        ),
    )
    op.create_table(
        "suppression_import",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("undone_at", TIME),
    )
    op.create_table(
        "inbound",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
    )
    op.create_table(
        "inbound_text",
        sa.Column("inbound_id", ROW_ID, sa.ForeignKey("inbound.id"), primary_key=True),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
    )
    op.create_table(
        "inbound_raw",
        sa.Column("inbound_id", ROW_ID, sa.ForeignKey("inbound.id"), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "finding",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("inbound_id", ROW_ID, sa.ForeignKey("inbound.id"), nullable=False, index=True),
        sa.Column("delivery_id", ROW_ID, sa.ForeignKey("delivery.id"), index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("permanent", sa.Boolean, nullable=False),
        sa.Column("matched_by", sa.String(20), nullable=False),
        sa.Column("unmatched", sa.String(40), nullable=False, server_default=sa.text("''")),
        sa.Column("settled_at", TIME),
        sa.Column("settled_by", sa.String(200)),
        sa.Column("settled_as", sa.String(40)),
    )
    op.create_table(
        "finding_text",
        sa.Column("finding_id", ROW_ID, sa.ForeignKey("finding.id"), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("diagnostic", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
    )
    op.create_table(
        "inbox_cursor",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("validity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("read_at", TIME),
        sa.Column("failed_since", TIME),
        sa.Column("failure", sa.Text, nullable=False, server_default=sa.text("''")),
    )
    op.create_table(
        "inbox_seen",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("digest", sa.LargeBinary(16), primary_key=True),
    )
    op.create_table(
        "absence",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("delivery_id", ROW_ID, sa.ForeignKey("delivery.id"), index=True),
        sa.Column("inbound_id", ROW_ID, sa.ForeignKey("inbound.id"), nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
    )
    op.create_table(
        "proposal",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("delivery_id", ROW_ID, sa.ForeignKey("delivery.id"), index=True),
        sa.Column("inbound_id", ROW_ID, sa.ForeignKey("inbound.id")),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("decided_at", TIME),
        sa.Column("decided_by", sa.String(200)),
    )
    op.create_table(
        "proposal_text",
        sa.Column("proposal_id", ROW_ID, sa.ForeignKey("proposal.id"), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("new_address", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )

    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_no_{verb.lower()} BEFORE {verb} ON event "
                "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event "
            "FOR EACH ROW EXECUTE FUNCTION event_is_append_only()"
        )
        op.execute(
            "CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event "
            "FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()"
        )
