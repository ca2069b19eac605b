"""Pausing, cancelling and settling from another terminal, while a mailing runs and after a crash."""

from __future__ import annotations

import sqlite3

import pytest

from tests.office import Desk, finish, in_the_ledger, text_of, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


def leave_in_doubt(desk: Desk, server: ScriptedServer, *, taken: bool) -> None:
    """Send to five; the relay cuts the connection after the text of the first."""
    desk.settings(server, connections=1)
    server.at = {"body": [Act(drop="before", taken=taken)]}
    assert desk.run(*SEND).code == 1
    server.at = {}
    assert desk.states()["ada@a.example.com"] == "in_doubt"


@pytest.mark.slow
def test_a_pause_stops_a_running_mailing_and_resume_goes_on(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 200)
    server.at = {"body": Act(delay_s=0.5)}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 4)
    assert desk.run("pause", "lamps").code == 0
    assert finish(process).code == 1
    server.at = {}
    assert desk.report()["state"] == "paused"
    before = len(server.accepted)
    assert before < len(people)
    refused = desk.run(*SEND)
    assert refused.code == 2
    assert "lamps is paused" in refused.err
    assert len(server.accepted) == before
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_cancelled_mailing_reaches_nobody_else(desk: Desk, server: ScriptedServer) -> None:
    desk.people("coast", 200)
    server.at = {"body": Act(delay_s=0.5)}
    process = desk.start(*SEND)
    wait_until(lambda: len(server.accepted) >= 4)
    assert desk.run("cancel", "lamps").code == 2  # cannot ask for confirmation here
    assert desk.run("cancel", "lamps", "--yes").code == 0
    finish(process)
    server.at = {}
    report = desk.report()
    assert (report["state"], report["pending"]) == ("cancelled", 0)
    assert report["accepted"] + report["cancelled"] == 200
    assert report["accepted"] == len(server.accepted)
    for again in (SEND, ("resume", "lamps")):
        assert desk.run(*again).code != 0
    assert desk.report()["accepted"] == len(server.accepted) == report["accepted"]


@pytest.mark.slow
def test_whoever_is_in_doubt_is_listed_and_sent_to_again_only_when_asked_for(
    desk: Desk, server: ScriptedServer
) -> None:
    leave_in_doubt(desk, server, taken=False)
    message_id = desk.report()["in_doubt_people"][0]["message_id"]
    assert "ada@a.example.com" in desk.run("status", "lamps").out
    assert desk.run("resume", "lamps").code == 1
    assert "ada@a.example.com" not in times_taken(server)
    other = desk.run("resume", "lamps", "--retry-in-doubt", "--only", "bo@b.example.com")
    assert other.code == 2
    assert "not in doubt" in other.err
    assert desk.run("resume", "lamps", "--retry-in-doubt", "--only", "ada@a.example.com").code == 0
    assert times_taken(server)["ada@a.example.com"] == 1
    assert message_id.encode() in server.accepted[-1].data


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--accepted", "--not-sent"])
def test_staff_settle_who_is_in_doubt_with_their_evidence(desk: Desk, server: ScriptedServer, how: str) -> None:
    leave_in_doubt(desk, server, taken=how == "--accepted")
    assert desk.run("reconcile", "lamps", how, "ada@a.example.com", "--note", "relay log, 10:41").code == 0
    shown = {each["address"]: each for each in desk.report()["deliveries"]}["ada@a.example.com"]
    assert shown["text"] == "relay log, 10:41"
    assert shown["state"] == ("accepted" if how == "--accepted" else "pending")
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server)["ada@a.example.com"] == 1
    assert desk.run("reconcile", "lamps", how, "ada@a.example.com").code == 2


def test_steering_what_is_not_there_is_told_in_words(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*SEND).code == 0
    for words in (("pause", "lamps"), ("cancel", "lamps", "--yes"), ("pause", "lumps"), ("reconcile", "lumps")):
        refused = desk.run(*words)
        assert refused.code == 2
        assert "Traceback" not in refused.said
    assert len(server.accepted) == 5


def test_what_is_too_late_is_given_up_and_said(desk: Desk, server: ScriptedServer) -> None:
    """A laptop that is opened on Monday does not send Friday's news."""
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND, "--expires", "1m").code == 4
    server.at = {}
    with sqlite3.connect(desk.root / ".mailer" / "ledger.db") as ledger:
        ledger.execute("UPDATE delivery SET expires_at = '2026-01-01 00:00:00.000000'")
    ledger.close()
    resumed = desk.run("resume", "lamps")
    assert resumed.code == 1
    assert "5 expired" in resumed.err
    assert server.accepted == []
    assert set(desk.states().values()) == {"expired"}


@pytest.mark.parametrize("when", ["yesterday", "2020-01-01 09:00 UTC", "2999-01-01 09:00", "0x"])
def test_a_moment_that_is_none_is_refused(desk: Desk, server: ScriptedServer, when: str) -> None:
    refused = desk.run(*SEND, "--expires", when)
    assert refused.code == 2
    assert server.connections == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "again", [("resume", "lamps", "--retry-in-doubt"), ("reconcile", "lamps", "--not-sent", "ada@a.example.com")]
)
def test_whoever_was_in_doubt_gets_the_text_that_was_corrected_meanwhile_under_the_same_message_id(
    desk: Desk, server: ScriptedServer, again: tuple[str, ...]
) -> None:
    leave_in_doubt(desk, server, taken=False)
    message_id = desk.report()["in_doubt_people"][0]["message_id"]
    desk.release(body="The cellar opens on Saturday, and not on Friday.\n")
    desk.people("science", ["fay@f.example.com"])
    desk.run("send", "lamps", "--to", "science", "--yes", "--changed", "the wrong day")
    desk.run(*again)
    assert desk.run("resume", "lamps").code == 0
    (found,) = [each for each in server.accepted if "ada@a.example.com" in each.rcpt_to]
    assert "The cellar opens on Saturday" in text_of(found)
    assert message_id.encode() in found.data


def test_a_mailing_with_nobody_left_whose_process_died_before_closing_it_is_closed_by_the_same_command(
    desk: Desk, server: ScriptedServer
) -> None:
    assert desk.run(*SEND).code == 0
    in_the_ledger(desk, "UPDATE mailing SET state = 'sending', finished_at = NULL WHERE kind = 'release'")
    shown = desk.run("status", "lamps")
    assert "mailer resume lamps" in shown.out
    assert "closes it: no recipients are left" in shown.out
    before = server.connections
    assert desk.run(*SEND).code == 0
    assert desk.report()["state"] == "finished"
    assert server.connections == before
