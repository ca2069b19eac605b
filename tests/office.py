"""A press office for tests: a workspace in a temporary folder, its relay, and the command line as staff type it.

`run` runs a command in this process (real argument parsing, ledger and sockets; only the two streams are caught),
`start` starts it as a process of its own, to be interrupted or killed. Both see nothing of the tester's environment
that begins with MAILER_.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailer.cli.app import _run
from tests.nursery import Nursery
from tests.servers import Accepted, ScriptedServer

BODY = """\
The Lantern Museum opens its cellar on Friday. It holds four hundred lamps, each with the name of the house it lit.

> Nobody had counted them. We began on a wet Tuesday and could not stop.
>
> — Ida Marlow, keeper of lamps, Lantern Museum

Visitors may carry one lamp through the old town, after dark and with a guide.
"""
HEAD = """\
headline: {headline}
label: {label}
date: 2026-10-02
dateline: EASTPORT, 2 October
contacts:
- name: Jonas Feld
  role: press officer
  organisation: Lantern Museum
  phone: +44 20 7946 0111
  email: jonas.feld@example.org
"""
HEADLINE = "Lantern Museum opens its cellar of four hundred lamps"
TOML = """\
[senders.main]
name = "Lantern Museum Press"
address = "press@example.org"
organisation = "Lantern Museum"
postal_address = "4 Wick Lane, 10115 Eastport"

[optout]
mailto = "optout@example.org"
base_url = "https://press.example.org/o"

[bounces]
address = "bounces@example.org"

[inbox.main]
url = "maildir:returned"
"""
STATES = (
    *("pending", "claimed", "attempted", "accepted", "rejected", "deferred", "in_doubt", "skipped", "cancelled"),
    "expired",
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read stdout as the one JSON document that `--json` promises."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Return all that was printed."""
        return self.out + self.err


@dataclass(frozen=True, slots=True)
class Desk:
    """One workspace."""

    root: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def release(
        self, slug: str = "lamps", *, body: str = BODY, headline: str = HEADLINE, label: str = "FOR IMMEDIATE RELEASE"
    ) -> Path:
        """Write a release that has nothing wrong with it."""
        head = HEAD.format(headline=headline, label=label)
        return self.write(f"releases/{slug}.md", f"---\n{head}---\n\n{body}")

    def people(self, name: str, people: Iterable[str] | int) -> list[str]:
        """Write a list of these addresses (or of so many); return the addresses."""
        if isinstance(people, int):
            people = [f"p{number:03}@outlet-{number % 7}.example.com" for number in range(1, people + 1)]
        addresses = list(people)
        rows = [f"{each},Pat{number},Brook,Outlet {number}" for number, each in enumerate(addresses, start=1)]
        self.write(f"lists/{name}.csv", "\n".join(["email,first_name,last_name,outlet", *rows, ""]))
        return addresses

    def settings(self, server: ScriptedServer | None, *, more: str = "", **keys: Any) -> None:
        """Write mailer.toml, with a relay on this machine if there is a server; `more` is added at the end."""
        relay = ""
        if server is not None:
            table = {"host": server.host, "port": server.port, "security": "plain", "connections": 2} | keys
            lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
            relay = "\n".join(["[relays.main]", *lines, ""])
        self.write("mailer.toml", f"{TOML}\n{relay}\n[retry]\ndelays_s = [0.1]\n\n{more}")

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> Done:
        """Run a command to its end, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with environment(env or {}), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _run(["--workspace", str(self.root), *words])
        return Done(code, out.getvalue(), err.getvalue())

    def start(self, *words: str, env: Mapping[str, str] = {}, anew: bool = False) -> subprocess.Popen[str]:
        """Start a command as a process: forked by one that has imported mailer, or Python anew.

        Anew it is where the start itself is tested, and where the environment is more than settings of mailer.
        """
        command = ["--workspace", str(self.root), *words]
        with environment(env):
            if anew or not all(key.startswith("MAILER_") for key in env):
                command, pipe = [sys.executable, "-m", "mailer", *command], subprocess.PIPE
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
            else:
                process = _nursery().start(command, env=os.environ)
        self.started.append(process)
        return process

    def end(self) -> None:
        """Kill what a test that failed left running, and close what it left open."""
        for process in self.started:
            process.kill()
            with process:  # closes its pipes and waits
                pass

    def report(self, mailing: str = "lamps") -> dict[str, Any]:
        """Return a mailing's report with every delivery; its books must balance."""
        done = self.run("report", mailing, "--deliveries", "--json")
        assert done.code == 0, done.said
        document: dict[str, Any] = done.json
        assert sum(document[state] for state in STATES) == document["planned"] == len(document["deliveries"])
        return document

    def states(self, mailing: str = "lamps") -> dict[str, str]:
        """Return the state of every person in a mailing."""
        return {each["address"]: each["state"] for each in self.report(mailing)["deliveries"]}

    def files(self) -> dict[str, bytes]:
        """Return every file of the workspace."""
        found = sorted(path for path in self.root.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}


