"""`mailer send --at`: a mailing waits for its moment, can be moved, and goes out in no other way."""

from __future__ import annotations

import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from tests.desk import Desk, come_in, finish, in_the_ledger, let_pass, times_taken
from tests.servers import Act, Moment, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
NEXT_YEAR = datetime.now(UTC).year + 1
LATER, LATER_UTC = f"{NEXT_YEAR}-01-20 09:00 Europe/Berlin", f"{NEXT_YEAR}-01-20T08:00:00+00:00"
EMBARGO = f"Press release\nembargo: {NEXT_YEAR}-01-20 09:00 UTC"


def expiries(desk: Desk) -> set[datetime]:
    rows = in_the_ledger(desk, "SELECT expires_at FROM delivery")
    return {datetime.fromisoformat(row[0]).replace(tzinfo=UTC) for row in rows}


def waits(desk: Desk, slug: str) -> subprocess.Popen[str]:
    """Start a command that waits for the moment of a release; gives it when it does."""
    process = desk.start("send", slug, "--to", "coast", "--yes", "--at", LATER, "--wait", "--json")
    assert process.stderr is not None
    while f"{slug} goes out" not in process.stderr.readline():
        assert process.poll() is None
    return process


def schedule(desk: Desk, at: str = LATER, *more: str) -> None:
    done = desk.run(*SEND, "--at", at, *more)
    assert done.code == 0, done.err


def test_a_scheduled_mailing_waits_and_its_moment_is_told_everywhere(desk: Desk, server: ScriptedServer) -> None:
    done = desk.run(*SEND, "--at", LATER)
    assert done.code == 0
    assert f"{LATER} (08:00 UTC), in" in done.err
    assert "mailer worker" in done.err
    report = desk.report()
    assert (report["state"], report["scheduled_at"], report["scheduled_for"]) == ("scheduled", LATER_UTC, LATER)
    assert report["started_at"] is None
    assert set(desk.states().values()) == {"pending"}
    assert LATER in desk.run("status", "lamps").out
    assert f"at {NEXT_YEAR}-01-20 08:00" in desk.run("status").out
    assert desk.run("worker", "--once").code == 0
    assert server.connections == 0


def test_a_dry_run_shows_the_moment_and_leaves_nothing(desk: Desk, server: ScriptedServer) -> None:
    words = ("send", "lamps", "--to", "coast", "--dry-run", "--at", LATER)
    assert LATER in desk.run(*words).err
    assert desk.run(*words, "--json").json["scheduled_at"] == LATER_UTC
    assert not (desk.root / ".mailer").exists()
    assert server.connections == 0


@pytest.mark.parametrize(
    "at, said",
    [
        ("2026-10-25 02:30 Europe/Berlin", '--at "2026-10-25 02:30+02:00"'),
        ("2026-03-29 02:30 Europe/Berlin", '--at "2026-03-29 01:30+01:00"'),
        (f"{NEXT_YEAR}-01-20 09:00", "names no time zone"),
        (f"{NEXT_YEAR}-01-20 09:00 CST", "CST may be Chicago or Shanghai"),
        (f"{NEXT_YEAR}-07-20 09:00 CET", "CET is winter time"),
        ("2026-01-20 09:00 UTC", "is over"),
    ],
)
def test_what_is_no_moment_to_come_is_refused_and_nothing_is_kept(
    desk: Desk, server: ScriptedServer, at: str, said: str
) -> None:
    refused = desk.run(*SEND, "--at", at)
    assert refused.code == 2
    assert said in refused.err
    assert not (desk.root / ".mailer").exists()
    assert server.connections == 0


@pytest.mark.parametrize(
    "words", [("--wait",), ("--at", "now", "--wait"), ("--at", LATER, "--relay", "preview")], ids=" ".join
)
def test_waiting_for_nothing_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    refused = desk.run(*SEND, *words)
    assert refused.code == 2
    assert "--at" in refused.err


def test_it_is_too_late_a_day_after_the_moment_and_not_after_the_command(desk: Desk) -> None:
    schedule(desk)
    at = datetime.fromisoformat(LATER_UTC)
    assert expiries(desk) == {at + timedelta(hours=24)}
    schedule(desk, f"{NEXT_YEAR}-01-21 09:00 UTC", "--expires", "2h")
    assert expiries(desk) == {at + timedelta(hours=27)}
    refused = desk.run(*SEND, "--at", LATER, "--expires", f"{NEXT_YEAR}-01-19 09:00 UTC")
    assert refused.code == 2
    assert "nobody would get it" in refused.err


def test_a_scheduled_mailing_is_moved_by_another_moment_and_takes_everybody_with_it(
    desk: Desk, server: ScriptedServer
) -> None:
    schedule(desk)
    refused = desk.run(*SEND)
    assert refused.code == 2
    assert f"lamps is scheduled for {LATER}" in refused.err
    desk.people("science", ["flo@f.example.com"])
    moved = f"{NEXT_YEAR}-01-21 07:00+01:00"
    done = desk.run("send", "lamps", "--to", "science", "--yes", "--at", moved)
    assert done.code == 0
    assert f"instead of {LATER}" in done.err
    report = desk.report()
    assert (report["planned"], report["scheduled_for"]) == (6, moved)
    assert len(expiries(desk)) == 1
    assert server.connections == 0


