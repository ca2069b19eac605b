"""`mailer lists import`: any file becomes a list or is added to one, and the staff's edits are kept."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from openpyxl import Workbook

from tests.office import Desk, in_the_ledger

EXPORT = """\
E-Mail;Vorname;Nachname;Medium;Telefon;Abgemeldet;LEID
ada@daily.example.com;Ada;Brook;The Daily;030 1;;1
bo@kust.example.net;Bo;Lind;Kust;;;2
cy@c.example.org;Cy;Dorn;C;;ja;3
bad@nowhere;X;Y;;;;4
news@kust.example.net;;;Kust;;;5
"""
ADA, BO, CY = "ada@daily.example.com", "bo@kust.example.net", "cy@c.example.org"


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.write("export.csv", EXPORT)
    return desk


def take(desk: Desk, file: str, *words: str, code: int = 0) -> Any:
    done = desk.run("lists", "import", str(desk.root / file), *words, "--json")
    assert done.code == code, done.said
    return done.json


def emails(people: list[dict[str, Any]]) -> list[str]:
    return [each["email"] for each in people]


def test_a_new_list_is_the_file_to_the_byte_and_undo_takes_it_back(office: Desk) -> None:
    data = EXPORT.replace("Brook", "Brück").encode("cp1252")
    (office.root / "export.csv").write_bytes(data)
    plan = take(office, "export.csv", "--as", "press", "--yes")
    assert (plan["list"], plan["target"], plan["mode"], plan["written"]) == ("press", "lists/press.csv", "new", True)
    assert (office.root / "lists" / "press.csv").read_bytes() == data
    assert plan["counts"]["new"] == 3
    assert [each["line"] for each in plan["invalid"]] == [5]
    assert plan["role_addresses"] == ["news@kust.example.net"]


def test_several_addresses_in_one_cell_are_told_with_what_to_do(office: Desk) -> None:
    office.write(
        "desks.csv", "Name,Email\nDesk,newsdesk@kust.example.net; pictures@kust.example.net\nBo,bo@b.example.org\n"
    )
    shown = " ".join(office.run("lists", "import", str(office.root / "desks.csv"), "--dry-run").out.split())
    assert "the first one gets the mail: line 2 newsdesk@kust.example.net, not pictures@kust.example.net" in shown
    assert "Give each address that is to get mail a row of its own." in shown


def test_a_dry_run_shows_the_plan_and_writes_nothing(office: Desk) -> None:
    done = office.run("lists", "import", str(office.root / "export.csv"), "--dry-run")
    assert done.code == 0
    assert "export: 3 people → lists/export.csv" in done.out
    assert "Ada Brook, The Daily" in done.out
    assert 'line 4): the list says "Abgemeldet: ja"' in done.out
    assert '"bad@nowhere" is not an e-mail address' in done.out
    assert done.err == "  Nothing was changed.\n"
    assert not (office.root / "lists" / "export.csv").exists()
    assert not (office.root / ".mailer").exists()


@pytest.mark.slow
def test_nobody_at_the_terminal_and_no_yes_is_a_refusal(office: Desk) -> None:
    command = [sys.executable, "-m", "mailer", "--workspace", str(office.root), "lists", "import", "export.csv"]
    done = subprocess.run(command, cwd=office.root, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"--yes" in done.stderr
    assert not (office.root / "lists" / "export.csv").exists()


def test_a_name_that_is_taken_is_refused_and_into_is_offered(office: Desk) -> None:
    done = office.run("lists", "import", str(office.root / "export.csv"), "--as", "Coast", "--yes")
    assert done.code == 2
    assert "--into coast" in done.err


@pytest.mark.parametrize(
    "words", [("--as", "../x"), ("--as", ".x"), ("--as", "a", "--into", "b"), ("--prune",), ("--into", "nolist")]
)
def test_what_makes_no_sense_is_refused(office: Desk, words: tuple[str, ...]) -> None:
    assert office.run("lists", "import", str(office.root / "export.csv"), *words, "--yes").code == 2


def test_into_a_list_comes_what_is_new_and_an_empty_cell_writes_over_nothing(office: Desk) -> None:
    office.write("lists/shore.csv", f"name,email,floor,outlet,phone\nAda Brook,{ADA},3,Daily,030 9\n")
    plan = take(office, "export.csv", "--into", "shore", "--yes")
    assert emails(plan["new"]) == [BO, "news@kust.example.net"]
    (ada,) = plan["changed"]
    assert ada["fields"] == [
        {"column": "outlet", "old": "Daily", "new": "The Daily"},
        {"column": "phone", "old": "030 9", "new": "030 1"},
    ]
    assert plan["columns_not_taken"] == ["Abgemeldet", "LEID"]
    assert (office.root / "lists" / "shore.csv").read_text().splitlines() == [
        "name,email,floor,outlet,phone",
        f"Ada Brook,{ADA},3,The Daily,030 1",
        f"Bo Lind,{BO},,Kust,",
        ",news@kust.example.net,,Kust,",
    ]


def test_columns_that_the_list_lacks_come_where_their_meaning_is_known_or_asked_for(office: Desk) -> None:
    office.write("lists/shore.csv", f"email,name\n{ADA},Ada Brook\n")
    plan = take(office, "export.csv", "--into", "shore", "--dry-run")
    assert plan["columns_added"] == ["Medium", "Telefon"]
    assert take(office, "export.csv", "--into", "shore", "--columns", "none", "--dry-run")["columns_added"] == []
    plan = take(office, "export.csv", "--into", "shore", "--columns", "leid", "--yes")
    assert plan["columns_added"] == ["LEID"]
    assert (office.root / "lists" / "shore.csv").read_text().splitlines()[:2] == [
        "email,name,LEID",
        f"{ADA},Ada Brook,1",
    ]
    assert take(office, "export.csv", "--into", "shore", "--columns", "lied", code=2)["error"]


def test_a_name_of_two_words_is_taken_apart_for_a_list_that_keeps_two_and_others_stay_whole(office: Desk) -> None:
    office.write("lists/shore.csv", f"email,first_name,last_name\n{ADA},Ada Maria,Brook\n{BO},Bo,van der Lind\n")
    office.write(
        "names.csv",
        f"Name,Email\nAda Brook,{ADA}\nBo van der Lind,{BO}\nCy Dorn,{CY}\nDi de la Cruz,di@d.example.org\n",
    )
    plan = take(office, "names.csv", "--into", "shore", "--yes")
    assert [(each["email"], each["fields"]) for each in plan["changed"]] == [
        (ADA, [{"column": "first_name", "old": "Ada Maria", "new": "Ada"}])
    ]
    assert (office.root / "lists" / "shore.csv").read_text().splitlines()[3:] == [
        f"{CY},Cy,Dorn,",
        "di@d.example.org,,,Di de la Cruz",
    ]


def test_what_staff_changed_since_the_last_import_stays_theirs(office: Desk) -> None:
    take(office, "export.csv", "--as", "press", "--yes")
    press = office.root / "lists" / "press.csv"
    press.write_text(press.read_text().replace("The Daily", "Daily (ring first)"))
    office.write("export (2).csv", EXPORT.replace("The Daily", "The Daily News").replace("030 1", "030 2"))
    plan = take(office, "export (2).csv", "--into", "press", "--yes")
    assert [each["fields"] for each in plan["changed"]] == [[{"column": "Telefon", "old": "030 1", "new": "030 2"}]]
    assert [each["fields"][0]["new"] for each in plan["kept"]] == ["The Daily News"]
    assert f"{ADA};Ada;Brook;Daily (ring first);030 2;;1" in press.read_text()


def test_an_import_that_was_undone_is_no_memory(office: Desk) -> None:
    take(office, "export.csv", "--as", "press", "--yes")
    press = office.root / "lists" / "press.csv"
    before = press.read_bytes()
    office.write("export-2.csv", EXPORT.replace("The Daily", "The Daily News"))
    take(office, "export-2.csv", "--into", "press", "--yes")
    press.write_bytes(before)
    plan = take(office, "export-2.csv", "--into", "press", "--yes")
    assert plan["kept"] == []
    assert b"The Daily News" in press.read_bytes()


def test_who_is_gone_stays_unless_pruned_and_whom_staff_added_is_never_gone(office: Desk) -> None:
    take(office, "export.csv", "--as", "press", "--yes")
    press = office.root / "lists" / "press.csv"
    press.write_text(press.read_text() + "own@o.example.org;Own;Find;O;;;\n")
    office.write("export.csv", EXPORT.replace(f"{BO};Bo;Lind;Kust;;;2\n", ""))
    assert emails(take(office, "export.csv", "--into", "press", "--yes")["gone"]) == [BO]
    assert BO in press.read_text()
    office.write("export.csv", EXPORT.replace(f"{BO};Bo;Lind;Kust;;;2\n", "").replace("030 1", "030 2"))
    assert emails(take(office, "export.csv", "--into", "press", "--yes")["gone"]) == [BO]
    assert emails(take(office, "export.csv", "--into", "press", "--prune", "--yes")["gone"]) == [BO]
    assert BO not in press.read_text()
    assert "own@o.example.org" in press.read_text()
    press.write_text(press.read_text() + f"{BO};Bo;Back;Kust;;;\n")
    assert take(office, "export.csv", "--into", "press", "--prune", "--yes")["gone"] == []


def test_pruning_takes_out_who_is_gone_from_a_list_that_was_never_imported(office: Desk) -> None:
    office.write("lists/shore.csv", f"email,name\n{ADA},Ada Brook\ngone@g.example.org,Gil Gone\n{CY},Cy Dorn\n")
    plan = take(office, "export.csv", "--into", "shore", "--prune", "--columns", "none", "--yes")
    assert emails(plan["gone"]) == ["gone@g.example.org"]
    assert [line.split(",")[0] for line in (office.root / "lists" / "shore.csv").read_text().splitlines()] == [
        *("email", ADA, CY, BO, "news@kust.example.net"),
    ]


def test_whom_the_file_marks_is_recorded_only_when_asked_for(office: Desk) -> None:
    plan = take(office, "export.csv", "--as", "press", "--yes")
    assert ([each["value"] for each in plan["marked"]], plan["recorded_optouts"], plan["not_recorded"]) == ([CY], 0, 1)
    assert not (office.root / ".mailer" / "ledger.db").exists()
    plan = take(office, "export.csv", "--into", "press", "--record-optouts", "--yes")
    assert (plan["recorded_optouts"], plan["not_recorded"]) == (1, 0)
    ((address, reason, source, note),) = in_the_ledger(office, "SELECT address, reason, source, note FROM suppression")
    assert (address, reason, source) == (CY, "opted_out", "import")
    assert note == 'export.csv line 4: the list says "Abgemeldet: ja"'
    assert take(office, "export.csv", "--into", "press", "--yes")["not_recorded"] == 0


def test_bounced_and_cleaned_people_are_dead_addresses_and_complaints_are_complaints(office: Desk) -> None:
    lines = f"{ADA},cleaned\n{ADA.upper()},cleaned\n{BO},complained\n{CY},unsubscribed\nok@o.example.org,subscribed\n"
    office.write("mc.csv", f"Email,Status\n{lines}")
    assert take(office, "mc.csv", "--dry-run")["not_recorded"] == 3
    take(office, "mc.csv", "--record-optouts", "--yes")
    rows = in_the_ledger(office, "SELECT address, reason FROM suppression ORDER BY address")
    assert rows == [(ADA, "dead_address"), (BO, "complained"), (CY, "opted_out")]


def test_each_mark_is_recorded_for_what_it_means_and_a_desk_is_no_person(office: Desk) -> None:
    lines = f"{ADA},do not contact\n{BO},no consent\nnews@n.example.org,do not contact\nok@o.example.org,active\n"
    office.write("crm.csv", f"Email,Status\n{lines}")
    take(office, "crm.csv", "--record-optouts", "--yes")
    rows = dict(in_the_ledger(office, "SELECT address, reason FROM suppression"))
    assert rows[ADA] == "do_not_contact"
    assert rows["news@n.example.org"] == "manual"
    assert "ok@o.example.org" not in rows


def test_a_persons_own_word_is_recorded_over_a_dead_address(office: Desk) -> None:
    assert office.run("optouts", "add", ADA, "--reason", "dead_address").code == 0
    office.write("mc.csv", f"Email,Status\n{ADA},unsubscribed\n{BO},subscribed\n")
    assert take(office, "mc.csv", "--record-optouts", "--yes")["recorded_optouts"] == 1
    rows = in_the_ledger(office, "SELECT reason FROM suppression WHERE lifted_at IS NULL")
    assert rows == [("opted_out",)]


def test_who_is_suppressed_is_shown_at_every_import_and_stays_blocked(office: Desk) -> None:
    assert office.run("optouts", "add", ADA, "--note", "on the phone").code == 0
    plan = take(office, "export.csv", "--as", "press", "--yes")
    (ada,) = plan["suppressed"]
    assert (ada["email"], ada["reason"], ada["note"]) == (ADA, "opted_out", "on the phone")
    assert ada["since"]
    done = office.run("lists", "import", str(office.root / "export.csv"), "--as", "again", "--dry-run")
    assert f"{ADA}   opted out, 20" in done.out


def test_somebody_on_the_list_whom_the_file_marks_is_pointed_out(office: Desk) -> None:
    office.write("lists/shore.csv", f"email,name\n{CY},Cy Dorn\n")
    plan = take(office, "export.csv", "--into", "shore", "--dry-run")
    assert plan["marked_but_on_the_list"] == [CY]
    done = office.run("lists", "import", str(office.root / "export.csv"), "--into", "shore", "--dry-run")
    assert "mailed unless suppressed" in done.out


def test_a_second_import_of_the_same_file_changes_nothing(office: Desk) -> None:
    take(office, "export.csv", "--as", "press", "--yes")
    before = (office.root / "lists" / "press.csv").stat().st_mtime_ns
    plan = take(office, "export.csv", "--into", "press", "--prune")
    assert (plan["written"], plan["new"], plan["changed"], plan["gone"]) == (False, [], [], [])
    assert (office.root / "lists" / "press.csv").stat().st_mtime_ns == before


def test_a_file_that_needs_a_choice_becomes_a_list_that_needs_none(office: Desk) -> None:
    office.write("odd.csv", f"Team list\nname,email\n{ADA},desk@d.example.org\n")
    plan = take(office, "odd.csv", "--header-row", "2", "--map", "email=name", "--as", "odd", "--yes")
    assert plan["list"] == "odd"
    shown = office.run("lists", "show", "odd", "--json").json
    assert [each["fields"]["email"] for each in shown["contacts"]] == [ADA]


def test_what_is_remembered_of_imports_holds_no_address_and_no_name(office: Desk) -> None:
    take(office, "export.csv", "--as", "press", "--yes")
    data = (office.root / ".mailer" / "imports" / "press.csv.json").read_bytes()
    assert ADA.encode() not in data
    assert b"Brook" not in data
    assert (office.root / ".mailer" / "imports" / "press.csv.json").stat().st_mode & 0o777 == 0o600


def test_who_is_forgotten_is_forgotten_in_what_is_remembered_of_imports(office: Desk) -> None:
    take(office, "export.csv", "--as", "press", "--yes")
    file = office.root / ".mailer" / "imports" / "press.csv.json"
    (remembered,) = json.loads(file.read_bytes())["imports"]
    assert office.run("contacts", "forget", ADA, "--yes").code == 0
    (now,) = json.loads(file.read_bytes())["imports"]
    assert len(now["people"]) == len(remembered["people"]) - 1
    plan = take(office, "export.csv", "--into", "press", "--yes")  # the row comes back, and no mail follows
    assert {each["email"]: each["reason"] for each in plan["suppressed"]} == {ADA: "do_not_contact"}
    assert ADA in (office.root / "lists" / "press.csv").read_text()


def test_somebody_who_refused_at_another_address_is_pointed_out(office: Desk) -> None:
    office.write("lists/old.csv", "email,name,outlet\nada@old.example.org,Ada Brook,The Daily\n")
    assert office.run("optouts", "add", "ada@old.example.org", "--reason", "do_not_contact").code == 0
    plan = take(office, "export.csv", "--as", "press", "--dry-run")
    assert [(each["email"], each["refused_as"]) for each in plan["may_have_refused"]] == [(ADA, "ada@old.example.org")]


def test_an_outlet_or_a_list_that_is_suppressed_is_shown_at_the_import(office: Desk) -> None:
    assert office.run("optouts", "add", "outlet:Kust").code == 0
    assert office.run("optouts", "add", ADA, "--scope", "list:press").code == 0
    plan = take(office, "export.csv", "--as", "press", "--dry-run")
    assert {each["email"]: each["reason"] for each in plan["suppressed"]} == {
        ADA: "opted_out list:press",
        BO: "opted_out outlet",
        "news@kust.example.net": "opted_out outlet",
    }
    assert emails(take(office, "export.csv", "--as", "other", "--dry-run")["suppressed"]) == [
        BO,
        "news@kust.example.net",
    ]


def test_what_a_column_means_is_remembered_and_how_one_file_is_encoded_is_not(office: Desk) -> None:
    office.write("lists/shore.csv", "email,other,name\nada@daily.example.com,x@x.example.org,Zoë\n")
    data = "email,other,name\nbo@kust.example.net,bo@home.example.org,Zoë\n".encode("cp852")
    (office.root / "mac.csv").write_bytes(data)
    plan = take(office, "mac.csv", "--encoding", "cp852", "--map", "email=other", "--as", "mac", "--yes")
    assert plan["converted"]
    names = [each["fields"]["name"] for each in office.run("lists", "show", "shore", "--json").json["contacts"]]
    assert names == ["Zoë"]
    office.write("next.csv", "email,other,name\ncy@c.example.org,cy@home.example.org,Cy\n")
    plan = take(office, "next.csv", "--as", "next", "--yes")
    assert (emails(plan["new"]), plan["converted"]) == (["cy@home.example.org"], None)


def test_what_is_to_be_typed_next_can_be_typed_as_it_stands(office: Desk) -> None:
    done = office.run("lists", "import", str(office.root / "export.csv"), "--as", "north coast", "--yes")
    assert "mailer lists show 'north coast'" in done.out
    assert "--into 'north coast' --record-optouts" in done.out


def test_whom_row_and_sheet_of_a_workbook_mark_is_told_once(office: Desk) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("Email", "Name"), (ADA, "Ada Brook"), (BO, "Bo Lind")):
        sheet.append(row)
    book.create_sheet("Do not contact").append((BO,))
    book.save(office.root / "book.xlsx")
    text = office.run("lists", "import", str(office.root / "book.xlsx"), "--dry-run").out
    assert "1 marked in the file as not to be mailed" in text
    assert text.count(BO) == 1


@pytest.mark.slow
def test_a_table_that_is_piped_in_becomes_a_csv(office: Desk) -> None:
    table = f"email,name\n{ADA},Ada Brook\n".encode()
    words = ("--workspace", str(office.root), "lists", "import", "-", "--as", "friday", "--yes")
    done = subprocess.run([sys.executable, "-m", "mailer", *words], input=table, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (office.root / "lists" / "friday.csv").read_bytes() == table


@pytest.mark.parametrize("words", [("--as", "coast2"), ("--into", "shore")])
def test_a_no_to_one_list_goes_along_where_that_list_is_imported_into_another(
    office: Desk, words: tuple[str, str]
) -> None:
    office.write("lists/coast.csv", f"email,name\n{ADA},Ada Brook\n{BO},Bo Lind\n")
    office.write("lists/shore.csv", f"email,name\n{CY},Cy Dorn\n")
    assert office.run("optouts", "add", ADA, "--scope", "list:coast").code == 0
    result = take(office, "lists/coast.csv", *words, "--yes")
    assert [(each["email"], each["scope"]) for each in result["carried_optouts"]] == [(ADA, f"list:{words[1]}")]
    scopes = in_the_ledger(office, "SELECT scope FROM suppression WHERE lifted_at IS NULL ORDER BY scope")
    assert scopes == [("list:coast",), (f"list:{words[1]}",)]
