"""Migrations: the history of the ledger's schema, one file per step, run by alembic.

Owns the newest version's name and the call that upgrades a ledger to it. A step is never edited once it is released, so
that all users' data has the same history. There are no downgrades.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection

from mailer.errors import LedgerProblem, LedgerTooNew

NEWEST = "3"
_START_ANEW = """\
Let the mailer that wrote it save who is suppressed: mailer optouts export --output FILE
Then begin a new ledger, and take them in: mailer optouts import FILE"""


def refuse_newer(version: str | None) -> None:
    """Refuse a version that is newer than the newest one here.

    The number is compared, not the files: if a newer mailer has been installed over this one, the steps on the disk are
    its own, and would accept the ledger. Raises LedgerTooNew if it is newer.
    """
    if version is not None and not version.startswith("0") and int(version) > int(NEWEST):
        raise LedgerTooNew("this ledger was written by a newer mailer", hint="pip install --upgrade mailer")


def upgrade(connection: Connection) -> None:
    """Migrate an older ledger, or make a new one, to the newest version, inside the given transaction.

    Raises LedgerProblem if the ledger was made by a mailer from before the first release.
    """
    from alembic import command  # noqa: PLC0415 - 0.3 s that only a new or old ledger should cost
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415 - see above

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        unknown = re.search(r"Can't locate revision identified by '(\w+)'", str(error))
        if unknown is None:
            raise
        message = "this ledger was written by a mailer from before the first release, and this one cannot read it"
        raise LedgerProblem(message, hint=_START_ANEW) from None
