"""`mailer lists add|update|remove|move|undo`: contacts change in the staff's own files."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.office import Desk

ADA, BO, ZED = "ada@daily.example.com", "bo@kust.example.net", "zed@x.example.com"
COAST = f"E-Mail;Vorname;Nachname;Medium;Ressort\r\n{ADA};Ada;Brook;The Daily;sea\r\n{BO};Bo;Lind;Kust;\r\n"
ROW = f'"{ADA}",Ada Brook, Daily ,UK'  # a changed row loses its unnecessary quotes and blanks
SCIENCE = f"email,name,outlet,country\n{ROW}\n{ZED},Zed Q,X,DE\n"


@pytest.fixture
def office(desk: Desk) -> Desk:
    (desk.root / "lists" / "coast.csv").unlink()
    (desk.root / "lists" / "coast.csv").write_bytes(COAST.encode())
    desk.write("lists/science.csv", SCIENCE)
    return desk


def lists_of(office: Desk) -> tuple[str, str]:
    """Return the texts of the lists coast and science."""
    coast, science = ((office.root / "lists" / name).read_bytes().decode() for name in ("coast.csv", "science.csv"))
    return coast, science


def test_add_fills_columns_by_meaning_and_by_header(office: Desk) -> None:
    done = office.run(
        *("lists", "add", "coast", "Cy Dell <cy@evening.example.com>"),
        *("--set", "outlet=The; Evening", "--set", "ressort=art", "--yes"),
    )
    assert done.code == 0, done.said
    assert lists_of(office)[0] == COAST + 'cy@evening.example.com;Cy;Dell;"The; Evening";art\r\n'
    assert "coast new line" in done.out


def test_add_takes_several_people_at_once(office: Desk) -> None:
    done = office.run("lists", "add", "science", "a@x.example.com", "b@x.example.com", "--set", "outlet=X", "--yes")
    assert done.code == 0, done.said
    assert lists_of(office)[1] == SCIENCE + "a@x.example.com,,X,\nb@x.example.com,,X,\n"


def test_add_refuses_whoever_is_there_with_the_line_and_what_to_do(office: Desk) -> None:
    done = office.run("lists", "add", "coast", ADA.upper(), "--yes")
    assert done.code == 2
    assert "coast.csv:2:" in done.err
    assert "is on the list already" in done.err
    assert "mailer lists update" in done.err
    assert lists_of(office) == (COAST, SCIENCE)


def test_add_tells_whoever_is_suppressed(office: Desk) -> None:
    office.run("optouts", "add", "cy@evening.example.com", "--note", "on the phone")
    done = office.run("lists", "add", "coast", "cy@evening.example.com", "--yes", "--json")
    assert done.code == 0, done.said
    (problem,) = done.json["problems"]
    assert problem["code"] == "suppressed"
    assert "opted out" in problem["message"]
    assert "on the phone" in problem["message"]
    assert "cy@evening.example.com" in lists_of(office)[0]


def test_a_misspelt_column_is_told_with_the_nearest(office: Desk) -> None:
    done = office.run("lists", "add", "coast", "cy@x.example.com", "--set", "Resort=x", "--yes")
    assert done.code == 2
    assert 'coast.csv: has no column for "Resort"; did you mean "Ressort"?' in done.err
    done = office.run("lists", "update", ADA, "--set", "contry=x", "--yes")
    assert done.code == 2
    assert 'no list has a column for "contry"' in done.err


def test_a_column_is_added_where_asked(office: Desk) -> None:
    done = office.run("lists", "update", ADA, "--set", "Region=North", "--list", "coast", "--add-columns", "--yes")
    assert done.code == 0, done.said
    wanted = COAST.replace("Ressort\r", "Ressort;Region\r").replace(";sea\r", ";sea;North\r")
    assert lists_of(office) == (wanted, SCIENCE)


def test_update_changes_every_list_that_has_the_person_and_only_their_cells(office: Desk) -> None:
    done = office.run("lists", "update", ADA, "--set", "outlet=The Evening", "--set", "beat=", "--yes")
    assert done.code == 0, done.said
    assert lists_of(office) == (
        COAST.replace("The Daily;sea", "The Evening;"),
        SCIENCE.replace(ROW, f"{ADA},Ada Brook,The Evening,UK"),
    )
    assert "coast line 2" in done.out
    assert "The Daily → The Evening" in done.out
    assert 'science.csv: has no column for "beat"' in done.out


def test_update_says_where_nothing_changes(office: Desk) -> None:
    done = office.run("lists", "update", ADA, "--set", "outlet=The Daily", "--list", "coast")
    assert done.code == 0
    assert "the list already has this" in done.out
    assert not (office.root / ".mailer" / "undo").exists()


def test_a_new_address_takes_the_place_of_the_old_and_its_suppression_is_told(office: Desk) -> None:
    office.run("optouts", "add", ADA)
    done = office.run("lists", "update", ADA, "--set", "email=ada@evening.example.com", "--yes")
    assert done.code == 0, done.said
    new = "ada@evening.example.com"
    assert lists_of(office) == (COAST.replace(ADA, new), SCIENCE.replace(ROW, f"{new},Ada Brook,Daily,UK"))
    assert f"{ADA} is suppressed (opted out" in done.out
    assert "it applies to ada@evening.example.com" in done.out
    suppressed = {each["email"]: each["reason"] for each in office.run("optouts", "list", "--json").json["suppressed"]}
    assert suppressed == {ADA: "opted_out", "ada@evening.example.com": "opted_out"}


def test_a_dead_address_does_not_follow_the_person(office: Desk) -> None:
    office.run("optouts", "add", ADA, "--reason", "dead_address")
    done = office.run("lists", "update", ADA, "--set", "email=ada@evening.example.com", "--yes")
    assert done.code == 0, done.said
    assert "address dead" in done.out
    assert len(office.run("optouts", "list", "--json").json["suppressed"]) == 1


def test_a_dry_run_of_a_new_address_suppresses_nobody(office: Desk) -> None:
    office.run("optouts", "add", ADA)
    done = office.run("lists", "update", ADA, "--set", "email=ada@evening.example.com", "--dry-run")
    assert "so it applies to" in done.out
    assert len(office.run("optouts", "list", "--json").json["suppressed"]) == 1


def test_a_new_address_that_is_on_the_list_already_is_refused(office: Desk) -> None:
    done = office.run("lists", "update", ADA, "--set", f"email={BO}", "--yes")
    assert done.code == 2
    assert "coast.csv:3:" in done.err
    assert lists_of(office) == (COAST, SCIENCE)


def test_a_new_address_must_be_one(office: Desk) -> None:
    done = office.run("lists", "update", ADA, "--set", "email=ada@evening", "--yes")
    assert done.code == 2
    assert "not an e-mail address" in done.err


def test_remove_takes_people_out_of_all_lists(office: Desk) -> None:
    done = office.run("lists", "remove", "--everywhere", ADA, ZED, "--yes")
    assert done.code == 0, done.said
    coast, science = lists_of(office)
    assert coast == COAST.replace(f"{ADA};Ada;Brook;The Daily;sea\r\n", "")
    assert science == "email,name,outlet,country\n"
    assert office.run("lists", "add", "science", "new@x.example.com", "--yes").code == 0
    assert lists_of(office)[1] == "email,name,outlet,country\nnew@x.example.com,,,\n"


def test_remove_from_one_list_leaves_the_others(office: Desk) -> None:
    assert office.run("lists", "remove", "science", ADA, "--yes").code == 0
    assert lists_of(office)[0] == COAST
    assert ADA not in lists_of(office)[1]


def test_remove_of_nobody_changes_nothing(office: Desk) -> None:
    done = office.run("lists", "remove", "--everywhere", ADA, "nobody@x.example.com", "--yes")
    assert done.code == 2
    assert "nobody@x.example.com is not on any list" in done.err
    assert lists_of(office) == (COAST, SCIENCE)


def test_move_matches_columns_by_meaning_and_joins_the_name(office: Desk) -> None:
    done = office.run("lists", "add", "science", BO, "--from", "coast", "--yes")
    assert done.code == 0, done.said
    coast, science = lists_of(office)
    assert coast == COAST.replace(f"{BO};Bo;Lind;Kust;\r\n", "")
    assert science == SCIENCE + f"{BO},Bo Lind,Kust,\n"


def test_move_parts_a_name_of_two_words_and_tells_what_is_lost(office: Desk) -> None:
    done = office.run("lists", "add", "coast", ZED, "--from", "science", "--yes")
    assert done.code == 0, done.said
    assert lists_of(office)[0] == COAST + f"{ZED};Zed;Q;X;\r\n"
    assert 'coast.csv: has no column for "country", so its values are lost (1 person)' in done.out


def test_move_keeps_the_row_that_is_there(office: Desk) -> None:
    done = office.run("lists", "add", "science", ADA, "--from", "coast", "--yes", "--json")
    assert done.code == 0, done.said
    assert [each["code"] for each in done.json["problems"]] == ["there-already"]
    assert lists_of(office)[1] == SCIENCE
    assert ADA not in lists_of(office)[0]


def test_undo_puts_both_files_of_a_move_back(office: Desk) -> None:
    office.run("lists", "add", "science", BO, "--from", "coast", "--yes")
    assert office.run("lists", "undo", "--dry-run").code == 0
    assert lists_of(office) != (COAST, SCIENCE)
    done = office.run("lists", "undo", "--yes")
    assert done.code == 0, done.said
    assert "1 person moved from coast to science" in done.out
    assert lists_of(office) == (COAST, SCIENCE)
    assert office.run("lists", "undo", "--redo", "--yes", "--json").json["written"] is True
    assert BO in lists_of(office)[1]


def test_undo_lists_the_steps(office: Desk) -> None:
    assert "mailer has not changed any list" in office.run("lists", "undo", "--list").out
    office.run("lists", "remove", "--everywhere", ADA, "--yes")
    office.run("lists", "add", "coast", "x@x.example.com", "--yes")
    steps = office.run("lists", "undo", "--list", "--json").json["steps"]
    assert [each["what"] for each in steps] == ["1 person added to coast", "1 person removed from coast and science"]
    assert "lists/coast.csv, lists/science.csv" in office.run("lists", "undo", "--list").out


def test_nothing_is_written_without_a_yes(office: Desk) -> None:
    for words in (["remove", "--everywhere", ADA], ["undo"]):
        if words == ["undo"]:
            office.run("lists", "remove", "--everywhere", ZED, "--yes")
        before = lists_of(office)
        done = office.run("lists", *words)
        assert done.code == 2
        assert "--yes" in done.err
        assert lists_of(office) == before


def test_a_dry_run_shows_and_creates_nothing(office: Desk) -> None:
    before = office.files()
    done = office.run("lists", "remove", "--everywhere", ADA, "--dry-run", "--json")
    assert done.code == 0
    assert done.json["written"] is False
    assert [(row["list"], row["line"], row["action"]) for row in done.json["rows"]] == [
        ("coast", 2, "removed"),
        ("science", 2, "removed"),
    ]
    assert office.files() == before


@pytest.mark.parametrize(
    "words,phrase",
    [
        (["add", "coast", "x@x.example.com", "--set", "outlet"], "write it as COLUMN=TEXT"),
        (["add", "coast", "x@x.example.com", "--set", "outlet=a", "--set", "outlet=b"], "twice"),
        (["add", "coast", "x@x.example.com", "x@X.example.com"], "named twice"),
        (["add", "coast", "x@x.example.com", "--set", "outlet=a\nb"], "a line break"),
        (["add", "coast", "x@x.example.com", "--set", "outlet=a\x00b"], "control character"),
        (["add", "coast", "x@x.example.com", "--set", "Medium=a\nb"], "a line break"),
        (["add", "coast", "x@x.example.com", "--set", "email=y@x.example.com"], "the address is given already"),
        (["add", "coast", "x@x.example.com", "--set", "E-Mail=y@x.example.com"], "given already"),
        (["update", ADA, "--set", "E-Mail Address=y"], "no list has a column"),
        (["add", "nowhere", "x@x.example.com"], "there is no list"),
        (["update", ADA], "no change given"),
        (["add", "coast", ADA, "--from", "coast"], "both the list they are on"),
        (["add", "science", ZED, "--from", "coast"], "is not on coast"),
    ],
)
def test_what_cannot_be_is_told(office: Desk, words: list[str], phrase: str) -> None:
    done = office.run("lists", *words, "--yes")
    assert done.code == 2, done.said
    assert phrase in done.err
    assert lists_of(office) == (COAST, SCIENCE)


def test_no_line_is_wider_than_a_terminal(office: Desk) -> None:
    long = "x" * 150
    done = office.run("lists", "update", ADA, "--set", f"outlet={long}", "--dry-run")
    assert max(map(len, done.out.splitlines())) <= 100


@pytest.mark.slow
def test_whoever_says_yes_after_a_colleague_saved_the_list_is_told(office: Desk) -> None:
    theirs = COAST + "new@x.example.com;N;N;N;N\r\n"
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-m", "mailer", "--workspace", str(office.root), "lists", "remove", "--everywhere", ADA]
    process = subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    office.started.append(process)
    try:
        assert process.stderr is not None
        output = b""
        while b"[y/N]" not in output:
            read = os.read(process.stderr.fileno(), 1000)
            assert read, output
            output += read
        (office.root / "lists" / "coast.csv").write_bytes(theirs.encode())
        os.write(keyboard, b"y\n")
        _, err = process.communicate(timeout=60)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert process.returncode == 2
    assert "lists/coast.csv: has changed since it was read; nothing was overwritten" in err
    assert lists_of(office) == (theirs, SCIENCE)


def test_a_list_that_is_open_in_a_spreadsheet_program_is_not_written_to(office: Desk) -> None:
    office.write("lists/.~lock.coast.csv#", "Ida Marlow,ida,desk-2,24.11.2026 10:00,file:///;")
    done = office.run("lists", "remove", "--everywhere", ADA, "--yes")
    assert done.code == 2
    assert "is open in a spreadsheet program (Ida Marlow, desk-2)" in done.err
    assert lists_of(office) == (COAST, SCIENCE)


def test_the_column_of_the_address_is_changed_as_an_address_or_not_at_all(office: Desk) -> None:
    office.write("lists/desk.csv", f"Kontakt E-Mail,Name\n{ADA},Ada\n")
    done = office.run("lists", "update", ADA, "--list", "desk", "--set", "Kontakt E-Mail=nonsense", "--yes")
    assert done.code == 2
    assert '"Kontakt E-Mail" is the column of the address' in done.err
    assert "--set email=" in done.err


def test_a_list_that_cannot_be_written_back_stops_all_and_says_how_to_change_the_others(office: Desk) -> None:
    office.write("lists/cards.vcf", f"BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL:{ADA}\nEND:VCARD\n")
    done = office.run("lists", "remove", "--everywhere", ADA, "--yes")
    assert done.code == 2
    assert "cards.vcf: is an address book in vCard form, which is only read" in done.err
    assert "name one" in done.err
    assert lists_of(office) == (COAST, SCIENCE)
    for name in ("coast", "science"):
        assert office.run("lists", "remove", name, ADA, "--yes").code == 0
