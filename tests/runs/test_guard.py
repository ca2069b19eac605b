"""An old ledger put back, a copied workspace: noticed before anything is mailed, and never a false alarm."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from mailer.config.memory import Memory, Remembered
from mailer.errors import LedgerProblem
from mailer.frozen import dataclass
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.connection import Identity, count_run, read_identity
from mailer.ledger.mailings import Stamp
from mailer.runs.office import Guard, LedgerStatus, judge
from tests.office import Desk, finish, times_taken
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
STAMP = Stamp(datetime(2026, 10, 3, 8, tzinfo=UTC), "ada@desk")


def copy_ledger(desk: Desk, name: str) -> Path:
    """Copy the ledger's files, as a backup does."""
    kept = desk.root.parent / f"{desk.root.name}-{name}"
    kept.mkdir()
    for file in (desk.root / ".mailer").glob("ledger.db*"):
        shutil.copy2(file, kept)
    return kept


def put_back(desk: Desk, kept: Path) -> None:
    for file in (desk.root / ".mailer").glob("ledger.db*"):
        file.unlink()
    for file in kept.iterdir():
        shutil.copy2(file, desk.root / ".mailer")


def memory_of(folder: Path) -> dict[str, dict[str, object]]:
    found = (folder / "mailer").glob("*.json")
    return {path.stem: json.loads(path.read_text("utf-8")) for path in found}


def counted(desk: Desk) -> Identity:
    opened = open_ledger("sqlite:///.mailer/ledger.db", desk.root, create=False)
    assert opened is not None
    with opened.reading() as connection:
        identity = read_identity(connection)
    opened.close()
    return identity


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a machine that knows nothing yet."""
    return {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("here"))}


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of another machine."""
    return {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("elsewhere"))}


@pytest.mark.parametrize(
    "identity, remembered, status",
    [
        (Identity("x"), None, LedgerStatus.GOOD),
        (Identity("x", 4, "m"), None, LedgerStatus.GOOD),  # used, and never sent from
        (Identity("x", 4, "m", "ada@desk"), None, LedgerStatus.UNKNOWN),
        (Identity("x", 4, "m", "ada@desk"), Remembered(4, "m"), LedgerStatus.GOOD),
        (Identity("x", 5, "n", "ada@desk"), Remembered(4, "m"), LedgerStatus.GOOD),  # a crash came between
        (Identity("x", 3, "l", "ada@desk"), Remembered(4, "m"), LedgerStatus.OLDER),
        (Identity("x"), Remembered(1, "m"), LedgerStatus.OLDER),
        (Identity("x", 4, "k", "ada@desk"), Remembered(4, "m"), LedgerStatus.OTHER),
    ],
)
def test_each_way_in_which_a_ledger_stands_to_what_is_remembered(
    identity: Identity, remembered: Remembered | None, status: LedgerStatus
) -> None:
    assert judge(identity, remembered, guarded=True) is status


def test_a_shared_ledger_may_be_new_to_a_machine_and_a_restored_backup_is_noticed_all_the_same() -> None:
    identity = Identity("x", 4, "m", "ada@desk")
    assert judge(identity, None, guarded=False) is LedgerStatus.GOOD
    assert judge(identity, Remembered(5, "n"), guarded=False) is LedgerStatus.OLDER


def test_the_counter_is_raised_with_a_new_mark_each_time(tmp_path: Path) -> None:
    ledger = opened_in(tmp_path)
    with ledger.writing() as connection:
        first = count_run(connection)
        second = count_run(connection, sent_by="ada@desk")
        third = count_run(connection, above=9)
    ledger.close()
    assert [each.runs for each in (first, second, third)] == [1, 2, 10]
    assert len({each.mark for each in (first, second, third)}) == 3
    assert [each.sent_by for each in (first, second, third)] == ["", "ada@desk", "ada@desk"]


def opened_in(root: Path) -> Ledger:
    ledger = open_ledger("sqlite:///.mailer/ledger.db", root)
    assert ledger is not None
    return ledger


def test_every_run_is_counted_before_its_first_text_and_at_its_end(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    assert desk.run("optouts", "add", "cy@c.example.com", env=here).code == 0
    before = counted(desk)
    assert before.sent_by == ""
    assert desk.run(*SEND, env=here).code == 0
    after = counted(desk)
    assert (before.runs, after.runs) == (1, 4)
    assert after.sent_by.endswith(f"@{socket.gethostname()}")
    (known,) = memory_of(Path(here["XDG_STATE_HOME"])).values()
    assert (known["runs"], known["mark"], known["place"]) == (4, after.mark, str(desk.root))
    assert len(server.accepted) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        SEND,
        ("resume", "lamps"),
        ("test", "lamps", "--to", "coast", "--inbox", "you@example.org"),
        ("worker",),
        ("worker", "--once"),
    ],
)
def test_whatever_mails_is_refused_with_an_older_ledger(
    desk: Desk, server: ScriptedServer, words: tuple[str, ...]
) -> None:
    desk.run("optouts", "add", "cy@c.example.com")
    kept = copy_ledger(desk, "kept")
    desk.run(*SEND)
    put_back(desk, kept)
    before = server.connections
    refused = desk.run(*words)
    assert refused.code == 3
    assert "an older copy: it counts 1 runs, and 4 are remembered here" in refused.err
    assert "mailer doctor --adopt-ledger" in refused.err
    assert server.connections == before


