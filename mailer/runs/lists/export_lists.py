"""Export lists: people of one or several lists as a file for another program.

Owns the order: read, merge, ask who is suppressed, render. Who is marked by a list as not to be mailed goes along
with the address alone, so that the other program learns it too. Never writes the file (`cli` knows where it goes).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailer.address import parse_address
from mailer.contacts.audience import select_audience
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.digests import digest
from mailer.contacts.exporting import render_export
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.merging import Joined, merge_lists
from mailer.contacts.values import Contact, LeftOutReason
from mailer.runs.lists import usable_lists
from mailer.runs.office import Office
from mailer.runs.suppressions.suppressed import find_against


@dataclass(frozen=True, slots=True)
class Export:
    """An export: its bytes, and how many people, how many of them not to be mailed, and rows that did not go along.

    `file` is where it is to be written, empty where it is printed.
    """

    data: bytes
    format: str
    file: str
    people: int
    suppressed: int
    rows_left_out: int


def export_lists(
    office: Office,
    names: Iterable[str],
    *,
    form: str,
    with_blocked: bool,
    selection: Selection = EVERYBODY,
    file: str = "",
) -> Export:
    """Return the people of lists who are meant in a format; those not to be mailed are marked, or absent.

    Raises:
        InputProblem: a list cannot be read, there is no such format, or the selection names an unknown column.
    """
    with usable_lists(office, names) as lists:
        merged = merge_lists(lists)
        if not selection.is_everybody:
            chosen = select_audience(lists, selection=selection)
            meant = {digest(entry.address.key) for entry in chosen if isinstance(entry, Contact)}
            for key in merged.people.keys() - meant:
                del merged.people[key]
    addresses = [parse_address(person.email) for person in merged.people.values()]
    blocked = {key: each.words for key, each in find_against(office, addresses).items()}
    marked = [entry for entry in merged.left_out if entry.reason is LeftOutReason.MARKED] if with_blocked else []
    if not with_blocked:
        for key in blocked:
            del merged.people[key]
    at = [column.meaning for column in merged.columns].index("email")
    for entry in marked:  # the address, and what the list itself says
        address = parse_cell(entry.value)
        key = digest(address.key)
        if key not in merged.people:
            cells = [""] * len(merged.columns)
            cells[at] = str(address)
            merged.people[key] = Joined(str(address), cells, [], [entry.list_name])
            blocked.setdefault(key, entry.message)
    total = sum(1 for key in merged.people if key in blocked)
    data = render_export(merged, blocked, form)
    return Export(data, form, file, len(merged.people), total, len(merged.left_out) - len(marked))
