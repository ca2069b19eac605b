"""A ledger that hosts share: what PostgreSQL must be told so that it keeps the promises that SQLite keeps."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, make_url, select, text

from mailer.errors import LedgerProblem, LedgerUnavailable
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.connection import LEASE, KeptLedger, is_away
from mailer.ledger.deliveries import Place, add_deliveries, allow_attempts, claim
from mailer.ledger.mailings import Edition, Stamp, add_edition, newest_edition, require_mailing
from mailer.ledger.migrations import NEWEST
from mailer.ledger.processes import free_dead_step, hold_lock, register, renew
from mailer.ledger.tables import event, ledger_info, mailing, process
from tests.ledger.rows import NOW, STAMP, claimed, events, open_mailing, people, plan, planned, start, states
from tests.postgres import PASSWORD, Postgres, find_programs, own_postgres

pytestmark = pytest.mark.service("postgres")


def opened(url: str, root: Path, *, clock: Callable[[], datetime] | None = None) -> Ledger:
    ledger = open_ledger(url, root, clock=clock) if clock else open_ledger(url, root)
    assert ledger is not None
    return ledger


@pytest.fixture
def ledger_url(shared_url: str) -> str:
    """Let the fixtures of this room give a ledger on PostgreSQL alone."""
    return shared_url


# sessions


def test_every_connection_is_durable_whatever_the_server_is_set_to(
    postgres: Postgres, ledger_url: str, tmp_path: Path
) -> None:
    name = make_url(ledger_url).database
    for setting in ("synchronous_commit = off", "default_transaction_isolation = 'serializable'"):
        postgres.run(f"ALTER DATABASE {name} SET {setting}")
    ledger, found = opened(ledger_url, tmp_path), []
    together = threading.Barrier(3)  # so that there are three connections, not one used three times

    def ask() -> None:
        with ledger.writing(sharing=True) as connection:
            found.append(
                [connection.execute(text(f"SHOW {each}")).scalar_one() for each in ("synchronous_commit", "fsync")]
            )
            found.append(connection.execute(text("SHOW transaction_isolation")).scalar_one())
            together.wait(60)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert sorted(map(str, found)) == ["['on', 'on']"] * 3 + ["read committed"] * 3


def test_a_ledger_that_is_kept_stays_open_from_one_look_to_the_next(
    postgres: Postgres, ledger_url: str, tmp_path: Path
) -> None:
    kept = KeptLedger()
    assert kept.open(ledger_url, tmp_path, lease=LEASE) is None
    opened(ledger_url, tmp_path).close()
    first = kept.open(ledger_url, tmp_path, lease=LEASE)
    assert first is not None

    def session(ledger: Ledger) -> int:
        with ledger.reading() as connection:
            return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    before = session(first)
    assert kept.open(ledger_url, tmp_path, lease=LEASE) is first
    assert session(first) == before
    assert postgres.hang_up(ledger_url) == 1
    assert kept.open(ledger_url, tmp_path, lease=LEASE) is first, "a server that was restarted is met by a question"
    assert session(first) != before

    second = kept.open(ledger_url, tmp_path, lease=LEASE * 2)
    assert second is not None
    assert (second is first, second.lease) == (False, LEASE * 2)
    assert session(first), "who is at work on it goes on"
    first.close()
    kept.close()
    assert postgres.hang_up(ledger_url) == 0


def test_a_kept_ledger_is_opened_anew_once_its_tables_are_others(
    postgres: Postgres, ledger_url: str, tmp_path: Path
) -> None:
    kept, version = KeptLedger(), "UPDATE alembic_version SET version_num = '{}'"
    opened(ledger_url, tmp_path).close()
    first = kept.open(ledger_url, tmp_path, lease=LEASE)
    postgres.rows(ledger_url, version.format(99))
    for _ in range(2):
        with pytest.raises(LedgerProblem, match="newer mailer"):
            kept.open(ledger_url, tmp_path, lease=LEASE)
    postgres.rows(ledger_url, version.format(1))
    second = kept.open(ledger_url, tmp_path, lease=LEASE)
    assert second is not None
    assert second is not first
    assert postgres.rows(ledger_url, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    kept.close()


def test_a_server_that_is_away_is_told_from_one_that_refuses(ledger_url: str, tmp_path: Path) -> None:
    right = make_url(ledger_url)
    for wrong, may_come in (
        (right.set(port=1), True),
        (right.set(password="puffin"), False),
        (right.set(username="nobody"), False),
        (right.set(database="not_here"), False),
    ):
        with pytest.raises(LedgerUnavailable) as caught:
            open_ledger(wrong.render_as_string(hide_password=False), tmp_path)
        assert is_away(caught.value) is may_come, wrong


def test_a_server_that_may_forget_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    programs = find_programs()
    if programs is None or not postgres.ours:
        pytest.skip("needs a server of our own")
    with own_postgres(programs, "fsync=off") as careless, careless.database() as url:
        with pytest.raises(LedgerProblem, match="fsync = off") as caught:
            open_ledger(url, tmp_path)
        assert caught.value.hint
        assert careless.rows(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_database_that_cannot_keep_every_name_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    options = "ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    with postgres.database(options) as url, pytest.raises(LedgerProblem, match="LATIN1"):
        open_ledger(url, tmp_path)


def test_looking_leaves_nothing_behind(postgres: Postgres, ledger_url: str, tmp_path: Path) -> None:
    assert open_ledger(ledger_url, tmp_path, create=False) is None
    assert postgres.rows(ledger_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_address_may_be_written_as_it_is_elsewhere(ledger_url: str, tmp_path: Path, scheme: str) -> None:
    ledger = opened(ledger_url.replace("postgresql", scheme, 1), tmp_path)
    assert states(ledger) == {}
    ledger.close()


@pytest.mark.parametrize(
    "change, said",
    [((PASSWORD, "puffin"), "password authentication failed"), (("/mailer_test_", "/nobody_made_"), "does not exist")],
)
def test_who_is_not_let_in_is_told_without_the_password(
    ledger_url: str, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(LedgerProblem, match=said) as caught:
        open_ledger(ledger_url.replace(*change, 1), tmp_path)
    assert not {PASSWORD, "puffin"} & set(f"{caught.value!r} {caught.value.hint}".split())
    assert "puffin" not in f"{caught.value!r}"
    assert PASSWORD not in f"{caught.value!r}"


def test_an_open_ledger_does_not_show_its_password(ledger: Ledger, ledger_url: str) -> None:
    assert PASSWORD in ledger_url
    assert PASSWORD not in repr(ledger)


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None; from pathlib import Path; from mailer.ledger import open_ledger\n"
        "try: open_ledger('postgresql://press:gannet@127.0.0.1/x', Path('.'))\n"
        "except Exception as error: print(type(error).__name__, error.hint, error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.startswith("LedgerProblem pip install 'mailer[postgres]'"), done.stderr
    assert "gannet" not in done.stdout + done.stderr


def in_schema(url: str, path: str) -> str:
    """Return the address of a database with another search path."""
    shown = make_url(url).update_query_dict({"options": f"-csearch_path={path}"})
    return shown.render_as_string(hide_password=False)


def turn(ledger: Ledger) -> tuple[object, ...]:
    """Return the number of the lock by which writers of a ledger take turns."""
    mine = "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    with ledger.writing() as connection:
        return tuple(connection.execute(text(mine)).one())


def test_two_ledgers_in_one_database_do_not_wait_for_each_other(
    postgres: Postgres, ledger_url: str, tmp_path: Path
) -> None:
    for name in ("north", "south"):
        postgres.rows(ledger_url, f"CREATE SCHEMA {name}")
    north, south = (opened(in_schema(ledger_url, name), tmp_path) for name in ("north", "south"))
    with north.writing() as one, south.writing() as other:  # would wait for a lock of the whole database for ever
        open_mailing(one, "seals")
        open_mailing(other, "ferries")
    assert turn(north) != turn(south)
    north.close()
    south.close()


def test_whoever_finds_a_ledger_by_another_search_path_takes_turns_with_the_others(
    postgres: Postgres, ledger_url: str, tmp_path: Path
) -> None:
    for name in ("north", "south"):
        postgres.rows(ledger_url, f"CREATE SCHEMA {name}")
    plain = opened(in_schema(ledger_url, "north"), tmp_path)
    roundabout = opened(in_schema(ledger_url, "north,south"), tmp_path)
    assert turn(plain) == turn(roundabout)
    plain.close()
    roundabout.close()


# what only one of the two stores minds


def test_events_cannot_be_emptied_at_once(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        connection.execute(insert(event).values(at=NOW, kind="planned", actor="ada@desk"))
    with pytest.raises(LedgerProblem, match="append-only"), ledger.writing() as connection:
        connection.execute(text("TRUNCATE event CASCADE"))
    assert events(ledger) == ["planned"]


def test_what_people_name_may_be_long(ledger: Ledger) -> None:
    long = "ö" * 250
    with ledger.writing() as connection:
        made = open_mailing(connection, long)
        add_edition(connection, made.id, Edition({("template", long * 2): b"x"}, b"h", b"b"), reason="", stamp=STAMP)
        place = Place(made.id, newest_edition(connection, made.id)[0])
        add_deliveries(connection, place, [replace(planned(made, "ada@example.com"), list_name=long)])
        values = {"id": "x", "host": f"desk:/{long}", "pid": 1, "started_at": NOW, "lease_until": NOW}
        connection.execute(insert(process).values(**values))
        assert require_mailing(connection, long).slug == long


def test_a_nul_that_strangers_sent_stops_nothing(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        connection.execute(insert(ledger_info).values(name="said", value="no\x00body"))
        found = connection.execute(select(ledger_info.c.value).where(ledger_info.c.name == "said")).scalar_one()
    assert found == "no\ufffdbody"


# side by side


def test_who_shares_works_beside_others_who_share_and_gets_other_rows(ledger: Ledger, run_folder: Path) -> None:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(10))
        locks = [start(connection, run_folder) for _ in range(2)]
    with (
        ledger.writing(sharing=True) as first,
        ledger.writing(sharing=True) as second,
    ):  # in one thread: waiting would never end
        ids = [
            {each.id for each in claimed(each_of, made, lock.owner, limit=4)}
            for each_of, lock in ((first, locks[0]), (second, locks[1]))
        ]
    for lock in locks:
        lock.free()
    assert [len(taken) for taken in ids] == [4, 4]
    assert not ids[0] & ids[1]
    assert states(ledger) == {"claimed": 8, "pending": 2}


@pytest.mark.parametrize("first, second", [(False, False), (False, True), (True, False)])
def test_all_other_writers_take_turns(ledger: Ledger, *, first: bool, second: bool) -> None:
    done: list[str] = []

    def later_one() -> None:
        with ledger.writing(sharing=second) as connection:
            done.append(connection.execute(select(mailing.c.headline)).scalar_one())

    with ledger.writing(sharing=first) as connection:
        thread = threading.Thread(target=later_one)
        thread.start()
        thread.join(0.3)
        assert done == []
        open_mailing(connection)
    thread.join()
    assert done == ["Seals are back"]  # it sees what was done before its turn


def test_a_host_that_vanishes_in_its_turn_keeps_the_others_for_less_than_their_lease(
    ledger_url: str, tmp_path: Path
) -> None:
    vanished, other = (open_ledger(ledger_url, tmp_path, lease=timedelta(seconds=4)) for _ in range(2))
    assert vanished is not None
    assert other is not None
    began, turns = other.now(), []

    def vanish() -> None:
        with vanished.writing(), other.writing():
            turns.append(other.now())

    with pytest.raises(LedgerProblem, match="idle-in-transaction"):
        vanish()
    assert turns[0] - began < timedelta(seconds=4)
    for each in (vanished, other):
        each.close()


def test_reading_waits_for_nobody_and_nobody_for_it(ledger: Ledger) -> None:
    with ledger.reading() as reader, ledger.writing() as writer:
        open_mailing(writer)
        assert reader.execute(select(mailing)).all() == []


# time


def skewed(hours: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(hours=hours)


def test_hosts_whose_clocks_are_wrong_live_by_the_same_time(ledger_url: str, tmp_path: Path) -> None:
    early, late = (opened(ledger_url, tmp_path, clock=skewed(hours)) for hours in (-3, 5))
    apart = abs(early.now() - late.now())
    early.close()
    late.close()
    assert apart < timedelta(minutes=1)


def test_a_wrong_clock_neither_robs_a_lease_nor_outlives_one(ledger_url: str, tmp_path: Path) -> None:
    """One host is three hours behind and sends; another, five hours ahead, looks for the dead."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    early, late = opened(ledger_url, tmp_path, clock=skewed(-3)), opened(ledger_url, tmp_path, clock=skewed(5))
    lock = hold_lock(here)
    with early.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(5))
        register(connection, lock, now=early.now())
        claim(connection, made.id, lock.owner, limit=5, now=early.now())
    with late.writing() as connection:
        assert free_dead_step(connection, there, now=late.now()) == 0
    assert states(late) == {"claimed": 5}
    with early.writing() as connection:
        renew(connection, lock.owner, now=early.now() - LEASE * 1.01)  # as after a minute in which nobody renewed it
        ids = [1, 2, 3, 4, 5]
        assert allow_attempts(connection, ids, lock.owner, stamp=Stamp(early.now(), "ada@desk")) == frozenset()
    with late.writing() as connection:
        free_dead_step(connection, there, now=late.now())
    assert states(late) == {"pending": 5}
    lock.free()
    early.close()
    late.close()


