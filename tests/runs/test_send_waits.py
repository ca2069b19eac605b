"""What a run waits for: a ledger that is busy or full, a relay that has not answered when the run is stopped.

Nobody can wait until SQLite gives up by itself (30 s): these senders are told at their start to give up at once, so
that what waits is the run. `tests.kill --scenes` plays the same with its real times.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailer.cli.office import writing_office
from mailer.events import MailingState
from mailer.ledger.mailings import require_mailing, set_state
from mailer.reply.values import Verdict
from mailer.runs.sending.deliver import Ended, Run, Waits
from tests.office import Desk, Done, environment, finish, in_the_ledger, times_taken, wait_until
from tests.servers import Act, Moment, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
# mailer, whose ledger gives up after a fifth of a second, and has as many pages as a file says
HASTY = """
import os, sys
from sqlalchemy import Engine, event

@event.listens_for(Engine, "engine_connect")
def hurry(connection):
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout=200")
    if os.path.exists(os.environ["PAGES"]):
        raw.execute(f"PRAGMA max_page_count={open(os.environ['PAGES']).read()}")

from mailer.cli import main
main()
"""


def start_hasty(desk: Desk, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HASTY, "--workspace", str(desk.root), *words]
    pipe = subprocess.PIPE
    with environment({"PAGES": str(desk.root / "pages")}):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    desk.started.append(process)
    return process


def wait_for_word(process: subprocess.Popen[str], word: str) -> str:
    """Read what a command says until it says this; return all of it."""
    assert process.stderr is not None
    text = ""
    while word not in text:
        line = process.stderr.readline()
        assert line, f"it never said {word}, but {text}"
        text += " ".join(line.split()) + " "
    return text


@contextmanager
def locked(desk: Desk) -> Iterator[None]:
    """Be another program that writes to the ledger, for as long as the block lasts."""
    other = sqlite3.connect(desk.root / ".mailer" / "ledger.db", isolation_level=None, timeout=60)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


@pytest.mark.slow
def test_a_ledger_that_another_program_locks_is_waited_for_and_stops_nobody(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 30)
    server.at = {"body": Act(delay_s=0.05)}
    process = start_hasty(desk, *SEND)
    wait_until(lambda: len(server.accepted) >= 4)
    with locked(desk):
        text = wait_for_word(process, "Waiting for it")
        assert "database is locked. Waiting for it, 10 minutes at most; nothing new is sent meanwhile" in text
        claims = "SELECT count(*) FROM delivery WHERE state = 'claimed'"
        before = in_the_ledger_as_it_is(desk, claims)
        wait_until(lambda: server.serving == 0 or len(server.accepted) >= 4)
        assert in_the_ledger_as_it_is(desk, claims) == before
    done = finish(process)
    assert done.code == 0, done.err
    assert "the ledger can be used again; sending goes on" in done.err
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert set(desk.states().values()) == {"accepted"}


def in_the_ledger_as_it_is(desk: Desk, question: str) -> object:
    """Ask the ledger while somebody else writes to it."""
    ledger = sqlite3.connect(f"file:{desk.root / '.mailer' / 'ledger.db'}?mode=ro", uri=True)
    try:
        return ledger.execute(question).fetchall()
    finally:
        ledger.close()


@pytest.mark.slow
def test_a_full_disk_that_gets_room_again_stops_nobody(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 60)
    server.at = {"body": Act(delay_s=0.05)}
    process = start_hasty(desk, *SEND)
    wait_until(lambda: len(server.accepted) >= 4)
    (desk.root / "pages").write_text("1")  # SQLite takes as few as there are
    text = wait_for_word(process, "Waiting for it")
    assert "full. Waiting for it, 10 minutes at most" in text
    (desk.root / "pages").write_text("1000000")
    done = finish(process)
    assert done.code == 0, done.err
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert set(desk.states().values()) == {"accepted"}


def stopped_at_a_body(desk: Desk, server: ScriptedServer, waits: Waits, act: Act) -> Ended:
    """Go on with a mailing in this process, with less patience, and stop it when the relay has the first body."""
    with environment({"MAILER_WORKSPACE": str(desk.root)}), writing_office() as (office, ledger):
        with ledger.writing() as connection:
            mailing = require_mailing(connection, "lamps")
            set_state(connection, mailing.id, MailingState.SENDING, stamp=office.stamp())

        async def work() -> Ended:
            loop, run = asyncio.get_running_loop(), Run(office, ledger, mailing, waits=waits)

            def answer(moment: Moment) -> Act | None:
                if moment.stage != "body":
                    return None
                loop.call_soon_threadsafe(run.stop)
                return act

            server.answer = answer
            return await run.to_relay(office.relay(), None)

        return asyncio.run(work())


@pytest.mark.slow
def test_progress_counts_deliveries_however_often_each_is_tried(begun: Desk, server: ScriptedServer) -> None:
    begun.write("mailer.toml", (begun.root / "mailer.toml").read_text("utf-8").replace("[0.1]", "[0.01]"))
    later = Act("451 4.7.1 later")
    server.recipients = {"ada@a.example.com": [later, later, Act()], "bo@b.example.com": [later, Act("550 5.1.1 no")]}
    seen: list[dict[Verdict, int]] = []
    with environment({"MAILER_WORKSPACE": str(begun.root)}), writing_office() as (office, ledger):
        with ledger.writing() as connection:
            mailing = require_mailing(connection, "lamps")
            set_state(connection, mailing.id, MailingState.SENDING, stamp=office.stamp())
        run = Run(office, ledger, mailing, on_progress=lambda counts: seen.append(dict(counts)))
        asyncio.run(run.to_relay(office.relay(), None))
    assert max(sum(each.values()) for each in seen) == 5
    assert +run.counts == {Verdict.ACCEPTED: 4, Verdict.REJECTED: 1}


@pytest.fixture
def begun(desk: Desk, server: ScriptedServer) -> Desk:
    """A mailing that was confirmed, and that the relay refused before anybody's text."""
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND).code == 4
    server.at = {}
    return desk


