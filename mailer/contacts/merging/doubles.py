"""Doubles: rows that may be one person.

Owns what speaks for it: the same address twice on one list; and, over all the lists, one person at two addresses, by
name and outlet, by a further address, or by name and telephone. The first is sure, the others are for somebody to
look at. Desks (role addresses) are nobody's double. Also owns the edits that make one row of two. Never asks the
ledger, never writes. Gaps: holds a few words of every person in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from mailer.contacts.digests import digest
from mailer.contacts.edits import Edit, RemoveRow, SetCells
from mailer.contacts.folding import fold, several
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.contacts.values import Contact, LeftOutReason
from mailer.frozen import dataclass, replace

SAME_ADDRESS, SAME_PERSON = "same-address", "same-person"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be somebody's second: where it is, and who stands there."""

    list_name: str
    row: int
    line: int
    email: str
    key: str
    name: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Double:
    """Rows that may be one person, and why; `id` stays the same as long as the addresses do."""

    id: str
    kind: str
    why: str
    rows: tuple[Row, ...]


def find_doubles(lists: Sequence[ListFile]) -> list[Double]:
    """Return the doubles of these lists: first those of one address, then those of one person."""
    people: dict[str, Row] = {}
    signs: dict[tuple[str, str, str], dict[str, None]] = {}
    sure: list[Double] = []
    for each in lists:
        firsts: dict[int, list[Row]] = {}
        for entry in each.entries():
            if isinstance(entry, Contact):
                address, outlet = entry.address, entry.fields["outlet"]
                row = Row(each.name, entry.row, entry.line, str(address), address.key, entry.name, outlet)
                firsts[entry.row] = [row]
                people.setdefault(row.key, row)
                for sign in _signs(entry):
                    signs.setdefault(sign, {})[row.key] = None
            elif entry.reason is LeftOutReason.DUPLICATE and entry.first_row in firsts:
                rows = firsts[entry.first_row]
                rows.append(replace(rows[0], row=entry.row, line=entry.line))
        sure += [_double(SAME_ADDRESS, "the same address", rows) for rows in firsts.values() if len(rows) > 1]
    pairs: dict[tuple[str, str], str] = {}
    for (why, _, _), (first, *others) in signs.items():
        for other in others:
            pairs.setdefault((first, other), why)
    maybe = (_double(SAME_PERSON, why, [people[a], people[b]]) for (a, b), why in pairs.items() if b in people)
    return [*sure, *maybe]


def _signs(contact: Contact) -> Iterator[tuple[str, str, str]]:
    """Yield by what a person can be known again: (why, one word, another)."""
    if contact.address.is_role:
        return
    name, outlet = fold(contact.name), fold(contact.fields["outlet"])
    yield "one has the other's address as a further one", contact.address.key, ""
    for other in several(contact.fields["other_emails"]):
        yield "one has the other's address as a further one", other.lower(), ""
    if " " not in name:
        return  # "Ada" alone is many people
    if outlet:
        yield "the same name and outlet", name, outlet
    phone = re.sub(r"\D", "", contact.fields["phone"])[-8:]
    if len(phone) >= 6:
        yield "the same name and telephone", name, phone


def _double(kind: str, why: str, rows: Sequence[Row]) -> Double:
    words = [kind, *sorted({row.key for row in rows})]
    if kind == SAME_ADDRESS:
        words.append(rows[0].list_name)
    name = blake2b("\0".join(words).encode(), digest_size=4).hexdigest()
    return Double(name, kind, why, tuple(rows))


FoundRow = tuple[int, str, list[str]]  # row, address, cells


def rows_of(list_file: ListFile, wanted: Mapping[bytes, str]) -> dict[str, list[FoundRow]]:
    """Return every row with one of these addresses, by the id that `wanted` gives its digest; in one pass."""
    found: dict[int, tuple[str, str]] = {}
    for entry in list_file.entries() if wanted else ():
        if isinstance(entry, Contact):
            key = digest(entry.address.key)
            if key in wanted:
                found[entry.row] = (wanted[key], str(entry.address))
        elif entry.reason is LeftOutReason.DUPLICATE and entry.first_row in found:
            found[entry.row] = found[entry.first_row]
    rows: dict[str, list[FoundRow]] = {}
    for row, _, cells in list_file.rows() if found else ():
        if row in found:
            name, address = found[row]
            rows.setdefault(name, []).append((row, address, cells))
    return rows


def merge_rows(layout: Layout, rows: Sequence[FoundRow], keep: str) -> tuple[list[Edit], list[tuple[str, str, str]]]:
    """Return the edits that make one row of a person's, and what is lost: (column, what is kept, what goes).

    `keep` is the address that stays; others go to the list's column of further addresses, where it has one.
    """
    email, further = layout.columns["email"], layout.columns.get("other_emails")
    first, *rest = sorted(rows, key=lambda row: (row[1] != keep, row[0]))
    number, _, cells = first
    mine = list(cells)
    lost: list[tuple[str, str, str]] = []
    for _, _, theirs in rest:
        mine += [""] * (len(theirs) - len(mine))
        for at, cell in enumerate(theirs):
            if not cell or at in {email, further}:
                continue
            if not mine[at]:
                mine[at] = cell
            elif fold(mine[at]) != fold(cell):
                lost.append((layout.column_name(at), mine[at], cell))
    if further is not None:
        mine = [*mine, *[""] * (further + 1 - len(mine))]
        known = [*several(mine[further]), *(address for _, address, _ in rows)]
        mine[further] = ", ".join(address for address in dict.fromkeys(known) if address.lower() != keep.lower())
    if first[1] != keep:
        mine[email] = keep
    was = [*cells, *[""] * (len(mine) - len(cells))]
    changed = {at: cell for at, cell in enumerate(mine) if cell != was[at]}
    edits: list[Edit] = [SetCells(number, changed)] if changed else []
    return [*edits, *(RemoveRow(row) for row, _, _ in rest)], lost
