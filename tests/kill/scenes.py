"""Scenes: what a whole run must survive, played with its real times, one function each.

Each scene gets an empty folder, sends a mailing under a misfortune, and holds the relay's log against the ledger:
nobody twice, nobody lost, nobody held by a process that is over, and in doubt only who must be. What is broken stands
in `Stage.broken`; `Skip` says why a scene cannot be played here. `SCENES` is the table of all.

  python -m tests.kill --scenes                 all of them, about five minutes
  python -m tests.kill --scenes sigstop locked  some
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.kill import clocks
from tests.office import STATES, Desk, Done, finish, times_taken, wait_until
from tests.postgres import find_programs, own_postgres
from tests.servers import Act, ScriptedServer, threaded_server

SEND = ("send", "lamps", "--to", "coast", "--yes")
KEYS = {"MAILER_KEYS": f"1 {'ab' * 32}"}
_LEASE_OVER_S = 62.0
_LOCKED_S = 60.0
_DISK = "16m"  # SQLite writes 4 MB before it tidies up


class Skip(Exception):
    """A scene that cannot be played on this machine; the text says why."""


@dataclass(slots=True)
class Stage:
    """Where a scene is played: an office with a mailing, its relay, and what was found broken."""

    folder: Path
    server: ScriptedServer
    env: Mapping[str, str] = field(default_factory=lambda: dict(KEYS))
    people: list[str] = field(default_factory=list)
    offices: list[Desk] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def office(self, name: str = "office", *, people: int = 120, **keys: Any) -> Desk:
        """Make an office; all of a scene have the same release and list."""
        desk = Desk(self.folder / name)
        self.offices.append(desk)
        desk.release()
        self.people = desk.people("coast", people)
        desk.settings(self.server, **keys)
        return desk

    def start(self, desk: Desk, *words: str) -> subprocess.Popen[str]:
        return desk.start(*words, env=self.env)

    def expect(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.broken.append(otherwise)

    def expect_end(self, done: Done, code: int = 0) -> None:
        said = " ".join(done.err.split())[-600:]
        self.expect(done.code == code, f"ended with {done.code} instead of {code}: {said}")
        self.expect("Traceback" not in done.err, f"a traceback: {said}")

    def audit(self, desk: Desk, *, in_doubt: int = 0) -> None:
        """Hold the relay's log against the ledger; at most so many may be in doubt."""
        done = desk.run("report", "lamps", "--deliveries", "--json", env=self.env)
        if done.code:
            self.broken.append(f"report ended with {done.code}: {done.said[-300:]}")
            return
        books = done.json
        states = {each["address"]: each["state"] for each in books["deliveries"]}
        taken = times_taken(self.server)
        doubtful = {address for address, state in states.items() if state == "in_doubt"}
        self.expect(sum(books[state] for state in STATES) == len(self.people), "the books do not balance")
        self.expect(set(states.values()) <= {"accepted", "in_doubt"}, f"states at the end: {sorted(states.values())}")
        self.expect(len(doubtful) <= in_doubt, f"{len(doubtful)} in doubt, at most {in_doubt} can be")
        twice = [address for address, times in taken.items() if times > 1]
        lost = [address for address in self.people if address not in taken and address not in doubtful]
        self.expect(not twice, f"taken by the relay more than once: {twice}")
        self.expect(not lost, f"lost: {lost}")


def _sleep_past_the_lease(stage: Stage) -> None:
    """Play it: A is stopped for longer than its lease, B takes over and ends it, A goes on and is killed later."""
    here, there = (stage.office(name, connections=2) for name in ("here", "there"))
    stage.server.at = {"body": Act(delay_s=0.3)}
    sleeper = stage.start(here, *SEND)
    wait_until(lambda: len(stage.server.accepted) >= 10)
    sleeper.send_signal(signal.SIGSTOP)
    time.sleep(_LEASE_OVER_S)
    other = stage.start(there, "resume", "lamps")
    before = len(stage.server.accepted)
    wait_until(lambda: len(stage.server.accepted) >= before + 6)
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(2.0)
    sleeper.kill()
    sleeper.communicate()
    stage.server.at = {}
    done = finish(other)
    stage.expect(done.code in {0, 1}, f"resume ended with {done.code}: {done.err[-300:]}")
    stage.audit(there, in_doubt=2)


def sigstop_sqlite(stage: Stage) -> None:
    """SIGSTOP past the lease; two folders share one ledger in a file."""
    stage.env = {**KEYS, "MAILER_LEDGER__URL": f"sqlite:///{stage.folder / 'ledger.db'}"}
    _sleep_past_the_lease(stage)


def sigstop_postgres(stage: Stage) -> None:
    """SIGSTOP past the lease; two hosts share a ledger on a server."""
    with _server() as (_, url):
        stage.env = {**KEYS, "MAILER_LEDGER__URL": url}
        _sleep_past_the_lease(stage)


