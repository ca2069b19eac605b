"""Told: what one reading of a mailbox brought, for people; and the message at hand.

Owns the value that is filled on the way, and that nothing is told twice in a dry run, whose changes are taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from mailer.bounces import Report
from mailer.errors import Problem
from mailer.ledger import Connection
from mailer.runs.office import Office


@dataclass(slots=True)
class Collected:
    """What one reading of a mailbox brought; `people` counts by what happened to persons.

    `suppressed` has who and why, `settled` who was in doubt, `paused` the mailings that pause, each with a sentence,
    `away` who said until when they are away, `proposed` of whom something is proposed for the lists.
    """

    messages: int = 0
    known: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    unmatched: int = 0
    suppressed: list[tuple[str, str]] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    paused: list[tuple[str, str]] = field(default_factory=list)
    away: list[tuple[str, str]] = field(default_factory=list)
    proposed: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dry_run: bool = False
    _before: set[Hashable] = field(default_factory=set)

    def is_first(self, *what: Hashable) -> bool:
        """Return whether this has not been told yet; in earnest the ledger knows, in a dry run nothing stays there."""
        if not self.dry_run:
            return True
        if what in self._before:
            return False
        self._before.add(what)
        return True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading brought, what the mailboxes say beside it, and what to do about those that failed."""

    told: Collected
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """The message at hand: the transaction that it is taken in by, what it says, its number, and where that is told."""

    connection: Connection
    office: Office
    told: Collected
    report: Report
    inbound_id: int
