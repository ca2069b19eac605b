"""Figures: what is on a list, counted.

Owns the counting of people, outlets, beats, languages, countries and role addresses, and the health of the rows. The
day is an argument. Never asks the ledger (`runs.lists.looking` adds bounces and the last mail).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from mailer.contacts.digests import digest
from mailer.contacts.folding import several
from mailer.contacts.merging import folded
from mailer.contacts.values import Contact, Entry, LeftOutReason

UNVERIFIED_AFTER = timedelta(days=365)  # standards L10: flagged at 12 months
_COUNTED = ("beat", "language", "country")


@dataclass(slots=True)
class Tally:
    """How often each value stands there, whatever its case; values are shown as they were first written."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)

    def add(self, value: str) -> None:
        """Count a value."""
        key = folded(value)
        if key:
            self.shown.setdefault(key, value.strip())
            self.counts[key] += 1

    def most_common(self) -> dict[str, int]:
        """Return the values, the commonest first."""
        return {self.shown[key]: count for key, count in self.counts.most_common()}


@dataclass(slots=True)
class Figures:
    """The figures of one list, or of several together (then a person counts once)."""

    people: int = 0
    roles: int = 0
    unverified: int = 0
    verified: int = 0
    outlets: Tally = field(default_factory=Tally)
    by: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in _COUNTED})
    left_out: Counter[LeftOutReason] = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)

    def add(self, entry: Entry, today: date) -> bool:
        """Count an entry; return False for a row that adds no person."""
        if not isinstance(entry, Contact):
            self.left_out[entry.reason] += 1
            return False
        key = digest(entry.address.key)
        if key in self.seen:
            return False
        self.seen.add(key)
        self.people += 1
        self.roles += entry.address.is_role
        self.outlets.add(entry.fields["outlet"])
        for name, tally in self.by.items():
            for part in set(several(entry.fields[name])):
                tally.add(part)
        self._verified(entry.fields["last_verified_at"], today)
        return True

    def _verified(self, cell: str, today: date) -> None:
        found = re.match(r"\d{4}-\d{2}-\d{2}", cell)
        try:
            fresh = bool(found) and date.fromisoformat(found[0]) >= today - UNVERIFIED_AFTER if found else False
        except ValueError:
            fresh = False
        self.verified += fresh
        self.unverified += not fresh
