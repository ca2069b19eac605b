"""A folder whose ledger is gone, replaced or cut short mails nobody until somebody has looked."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from mailer.config.memory import Memory, Place
from mailer.ledger import open_ledger
from mailer.ledger.connection import count_events
from tests.office import Desk, finish, in_the_ledger, times_taken, wait_until
from tests.postgres import Postgres
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
CY = "cy@c.example.com"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a machine that knows nothing yet."""
    return {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("here"))}


def memory_of(here: dict[str, str]) -> Memory:
    return Memory(Path(here["XDG_STATE_HOME"]) / "mailer")


def ledger_id(desk: Desk) -> str:
    ((found,),) = in_the_ledger(desk, "SELECT value FROM ledger_info WHERE name = 'ledger_id'")
    return str(found)


def newest_event(desk: Desk) -> int:
    ((found,),) = in_the_ledger(desk, "SELECT max(id) FROM event")
    return int(found)


def remembered(desk: Desk, here: dict[str, str]) -> int:
    return memory_of(here).recall_events(ledger_id(desk))


@pytest.mark.parametrize(
    "words",
    [
        SEND,
        ("resume", "lamps"),
        ("test", "lamps", "--to", "coast", "--inbox", "you@example.org"),
        ("worker", "--once"),
        ("worker",),
    ],
)
def test_a_folder_whose_ledger_was_removed_mails_nobody(
    desk: Desk, server: ScriptedServer, here: dict[str, str], words: tuple[str, ...]
) -> None:
    assert desk.run("optouts", "add", CY, env=here).code == 0
    assert desk.run(*SEND, env=here).code == 0
    held, before = newest_event(desk), server.connections
    shutil.rmtree(desk.root / ".mailer")
    refused = desk.run(*words, env=here)
    assert refused.code == 3
    assert "the ledger of this folder is gone" in refused.err
    assert f"It held {held} events" in refused.err
    assert "from a backup" in refused.err
    assert "mailer doctor --adopt-ledger" in refused.err
    assert (len(server.accepted), server.connections) == (4, before)
    assert not (desk.root / ".mailer").exists()


def test_opt_outs_that_were_lost_before_anything_was_sent_are_missed_too(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    desk.run("optouts", "add", CY, env=here)
    shutil.rmtree(desk.root / ".mailer")
    assert desk.run(*SEND, env=here).code == 3
    assert server.accepted == []


@pytest.mark.slow
def test_a_folder_that_was_only_looked_at_begins_anew_without_a_word(desk: Desk, here: dict[str, str]) -> None:
    desk.run("test", "lamps", "--to", "coast", env=here)
    desk.run("rehearse", "lamps", "--to", "coast", env=here)
    shutil.rmtree(desk.root / ".mailer")
    done = desk.run(*SEND, env=here)
    assert (done.code, "Warning" in done.err) == (0, False)


def test_whatever_does_not_mail_is_warned_and_what_it_makes_does_not_become_the_folders_ledger(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    desk.run(*SEND, env=here)
    shutil.rmtree(desk.root / ".mailer")
    assert "the ledger of this folder is gone" in desk.run("status", env=here).err
    assert desk.run("send", "lamps", "--to", "coast", "--dry-run", env=here).code == 0
    for _ in range(2):
        done = desk.run("optouts", "add", CY, env=here)
        assert (done.code, "Warning: " in done.err) == (0, True)
    refused = desk.run(*SEND, env=here)
    assert refused.code == 3
    assert "not the ledger that this folder had before" in refused.err
    found = desk.run("doctor", "--offline", "--json", env=here).json["checks"]
    assert [each["code"] for each in found if each["name"] == "right ledger"] == ["ledger-older"]
    assert len(server.accepted) == 5


def test_the_doctor_says_that_a_ledger_is_gone(desk: Desk, here: dict[str, str]) -> None:
    desk.run(*SEND, env=here)
    shutil.rmtree(desk.root / ".mailer")
    found = desk.run("doctor", "--offline", "--only", "ledger", "--json", env=here)
    assert found.code == 3
    assert [each["code"] for each in found.json["checks"] if each["state"] == "wrong"] == ["ledger-other"]


@pytest.mark.parametrize("what", [".mailer", ".mailer/ledger.db"])
def test_the_backup_that_the_refusal_asks_for_puts_it_right(
    desk: Desk, server: ScriptedServer, here: dict[str, str], tmp_path_factory: pytest.TempPathFactory, what: str
) -> None:
    desk.run(*SEND, env=here)
    kept = tmp_path_factory.mktemp("backup") / "kept"
    shutil.copytree(desk.root / ".mailer", kept)
    gone = desk.root / what
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert desk.run(*SEND, env=here).code == 3
    shutil.copytree(kept, desk.root / ".mailer", dirs_exist_ok=True)
    assert desk.run(*SEND, env=here).code == 0
    assert len(server.accepted) == 5


@pytest.mark.slow
@pytest.mark.parametrize("what", [".mailer", ".mailer/ledger.db"])
def test_an_empty_ledger_is_begun_only_by_somebody_who_was_told_what_that_means(
    desk: Desk, server: ScriptedServer, here: dict[str, str], what: str
) -> None:
    desk.run(*SEND, env=here)
    gone = desk.root / what
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    refused = desk.run("doctor", "--adopt-ledger", env=here)
    assert refused.code == 2  # nobody is there to say yes
    assert "everybody on its lists would get it again" in " ".join(refused.err.split())
    assert desk.run(*SEND, env=here).code == 3
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=here).code == 0
    assert desk.run(*SEND, env=here).code == 0
    assert set(times_taken(server).values()) == {2}
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=here).out.startswith("There is nothing to adopt")


