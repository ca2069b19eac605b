"""`mailer lists decide`: words that may ask for no mail are shown, and staff decide what they mean."""

from __future__ import annotations

import csv
import json
import sys
from types import FrameType

import pytest

from mailer.contacts.files.workbook import load_workbook
from tests.contacts.exporting import xlsx
from tests.office import Desk

LIST = """\
Name,Outlet,Email,Comments & notes
Ada Brook,The Lantern,ada@lantern.example.com,DO NOT EMAIL - asked to be removed 12/5
Bo Stone,The Quay,bo@quay.example.com,do not email before 9
Cy Marsh,The Reed,cy@reed.example.com,likes seals
Di Field,The Oak,di@oak.example.com,STOP
"""
ADA, BO, CY = "ada@lantern.example.com", "bo@quay.example.com", "cy@reed.example.com"


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.write("lists/odd.csv", LIST)
    return desk


def people(office: Desk, name: str = "odd") -> list[str]:
    return [each["email"] for each in json.loads(office.run("lists", "check", name, "--json").out)["recipients"]]


def test_check_shows_who_is_left_out_and_what_is_open_with_the_way_to_decide(office: Desk) -> None:
    assert people(office) == [BO, CY]
    shown = " ".join(office.run("lists", "check", "odd").out.split())
    assert "DO NOT EMAIL - asked to be removed 12/5" in shown
    assert "1 recipient may have asked not to be mailed" in shown
    assert "mailer lists decide odd.csv 3 --no-mail" in shown


def test_send_shows_what_is_open_before_it_asks(office: Desk) -> None:
    shown = office.run("send", "lamps", "--to", "odd", "--dry-run").said
    assert 'line 3 "do not email before 9"' in shown
    assert "mailer lists decide odd.csv 3 --no-mail   or   --may-mail" in shown
    assert "DO NOT EMAIL - asked to be removed" in shown


def test_import_shows_what_is_open_and_where_to_decide_it(office: Desk) -> None:
    office.write("export.csv", LIST)
    shown = office.run("lists", "import", str(office.root / "export.csv"), "--as", "new", "--dry-run").out
    assert "do not email before 9" in shown
    assert "Once it is imported: mailer lists decide new" in shown
    assert "DO NOT EMAIL" in shown
    document = office.run("lists", "import", str(office.root / "export.csv"), "--as", "new", "--dry-run", "--json").json
    assert [each["email"] for each in document["new"]] == [BO, CY]


def test_a_decision_holds_for_every_command_and_for_the_next_export_with_this_header(office: Desk) -> None:
    done = office.run("lists", "decide", "odd", "3", "--no-mail")
    assert done.code == 0, done.said
    assert people(office) == [CY]
    office.write("lists/december.csv", LIST.replace("Bo Stone", "Bo Stein"))
    assert people(office, "december") == [CY]
    office.run("lists", "decide", "odd", "before 9", "--may-mail")
    assert people(office) == [BO, CY]
    assert "may have asked" not in office.run("lists", "check", "odd").out
    assert (office.root / "lists" / "odd.csv").read_text("utf-8") == LIST


def test_what_is_decided_about_a_workbook_holds_and_its_bytes_are_read_in_the_sandbox_alone(office: Desk) -> None:
    book = xlsx([{"name": "Press", "rows": list(csv.reader(LIST.splitlines()))}])
    (office.root / "lists" / "book.xlsx").write_bytes(book)
    read_here: list[str] = []

    def watch(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code is load_workbook.__code__:
            read_here.append(frame.f_code.co_name)

    sys.setprofile(watch)
    try:
        done = office.run("lists", "decide", "book", "3", "--no-mail")
    finally:
        sys.setprofile(None)
    assert (done.code, read_here) == (0, []), done.said
    assert people(office, "book") == [CY]


def test_a_wish_with_more_words_can_be_decided_to_be_none(office: Desk) -> None:
    assert office.run("lists", "decide", "odd", "2", "--may-mail").code == 0
    assert people(office) == [ADA, BO, CY]


def test_a_bare_wish_is_never_decided_away_for_all_rows_at_once(office: Desk) -> None:
    done = office.run("lists", "decide", "odd", "5", "--may-mail")
    assert done.code == 2
    assert "empty that cell" in done.said


def test_what_is_open_and_what_was_decided_is_listed(office: Desk) -> None:
    office.run("lists", "decide", "odd", "3", "--may-mail")
    words = office.run("lists", "decide", "odd", "--json").json["words"]
    assert [(each["line"], each["state"], each["decided"]) for each in words] == [
        (2, "no_mail", False),
        (3, "may_mail", True),
        (5, "no_mail", False),
    ]


@pytest.mark.parametrize("words", [["3"], ["--no-mail"], ["3", "--no-mail", "--may-mail"], ["4", "--no-mail"]])
def test_what_cannot_be_meant_is_refused(office: Desk, words: list[str]) -> None:
    assert office.run("lists", "decide", "odd", *words).code == 2
    assert people(office) == [BO, CY]


def test_a_damaged_decision_is_told(office: Desk) -> None:
    office.write("lists/.columns.toml", '[[layout]]\nlist = "odd.csv"\nwishes = { "x" = "yes" }\n')
    done = office.run("lists", "check", "odd")
    assert done.code == 2
    assert "wishes.x: write true or false" in done.said
