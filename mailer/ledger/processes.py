"""Processes: the processes that are sending now, and freeing what a dead one held.

Owns the rows of `process`, `worker` and `duty`, the kernel locks in `.mailer/run/` and the freeing of leases. A lease
lasts 60 s (`[ledger] lease_s`) and is renewed four times in that time; on the same host a free kernel lock proves at
once that a process is dead, so that nobody waits after `kill -9`. A live process loses nothing: its lock is held, or
its lease has not run out.

Deliveries that a dead process had claimed are pending again. Those it had attempted are in doubt, since their bodies
may have gone out (RFC 5321 §4.5.3.2.6).

An ended process stays ended. If it was stopped or asleep for longer than its lease, and another process ended it, it
cannot renew the lease: it claims and attempts nothing from then on (`deliveries`), so that nothing is held by a process
that nobody watches. Its deliveries are freed in steps, so that nobody waits long for the ledger: until all are freed,
it is an ended process that still holds some, and the process that frees them continues.
"""

from __future__ import annotations

import math
import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, delete, insert, or_, select, update

from mailer.events import DeliveryState, EventKind
from mailer.frozen import dataclass
from mailer.ledger.connection import LEASE, Ledger
from mailer.ledger.deliveries import Result, record, release_all
from mailer.ledger.mailings import Stamp
from mailer.ledger.rows import has_row, put, read_all, values_of
from mailer.ledger.tables import delivery, duty, mailing, mailing_name, process, relay_share, worker
from mailer.platform import hold, is_held, remove

SEEN_EVERY = timedelta(seconds=20)
_SILENT_AFTER = 3 * SEEN_EVERY  # not a lease: workers report this often, whatever the lease is, and nothing is freed
_AT_ONCE = 500
_SHOWN_FOR = timedelta(days=1)  # a worker that was killed

_HOLDERS = select(delivery.c.lease_owner).where(delivery.c.lease_owner.is_not(None))
UNFREED = or_(process.c.ended_at.is_(None), process.c.id.in_(_HOLDERS))  # which may hold something, dead or alive


@dataclass(frozen=True, slots=True)
class ProcessLock:
    """A kernel lock that ends with this process, however that ends."""

    owner: str
    folder: Path
    handle: int

    def free(self) -> None:
        """Release the lock, and remove its file."""
        os.close(self.handle)  # first: Windows removes nothing that is open
        remove(_path(self.folder, self.owner))


def hold_lock(folder: Path) -> ProcessLock:
    """Acquire a new lock in `folder` under a new owner name."""
    owner = f"{os.getpid()}-{secrets.token_hex(6)}"
    return ProcessLock(owner, folder, hold(_path(folder, owner)))


def register(connection: Connection, lock: ProcessLock, *, now: datetime, lease: timedelta = LEASE) -> None:
    """Register this process, with a first lease."""
    values = {"id": lock.owner, "host": place_of(lock.folder), "pid": os.getpid()}
    connection.execute(insert(process).values(**values, started_at=now, lease_until=now + lease))


def renew(connection: Connection, owner: str, *, now: datetime, lease: timedelta = LEASE) -> bool:
    """Renew the lease of all that this process holds; False if another process has ended it."""
    living = update(process).where(process.c.id == owner, process.c.ended_at.is_(None))
    return bool(connection.execute(living.values(lease_until=now + lease)).rowcount)


def end(connection: Connection, owner: str, *, now: datetime, reason: str = "process_died") -> int:
    """Free what an ended process still held, one step of it (`holds` returns whether something is left).

    Return how many deliveries are in doubt because of it; `reason` is why their outcome is unknown.
    """
    on_the_wire = (delivery.c.lease_owner == owner, delivery.c.state == DeliveryState.ATTEMPTED)
    attempted = connection.scalars(select(delivery.c.id).where(*on_the_wire).limit(_AT_ONCE)).all()
    results = [Result(each, EventKind.IN_DOUBT, now, reason=reason) for each in attempted]
    record(connection, results, owner=owner, stamp=Stamp(now, owner))
    release_all(connection, owner, limit=_AT_ONCE)
    connection.execute(delete(relay_share).where(relay_share.c.owner == owner))
    living = update(process).where(process.c.id == owner, process.c.ended_at.is_(None))
    connection.execute(living.values(ended_at=now, lease_until=now))
    return len(attempted)


def forget(connection: Connection, owner: str) -> None:
    """Forget a process that held no delivery."""
    for each in (relay_share.c.owner, process.c.id):
        connection.execute(delete(each.table).where(each == owner))


def holds(connection: Connection, owner: str) -> bool:
    """Return whether a process holds any delivery."""
    return has_row(connection, delivery.c.lease_owner == owner)


def free_dead_processes(ledger: Ledger, folder: Path, *, now: datetime) -> None:
    """Free all that dead processes held, in as many steps as it takes.

    Raises LedgerProblem if the ledger cannot be written.
    """
    while True:
        with ledger.reading() as connection:
            if not dead_processes(connection, folder, now=now):
                return
        ledger.step(partial(free_dead_step, folder=folder, now=now))


def free_dead_step(connection: Connection, folder: Path, *, now: datetime) -> int:
    """Free what dead processes held, one step of each; return how many deliveries are in doubt because of it."""
    in_doubt = 0
    for owner in dead_processes(connection, folder, now=now):
        in_doubt += end(connection, owner, now=now)
        remove(_path(folder, owner))
    return in_doubt


