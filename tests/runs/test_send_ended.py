"""A process that slept past its lease: another takes over, and the sleeper wakes up, says so and ends.

Two folders share one ledger, so that neither can ask the kernel about the other's lock, and a lease that is over is the
only proof of death. Nobody could wait for that: the lease of the sleeper is set back in the ledger.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.office import Desk, finish, in_the_ledger, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
OVER = "UPDATE process SET lease_until = '2000-01-01 00:00:00.000000'"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two folders of one office, with one ledger in the first."""

    here: Desk
    there: Desk

    def env(self) -> dict[str, str]:
        url = f"sqlite:///{self.here.root / '.mailer' / 'ledger.db'}"
        return {"MAILER_KEYS": f"1 {'ab' * 32}", "MAILER_LEDGER__URL": url}

    def people(self, count: int) -> list[str]:
        self.there.people("coast", count)
        return self.here.people("coast", count)

    def start(self, desk: Desk, *words: str) -> subprocess.Popen[str]:
        return desk.start(*words, env=self.env())

    def states(self) -> dict[str, str]:
        done = self.here.run("report", "lamps", "--deliveries", "--json", env=self.env())
        assert done.code == 0, done.said
        return {each["address"]: each["state"] for each in done.json["deliveries"]}


@pytest.fixture
def pair(tmp_path: Path, server: ScriptedServer) -> Iterator[Pair]:
    desks = [Desk(tmp_path / name) for name in ("here", "there")]
    for desk in desks:
        desk.release()
        desk.settings(server, connections=2)
    yield Pair(*desks)
    for desk in desks:
        desk.end()


def fall_asleep_on_the_wire(pair: Pair, server: ScriptedServer, gate: threading.Event) -> subprocess.Popen[str]:
    """Start a sender, and stop it while two bodies wait for the relay's answer; its lease is over then."""
    server.at = {"body": [*[Act()] * 4, *[Act(until=gate)] * 2]}
    sleeper = pair.start(pair.here, *SEND)
    wait_until(lambda: len(server.accepted) == 6)  # two of them without an answer
    sleeper.send_signal(signal.SIGSTOP)
    in_the_ledger(pair.here, OVER)
    return sleeper


@pytest.mark.slow
def test_a_process_that_wakes_up_after_it_was_ended_tells_what_it_knows_and_stops(
    pair: Pair, server: ScriptedServer
) -> None:
    people, gate = pair.people(40), threading.Event()
    sleeper = fall_asleep_on_the_wire(pair, server, gate)
    other = finish(pair.start(pair.there, "resume", "lamps"))
    assert other.code == 1, other.err
    states = pair.states()
    assert list(states.values()).count("in_doubt") == 2
    assert set(states.values()) == {"accepted", "in_doubt"}
    gate.set()  # the relay's answer waits in the sleeper's sockets
    sleeper.send_signal(signal.SIGCONT)
    woken = finish(sleeper)
    assert pair.states() == dict.fromkeys(people, "accepted")
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert "suspended or had no ledger for too long. Another process has taken over" in " ".join(woken.err.split())
    assert "Traceback" not in woken.err


@pytest.mark.slow
@pytest.mark.parametrize("words", [("resume", "lamps"), ("worker", "--once"), ("cancel", "lamps", "--yes")])
def test_what_a_woken_process_leaves_when_it_is_killed_is_nobodys_for_ever(
    pair: Pair, server: ScriptedServer, words: tuple[str, ...]
) -> None:
    """The other one takes over half of them and is stopped; then the sleeper wakes up and is killed at work."""
    pair.people(40)
    sleeper = fall_asleep_on_the_wire(pair, server, threading.Event())
    hold = threading.Event()
    server.at = {"body": [*[Act()] * 12, *[Act(until=hold)] * 60]}  # counted from the first of the sleeper
    other = pair.start(pair.there, "resume", "lamps")
    wait_until(lambda: len(server.accepted) >= 13)
    sleeper.send_signal(signal.SIGCONT)
    wait_until(lambda: sleeper.poll() is not None or "claimed" in pair.states().values())
    for each in (sleeper, other):
        each.kill()
        each.communicate()
    hold.set()
    server.at = {}
    in_the_ledger(pair.here, OVER)
    done = finish(pair.start(pair.here, *words), timeout_s=120)
    assert done.code in {0, 1}, done.err
    states = set(pair.states().values())
    assert states <= {"accepted", "in_doubt", "cancelled"}
    assert set(times_taken(server).values()) == {1}
