"""Editing: people added, corrected, removed and moved, planned whole before anything is written.

A plan has the rows cell by cell, as they are shown to staff, and the new bytes of each file, already proven to read
back so. A list is held with the bytes that it was read from: `rewrite` refuses to write over others. People are found
as a mailing would find them, by the key of their address (IDN twins are one), in every row that has them, also in those
that are left out. A column that a list lacks is told or refused, never dropped silently. Never writes, never asks the
ledger. Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mailer.address import Address, InvalidAddress, parse_address, printable
from mailer.contacts.edits import AddColumn, AddRow, Edit, RemoveRow, SetCells
from mailer.contacts.edits.filling import (
    carry_over,
    check_text,
    column_hint,
    fill,
    find_column,
    known_words,
    new_header,
    other_address,
)
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.errors import InputProblem, Problem, Severity, did_you_mean, gather
from mailer.ledger.suppressions import NewSuppression
from mailer.runs.lists import open_list
from mailer.runs.lists.changes import Rewrite
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
class ListEdit:
    """A plan with the files as people know them and whose no goes along; `written` is None until that is decided."""

    plan: EditPlan
    files: Mapping[str, str]
    noes: tuple[NewSuppression, ...] = ()
    written: bool | None = None

    @property
    def changes(self) -> list[Rewrite]:
        """Return the files that become others."""
        return [each for each in self.plan.rewrites if each.was != each.data]


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


def plan_add(
    workspace: Workspace, list_name: str, people: Sequence[str], texts: Mapping[str, str], *, add_columns: bool = False
) -> EditPlan:
    """Plan a row for each of these people ("ada@daily.example.com", or with a name before `<>`) on one list.

    `texts` fill columns, by header or meaning, in each row.

    Raises:
        InputProblem: one of them is no address or on the list already, or there is no such column.
    """
    path = workspace.list_path(list_name)
    if "email" in texts:
        raise InputProblem("the address is given already; --set email=… is for `mailer lists update`")
    plan = EditPlan()
    wanted = addresses_of(people)
    with held_list(workspace, path) as held:
        for found in held.find(wanted):
            raise InputProblem(
                f"{found.who} stands there already",
                source=path.name,
                line=found.line,
                hint=f"mailer lists update {found.who} --list {path.stem} --set COLUMN=TEXT   changes what is there",
            )
        edits, positions = _columns_for(held, texts, plan, add_columns=add_columns, needed=True)
        for text, who in zip(people, wanted.values(), strict=True):
            cells = {held.layout.columns["email"]: str(who), **_named(held.layout, text, texts), **positions}
            edits.append(AddRow(cells))
            changes = tuple(changes_of(held.layout, [], cells, edits))
            plan.rows.append(RowChange(path.stem, ADDED, str(who), None, None, changes))
        plan.rewrites.append(held.edited(edits))
    plan.what = f"{people_of(len(wanted))} added to {path.stem}"
    return plan


def _named(layout: Layout, text: str, texts: Mapping[str, str]) -> dict[int, str]:
    """Return the cells of the name that stands before `<ada@…>`, where none was set."""
    name = text.partition("<")[0].strip().strip('"') if "<" in text else ""
    if not name or {"name", "first_name", "last_name"} & set(texts):
        return {}
    return fill(layout, {"name": name})[0]


def _columns_for(
    held: Held, texts: Mapping[str, str], plan: EditPlan, *, add_columns: bool, needed: bool
) -> tuple[list[Edit], dict[int, str]]:
    """Return the cells that the texts go to, and the columns to be added first; tell or refuse what has no column."""
    cells, without = fill(held.layout, texts)
    edits: list[Edit] = []
    for word in without:
        if add_columns:
            cells[len(held.layout.header) + len(edits)] = texts[word]
            edits.append(AddColumn(new_header(word)))
            continue
        message = f'has no column for "{printable(word)}"{column_hint(held.layout, word)}'
        if needed:
            raise InputProblem(message, source=held.path.name, hint="--add-columns adds it.")
        plan.remarks.append(Problem("no-column", message, Severity.WARNING, held.path.name))
    return edits, cells


def plan_update(
    workspace: Workspace,
    email: str,
    texts: Mapping[str, str],
    *,
    only: Sequence[str] = (),
    add_columns: bool = False,
) -> EditPlan:
    """Plan new texts in every row that a person has, on all lists or on `only` these.

    `email` among the texts changes the address itself.

    Raises:
        InputProblem: nobody has that address, no list has such a column, or the new address is not one or is on a list
            of theirs already.
    """
    who = parse_address(email)
    new = parse_address(texts["email"]) if "email" in texts else None
    others = {word: text for word, text in texts.items() if word != "email"}
    for word, text in others.items():
        check_text(word, text)
    plan = EditPlan()
    layouts: list[Layout] = []
    for held, rows in lists_with(workspace, {who.key: who}, only, plan):
        layouts.append(held.layout)
        if new and new.key != who.key:
            for found in held.find({new.key: new}):
                raise InputProblem(
                    f"{new} stands there already",
                    source=held.path.name,
                    line=found.line,
                    hint=f"Remove one of the two rows: mailer lists remove {held.path.stem} EMAIL",
                )
        edits, cells = _columns_for(held, others, plan, add_columns=add_columns, needed=False)
        _update_rows(plan, held, rows, _Correction(who, email, new, cells, edits))
    if not layouts:
        raise nobody(workspace, [who], only, plan)
    for word in others:  # one for which no list of theirs has a column is misspelt more often than not
        if not add_columns and all(find_column(layout, word) is None for layout in layouts):
            if word == "name" and any(fill(layout, {word: others[word]})[0] for layout in layouts):
                continue
            hint = column_hint(layouts[0], word) or did_you_mean(word, known_words(layouts))
            raise InputProblem(f'no list has a column for "{printable(word)}"{hint}', hint="--add-columns adds it.")
    plan.what = f"1 person changed in {listed(plan.lists)}"
    return plan


@dataclass(frozen=True, slots=True)
class _Correction:
    """What a person's rows shall say; `typed` is the old address as it was asked for."""

    who: Address
    typed: str
    new: Address | None
    cells: Mapping[int, str]
    columns: Sequence[Edit]

    def of(self, layout: Layout, found: Found) -> dict[int, str]:
        """Return the cells that one row gets."""
        at = layout.columns["email"]
        if self.new is None:
            return dict(self.cells)
        return {**self.cells, at: other_address(found.cells[at], self.who, self.typed, self.new)}


