"""Together: the columns of several lists as one row of columns.

Owns which column of one list is the same as a column of another: first by its meaning, then by its header. The names
of columns are those of the first list that has them. Never reads rows of a file by itself, never compares people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailer.contacts.layout import Layout
from mailer.contacts.meaning.words import compact
from mailer.contacts.values import MEANINGS, Contact


@dataclass(frozen=True, slots=True)
class Shared:
    """One column over several lists: its header, its meaning (or empty), and where each list has it (or None)."""

    header: str
    meaning: str
    places: tuple[int | None, ...]


def meanings_by_place(layout: Layout) -> dict[int, str]:
    """Return the meaning of each column that has one."""
    return {place: meaning for meaning, place in layout.columns.items()}


def share_columns(layouts: Sequence[Layout]) -> tuple[Shared, ...]:
    """Return the columns of several lists as one row of columns: those of the first, then what the later ones add."""
    found: list[tuple[str, str, list[int | None]]] = []
    for number, layout in enumerate(layouts):
        meant = meanings_by_place(layout)
        for place in range(len(layout.fields)):
            header = layout.header[place].strip() if place < len(layout.header) else ""
            meaning = meant.get(place, "")
            same = _same(found, header, meaning, number)
            if same is None:
                same = (header or meaning or f"column {place + 1}", meaning, [None] * len(layouts))
                found.append(same)
            same[2][number] = place
    return tuple(Shared(header, meaning, tuple(places)) for header, meaning, places in found)


def _same(
    found: Iterable[tuple[str, str, list[int | None]]], header: str, meaning: str, number: int
) -> tuple[str, str, list[int | None]] | None:
    free = [each for each in found if each[2][number] is None]
    if meaning:
        return next((each for each in free if each[1] == meaning), None)
    return next((each for each in free if not each[1] and header and compact(each[0]) == compact(header)), None)


def cell_of(contact: Contact, layout: Layout, place: int, meaning: str) -> str:
    """Return what a person's row has in a column: as it was understood where it has a meaning, else as it stands."""
    return contact.fields[meaning] if meaning else contact.fields.get(layout.fields[place], "")


def row_of(contact: Contact, layout: Layout, columns: Sequence[Shared], number: int) -> list[str]:
    """Return a person of list `number` as a row under shared columns; empty where their list has no such column."""
    cells = []
    for column in columns:
        place = column.places[number]
        if place is not None:
            cells.append(cell_of(contact, layout, place, column.meaning))
        else:
            cells.append(contact.fields[column.meaning] if column.meaning in MEANINGS else "")
    return cells