def dead_processes(connection: Connection, folder: Path, *, now: datetime) -> list[str]:
    """Return the processes that died and whose leases are not freed yet; changes nothing.

    This includes ended ones that hold something all the same, as versions without the rule above allowed.
    """
    return [
        row.id
        for row in connection.execute(select(process).where(UNFREED)).all()
        if row.ended_at is not None
        or (not is_held(_path(folder, row.id)) if row.host == place_of(folder) else row.lease_until < now)
    ]


def find_at_work(connection: Connection, folder: Path, *, now: datetime) -> list[str]:
    """Return the names of the mailings that a live process holds deliveries of; if it holds none, name the process."""
    dead = dead_processes(connection, folder, now=now)
    alive = select(process.c.id, process.c.host, process.c.pid).where(process.c.ended_at.is_(None))
    found: dict[str, None] = {}
    for row in connection.execute(alive.where(process.c.id.not_in(dead)) if dead else alive).all():
        held = select(mailing_name).distinct().join(delivery, delivery.c.mailing_id == mailing.c.id)
        names = list(connection.scalars(held.where(delivery.c.lease_owner == row.id)))
        found |= dict.fromkeys(names or [f"process {row.pid} on {row.host.partition(':')[0]}"])
    return list(found)


# Workers: the processes that keep running, as `status --workers` shows them.


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """What a worker last reported; `doing` has the mailings that it sends, `per_minute` how many relays accepted."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    doing: str = ""
    per_minute: int = 0

    def is_silent(self, now: datetime) -> bool:
        """Return whether a report is overdue: the worker was killed or suspended, or has no ledger."""
        return abs(now - self.seen_at) > _SILENT_AFTER  # ahead, if a clock has been set back since


def record_worker(connection: Connection, status: WorkerStatus) -> None:
    """Record a worker's report; forget workers that were silent for a day."""
    put(connection, worker, {"id": status.id}, {}, **values_of(status, without=("id",)))
    connection.execute(delete(worker).where(worker.c.seen_at < status.seen_at - _SHOWN_FOR))


def forget_worker(connection: Connection, worker_id: str) -> None:
    """Forget a worker that has ended properly."""
    connection.execute(delete(worker).where(worker.c.id == worker_id))


def are_workers(connection: Connection, mailing_id: int) -> bool:
    """Return whether only workers hold deliveries of a mailing, and no command that a person watches."""
    held = select(delivery.c.lease_owner).where(
        delivery.c.mailing_id == mailing_id, delivery.c.lease_owner.is_not(None)
    )
    places = connection.execute(select(process.c.host, process.c.pid).where(process.c.id.in_(held))).all()
    known = {(row.host, row.pid) for row in connection.execute(select(worker.c.host, worker.c.pid))}
    return all((row.host.partition(":")[0], row.pid) in known for row in places)


def read_workers(connection: Connection) -> list[WorkerStatus]:
    """Return the workers that have not ended properly, by host, the oldest first."""
    return read_all(connection, WorkerStatus, select(worker).order_by(worker.c.host, worker.c.started_at, worker.c.id))


# Duties: what the workers on a ledger have to do once together, and not each of them.

_REMEMBERED = timedelta(hours=1)
_LEASED = 0  # no period, but a lease


def claim_period(
    connection: Connection, name: str, *, every: timedelta, owner: str, now: datetime, ticks: bool = True
) -> bool:
    """Claim a duty for the current period, within a transaction of `writing`; False if it is claimed already.

    Periods are centred on the multiples of `every` since 1970: a worker that comes at each multiple, by a clock that is
    slightly wrong, still meets the right period. Without `ticks`, for calls at any time, a period begins at the
    multiple: a day at midnight, UTC.
    """
    half = 0.5 if ticks else 0.0
    period = math.floor(now.timestamp() / every.total_seconds() + half)
    if has_row(connection, duty.c.name == name, duty.c.period == period):
        return False
    until = datetime.fromtimestamp((period + 1 - half) * every.total_seconds(), UTC)
    connection.execute(insert(duty).values(name=name, period=period, owner=owner, until=until))
    connection.execute(delete(duty).where(duty.c.until < now - _REMEMBERED))
    return True


def hold_duty(connection: Connection, name: str, *, owner: str, now: datetime, lease: timedelta = LEASE) -> bool:
    """Take a duty that one process does as long as it lives, or renew its lease; False if another has it."""
    held = (duty.c.name == name, duty.c.period == _LEASED)
    if has_row(connection, *held, duty.c.owner != owner, duty.c.until > now):
        return False
    put(connection, duty, {"name": name, "period": _LEASED}, {}, owner=owner, until=now + lease)
    return True


def leave_duty(connection: Connection, name: str, owner: str) -> None:
    """Leave a duty to the next process that wants it."""
    connection.execute(delete(duty).where(duty.c.name == name, duty.c.period == _LEASED, duty.c.owner == owner))


def place_of(folder: Path) -> str:
    """Return host and folder: only processes that share both can check a kernel lock (more may share a ledger)."""
    return f"{socket.gethostname()}:{folder.resolve()}"


def _path(folder: Path, owner: str) -> Path:
    return folder / f"{owner}.lock"
