"""Parts of a large plan, which workers make for its planner. A ledger that step 1 has just made has the table.

Revision ID: 3
"""

from alembic import op

from mailer.ledger.tables import plan_part

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Add the table, if it is missing."""
    plan_part.create(op.get_bind(), checkfirst=True)
