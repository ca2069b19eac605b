"""Connection: opening the ledger, its transactions and its durability, and which ledger it is.

Owns the engine, pragmas, migrations at opening, file permissions, the check that the keys are the ones it was made
with, and the rows of `ledger_info`. Apart from the migrations, it is the only file that depends on the kind of
database. Contains no query about mail. Raises `LedgerProblem`.

SQLite: WAL, `synchronous=FULL` (an `attempted` lost in a power cut would mean a second mail), `fullfsync` on macOS, and
BEGIN IMMEDIATE for writers, since SQLite has no SKIP LOCKED: claims take turns instead.

PostgreSQL: writers take turns, as on SQLite, by one advisory lock for each ledger; writers that only touch rows that
they hold or lock (claims, attempts, outcomes: `sharing`) take the same lock in shared mode, and work in parallel. One
database can have several ledgers, each in its own schema: the lock has the number of the ledger's own table. A host
that vanishes in the middle of a transaction must not keep the others waiting: the server ends the transaction after a
quarter of a lease, and both sides notice dead peers within about a minute. Gaps: connection poolers that give a session
to another client after each transaction (PgBouncer in transaction mode) are not supported.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    MetaData,
    Table,
    Text,
    cast,
    create_engine,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.event import listens_for
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.util import LRUCache

from mailer.errors import KEY_HINT, LedgerProblem, LedgerUnavailable
from mailer.frozen import dataclass, field
from mailer.ledger.rows import has_row, put
from mailer.ledger.tables import UtcDateTime, event, ledger_info, ledger_key, metadata, suppression
from mailer.platform.clocks import Watch, steady_now, watch_of
from mailer.tokens import Keys

_T = TypeVar("_T")
_Numbered = TypeVar("_Numbered", bound=Any)  # a row, or a value made of one, with its `id`
_PAGE = 500
LEASE = timedelta(seconds=60)
_BUSY_MS = 30_000
_WIDEST_GAP_S = 0.25
_COMPILED = LRUCache[Any, Any](1000)  # compiled statements, by SQLAlchemy's cache key
_INSTALL = "pip install 'mailer[postgres]'"


@dataclass(slots=True)
class LedgerClock:
    """The clock that all users of a ledger share: the server's on PostgreSQL, this machine's on SQLite.

    `own` is this machine's. How far the server's is ahead of it is measured at the beginning of each transaction, so
    that a host with a wrong clock neither outlives its lease nor takes what others hold. Between two transactions the
    time advances by a clock that no setting moves. `watch` notices when the shared clock jumps.
    """

    own: Callable[[], datetime] = lambda: datetime.now(UTC)
    ahead: timedelta = timedelta()
    watch: Watch | None = None

    def sync(self, server_time: datetime) -> None:
        """Record what time it is on the server now."""
        self.ahead = server_time - self.own()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        at = (self.own() + self.ahead).astimezone(UTC)
        return at if self.watch is None else self.watch.check(at)


_REPLACED = """\
Nothing more is sent. What was answered last may not be in the ledger that is there now.
Look at it before you go on: mailer doctor --only ledger"""


@dataclass(slots=True)
class Witness:
    """What is known of an SQLite ledger outside of it: its file, and who is notified of its newest event.

    A file that replaced an open one is another ledger. Open connections continue in the old one, which nobody will ever
    see again, and new ones begin in the new one: so each transaction checks the file first.
    `heed` is called after each commit with the number of the newest event.
    """

    file: Path | None = None
    mark: tuple[int, int] = (0, 0)
    heed: Callable[[int], None] | None = None

    def check(self) -> None:
        """Refuse a ledger whose file is not the one that was opened.

        Raises LedgerProblem if it was removed or replaced.
        """
        if self.file is None:
            return
        try:
            found = self.file.stat()
        except OSError:
            raise LedgerProblem(f"the ledger was removed while it was in use: {self.file}", hint=_REPLACED) from None
        if (found.st_dev, found.st_ino) != self.mark:
            raise LedgerProblem(f"the ledger was replaced while it was in use: {self.file}", hint=_REPLACED)

    def count(self, connection: Connection) -> int | None:
        """Return the number of the newest event, where `heed` is set."""
        if self.heed is None:
            return None
        # by the driver: with SQLAlchemy it would cost more than the rest of the commit
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute("SELECT max(id) FROM event")
            (newest,) = cursor.fetchone() or (0,)
        return int(newest or 0)


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger; every query runs in a transaction of `reading` or `writing`."""

    engine: Engine
    clock: LedgerClock = field(default_factory=LedgerClock)
    witness: Witness = field(default_factory=Witness)
    lease: timedelta = LEASE

    @property
    def on_this_machine(self) -> bool:
        """Return whether it is a file, used by this machine alone; a server's ledger may be shared by several."""
        return self.engine.dialect.name == "sqlite"

    @property
    def address(self) -> str:
        """Return where a server's ledger is, with its password, for a library that opens connections of its own."""
        url = self.engine.url.set(drivername="postgresql")
        return url.set(query=_PATIENCE | dict(url.query)).render_as_string(hide_password=False)

    @contextmanager
    def writing(self, *, sharing: bool = False) -> Iterator[Connection]:
        """Yield a transaction that commits durably at the end, or not at all; writers take turns.

        With `sharing`, writers work in parallel where the database can do that: for steps that touch only rows which
        this process holds, or takes with SKIP LOCKED.
        """
        self.witness.check()
        with _translated(), self.engine.connect() as raw:
            connection = raw.execution_options(sharing=True) if sharing else raw
            with connection.begin():
                yield connection
                newest = self.witness.count(connection)
        if self.witness.heed is not None and newest is not None:
            self.witness.heed(newest)

    def step(self, work: Callable[[Connection], _T]) -> _T:
        """Do one of many steps in a short transaction of its own, and leave other writers room for theirs.

        SQLite's waiting writers check only now and then whether it is their turn: without a gap they would miss it.
        """
        began = time.monotonic()
        with self.writing() as connection:
            done = work(connection)
        if self.on_this_machine:
            time.sleep(min((time.monotonic() - began) / 2, _WIDEST_GAP_S))
        return done

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield one consistent view that blocks nobody."""
        self.witness.check()
        with _translated(), self.engine.connect() as raw:
            connection = raw.execution_options(**_reading_options(self.engine))
            with connection.begin():
                yield connection

    def pages(self, read: Callable[..., Sequence[_Numbered]], **which: object) -> Iterator[Sequence[_Numbered]]:
        """Yield rows in the order of their ids, some at a time; `read` returns up to a `limit`, `after` an id."""
        after = 0
        while True:
            with self.reading() as connection:
                rows = read(connection, after=after, limit=_PAGE, **which)
            if not rows:
                return
            yield rows
            after = rows[-1].id

    def now(self) -> datetime:
        """Return the time that leases, pacing and events use (`LedgerClock`)."""
        return self.clock.now()

    def jumped(self) -> timedelta | None:
        """Return by how much the clock jumped, as long as its new time is not trusted; else None."""
        if self.clock.watch is None:
            return None
        self.clock.now()
        return self.clock.watch.jumped

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_ledger(
    url: str,
    root: Path,
    *,
    create: bool = True,
    clock: Callable[[], datetime] | None = None,
    lease: timedelta = LEASE,
    as_it_is: bool = False,
    upgrades: bool = True,
) -> Ledger | None:
    """Open the ledger, and migrate it, or leave it `as_it_is`. An SQLite path is relative to `root`.

    `clock` replaces this machine's own, and is trusted without a check. `lease` is how long this process may be silent
    before others take what it holds (`processes`).

    Without `create`, returns None if there is no ledger yet: reading commands leave nothing behind. Without `upgrades`
    an older ledger on a server is refused: hosts without this version share it. Raises LedgerProblem if it cannot be
    opened, is damaged, or was made by another version that this one cannot read.
    """
    target = _parse_url(url)
    is_file = target.get_backend_name() == "sqlite"
    if clock is not None:
        shared = LedgerClock(clock)
    elif is_file:
        shared = LedgerClock(watch=watch_of("here"))
    else:
        shared = LedgerClock(steady_now, watch=watch_of(f"{target.host}:{target.port}"))
    witness = Witness()
    if is_file:
        if target.database in {None, "", ":memory:"}:
            raise LedgerProblem("the ledger needs a file: sqlite:///.mailer/ledger.db")
        path = witness.file = root / str(target.database)
        if not path.exists():
            if not create:
                return None
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                # made before SQLite opens it: its journal files take over the permissions
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            except OSError as error:
                raise LedgerProblem(f"the ledger {path} cannot be made: {error.strerror or error}") from None
        engine = _sqlite_engine(target.set(database=str(path)))
    else:
        try:
            engine = make_engine(target, shared.sync, lease)
        except ImportError:  # the driver, or the library of PostgreSQL that it needs
            raise LedgerProblem("a ledger on PostgreSQL needs one more package", hint=_INSTALL) from None
    found = False
    try:
        with _translated():
            found = as_it_is or _migrate(engine, create=create or is_file, upgrades=upgrades or is_file)
    finally:
        if not found:
            engine.dispose()
    if not found:
        return None
    if witness.file is not None:
        made = witness.file.stat()
        witness.mark = (made.st_dev, made.st_ino)
    return Ledger(engine, shared, witness, lease)


class KeptLedger:
    """A ledger on a server that stays open from one use to the next, for all threads of a process.

    A new session costs more than its queries. For another address, or tables of another version, it is opened anew, and
    opening raises what is wrong. A thread that still uses the one before goes on with it.
    """

    def __init__(self) -> None:
        """Start without a ledger."""
        self._turn = Lock()
        self._key: tuple[str, Path, timedelta] | None = None
        self._ledger: Ledger | None = None

    def open(self, url: str, root: Path, *, lease: timedelta) -> Ledger | None:
        """Return the ledger, or None if there is none yet. Raises as `open_ledger`, each time."""
        from mailer.ledger.migrations import NEWEST  # noqa: PLC0415 - as in `_migrate`

        with self._turn:
            if self._ledger is not None and self._key == (url, root, lease):
                with self._ledger.reading() as connection:
                    if shape_version(connection) == NEWEST:
                        return self._ledger
            self.close()
            self._ledger, self._key = open_ledger(url, root, create=False, lease=lease), (url, root, lease)
            return self._ledger

    def close(self) -> None:
        """Close the ledger, if one is open."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()


