"""Pace, quota and complaints over a whole mailing: told before, kept meanwhile, shown after."""

from __future__ import annotations

import re
import signal
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.office import Desk, finish, times_taken, wait_until
from tests.servers import Act, ScriptedServer, threaded_server

SEND = ("send", "lamps", "--to", "coast", "--yes")


def query(desk: Desk, question: str) -> list[Sequence[object]]:
    ledger = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    found = ledger.execute(question).fetchall()
    ledger.close()
    return found


def attempted(desk: Desk, domain: str = "") -> list[datetime]:
    """Return when each body was allowed, in order; those to one domain, or all."""
    rows = query(desk, "SELECT attempted_at, domain FROM delivery WHERE attempted_at IS NOT NULL ORDER BY attempted_at")
    return [datetime.fromisoformat(str(row[0])).replace(tzinfo=UTC) for row in rows if domain in {"", row[1]}]


def are_paced(times: list[datetime], begun_at: datetime, step_s: float) -> bool:
    """Return whether none left before its slot, however slow this machine is."""
    slots = [begun_at + timedelta(seconds=step_s * number) for number in range(len(times))]
    return all(moment >= slot for moment, slot in zip(times, slots, strict=True))


def slowed(desk: Desk) -> list[tuple[object, object]]:
    return [
        (row[0], row[1])
        for row in query(
            desk, "SELECT reason, text FROM event JOIN event_text ON event_id = id WHERE kind = 'slowed' ORDER BY id"
        )
    ]


@pytest.mark.slow
def test_a_rate_is_told_kept_and_remembered(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, rate="600/min")
    begun_at = datetime.now(UTC)
    done = desk.run(*SEND)
    assert done.code == 0
    assert re.search(r"at 600/min done by .*\d\d:\d\d", done.err)
    first = query(desk, "SELECT next_at FROM pace WHERE name = 'relay:main'")
    desk.people("science", ["fay@f.example.com"])
    assert desk.run("send", "lamps", "--to", "science", "--yes").code == 0
    assert query(desk, "SELECT next_at FROM pace WHERE name = 'relay:main'") > first
    assert len(server.accepted) == 6
    assert are_paced(attempted(desk), begun_at, 0.1)


@pytest.mark.slow
def test_a_day_that_is_full_ends_the_command_with_the_rest_pending_and_the_way_on(
    desk: Desk, server: ScriptedServer
) -> None:
    people = desk.people("coast", 7)
    desk.settings(server, per_day=4)
    seen = desk.run("send", "lamps", "--to", "coast", "--dry-run")
    assert re.search(r"over 2 days at 4/day, done by \w+day \d\d:\d\d", " ".join(seen.err.split()))
    assert "3 would leave after --expires" in seen.err  # which is a day where nobody says more
    done = desk.run(*SEND, "--json")
    assert done.code == 1
    assert "Relay main has reached its limit for 24 hours" in done.err
    assert "mailer resume lamps" in done.err
    assert (done.json["accepted"], done.json["pending"], done.json["state"]) == (4, 3, "sending")
    again = desk.run("resume", "lamps")
    assert (again.code, len(server.accepted)) == (1, 4)
    status = desk.run("status", "lamps", "--json").json
    assert status["pace"]["day"]["used"] == 4
    assert status["pace"]["day"]["more_at"]
    assert status["waiting"] == {"turn": 3, "domains": {}, "deferred": 0, "next_attempt_at": None}
    out = desk.run("status", "lamps").out
    assert "4 of 4 in 24 hours, room again at" in out
    assert "3 for their turn" in out
    desk.settings(server, per_day=10)  # a provider allows more from today on
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_nobody_is_leased_before_the_relays_pace_lets_them_go(desk: Desk, server: ScriptedServer) -> None:
    """Else a process that waits would keep them from another, and hold them when it dies."""
    desk.people("coast", 30)
    desk.settings(server, rate="6/min")
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) == 1)
    wait_until(lambda: query(desk, "SELECT 1 FROM delivery WHERE state = 'accepted'") == [(1,)])
    for _ in range(20):
        assert query(desk, "SELECT address FROM delivery WHERE lease_owner IS NOT NULL") == []
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert finish(process).code == 1
    assert query(desk, "SELECT sent FROM pace_day") == []
    assert len(server.accepted) == 1


def test_too_late_for_the_news_is_told_before(desk: Desk, server: ScriptedServer) -> None:
    desk.people("coast", 9)
    desk.settings(server, per_day=4)
    seen = desk.run("send", "lamps", "--to", "coast", "--dry-run", "--expires", "20h")
    assert "5 would leave after --expires" in seen.err
    planned = desk.run("send", "lamps", "--to", "coast", "--dry-run", "--expires", "20h", "--json").json
    assert (planned["estimate"]["days"], planned["estimate"]["late"], planned["estimate"]["bound"]) == (3, 5, "4/day")


@pytest.mark.slow
def test_a_slow_domain_keeps_its_pace_and_never_fills_a_batch(desk: Desk, server: ScriptedServer) -> None:
    """More people wait for it than a batch has, and all of them come before the others' last."""
    slow, others = [f"p{n}@slow.example.com" for n in range(30)], [f"q{n}@swift.example.com" for n in range(30)]
    people = desk.people("coast", [*slow, *others])
    desk.settings(server, more='[pacing.domains."slow.example.com"]\nrate = "3/s"\n')
    begun_at = datetime.now(UTC)
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    times = attempted(desk, "slow.example.com")
    assert are_paced(times, begun_at, 1 / 3)
    assert attempted(desk, "swift.example.com")[-1] < times[20]


