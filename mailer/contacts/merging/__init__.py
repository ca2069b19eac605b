"""Merging: the people of several lists as one list.

Owns the merging field by field: a person on several lists is one row, the first list with a value wins, and what
differs is told. Tags of all are joined, and names are filled in only where they can be one person's (`folding`).
A person any of the lists marks as not to be mailed is on no row. Never writes a file, never asks the ledger.
Raises `InputProblem`: no such column, or one with too many values to split a list by.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from mailer.contacts.digests import digest
from mailer.contacts.edits import RemoveRow
from mailer.contacts.edits.filling import find_column as column_position
from mailer.contacts.folding import NAMES, fold, joined_tags, may_be_one, several
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout, Shared, share_columns
from mailer.contacts.values import Contact, LeftOut, LeftOutReason, left_out
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Differs:
    """A field in which two lists do not agree: what is kept, from where, and what the other list has."""

    email: str
    column: str
    kept: str
    kept_from: str
    other: str
    other_from: str


@dataclass(slots=True)
class Joined:
    """A person on the merged list: the cells under its columns, where they come from, and what they are called."""

    email: str
    cells: list[str]
    origins: list[str]
    lists: list[str]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """Several lists as one: its columns, a row for each person, what differed, and who is left out."""

    columns: tuple[Shared, ...]
    people: dict[bytes, Joined] = field(default_factory=dict)
    differs: list[Differs] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        """Return the headers of the columns."""
        return [column.header for column in self.columns]

    def rows(self) -> list[list[str]]:
        """Return the header and a row for each person."""
        return [self.header, *(person.cells for person in self.people.values())]


def merge_lists(lists: Sequence[ListFile]) -> Merged:
    """Merge lists, the first before the second: every person once, an empty field filled from the next list."""
    columns = share_columns([each.layout for each in lists])
    if not any(column.meaning == "other_emails" for column in columns):
        columns = (*columns, Shared("other_emails", "other_emails", (None,) * len(lists)))
    merged = Merged(columns)
    barred: dict[bytes, str] = {}
    for each in lists:
        for key, said in each.marked.items():
            barred.setdefault(key, f"{each.name}: {said}")
    for number, each in enumerate(lists):
        for entry in each.entries():
            if isinstance(entry, LeftOut):
                merged.left_out.append(entry)
                continue
            key = digest(entry.address.key)
            if key in barred:
                merged.left_out.append(replace(left_out(entry, LeftOutReason.MARKED, barred[key]), addresses=()))
                continue
            cells = row_of(entry, each.layout, columns, number)
            if key in merged.people:
                _join(merged, merged.people[key], entry, cells)
            else:
                names = {each: entry.fields[each] for each in NAMES}
                origins = [each.name] * len(cells)
                merged.people[key] = Joined(str(entry.address), cells, origins, [each.name], names)
    last = merged.columns[-1]
    if any(place is not None for place in last.places) or any(p.cells[-1] for p in merged.people.values()):
        return merged
    for person in merged.people.values():  # nobody has a further address, and no list had the column
        person.cells.pop()
    return replace(merged, columns=merged.columns[:-1])


def _join(merged: Merged, person: Joined, contact: Contact, cells: list[str]) -> None:
    name = contact.list_name
    person.lists.append(name)
    is_one = may_be_one(person.names, contact.fields)
    for at, (mine, theirs, column) in enumerate(zip(person.cells, cells, merged.columns, strict=True)):
        if not theirs or column.meaning == "email":
            continue
        if column.meaning == "tags":
            person.cells[at] = joined_tags(mine, theirs)
        elif not mine and (is_one or column.meaning not in NAMES):
            person.cells[at], person.origins[at] = theirs, name
        elif mine and folded(mine) != folded(theirs):
            said = Differs(person.email, column.header, mine, person.origins[at], theirs, name)
            merged.differs.append(said)


def folded(text: str) -> str:
    """Return a cell as it is compared: blanks and case are no difference between lists."""
    return " ".join(text.split()).casefold()


def row_of(contact: Contact, layout: Layout, columns: Sequence[Shared], number: int) -> list[str]:
    """Return a person of list `number` as a row under shared columns: as cells with a meaning were understood."""
    places = ((column.meaning, column.places[number]) for column in columns)
    names = (meaning or ("" if place is None else layout.fields[place]) for meaning, place in places)
    return [contact.fields.get(name, "") for name in names]


# Parts: a list taken apart by the values of one column. Rows go as they stand, marked and invalid ones too.

REST = "other"
MOST = 100


@dataclass(slots=True)
class Part:
    """A part: the value as it was first written, the slug that names it, and the rows that go there."""

    value: str
    slug: str
    rows: set[int] = field(default_factory=set)


def find_column(layout: Layout, wanted: str) -> int:
    """Return the position of a column by its header, meaning or merge field, or its number from 1 without header."""
    found = column_position(layout, wanted)
    if found is None:
        known = list(dict.fromkeys((*layout.columns, *filter(None, layout.header))))
        message = f'there is no column "{wanted.strip()}"{did_you_mean(wanted.strip(), known)}'
        raise InputProblem(message, hint=f"It has: {', '.join(known)}")
    return found


def find_parts(list_file: ListFile, column: int) -> tuple[list[Part], int]:
    """Return the parts of a list, those with most rows first and the rest last, and how many rows it has."""
    parts: dict[str, Part] = {}
    total = 0
    for row, _, cells in list_file.rows():
        total += 1
        for value in several(cells[column] if column < len(cells) else "") or [""]:
            part = parts.setdefault(fold(value), Part(value, slug_of(value)))
            part.rows.add(row)
        if len(parts) > MOST:
            raise InputProblem(
                f"{list_file.layout.column_name(column)} has more than {MOST} different values",
                hint="Choose a column with few values: beat, country, language, a tag.",
            )
    ordered = sorted(parts.values(), key=lambda part: (not part.value, -len(part.rows), part.slug))
    taken: set[str] = set()
    for part in ordered:
        slugs = (part.slug, *(f"{part.slug}-{count}" for count in range(2, MOST + 2)))
        part.slug = next(slug for slug in slugs if slug not in taken)
        taken.add(part.slug)
    return ordered, total


def slug_of(value: str) -> str:
    """Return the part of a file's name for a value: "Arts & Culture" is `arts-culture`, no value is `other`."""
    plain = unicodedata.normalize("NFC", value.casefold())
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:60] or REST


def others(part: Part, total: int) -> list[RemoveRow]:
    """Return the edits by which only the rows of a part are left."""
    return [RemoveRow(row) for row in range(1, total + 1) if row not in part.rows]
