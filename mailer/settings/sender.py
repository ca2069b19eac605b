"""Sender: who the mail is from.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.address import parse_address
from mailer.errors import ConfigProblem
from mailer.settings.loopback import is_loopback
from mailer.settings.mailbox import check_address

# What `mailer init` writes into a new mailer.toml. In real mail it would be untrue, and the law asks who sent it.
SAMPLE = {"organisation": "Eastport Seal Trust", "postal_address": "1 Harbour Street, 10115 Eastport"}


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
        """Return the domain that Message-IDs are made under."""
        return parse_address(self.address).ascii_domain

    @property
    def left_from_sample(self) -> tuple[str, ...]:
        """Return the keys that still have the sample's value."""
        return tuple(key for key, value in SAMPLE.items() if _folded(getattr(self, key)) == _folded(value))

    def check_not_sample(self, host: str) -> None:
        """Hold a sender against the relay that its mail is to go to.

        Raises:
            ConfigProblem: it still says what the sample says, and the relay is not on this machine.
        """
        left = self.left_from_sample
        if left and not is_loopback(host):
            raise ConfigProblem(
                f"[senders.{self.key}] {' and '.join(left)}: still what `mailer init` wrote as a sample",
                hint="Write your own into mailer.toml: each mail names who sent it.\n"
                "Until then, --relay preview shows what it looks like.",
            )


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
