"""Layout: how a list is laid out, as one value.

Owns `Layout` and its making from a header and the first rows. What a column means is decided in `columns`, which one
says "do not mail" in `marks`. Never reads a row below the first ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailer.address import printable
from mailer.contacts.files.table import Table
from mailer.contacts.meaning import words
from mailer.contacts.meaning.columns import field_names, further_emails
from mailer.contacts.meaning.evidence import filled
from mailer.contacts.meaning.headers import forms
from mailer.contacts.meaning.marks import Mark, find_marks, other_marks
from mailer.contacts.meaning.names import majority_turned


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is laid out: `columns` gives each meaning its position, `fields` each column its merge field.

    `marks` are the columns that say by their heading who must not be mailed, `others` all other columns.
    `own` are further columns with the person's own addresses, `at_home` those that are never written to unasked.
    `particle` and `second_surname` are parts of the last name. `turned`: names stand as 'Last, First';
    `family_first`: the heading says so; `displayed`: it says that they are for show.
    """

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: int | None
    header: tuple[str, ...]
    columns: Mapping[str, int]
    fields: tuple[str, ...]
    marks: tuple[Mark, ...]
    others: tuple[Mark, ...] = ()
    own: tuple[int, ...] = ()
    at_home: tuple[int, ...] = ()
    particle: int | None = None
    second_surname: int | None = None
    turned: bool = False
    family_first: bool = False
    displayed: bool = False

    def column_name(self, position: int) -> str:
        """Name a column for people: its header, or its number where it has none."""
        header = printable(self.header[position].strip()) if position < len(self.header) else ""
        return f'column "{header}"' if header else f"column {position + 1}"


def make_layout(table: Table, columns: Mapping[str, int], sample: Sequence[Sequence[str]]) -> Layout:
    """Make the layout of a list: its table, what its columns mean, and its first rows."""
    header = table.header
    width = max(len(header), max(map(len, sample), default=0)) if not header else len(header)
    marks = find_marks(header, columns, sample)
    own, at_home = further_emails(header, columns)
    name = columns.get("name")
    heading = words.compact(header[name]) if name is not None and name < len(header) else ""
    return Layout(
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        header_row=table.header_row,
        header=header,
        columns=columns,
        fields=tuple(field_names(header, columns, width)),
        marks=marks,
        others=other_marks(header, columns, marks, width),
        own=own,
        at_home=at_home,
        particle=_headed(header, words.NAME_PARTICLES),
        second_surname=_headed(header, words.SECOND_SURNAMES),
        turned=name is not None and majority_turned(filled(sample, name)),
        family_first=not words.FAMILY_FIRST.isdisjoint(forms(header[name])) if heading and name is not None else False,
        displayed=heading in words.DISPLAY_NAMES,
    )


def _headed(header: Sequence[str], table: frozenset[str]) -> int | None:
    return next((position for position, cell in enumerate(header) if words.compact(cell) in table), None)
