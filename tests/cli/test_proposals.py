"""`mailer lists proposals` and `mailer bounces show ID --as`: proposals from replies, and decisions by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailer.bounces.values import Kind, Notice, Report
from mailer.cli.office import given_workspace, writing_office
from mailer.inbox.values import RawMessage
from mailer.ledger import Ledger
from mailer.runs.collect.taking import Collected, take_in
from mailer.runs.office import Office
from tests.office import Desk, environment, in_the_ledger
from tests.servers import ScriptedServer

ADA, BO, NEW = "ada@daily.example.com", "bo@kust.example.net", "ada.brook@evening.example.org"
COAST = f"E-Mail;Vorname;Nachname;Medium;Ressort\r\n{ADA};Ada;Brook;The Daily;sea\r\n{BO};Bo;Lind;Kust;\r\n"
TOWN = f"email,name,outlet,phone\n{ADA},Ada Brook,Daily,0111\n"


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """Return an office that has sent a release to two lists with Ada."""
    (desk.root / "lists" / "coast.csv").write_bytes(COAST.encode())
    desk.write("lists/town.csv", TOWN)
    assert desk.run("send", "lamps", "--to", "coast", "--to", "town", "--yes").code == 0
    return desk


def lists_of(desk: Desk) -> tuple[str, str]:
    coast, town = ((desk.root / "lists" / f"{name}.csv").read_bytes().decode() for name in ("coast", "town"))
    return coast, town


@contextmanager
def at_work(desk: Desk) -> Iterator[tuple[Office, Ledger]]:
    """Open the office as a command does."""
    chosen = given_workspace.set(str(desk.root))
    try:
        with environment({}), writing_office() as (office, ledger):
            yield office, ledger
    finally:
        given_workspace.reset(chosen)


def record_returned(desk: Desk, report: Report, data: bytes = b"a message") -> None:
    """Record a returned message with its classification."""
    with at_work(desk) as (office, ledger), ledger.writing() as connection:
        take_in(connection, office, RawMessage("new/1", data), Collected(), report=report)


def message_id(server: ScriptedServer, address: str) -> str:
    text = server.accepted_for(address)[0].data.decode("ascii", "replace")
    return next(line[12:].strip() for line in text.splitlines() if line.startswith("Message-ID: "))


def reply(server: ScriptedServer, notice: Notice | None, **more: Any) -> Report:
    """Return an automatic reply from Ada to the release."""
    given = {"kind": Kind.MOVED, "rule": "test", "from_address": ADA, "words": "I am at the Evening now."}
    return Report(**given | {"original_message_id": message_id(server, ADA), "notice": notice} | more)


def proposals(desk: Desk, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.run("lists", "proposals", *words, "--json").json["proposals"]
    return found


def test_nothing_is_proposed_where_nothing_came_back(desk: Desk) -> None:
    before = desk.files()
    assert "There are no proposals" in desk.run("lists", "proposals").out
    done = desk.run("lists", "proposals", "1", "--accept", "--yes")
    assert (done.code, "no proposal 1" in done.err) == (2, True)
    assert desk.files() == before


@pytest.mark.slow
def test_somebody_who_moved_keeps_their_rows_with_the_new_address_in_one_step(
    sent: Desk, server: ScriptedServer
) -> None:
    record_returned(sent, reply(server, Notice(new_address=NEW)))
    (found,) = proposals(sent)
    assert (found["kind"], found["email"], found["new"], found["mailing"]) == ("moved", ADA, NEW, "lamps/release-1")
    text = sent.run("lists", "proposals").out
    for words in (f"{ADA} → {NEW}", "is at another address now", "I am at the Evening now.", "--accept"):
        assert words in text
    number = str(found["id"])
    assert sent.run("lists", "proposals", number, "--accept", "--dry-run").code == 0
    assert sent.run("lists", "proposals", number, "--accept").code == 2  # cannot ask for confirmation here
    assert (lists_of(sent), len(proposals(sent))) == ((COAST, TOWN), 1)

    done = sent.run("lists", "proposals", number, "--accept", "--yes")

    assert done.code == 0, done.said
    assert lists_of(sent) == (COAST.replace(ADA, NEW), TOWN.replace(ADA, NEW))
    assert proposals(sent) == []
    assert [each["state"] for each in proposals(sent, "--all")] == ["accepted"]
    again = sent.run("lists", "proposals", number, "--accept", "--yes")
    assert (again.code, "was accepted" in again.err) == (2, True)
    assert sent.run("lists", "undo", "--yes").code == 0
    assert lists_of(sent) == (COAST, TOWN)
    assert sent.run("lists", "proposals", number, "--reopen").code == 0
    assert len(proposals(sent)) == 1


def test_a_row_becomes_that_of_who_stands_in_without_the_old_name(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(has_left=True, stand_ins=("di@daily.example.com",))))
    assert sent.run("lists", "proposals", "1", "--accept", "--yes").code == 0
    coast, town = lists_of(sent)
    assert "di@daily.example.com;;;The Daily;sea\r\n" in coast
    assert town == "email,name,outlet,phone\ndi@daily.example.com,,Daily,\n"


def test_the_name_of_who_stands_in_comes_with_the_address_or_is_asked_for(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(has_left=True, stand_ins=("di@daily.example.com",))))
    done = sent.run("lists", "proposals", "1", "--accept", "--dry-run")
    assert "di@daily.example.com has no name:   mailer lists update" in done.err
    done = sent.run("lists", "proposals", "1", "--accept", "--to", "Di Field <di@daily.example.com>", "--yes")
    assert done.code == 0, done.said
    assert "has no name" not in done.err
    coast, town = lists_of(sent)
    assert "di@daily.example.com;Di;Field;The Daily;sea\r\n" in coast
    assert town == "email,name,outlet,phone\ndi@daily.example.com,Di Field,Daily,\n"


@pytest.mark.parametrize("row", [f"{NEW},,Evening,0222\n", ""])
def test_somebody_who_moved_keeps_their_name_beside_a_row_that_is_there_or_added(
    sent: Desk, server: ScriptedServer, row: str
) -> None:
    sent.write("lists/town.csv", TOWN + row)
    record_returned(sent, reply(server, Notice(new_address=NEW)))
    done = sent.run("lists", "proposals", "1", "--accept", "--list", "town", "--yes", *([] if row else ["--add"]))
    assert done.code == 0, done.said
    assert f"{NEW},Ada Brook," in lists_of(sent)[1]


def test_the_old_row_stays_where_somebody_is_only_added(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(has_left=True, stand_ins=("di@daily.example.com",))))
    assert sent.run("lists", "proposals", "1", "--accept", "--add", "--list", "coast", "--yes").code == 0
    assert lists_of(sent) == (COAST + "di@daily.example.com;;;The Daily;sea\r\n", TOWN)


@pytest.mark.slow
def test_who_left_and_named_nobody_goes_off_the_lists_or_another_is_named(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(has_left=True)))
    refused = sent.run("lists", "proposals", "1", "--accept", "--add", "--yes")
    assert (refused.code, "Name the new contact" in refused.err) == (2, True)
    assert sent.run("lists", "proposals", "1", "--accept", "--to", ADA, "--yes").code == 2
    done = sent.run("lists", "proposals", "1", "--accept", "--yes", "--json")
    assert (done.code, done.json["written"]) == (0, True), done.said
    assert lists_of(sent) == (COAST.replace(f"{ADA};Ada;Brook;The Daily;sea\r\n", ""), "email,name,outlet,phone\n")


def test_another_address_than_the_proposed_one_can_be_said(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(has_left=True)))
    assert sent.run("lists", "proposals", "1", "--accept", "--to", "desk@daily.example.com", "--yes").code == 0
    assert "desk@daily.example.com;;;The Daily;sea" in lists_of(sent)[0]


def test_where_the_new_address_stands_already_the_old_row_goes(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(new_address=BO)))
    assert sent.run("lists", "proposals", "1", "--accept", "--yes").code == 0
    coast, town = lists_of(sent)
    assert coast == COAST.replace(f"{ADA};Ada;Brook;The Daily;sea\r\n", "")
    assert town == TOWN.replace(ADA, BO)


def test_what_was_said_of_a_person_goes_along_to_their_new_address(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(new_address=NEW)))
    sent.run("optouts", "add", ADA, "--note", "on the phone")
    assert sent.run("lists", "proposals", "1", "--accept", "--yes").code == 0
    suppressed = {each["email"] for each in sent.run("optouts", "list", "--json").json["suppressed"]}
    assert suppressed == {ADA, NEW}


@pytest.mark.slow
def test_who_is_on_no_list_any_more_needs_no_change(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(new_address=NEW)))
    for name in ("coast", "town"):
        (sent.root / "lists" / f"{name}.csv").unlink()
    sent.people("coast", [BO])
    done = sent.run("lists", "proposals", "1", "--accept", "--yes")
    assert (done.code, proposals(sent)) == (0, []), done.said


def test_what_is_turned_down_is_remembered_with_why(sent: Desk, server: ScriptedServer) -> None:
    record_returned(sent, reply(server, Notice(new_address=NEW)))
    done = sent.run("lists", "proposals", "1", "--reject", "--reason", "she is still there", "--json")
    assert (done.code, done.json["state"]) == (0, "rejected")
    record_returned(sent, reply(server, Notice(new_address=NEW)), b"the same again")
    assert proposals(sent) == []
    (kept,) = proposals(sent, "--all")
    assert "she is still there" in kept["words"]
    assert kept["decided_by"]
    assert lists_of(sent) == (COAST, TOWN)


@pytest.mark.slow
def test_why_tells_of_absences_proposals_and_bounces_in_a_row(sent: Desk, server: ScriptedServer) -> None:
    back = datetime.now(UTC).date() + timedelta(days=9)
    away = reply(server, Notice(back_on=back), kind=Kind.AUTOREPLY, sent_at=None)
    record_returned(sent, away)
    record_returned(sent, reply(server, Notice(new_address=NEW)), b"another")
    text = sent.run("why", ADA).out
    assert f"until {back:%Y-%m-%d}" in text
    assert f"has a new address: {NEW}" in text
    document = sent.run("why", ADA, "--json").json
    assert [each["until"] for each in document["absences"]] == [f"{back:%Y-%m-%d}"]
    assert [each["new_address"] for each in document["proposals"]] == [NEW]
    assert document["soft_bounces"] is None


@pytest.mark.slow
def test_an_access_request_is_answered_with_all_of_it_and_forgetting_takes_all_of_it(
    sent: Desk, server: ScriptedServer
) -> None:
    back = datetime.now(UTC).date() + timedelta(days=9)
    record_returned(sent, reply(server, Notice(back_on=back), kind=Kind.AUTOREPLY), b"one")
    record_returned(sent, reply(server, Notice(new_address=NEW)), b"two")
    answer = Report(
        kind=Kind.NONE,
        rule="test",
        from_address="ada.home@mail.example.net",
        subject="Re: lamps, quick question",
        original_message_id=message_id(server, ADA),
    )
    record_returned(sent, answer, b"three")
    document = sent.run("contacts", "export", ADA, "--json").json
    assert [each["until"] for each in document["absences"]] == [f"{back:%Y-%m-%d}"]
    assert [each["new_address"] for each in document["proposals"]] == [NEW]
    assert "Re: lamps, quick question" in {each["subject"] for each in document["came_back"]}
    assert "Absences" in sent.run("contacts", "export", ADA).out

    done = sent.run("contacts", "forget", ADA, "--yes", "--json")

    assert (done.code, done.json["complete"]) == (0, True), done.said
    assert {name: done.json["ledger"][name] for name in ("letters", "absences", "proposals")} == {
        **dict.fromkeys(("absences", "proposals", "letters"), 1)
    }
    for table in ("inbound_text", "absence", "proposal_text"):
        assert in_the_ledger(sent, f"SELECT * FROM {table}") == []  # noqa: S608 - our own words
    ledger = b"".join(data for name, data in sent.files().items() if name.startswith(".mailer"))
    assert b"ada.home" not in ledger
    assert NEW.encode() not in ledger
    # and later mail proposes nothing new about them
    record_returned(sent, reply(server, Notice(new_address="ada@third.example.net")), b"four")
    assert proposals(sent, "--all") == []


@pytest.mark.slow
def test_what_could_be_tied_to_nobody_is_settled_from_the_command_line(sent: Desk, server: ScriptedServer) -> None:
    assert server.accepted
    record_returned(sent, Report(kind=Kind.OPTOUT, rule="test", from_address="x@mail.example.net", words="take me off"))
    (waiting,) = sent.run("bounces", "list", "--unmatched", "--json").json["unmatched"]
    number = str(waiting["id"])
    assert number in sent.run("bounces", "list", "--unmatched").out
    assert sent.run("bounces", "show", number, "--reason", "it is her").code == 2
    assert sent.run("bounces", "show", number, "--as", "nobody@n.example.com").code == 2
    done = sent.run("bounces", "show", number, "--as", ADA, "--reason", "it is her, I called")
    assert (done.code, "is suppressed" in done.out) == (0, True), done.said
    assert sent.run("bounces", "list", "--unmatched", "--json").json["unmatched"] == []
    undone = sent.run("bounces", "show", number, "--undo", "--json")
    assert undone.json == {"id": int(number), "settled": None, "lifted": [ADA]}
    ignored = sent.run("bounces", "show", number, "--ignore")
    assert (ignored.code, "set aside" in ignored.out) == (0, True)
    assert sent.report()["opted_out"] == 0
