"""Returns: where what comes back goes, and from when on it has consequences.

Both mailboxes carry a token behind their name (`bounces+TOKEN@`), so that an answer finds its delivery: the name must
leave room for it, unless the token stands elsewhere. A reason that is about us never makes an address dead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from mailer.address import MAX_LOCAL
from mailer.settings.table import Address, Table, at_least, each_must, matching, must
from mailer.tokens import TOKEN_LENGTH

# Reasons that are about us, never about the person (standards B6): no setting makes an address dead for them.
OUR_FAULTS: Final = frozenset(
    {
        *("blocked", "badreputation", "spamdetected", "policyviolation", "authfailure", "mesgtoobig", "exceedlimit"),
        *("contenterror", "virusdetected", "norelaying", "securityerror", "speeding", "toomanyconn"),
        *("requireptr", "notcompliantrfc", "failedstarttls", "rejected"),
    }
)


class OptOut(Table):
    """Where an opt-out goes: an https address, a mailbox, or both (standards F16)."""

    base_url: Annotated[str, matching(r"(?s)https://[^/\s]+.*", "an https:// address (RFC 8058 asks for it)")] = ""
    mailto: Address = ""
    token_in: Literal["address", "subject"] = "address"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.token_in == "address":
            _check_room_for_token("mailto", self.mailto)
        return self


_AtLeastOne = Annotated[int, at_least(1, "at least 1")]
_Days = Annotated[float, at_least(0, "a number of days, 0 or more")]


class Bounces(Table):
    """Where bounces go, and what follows. `verp = "off"`: the relay sets MAIL FROM itself (standards S15).

    An address that only fails for now (full, unreachable) is given up after `soft_mailings` mailings in a row over at
    least `soft_days` days; a later one from which nothing came back for `quiet_days` begins anew (B7). A mailing that
    is being sent pauses where more than `alarm_share` of its people, or of those at one domain, and `alarm_people` at
    least, bounced for a fault of ours; or more than that are dead of `alarm_sent` or more (B6, S9). `verdicts` judges a
    reason otherwise: now, after (counted), or never.
    """

    address: Address = ""
    verp: Literal["on", "off"] = "on"
    soft_mailings: _AtLeastOne = 3
    soft_days: _Days = 7
    quiet_days: _Days = 3
    alarm_share: Annotated[float, must(lambda share: 0 < share <= 1, "a share, as 0.05 for five of a hundred")] = 0.05
    alarm_people: _AtLeastOne = 5
    alarm_sent: _AtLeastOne = 50
    pause: bool = True
    verdicts: Annotated[
        Mapping[str, Literal["now", "after", "never"]],
        each_must(
            lambda reason: reason not in OUR_FAULTS,
            "{} is about us; it cannot make an address dead",
        ),
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.verp == "on":
            _check_room_for_token("address", self.address)
        return self


def _check_room_for_token(what: str, address: str) -> None:
    local = address.rpartition("@")[0]
    if len(local) + 1 + TOKEN_LENGTH > MAX_LOCAL:
        room = MAX_LOCAL - 1 - TOKEN_LENGTH
        raise ValueError(
            f"{what}: the part before the @ may have {room} characters, so that a token fits behind it "
            f"(RFC 5321 allows {MAX_LOCAL}); it has {len(local)}"
        )
