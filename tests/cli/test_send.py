"""`mailer send` and `mailer resume`: the successful case, and the questions asked."""

from __future__ import annotations

import threading

import pytest

from tests.office import BODY, Desk, finish, mail_of, text_of, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast")
FIVE = ["ada@a.example.com", "bo@b.example.com", "cy@c.example.com", "di@d.example.com", "ed@e.example.com"]


def test_a_release_goes_to_everybody_on_the_list_once(desk: Desk, server: ScriptedServer) -> None:
    done = desk.run(*SEND, "--yes")
    assert (done.code, done.out) == (0, "")
    assert "5 planned   5 accepted" in done.err
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert all(len(message.rcpt_to) == 1 for message in server.accepted)
    assert desk.report()["state"] == "finished"


def test_each_person_gets_their_own_name_token_and_return_address(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND, "--yes")
    mail = {message.rcpt_to[0]: mail_of(message) for message in server.accepted}
    assert mail["cy@c.example.com"]["To"] == "Pat3 Brook <cy@c.example.com>"
    for header in ("Message-ID", "List-Unsubscribe"):
        assert len({str(each[header]) for each in mail.values()}) == 5
    assert len({message.mail_from for message in server.accepted}) == 5
    assert all(message.mail_from.startswith("bounces+") for message in server.accepted)


def test_the_same_command_again_sends_nothing_and_does_not_even_connect(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND, "--yes")
    before = list(server.commands), server.connections
    again = desk.run(*SEND, "--yes")
    assert again.code == 0
    assert "5 in this mailing already" in again.err
    assert "lamps is finished" in again.err
    assert (server.commands, server.connections) == before


def test_a_dry_run_shows_everything_and_leaves_nothing(desk: Desk, server: ScriptedServer) -> None:
    before = desk.files()
    done = desk.run(*SEND, "--dry-run")
    assert done.code == 0
    for shown in ("5 messages", "relay main", "Lantern Museum Press", "ada@a.example.com", "nothing was sent"):
        assert shown in done.err
    assert desk.files() == before
    assert not (desk.root / ".mailer").exists()
    assert server.connections == 0


def test_a_dry_run_as_json_is_a_plan(desk: Desk) -> None:
    desk.write("lists/coast.csv", "email,first_name\nada@a.example.com,A\nADA@a.example.com,B\nnobody,C\n")
    done = desk.run(*SEND, "--dry-run", "--json")
    plan = done.json
    assert (plan["to_send"], plan["dry_run"], plan["relay"]) == (1, True, "main")
    assert plan["left_out"] == {"duplicate": 1, "invalid": 1}


@pytest.mark.slow
def test_without_yes_and_without_a_terminal_nobody_is_sent_to(desk: Desk, server: ScriptedServer) -> None:
    done = finish(desk.start(*SEND))
    assert done.code == 2
    assert "cannot ask for confirmation here" in done.err
    assert "--yes" in done.err
    assert server.connections == 0
    assert desk.run("status", "--json").json["mailings"] == []


def test_people_on_an_except_list_are_left_out(desk: Desk, server: ScriptedServer) -> None:
    desk.people("partners", ["BO@b.example.com", "zoe@z.example.com"])
    done = desk.run(*SEND, "--except", "partners", "--yes", "--json")
    assert done.code == 0
    assert done.json["left_out"] == {"excluded": 1}
    assert sorted(times_taken(server)) == [each for each in FIVE if not each.startswith("bo@")]


def test_an_except_list_that_is_missing_stops_everything(desk: Desk, server: ScriptedServer) -> None:
    done = desk.run(*SEND, "--except", "partnes", "--yes")
    assert done.code == 2
    assert "partnes" in done.err
    assert server.connections == 0


def test_a_second_list_extends_the_mailing_and_nobody_gets_it_twice(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND, "--yes")
    desk.people("science", ["Ada@A.example.com", "flo@f.example.com"])
    done = desk.run("send", "lamps", "--to", "science", "--yes", "--json")
    assert done.code == 0
    assert (done.json["planned"], done.json["accepted"]) == (6, 6)
    assert done.json["left_out"] == {"already_planned": 1}
    assert times_taken(server) == dict.fromkeys([*FIVE, "flo@f.example.com"], 1)


def test_two_lists_at_once_send_to_a_person_on_both_once(desk: Desk, server: ScriptedServer) -> None:
    desk.people("science", ["cy@c.example.com", "flo@f.example.com"])
    done = desk.run(*SEND, "--to", "science", "--yes", "--json")
    assert done.json["left_out"] == {"duplicate": 1}
    assert times_taken(server) == dict.fromkeys([*FIVE, "flo@f.example.com"], 1)