@contextlib.contextmanager
def furnished(root: Path, server: ScriptedServer) -> Iterator[Desk]:
    """Make a workspace with a release, a list of five and this relay; no process of it outlives the block."""
    made = Desk(root)
    made.release()
    made.people("coast", [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")])
    made.settings(server)
    yield made
    made.end()


def finish(process: subprocess.Popen[str], *, timeout_s: float = 300) -> Done:
    """Wait for a process that was started."""
    out, err = process.communicate(timeout=timeout_s)
    return Done(process.returncode, out, err)


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)


def wait_until(holds: Callable[[], bool], *, timeout_s: float = 300) -> None:
    """Wait until something holds; a test that waits in vain fails."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def times_taken(server: ScriptedServer) -> Counter[str]:
    """Count, from the server's own log, how often each address got a message."""
    return Counter(address for message in server.accepted for address in message.rcpt_to)


def mail_of(message: Accepted) -> EmailMessage:
    """Read a message as a mail program does."""
    found = message_from_bytes(message.data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(message: Accepted) -> str:
    """Return the text part."""
    part = mail_of(message).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def put_into_maildir(folder: Path, messages: Sequence[bytes]) -> Path:
    """Let mail lie in a Maildir."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    start = len(list((folder / "new").iterdir()))
    for number, data in enumerate(messages, start=start):
        (folder / "tmp" / f"{number:05}.test").write_bytes(data)
        (folder / "tmp" / f"{number:05}.test").rename(folder / "new" / f"{number:05}.test")  # nobody reads half of it
    return folder


@functools.cache
def _nursery() -> Nursery:
    """Return the one of this worker."""
    nursery = Nursery()
    atexit.register(nursery.__exit__, None, None, None)
    return nursery


@functools.cache
def _own_state_folder() -> str:
    """Return a folder for what outlives a workspace: never the tester's own."""
    folder = tempfile.mkdtemp(prefix="mailer-test-state-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextlib.contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Let the environment be without MAILER_… but for these changes."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("MAILER_")]:
        del os.environ[name]
    os.environ["XDG_STATE_HOME"] = before.get("XDG_STATE_HOME") or _own_state_folder()
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def come_in(desk: Desk, seconds: float) -> datetime:
    """Let the moment of what is scheduled come in so many seconds; return it."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    moment = f"{at:%Y-%m-%d %H:%M:%S.%f}"
    in_the_ledger(desk, f"UPDATE mailing SET scheduled_at = '{moment}' WHERE state = 'scheduled'")  # noqa: S608 - our own words
    return at


def in_the_ledger(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    """Ask the ledger's own file, or change it."""
    ledger = sqlite3.connect(desk.root / ".mailer" / "ledger.db", timeout=60)
    try:
        with ledger:
            return ledger.execute(statement).fetchall()
    finally:
        ledger.close()


def let_pass(desk: Desk, *, hours: float) -> None:
    """Let time go by, as far as the ledger can tell: what it waits for comes that much nearer."""
    for table, column in (("mailing", "scheduled_at"), ("delivery", "expires_at"), ("delivery", "next_attempt_at")):
        earlier = f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{hours} hours') || '000'"
        in_the_ledger(desk, f"UPDATE {table} SET {column} = {earlier} WHERE {column} IS NOT NULL")  # noqa: S608 - our own words
