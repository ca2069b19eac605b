"""Stencils: the mails of a mailing that have been rendered once, for people like those that come next.

Owns when the shortcut of `message.stencil` is tried: rows with the same fields filled in share a stencil, and one whose
messages are not those that were approved is given up. Never says that a message is right: its hash does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from mailer.message import Rendered, Stencil, make_mark, make_stencil

_MOST = 64  # shapes of rows; a list with more has a template for each anyway
_FAIR_CHANCE = 8  # misses before hits count
_Shape: TypeAlias = tuple[tuple[str, tuple[bool, ...]], ...]
_ONE_LINE = (True,)


@dataclass(slots=True)
class Trial:
    """A stencil, and how it has done."""

    stencil: Stencil | None
    hits: int = 0
    misses: int = 0

    @property
    def is_worth_it(self) -> bool:
        """Return whether it has been right more often than not."""
        return self.stencil is not None and self.misses <= _FAIR_CHANCE + self.hits


class Stencils:
    """The stencils of one edition, each made when a row of its shape comes first."""

    def __init__(self, render: Callable[[Mapping[str, str], str], Rendered]) -> None:
        """Take what renders the mail of given fields and a given opt-out token."""
        self._render = render
        self._trials: dict[_Shape, Trial] = {}

    def find(self, fields: Mapping[str, str]) -> Trial | None:
        """Return the stencil for a row; None where there is none that is worth a try."""
        shape = tuple((name, _outline(value)) for name, value in fields.items() if value)
        trial = self._trials.get(shape)
        if trial is None:
            if len(self._trials) >= _MOST:
                return None
            trial = self._trials[shape] = Trial(self._make(shape, fields))
        return trial if trial.is_worth_it else None

    def _make(self, shape: _Shape, fields: Mapping[str, str]) -> Stencil | None:
        numbers = count(1)
        marks = {
            name: "\n".join(make_mark(next(numbers)) if filled else "" for filled in outline) for name, outline in shape
        }
        return make_stencil(self._render({**fields, **marks}, make_mark(0)))


def _outline(value: str) -> tuple[bool, ...]:
    """Return the outline of a value, its lines, filled or empty: what paragraphs are made of."""
    return tuple(map(bool, value.split("\n"))) if "\n" in value else _ONE_LINE


def stencil_values(fields: Mapping[str, str], token: str) -> Sequence[str]:
    """Return what stands in the place of the marks: the opt-out token, then each line of a field that is not empty."""
    return [token, *(line for value in fields.values() if value for line in value.split("\n") if line)]
