"""Edit people: adding, correcting and removing people on lists, planned whole before anything is written.

Owns the plans: which rows of which lists, cell by cell, and the new bytes of each file, already proven to read back so.
Writing is with `rewrite`. Never asks the ledger.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailer.address import Address, parse_address, printable
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
from mailer.contacts.rows import Layout
from mailer.errors import InputProblem, Problem, Severity, did_you_mean
from mailer.runs.lists.edit_plans import (
    ADDED,
    CHANGED,
    EditPlan,
    Found,
    Held,
    RowChange,
    addresses_of,
    changes_of,
    held_list,
    listed,
    lists_with,
    nobody,
    people_of,
    removal,
)
from mailer.runs.lists.rewrite import Rewrite
from mailer.workspace import Workspace


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
            _refuse_twin(held, new)
        edits, cells = _columns_for(held, others, plan, add_columns=add_columns, needed=False)
        _update_rows(plan, held, rows, _Correction(who, email, new, cells, edits))
    if not layouts:
        raise nobody(workspace, [who], only, plan)
    _refuse_unknown(others, layouts, add_columns=add_columns)
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
        plan.rewrites.append(_edited(held, edits, "--list"))


def _edited(held: Held, edits: Sequence[Edit], option: str) -> Rewrite:
    """Return a list with these edits, and say how the others can be changed where it cannot."""
    try:
        return held.edited(edits)
    except InputProblem as problem:
        hint = f"{problem.hint}\nTo change other lists alone, name each of them: {option} LIST"
        raise InputProblem(problem.message, source=problem.source, line=problem.line, hint=hint) from None


def _refuse_twin(held: Held, new: Address) -> None:
    for found in held.find({new.key: new}):
        raise InputProblem(
            f"{new} stands there already",
            source=held.path.name,
            line=found.line,
            hint="Remove one of the two rows: mailer lists remove EMAIL --from " + held.path.stem,
        )


def _refuse_unknown(texts: Mapping[str, str], layouts: Sequence[Layout], *, add_columns: bool) -> None:
    """Refuse a word for which no list of theirs has a column: it is misspelt more often than not."""
    for word in texts:
        if not add_columns and all(find_column(layout, word) is None for layout in layouts):
            if word == "name" and any(fill(layout, {word: texts[word]})[0] for layout in layouts):
                continue
            hint = column_hint(layouts[0], word) or did_you_mean(word, known_words(layouts))
            raise InputProblem(f'no list has a column for "{printable(word)}"{hint}', hint="--add-columns adds it.")


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
        plan.rewrites.append(_edited(held, [RemoveRow(found.row) for found in rows], "--from"))
    missing = [who for key, who in wanted.items() if key not in seen]
    if missing:
        raise nobody(workspace, missing, only, plan)
    plan.what = f"{people_of(len(wanted))} removed from {listed(plan.lists)}"
    return plan