def test_the_note_of_a_contact_stands_in_their_mail_alone(desk: Desk, server: ScriptedServer) -> None:
    desk.write(
        "lists/coast.csv", "email,first_name,note\nada@a.example.com,Ada,You asked for lamps.\nbo@b.example.com,Bo,\n"
    )
    desk.run(*SEND, "--yes")
    texts = {message.rcpt_to[0]: text_of(message) for message in server.accepted}
    assert "You asked for lamps." in texts["ada@a.example.com"]
    assert "You asked for lamps." not in texts["bo@b.example.com"]


def test_sending_as_json_prints_the_report_and_nothing_else(desk: Desk) -> None:
    done = desk.run(*SEND, "--yes", "--json")
    report = desk.run("report", "lamps", "--json").json
    assert not report.pop("alarms") + report.pop("overdue")["opt_outs"]
    assert done.json == report
    assert (report["accepted"], report["kind"], report["relay"]) == (5, "release", "main")


def test_resume_goes_on_with_who_waits(desk: Desk, server: ScriptedServer) -> None:
    server.at = {"mail": Act("550 5.7.1 come back tomorrow")}
    assert desk.run(*SEND, "--yes").code == 4
    server.at = {}
    done = desk.run("resume", "lamps", "--json")
    assert done.code == 0
    assert done.json["accepted"] == 5
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)


def test_resume_needs_nothing_of_todays_files(desk: Desk, server: ScriptedServer) -> None:
    server.at = {"mail": Act("550 5.7.1 come back tomorrow")}
    desk.run(*SEND, "--yes")
    server.at = {}
    desk.release(body=BODY.replace("Friday", "Sunday"))
    (desk.root / "lists" / "coast.csv").unlink()
    assert desk.run("resume", "lamps").code == 0
    assert times_taken(server) == dict.fromkeys(FIVE, 1)
    assert all("on Friday" in text_of(message) for message in server.accepted)


def test_a_mailing_that_nobody_knows_cannot_be_resumed(desk: Desk) -> None:
    desk.run(*SEND, "--yes")
    done = desk.run("resume", "lamp")
    assert done.code == 2
    assert 'did you mean "lamps"' in done.err


def test_another_relay_can_be_named(desk: Desk, server: ScriptedServer) -> None:
    main = '[relays.broken]\nhost = "127.0.0.1"\nport = 1\nsecurity = "plain"\n'
    text = (desk.root / "mailer.toml").read_text("utf-8").replace("[relays.main]", f"{main}\n[relays.main]")
    desk.write("mailer.toml", text)
    assert "relay broken" in desk.run(*SEND, "--dry-run").err
    assert desk.run(*SEND, "--relay", "main", "--yes", "--json").json["relay"] == "main"
    assert len(server.accepted) == 5
    wrong = desk.run(*SEND, "--relay", "mian", "--yes")
    assert wrong.code == 3
    assert 'did you mean "main"' in wrong.err


@pytest.mark.slow
def test_a_person_who_opts_out_while_the_mailing_runs_does_not_get_it(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, connections=1)
    gate = threading.Event()
    server.at = {"data": [Act(), *[Act(until=gate)] * 4]}
    process = desk.start(*SEND, "--yes", "--json")
    wait_until(lambda: server.commands.count("DATA") == 2)
    assert desk.run("optouts", "add", "ed@e.example.com").code == 0
    gate.set()
    done = finish(process)
    assert done.code == 0
    assert (done.json["accepted"], done.json["skipped_reasons"]) == (4, {"opted_out": 1})
    assert "ed@e.example.com" not in times_taken(server)
    assert desk.states()["ed@e.example.com"] == "skipped"


@pytest.mark.slow
def test_a_person_who_opts_out_between_recipient_and_text_does_not_get_it(desk: Desk, server: ScriptedServer) -> None:
    """The relay has answered 354, and the connection is closed before any byte of the body was written."""
    desk.people("coast", ["ada@a.example.com"])
    gate = threading.Event()
    server.at = {"data": [Act(until=gate)]}
    process = desk.start(*SEND, "--yes", "--json")
    wait_until(lambda: "DATA" in server.commands)
    desk.run("optouts", "add", "ada@a.example.com")
    gate.set()
    done = finish(process)
    assert done.json["skipped_reasons"] == {"opted_out": 1}
    assert server.accepted == []
    assert b"Lantern" not in bytes(server.received)


def test_a_mailing_of_people_who_are_all_suppressed_sends_nothing_and_ends_with_1(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.people("coast", ["ada@a.example.com"])
    desk.run("optouts", "add", "ada@a.example.com")
    done = desk.run(*SEND, "--yes", "--json")
    assert done.code == 1
    assert (done.json["state"], done.json["skipped"]) == ("finished", 1)
    assert server.connections == 0
    assert "Nothing was sent: every recipient is suppressed." in desk.run(*SEND, "--yes").err
