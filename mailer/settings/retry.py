"""Retry: when a deferred delivery is tried again.

Owns the delays and their jitter. Never waits, never draws a random number: the jitter of a delivery follows from its
id, so that a test, a dry run and a second process come to the same moment.
Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_LONGEST_ASKED_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When a deferred delivery is tried again: seconds after each failure, the last one repeating (standards S8).

    RFC 5321 §4.5.4.1 asks mail servers for 30 minutes between tries; a submission client whose news grows old begins
    sooner and comes to that. `jitter` is the share by which a delay is lengthened at most, so that people who were
    deferred together do not come back together.
    """

    delays_s: tuple[float, ...] = (60.0, 300.0, 900.0, 1800.0)
    jitter: float = 0.2
    stay_s: float = 600.0

    def __post_init__(self) -> None:
        """Check that there is a delay."""
        if not self.delays_s or min(self.delays_s) <= 0:
            raise ValueError("delays_s: at least one number of seconds above 0")
        if not 0 <= self.jitter <= 1:
            raise ValueError("jitter: a share between 0 and 1")

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
