"""Changes: all edits of one file together, as the writers of text and of workbooks take them.

Owns the value (rows count from 1 and are numbered as they are before any change, positions count from 0), and the way
out that staff are told where a file cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """New texts by row and position, rows taken out, rows added below the last, headers of new columns."""

    cells: Mapping[int, Mapping[int, str]]
    removed: frozenset[int]
    added: tuple[Mapping[int, str], ...]
    headers: tuple[str, ...]

    def __bool__(self) -> bool:
        """Return whether there is anything to change."""
        return bool(self.cells or self.removed or self.added or self.headers)


def export_hint(name: str) -> str:
    """Return how a list that cannot be written back becomes one that can."""
    stem = name.rpartition(".")[0] or name
    return (
        "A CSV of it can be edited; take the old file out of lists/ then:\n"
        f"mailer lists export {stem} --format csv --output lists/{stem}.csv"
    )
