"""Planning: how long a large plan takes alone, and with one worker and three beside it; and whether it is the same.

Each process has one core (`PYTHON_CPU_COUNT`), as if it were a host with one. Where this machine has fewer cores than
processes, they share them, and nothing is gained by more.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from mailer.cli.office import writing_office
from mailer.runs.planning.prepare import prepare
from mailer.runs.planning.request import Request
from mailer.runs.planning.stored import hash_of
from tests.fleet.hosts import KEYS, RELAY
from tests.office import Desk, environment, wait_until
from tests.postgres import Postgres

WORKERS = (0, 1, 3)  # beside the planner


def measure_plans(folder: Path, postgres: Postgres, *, people: int, times: int) -> bool:
    """Plan `times` with each number of workers, print seconds and who made what; return whether all plans were one."""
    hashes = set[str]()
    with postgres.database() as url:
        desk = Desk(folder / "office")
        desk.settings(None, more=RELAY.format(2525))
        desk.release()
        desk.people("coast", people)
        env = {"MAILER_KEYS": KEYS, "MAILER_LEDGER__URL": url, "PYTHON_CPU_COUNT": "1"}
        for number in WORKERS:
            postgres.rows(url, "DELETE FROM worker") if number else None
            workers = [desk.start("worker", env=env) for _ in range(number)]
            if workers:
                wait_until(lambda: postgres.rows(url, "SELECT count(*) FROM worker") == [(len(workers),)])  # noqa: B023 - done before the next
                time.sleep(2)  # until they listen
            for _ in range(times):
                with environment(env | {"MAILER_WORKSPACE": str(desk.root)}), writing_office() as (office, _):
                    began, cpu = time.monotonic(), time.process_time()
                    plan = prepare(office, Request(release="lamps", relay=office.relay(), lists=("coast",)))
                    took, cpu = time.monotonic() - began, time.process_time() - cpu
                    hashes.add(hash_of(office, plan).hex())
                    made, load = dict(plan.tally.made_by), os.getloadavg()[0]
                    plan.spool.close()
                told = f"{took:.1f} s, {people / took:,.0f} a second, {cpu:.1f} s of the planner's own work"
                print(f"  {number + 1} host{'s' * (number > 0)}: {told} (load {load:.1f}) {made}", flush=True)
            for each in workers:
                each.kill()
                each.wait()
    print(f"  hashes: {', '.join(each[:12] for each in hashes)}")
    return len(hashes) == 1
