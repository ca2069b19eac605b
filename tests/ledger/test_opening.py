"""Opening, migrating and guarding the ledger."""

from __future__ import annotations

import multiprocessing
import threading
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listens_for
from sqlalchemy.exc import DatabaseError

from mailer.errors import LedgerProblem
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.connection import check_keys, verify_keys
from mailer.ledger.migrations import NEWEST
from mailer.ledger.tables import event, ledger_info, ledger_key, mailing
from mailer.tokens import Keys
from tests.ledger.rows import KEYS, NOW, open_mailing, people, plan, states
from tests.ledger.shapes import shape_of

URL = "sqlite:///.mailer/ledger.db"
TWO = Keys(2, {1: KEYS.secrets[1], 2: b"another key of 32 bytes, as it is"})


def reopened(root: Path, url: str = URL, *, create: bool = True, upgrades: bool = True) -> Ledger:
    opened = open_ledger(url, root, create=create, upgrades=upgrades)
    assert opened is not None
    return opened


def refusal(root: Path, url: str = URL) -> LedgerProblem:
    with pytest.raises(LedgerProblem) as caught:
        open_ledger(url, root)
    assert caught.value.exit_code == 3
    assert caught.value.message.isprintable()
    return caught.value


def test_a_migration_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / ".mailer").mkdir()
    import sqlite3

    with sqlite3.connect(tmp_path / ".mailer" / "ledger.db") as raw:
        raw.execute("CREATE TABLE suppression (id INTEGER)")  # in the way of one of the last tables
    raw.close()
    refusal(tmp_path)
    raw = sqlite3.connect(tmp_path / ".mailer" / "ledger.db")
    assert [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")] == ["suppression"]
    raw.close()


def test_a_ledger_that_is_damaged_or_cannot_be_written_has_a_next_step(tmp_path: Path) -> None:
    opened = reopened(tmp_path)
    with opened.writing() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(LedgerProblem) as caught, opened.writing() as connection:
        connection.exec_driver_sql("DELETE FROM event")
    opened.close()
    assert "writable for this account" in caught.value.hint
    for path in (tmp_path / ".mailer").iterdir():
        path.write_bytes(b"a picture of a lighthouse, or something else" * 100)
    assert "backup" in refusal(tmp_path).hint


def test_only_its_owner_can_look_into_the_ledger(tmp_path: Path) -> None:
    opened = reopened(tmp_path)
    folder = tmp_path / ".mailer"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "ledger.db": 0o600,
        "ledger.db-shm": 0o600,
        "ledger.db-wal": 0o600,
    }
    opened.close()


