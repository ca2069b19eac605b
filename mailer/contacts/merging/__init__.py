"""Merging: the people of several lists as one list.

Owns the merging field by field: whoever stands on several lists is one row, the first list with a value wins, and what
differs is told. Tags of all are joined, and names are filled in only where they can be one person's (`namesakes`).
Whom any of the lists marks as not to be mailed is on none of the rows. Never writes a file, never asks the ledger. The
rows are in memory: they are about to become a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailer.contacts.digests import digest
from mailer.contacts.folding import NAMES, joined_tags, may_be_one
from mailer.contacts.merging.together import Shared, row_of, share_columns
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason

_OTHERS = Shared("other_emails", "other_emails", ())


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
        columns = (*columns, Shared(_OTHERS.header, _OTHERS.meaning, (None,) * len(lists)))
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
                merged.left_out.append(_barred(entry, barred[key]))
            else:
                _join(merged, key, entry, row_of(entry, each.layout, columns, number))
    return _without_empty(merged)


def _join(merged: Merged, key: bytes, contact: Contact, cells: list[str]) -> None:
    person = merged.people.get(key)
    name = contact.list_name
    if person is None:
        names = {each: contact.fields[each] for each in NAMES}
        merged.people[key] = Joined(str(contact.address), cells, [name] * len(cells), [name], names)
        return
    person.lists.append(name)
    is_one = may_be_one(person.names, contact.fields)
    for at, (mine, theirs) in enumerate(zip(person.cells, cells, strict=True)):
        column = merged.columns[at]
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


def _barred(contact: Contact, said: str) -> LeftOut:
    return LeftOut(
        LeftOutReason.MARKED, contact.list_name, contact.row, contact.line, str(contact.address), message=said
    )


def _without_empty(merged: Merged) -> Merged:
    """Leave out the column of further addresses where nobody has one and no list had the column."""
    last = merged.columns[-1]
    if any(place is not None for place in last.places) or any(p.cells[-1] for p in merged.people.values()):
        return merged
    for person in merged.people.values():
        person.cells.pop()
    return Merged(merged.columns[:-1], merged.people, merged.differs, merged.left_out)
