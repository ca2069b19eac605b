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
_COMPILED = LRUCache[Any, Any](1000)  # SQL of statements, by what SQLAlchemy knows them by
_INSTALL = "pip install 'mailer[postgres]'"


@dataclass(slots=True)
class LedgerClock:
    """The time by which all who share a ledger live: PostgreSQL's where hosts do, this machine's on SQLite.

    `own` is this machine's. How far the other is ahead of it is measured at the beginning of each transaction, so that
    a host whose clock is wrong neither outlives its lease nor takes what others hold. Between two transactions it goes
    on by a clock that nobody sets, and `watch` tells when it jumps: this machine's on SQLite, the server's elsewhere.
    """

    own: Callable[[], datetime] = lambda: datetime.now(UTC)
    ahead: timedelta = timedelta()
    watch: Watch | None = None

    def hear(self, theirs: datetime) -> None:
        """Record what time it is there, now."""
        self.ahead = theirs - self.own()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        said = (self.own() + self.ahead).astimezone(UTC)
        return said if self.watch is None else self.watch.believe(said)


_REPLACED = """\
Nothing more is sent. What was answered last may not be in the ledger that is there now.
Look at it before you go on: mailer doctor --only ledger"""


@dataclass(slots=True)
class Witness:
    """What is known of an SQLite ledger outside of it: its file, and who hears how many events it holds by now.

    A file that was put in place of an open one is another ledger. Connections that are open go on in the old one, which
    nobody will ever see again, and new ones begin in the other: so each transaction looks at the file first.
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
        """Return the number of the newest event, where someone wants to hear it."""
        if self.heed is None:
            return None
        # by the driver: with SQLAlchemy it would cost more than all the rest of it
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
        """Return whether it is a file, which one machine alone uses; a server's is shared by several."""
        return self.engine.dialect.name == "sqlite"

    @property
    def address(self) -> str:
        """Return where a server's ledger is, with its password, for a library that opens connections of its own."""
        url = self.engine.url.set(drivername="postgresql")
        return url.set(query=_PATIENCE | dict(url.query)).render_as_string(hide_password=False)

    @contextmanager
    def writing(self, *, sharing: bool = False) -> Iterator[Connection]:
        """Yield a transaction that commits durably at the end, or not at all; writers take turns.

        Those who are `sharing` work side by side, where the database can do that: for steps that touch only rows which
        this process holds, or takes with SKIP LOCKED.
        """
        self.witness.check()
        with _told(), self.engine.connect() as raw:
            connection = raw.execution_options(sharing=True) if sharing else raw
            with connection.begin():
                yield connection
                newest = self.witness.count(connection)
        if self.witness.heed is not None and newest is not None:
            self.witness.heed(newest)

    def step(self, work: Callable[[Connection], _T]) -> _T:
        """Do one of many steps in a short transaction of its own, and leave those who write beside it room for theirs.

        SQLite's waiting writers look only now and then whether it is their turn: without a gap they would miss it.
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
        with _told(), self.engine.connect() as raw:
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
        """Return the time by which leases and pacing run, and which events bear (`LedgerClock`)."""
        return self.clock.now()

    def jumped(self) -> timedelta | None:
        """Return by how much the clock jumped, where it is not known yet whether its new time is right; else None."""
        if self.clock.watch is None:
            return None
        self.clock.now()
        return self.clock.watch.jumped

    def close(self) -> None:
        """Close what is open."""
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
    """Open the ledger, and bring it to today's shape, or leave it `as_it_is`. An SQLite path is relative to `root`.

    `clock` stands in for this machine's own, and is believed whatever it says. `lease` is how long this process may be
    silent before others take what it holds (`processes`).

    Without `create`, gives None if there is none yet: reading commands leave nothing behind. Without `upgrades` an
    older one on a server is refused: hosts that have not this version yet share it. Raises LedgerProblem if it
    cannot be opened, is damaged, or was made by another version that this one cannot read.
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
            engine = make_engine(target, shared.hear, lease)
        except ImportError:  # the driver, or the library of PostgreSQL that it needs
            raise LedgerProblem("a ledger on PostgreSQL needs one more package", hint=_INSTALL) from None
    found = False
    try:
        with _told():
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
    """A ledger on a server that stays open from one look to the next, for all threads of a process.

    A new session costs more than what it is asked. Another address, or tables of another version, and it is opened
    anew: then opening says what is wrong. Who is at work on the one before goes on with it.
    """

    def __init__(self) -> None:
        """Hold none yet."""
        self._turn = Lock()
        self._asked: tuple[str, Path, timedelta] | None = None
        self._ledger: Ledger | None = None

    def open(self, url: str, root: Path, *, lease: timedelta) -> Ledger | None:
        """Return the ledger, or None if there is none yet. Raises as `open_ledger`, each time."""
        from mailer.ledger.migrations import NEWEST  # noqa: PLC0415 - as in `_migrate`

        with self._turn:
            if self._ledger is not None and self._asked == (url, root, lease):
                with self._ledger.reading() as connection:
                    if shape_version(connection) == NEWEST:
                        return self._ledger
            self.close()
            self._ledger, self._asked = open_ledger(url, root, create=False, lease=lease), (url, root, lease)
            return self._ledger

    def close(self) -> None:
        """Close what is open."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()


def text_of_time(connection: Connection, column: ColumnElement[datetime]) -> ColumnElement[str]:
    """Return a time as text, in UTC and with the day before the hour, as both databases have it."""
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
# raises, a mark that is new with each raise (two copies that both went on to the same number differ in it), and who
# sent last. `runs.office` holds them against what it remembers.


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
    """Return whether losing the ledger would harm someone: it has sent, or it knows who must not be mailed."""
    return bool(read_identity(connection).sent_by) or has_row(connection, suppression.c.id > 0)


def count_run(connection: Connection, *, sent_by: str = "", above: int = 0) -> Identity:
    """Raise the counter by one (or above a number known elsewhere), with a new mark; return what it is now."""
    # a process that raises it takes turns with the others at the one row that is always there
    connection.execute(select(ledger_info.c.value).where(ledger_info.c.name == "ledger_id").with_for_update()).one()
    runs = max(read_identity(connection).runs, above) + 1
    values = {"runs": str(runs), "mark": secrets.token_hex(8)} | ({"sent_by": sent_by} if sent_by else {})
    for name, value in values.items():
        note(connection, name, value)
    return read_identity(connection)


def note(connection: Connection, name: str, value: str) -> None:
    """Keep a line about the ledger itself, in place of an older one of that name."""
    put(connection, ledger_info, {"name": name}, {}, value=value)


def read_note(connection: Connection, name: str) -> str:
    """Return a line about the ledger itself; empty if there is none of that name."""
    return connection.scalar(select(ledger_info.c.value).where(ledger_info.c.name == name)) or ""


# Keys: a ledger is of use with the ones it was made with alone.


def verify_keys(connection: Connection, keys: Keys) -> frozenset[int]:
    """Hold the keys against what the ledger remembers of them; return the ids that it knows.

    A missing or different key would make every suppression unfindable, “nobody suppressed”.

    People are named with the key of the lowest id (`tokens.address_digest`). A new key is added above it: below it,
    everybody would have another name. Raises LedgerProblem if a key is missing or different, or a new one has a
    lower id than those that are known.
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
    """Hold the keys against what the ledger remembers of them (`verify_keys`), and remember those that are new.

    Raises LedgerProblem if a key is missing or different.
    """
    new = keys.secrets.keys() - verify_keys(connection, keys)
    if new:
        rows = [{"key_id": i, "check_value": keys.check_value(i), "created_at": datetime.now(UTC)} for i in new]
        connection.execute(insert(ledger_key), rows)


