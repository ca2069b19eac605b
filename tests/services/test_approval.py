"""Approval: what another person approved is what is sent, and whoever goes around it is refused. With real SSH keys."""

# ruff: noqa: S608 - our own words in the ledger

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from mailer.ledger.plans import words_of
from tests.cli.approving import Newsroom, make_keys
from tests.gallery.screen import Screen
from tests.office import BODY, HEADLINE, Desk, come_in, in_the_ledger, let_pass, times_taken, wait_until
from tests.servers import Act, ScriptedServer

pytestmark = pytest.mark.service("ssh-keygen")
FIVE = [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("ssh-keygen") is None:
        if "ssh-keygen" in os.environ.get("MAILER_TEST_REQUIRE", "").split(","):
            pytest.fail("ssh-keygen is not installed, and MAILER_TEST_REQUIRE asks for it")
        pytest.skip("ssh-keygen is not installed")
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def room(desk: Desk, server: ScriptedServer, keys: Path) -> Newsroom:
    made = Newsroom(desk, server, keys)
    made.settle()
    made.allow("ada", "bo", "cy")
    return made


def sign_elsewhere(room: Newsroom, plan: str, who: str, *, purpose: str = "mailer-plan") -> Path:
    """Return the signature that somebody on another machine makes of a plan's file."""
    file = room.desk.root / "plan.json"
    room.desk.run("plans", "show", plan, "--sign-file", str(file))
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", purpose, "-f", str(room.keys / who), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file.with_suffix(".json.sig")


# The story.


def test_a_plan_is_approved_with_a_key_and_sent_as_it_is(room: Newsroom) -> None:
    planned = room.desk.run("plan", "lamps", "--to", "coast", "--as", "ada", "--json").json
    assert (planned["planned"], planned["left_out"], planned["skipped_reasons"]) == (5, {}, {})
    assert planned["words"] == words_of(bytes.fromhex(planned["hash"]))
    done = room.approve(planned["hash"][:6]).json
    assert {name: done[name] for name in ("hash", "approved_by", "method")} == {
        "hash": planned["hash"],
        "approved_by": "bo",
        "method": "ssh",
    }
    assert room.send(planned["words"]).code == 0
    assert times_taken(room.server) == dict.fromkeys(FIVE, 1)
    (plan,) = room.desk.report()["approval"]["plans"]
    assert (plan["hash"], plan["approved_by"]) == (planned["hash"], "bo")


@pytest.mark.service("postgres")
def test_a_plan_is_approved_and_sent_where_the_ledger_is_on_a_server(room: Newsroom, shared_url: str) -> None:
    toml = room.desk.root / "mailer.toml"
    toml.write_text(f'{toml.read_text()}\n[ledger]\nurl = "{shared_url}"\n')
    plan = room.plan()
    assert room.send(plan).code == 2
    assert room.approve(plan).code == 0
    assert room.desk.run("optouts", "add", "cy@c.example.com").code == 0
    assert room.send(plan).code == 0
    assert sorted(times_taken(room.server)) == [each for each in FIVE if each[:2] != "cy"]
    assert room.desk.run("plans", "show", plan, "--json").json["state"] == "sent"


def test_a_plan_that_was_sent_is_never_sent_twice(room: Newsroom) -> None:
    plan = room.approved()
    for _ in range(3):
        assert room.send(plan).code == 0
    assert times_taken(room.server) == dict.fromkeys(FIVE, 1)


def test_planning_the_same_twice_gives_the_same_plan(room: Newsroom) -> None:
    assert room.plan() == room.plan()
    assert len(room.desk.run("plans", "list", "--json").json["plans"]) == 1


def test_what_is_signed_is_canonical_json_whose_hash_is_the_name_and_names_nobody(room: Newsroom) -> None:
    plan, file = room.plan("--where", 'email != "di@d.example.com"'), room.desk.root / "plan.json"
    assert room.desk.run("plans", "show", plan, "--sign-file", str(file)).code == 0
    text = file.read_bytes()
    assert hashlib.sha256(text).hexdigest() == plan
    told = json.loads(text)
    assert text == json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert len(told["recipients"]) == 4
    assert b"@a.example.com" not in text
    assert b"di@d.example.com" not in text


def test_an_approver_elsewhere_signs_a_file(room: Newsroom) -> None:
    plan = room.plan()
    signature = sign_elsewhere(room, plan, "cy")
    done = room.desk.run("approve", plan, "--signature", str(signature), "--yes", "--json")
    assert (done.code, done.json["approved_by"]) == (0, "cy")
    assert room.send(plan).code == 0


def test_two_must_approve_and_one_of_them_twice_is_one(room: Newsroom) -> None:
    room.settle(minimum=2)
    plan = room.plan()
    for _ in range(2):
        assert room.approve(plan, "bo").code == 0
    room.refuses(room.send(plan), "1 of 2")
    assert room.approve(plan, "cy").code == 0
    assert room.send(plan).code == 0


def test_one_key_under_two_names_is_one_approver(room: Newsroom) -> None:
    room.settle(minimum=2)
    room.allow("ada", "bo")
    signers = room.desk.root / "allowed_signers"
    signers.write_text(
        signers.read_text("ascii") + signers.read_text("ascii").splitlines()[1].replace("bo", "zoe") + "\n"
    )
    plan = room.plan()
    for name in ("bo", "zoe"):
        assert room.approve(plan, "bo", "--as", name).code == 0
    room.refuses(room.send(plan), "1 of 2")


def test_whoever_opted_out_since_is_skipped_and_named(room: Newsroom) -> None:
    plan = room.approved()
    assert room.desk.run("optouts", "add", "cy@c.example.com").code == 0
    done = room.desk.run("send", "--plan", plan, "--yes")
    assert done.code == 0
    assert "skipped: cy@c.example.com" in done.said
    assert sorted(times_taken(room.server)) == [each for each in FIVE if not each.startswith("cy")]


def test_whoever_opted_out_and_left_the_list_is_skipped_too(room: Newsroom) -> None:
    plan = room.approved()
    assert room.desk.run("optouts", "add", "cy@c.example.com").code == 0
    room.desk.people("coast", FIVE)
    lists = room.desk.root / "lists" / "coast.csv"
    lists.write_text("".join(line for line in lists.read_text().splitlines(keepends=True) if "cy@" not in line))
    assert room.send(plan).code == 0
    assert len(times_taken(room.server)) == 4


def send_and_stay_no_longer(room: Newsroom) -> None:
    """Let `send` go home at once where somebody is deferred, and the relay put cy off the first time."""
    room.server.recipients = {"cy@c.example.com": [Act("451 4.3.2 later")]}
    toml = room.desk.root / "mailer.toml"
    # not so soon again that a busy machine comes to it while the others are still sent to
    toml.write_text(toml.read_text().replace("delays_s = [0.1]", "delays_s = [600]\nstay_s = 0"))


def test_what_is_deferred_is_sent_later_though_the_plan_has_expired_by_then(room: Newsroom) -> None:
    plan = room.approved()
    send_and_stay_no_longer(room)
    room.send(plan)
    assert room.desk.states()["cy@c.example.com"] == "deferred"
    for table, column in (("plan", "created_at"), ("plan_maker", "at"), ("approval", "at")):
        in_the_ledger(room.desk, f"UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%S', {column}, '-99 hours')")
    let_pass(room.desk, hours=1)
    assert room.desk.run("resume", "lamps").code == 0
    assert room.desk.states()["cy@c.example.com"] == "accepted"


def test_a_change_that_was_approved_covers_who_still_waits(room: Newsroom) -> None:
    plan = room.approved("--at", "2027-03-01 09:00 UTC")
    assert room.send(plan).code == 0
    room.desk.release(body="Another text altogether, about the museum and its lamps and the people who lit them.\n")
    changed = room.approved("--at", "2027-03-01 09:00 UTC", "--changed", "a better text")
    assert room.send(changed).code == 0
    come_in(room.desk, -1)
    assert room.desk.run("worker", "--once").code == 0
    assert Counter(b"Another text" in each.data for each in room.server.accepted) == {True: 5}


def test_two_plans_are_held_against_each_other_by_text_people_and_settings(room: Newsroom) -> None:
    first = room.plan()
    room.desk.release(body=BODY.replace("Friday", "Sunday"))
    room.desk.people("coast", [*FIVE[:4], "fay@f.example.com"])
    second = room.plan("--at", "2027-03-01 09:00 UTC")
    found = room.desk.run("plans", "diff", first, second, "--json").json
    assert (found["came"], found["left"], found["same"]) == (["fay@f.example.com"], [FIVE[4]], False)
    assert [each["name"] for each in found["settings"]] == ["window"]
    (file,) = found["files"]
    assert file["file"] == "releases/lamps.md"
    assert any(each.startswith("+") and "Sunday" in each for each in file["lines"])
    shown = room.desk.run("plans", "diff", first, second).out
    assert all(
        said in shown
        for said in ("1 came: fay@", "1 left: ed@", "window at: nothing → 2027-03-01T09", "releases/lamps.md changed")
    )
    assert room.desk.run("plans", "diff", first, first, "--json").json["same"] is True


# Refused: what nobody approved.


@pytest.mark.parametrize(
    "more", [(), ("--at", "2027-03-01 09:00 UTC"), ("--changed", "why")], ids=["now", "at", "changed"]
)
def test_send_without_a_plan_is_refused(room: Newsroom, more: tuple[str, ...]) -> None:
    room.refuses(
        room.desk.run("send", "lamps", "--to", "coast", "--yes", "--json", *more),
        "mailer plan lamps --to coast",
        "--as NAME",
    )


def test_previews_tests_and_dry_runs_need_no_plan(room: Newsroom) -> None:
    assert room.desk.run("send", "lamps", "--to", "coast", "--dry-run").code == 0
    assert room.desk.run("send", "lamps", "--to", "coast", "--relay", "preview", "--yes").code == 0
    assert room.desk.run("test", "lamps", "--to", "coast", "--inbox", "press@example.org").code == 0
    assert room.desk.run("rehearse", "lamps", "--to", "coast").code == 0


def test_a_plan_that_nobody_approved_is_refused(room: Newsroom) -> None:
    room.refuses(room.send(room.plan()), "nobody has approved it yet", "mailer approve")


def test_a_kind_that_is_not_named_needs_no_plan(room: Newsroom) -> None:
    room.settle(for_=["correction"])
    assert room.desk.run("send", "lamps", "--to", "coast", "--yes").code == 0


def test_a_changed_list_is_refused_and_says_who_came_and_who_left(room: Newsroom) -> None:
    plan = room.approved()
    room.desk.people("coast", [*FIVE[:4], "fay@f.example.com"])
    room.refuses(room.send(plan), "1 came: fay@f.example.com", "1 left: ed@e.example.com", "mailer plan lamps")


def test_a_changed_row_is_refused_where_it_changes_the_mail(room: Newsroom) -> None:
    plan = room.approved()
    head, *rows = (room.desk.root / "lists" / "coast.csv").read_text().splitlines()
    room.desk.write("lists/coast.csv", "\n".join([f"{head},text_only", *(f"{row},yes" for row in rows), ""]))
    room.refuses(room.send(plan), "5 would get another mail")


def test_a_changed_text_is_refused_and_shown(room: Newsroom) -> None:
    plan = room.approved()
    file = room.desk.root / "releases" / "lamps.md"
    file.write_text(file.read_text().replace("four hundred lamps, each", "five hundred lamps, each"))
    room.refuses(
        room.send(plan), "releases/lamps.md changed", "+The Lantern Museum opens its cellar on Friday. It holds five"
    )


def test_a_changed_template_is_refused(room: Newsroom) -> None:
    plan = room.approved()
    room.desk.write("templates/i18n/en.toml", 'media_contact = "Press desk"\n')
    room.refuses(room.send(plan))


def test_a_changed_attachment_is_refused(room: Newsroom) -> None:
    file = room.desk.root / "releases" / "lamps.md"
    file.write_text(file.read_text().replace("label:", "attachments: [prices.txt]\nlabel:", 1))
    room.desk.write("releases/prices.txt", "Entry: 4 marks\n")
    plan = room.approved()
    room.desk.write("releases/prices.txt", "Entry: 9 marks\n")
    room.refuses(room.send(plan), "prices.txt changed", "+Entry: 9 marks")


def test_another_sender_and_another_relay_are_refused(room: Newsroom) -> None:
    plan = room.approved()
    toml = room.desk.root / "mailer.toml"
    toml.write_text(toml.read_text().replace('host = "127.0.0.1"', 'host = "localhost"'))
    room.refuses(room.send(plan), "relay: ", "localhost")
    toml.write_text(toml.read_text().replace("Lantern Museum Press", "Somebody Else").replace("localhost", "127.0.0.1"))
    room.refuses(room.send(plan), "sender: ", "Somebody Else")


def test_another_policy_does_not_make_another_plan(room: Newsroom) -> None:
    plan = room.approved()
    room.settle(minimum=1, approvers=["bo"], valid_h=24)
    assert room.send(plan).code == 0


# Refused: who approved, and how.


def test_a_planner_cannot_approve_by_name(room: Newsroom) -> None:
    plan = room.plan()
    room.refuses(room.approve(plan, "ada"), "ada planned it")
    room.refuses(room.send(plan))


def test_a_planner_cannot_approve_with_their_key_under_another_name(room: Newsroom) -> None:
    signers = room.desk.root / "allowed_signers"
    signers.write_text(signers.read_text() + signers.read_text().splitlines()[0].replace("ada", "zoe") + "\n")
    plan = room.plan()
    room.refuses(room.approve(plan, "ada", "--as", "zoe"), "the key of ada, who planned it")


@pytest.mark.parametrize("more", [(), ("--as", "somebody")], ids=["nobody said", "a stranger"])
def test_a_plan_that_is_approved_by_a_key_says_who_planned_it(room: Newsroom, more: tuple[str, ...]) -> None:
    done = room.desk.run("plan", "lamps", "--to", "coast", *more, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "planner_unknown")
    assert "--as NAME   one of: ada, bo, cy" in done.json["error"]["hint"]
    assert room.desk.run("plans", "list", "--json").json["plans"] == []
    for policy in ({"for_": ["correction"]}, {"required": False}):  # then nobody has to approve it
        room.settle(**policy)
        assert room.desk.run("plan", "lamps", "--to", "coast", *more, "--json").code == 0


def test_a_plan_that_was_approved_from_the_account_that_made_it_says_so(room: Newsroom) -> None:
    plan, said = room.plan(by="cy"), "planned and approved from the same account on one machine"
    assert said not in room.desk.run("plans", "show", plan).said
    key = ("--key", str(room.keys / "bo"), "--yes")
    assert said in room.desk.run("approve", plan, *key).said
    shown = room.desk.run("plans", "show", plan, "--json").json["approvals"][0]
    assert said in room.desk.run("plans", "show", plan).said
    assert "@" in shown["same_account"]
    assert room.send(plan).code == 0
    assert said in room.desk.run("report", "lamps").said
    assert room.desk.run("proof", "lamps", "--out", str(room.desk.root / "proof")).code == 0
    (told,) = json.loads((room.desk.root / "proof" / "mailing.json").read_text("utf-8"))["plans"][0]["approvals"]
    assert told["same_account"] == shown["same_account"]


def test_a_plan_that_was_approved_from_another_account_does_not_say_so(room: Newsroom) -> None:
    plan, other = room.plan(), {"LOGNAME": "bo"}
    done = room.desk.run("approve", plan, "--key", str(room.keys / "bo"), "--yes", "--json", env=other)
    assert (done.code, done.json["same_account"]) == (0, None)
    assert room.desk.run("plans", "show", plan, "--json").json["approvals"][0]["same_account"] is None


def test_whoever_plans_the_same_again_cannot_approve_it_either(room: Newsroom) -> None:
    plan = room.plan()
    assert room.approve(plan, "bo").code == 0
    assert room.plan(by="bo") == plan
    room.refuses(room.send(plan), "bo: planned it")


def test_only_approvers_and_allowed_signers_count(room: Newsroom) -> None:
    room.settle(approvers=["cy"])
    plan = room.plan()
    room.refuses(room.approve(plan, "bo"), "not among the approvers")
    room.allow("ada", "bo")
    room.refuses(room.approve(plan, "cy"), "not the signature of an allowed signer")


def test_a_name_without_a_key_counts_only_where_it_is_trusted_and_says_so(room: Newsroom) -> None:
    plan = room.plan()
    room.refuses(room.desk.run("approve", plan, "--yes", "--json", env={"LOGNAME": "bo"}), "without a key does not")
    room.settle(trust_local=True)
    room.refuses(room.desk.run("approve", plan, "--as", "bo", "--yes", "--json"), "nothing proves that you are bo")
    # whoever plans under another name is the same account
    room.refuses(room.desk.run("approve", plan, "--yes", "--json"), "planned it")
    done = room.desk.run("approve", plan, "--yes", env={"LOGNAME": "bo"})
    assert (done.code, "not signed" in done.said) == (0, True)
    assert room.send(plan).code == 0


def test_what_was_approved_without_a_key_counts_no_more_once_keys_are_asked_for(room: Newsroom) -> None:
    room.settle(trust_local=True)
    plan = room.plan()
    assert room.desk.run("approve", plan, "--yes", env={"LOGNAME": "bo"}).code == 0
    room.settle()
    room.refuses(room.send(plan), "not signed")


def test_a_signature_of_another_plan_is_refused(room: Newsroom) -> None:
    signature = sign_elsewhere(room, room.plan(), "bo")
    room.desk.people("coast", FIVE[:3])
    second = room.plan()
    room.refuses(room.desk.run("approve", second, "--signature", str(signature), "--yes", "--json"), "does not count")


def test_a_signature_that_is_moved_to_another_plan_in_the_ledger_is_refused(room: Newsroom) -> None:
    first = room.approved()
    room.desk.people("coast", FIVE[:3])
    second = room.plan()
    in_the_ledger(room.desk, f"UPDATE approval SET plan_hash = x'{second}' WHERE plan_hash = x'{first}'")
    room.refuses(room.send(second), "no valid signature of this plan")


def test_a_signature_for_another_purpose_is_refused(room: Newsroom) -> None:
    plan = room.plan()
    signature = sign_elsewhere(room, plan, "bo", purpose="git")
    room.refuses(room.desk.run("approve", plan, "--signature", str(signature), "--yes", "--json"))


@pytest.mark.parametrize("signers", [(), ("ada", "cy")], ids=["emptied", "without bo"])
def test_a_key_that_is_allowed_no_more_has_approved_nothing(room: Newsroom, signers: tuple[str, ...]) -> None:
    plan = room.approved()
    room.allow(*signers)
    room.refuses(room.send(plan), "bo: no valid signature")


def test_a_file_of_signers_that_others_can_change_says_nothing(room: Newsroom) -> None:
    plan, signers = room.approved(), room.desk.root / "allowed_signers"
    signers.chmod(0o666)
    more = room.desk.run("plan", "lamps", "--to", "coast", "--as", "ada", "--json")
    for done in (room.send(plan), room.approve(plan, "cy"), more):
        assert done.code == 3
        assert "everybody on this machine can write to it, so it cannot say who may approve" in done.out
    assert room.server.accepted == []
    signers.chmod(0o644)
    assert room.send(plan).code == 0


def test_a_key_whose_time_is_over_counts_for_nothing(room: Newsroom) -> None:
    room.allow("ada", "bo", bo='valid-before="20260101"')
    room.refuses(room.approve(room.plan(), "bo"), "not the signature of an allowed signer")


@pytest.mark.parametrize("more", [b"", b"\n"], ids=["as it was", "written otherwise"])
def test_a_rejection_takes_the_approval_back_and_the_same_signature_counts_no_more(room: Newsroom, more: bytes) -> None:
    plan = room.plan()
    signature = sign_elsewhere(room, plan, "bo")
    again = ("approve", plan, "--signature", str(signature), "--yes", "--json")
    assert room.desk.run(*again).code == 0
    assert room.desk.run("reject", plan, "--as", "cy", "--why", "the quote is not cleared", "--yes").code == 0
    room.refuses(room.send(plan), "cy rejected it: the quote is not cleared")
    signature.write_bytes(signature.read_bytes() + more)
    room.refuses(room.desk.run(*again), "before the plan was rejected")
    room.refuses(room.send(plan))
    assert room.approve(plan, "bo").code == 0  # bo has seen the no, and says yes
    assert room.send(plan).code == 0


# Refused: the clock.


def test_a_plan_that_has_expired_is_refused_until_it_is_planned_and_approved_anew(room: Newsroom) -> None:
    plan = room.plan()
    signature = sign_elsewhere(room, plan, "bo")
    again = ("approve", plan, "--signature", str(signature), "--yes", "--json")
    assert room.desk.run(*again).code == 0
    for table, column in (("plan", "created_at"), ("plan_maker", "at"), ("approval", "at")):
        in_the_ledger(room.desk, f"UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%S', {column}, '-73 hours')")
    assert room.desk.run("plans", "list", "--json").json["plans"][0]["state"] == "expired"
    room.refuses(room.send(plan), "it expired on", "72 hours")
    room.refuses(room.approve(plan), "has expired")
    assert room.plan() == plan
    room.refuses(room.send(plan), "given more than 72 hours ago")
    room.refuses(room.desk.run(*again), "bo signed this before it expired")
    room.refuses(room.send(plan), "given more than 72 hours ago")
    assert room.approve(plan).code == 0
    assert room.send(plan).code == 0


def test_a_clock_that_was_set_back_brings_no_plan_back(room: Newsroom) -> None:
    plan = room.approved()
    ahead = f"{datetime.now(UTC) + timedelta(hours=80):%Y-%m-%d %H:%M:%S}"
    in_the_ledger(room.desk, f"INSERT INTO event (at, kind, actor) VALUES ('{ahead}', 'finished', 'x@y')")
    room.refuses(room.send(plan), "the clock of this machine is behind the ledger")


def test_a_plan_whose_moment_is_over_is_refused(room: Newsroom) -> None:
    soon = f"{datetime.now(UTC) + timedelta(seconds=4):%Y-%m-%d %H:%M:%S} UTC"
    plan = room.approved("--at", soon)
    wait_until(lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") > soon)
    room.refuses(room.send(plan), "which has passed")


# Refused: the ledger.


def test_a_plan_that_was_edited_in_the_ledger_is_refused(room: Newsroom) -> None:
    plan = room.approved()
    in_the_ledger(
        room.desk, f"UPDATE blob SET data = CAST(replace(data, 'coast', 'toast') AS BLOB) WHERE digest = x'{plan}'"
    )
    room.refuses(room.send(plan), "is not what was planned")


def test_a_plan_with_another_text_under_its_own_hash_is_refused(room: Newsroom) -> None:
    plan = room.approved()
    (text,) = in_the_ledger(room.desk, f"SELECT data FROM blob WHERE digest = x'{plan}'")[0]
    other = bytes(text).replace(b'"kind":"release"', b'"kind":"offer"')
    new = hashlib.sha256(other).hexdigest()
    in_the_ledger(room.desk, f"INSERT INTO blob (digest, data) VALUES (x'{new}', x'{other.hex()}')")
    for table, column in (
        ("plan", "hash"),
        ("plan_maker", "plan_hash"),
        ("plan_person", "plan_hash"),
        ("approval", "plan_hash"),
    ):
        in_the_ledger(room.desk, f"UPDATE {table} SET {column} = x'{new}'")
    room.refuses(room.send(new), "no valid signature of this plan")


def scheduled(room: Newsroom) -> str:
    """Return the hash of a plan that is scheduled, and due now."""
    plan = room.approved("--at", "2027-03-01 09:00 UTC")
    assert room.send(plan).code == 0
    come_in(room.desk, -1)
    return plan


def refused_by_worker(room: Newsroom) -> str:
    """Let the worker look; return what the mailing says of its halt."""
    room.desk.run("worker", "--once")
    assert room.server.accepted == []
    found = room.desk.run("status", "lamps", "--json").json
    assert found["state"] == "halted"
    return str(found["halt_reason"])


def test_the_worker_sends_what_is_approved_at_its_moment(room: Newsroom) -> None:
    scheduled(room)
    assert room.desk.run("worker", "--once").code == 0
    assert times_taken(room.server) == dict.fromkeys(FIVE, 1)


def test_a_scheduled_mailing_whose_plan_was_rejected_meanwhile_is_halted_at_its_moment(room: Newsroom) -> None:
    plan = scheduled(room)
    assert room.desk.run("reject", plan, "--why", "the opening is put off", "--yes").code == 0
    assert "the opening is put off" in refused_by_worker(room)
    room.refuses(room.desk.run("resume", "lamps", "--json"), "the opening is put off")


def test_a_scheduled_mailing_whose_approver_is_allowed_no_more_is_halted_at_its_moment(room: Newsroom) -> None:
    scheduled(room)
    room.allow()
    assert "no valid signature" in refused_by_worker(room)


def test_a_delivery_with_another_address_is_refused(room: Newsroom) -> None:
    scheduled(room)
    in_the_ledger(room.desk, "UPDATE delivery SET address = 'eve@evil.example.net' WHERE address LIKE 'cy@%'")
    room.desk.run("worker", "--once")
    assert "eve@evil.example.net" not in times_taken(room.server)
    assert "cy@c.example.com" not in times_taken(room.server)


def test_a_delivery_with_another_hash_is_refused(room: Newsroom) -> None:
    scheduled(room)
    in_the_ledger(room.desk, "UPDATE delivery SET content_hash = zeroblob(32) WHERE address LIKE 'ada@%'")
    room.desk.run("worker", "--once")
    assert "ada@a.example.com" not in times_taken(room.server)
    assert "is in no approved plan" in room.desk.run("status", "lamps", "--json").json["halt_reason"]


def test_a_relay_that_is_in_no_plan_is_refused_by_resume_and_by_the_worker(room: Newsroom) -> None:
    toml = room.desk.root / "mailer.toml"
    send_and_stay_no_longer(room)
    other = f'[relays.other]\nhost = "localhost"\nport = {room.server.port}\nsecurity = "plain"\n'
    room.send(room.approved())
    toml.write_text(f"{toml.read_text()}\n{other}")
    let_pass(room.desk, hours=1)
    done = room.desk.run("resume", "lamps", "--relay", "other", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "not_approved")
    assert "was approved for relay main, not other" in done.json["error"]["message"]
    whole = toml.read_text()
    toml.write_text(whole.replace(f"port = {room.server.port}", "port = 1", 1))  # and none stands in for another
    assert room.desk.run("resume", "lamps").code == 4
    toml.write_text(whole)
    in_the_ledger(room.desk, "UPDATE mailing SET relay = 'other', state = 'sending'")
    room.desk.run("worker", "--once")
    assert "was approved for relay main" in room.desk.run("status", "lamps", "--json").json["halt_reason"]
    assert len(room.server.accepted) == 4
    assert room.send(room.approved("--relay", "other")).code == 0
    assert times_taken(room.server) == dict.fromkeys(FIVE, 1)


def test_what_waits_from_before_is_refused_until_a_plan_has_it(room: Newsroom) -> None:
    room.settle(required=False)
    send_and_stay_no_longer(room)
    room.desk.run("send", "lamps", "--to", "coast", "--yes")
    assert len(room.server.accepted) == 4
    toml = room.desk.root / "mailer.toml"
    toml.write_text(toml.read_text().replace("required = false", "required = true"))
    let_pass(room.desk, hours=1)
    done = room.desk.run("resume", "lamps", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "not_approved")
    assert "it was never approved" in done.json["error"]["message"]
    assert len(room.server.accepted) == 4
    assert room.send(room.approved()).code == 0  # those who wait are in it
    assert times_taken(room.server) == dict.fromkeys(FIVE, 1)


# The policy.


def test_switching_approval_off_is_an_event_that_the_report_shows(room: Newsroom) -> None:
    room.plan()
    room.settle(required=False)
    assert room.desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    found = room.desk.report()["approval"]
    assert found["policy_changes"][0]["what"].endswith("→ not required")
    assert found["plans"] == []
    assert "→ not required" in room.desk.run("report", "lamps").said
    assert room.desk.run("proof", "lamps", "--out", str(room.desk.root / "proof")).code == 0
    proof = json.loads((room.desk.root / "proof" / "mailing.json").read_text("utf-8"))
    policies = [each["text"] for each in proof["events"] if each["kind"] == "policy"]
    assert policies[-1] == found["policy_changes"][0]["what"]


def test_what_is_added_without_a_plan_is_told(room: Newsroom) -> None:
    assert room.send(room.approved()).code == 0
    room.settle(required=False)
    room.desk.people("science", ["gil@g.example.com"])
    assert room.desk.run("send", "lamps", "--to", "science", "--yes").code == 0
    assert room.desk.report()["approval"]["added_without_plan"] is True


# The page for an approver.


@pytest.mark.parametrize("width", [320, 700])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_for_an_approver_has_the_mail_and_loads_nothing(
    room: Newsroom, screen: Screen, width: int, *, dark: bool
) -> None:
    plan, file = room.plan(), room.desk.root / "plan.html"
    assert room.desk.run("plans", "show", plan, "--html", str(file)).code == 0

    def look(page: Page) -> tuple[int, str, list[str], str, str]:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": 900})
        page.set_content(file.read_text("utf-8"))
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        mail = page.frames[1].text_content("h1") or ""
        needed = page.evaluate("document.documentElement.scrollWidth")
        return needed, page.inner_text("body"), asked, " ".join(mail.split()), ground

    needed, text, asked, headline, ground = screen.run(look)
    assert needed <= width
    assert headline == HEADLINE
    assert asked == []
    assert (ground == "rgb(22, 24, 26)") is dark
    for said in (plan, words_of(bytes.fromhex(plan)), *FIVE, f"mailer approve {plan[:12]}"):
        assert said in " ".join(text.split()) or said in text.replace("\n", "")
    assert "<script" not in file.read_text("utf-8")


# Forgetting.


def test_a_person_can_be_forgotten_and_the_plan_stays_what_it_was(room: Newsroom) -> None:
    plan = room.approved()
    assert room.desk.run("contacts", "forget", "cy@c.example.com", "--yes").code == 0
    assert room.desk.run("plans", "show", plan, "--json").json["hash"] == plan
    assert not in_the_ledger(room.desk, "SELECT 1 FROM plan_person WHERE address LIKE 'cy@%'")
    assert b"cy@c.example.com" not in (room.desk.root / ".mailer" / "ledger.db").read_bytes()
    assert room.send(plan).code == 0
    assert len(times_taken(room.server)) == 4
