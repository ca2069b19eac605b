"""`mailer lists find|list --stats|export|check --all`: what is on the lists, and what the ledger knows about it."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.office import Desk

ADA, BO, CY = "ada@daily.example.com", "bo@kust.example.net", "cy@c.example.org"
COAST = f"""email,first_name,last_name,outlet,beat,country,last_verified_at
{ADA},Ada,Brøok,The Daily,"health, arts",DE,2020-01-01
{BO},Bo,Lind,Kust,health,SE,
news@kust.example.net,,,Kust,,SE,
bo@nowhere,Bo,,,,,
"""
SCIENCE = f"""Name,E-Mail,Medium,Notiz
Ada Brook,{ADA},Daily Planet,walks the dog
Cy Dorn,{CY},C,
"""


@pytest.fixture
def office(desk: Desk) -> Desk:
    (desk.root / "lists" / "coast.csv").unlink()
    desk.write("lists/shore.csv", COAST)
    desk.write("lists/science.csv", SCIENCE)
    return desk


def test_find_joins_the_rows_of_a_person_over_all_lists(office: Desk) -> None:
    found = office.run("lists", "find", "brook", "--json").json
    (ada,) = found["people"]
    assert (ada["email"], ada["outlet"]) == (ADA, "Daily Planet")
    assert [(place["list"], place["line"]) for place in ada["places"]] == [("science.csv", 2), ("shore.csv", 2)]


def test_find_looks_into_every_cell_and_into_rows_that_are_left_out(office: Desk) -> None:
    done = office.run("lists", "find", "DOG")
    assert "Notiz: walks the dog" in done.out
    assert 'left out: "bo@nowhere"' in office.run("lists", "find", "nowhere").out
    assert "No contact" in office.run("lists", "find", "unicorn").out


def test_find_shows_what_was_sent_and_what_stands_against_writing_again(office: Desk) -> None:
    assert office.run("send", "lamps", "--to", "shore", "--yes").code == 0
    assert office.run("optouts", "add", ADA, "--note", "on the phone").code == 0
    done = office.run("lists", "find", ADA)
    assert "lamps · accepted" in done.out
    assert "opted out since" in done.out
    assert "on the phone" in done.out
    (ada,) = office.run("lists", "find", ADA, "--json").json["people"]
    assert [each["state"] for each in ada["deliveries"]] == ["accepted"]
    assert ada["suppressed"] == ["opted_out"]


def test_find_by_address_tells_of_somebody_who_is_on_no_list_any_more(office: Desk) -> None:
    assert office.run("send", "lamps", "--to", "shore", "--yes").code == 0
    (office.root / "lists" / "shore.csv").unlink()
    assert "on none; the address is in the ledger" in office.run("lists", "find", BO).out


def test_find_leaves_no_ledger_behind(office: Desk) -> None:
    assert office.run("lists", "find", "ada").code == 0
    assert office.run("lists", "list", "--stats").code == 0
    assert not (office.root / ".mailer").exists()


def test_stats_count_people_once_and_say_when_they_were_last_mailed(office: Desk) -> None:
    assert office.run("send", "lamps", "--to", "shore", "--yes").code == 0
    assert office.run("optouts", "add", BO).code == 0
    document = office.run("lists", "list", "--stats", "--json").json
    shore = next(each for each in document["lists"] if each["name"] == "shore")
    assert (shore["people"], shore["role_addresses"], shore["left_out"]) == (3, 1, {"invalid": 1})
    assert shore["beats"] == {"health": 2, "arts": 1}
    assert shore["countries"] == {"SE": 2, "DE": 1}
    assert shore["outlets"] == {"Kust": 2, "The Daily": 1}
    assert (shore["ever_mailed"], shore["suppressed"], shore["unverified_12_months"]) == (3, {"opted_out": 1}, 3)
    assert shore["last_mailed"]
    together = document["together"]
    assert (together["people"], together["ever_mailed"], together["suppressed"]) == (4, 3, {"opted_out": 1})
    text = office.run("lists", "list", "shore", "--stats").out
    assert "3 ever mailed, 0 never" in text
    assert "none verified within 12 months (by the column last_verified_at" in " ".join(text.split())


def test_an_export_that_is_asked_for_as_json_is_one_document_or_refused(office: Desk) -> None:
    assert office.run("lists", "export", "shore", "--json").json["people"]
    for form in ("vcf", "csv", "xlsx"):
        done = office.run("lists", "export", "shore", "--format", form, "--json")
        assert (done.code, done.json["error"]["code"]) == (2, "input")
        file = str(office.root / f"out.{form}")
        assert office.run("lists", "export", "shore", "--output", file, "--json").json["format"] == form


def test_export_marks_who_is_suppressed_or_leaves_them_out(office: Desk) -> None:
    assert office.run("optouts", "add", ADA).code == 0
    done = office.run("lists", "export", "shore", "science")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {row["email"]: row["do_not_mail"][:9] for row in rows} == {
        ADA: "opted out",
        BO: "",
        "news@kust.example.net": "",
        CY: "",
    }
    left = office.run("lists", "export", "shore", "--suppressed", "leave-out", "--format", "json")
    assert ADA not in {each["email"] for each in json.loads(left.out)["people"]}


def test_export_into_a_file_is_private_and_never_writes_over_one_unasked(office: Desk) -> None:
    target = office.root / "out.csv"
    assert office.run("lists", "export", "shore", "--output", str(target)).code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_bytes().startswith(b"\xef\xbb\xbfemail")
    again = office.run("lists", "export", "science", "--output", str(target))
    assert again.code == 2
    assert "--yes" in again.err
    assert "--dry-run" not in again.err  # it has none
    assert b"walks" not in target.read_bytes()


def test_export_carries_the_marks_of_the_list_itself(office: Desk) -> None:
    office.write("lists/marks.csv", f"email,name,Unsubscribed\n{ADA},Ada,yes\n{BO},Bo,\n")
    rows = list(csv.DictReader(io.StringIO(office.run("lists", "export", "marks").out)))
    assert {row["email"]: row["do_not_mail"] for row in rows} == {BO: "", ADA: 'the list says "Unsubscribed: yes"'}
    assert {row["email"]: row["name"] for row in rows} == {BO: "Bo", ADA: "Ada"}
    some = list(csv.DictReader(io.StringIO(office.run("lists", "export", "marks", "--where", 'name == "Bo"').out)))
    assert {row["email"]: row["name"] for row in some} == {BO: "Bo", ADA: ""}


def test_show_says_that_nobody_matches(office: Desk) -> None:
    done = office.run("lists", "show", "shore", "--where", 'name == "Nobody"')
    assert (done.code, "No contact of shore matches --where." in done.said) == (0, True)


def test_check_all_reads_every_list_and_tells_where_they_differ(office: Desk) -> None:
    office.write("lists/broken.csv", "")
    done = office.run("lists", "check", "--all")
    assert done.code == 0
    assert "lists/shore.csv" in done.out
    assert "1 invalid" in done.out
    assert "broken.csv: is empty" in done.out
    assert "Daily Planet (science.csv)" in done.out
    document = office.run("lists", "check", "--all", "--json").json
    assert [each["lists"] for each in document["on_several"]] == [["science.csv", "shore.csv"]]
    assert {each["column"] for each in document["differences"]} == {"Medium", "Name"}
    assert len(document["lists"]) == 3


def test_check_without_a_list_says_what_to_give(office: Desk) -> None:
    assert office.run("lists", "check").code == 2
    assert office.run("lists", "check", "shore", "--all").code == 2