@listens_for(metadata, "before_create")
def _narrow(metadata: MetaData, connection: Connection, **_: object) -> None:
    """Let the database at hand know `where`: an index that names one loads all that SQLAlchemy knows of it."""
    for index in (index for table in metadata.tables.values() for index in table.indexes if "where" in index.info):
        index.dialect_options[connection.dialect.name]["where"] = text(index.info["where"])


def insert_columns(connection: Connection, into: Table, columns: Mapping[str, Sequence[object]]) -> None:
    """Insert rows, given column by column, by the driver itself: for SQLAlchemy a row is twice the work.

    Moments become what the database keeps; everything else is handed on as it is.
    """
    bound = dict(columns)
    for name, moments in columns.items():
        if isinstance(into.c[name].type, UtcDateTime):
            kept = into.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
            known = {at: kept(at) if kept else at for at in set(moments)}
            bound[name] = [known[at] for at in moments]
    said = f"INSERT INTO {into.name} ({', '.join(bound)}) VALUES ({', '.join('?' * len(bound))})"  # noqa: S608 - names
    run_for_rows(connection, said, list(zip(*bound.values(), strict=True)))


def run_for_rows(connection: Connection, said: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Run a statement for each row, whose values take the places of its `?`, by the driver itself."""
    is_marked = connection.dialect.paramstyle == "qmark"
    connection.exec_driver_sql(said if is_marked else said.replace("?", "%s"), list(rows))


def overwrite_erased(connection: Connection) -> None:
    """Let what this connection deletes be overwritten with zeros, not only unlinked, where the database can do that."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def compact(ledger: Ledger, tables: Sequence[str]) -> bool:
    """Write the ledger anew, so that nothing that was erased is left in free pages or in its log.

    SQLite: VACUUM, then the write-ahead log is emptied. PostgreSQL: VACUUM FULL of these tables; its own log, base
    backups and replicas are the administrator's. Return False if another program kept the log from being emptied.
    Raises LedgerProblem if it cannot be done now.
    """
    with _told(), ledger.engine.connect() as raw:
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
            raw.invalidate()  # how it was set is for nobody else


def read_durability(connection: Connection) -> dict[str, str]:
    """Return what decides whether a commit outlives a power loss, in the database's own words."""
    if connection.dialect.name == "sqlite":
        levels = ("off", "normal", "full", "extra")
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        return {"journal_mode": str(mode), "synchronous": levels[int(level)]}
    names = ("fsync", "synchronous_commit")
    return {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as a client of it sees it: its version, its clock, its connections, and whether a session is its own.

    `ahead_s` is how far its clock is ahead of this machine's, give or take `within_s`. `in_use` of `most` connections
    are taken. `hands_on`: what stands between gives a session to someone else after each transaction.
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
    """Return what the server of a ledger is like; None if the ledger is a file.

    No setting says who hands sessions on. But two sessions that are open at once have two processes of the server, and
    keep them: where both meet one process, or one of them meets several, they are not what they seem.
    """
    if ledger.on_this_machine:
        return None
    clocks, met = list[tuple[float, float]](), (set[int](), set[int]())
    reading = _reading_options(ledger.engine)
    with _told(), ledger.engine.connect() as first, ledger.engine.connect() as second:
        one, other = (each.execution_options(**reading) for each in (first, second))
        for _ in range(_ROUNDS):
            for raw, processes in zip((one, other), met, strict=True):
                with raw.begin():
                    before, began = datetime.now(UTC), time.perf_counter()
                    statement = "SELECT clock_timestamp(), pg_backend_pid()"
                    theirs, process = raw.exec_driver_sql(statement).one()
                    took_s = time.perf_counter() - began
                clocks.append((took_s / 2, (theirs - before).total_seconds() - took_s / 2))
                processes.add(process)
        with one.begin():
            version, schema, in_use, most = one.exec_driver_sql(_FACTS).one()
    within_s, ahead_s = min(clocks)
    hands_on = bool(met[0] & met[1]) or any(len(processes) > 1 for processes in met)
    return ServerFacts(version, schema, ahead_s, within_s, in_use, most, hands_on)


# What a server answers who it does not let in, as far as it speaks English: waiting does not help.
_REFUSED = (
    *("authentication failed", "no password supplied", "does not exist", "pg_hba.conf", "not permitted"),
    *("permission denied", "certificate", "SSL was required"),
)


def is_away(problem: LedgerProblem) -> bool:
    """Return whether a ledger that could not be opened may be there later, with nothing changed here."""
    return isinstance(problem, LedgerUnavailable) and not any(words in str(problem) for words in _REFUSED)


_BUSY = "Another program is writing to it: try again."
_FULL = "Free some space on its disk, and try again."
_DAMAGED = "The ledger is damaged. Restore it from a backup: docs/ledger.md says how."
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
    """Read an SQLite ledger through, and give the first damage; empty if there is none, or it is on a server."""
    if connection.dialect.name != "sqlite":
        return ""
    found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return "" if found == "ok" else found.splitlines()[-1]


@contextmanager
def _told() -> Iterator[None]:
    """Turn the database's exceptions into sentences for the operator."""
    try:
        yield
    except DatabaseError as error:
        said = next(iter(str(error.orig).splitlines()), "")
        hint = next((hint for words, hint in _REMEDIES.items() if words in said), "")
        if not isinstance(error, OperationalError) and not error.connection_invalidated:
            raise LedgerProblem(f"the ledger refused: {said}", hint=hint) from error
        raise LedgerUnavailable(f"the ledger cannot be used: {said}", hint=hint) from error
    except SQLAlchemyError as error:
        raise LedgerProblem(f"the ledger cannot be used: {error}") from error


@cache
def _sqlite_dialect() -> Dialect:
    engine = create_engine("sqlite://")
    engine.connect().close()  # on the first connection it asks for the version
    engine.dispose()
    return engine.dialect


def _sqlite_engine(target: URL) -> Engine:
    # A page of the desk opens the ledger anew: half its time would go into making SQL of the same statements again.
    # What was compiled is known by its dialect, so all ledgers of a process share one.
    engine = create_engine(target, execution_options={"compiled_cache": _COMPILED})
    engine.dialect = _sqlite_dialect()

    @listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own class
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "fullfsync=ON", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        until = time.monotonic() + _BUSY_MS / 1000
        while True:  # wait for others who switch to WAL as well: SQLite's own waiting leaves this statement out
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
    """Bring the ledger to the newest shape; costs one SELECT where it has it (alembic takes 0.3 s to import).

    Return False if there is none yet, and none is to be made. Raises LedgerProblem if it is older, and is to stay
    so: without `upgrades`.
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
    """Return the version of the ledger's shape; None if there is none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


# PostgreSQL: what makes a ledger there keep the same promises as one on SQLite.

DRIVER = "postgresql+psycopg"
NAMES = frozenset({"postgresql", "postgres", DRIVER})

# The number of a ledger's advisory lock: our name above, the number of its first table below. The search path finds the
# table, as it does for every query; while a database has no ledger yet, its maker takes the number 0.
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

_WRITE = (
    "SELECT set_config('idle_in_transaction_session_timeout', '{idle_ms}', true), "
    f"{{lock}}({_TURN}), clock_timestamp()"
)


def make_engine(target: URL, heard: Callable[[datetime], None], lease: timedelta) -> Engine:
    """Build an engine whose sessions are durable and take turns; `heard` is told the server's time, again and again.

    NUL is written as U+FFFD: PostgreSQL keeps none in a text, and what strangers send must not stop a mailing. Raises
    ImportError where the driver, an extra, is not installed.
    """
    from psycopg.types.string import StrDumper  # noqa: PLC0415 - an extra

    # when its server goes, the driver says what it ignores meanwhile; what follows for mail, commands say
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    logging.getLogger("psycopg").propagate = False

    class AnyText(StrDumper):
        def dump(self, obj: str) -> Any:  # noqa: ANN401 - the driver's own type
            return super().dump(obj.replace("\x00", "\ufffd"))

    extra = {name: value for name, value in _PATIENCE.items() if name not in target.query}
    engine = create_engine(
        target.set(drivername=DRIVER),
        isolation_level="READ COMMITTED",  # each statement sees what was committed before it: the lock orders writers
        pool_pre_ping=True,  # a server that was restarted meanwhile costs nothing but this question
        max_overflow=-1,  # as many as threads: who has the turn must not wait for one that others wait with for theirs
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
        said, hint = "", ""
        if fsync != "on":  # it would forget
            said = "the database server runs with fsync = off: after a power cut recipients could get messages twice"
            hint = "Set fsync = on in its postgresql.conf, and restart it."
        elif encoding != "UTF8":  # it could not keep a name as it is written
            said = f"the database stores text as {encoding}; names of many languages need UTF8"
            hint = "createdb --encoding=UTF8 --template=template0 NAME"
        if said:
            connection.close()
            raise LedgerProblem(said, hint=hint)

    # as often as a lease is renewed: one that vanishes in its turn must not cost all others theirs
    idle_ms = round(lease.total_seconds() * 1000 / 4)

    @listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        lock = "pg_advisory_xact_lock_shared" if options.get("sharing", False) else "pg_advisory_xact_lock"
        is_reading = options.get("readonly", False)
        statement = "SELECT clock_timestamp()" if is_reading else _WRITE.format(lock=lock, idle_ms=idle_ms)
        *_, now = connection.exec_driver_sql(statement).one()
        heard(now)

    return engine


def jobs_schema(connection: Connection) -> str:
    """Return the quoted name of the schema for the jobs of workers: the ledger's own with a word behind it."""
    own = connection.exec_driver_sql("SELECT left(current_schema(), 50)").scalar_one()
    return connection.dialect.identifier_preparer.quote_identifier(f"{own}_jobs")


def has_jobs(connection: Connection) -> bool:
    """Return whether that schema has the jobs' tables."""
    table = f"{jobs_schema(connection)}.procrastinate_jobs"
    return connection.exec_driver_sql("SELECT to_regclass(%s) IS NOT NULL", (table,)).scalar_one() is True


def run_script(connection: Connection, script: str, *, schema: str = "") -> None:
    """Run statements of the database's own language, in a (quoted) schema; without one in the ledger's."""
    before = connection.exec_driver_sql("SHOW search_path").scalar_one()
    for path, work in ((schema or before, script), (before, "")):
        connection.exec_driver_sql("SELECT set_config('search_path', %s, true)", (path,))
        connection.exec_driver_sql(work, execution_options={"no_parameters": True})  # else it may hold one statement
