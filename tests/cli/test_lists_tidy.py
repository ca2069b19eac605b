"""`mailer lists merge|split|dedupe`: several lists into one, one into several, and one person in several rows."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.office import Desk

ADA, BO, CY = "ada@daily.example.com", "bo@kust.example.net", "cy@c.example.org"
SHORE = f"""E-Mail;Name;Medium;Ressort;Telefon
{ADA};Ada Brook;The Daily;"Health, Arts";030 111111
{BO};Bo Lind;Kust;Health;
bad@nowhere;X;;;
"""
SCIENCE = f"""email,name,outlet,beat,floor
{BO},Bo Lind,Kustnytt,Science,3
{CY},Cy Dorn,C,,
"""


@pytest.fixture
def office(desk: Desk) -> Desk:
    (desk.root / "lists" / "coast.csv").unlink()
    desk.write("lists/shore.csv", SHORE)
    desk.write("lists/science.csv", SCIENCE)
    return desk


def done(desk: Desk, *words: str) -> Any:
    ran = desk.run("lists", *words, "--json")
    assert ran.code == 0, ran.said
    return ran.json


def text(desk: Desk, name: str) -> list[str]:
    return (desk.root / "lists" / name).read_text("utf-8-sig").splitlines()


def test_merge_makes_a_new_list_in_which_the_first_list_wins_and_says_what_differs(office: Desk) -> None:
    plan = done(office, "merge", "shore", "science", "--into", "all", "--yes")
    assert text(office, "all.csv") == [
        "E-Mail,Name,Medium,Ressort,Telefon,floor",
        f'{ADA},Ada Brook,The Daily,"Health, Arts",030 111111,',
        f"{BO},Bo Lind,Kust,Health,,3",
        f"{CY},Cy Dorn,C,,,",
    ]
    assert [(each["column"], each["kept"], each["other"]) for each in plan["differences"]] == [
        ("Medium", "Kust", "Kustnytt"),
        ("Ressort", "Health", "Science"),
    ]
    assert plan["left_out"][0]["message"].startswith('"bad@nowhere"')
    assert text(office, "shore.csv") == SHORE.splitlines()


def test_what_a_dry_run_shows_fits_on_the_screen_and_ends_in_saying_that_nothing_was_changed(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = "harbours and the people who live by them"
    office.write("lists/one.csv", f"email,name,beat\n{'m' * 30}@{'daily' * 6}.example.com,Mo,{long} in the north\n")
    office.write("lists/two.csv", f"email,name,beat\n{'m' * 30}@{'daily' * 6}.example.com,Mo,{long} in the south\n")
    for words in (("merge", "one", "two", "--into", "all", "--dry-run"), ("export", "shore", "--split-by", "beat")):
        before = office.files()
        ran = office.run("lists", *words)
        assert ran.code == (0 if "--dry-run" in words else 2)  # where nobody can be asked, a split needs --yes
        assert office.files() == before
        assert max(map(len, ran.out.splitlines())) <= 80
        assert "1 fields" not in ran.out


def test_a_column_that_is_not_there_is_answered_with_those_that_are_each_once(office: Desk) -> None:
    ran = office.run("lists", "export", "science", "--split-by", "bet", "--yes")
    assert ran.code == 2
    assert "It has: email, name, outlet, beat, floor" in ran.err


def test_merge_into_the_first_list_keeps_its_rows_and_undo_takes_it_back(office: Desk) -> None:
    plan = done(office, "merge", "shore", "science", "--into", "shore", "--yes")
    assert plan["added"] == 1
    assert text(office, "shore.csv") == [
        "E-Mail;Name;Medium;Ressort;Telefon;floor",
        *SHORE.splitlines()[1:2],
        f"{BO};Bo Lind;Kust;Health;;3",
        "bad@nowhere;X;;;",
        f"{CY};Cy Dorn;C;;;",
    ]
    assert office.run("lists", "undo", "--yes").code == 0
    assert text(office, "shore.csv") == SHORE.splitlines()


def test_merge_into_a_list_that_is_not_the_first_is_refused(office: Desk) -> None:
    ran = office.run("lists", "merge", "shore", "science", "--into", "science", "--yes")
    assert ran.code == 2
    assert "merge science" in ran.err
    assert office.run("lists", "merge", "shore", "--into", "x", "--yes").code == 2


def test_split_gives_every_value_its_rows_as_they_stand_and_nobody_is_lost(office: Desk) -> None:
    plan = done(office, "export", "shore", "--split-by", "beat", "--yes")
    assert [(each["value"], each["list"], each["rows"]) for each in plan["parts"]] == [
        ("Health", "shore-health", 2),
        ("Arts", "shore-arts", 1),
        ("", "shore-other", 1),
    ]
    lines = SHORE.splitlines()
    assert text(office, "shore-health.csv") == lines[:3]
    assert text(office, "shore-arts.csv") == lines[:2]
    assert text(office, "shore-other.csv") == [lines[0], lines[3]]


def test_split_of_a_workbook_gives_workbooks(office: Desk) -> None:
    book = Workbook()
    for row in (("email", "Country"), (ADA, "DE"), (BO, "SE"), (CY, "DE")):
        book.active.append(row)
    book.save(office.root / "lists" / "world.xlsx")
    done(office, "export", "world", "--split-by", "country", "--yes")
    sheet = load_workbook(office.root / "lists" / "world-de.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["email", "Country"],
        [ADA, "DE"],
        [CY, "DE"],
    ]


def test_split_shows_the_parts_first_and_refuses_what_it_cannot_do(office: Desk) -> None:
    assert "lists/shore-health.csv" in office.run("lists", "export", "shore", "--split-by", "Ressort").out
    assert not (office.root / "lists" / "shore-health.csv").exists()
    ran = office.run("lists", "export", "shore", "--split-by", "beet", "--yes")
    assert ran.code == 2
    assert 'did you mean "beat"' in ran.err
    office.write("lists/shore-arts.csv", SCIENCE)
    assert office.run("lists", "export", "shore", "--split-by", "beat", "--yes").code == 2
    assert not (office.root / "lists" / "shore-health.csv").exists()


def doubles(office: Desk) -> None:
    office.write(
        "lists/twice.csv",
        f"""email,name,outlet,phone,other_emails,beat
{ADA},Ada Brook,The Daily,,,
{ADA.upper()},,Daily,030 111111,,arts
{BO},Bo Lind,Kust,,,
ada.brook@weekly.example.org,Ada Brook,Weekly,+49 30 111111,,
news@kust.example.net,Bo Lind,Kust,,,
{CY},Cy Dorn,C,,cyd@home.example.org,
cyd@home.example.org,,,,,
""",
    )


def test_rows_of_one_address_become_one_and_what_would_be_lost_is_shown(office: Desk) -> None:
    doubles(office)
    plan = done(office, "dedupe", "twice", "--yes")
    sure = plan["proposals"][0]
    assert (sure["kind"], [row["line"] for row in sure["rows"]]) == ("same-address", [2, 3])
    assert sure["lost"] == [{"column": 'column "outlet"', "kept": "The Daily", "other": "Daily"}]
    assert plan["merged"] == [sure["id"]]
    assert text(office, "twice.csv")[1:3] == [f"{ADA},Ada Brook,The Daily,030 111111,,arts", f"{BO},Bo Lind,Kust,,,"]


def test_one_person_at_two_addresses_is_offered_and_never_merged_by_itself(office: Desk) -> None:
    doubles(office)
    done(office, "dedupe", "twice", "--yes")
    offered = done(office, "dedupe", "twice", "--yes")
    assert offered["merged"] == []
    assert {(each["why"], tuple(row["email"] for row in each["rows"])) for each in offered["proposals"]} == {
        ("the same name and telephone", (ADA, "ada.brook@weekly.example.org")),
        ("one has the other's address as a further one", (CY, "cyd@home.example.org")),
    }


def test_a_double_is_merged_in_every_list_when_it_is_named_with_the_address_that_stays(office: Desk) -> None:
    doubles(office)
    done(office, "dedupe", "twice", "--yes")
    office.write("lists/third.csv", f"email,name\n{ADA},Ada Brook\n")
    new = "ada.brook@weekly.example.org"
    name = next(each["id"] for each in done(office, "dedupe", "--all")["proposals"] if "telephone" in each["why"])
    assert done(office, "dedupe", "--all", "--apply", f"{name}={new}")["merged"] == [name]
    assert text(office, "third.csv") == ["email,name", f"{new},Ada Brook"]
    rows = [line for line in text(office, "twice.csv") if "Ada" in line]
    assert rows == [f"{new},Ada Brook,Weekly,+49 30 111111,{ADA},arts"]
    assert office.run("lists", "dedupe", "--all", "--apply", "nonsense").code == 2


def test_nobody_who_opted_out_is_mailed_at_another_address_by_a_merge(office: Desk) -> None:
    doubles(office)
    done(office, "dedupe", "twice", "--yes")
    assert office.run("optouts", "add", ADA).code == 0
    (offered,) = [each for each in done(office, "dedupe", "twice")["proposals"] if "telephone" in each["why"]]
    assert offered["suppressed"] == {ADA: "opted_out"}
    ran = office.run("lists", "dedupe", "twice", "--apply", offered["id"])
    assert ran.code == 2
    assert "is suppressed" in ran.err


def test_dedupe_shows_and_says_how_to_go_on(office: Desk) -> None:
    doubles(office)
    ran = office.run("lists", "dedupe", "twice", "--dry-run")
    assert ran.code == 0
    assert "one has the other's address" in ran.out
    assert "No duplicates found" in office.run("lists", "dedupe", "shore").out
