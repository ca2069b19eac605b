"""Standing against: who of these people is suppressed, asked of the ledger in batches.

Owns the asking for lists: import, export, find and stats show it. Sending asks by itself, with each claim.
Never changes anything; without a ledger nobody is suppressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mailer.address import Address
from mailer.contacts.digests import digest
from mailer.ledger.scopes import asked_about
from mailer.ledger.suppressions import active_suppressions, find_suppression
from mailer.runs.office import Office

_AT_ONCE = 500
REASON_WORDS: Mapping[str, str] = {
    "opted_out": "opted out",
    "complained": "complained",
    "dead_address": "the address is dead",
    "do_not_contact": "do not contact",
    "manual": "left out by staff",
}


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against writing to somebody: the reason as `suppressions.Held.word` has it, and since when."""

    reason: str
    since: datetime | None = None
    source: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """Give it in words, with the date where it is known."""
        reason, _, reach = self.reason.partition(" ")
        said = REASON_WORDS.get(reason, reason) + (f" ({reach})" if reach else "")
        return f"{said}, {self.since:%Y-%m-%d}" if self.since else said


def find_against(office: Office, addresses: Iterable[Address], *, details: int = 1000) -> dict[bytes, Against]:
    """Give who of these people is suppressed, by their digest within a run (`contacts.digests.digest`).

    The date and the note are looked up for the first `details` of them.
    """
    found: dict[bytes, Against] = {}
    if office.ledger is None:
        return found
    rest = iter(addresses)
    with office.ledger.reading() as connection:
        while batch := list(islice(rest, _AT_ONCE)):
            asked = {asked_about(office.keys, each): digest(each.key) for each in batch}
            held = active_suppressions(connection, asked)
            for name, known in ((each.address_digest, key) for each, key in asked.items()):
                if name not in held:
                    continue
                row = find_suppression(connection, name) if len(found) < details else None
                found[known] = (
                    Against(row.reason, row.created_at, row.source, row.note) if row else Against(held[name].word)
                )
    return found
