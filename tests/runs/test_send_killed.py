"""`kill -9` at many moments: nobody is lost, nobody gets it twice, and who cannot be known about is in doubt."""

from __future__ import annotations

import random
import time

from tests.desk import BODY, Desk, finish, text_of, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
PEOPLE, CONNECTIONS, KILLS, SEED = 120, 3, 15, 20261002


def test_fifteen_kills_lose_nobody_and_double_nobody(desk: Desk, server: ScriptedServer) -> None:
    """The server's own log is the witness: it outlives every sender."""
    chance = random.Random(SEED)  # noqa: S311 - moments, not secrets
    people = desk.people("coast", PEOPLE)
    desk.settings(server, connections=CONNECTIONS)
    server.at = {"data": Act(delay_s=0.03), "body": Act(delay_s=0.03)}
    killed = 0
    for number in range(KILLS):
        process = desk.start(*(SEND if number % 2 == 0 else (*SEND, "--json")))
        if number % 5 == 4:
            time.sleep(chance.uniform(0.2, 0.7))  # while it starts, plans, or frees what the last one held
        else:
            goal = len(server.commands) + chance.randrange(1, 28)
            wait_until(lambda: len(server.commands) >= goal or process.poll() is not None)  # noqa: B023 - called at once
            time.sleep(chance.uniform(0, 0.03))
        killed += process.poll() is None
        process.kill()
        process.communicate()
    assert killed == KILLS, "the mailing was over too soon for this test to say anything"
    assert len(times_taken(server)) < PEOPLE

    server.at = {}
    done = finish(desk.start(*SEND))
    assert "Traceback" not in done.err
    states, taken = desk.states(), times_taken(server)
    in_doubt = {address for address, state in states.items() if state == "in_doubt"}
    assert set(states) == set(people)
    assert set(states.values()) <= {"accepted", "in_doubt"}
    assert set(taken.values()) == {1}
    assert {address for address, state in states.items() if state == "accepted"} <= set(taken)
    assert set(people) - set(taken) <= in_doubt
    assert 1 <= len(in_doubt) <= CONNECTIONS * KILLS
    assert done.code == 1
    before = len(server.commands)
    assert desk.run(*SEND).code == 1
    assert len(server.commands) == before


def test_what_a_killed_process_held_is_free_at_once(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 20)
    server.at = {"data": Act(delay_s=0.3)}
    process = desk.start(*SEND)
    wait_until(lambda: "DATA" in server.commands)
    process.kill()
    process.communicate()
    assert "claimed" in desk.states().values()
    server.at = {}
    # its lease lasts a minute: whoever waited for that would not be done in half of it
    assert finish(desk.start("resume", "lamps"), timeout_s=30).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


def test_a_text_can_be_mended_after_a_kill(desk: Desk, server: ScriptedServer) -> None:
    """What the dead process had leased gets the new text too, and nobody has to send the old one first."""
    people = desk.people("coast", 20)
    server.at = {"data": [Act(), Act(), *[Act(delay_s=0.3)] * 10]}
    process = desk.start(*SEND)
    wait_until(lambda: server.commands.count("DATA") >= 4)
    process.kill()
    process.communicate()
    assert "claimed" in desk.states().values()
    server.at = {}
    before = len(server.accepted)
    desk.release(body=BODY.replace("on Friday", "on Saturday"))
    done = desk.run(*SEND, "--changed", "the day was wrong")
    assert done.code in {0, 1}, done.err  # 1 where the kill left somebody in doubt
    assert len(server.accepted) > before
    assert all("on Saturday" in text_of(message) for message in server.accepted[before:])
    assert set(times_taken(server).values()) == {1}
    assert set(people) - set(times_taken(server)) <= {a for a, s in desk.states().items() if s == "in_doubt"}
