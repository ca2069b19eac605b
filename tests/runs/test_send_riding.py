"""Riding: the commands of the next envelope are on the wire before the reply to this body."""

from __future__ import annotations

import signal

import pytest

from tests.office import Desk, finish, times_taken, wait_until
from tests.servers import Act, ScriptedServer


@pytest.mark.slow
@pytest.mark.parametrize("pipelining, expected", [("auto", 3), ("off", 2)])
def test_the_next_envelope_comes_with_the_dot_where_the_relay_takes_commands_together(
    desk: Desk, server: ScriptedServer, pipelining: str, expected: int
) -> None:
    """The relay takes the second body and is silent: what has come by then came before its reply."""
    people = desk.people("coast", 30)
    desk.settings(server, connections=1, pipelining=pipelining)
    server.at = {"body": [Act(), Act(silent=True, taken=True)]}
    process = desk.start("send", "lamps", "--to", "coast", "--yes")
    wait_until(lambda: len(server.accepted) == 2 and server.received.count(b"MAIL FROM:") >= expected)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: server.open == 0)
    assert server.received.count(b"MAIL FROM:") == expected
    server.at = {}
    assert desk.run("resume", "lamps").code == 1
    assert desk.report()["in_doubt"] == 1
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert finish(process).code == -signal.SIGKILL
