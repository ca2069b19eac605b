"""Speed: how much faster two and four workers are than one, over a relay that takes its time.

Each worker has ten connections, and the relay answers DATA and the body after 50 ms each, so that one worker mostly
waits. Every number of workers sends mailings of its own, several times; what counts is the median of messages a second
from the first one that the server took to the last. The machine's load and what a message cost in processor time are
printed beside it: where there are too few processors for four workers, a longer delay shows whether they are in each
other's way.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections import Counter
from pathlib import Path

from tests.fleet.audit import read_log
from tests.fleet.fleet import running_fleet
from tests.postgres import Postgres

SLOTS = 10  # connections of a worker
WANTED = {2: 1.8, 4: 3.2}  # times as fast as one
_PARTS = {"postgres": "PostgreSQL", " worker": "workers", "tests.fleet.relay": "proxies"}  # by words of their commands
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(
    folder: Path, server: tuple[Postgres, Path], *, people: int, times: int, delay_s: float
) -> dict[int, list[float]]:
    """Return messages a second by the number of workers, `times` each."""
    found: dict[int, list[float]] = {1: [], 2: [], 4: []}
    for number in range(times):
        for workers, rates in found.items():
            place = folder / f"{workers}-{number}"
            place.mkdir()
            toml = f"connections = {SLOTS * workers}\nmessages_per_connection = 1000\n"
            running = running_fleet(place, server, people=people, workers=workers, toml=toml, delay_s=2 * delay_s)
            with running as fleet:
                for each in fleet.hosts:
                    each.start()
                while not all("working for" in each.said for each in fleet.hosts):
                    time.sleep(0.1)
                before = _used()
                fleet.begin()
                while len(read_log(fleet.log).taken) < people:
                    time.sleep(1.0)
                used, moments = _used() - before, read_log(fleet.log).moments
                fleet.end()
            rates.append((len(moments) - 1) / (moments[-1] - moments[0]))
            load = os.getloadavg()[0]
            cost = ", ".join(f"{part} {1000 * ticks / _TICKS / people:.1f}" for part, ticks in used.most_common())
            named = f"{workers} worker{'s' * (workers > 1)}"
            print(
                f"  {named}: {rates[-1]:.0f} a second, ms of processor a message: {cost} (load {load:.1f})", flush=True
            )
    return found


def print_ratios(found: dict[int, list[float]]) -> bool:
    """Print medians and ratios; return whether they are as wanted."""
    medians = {workers: statistics.median(rates) for workers, rates in found.items()}
    ratios = {workers: median / medians[1] for workers, median in medians.items()}
    for workers, ratio in ratios.items():
        wanted = f", wanted {WANTED[workers]}" if workers in WANTED else ""
        print(f"{workers}: {medians[workers]:.0f} a second, {ratio:.2f} times one{wanted}")
    return all(ratios[workers] >= wanted for workers, wanted in WANTED.items())


def _used() -> Counter[str]:
    """Return how many ticks of processor the parts of the fleet have used, those that run."""
    used = Counter[str]()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            command = (process / "cmdline").read_text("utf-8", "replace").replace("\0", " ")
            fields = (process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            part = next((part for words, part in _PARTS.items() if words in command), "")
            used[part] += int(fields[11]) + int(fields[12])
    del used[""]
    return used
