"""`mailer optouts import|export`: suppressions from and for other tools; an import is undone as a whole."""

from __future__ import annotations

import csv
import json

import pytest

from tests.office import Desk

ADA, BO, CY, DEE = "ada@a.example.com", "bo@b.example.com", "cy@c.example.com", "dee@d.example.com"
FILE = f"""\
email,reason,since
{ADA},unsubscribed,2024-05-01T10:00:00Z
{BO},hard bounce,
{CY},spam,
nobody,unsubscribed,
"""


def suppressions(desk: Desk) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


def import_file(desk: Desk, name: str = "old.csv", text: str = FILE, *words: str) -> dict[str, object]:
    path = desk.write(name, text)
    done = desk.run("optouts", "import", str(path), "--yes", "--json", *words)
    assert done.code == 0, done.said
    found: dict[str, object] = done.json
    return found


def test_a_dry_run_shows_and_writes_nothing(desk: Desk) -> None:
    path = desk.write("old.csv", FILE)
    done = desk.run("optouts", "import", str(path), "--dry-run", "--json")
    assert done.code == 0
    assert done.json["new_by_reason"] == {"opted_out": 1, "dead_address": 1, "complained": 1}
    assert (done.json["invalid"], done.json["written"]) == (1, False)
    assert done.json["problems"][0]["line"] == 5
    assert not (desk.root / ".mailer").exists()


def test_a_quotation_mark_that_is_never_closed_costs_no_row_and_its_line_is_named(desk: Desk) -> None:
    done = import_file(desk, "open.csv", f'email,note\n{ADA},"never closed\n{BO},\n')
    assert set(suppressions(desk)) == {ADA, BO}
    assert [each["line"] for each in done["problems"]] == [2]  # type: ignore[attr-defined]


def test_without_a_yes_and_without_a_terminal_nothing_is_written(desk: Desk) -> None:
    path = desk.write("old.csv", FILE)
    done = desk.run("optouts", "import", str(path))
    assert done.code == 2
    assert "--yes" in done.err
    assert suppressions(desk) == {}


def test_an_import_keeps_dates_and_a_second_one_adds_nothing(desk: Desk) -> None:
    first = import_file(desk)
    assert (first["new"], first["invalid"]) == (3, 1)
    assert suppressions(desk) == {ADA: "opted_out", BO: "dead_address", CY: "complained"}
    (story,) = desk.run("optouts", "list", ADA, "--json").json["suppressions"]
    assert (story["since"], story["source"]) == ("2024-05-01T10:00:00+00:00", "import")
    again = import_file(desk)
    assert (again["new"], again["known"]) == (0, 3)


def test_who_was_imported_is_skipped_by_the_next_mailing(desk: Desk) -> None:
    import_file(desk, text=f"{CY.upper()}\n*@b.example.com\n")
    result = desk.run("send", "lamps", "--to", "coast", "--yes", "--json").json
    assert result["skipped_reasons"] == {"opted_out": 1, "opted_out domain": 1}


def test_a_scope_and_a_reason_hold_for_the_whole_file(desk: Desk) -> None:
    import_file(desk, "plain.txt", f"{ADA}\n", "--scope", "list:coast", "--reason", "manual")
    (found,) = desk.run("optouts", "list", "--json").json["suppressed"]
    assert (found["scope"], found["reason"]) == ("list:coast", "manual")


def test_a_stronger_reason_takes_the_place_of_a_weaker_one_and_undoing_gives_it_back(desk: Desk) -> None:
    desk.run("optouts", "add", ADA, "--reason", "dead_address")
    desk.run("optouts", "add", BO, "--reason", "manual")
    result = import_file(desk)
    assert result["replaced"] == 1
    assert suppressions(desk) == {ADA: "opted_out", BO: "manual", CY: "complained"}
    undone = desk.run("optouts", "import", "--undo", str(result["import"]), "--yes", "--json")
    assert undone.json["lifted"] == 2
    assert suppressions(desk) == {ADA: "dead_address", BO: "manual"}


def test_undoing_leaves_what_somebody_else_says_too(desk: Desk) -> None:
    first = import_file(desk)
    desk.run("optouts", "add", ADA)  # by their own wish, now
    import_file(desk, "second.csv", f"email,reason\n{CY},spam\n")
    undone = desk.run("optouts", "import", "--undo", str(first["import"]), "--yes")
    assert undone.code == 0
    assert "in force again" in undone.out
    assert suppressions(desk) == {ADA: "opted_out", CY: "complained"}
    assert desk.run("optouts", "import", "--undo", str(first["import"]), "--yes").code == 2


def test_after_an_undone_import_the_same_file_can_come_again(desk: Desk) -> None:
    first = import_file(desk)
    desk.run("optouts", "import", "--undo", str(first["import"]), "--yes")
    assert suppressions(desk) == {}
    again = import_file(desk)
    assert again["new"] == 3
    assert again["import"] != first["import"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "json", "listmonk"])
def test_what_is_exported_can_be_imported_again(desk: Desk, form: str) -> None:
    import_file(desk)
    desk.run("optouts", "add", DEE, "--scope", "list:coast", "--note", "=1+1")
    desk.run("optouts", "add", "+plus@a.example.com")
    desk.run("optouts", "add", "*@outlet.example", "--reason", "manual")
    before = suppressions(desk)
    target = desk.root / f"out.{'json' if form == 'json' else 'csv'}"
    assert desk.run("optouts", "export", "--format", form, "--output", str(target)).code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    (desk.root / ".mailer").rename(desk.root / "was")
    done = desk.run("optouts", "import", str(target), "--yes", "--json")
    assert done.code == 0, done.said
    people = {email for email in before if "*" not in email and email != DEE}
    if form == "listmonk":
        assert set(suppressions(desk)) == people
    else:
        assert suppressions(desk) == before
        assert {
            each["email"] for each in desk.run("optouts", "list", "--scope", "list:coast", "--json").json["suppressed"]
        } == {DEE}


