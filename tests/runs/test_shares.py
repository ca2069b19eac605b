"""The connections that a relay takes are for all mailings together, whoever sends them."""

from __future__ import annotations

import json
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.office import BODY, Desk, finish, in_the_ledger, let_pass, times_taken, wait_until
from tests.servers import Act, Moment, ScriptedServer

PEOPLE = 150
FIRST = ("send", "lamps", "--to", "coast", "--yes")
SECOND = ("send", "buoys", "--to", "coast", "--yes")


@pytest.fixture
def two(desk: Desk, server: ScriptedServer) -> Desk:
    """Return an office with two releases for the same people, and three connections."""
    desk.people("coast", PEOPLE)
    desk.settings(server, connections=3, messages_per_connection=20)
    desk.release("buoys", headline="New buoys for the harbour", body=BODY.replace("lamps", "buoys"))
    return desk


def shares(desk: Desk) -> list[int]:
    return [held for (held,) in in_the_ledger(desk, "SELECT held FROM relay_share ORDER BY held")]


def sent(server: ScriptedServer) -> tuple[int, int]:
    """Count the messages of either mailing."""
    buoys = sum(b"New buoys" in message.data for message in server.accepted)
    return len(server.accepted) - buoys, buoys


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
def test_two_mailings_share_the_connections_of_one_relay(
    two: Desk, server: ScriptedServer, store: str, request: pytest.FixtureRequest
) -> None:
    if store == "postgres":
        url = json.dumps(request.getfixturevalue("shared_url"))
        two.settings(server, connections=3, messages_per_connection=20, more=f"[ledger]\nurl = {url}\n")
    server.at = {"body": Act(delay_s=0.2)}
    first = two.start(*FIRST)
    wait_until(lambda: len(server.accepted) > 5)
    second = two.start(*SECOND)
    wait_until(lambda: sent(server)[1] > 20)
    assert sent(server)[0] < PEOPLE  # both are under way
    server.at = {}
    assert [finish(each).code for each in (first, second)] == [0, 0]
    assert server.most_open == 3
    assert set(times_taken(server).values()) == {2}
    assert store == "postgres" or shares(two) == []


@pytest.mark.slow
def test_a_share_that_shrinks_while_all_is_busy_costs_nobody_anything(two: Desk, server: ScriptedServer) -> None:
    """Its connections are closed behind the messages that are on them, and the other opens none before."""
    gate = threading.Event()

    def answer(moment: Moment) -> Act | None:
        return Act(until=gate) if moment.stage == "body" and not gate.is_set() and moment.times > 6 else None

    server.answer = answer
    first = two.start(*FIRST)
    wait_until(lambda: len(server.accepted) == 9)  # of which three are not answered yet
    second = two.start(*SECOND)
    wait_until(lambda: len(shares(two)) == 2)
    assert second.stderr is not None
    while "waiting for one" not in second.stderr.readline():  # for five seconds
        assert second.poll() is None
    assert (server.open, shares(two)) == (3, [0, 3])
    gate.set()
    assert [finish(each).code for each in (first, second)] == [0, 0]
    assert server.most_open == 3
    assert set(times_taken(server).values()) == {2}
    assert set(two.states("lamps").values()) | set(two.states("buoys").values()) == {"accepted"}


@pytest.mark.slow
def test_the_share_of_a_killed_process_goes_to_one_that_is_busy(two: Desk, server: ScriptedServer) -> None:
    server.at = {"body": Act(delay_s=0.3)}
    first = two.start(*FIRST)
    wait_until(lambda: len(server.accepted) > 5)
    second = two.start(*SECOND)
    wait_until(lambda: shares(two) == [1, 2])
    first.kill()
    first.communicate()
    wait_until(lambda: shares(two) == [3])
    assert sent(server)[1] < PEOPLE
    server.at = {}
    assert finish(second).code == 0
    assert two.run("resume", "lamps").code in {0, 1}
    assert server.most_open == 3
    assert set(times_taken(server).values()) <= {1, 2}


