"""Several relays over a whole mailing: who takes it, who stands in, and nobody in doubt goes over another one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.office import TOML, Desk, times_taken
from tests.servers import Act, ScriptedServer, threaded_server

SEND = ("send", "lamps", "--to", "coast", "--yes")
AWAY = Act("421 4.3.2 not now", drop="after")


@pytest.fixture
def spare() -> Iterator[ScriptedServer]:
    with threaded_server() as running:
        yield running


def settings(desk: Desk, *, connections: int = 2, **relays: tuple[ScriptedServer, dict[str, object]]) -> None:
    """Write mailer.toml with these relays, in this order."""
    tables = []
    for name, (server, keys) in relays.items():
        table = {"host": server.host, "port": server.port, "security": "plain", "connections": connections} | keys
        tables.append(
            "\n".join([f"[relays.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())])
        )
    desk.write("mailer.toml", "\n\n".join([TOML, *tables, "[retry]\ndelays_s = [0.1]\n"]))


def relays_of(desk: Desk) -> dict[str, int]:
    """Count the people by the relay that took their mail."""
    counts: dict[str, int] = {}
    for delivery in desk.run("report", "lamps", "--deliveries", "--json").json["deliveries"]:
        counts[delivery["relay"]] = counts.get(delivery["relay"], 0) + 1
    return counts


def test_the_first_relay_takes_it_all_and_the_spare_one_is_not_even_greeted(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    settings(desk, main=(server, {}), spare=(spare, {}))
    assert desk.run(*SEND).code == 0
    assert relays_of(desk) == {"main": 5}
    assert spare.connections == 0


@pytest.mark.slow
@pytest.mark.parametrize("act", [AWAY, Act(drop="before"), Act("554 5.7.1 no service for you")])
def test_a_relay_that_cannot_be_used_is_stood_in_for(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer, act: Act
) -> None:
    settings(desk, main=(server, {}), spare=(spare, {}))
    server.at = {"connect": act}
    done = desk.run(*SEND)
    assert done.code == 0
    assert "relay spare takes over" in done.err
    assert relays_of(desk) == {"spare": 5}
    assert (len(server.accepted), len(spare.accepted)) == (0, 5)


@pytest.mark.slow
def test_connections_to_a_relay_that_stood_in_are_given_up_when_the_first_one_is_back(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    """In the middle of a connection that could go on for ever."""
    people = desk.people("coast", 60)
    settings(
        desk, connections=1, main=(server, {}), spare=(spare, {"messages_per_connection": 1000, "pipelining": "auto"})
    )
    server.at = {"connect": [AWAY]}
    spare.at = {"body": Act(delay_s=0.2)}
    done = desk.run(*SEND)
    assert done.code == 0
    assert "relay main is back" in done.err
    taken = relays_of(desk)
    assert set(taken) == {"main", "spare"}
    assert sum(taken.values()) == 60
    assert spare.connections == 1
    assert times_taken(server) | times_taken(spare) == dict.fromkeys(people, 1)


def test_a_relay_that_turns_us_away_before_a_text_is_stood_in_for_and_nobody_gets_it_twice(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    people = desk.people("coast", 20)
    settings(desk, main=(server, {}), spare=(spare, {}))
    server.at = {"mail": [Act()] * 6 + [Act("451 4.3.0 the queue is away")] * 100}
    done = desk.run(*SEND)
    assert done.code == 0
    assert "relay main turned us away: 451 4.3.0 the queue is away; relay spare takes over" in done.err
    taken = relays_of(desk)
    assert set(taken) == {"main", "spare"}
    assert sum(taken.values()) == 20
    assert times_taken(server) | times_taken(spare) == dict.fromkeys(people, 1)


def test_whoever_is_in_doubt_goes_over_no_other_relay(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    people = desk.people("coast", 12)
    settings(desk, connections=1, main=(server, {}), spare=(spare, {}))
    server.at = {"body": [Act()] * 3 + [Act(drop="before", taken=True)] * 100}  # takes it, and dies each time
    done = desk.run(*SEND)
    assert done.code == 1
    report = desk.report()
    assert report["in_doubt"] >= 1
    assert report["in_doubt"] + report["accepted"] == 12
    assert times_taken(server) | times_taken(spare) == dict.fromkeys(people, 1)
    again = desk.run("resume", "lamps")
    assert again.code == 1
    assert times_taken(server) | times_taken(spare) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_relay_that_was_named_is_alone_also_when_the_mailing_goes_on(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    settings(desk, main=(server, {}), spare=(spare, {}))
    spare.at = {"connect": AWAY}
    assert desk.run(*SEND, "--relay", "spare").code == 4
    assert desk.run("resume", "lamps").code == 4
    assert server.connections == 0
    assert desk.report()["pending"] == 5
    assert desk.run("resume", "lamps", "--relay", "main").code == 0
    assert relays_of(desk) == {"main": 5}


def test_where_none_can_be_reached_nobody_is_touched_and_all_are_named(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    settings(desk, main=(server, {}), spare=(spare, {}))
    server.at = spare.at = {"connect": AWAY}
    done = desk.run(*SEND)
    assert done.code == 4
    assert "relay main" in done.err
    assert "relay spare" in done.err
    assert desk.report()["pending"] == 5


def test_the_senders_domain_chooses_the_relay(desk: Desk, server: ScriptedServer, spare: ScriptedServer) -> None:
    settings(desk, main=(server, {}), museum=(spare, {"from_domains": ["example.org"]}))
    done = desk.run(*SEND)
    assert (done.code, "by relay museum" in done.err) == (0, True)
    assert relays_of(desk) == {"museum": 5}
    assert server.connections == 0


def test_a_sender_for_whom_no_relay_is_meant_is_told_so(
    desk: Desk, server: ScriptedServer, spare: ScriptedServer
) -> None:
    settings(desk, main=(server, {"from_domains": ["example.net"]}), spare=(spare, {"from_domains": ["example.com"]}))
    done = desk.run(*SEND)
    assert done.code == 3
    assert "no relay in mailer.toml is for senders of example.org" in done.err
    assert desk.run(*SEND, "--relay", "spare").code == 0


def test_the_bytes_are_the_same_over_every_relay(desk: Desk, server: ScriptedServer, spare: ScriptedServer) -> None:
    """What was approved holds no word of the relay: the one that stands in sends the very same mail."""
    desk.people("coast", ["ada@a.example.com"])
    settings(desk, main=(server, {}), spare=(spare, {}))
    server.at = {"body": Act("451 4.3.0 later"), "mail": [Act()] + [Act("451 4.3.0 later")] * 100}
    assert desk.run(*SEND).code == 0
    first = [line for line in bytes(server.received).split(b"\r\n") if line.lower().startswith(b"message-id")]
    (second,) = [line for line in spare.accepted[0].data.split(b"\r\n") if line.lower().startswith(b"message-id")]
    assert set(first) == {second}
