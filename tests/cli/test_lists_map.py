from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.office import Desk

ODD = """Wer;Haus;Kontakt;Vertretung
Ada Brook;Die Laterne;ada@laterne.example.com;bo@laterne.example.com
Cy Lind;Küstenfunk;cy@kuestenfunk.example.org;di@kuestenfunk.example.org
"""
TOMORROW = ODD + "Ed Marsh;Küstenfunk;ed@kuestenfunk.example.org;flo@kuestenfunk.example.org\n"


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.write("lists/odd.csv", ODD)
    return desk


def people(office: Desk, name: str, *words: str) -> list[str]:
    document: dict[str, Any] = json.loads(office.run("lists", "check", name, *words, "--json").out)
    return [each["email"] for each in document["recipients"]]


def test_what_was_said_once_holds_for_the_next_export_of_that_layout(office: Desk) -> None:
    assert people(office, "odd")[0] == "ada@laterne.example.com"
    done = office.run("lists", "check", "odd", "--map", "email=Vertretung", "--remember")
    assert done.code == 0, done.said
    assert "Saved: lists/.columns.toml" in done.err
    assert people(office, "odd") == ["bo@laterne.example.com", "di@kuestenfunk.example.org"]
    (office.root / "lists" / "december.csv").write_text(TOMORROW, "utf-8")
    assert people(office, "december")[-1] == "flo@kuestenfunk.example.org"
    assert "as decided earlier" in office.run("lists", "check", "december").out
    assert people(office, "december", "--map", "email=Kontakt")[0] == "ada@laterne.example.com"


def test_what_was_said_can_be_forgotten(office: Desk) -> None:
    office.run("lists", "check", "odd", "--map", "email=Vertretung", "--remember")
    done = office.run("lists", "check", "odd", "--forget", "--json")
    assert json.loads(done.out)["recipients"][0]["email"] == "ada@laterne.example.com"
    assert people(office, "odd")[0] == "ada@laterne.example.com"


def test_nothing_is_kept_that_nobody_asked_to_remember(office: Desk) -> None:
    assert "--remember" in office.run("lists", "check", "odd", "--map", "email=Vertretung").out
    assert not (office.root / "lists" / ".columns.toml").exists()


def test_list_without_header_is_known_by_its_name(office: Desk) -> None:
    rows = "".join(line + "\n" for line in ODD.splitlines()[1:])
    (office.root / "lists" / "bare.csv").write_text(rows, "utf-8")
    (office.root / "lists" / "other.csv").write_text(rows, "utf-8")
    office.run("lists", "check", "bare", "--map", "email=4", "--remember")
    assert people(office, "bare")[0] == "bo@laterne.example.com"
    assert people(office, "other")[0] == "ada@laterne.example.com"


@pytest.mark.parametrize(
    "words, phrase",
    [
        (["--map", "emial=Kontakt"], 'did you mean "email"'),
        (["--map", "email=Kontakd"], 'did you mean "Kontakt"'),
        (["--map", "email"], "write it as meaning=column"),
        (["--map", "email=Kontakt", "--forget"], "use --forget alone"),
        ([], "--remember keeps --map"),
    ],
)
def test_what_cannot_be_meant_is_told_and_not_kept(office: Desk, words: list[str], phrase: str) -> None:
    done = office.run("lists", "check", "odd", *words, *(() if "--forget" in words else ("--remember",)))
    assert done.code == 2
    assert phrase in done.said
    assert not (office.root / "lists" / ".columns.toml").exists()


def test_damaged_file_is_told_and_no_list_is_read_without_it(office: Desk) -> None:
    (office.root / "lists" / ".columns.toml").write_text("[[layout]\n", "utf-8")
    done = office.run("lists", "check", "odd")
    assert done.code == 2
    assert "lists/.columns.toml" in done.said


def test_import_keeps_what_was_said_for_the_next_import(office: Desk, tmp_path: Path) -> None:
    first, second = tmp_path / "november.csv", tmp_path / "december.csv"
    first.write_text(ODD, "utf-8")
    second.write_text(TOMORROW, "utf-8")
    done = office.run("lists", "import", str(first), "--as", "press", "--map", "email=Vertretung", "--yes")
    assert done.code == 0, done.said
    assert people(office, "press") == ["bo@laterne.example.com", "di@kuestenfunk.example.org"]
    done = office.run("lists", "import", str(second), "--into", "press", "--yes")
    assert done.code == 0, done.said
    assert people(office, "press")[-1] == "flo@kuestenfunk.example.org"


def test_how_one_file_is_encoded_is_no_business_of_others_with_its_header(office: Desk) -> None:
    (office.root / "lists" / "old.csv").write_bytes(
        "email,name\nada@laterne.example.com,Zo\u00eb\n".encode("mac_roman")
    )
    (office.root / "lists" / "new.csv").write_text("email,name\nbo@laterne.example.com,Bj\u00f6rn\n", "utf-8")
    assert office.run("lists", "check", "old", "--encoding", "mac_roman", "--remember").code == 0
    names = [
        json.loads(office.run("lists", "check", name, "--json").out)["recipients"][0]["name"] for name in ("old", "new")
    ]
    assert names == ["Zo\u00eb", "Bj\u00f6rn"]
    assert office.run("lists", "check", "old", "--map", "name=name", "--remember").code == 0
    assert 'encoding = "mac_roman"' in (office.root / "lists" / ".columns.toml").read_text("utf-8")
    assert office.run("lists", "check", "old", "--forget").code == 0
    assert "mac_roman" not in (office.root / "lists" / ".columns.toml").read_text("utf-8")
