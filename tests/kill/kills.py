"""Kills: at which moments a sender is killed, drawn by a seed.

Owns the kinds of moment and the drawing of a plan in which every kind comes equally often. Never kills.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle, islice

ANEW_S, FORKED_S = 0.9, 0.25  # about how long a sender takes to start


class Kind(StrEnum):
    """A moment in the life of a sender."""

    # by the clock
    STARTING = "while it starts"
    SENDING = "at any time while it sends"
    # by the ledger, seen from outside
    PLANNED = "people are planned"
    REGISTERED = "the process is known"
    CLAIMED = "people are claimed"
    ATTEMPTED = "an attempt is written"
    # by the relay, which kills the sender itself and goes on only when it is dead
    MAIL = "MAIL has come"
    RCPT = "RCPT has come"
    DATA = "DATA has come, before the 354"
    READY = "the 354 is out"
    FIRST = "first byte of a body"
    MIDDLE = "middle of a body"
    DOT = "final dot, nothing decided"
    TAKEN = "taken, before its 250"
    SAID = "its 250 is out"


CLOCK = (Kind.STARTING, Kind.SENDING)
LEDGER = (Kind.PLANNED, Kind.REGISTERED, Kind.CLAIMED, Kind.ATTEMPTED)
WIRE = tuple(kind for kind in Kind if kind not in CLOCK + LEDGER)


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: the kind of moment, and which time it comes (on the wire) or how long after it (otherwise)."""

    kind: Kind
    nth: int
    after_s: float


def draw_kills(count: int, chance: random.Random, *, spread: int, start_s: float) -> list[Kill]:
    """Draw kills so that every kind comes equally often, in any order, `PLANNED` first and then evenly in between.

    `spread` is the highest `nth`: the higher, the more mails get through between two kills. `start_s` is about how long
    a sender takes to start.
    """
    kinds = list(islice(cycle(Kind), count))
    plans = kinds.count(Kind.PLANNED) or 1
    others = list[Kind](kind for kind in kinds if kind is not Kind.PLANNED)[: count - plans]
    chance.shuffle(others)
    return [_draw(kind, chance, spread, start_s) for kind in _mixed(others, plans)]


def _mixed(others: list[Kind], plans: int) -> Iterator[Kind]:
    for number in range(plans):
        yield Kind.PLANNED
        yield from others[number * len(others) // plans : (number + 1) * len(others) // plans]


def _draw(kind: Kind, chance: random.Random, spread: int, start_s: float) -> Kill:
    longest = {Kind.STARTING: start_s, Kind.SENDING: 0.15}.get(kind, 0.004)
    return Kill(kind, chance.randint(1, spread), chance.uniform(0, longest))