def text_of_time(connection: Connection, column: ColumnElement[datetime]) -> ColumnElement[str]:
    """Return a time as text in UTC, the day before the hour, in the form of each database."""
    return cast(func.timezone("UTC", column) if connection.dialect.name == "postgresql" else column, Text)


def _parse_url(url: str) -> URL:
    """Read the address of a ledger; it is never repeated, because it may hold a password."""
    hint = "sqlite:///.mailer/ledger.db needs nothing else; postgresql://USER@HOST/NAME can be shared."
    try:
        target = make_url(url)
    except ArgumentError:
        raise LedgerProblem("[ledger] url: this is not the address of a database", hint=hint) from None
    if target.drivername not in {"sqlite", *NAMES}:
        raise LedgerProblem(f"[ledger] url: a ledger cannot be kept in {target.drivername}", hint=hint)
    # a short word of its own for PostgreSQL is common elsewhere, and would be unknown to SQLAlchemy
    return target if target.drivername == "sqlite" else target.set(drivername=DRIVER)


# Identity: which ledger this is, and how far it has come: the id that it got when it was made, a counter that every run
# raises, a mark that is new with each raise (two copies that both reach the same number differ in it), and who sent
# last. `runs.office` compares them with what it remembers.


@dataclass(frozen=True, slots=True)
class Identity:
    """A ledger's id, the runs it counts, the mark of the newest, and who sent last (`user@host`, empty: nobody yet)."""

    ledger_id: str
    runs: int = 0
    mark: str = ""
    sent_by: str = ""


