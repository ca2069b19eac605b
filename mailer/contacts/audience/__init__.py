"""Audience: who of the chosen lists gets a mailing, and who is left out and why.

Owns the order of the lists, the duplicates over them, the exclusion by other lists, and who is selected. Streams: it
holds 16 bytes a person, and a record only of those who stand on several lists. Never asks the ledger who opted out or
is planned already (`runs` does), never reads a file by itself.

Whom a list marks, or leaves out, is so by each of the addresses that a row gives them.

The order: a row that is no person, marked, on a list that is left out, a person who stood further up (one mail an
address, a role address like news@ too); then --where, on the merged record; then --limit or --sample. Whoever opted out
takes a place of a limit or a sample: so the same command again reaches nobody else, whatever happened between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from mailer.address import parse_address
from mailer.contacts.audience.records import Merged, Records
from mailer.contacts.audience.selection import EVERYBODY, Selection, highest_lot, lot
from mailer.contacts.audience.where import Filter, ListColumns, make_filter
from mailer.contacts.digests import Seen, digest
from mailer.contacts.reading import ListFile
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut, LeftOutReason
from mailer.errors import Problem, Severity

__all__ = ["Audience", "digest", "exclusion", "list_columns", "select_audience"]

_ROW_BITS: Final = 40
_NOBODY: Final = frozenset[bytes]()


class Audience:
    """The people of some lists who are meant. `entries` can be read again; each reading reads the lists anew."""

    def __init__(
        self, lists: Iterable[ListFile], *, excluded: Collection[bytes] = _NOBODY, selection: Selection = EVERYBODY
    ) -> None:
        """Take opened lists, the digests of whom to leave out (`exclusion` makes them), and what was asked for.

        Raises:
            InputProblem: --where names a column that none of the lists has.
        """
        self._lists = tuple(lists)
        self._excluded = excluded
        self._selection = selection
        self._filter = _make_filter(self._lists, selection)
        self._marks = [(each.name, each.marked) for each in self._lists]
        self._records: Records | None = None

    @property
    def merged(self) -> Merged:
        """Return what merging did in the newest reading."""
        return self._records.told if self._records else Merged()

    def notes(self) -> Iterator[Problem]:
        """Yield what is to be said about the columns of --where, each once."""
        absent: dict[tuple[str, ...], list[str]] = {}
        for missing in self._filter.missing if self._filter else ():
            absent.setdefault(missing.lists, []).append(f'"{missing.column}"')
        for lists, columns in absent.items():
            message = f"--where: not in {_and(lists)}, and so empty there: {_and(columns)}"
            if len(lists) == len(self._lists):
                message = f"--where: no list has it, so it is empty for everybody: {_and(columns)}"
            yield Problem("where-column", message, Severity.WARNING)

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for every row of every list, in the order of the lists: the person, or why not.

        A person on two lists is kept where they stand first, with what the others know of them; the other row says
        which list that is. Whom any of the lists marks as not to be mailed is left out of all of them.
        """
        self._records = Records(self._lists, self._excluded)
        last_lot = self._last_lot()
        self._records.told = Merged()
        taken = 0
        for entry in self._chosen():
            if isinstance(entry, LeftOut):
                yield entry
            elif last_lot is not None and lot(self._selection.seed, entry.address.key) > last_lot:
                yield _left_out(entry, LeftOutReason.NOT_SAMPLED, f'"{entry.address}" was not drawn')
            elif taken == self._selection.limit:
                yield _left_out(entry, LeftOutReason.BEYOND_LIMIT, f'"{entry.address}" comes after the first {taken}')
            else:
                taken += 1
                yield entry

    def _last_lot(self) -> int | None:
        selection = self._selection
        if selection.sample is None:
            return None
        people = (entry for entry in self._chosen() if isinstance(entry, Contact))
        return highest_lot((lot(selection.seed, each.address.key) for each in people), selection.sample)

    def _chosen(self) -> Iterator[Entry]:
        """Yield every row: those whom neither the lists nor --where leave out, and the others with their reason."""
        records = self._records or Records(self._lists, self._excluded)
        matches = self._filter.matches if self._filter else None
        for entry, key in self._once():
            if isinstance(entry, LeftOut):
                yield entry
                continue
            person = records.merge(entry, key)
            if matches is None or matches(person.fields):
                yield person
            else:
                yield _left_out(entry, LeftOutReason.FILTERED, f'"{entry.address}" is not among those of --where')

    def _once(self) -> Iterator[tuple[Entry, bytes]]:
        seen = Seen()
        for number, each in enumerate(self._lists, start=1):
            for entry in each.entries():
                if isinstance(entry, LeftOut):
                    yield entry, b""
                    continue
                key = digest(entry.address.key)
                first = seen.first(key, number << _ROW_BITS | entry.row)
                yield self._out(entry, key, first) or entry, key

    def _out(self, entry: Contact, key: bytes, first: int | None) -> LeftOut | None:
        keys = (key, *_further(entry))
        said = next((f"{name}: {found[each]}" for name, found in self._marks for each in keys if each in found), "")
        if said:
            return _left_out(entry, LeftOutReason.MARKED, said)
        if any(each in self._excluded for each in keys):
            return _left_out(entry, LeftOutReason.EXCLUDED, f'"{entry.address}" is on a list that is left out')
        if first is None:
            return None
        name = self._lists[(first >> _ROW_BITS) - 1].name
        message = f'"{entry.address}" is on {name} already'
        return _left_out(entry, LeftOutReason.DUPLICATE, message, first & (1 << _ROW_BITS) - 1)


