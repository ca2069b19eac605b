"""Deliveries have a moment after which they are no news any more, and relays a pace.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the moment (what was planned before has none, and goes on) and the pace."""
    op.add_column("delivery", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "pace",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )


def downgrade() -> None:
    """Take both out again."""
    op.drop_table("pace")
    op.drop_column("delivery", "expires_at")