def read_identity(connection: Connection) -> Identity:
    """Return which ledger this is; one from before runs were counted has none."""
    rows = {row.name: row.value for row in connection.execute(select(ledger_info))}
    return Identity(rows["ledger_id"], int(rows.get("runs", 0)), rows.get("mark", ""), rows.get("sent_by", ""))


def count_events(connection: Connection) -> int:
    """Return how many events were written: events are only ever added, so it is the newest one's number."""
    return connection.scalar(select(func.max(event.c.id))) or 0


def is_worth_keeping(connection: Connection) -> bool:
    """Return whether losing the ledger would do harm: it has sent, or it knows who must not be mailed."""
    return bool(read_identity(connection).sent_by) or has_row(connection, suppression.c.id > 0)


def count_run(connection: Connection, *, sent_by: str = "", above: int = 0) -> Identity:
    """Raise the counter by one (or above a number known elsewhere), with a new mark; return what it is now."""
    # processes that raise it take turns by locking the one row that is always there
    connection.execute(select(ledger_info.c.value).where(ledger_info.c.name == "ledger_id").with_for_update()).one()
    runs = max(read_identity(connection).runs, above) + 1
    values = {"runs": str(runs), "mark": secrets.token_hex(8)} | ({"sent_by": sent_by} if sent_by else {})
    for name, value in values.items():
        note(connection, name, value)
    return read_identity(connection)


