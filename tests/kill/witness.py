"""Witness: the relay of a kill test. What it took stands in a file that outlives everybody, before it says so.

Owns the durable log, the killing of a sender at a moment of the wire, and knowing which sender a connection belongs to
(each greets under a name of its own). Never judges (`audit` does).
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.kills import Kill, Kind
from tests.servers import EXTENSIONS, Act, Moment, ScriptedServer, threaded_server

_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
_KINDS = {
    "mail": Kind.MAIL,
    "rcpt": Kind.RCPT,
    "data": Kind.DATA,
    "body": Kind.READY,  # the script is asked what to do with a body when the 354 is out
    "first": Kind.FIRST,
    "middle": Kind.MIDDLE,
    "dot": Kind.DOT,
    "taken": Kind.TAKEN,
    "said": Kind.SAID,
}
_SLOW_S = {"data": 0.006, "body": 0.025}  # at most: the order of connections is another each time
_CRAWL_S = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the relay took responsibility for."""

    address: str
    message_id: str


@dataclass(slots=True)
class Witness:
    """A relay with a log; `senders` are the processes by the name under which they greet."""

    log: Path
    chance: random.Random
    pipelining: bool = True
    faults: Callable[[Moment], Act | None] = lambda _: None
    senders: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    crawl: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    greeted: set[str] = field(default_factory=set)
    _names: dict[int, str] = field(default_factory=dict)
    _open_bodies: set[int] = field(default_factory=set)
    _armed: Kill | None = None
    _left: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def relay(self) -> Iterator[ScriptedServer]:
        """Run the relay until the block ends."""
        extensions = [each for each in EXTENSIONS if self.pipelining or each != "PIPELINING"]
        script = ScriptedServer(answer=self._answer, extensions=extensions, narrow=True)
        with self.log.open("ab") as file:
            script.watch = lambda moment: self._watch(script, moment, file.fileno())
            with threaded_server(script):
                yield script

    def arm(self, kill: Kill) -> None:
        """Kill whoever is at this moment of the wire when it comes for the nth time from now."""
        with self._guard:
            self._armed, self._left = kill, kill.nth

    def disarm(self) -> None:
        """Kill nobody."""
        with self._guard:
            self._armed = None

    def read_log(self) -> list[Taken]:
        """Return what was taken so far, from the file."""
        lines = self.log.read_text("ascii").splitlines() if self.log.exists() else []
        return [Taken(*line.split(" ", 1)) for line in lines]

    def _answer(self, moment: Moment) -> Act | None:
        if moment.stage == "ehlo":
            self._names[moment.connection] = moment.argument
            self.greeted.add(moment.argument)
        self._note(moment)
        fault = self.faults(moment)
        slow = _CRAWL_S if self.crawl and moment.stage == "data" else _SLOW_S.get(moment.stage)
        return fault if fault is not None or slow is None else Act(delay_s=self.chance.uniform(0, slow))

    def _watch(self, script: ScriptedServer, moment: Moment, log: int) -> None:
        if moment.stage == "first":
            self._open_bodies.add(moment.connection)
        if moment.stage == "dot":
            self._open_bodies.discard(moment.connection)
        if moment.stage == "taken":
            found = _ID.search(script.accepted[-1].data)
            os.write(log, f"{moment.argument} {found[1].decode('ascii') if found else ''}\n".encode("ascii"))
            os.fsync(log)
            script.accepted.clear()  # the log has it; thousands of mails would fill the memory
            script.received.clear()
            script.clear.clear()
        self._note(moment)

    @property
    def cut(self) -> int:
        """Return how many bodies ended in their midst."""
        return len(self._open_bodies)

    def _note(self, moment: Moment) -> None:
        """Count the moment, and kill who is at it if this is the one."""
        kind = _KINDS.get(moment.stage)
        with self._guard:
            self.seen[moment.stage] += 1
            if self._armed is None or self._armed.kind is not kind:
                return
            self._left -= 1
            if self._left > 0:
                return
            victim = self.senders.get(self._names.get(moment.connection, ""))
            if victim is None or victim.poll() is not None:
                return  # what somebody wrote who is dead by now: the next one
            self._armed = None
            victim.kill()
            victim.wait()
