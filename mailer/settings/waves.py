"""Waves: the shape of a waves file, in which a release goes out in steps.

A moment stays a text here: only who knows the office's zone can read it (`config.reading.parse_waves`).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator

from mailer.settings.table import Table, between, in_two_brackets, must, together

_CONDITIONS = ("at", "after_h", "when")


class WaveTable(Table):
    """One wave: the lists that get it, who of them, and when; the first one goes at once where it says nothing."""

    to: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda to: [to] if isinstance(to, str) else to),
        must(lambda to: bool(to) and all(to), 'a list, or several: to = ["coast", "science"]'),
    ]
    where: str = ""
    at: str = ""
    after_h: Annotated[float, between(0, 8760, "hours after the wave before it, up to a year")] = 0.0
    when: Literal["", "accepted", "declined", "previous-done"] = ""

    @together
    def _check(self) -> Self:
        given = [name for name in _CONDITIONS if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"{given[1]}: a wave has one condition, and this one has {given[0]} already")
        return self


class WaveFile(Table):
    """A waves file: its tables, in their order."""

    wave: Annotated[tuple[WaveTable, ...], in_two_brackets("wave")] = ()

    @together
    def _check(self) -> Self:
        if not self.wave:
            raise ValueError("there is no wave in it: begin each with a line [[wave]]")
        return self
