"""Pacing: how fast mail goes to a domain, whichever relay takes it there, and when a deferred delivery is tried again.

Owns the reading of rates, the delays and their jitter. Never waits and never counts (the ledger does), never draws a
random number: the jitter of a delivery follows from its id, so that a test, a dry run and a second process come to the
same moment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from mailer.settings.table import Table, ascii_domain, at_least, between, check_domains, checked, must

_RATE: Final = re.compile(r"(\d+)\s*/\s*(s|min|h|day)")
_SECONDS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}
_LONGEST_ASKED_S: Final = 3600.0


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


Rate = Annotated[str, checked(lambda text, _: text and parse_rate(text))]  # or nothing


class DomainPace(Table):
    """How fast mail goes to one recipient domain, and how many at once. An empty rate and 0 set no bound."""

    rate: Rate = ""
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
        delay = self.delays_s[min(attempts, len(self.delays_s)) - 1]
        if attempts == 1 and asked_s > 0:
            delay = min(asked_s, _LONGEST_ASKED_S)
        return delay * (1 + self.jitter * _share(seed, attempts))


def _share(seed: bytes, attempts: int) -> float:
    """Return a number from 0 to 1 that looks random and is the same every time."""
    if not seed:
        return 0.0
    digest = hashlib.sha256(seed + attempts.to_bytes(4, "big")).digest()
    return int.from_bytes(digest[:4], "big") / (2**32 - 1)
