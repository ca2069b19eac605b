"""The first version of the ledger.

Until the first release it is simply the schema in `tables`, and later steps complete ledgers that were made before.
With the release it must stay as it is, however the tables change, and will be written out here (a test is a reminder).
Steps have plain numbers: those of four digits belong to ledgers that can no longer be migrated.

Revision ID: 1
"""

from alembic import op

from mailer.ledger.tables import metadata

revision = "1"
down_revision = None


def upgrade() -> None:
    """Create every table, and the triggers that keep events as they were written."""
    metadata.create_all(op.get_bind(), checkfirst=False)  # a table that is in the way does not belong to a ledger
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
