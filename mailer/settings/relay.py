"""Relay: the server we submit to, how it is secured, how long we wait for it and how fast we go.

A password is named here (where it is kept), never held.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import model_validator

from mailer.settings.oauth import OAuth
from mailer.settings.pacing import Rate, parse_rate
from mailer.settings.presets import PRESETS, preset_values
from mailer.settings.secret import WithPassword
from mailer.settings.table import (
    Port,
    Table,
    ascii_domain,
    at_least,
    check_domains,
    checked,
    is_loopback,
    matching,
    must,
)


class Security(StrEnum):
    """How a relay is secured: TLS from the first byte (465), STARTTLS (587), or nothing (loopback only)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


_Seconds = Annotated[float, must(lambda seconds: seconds > 0, "a number of seconds above 0")]
_Messages = Annotated[int, at_least(0, "a number of messages; 0 for no bound")]
_AtLeastOne = Annotated[int, at_least(1, "at least 1")]
_ONE_NAME: Final = matching(r"[^\s\x00-\x20\x7f]*", "a name or an address, without blanks")


class Timeouts(Table):
    """Seconds to wait for the relay, at least what RFC 5321 §4.5.3.2 asks for (standards S4)."""

    connect_s: _Seconds = 30.0
    command_s: _Seconds = 300.0
    data_s: _Seconds = 120.0
    block_s: float = 180.0
    body_s: _Seconds = 600.0


class Relay(WithPassword):
    """The server we submit to, where its password is kept, and how fast it wants its mail.

    `preset` fills what is not said otherwise. `per_day` counts any 24 hours, as providers do (standards S18). `warm_up`
    are the most messages of the first day on which mail goes over this relay, of the second, and so on; afterwards
    `per_day` alone holds. `from_domains` are the senders' domains that this relay is for, with all below them.
    `in_flight_per_domain` bounds how many messages are on their way to one recipient domain at once. `largest_kb` is
    what one message may have, in thousands of bytes, as the relay says by SIZE (RFC 1870). 0 sets no bound.
    """

    key: str
    host: Annotated[str, must(bool, "which server takes the mail?"), _ONE_NAME]
    port: Port = 0
    security: Security = Security.STARTTLS
    username: Annotated[str, matching(r"[^\x00-\x1f\x7f]*", "a name, on one line")] = ""
    ca_file: str = ""
    ehlo_name: Annotated[str, _ONE_NAME] = ""
    connections: _AtLeastOne = 3
    messages_per_connection: _AtLeastOne = 50
    pipelining: Literal["auto", "off"] = "auto"
    rate: Rate = ""
    preset: Annotated[str, checked(lambda name, _: name and preset_values(name))] = ""
    per_day: _Messages = 0
    warm_up: Annotated[
        tuple[int, ...],
        must(
            lambda days: min(days, default=1) >= 1 and list(days) == sorted(days),
            "messages on the first day, the second, …, growing: [200, 500, 1000]",
        ),
    ] = ()
    from_domains: Annotated[tuple[str, ...], checked(check_domains)] = ()
    in_flight_per_domain: _Messages = 0
    largest_kb: Annotated[int, at_least(0, "a number of kilobytes; 0 for no bound")] = 0
    timeouts: Timeouts = Timeouts()
    oauth: OAuth = OAuth()

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: Any) -> Any:  # noqa: ANN401 - TOML's
        """Fill what a preset knows and nobody wrote; one that there is not is refused at its key."""
        preset = values.get("preset", "") if isinstance(values, Mapping) else ""
        return {**preset_values(preset), **values} if preset in PRESETS else values

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check what belongs together: no clear text beyond this machine, never a password over it (standards S1)."""
        if self.security is Security.PLAIN:
            if not is_loopback(self.host):
                raise ValueError(
                    'security: "plain" is for this machine alone (127.0.0.1, ::1, localhost); use "starttls"'
                )
            if self.username or self.has_password or self.oauth.is_on:
                raise ValueError('security: a password is never sent in clear text; use "starttls" or "implicit"')
        if self.oauth.is_on:
            if self.has_password:
                raise ValueError("oauth: access tokens take the place of a password; give one or the other")
            if not self.username:
                raise ValueError("username: whose access tokens are they? Give the mailbox's address")
        elif self.username and not self.has_password:
            raise ValueError(
                "username: and where is the password? Give password_env, password_command or password_file"
            )
        elif self.has_password and not self.username:
            raise ValueError("username: there is a password, and for whom?")
        return self

    @property
    def has_password(self) -> bool:
        """Return whether the relay names a place for a password."""
        return self.password.is_given

    def is_for(self, sender_domain: str) -> bool:
        """Return whether `from_domains` names the domain that a sender writes from, or one above it."""
        ours = sender_domain.lower()
        named = [ascii_domain(domain, "from_domains") for domain in self.from_domains]
        return any(ours == each or ours.endswith(f".{each}") for each in named)

    @property
    def step_s(self) -> float:
        """Return the seconds between two messages that the rate asks for; 0 for as fast as the relay takes them."""
        return parse_rate(self.rate) if self.rate else 0.0

    @property
    def port_number(self) -> int:
        """Return the port: 465 or 587 where none is given (RFC 8314), 25 on loopback."""
        return self.port or {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.PLAIN: 25}[self.security]