@pytest.mark.slow
def test_whatever_reads_or_only_keeps_is_warned_and_done(desk: Desk) -> None:
    desk.run("optouts", "add", "cy@c.example.com")
    kept = copy_ledger(desk, "kept")
    desk.run(*SEND)
    put_back(desk, kept)
    status = desk.run("status", "--json")
    assert (status.code, status.json["mailings"]) == (0, [])
    assert "Warning: this ledger is an older copy" in status.err
    for _ in range(4):  # however often something is kept in it: it does not become the right one by that
        done = desk.run("optouts", "add", "bo@b.example.com")
        assert done.code == 0
        assert "Warning: this ledger is an older copy" in done.err
    assert desk.run(*SEND).code == 3
    assert desk.run("send", "lamps", "--to", "coast", "--dry-run").code == 0


def test_what_was_heard_since_is_missed_in_an_older_ledger(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND)
    kept = copy_ledger(desk, "kept")
    desk.run("optouts", "add", "cy@c.example.com")
    put_back(desk, kept)
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    assert desk.run("send", "wicks", "--to", "coast", "--yes").code == 3
    assert len(server.accepted) == 5


@pytest.mark.slow
def test_of_two_copies_on_one_machine_the_one_that_sends_goes_on_and_the_other_is_refused(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.people("first", ["ada@a.example.com"])
    assert desk.run("send", "lamps", "--to", "first", "--yes").code == 0
    copied = Desk(desk.root.parent / f"{desk.root.name}-copied")
    shutil.copytree(desk.root, copied.root)
    assert copied.run(*SEND).code == 0
    assert desk.run(*SEND).code == 3
    assert desk.run("doctor", "--adopt-ledger", "--yes").code == 0
    assert "1 person would get it" not in desk.run("doctor", "--adopt-ledger").err
    refused = copied.run(*SEND)
    assert refused.code == 3
    assert times_taken(server)["bo@b.example.com"] == 1


def test_two_copies_that_went_on_to_the_same_number_are_told_apart(
    desk: Desk, here: dict[str, str], elsewhere: dict[str, str]
) -> None:
    desk.run(*SEND, env=here)
    kept = copy_ledger(desk, "kept")
    desk.run("optouts", "add", "cy@c.example.com", env=here)
    ours = counted(desk)
    put_back(desk, kept)
    desk.run("doctor", "--adopt-ledger", "--yes", env=elsewhere)
    assert counted(desk).runs == ours.runs
    refused = desk.run(*SEND, env=here)
    assert refused.code == 3
    assert "not the copy that was used here last" in refused.err


@pytest.mark.slow
def test_a_workspace_from_another_machine_is_refused_until_it_is_adopted(
    desk: Desk, server: ScriptedServer, here: dict[str, str], elsewhere: dict[str, str]
) -> None:
    desk.run(*SEND, env=here)
    desk.people("more", ["flo@f.example.com"])
    more = ("send", "lamps", "--to", "more", "--yes")
    refused = desk.run(*more, env=elsewhere)
    assert refused.code == 3
    assert f"has sent before ({counted(desk).sent_by})" in refused.err
    assert memory_of(Path(elsewhere["XDG_STATE_HOME"])) == {}
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=elsewhere).code == 0
    assert desk.run(*more, env=elsewhere).code == 0
    assert len(times_taken(server)) == 6


def test_a_workspace_that_never_sent_may_be_set_up_on_another_machine(
    desk: Desk, here: dict[str, str], elsewhere: dict[str, str]
) -> None:
    desk.run("optouts", "add", "cy@c.example.com", env=here)
    desk.run("test", "lamps", "--to", "coast", env=here)
    done = desk.run(*SEND, env=elsewhere)
    assert done.code == 0
    assert "Warning" not in done.err


def test_a_ledger_from_before_runs_were_counted_goes_on(desk: Desk, here: dict[str, str]) -> None:
    desk.run(*SEND, env=here)
    database = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    database.execute("DELETE FROM ledger_info WHERE name <> 'ledger_id'")
    database.commit()
    database.close()
    shutil.rmtree(here["XDG_STATE_HOME"])
    done = desk.run(*SEND, env=here)
    assert (done.code, "Warning" in done.err) == (0, False)


