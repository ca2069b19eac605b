"""Approval of what goes out around a release: corrections, follow-ups and retractions need another person's yes."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.cli.approving import Newsroom
from tests.cli.test_correct import CORRECT, FIVE, SATURDAY
from tests.cli.test_follow_up import days_pass
from tests.office import come_in, in_the_ledger, let_pass, times_taken
from tests.services.test_approval import keys, room, send_and_stay_no_longer

pytestmark = pytest.mark.service("ssh-keygen")
__all__ = ["keys", "room"]

AROUND = [CORRECT, (*CORRECT, "--minor"), ("follow-up", "lamps"), ("retract", "lamps", "--note", "It was wrong.")]


@pytest.fixture
def sent(room: Newsroom) -> Newsroom:
    """A release that was approved and went to five, of whom one waits; its file says another day by now."""
    plan = room.approved()
    send_and_stay_no_longer(room)
    assert room.send(plan).code == 1
    assert Counter(room.desk.states().values()) == {"accepted": 4, "deferred": 1}
    days_pass(room.desk, 7)
    room.desk.release(body=SATURDAY)
    return room


def _plan(room: Newsroom, words: tuple[str, ...]) -> str:
    done = room.desk.run(*words, "--plan", "--as", "ada", "--yes", "--json")
    assert done.code == 0, done.said
    return str(done.json["hash"])


@pytest.mark.parametrize("words", AROUND, ids=["correct", "minor", "follow-up", "retract"])
def test_it_is_refused_without_a_plan_and_before_its_plan_is_approved(sent: Newsroom, words: tuple[str, ...]) -> None:
    before = len(sent.server.accepted)
    done = sent.desk.run(*words, "--yes", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "not_approved")
    assert f"mailer {words[0]} lamps" in done.json["error"]["hint"]
    plan = _plan(sent, words)
    assert sent.send(plan).json["error"]["code"] == "not_approved"
    assert sent.approve(plan, "ada").code == 2
    assert len(sent.server.accepted) == before
    assert sent.approve(plan, "bo").code == 0
    assert sent.send(plan).code in {0, 1}


def test_an_approver_sees_what_is_said_and_what_of_the_text_is_new_and_no_templates(sent: Newsroom) -> None:
    sent.desk.write("letter.txt", "Dear {{ first_name }},\n\nmay we help?\n")
    follow_up = ("follow-up", "lamps", "--text", str(sent.desk.root / "letter.txt"))
    for words, said, files in (
        (CORRECT, f"Note         {CORRECT[-1]}", ["releases/lamps.md"]),
        (follow_up, "Letter       Dear {{ first_name }},", []),
    ):
        plan = _plan(sent, words)
        assert [each["file"] for each in sent.desk.run("plans", "show", plan, "--json").json["since"]] == files
        assert said in sent.desk.run("plans", "show", plan).out
    two = [each["hash"] for each in sent.desk.run("plans", "list", "--json").json["plans"][:2]]
    assert sent.desk.run("plans", "diff", *reversed(two)).out.count("kind: correction → follow-up") == 1
    hint = sent.desk.run(*follow_up, "--with-release", "--yes", "--json").json["error"]["hint"]
    assert "mailer follow-up lamps --text FILE --with-release --plan" in hint


def test_a_minor_change_for_which_nobody_waits_can_be_approved_too(room: Newsroom) -> None:
    assert room.send(room.approved()).code == 0
    room.desk.release(body=SATURDAY)
    plan = _plan(room, (*CORRECT, "--minor"))
    assert room.send(plan).json["error"]["code"] == "not_approved"
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    assert times_taken(room.server) == dict.fromkeys(FIVE, 1)
    room.desk.people("science", ["new@n.example.com"])
    later = room.plan("--to", "science")
    assert room.approve(later).code == 0
    assert room.send(later).code == 0
    assert b"Saturday" in room.server.accepted_for("new@n.example.com")[0].data


def test_an_approved_correction_covers_who_still_waits_for_the_release(sent: Newsroom) -> None:
    plan = _plan(sent, CORRECT)
    assert sent.approve(plan).code == 0
    sent.send(plan)
    let_pass(sent.desk, hours=1)
    assert sent.desk.run("resume", "lamps").code == 0
    taken = times_taken(sent.server)
    assert taken == {
        address: 1 if sent.desk.states()[address] != "accepted" or address[:2] == "cy" else 2 for address in FIVE
    }
    last = {each.rcpt_to[0]: b"Saturday" in each.data for each in sent.server.accepted}
    assert last == dict.fromkeys(FIVE, True)


def test_an_approved_minor_change_reaches_who_waits_and_nobody_else(sent: Newsroom) -> None:
    plan = _plan(sent, (*CORRECT, "--minor"))
    assert sent.approve(plan).code == 0
    assert sent.send(plan).code == 0
    let_pass(sent.desk, hours=1)
    assert sent.desk.run("resume", "lamps").code == 0
    assert times_taken(sent.server) == dict.fromkeys(FIVE, 1)
    assert Counter(b"Saturday" in each.data for each in sent.server.accepted) == {False: 4, True: 1}


def test_a_file_that_was_edited_after_the_approval_is_refused(sent: Newsroom) -> None:
    plan = _plan(sent, CORRECT)
    assert sent.approve(plan).code == 0
    sent.desk.release(body=SATURDAY.replace("Saturday", "Sunday"))
    error = sent.send(plan).json["error"]
    assert error["code"] == "not_approved"
    assert "Sunday" in "\n".join(each["message"] for each in error["problems"])
    assert times_taken(sent.server) == {address: 1 for address in FIVE if address[:2] != "cy"}


def test_whoever_replied_since_gets_no_follow_up_and_the_plan_stands(sent: Newsroom) -> None:
    plan = _plan(sent, ("follow-up", "lamps"))
    assert sent.approve(plan).code == 0
    in_the_ledger(
        sent.desk,
        "INSERT INTO event (at, kind, actor, mailing_id, delivery_id, enhanced, reason)"
        " SELECT finished_at, 'replied', 'x', mailing_id, id, '', '' FROM delivery WHERE address LIKE 'ada@%'",
    )
    assert sent.send(plan).code == 0
    taken = times_taken(sent.server)
    assert (taken["ada@a.example.com"], taken["bo@b.example.com"]) == (1, 2)


def test_a_correction_of_what_nobody_has_got_yet_is_a_plan_for_those_who_wait(room: Newsroom) -> None:
    plan = room.approved("--at", "2027-03-01 09:00 UTC")
    assert room.send(plan).code == 0
    room.desk.release(body=SATURDAY)
    shown = room.desk.run(*CORRECT, "--plan", "--as", "ada", "--yes")
    assert "for 5 recipients still waiting" in shown.err
    plan = _plan(room, CORRECT)
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    come_in(room.desk, -1)
    assert room.desk.run("worker", "--once").code == 0
    assert Counter(b"Saturday" in each.data for each in room.server.accepted) == {True: 5}