def test_a_scheduled_mailing_goes_at_once_when_that_is_said(desk: Desk, server: ScriptedServer) -> None:
    schedule(desk)
    assert desk.run(*SEND, "--at", "now").code == 0
    report = desk.report()
    assert (report["state"], report["accepted"], report["scheduled_at"]) == ("finished", 5, None)
    assert len(server.accepted) == 5


def test_a_mailing_whose_moment_nobody_was_there_for_goes_by_the_same_command(
    desk: Desk, server: ScriptedServer
) -> None:
    schedule(desk)
    let_pass(desk, hours=hours_until(LATER_UTC) + 1)
    assert "Was due" in desk.run("status", "lamps").out
    assert desk.run(*SEND).code == 0
    assert len(server.accepted) == 5


def hours_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds() / 3600


def test_a_mailing_that_has_begun_cannot_be_put_off(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*SEND).code == 0
    desk.people("science", ["flo@f.example.com"])
    refused = desk.run("send", "lamps", "--to", "science", "--yes", "--at", LATER)
    assert refused.code == 2
    assert "lamps has begun" in refused.err
    assert desk.report()["planned"] == len(server.accepted) == 5


def test_a_mailing_that_reached_nobody_can_be_put_off(desk: Desk, server: ScriptedServer) -> None:
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND).code == 4
    server.at = {}
    schedule(desk)
    assert desk.report()["state"] == "scheduled"
    assert server.accepted == []


def test_a_scheduled_mailing_can_be_cancelled(desk: Desk, server: ScriptedServer) -> None:
    schedule(desk)
    assert desk.run("cancel", "lamps", "--yes").code == 0
    let_pass(desk, hours=hours_until(LATER_UTC) + 1)
    assert desk.run("worker", "--once").code == 0
    assert set(desk.states().values()) == {"cancelled"}
    assert desk.run(*SEND, "--at", "now").code == 2
    assert server.connections == 0


def test_a_scheduled_mailing_can_be_paused_and_waits_again_after(desk: Desk, server: ScriptedServer) -> None:
    schedule(desk)
    assert desk.run("resume", "lamps").code == 2  # it waits already: resuming must not send it
    assert desk.run("pause", "lamps").code == 0
    assert desk.run(*SEND, "--at", LATER).code == 2
    resumed = desk.run("resume", "lamps")
    assert resumed.code == 0
    assert LATER in resumed.err
    assert desk.report()["state"] == "scheduled"
    desk.run("pause", "lamps")
    let_pass(desk, hours=hours_until(LATER_UTC) + 1)
    assert desk.run("worker", "--once").code == 0
    assert server.connections == 0
    assert desk.run("resume", "lamps").code == 0  # the moment is over: it goes on
    assert len(server.accepted) == 5


def test_a_moment_before_the_embargo_needs_the_word_for_it(desk: Desk, server: ScriptedServer) -> None:
    desk.release(label=EMBARGO)
    before, after = f"{NEXT_YEAR}-01-20 08:59 UTC", f"{NEXT_YEAR}-01-20 09:00 UTC"
    refused = desk.run(*SEND, "--at", before)
    assert refused.code == 2
    assert "under embargo" in refused.err
    assert f"--at {before} is before that" in refused.err
    assert desk.run(*SEND).code == 2
    schedule(desk, before, "--not-agreed", "all of them were asked")
    assert desk.run(*SEND, "--at", "now").code == 2
    schedule(desk, after)
    assert server.connections == 0


def test_waiting_in_the_foreground_sends_when_it_is_time(desk: Desk, server: ScriptedServer) -> None:
    came: list[datetime] = []

    def note(_: Moment) -> None:
        came.append(datetime.now(UTC))

    server.answer = note
    process = waits(desk, "lamps")
    at = come_in(desk, 3)
    done = finish(process)
    assert done.code == 0, done.err
    assert done.json["accepted"] == 5
    assert min(came) >= at


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_whoever_waits_no_longer_leaves_it_scheduled(
    desk: Desk, server: ScriptedServer, number: signal.Signals
) -> None:
    process = waits(desk, "lamps")
    process.send_signal(number)
    done = finish(process)
    assert done.code == 1
    assert "lamps is scheduled" in done.err
    assert "Traceback" not in done.err
    assert desk.report()["state"] == "scheduled"
    assert server.connections == 0


def test_whoever_waits_hears_what_others_do_with_it(desk: Desk, server: ScriptedServer) -> None:
    process = waits(desk, "lamps")
    assert desk.run(*SEND, "--at", "now").code == 0
    done = finish(process)
    assert (done.code, done.json["accepted"]) == (0, 5)
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    process = waits(desk, "wicks")
    assert desk.run("cancel", "wicks", "--yes").code == 0
    assert finish(process).code == 1
    assert set(times_taken(server).values()) == {1}
