"""Watch: one person, followed through a plan.

Owns what became of each of their rows. Never decides anything: the plan is made as it is for a real send, but for the
messages of everybody else, which are not made.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from mailer.address import Address, InvalidAddress
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.values import Contact, LeftOut


@dataclass(slots=True)
class Watch:
    """Whom to follow, and what was seen: rows that are left out, the planned person, why it is skipped."""

    address: Address
    left_out: list[LeftOut] = field(default_factory=list)
    planned: Contact | None = None
    skipped: str = ""

    def note(self, entry: LeftOut) -> None:
        """Keep a row that is left out, if it is the person's; a cell that is no address may still name them."""
        if self._names_them(entry.value):
            self.left_out.append(entry)

    def takes(self, contact: Contact, skipped: str) -> bool:
        """Return whether a planned contact is the person, and keep them; `skipped` is what stands against it."""
        if contact.address.key != self.address.key:
            return False
        self.planned, self.skipped = contact, skipped
        return True

    def _names_them(self, value: str) -> bool:
        with suppress(InvalidAddress):
            return parse_cell(value).key == self.address.key
        return str(self.address).casefold() in value.casefold()
