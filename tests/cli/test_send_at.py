"""`mailer send --at`: a mailing waits for its time, can be rescheduled, and goes out in no other way."""

from __future__ import annotations

import base64
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.office import BODY, Desk, come_in, finish, in_the_ledger, let_pass, mail_of, times_taken
from tests.servers import Act, Moment, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
NEXT_YEAR = datetime.now(UTC).year + 1
LATER, LATER_UTC = f"{NEXT_YEAR}-01-20 09:00 Europe/Berlin", f"{NEXT_YEAR}-01-20T08:00:00+00:00"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EMBARGO = f"Press release\nembargo: {NEXT_YEAR}-01-20 09:00 UTC"


def expiries(desk: Desk) -> set[datetime]:
    rows = in_the_ledger(desk, "SELECT expires_at FROM delivery")
    return {datetime.fromisoformat(row[0]).replace(tzinfo=UTC) for row in rows}


def waits(desk: Desk, slug: str) -> subprocess.Popen[str]:
    """Start a command that waits for the time of a release; return its process when it waits."""
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
    "at, phrase",
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
    desk: Desk, server: ScriptedServer, at: str, phrase: str
) -> None:
    refused = desk.run(*SEND, "--at", at)
    assert refused.code == 2
    assert phrase in refused.err
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
    assert "nothing would be sent" in refused.err


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


def hours_until(when: str) -> float:
    return (datetime.fromisoformat(when) - datetime.now(UTC)).total_seconds() / 3600


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
    assert desk.run("resume", "lamps").code == 1
    assert server.connections == 0


@pytest.mark.slow
def test_cancelling_a_mailing_of_which_nothing_was_sent_leaves_its_name_free(
    desk: Desk, server: ScriptedServer
) -> None:
    schedule(desk)
    assert desk.run("cancel", "lamps", "--yes").code == 0
    desk.release(headline="Lantern Museum opens its cellar after all")
    schedule(desk)
    assert {each["mailing"]: each["state"] for each in desk.run("status", "--json").json["mailings"]} == {
        "lamps": "scheduled",
        "lamps/release-1": "cancelled",
    }
    assert desk.run(*SEND, "--at", "now").code == 0
    assert desk.report()["accepted"] == len(server.accepted) == 5
    assert set(desk.states("lamps/release-1").values()) == {"cancelled"}
    assert desk.run("cancel", "lamps", "--yes").code == 2  # finished: the name is taken


def test_news_that_was_cancelled_before_anything_was_sent_may_go_out_under_another_name(
    desk: Desk, server: ScriptedServer
) -> None:
    schedule(desk)
    desk.release("lanterns")
    refused = desk.run("send", "lanterns", "--to", "coast", "--yes")
    assert (refused.code, 'went out before, as "lamps"' in refused.err) == (2, True)
    assert desk.run("cancel", "lamps", "--yes").code == 0
    assert desk.run("send", "lanterns", "--to", "coast", "--yes").code == 0
    assert len(server.accepted) == 5


def test_a_mailing_that_was_cancelled_after_somebody_got_it_keeps_its_name(desk: Desk, server: ScriptedServer) -> None:
    server.recipients = {"bo@b.example.com": [Act("450 4.2.0 Later")] * 99}
    desk.settings(server, more="")
    toml = (desk.root / "mailer.toml").read_text("utf-8").replace("delays_s = [0.1]", "delays_s = [3600]\nstay_s = 0")
    desk.write("mailer.toml", toml)
    assert desk.run(*SEND).code == 1
    assert desk.run("cancel", "lamps", "--yes").code == 0
    refused = desk.run(*SEND)
    assert refused.code == 2
    assert "lamps was cancelled" in refused.err
    assert max(times_taken(server).values()) == 1


def change_text(desk: Desk) -> str:
    desk.release(body="The Lantern Museum shuts its cellar on Friday. Nobody may carry a lamp.\n")
    return "lamps.md"


def change_sender(desk: Desk) -> str:
    path = desk.root / "mailer.toml"
    path.write_text(path.read_text("utf-8").replace("Lantern Museum Press", "Lantern Museum News"), "utf-8")
    return "settings"


