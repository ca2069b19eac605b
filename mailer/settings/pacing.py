"""Pacing: how fast mail goes to a domain, whichever relay takes it there.

Owns the shape of `[pacing]` in mailer.toml and the reading of rates. Never waits and never counts: the ledger does.
Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.settings.mailbox import ascii_domain

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


def say_rate(step_s: float) -> str:
    """Return a pace in messages per second, minute, hour or day, whichever reads best."""
    for unit, seconds in (("s", 1.0), ("min", 60.0), ("h", 3600.0)):
        if seconds / step_s >= 1 and (unit != "s" or step_s <= 0.5):
            return f"{seconds / step_s:.3g}/{unit}"
    return f"{86400 / step_s:.3g}/day"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPace:
    """How fast mail goes to one recipient domain, and how many at once. An empty rate and 0 set no bound."""

    rate: str = ""
    in_flight: int = 0

    def __post_init__(self) -> None:
        """Check that it is a pace."""
        if self.rate:
            parse_rate(self.rate)
        if self.in_flight < 0:
            raise ValueError("in_flight: a number of messages; 0 for as many as there are connections")

    @property
    def step_s(self) -> float:
        """Return the seconds between two messages that the rate asks for; 0 where there is none."""
        return parse_rate(self.rate) if self.rate else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The paces of recipient domains, by their names as staff write them."""

    domains: Mapping[str, DomainPace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the names: a misspelt one would pace nobody."""
        for name in self.domains:
            ascii_domain(name, "domains")

    def by_domain(self) -> dict[str, DomainPace]:
        """Return the paces by the name that deliveries have: A-labels, in lower case."""
        return {ascii_domain(name, "domains"): pace for name, pace in self.domains.items()}
