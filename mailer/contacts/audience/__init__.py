"""Audience: who of the chosen lists gets a mailing, and who is left out and why.

Owns the order of the lists, the duplicates over them, the exclusion by other lists, and who is selected: a person a
list marks, or leaves out, is so by each of the addresses that a row gives them. Streams: it holds 16 bytes a person,
and a record only of those who stand on several lists. Never asks the ledger who opted out or is planned already (`runs`
does), never reads a file by itself. Raises `InputProblem`: --where names a column that none of the lists has.

The order: a row that is no person, marked, on a list that is left out, a person who stood further up (one mail an
address, a role address like news@ too); then --where, on the merged record; then --limit or --sample. One who opted
out takes a place of a limit or a sample: so the same command again reaches nobody else, whatever happened between.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mailer.address import parse_address
from mailer.contacts.audience.selection import EVERYBODY, Selection, highest_lot, lot
from mailer.contacts.audience.where import Filter, ListColumns, make_filter
from mailer.contacts.digests import Seen, digest
from mailer.contacts.folding import NAMES, alike, joined_tags, may_be_one
from mailer.contacts.reading import ListFile
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut, LeftOutReason, lean_fields, left_out, made_name
from mailer.errors import Problem, Severity

__all__ = ["Audience", "digest", "exclusion", "list_columns"]

_ROW_BITS: Final = 40
_NOBODY: Final = frozenset[bytes]()


class Audience:
    """The people of some lists who are meant. `entries` can be read again; each reading reads the lists anew."""

    def __init__(
        self, lists: Iterable[ListFile], *, excluded: Collection[bytes] = _NOBODY, selection: Selection = EVERYBODY
    ) -> None:
        """Hold opened lists, the digests of those to leave out (`exclusion` makes them), and what was asked for."""
        self._lists = tuple(lists)
        self._excluded = excluded
        self._selection = selection
        self._filter: Filter | None = None
        if selection.where and self._lists:
            columns = [list_columns(each) for each in self._lists]
            self._filter = make_filter(selection.where, columns, always=MEANINGS)
        self._marks = [(each.name, each.marked) for each in self._lists]
        self._records: Records | None = None

    @property
    def merged(self) -> Merged:
        """Return what merging did in the newest reading."""
        return self._records.told if self._records else Merged()

    def notes(self) -> Iterator[Problem]:
        """Yield what is to be said about the columns of --where, each once."""
        absent: dict[tuple[str, ...], list[str]] = {}
        for column, lists in self._filter.missing.items() if self._filter else ():
            absent.setdefault(lists, []).append(f'"{column}"')
        for lists, columns in absent.items():
            message = f"--where: not in {_and(lists)}, and so empty there: {_and(columns)}"
            if len(lists) == len(self._lists):
                message = f"--where: no list has it, so it is empty for everybody: {_and(columns)}"
            yield Problem("where-column", message, Severity.WARNING)

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for every row of every list, in the order of the lists: the person, or why not."""
        self._records = Records(self._lists, self._excluded)
        last_lot: int | None = None
        seed = self._selection.seed
        if self._selection.sample is not None:
            people = (entry for entry in self._chosen() if isinstance(entry, Contact))
            last_lot = highest_lot((lot(seed, each.address.key) for each in people), self._selection.sample)
        self._records.told = Merged()
        taken = 0
        for entry in self._chosen():
            if isinstance(entry, LeftOut):
                yield entry
            elif last_lot is not None and lot(seed, entry.address.key) > last_lot:
                yield left_out(entry, LeftOutReason.NOT_SAMPLED, f'"{entry.address}" was not drawn')
            elif taken == self._selection.limit:
                yield left_out(entry, LeftOutReason.BEYOND_LIMIT, f'"{entry.address}" comes after the first {taken}')
            else:
                taken += 1
                yield entry

    def _chosen(self) -> Iterator[Entry]:
        """Yield every row: those that neither the lists nor --where leave out, and the others with their reason."""
        records = self._records or Records(self._lists, self._excluded)
        matches = self._filter.matches if self._filter else None
        seen = Seen()
        for number, each in enumerate(self._lists, start=1):
            for entry in each.entries():
                if isinstance(entry, LeftOut):
                    yield entry
                    continue
                key = digest(entry.address.key)
                first = seen.first(key, number << _ROW_BITS | entry.row)
                out = self._out(entry, (key, *_further(entry)), first)
                person = entry if out else records.merge(entry, key)
                if out is None and matches is not None and not matches(person.fields):
                    out = left_out(entry, LeftOutReason.FILTERED, f'"{entry.address}" is not among those of --where')
                yield out or person

    def _out(self, entry: Contact, keys: Sequence[bytes], first: int | None) -> LeftOut | None:
        said = next((f"{name}: {found[each]}" for name, found in self._marks for each in keys if each in found), "")
        if said:
            return left_out(entry, LeftOutReason.MARKED, said)
        if any(each in self._excluded for each in keys):
            return left_out(entry, LeftOutReason.EXCLUDED, f'"{entry.address}" is on a list that is left out')
        if first is None:
            return None
        name = self._lists[(first >> _ROW_BITS) - 1].name
        message = f'"{entry.address}" is on {name} already'
        return left_out(entry, LeftOutReason.DUPLICATE, message, first & (1 << _ROW_BITS) - 1)