@pytest.mark.slow
@pytest.mark.parametrize("change", [change_text, change_sender])
@pytest.mark.parametrize("at", [LATER, f"{NEXT_YEAR}-01-21 09:00 UTC", "now"])
def test_a_scheduled_mailing_that_changed_is_refused_at_any_moment_until_somebody_says_why(
    desk: Desk, server: ScriptedServer, change: Callable[[Desk], str], at: str
) -> None:
    schedule(desk)
    before = in_the_ledger(desk, "SELECT edition_id, hex(content_hash) FROM delivery ORDER BY id")
    changed = change(desk)
    refused = desk.run(*SEND, "--at", at)
    assert refused.code == 2
    assert f"{changed} changed since lamps was scheduled" in refused.err
    assert "--- " in refused.err  # the difference
    assert '--changed "why"' in refused.err
    assert in_the_ledger(desk, "SELECT edition_id, hex(content_hash) FROM delivery ORDER BY id") == before
    assert desk.report()["scheduled_for"] == LATER
    assert server.connections == 0
    done = desk.run(*SEND, "--at", at, "--changed", "the board said so")
    assert done.code == 0, done.err
    after = in_the_ledger(desk, "SELECT edition_id, hex(content_hash) FROM delivery ORDER BY id")
    assert not set(after) & set(before)
    assert desk.report()["state"] == ("finished" if at == "now" else "scheduled")


@pytest.mark.slow
def test_a_scheduled_mailing_whose_template_changed_is_refused(desk: Desk) -> None:
    assert desk.run("templates", "new", "house").code == 0
    schedule(desk, LATER, "--template", "house")
    path = desk.root / "templates" / "house" / "email.txt"
    path.write_text(path.read_text("utf-8") + "{% block lead %}One more line.{% endblock %}\n", "utf-8")
    refused = desk.run(*SEND, "--at", LATER, "--template", "house")
    assert refused.code == 2
    assert "email.txt changed since lamps was scheduled" in refused.err
    assert "One more line." in refused.err
    schedule(desk, LATER, "--template", "house", "--changed", "the board said so")


@pytest.mark.slow
def test_a_new_headline_is_told_everywhere_once_it_is_the_one_that_goes_out(desk: Desk, server: ScriptedServer) -> None:
    schedule(desk)
    new = "Lantern Museum shuts its cellar of four hundred lamps"
    desk.release(headline=new)
    assert desk.run(*SEND, "--at", LATER).code == 2
    assert new not in desk.run("status", "lamps").out
    schedule(desk, LATER, "--changed", "it floods")
    assert new in desk.run("status", "lamps").out
    assert desk.run("report", "lamps", "--json").json["headline"] == new
    assert desk.run(*SEND, "--at", "now").code == 0
    assert {mail_of(message)["Subject"] for message in server.accepted} == {new}


def test_a_mailing_that_waits_in_vain_for_its_relay_is_not_changed_unsaid_either(
    desk: Desk, server: ScriptedServer
) -> None:
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND).code == 4
    server.at = {}
    desk.release(body="Another text about lamps, and nothing else.\n")
    refused = desk.run(*SEND)
    assert refused.code == 2
    assert "lamps.md changed since lamps was planned" in refused.err
    assert server.accepted == []


def test_a_picture_that_changed_is_told_by_its_size(desk: Desk) -> None:
    desk.release(body=f"{BODY}\n![Lamps in a row](lamps.png)\n")
    picture = desk.root / "releases" / "lamps.png"
    picture.write_bytes(PNG)
    schedule(desk)
    picture.write_bytes(PNG + b"\x00" * 10)
    refused = desk.run(*SEND, "--at", LATER)
    assert refused.code == 2
    assert f"{len(PNG)} bytes as scheduled, {len(PNG) + 10} bytes now" in refused.err


def test_a_scheduled_mailing_can_be_paused_and_waits_again_after(desk: Desk, server: ScriptedServer) -> None:
    schedule(desk)
    assert desk.run("resume", "lamps").code == 2  # it is scheduled: resuming must not send it
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
    assert desk.run("resume", "lamps").code == 0  # the time has passed: it continues
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
