"""Relay: the server we submit to, how it is secured, how long we wait for it and how fast we go.

A password is named here (where it is kept), never held. Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Literal


class Security(StrEnum):
    """How a relay is secured: TLS from the first byte (465), STARTTLS (587), or nothing (loopback only)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, without asking the DNS: a name could point anywhere tomorrow."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_RATE = re.compile(r"(\d+)\s*/\s*(s|min|h|day)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}


def parse_rate(text: str) -> float:
    """Read `30/min` (or /s, /h, /day) into the seconds between two messages.

    Raises:
        ValueError: it has another form, or is nothing per anything.
    """
    found = _RATE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f'rate: "{text}" is not a rate; write "30/min" (or /s, /h, /day)')
    return _SECONDS[found[2]] / int(found[1])


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
    """The server we submit to, and where its password is kept."""

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
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        """Check what belongs together: no clear text beyond this machine, never a password over it (standards S1)."""
        self._check_names()
        if not 0 <= self.port <= 65535:
            raise ValueError("port: a number up to 65535")
        if self.connections < 1 or self.messages_per_connection < 1:
            raise ValueError("connections and messages_per_connection: at least 1")
        if self.rate:
            parse_rate(self.rate)
        self._check_security()
        self._check_login()

    def _check_names(self) -> None:
        if not self.host:
            raise ValueError("host: which server takes the mail?")
        for what, name in (("host", self.host), ("ehlo_name", self.ehlo_name)):
            if not re.fullmatch(r"[^\s\x00-\x20\x7f]*", name):
                raise ValueError(f"{what}: a name or an address, without blanks")

    def _check_login(self) -> None:
        if sum(map(bool, (self.password_env, self.password_command, self.password_file))) > 1:
            raise ValueError("give one of password_env, password_command and password_file")
        if self.username and not self.has_password:
            raise ValueError(
                "username: and where is the password? Give password_env, password_command or password_file"
            )
        if self.has_password and not self.username:
            raise ValueError("username: there is a password, and for whom?")

    def _check_security(self) -> None:
        if self.security is not Security.PLAIN:
            return
        if not is_loopback(self.host):
            raise ValueError('security: "plain" is for this machine alone (127.0.0.1, ::1, localhost); use "starttls"')
        if self.username or self.has_password:
            raise ValueError('security: a password is never sent in clear text; use "starttls" or "implicit"')

    @property
    def has_password(self) -> bool:
        """Say whether the relay names a place for a password."""
        return bool(self.password_env or self.password_command or self.password_file)

    @property
    def step_s(self) -> float:
        """Give the seconds between two messages that the rate asks for; 0 for as fast as the relay takes them."""
        return parse_rate(self.rate) if self.rate else 0.0

    @property
    def port_number(self) -> int:
        """Give the port: 465 or 587 where none is given (RFC 8314), 25 on loopback."""
        return self.port or {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.PLAIN: 25}[self.security]