def note(connection: Connection, name: str, value: str) -> None:
    """Store a value about the ledger itself, in place of an older one of that name."""
    put(connection, ledger_info, {"name": name}, {}, value=value)


def read_note(connection: Connection, name: str) -> str:
    """Return a value about the ledger itself; empty if there is none of that name."""
    return connection.scalar(select(ledger_info.c.value).where(ledger_info.c.name == name)) or ""


# Keys: a ledger is of use only with the keys that it was made with.


def verify_keys(connection: Connection, keys: Keys) -> frozenset[int]:
    """Compare the keys with the check values that the ledger stores; return the ids that it knows.

    With a missing or different key no suppression could be found: nobody would seem suppressed.

    Digests of people are made with the key of the lowest id (`tokens.address_digest`). A new key needs a higher id:
    with a lower one, everybody would get another digest. Raises LedgerProblem if a key is missing or different, or a
    new one has a lower id than those that are known.
    """
    known = {row.key_id: row.check_value for row in connection.execute(select(ledger_key))}
    for key_id, value in known.items():
        if key_id not in keys.secrets:
            raise LedgerProblem(f"key {key_id}, with which this ledger was made, is missing", hint=KEY_HINT)
        if not hmac.compare_digest(keys.check_value(key_id), value):
            raise LedgerProblem(f"key {key_id} is not the one this ledger was made with", hint=KEY_HINT)
    if known and min(keys.secrets) < min(known):
        raise LedgerProblem(
            f"key {min(keys.secrets)} is new, and its id is lower than those that this ledger was made with",
            hint="People are recognised by the key with the lowest id, so no opt-out could be found any more.\n"
            f"Give the new key a higher id than {max(known)}.",
        )
    return frozenset(known)


def check_keys(connection: Connection, keys: Keys) -> None:
    """Compare the keys with those that the ledger knows (`verify_keys`), and record the new ones.

    Raises LedgerProblem if a key is missing or different.
    """
    new = keys.secrets.keys() - verify_keys(connection, keys)
    if new:
        rows = [{"key_id": i, "check_value": keys.check_value(i), "created_at": datetime.now(UTC)} for i in new]
        connection.execute(insert(ledger_key), rows)


@listens_for(metadata, "before_create")
def _narrow(metadata: MetaData, connection: Connection, **_: object) -> None:
    """Set `where` for this database only: an index that names a dialect loads all of SQLAlchemy's support for it."""
    for index in (index for table in metadata.tables.values() for index in table.indexes if "where" in index.info):
        index.dialect_options[connection.dialect.name]["where"] = text(index.info["where"])


def insert_columns(connection: Connection, into: Table, columns: Mapping[str, Sequence[object]]) -> None:
    """Insert rows, given column by column, by the driver itself: for SQLAlchemy a row is twice the work.

    Times become what the database stores; all other values are passed on as they are.
    """
    bound = dict(columns)
    for name, times in columns.items():
        if isinstance(into.c[name].type, UtcDateTime):
            kept = into.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
            known = {at: kept(at) if kept else at for at in set(times)}
            bound[name] = [known[at] for at in times]
    query = f"INSERT INTO {into.name} ({', '.join(bound)}) VALUES ({', '.join('?' * len(bound))})"  # noqa: S608 - names
    run_for_rows(connection, query, list(zip(*bound.values(), strict=True)))


