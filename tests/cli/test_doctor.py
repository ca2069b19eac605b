"""`mailer doctor`: the problems of a desk, and adopting a refused ledger."""

from __future__ import annotations

import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.office import Desk, environment, finish
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


def states(desk: Desk, **env: str) -> dict[str, Any]:
    """Return the findings of the doctor about this machine, by name."""
    done = desk.run("doctor", "--offline", "--json", env=env)
    document = done.json
    assert done.code == (0 if document["good"] else 3)
    return {each["name"]: each for each in document["checks"]}


def wrong(desk: Desk, **env: str) -> dict[str, str]:
    return {name: each["message"] for name, each in states(desk, **env).items() if each["state"] == "wrong"}


@pytest.fixture
def older(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a restored ledger that lacks three recipients and an opt-out."""
    desk.people("first", ["ada@a.example.com", "bo@b.example.com"])
    desk.run("send", "lamps", "--to", "first", "--yes")
    kept = tmp_path_factory.mktemp("kept")
    shutil.copytree(desk.root / ".mailer", kept, dirs_exist_ok=True)
    desk.run(*SEND)
    shutil.rmtree(desk.root / ".mailer")
    shutil.copytree(kept, desk.root / ".mailer")
    return desk


def test_a_new_desk_is_good_and_looking_makes_nothing(desk: Desk) -> None:
    before = desk.files()
    found = states(desk)
    assert {each["state"] for each in found.values()} == {"ok"}
    assert "none yet" in found["ledger"]["message"]
    assert desk.files() == before


def test_a_desk_at_work_is_good_and_told_in_full(desk: Desk) -> None:
    desk.run(*SEND)
    found = states(desk)
    assert {each["state"] for each in found.values()} == {"ok"}
    assert (found["durability"]["journal_mode"], found["durability"]["synchronous"]) == ("wal", "full")
    assert (found["right ledger"]["runs"], found["right ledger"]["remembered"]) == (3, 3)
    assert found["ledger's place"]["file"] == str(desk.root / ".mailer" / "ledger.db")
    shown = desk.run("doctor", "--offline")
    assert shown.code == 0
    printed = " ".join(shown.out.split())
    for name, each in found.items():
        assert name == "disk" or " ".join(each["message"].split()) in printed  # others write to the disk, too


def test_settings_that_cannot_be_read_are_told_with_their_line(desk: Desk) -> None:
    desk.write("mailer.toml", "[senders.main]\nnmae = 'x'\n")
    found = states(desk)["settings"]
    assert (found["code"], "mailer.toml:2" in found["message"]) == ("settings-broken", True)


def test_a_desk_without_a_relay_is_a_note(desk: Desk) -> None:
    desk.settings(None)
    assert states(desk)["settings"]["code"] == "settings-empty"


@pytest.mark.parametrize("left", [None, "1 " + "5a" * 32])
def test_keys_that_are_not_the_ledgers_are_told(desk: Desk, left: str | None) -> None:
    desk.run(*SEND)
    keys = desk.root / ".mailer" / "keys"
    keys.unlink() if left is None else keys.write_text(left, "ascii")
    assert states(desk)["ledger's keys"]["code"] == "ledger-keys"


def test_keys_that_others_can_read_are_told_and_hide_nothing_else(desk: Desk) -> None:
    desk.run(*SEND)
    (desk.root / ".mailer" / "keys").chmod(0o644)
    found = states(desk)
    assert found["keys"]["code"] == "keys-broken"
    assert found["durability"]["state"] == "ok"


@pytest.mark.slow
def test_a_damaged_ledger_is_told(desk: Desk) -> None:
    desk.people("many", 300)
    desk.run("send", "lamps", "--to", "many", "--yes")
    path = desk.root / ".mailer" / "ledger.db"
    database = sqlite3.connect(path)
    root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_text'").fetchone()[0]
    size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xaa" * size)
    found = states(desk)["ledger"]
    assert found["code"] == "ledger-damaged", found["message"]


def test_a_file_that_is_no_ledger_is_told(desk: Desk) -> None:
    desk.run(*SEND)
    for file in (desk.root / ".mailer").glob("ledger.db*"):
        file.unlink()
    (desk.root / ".mailer" / "ledger.db").write_bytes(b"not a database at all\n" * 100)
    assert states(desk)["ledger"]["code"] == "ledger-broken"


def test_a_ledger_that_is_gone_is_told(desk: Desk) -> None:
    desk.run(*SEND)
    for file in (desk.root / ".mailer").glob("ledger.db*"):
        file.unlink()
    found = states(desk)["own ledger"]
    assert (found["code"], "gone" in found["message"]) == ("ledger-other", True)


def test_a_wrong_place_is_told_with_the_way_out(desk: Desk) -> None:
    shutil.copytree(desk.root, desk.root / "Dropbox" / "x", ignore=shutil.ignore_patterns("Dropbox"))
    found = states(Desk(desk.root / "Dropbox" / "x"))["ledger's place"]
    assert found["code"] == "ledger-place"
    assert "[ledger]" in found["hint"]


def test_a_state_folder_that_does_not_last_is_a_warning(desk: Desk) -> None:
    desk.write("file", "")
    assert states(desk, XDG_STATE_HOME=str(desk.root / "file"))["state folder"]["code"] == "state-folder"


@pytest.mark.slow
def test_an_older_ledger_is_told_and_its_adoption_explained(older: Desk) -> None:
    found = states(older)["right ledger"]
    assert (found["code"], "an older copy" in found["message"]) == ("ledger-older", True)
    done = older.run("doctor", "--adopt-ledger", "--yes", "--json")
    assert done.code == 0
    assert done.json["adopted"]
    for words in ("it counts 3 runs, and 6 are remembered here", str(older.root), "mailer optouts add"):
        assert words in done.err
    assert wrong(older) == {}
    assert older.run("doctor", "--adopt-ledger", "--json").json["adopted"] is False


@pytest.mark.slow
def test_who_is_still_open_in_an_older_ledger_is_named_before_it_is_adopted(
    desk: Desk, server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.servers import Act

    server.at = {"mail": Act("550 5.7.1 come back tomorrow")}
    desk.run(*SEND)
    kept = tmp_path_factory.mktemp("kept")
    shutil.copytree(desk.root / ".mailer", kept, dirs_exist_ok=True)
    server.at = {}
    assert desk.run(*SEND).code == 0
    shutil.rmtree(desk.root / ".mailer")
    shutil.copytree(kept, desk.root / ".mailer")
    assert "lamps: 5 people would get it" in desk.run("doctor", "--adopt-ledger", "--yes").err


@pytest.mark.slow
def test_adopting_needs_a_yes(older: Desk) -> None:
    done = finish(older.start("doctor", "--adopt-ledger"))
    assert done.code == 2
    assert "Add --yes" in done.err
    assert "right ledger" in wrong(older)


@pytest.mark.slow
@pytest.mark.parametrize("answer, code", [("y\n", 0), ("n\n", 1)])
def test_at_a_terminal_it_asks(older: Desk, answer: str, code: int) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    command = [sys.executable, "-m", "mailer", "--workspace", str(older.root), "doctor", "--adopt-ledger"]
    with environment({}):
        done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False, timeout=60)
    for handle in (ours, theirs):
        os.close(handle)
    assert done.returncode == code, done.stderr
    assert "Go on with this ledger?" in done.stderr
    assert ("right ledger" in wrong(older)) is (code == 1)


def test_another_ledger_than_the_workspace_had_can_be_adopted(desk: Desk, tmp_path: Path) -> None:
    desk.run(*SEND)
    other = Desk(tmp_path / "other")
    shutil.copytree(desk.root, other.root, ignore=shutil.ignore_patterns("other", ".mailer"))
    other.run("optouts", "add", "cy@c.example.com")
    for name in ("ledger.db", "keys"):
        shutil.copy2(other.root / ".mailer" / name, desk.root / ".mailer" / name)
    assert "not the ledger that this workspace had before" in wrong(desk)["own ledger"]
    assert desk.run("status").code == 3
    assert desk.run("doctor", "--adopt-ledger", "--yes").code == 0
    assert wrong(desk) == {}
    assert desk.run("status").code == 0


def test_where_there_is_no_ledger_there_is_none_to_adopt(desk: Desk) -> None:
    refused = desk.run("doctor", "--adopt-ledger", "--yes")
    assert refused.code == 3
    assert "no ledger here to adopt" in refused.err


@pytest.mark.slow
def test_a_ledger_at_a_wrong_place_is_not_adopted(older: Desk) -> None:
    shutil.copytree(older.root, older.root / "Dropbox" / "x", ignore=shutil.ignore_patterns("Dropbox"))
    refused = Desk(older.root / "Dropbox" / "x").run("doctor", "--adopt-ledger", "--yes")
    assert refused.code == 3
    assert "must not be in" in refused.err


def test_a_ledger_that_is_a_file_and_secrets_that_this_host_lacks_are_told_to_who_asks_for_a_fleet(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    text = (desk.root / "mailer.toml").read_text("utf-8")
    places = {
        "first": 'password_env = "MAILER_NOT_SET"',
        "second": 'password_command = ["there-is-no-such-program"]',
        "third": 'password_file = "third.txt"',
        "fourth": f'password_command = ["touch", "{desk.root}/ran"]',
    }
    inboxes = (f'[inbox.{name}]\nurl = "imaps://a@mail.example.org/INBOX"\n{place}\n' for name, place in places.items())
    desk.write("mailer.toml", "\n".join([text, *inboxes]))
    done = desk.run("doctor", "--fleet", "--offline", "--only", "settings", "--json")
    found = {each["name"]: each for each in done.json["checks"] if each["group"] == "The fleet"}
    assert {name: each["code"] for name, each in found.items()} == {
        "secrets": "fleet-secrets",
        "shared ledger": "fleet-alone",
    }
    assert [each.split(":")[0] for each in found["secrets"]["missing"]] == [
        "inbox first",
        "inbox second",
        "inbox third",
    ]
    assert not (desk.root / "ran").exists()
    assert done.code == 3