def exclusion(lists: Iterable[ListFile]) -> set[bytes]:
    """Return the digests of everybody on the lists that are to be left out, marked rows included.

    A row leaves out as a mark does (`ListFile.forbidden`); one without a usable address becomes a warning of its list.
    """
    keys: set[bytes] = set()
    for each in lists:
        keys.update(each.marked)
        for entry in each.entries():
            if isinstance(entry, Contact):
                keys.update((digest(entry.address.key), *_further(entry)))
            elif entry.reason in {LeftOutReason.INVALID, LeftOutReason.MISSING}:
                message = f"{entry.message}: this row excludes nobody"
                each.add_problem(Problem("except-row", message, Severity.WARNING, line=entry.line))
    return keys


def _further(contact: Contact) -> Iterator[bytes]:
    """Yield the digests of a person's further addresses that the row has; a desk beside them is not they."""
    others = contact.fields["other_emails"]
    for each in map(parse_address, others.split(", ")) if others else ():
        if not each.is_role:
            yield digest(each.key)


def list_columns(each: ListFile) -> ListColumns:
    """Return the columns of a list by which --where knows them: merge fields and meanings, each with its heading."""
    layout = each.layout
    headings = {name: layout.header_at(at) for at, name in enumerate(layout.fields)}
    headings |= {meaning: layout.header_at(at) for meaning, at in layout.columns.items()}
    if "first_name" in headings or "last_name" in headings:
        headings.setdefault("name", "")
    return ListColumns(each.name, headings)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# Records: one record of a person who stands on several lists, field by field.
# Which list's word stands: the first list's; a field that is empty there is filled from the next. Tags of all lists are
# joined. Names are taken together or not at all: behind news@ one list may have Ada and another one Bo, and nobody is
# called Ada Bo. Only people who stand on more than one list are held, as a few hundred bytes each.


@dataclass(slots=True)
class Merged:
    """What merging did: how many people, fields filled by the list they came from, fields that lists differ about."""

    people: int = 0
    filled: dict[str, Counter[str]] = field(default_factory=dict)
    conflicts: Counter[str] = field(default_factory=Counter)


class Records:
    """What the second and further lists know of people an earlier list has."""

    def __init__(self, lists: Sequence[ListFile], excluded: Collection[bytes]) -> None:
        """Read the lists through; those of `excluded` are not held."""
        self._lists = lists
        self._held: dict[bytes, list[tuple[int, str]]] = {}
        self._aliases: list[set[str]] = []  # by list: merge fields that are a second name for a meaning
        self._of_names: list[set[str]] = []  # and those that hold names of people
        self.told = Merged()
        for layout in (each.layout for each in lists):
            at = {meaning: layout.fields[i] for meaning, i in layout.columns.items() if i < len(layout.fields)}
            self._aliases.append({name for meaning, name in at.items() if name != meaning})
            self._of_names.append({*NAMES, *(at[meaning] for meaning in NAMES if meaning in at)})
        seen = Seen()
        for number, each in enumerate(lists if len(lists) > 1 else ()):
            for entry in each.entries():
                if not isinstance(entry, Contact):
                    continue
                key = digest(entry.address.key)
                if seen.first(key, number + 1) is not None and key not in excluded:
                    kept = json.dumps(lean_fields(entry.fields), ensure_ascii=False)
                    self._held.setdefault(key, []).append((number, kept))

    def merge(self, contact: Contact, key: bytes) -> Contact:
        """Return a person of an earlier list with what later lists know; counts what it did."""
        held = self._held.get(key)
        if not held:
            return contact
        self.told.people += 1
        fields = dict(contact.fields)
        is_made = fields["name"] == made_name(fields)
        for number, kept in held:
            self._add(fields, json.loads(kept), number, is_made=is_made)
        if is_made:
            fields["name"] = _longer(made_name(fields), fields["name"])
        return replace(contact, fields=fields)

    def _add(self, fields: dict[str, str], theirs: Mapping[str, str], number: int, *, is_made: bool) -> None:
        agrees = may_be_one(fields, theirs)
        filled = self.told.filled.setdefault(self._lists[number].name, Counter())
        for name, value in theirs.items():
            mine = fields.setdefault(name, "")
            if name == "email" or not value:
                continue
            counts = name not in self._aliases[number]
            if not mine and (agrees or name not in self._of_names[number]):
                fields[name] = value
                filled[name] += counts
            elif name == "name" and agrees and is_made:
                fields[name] = _longer(mine, value)
            elif name == "tags" and mine:
                fields[name] = joined_tags(mine, value)
            elif mine and counts and not alike(mine, value):
                self.told.conflicts[name] += 1


def _longer(one: str, other: str) -> str:
    return other if len(other.split()) > len(one.split()) else one
