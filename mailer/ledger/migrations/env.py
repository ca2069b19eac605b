"""Alembic's entry: runs the steps on the connection that `upgrade` passed on."""

from alembic import context

from mailer.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller owns the transaction
)
context.run_migrations()