def run_for_rows(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Run a statement for each row, by the driver itself; the values of a row replace its `?`."""
    is_marked = connection.dialect.paramstyle == "qmark"
    connection.exec_driver_sql(statement if is_marked else statement.replace("?", "%s"), list(rows))


def overwrite_erased(connection: Connection) -> None:
    """Overwrite what this connection deletes with zeros, not only unlink it, where the database can do that."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def compact(ledger: Ledger, tables: Sequence[str]) -> bool:
    """Write the ledger anew, so that nothing that was erased is left in free pages or in its log.

    SQLite: VACUUM, then the write-ahead log is emptied. PostgreSQL: VACUUM FULL of these tables; its own log, base
    backups and replicas are the administrator's. Return False if another program kept the log from being emptied.
    Raises LedgerProblem if it cannot be done now.
    """
    with _translated(), ledger.engine.connect() as raw:
        try:
            if ledger.on_this_machine:
                alone = raw.execution_options(alone=True)
                alone.exec_driver_sql("PRAGMA secure_delete=ON")
                alone.exec_driver_sql("VACUUM")
                busy, *_ = alone.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                return not busy
            connection = raw.execution_options(isolation_level="AUTOCOMMIT")
            for table in tables:
                connection.exec_driver_sql(f'VACUUM FULL "{table}"')
            return True
        finally:
            raw.invalidate()  # its settings are not for other users of the pool


def read_durability(connection: Connection) -> dict[str, str]:
    """Return the settings that decide whether a commit outlives a power loss, by the database's own names."""
    if connection.dialect.name == "sqlite":
        levels = ("off", "normal", "full", "extra")
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        return {"journal_mode": str(mode), "synchronous": levels[int(level)]}
    names = ("fsync", "synchronous_commit")
    return {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as its client sees it: version, clock, connections, and whether a session is the client's own.

    `ahead_s` is how far its clock is ahead of this machine's, give or take `within_s`. `in_use` of `most` connections
    are taken. `hands_on`: a pooler in between gives a session to another client after each transaction.
    """

    version: str
    schema: str
    ahead_s: float
    within_s: float
    in_use: int
    most: int
    hands_on: bool


_FACTS = """SELECT current_setting('server_version'), version_num,
(SELECT sum(numbackends) FROM pg_stat_database)::int, least(
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true), '0')::int,
  (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
  (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)) FROM alembic_version"""
_ROUNDS = 5


def read_server(ledger: Ledger) -> ServerFacts | None:
    """Return the facts about a ledger's server; None if the ledger is a file.

    No setting shows a pooler that hands sessions on. But two sessions that are open at once have two server processes,
    and keep them: where both meet one process, or one of them meets several, there is a pooler in between.
    """
    if ledger.on_this_machine:
        return None
    clocks, met = list[tuple[float, float]](), (set[int](), set[int]())
    reading = _reading_options(ledger.engine)
    with _translated(), ledger.engine.connect() as first, ledger.engine.connect() as second:
        one, other = (each.execution_options(**reading) for each in (first, second))
        for _ in range(_ROUNDS):
            for raw, processes in zip((one, other), met, strict=True):
                with raw.begin():
                    before, began = datetime.now(UTC), time.perf_counter()
                    statement = "SELECT clock_timestamp(), pg_backend_pid()"
                    server_time, process = raw.exec_driver_sql(statement).one()
                    took_s = time.perf_counter() - began
                clocks.append((took_s / 2, (server_time - before).total_seconds() - took_s / 2))
                processes.add(process)
        with one.begin():
            version, schema, in_use, most = one.exec_driver_sql(_FACTS).one()
    within_s, ahead_s = min(clocks)
    hands_on = bool(met[0] & met[1]) or any(len(processes) > 1 for processes in met)
    return ServerFacts(version, schema, ahead_s, within_s, in_use, most, hands_on)


# What a server answers, in English, to a client that it does not let in: waiting does not help.
_REFUSED = (
    *("authentication failed", "no password supplied", "does not exist", "pg_hba.conf", "not permitted"),
    *("permission denied", "certificate", "SSL was required"),
)


def is_away(problem: LedgerProblem) -> bool:
    """Return whether a ledger that could not be opened may become available without a change here."""
    return isinstance(problem, LedgerUnavailable) and not any(words in str(problem) for words in _REFUSED)


_BUSY = "Another program is writing to it: try again."
_FULL = "Free some space on its disk, and try again."
_DAMAGED = "The ledger is damaged. Restore it from a backup: see docs/ledger.md."
_READ_ONLY = "Make ledger.db and its folder writable for this account, then run the command again."
_REMEDIES = {
    "locked": _BUSY,
    "lock timeout": _BUSY,
    "disk is full": _FULL,
    "No space left": _FULL,
    "not a database": _DAMAGED,
    "malformed": _DAMAGED,
    "readonly": _READ_ONLY,
    "read-only": _READ_ONLY,
    "unable to open": _READ_ONLY,
}


def find_damage(connection: Connection) -> str:
    """Read all of an SQLite ledger; return the first damage, empty if there is none or the ledger is on a server."""
    if connection.dialect.name != "sqlite":
        return ""
    found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return "" if found == "ok" else found.splitlines()[-1]


@contextmanager
def _translated() -> Iterator[None]:
    """Translate the database's exceptions into `LedgerProblem`, with a hint for the operator."""
    try:
        yield
    except DatabaseError as error:
        message = next(iter(str(error.orig).splitlines()), "")
        hint = next((hint for words, hint in _REMEDIES.items() if words in message), "")
        if not isinstance(error, OperationalError) and not error.connection_invalidated:
            raise LedgerProblem(f"the ledger refused: {message}", hint=hint) from error
        raise LedgerUnavailable(f"the ledger cannot be used: {message}", hint=hint) from error
    except SQLAlchemyError as error:
        raise LedgerProblem(f"the ledger cannot be used: {error}") from error


@cache
def _sqlite_dialect() -> Dialect:
    engine = create_engine("sqlite://")
    engine.connect().close()  # on the first connection it asks for the version
    engine.dispose()
    return engine.dialect


def _sqlite_engine(target: URL) -> Engine:
    # Each page of the desk opens the ledger anew: half its time would go into compiling the same statements again.
    # The cache of compiled statements is keyed by dialect, so all ledgers of a process share one dialect.
    engine = create_engine(target, execution_options={"compiled_cache": _COMPILED})
    engine.dialect = _sqlite_dialect()

    @listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own class
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "fullfsync=ON", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        until = time.monotonic() + _BUSY_MS / 1000
        while True:  # wait for others that switch to WAL as well: SQLite's busy timeout does not cover this statement
            try:
                cursor.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.02)
        cursor.close()

    @listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("alone", False):
            return  # VACUUM cannot run in a transaction
        readonly = connection.get_execution_options().get("readonly", False)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def _reading_options(engine: Engine) -> dict[str, Any]:
    of_server = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {"readonly": True, **({} if engine.dialect.name == "sqlite" else of_server)}


