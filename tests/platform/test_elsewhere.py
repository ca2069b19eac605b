"""Without POSIX: what mailer does where Python has no `fcntl`, `pwd`, `resource`, fork, modes and signals of a loop.

That is Windows as far as Python shows it (`elsewhere/sitecustomize.py`). It is not Windows: the kernel, the filesystem
and the console are still those of this machine.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.office import Desk, finish, times_taken, wait_until
from tests.servers import Act, ScriptedServer

pytestmark = pytest.mark.slow

ELSEWHERE = {"PYTHONPATH": str(Path(__file__).parent / "elsewhere")}
SEND = ("send", "lamps", "--to", "coast", "--yes")


def test_the_demo_adds_up(desk: Desk) -> None:
    done = finish(desk.start("demo", str(desk.root / "look"), "--json", env=ELSEWHERE))
    assert done.code == 0, done.said
    first, second = done.json["reports"]
    assert (first["accepted"], first["rejected"], first["opted_out"]) == (11, 1, 1)
    assert (second["accepted"], second["skipped"]) == (9, 3)


def test_a_killed_send_goes_on_and_nobody_gets_it_twice(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 24)
    desk.settings(server, connections=1)
    server.at = {"body": [*[Act()] * 8, Act(silent=True, taken=True)]}
    process = desk.start(*SEND, env=ELSEWHERE)
    wait_until(lambda: len(server.accepted) == 9)

    def in_doubt() -> int:
        return len(finish(desk.start("report", "lamps", "--json", env=ELSEWHERE)).json["in_doubt_people"])

    assert in_doubt() == 0  # its lock is seen by another process: it lives
    process.kill()
    finish(process)
    assert in_doubt() == 1
    wait_until(lambda: server.open == 0)
    server.at = {}
    keys = desk.root / ".mailer" / "keys"
    keys.chmod(0o644)  # as every file's mode looks there
    done = finish(desk.start("resume", "lamps", env=ELSEWHERE))
    keys.chmod(0o600)
    assert done.code == 1, done.said
    report = desk.report()
    assert (report["accepted"], report["in_doubt"]) == (23, 1)
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert list((desk.root / ".mailer" / "run").glob("*.lock")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_a_stop_finishes_what_is_on_the_wire(desk: Desk, server: ScriptedServer, number: signal.Signals) -> None:
    people, gate = desk.people("coast", 16), threading.Event()
    server.at = {"body": [*[Act()] * 4, *[Act(until=gate)] * 12]}
    process = desk.start(*SEND, env=ELSEWHERE)
    wait_until(lambda: len(server.accepted) >= 5)
    process.send_signal(number)
    assert process.stderr is not None
    while "Stopping" not in (line := process.stderr.readline()):
        assert line
    gate.set()
    assert finish(process).code == 1
    report = desk.report()
    assert 4 <= report["accepted"] == len(server.accepted) < 16
    assert report["in_doubt"] == 0
    server.at = {}
    assert finish(desk.start("resume", "lamps", env=ELSEWHERE)).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
