"""A yes that is said at the desk: it counts for who is logged in by OpenID Connect, and a row in the ledger is none."""

# ruff: noqa: S608 - our own words in the ledger

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailer.cli.office import given_workspace, reading_office, writing_office
from mailer.errors import NotApproved
from mailer.runs.approval import PlanStatus
from mailer.runs.plans import Approve, Decision, approve, show_plan
from tests.cli.approving import Newsroom
from tests.office import Desk, environment, in_the_ledger, times_taken
from tests.servers import ScriptedServer

NOW = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"


class Room:
    """An office that asks for approval, with users of its desk."""

    def __init__(self, desk: Desk, server: ScriptedServer, **policy: object) -> None:
        self.desk, self.server = desk, server
        self.policy(**policy)
        self.plan = ""

    def policy(self, **changes: object) -> None:
        Newsroom(self.desk, self.server, self.desk.root).settle(**{"allowed_signers": "", **changes})

    def planned(self, by: str = "ada") -> str:
        done = self.desk.run("plan", "lamps", "--to", "coast", "--as", by, "--json")
        assert done.code == 0, done.said
        self.plan = done.json["hash"]
        return self.plan

    def user(self, number: int, name: str, *, actor: str = "", role: str = "approver") -> int:
        """Let somebody have logged in."""
        values = f"{number}, 'https://id.example.org', 'sub-{number}', '{name}', '', '{role}', '{NOW}'"
        self.say(f"INSERT INTO desk_user (id, iss, sub, name, email, role, created_at) VALUES ({values})")
        login = f"x'{number:064x}', '{actor or name}', '{name}', '{role}', {number}, '{NOW}', '{NOW}'"
        fields = "digest, actor, name, role, user_id, created_at, expires_at"
        self.say(f"INSERT INTO desk_session ({fields}) VALUES ({login})")
        return number

    def say(self, statement: str) -> None:
        in_the_ledger(self.desk, statement)

    def approve(self, user: int | None, *, actor: str = "somebody at the desk") -> Decision:
        with environment({}):
            token = given_workspace.set(str(self.desk.root))
            try:
                with writing_office() as (office, _):
                    return approve(replace(office, actor=actor), Approve(plan=self.plan, user_id=user))
            finally:
                given_workspace.reset(token)

    def status(self) -> PlanStatus:
        with environment({}):
            token = given_workspace.set(str(self.desk.root))
            try:
                with reading_office() as office:
                    return show_plan(office, self.plan).status
            finally:
                given_workspace.reset(token)


@pytest.fixture
def room(desk: Desk, server: ScriptedServer) -> Room:
    made = Room(desk, server)
    made.planned()
    return made


@pytest.mark.slow
def test_a_user_of_the_desk_approves_and_the_plan_is_sent(room: Room) -> None:
    bo = room.user(7, "Bo Lindqvist")
    decision = room.approve(bo)
    assert (decision.vote.method, decision.vote.name, decision.vote.key) == ("desk", "Bo Lindqvist", "user 7")
    assert (decision.status.word, decision.status.approved_by) == ("approved", ("Bo Lindqvist",))
    assert "logged in at the desk" in room.desk.run("plans", "show", room.plan).said
    assert room.desk.run("send", "--plan", room.plan, "--yes").code == 0
    assert len(times_taken(room.server)) == 5
    # a worker a day later asks again, when they may have left
    room.say("UPDATE desk_user SET ended_at = '2099-01-01 00:00:00.000000'")
    assert room.status().approved_by == ("Bo Lindqvist",)


def test_who_planned_it_cannot_approve_it_under_any_name_they_ever_had(room: Room) -> None:
    ada = room.user(7, "Ada Brook", actor="ada")  # who planned it as "ada"
    room.say("UPDATE desk_user SET name = 'Somebody Else'")
    with pytest.raises(NotApproved, match="planned it"):
        room.approve(ada)
    cy = room.user(8, "ADA")
    with pytest.raises(NotApproved, match="planned it"):
        room.approve(cy)
    assert room.status().approved_by == ()


