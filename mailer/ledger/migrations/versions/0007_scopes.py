"""A suppression can be about a domain or an outlet, come from a file, and wait to be confirmed.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add whom it is about, where it comes from and what it was lifted by; and what a claim has seen of all this."""
    op.create_table(
        "suppression_import",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_import")),
    )
    op.add_column("suppression", sa.Column("subject", sa.String(10), nullable=False, server_default="person"))
    op.add_column("suppression", sa.Column("person_digest", sa.LargeBinary(32), nullable=True))
    op.add_column("suppression", sa.Column("import_id", ID, nullable=True))
    op.add_column("suppression", sa.Column("unconfirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("suppression", sa.Column("lifted_evidence", sa.Text(), nullable=True))
    for column in ("person_digest", "import_id"):
        where = sa.text(f"{column} IS NOT NULL")
        name = op.f(f"ix_suppression_{column}")
        op.create_index(name, "suppression", [column], unique=False, sqlite_where=where, postgresql_where=where)
    op.add_column("delivery", sa.Column("scopes_seen", sa.String(20), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take all of it out again."""
    op.execute("DELETE FROM ledger_info WHERE name = 'scoped_suppressions'")
    op.drop_column("delivery", "scopes_seen")
    for column in ("import_id", "person_digest"):
        op.drop_index(op.f(f"ix_suppression_{column}"), table_name="suppression")
    for column in ("lifted_evidence", "unconfirmed", "import_id", "person_digest", "subject"):
        op.drop_column("suppression", column)
    op.drop_table("suppression_import")
