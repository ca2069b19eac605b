"""Tidy lists: merges lists, splits a list, merges duplicates, and exports lists for other tools.

Every change is planned first, always in the same order: read, plan, then write all files as one step that `mailer lists
undo` takes back. Source lists are not changed. A file that someone else saves meanwhile is noticed, since its bytes are
kept from before it was read. Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from mailer.address import parse_address, printable
from mailer.contacts.audience import EVERYBODY, Audience, Selection
from mailer.contacts.edits import AddColumn, AddRow, Edit, SetCells
from mailer.contacts.exporting import render_export, render_rows
from mailer.contacts.folding import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.merging import (
    SAME_ADDRESS,
    SAME_PERSON,
    Double,
    Joined,
    Merged,
    Part,
    find_column,
    find_doubles,
    find_parts,
    merge_lists,
    merge_rows,
    others,
    row_of,
    rows_of,
)
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass, replace
from mailer.ledger.suppressions import NewSuppression
from mailer.runs.lists import contacts_of, open_list, usable_lists
from mailer.runs.lists.changes import Plan, Rewrite, bytes_of, rewrite_lists
from mailer.runs.lists.follow import find_carried
from mailer.runs.lists.import_list import list_name
from mailer.runs.office import Office
from mailer.runs.suppressions import SuppressionSummary, find_in_any_scope, find_suppressed
from mailer.runs.untrusted.lists import edit_list
from mailer.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class MergePlan(Plan):
    """A merge: the list that it makes or adds to, the people on it, and how many are new there."""

    path: Path
    shown: str
    merged: Merged
    added: int


@dataclass(slots=True, kw_only=True)
class SplitPlan(Plan):
    """A split: the parts with their files, and why these are CSV if the list is not."""

    parts: list[tuple[Part, Path, str]]
    converted: str


def plan_merge(office: Office, names: Sequence[str], into: str) -> MergePlan:
    """Plan the merging of lists into a new one, or into the first of them.

    Raises InputProblem if a list cannot be read, or the target is a list that is not the first of them.
    """
    workspace = office.workspace
    paths = [workspace.list_path(name) for name in names]
    if len(set(paths)) < 2:
        raise InputProblem("a merge takes two lists or more", hint="mailer lists merge coast science --into both")
    target = _existing(workspace, into)
    if target is not None and target != paths[0]:
        hint = f"Name it first, so that its fields win: merge {into} …"
        raise InputProblem(f"there is a list {target.stem} already", hint=hint)
    path = target or _new_list_path(workspace, into, ".csv")
    was = bytes_of(workspace, path)  # before it is read, so that a change in between is noticed
    carried: list[NewSuppression] = []
    with usable_lists(office, names) as lists:
        merged = merge_lists(lists)
        for each in lists:  # people who are on the target get its mail already
            new = (
                one
                for one in contacts_of(each)
                if (joined := merged.people.get(digest(one.address.key)))
                and not (target and lists[0].name in joined.lists)
            )
            carried += find_carried(office, new, source=each.name, target=into)
        if was is None:
            data, added = render_rows(merged.rows()), len(merged.people)
        else:
            edits, added = _edits_into(lists[0], merged)
            data = edit_list(was, name=path.name, edits=edits, choices=lists[0].choices)
    return MergePlan(
        what=f"{' and '.join(each.stem for each in paths)} were merged into {list_name(into)}",
        rewrites=[Rewrite(path, was, data)],
        carried=carried,
        path=path,
        shown=workspace.show(path),
        merged=merged,
        added=added,
    )


def _edits_into(first: ListFile, merged: Merged) -> tuple[list[Edit], int]:
    """Return the edits that bring the merged people into the first list: empty cells filled, new people added."""
    width = len(first.layout.fields)
    known = {digest(each.address.key): each for each in contacts_of(first)}
    places: list[int | None] = [column.places[0] for column in merged.columns]
    columns: list[Edit] = []
    edits: list[Edit] = []
    for key, person in merged.people.items():
        contact = known.get(key)
        was = row_of(contact, first.layout, merged.columns, 0) if contact else [""] * len(places)
        cells: dict[int, str] = {}
        for at, cell in enumerate(person.cells):
            if not cell or cell == was[at]:
                continue
            place = places[at]
            if place is None:
                place = places[at] = width + len(columns)
                columns.append(AddColumn(merged.columns[at].header))
            cells[place] = cell
        if contact is None:
            edits.append(AddRow(cells))
        elif cells:
            edits.append(SetCells(contact.row, cells))
    return [*columns, *edits], sum(isinstance(each, AddRow) for each in edits)


def plan_split(office: Office, name: str, by: str) -> SplitPlan:
    """Plan the splitting of a list by a column: a file for each value, in the format of the list.

    Raises:
        InputProblem: there is no such column, all rows have the same value, or a list with a part's name exists.
    """
    workspace = office.workspace
    path = workspace.list_path(name)
    was, converted = bytes_of(workspace, path) or b"", ""
    with open_list(workspace, path) as list_file:
        parts, total = find_parts(list_file, find_column(list_file.layout, by))
        if len(parts) < 2:
            raise InputProblem(f'all rows have the same "{by}": there is nothing to split')
        try:
            choices = list_file.choices
            datas = [edit_list(was, name=path.name, edits=others(part, total), choices=choices) for part in parts]
        except InputProblem as problem:
            converted = problem.message
            rows = {row: cells for row, _, cells in list_file.rows()}
            header = list_file.layout.header or list_file.layout.fields
            datas = [render_rows([header, *(rows[row] for row in sorted(part.rows))]) for part in parts]
        suffix = ".csv" if converted else path.suffix
        plan = SplitPlan(what=f"{path.stem} was split by {by}", parts=[], converted=converted)
        for part, data in zip(parts, datas, strict=True):
            target = _new_list_path(workspace, f"{path.stem}-{part.slug}", suffix)
            plan.parts.append((part, target, workspace.show(target)))
            plan.rewrites.append(Rewrite(target, None, data))
            people = (each for each in contacts_of(list_file) if each.row in part.rows)
            plan.carried += find_carried(office, people, source=list_file.name, target=target.stem)
    return plan


def _new_list_path(workspace: Workspace, name: str, suffix: str) -> Path:
    if list_name(name) != name:
        hint = f"{list_name(name)}   could be one."
        raise InputProblem(f'"{printable(name)}" cannot be the name of a list', hint=hint)
    if taken := _existing(workspace, name):
        hint = "Take it away or give it another name first; mailer lists undo takes back what has just been made."
        raise InputProblem(f"there is a list {taken.stem} already ({workspace.show(taken)})", hint=hint)
    return workspace.root / "lists" / f"{name}{suffix}"


def _existing(workspace: Workspace, name: str) -> Path | None:
    wanted = name.casefold()
    found = (path for path in workspace.lists() if wanted in {path.stem.casefold(), path.name.casefold()})
    return next((path.resolve() for path in found), None)


# Doubles. One person at two addresses is never merged while one of the addresses is suppressed, even if only for one
# list: the other address would get the mail that the person refused.


@dataclass(frozen=True, slots=True)
class Proposed:
    """A double that may be merged: which of its addresses are suppressed, and what merging would lose."""

    double: Double
    suppressed: dict[str, SuppressionSummary]
    lost: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Doubles:
    """The doubles of lists; `merged` has the ids of those that were merged, None until that is decided.

    `later` has the ids of those that were not merged, since another one concerned the same rows.
    """

    proposals: tuple[Proposed, ...]
    merged: tuple[str, ...] | None = None
    later: tuple[str, ...] = ()


def propose(office: Office, paths: Sequence[Path]) -> Doubles:
    """Find the doubles of these lists."""
    with usable_lists(office, map(str, paths)) as lists:
        doubles = find_doubles(lists)
        sure = {double.id: double.rows[0] for double in doubles if double.kind == SAME_ADDRESS}
        lost: dict[str, tuple[tuple[str, str, str], ...]] = {}
        for each in lists:
            wanted = {digest(row.key): name for name, row in sure.items() if row.list_name == each.name}
            for name, rows in rows_of(each, wanted).items():
                lost[name] = tuple(merge_rows(each.layout, rows, sure[name].email)[1])
    everybody = {row.key: parse_address(row.email) for double in doubles for row in double.rows}
    found = find_in_any_scope(office, everybody.values())

    def suppressed(double: Double) -> dict[str, SuppressionSummary]:
        return {row.email: found[digest(row.key)] for row in double.rows if digest(row.key) in found}

    return Doubles(tuple(Proposed(each, suppressed(each), lost.get(each.id, ())) for each in doubles))


def choose(doubles: Doubles, choices: Iterable[str], *, all_sure: bool) -> dict[str, str]:
    """Return the doubles chosen by `ID` or `ID=EMAIL`, each with the address to keep; `all_sure` adds all sure ones."""
    by_id = {each.double.id: each.double for each in doubles.proposals}
    sure = (each for each in by_id.values() if each.kind == SAME_ADDRESS and all_sure)
    chosen = {each.id: each.rows[0].email for each in sure}
    for word in choices:
        name, _, keep = word.partition("=")
        if name not in by_id:
            message = f"there is no duplicate {printable(name)}{did_you_mean(name, by_id)}"
            raise InputProblem(message, hint="--dry-run lists them.")
        emails = [row.email for row in by_id[name].rows]
        if keep and keep not in emails:
            raise InputProblem(f"{printable(keep)} is not one of the addresses of {name}: {', '.join(emails)}")
        chosen[name] = keep or emails[0]
    return chosen


def merge_doubles(office: Office, paths: Sequence[Path], doubles: Doubles, chosen: Mapping[str, str]) -> Doubles:
    """Merge the rows of the chosen doubles; `chosen` has the address to keep by the id of the double.

    Doubles that concern the same rows as an earlier one are left for later.
    """
    wanted: dict[Path, dict[bytes, str]] = {path: {} for path in paths}
    touched: set[str] = set()
    later: list[str] = []
    was = {path: bytes_of(office.workspace, path) or b"" for path in paths}
    by_id = {each.double.id: each for each in doubles.proposals}
    for proposal in map(by_id.__getitem__, chosen):
        double = proposal.double
        if double.kind == SAME_PERSON and proposal.suppressed:
            address, summary = next(iter(proposal.suppressed.items()))
            other = next((row.email for row in double.rows if row.email != address), "EMAIL")
            raise InputProblem(
                f"{double.id}: {address} is suppressed ({summary.words}); after merging, the person would be "
                f"mailed at {other} instead",
                hint=f"If they want no mail at all: mailer optouts add {other}   then remove the row.",
            )
        keys = {row.key for row in double.rows}
        lists = {row.list_name for row in double.rows}
        marks = {f"{name}\0{key}" for name in lists for key in keys} if double.kind == SAME_ADDRESS else keys
        if touched & (marks | keys):
            later.append(double.id)
            continue
        touched |= marks
        for path in paths:
            if double.kind == SAME_PERSON or path.name in lists:
                wanted[path].update(dict.fromkeys(map(digest, keys), double.id))
    changes: list[Rewrite] = []
    for path, ids in wanted.items():
        if ids:
            with open_list(office.workspace, path) as file:
                found = rows_of(file, ids)
                merged = (merge_rows(file.layout, rows, chosen[name])[0] for name, rows in found.items())
                edits = list(chain.from_iterable(merged))
                data = edit_list(was[path], name=path.name, edits=edits, choices=file.choices)
            changes.append(Rewrite(path, was[path], data))
    rewrite_lists(office.workspace, changes, what="doubles were merged", now=office.clock(), by=office.actor)
    return replace(doubles, merged=tuple(name for name in chosen if name not in later), later=tuple(later))


# Exporting. People whom a list marks as not to be mailed are exported, too, with the cells of their row, so that the
# other program can mark them as well. If only some contacts are selected, it is not known whether they are among them,
# and only their address is exported. The file is written by `cli`.


@dataclass(frozen=True, slots=True)
class Export:
    """An export: its bytes, how many people, how many of them are not to be mailed, and how many rows are left out.

    `file` is where it will be written; empty if it is printed.
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
    """Return the selected people of lists in a format; those not to be mailed are marked, or left out."""
    with usable_lists(office, names) as lists:
        merged = merge_lists(lists)
        marked = [entry for entry in merged.left_out if entry.reason is LeftOutReason.MARKED] if with_blocked else []
        written = _read_rows(lists, merged, marked) if selection.is_everybody else {}
        if not selection.is_everybody:
            chosen = Audience(lists, selection=selection).entries()
            selected = {digest(entry.address.key) for entry in chosen if isinstance(entry, Contact)}
            for key in merged.people.keys() - selected:
                del merged.people[key]
    addresses = [parse_address(person.email) for person in merged.people.values()]
    blocked = {key: each.words for key, each in find_suppressed(office, addresses).items()}
    for key in () if with_blocked else blocked:
        del merged.people[key]
    for entry in marked:  # the address, and the mark on the list
        address = parse_cell(entry.value)
        key = digest(address.key)
        if key not in merged.people:
            row = written.get((entry.list_name, entry.row), [""] * len(merged.columns))
            own = zip(row, merged.columns, strict=True)
            cells = [str(address) if column.meaning == "email" else cell for cell, column in own]
            merged.people[key] = Joined(str(address), cells, [], [entry.list_name])
            blocked.setdefault(key, entry.message)
    total = len(merged.people.keys() & blocked.keys())
    data = render_export(merged, blocked, form)
    return Export(data, form, file, len(merged.people), total, len(merged.left_out) - len(marked))


def _read_rows(
    lists: Sequence[ListFile], merged: Merged, marked: Iterable[LeftOut]
) -> dict[tuple[str, int], list[str]]:
    """Return the cells of rows that are left out, under the merged columns, by list and row."""
    wanted = {(entry.list_name, entry.row) for entry in marked}
    found = {}
    for number, each in enumerate(lists if wanted else ()):
        places = [column.places[number] for column in merged.columns]
        for row, _, cells in each.rows():
            if (each.name, row) in wanted:
                found[each.name, row] = [cells[at] if at is not None and at < len(cells) else "" for at in places]
    return found