def test_an_export_never_widens_a_scope_and_warns_of_what_its_format_cannot_express(desk: Desk) -> None:
    desk.run("optouts", "add", ADA)
    desk.run("optouts", "add", BO, "--scope", "list:coast")
    desk.run("optouts", "add", CY, "--scope", "kind:follow-up", "--reason", "manual")
    desk.run("optouts", "add", "*@outlet.example", "--reason", "manual")
    desk.run("optouts", "add", "outlet:The Lantern", "--reason", "manual")
    done = desk.run("optouts", "export", "--format", "listmonk")
    assert [row["email"] for row in csv.DictReader(done.out.splitlines())] == [ADA]
    assert "4 left out: listmonk blocks an address completely" in " ".join(done.err.split())
    written = desk.run("optouts", "export", "--format", "listmonk", "--output", str(desk.root / "x.csv"), "--json").json
    assert (written["suppressed"], written["left_out"]) == (1, 4)
    for form in ("csv", "json"):
        done = desk.run("optouts", "export", "--format", form)
        assert "left out" not in done.err
        assert "list:coast" in done.out
        assert "kind:follow-up" in done.out


@pytest.mark.slow
@pytest.mark.parametrize("sign", ["=", "＝", "＋1", "－1", "＠", "﹦", " ＝"])
def test_a_full_width_formula_is_neutralised_in_an_export(desk: Desk, sign: str) -> None:
    desk.run("optouts", "add", ADA, "--note", f"{sign}HYPERLINK(1)")
    (row,) = csv.DictReader(desk.run("optouts", "export").out.splitlines())
    assert row["note"].startswith("'")


def test_an_export_runs_no_formula_and_goes_to_stdout_without_a_file(desk: Desk) -> None:
    desk.run("optouts", "add", ADA, "--note", "=HYPERLINK(1)")
    done = desk.run("optouts", "export")
    rows = list(csv.DictReader(done.out.splitlines()))
    assert rows[0]["note"] == "'=HYPERLINK(1)"
    assert json.loads(desk.run("optouts", "export", "--format", "json").out)["suppressed"][0]["email"] == ADA


def test_an_export_writes_over_no_file_unasked_and_tells_programs_what_it_wrote(desk: Desk) -> None:
    import_file(desk)
    mine = desk.write("mine.csv", "keep me")
    assert desk.run("optouts", "export", "--output", str(mine)).code == 2
    assert mine.read_text() == "keep me"
    done = desk.run("optouts", "export", "--output", str(mine), "--yes", "--json")
    assert (done.code, done.json["suppressed"], done.json["forgotten"]) == (0, 3, 0)
    assert ADA in mine.read_text()
    people = desk.run("optouts", "export", "--json").json["suppressed"]
    assert {each["email"] for each in people} == {ADA, BO, CY}


def test_who_was_forgotten_is_counted_and_cannot_be_exported(desk: Desk) -> None:
    desk.run("optouts", "add", ADA)
    desk.run("optouts", "add", BO)
    assert desk.run("contacts", "forget", ADA, "--yes").code == 0
    done = desk.run("optouts", "export")
    assert ADA not in done.out
    assert BO in done.out
    assert "1 more" in done.err


def test_an_export_of_an_office_without_a_ledger_has_a_header_alone(desk: Desk) -> None:
    assert desk.run("optouts", "export").out.splitlines() == ["email,reason,scope,since,source,note"]
    assert desk.run("optouts", "export", "--format", "json").json == {"suppressed": []}
    assert not (desk.root / ".mailer").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "there-is-none.csv"),
        ("import", "there-is-none.csv", "--undo", "1"),
        ("import", "--undo", "99", "--yes"),
        ("import", "x.csv", "--format", "mailchip"),
        ("import", "x.csv", "--reason", "whatever"),
        ("import", "x.csv", "--scope", "coast", "--dry-run"),
        ("export", "--format", "xml"),
        ("export", "--output", "no-such-folder/out.csv"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_trace(desk: Desk, words: tuple[str, ...]) -> None:
    desk.write("x.csv", f"{ADA}\n")
    named = [str(desk.root / word) if word == "x.csv" else word for word in words]
    done = desk.run("optouts", *named)
    assert done.code == 2
    assert "Traceback" not in done.said
    assert suppressions(desk) == {}


@pytest.mark.slow
def test_a_file_of_several_batches_has_each_person_once_and_by_the_strongest_reason(desk: Desk) -> None:
    rows = [f"p{number}@a.example.com,hard bounce\n" for number in range(10_500)]
    path = desk.write("many.csv", "email,reason\n" + "".join(rows) + f"P7@a.example.com,spam\n{rows[8]}*@b.example,\n")
    planned = desk.run("optouts", "import", str(path), "--dry-run", "--json").json
    done = import_file(desk, "many.csv", path.read_text("utf-8"))
    reasons = {"dead_address": 10_499, "complained": 1, "opted_out": 1}
    assert planned["new_by_reason"] == done["new_by_reason"] == reasons
    assert (planned["known"], done["known"], done["replaced"]) == (2, 2, 0)
    assert len(found := suppressions(desk)) == 10_501
    assert found["P7@a.example.com"] == "complained"
    assert import_file(desk, "many.csv", path.read_text("utf-8"))["new"] == 0


def test_a_file_of_nobody_begins_no_import(desk: Desk) -> None:
    done = import_file(desk, "active.csv", f"email,status\n{ADA},enabled\n")
    assert (done["new"], done["import"]) == (0, None)