# lost connections


def test_a_connection_that_was_lost_meanwhile_is_made_anew(postgres: Postgres, ledger: Ledger, ledger_url: str) -> None:
    assert states(ledger) == {}
    assert postgres.hang_up(ledger_url) == 1
    assert states(ledger) == {}


def test_a_connection_lost_in_the_middle_is_told_and_leaves_nothing_half_done(
    postgres: Postgres, ledger: Ledger, ledger_url: str
) -> None:
    def work() -> None:
        with ledger.writing() as connection:
            open_mailing(connection)
            postgres.hang_up(ledger_url)
            plan(connection, require_mailing(connection, "seals"), people(3))

    with pytest.raises(LedgerProblem, match="the ledger cannot be used") as caught:
        work()
    assert caught.value.message.isprintable()
    with ledger.reading() as connection:
        assert connection.execute(select(mailing)).all() == []


def test_what_the_driver_passes_over_when_its_server_goes_is_not_printed(ledger_url: str, tmp_path: Path) -> None:
    program = (
        "import logging, pathlib, sys; from mailer.ledger import open_ledger\n"
        "open_ledger(sys.argv[1], pathlib.Path(sys.argv[2])).close()\n"
        "logging.getLogger('psycopg').warning('error ignored terminating a pipeline')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, ledger_url, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
