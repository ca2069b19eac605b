"""Storm: what happens to a fleet while it sends, drawn by a seed.

Owns the kinds of fault, how they are drawn and how they are done and undone. Whatever lasts is undone by `calm`. Hard
is what leaves a worker unable to say what became of the mail on its wire: each connection may have one in doubt then.
"""

from __future__ import annotations

import heapq
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from tests.fleet.hosts import Host
from tests.postgres import Postgres


class Kind(StrEnum):
    """What can happen."""

    KILL = "worker killed"
    STOP = "worker suspended for longer than its lease"
    NAP = "worker suspended for less than its lease"
    CUT = "host cut off"
    CLOCK = "clock moved"
    TERM = "worker asked to end, a new one started"
    FAST = "PostgreSQL restarted, fast"
    IMMEDIATE = "PostgreSQL restarted, immediate"


HARD = frozenset({Kind.KILL, Kind.STOP, Kind.CUT})
_OF_POSTGRES = {Kind.FAST: signal.SIGINT, Kind.IMMEDIATE: signal.SIGQUIT}
_WEIGHTS = {
    Kind.KILL: 5,
    Kind.STOP: 4,
    Kind.NAP: 1,
    Kind.CUT: 4,
    Kind.CLOCK: 2,
    Kind.TERM: 2,
    Kind.FAST: 1,
    Kind.IMMEDIATE: 1,
}
_LOOK_S = 0.1  # at a worker that was asked to end
_CLOCKS = ("+3d", "-1d", "+2m", "-2m", "+40s", "-40s")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens, to which host, how long it lasts, and how long after the one before."""

    kind: Kind
    host: int
    lasts_s: float
    after_s: float
    clock: str = ""

    def __str__(self) -> str:
        return f"{self.kind}{f' {self.clock}' if self.clock else ''}, {self.lasts_s:.1f} s"


def draw_faults(chance: random.Random, *, hosts: int, lease_s: float, every_s: float) -> Iterator[Fault]:
    """Yield faults without end: the same ones for the same seed."""
    longest = {
        Kind.KILL: (0.0, 1.5),
        Kind.STOP: (1.1, 2.5),
        Kind.NAP: (0.1, 0.6),
        Kind.CUT: (0.2, 2.5),
        Kind.CLOCK: (0.2, 2.0),
        Kind.TERM: (0.0, 0.2),
        Kind.FAST: (0.0, 0.4),
        Kind.IMMEDIATE: (0.0, 1.5),
    }
    while True:
        kind = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        lasts_s, clock = chance.uniform(*longest[kind]) * lease_s, chance.choice(_CLOCKS)
        after_s = chance.expovariate(1 / every_s)
        yield Fault(kind, chance.randrange(hosts), lasts_s, after_s, clock if kind is Kind.CLOCK else "")


@dataclass(slots=True)
class Storm:
    """Faults that are done to hosts and to their PostgreSQL, one line each; `done` counts them."""

    faults: Iterator[Fault]
    hosts: Sequence[Host]
    postgres: Postgres
    say: Callable[[str], None]
    done: Counter[Kind] = field(default_factory=Counter)
    is_down: bool = False  # PostgreSQL
    _next: Fault | None = None
    _next_at: float = 0.0
    _undo: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def step(self) -> None:
        """Undo what has lasted long enough, and let the next fault happen when its time has come."""
        now = time.monotonic()
        while self._undo and self._undo[0][0] <= now:
            heapq.heappop(self._undo)[2]()
        if self._next is None:
            self._next = next(self.faults)
            self._next_at = now + self._next.after_s
        elif now >= self._next_at:
            self._strike(self._next)
            self._next = None
        self.look()

    def look(self) -> None:
        """Start a worker where none is, on each host to which nothing happens."""
        for host in self.hosts:
            if not host.is_busy:
                host.look()

    def calm(self) -> None:
        """Undo all that lasts."""
        while self._undo:
            heapq.heappop(self._undo)[2]()
            time.sleep(_LOOK_S)

    def _strike(self, fault: Fault) -> None:
        left = [host for host in self.hosts if not host.is_busy]
        if self.is_down if fault.kind in _OF_POSTGRES else not left:
            self.say(f"{fault}: left out, too much is happening")
            return
        victim = (left or self.hosts)[fault.host % len(left or self.hosts)]
        self.say(f"{fault}: {'all' if fault.kind in _OF_POSTGRES else victim.name}")
        self.done[fault.kind] += 1
        if fault.kind in _OF_POSTGRES:
            self.is_down = True
            self.postgres.stop(_OF_POSTGRES[fault.kind])
        else:
            victim.is_busy = True
            _begin(fault, victim)
        until = time.monotonic() + fault.lasts_s
        heapq.heappush(self._undo, (until, next(self._numbers), lambda: self._end(fault, victim)))

    def _end(self, fault: Fault, victim: Host) -> None:
        if fault.kind in _OF_POSTGRES:
            self.postgres.start()
            self.is_down = False
            return
        match fault.kind:
            case Kind.STOP | Kind.NAP:
                victim.wake()
            case Kind.CUT:
                victim.join()
            case Kind.CLOCK:
                victim.move_clock("+0")
            case Kind.TERM if not victim.has_ended():
                until = time.monotonic() + _LOOK_S
                heapq.heappush(self._undo, (until, next(self._numbers), lambda: self._end(fault, victim)))
                return
        victim.is_busy = False


def _begin(fault: Fault, victim: Host) -> None:
    match fault.kind:
        case Kind.KILL:
            victim.kill()
        case Kind.STOP | Kind.NAP:
            victim.suspend()
        case Kind.CUT:
            victim.cut()
        case Kind.CLOCK:
            victim.move_clock(fault.clock)
        case Kind.TERM:
            victim.ask_to_end()
