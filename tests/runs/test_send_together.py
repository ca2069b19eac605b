"""Several people press send at once: everybody is sent to once."""

from __future__ import annotations

import threading

import pytest

from tests.office import Desk, finish, in_the_ledger, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


def shares(desk: Desk) -> list[int]:
    """Return how many connections each process may have."""
    return [held for (held,) in in_the_ledger(desk, "SELECT held FROM relay_share ORDER BY held")]


@pytest.mark.slow
def test_two_sends_of_one_mailing_at_once_reach_everybody_once(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 60)
    server.at = {"body": Act(delay_s=0.03)}
    done = [finish(process) for process in [desk.start(*SEND), desk.start(*SEND)]]
    assert [each.code for each in done] == [0, 0], [each.err for each in done]
    assert times_taken(server) == dict.fromkeys(people, 1)
    report = desk.report()
    assert (report["state"], report["planned"], report["accepted"]) == ("finished", 60, 60)


@pytest.mark.slow
def test_two_sends_share_the_work(desk: Desk, server: ScriptedServer) -> None:
    """The second one works while the first does: each has one of the two connections."""
    people = desk.people("coast", 400)
    server.at = {"body": Act(delay_s=0.5)}
    first = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 2)
    second = desk.start("resume", "lamps")
    wait_until(lambda: shares(desk) == [1, 1])
    server.at = {}
    assert [finish(process).code for process in (first, second)] == [0, 0]
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert server.most_open == 2


@pytest.mark.slow
def test_whoever_is_held_by_a_process_that_dies_is_taken_over_by_the_other(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 200)
    server.at = {"data": Act(delay_s=0.5)}
    first = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 1)
    second = desk.start("resume", "lamps")
    wait_until(lambda: shares(desk) == [1, 1])
    first.kill()
    first.communicate()
    server.at = {}
    finish(second)
    states = desk.states()
    assert set(states) == set(people)
    assert set(states.values()) <= {"accepted", "in_doubt"}
    assert list(states.values()).count("in_doubt") <= 1
    assert set(times_taken(server).values()) == {1}


@pytest.mark.slow
def test_a_text_cannot_be_changed_while_the_mailing_runs(desk: Desk, server: ScriptedServer) -> None:
    desk.people("coast", 12)
    desk.settings(server, connections=1)
    gate = threading.Event()
    server.at = {"data": [Act(), Act(), *[Act(until=gate)] * 10]}
    process = desk.start(*SEND)
    wait_until(lambda: server.commands.count("DATA") >= 3)
    desk.release(body="Another text about lamps, and nothing else.\n")
    without, with_reason = desk.run(*SEND), desk.run(*SEND, "--changed", "why")
    assert (without.code, with_reason.code) == (2, 2)
    assert "changed since people got" in without.err
    assert "is being sent right now" in with_reason.err
    gate.set()
    assert finish(process).code == 0
    assert all(b"Another text" not in message.data for message in server.accepted)
