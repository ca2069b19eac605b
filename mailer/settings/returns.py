"""Returns: where what comes back goes.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mailer.address import MAX_LOCAL
from mailer.settings.mailbox import check_address
from mailer.tokens import TOKEN_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Where an opt-out goes: an https address, a mailbox, or both (standards F16)."""

    base_url: str = ""
    mailto: str = ""
    token_in: Literal["address", "subject"] = "address"

    def __post_init__(self) -> None:
        """Check the forms; a token must fit behind the mailbox's name."""
        if self.base_url and not re.match(r"https://[^/\s]+", self.base_url):
            raise ValueError("base_url: an https:// address (RFC 8058 asks for it)")
        if self.mailto:
            check_address(self.mailto, "mailto")
            if self.token_in == "address":
                _check_room_for_token("mailto", self.mailto)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """Where bounces go. `verp = "off"` is for relays that set MAIL FROM themselves (standards S15)."""

    address: str = ""
    verp: Literal["on", "off"] = "on"

    def __post_init__(self) -> None:
        """Check the address; a token must fit behind the mailbox's name."""
        if self.address:
            check_address(self.address, "address")
            if self.verp == "on":
                _check_room_for_token("address", self.address)


def _check_room_for_token(what: str, address: str) -> None:
    local = address.rpartition("@")[0]
    if len(local) + 1 + TOKEN_LENGTH > MAX_LOCAL:
        room = MAX_LOCAL - 1 - TOKEN_LENGTH
        raise ValueError(
            f"{what}: the part before the @ may have {room} characters, so that a token fits behind it "
            f"(RFC 5321 allows {MAX_LOCAL}); it has {len(local)}"
        )
