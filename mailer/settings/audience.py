"""Audience: how much a press office asks of one outlet and of one person.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRules:
    """`[audience]`: people of one outlet who get a mailing at most, and days between two mailings to a person; 0: any.

    Part of a day can be given: `min_days_between = 0.5`.
    """

    per_outlet: int = 0
    min_days_between: float = 0.0

    def __post_init__(self) -> None:
        """Check that both are numbers that can be meant."""
        if self.per_outlet < 0:
            raise ValueError("per_outlet: a number of people, or 0 for any number")
        if not 0 <= self.min_days_between <= 366:
            raise ValueError("min_days_between: a number of days up to 366, or 0 for none")
