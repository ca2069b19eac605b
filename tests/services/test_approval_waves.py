"""Approval of offers under embargo, of exclusives and waves: one yes covers all of it, and nothing goes beside it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.cli.office import password_of
from mailer.fleet.worker import Worker
from tests.cli.approving import Newsroom
from tests.cli.test_embargo import ADA, BO, CY, DI, LIFT, LIST, YEAR, mails_to
from tests.cli.test_send_waves import ED, IN_A_WEEK, THREE, at, waves
from tests.office import in_the_ledger, mail_of, text_of, times_taken
from tests.services.test_approval import keys, room

pytestmark = pytest.mark.service("ssh-keygen")
__all__ = ["keys", "room"]


def work(room: Newsroom, moment: datetime) -> str:
    """Let a worker look once, at a moment; return what it said."""
    said: list[str] = []
    office = partial(at, room.desk, moment)
    asyncio.run(Worker(office=office, password=password_of, clock=lambda: moment, say=said.append).once())
    return "\n".join(said)


def stored(room: Newsroom, *words: str) -> str:
    done = room.desk.run(*words, "--as", "ada", "--yes", "--json")
    assert done.code == 0, done.said
    return str(done.json["hash"])


@pytest.fixture
def in_waves(room: Newsroom) -> Newsroom:
    room.desk.write("lists/first.csv", f"email,name\n{ADA},Ada Brook\n")
    room.desk.write("lists/second.csv", f"email,name,time zone\n{BO},Bo Lind,Asia/Tokyo\n")
    room.desk.write("waves.toml", THREE)
    return room


@pytest.fixture
def embargoed(room: Newsroom) -> Newsroom:
    room.desk.release(label=f"Press release\nembargo: {YEAR}-03-02 09:00 Europe/Berlin")
    room.desk.write("lists/desk.csv", LIST)
    room.desk.write("lists/others.csv", f"email,name\n{BO},Bo Lind\n{DI},Di Oak\n")
    return room


def plan_waves(room: Newsroom) -> str:
    return stored(room, "plan", "lamps", "--waves", str(room.desk.root / "waves.toml"))


LISTS = ("desk", "others")
OFFER = ("embargo", "offer", "lamps", "--to", "desk", "--then-to", "others")


def accept(room: Newsroom, address: str) -> None:
    assert room.desk.run("embargo", "record", address, "accepted", "--for", "lamps").code == 0


def test_one_approval_covers_every_wave_and_the_worker_sends_them(in_waves: Newsroom) -> None:
    room, file = in_waves, str(in_waves.desk.root / "waves.toml")
    room.refuses(room.desk.run("send", "lamps", "--waves", file, "--yes", "--json"), "mailer plan lamps --waves FILE")
    plan = plan_waves(room)
    assert plan_waves(room) == plan
    shown = room.desk.run("plans", "show", plan, "--json").json
    assert sorted(each["email"] for each in shown["recipients"]) == [ADA, BO, CY, DI, ED]
    assert shown["to_send"] == 5
    assert "first + second · 2 h after the wave before it" in room.desk.run("plans", "show", plan).said
    room.refuses(room.send(plan), "nobody has approved it yet")
    assert room.approve(plan).code == 0
    done = room.send(plan)
    assert done.code == 0, done.said
    assert times_taken(room.server) == {ADA: 1}
    now = datetime.now().astimezone()
    assert "wave 2 has started" in work(room, now + timedelta(hours=2, minutes=1))
    work(room, now + timedelta(hours=3))
    assert times_taken(room.server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)
    assert room.send(plan).code == 0  # once more is nothing more
    assert len(room.server.accepted) == 5
    assert [each["hash"] for each in room.desk.report()["approval"]["plans"]] == [plan]


def test_the_approver_sees_each_wave_as_the_planner_saw_it(in_waves: Newsroom) -> None:
    room, zones = in_waves, ("Asia/Tokyo", "Asia/Kolkata", "Asia/Dubai", "Africa/Cairo", "America/Lima", "Asia/Tokyo")
    rows = "".join(f"z{number}@z.example.com,Zoe {number},{zone}\n" for number, zone in enumerate(zones))
    room.desk.write("lists/second.csv", f"email,name,time zone\n{rows}")
    words = ("send", "lamps", "--waves", str(room.desk.root / "waves.toml"), "--dry-run")
    everywhere = dict.fromkeys(zones, 1) | {"Asia/Tokyo": 2}
    assert room.desk.run(*words, "--json").json["waves"][1]["elsewhere"] == everywhere
    assert "and 1 more zone" in room.desk.run(*words).said
    plan, page = plan_waves(room), room.desk.root / "plan.html"
    found = room.desk.run("plans", "show", plan, "--html", str(page), "--json").json["waves"]
    assert [(each["to_send"], each["elsewhere"]) for each in found] == [(1, {}), (6, everywhere), (4, {})]
    for said in (room.desk.run("plans", "show", plan).said, page.read_text("utf-8")):
        then = datetime.fromisoformat(found[1]["at"])
        assert "6 messages · first + second · 2 h after the wave before it" in said
        assert f"{then.astimezone():%a %d %b %Y, %H:%M}" in said
        assert f"{then.astimezone(ZoneInfo('Asia/Tokyo')):%a %d %b %H:%M} in Asia/Tokyo (2)" in said
        assert "and 1 more zone" in said


def test_what_plan_says_of_waves_is_about_all_of_them(in_waves: Newsroom) -> None:
    assert in_waves.desk.run("optouts", "add", ED).code == 0
    words = ("plan", "lamps", "--waves", str(in_waves.desk.root / "waves.toml"), "--as", "ada", "--json")
    said = in_waves.desk.run(*words).json
    assert (said["planned"], said["to_send"], said["skipped_reasons"]) == (5, 4, {"opted_out": 1})
    assert said["lists"] == {"first.csv": 1, "second.csv": 1, "coast.csv": 3}
    assert said["left_out"] == in_waves.desk.run("plans", "show", said["hash"], "--json").json["left_out"] != {}


def test_a_wave_of_a_plan_that_was_rejected_since_is_held_with_the_reason(in_waves: Newsroom) -> None:
    room = in_waves
    plan = plan_waves(room)
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    assert room.desk.run("reject", plan, "--why", "The date is wrong.", "--as", "cy", "--yes").code == 0
    moment = datetime.now().astimezone() + timedelta(hours=2, minutes=1)
    said = work(room, moment)
    assert "lamps wave 2: " in said
    assert "cy rejected it: The date is wrong.; held" in said
    assert times_taken(room.server) == {ADA: 1}
    assert waves(room.desk)[1] == (2, "held", 1)
    assert "held: lamps may not be sent: plan" in room.desk.run("status", "lamps").said
    assert room.desk.run("resume", "lamps").code == 2
    assert room.approve(plan).code == 0  # the no is taken back
    in_the_ledger(room.desk, "UPDATE wave SET started_at = datetime(started_at, '-3 hours') WHERE number = 1")
    assert room.desk.run("resume", "lamps").code == 0
    assert times_taken(room.server) == {ADA: 1, BO: 1}


def test_waves_that_were_kept_before_an_approval_was_required_are_held(in_waves: Newsroom) -> None:
    room = in_waves
    room.settle(required=False)
    file = str(room.desk.root / "waves.toml")
    assert room.desk.run("send", "lamps", "--waves", file, "--yes").code == 0
    room.settle()
    assert "it was never approved; held" in work(room, datetime.now().astimezone() + timedelta(hours=3))
    assert times_taken(room.server) == {ADA: 1}


def test_a_row_that_was_slipped_into_an_approved_wave_is_refused(in_waves: Newsroom) -> None:
    room = in_waves
    plan = plan_waves(room)
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    in_the_ledger(room.desk, "UPDATE wave_recipient SET address = 'eve@e.example.net' WHERE address LIKE 'bo@%'")
    said = work(room, datetime.now().astimezone() + timedelta(hours=3))
    assert "1 of its messages are in no approved plan of lamps; held" in said
    assert times_taken(room.server) == {ADA: 1}


@pytest.mark.parametrize("wave", ["second", "coast"])
def test_a_list_of_any_wave_that_was_edited_after_the_approval_is_refused(in_waves: Newsroom, wave: str) -> None:
    room = in_waves
    plan = plan_waves(room)
    assert room.approve(plan).code == 0
    file = room.desk.root / "lists" / f"{wave}.csv"
    head, *rows = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([head, *rows, "eve@e.example.net,Eve Moss,", ""]), "utf-8")
    room.refuses(room.send(plan), "1 came: eve@e.example.net")


def test_waves_before_and_after_the_end_of_an_embargo_are_approved_as_they_go_out(embargoed: Newsroom) -> None:
    room, days = embargoed, (LIFT - timedelta(days=3), LIFT + timedelta(days=1))
    text = [
        f'[[wave]]\nto = "{name}"\nat = "{day:%Y-%m-%d %H:%M} Europe/Berlin"\n'
        for name, day in zip(LISTS, days, strict=True)
    ]
    room.desk.write("waves.toml", "\n".join(text))
    plan = stored(room, "plan", "lamps", "--waves", str(room.desk.root / "waves.toml"), "--not-agreed", "They know.")
    assert room.approve(plan).code == 0
    for _ in range(2):
        assert room.send(plan).code in {0, 1}
    assert room.server.accepted == []
    for day in days:
        work(room, day)
    assert times_taken(room.server) == dict.fromkeys((ADA, BO, CY, DI), 1)
    of = {each.rcpt_to[0]: "EMBARGO" in mail_of(each)["Subject"] for each in room.server.accepted}
    assert of == {ADA: True, BO: True, CY: True, DI: False}


def test_an_exclusive_is_approved_with_everybody_who_gets_it_afterwards(in_waves: Newsroom) -> None:
    room = in_waves
    plan = stored(
        room, "plan", "lamps", "--to", "coast", "--exclusive", ADA, "--until", f"{IN_A_WEEK:%Y-%m-%d %H:%M} UTC"
    )
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    assert times_taken(room.server) == {ADA: 1}
    work(room, datetime.now().astimezone() + timedelta(days=8))
    assert times_taken(room.server) == dict.fromkeys((ADA, BO, CY, DI, ED), 1)


def test_an_approved_offer_brings_the_release_to_whoever_accepts_and_to_the_others_at_the_lift(
    embargoed: Newsroom, tmp_path: Path
) -> None:
    room = embargoed
    room.refuses(
        room.desk.run(*OFFER, "--yes", "--json"), "mailer embargo offer lamps --to desk --then-to others --plan"
    )
    plan, page = stored(room, *OFFER, "--plan"), tmp_path / "plan.html"
    shown = room.desk.run("plans", "show", plan, "--html", str(page), "--json").json
    assert sorted(each["email"] for each in shown["recipients"]) == [ADA, BO, CY, DI]
    assert "four hundred lamps, each with the name" in page.read_text("utf-8")  # the release, which the offer has not
    room.refuses(room.send(plan), "nobody has approved it yet")
    assert room.approve(plan).code == 0
    done = room.send(plan)
    assert done.code == 0, done.said
    assert times_taken(room.server) == {ADA: 1, BO: 1, CY: 1}
    accept(room, ADA)
    assert "lamps: its embargo was agreed to, 1 to send to" in work(room, datetime.now().astimezone())
    assert times_taken(room.server) == {ADA: 2, BO: 1, CY: 1}
    accept(room, CY)  # and the worker is down until the lift
    work(room, LIFT + timedelta(minutes=1))
    assert times_taken(room.server) == {ADA: 2, BO: 2, CY: 2, DI: 1}
    banner = [f"{YEAR}-03-02" in text_of(mails_to(room.server, each)[-1]) for each in (CY, DI)]
    assert banner == [False, False]


@pytest.mark.parametrize("kinds", [["release"], ["offer"], ["release", "offer"]])
def test_an_offer_needs_the_approval_that_its_release_needs(embargoed: Newsroom, kinds: list[str]) -> None:
    room = embargoed
    room.settle(for_=kinds)
    room.refuses(room.desk.run(*OFFER, "--yes", "--json"), "--plan")
    plan = stored(room, *OFFER, "--plan")
    room.refuses(room.send(plan), "nobody has approved it yet")


def test_the_release_goes_to_nobody_once_the_plan_of_its_offer_was_rejected(embargoed: Newsroom) -> None:
    room = embargoed
    plan = stored(room, *OFFER, "--plan")
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    accept(room, ADA)
    assert room.desk.run("reject", plan, "--why", "Not cleared.", "--as", "cy", "--yes").code == 0
    assert "cy rejected it: Not cleared." in work(room, datetime.now().astimezone())
    assert times_taken(room.server) == {ADA: 1, BO: 1, CY: 1}
    assert "cy rejected it: Not cleared." in room.desk.run("embargo", "status", "lamps").said


def test_the_text_that_was_approved_goes_out_whatever_the_file_says_when_somebody_accepts(embargoed: Newsroom) -> None:
    room = embargoed
    plan = stored(room, *OFFER, "--plan")
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    path = room.desk.root / "releases" / "lamps.md"
    path.write_text(path.read_text("utf-8").replace("Friday", "Saturday"), "utf-8")
    accept(room, ADA)
    work(room, datetime.now().astimezone())
    assert "Friday" in text_of(mails_to(room.server, ADA)[-1])


def test_a_notice_that_the_offer_had_is_not_in_the_release_and_the_approval_holds(embargoed: Newsroom) -> None:
    room = embargoed
    toml = room.desk.root / "mailer.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[privacy]\nurl = "https://press.example.org/privacy"\n', "utf-8")
    plan = stored(room, *OFFER, "--plan")
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0
    accept(room, ADA)
    work(room, datetime.now().astimezone())
    work(room, LIFT + timedelta(minutes=1))
    assert times_taken(room.server) == {ADA: 2, BO: 2, CY: 1, DI: 1}
    has = ["press.example.org/privacy" in text_of(each) for each in mails_to(room.server, ADA)]
    assert has == [True, False]
