"""Relay: the server we submit to, how it is secured, how long we wait for it and how fast we go.

A password is named here (where it is kept), never held. Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from mailer.settings.loopback import is_loopback
from mailer.settings.mailbox import ascii_domain
from mailer.settings.oauth import OAuth
from mailer.settings.pacing import parse_rate
from mailer.settings.presets import preset_values
from mailer.settings.secret import SecretPlace


class Security(StrEnum):
    """How a relay is secured: TLS from the first byte (465), STARTTLS (587), or nothing (loopback only)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for the relay, at least what RFC 5321 §4.5.3.2 asks for (standards S4)."""

    connect_s: float = 30.0
    command_s: float = 300.0
    data_s: float = 120.0
    block_s: float = 180.0
    body_s: float = 600.0

    def __post_init__(self) -> None:
        """Check that each is a time."""
        for what in ("connect_s", "command_s", "data_s", "body_s"):
            if not getattr(self, what) > 0:
                raise ValueError(f"{what}: a number of seconds above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The server we submit to, where its password is kept, and how fast it wants its mail.

    `per_day` counts any 24 hours, as providers do (standards S18). `warm_up` are the most messages of the first day on
    which mail goes over this relay, of the second, and so on; afterwards `per_day` alone holds. `from_domains` are the
    senders' domains that this relay is for, with all below them. `in_flight_per_domain` bounds how many messages are on
    their way to one recipient domain at once. `largest_kb` is what one message may have, in thousands of bytes, as the
    relay says by SIZE (RFC 1870). 0 sets no bound.
    """

    key: str
    host: str
    port: int = 0
    security: Security = Security.STARTTLS
    username: str = ""
    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""
    ca_file: str = ""
    ehlo_name: str = ""
    connections: int = 3
    messages_per_connection: int = 50
    pipelining: Literal["auto", "off"] = "auto"
    rate: str = ""
    preset: str = ""
    per_day: int = 0
    warm_up: tuple[int, ...] = ()
    from_domains: tuple[str, ...] = ()
    in_flight_per_domain: int = 0
    largest_kb: int = 0
    timeouts: Timeouts = field(default_factory=Timeouts)
    oauth: OAuth = field(default_factory=OAuth)

    def __post_init__(self) -> None:
        """Check what belongs together: no clear text beyond this machine, never a password over it (standards S1)."""
        self._check_names()
        if not 0 <= self.port <= 65535:
            raise ValueError("port: a number up to 65535")
        if self.connections < 1 or self.messages_per_connection < 1:
            raise ValueError("connections and messages_per_connection: at least 1")
        self._check_pace()
        self._check_security()
        self._check_login()

    def _check_names(self) -> None:
        if not self.host:
            raise ValueError("host: which server takes the mail?")
        for what, name in (("host", self.host), ("ehlo_name", self.ehlo_name)):
            if not re.fullmatch(r"[^\s\x00-\x20\x7f]*", name):
                raise ValueError(f"{what}: a name or an address, without blanks")
        if re.search(r"[\x00-\x1f\x7f]", self.username):
            raise ValueError("username: a name, on one line")

    def _check_pace(self) -> None:
        if self.preset:
            preset_values(self.preset)
        if self.rate:
            parse_rate(self.rate)
        for what in ("per_day", "in_flight_per_domain"):
            if getattr(self, what) < 0:
                raise ValueError(f"{what}: a number of messages; 0 for no bound")
        if self.largest_kb < 0:
            raise ValueError("largest_kb: a number of kilobytes; 0 for no bound")
        if any(most < 1 for most in self.warm_up) or list(self.warm_up) != sorted(self.warm_up):
            raise ValueError("warm_up: messages on the first day, the second, …, growing: [200, 500, 1000]")
        for domain in self.from_domains:
            ascii_domain(domain, "from_domains")

    def _check_login(self) -> None:
        self.password.check()
        if self.oauth.is_on:
            self._check_oauth()
        elif self.username and not self.has_password:
            raise ValueError(
                "username: and where is the password? Give password_env, password_command or password_file"
            )
        elif self.has_password and not self.username:
            raise ValueError("username: there is a password, and for whom?")

    def _check_oauth(self) -> None:
        if self.has_password:
            raise ValueError("oauth: access tokens take the place of a password; give one or the other")
        if not self.username:
            raise ValueError("username: whose access tokens are they? Give the mailbox's address")

    def _check_security(self) -> None:
        if self.security is not Security.PLAIN:
            return
        if not is_loopback(self.host):
            raise ValueError('security: "plain" is for this machine alone (127.0.0.1, ::1, localhost); use "starttls"')
        if self.username or self.has_password or self.oauth.is_on:
            raise ValueError('security: a password is never sent in clear text; use "starttls" or "implicit"')

    @property
    def has_password(self) -> bool:
        """Return whether the relay names a place for a password."""
        return self.password.is_given

    @property
    def password(self) -> SecretPlace:
        """Return where the password is kept."""
        return SecretPlace("password", self.password_env, self.password_command, self.password_file)

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