@pytest.mark.parametrize("home", ["/nonexistent", ""])
def test_where_nothing_lasts_mail_goes_out_and_that_is_told(desk: Desk, server: ScriptedServer, home: str) -> None:
    """As in a container without a home; XDG_STATE_HOME leads into a file, so that no account's home is found."""
    desk.write("file", "")
    env = {"XDG_STATE_HOME": str(desk.root / "file"), "HOME": home}
    for _ in range(2):
        done = desk.run(*SEND, env=env)
        assert done.code == 0
        assert done.err.count("no permanent folder here") == 1
    assert len(server.accepted) == 5
    assert "Warning" not in desk.run("status", env=env).err


def test_a_count_that_the_ledger_does_not_take_is_remembered_nowhere_and_nothing_is_sent(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    """What is remembered may be behind the ledger, never ahead of it: that would be a false alarm."""
    desk.run("optouts", "add", "cy@c.example.com", env=here)
    before = memory_of(Path(here["XDG_STATE_HOME"]))
    database = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    database.execute(
        "CREATE TRIGGER full BEFORE UPDATE ON ledger_info BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    database.commit()
    refused = desk.run(*SEND, env=here)
    assert refused.code == 3
    assert "the disk is full" in refused.err
    assert server.accepted == []
    assert memory_of(Path(here["XDG_STATE_HOME"])) == before
    database.execute("DROP TRIGGER full")
    database.commit()
    database.close()
    assert desk.run(*SEND, env=here).code == 0


def test_a_crash_between_ledger_and_memory_is_no_alarm(desk: Desk, here: dict[str, str]) -> None:
    desk.run(*SEND, env=here)
    folder = Path(here["XDG_STATE_HOME"]) / "mailer"
    (file,) = folder.glob("*.json")
    behind = file.read_bytes()
    desk.run("optouts", "add", "cy@c.example.com", env=here)
    file.write_bytes(behind)
    done = desk.run(*SEND, env=here)
    assert (done.code, "Warning" in done.err) == (0, False)


@pytest.mark.slow
def test_processes_that_begin_at_once_on_a_machine_that_knows_nothing_yet_do_not_suspect_each_other(
    desk: Desk, server: ScriptedServer, here: dict[str, str]
) -> None:
    people = desk.people("coast", 12)
    done = [finish(each) for each in [desk.start(*SEND, env=here) for _ in range(3)]]
    assert [(each.code, "Warning" in each.err) for each in done] == [(0, False)] * 3
    assert times_taken(server) == dict.fromkeys(people, 1)


@dataclass(frozen=True, slots=True)
class Busy(Memory):
    """A state folder at which another process is at work in the very moment in which it is read."""

    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None

    def recall(self, ledger_id: str) -> Remembered | None:
        self.before()
        found = Memory.recall(self, ledger_id)
        self.after()
        return found


def test_a_run_that_begins_between_the_two_readings_makes_no_ledger_look_older(tmp_path: Path) -> None:
    ledger, folder = opened_in(tmp_path), tmp_path / "state"
    other = Guard(ledger, Memory(folder), tmp_path)
    other.count(STAMP, sending=True)
    for memory in (
        Busy(folder, before=lambda: other.count(STAMP, sending=True)),
        Busy(folder, after=lambda: other.count(STAMP, sending=True)),
    ):
        assert Guard(ledger, memory, tmp_path).look().status is LedgerStatus.GOOD
    ledger.close()


def test_a_first_run_that_begins_between_the_two_readings_makes_no_machine_look_new(tmp_path: Path) -> None:
    ledger, folder = opened_in(tmp_path), tmp_path / "state"
    other = Guard(ledger, Memory(folder), tmp_path)
    memory = Busy(folder, after=lambda: other.count(STAMP, sending=True))
    assert Guard(ledger, memory, tmp_path).look().status is LedgerStatus.GOOD
    ledger.close()


def test_a_ledger_is_known_here_before_its_first_run_is_counted(tmp_path: Path) -> None:
    """So a crash right after the first count leaves no ledger that this machine does not know."""
    ledger, memory = opened_in(tmp_path), Memory(tmp_path / "state")
    with ledger.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON ledger_info BEGIN SELECT RAISE(ABORT, 'full'); END")
        )
    guard = Guard(ledger, memory, tmp_path)
    with pytest.raises(LedgerProblem, match="full"):
        guard.count(STAMP, sending=True)
    known = memory.recall(guard.look().identity.ledger_id)
    ledger.close()
    assert known is not None
    assert known.runs == 0


def test_nothing_is_counted_on_an_older_ledger_by_whoever_sends_without_asking(tmp_path: Path) -> None:
    """A worker opens its ledger once and sends for weeks: each run asks for itself."""
    ledger, memory = opened_in(tmp_path), Memory(tmp_path / "state")
    guard = Guard(ledger, memory, tmp_path)
    ledger_id = guard.look().identity.ledger_id
    memory.keep(ledger_id, Remembered(9, "m"))
    with pytest.raises(LedgerProblem, match="it counts 0 runs, and 9 are remembered"):
        guard.count(STAMP, sending=True)
    assert guard.look().identity.runs == 0
    ledger.close()


@pytest.mark.slow
def test_runs_that_count_while_others_look_raise_no_false_alarm(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state")
    opened_in(tmp_path).close()
    wrong: list[Exception] = []

    def count_on() -> None:
        ledger = opened_in(tmp_path)
        try:
            for _ in range(25):
                Guard(ledger, memory, tmp_path).count(STAMP, sending=True)
        except LedgerProblem as problem:
            wrong.append(problem)
        finally:
            ledger.close()

    threads = [threading.Thread(target=count_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    ledger = opened_in(tmp_path)
    with ledger.reading() as connection:
        identity = read_identity(connection)
    ledger.close()
    assert identity.runs == 100
    assert memory.recall(identity.ledger_id) == Remembered(
        100, identity.mark, str(tmp_path), "ada@desk", STAMP.at.isoformat(timespec="seconds")
    )


@pytest.mark.slow
def test_a_demo_leaves_nothing_in_the_state_folder(desk: Desk, here: dict[str, str]) -> None:
    assert desk.run("demo", str(desk.root / "look"), "--json", env=here).code == 0
    assert memory_of(Path(here["XDG_STATE_HOME"])) == {}


def test_a_ledger_in_a_synced_folder_is_refused_before_anything_is_made_there(
    desk: Desk, server: ScriptedServer
) -> None:
    shutil.copytree(desk.root, desk.root / "Dropbox" / "office", ignore=shutil.ignore_patterns("Dropbox"))
    synced = Desk(desk.root / "Dropbox" / "office")
    for words in (SEND, ("optouts", "add", "cy@c.example.com"), ("test", "lamps", "--to", "coast")):
        refused = synced.run(*words)
        assert refused.code == 3
        assert '"Dropbox"' in refused.err
        assert "[ledger]" in refused.err
    assert not (synced.root / ".mailer").exists()
    assert synced.run("status").err == desk.run("status").err  # with no ledger there is nothing to warn of
    local = desk.root / "local"
    local.mkdir()
    synced.settings(server, more=f'[ledger]\nurl = "sqlite:///{local}/ledger.db"\n')
    assert synced.run(*SEND).code == 0
    assert [path.name for path in local.iterdir()] == ["ledger.db"]
    assert len(server.accepted) == 5


def test_a_ledger_that_lies_in_a_synced_folder_already_can_still_be_read(desk: Desk) -> None:
    desk.run(*SEND)
    shutil.copytree(desk.root, desk.root / "OneDrive - Lantern Museum", ignore=shutil.ignore_patterns("OneDrive*"))
    report = Desk(desk.root / "OneDrive - Lantern Museum").run("report", "lamps", "--json")
    assert (report.code, report.json["accepted"]) == (0, 5)
    assert "Warning: the ledger must not be in" in report.err


@pytest.mark.slow
def test_a_demo_may_be_looked_at_anywhere(desk: Desk) -> None:
    assert desk.run("demo", str(desk.root / "Dropbox" / "look"), "--json").json["reports"][0]["accepted"] == 11


@pytest.mark.service("postgres")
def test_hosts_that_share_a_ledger_need_no_adopting_and_a_restored_backup_is_noticed_by_each_that_knows(
    desk: Desk, server: ScriptedServer, shared_url: str, here: dict[str, str], elsewhere: dict[str, str]
) -> None:
    desk.settings(server, more=f"[ledger]\nurl = {json.dumps(shared_url)}\n")
    desk.people("one", ["ada@a.example.com"])
    assert desk.run("send", "lamps", "--to", "one", "--yes", env=here).code == 0
    done = desk.run(*SEND, env=elsewhere)
    assert (done.code, "Warning" in done.err) == (0, False)
    assert len(times_taken(server)) == 5
    found = desk.run("doctor", "--offline", "--json", env=here)
    assert (found.code, found.json["good"]) == (0, True), found.said
    ledger = open_ledger(shared_url, desk.root, create=False)
    assert ledger is not None
    with ledger.writing() as connection:
        connection.execute(text("UPDATE ledger_info SET value = '1' WHERE name = 'runs'"))
    ledger.close()
    for env in (here, elsewhere):
        assert desk.run(*SEND, env=env).code == 3
    assert desk.run("doctor", "--adopt-ledger", "--yes", env=here).code == 0
    assert desk.run(*SEND, env=here).code == 0