def _update_rows(plan: EditPlan, held: Held, rows: Sequence[Found], correction: _Correction) -> None:
    edits = list(correction.columns)
    for found in rows:
        cells = correction.of(held.layout, found)
        changes = tuple(changes_of(held.layout, found.cells, cells, correction.columns))
        if changes:
            edits.append(SetCells(found.row, cells))
            place = (found.row, found.line)
            plan.rows.append(RowChange(held.path.stem, CHANGED, str(found.who), *place, changes))
    if len(edits) > len(correction.columns):
        plan.rewrites.append(_edited(held, edits, "each of them: --list LIST"))


def _edited(held: Held, edits: Sequence[Edit], named: str = "one") -> Rewrite:
    """Return a list with these edits, and say how the others can be changed where it cannot."""
    try:
        return held.edited(edits)
    except InputProblem as problem:
        hint = f"{problem.hint}\nTo change other lists alone, name {named}"
        raise InputProblem(problem.message, source=problem.source, line=problem.line, hint=hint) from None


def plan_remove(workspace: Workspace, people: Sequence[str], *, only: Sequence[str] = ()) -> EditPlan:
    """Plan the removal of every row of these people, on all lists or on `only` these.

    Raises:
        InputProblem: one of them is on none of them.
    """
    wanted = addresses_of(people)
    plan = EditPlan()
    seen: set[str] = set()
    for held, rows in lists_with(workspace, wanted, only, plan):
        for found in rows:
            seen.add(found.who.key)
            plan.rows.append(removal(held, found))
        plan.rewrites.append(_edited(held, [RemoveRow(found.row) for found in rows]))
    missing = [who for key, who in wanted.items() if key not in seen]
    if missing:
        raise nobody(workspace, missing, only, plan)
    plan.what = f"{people_of(len(wanted))} removed from {listed(plan.lists)}"
    return plan


