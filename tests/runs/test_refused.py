"""A relay that refuses everybody suppresses nobody: its dead addresses halt the mailing, and wait to be confirmed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.office import Desk, finish, text_of, times_taken, wait_until
from tests.servers import Act, Moment, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
DEAD = Act("550 5.1.1 no such user")
STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))]


@pytest.fixture(params=STORES)
def office(request: pytest.FixtureRequest, desk: Desk, server: ScriptedServer) -> Desk:
    """A press office with one connection, on each store."""
    more = ""
    if request.param == "postgres":
        more = f"[ledger]\nurl = {json.dumps(request.getfixturevalue('shared_url'))}\n"
    desk.settings(server, connections=1, more=more)
    return desk


@pytest.fixture
def refusing(server: ScriptedServer) -> Iterator[ScriptedServer]:
    server.at = {"rcpt": DEAD}
    yield server
    server.at = {}


def suppressed(desk: Desk) -> set[str]:
    return {each["email"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


def send_another(desk: Desk) -> Any:
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    done = desk.run("send", "wicks", "--to", "coast", "--yes", "--json")
    return done.code, done.json["skipped_reasons"], done.json["accepted"]


def refuse(server: ScriptedServer, dead: set[str]) -> None:
    server.recipients = dict.fromkeys(dead, DEAD)


@pytest.mark.slow
def test_five_dead_addresses_in_a_row_over_three_domains_halt_and_suppress_nobody(
    office: Desk, refusing: ScriptedServer
) -> None:
    people = office.people("coast", 12)
    done = office.run(*SEND)
    assert done.code == 1
    assert "The relay called 5 addresses in a row, at 5 domains, dead." in done.err
    report = office.report()
    assert (report["state"], report["rejected"], report["pending"]) == ("halted", 5, 7)
    assert report["dead_addresses"] == {"suppressed": 0, "unconfirmed": 0}
    assert suppressed(office) == set()
    refusing.at = {}
    assert send_another(office) == (0, {}, 12)
    assert set(times_taken(refusing)) == set(people)


@pytest.mark.slow
def test_whoever_a_relay_refused_by_mistake_gets_it_once_it_is_put_right(
    office: Desk, refusing: ScriptedServer
) -> None:
    people = office.people("coast", 12)
    halted = office.run(*SEND)
    assert "mailer resume lamps --refused" in halted.err
    office.run("optouts", "add", people[0])
    refusing.at = {}
    done = office.run("resume", "lamps", "--refused")
    report = office.report()
    assert set(times_taken(refusing)) == set(people[1:])
    assert set(times_taken(refusing).values()) == {1}
    assert (done.code, report["state"], report["accepted"]) == (1, "finished", 11)
    assert report["rejected"] + report["skipped"] == 1
    assert suppressed(office) == {people[0]}
    again = office.run("resume", "lamps", "--refused")
    assert again.code == 2
    assert set(times_taken(refusing).values()) == {1}


@pytest.mark.slow
def test_whoever_was_refused_gets_the_text_that_was_corrected_meanwhile(office: Desk, refusing: ScriptedServer) -> None:
    people = office.people("coast", 12)
    assert office.run(*SEND).code == 1
    refusing.at = {}
    office.release(body="The Lantern Museum opens its cellar on Saturday, not on Friday as we wrote.\n")
    assert office.run(*SEND, "--changed", "the wrong day").code == 1
    assert office.run("resume", "lamps", "--refused").code == 0
    assert times_taken(refusing) == dict.fromkeys(people, 1)
    assert ["Saturday" in text_of(each) for each in refusing.accepted] == [True] * 12


def test_whoever_is_refused_for_another_reason_than_a_dead_address_is_suppressed_by_no_run(
    office: Desk, server: ScriptedServer
) -> None:
    people = office.people("coast", 12)
    server.recipients = {people[3]: DEAD, people[7]: Act("554 5.7.1 this list may not be written to")}
    assert office.run(*SEND).code == 1
    report = office.report()
    assert (report["accepted"], report["rejected"]) == (10, 2)
    assert suppressed(office) == {people[3]}


@pytest.mark.slow
def test_a_dead_address_that_is_suppressed_is_not_brought_back_with_those_refused(
    office: Desk, refusing: ScriptedServer
) -> None:
    people = office.people("coast", 12)
    refusing.at = {}
    refuse(refusing, {people[4]})
    office.run(*SEND)
    refused = office.run("resume", "lamps", "--refused")
    assert (refused.code, "was refused and is not suppressed" in refused.err) == (2, True)
    refusing.recipients = {}
    assert office.run("optouts", "remove", "--from-mailing", "lamps").code == 0
    assert office.run("resume", "lamps", "--refused").code == 0
    assert set(times_taken(refusing)) == set(people)
    assert suppressed(office) == set()


@pytest.mark.slow
def test_a_cancelled_mailing_names_no_way_to_send_to_those_refused(office: Desk, refusing: ScriptedServer) -> None:
    office.people("coast", 12)
    assert "mailer resume lamps --refused" in office.run(*SEND).err
    office.run("cancel", "lamps", "--yes")
    assert "--refused" not in office.run("status", "lamps").said
    assert office.run("resume", "lamps", "--refused").code == 2
    refusing.at = {}


@pytest.mark.slow
def test_what_was_refused_before_the_halt_is_not_believed_after_the_relay_is_mended_either(
    office: Desk, refusing: ScriptedServer
) -> None:
    people = office.people("coast", 40)
    office.run(*SEND)
    refusing.at = {}
    refuse(refusing, {people[39]})
    assert office.run("resume", "lamps").code == 1
    report = office.report()
    assert (report["state"], report["accepted"], report["rejected"]) == ("finished", 34, 6)
    assert suppressed(office) == {people[39]}


@pytest.mark.slow
def test_a_mailing_that_staff_resumed_goes_on_whatever_the_relay_says_and_still_suppresses_nobody(
    office: Desk, refusing: ScriptedServer
) -> None:
    office.people("coast", 25)
    assert office.run(*SEND).code == 1
    again = office.run("resume", "lamps")
    assert again.code == 1
    report = office.report()
    assert (report["state"], report["rejected"]) == ("finished", 25)
    assert "not suppressed: less than half of the mailing was accepted" in again.err
    assert suppressed(office) == set()
    refusing.at = {}
    assert send_another(office) == (0, {}, 25)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_mailing_of_which_nobody_was_accepted_ends_with_1_each_time_and_suppresses_nobody(
    office: Desk, refusing: ScriptedServer, size: int
) -> None:
    office.people("coast", size)
    assert office.run(*SEND).code == 1
    assert office.report()["state"] == ("halted" if size >= 3 else "finished")
    assert office.run(*SEND).code == 1
    assert suppressed(office) == set()
    refusing.at = {}
    assert send_another(office) == (0, {}, size)


def test_repeating_a_finished_mailing_still_ends_with_0(office: Desk) -> None:
    assert [office.run(*SEND).code for _ in range(2)] == [0, 0]


@pytest.mark.slow
@pytest.mark.usefixtures("refusing")
def test_a_relay_that_refuses_everybody_at_one_domain_halts_after_ten(office: Desk) -> None:
    office.people("coast", [f"p{number}@daily.example.com" for number in range(30)])
    assert "The relay called 10 addresses in a row, at 1 domain, dead." in office.run(*SEND).err
    assert (office.report()["state"], office.report()["rejected"]) == ("halted", 10)
    assert suppressed(office) == set()


@pytest.mark.slow
def test_more_than_a_fifth_of_the_first_fifty_halts_and_just_a_fifth_does_not(
    office: Desk, server: ScriptedServer
) -> None:
    people = office.people("coast", [f"p{number:03}@daily.example.com" for number in range(60)])
    refuse(server, set(people[0:44:4]))  # the eleventh of them is the forty-first
    done = office.run(*SEND)
    assert "The relay called 11 of the first 41 addresses dead." in done.err
    assert suppressed(office) == set()


@pytest.mark.slow
def test_dead_addresses_suppress_once_half_of_the_mailing_was_accepted_and_not_before(
    office: Desk, server: ScriptedServer
) -> None:
    people = office.people("coast", 8)
    refuse(server, {people[1], people[3]})
    server.at = {"rcpt": [Act()] * 4 + [Act("550 5.4.5 daily quota exceeded")]}
    office.run(*SEND)
    report = office.report()
    assert (report["accepted"], report["rejected"], report["pending"]) == (2, 2, 4)
    assert report["dead_addresses"] == {"suppressed": 0, "unconfirmed": 2}
    assert suppressed(office) == set()
    assert office.run("resume", "lamps").code == 1
    assert office.report()["dead_addresses"] == {"suppressed": 2, "unconfirmed": 0}
    assert suppressed(office) == {people[1], people[3]}
    assert send_another(office) == (0, {"dead_address": 2}, 6)


@pytest.mark.slow
def test_several_processes_that_send_one_mailing_count_together(office: Desk, server: ScriptedServer) -> None:
    """Neither of the two meets more than a few: only both together see five in a row."""
    office.people("coast", 200)
    settings = (office.root / "mailer.toml").read_text("utf-8")
    office.write("mailer.toml", settings.replace("connections = 1", "connections = 2"))
    server.at = {"body": Act(delay_s=0.5)}
    first = office.start(*SEND)
    wait_until(lambda: server.connections == 2)
    second = office.start("resume", "lamps")
    wait_until(lambda: server.connections == 3)  # the first one has closed one of its two, and the second has it
    waiting, gate = set[int](), threading.Event()

    def answer(at: Moment) -> Act | None:
        if at.stage != "rcpt":
            return None
        waiting.add(at.connection)
        return Act(DEAD.reply, delay_s=0.1, until=gate)

    server.answer = answer
    wait_until(lambda: len(waiting) == 2)
    gate.set()
    ended = [finish(process) for process in (first, second)]
    assert [each.code for each in ended] == [1, 1]
    report = office.report()
    assert report["state"] == "halted"
    assert report["rejected"] <= 7  # five, and what was on the other's wire
    assert suppressed(office) == set()
    server.answer, server.at = (lambda _: None), {}
    assert office.run("resume", "lamps").code == 1
    assert office.report()["dead_addresses"] == {"suppressed": 0, "unconfirmed": 0}
    assert suppressed(office) == set()


@pytest.mark.slow
def test_what_a_killed_process_had_heard_counts_for_the_next_one(office: Desk, server: ScriptedServer) -> None:
    office.people("coast", 30)
    server.at = {"rcpt": [DEAD, DEAD, DEAD, DEAD, Act(silent=True)]}
    process = office.start(*SEND)
    wait_until(lambda: sum(line.startswith("RCPT") for line in server.commands) == 5)
    process.kill()
    process.communicate()
    server.at = {"rcpt": DEAD}
    assert "The relay called 5 addresses in a row" in office.run("resume", "lamps").err
    assert office.report()["state"] == "halted"
    assert suppressed(office) == set()


@pytest.mark.slow
def test_a_halt_for_another_reason_has_shown_staff_no_dead_addresses(office: Desk, server: ScriptedServer) -> None:
    office.people("coast", 40)
    server.at = {"rcpt": Act("550 5.4.5 daily quota exceeded")}
    assert office.run(*SEND).code == 1
    server.at = {"rcpt": DEAD}
    assert "The relay called 5 addresses in a row" in office.run("resume", "lamps").err
    assert office.report()["rejected"] == 5


@pytest.mark.slow
def test_an_old_list_is_asked_about_once_and_its_dead_addresses_count(office: Desk, server: ScriptedServer) -> None:
    people = office.people("coast", 80)
    dead = set(people[::16])
    refuse(server, dead)
    done = office.run(*SEND)
    assert "5 of the first 65 addresses are dead: is this an old list?" in done.err
    assert office.report()["state"] == "halted"
    assert "--refused" not in done.err  # all of them are suppressed: there are no recipients
    refused = office.run("resume", "lamps", "--refused")
    assert (refused.code, "mailer optouts remove --from-mailing lamps" in refused.err) == (2, True)
    assert office.run("resume", "lamps").code == 1
    assert office.report()["state"] == "finished"
    assert suppressed(office) == dead


@pytest.mark.slow
def test_a_whole_mailings_dead_addresses_are_taken_back_and_what_people_said_stays(
    office: Desk, server: ScriptedServer
) -> None:
    people = office.people("coast", 10)
    refuse(server, set(people[2:6:2]))
    assert office.run(*SEND).code == 1
    office.run("optouts", "add", people[0])
    office.run("optouts", "add", people[2])  # opted out since: a stronger reason
    office.run("optouts", "add", "else@e.example.com", "--reason", "dead_address")
    done = office.run("optouts", "remove", "--from-mailing", "lamps", "--json")
    assert done.code == 0, done.said
    assert done.json == {"mailing": "lamps", "was": "dead_address", "lifted": 1, "emails": [people[4]]}
    assert suppressed(office) == {people[0], people[2], "else@e.example.com"}
    kept = office.run("optouts", "list", people[4], "--json").json["suppressions"]
    assert [each["lifted_reason"] for each in kept] == ["taken back with all of lamps"]
    again = office.run("optouts", "remove", "--from-mailing", "lamps", "--json")
    assert (again.code, again.json["lifted"], again.json["emails"]) == (0, 0, [])
    refuse(server, set())
    assert send_another(office) == (0, {"opted_out": 2}, 8)


@pytest.mark.slow
def test_what_waits_to_be_confirmed_is_taken_back_with_the_mailing_too(office: Desk, server: ScriptedServer) -> None:
    people = office.people("coast", 6)
    refuse(server, {people[0]})
    server.at = {"rcpt": [Act(), Act("550 5.4.5 daily quota exceeded")]}
    office.run(*SEND)
    assert office.report()["dead_addresses"] == {"suppressed": 0, "unconfirmed": 1}
    assert office.run("optouts", "remove", "--from-mailing", "lamps").code == 0
    assert office.run("resume", "lamps").code == 1
    assert office.report()["accepted"] == 5
    assert suppressed(office) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("--from-mailing", "lumps"),
        ("--from-mailing", "lamps", "ada@a.example.com"),
        ("--from-mailing", "lamps", "--scope", "list:coast"),
        (),
    ],
)
def test_taking_back_a_mailing_refuses_what_cannot_be_meant(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.run(*SEND).code == 0
    assert desk.run("optouts", "remove", *words).code == 2
