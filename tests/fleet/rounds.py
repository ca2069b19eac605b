"""A round: two mailings at once over one relay, three hosts or more, a storm, and the audit of what is left.

Owns the order of it: plan, start the workers, let the storm rage while there is somebody to send to, calm it, wait
until all is done, compare. Never decides what is right (`audit` and `tests.kill.audit` do). A promise that is broken is
a sentence of `Ended.broken`.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fleet.audit import PEOPLE, busiest_minute, most_open, read_log, read_people
from tests.fleet.fleet import MAILINGS, Fleet, running_fleet
from tests.fleet.storm import HARD, Kind, Storm, draw_faults
from tests.kill.audit import compare
from tests.office import STATES
from tests.postgres import Postgres

_STORM_UNTIL = 0.97  # of the people: then there is little left to disturb
_STALLED_S = 120.0
_COUNT = "SELECT state, count(*) FROM delivery GROUP BY state"
_REASONS = "SELECT reason, count(*) FROM event WHERE kind = 'in_doubt' GROUP BY reason"
_OPEN = "SELECT count(*) FROM mailing WHERE state <> 'finished'"
_SETTLED = ("accepted", "in_doubt")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a round is, and how fast its relay; `rate` is a minute's."""

    people: int = 20_000
    workers: int = 3
    connections: int = 6
    rate: int = 6000
    delay_s: float = 0.04
    lease_s: float = 8.0
    every_s: float = 5.0  # between two faults


@dataclass(slots=True)
class Ended:
    """What became of a round."""

    seed: int
    faults: Counter[Kind] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)  # of doubt
    taken: int = 0
    allowed: int = 0
    most_open: int = 0
    busiest_minute: int = 0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)


def run_round(
    folder: Path, server: tuple[Postgres, Path], *, seed: int, shape: Shape, say: Callable[[str], None]
) -> Ended:
    """Plan, send under a storm, and hold log and ledger together."""
    ended = Ended(seed)
    toml = f'connections = {shape.connections}\nrate = "{shape.rate}/min"\n[ledger]\nlease_s = {shape.lease_s}\n'
    running = running_fleet(
        folder, server, people=shape.people, workers=shape.workers, toml=toml, delay_s=shape.delay_s
    )
    with running as fleet:
        chance = random.Random(seed)  # noqa: S311 - moments, not secrets
        faults = draw_faults(chance, hosts=shape.workers, lease_s=shape.lease_s, every_s=shape.every_s)
        storm = Storm(faults, fleet.hosts, fleet.postgres, say)
        began = time.monotonic()
        fleet.begin()
        _send(storm, fleet, ended)
        fleet.end()
        ended.seconds = time.monotonic() - began
        ended.faults = storm.done
        ended.allowed = shape.connections * sum(ended.faults[kind] for kind in HARD)
        look_at(ended, fleet, connections=shape.connections, rate=shape.rate)
    return ended


def _send(storm: Storm, fleet: Fleet, ended: Ended) -> None:
    """Let workers send under the storm, then calm it; return once both mailings are finished, or nothing moves."""
    states = Counter[str]()
    is_raging, looked_at, moved_at = True, 0.0, time.monotonic()
    storm.look()
    while True:
        if is_raging:
            storm.step()
        else:
            storm.look()
        time.sleep(0.02)
        if storm.is_down or time.monotonic() < looked_at + 1.0:
            continue
        looked_at = time.monotonic()
        found = Counter(dict(fleet.postgres.rows(fleet.url, _COUNT)))
        if found != states:
            states, moved_at = found, looked_at
        settled = sum(states[name] for name in _SETTLED)
        if is_raging and settled >= _STORM_UNTIL * len(fleet.people):
            is_raging = False
            storm.calm()
            storm.say(f"calm: {dict(states)}")
        if not is_raging and fleet.postgres.rows(fleet.url, _OPEN) == [(0,)]:
            return
        if time.monotonic() - moved_at > _STALLED_S:
            ended.broken.append(f"nothing has moved for {_STALLED_S:.0f} s: {dict(states)}")
            storm.calm()
            return


def look_at(ended: Ended, fleet: Fleet, *, connections: int, rate: int) -> None:
    """Hold the mail server's log and the ledger together."""
    log = read_log(fleet.log)
    ledger = read_people(fleet.postgres.rows(fleet.url, PEOPLE))
    ended.taken, ended.states = len(log.taken), dict(fleet.postgres.rows(fleet.url, _COUNT))
    ended.reasons = dict(fleet.postgres.rows(fleet.url, _REASONS))
    ended.broken += compare(fleet.people, ledger, log.taken, allowed=ended.allowed).broken
    spells = {name: found for each in fleet.hosts for name, found in each.spells.items()}
    ended.most_open = most_open(log.connections, spells)
    if ended.most_open > connections:
        ended.broken.append(f"{ended.most_open} connections were open at once, and at most {connections} may be")
    ended.busiest_minute = busiest_minute(log.moments)
    if ended.busiest_minute > rate + 1:
        ended.broken.append(f"{ended.busiest_minute} messages went in a minute, and at most {rate} may")
    for each in fleet.hosts:
        ended.broken += [f"a worker, {name} ended with {code}" for name, code in each.codes if code]
        ended.broken += [f"{each.desk.root.name} printed a traceback"] * ("Traceback" in each.said)
    for slug in MAILINGS:
        books: Any = fleet.office.run("status", slug, "--json", env=fleet.environ()).json
        if sum(books[state] for state in STATES) != books["planned"]:
            ended.broken.append(f"the books of {slug} do not balance: {books}")
