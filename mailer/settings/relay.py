"""Relay: the server we submit to, how it is secured, how fast we go, and when a deferred delivery is tried again.

Owns the reading of rates, the delays and their jitter; the figures that providers publish (presets) are data. A
password is named here (where it is kept), never held. Never waits and never counts (the ledger does), never draws a
random number: the jitter of a delivery follows from its id, so that a test, a dry run and a second process get the same
time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from mailer.errors import did_you_mean
from mailer.settings.secret import OAuth, WithPassword
from mailer.settings.table import (
    FileName,
    Port,
    Table,
    ascii_domain,
    at_least,
    between,
    check_domains,
    checked,
    is_loopback,
    matching,
    must,
)
from mailer.words import read_section

_UNITS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}  # in seconds
_LONGEST_ASKED_S: Final = 3600.0


def parse_rate(text: str) -> float:
    """Read `30/min` (or /s, /h, /day) into the seconds between two messages.

    Raises:
        ValueError: it has another form, or is nothing per anything.
    """
    found = re.fullmatch(r"(\d+)\s*/\s*(s|min|h|day)", text.strip())
    if not found or not int(found[1]):
        raise ValueError(f'rate: "{text}" is not a rate; write "30/min" (or /s, /h, /day)')
    return _UNITS[found[2]] / int(found[1])


def say_rate(step_s: float) -> str:
    """Return a pace in messages per second, minute, hour or day, whichever reads best."""
    fitting = (unit for unit, seconds in _UNITS.items() if seconds / step_s >= 1 and (unit != "s" or step_s <= 0.5))
    unit = next(fitting, "day")
    return f"{_UNITS[unit] / step_s:.3g}/{unit}"


class Security(StrEnum):
    """How a relay is secured: TLS from the first byte (465), STARTTLS (587), or nothing (loopback only)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


_Rate = Annotated[str, checked(lambda text, _: text and parse_rate(text))]  # or nothing
_Seconds = Annotated[float, must(lambda seconds: seconds > 0, "a number of seconds above 0")]
_Messages = Annotated[int, at_least(0, "a number of messages; 0 for no bound")]
_AtLeastOne = Annotated[int, at_least(1, "at least 1")]
_ONE_NAME: Final = matching(r"[^\s\x00-\x20\x7f]*", "a name or an address, without blanks")


def _check_preset(name: str, _: str) -> None:
    known = read_section("settings", "presets")
    if name and name not in known:
        raise ValueError(f'preset: there is no "{name}"{did_you_mean(name, known)} (there are {", ".join(known)})')


class Timeouts(Table):
    """Seconds to wait for the relay, at least what RFC 5321 §4.5.3.2 asks for (standards S4)."""

    connect_s: _Seconds = 30.0
    command_s: _Seconds = 300.0
    data_s: _Seconds = 120.0
    block_s: float = 180.0
    body_s: _Seconds = 600.0


class Relay(WithPassword):
    """The server we submit to, where its password is kept, and how fast it wants its mail.

    `per_day` counts any 24 hours, as providers do (standards S18); `warm_up` are the first days on which mail goes over
    this relay, and afterwards `per_day` alone holds.
    """

    key: str
    host: Annotated[str, must(bool, "which server takes the mail?"), _ONE_NAME]
    port: Port = 0
    security: Security = Security.STARTTLS
    username: Annotated[str, matching(r"[^\x00-\x1f\x7f]*", "a name, on one line")] = ""
    ca_file: FileName = ""
    ehlo_name: Annotated[str, _ONE_NAME] = ""
    connections: _AtLeastOne = 3
    messages_per_connection: _AtLeastOne = 50
    pipelining: Literal["auto", "off"] = "auto"
    rate: _Rate = ""
    preset: Annotated[str, checked(_check_preset)] = ""
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
        preset = values.get("preset") if isinstance(values, Mapping) else None
        known = read_section("settings", "presets").get(preset, {}) if isinstance(preset, str) else {}
        return {**known, **values} if known else values

    def _check(self) -> Iterator[str]:
        """Check what belongs together: no clear text beyond this machine, never a password over it (standards S1)."""
        yield from super()._check()
        has_password = self.password.is_given
        if self.security is Security.PLAIN and not is_loopback(self.host):
            yield 'security: "plain" is for this machine alone (127.0.0.1, ::1, localhost); use "starttls"'
        elif self.security is Security.PLAIN and (self.username or has_password or self.oauth.is_on):
            yield 'security: a password is never sent in clear text; use "starttls" or "implicit"'
        elif self.oauth.is_on and has_password:
            yield "oauth: access tokens take the place of a password; give one or the other"
        elif self.oauth.is_on and not self.username:
            yield "username: whose access tokens are they? Give the mailbox's address"
        elif self.username and not has_password and not self.oauth.is_on:
            yield "username: and where is the password? Give password_env, password_command or password_file"
        elif has_password and not self.username:
            yield "username: there is a password, and for whom?"

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


class DomainPace(Table):
    """How fast mail goes to one recipient domain, and how many at once. An empty rate and 0 set no bound."""

    rate: _Rate = ""
    in_flight: Annotated[int, at_least(0, "a number of messages; 0 for as many as there are connections")] = 0

    @property
    def step_s(self) -> float:
        """Return the seconds between two messages that the rate asks for; 0 where there is none."""
        return parse_rate(self.rate) if self.rate else 0.0


class Pacing(Table):
    """The paces of recipient domains, by their names as staff write them; a misspelt one would pace nobody."""

    domains: Annotated[Mapping[str, DomainPace], checked(check_domains)] = Field(default_factory=dict)

    def by_domain(self) -> dict[str, DomainPace]:
        """Return the paces by the name that deliveries have: A-labels, in lower case."""
        return {ascii_domain(name, "domains"): pace for name, pace in self.domains.items()}


class Retry(Table):
    """When a deferred delivery is tried again: seconds after each failure, the last one repeating (standards S8).

    RFC 5321 §4.5.4.1 asks mail servers for 30 minutes between tries; a submission client whose news grows old begins
    sooner and comes to that. `jitter` is the share by which a delay is lengthened at most, so that people who were
    deferred together do not come back together.
    """

    delays_s: Annotated[
        tuple[float, ...], must(lambda delays: delays and min(delays) > 0, "at least one number of seconds above 0")
    ] = (60.0, 300.0, 900.0, 1800.0)
    jitter: Annotated[float, between(0, 1, "a share between 0 and 1")] = 0.2
    stay_s: float = 600.0

    def delay_s(self, attempts: int, seed: bytes = b"", *, asked_s: float = 0.0) -> float:
        """Return the wait after the given number of attempts (1 or more).

        `seed` is the delivery's own (its id), from which the jitter follows; without one there is none. `asked_s` is
        the wait that a greylisting server named (0: none): the first retry keeps to it, and comes shortly after.
        """
        delay, share = self.delays_s[min(attempts, len(self.delays_s)) - 1], 0.0
        if attempts == 1 and asked_s > 0:
            delay = min(asked_s, _LONGEST_ASKED_S)
        if seed:  # a number from 0 to 1 that looks random and is the same every time
            digest = hashlib.sha256(seed + attempts.to_bytes(4, "big")).digest()
            share = int.from_bytes(digest[:4], "big") / (2**32 - 1)
        return delay * (1 + self.jitter * share)