@pytest.mark.parametrize(
    "pragma, value", [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 30_000)]
)
def test_every_connection_is_durable(tmp_path: Path, pragma: str, value: int | str) -> None:
    ledger, found = reopened(tmp_path), []

    def ask() -> None:
        with ledger.reading() as connection:
            found.append(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
            together.wait(60)

    together = threading.Barrier(3)  # so that there are three connections, not one used three times
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert found == [value] * 3


@pytest.mark.parametrize("statement", ["UPDATE event SET reason = 'x'", "DELETE FROM event"])
def test_events_are_only_ever_added(ledger: Ledger, statement: str) -> None:
    with ledger.writing() as connection:
        connection.execute(insert(event).values(at=NOW, kind="planned", actor="ada@desk"))
    with pytest.raises(LedgerProblem, match="events are append-only"), ledger.writing() as connection:
        connection.execute(text(statement))
    with ledger.reading() as connection:
        assert connection.execute(select(event.c.reason)).scalars().all() == [""]


def test_a_transaction_that_fails_changes_nothing(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.writing() as connection:
            open_mailing(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with ledger.reading() as connection:
        assert connection.execute(select(mailing)).all() == []


def test_who_reads_sees_one_moment(ledger: Ledger) -> None:
    with ledger.reading() as reader:
        before = reader.execute(select(mailing)).all()
        with ledger.writing() as writer:
            open_mailing(writer)
        assert reader.execute(select(mailing)).all() == before == []


def test_a_reader_cannot_write_by_mistake_past_a_writer(ledger: Ledger) -> None:
    """A transaction of `reading` that began before another's commit may look, and must not overwrite."""
    with ledger.writing() as connection:
        open_mailing(connection)
    with ledger.reading() as reader:
        reader.execute(select(mailing)).all()
        with ledger.writing() as writer:
            writer.execute(update(mailing).values(headline="theirs"))
        with pytest.raises(DatabaseError, match=r"locked|read-only"):
            reader.execute(update(mailing).values(headline="ours"))
    with ledger.reading() as connection:
        assert connection.execute(select(mailing.c.headline)).scalar_one() == "theirs"


def test_times_are_kept_as_utc_and_naive_ones_are_refused(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        open_mailing(connection)
    with ledger.reading() as connection:
        assert connection.execute(select(mailing.c.created_at)).scalar_one() == NOW
    with pytest.raises(LedgerProblem, match="aware times only"), ledger.writing() as connection:
        connection.execute(update(mailing).values(created_at=NOW.replace(tzinfo=None)))


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    assert open_ledger(URL, tmp_path, create=False) is None
    assert list(tmp_path.iterdir()) == []


def test_looking_opens_what_is_there(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    with ledger.writing() as connection:
        plan(connection, open_mailing(connection), people(3))
    again = reopened(tmp_path, ledger_url, create=False)
    assert states(again) == {"pending": 3}
    again.close()


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    """A process that was killed between making the file and filling it leaves one."""
    (tmp_path / ".mailer").mkdir()
    (tmp_path / ".mailer" / "ledger.db").touch(mode=0o600)
    opened = reopened(tmp_path)
    assert states(opened) == {}
    opened.close()


@pytest.mark.parametrize("content", [b"not a database at all\n" * 100, b"SQLite format 3\x00" + b"\xff" * 2000])
def test_a_file_that_is_no_ledger_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".mailer").mkdir()
    path = tmp_path / ".mailer" / "ledger.db"
    path.write_bytes(content)
    assert "ledger" in refusal(tmp_path).message
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "version, said",
    [("99", "by a newer mailer"), ("0001", "from before the first release"), ("0012", "from before the first release")],
)
def test_a_ledger_of_a_version_that_cannot_be_read_is_told_and_left_alone(
    ledger: Ledger, ledger_url: str, tmp_path: Path, version: str, said: str
) -> None:
    with ledger.writing() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))  # noqa: S608 - our own words
        before = shape_of(connection)
    problem = refusal(tmp_path, ledger_url)
    assert said in problem.message
    assert problem.hint
    with ledger.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == version
        assert shape_of(connection) == before


def test_an_older_ledger_that_hosts_share_is_left_alone_by_who_only_looks(
    ledger: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    with ledger.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '1'"))
    if ledger.on_this_machine:
        reopened(tmp_path, ledger_url, upgrades=False).close()
    else:
        with pytest.raises(LedgerProblem, match="older mailer") as caught:
            open_ledger(ledger_url, tmp_path, create=False, upgrades=False)
        assert "mailer ledger migrate" in caught.value.hint
    with ledger.reading() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert found == (NEWEST if ledger.on_this_machine else "1")


@pytest.mark.parametrize(
    "url, said",
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("nonsense", "url"),
        ("", "url"),
        ("oddbase://localhost/x", "oddbase"),
        ("sqlite:///folder", "unable to open"),
        ("sqlite:///file/ledger.db", "cannot be"),
    ],
)
def test_a_place_where_no_ledger_can_be_is_told(tmp_path: Path, url: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert said in refusal(tmp_path, url).message.lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_password_in_the_place_of_the_ledger_is_not_told(tmp_path: Path) -> None:
    for url in (
        "oddbase://press:gannet@localhost/x",
        "press:gannet@localhost",
        "postgresql://press:gannet@localhost:1/x",
    ):
        problem = refusal(tmp_path, url)
        assert "gannet" not in f"{problem!r} {problem.hint}"


def test_a_ledger_can_lie_elsewhere(tmp_path: Path) -> None:
    opened = open_ledger(f"sqlite:///{tmp_path}/other/deep/x.db", tmp_path / "office")
    assert opened is not None
    opened.close()
    assert (tmp_path / "other" / "deep" / "x.db").stat().st_mode & 0o777 == 0o600


def _open(url: str, root: str, barrier: Barrier, queue: multiprocessing.Queue[str]) -> None:
    barrier.wait()
    try:
        opened = open_ledger(url, Path(root))
        assert opened is not None
        with opened.writing() as connection:
            identity = connection.execute(select(ledger_info.c.value)).scalar_one()
        opened.close()
        queue.put(identity)
    except Exception as error:  # noqa: BLE001 - whatever it was, the test shows it
        queue.put(repr(error))


@pytest.mark.slow
def test_processes_that_open_a_new_ledger_at_the_same_time_get_the_same_one(ledger_url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_open, args=(ledger_url, str(tmp_path), barrier, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    found = {queue.get(timeout=120) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(found) == 1
    assert len(found.pop()) == 16


def test_new_keys_are_remembered_and_the_same_ones_are_good(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        check_keys(connection, KEYS)
        check_keys(connection, TWO)
        check_keys(connection, TWO)
        assert verify_keys(connection, TWO) == {1, 2}
        rows = connection.execute(select(ledger_key)).all()
    assert [row.key_id for row in rows] == [1, 2]
    assert not [row for row in rows if row.check_value in TWO.secrets.values()]


@pytest.mark.parametrize(
    "keys, said",
    [
        (Keys(1, {1: b"x" * 32}), "key 1 is not the one this ledger was made with"),
        (Keys(2, {2: TWO.secrets[2]}), "key 1, with which this ledger was made, is missing"),
        (KEYS, "key 2, with which this ledger was made, is missing"),
        (Keys(1, {1: TWO.secrets[2], 2: TWO.secrets[1]}), "key 1 is not the one"),
    ],
)
def test_a_missing_or_different_key_stops_everything(ledger: Ledger, keys: Keys, said: str) -> None:
    with ledger.writing() as connection:
        check_keys(connection, TWO)
    with pytest.raises(LedgerProblem, match=said) as caught, ledger.writing() as connection:
        check_keys(connection, keys)
    assert "backup" in caught.value.hint


def test_a_ledger_that_is_busy_says_so(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    impatient = reopened(tmp_path, ledger_url)
    less = "PRAGMA busy_timeout=10" if ledger_url == URL else "SET lock_timeout = 10"

    @listens_for(impatient.engine, "checkout")
    def _wait_less(raw: DBAPIConnection, *_: object) -> None:
        raw.cursor().execute(less)
        raw.commit()

    with ledger.writing(), pytest.raises(LedgerProblem, match="lock") as caught, impatient.writing():
        pass
    assert "Another program is writing" in caught.value.hint
    impatient.close()


def test_a_foreign_key_that_leads_nowhere_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerProblem, match=r"(?i)foreign key") as caught, ledger.writing() as connection:
        connection.execute(insert(event).values(at=NOW, kind="planned", actor="x", delivery_id=99))
    assert isinstance(caught.value.__cause__, DatabaseError)


def test_what_was_compiled_for_one_ledger_serves_the_next(tmp_path: Path) -> None:
    """A page of the desk opens the ledger anew: half of its time would go into compiling the same statements again."""
    statement, found = select(mailing.c.id).where(mailing.c.slug == "lamps", mailing.c.headline == "none"), []
    for name in ("one", "two"):
        opened = reopened(tmp_path, f"sqlite:///{name}.db")
        with opened.reading() as connection:
            found.append(connection.execute(statement).context.cache_hit.name)
        opened.close()
    assert found == ["CACHE_MISS", "CACHE_HIT"]
