"""`mailer send --waves` and `--exclusive`: who gets it when, each once, and the problems of a file, by line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from mailer.cli.office import given_workspace, password_of, reading_office, writing_office
from mailer.fleet.worker import Worker
from mailer.frozen import replace
from mailer.ledger import offers
from mailer.runs.offers import start_waves
from mailer.runs.office import Office
from tests.office import Desk, finish, in_the_ledger, times_taken, wait_until
from tests.servers import Moment, ScriptedServer

ADA, BO, CY, DI, ED = (f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed"))
IN_A_WEEK = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=7)
THREE = """\
[[wave]]
to = "first"

[[wave]]
to = ["first", "second"]
after_h = 2

[[wave]]
to = "coast"
when = "previous-done"
"""


@pytest.fixture(autouse=True)
def lists(desk: Desk) -> None:
    desk.write("lists/first.csv", f"email,name\n{ADA},Ada Brook\n")
    desk.write("lists/second.csv", f"email,name,time zone\n{BO},Bo Lind,Asia/Tokyo\n")


@contextmanager
def at(desk: Desk, when: datetime) -> Iterator[Office]:
    given_workspace.set(str(desk.root))
    with reading_office() as office:
        yield replace(office, clock=lambda: when)


def work(desk: Desk, when: datetime) -> list[str]:
    """Run a worker once at a given time; return the lines it printed."""
    lines: list[str] = []
    worker = Worker(office=partial(at, desk, when), password=password_of, clock=lambda: when, say=lines.append)
    asyncio.run(worker.once())
    assert not worker.failed, worker.failed
    return lines


def send(desk: Desk, text: str = THREE, *more: str) -> tuple[int, str]:
    file = desk.write("waves.toml", text)
    done = desk.run("send", "lamps", "--waves", str(file), "--yes", *more)
    return done.code, done.err


def waves(desk: Desk) -> list[tuple[object, ...]]:
    found = desk.run("status", "lamps", "--json").json["waves"]
    return [(each["number"], each["state"], each["recipients"]) for each in found]


@pytest.mark.slow
def test_three_waves_each_in_its_turn_and_nobody_in_two(desk: Desk, server: ScriptedServer) -> None:
    code, output = send(desk)
    assert code == 0, output
    assert "1 message to second" not in output  # one contact of the two lists is left
    assert "1 message to first + second: 2 h after the wave before it" in output
    assert "in Asia/Tokyo (1)" in output
    assert times_taken(server) == {ADA: 1}
    assert waves(desk) == [(1, "started", 1), (2, "waiting", 1), (3, "waiting", 3)]
    assert all("2 waves to come" in desk.run("status", *name).out for name in ((), ("lamps",)))
    now = datetime.now(UTC)
    work(desk, now + timedelta(hours=1))
    assert times_taken(server) == {ADA: 1}
    work(desk, now + timedelta(hours=2, minutes=1))
    assert times_taken(server) == {ADA: 1, BO: 1}
    assert "lamps: wave 3 has started, 3 to send to" in work(desk, now + timedelta(hours=3))
    assert times_taken(server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)
    assert work(desk, now + timedelta(hours=4)) == []


def test_a_wave_that_is_to_come_is_kept_as_it_was_planned(desk: Desk, server: ScriptedServer) -> None:
    text = f'[[wave]]\nto = "first"\nat = "{IN_A_WEEK:%Y-%m-%d %H:%M} UTC"\n'
    code, output = send(desk, text)
    assert code == 0, output
    assert server.connections == 0
    desk.release(body="Another text by now. It is about something else, and longer than it was.\n")
    desk.people("first", [CY])
    assert desk.run("optouts", "add", ADA, "--reason", "manual").code == 0
    assert desk.run("optouts", "remove", ADA, "--reason", "a slip", "--evidence", "said so").code == 0
    work(desk, IN_A_WEEK - timedelta(minutes=1))
    assert server.connections == 0
    work(desk, IN_A_WEEK)
    assert times_taken(server) == {ADA: 1}
    assert b"four hundred lamps" in server.accepted[0].data


@pytest.mark.slow
def test_an_opt_out_before_a_wave_starts_counts(desk: Desk, server: ScriptedServer) -> None:
    assert send(desk)[0] == 0
    assert desk.run("optouts", "add", BO).code == 0
    work(desk, datetime.now(UTC) + timedelta(hours=3))
    work(desk, datetime.now(UTC) + timedelta(hours=4))
    assert times_taken(server) == dict.fromkeys((ADA, CY, DI, ED), 1)
    assert desk.report()["skipped"] == 1


@pytest.mark.slow
def test_a_pause_holds_waves_and_a_cancel_ends_them(desk: Desk, server: ScriptedServer) -> None:
    assert send(desk)[0] == 0
    assert "2 waves to come held." in desk.run("pause", "lamps").out
    later = datetime.now(UTC) + timedelta(hours=3)
    work(desk, later)
    assert times_taken(server) == {ADA: 1}
    assert desk.run("resume", "lamps").code == 0
    assert waves(desk)[1] == (2, "waiting", 1)
    work(desk, later)
    assert times_taken(server) == {ADA: 1, BO: 1}
    done = desk.run("cancel", "lamps", "--yes")
    assert (done.code, "1 wave to come cancelled." in done.out) == (0, True)
    work(desk, later + timedelta(hours=1))
    assert times_taken(server) == {ADA: 1, BO: 1}


@pytest.mark.slow
def test_new_waves_take_the_place_of_those_that_have_not_started(desk: Desk, server: ScriptedServer) -> None:
    assert send(desk)[0] == 0
    code, output = send(desk, '[[wave]]\nto = "second"\n\n[[wave]]\nto = "coast"\nafter_h = 5\n')
    assert code == 0, output
    assert "2 waves that had not started" in output
    assert times_taken(server) == {ADA: 1, BO: 1}
    assert waves(desk) == [(1, "started", 1), (2, "started", 1), (3, "waiting", 3)]


@pytest.mark.slow
def test_an_exclusive_is_one_outlets_until_a_moment(desk: Desk, server: ScriptedServer) -> None:
    until = f"{IN_A_WEEK:%Y-%m-%d %H:%M} UTC"
    done = desk.run("send", "lamps", "--to", "coast", "--exclusive", CY, "--until", until, "--yes")
    assert done.code == 0, done.err
    assert f"4 messages to coast: {until}" in done.err
    assert "or once everybody in the wave before it declines" in done.err
    work(desk, IN_A_WEEK - timedelta(minutes=1))
    assert times_taken(server) == {CY: 1}
    work(desk, IN_A_WEEK)
    assert times_taken(server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)


@pytest.mark.slow
def test_an_exclusive_ends_when_it_is_declined(desk: Desk, server: ScriptedServer) -> None:
    done = desk.run(
        "send", "lamps", "--to", "coast", "--exclusive", CY, "--until", f"{IN_A_WEEK:%Y-%m-%d} 9:00 UTC", "--yes"
    )
    assert done.code == 0, done.err
    desk.run("worker", "--once")
    assert times_taken(server) == {CY: 1}
    assert desk.run("embargo", "record", CY, "declined", "--for", "lamps").code == 0
    desk.run("worker", "--once")
    assert times_taken(server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)


@pytest.mark.parametrize(
    "text, phrase",
    [
        ('[[wave]]\nto = "coast"\nafter_h = 3\n', "waves.toml:3: after_h: there is no wave before the first one"),
        ('[[wave]]\nto = "first"\n\n[[wave]]\nto = "coast"\n', "waves.toml:4: when? Write at ="),
        ('[[wave]]\nto = "first"\n[[wave]]\nto = "coast"\nat = "yesterday"\n', "waves.toml:5: at "),
        (
            '[[wave]]\nto = "coast"\nat = "2126-01-01 9:00 UTC"\nwhen = "accepted"\n',
            "waves.toml:4: when: a wave has one",
        ),
        ('[[wave]]\nto = "coast"\nwen = "accepted"\n', 'waves.toml:3: wen: there is no such key; did you mean "when"?'),
        ('[[wave]]\nto = "coast"\nwhen = "acceptd"\n', 'when: write "accepted", "declined" or "previous-done"'),
        ("[wave]\nto = 3\n", "waves.toml:1: "),
        ("", "there is no wave in it"),
        ("[[wave]\n", "waves.toml:1: this is not TOML"),
        ('[[wave]]\nto = "first"\n[[wave]]\nto = "first"\nafter_h = 1\n', "wave 2 has no recipients"),
    ],
)
def test_what_is_wrong_with_a_waves_file_is_told_by_its_line(
    desk: Desk, server: ScriptedServer, text: str, phrase: str
) -> None:
    code, output = send(desk, text)
    assert code == 2
    assert phrase in output
    lines = [line.removeprefix("  error   ") for line in output.splitlines()]
    assert len(set(lines)) == len(lines)  # nothing is reported twice
    assert server.connections == 0
    assert not (desk.root / ".mailer" / "ledger.db").exists()


@pytest.mark.parametrize(
    "words, phrase",
    [
        (("--waves", "waves.toml", "--to", "coast"), "the waves file names the lists"),
        (("--exclusive", ADA, "--to", "coast"), "--exclusive needs --until"),
        (("--exclusive", ADA, "--until", "2126-01-01 9:00 UTC"), "no list given"),
        (("--waves", "nowhere.toml"), "cannot be read"),
        (("--waves", "waves.toml", "--at", "tomorrow"), "waves have their own times"),
    ],
)
def test_what_does_not_go_together_is_said(desk: Desk, words: tuple[str, ...], phrase: str) -> None:
    desk.write("waves.toml", THREE)
    done = desk.run("send", "lamps", *words, "--yes")
    assert (done.code, phrase in done.err) == (2, True), done.err


@pytest.mark.parametrize("until", ["soon", f"{IN_A_WEEK.year + 4}-03-01 9:00 UTC", "2026-01-01 9:00 UTC"])
def test_what_is_wrong_with_the_end_of_an_exclusive_names_its_option(desk: Desk, until: str) -> None:
    done = desk.run("send", "lamps", "--to", "coast", "--exclusive", CY, "--until", until, "--yes")
    assert (done.code, done.err.startswith("--until"), "--at" in done.err) == (2, True, False), done.err


@pytest.mark.slow
def test_of_two_that_start_a_wave_at_once_one_does(desk: Desk, server: ScriptedServer) -> None:
    assert send(desk)[0] == 0
    given_workspace.set(str(desk.root))
    with writing_office() as (office, ledger):
        later = replace(office, clock=lambda: datetime.now(UTC) + timedelta(hours=3))
        (first,), second = start_waves(later, ledger), start_waves(later, ledger)
        assert (first.wave, first.recipients, first.problem) == (2, 1, None)
        assert [each.wave for each in second] in ([], [3])
        with ledger.writing() as connection:
            assert not offers.start_wave(connection, 2, at=datetime.now(UTC))
    desk.run("worker", "--once")
    assert times_taken(server)[BO] == 1


@pytest.mark.slow
def test_workers_that_are_killed_start_every_wave_once(desk: Desk, server: ScriptedServer) -> None:
    """Several workers, each killed while it plans or sends, until one is left that finishes."""
    people = desk.people("many", 400)
    desk.write("late.toml", '[[wave]]\nto = "first"\n\n[[wave]]\nto = ["first", "many"]\nafter_h = 1\n')
    assert desk.run("send", "lamps", "--waves", str(desk.root / "late.toml"), "--yes").code == 0
    in_the_ledger(desk, "UPDATE wave SET started_at = datetime(started_at, '-2 hours') WHERE number = 1")
    taken = 0

    def note(_: Moment) -> None:
        nonlocal taken
        taken += 1

    server.answer = note
    for pause in (0, 3, 40, 160):
        before = taken
        workers = [desk.start("worker", "--once") for _ in range(2)]
        wait_until(lambda: taken - before >= pause or all(each.poll() is not None for each in workers))  # noqa: B023
        for each in workers:
            each.kill()
            each.communicate()
    for _ in range(3):
        done = finish(desk.start("worker", "--once"))
        assert "Traceback" not in done.err
    report = desk.report()
    counts = times_taken(server)
    assert {each["state"] for each in report["deliveries"]} <= {"accepted", "in_doubt"}
    assert report["planned"] == len(people) + 1
    assert max(counts.values()) == 1
    assert report["accepted"] + report["in_doubt"] == report["planned"]
    assert waves(desk) == [(1, "started", 1), (2, "started", 400)]


@pytest.mark.slow
def test_a_wave_can_wait_until_somebody_before_it_accepts(desk: Desk, server: ScriptedServer) -> None:
    assert send(desk, '[[wave]]\nto = "first"\n\n[[wave]]\nto = "coast"\nwhen = "accepted"\n')[0] == 0
    desk.run("embargo", "record", ADA, "declined", "--for", "lamps")
    desk.run("worker", "--once")
    assert times_taken(server) == {ADA: 1}
    desk.run("embargo", "record", ADA, "accepted", "--for", "lamps")
    desk.run("worker", "--once")
    assert times_taken(server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)
