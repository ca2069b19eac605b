"""Tidy lists: several lists become one, one becomes several, and doubles are made one; first as a plan.

The order is the same for all: read, plan, then all files as one step that `mailer lists undo` takes back. The lists
that things are taken from stay as they are, and a file that somebody saves meanwhile is noticed, since its bytes are
kept from before it was read. Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mailer.address import parse_address, printable
from mailer.contacts.digests import digest
from mailer.contacts.edits import AddColumn, AddRow, Edit, SetCells
from mailer.contacts.exporting import render_rows
from mailer.contacts.merging import Merged, Part, find_column, find_parts, merge_lists, others, row_of
from mailer.contacts.merging.doubles import SAME_ADDRESS, SAME_PERSON, Double, find_doubles, merge_rows, rows_of
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact
from mailer.errors import InputProblem, did_you_mean
from mailer.ledger.suppressions import NewSuppression
from mailer.runs.lists import open_list, opened_lists
from mailer.runs.lists.carried_optouts import find_carried
from mailer.runs.lists.changes import Rewrite, Step, bytes_of, rewrite_lists
from mailer.runs.lists.import_list import list_name
from mailer.runs.office import Office
from mailer.runs.suppressions.suppressed import Against, find_in_any_scope
from mailer.runs.untrusted.lists import edit_list
from mailer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TidyPlan:
    """What would be written, and what the step is called; a change is left out where nothing is to do."""

    what: str
    changes: tuple[Rewrite, ...]


@dataclass(frozen=True, slots=True)
class MergePlan(TidyPlan):
    """A merge: the list it makes or adds to, who is on it, how many are new to it, and whose no goes along.

    `written` is None until that is decided.
    """

    path: Path
    shown: str
    merged: Merged
    added: int
    carried: tuple[NewSuppression, ...] = ()
    written: bool | None = None


@dataclass(frozen=True, slots=True)
class SplitPlan(TidyPlan):
    """A split: the parts and their files in order, why they are CSV where the list is not, and whose no goes along."""

    parts: tuple[Part, ...]
    paths: tuple[Path, ...]
    files: tuple[str, ...]
    converted: str = ""
    carried: tuple[NewSuppression, ...] = ()
    written: bool | None = None


def carry_out_tidying(office: Office, plan: TidyPlan) -> Step | None:
    """Write what was planned, all of it or nothing.

    Raises:
        InputProblem: a list changed since it was read, or cannot be written.
    """
    return rewrite_lists(office.workspace, plan.changes, what=plan.what, now=office.clock())


def plan_merge(office: Office, names: Sequence[str], into: str) -> MergePlan:
    """Plan the merging of lists into a new one, or into the first of them.

    Raises:
        InputProblem: a list cannot be read, or the target is a list that is not the first of them.
    """
    workspace = office.workspace
    paths = [workspace.list_path(name) for name in names]
    if len(set(paths)) < 2:
        raise InputProblem("a merge takes two lists or more", hint="mailer lists merge coast science --into both")
    target = _existing(workspace, into)
    if target is not None and target != paths[0]:
        raise InputProblem(
            f"there is a list {target.stem} already", hint=f"Name it first, so that its fields win: merge {into} …"
        )
    was = None if target is None else bytes_of(workspace, target)  # before it is read: whoever saves between is noticed
    with opened_lists(office, names) as (lists, problems):
        if problems:
            raise InputProblem(str(problems[0]), problems=problems[1:])
        merged = merge_lists(lists)
        carried = tuple(_carried_by_merge(office, lists, merged, into=into, target=lists[0].name if target else ""))
        what = f"{' and '.join(path.stem for path in paths)} were merged into {list_name(into)}"
        if target is None:
            path = new_list_path(workspace, into, ".csv")
            change = Rewrite(path, None, render_rows(merged.rows()))
            return MergePlan(what, (change,), path, workspace.show(path), merged, len(merged.people), carried)
        edits, added = _edits_into(lists[0], merged)
        said = lists[0].choices
    data = edit_list(was or b"", name=target.name, edits=edits, choices=said)
    return MergePlan(what, (Rewrite(target, was, data),), target, workspace.show(target), merged, added, carried)


def _carried_by_merge(
    office: Office, lists: Iterable[ListFile], merged: Merged, *, into: str, target: str
) -> Iterator[NewSuppression]:
    """Yield whose no to one of the lists goes along; whoever is on the target already has its mail."""
    for each in lists:
        people = (entry for entry in each.entries() if isinstance(entry, Contact))
        new = (one for one in people if (who := merged.people.get(digest(one.address.key))) and target not in who.lists)
        yield from find_carried(office, new, source=each.name, target=into)


def _edits_into(first: ListFile, merged: Merged) -> tuple[list[Edit], int]:
    """Return the edits that bring the merged people into the first list: empty cells filled, new people added."""
    width = len(first.layout.fields)
    mine: dict[bytes, Contact] = {digest(e.address.key): e for e in first.entries() if isinstance(e, Contact)}
    places: list[int | None] = [column.places[0] for column in merged.columns]
    added: list[str] = []
    edits: list[Edit] = []
    count = 0
    for key, person in merged.people.items():
        contact = mine.get(key)
        was = row_of(contact, first.layout, merged.columns, 0) if contact else [""] * len(places)
        cells: dict[int, str] = {}
        for at, cell in enumerate(person.cells):
            if not cell or cell == was[at]:
                continue
            place = places[at]
            if place is None:
                place = places[at] = width + len(added)
                added.append(merged.columns[at].header)
            cells[place] = cell
        if contact is None:
            edits.append(AddRow(cells))
            count += 1
        elif cells:
            edits.append(SetCells(contact.row, cells))
    return [*(AddColumn(header) for header in added), *edits], count


def plan_split(office: Office, name: str, by: str) -> SplitPlan:
    """Plan the splitting of a list by a column: a file for each value, in the format of the list.

    Raises:
        InputProblem: there is no such column, all rows have one value, or a list of a part's name is there already.
    """
    workspace = office.workspace
    path = workspace.list_path(name)
    was = bytes_of(workspace, path) or b""
    with open_list(workspace, path) as list_file:
        parts, total = find_parts(list_file, find_column(list_file.layout, by))
        if len(parts) < 2:
            raise InputProblem(f'all rows have the same "{by}": there is nothing to split')
        datas, converted = _parts_as_files(list_file, was, parts, total)
        suffix = ".csv" if converted else path.suffix
        paths = [new_list_path(workspace, f"{path.stem}-{part.slug}", suffix) for part in parts]
        carried: list[NewSuppression] = []
        for part, target in zip(parts, paths, strict=True):
            people = (e for e in list_file.entries() if isinstance(e, Contact) and e.row in part.rows)
            carried += find_carried(office, people, source=list_file.name, target=target.stem)
    changes = tuple(Rewrite(target, None, data) for target, data in zip(paths, datas, strict=True))
    what, files = f"{path.stem} was split by {by}", tuple(map(workspace.show, paths))
    return SplitPlan(what, changes, tuple(parts), tuple(paths), files, converted, tuple(carried))


def _parts_as_files(list_file: ListFile, was: bytes, parts: list[Part], total: int) -> tuple[list[bytes], str]:
    """Return the bytes of each part in the format of the list; else as CSV, and why that could not be."""
    try:
        said = list_file.choices
        return [edit_list(was, name=list_file.name, edits=others(part, total), choices=said) for part in parts], ""
    except InputProblem as problem:
        rows = {row: cells for row, _, cells in list_file.rows()}
        header = list_file.layout.header or list_file.layout.fields
        return [render_rows([header, *(rows[row] for row in sorted(part.rows))]) for part in parts], problem.message


def new_list_path(workspace: Workspace, name: str, suffix: str) -> Path:
    """Return the file of a list that is to be made.

    Raises:
        InputProblem: its name cannot be one, or there is such a list.
    """
    if list_name(name) != name:
        raise InputProblem(
            f'"{printable(name)}" cannot be the name of a list', hint=f"{list_name(name)}   could be one."
        )
    taken = _existing(workspace, name)
    if taken is not None:
        raise InputProblem(
            f"there is a list {taken.stem} already ({workspace.show(taken)})",
            hint="Take it away or give it another name first; mailer lists undo takes back what was just made.",
        )
    return workspace.root / "lists" / f"{name}{suffix}"


def _existing(workspace: Workspace, name: str) -> Path | None:
    wanted = name.casefold()
    found = (path for path in workspace.lists() if wanted in {path.stem.casefold(), path.name.casefold()})
    return next((path.resolve() for path in found), None)


# Doubles. One person at two addresses is never merged while one of the addresses is suppressed, be it for one list
# alone: the other would get the mail that the person refused.


@dataclass(frozen=True, slots=True)
class Proposed:
    """A double as it is offered: who is suppressed of it (by address), and what merging its rows would lose."""

    double: Double
    against: dict[str, Against]
    lost: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Doubles:
    """The doubles of lists; `merged` has the ids of those made one, None until that is decided.

    `later` has the ids of those that touch the same rows as another one.
    """

    proposals: tuple[Proposed, ...]
    merged: tuple[str, ...] | None = None
    later: tuple[str, ...] = ()


def propose(office: Office, paths: Sequence[Path]) -> Doubles:
    """Find the doubles of these lists.

    Raises:
        InputProblem: a list cannot be read.
    """
    with opened_lists(office, map(str, paths)) as (lists, problems):
        if problems:
            raise InputProblem(str(problems[0]), problems=problems[1:])
        doubles = find_doubles(lists)
        sure = [double for double in doubles if double.kind == SAME_ADDRESS]
        keep = {double.id: double.rows[0].email for double in sure}
        lost: dict[str, tuple[tuple[str, str, str], ...]] = {}
        for each in lists:
            wanted = {digest(double.rows[0].key): double.id for double in sure if double.rows[0].list_name == each.name}
            for name, rows in rows_of(each, wanted).items():
                lost[name] = tuple(merge_rows(each.layout, rows, keep[name])[1])
    everybody = {row.key: parse_address(row.email) for double in doubles for row in double.rows}
    against = find_in_any_scope(office, everybody.values())
    return Doubles(
        tuple(
            Proposed(
                double,
                {row.email: against[digest(row.key)] for row in double.rows if digest(row.key) in against},
                lost.get(double.id, ()),
            )
            for double in doubles
        )
    )


def choose(doubles: Doubles, asked: Iterable[str], *, all_sure: bool) -> list[tuple[Proposed, str]]:
    """Return the doubles that are meant by `ID` or `ID=EMAIL`, each with the address that stays; and all sure ones.

    Raises:
        InputProblem: there is none of that id, or it has no such address.
    """
    by_id = {each.double.id: each for each in doubles.proposals}
    chosen: dict[str, tuple[Proposed, str]] = {}
    for each in doubles.proposals:
        if all_sure and each.double.kind == SAME_ADDRESS:
            chosen[each.double.id] = (each, each.double.rows[0].email)
    for word in asked:
        name, _, keep = word.partition("=")
        if name not in by_id:
            raise InputProblem(
                f"there is no double {printable(name)}{did_you_mean(name, by_id)}", hint="--dry-run lists them."
            )
        emails = [row.email for row in by_id[name].double.rows]
        if keep and keep not in emails:
            raise InputProblem(f"{printable(keep)} is none of the addresses of {name}: {', '.join(emails)}")
        chosen[name] = (by_id[name], keep or emails[0])
    return list(chosen.values())


def apply_proposals(
    office: Office, paths: Sequence[Path], doubles: Doubles, chosen: Sequence[tuple[Proposed, str]]
) -> Doubles:
    """Merge the rows of the proposals that were agreed to; `chosen` has each with the address that stays.

    What touches the same rows as an earlier one is left for another time.

    Raises:
        InputProblem: one of the addresses is suppressed, or a list changed since it was read.
    """
    wanted: dict[Path, dict[bytes, str]] = {path: {} for path in paths}
    keeps: dict[str, str] = {}
    touched: set[str] = set()
    later: list[str] = []
    was = {path: bytes_of(office.workspace, path) or b"" for path in paths}
    for proposal, keep in chosen:
        double = proposal.double
        if double.kind == SAME_PERSON and proposal.against:
            raise _refused(proposal)
        keys = {row.key for row in double.rows}
        lists = {row.list_name for row in double.rows}
        marks = {f"{name}\0{key}" for name in lists for key in keys} if double.kind == SAME_ADDRESS else keys
        if touched & (marks | keys):
            later.append(double.id)
            continue
        touched |= marks
        keeps[double.id] = keep
        for path in paths:
            if double.kind == SAME_PERSON or path.name in lists:
                wanted[path].update(dict.fromkeys(map(digest, keys), double.id))
    changes = [_rewrite(office, Rewrite(path, was[path], was[path]), wanted[path], keeps) for path in paths]
    rewrite_lists(office.workspace, changes, what="doubles were merged", now=office.clock())
    merged = (each.double.id for each, _ in chosen if each.double.id not in later)
    return replace(doubles, merged=tuple(merged), later=tuple(later))


def _rewrite(office: Office, file: Rewrite, wanted: dict[bytes, str], keeps: dict[str, str]) -> Rewrite:
    """Return what becomes of a list whose rows of these people are merged."""
    if not wanted:
        return file
    with open_list(office.workspace, file.path) as list_file:
        found = rows_of(list_file, wanted)
        edits = [edit for name, rows in found.items() for edit in merge_rows(list_file.layout, rows, keeps[name])[0]]
        data = edit_list(file.was or b"", name=file.path.name, edits=edits, choices=list_file.choices)
    return Rewrite(file.path, file.was, data)


def _refused(proposal: Proposed) -> InputProblem:
    address, against = next(iter(proposal.against.items()))
    other = next((row.email for row in proposal.double.rows if row.email != address), "EMAIL")
    return InputProblem(
        f"{proposal.double.id}: {address} is suppressed ({against.words}); after merging, the person would be "
        f"mailed at {other} instead",
        hint=f"If they want no mail at all: mailer optouts add {other}   then remove the row.",
    )
