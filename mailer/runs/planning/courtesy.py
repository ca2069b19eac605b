"""Courtesy: who has had enough for now, by the rules of `[audience]`.

Owns the cap per outlet, the days between two mailings to a person, and that a follow-up waits for who is away. Outlets
are one where their names are, without case, accents and blanks; people without an outlet are never capped. Never asks
the ledger by itself: it is handed what the ledger knows. Whoever is in the mailing already has a place; whoever is
suppressed or held takes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from mailer.contacts.folding import fold
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.settings import AudienceRules

_OUTLET = "outlet"
HELD_KINDS = frozenset({"follow-up"})  # news finds its reader when they are back; a question whether they saw it, not


class Courtesy:
    """The rules of `[audience]`, kept through one plan."""

    def __init__(self, rules: AudienceRules, *, starts: datetime, despite_recent: bool = False) -> None:
        """Take the rules, when the mailing starts, and whether people get it however short the time is."""
        self._most = rules.per_outlet
        self._pause = timedelta(days=0 if despite_recent else rules.min_days_between)
        self._starts = starts
        self._kept: dict[str, list[str]] = {}

    @property
    def asks_when(self) -> bool:
        """Return whether it matters when people were last written to."""
        return bool(self._pause)

    @property
    def counts_outlets(self) -> bool:
        """Return whether it matters who else is at an outlet."""
        return self._most > 0

    def seat(self, planned: Iterable[Mapping[str, str]]) -> None:
        """Give places to people who are in the mailing already, by their merge fields."""
        for fields in planned:
            self._sit(fields.get(_OUTLET, ""), fields.get("name", "") or fields.get("email", ""))

    def held(self, contact: Contact, last: datetime | None) -> tuple[LeftOut, datetime] | None:
        """Return why a person does not get it now and until when, or None; `last` is when they were last written to."""
        if last is None or not self._pause or last + self._pause <= self._starts:
            return None
        until = last + self._pause
        message = f'"{contact.address}" got news on {last:%Y-%m-%d %H:%M} UTC; held until {until:%Y-%m-%d %H:%M} UTC'
        return _left_out(contact, LeftOutReason.MAILED_RECENTLY, message), until

    def away(self, contact: Contact, until: datetime | None) -> LeftOut | None:
        """Why a person does not get a follow-up now; `until` is the day on which they are back, None: they are."""
        if until is None or until <= self._starts:
            return None
        message = f'"{contact.address}" is away until {until:%Y-%m-%d}, as their automatic reply says'
        return _left_out(contact, LeftOutReason.AWAY, message)

    def capped(self, contact: Contact) -> LeftOut | None:
        """Take a place at the person's outlet; return why they do not get it where there is none left."""
        outlet = contact.fields.get(_OUTLET, "").strip()
        if not self._most or not outlet:
            return None
        kept = self._kept.get(fold(outlet), [])
        if len(kept) < self._most:
            self._sit(outlet, contact.name or str(contact.address))
            return None
        who = ", ".join(kept)
        message = f'"{contact.address}": {len(kept)} of {" ".join(outlet.split())} get it: {who}'
        return _left_out(contact, LeftOutReason.OUTLET_CAP, message)

    def _sit(self, outlet: str, name: str) -> None:
        if outlet.strip():
            self._kept.setdefault(fold(outlet), []).append(name)


def _left_out(contact: Contact, reason: LeftOutReason, message: str) -> LeftOut:
    return LeftOut(reason, contact.list_name, contact.row, contact.line, str(contact.address), message)