def test_a_connection_that_opens_for_longer_than_it_is_this_hosts_is_given_up(
    begun: Desk, server: ScriptedServer
) -> None:
    begun.settings(server, more="[ledger]\nlease_s = 4\n")
    server.at = {"connect": Act(silent=True)}
    with environment({"MAILER_WORKSPACE": str(begun.root)}), writing_office() as (office, ledger):
        with ledger.reading() as connection:
            mailing = require_mailing(connection, "lamps")
        began = time.monotonic()
        why = asyncio.run(Run(office, ledger, mailing).find_outage(office.relay(), None))
    assert why
    assert time.monotonic() - began < 28  # and it would be patient for 30 s


def test_a_relay_that_has_not_answered_when_a_stops_patience_ends_leaves_that_one_in_doubt(
    begun: Desk, server: ScriptedServer
) -> None:
    begun.settings(server, connections=1, more="[relays.main.timeouts]\nbody_s = 20\n")  # without the stop's patience
    ended = stopped_at_a_body(begun, server, Waits(stop_s=0.2), Act(silent=True, taken=True))
    assert ended.stopped
    report = begun.report()
    assert (report["in_doubt"], report["pending"]) == (1, 4)
    assert report["in_doubt_people"][0]["reason"] == "stopped"
    text = begun.run("status", "lamps").said
    assert "1: mailer was stopped before the relay had answered. The message had left; they may have it" in text


@pytest.mark.slow
def test_a_stop_that_finds_the_relay_answering_leaves_nobody_in_doubt_and_nobody_claimed(
    begun: Desk, server: ScriptedServer
) -> None:
    begun.people("coast", 30)
    begun.settings(server, connections=1)
    ended = stopped_at_a_body(begun, server, Waits(stop_s=60.0), Act(delay_s=0.3))
    assert ended.stopped
    report = begun.report()
    assert (report["in_doubt"], report["claimed"], report["attempted"]) == (0, 0, 0)
    assert report["accepted"] == len(server.accepted) >= 1
    wait_until(lambda: server.open == 0)


@pytest.fixture
def broken(desk: Desk, server: ScriptedServer) -> Iterator[Done]:
    """A send whose ledger refuses what it is told, for another reason than being busy, after 8 of 40."""
    desk.people("coast", 40)
    desk.settings(server, connections=1)
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND).code == 4
    server.at = {}
    counted = "(SELECT count(*) FROM delivery WHERE state = 'accepted') >= 8"
    in_the_ledger(
        desk,
        f"CREATE TRIGGER no_more BEFORE UPDATE OF state ON delivery WHEN NEW.state = 'accepted' AND {counted} "
        "BEGIN SELECT RAISE(ABORT, 'not today'); END",
    )
    yield finish(desk.start("resume", "lamps"))
    in_the_ledger(desk, "DROP TRIGGER no_more")


@pytest.mark.slow
def test_a_ledger_that_fails_in_the_middle_ends_with_figures_and_the_command_that_goes_on(
    broken: Done, server: ScriptedServer
) -> None:
    done = broken
    assert done.code == 3
    assert "not today" in done.err
    assert "Traceback" not in done.err
    assert "8 of 40 accepted, 1 in doubt, 31 waiting. Go on with: mailer resume lamps" in " ".join(done.err.split())
    assert len(server.accepted) == 9


@pytest.mark.slow
def test_a_relay_that_goes_away_in_the_middle_ends_with_figures_and_the_command_that_goes_on(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.settings(server, connections=1)
    server.answer = lambda moment: Act(drop="before") if len(server.accepted) >= 2 and moment.stage != "body" else None
    done = desk.run(*SEND)
    assert done.code == 4
    assert "2 of 5 accepted, 0 in doubt, 3 waiting. Go on with: mailer resume lamps" in " ".join(done.err.split())
    assert "Go on with: mailer resume lamps" in desk.run("resume", "lamps", "--json").json["error"]["hint"]


@pytest.mark.slow
def test_a_second_ctrl_c_ends_with_figures_and_the_command_that_goes_on(desk: Desk, server: ScriptedServer) -> None:
    desk.people("coast", 8)
    server.at = {"body": [Act(), Act(), *[Act(silent=True, taken=True)] * 2]}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) == 4)
    process.send_signal(signal.SIGINT)
    wait_for_word(process, "Stopping")
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert done.code == 130
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    assert "2 of 8 accepted, 2 in doubt, 4 waiting. Go on with: mailer resume lamps" in " ".join(done.err.split())
    assert {each["reason"] for each in desk.report()["in_doubt_people"]} == {"stopped"}


@pytest.mark.slow
def test_who_was_on_the_wire_of_a_killed_sender_counts_as_in_doubt_in_the_figures(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.settings(server, connections=1)
    server.at = {"body": [Act(), Act(silent=True, taken=True)]}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) == 2)
    process.kill()
    process.communicate()
    server.at = {"connect": Act("554 5.7.1 closed to you")}
    done = desk.run("resume", "lamps")
    assert done.code == 4
    assert "1 of 5 accepted, 1 in doubt, 3 waiting." in " ".join(done.err.split())


def test_the_reason_of_who_is_in_doubt_is_what_really_happened(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, connections=1)
    server.at = {"body": [Act(), Act(drop="before", taken=True)]}
    done = desk.run(*SEND)
    assert "1: the connection broke. The message had left; they may have it" in " ".join(done.err.split())
    assert {each["reason"] for each in desk.report()["in_doubt_people"]} == {"networkerror"}
