"""Move people: from one list to another, column by column.

Owns the plan of a move. What means the same goes to the same column, whatever it is called there; what has no column is
told. Writing is with `rewrite`.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailer.address import printable
from mailer.contacts.edits import AddColumn, AddRow, Edit, RemoveRow
from mailer.contacts.edits.filling import carry_over, new_header
from mailer.errors import InputProblem, Problem, Severity
from mailer.runs.lists.edit_plans import (
    ADDED,
    EditPlan,
    Found,
    Held,
    RowChange,
    addresses_of,
    changes_of,
    held_list,
    nobody,
    people_of,
    removal,
)
from mailer.workspace import Workspace


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
