"""The indexes that are written with every message hold only the few rows that are leased or put off.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Let both hold what is asked for, and nothing else."""
    op.drop_index("ix_delivery_lease_owner", table_name="delivery")
    for name, columns, condition in (
        ("ix_delivery_leased", ["lease_owner"], "lease_owner IS NOT NULL"),
        ("ix_delivery_due", ["mailing_id", "next_attempt_at"], "next_attempt_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "delivery", columns, unique=False, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Bring the whole index back."""
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.drop_index("ix_delivery_leased", table_name="delivery")
    op.create_index("ix_delivery_lease_owner", "delivery", ["lease_owner"], unique=False)
