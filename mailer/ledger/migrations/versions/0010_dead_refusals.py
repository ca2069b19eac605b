"""Who a relay called a dead address is remembered before anybody is suppressed for it, and what a relay can take.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KNOWN = """
INSERT INTO dead_refusal (delivery_id, mailing_id, confirmed_at)
SELECT suppression.delivery_id, delivery.mailing_id, MIN(suppression.created_at)
FROM suppression JOIN delivery ON delivery.id = suppression.delivery_id
WHERE suppression.source = 'smtp' GROUP BY suppression.delivery_id, delivery.mailing_id
"""


def upgrade() -> None:
    """Add both tables; what was suppressed before because of a relay's refusal counts as confirmed."""
    op.create_table(
        "dead_refusal",
        sa.Column("delivery_id", ID, autoincrement=False, nullable=False),
        sa.Column("mailing_id", ID, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_dead_refusal_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_dead_refusal_mailing_id_mailing")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_dead_refusal")),
    )
    op.create_index(op.f("ix_dead_refusal_mailing_id"), "dead_refusal", ["mailing_id"], unique=False)
    op.execute(_KNOWN)
    op.create_table(
        "relay_limit",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("one_at_a_time", sa.Boolean(), nullable=False),
        sa.Column("learned_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_relay_limit")),
    )


def downgrade() -> None:
    """Take both out again."""
    op.drop_table("relay_limit")
    op.drop_index(op.f("ix_dead_refusal_mailing_id"), table_name="dead_refusal")
    op.drop_table("dead_refusal")
