"""Audit: the relay's log against the ledger, person by person.

Owns the reading of the ledger as an outsider (its file, read-only, plain SQL) and the promises that are held against
it: nobody lost, nobody twice, in doubt only who can be, and for each of those an attempt and nothing after it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.kill.witness import Taken

_TRAILS = "SELECT delivery_id, kind FROM event WHERE delivery_id IS NOT NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the ledger: where the delivery stands, and the kinds of its events in their order."""

    address: str
    state: str
    message_id: str
    trail: tuple[str, ...]

    @property
    def doubt_is_proven(self) -> bool:
        """Return whether an attempt is committed and nothing is known of its outcome."""
        if "attempted" not in self.trail:
            return False
        newest = len(self.trail) - 1 - self.trail[::-1].index("attempted")
        return set(self.trail[newest + 1 :]) <= {"in_doubt"}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the comparison found; the first five must be empty."""

    lost: tuple[str, ...]
    twice: tuple[str, ...]
    unproven: tuple[str, ...]
    other_id: tuple[str, ...]
    strangers: tuple[str, ...]
    in_doubt: tuple[str, ...]
    allowed: int
    accepted: int

    @property
    def broken(self) -> list[str]:
        """Return a sentence for each promise that is broken."""
        named = {
            "lost: neither taken by the relay nor in doubt": self.lost,
            "taken by the relay more than once": self.twice,
            "in doubt without an attempt, or with an outcome": self.unproven,
            "taken under another Message-ID than the ledger's": self.other_id,
            "taken by the relay and not in the ledger": self.strangers,
        }
        said = [f"{what}: {', '.join(who)}" for what, who in named.items() if who]
        if len(self.in_doubt) > self.allowed:
            said.append(f"{len(self.in_doubt)} in doubt, and at most {self.allowed} can be")
        return said


@contextlib.contextmanager
def looking_in(ledger: Path) -> Iterator[sqlite3.Connection]:
    """Open the ledger's file read-only, as somebody who trusts nobody."""
    database = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=30)
    try:
        yield database
    finally:
        database.close()


def read_people(ledger: Path) -> dict[str, Person]:
    """Return everybody of the one mailing in a ledger, by address."""
    with looking_in(ledger) as database:
        trails: dict[int, list[str]] = {}
        for delivery, kind in database.execute(_TRAILS):
            trails.setdefault(delivery, []).append(kind)
        rows = database.execute("SELECT id, address, state, message_id FROM delivery").fetchall()
    return {row[1]: Person(row[1], row[2], row[3], tuple(trails.get(row[0], ()))) for row in rows}


def compare(
    people: Sequence[str],
    ledger: Mapping[str, Person],
    log: Sequence[Taken],
    *,
    allowed: int,
    again: frozenset[str] = frozenset(),
) -> Findings:
    """Hold the relay's log against the ledger; `again` are those who were in doubt and sent to once more on request."""
    taken = Counter(each.address for each in log)
    in_doubt = {address for address, person in ledger.items() if person.state == "in_doubt"}
    accepted = {address for address, person in ledger.items() if person.state == "accepted"}
    return Findings(
        lost=tuple(each for each in people if each not in in_doubt and not (each in accepted and taken[each])),
        twice=tuple(sorted(each for each, times in taken.items() if times > 1 + (each in again))),
        unproven=tuple(sorted(each for each in in_doubt if not ledger[each].doubt_is_proven)),
        other_id=tuple(
            each.address
            for each in log
            if each.address in ledger and ledger[each.address].message_id != each.message_id
        ),
        strangers=tuple(sorted(taken.keys() - ledger.keys())),
        in_doubt=tuple(sorted(in_doubt)),
        allowed=allowed,
        accepted=len(accepted),
    )
