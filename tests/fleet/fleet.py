"""A fleet: PostgreSQL, two planned mailings, the mail server with its log, and hosts that have no worker yet.

`MAILINGS` are planned for tomorrow; `begin` lets their moment come. A `program` is a folder with an installed mailer
of another version; without one it is this one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fleet.hosts import KEYS, RELAY, ROOT, Host, can_make_networks, host, program_of
from tests.office import Desk, wait_until
from tests.postgres import Postgres, find_programs, own_postgres

MAILINGS = ("lamps", "boats")


@dataclass(slots=True)
class Fleet:
    """What runs; `log` is the mail server's, `office` the workspace in which the mailings were planned."""

    postgres: Postgres
    url: str
    people: list[str]
    log: Path
    office: Desk
    hosts: list[Host] = field(default_factory=list)

    def begin(self) -> None:
        """Let the mailings' moment come."""
        self.postgres.rows(self.url, "UPDATE mailing SET scheduled_at = now()")

    def end(self) -> None:
        """Ask all workers to end, and wait for it."""
        for each in self.hosts:
            each.ask_to_end()
        for each in self.hosts:
            wait_until(each.has_ended)

    def environ(self) -> dict[str, str]:
        """Return the settings with which the office finds the ledger."""
        return {"MAILER_KEYS": KEYS, "MAILER_LEDGER__URL": self.url}


@contextlib.contextmanager
def fleet_postgres() -> Iterator[tuple[Postgres, Path]]:
    """Run a PostgreSQL that hosts in networks of their own can reach, too; yield it and its socket."""
    programs = find_programs()
    if programs is None:
        raise SystemExit("No PostgreSQL can be started here: initdb is not found.")
    folder = Path(tempfile.mkdtemp(prefix="mailer-fleet-"))
    try:
        folder.chmod(0o777)  # PostgreSQL runs as a user of its own
        with own_postgres(programs, f"unix_socket_directories={folder}", "max_connections=100") as server:
            yield server, folder / f".s.PGSQL.{server.url.port}"
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def running_fleet(
    folder: Path,
    server: tuple[Postgres, Path],
    *,
    people: int,
    workers: int,
    toml: str,
    delay_s: float,
    program: Path | None = None,
) -> Iterator[Fleet]:
    """Plan for so many people, and run all but the workers; `toml` are further settings of the hosts' relay."""
    postgres, socket = server
    with postgres.database() as url, contextlib.ExitStack() as stack:
        addresses = [f"p{number:05}@outlet-{number % 97}.example.com" for number in range(people)]
        fleet = Fleet(postgres, url, addresses, folder / "log", Desk(folder / "office"))
        _plan(fleet, program)
        mail = folder / "mail"
        command = [sys.executable, "-m", "tests.fleet.server", str(fleet.log), str(delay_s), str(mail)]
        running = stack.enter_context(subprocess.Popen(command, cwd=ROOT, start_new_session=True))
        stack.callback(running.kill)
        wait_until(mail.exists)
        networks = can_make_networks()
        if not networks:
            print("  no network namespaces can be made here: hosts are processes on one loopback")
        for number in range(workers):
            made = host(folder / f"h{number}", networks=networks, sockets=(socket, mail), url=url, toml=toml)
            fleet.hosts.append(stack.enter_context(made))
        yield fleet


def _plan(fleet: Fleet, program: Path | None) -> None:
    desk = fleet.office
    desk.settings(None, more=RELAY.format(2525))
    env = os.environ | fleet.environ() | program_of(program) | {"XDG_STATE_HOME": str(desk.root / "state")}
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    for number, slug in enumerate(MAILINGS):
        desk.release(slug, headline=f"Museum opens its cellar of four hundred {slug}", body=f"All of the {slug}.\n")
        desk.people(slug, fleet.people[number :: len(MAILINGS)])
        words = ["--workspace", str(desk.root), "send", slug, "--to", slug, "--at", tomorrow, "--yes"]
        command = [sys.executable, "-m", "mailer", *words]
        done = subprocess.run(command, cwd=desk.root, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
