"""Audit of a fleet: the mail server's own log, and the ledger read as an outsider, against each other.

Owns the reading of both and the promises about time: how many connections were open, how many messages went in a
minute. Who got what is held together by `tests.kill.audit`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fleet.hosts import Spell
from tests.kill.audit import Person
from tests.kill.witness import Taken

MINUTE_S = 60.0
_GRACE_S = 3.0  # a host that wakes closes what is another's by now
_LASTING_S = 0.5  # of a connection more than there should be: the end of another one is on its way through the relay
PEOPLE = """SELECT delivery.id, address, delivery.state, message_id, array_agg(event.kind ORDER BY event.id)
FROM delivery LEFT JOIN event ON event.delivery_id = delivery.id GROUP BY delivery.id"""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as the server saw it; `name` is what the client greeted with."""

    opened_at: float
    closed_at: float
    name: str


@dataclass(slots=True)
class Log:
    """The server's log: connections, what was taken, and when a message went over the wire, taken or not."""

    connections: list[Connection] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)


def read_log(path: Path) -> Log:
    """Read the server's log."""
    log = Log()
    opened: dict[str, float] = {}
    names: dict[str, str] = {}
    for line in path.read_text("ascii").splitlines():
        at, kind, number, *words = line.split(" ")
        match kind:
            case "open":
                opened[number] = float(at)
            case "hello":
                names[number] = words[0]
            case "close":
                if number in opened:  # else it ended before it was served
                    log.connections.append(Connection(opened.pop(number), float(at), names.get(number, "")))
            case "taken":
                log.taken.append(Taken(words[0], words[1]))
                log.moments.append(float(at))
            case "later":
                log.moments.append(float(at))
    log.connections += [Connection(at, float("inf"), names.get(number, "")) for number, at in opened.items()]
    return log


def busiest_minute(moments: Iterable[float]) -> int:
    """Return the most messages that went within any minute."""
    within: deque[float] = deque()
    most = 0
    for at in sorted(moments):
        within.append(at)
        while within[0] <= at - MINUTE_S:
            within.popleft()
        most = max(most, len(within))
    return most


def most_open(connections: Sequence[Connection], spells: Mapping[str, Sequence[Spell]]) -> int:
    """Return the most connections that were open for a while, but for those of hosts that could not close them.

    One that was opened before its host was suspended or cut off does not count until the host has had time to close it:
    where it was cut off as long again, since what vanishes is sent again ever more rarely. What comes before that time
    is over belongs to the same spell.
    """
    changes: list[tuple[float, int]] = []
    for each in connections:
        parts = [(each.opened_at, each.closed_at)]
        lost_at, back_at, was_cut = 0.0, 0.0, False
        for spell in spells.get(each.name, ()):
            if each.opened_at < spell.since:
                lost_at, was_cut = (lost_at, was_cut) if spell.since < back_at else (spell.since, False)
                was_cut |= spell.is_cut
                back_at = spell.until + _GRACE_S + (spell.until - lost_at) * was_cut
                parts = [piece for part in parts for piece in _without(part, lost_at, back_at)]
        changes += [change for since, until in parts for change in ((since, 1), (until, -1))]
    levels: list[tuple[float, int]] = []
    for at, change in sorted(changes):
        levels.append((at, (levels[-1][1] if levels else 0) + change))
    for most in range(max((level for _, level in levels), default=0), 0, -1):
        since = None
        for at, level in levels:
            if since is not None and at - since >= _LASTING_S:
                return most
            since = (at if since is None else since) if level >= most else None
    return 0


def _without(part: tuple[float, float], since: float, until: float) -> list[tuple[float, float]]:
    pieces = [(part[0], min(part[1], since)), (max(part[0], until), part[1])]
    return [piece for piece in pieces if piece[0] < piece[1]]


def read_people(rows: Iterable[tuple[Any, ...]]) -> dict[str, Person]:
    """Return everybody in the ledger by address, from the rows of `PEOPLE`."""
    return {row[1]: Person(row[1], row[2], row[3], tuple(each for each in row[4] if each)) for row in rows}
