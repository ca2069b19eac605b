"""What workers on several machines need: who does which duty, and whether a mailing was left to workers.

A ledger that step 1 has just made has all of it. One that was made before the first release is migrated as far as that
is easy: it gets the missing tables, and this column.

Revision ID: 2
"""

import sqlalchemy as sa
from alembic import op

from mailer.ledger.tables import mailing, metadata

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add the tables and the column that are missing."""
    connection = op.get_bind()
    metadata.create_all(connection)
    columns = {each["name"] for each in sa.inspect(connection).get_columns(mailing.name)}
    if "handed_over" not in columns:
        op.add_column(mailing.name, sa.Column("handed_over", sa.Boolean, nullable=False, server_default=sa.false()))