def select_audience(
    lists: Iterable[ListFile], *, excluded: Collection[bytes] = _NOBODY, selection: Selection = EVERYBODY
) -> Iterator[Entry]:
    """Return an entry for every row of every list: the person, or why not (`Audience.entries`).

    Raises:
        InputProblem: the selection names a column that none of the lists has.
    """
    return Audience(lists, excluded=excluded, selection=selection).entries()


def exclusion(lists: Iterable[ListFile]) -> set[bytes]:
    """Return the digests of everybody on the lists that are to be left out, marked rows included.

    A person is left out by each of their addresses that the row has, but for those of a desk beside their own: as by a
    mark (`ListFile.forbidden`). A row without a usable address cannot be left out by; it becomes a warning among its
    list's problems.
    """
    keys: set[bytes] = set()
    for each in lists:
        keys.update(each.marked)
        for entry in each.entries():
            if isinstance(entry, Contact):
                keys.update((digest(entry.address.key), *_further(entry)))
            elif entry.reason in {LeftOutReason.INVALID, LeftOutReason.MISSING}:
                message = f"{entry.message}: this row leaves nobody out"
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
    headings = {name: _heading(layout.header, at) for at, name in enumerate(layout.fields)}
    headings |= {meaning: _heading(layout.header, at) for meaning, at in layout.columns.items()}
    if "first_name" in headings or "last_name" in headings:
        headings.setdefault("name", "")
    return ListColumns(each.name, headings)


def _heading(header: tuple[str, ...], at: int) -> str:
    return header[at] if at < len(header) else ""


def _make_filter(lists: tuple[ListFile, ...], selection: Selection) -> Filter | None:
    expression = selection.expression
    if expression is None or not lists:
        return None
    return make_filter(selection.where, expression, [list_columns(each) for each in lists], always=MEANINGS)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _left_out(contact: Contact, reason: LeftOutReason, message: str, first_row: int | None = None) -> LeftOut:
    return LeftOut(
        reason,
        list_name=contact.list_name,
        row=contact.row,
        line=contact.line,
        value=str(contact.address),
        message=message,
        first_row=first_row,
        addresses=(contact.address,),
    )