@pytest.mark.slow
def test_no_more_are_on_their_way_to_a_domain_than_it_takes(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", [f"p{n}@slow.example.com" for n in range(9)])
    desk.settings(server, connections=4, more='[pacing.domains."slow.example.com"]\nin_flight = 1\n')
    server.at = {"body": Act(delay_s=0.05)}
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    kinds = query(desk, "SELECT kind FROM event WHERE kind IN ('attempted', 'accepted') ORDER BY id")
    assert [row[0] for row in kinds] == ["attempted", "accepted"] * 9


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage, words", [("mail", "450 4.7.1 Error: too much mail"), ("body", "454 Throttling failure: Maximum rate")]
)
def test_a_relay_that_finds_us_too_fast_is_slowed_and_everybody_gets_it_once(
    desk: Desk, server: ScriptedServer, stage: str, words: str
) -> None:
    people = desk.people("coast", 12)
    desk.settings(server, rate="50/s", connections=2)
    server.at = {stage: [Act(), Act(), Act(words)]}
    done = desk.run(*SEND)
    assert done.code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert "relay main: 25/s instead of 50/s, because we were too fast for it" in done.err
    assert words in done.err
    ((reason, text),) = slowed(desk)
    assert reason == "rate"
    assert words in str(text)
    (row,) = query(desk, "SELECT step_s, raise_at FROM pace WHERE name = 'relay:main'")
    assert row[0] == pytest.approx(0.04)
    assert row[1]


@pytest.mark.slow
def test_too_many_connections_become_fewer_and_stay_so_for_the_next_command(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 30)
    desk.settings(server, connections=4)
    refused = "421 4.7.0 Error: too many connections from 192.0.2.9"

    def answer(moment: object) -> Act | None:
        is_one_too_many = getattr(moment, "stage", "") == "connect" and server.open > 2
        return Act(refused, drop="after") if is_one_too_many else None

    server.answer = answer
    server.at = {"body": Act(delay_s=0.02)}
    done = desk.run(*SEND)
    assert done.code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert "because it asks for fewer" in done.err
    assert slowed(desk)[0][0] == "connections"
    (row,) = query(desk, "SELECT connections FROM pace WHERE name = 'relay:main'")
    assert row[0] in {1, 2}
    server.most_open = server.open
    desk.people("science", [f"s{n}@s{n}.example.com" for n in range(10)])
    again = desk.run("send", "lamps", "--to", "science", "--yes")
    assert (again.code, "asks for fewer" in again.err) == (0, False)
    assert server.most_open <= 2


def test_a_domain_that_complains_is_slowed_alone(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", ["a@busy.example.com", *(f"q{n}@d{n}.example.com" for n in range(8))])
    desk.settings(server)
    server.recipients = {"a@busy.example.com": [Act("451 host mx.busy.example.com said: 421 4.7.28 unusual rate")]}
    done = desk.run(*SEND)
    assert done.code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert "busy.example.com: 60/min, because we were too fast for it" in done.err
    names = [row[0] for row in query(desk, "SELECT name FROM pace WHERE raise_at IS NOT NULL")]
    assert names == ["domain:busy.example.com"]


@pytest.mark.slow
def test_a_relay_that_is_never_content_halts_the_run_with_its_words(desk: Desk, server: ScriptedServer) -> None:
    desk.people("coast", 25)
    desk.settings(server, connections=1, rate="500/s")
    server.at = {"rcpt": Act("450 4.2.0 You are sending too fast")}
    done = desk.run(*SEND)
    assert done.code == 1
    report = desk.report()
    assert report["state"] == "halted"
    assert report["deferred"] + report["pending"] == 25
    assert "refusals of one kind in a row: “450 4.2.0 You are sending too fast”" in done.err


def test_a_greylisting_server_that_names_its_wait_is_not_asked_again_before(desk: Desk, server: ScriptedServer) -> None:
    desk.people("coast", ["ada@a.example.com"])
    desk.settings(server)
    server.at = {"rcpt": [Act("450 4.7.1 Greylisted for 299 seconds")]}
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace("delays_s = [0.1]", "delays_s = [0.1]\nstay_s = 1"))
    assert desk.run(*SEND).code == 1
    ((attempt, again),) = query(desk, "SELECT attempted_at, next_attempt_at FROM delivery")
    wait_s = (datetime.fromisoformat(str(again)) - datetime.fromisoformat(str(attempt))).total_seconds()
    assert 298 <= wait_s <= 299 * 1.2 + 60
    assert "1 to be retried, the next at" in desk.run("status", "lamps").out


@pytest.mark.slow
def test_two_commands_at_once_keep_one_pace_and_one_day(desk: Desk) -> None:
    desk.people("coast", 30)
    with threaded_server() as server:
        desk.settings(server, rate="20/s", per_day=30)
        desk.release("other", headline="Another exhibition", body="Something else is shown, in another house.\n")
        begun_at = datetime.now(UTC)
        running = [desk.start("send", name, "--to", "coast", "--yes") for name in ("lamps", "other")]
        for process in running:
            process.communicate(timeout=120)
        assert [process.returncode for process in running].count(1) >= 1  # the day has 30, and there were 60
        assert len(server.accepted) == 30
    times = attempted(desk)
    assert len(times) == 30
    assert are_paced(times, begun_at, 0.05)
