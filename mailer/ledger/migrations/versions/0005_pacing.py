"""A pace can be lowered by a server's words, relays have a day and warm up, and a mailing may be pinned to its relay.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what a lowered pace needs, the count of days, the days of warming up, and the pin."""
    op.add_column("pace", sa.Column("step_s", sa.Float(), nullable=True))
    op.add_column("pace", sa.Column("connections", sa.Integer(), nullable=True))
    op.add_column("pace", sa.Column("raise_at", TIME, nullable=True))
    op.add_column("pace", sa.Column("reason", sa.String(40), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "pace_day",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "since", name=op.f("pk_pace_day")),
    )
    op.create_table(
        "warm_up",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_warm_up")),
    )
    op.add_column("mailing", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take all of it out again."""
    op.drop_column("mailing", "pinned")
    op.drop_table("warm_up")
    op.drop_table("pace_day")
    for name in ("reason", "raise_at", "connections", "step_s"):
        op.drop_column("pace", name)
