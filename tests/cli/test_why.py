"""`mailer why`: in a mailing or not, with the reason that `send` would use."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.office import Desk
from tests.servers import ScriptedServer

ADA, BO, CY = "ada@daily.example.com", "bo@daily.example.com", "cy@evening.example.net"
FOR_LAMPS = ("--for", "lamps", "--to", "coast")


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Return a workspace with a release and a list of three."""
    desk.settings(None)
    desk.release()
    rows = ("email,name,outlet,beat", f"{ADA},Ada Brook,The Daily,sea", f"{BO},Bo,The Daily,", f"{CY},,,")
    desk.write("lists/coast.csv", "\n".join([*rows, ""]))
    return desk


def why(desk: Desk, *words: str) -> Any:
    done = desk.run("why", *words, "--json")
    assert done.code == 0, done.said
    return done.json


def codes(answer: Any) -> list[str]:
    return [each["code"] for each in answer["reasons"]]


def test_somebody_on_a_list_would_get_it_from_their_row(office: Desk) -> None:
    answer = why(office, ADA, *FOR_LAMPS)
    assert answer["in"] is True
    assert answer["reasons"][0] == {
        "code": "planned",
        "message": "is in coast.csv line 2",
        "list": "coast.csv",
        "row": 1,
        "line": 2,
    }


def test_case_and_spelling_of_the_address_do_not_matter(office: Desk) -> None:
    assert why(office, "ADA@Daily.Example.COM", *FOR_LAMPS)["in"] is True


def test_whoever_opted_out_would_not_get_it_with_the_date_and_the_note(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--note", "said so on the phone")
    answer = why(office, ADA, *FOR_LAMPS)
    assert answer["in"] is False
    assert codes(answer) == ["skipped", "suppressed"]
    assert "said so on the phone" in answer["reasons"][1]["message"]
    assert why(office, BO, *FOR_LAMPS)["in"] is True


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["*@daily.example.com", "outlet:The Daily"])
def test_what_stands_against_a_whole_house_is_told_of_each_person_there(office: Desk, whom: str) -> None:
    assert office.run("optouts", "add", whom, "--reason", "manual", "--note", "asked for a pause").code == 0
    answer = why(office, ADA, *FOR_LAMPS)
    assert answer["in"] is False
    assert codes(answer) == ["skipped", "suppressed"]
    assert re.search(r"is suppressed \(left out by staff, (domain|outlet)\)", answer["reasons"][0]["message"])
    assert "asked for a pause" in answer["reasons"][1]["message"]
    assert why(office, CY, *FOR_LAMPS)["in"] is True


@pytest.mark.slow
@pytest.mark.parametrize(
    "words,code",
    [
        (("--where", 'beat == "sea"'), "filtered"),
        (("--limit", "1"), "beyond_limit"),
        (("--except", "partners"), "excluded"),
        (("--to", "science"), "duplicate"),
    ],
)
def test_the_rule_that_keeps_somebody_out_is_named(office: Desk, words: tuple[str, ...], code: str) -> None:
    office.write("lists/partners.csv", f"email\n{BO}\n")
    office.write("lists/science.csv", f"email\n{BO}\n")
    answer = why(office, BO, *FOR_LAMPS, *words)
    assert code in codes(answer)
    assert answer["in"] is (code == "duplicate")


def test_the_cap_of_an_outlet_counts_the_others_though_no_message_of_theirs_is_made(office: Desk) -> None:
    office.settings(None, more="[audience]\nper_outlet = 1\n")
    answer = why(office, BO, *FOR_LAMPS)
    assert answer["in"] is False
    assert codes(answer) == ["outlet_cap"]
    assert "Ada Brook" in answer["reasons"][0]["message"]


def test_a_row_that_is_no_address_names_the_person_who_stands_in_it(office: Desk) -> None:
    office.write("lists/coast.csv", f"email,name,unsubscribed\n{ADA},Ada,yes\n")
    answer = why(office, ADA, *FOR_LAMPS)
    assert answer["in"] is False
    assert codes(answer) == ["marked"]
    assert answer["reasons"][0]["line"] == 2


def test_somebody_on_no_list_is_told_so(office: Desk) -> None:
    answer = why(office, "nobody@daily.example.com", *FOR_LAMPS)
    assert (answer["in"], codes(answer)) == (False, ["not_listed"])
    assert answer["reasons"][0]["message"] == "is not on coast"
    office.write("lists/science.csv", f"email\n{BO}\n")
    more = why(office, "nobody@daily.example.com", *FOR_LAMPS, "--to", "science")
    assert more["reasons"][0]["message"] == "is on none of these lists: coast, science"


def test_what_keeps_the_mailing_from_everybody_is_told_beside_the_persons_own_reasons(office: Desk) -> None:
    office.release(body="Hello {{ contact.fist_name }}, the cellar opens.\n\nMore follows on Friday.")
    office.write("templates/release/email.html", "<p>{{ contact.fist_name }}</p>")
    office.write("templates/release/email.txt", "{{ contact.fist_name }}")
    office.write("templates/release/subject.txt", "{{ release.headline }}")
    answer = why(office, ADA, *FOR_LAMPS)
    assert answer["in"] is False
    assert any("fist_name" in each["message"] for each in answer["stops"])
    assert codes(answer) == ["planned"]
    done = office.run("why", ADA, *FOR_LAMPS)
    assert "It cannot be sent as it is" in done.out


@pytest.mark.slow
def test_of_a_mailing_that_was_sent_the_ledger_answers(office: Desk, server: ScriptedServer) -> None:
    office.settings(server)
    office.run("optouts", "add", BO)
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 0
    got, skipped, absent = (why(office, each, "lamps") for each in (ADA, BO, "new@daily.example.com"))
    assert (got["in"], codes(got)) == (True, ["accepted"])
    assert (skipped["in"], codes(skipped)[0]) == (False, "skipped")
    assert (absent["in"], codes(absent)) == (False, ["not_planned"])
    assert why(office, ADA)["deliveries"][0]["state"] == "accepted"
    again = why(office, ADA, *FOR_LAMPS)
    assert (again["in"], codes(again)) == (False, ["already_planned"])


def test_the_question_creates_nothing(office: Desk) -> None:
    before = office.files()
    why(office, ADA, *FOR_LAMPS)
    why(office, ADA)
    assert office.files() == before


@pytest.mark.parametrize(
    "words,phrase",
    [
        ((ADA, "lamps", *FOR_LAMPS), "give either a MAILING"),
        ((ADA, "--for", "lamps"), "--to LIST"),
        ((ADA, "--to", "coast"), "--for"),
        (("ada(at)daily", *FOR_LAMPS), "has no @"),
        ((ADA, "lamps"), "no mailing"),
        ((ADA, "--for", "lamps", "--to", "cost"), 'did you mean "coast"'),
    ],
)
def test_what_cannot_be_asked_is_told_with_what_to_type(office: Desk, words: tuple[str, ...], phrase: str) -> None:
    done = office.run("why", *words)
    assert phrase in done.said
    assert "Traceback" not in done.said


@pytest.mark.parametrize("words", [("lamp", "coast"), ("lamps", "coats")], ids=" ".join)
def test_a_release_or_a_list_that_is_not_there_is_no_answer(office: Desk, words: tuple[str, str]) -> None:
    done = office.run("why", ADA, "--for", words[0], "--to", words[1])
    assert done.code == 2
    assert "did you mean" in done.err
