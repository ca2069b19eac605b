"""A delivery says whether its mail carries the privacy notice.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the mark; no mail before this carried one."""
    op.add_column("delivery", sa.Column("carries_notice", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it out again."""
    op.drop_column("delivery", "carries_notice")
