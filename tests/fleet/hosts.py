"""Hosts of a fleet: a network of its own each, a workspace, a worker, and what can happen to them.

Where this machine makes network namespaces (Linux, as root), a host has a loopback of its own and nothing else, with a
process of `relay` on it that hands connections on to the sockets of PostgreSQL and of the mail server. It is cut off by
taking its loopback down: packets vanish, and what is open hangs. Elsewhere a host is a relay on ports of its own, and
is cut off by stopping that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from secrets import token_hex

from sqlalchemy import make_url

from tests.kill.clocks import clock_of, find_faketime, set_clock
from tests.office import Desk, wait_until
from tests.ports import free_port, listens

RELAY = '[relays.main]\nhost = "127.0.0.1"\nport = {}\nsecurity = "plain"\n'
KEYS = f"1 {'ab' * 32}"
_PORTS = (5432, 2525)  # of PostgreSQL and the mail server, in a network of their own
ROOT = Path(__file__).parents[2]
_LINES = 2  # of which the first is that it begins to work
_END_S = 25.0  # of a worker that was asked to end: it has 20


def can_make_networks() -> bool:
    """Return whether this machine lets us make a network namespace."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"mailer-{token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        _ip("netns", "del", name)
    return made


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass(slots=True)
class Spell:
    """A time in which a worker could not close what it had open: suspended, or cut off (`is_cut`)."""

    since: float
    until: float = float("inf")
    is_cut: bool = False


@dataclass(slots=True)
class Host:
    """A host; `spells` are those of its workers by the name under which each greets the mail server."""

    desk: Desk
    network: str
    ports: tuple[int, int]
    relay: subprocess.Popen[bytes]
    settings: Mapping[str, str]
    is_busy: bool = False  # something is happening to it
    worker: subprocess.Popen[bytes] | None = None
    name: str = ""
    asked_at: float = 0.0
    said_before: int = 0  # characters, by the workers before
    spells: dict[str, list[Spell]] = field(default_factory=dict)
    codes: list[tuple[str, int]] = field(default_factory=list)  # of workers that ended as asked, or by themselves
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def said(self) -> str:
        """Return all that its workers printed."""
        path = self.desk.root / "said"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self, program: Path | None = None) -> None:
        """Start a worker, of another version where a `program` is given."""
        self.said_before = len(self.said)
        self.name = f"{self.desk.root.name}-{next(self._numbers)}.example.org"
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")}
        env |= {**self.settings, "MAILER_RELAYS__MAIN__EHLO_NAME": self.name, "PYTHONUNBUFFERED": "1"}
        env |= {"XDG_STATE_HOME": str(self.desk.root / "state"), **program_of(program)}
        library = find_faketime()
        if library is not None:
            set_clock(self.desk.root / "clock", "+0")
            env |= clock_of(self.desk.root / "clock", library) | {"FAKETIME_CACHE_DURATION": "1"}
            del env["FAKETIME_NO_CACHE"]  # it would be read for each look at the clock
        command = [*_inside(self.network), sys.executable, "-m", "mailer", "--workspace", str(self.desk.root), "worker"]
        with (self.desk.root / "said").open("ab") as said:
            self.worker = subprocess.Popen(
                command,
                cwd=self.desk.root,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Linux shares a processor out by sessions, and a host has one of its own
            )

    def kill(self) -> None:
        """Kill its worker."""
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()
            self.worker = None

    def suspend(self) -> None:
        if self.worker is not None:
            self.worker.send_signal(signal.SIGSTOP)
            self._begin_spell(is_cut=False)

    def wake(self) -> None:
        if self.worker is not None:
            self.worker.send_signal(signal.SIGCONT)
            self._end_spell()

    def cut(self) -> None:
        """Take its network away."""
        if self.network:
            _ip("-n", self.network, "link", "set", "lo", "down")
        else:
            self.relay.send_signal(signal.SIGSTOP)
        self._begin_spell(is_cut=True)  # what it opened up to now it cannot close

    def join(self) -> None:
        """Give it its network again."""
        if self.network:
            _ip("-n", self.network, "link", "set", "lo", "up")
        else:
            self.relay.send_signal(signal.SIGCONT)
        self._end_spell()

    def move_clock(self, by: str) -> None:
        set_clock(self.desk.root / "clock", by)

    def ask_to_end(self) -> None:
        if self.worker is not None:
            self.asked_at = time.monotonic()
            self.worker.terminate()

    def has_ended(self) -> bool:
        """Return whether a worker that was asked to end is no more; it is killed where it takes too long."""
        if self.worker is not None:
            code = self.worker.poll()
            if code is None and time.monotonic() < self.asked_at + _END_S:
                return False
            if code == -signal.SIGTERM and len(self.said[self.said_before :].splitlines()) < _LINES:
                code = 0  # it had only just begun
            took = "" if code is not None else f", which took more than {_END_S:.0f} s"
            self.codes.append((f"{self.name}, asked to end{took},", -1 if code is None else code))
            self.kill()
        return True

    def look(self) -> None:
        """Start a worker where there is none; one that ended by itself is noted."""
        if self.worker is not None and (code := self.worker.poll()) is not None:
            self.codes.append((f"{self.name}, which nobody had asked to end,", code or -1))
            self.worker = None
        if self.worker is None:
            self.start()

    def _begin_spell(self, *, is_cut: bool) -> None:
        self.spells.setdefault(self.name, []).append(Spell(time.time(), is_cut=is_cut))

    def _end_spell(self) -> None:
        self.spells[self.name][-1].until = time.time()


def program_of(folder: Path | None) -> dict[str, str]:
    """Return the environment in which Python finds the mailer of a folder before its own."""
    return {} if folder is None else {"PYTHONPATH": str(folder)}


def _inside(network: str) -> list[str]:
    return ["ip", "netns", "exec", network] if network else []


@contextlib.contextmanager
def host(folder: Path, *, networks: bool, sockets: tuple[Path, Path], url: str, toml: str) -> Iterator[Host]:
    """Make a host, its relay's further settings in `toml`; it has no worker yet, and none when the block ends.

    `url` is the ledger's, `sockets` are those of PostgreSQL and of the mail server.
    """
    network = f"mailer-{token_hex(3)}-{folder.name}" if networks else ""
    ports = _PORTS if networks else (free_port(), free_port())
    if network:
        _ip("netns", "add", network)
    try:
        if network:
            _ip("-n", network, "link", "set", "lo", "up")
        handed = [f"{port}={socket}" for port, socket in zip(ports, sockets, strict=True)]
        relay = subprocess.Popen(
            [*_inside(network), sys.executable, "-m", "tests.fleet.relay", *handed], cwd=ROOT, start_new_session=True
        )
        desk = Desk(folder)
        desk.settings(None, more=RELAY.format(ports[1]) + toml)
        inside = make_url(url).set(port=ports[0]).render_as_string(hide_password=False)
        settings = {"MAILER_KEYS": KEYS, "MAILER_LEDGER__URL": inside}
        made = Host(desk, network, ports, relay, settings)
        try:
            if network:
                time.sleep(1.0)  # it listens where nobody here can look
            else:
                wait_until(lambda: all(map(listens, ports)))
            yield made
        finally:
            made.kill()
            relay.kill()
            relay.wait()
    finally:
        if network:
            _ip("netns", "del", network)