def locked_sqlite(stage: Stage) -> None:
    """Another program locks the ledger for a minute; SQLite itself gives up after half of it."""
    desk = stage.office(connections=3)
    stage.server.at = {"body": Act(delay_s=0.05)}
    process = stage.start(desk, *SEND)
    wait_until(lambda: len(stage.server.accepted) >= 20)
    other = sqlite3.connect(desk.root / ".mailer" / "ledger.db", isolation_level=None, timeout=60)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(_LOCKED_S)
    other.execute("ROLLBACK")
    other.close()
    done = finish(process)
    stage.expect_end(done)
    stage.expect("Waiting for it" in done.err, "nobody was told what is waited for")
    stage.audit(desk)


def locked_postgres(stage: Stage) -> None:
    """The same on a server, where another session holds a table."""
    with _server() as (_, url):
        stage.env = {**KEYS, "MAILER_LEDGER__URL": url}
        desk = stage.office(connections=3)
        stage.server.at = {"body": Act(delay_s=0.05)}
        process = stage.start(desk, *SEND)
        wait_until(lambda: len(stage.server.accepted) >= 20)
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
            time.sleep(_LOCKED_S)
        done = finish(process)
        stage.expect_end(done)
        stage.audit(desk)


def full_disk(stage: Stage) -> None:
    """The disk of the ledger is full in the middle, and gets room again."""
    if os.geteuid() != 0:
        raise Skip("mounting a small disk needs root")
    place = stage.folder / "office" / ".mailer"
    place.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=700", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        raise Skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        desk = stage.office(connections=3)
        stage.server.at = {"body": Act(delay_s=0.05)}
        process = stage.start(desk, *SEND)
        wait_until(lambda: len(stage.server.accepted) >= 20)
        filler = place / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        assert process.stderr is not None
        said = ""
        while "Waiting for it" not in said and (line := process.stderr.readline()):
            said += line
        stage.expect("Waiting for it" in said, f"nobody was told what is waited for: {said[-300:]}")
        time.sleep(5.0)
        filler.unlink()
        stage.expect_end(finish(process))
        stage.audit(desk)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def postgres_restarted(stage: Stage) -> None:
    """PostgreSQL is stopped and started again under a run, three times."""
    with _server() as (server, url):
        stage.env = {**KEYS, "MAILER_LEDGER__URL": url}
        desk = stage.office(people=200, connections=3)
        stage.server.at = {"body": Act(delay_s=0.05)}
        process = stage.start(desk, *SEND)
        for number in range(1, 4):
            goal = 40 * number
            wait_until(lambda: len(stage.server.accepted) >= goal or process.poll() is not None)  # noqa: B023 - called at once
            server.stop()
            time.sleep(4.0)
            server.start()
        stage.expect_end(finish(process))
        stage.audit(desk)


@contextlib.contextmanager
def _server() -> Iterator[Any]:
    programs = find_programs()
    if programs is None:
        raise Skip("no PostgreSQL: initdb is not found")
    with own_postgres(programs) as server, server.database() as url:
        yield server, url


def clock_jumps(stage: Stage) -> None:
    """Somebody sets the clock while mail goes out: ahead, back, and back for good (`clocks`)."""
    library = clocks.find_faketime()
    if library is None:
        raise Skip("libfaketime is not installed (apt: faketime)")
    for number, scene in enumerate(clocks.SCENES):
        place = stage.folder / str(number)
        place.mkdir(parents=True)
        ended = clocks.play(place, scene, library)
        stage.people += [f"{number}"] * clocks.PEOPLE
        stage.broken += [f"{scene.name}: {said}" for said in ended.broken]


SCENES: Mapping[str, Callable[[Stage], None]] = {
    "sigstop-sqlite": sigstop_sqlite,
    "sigstop-postgres": sigstop_postgres,
    "locked-sqlite": locked_sqlite,
    "locked-postgres": locked_postgres,
    "full-disk": full_disk,
    "postgres-restarted": postgres_restarted,
    "clock-jumps": clock_jumps,
}


def play(names: Sequence[str], folder: Path) -> list[str]:
    """Play scenes, those whose names begin so or all, and print what became of each; return what is broken."""
    broken: list[str] = []
    for name, scene in SCENES.items():
        if names and not any(name.startswith(each) for each in names):
            continue
        began, place = time.monotonic(), folder / name
        with threaded_server() as server:
            stage = Stage(place, server)
            try:
                scene(stage)
            except Skip as skip:
                print(f"{name:24}skipped: {skip}")
                continue
            except AssertionError as error:
                stage.broken.append(f"never came to its end: {error}")
            finally:
                for desk in stage.offices:
                    desk.end()
        verdict = "; ".join(stage.broken) or f"{len(stage.people)} people, nobody lost, nobody twice"
        print(f"{name:24}{time.monotonic() - began:5.0f} s   {verdict}", flush=True)
        broken += [f"{name}: {each}" for each in stage.broken]
        if not stage.broken:
            shutil.rmtree(place, ignore_errors=True)
    return broken
