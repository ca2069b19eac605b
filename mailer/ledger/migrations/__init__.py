"""Migrations: how the ledger came to its shape, one file a step, run by alembic.

Owns the newest version's name and the calls that bring a ledger there and back. Never edited once released: data that
users have must never need a second truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from mailer.errors import LedgerProblem

if TYPE_CHECKING:  # 0.3 s that only a new or old ledger should cost
    from alembic.config import Config

NEWEST = "0012"


def upgrade(connection: Connection) -> None:
    """Bring the ledger to the newest shape, inside the transaction that is given.

    Raises:
        LedgerProblem: the ledger was made by a newer mailer.
    """
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415 - see above

    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        if "Can't locate revision" in str(error):
            raise LedgerProblem(
                "this ledger was written by a newer mailer", hint="pip install --upgrade mailer"
            ) from None
        raise


def downgrade(connection: Connection) -> None:
    """Take everything out again (used by the tests that check each step both ways)."""
    from alembic import command  # noqa: PLC0415 - see above

    command.downgrade(_config(connection), "base")


def check(connection: Connection) -> None:
    """Hold the migrated shape against `tables`; alembic raises where they differ."""
    from alembic import command  # noqa: PLC0415 - see above

    command.check(_config(connection))


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
