"""Postgres: what makes a ledger on PostgreSQL keep the same promises as one on SQLite.

Owns its sessions: durability, the lock by which writers take turns, the limits on waiting, and the clock that all
hosts share. With `connection` and the migrations the only file that knows which database it is. Never holds a query
about mail. Raises `LedgerProblem` for a server that could forget what it has written.

Writers take turns, as they do on SQLite, by one advisory lock for each ledger; those who touch only rows that they hold
or lock (claims, attempts, outcomes: `Ledger.sharing`) take the same lock shared, and work side by side. Several ledgers
may lie in one database, each in a schema of its own: the lock has the number of the ledger's own table.

A host that vanishes in the middle of a transaction must not keep the others waiting: the server ends it after a
minute, and both sides notice dead peers within about one.

Gaps: connection poolers that hand a session to somebody else after each transaction (PgBouncer in transaction mode)
are not supported.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from mailer.errors import LedgerProblem

DRIVER = "postgresql+psycopg"
NAMES = frozenset({"postgresql", "postgres", DRIVER})

# The number of a ledger's advisory lock: our name above, the number of its first table below. The search path finds the
# table, as it does for every query; while a database has no ledger yet, whoever makes one takes the number 0.
_TURN = f"{int.from_bytes(b'mail') << 32} + coalesce(to_regclass('ledger_info')::oid::bigint, 0)"
_WAIT_MS = 30_000

# libpq's own words; each can be overridden in the URL. Without them a vanished server is noticed after a quarter hour.
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "application_name": "mailer",
}

# `synchronous_commit` may be off in the server's own settings; `fsync` can only be read here.
_SESSION = f"""SELECT set_config('synchronous_commit', 'on', false), set_config('lock_timeout', '{_WAIT_MS}', false),
set_config('default_transaction_read_only', 'off', false), set_config('tcp_keepalives_idle', '30', false),
set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false),
current_setting('fsync'), current_setting('server_encoding')"""

_LOOK = "SELECT clock_timestamp()"
_WRITE = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '60000', true), {{lock}}({_TURN}), clock_timestamp()"
)


def make_engine(target: URL, heard: Callable[[datetime], None]) -> Engine:
    """Make an engine whose sessions are durable and take turns; `heard` is told the server's time, again and again."""
    extra = {name: value for name, value in _PATIENCE.items() if name not in target.query}
    engine = create_engine(
        target.set(drivername=DRIVER),
        isolation_level="READ COMMITTED",  # each statement sees what was committed before it: the lock orders writers
        pool_pre_ping=True,  # a server that was restarted meanwhile costs nothing but this question
        connect_args=extra,
    )
    _tune(engine, heard)
    return engine


def _tune(engine: Engine, heard: Callable[[datetime], None]) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own class
        try:
            with connection.cursor() as cursor:
                *_, fsync, encoding = cursor.execute(_SESSION).fetchone()
            connection.commit()
            _refuse_unfit(fsync, encoding)
        except BaseException:
            connection.close()
            raise
        _take_any_text(connection)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("readonly", False):
            statement = _LOOK
        else:
            shared = options.get("sharing", False)
            statement = _WRITE.format(lock="pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock")
        *_, now = connection.exec_driver_sql(statement).one()
        heard(now)


def _refuse_unfit(fsync: str, encoding: str) -> None:
    """Refuse a server that would forget, or could not keep a name as it is written."""
    if fsync != "on":
        raise LedgerProblem(
            "the database server runs with fsync = off: after a power loss people would get mail twice",
            hint="Set fsync = on in its postgresql.conf, and restart it.",
        )
    if encoding != "UTF8":
        raise LedgerProblem(
            f"the database keeps text as {encoding}; names of many languages need UTF8",
            hint="createdb --encoding=UTF8 --template=template0 NAME",
        )


def _take_any_text(connection: Any) -> None:  # noqa: ANN401 - the driver's own class
    """Write NUL as U+FFFD: PostgreSQL keeps none in a text, and what strangers send must not stop a mailing."""
    from psycopg.types.string import StrDumper  # noqa: PLC0415 - an extra

    class AnyText(StrDumper):
        def dump(self, obj: str) -> Any:  # noqa: ANN401 - the driver's own type
            return super().dump(obj.replace("\x00", "\ufffd"))

    connection.adapters.register_dumper(str, AnyText)
