"""Series: one mailing whose senders are killed again and again, until everybody is dealt with.

Owns the starting, killing and restarting of senders, the questions to the ledger that choose the moments before any
wire traffic, and the order of the whole: kill, finish, compare, send again to those in doubt, compare, look again.
Never decides what is right (`audit` does). A promise that is broken is a line of `Ended.broken`.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.kill.audit import Findings, compare, looking_in, read_people
from tests.kill.kills import WIRE, Kill, Kind
from tests.kill.witness import Witness
from tests.nursery import Nursery
from tests.office import STATES, Desk
from tests.servers import ScriptedServer

_LONG = 160_000  # bytes of a body, which do not all fit into the buffers between sender and relay
_PATIENCE_S = 60.0
_ALL_AT_ONCE = 0.25  # of the kills hit every process there is
_RESUMED = 0.8  # of the commands that go on with a mailing are `resume`, the others `send` once more
_HELD = "SELECT 1 FROM delivery WHERE lease_owner LIKE :pid || '-%' AND state = "
_AT_WORK = (Kind.SENDING, Kind.ATTEMPTED)  # moments that any of several senders can come to
_QUESTIONS = {
    Kind.PLANNED: "SELECT 1 FROM delivery WHERE list_name LIKE :list || '.%'",
    Kind.REGISTERED: "SELECT 1 FROM process WHERE pid = :pid AND ended_at IS NULL",
    Kind.CLAIMED: f"{_HELD}'claimed'",
    Kind.ATTEMPTED: f"{_HELD}'attempted'",
}
# Of a mailing that was never planned to the end nobody is in it, and `resume` refuses it.
_CONFIRMED = "SELECT 1 FROM mailing WHERE state <> 'planning' OR state_before IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a series is."""

    people: int = 400
    connections: int = 4
    processes: int = 1
    pipelining: bool = True


@dataclass(slots=True)
class Ended:
    """What became of a mailing."""

    kills: Counter[Kind] = field(default_factory=Counter)
    people: int = 0
    accepted: int = 0
    taken: int = 0
    lost: int = 0
    twice: int = 0
    in_doubt: int = 0
    allowed: int = 0
    most_at_once: int = 0  # attempted and unsettled when a process had died
    bodies_cut: int = 0
    sent_again: int = 0
    broken: list[str] = field(default_factory=list)


