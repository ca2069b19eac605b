"""A mailing that is being planned knows by whom, what it was before, and which of its rows are not confirmed yet.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFERRING = ("suppression", "absence", "proposal")  # tables that name a delivery: none is deleted without a look there


def upgrade() -> None:
    """Add the four columns, and let a delivery that was never confirmed be deleted without reading whole tables."""
    op.add_column("mailing", sa.Column("planner", sa.String(40), nullable=True))
    op.add_column("mailing", sa.Column("state_before", sa.String(20), nullable=True))
    op.add_column("mailing", sa.Column("staged_after", ID, nullable=True))
    op.add_column("mailing", sa.Column("edition_before", ID, nullable=True))
    for table in _REFERRING:
        op.create_index(f"ix_{table}_delivery_id", table, ["delivery_id"], unique=False)


def downgrade() -> None:
    """Take them out again."""
    for table in _REFERRING:
        op.drop_index(f"ix_{table}_delivery_id", table_name=table)
    for column in ("edition_before", "staged_after", "state_before", "planner"):
        op.drop_column("mailing", column)
