"""Wake: how soon a worker is at the relay once a mailing is confirmed, and what it costs while nothing is to do.

One worker beside a PostgreSQL that it reaches over TCP with a password. What is measured goes from the commit of what a
confirmation writes last to the worker's taking of the job that wakes it, and to the first connection that the mail
server sees. The cost is the worker's own processor time,
also of one on SQLite, which looks each second. Nothing else should run here meanwhile: the load is printed beside it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.fleet.hosts import KEYS, RELAY, ROOT
from tests.office import Desk, finish, wait_until
from tests.ports import free_port, listens
from tests.postgres import Postgres

_CONFIRM = "UPDATE mailing SET state = 'sending', handed_over = true, started_at = now() WHERE slug = %s"
_NOTE_TAKEN = """
CREATE TABLE taken (at timestamptz);
CREATE FUNCTION note_taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.taken VALUES (clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER note_taken AFTER UPDATE OF status ON public_jobs.procrastinate_jobs FOR EACH ROW
    WHEN (NEW.status = 'doing' AND NEW.task_name = 'send') EXECUTE FUNCTION note_taken();
"""
_TAKEN = "SELECT extract(epoch FROM min(at))::float FROM taken WHERE at > to_timestamp(%s)"
_SETTLED_S = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(folder: Path, server: Postgres, *, times: int, idle_s: float) -> None:
    """Print both, and how many sessions the worker has while it waits."""
    port, log = free_port(), folder / "log"
    command = [sys.executable, "-m", "tests.fleet.server", str(log), "0", str(port)]
    with server.database() as url, subprocess.Popen(command, cwd=ROOT) as relay:
        try:
            wait_until(lambda: listens(port))
            shared = {"MAILER_KEYS": KEYS, "MAILER_LEDGER__URL": url}
            for name, env in (("SQLite", {}), ("PostgreSQL", shared)):
                desk = Desk(folder / name)
                desk.settings(None, more=RELAY.format(port))
                slugs = [f"lamps-{number}" for number in range(times)]
                _plan(desk, slugs, env)
                worker = desk.start("worker", env=env, anew=True)
                time.sleep(_SETTLED_S)
                before = _used_s(worker.pid)
                time.sleep(idle_s)
                cost = (_used_s(worker.pid) - before) * 60 / idle_s
                print(
                    f"{name}: {cost:.2f} s of processor a minute while idle (load {os.getloadavg()[0]:.1f})", flush=True
                )
                if env:
                    _wake(server, url, slugs, log)
                worker.terminate()
                assert finish(worker).code == 0
        finally:
            relay.kill()


def _plan(desk: Desk, slugs: list[str], env: dict[str, str]) -> None:
    """Plan a mailing to one recipient for each name, for tomorrow."""
    at = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    for slug in slugs:
        desk.release(slug, headline=f"Museum opens its cellar of four hundred {slug}", body=f"All of the {slug}.\n")
        desk.people("one", ["p00001@outlet-1.example.com"])
        done = desk.run("send", slug, "--to", "one", "--at", at, "--yes", env=env)
        assert done.code == 0, done.err


def _wake(server: Postgres, url: str, slugs: list[str], log: Path) -> None:
    woken_ms, took_ms = list[float](), list[float]()
    name = make_url(url).database
    with psycopg.connect(url, autocommit=True) as connection:
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        print(f"  {connection.execute(count, [name]).fetchall()[0][0]} sessions", flush=True)
        connection.execute(_NOTE_TAKEN)
        for slug in slugs:
            begins = len(log.read_text("ascii").splitlines())
            before = time.time()
            connection.execute(_CONFIRM, [slug])
            committed_at = time.time()
            wait_until(lambda: len(log.read_text("ascii").splitlines()) > begins)  # noqa: B023 - called at once
            opened_at, kind, *_ = log.read_text("ascii").splitlines()[begins].split(" ")
            assert kind == "open"
            took_ms.append((float(opened_at) - committed_at) * 1000)
            taken_at: float = connection.execute(_TAKEN, [before]).fetchall()[0][0]
            woken_ms.append((taken_at - committed_at) * 1000)
            state = f"SELECT state FROM mailing WHERE slug = '{slug}'"  # noqa: S608 - our own words
            wait_until(lambda: server.rows(url, state) == [("finished",)])  # noqa: B023 - called at once
            time.sleep(_SETTLED_S)
    for what, found in (("waking of the worker", woken_ms), ("relay", took_ms)):
        shown = f"{statistics.median(found):.0f} ms from the commit to the {what}, {min(found):.0f} to {max(found):.0f}"
        print(f"  {shown}", flush=True)


def _used_s(process: int) -> float:
    """Return how many seconds of processor a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
