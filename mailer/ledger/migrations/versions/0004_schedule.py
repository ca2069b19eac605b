"""Mailings have a moment as it was typed, and remember that a person stopped them.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0005"


def upgrade() -> None:
    """Add both; the moment itself (`scheduled_at`) has been there from the first, and was never used."""
    op.add_column("mailing", sa.Column("scheduled_text", sa.String(100), server_default=sa.text("''"), nullable=False))
    op.add_column("mailing", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take both out again."""
    op.drop_column("mailing", "stopped_at")
    op.drop_column("mailing", "scheduled_text")
