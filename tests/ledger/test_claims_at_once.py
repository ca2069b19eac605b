"""Thirty thousand people, four processes that claim at once: each person once, on both stores."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mailer.ledger import Ledger, open_ledger
from mailer.ledger.deliveries import Place, add_deliveries, allow_attempts
from mailer.ledger.mailings import newest_edition, require_mailing
from mailer.ledger.tables import delivery, event
from tests.ledger.rows import STAMP, claimed, open_mailing, people, planned, start

PEOPLE, PROCESSES, BATCH = 30_000, 4, 100


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process got: the ids, the longest wait for a claim, and when it worked."""

    ids: list[int]
    longest_s: float
    first_at: float
    last_at: float


def _work(url: str, root: str, barrier: Barrier, done: multiprocessing.Queue[Taken]) -> None:
    """Claim and attempt until nothing is left."""
    ledger = open_ledger(url, Path(root))
    assert ledger is not None
    with ledger.writing() as connection:
        lock = start(connection, Path(root) / ".mailer" / "run")
        mailing = require_mailing(connection, "seals")
    ids: list[int] = []
    longest_s = 0.0
    barrier.wait()
    first_at = time.time()
    while True:
        began = time.monotonic()
        with ledger.writing(sharing=True) as connection:
            batch = claimed(connection, mailing, lock.owner, limit=BATCH)
        longest_s = max(longest_s, time.monotonic() - began)
        if not batch:
            break
        with ledger.writing(sharing=True) as connection:
            ids += allow_attempts(connection, [each.id for each in batch], lock.owner, stamp=STAMP)
        time.sleep(0.005)  # here a relay would be talked to
    lock.free()
    ledger.close()
    done.put(Taken(ids, longest_s, first_at, time.time()))


@pytest.mark.slow
def test_four_processes_claim_thirty_thousand_people_each_once(
    ledger: Ledger, ledger_url: str, tmp_path: Path, run_folder: Path
) -> None:
    assert run_folder.is_dir()
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        place = Place(mailing.id, newest_edition(connection, mailing.id)[0])
        rows = [planned(mailing, each, spread=i // 400) for i, each in enumerate(people(PEOPLE, domains=400))]
        for begin in range(0, PEOPLE, 500):
            add_deliveries(connection, place, rows[begin : begin + 500])
    context = multiprocessing.get_context("spawn")
    barrier, done = context.Barrier(PROCESSES), context.Queue()
    workers = [context.Process(target=_work, args=(ledger_url, str(tmp_path), barrier, done)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    taken = [done.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    seconds = max(each.last_at for each in taken) - min(each.first_at for each in taken)
    longest_ms = 1000 * max(each.longest_s for each in taken)
    print(
        f"{ledger.engine.dialect.name}: {PEOPLE / seconds:.0f} people/s claimed and attempted, "
        f"{[len(each.ids) for each in taken]} by process, longest wait {longest_ms:.0f} ms"
    )

    times = Counter(id_ for each in taken for id_ in each.ids)
    with ledger.reading() as connection:
        assert set(times) == set(connection.execute(select(delivery.c.id)).scalars())
        assert set(times.values()) == {1}
        counted = select(event.c.kind, func.count(), func.count(event.c.delivery_id.distinct())).group_by(event.c.kind)
        assert [tuple(row) for row in connection.execute(counted)] == [("attempted", PEOPLE, PEOPLE)]
        states = select(delivery.c.state, func.count(), func.min(delivery.c.attempts), func.max(delivery.c.attempts))
        assert [tuple(row) for row in connection.execute(states.group_by(delivery.c.state))] == [
            ("attempted", PEOPLE, 1, 1)
        ]
    assert min(len(each.ids) for each in taken) > 0  # they did work side by side
