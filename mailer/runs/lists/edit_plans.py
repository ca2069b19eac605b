"""Edit plans: what an edit of people will do, and the lists that it is read from, held with their bytes.

Owns the values, and the finding of people's rows: by address, as a mailing would (IDN twins are one), in every row that
has them, also in those that are left out. Never writes.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mailer.address import Address, InvalidAddress
from mailer.contacts.edits import AddColumn, Edit
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.errors import InputProblem, Problem, gather
from mailer.runs.lists import open_list
from mailer.runs.lists.rewrite import Rewrite
from mailer.runs.untrusted.lists import edit_list
from mailer.workspace import MAX_LIST_BYTES, Workspace, read_bytes

_PLAIN: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell: the header of its column, what stands there and what will."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """What becomes of one row; `row` and `line` are None for one that is added."""

    list_name: str
    action: str
    email: str
    row: int | None
    line: int | None
    cells: tuple[CellChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A row that somebody has: `row` counts data rows, `line` is the spreadsheet's own."""

    row: int
    line: int
    cells: list[str]
    who: Address


@dataclass(slots=True)
class EditPlan:
    """What an edit will do: `rewrites` are the files with their new bytes, `what` names the step without its people."""

    what: str = ""
    rows: list[RowChange] = field(default_factory=list)
    rewrites: list[Rewrite] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    nameless: str = ""  # whose row has no name after it, though the list has a column for one

    @property
    def lists(self) -> list[str]:
        """Return the names of the lists that change."""
        return [each.path.stem for each in self.rewrites]


@dataclass(frozen=True, slots=True)
class Held:
    """A list with the bytes that it was read from, which must still be there when it is written."""

    path: Path
    was: bytes
    file: ListFile

    @property
    def layout(self) -> Layout:
        """Return how the list is laid out."""
        return self.file.layout

    def edited(self, edits: Sequence[Edit]) -> Rewrite:
        """Return the list with these edits, to be written.

        Raises:
            InputProblem: it cannot be written back so.
        """
        new = edit_list(self.was, name=self.path.name, edits=edits, choices=self.file.choices)
        return Rewrite(self.path, self.was, new)

    def find(self, wanted: Mapping[str, Address]) -> Iterator[Found]:
        """Yield the rows of these people, by the keys of their addresses."""
        email = self.layout.columns["email"]
        locals_ = tuple(key.rpartition("@")[0] for key in wanted)
        for row, line, cells in self.file.rows():
            cell = cells[email] if email < len(cells) else ""
            if not cell or _is_somebody_else(cell, locals_):
                continue
            with suppress(InvalidAddress):
                found = wanted.get(parse_cell(cell).key)
                if found:
                    yield Found(row, line, cells, found)


def _is_somebody_else(cell: str, locals_: Sequence[str]) -> bool:
    """Return whether a plainly written address is none of these, without parsing it."""
    lower = cell.lower()
    return bool(_PLAIN.fullmatch(cell)) and not any(local in lower for local in locals_)


@contextmanager
def held_list(workspace: Workspace, path: Path) -> Iterator[Held]:
    """Open a list to be edited; one that is empty but for its header is one too.

    Raises:
        InputProblem: it cannot be read.
    """
    was = read_bytes(path, limit=MAX_LIST_BYTES)
    with open_list(workspace, path, may_be_empty=True) as file:
        yield Held(path, was, file)


def addresses_of(people: Iterable[str]) -> dict[str, Address]:
    """Return the addresses of people by their keys, in the order in which they are named.

    Raises:
        InputProblem: one is no address, or stands there twice.
    """
    found: dict[str, Address] = {}
    for text in people:
        address = parse_cell(text.strip())
        if address.key in found:
            raise InputProblem(f"{address} is named twice")
        found[address.key] = address
    return found


def changes_of(
    layout: Layout, old: Sequence[str], cells: Mapping[int, str], edits: Sequence[Edit]
) -> Iterator[CellChange]:
    """Yield the cells whose text becomes another, with the columns that these edits add among them."""
    added = [edit.header for edit in edits if isinstance(edit, AddColumn)]
    for position, text in sorted(cells.items()):
        was = old[position] if position < len(old) else ""
        if was != text.strip():
            yield CellChange(_header(layout, position, added), was, text.strip())


def _header(layout: Layout, position: int, added: Sequence[str] = ()) -> str:
    headers = [*layout.header, *added]
    return (headers[position].strip() if position < len(headers) else "") or f"column {position + 1}"


def removal(held: Held, found: Found) -> RowChange:
    """Return the removal of a row, with all that stands in it."""
    cells = enumerate(found.cells)
    changes = tuple(CellChange(_header(held.layout, position), cell, "") for position, cell in cells if cell)
    return RowChange(held.path.stem, REMOVED, str(found.who), found.row, found.line, changes)


def lists_with(
    workspace: Workspace, wanted: Mapping[str, Address], only: Sequence[str], plan: EditPlan
) -> Iterator[tuple[Held, list[Found]]]:
    """Yield every list that has one of these people, with their rows; a list that cannot be read is a remark."""
    paths = [workspace.list_path(name) for name in only] or list(workspace.lists())
    for path in paths:
        try:
            with held_list(workspace, path) as held:
                rows = list(held.find(wanted))
                if rows:
                    yield held, rows
        except InputProblem as error:
            if only:
                raise
            plan.remarks += gather(error)


def nobody(workspace: Workspace, missing: Sequence[Address], only: Sequence[str], plan: EditPlan) -> InputProblem:
    """Return the refusal of people who are on none of these lists."""
    where = listed([workspace.list_path(name).stem for name in only]) if only else "any list"
    who = listed([str(each) for each in missing])
    return InputProblem(
        f"{who} {'is' if len(missing) == 1 else 'are'} not on {where}",
        problems=plan.remarks,
        hint="mailer lists find TEXT   searches all lists by name, outlet or address",
    )


def people_of(count: int) -> str:
    """Return `1 person` or `3 people`."""
    return "1 person" if count == 1 else f"{count} people"


def listed(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "no list"