@pytest.mark.slow
def test_another_ledger_in_the_folder_is_refused_until_it_is_adopted(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    desk.run(*SEND, env=here)
    desk.settings(server, more='[ledger]\nurl = "sqlite:///other.db"\n')
    (desk.root / ".mailer" / "ledger-id").unlink()
    (desk.root / ".mailer" / "keys").rename(desk.root / "keys")
    desk.settings(server, more='[ledger]\nurl = "sqlite:///other.db"\n[keys]\nfile = "keys"\n')
    assert desk.run("optouts", "add", CY, env=here).code == 0
    assert desk.run(*SEND, env=here).code == 3
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=here).code == 0
    assert desk.run(*SEND, env=here).code == 0
    assert times_taken(server)[CY] == 1


@pytest.mark.slow
def test_a_path_that_is_not_known_refuses_nothing_and_neither_does_a_state_folder_that_cannot_be_written(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    desk.run(*SEND, env=here)
    moved = Desk(desk.root.parent / f"{desk.root.name}-moved")
    desk.root.rename(moved.root)
    done = moved.run(*SEND, env=here)
    assert (done.code, len(server.accepted)) == (0, 5)
    shutil.rmtree(moved.root / ".mailer")
    nowhere = {"XDG_STATE_HOME": "/proc/nowhere"}
    assert moved.run(*SEND, env=nowhere).code == 0
    shutil.rmtree(moved.root / ".mailer")
    state = Path(here["XDG_STATE_HOME"]) / "mailer"
    for path in (state / "workspaces").iterdir():
        path.write_text("{", "utf-8")  # as a full disk leaves it
    assert moved.run(*SEND, env=here).code == 0


@pytest.mark.slow
def test_the_same_release_sent_from_another_folder_of_this_machine_is_a_warning(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    copied = Desk(desk.root.parent / f"{desk.root.name}-copied")
    shutil.copytree(desk.root, copied.root)
    assert "sent from" not in desk.run(*SEND, env=here).err
    assert "sent from" not in desk.run(*SEND, env=here).err
    for words in ((*SEND[:-1], "--dry-run"), SEND):
        done = copied.run(*words, env=here)
        assert done.code == 0
        assert f"this release was sent from {desk.root}" in done.err
    copied.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    assert "sent from" not in copied.run("send", "wicks", "--to", "coast", "--yes", env=here).err
    assert len(server.accepted) == 15


@pytest.mark.slow
def test_a_release_that_the_relay_refused_for_everybody_was_not_sent_from_that_folder(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    copied = Desk(desk.root.parent / f"{desk.root.name}-copied")
    shutil.copytree(desk.root, copied.root)
    server.at = {"rcpt": Act("550 5.7.1 not from you")}
    assert desk.run(*SEND, env=here).code == 1
    server.at = {}
    assert "sent from" not in copied.run(*SEND[:-1], "--dry-run", env=here).err
    assert desk.run("resume", "lamps", "--refused", env=here).code == 0
    assert f"this release was sent from {desk.root}" in copied.run(*SEND[:-1], "--dry-run", env=here).err


def test_a_dry_run_tells_for_what_a_send_would_be_refused(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    dry = (*SEND[:-1], "--dry-run")
    assert desk.run(*SEND, env=here).code == 0
    assert desk.run(*dry, "--json", env=here).json["refused"] is None
    shutil.rmtree(desk.root / ".mailer")
    planned = desk.run(*dry, env=here)
    assert (planned.code, "Sending it would be refused: the ledger of this folder is gone" in planned.err) == (0, True)
    assert "mailer doctor --adopt-ledger" in planned.err
    assert desk.run(*dry, "--json", env=here).json["refused"] == "the ledger of this folder is gone"
    assert desk.run(*SEND, env=here).code == 3
    assert len(server.accepted) == 5


@pytest.mark.service("postgres")
def test_an_older_dump_of_a_ledger_on_a_server_is_noticed_by_the_events_it_lacks(
    desk: Desk, server: ScriptedServer, here: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    desk.settings(server, more=f'[ledger]\nurl = "{shared_url}"\n')
    assert desk.run(*SEND, env=here).code == 0
    ((events,),) = postgres.rows(shared_url, "SELECT max(id) FROM event")
    ((name,),) = postgres.rows(shared_url, "SELECT value FROM ledger_info WHERE name = 'ledger_id'")
    assert memory_of(here).recall_events(name) == events
    # the run was counted in the dump, and what it sent was not in it yet
    postgres.rows(shared_url, "ALTER TABLE event DISABLE TRIGGER USER")
    postgres.rows(shared_url, "DELETE FROM event_text")
    postgres.rows(shared_url, f"DELETE FROM event WHERE id > {events - 3}")  # noqa: S608 - a number
    postgres.rows(shared_url, "ALTER TABLE event ENABLE TRIGGER USER")
    desk.people("coast", ["fay@f.example.com"])
    refused = desk.run(*SEND, env=here)
    assert (refused.code, "has lost 3 of its events" in refused.err) == (3, True)
    assert ".mailer/ledger.db" not in refused.err
    assert len(server.accepted) == 5
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=here).code == 0
    assert desk.run(*SEND, env=here).code == 0


@pytest.mark.slow
def test_after_each_commit_the_number_of_events_is_remembered_and_it_is_never_ahead(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    desk.people("coast", 30)
    server.at = {"data": [*[Act()] * 12, *[Act(until=threading.Event())] * 20]}
    process = desk.start(*SEND, env=here)
    wait_until(lambda: len(server.accepted) == 12)
    wait_until(lambda: remembered(desk, here) == newest_event(desk))
    process.kill()
    process.communicate()
    assert 0 < remembered(desk, here) <= newest_event(desk)
    server.at = {}
    desk.run("resume", "lamps", env=here)
    assert remembered(desk, here) == newest_event(desk)
    memory = memory_of(here)
    memory.keep_events(ledger_id(desk), 1)
    assert remembered(desk, here) == newest_event(desk)


@pytest.mark.slow
def test_a_write_ahead_log_that_was_removed_is_noticed(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    """The counter of runs had reached the ledger's own file; half of the outcomes had not."""
    desk.people("coast", 30)
    go_on = threading.Event()
    server.at = {"data": [*[Act()] * 6, *[Act(until=go_on)] * 2, *[Act()] * 6, *[Act(until=threading.Event())] * 20]}
    process = desk.start(*SEND, env=here)
    wait_until(lambda: len(server.accepted) == 6)
    in_the_ledger(desk, "PRAGMA wal_checkpoint(TRUNCATE)")
    go_on.set()
    wait_until(lambda: len(server.accepted) == 14)
    wait_until(lambda: in_the_ledger(desk, "SELECT count(*) FROM event WHERE kind = 'accepted'") == [(14,)])
    process.kill()
    process.communicate()
    server.at = {}
    (desk.root / ".mailer" / "ledger.db-wal").unlink()
    (desk.root / ".mailer" / "ledger.db-shm").unlink(missing_ok=True)
    refused = desk.run("resume", "lamps", env=here)
    assert refused.code == 3
    assert re.search(r"has lost \d+ of its events", refused.err)
    assert "-wal" in refused.err
    assert len(server.accepted) == 14
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=here).code == 0
    assert desk.run("resume", "lamps", env=here).code in {0, 1}
    assert remembered(desk, here) == newest_event(desk)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_a_ledger_that_is_replaced_while_a_run_is_on_stops_it_before_the_next_claim(
    desk: Desk, server: ScriptedServer, here: dict[str, str], how: str
) -> None:
    desk.people("coast", 60)
    desk.run("optouts", "add", CY, env=here)
    go_on = threading.Event()
    server.at = {"data": [*[Act()] * 4, *[Act(until=go_on)] * 2]}
    file = desk.root / ".mailer" / "ledger.db"
    kept = Path(shutil.copy(file, desk.root / "kept.db"))
    process = desk.start(*SEND, env=here)
    wait_until(lambda: len(server.accepted) == 4)
    kept.replace(file) if how == "replaced" else file.unlink()
    go_on.set()
    done = finish(process)
    assert done.code == 3, done.said
    assert f"the ledger was {how} while it was in use" in done.err
    assert "Traceback" not in done.err
    assert len(server.accepted) <= 4 + 2 * 2  # what was on the wire, and what rode behind it
    for path in (desk.root / ".mailer").glob("ledger.db-*"):
        path.unlink()  # it belongs to the file that is gone
    assert desk.run(*SEND, env=here).code == 3


def test_a_ledger_that_is_rewritten_in_place_is_the_same_one(tmp_path: Path) -> None:
    ledger = open_ledger("sqlite:///ledger.db", tmp_path)
    assert ledger is not None
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("VACUUM")
    with ledger.writing() as connection:
        assert count_events(connection) == 0
    ledger.close()


def test_what_is_remembered_of_a_folder_says_nothing_of_mail_or_people(desk: Desk, here: dict[str, str]) -> None:
    desk.run(*SEND, env=here)
    (file,) = (Path(here["XDG_STATE_HOME"]) / "mailer" / "workspaces").glob("*.json")
    found = json.loads(file.read_text("utf-8"))
    assert found.keys() == {"path", "ledger_id", "actor", "at", "news"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in found["news"])
    assert file.stat().st_mode & 0o077 == 0


def test_news_of_a_folder_adds_up_and_a_folder_can_be_forgotten(tmp_path: Path) -> None:
    memory, root = Memory(tmp_path / "state"), tmp_path / "office"
    memory.keep_place(Place(str(root), "a" * 16, "ada@desk", "then", {"01": "then"}))
    memory.keep_place(Place(str(root), "a" * 16, "bo@desk", "now", {"02": "now"}))
    found = memory.recall_place(root)
    assert found is not None
    assert (found.actor, found.news) == ("bo@desk", {"01": "then", "02": "now"})
    assert memory.other_places(root) == []
    assert [place.path for place in memory.other_places(tmp_path / "elsewhere")] == [str(root)]
    memory.forget_place(root)
    assert memory.recall_place(root) is None


def test_no_text_proposes_to_put_the_ledgers_folder_away() -> None:
    """Whoever does so mails everybody again, and the opted-out too."""
    proposed = re.compile(r"(?i)\b(?:move|remove|delete|rm|rename)\b[^.\n]{0,30}\.mailer(?![\w/])")
    texts = [*(REPOSITORY / "mailer").rglob("*.py"), *(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md"]
    found = [f"{path.name}: {line}" for path in texts for line in path.read_text("utf-8").splitlines()]
    assert [line for line in found if proposed.search(line)] == []
