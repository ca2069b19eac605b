"""`mailer worker`: what is due is sent, whatever dies; what people decided is left alone."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.office import BODY, Desk, come_in, finish, in_the_ledger, let_pass, text_of, times_taken, wait_until
from tests.servers import Act, Moment, ScriptedServer, threaded_server

SEND = ("send", "lamps", "--to", "coast", "--yes")
AT = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%d %H:%M} UTC"
HOURS = 3  # until AT is over


def make_due(desk: Desk, *more: str) -> None:
    """Schedule the lamps, and let their moment come."""
    done = desk.run(*SEND, "--at", AT, *more)
    assert done.code == 0, done.err
    let_pass(desk, hours=HOURS)


def is_finished(desk: Desk) -> bool:
    return in_the_ledger(desk, "SELECT state FROM mailing") == [("finished",)]


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def try_again_in_an_hour(desk: Desk) -> None:
    settings = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", settings.replace("delays_s = [0.1]", "delays_s = [3600]"))


def stop(process: subprocess.Popen[str]) -> str:
    """End a worker politely; return what it said."""
    process.send_signal(signal.SIGTERM)
    done = finish(process)
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    return done.err


@pytest.mark.slow
def test_a_worker_sends_at_the_moment_and_not_before(desk: Desk, server: ScriptedServer) -> None:
    came: list[datetime] = []

    def note(_: Moment) -> None:
        came.append(datetime.now(UTC))

    server.answer = note
    assert desk.run(*SEND, "--at", AT).code == 0
    worker = desk.start("worker")
    at = come_in(desk, 4)
    wait_until(lambda: is_finished(desk))
    assert "lamps (finished): 5 accepted" in stop(worker)
    assert min(came) >= at
    assert set(times_taken(server).values()) == {1}


def test_what_is_too_late_when_a_worker_comes_reaches_nobody(desk: Desk, server: ScriptedServer) -> None:
    """A laptop that was closed at the moment, and opened two days later."""
    assert desk.run(*SEND, "--at", AT).code == 0
    let_pass(desk, hours=48)
    done = desk.run("worker", "--once", "--json")
    assert done.code == 0
    (report,) = done.json["mailings"]
    assert (report["state"], report["expired"], report["accepted"]) == ("finished", 5, 0)
    assert server.connections == 0


def test_a_worker_sends_what_was_approved_and_not_what_stands_in_the_files_now(
    desk: Desk, server: ScriptedServer
) -> None:
    assert desk.run(*SEND, "--at", AT).code == 0
    desk.release(body=BODY.replace("on Friday", "on Sunday"))
    desk.write("lists/coast.csv", "email\nsomebody@else.example.com\n")
    let_pass(desk, hours=HOURS)
    assert desk.run("worker", "--once").code == 0
    assert len(server.accepted) == 5
    assert all("on Friday" in text_of(message) for message in server.accepted)


def test_a_worker_uses_the_relay_that_was_chosen(desk: Desk, server: ScriptedServer) -> None:
    with threaded_server() as other:
        more = f'[relays.other]\nhost = "{other.host}"\nport = {other.port}\nsecurity = "plain"\n'
        desk.settings(server, more=more)
        make_due(desk, "--relay", "other")
        assert desk.run("worker", "--once").code == 0
        assert (len(server.accepted), len(other.accepted)) == (0, 5)


@pytest.mark.slow
def test_a_worker_tries_again_whoever_was_put_off(desk: Desk, server: ScriptedServer) -> None:
    try_again_in_an_hour(desk)
    server.recipients = {"cy@c.example.com": [Act("450 4.2.0 later")]}
    assert desk.run(*SEND).code == 1
    assert desk.run("worker", "--once").code == 0  # not yet
    assert desk.states()["cy@c.example.com"] == "deferred"
    let_pass(desk, hours=2)
    assert desk.run("worker", "--once").code == 0
    assert times_taken(server)["cy@c.example.com"] == 1
    assert desk.report()["state"] == "finished"


@pytest.mark.slow
def test_killed_workers_and_the_next_ones_lose_nobody_and_double_nobody(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 400)
    server.at = {"data": Act(delay_s=0.03), "body": Act(delay_s=0.03)}
    make_due(desk)
    for goal in (1, 9, 20):
        worker = desk.start("worker")
        wait_until(lambda: len(server.accepted) >= goal)  # noqa: B023 - called at once
        kill(worker)
    assert len(server.accepted) < len(people)
    server.at = {}
    worker = desk.start("worker")
    wait_until(lambda: is_finished(desk))
    stop(worker)
    states, taken = desk.states(), times_taken(server)
    in_doubt = {address for address, state in states.items() if state == "in_doubt"}
    assert set(states.values()) <= {"accepted", "in_doubt"}
    assert set(taken.values()) == {1}
    assert set(people) - set(taken) <= in_doubt
    assert len(in_doubt) <= 2 * 3  # connections, kills


@pytest.mark.slow
def test_what_a_killed_command_left_is_sent_by_a_worker(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 20)
    server.at = {"data": Act(until=threading.Event())}  # which nobody sets
    process = desk.start(*SEND)
    wait_until(lambda: "DATA" in server.commands)
    kill(process)
    server.at = {}
    assert desk.run("worker", "--once").code == 0
    assert set(times_taken(server).values()) == {1}
    assert set(people) - set(times_taken(server)) <= {a for a, s in desk.states().items() if s == "in_doubt"}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_what_a_person_stopped_is_left_alone_until_somebody_resumes_it(
    desk: Desk, server: ScriptedServer, number: signal.Signals
) -> None:
    people = desk.people("coast", 200)
    server.at = {"body": Act(delay_s=0.3)}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 2)
    process.send_signal(number)
    finish(process)
    server.at = {}
    before = len(server.accepted)
    assert before < len(people)
    assert desk.run("worker", "--once").code == 0
    assert len(server.accepted) == before
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_several_workers_on_one_ledger_double_nobody(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 60)
    server.at = {"body": Act(delay_s=0.02)}
    make_due(desk)
    workers = [desk.start("worker") for _ in range(3)]
    wait_until(lambda: is_finished(desk))
    for worker in workers:
        stop(worker)
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_polite_kill_finishes_what_is_on_the_wire_and_the_next_worker_goes_on(
    desk: Desk, server: ScriptedServer
) -> None:
    people = desk.people("coast", 200)
    server.at = {"body": Act(delay_s=0.3)}
    make_due(desk)
    worker = desk.start("worker")
    wait_until(lambda: len(server.accepted) >= 4)
    stop(worker)
    report = desk.report()
    assert 4 <= report["accepted"] == len(server.accepted) < len(people)
    assert (report["state"], report["in_doubt"]) == ("sending", 0)
    server.at = {}
    assert desk.run("worker", "--once").code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_relay_that_is_down_halts_nothing_and_is_tried_until_it_is_there(desk: Desk, server: ScriptedServer) -> None:
    make_due(desk)
    desk.settings(server, port=1)
    once = desk.run("worker", "--once")
    assert once.code == 4
    assert "cannot be reached" in once.err
    assert desk.report()["state"] == "scheduled"
    worker = desk.start("worker")
    assert worker.stderr is not None
    while "trying again in" not in worker.stderr.readline():
        assert worker.poll() is None
    desk.settings(server)  # mended, or there again: a worker reads it anew each time
    wait_until(lambda: is_finished(desk))
    assert "relay main is there again" in stop(worker)
    assert set(times_taken(server).values()) == {1}


@pytest.mark.slow
def test_a_relay_that_goes_down_in_the_middle_is_waited_for(desk: Desk, server: ScriptedServer) -> None:
    """Its run halts for want of a relay; nobody has to resume what the network did."""
    people = desk.people("coast", 30)
    down = [False]

    def answer(moment: Moment) -> Act | None:
        if moment.stage == "body" and moment.times == 6:
            down[0] = True
        return Act(drop="before") if down[0] and moment.stage in {"connect", "rcpt"} else None

    server.answer = answer
    make_due(desk)
    worker = desk.start("worker")
    assert worker.stderr is not None
    while "trying again in" not in worker.stderr.readline():
        assert worker.poll() is None
    assert desk.report()["state"] == "sending"
    down[0] = False
    wait_until(lambda: is_finished(desk))
    stop(worker)
    assert times_taken(server) == dict.fromkeys(people, 1)


def test_a_refusal_that_waiting_does_not_mend_halts_the_mailing_and_it_is_left_alone(
    desk: Desk, server: ScriptedServer
) -> None:
    make_due(desk)
    server.at = {"mail": Act("550 5.7.1 your account is blocked")}
    first = desk.run("worker", "--once")
    assert first.code == 4
    assert "mailer resume lamps" in first.err
    assert desk.report()["state"] == "halted"
    server.at = {}
    commands = len(server.commands)
    assert desk.run("worker", "--once").code == 0
    assert len(server.commands) == commands
    assert desk.run("resume", "lamps").code == 0
    assert set(times_taken(server).values()) == {1}


@pytest.mark.slow
def test_one_mailing_that_cannot_go_keeps_no_other_from_going(desk: Desk) -> None:
    make_due(desk)
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    assert desk.run("send", "wicks", "--to", "coast", "--yes", "--at", AT).code == 0
    let_pass(desk, hours=HOURS)
    in_the_ledger(desk, "UPDATE mailing SET relay = 'gone' WHERE slug = 'lamps'")
    worker = desk.start("worker")
    wait_until(lambda: ("wicks", "finished") in in_the_ledger(desk, "SELECT slug, state FROM mailing"))
    assert 'no relay "gone"' in stop(worker)
    assert desk.run("worker", "--once").code == 3
    assert (desk.report("lamps")["state"], desk.report("wicks")["state"]) == ("scheduled", "finished")


@pytest.mark.slow
def test_tests_and_what_lies_in_the_preview_inbox_are_no_business_of_a_worker(
    desk: Desk, server: ScriptedServer
) -> None:
    assert desk.run(*SEND, "--relay", "preview").code == 0
    try_again_in_an_hour(desk)
    server.recipients = {"me@example.org": [Act("450 4.2.0 later")]}
    assert "Deferred" in desk.run("test", "lamps", "--to", "coast", "--inbox", "me@example.org").said
    let_pass(desk, hours=HOURS)
    before = server.connections
    assert desk.run("worker", "--once", "--json").json == {"mailings": []}
    assert server.connections == before


def test_a_worker_without_anything_to_do_leaves_nothing_behind(desk: Desk) -> None:
    assert desk.run("worker", "--once", "--json").json == {"mailings": []}
    assert not (desk.root / ".mailer").exists()
    assert desk.run("worker", "--json").code == 2


def test_a_worker_goes_on_over_the_relay_that_a_mailing_was_last_resumed_over(
    desk: Desk, server: ScriptedServer
) -> None:
    with threaded_server() as other:
        more = f'[relays.other]\nhost = "{other.host}"\nport = {other.port}\nsecurity = "plain"\n'
        desk.settings(server, more=more)
        try_again_in_an_hour(desk)
        server.recipients = {"cy@c.example.com": [Act("450 4.2.0 later")]}
        assert desk.run(*SEND).code == 1
        assert desk.run("resume", "lamps", "--relay", "other").code == 1  # nobody is due
        let_pass(desk, hours=2)
        assert desk.run("worker", "--once").code == 0
        assert other.accepted_for("cy@c.example.com")
        assert not server.accepted_for("cy@c.example.com")


def test_an_older_ledger_that_is_put_back_after_a_worker_is_noticed(desk: Desk, server: ScriptedServer) -> None:
    make_due(desk)
    ledger = desk.root / ".mailer" / "ledger.db"
    older = ledger.read_bytes()
    assert desk.run("worker", "--once").code == 0
    ledger.write_bytes(older)
    again = desk.run("worker", "--once")
    assert again.code == 3
    assert "older copy" in again.err
    assert set(times_taken(server).values()) == {1}


@pytest.mark.slow
def test_a_worker_that_is_stopped_does_not_wait_long_for_a_silent_relay(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 8)
    desk.settings(server, connections=1)
    make_due(desk)
    server.at = {"body": [Act(drop="before", taken=True), Act(), *[Act(silent=True, taken=True)] * 8]}
    worker = desk.start("worker")
    wait_until(lambda: len(server.accepted) == 3)
    began = time.monotonic()
    out = stop(worker)
    assert time.monotonic() - began < 40  # 12 s for the relay, and a person's `send` waits for 60
    # of the two in doubt, one was so before
    assert out.rstrip().endswith("stopped; in doubt because the relay did not answer: 1 of lamps")
    assert Counter(desk.states().values()) == {"accepted": 1, "in_doubt": 2, "pending": 5}
    server.at = {}
    assert desk.run("worker", "--once").code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_worker_that_is_stopped_ends_in_time_also_where_the_ledger_never_answers(
    desk: Desk, server: ScriptedServer
) -> None:
    people = desk.people("coast", 40)
    make_due(desk)
    server.at = {"body": Act(delay_s=0.2)}
    worker = desk.start("worker")
    wait_until(lambda: len(server.accepted) > 3)
    with closing(sqlite3.connect(desk.root / ".mailer/ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # for as long as it takes: who writes beside it waits for half a minute
        time.sleep(2)
        worker.send_signal(signal.SIGTERM)
        began = time.monotonic()
        done = finish(worker)
        assert time.monotonic() - began < 22
        other.execute("ROLLBACK")
    assert done.err.rstrip().endswith("The next process continues")
    server.at = {}
    assert desk.run("worker", "--once").code == 0
    states = desk.states()
    assert set(states.values()) <= {"accepted", "in_doubt"}
    assert list(states.values()).count("in_doubt") <= 2
    assert times_taken(server) <= Counter(people)


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
def test_workers_are_seen_with_what_they_do_until_they_have_ended(
    desk: Desk, server: ScriptedServer, store: str, request: pytest.FixtureRequest
) -> None:
    env: dict[str, str] = {}
    if store == "postgres":
        env = {"MAILER_LEDGER__URL": request.getfixturevalue("shared_url")}

    def seen() -> list[dict[str, Any]]:
        found = desk.run("status", "--workers", "--json", env=env).json["workers"]
        return sorted(found, key=lambda each: str(each["doing"]))

    assert "No worker is running" in desk.run("status", "--workers", env=env).out
    gate = threading.Event()
    server.at = {"body": Act(until=gate)}
    assert desk.run(*SEND, "--at", AT, env=env).code == 0
    workers = [desk.start("worker", env=env) for _ in range(2)]
    wait_until(lambda: [each["doing"] for each in seen()] == ["", ""])
    if env:
        request.getfixturevalue("postgres").rows(env["MAILER_LEDGER__URL"], "UPDATE mailing SET scheduled_at = now()")
    else:
        come_in(desk, 0)
    wait_until(lambda: "lamps" in {each["doing"] for each in seen()})
    assert {each["pid"] for each in seen()} == {worker.pid for worker in workers}
    assert {each["silent"] for each in seen()} == {False}
    assert "sending lamps" in desk.run("status", "--workers", env=env).out
    gate.set()
    wait_until(lambda: {each["doing"] for each in seen()} == {""})
    stop(workers[0])
    assert [each["pid"] for each in seen()] == [workers[1].pid]
    kill(workers[1])
    assert [each["pid"] for each in seen()] == [workers[1].pid]


def test_a_silent_worker_and_another_version_are_told(desk: Desk) -> None:
    make_due(desk)
    assert desk.run("worker", "--once").code == 0
    assert in_the_ledger(desk, "SELECT count(*) FROM worker") == [(0,)]  # one look is over too soon to be seen
    columns = "id, host, pid, version, started_at, seen_at, doing, per_minute"
    row = f"INSERT INTO worker ({columns}) VALUES ('{{0}}', '{{0}}', 1, '{{1}}', '{{2}}', '{{2}}', '', 0)"  # noqa: S608 - our own words
    for name, version, hours in (("gull", "1.0", 0), ("auk", "1.1", 0), ("tern", "0.9", 1)):
        at = f"{datetime.now(UTC) - timedelta(hours=hours):%Y-%m-%d %H:%M:%S.%f}"
        in_the_ledger(desk, row.format(name, version, at))
    out = desk.run("status", "--workers").out
    assert [line.split()[0] for line in out.splitlines() if "silent" in line] == ["tern"]
    assert "different versions of mailer: 1.0, 1.1." in out
    refused = desk.run("status", "lamps", "--workers")
    assert (refused.code, "takes no mailing" in refused.err) == (2, True)


def test_a_worker_ends_when_a_newer_mailer_has_changed_its_ledger(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*SEND, "--at", AT).code == 0
    worker = desk.start("worker")
    wait_until(lambda: in_the_ledger(desk, "SELECT count(*) FROM worker") == [(1,)])
    in_the_ledger(desk, "UPDATE alembic_version SET version_num = '99'")
    done = finish(worker)
    assert (done.code, done.err.count("this worker ends"), "Traceback" in done.err) == (3, 1, False), done.err
    assert in_the_ledger(desk, "SELECT count(*) FROM worker") == [(0,)]
    assert server.connections == 0
