"""Audience: who of the chosen lists gets a mailing, and who is left out and why.

Owns the order of the lists, the duplicates over them, and the exclusion by other lists. Streams: it holds 16 bytes a
person and no contact. Never asks the ledger who opted out or is planned already (`runs` does), never reads a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mailer.contacts.digests import Seen, digest
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason
from mailer.errors import Problem, Severity

__all__ = ["digest", "exclusion", "select_audience"]

_ROW_BITS = 40


def select_audience(lists: Iterable[ListFile], *, excluded: Collection[bytes] = frozenset[bytes]()) -> Iterator[Entry]:
    """Give an entry for every row of every list, in the order of the lists: the person, or why not.

    `excluded` holds digests (`exclusion` makes them). A person on two lists is kept where they stand first, and the
    other row says which list that is. Whom any of the lists marks as not to be mailed is left out of all of them.
    """
    chosen = tuple(lists)
    marks = [(each.name, each.marked) for each in chosen]
    seen = Seen()
    for number, each in enumerate(chosen, start=1):
        for entry in each.entries():
            if isinstance(entry, LeftOut):
                yield entry
                continue
            key = digest(entry.address.key)
            first = seen.first(key, number << _ROW_BITS | entry.row)
            said = next((f"{name}: {found[key]}" for name, found in marks if key in found), "")
            if said:
                yield _left_out(entry, LeftOutReason.MARKED, said)
            elif key in excluded:
                yield _left_out(entry, LeftOutReason.EXCLUDED, f'"{entry.address}" is on a list that is left out')
            elif first is not None:
                name = chosen[(first >> _ROW_BITS) - 1].name
                message = f'"{entry.address}" is on {name} already'
                yield _left_out(entry, LeftOutReason.DUPLICATE, message, first & (1 << _ROW_BITS) - 1)
            else:
                yield entry


def exclusion(lists: Iterable[ListFile]) -> set[bytes]:
    """Give the digests of everybody on the lists that are to be left out, marked rows included.

    A row without a usable address cannot be left out by; it becomes a warning among its list's problems.
    """
    keys: set[bytes] = set()
    for each in lists:
        keys.update(each.marked)
        for entry in each.entries():
            if isinstance(entry, Contact):
                keys.add(digest(entry.address.key))
            elif entry.reason in {LeftOutReason.INVALID, LeftOutReason.MISSING}:
                message = f"{entry.message}: this row leaves nobody out"
                each.add_problem(Problem("except-row", message, Severity.WARNING, line=entry.line))
    return keys


def _left_out(contact: Contact, reason: LeftOutReason, message: str, first_row: int | None = None) -> LeftOut:
    return LeftOut(
        reason,
        list_name=contact.list_name,
        row=contact.row,
        line=contact.line,
        value=str(contact.address),
        message=message,
        first_row=first_row,
    )
