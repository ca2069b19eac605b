"""Deliveries have a moment after which they are no news any more.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the moment; what was planned before has none, and goes on."""
    op.add_column("delivery", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it out again."""
    op.drop_column("delivery", "expires_at")