def test_who_turns_out_to_have_planned_it_has_approved_nothing(room: Room) -> None:
    room.approve(room.user(7, "Bo Lindqvist"))
    room.say(f"INSERT INTO plan_maker (plan_hash, name, actor, at) SELECT hash, 'b', 'Bo Lindqvist', '{NOW}' FROM plan")
    assert (
        room.status().problem
        == "nobody has approved it yet; Bo Lindqvist: planned it, so another person must approve it"
    )


def test_without_a_user_a_yes_at_the_desk_is_one_of_the_account(room: Room) -> None:
    with pytest.raises(NotApproved, match="without a key does not count"):
        room.approve(None)
    room.policy(trust_local=True)
    assert room.approve(None).vote.method == "local"
    assert room.status().word == "approved"


def test_only_those_who_are_named_approve_and_one_person_is_one_of_two(desk: Desk, server: ScriptedServer) -> None:
    room = Room(desk, server, approvers=["Bo Lindqvist", "Cy Marsh"], minimum=2)
    room.planned()
    with pytest.raises(NotApproved, match="not among the approvers"):
        room.approve(room.user(6, "Di Stone"))
    bo = room.user(7, "Bo Lindqvist")
    room.approve(bo)
    assert room.approve(bo).status.problem == "1 of 2 approved it"
    assert room.approve(room.user(8, "Cy Marsh")).status.word == "approved"


def _forged_name(room: Room) -> None:
    room.user(8, "Cy Marsh")
    room.say("UPDATE approval SET name = 'Cy Marsh', key = 'user 8'")


def _forged_seal(room: Room) -> None:
    room.say("UPDATE approval SET signature = x'0100'")


def _moved(room: Room) -> None:
    old = room.plan
    room.desk.people("coast", ["zoe@z.example.com"])
    new = room.planned()
    room.say(f"UPDATE approval SET plan_hash = x'{new}' WHERE plan_hash = x'{old}'")


@pytest.mark.parametrize(
    "change, why",
    [
        (_forged_name, "the desk has no record of it"),
        (_forged_seal, "the desk has no record of it"),
        (_moved, "the desk has no record of it"),
        (lambda room: room.say("UPDATE approval SET signature = NULL"), "the desk has no record of it"),
        (lambda room: room.say("UPDATE desk_user SET sub = 'another'"), "the desk has no record of it"),
        (lambda room: room.say(f"UPDATE desk_user SET ended_at = '{NOW}'"), "is no longer a user of the desk"),
        (lambda room: room.say("UPDATE approval SET method = 'local'"), "not signed"),
    ],
)
def test_a_row_in_the_ledger_is_no_yes(room: Room, change: Callable[[Room], None], why: str) -> None:
    room.approve(room.user(7, "Bo Lindqvist"))
    assert room.status().problem == ""
    change(room)
    assert why in room.status().problem
    done = room.desk.run("send", "--plan", room.plan, "--yes", "--json")
    assert done.json["error"]["code"] == "not_approved"
    assert room.server.accepted == []


def test_who_is_no_user_any_more_approves_nothing(room: Room) -> None:
    bo = room.user(7, "Bo Lindqvist")
    room.say(f"UPDATE desk_user SET ended_at = '{NOW}'")
    for user in (bo, 99):
        with pytest.raises(NotApproved, match="no longer a user"):
            room.approve(user)


def test_a_no_takes_back_a_yes_of_the_desk(room: Room) -> None:
    room.approve(room.user(7, "Bo Lindqvist"))
    assert room.desk.run("reject", room.plan, "--why", "the second quote", "--yes").code == 0
    assert room.status().word == "rejected"
    with sqlite3.connect(room.desk.root / ".mailer" / "ledger.db") as ledger:
        assert ledger.execute("SELECT count(*) FROM approval").fetchone() == (2,)
