"""A PostgreSQL for tests: the one that MAILER_TEST_POSTGRES_URL names, or one of our own where its programs are found.

Ours lives in a temporary folder, listens on a free port of this machine alone, wants a password, and ends with the
tests. Each test gets a new database.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from tests.ports import free_port

PASSWORD = "gannet"  # what no output may ever show
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")

_ROOM = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `url` is that of somebody who may make databases. `ours`: we started it, and may stop it."""

    url: URL
    ours: bool = False
    stop: Callable[..., None] = lambda *_: None
    start: Callable[[], None] = lambda: None

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside any transaction; return its rows."""
        dsn = self.url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def database(self, options: str = "") -> Iterator[str]:
        """Yield the URL of a new database, as staff would write it; it is gone afterwards."""
        name = f"mailer_test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name} {options}")
        try:
            yield self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def rows(self, url: str, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement in the database of a ledger."""
        return self.run(statement, make_url(url).database or "")

    def hang_up(self, url: str) -> int:
        """Cut every connection to the database of a ledger, as a restarted server does; return how many."""
        name = make_url(url).database
        hung_up = self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - a name of ours
        return len(hung_up)


def find_programs() -> Path | None:
    """Return the folder with the server's programs, of the newest version where there are several."""
    on_path = shutil.which("initdb")
    found = [path for place in _PLACES for path in Path("/").glob(place[1:]) if (path / "initdb").exists()]
    newest = max(
        found, key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdigit()], default=None
    )
    return newest or (Path(on_path).resolve().parent if on_path else None)


@contextlib.contextmanager
def running_postgres(environ: Mapping[str, str]) -> Iterator[Postgres | None]:
    """Yield a server, or None where none is named and no programs are found."""
    given = environ.get("MAILER_TEST_POSTGRES_URL", "")
    programs = find_programs()
    if given:
        yield Postgres(make_url(given))
    elif programs is None:
        yield None
    else:
        with own_postgres(programs) as server:
            yield server


@contextlib.contextmanager
def own_postgres(programs: Path, *settings: str) -> Iterator[Postgres]:
    """Make and run a server of our own, with more settings (`name=value`) of its configuration."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    spacious = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    # a database in memory syncs in no time; what is synced, and when, is the server's business
    folder = Path(tempfile.mkdtemp(prefix="mailer-postgres-", dir=memory if spacious else None))
    password, data, port = folder / "password", folder / "data", free_port()
    password.write_text(PASSWORD, "ascii")
    account = account_of_server()  # PostgreSQL refuses to be run by root
    for path in (folder, password):
        os.chown(path, account.get("user", -1), account.get("group", -1))
    words = ["--username=press", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
    flags = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "max_connections=60"]
    # a server that ends waits for who had only just connected, and of a host that is cut off nothing more comes
    flags += ["authentication_timeout=15", *settings]
    try:
        made = subprocess.run(
            [programs / "initdb", f"--pgdata={data}", "--no-sync", *words],
            **_ways(folder, account),
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        command: list[str | Path] = [programs / "postgres", "-D", data, *(f"-c{flag}" for flag in flags)]
        running: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            with (folder / "log").open("ab") as log:
                running.append(
                    subprocess.Popen(command, **_ways(folder, account), stdout=log, stderr=log, start_new_session=True)
                )
            _wait_for(server, running[0], folder / "log")

        def stop(number: signal.Signals = signal.SIGINT) -> None:
            process = running.pop()
            process.send_signal(number)  # SIGINT: every connection is cut, what is committed stays
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                processes = subprocess.check_output(["ps", "-eo", "pid,ppid,stat,wchan,args"], text=True)
                left = [line for line in processes.splitlines() if "postgres" in line]
                process.kill()
                log = (folder / "log").read_text("utf-8", "replace").splitlines()[-30:]
                raise AssertionError("\n".join(["the server does not end", *log, *left])) from None

        server = Postgres(URL.create("postgresql", "press", PASSWORD, "127.0.0.1", port), True, stop, start)
        try:
            start()
            yield server
        finally:
            if running:
                stop(signal.SIGQUIT)  # at once: nobody needs its data any more
    finally:
        shutil.rmtree(folder)


def account_of_server() -> dict[str, int]:
    """Return, for a process of root, the account of a server that root may not run; else nothing."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid}
    raise AssertionError("there is no account under which PostgreSQL could run")


def _ways(folder: Path, account: dict[str, int]) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {"cwd": folder, "env": environ, **account, **({"extra_groups": []} if account else {})}


def _wait_for(server: Postgres, process: subprocess.Popen[Any], log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            alive = process.poll() is None and time.monotonic() < until
            assert alive, log.read_text("utf-8", "replace")
            time.sleep(0.05)
        else:
            return