_OLDER = "Once this version is installed on all hosts, bring the ledger up to date:   mailer ledger migrate"


def _migrate(engine: Engine, *, create: bool, upgrades: bool) -> bool:
    """Migrate the ledger to the newest version; one SELECT if it has it already (alembic takes 0.3 s to import).

    Return False if there is no ledger yet, and none is to be made. Raises LedgerProblem if it is older, and `upgrades`
    is off.
    """
    from mailer.ledger.migrations import NEWEST, refuse_newer, upgrade  # noqa: PLC0415 - see above

    with engine.connect() as raw:
        reading = raw.execution_options(**_reading_options(engine))
        with reading.begin():
            version = shape_version(reading)
    if version == NEWEST:
        return True
    if version is None and not create:
        return False
    refuse_newer(version)
    # what is from before the first release is refused by `upgrade`
    if not upgrades and version is not None and not version.startswith("0") and int(version) < int(NEWEST):
        raise LedgerProblem("this ledger was written by an older mailer, and reading does not upgrade it", hint=_OLDER)
    with engine.begin() as connection:
        version = shape_version(connection)
        if version != NEWEST:  # a second process may have been faster
            refuse_newer(version)
            upgrade(connection)
            if not has_row(connection, ledger_info.c.name == "ledger_id"):
                note(connection, "ledger_id", secrets.token_hex(8))
    return True


