"""A mailing is planned in many short steps: broken off at any of them, it is as if it had not begun."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from mailer.ledger import Connection, Ledger, open_ledger
from tests.office import Desk, finish, interrupt, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
LATER = f"{datetime.now(UTC).year + 1}-01-20 09:00 Europe/Berlin"
MANY = 1300  # in several batches
SLOW = "SELECT (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 8000) SELECT max(n) FROM c)"
NEW = "Lantern Museum shuts its cellar of four hundred lamps"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
def store(request: pytest.FixtureRequest, desk: Desk, server: ScriptedServer) -> Iterator[Ledger]:
    """Yield the ledger of the office, on each database."""
    url = "sqlite:///.mailer/ledger.db"
    if request.param == "postgres":
        url = str(request.getfixturevalue("shared_url"))
        desk.settings(server, more=f'[ledger]\nurl = "{url}"\n')
    assert desk.run("test", "lamps").code == 0  # the keys, and the ledger
    opened = open_ledger(url, desk.root)
    assert opened is not None
    yield opened
    opened.close()


# PostgreSQL lets a planner work while a test looks: stopped then, it may keep rows locked, and others time out
STOPPED = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def ask(connection: Connection, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(statement)]


def rows(ledger: Ledger, statement: str) -> list[tuple[object, ...]]:
    with ledger.reading() as connection:
        return ask(connection, statement)


def release_rows(what: str, more: str = "") -> str:
    return (
        f"SELECT {what} FROM delivery JOIN mailing ON mailing.id = delivery.mailing_id "  # noqa: S608 - our own words
        f"WHERE mailing.kind = 'release' {more}"
    )


STAGED = release_rows("count(*)", "AND staged_after IS NOT NULL AND delivery.id > staged_after")
RENEWED = release_rows("count(*)", "AND edition_before IS NOT NULL AND edition_id <> edition_before")


@contextmanager
def held_while_planning(ledger: Ledger, process: subprocess.Popen[str], done: str = STAGED) -> Iterator[None]:
    """Hold the ledger at a moment in which a process has planned some and not all; what it does next must wait.

    SQLite lets writers meet by chance: there, each row takes a while, so that nobody runs past.
    """
    end = time.monotonic() + 240
    if ledger.on_this_machine:
        with ledger.writing() as connection:
            for event in ("INSERT", "UPDATE"):
                connection.exec_driver_sql(f"CREATE TRIGGER slow_{event} AFTER {event} ON delivery BEGIN {SLOW}; END")
    while True:
        assert time.monotonic() < end, "waited in vain"
        assert process.poll() is None, process.communicate()
        with ledger.writing() as connection:
            if 0 < int(str(ask(connection, done)[0][0])) < MANY:
                for event in ("INSERT", "UPDATE") if ledger.on_this_machine else ():
                    connection.exec_driver_sql(f"DROP TRIGGER slow_{event}")
                yield
                return
        time.sleep(0.002)


def kill_while_planning(ledger: Ledger, process: subprocess.Popen[str], done: str = STAGED) -> None:
    with held_while_planning(ledger, process, done):
        process.kill()
        process.wait(60)


def state(desk: Desk) -> str:
    return str(desk.run("status", "lamps", "--json").json["state"])


@pytest.mark.slow
def test_a_send_killed_while_it_plans_leaves_nothing_to_claim_and_the_same_command_plans_everybody_once(
    desk: Desk, server: ScriptedServer, store: Ledger
) -> None:
    people = desk.people("coast", MANY)
    kill_while_planning(store, desk.start(*SEND, "--at", LATER))
    assert state(desk) == "planning"
    planned = int(str(rows(store, STAGED)[0][0]))
    assert 0 < planned < MANY
    for command in (("resume", "lamps"), ("pause", "lamps")):
        refused = desk.run(*command)
        assert refused.code == 2
        assert "never planned completely" in refused.err
    assert desk.run("worker", "--once").code == 0
    assert server.connections == 0
    assert rows(store, STAGED) == [(0,)]
    assert "mailer send lamps --to LIST" in desk.run("status", "lamps").out
    done = desk.run(*SEND, "--at", LATER)
    assert done.code == 0, done.err
    assert "in this mailing already" not in done.err
    assert sorted(str(row[0]) for row in rows(store, release_rows("address"))) == sorted(people)
    assert state(desk) == "scheduled"


@pytest.mark.slow
def test_what_was_sent_after_a_planning_that_was_killed_reached_everybody_once(
    desk: Desk, server: ScriptedServer, store: Ledger
) -> None:
    desk.people("many", MANY)
    kill_while_planning(store, desk.start("send", "lamps", "--to", "many", "--yes"))
    few = desk.people("coast", 20)
    desk.release(body="Another text, which nobody has approved before it is sent now.\n")  # nothing counts of the first
    assert desk.run(*SEND).code == 0
    assert times_taken(server) == dict.fromkeys(few, 1)
    assert desk.report()["planned"] == 20


@pytest.mark.slow
def test_a_dry_run_after_a_crash_counts_nobody_who_was_only_staged(desk: Desk, store: Ledger) -> None:
    desk.people("coast", MANY)
    kill_while_planning(store, desk.start(*SEND, "--at", LATER))
    plan = desk.run("send", "lamps", "--to", "coast", "--dry-run", "--json").json
    assert (plan["to_send"], plan["left_out"]) == (MANY, {})
    assert state(desk) == "planning"  # it only looked


@pytest.mark.slow
def test_more_people_whose_planning_is_killed_are_not_in_the_mailing_and_its_moment_stands(
    desk: Desk, server: ScriptedServer, store: Ledger
) -> None:
    assert desk.run(*SEND, "--at", LATER).code == 0
    desk.people("science", MANY)
    process = desk.start("send", "lamps", "--to", "science", "--yes", "--at", LATER.replace("-20", "-21"))
    kill_while_planning(store, process)
    assert state(desk) == "planning"
    out = desk.run("status", "lamps").out
    assert "mailer resume lamps" in out
    assert "mailer cancel lamps" not in out  # which would take it from those who were in it before, too
    assert desk.run("worker", "--once").code == 0  # a worker must not miss the moment because of it
    document = desk.report()
    assert (document["state"], document["planned"], document["scheduled_for"]) == ("scheduled", 5, LATER)
    assert set(desk.states().values()) == {"pending"}
    assert server.connections == 0


@pytest.mark.slow
def test_a_new_text_whose_planning_is_killed_is_taken_back_from_everybody(desk: Desk, store: Ledger) -> None:
    desk.people("coast", MANY)
    assert desk.run(*SEND, "--at", LATER).code == 0
    wanted = release_rows("edition_id, content_hash, message_id, delivery.state", "ORDER BY delivery.id")
    before = rows(store, wanted)
    desk.release(headline=NEW)
    process = desk.start(*SEND, "--at", LATER, "--changed", "it floods")
    kill_while_planning(store, process, RENEWED)
    assert 0 < int(str(rows(store, RENEWED)[0][0])) < MANY
    assert desk.run("worker", "--once").code == 0
    assert rows(store, wanted) == before
    assert NEW not in desk.run("status", "lamps").out
    assert desk.run(*SEND, "--at", LATER).code == 2  # it is a changed text as before
    assert desk.run(*SEND, "--at", LATER, "--changed", "it floods").code == 0
    assert len({row[0] for row in rows(store, wanted)}) == 1
    assert rows(store, wanted)[0][1] != before[0][1]
    assert NEW in desk.run("status", "lamps").out


@STOPPED
@pytest.mark.slow
def test_whoever_comes_while_somebody_plans_is_told_and_nobody_is_planned_twice(desk: Desk, store: Ledger) -> None:
    people = desk.people("coast", MANY)
    first = desk.start(*SEND, "--at", LATER)
    with held_while_planning(store, first):
        interrupt(first, signal.SIGSTOP)
    for command in ((*SEND, "--at", LATER), ("resume", "lamps")):
        done = desk.run(*command)
        assert done.code == 2
        assert "lamps is being planned right now by process" in done.err
        assert "Run the same command again" in done.err
    interrupt(first, signal.SIGCONT)
    assert finish(first).code == 0
    assert desk.run(*SEND, "--at", LATER).code == 0
    found = Counter(str(row[0]) for row in rows(store, release_rows("address")))
    assert found == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_two_who_plan_the_same_list_at_once_plan_everybody_once(desk: Desk, store: Ledger) -> None:
    people = desk.people("coast", MANY)
    both = [desk.start(*SEND, "--at", LATER) for _ in range(2)]
    done = [finish(process) for process in both]
    assert 0 in {each.code for each in done}, [each.err for each in done]
    assert all(each.code == 0 or "is being planned right now" in each.err for each in done)
    found = Counter(str(row[0]) for row in rows(store, release_rows("address")))
    assert found == dict.fromkeys(people, 1)
    assert desk.report()["planned"] == MANY


@pytest.mark.slow
def test_a_planning_that_a_person_breaks_off_takes_its_rows_out_by_itself(desk: Desk, store: Ledger) -> None:
    desk.people("coast", MANY)
    process = desk.start(*SEND, "--at", LATER)
    with held_while_planning(store, process):
        interrupt(process, signal.SIGINT)
    done = finish(process)
    assert done.code == 130
    assert "Traceback" not in done.said
    assert rows(store, release_rows("count(*)")) == [(0,)]
    assert rows(store, "SELECT count(*) FROM mailing WHERE planner IS NOT NULL") == [(0,)]
    assert desk.run("cancel", "lamps", "--yes").code == 0
    desk.people("coast", 3)
    assert desk.run(*SEND, "--at", LATER).code == 0
    assert desk.report()["planned"] == 3


@pytest.mark.slow
def test_a_mailing_that_is_being_sent_waits_for_who_adds_people_and_goes_on(
    desk: Desk, server: ScriptedServer, store: Ledger
) -> None:
    few = [f"few{number}@outlet.example.com" for number in range(400)]
    desk.people("coast", few)
    many = desk.people("science", 1200)
    server.at = {"body": Act(delay_s=0.2)}
    sending = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 2)
    adding = desk.start("send", "lamps", "--to", "science", "--yes")
    with held_while_planning(store, adding):
        assert len(server.accepted) < len(few)
    server.at = {}
    assert {finish(process).code for process in (sending, adding)} == {0}
    assert times_taken(server) == dict.fromkeys([*few, *many], 1)


@pytest.mark.slow
@STOPPED
def test_a_planner_that_another_process_has_ended_stops_and_confirms_nobody(desk: Desk, store: Ledger) -> None:
    desk.people("coast", MANY)
    process = desk.start(*SEND, "--at", LATER)
    with held_while_planning(store, process):
        interrupt(process, signal.SIGSTOP)
    with store.writing() as connection:  # as another host does, once its lease is over
        connection.exec_driver_sql("UPDATE process SET ended_at = lease_until WHERE ended_at IS NULL")
    interrupt(process, signal.SIGCONT)
    done = finish(process)
    assert (done.code, "another process has taken over" in done.err) == (2, True), done.said
    assert desk.run("worker", "--once").code == 0
    assert rows(store, release_rows("count(*)")) == [(0,)]
    assert desk.run(*SEND, "--at", LATER).code == 0
    assert desk.report()["planned"] == MANY


@pytest.mark.slow
def test_a_planner_keeps_its_lease_while_it_moves_what_makes_a_mailing_too_late(desk: Desk, store: Ledger) -> None:
    desk.people("coast", MANY)
    assert desk.run(*SEND, "--at", LATER).code == 0
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE renewed (owner text)")
        watch = "INSERT INTO renewed SELECT NEW.id WHERE NEW.ended_at IS NULL"
        if store.on_this_machine:
            connection.exec_driver_sql(f"CREATE TRIGGER w AFTER UPDATE ON process BEGIN {watch}; END")
        else:
            body = f"CREATE FUNCTION w() RETURNS trigger AS $$ BEGIN {watch}; RETURN NEW; END $$ LANGUAGE plpgsql"
            connection.exec_driver_sql(body)
            connection.exec_driver_sql("CREATE TRIGGER w AFTER UPDATE ON process FOR EACH ROW EXECUTE FUNCTION w()")
    assert desk.run(*SEND, "--at", LATER.replace("-20", "-21")).code == 0
    batches = 3
    assert int(str(rows(store, "SELECT count(*) FROM renewed")[0][0])) >= 2 * batches


@pytest.mark.slow
@STOPPED
def test_whoever_moves_a_mailing_again_is_not_overruled_by_who_moved_it_before(desk: Desk, store: Ledger) -> None:
    desk.people("coast", MANY)
    assert desk.run(*SEND, "--at", LATER).code == 0
    early, late = (LATER.replace("-20", day) for day in ("-10", "-30"))
    wanted = release_rows("DISTINCT expires_at")
    ((before,),) = rows(store, wanted)
    shortened = release_rows("count(*)", f"AND expires_at < '{before}'")
    first = desk.start(*SEND, "--at", early)
    with held_while_planning(store, first, shortened):
        interrupt(first, signal.SIGSTOP)
    assert desk.run(*SEND, "--at", late).code == 0
    ((moved,),) = rows(store, wanted)
    interrupt(first, signal.SIGCONT)
    assert finish(first).code == 0
    assert rows(store, wanted) == [(moved,)]
    assert desk.report()["scheduled_for"] == late


@pytest.mark.slow
@STOPPED
@pytest.mark.parametrize("command", ["pause", "cancel"])
def test_pausing_or_cancelling_a_mailing_that_is_being_planned_stops_its_planning_and_says_so(
    desk: Desk, server: ScriptedServer, store: Ledger, command: str
) -> None:
    desk.people("coast", MANY)
    process = desk.start(*SEND)
    with held_while_planning(store, process):
        interrupt(process, signal.SIGSTOP)
    done = desk.run(command, "lamps", *(["--yes"] if command == "cancel" else []))
    assert (done.code, "lamps was stopped; no recipients were added" in done.out) == (0, True), done.said
    assert rows(store, release_rows("count(*)")) == [(0,)]
    interrupt(process, signal.SIGCONT)
    done = finish(process)
    assert done.code == 2, done.said
    assert "the planning of this mailing was stopped" in done.err
    assert f"ran `mailer {command}`" in done.err
    assert rows(store, release_rows("count(*)")) == [(0,)]
    assert server.accepted == []
    assert state(desk) == ("planning" if command == "pause" else "cancelled")
    few = desk.people("coast", 4)
    assert desk.run(*SEND).code == 0  # nothing was sent, so its name is free
    assert times_taken(server) == dict.fromkeys(few, 1)


@pytest.mark.slow
@STOPPED
def test_pausing_a_mailing_to_which_recipients_are_added_pauses_it_as_it_was(desk: Desk, store: Ledger) -> None:
    assert desk.run(*SEND, "--at", LATER).code == 0
    desk.people("science", MANY)
    process = desk.start("send", "lamps", "--to", "science", "--yes", "--at", LATER)
    with held_while_planning(store, process):
        interrupt(process, signal.SIGSTOP)
    done = desk.run("pause", "lamps")
    assert done.code == 0
    assert "The planning of lamps was stopped; no recipients were added" in done.out
    assert "lamps is paused" in done.out
    interrupt(process, signal.SIGCONT)
    assert finish(process).code == 2
    assert (state(desk), desk.report()["planned"]) == ("paused", 5)
    assert desk.run("resume", "lamps").code == 0
    assert state(desk) == "scheduled"