# Moving: what means the same goes to the same column, whatever it is called there; what has no column is told.


def plan_move(
    workspace: Workspace, people: Sequence[str], *, source: str, target: str, add_columns: bool = False
) -> EditPlan:
    """Plan rows of these people on another list, filled column by column by what columns mean, and none on this one.

    What has no column there is told, or gets one with `add_columns`. Whoever has a row there already keeps that.

    Raises:
        InputProblem: one of them is not on the first list.
    """
    wanted = addresses_of(people)
    paths = workspace.list_path(source), workspace.list_path(target)
    if paths[0] == paths[1]:
        raise InputProblem(f"{paths[0].stem} is both where they are and where they shall be")
    plan = EditPlan()
    with held_list(workspace, paths[0]) as here, held_list(workspace, paths[1]) as there:
        rows = list(here.find(wanted))
        here_keys = {found.who.key for found in rows}
        missing = [who for key, who in wanted.items() if key not in here_keys]
        if missing:
            raise nobody(workspace, missing, [paths[0].stem], plan)
        settled = {found.who.key: found.who for found in there.find(wanted)}
        for who in settled.values():
            message = f"{who} has a row there already, which stays as it is"
            plan.remarks.append(Problem("there-already", message, Severity.WARNING, there.path.name))
        arrivals = _Arrivals(here, there, add_columns=add_columns)
        first = {found.who.key: found for found in reversed(rows) if found.who.key not in settled}
        plan.rows += [arrivals.add(found) for found in reversed(first.values())]
        plan.rows += [removal(here, found) for found in rows]
        plan.remarks += arrivals.remarks()
        if first:
            plan.rewrites.append(there.edited(arrivals.edits()))
        plan.rewrites.append(here.edited([RemoveRow(found.row) for found in rows]))
    plan.what = f"{people_of(len(wanted))} moved from {paths[0].stem} to {paths[1].stem}"
    return plan


class _Arrivals:
    """The rows that come to a list, the columns added for them, and what has no column there."""

    def __init__(self, here: Held, there: Held, *, add_columns: bool) -> None:
        self._here = here
        self._there = there
        self._add_columns = add_columns
        self._columns: dict[str, int] = {}
        self._rows: list[Edit] = []
        self._lost: dict[str, int] = {}

    def add(self, found: Found) -> RowChange:
        """Let somebody's row come."""
        source, target = self._here.layout, self._there.layout
        filled, without = carry_over(source, found.cells, target)
        for word, text in without.items():
            if self._add_columns:
                position = self._columns.setdefault(new_header(word), len(target.header) + len(self._columns))
                filled[position] = text
            else:
                self._lost[word] = self._lost.get(word, 0) + 1
        filled[target.columns["email"]] = found.cells[source.columns["email"]]
        self._rows.append(AddRow(filled))
        changes = tuple(changes_of(target, [], filled, self._new_columns()))
        return RowChange(self._there.path.stem, ADDED, str(found.who), None, None, changes)

    def _new_columns(self) -> list[Edit]:
        return [AddColumn(word) for word in self._columns]

    def edits(self) -> list[Edit]:
        """Return the edits of the list."""
        return [*self._new_columns(), *self._rows]

    def remarks(self) -> Iterator[Problem]:
        """Yield what is lost."""
        for word, count in self._lost.items():
            message = f'has no column for "{printable(word)}", so what stands there is lost ({people_of(count)})'
            yield Problem("no-column", message, Severity.WARNING, self._there.path.name)
