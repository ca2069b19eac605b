"""Sender: who the mail is from, which the law asks every mail to say.

A sender that nobody can answer is refused (journalists do answer), and so is the sample's postal address in mail that
leaves this machine: it would be untrue.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from mailer.address import parse_address
from mailer.errors import ConfigProblem
from mailer.settings.table import Table, check_address, checked, is_loopback, must

# What `mailer init` writes into a new mailer.toml. In real mail it would be untrue, and the law asks who sent it.
SAMPLE: Final = {"organisation": "Eastport Seal Trust", "postal_address": "1 Harbour Street, 10115 Eastport"}


def _check_answered(text: str, what: str) -> None:
    """Refuse a sender that cannot be answered (standards F20); an empty `reply_to` is the sender's own address."""
    if text or what == "address":
        check_address(text, what)
    if re.match(r"(?:no|do[-_.]?not)[-_.]?reply@", text, re.IGNORECASE):
        raise ValueError(f"{what}: journalists answer; {text} cannot be answered. Name a mailbox that is read")


_Answered = Annotated[str, checked(_check_answered)]


class Sender(Table):
    """Who the mail is from: what a journalist sees, and what the law asks for (standards L1)."""

    key: str
    name: str
    address: _Answered
    organisation: str
    postal_address: Annotated[str, must(str.strip, "the law asks for one in every mail (CAN-SPAM, CASL)")]
    reply_to: _Answered = ""
    list_id: str = ""
    list_reason: str = ""

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