def shape_version(connection: Connection) -> str | None:
    """Return the version of the ledger's tables; None if there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


# PostgreSQL: what it takes for a ledger there to keep the same promises as one on SQLite.

DRIVER = "postgresql+psycopg"
NAMES = frozenset({"postgresql", "postgres", DRIVER})

# The number of a ledger's advisory lock: our name above, the number of its first table below. The search path finds the
# table, as it does for every query; while a database has no ledger yet, its maker takes the number 0.
_TURN = f"{int.from_bytes(b'mail') << 32} + coalesce(to_regclass('ledger_info')::oid::bigint, 0)"
_WAIT_MS = 30_000

# libpq's own parameters; each can be overridden in the URL. Without them it takes a quarter of an hour to notice that a
# server has vanished.
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

_WRITE = (
    "SELECT set_config('idle_in_transaction_session_timeout', '{idle_ms}', true), "
    f"{{lock}}({_TURN}), clock_timestamp()"
)


def make_engine(target: URL, sync: Callable[[datetime], None], lease: timedelta) -> Engine:
    """Build an engine whose sessions are durable and take turns; each transaction calls `sync` with the server's time.

    NUL is written as U+FFFD: PostgreSQL keeps none in a text, and what strangers send must not stop a mailing. Raises
    ImportError where the driver, an extra, is not installed.
    """
    from psycopg.types.string import StrDumper  # noqa: PLC0415 - an extra

    # when its server goes away, the driver logs what it ignores; commands report what that means for mail
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    logging.getLogger("psycopg").propagate = False

    class AnyText(StrDumper):
        def dump(self, obj: str) -> Any:  # noqa: ANN401 - the driver's own type
            return super().dump(obj.replace("\x00", "\ufffd"))

    extra = {name: value for name, value in _PATIENCE.items() if name not in target.query}
    engine = create_engine(
        target.set(drivername=DRIVER),
        isolation_level="READ COMMITTED",  # each statement sees what was committed before it: the lock orders writers
        pool_pre_ping=True,  # a server that was restarted meanwhile costs only this ping
        max_overflow=-1,  # as many as threads: the lock's holder must not wait for a connection held by one that waits
        connect_args=extra,
    )

    @listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own class
        try:
            with connection.cursor() as cursor:
                *_, fsync, encoding = cursor.execute(_SESSION).fetchone()
            connection.commit()
            connection.adapters.register_dumper(str, AnyText)
        except BaseException:
            connection.close()
            raise
        problem, hint = "", ""
        if fsync != "on":  # a commit could be lost
            problem = "the database server runs with fsync = off: after a power cut recipients could get messages twice"
            hint = "Set fsync = on in its postgresql.conf, and restart it."
        elif encoding != "UTF8":  # it could not keep a name as it is written
            problem = f"the database stores text as {encoding}; names of many languages need UTF8"
            hint = "createdb --encoding=UTF8 --template=template0 NAME"
        if problem:
            connection.close()
            raise LedgerProblem(problem, hint=hint)

    # as often as a lease is renewed: one that vanishes while it holds the lock must not cost the others their leases
    idle_ms = round(lease.total_seconds() * 1000 / 4)

    @listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        lock = "pg_advisory_xact_lock_shared" if options.get("sharing", False) else "pg_advisory_xact_lock"
        is_reading = options.get("readonly", False)
        statement = "SELECT clock_timestamp()" if is_reading else _WRITE.format(lock=lock, idle_ms=idle_ms)
        *_, now = connection.exec_driver_sql(statement).one()
        sync(now)

    return engine


def jobs_schema(connection: Connection) -> str:
    """Return the quoted name of the schema for the jobs of workers: the ledger's own with `_jobs` behind it."""
    own = connection.exec_driver_sql("SELECT left(current_schema(), 50)").scalar_one()
    return connection.dialect.identifier_preparer.quote_identifier(f"{own}_jobs")


def has_jobs(connection: Connection) -> bool:
    """Return whether that schema has the jobs' tables."""
    table = f"{jobs_schema(connection)}.procrastinate_jobs"
    return connection.exec_driver_sql("SELECT to_regclass(%s) IS NOT NULL", (table,)).scalar_one() is True


def run_script(connection: Connection, script: str, *, schema: str = "") -> None:
    """Run a script in the database's own SQL, in a (quoted) schema; by default in the ledger's."""
    before = connection.exec_driver_sql("SHOW search_path").scalar_one()
    for path, work in ((schema or before, script), (before, "")):
        connection.exec_driver_sql("SELECT set_config('search_path', %s, true)", (path,))
        connection.exec_driver_sql(work, execution_options={"no_parameters": True})  # else it may hold one statement
