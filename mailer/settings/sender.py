"""Sender: who the mail is from.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.address import parse_address
from mailer.settings.mailbox import check_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mail is from: what a journalist sees, and what the law asks for (standards L1)."""

    key: str
    name: str
    address: str
    organisation: str
    postal_address: str
    reply_to: str = ""
    list_id: str = ""
    list_reason: str = ""

    def __post_init__(self) -> None:
        """Check the addresses; a sender that cannot be answered is refused (standards F20)."""
        for what, text in (("address", self.address), ("reply_to", self.reply_to or self.address)):
            check_address(text, what)
            if re.match(r"(?:no|do[-_.]?not)[-_.]?reply@", text, re.IGNORECASE):
                raise ValueError(f"{what}: journalists answer; {text} cannot be answered. Name a mailbox that is read")
        if not self.postal_address.strip():
            raise ValueError("postal_address: the law asks for one in every mail (CAN-SPAM, CASL)")

    @property
    def domain(self) -> str:
        """Give the domain that Message-IDs are made under."""
        return parse_address(self.address).ascii_domain