@pytest.mark.slow
def test_with_one_connection_two_mailings_take_turns(two: Desk, server: ScriptedServer) -> None:
    two.settings(server, connections=1)
    server.at = {"body": Act(delay_s=0.5)}
    both = [two.start(*FIRST), two.start(*SECOND)]
    wait_until(lambda: min(sent(server)) > 3)
    server.at = {}
    assert [finish(each).code for each in both] == [0, 0]
    assert server.most_open == 1
    assert set(times_taken(server).values()) == {2}


@pytest.mark.slow
def test_who_sends_alone_opens_as_many_connections_as_ever(two: Desk, server: ScriptedServer) -> None:
    server.at = {"body": Act(delay_s=0.02)}
    assert two.run(*FIRST).code == 0
    assert server.most_open == 3
    assert PEOPLE / 20 <= server.connections <= PEOPLE / 20 + 3


@pytest.mark.slow
def test_the_preview_inbox_is_nobodys_share(two: Desk, server: ScriptedServer) -> None:
    assert two.run(*FIRST, "--relay", "preview").code == 0
    assert (server.connections, shares(two)) == (0, [])


@pytest.mark.slow
def test_looking_whether_a_relay_is_there_takes_a_connection_of_those_that_there_are(
    two: Desk, server: ScriptedServer
) -> None:
    """A worker looks before each mailing: two that are due at once, and a relay that is slow to greet."""
    two.settings(server, connections=1)
    at = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%d %H:%M} UTC"
    two.people("coast", 3)
    assert [two.run(*each, "--at", at).code for each in (FIRST, SECOND)] == [0, 0]
    let_pass(two, hours=3)
    server.at = {"connect": Act(delay_s=0.5)}
    assert two.run("worker", "--once").code == 0
    assert server.most_open == 1
    assert set(times_taken(server).values()) == {2}
    assert in_the_ledger(two, "SELECT count(*) FROM process") == [
        (4,)
    ]  # two planned, two sent; who looked is forgotten


@pytest.mark.slow
def test_who_waits_for_a_connection_goes_home_when_the_mailing_is_paused(two: Desk, server: ScriptedServer) -> None:
    """Else the other one would leave it a part of the connections, for as long as that one takes."""
    two.settings(server, connections=1)
    gate = threading.Event()
    server.at = {"body": Act(until=gate)}
    first = two.start(*FIRST)
    wait_until(lambda: "DATA" in server.commands)
    second = two.start(*SECOND)
    wait_until(lambda: len(shares(two)) == 2)
    assert two.run("pause", "buoys").code == 0
    assert finish(second, timeout_s=60).code == 1
    assert (shares(two), first.poll()) == ([1], None)
    first.send_signal(signal.SIGTERM)
    gate.set()
    finish(first)
    assert sent(server)[1] == 0


@pytest.mark.slow
def test_who_has_to_give_a_connection_back_keeps_no_turn_for_later(two: Desk, server: ScriptedServer) -> None:
    """A message whose turn was taken before must not go beside that of another when there is room again."""
    two.settings(server, connections=1, rate="20/min")
    two.people("few", 2)
    came: list[float] = []

    def note(moment: Moment) -> None:
        if moment.stage == "body":
            came.append(time.monotonic())

    server.answer = note
    first = two.start(*FIRST)
    wait_until(lambda: len(server.accepted) > 1)
    second = two.start("send", "buoys", "--to", "few", "--yes")
    assert finish(second).code == 0  # after half a minute at most: it is its turn
    so_far = len(server.accepted)
    wait_until(lambda: len(server.accepted) > so_far + 2)
    first.send_signal(signal.SIGTERM)
    finish(first)
    assert min(after - before for before, after in pairwise(came)) > 0.5  # of three: beside another it takes no time