def write_long_release(desk: Desk) -> None:
    """Write a release with an attachment: most of its mail is still with the sender when its first bytes arrive."""
    path = desk.release()
    text = path.read_text("utf-8").replace("contacts:", "attachments:\n- lamps.pdf\ncontacts:")
    path.write_text(text, "utf-8")
    (path.parent / "lamps.pdf").write_bytes(b"%PDF-1.7\n" + bytes(_LONG * 3 // 4) + b"\n%%EOF\n")


def _start_anew(words: Sequence[str], said: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mailer", *words]
    with said.with_suffix(".out").open("wb") as stdout, said.with_suffix(".err").open("wb") as stderr:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=env, text=True)


class Series:
    """One mailing in a workspace of its own, and its relay."""

    def __init__(self, folder: Path, shape: Shape, chance: random.Random, *, nursery: Nursery | None = None) -> None:
        """Take an empty folder, the size, where the chances come from, and who forks (else Python starts anew)."""
        self._nursery = nursery
        self._shape = shape
        self._chance = chance
        self._desk = Desk(folder / "office")
        self._ledger = self._desk.root / ".mailer" / "ledger.db"
        self._said = folder / "said"
        self._said.mkdir(parents=True)
        self._numbers = count(1)
        self._living: list[subprocess.Popen[str]] = []
        self._names: dict[int, str] = {}
        self._lists: list[str] = []
        self._planned = 0
        self._over = False
        self.witness = Witness(folder / "relay.log", random.Random(chance.random()), pipelining=shape.pipelining)  # noqa: S311 - moments, not secrets
        self.ended = Ended(people=shape.people)

    def run(self, kills: Sequence[Kill], *, on_kill: Callable[[], None] = lambda: None) -> Ended:
        """Kill as planned, as long as there is something to do; then finish, and hold log and ledger together."""
        with self.witness.relay() as server:
            people = self._prepare(server, lists=max(1, sum(kill.kind is Kind.PLANNED for kill in kills)))
            try:
                for kill in kills:
                    if self._kill_one(kill):
                        on_kill()
                    elif self._planned == len(self._lists):
                        break
                self._end_living()
                self._finish(people, server)
            finally:
                for each in self._living:
                    each.kill()
                    each.wait()
        self._check_words()
        return self.ended

    def _prepare(self, server: ScriptedServer, *, lists: int) -> list[str]:
        desk, shape = self._desk, self._shape
        write_long_release(desk)
        people = [f"p{number:04}@outlet-{number % 7}.example.com" for number in range(shape.people)]
        self._chance.shuffle(people)
        lists = min(lists, max(1, shape.people // (8 * shape.connections)))
        for number in range(lists):
            desk.people(f"part-{number}", people[number::lists])
            self._lists.append(f"part-{number}")
        desk.settings(server, connections=shape.connections, messages_per_connection=20)
        return people

    # killing

    def _kill_one(self, kill: Kill) -> bool:
        """Start what is missing and kill one of them; False where all ended by themselves before the moment came."""
        wanted = kill.kind is Kind.PLANNED or not self._planned or self._over
        planning = wanted and self._planned < len(self._lists)
        if kill.kind is Kind.PLANNED and not planning:
            kill = Kill(Kind.CLAIMED, kill.nth, kill.after_s)
        self.witness.crawl = self._shape.processes > 1  # what goes on meanwhile should not use up the mailing
        while len(self._living) < self._shape.processes or planning:
            self._start(self._sending(new=planning))
            planning = False
        if self.witness.crawl and kill.kind in WIRE + _AT_WORK:
            self._await_greetings()
        self.witness.crawl = False
        if kill.kind in WIRE:
            self.witness.arm(kill)
        else:
            victim = self._chance.choice(self._living) if kill.kind in _AT_WORK else self._living[-1]
            self._await_moment(kill, victim)
            victim.kill()
        self._await_death()
        self.witness.disarm()
        if self._chance.random() < _ALL_AT_ONCE:
            for each in self._living:
                each.kill()
                each.wait()
        self._over = not self._count_dead(kill)
        return not self._over

    def _sending(self, *, new: bool) -> list[str]:
        """Choose a command that goes on with the mailing, or plans the next list."""
        if new:
            self._planned += 1
            return ["send", "lamps", "--to", self._lists[self._planned - 1], "--yes"]
        if self._chance.random() < _RESUMED and self._ask(_CONFIRMED, {}):
            return ["resume", "lamps"]
        to = [word for name in self._lists[: self._planned] for word in ("--to", name)]
        return ["send", "lamps", *to, "--yes", "--json"]

    def _await_greetings(self) -> None:
        """Wait until all of them are at work, or one has ended."""
        until = time.monotonic() + _PATIENCE_S
        while not all(self._names[each.pid] in self.witness.greeted for each in self._living):
            if any(each.poll() is not None for each in self._living) or time.monotonic() > until:
                return
            time.sleep(0.002)

    def _await_moment(self, kill: Kill, victim: subprocess.Popen[str]) -> None:
        """Wait for the moment in a sender's life, and a little longer."""
        until = time.monotonic() + _PATIENCE_S
        while victim.poll() is None and not self._is_at(kill.kind, pid=victim.pid):
            if time.monotonic() > until:
                raise AssertionError(f"waited in vain for: {kill.kind}")
            time.sleep(0.002)
        time.sleep(kill.after_s)

    def _is_at(self, kind: Kind, *, pid: int) -> bool:
        if kind is Kind.STARTING:
            return True
        if kind is Kind.SENDING:
            return self._names[pid] in self.witness.greeted
        values = {"pid": pid, "list": self._lists[self._planned - 1]}
        return bool(self._ask(_QUESTIONS[kind], values))

    def _ask(self, question: str, values: dict[str, Any]) -> list[Any]:
        try:
            with looking_in(self._ledger) as database:
                return database.execute(question, values).fetchall()
        except sqlite3.OperationalError:
            return []  # it is not there yet, or has no tables yet

    def _await_death(self) -> None:
        """Wait until one of them is dead, or all have ended by themselves."""
        until = time.monotonic() + _PATIENCE_S
        while not any(each.poll() not in {None, 0, 1} for each in self._living):
            codes = [each.poll() for each in self._living]
            if None not in codes:
                return
            if time.monotonic() > until:
                raise AssertionError("nobody was killed, and nobody ended")
            time.sleep(0.002)

    def _count_dead(self, kill: Kill) -> bool:
        gone = [each for each in self._living if each.poll() is not None]
        self._living = [each for each in self._living if each not in gone]
        killed = [each for each in gone if each.wait() < 0]
        self.ended.kills[kill.kind] += len(killed)
        for each in killed:
            left = self._ask(_QUESTIONS[Kind.ATTEMPTED], {"pid": each.pid})
            self.ended.most_at_once = max(self.ended.most_at_once, len(left))
            if len(left) > self._shape.connections:
                self.ended.broken.append(
                    f"{len(left)} attempted by a process with {self._shape.connections} connections"
                )
        self.ended.broken += [f"a sender ended with {each.wait()}" for each in gone if each.wait() > 1]
        return bool(killed)

    # processes

    def _start(self, words: Sequence[str]) -> subprocess.Popen[str]:
        number = next(self._numbers)
        name = f"sender-{number}.example.org"
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAILER_")}
        env["MAILER_RELAYS__MAIN__EHLO_NAME"] = name
        command = ["--workspace", str(self._desk.root), *words]
        said = self._said / f"{number:04}"
        process = self._nursery.start(command, env=env, said=said) if self._nursery else _start_anew(command, said, env)
        self.witness.senders[name] = process
        self._names[process.pid] = name
        self._living.append(process)
        return process

    def _run(self, *words: str) -> tuple[int, str]:
        """Run a command to its end; return its code and what it printed."""
        process = self._start(words)
        code = process.wait(_PATIENCE_S * 5)
        self._living.remove(process)
        newest = max(self._said.glob("*.out"))
        return code, newest.read_text("utf-8")

    def _end_living(self) -> None:
        for each in self._living:
            each.wait(_PATIENCE_S * 5)
        self._living.clear()

    # the end

    def _finish(self, people: Sequence[str], server: ScriptedServer) -> None:
        ended, allowed = self.ended, self._shape.connections * sum(self.ended.kills.values())
        everybody = [word for name in self._lists for word in ("--to", name)]
        code, _ = self._run("send", "lamps", *everybody, "--yes")
        findings = self._hold_together(people, server, allowed=allowed)
        self._expect(code == bool(findings.in_doubt), f"the last send ended with {code}")
        ended.accepted, ended.in_doubt, ended.allowed = findings.accepted, len(findings.in_doubt), allowed
        ended.lost, ended.twice = len(findings.lost), len(findings.twice)
        ended.bodies_cut = self.witness.cut
        ended.taken = len(self.witness.read_log())
        self._look_again(server, "resume", "lamps")
        self._again(people, frozenset(findings.in_doubt), server)

    def _again(self, people: Sequence[str], doubtful: frozenset[str], server: ScriptedServer) -> None:
        """Send once more to those in doubt, who ask for it, and nobody else."""
        before = self.witness.read_log()
        code, _ = self._run("resume", "lamps", "--retry-in-doubt")
        self._expect(code == 0, f"resume --retry-in-doubt ended with {code}")
        findings = self._hold_together(people, server, allowed=0, again=doubtful)
        new = self.witness.read_log()[len(before) :]
        self.ended.sent_again = len(new)
        self.ended.lost += len(findings.lost)
        self.ended.twice += len(findings.twice)
        self._expect(
            sorted(each.address for each in new) == sorted(doubtful), "others than those in doubt were sent to"
        )
        self._look_again(server, "resume", "lamps", "--retry-in-doubt")

    def _look_again(self, server: ScriptedServer, *words: str) -> None:
        """Run a command that must not send anything."""
        before = len(server.commands)
        self._run(*words)
        self._expect(len(server.commands) == before, f"{' '.join(words)} talked to the relay with nothing to do")

    def _hold_together(
        self, people: Sequence[str], server: ScriptedServer, *, allowed: int, again: frozenset[str] = frozenset()
    ) -> Findings:
        self._await_silence(server)
        findings = compare(people, read_people(self._ledger), self.witness.read_log(), allowed=allowed, again=again)
        self.ended.broken += findings.broken
        _, out = self._run("status", "lamps", "--json")
        books = json.loads(out)
        balance = {state: books[state] for state in STATES}
        self._expect(sum(balance.values()) == books["planned"] == len(people), f"the books do not balance: {balance}")
        self._expect(balance["accepted"] == findings.accepted, "status and ledger disagree")
        return findings

    def _await_silence(self, server: ScriptedServer) -> None:
        """Wait until the relay has read all that dead senders left on the way."""
        until = time.monotonic() + _PATIENCE_S
        while server.serving:
            if time.monotonic() > until:
                raise AssertionError("the relay still serves somebody")
            time.sleep(0.01)

    def _expect(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.ended.broken.append(otherwise)

    def _check_words(self) -> None:
        for line in self._wrong_words():
            self.ended.broken.append(line)

    def _wrong_words(self) -> Iterator[str]:
        for file in sorted(self._said.iterdir()):
            text = file.read_text("utf-8", "replace")
            if "Traceback" in text or "internal error" in text:
                yield f"{file.name}: {text[:2000]}"
