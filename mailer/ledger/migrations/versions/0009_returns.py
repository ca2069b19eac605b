"""What comes back: how far each mailbox is read, who wrote, who is away, and what a reply proposes for the lists.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and by whom a finding that could not be matched was settled."""
    op.create_table(
        "inbound_text",
        sa.Column("inbound_id", ID, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_inbound_text_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("inbound_id", name=op.f("pk_inbound_text")),
    )
    op.add_column("finding", sa.Column("settled_at", TIME, nullable=True))
    op.add_column("finding", sa.Column("settled_by", sa.String(200), nullable=True))
    op.add_column("finding", sa.Column("settled_as", sa.String(40), nullable=True))
    op.add_column("finding_text", sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "inbox_cursor",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("failed_since", TIME, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_inbox_cursor")),
    )
    op.create_table(
        "inbox_seen",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("name", "digest", name=op.f("pk_inbox_seen")),
    )
    op.create_table(
        "absence",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("inbound_id", ID, nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_absence_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_absence_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_address_digest"), "absence", ["address_digest"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("inbound_id", ID, nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_proposal_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_proposal_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_address_digest"), "proposal", ["address_digest"], unique=False)
    op.create_table(
        "proposal_text",
        sa.Column("proposal_id", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("new_address", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_text_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal_text")),
    )


def downgrade() -> None:
    """Take all of it out again."""
    op.drop_table("proposal_text")
    op.drop_index(op.f("ix_proposal_address_digest"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_index(op.f("ix_absence_address_digest"), table_name="absence")
    op.drop_table("absence")
    op.drop_table("inbox_seen")
    op.drop_table("inbox_cursor")
    op.drop_column("finding_text", "note")
    for column in ("settled_as", "settled_by", "settled_at"):
        op.drop_column("finding", column)
    op.drop_table("inbound_text")
