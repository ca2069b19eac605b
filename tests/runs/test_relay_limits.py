"""What a relay was seen to take is kept to: so many messages a connection, one command at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

import pytest

from tests.office import Desk, in_the_ledger, times_taken
from tests.servers import Act, Moment, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
IMPATIENT = "[relays.main.timeouts]\ncommand_s = 1\ndata_s = 1\nbody_s = 1\n"


def full_after(count: int, text: str) -> Callable[[Moment], Act | None]:
    """Turn away what comes after so many messages on a connection."""
    seen: Counter[int] = Counter()

    def answer(at: Moment) -> Act | None:
        if at.stage != "mail":
            return None
        seen[at.connection] += 1
        return Act(text, drop="after") if seen[at.connection] > count else None

    return answer


def slowed(desk: Desk) -> list[str]:
    return [row[0] for row in in_the_ledger(desk, "SELECT reason FROM event WHERE kind = 'slowed'")]


def send_another(desk: Desk) -> str:
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    done = desk.run("send", "wicks", "--to", "coast", "--yes")
    assert done.code == 0, done.said
    return done.err


@pytest.mark.slow
@pytest.mark.parametrize("pipelining", ["auto", "off"])
@pytest.mark.parametrize(
    "text",
    [
        "421 4.7.0 too many messages",
        "421 too many messages in this connection",
        "452 4.5.3 message limit of this session",
    ],
)
def test_too_many_messages_after_some_means_another_connection_and_is_remembered(
    desk: Desk, server: ScriptedServer, text: str, pipelining: str
) -> None:
    people = desk.people("coast", 13)
    desk.settings(server, connections=2, pipelining=pipelining)
    server.answer = full_after(3, text)
    done = desk.run(*SEND)
    assert done.code == 0, done.said
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert "relay main: it takes 3 messages a connection" in done.err
    assert slowed(desk) == []
    del server.commands[:]
    assert "a connection" not in send_another(desk)
    assert sum(line.startswith("MAIL") for line in server.commands) == 13  # nobody was turned away


def test_too_many_messages_on_a_new_connection_means_slower(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 4)
    desk.settings(server, connections=1)
    server.at = {
        "mail": [
            Act(),
            Act("421 4.7.0 too many messages", drop="after"),
            Act("421 4.7.0 too many messages", drop="after"),
        ]
    }
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert slowed(desk) == ["rate"]


def test_too_many_messages_sooner_than_it_was_seen_to_say_it_means_slower(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 9)
    desk.settings(server, connections=1)
    away = Act("421 4.7.0 too many messages", drop="after")
    server.at = {"mail": [Act(), Act(), Act(), away, Act(), away]}
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert slowed(desk) == ["rate"]


@pytest.mark.slow
@pytest.mark.parametrize("deaf", ["behind a command", "behind a body"])
def test_a_relay_that_breaks_pipelining_gets_one_command_at_a_time_and_that_is_remembered(
    desk: Desk, server: ScriptedServer, deaf: Literal["behind a command", "behind a body"]
) -> None:
    people = desk.people("coast", 12)
    desk.settings(server, connections=1, more=IMPATIENT)
    server.deaf = deaf
    done = desk.run(*SEND)
    assert done.code == 0, done.said
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert done.err.count("it stopped answering after several commands at once") == 1
    assert 'pipelining = "off" in [relays.main]' in done.err
    before = server.connections
    assert "stopped answering" not in send_another(desk)
    assert server.connections == before + 1


def test_a_relay_that_says_nothing_either_way_is_not_taken_for_one_that_breaks_pipelining(
    desk: Desk, server: ScriptedServer
) -> None:
    people = desk.people("coast", 4)
    desk.settings(server, connections=1, more=IMPATIENT)
    server.at = {"mail": [Act(silent=True), Act(silent=True)]}
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert in_the_ledger(desk, "SELECT * FROM relay_limit") == []


@pytest.mark.slow
def test_what_was_learned_of_a_relay_is_forgotten_after_a_month_and_is_no_other_relays(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.people("coast", 5)
    desk.settings(server, connections=1)
    server.answer = full_after(2, "421 too many messages in this connection")
    assert desk.run(*SEND).code == 0
    (row,) = in_the_ledger(desk, "SELECT name, messages, one_at_a_time FROM relay_limit")
    assert row == (f"127.0.0.1:{server.port}", 2, 0)
    in_the_ledger(desk, "UPDATE relay_limit SET learned_at = '2020-01-01 00:00:00.000000'")
    server.answer = lambda _: None
    before = server.connections
    send_another(desk)
    assert server.connections == before + 1


@pytest.mark.slow
def test_a_run_that_cannot_read_what_a_relay_takes_leaves_no_process_behind(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    desk.people("coast", ["new@n.example.com"])
    in_the_ledger(desk, "ALTER TABLE relay_limit RENAME TO away")
    assert desk.run(*SEND).code == 3
    assert in_the_ledger(desk, "SELECT count(*) FROM process WHERE ended_at IS NULL") == [(0,)]
    assert list((desk.root / ".mailer" / "run").glob("*.lock")) == []
    in_the_ledger(desk, "ALTER TABLE away RENAME TO relay_limit")
    assert desk.run("resume", "lamps").code == 0
