"""Returns: where what comes back goes, and from when on it has consequences.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mailer.address import MAX_LOCAL
from mailer.settings.mailbox import check_address
from mailer.tokens import TOKEN_LENGTH

# Reasons that are about us, never about the person (standards B6): no setting makes an address dead for them.
OUR_FAULTS: Final = frozenset(
    {
        *("blocked", "badreputation", "spamdetected", "policyviolation", "authfailure", "mesgtoobig", "exceedlimit"),
        *("contenterror", "virusdetected", "norelaying", "securityerror", "speeding", "toomanyconn"),
        *("requireptr", "notcompliantrfc", "failedstarttls", "rejected"),
    }
)


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
    """Where bounces go, and what follows. `verp = "off"`: the relay sets MAIL FROM itself (standards S15).

    An address that only fails for now (full, unreachable) is given up after `soft_mailings` mailings in a row over at
    least `soft_days` days; a later one from which nothing came back for `quiet_days` begins anew (B7). A mailing that
    is being sent pauses where more than `alarm_share` of its people, or of those at one domain, and `alarm_people` at
    least, bounced for a fault of ours; or more than that are dead of `alarm_sent` or more (B6, S9). `verdicts` judges a
    reason otherwise: now, after (counted), or never.
    """

    address: str = ""
    verp: Literal["on", "off"] = "on"
    soft_mailings: int = 3
    soft_days: float = 7
    quiet_days: float = 3
    alarm_share: float = 0.05
    alarm_people: int = 5
    alarm_sent: int = 50
    pause: bool = True
    verdicts: Mapping[str, Literal["now", "after", "never"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the address, for which a token must fit behind the mailbox's name, and the figures."""
        if self.address:
            check_address(self.address, "address")
            if self.verp == "on":
                _check_room_for_token("address", self.address)
        self._check_figures()

    def _check_figures(self) -> None:
        for name in ("soft_mailings", "alarm_people", "alarm_sent"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1")
        for name in ("soft_days", "quiet_days"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: a number of days, 0 or more")
        if not 0 < self.alarm_share <= 1:
            raise ValueError("alarm_share: a share, as 0.05 for five of a hundred")
        if ours := sorted(OUR_FAULTS.intersection(self.verdicts)):
            raise ValueError(f"verdicts: {ours[0]} is about us and not about the person; it makes no address dead")


def _check_room_for_token(what: str, address: str) -> None:
    local = address.rpartition("@")[0]
    if len(local) + 1 + TOKEN_LENGTH > MAX_LOCAL:
        room = MAX_LOCAL - 1 - TOKEN_LENGTH
        raise ValueError(
            f"{what}: the part before the @ may have {room} characters, so that a token fits behind it "
            f"(RFC 5321 allows {MAX_LOCAL}); it has {len(local)}"
        )
