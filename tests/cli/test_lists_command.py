from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.office import Desk, Done

COAST = """email,first_name,last_name,outlet,note
ada@daily.example.com,Ada,Brook,The Daily,
bo@kustnytt,Bo,Lindqvist,Kustnytt,
ADA@daily.example.com,A.,Brook,Daily,
tips@post.example.org,,,Post,"Two lines
of a note"
"""


def mailer(workspace: Path, *words: str) -> Done:
    return Desk(workspace).run(*words)


def answer(workspace: Path, *words: str) -> dict[str, Any]:
    run = mailer(workspace, *words, "--json")
    assert run.code == 0, run.err
    document: dict[str, Any] = run.json
    return document


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "coast.csv").write_text(COAST, "utf-8")
    return tmp_path


def test_list_shows_every_list_and_names_the_unreadable_one(workspace: Path) -> None:
    (workspace / "lists" / "empty.csv").write_text("", "utf-8")
    run = mailer(workspace, "lists", "list")
    assert run.code == 0
    assert ["coast", "2", "2", "lists/coast.csv"] in [line.split() for line in run.out.splitlines()]
    assert "empty.csv: is empty" in run.out
    lists = answer(workspace, "lists", "list")["lists"]
    assert [(each["name"], each["people"], each["left_out"]) for each in lists] == [
        ("coast", 2, {"invalid": 1, "duplicate": 1}),
        ("empty", 0, {}),
    ]


def test_list_without_lists_says_what_to_do(tmp_path: Path) -> None:
    assert "put a spreadsheet" in " ".join(mailer(tmp_path, "lists", "list").out.split())


def test_show_gives_the_first_people_and_how_to_see_more(workspace: Path) -> None:
    run = mailer(workspace, "lists", "show", "coast", "--limit", "1")
    assert "Ada Brook  The Daily  ada@daily.example.com     2" in run.out
    assert "tips@" not in run.out
    assert "1 more:   mailer lists show coast --limit 2" in run.out
    document = answer(workspace, "lists", "show", "coast")
    assert document["people"] == 2
    assert [contact["fields"]["email"] for contact in document["contacts"]] == [
        "ada@daily.example.com",
        "tips@post.example.org",
    ]


def test_check_counts_and_then_names_every_row_left_out(workspace: Path) -> None:
    run = mailer(workspace, "lists", "check", "coast")
    assert run.code == 0
    assert "Recipients  2 of 4 rows" in run.out
    assert "1 invalid · 1 duplicate" in run.out
    (line,) = (line for line in run.out.splitlines() if line.startswith("  coast.csv line 3 "))
    assert '"bo@kustnytt" is not an e-mail address: the domain has no dot' in line
    assert line.endswith("left out")


def test_check_takes_a_path_and_gives_the_document(workspace: Path) -> None:
    document = answer(workspace, "lists", "check", str(workspace / "lists" / "coast.csv"))
    assert document["file"] == "lists/coast.csv"
    assert [each["line"] for each in document["recipients"]] == [2, 5]
    assert [each["line"] for each in document["invalid"]] == [3]


def test_newline_in_a_name_is_named_by_row_and_column_and_nothing_else_suffers(workspace: Path) -> None:
    content = 'email,name\nada@example.org,"Ada\r\nBcc: x@example.net"\nbo@example.org,Bo\n'
    (workspace / "lists" / "bad.csv").write_bytes(content.encode())
    run = mailer(workspace, "lists", "check", "bad")
    assert run.code == 0
    assert 'bad.csv line 2  column "name" has a line break' in run.out
    assert "1 of 2 rows" in run.out


@pytest.mark.parametrize("words", [("check", "cost"), ("show", "cost")])
def test_unknown_list_exits_2_with_the_nearest_name(workspace: Path, words: tuple[str, str]) -> None:
    run = mailer(workspace, "lists", *words)
    assert run.code == 2
    assert 'did you mean "coast"?' in run.err
    assert "Traceback" not in run.err


def test_list_without_addresses_exits_2_and_says_which_columns_it_has(workspace: Path) -> None:
    (workspace / "lists" / "none.csv").write_text("Outlet,Journalist\nPost,Ada\n", "utf-8")
    run = mailer(workspace, "lists", "check", "none", "--json")
    assert run.code == 2
    assert '"Outlet", "Journalist"' in run.json["error"]["message"]


def test_reading_changes_nothing_on_disk(workspace: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    for words in (("list",), ("show", "coast"), ("check", "coast")):
        assert mailer(workspace, "lists", *words).code == 0
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in workspace.iterdir()) == ["lists"]


def test_check_shows_lines_that_depend_on_a_guessed_encoding(workspace: Path) -> None:
    rows = "".join(f"p{number}@example.org,Zoë {number}\n" for number in range(8))
    (workspace / "lists" / "old.csv").write_bytes(f"email,name\n{rows}".encode("mac_roman"))
    done = mailer(workspace, "lists", "check", "old")
    assert "Mac Roman" in done.out
    assert "line 2  p0@example.org,Zoë 0" in done.out
    assert "Zoë 4" in done.out
    assert "Zoë 5" not in done.out


@pytest.mark.slow
def test_check_reads_a_line_of_recipients_that_is_piped_in(workspace: Path) -> None:
    command = [sys.executable, "-m", "mailer", "--workspace", str(workspace), "lists", "check", "-", "--json"]
    pasted = 'To: "Brook, Ada" <ada@daily.example.com>; bo@daily.example.com'
    done = subprocess.run(command, input=pasted, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert [each["email"] for each in document["recipients"]] == ["ada@daily.example.com", "bo@daily.example.com"]
    assert document["file"] == "stdin"


def test_check_takes_what_a_person_says_about_the_file_and_show_what_is_remembered(workspace: Path) -> None:
    (workspace / "lists" / "old.csv").write_bytes("mail;who\nada@daily.example.com;Žofie|N\n".encode("cp1250"))
    words = ("--encoding", "cp1250", "--delimiter", ";", "--header-row", "1", "--map", "name=who")
    (found,) = answer(workspace, "lists", "check", "old", *words, "--remember")["recipients"]
    assert found["name"] == "Žofie|N"
    (person,) = answer(workspace, "lists", "show", "old")["contacts"]
    assert person["fields"]["name"] == "Žofie|N"


@pytest.mark.slow
def test_check_tells_of_many_rows_the_first_and_how_many_there_are(workspace: Path) -> None:
    rows = "".join(f"person {number}\n" for number in range(700))
    (workspace / "lists" / "bad.csv").write_text(f"email\nada@daily.example.com\n{rows}", "utf-8")
    done = mailer(workspace, "lists", "check", "bad")
    assert "1 of 701 rows" in done.out
    assert "… and 200 more (--json has all)" in done.out
