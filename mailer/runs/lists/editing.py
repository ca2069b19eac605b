"""Editing: people added, corrected, removed and moved, planned whole before anything is written.

A plan has the rows cell by cell, as they are shown to staff, and the new bytes of each file, already proven to read
back so. A list is held with the bytes that it was read from: `rewrite` refuses to write over others. People are found
as a mailing would find them, by the key of their address (IDN twins are one), in every row that has them, also in those
that are left out. A column that a list lacks is told or refused, never dropped silently. Never writes, never asks the
ledger. Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mailer.address import Address, InvalidAddress, parse_address, printable
from mailer.contacts.edits import AddColumn, AddRow, Edit, RemoveRow, SetCells
from mailer.contacts.edits.filling import (
    check_text,
    column_hint,
    fill,
    find_column,
    known_words,
    new_header,
    other_address,
)
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.merging.matching import carry_over
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
    carried: tuple[NewSuppression, ...] = ()
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
            if not cell or (_PLAIN.fullmatch(cell) and not any(local in cell.lower() for local in locals_)):
                continue  # an address that is plainly somebody else's need not be parsed
            with suppress(InvalidAddress):
                found = wanted.get(parse_cell(cell).key)
                if found:
                    yield Found(row, line, cells, found)

    def change(self, found: Found, cells: Mapping[int, str], added: Sequence[AddColumn] = ()) -> RowChange:
        """Return the change of a row by these cells, with the columns that are added among them."""
        where = found.row, found.line
        return RowChange(self.path.stem, CHANGED, str(found.who), *where, self._changes(found.cells, cells, added))

    def addition(self, who: Address, cells: Mapping[int, str], added: Sequence[AddColumn] = ()) -> RowChange:
        """Return the addition of a row with these cells."""
        return RowChange(self.path.stem, ADDED, str(who), None, None, self._changes([], cells, added))

    def removal(self, found: Found) -> RowChange:
        """Return the removal of a row, with all that stands in it."""
        gone = self._changes(found.cells, dict.fromkeys(range(len(found.cells)), ""), ())
        return RowChange(self.path.stem, REMOVED, str(found.who), found.row, found.line, gone)

    def _changes(
        self, old: Sequence[str], cells: Mapping[int, str], added: Sequence[AddColumn]
    ) -> tuple[CellChange, ...]:
        headers = [*self.layout.header, *(each.header for each in added)]
        changes = []
        for at, text in sorted(cells.items()):
            was = old[at] if at < len(old) else ""
            if was != text.strip():
                header = headers[at].strip() if at < len(headers) else ""
                changes.append(CellChange(header or f"column {at + 1}", was, text.strip()))
        return tuple(changes)


@contextmanager
def held_list(workspace: Workspace, path: Path) -> Iterator[Held]:
    """Open a list to be edited; one that is empty but for its header is one too.

    Raises:
        InputProblem: it cannot be read.
    """
    was = read_bytes(path, limit=MAX_LIST_BYTES)
    with open_list(workspace, path, may_be_empty=True) as file:
        yield Held(path, was, file)


def _addresses_of(people: Iterable[str]) -> dict[str, Address]:
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


def _nobody(workspace: Workspace, missing: Sequence[Address], only: Sequence[str], plan: EditPlan) -> InputProblem:
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
    wanted = _addresses_of(people)
    with held_list(workspace, path) as held:
        for found in held.find(wanted):
            raise InputProblem(
                f"{found.who} is on the list already",
                source=path.name,
                line=found.line,
                hint=f"mailer lists update {found.who} --list {path.stem} --set COLUMN=TEXT   changes what is there",
            )
        columns, positions = _columns_for(held, texts, plan, add_columns=add_columns, needed=True)
        edits: list[Edit] = [*columns]
        for text, who in zip(people, wanted.values(), strict=True):
            cells = {held.layout.columns["email"]: str(who)}
            if "<" in text and not {"name", "first_name", "last_name"} & set(texts):  # the name before <ada@…>
                cells |= fill(held.layout, {"name": text.partition("<")[0].strip().strip('"')})[0]
            cells |= positions
            edits.append(AddRow(cells))
            plan.rows.append(held.addition(who, cells, columns))
        plan.rewrites.append(held.edited(edits))
    plan.what = f"{people_of(len(wanted))} added to {path.stem}"
    return plan


def _columns_for(
    held: Held, texts: Mapping[str, str], plan: EditPlan, *, add_columns: bool, needed: bool
) -> tuple[list[AddColumn], dict[int, str]]:
    """Return the columns to be added first, and the cells that the texts go to; tell or refuse what has no column."""
    cells, without = fill(held.layout, texts)
    columns: list[AddColumn] = []
    for word in without:
        if add_columns:
            cells[len(held.layout.header) + len(columns)] = texts[word]
            columns.append(AddColumn(new_header(word)))
            continue
        message = f'has no column for "{printable(word)}"{column_hint(held.layout, word)}'
        if needed:
            raise InputProblem(message, source=held.path.name, hint="--add-columns adds it.")
        plan.remarks.append(Problem("no-column", message, Severity.WARNING, held.path.name))
    return columns, cells


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
        at = held.layout.columns["email"]
        for found in held.find({new.key: new}) if new and new.key != who.key else ():
            raise InputProblem(
                f"{new} is on the list already",
                source=held.path.name,
                line=found.line,
                hint=f"Remove one of the two rows: mailer lists remove {held.path.stem} EMAIL",
            )
        columns, wanted = _columns_for(held, others, plan, add_columns=add_columns, needed=False)
        edits: list[Edit] = []
        for found in rows:
            cells = dict(wanted) | ({at: other_address(found.cells[at], who, email, new)} if new else {})
            change = held.change(found, cells, columns)
            if change.cells:
                edits.append(SetCells(found.row, cells))
                plan.rows.append(change)
        if edits:
            plan.rewrites.append(_edited(held, [*columns, *edits], "each of them: --list LIST"))
    if not layouts:
        raise _nobody(workspace, [who], only, plan)
    for word in others:  # one for which no list of theirs has a column is misspelt more often than not
        is_there = any(
            find_column(layout, word) is not None or fill(layout, {word: others[word]})[0] for layout in layouts
        )
        if not (add_columns or is_there):
            hint = column_hint(layouts[0], word) or did_you_mean(word, known_words(layouts))
            raise InputProblem(f'no list has a column for "{printable(word)}"{hint}', hint="--add-columns adds it.")
    plan.what = f"1 person changed in {listed(plan.lists)}"
    return plan


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
    wanted = _addresses_of(people)
    plan = EditPlan()
    seen: set[str] = set()
    for held, rows in lists_with(workspace, wanted, only, plan):
        for found in rows:
            seen.add(found.who.key)
            plan.rows.append(held.removal(found))
        plan.rewrites.append(_edited(held, [RemoveRow(found.row) for found in rows]))
    missing = [who for key, who in wanted.items() if key not in seen]
    if missing:
        raise _nobody(workspace, missing, only, plan)
    plan.what = f"{people_of(len(wanted))} removed from {listed(plan.lists)}"
    return plan


def plan_move(
    workspace: Workspace, people: Sequence[str], *, source: str, target: str, add_columns: bool = False
) -> EditPlan:
    """Plan rows of these people on another list, filled column by column by what columns mean, and none on this one.

    What has no column there is told, or gets one with `add_columns`. Whoever has a row there already keeps that.

    Raises:
        InputProblem: one of them is not on the first list.
    """
    wanted = _addresses_of(people)
    paths = workspace.list_path(source), workspace.list_path(target)
    if paths[0] == paths[1]:
        raise InputProblem(f"{paths[0].stem} is both where they are and where they shall be")
    plan = EditPlan()
    with held_list(workspace, paths[0]) as here, held_list(workspace, paths[1]) as there:
        rows = list(here.find(wanted))
        missing = wanted.keys() - {found.who.key for found in rows}
        if missing:
            raise _nobody(workspace, [who for key, who in wanted.items() if key in missing], [paths[0].stem], plan)
        settled = {found.who.key: found.who for found in there.find(wanted)}
        for who in settled.values():
            message = f"{who} has a row there already, which stays as it is"
            plan.remarks.append(Problem("there-already", message, Severity.WARNING, there.path.name))
        columns: dict[str, int] = {}  # those that are added there, by header
        lost: Counter[str] = Counter()
        arrivals: list[Edit] = []
        first = {found.who.key: found for found in reversed(rows) if found.who.key not in settled}
        for found in reversed(first.values()):
            cells, without = carry_over(here.layout, found.cells, there.layout)
            for word, text in without.items():
                if add_columns:
                    cells[columns.setdefault(new_header(word), len(there.layout.header) + len(columns))] = text
                else:
                    lost[word] += 1
            cells[there.layout.columns["email"]] = found.cells[here.layout.columns["email"]]
            arrivals.append(AddRow(cells))
            plan.rows.append(there.addition(found.who, cells, [AddColumn(word) for word in columns]))
        plan.rows += [here.removal(found) for found in rows]
        for word, count in lost.items():
            message = f'has no column for "{printable(word)}", so its values are lost ({people_of(count)})'
            plan.remarks.append(Problem("no-column", message, Severity.WARNING, there.path.name))
        if first:
            plan.rewrites.append(there.edited([*map(AddColumn, columns), *arrivals]))
        plan.rewrites.append(here.edited([RemoveRow(found.row) for found in rows]))
    plan.what = f"{people_of(len(wanted))} moved from {paths[0].stem} to {paths[1].stem}"
    return plan
