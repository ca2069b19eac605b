"""Who is sending: the dead give back at once, the living are never robbed."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import socket
import time
from dataclasses import replace
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mailer.ledger import Ledger, open_ledger
from mailer.ledger.connection import LEASE
from mailer.ledger.deliveries import allow_attempts
from mailer.ledger.mailings import require_mailing
from mailer.ledger.processes import (
    ProcessLock,
    WorkerStatus,
    dead_processes,
    end,
    find_at_work,
    forget_worker,
    free_dead_processes,
    free_dead_step,
    hold_lock,
    read_workers,
    record_worker,
    register,
    renew,
)
from mailer.ledger.tables import delivery, event, process
from mailer.runs.sending.record import expire
from tests.ledger.rows import NOW, STAMP, claimed, events, later, open_mailing, people, plan, start, states

FAR = later(86_400)


@pytest.fixture(autouse=True)
def _mailing(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        plan(connection, open_mailing(connection), people(10))


def _hold(url: str, root: str, pipe: Pipe) -> None:
    """Claim ten, attempt three, and stay."""
    ledger = open_ledger(url, Path(root))
    assert ledger is not None
    with ledger.writing() as connection:
        lock = start(connection, Path(root) / ".mailer" / "run")
        batch = claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=10)
        allow_attempts(connection, [each.id for each in batch[:3]], lock.owner, stamp=STAMP)
    pipe.send(lock.owner)
    time.sleep(60)


def freed(ledger: Ledger, folder: Path, *, now: object = NOW) -> int:
    with ledger.writing() as connection:
        return free_dead_step(connection, folder, now=now)  # type: ignore[arg-type]  # a datetime, as pytest gives it


def test_who_is_at_work_is_named_by_the_mailing_or_by_the_process_where_nobody_is_held(
    ledger: Ledger, lock: ProcessLock, run_folder: Path
) -> None:
    with ledger.writing() as connection:
        assert find_at_work(connection, run_folder, now=FAR) == [f"process {os.getpid()} on {socket.gethostname()}"]
        claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=1)
        assert find_at_work(connection, run_folder, now=FAR) == ["seals/release-1"]
        end(connection, lock.owner, now=NOW)
        assert find_at_work(connection, run_folder, now=FAR) == []


@pytest.mark.slow
def test_what_a_killed_process_held_comes_back_at_once_and_what_it_attempted_is_in_doubt(
    ledger: Ledger, ledger_url: str, run_folder: Path, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_hold, args=(ledger_url, str(tmp_path), there))
    child.start()
    owner = here.recv()
    assert states(ledger) == {"attempted": 3, "claimed": 7}

    # alive: not even a lease that is long over makes it dead on this machine
    assert freed(ledger, run_folder, now=FAR) == 0
    assert states(ledger) == {"attempted": 3, "claimed": 7}

    child.kill()
    child.join()
    assert freed(ledger, run_folder) == 3
    assert states(ledger) == {"in_doubt": 3, "pending": 7}
    assert events(ledger) == ["attempted"] * 3 + ["in_doubt"] * 3
    assert list(run_folder.iterdir()) == []
    with ledger.reading() as connection:
        rows = connection.execute(select(delivery.c.reason).where(delivery.c.state == "in_doubt")).scalars().all()
        assert set(rows) == {"process_died"}
        assert connection.execute(select(delivery.c.id).where(delivery.c.lease_owner.is_not(None))).all() == []
        assert connection.execute(select(process.c.ended_at).where(process.c.id == owner)).scalar_one() == NOW
    assert freed(ledger, run_folder) == 0


def test_who_looks_at_a_dead_ones_lock_is_not_taken_for_its_owner(ledger: Ledger, run_folder: Path) -> None:
    lock = hold_lock(run_folder)
    with ledger.writing() as connection:
        register(connection, lock, now=NOW)
    with ledger.reading() as connection:
        assert dead_processes(connection, run_folder, now=FAR) == []
    os.close(lock.handle)  # as the kernel does when a process dies
    with (run_folder / f"{lock.owner}.lock").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # as another `mailer status` does at the same moment
        with ledger.reading() as connection:
            assert dead_processes(connection, run_folder, now=NOW) == [lock.owner]
        assert list(run_folder.iterdir()) != []


def test_who_asks_is_not_dead(ledger: Ledger, lock: ProcessLock, run_folder: Path) -> None:
    with ledger.writing() as connection:
        claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=4)
        assert free_dead_step(connection, run_folder, now=FAR) == 0
    assert states(ledger) == {"claimed": 4, "pending": 6}


@pytest.mark.parametrize("place", ["another-host:/srv/office/.mailer/run", None])
def test_elsewhere_only_a_lease_that_is_over_proves_death(
    ledger: Ledger, lock: ProcessLock, run_folder: Path, place: str | None
) -> None:
    """Another host, or another folder on this one: nobody here can ask the kernel about its lock."""
    with ledger.writing() as connection:
        claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=4)
        if place:
            connection.execute(update(process).values(host=place))
    folder = run_folder if place else run_folder.parent / "other"
    folder.mkdir(exist_ok=True)
    assert freed(ledger, folder, now=NOW + LEASE) == 0
    assert states(ledger) == {"claimed": 4, "pending": 6}
    freed(ledger, folder, now=NOW + LEASE * 1.01)
    assert states(ledger) == {"pending": 10}


def test_a_renewed_lease_lives_on(ledger: Ledger, lock: ProcessLock, run_folder: Path) -> None:
    with ledger.writing() as connection:
        connection.execute(update(process).values(host="another-host:/x"))
        claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=1)
        renew(connection, lock.owner, now=later(50))
        free_dead_step(connection, run_folder, now=later(100))
    assert states(ledger) == {"claimed": 1, "pending": 9}


def test_a_process_renews_and_ends_itself_and_no_other(
    ledger: Ledger, lock: ProcessLock, other_lock: ProcessLock
) -> None:
    leases = select(process.c.id, process.c.lease_until, process.c.ended_at)
    with ledger.writing() as connection:
        before = {row.id: row for row in connection.execute(leases)}
        assert renew(connection, lock.owner, now=later(9))
        renewed = {row.id: row for row in connection.execute(leases)}
        end(connection, lock.owner, now=later(10))
        ended = {row.id: row for row in connection.execute(leases)}
    assert renewed[lock.owner].lease_until == later(9) + LEASE
    assert ended[lock.owner].ended_at == later(10)
    assert before[other_lock.owner] == renewed[other_lock.owner] == ended[other_lock.owner]


def test_an_ended_process_cannot_renew_its_lease(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        assert renew(connection, lock.owner, now=later(1))
        end(connection, lock.owner, now=later(2))
        assert not renew(connection, lock.owner, now=later(3))
        assert not renew(connection, "nobody", now=later(3))
        end(connection, lock.owner, now=later(4))  # its own end, later
        row = connection.execute(select(process)).one()
    assert (row.ended_at, row.lease_until) == (later(2), later(2))


def test_what_an_ended_process_holds_all_the_same_is_freed(ledger: Ledger, lock: ProcessLock, run_folder: Path) -> None:
    """An earlier version let a process that had been ended claim again, and nobody freed it any more."""
    with ledger.writing() as connection:
        batch = claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=4)
        allow_attempts(connection, [batch[0].id], lock.owner, stamp=STAMP)
        connection.execute(update(process).values(ended_at=NOW))
        assert dead_processes(connection, run_folder, now=NOW) == [lock.owner]
    assert freed(ledger, run_folder) == 1
    assert states(ledger) == {"in_doubt": 1, "pending": 9}
    with ledger.reading() as connection:
        assert dead_processes(connection, run_folder, now=FAR) == []


def test_who_is_in_doubt_has_the_reason_of_it(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        batch = claimed(connection, require_mailing(connection, "seals"), lock.owner, limit=1)
        allow_attempts(connection, [batch[0].id], lock.owner, stamp=STAMP)
        end(connection, lock.owner, now=NOW, reason="stopped")
        assert connection.execute(select(delivery.c.reason).where(delivery.c.id == batch[0].id)).scalar() == "stopped"
        assert connection.execute(select(event.c.reason).where(event.c.kind == "in_doubt")).scalar() == "stopped"


def test_who_goes_in_order_holds_nothing_and_leaves_no_file(ledger: Ledger, run_folder: Path) -> None:
    with ledger.writing() as connection:
        held = start(connection, run_folder)
        batch = claimed(connection, require_mailing(connection, "seals"), held.owner, limit=4)
        allow_attempts(connection, [batch[0].id], held.owner, stamp=STAMP)
        assert end(connection, held.owner, now=later(1)) == 1
    held.free()
    assert states(ledger) == {"in_doubt": 1, "pending": 9}
    assert list(run_folder.iterdir()) == []
    with ledger.reading() as connection:
        assert connection.execute(select(event.c.actor).where(event.c.kind == "in_doubt")).scalar_one() == held.owner


def test_a_lock_file_that_somebody_deleted_is_no_proof_of_life(ledger: Ledger, run_folder: Path) -> None:
    held = hold_lock(run_folder)
    with ledger.writing() as connection:
        register(connection, held, now=NOW)
        claimed(connection, require_mailing(connection, "seals"), held.owner, limit=1)
    held.free()
    assert freed(ledger, run_folder) == 0
    assert states(ledger) == {"pending": 10}


def test_each_process_has_a_name_of_its_own(run_folder: Path) -> None:
    locks = [hold_lock(run_folder) for _ in range(3)]
    assert len({held.owner for held in locks}) == 3
    for held in locks:
        held.free()


def test_what_a_process_that_is_over_held_comes_back_in_steps_and_all_of_it(ledger: Ledger, run_folder: Path) -> None:
    """Else everybody who writes would wait until the last one is back."""
    with ledger.writing() as connection:
        mailing = require_mailing(connection, "seals")
        plan(connection, mailing, [f"many{number}@daily.example.com" for number in range(1300)])
        held = start(connection, run_folder)
        claimed(connection, mailing, held.owner, limit=1310)
    held.free()
    assert freed(ledger, run_folder) == 0
    assert states(ledger) == {"claimed": 810, "pending": 500}
    free_dead_processes(ledger, run_folder, now=NOW)
    assert states(ledger) == {"pending": 1310}
    with ledger.reading() as connection:
        assert dead_processes(connection, run_folder, now=FAR) == []


def test_what_is_too_late_is_given_up_in_steps(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = require_mailing(connection, "seals")
        plan(connection, mailing, [f"many{number}@daily.example.com" for number in range(690)])
        connection.execute(update(delivery).values(expires_at=NOW))
    assert [ledger.step(lambda connection: expire(connection, mailing.id, STAMP)) for _ in range(3)] == [500, 200, 0]
    assert states(ledger) == {"expired": 700}


def test_a_worker_is_known_as_it_described_itself_last_until_it_leaves_or_is_silent_for_a_day(ledger: Ledger) -> None:
    one = WorkerStatus("1", "gull", 11, "1.0", started_at=NOW, seen_at=NOW)
    two = replace(one, id="2", host="auk", doing="seals, lamps", per_minute=90)
    with ledger.writing() as connection:
        for each in (one, two, replace(one, seen_at=later(60), doing="seals")):
            record_worker(connection, each)
        assert read_workers(connection) == [two, replace(one, seen_at=later(60), doing="seals")]
        assert [each.is_silent(later(61)) for each in read_workers(connection)] == [True, False]
        assert [each.is_silent(later(-3600)) for each in read_workers(connection)] == [True, True]  # it was set back
        record_worker(connection, replace(one, seen_at=later(86_401)))
        assert [each.id for each in read_workers(connection)] == ["1"]
        forget_worker(connection, "1")
        assert read_workers(connection) == []
