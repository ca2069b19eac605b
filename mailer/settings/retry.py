"""Retry: when a deferred delivery is tried again.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When a deferred delivery is tried again: seconds after each failure, the last one repeating (standards S8)."""

    delays_s: tuple[float, ...] = (60.0, 300.0, 900.0, 1800.0)
    stay_s: float = 600.0

    def __post_init__(self) -> None:
        """Check that there is a delay."""
        if not self.delays_s or min(self.delays_s) <= 0:
            raise ValueError("delays_s: at least one number of seconds above 0")

    def delay_s(self, attempts: int) -> float:
        """Give the wait after the given number of attempts (1 or more)."""
        return self.delays_s[min(attempts, len(self.delays_s)) - 1]
