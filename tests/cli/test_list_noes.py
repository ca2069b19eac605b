"""Opt-outs from one list when its contacts are copied to another, change their address, or are imported again."""

from __future__ import annotations

import pytest

from tests.office import Desk, times_taken
from tests.servers import ScriptedServer

ADA, BO, CY = "ada@daily.example.com", "bo@evening.example.com", "cy@c.example.com"
COAST = f"email,name,outlet,beat\n{ADA},Ada Brook,The Daily,sea\n{BO},Bo Lindqvist,Evening Post,arts\n"


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.write("lists/coast.csv", COAST)
    desk.write("lists/two.csv", f"email,name,outlet,beat\n{CY},Cy Moss,Cove FM,sea\n{BO},Bo Lindqvist,,arts\n")
    assert desk.run("optouts", "add", ADA, "--scope", "list:coast").code == 0
    return desk


def skipped(desk: Desk, *lists: str) -> dict[str, int]:
    words = [word for name in lists for word in ("--to", name)]
    done = desk.run("send", "lamps", *words, "--dry-run", "--json")
    assert done.code == 0, done.said
    found: dict[str, int] = done.json["skipped_reasons"]
    return found


def suppressions(desk: Desk) -> set[tuple[str, str]]:
    return {(each["email"], each["scope"]) for each in desk.run("optouts", "list", "--json").json["suppressed"]}


@pytest.mark.slow
@pytest.mark.parametrize("who", [ADA, "*@daily.example.com", "outlet:the daily"])
def test_a_merge_takes_along_who_said_no_to_one_of_the_lists(office: Desk, server: ScriptedServer, who: str) -> None:
    office.run("optouts", "remove", ADA, "--reason", "asked", "--evidence", "their mail")
    office.run("optouts", "add", who, "--scope", "list:coast")
    shown = office.run("lists", "merge", "coast", "two", "--into", "both", "--dry-run")
    assert f"{ADA}: suppressed" in shown.out
    assert (ADA, "list:both") not in suppressions(office)
    result = office.run("lists", "merge", "coast", "two", "--into", "both", "--yes", "--json").json
    assert result["suppressed"] == [{"email": ADA, "reason": "opted_out", "scope": "list:both"}]
    assert office.run("send", "lamps", "--to", "both", "--yes").code == 0
    assert set(times_taken(server)) == {BO, CY}


def test_who_has_a_lists_mail_keeps_it_when_others_are_merged_into_it(office: Desk) -> None:
    office.run("optouts", "add", BO, "--scope", "list:coast")
    assert office.run("lists", "merge", "two", "coast", "--into", "two", "--yes").code == 0
    assert suppressions(office) == {(ADA, "list:coast"), (BO, "list:coast"), (ADA, "list:two")}
    assert skipped(office, "two") == {"opted_out list:two": 1}


def test_a_split_takes_along_who_said_no_to_the_whole(office: Desk) -> None:
    result = office.run("lists", "export", "coast", "--split-by", "beat", "--yes", "--json").json
    assert result["suppressed"] == [{"email": ADA, "reason": "opted_out", "scope": "list:coast-sea"}]
    assert skipped(office, "coast-sea", "coast-arts") == {"opted_out list:coast-sea": 1}


def test_who_is_moved_takes_their_no_along(office: Desk) -> None:
    done = office.run("lists", "add", "two", ADA, BO, "--from", "coast", "--yes")
    assert done.code == 0, done.said
    assert f"{ADA}: suppressed" in done.out
    assert suppressions(office) == {(ADA, "list:coast"), (ADA, "list:two")}
    assert skipped(office, "two") == {"opted_out list:two": 1}


def test_a_no_to_a_list_goes_on_for_the_persons_new_address(office: Desk) -> None:
    done = office.run("lists", "update", ADA, "--set", "email=ada@new.example.com", "--yes")
    assert done.code == 0, done.said
    assert "opted out (list:coast)" in done.out
    assert skipped(office, "coast") == {"opted_out list:coast": 1}


def test_rows_of_one_person_who_said_no_to_a_list_are_not_merged_into_their_other_address(office: Desk) -> None:
    other = "ada.brook@new.example.com"
    office.write("lists/coast.csv", f"{COAST}{other},Ada Brook,The Daily,sea\n")
    (double,) = office.run("lists", "dedupe", "coast", "--json").json["proposals"]
    assert double["suppressed"] == {ADA: "opted_out list:coast"}
    done = office.run("lists", "dedupe", "coast", "--apply", f"{double['id']}={other}")
    assert (done.code, skipped(office, "coast")) == (2, {"opted_out list:coast": 1})


def test_whoever_is_added_to_a_list_that_they_said_no_to_is_told(office: Desk) -> None:
    office.run("lists", "remove", "--everywhere", ADA, "--yes")
    done = office.run("lists", "add", "coast", ADA, "--yes")
    assert "opted out (list:coast)" in done.out
    assert skipped(office, "coast") == {"opted_out list:coast": 1}


def test_a_dead_address_hides_no_other_no_from_the_new_address(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "dead_address")
    assert office.run("lists", "update", ADA, "--set", "email=ada@new.example.com", "--yes").code == 0
    assert suppressions(office) == {(ADA, "everywhere"), (ADA, "list:coast"), ("ada@new.example.com", "list:coast")}


@pytest.mark.parametrize("ending", ["html", "tab", "CSV", "list"])
def test_a_list_is_known_by_its_name_whatever_the_ending_of_its_file(office: Desk, ending: str) -> None:
    office.run("optouts", "add", ADA, "--scope", "list:wire")
    rows = [("email", "name"), (ADA, "Ada Brook"), (BO, "Bo Lindqvist")]
    text = "\n".join("\t".join(row) for row in rows)
    if ending == "html":
        text = "".join(f"<tr><td>{row[0]}</td><td>{row[1]}</td></tr>" for row in rows)
        text = f"<table>{text}</table>"
    path = office.write(f"elsewhere/wire.{ending}", text)
    assert skipped(office, str(path)) == {"opted_out list:wire": 1}


def test_an_undone_import_stays_undone_when_the_one_that_replaced_it_is_undone_too(office: Desk) -> None:
    first, second = office.write("one.csv", f"email\n{BO}\n"), office.write("two.csv", f"email,x\n{BO},y\n")
    assert office.run("optouts", "import", str(first), "--reason", "manual", "--yes").code == 0
    assert office.run("optouts", "import", str(second), "--reason", "opted_out", "--yes").code == 0
    assert office.run("optouts", "import", "--undo", "1", "--yes").code == 0
    assert (BO, "everywhere") in suppressions(office)
    assert office.run("optouts", "import", "--undo", "2", "--yes").code == 0
    assert (BO, "everywhere") not in suppressions(office)
