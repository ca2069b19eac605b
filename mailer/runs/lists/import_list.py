"""Import list: a file of any kind becomes a list, or comes into one; first as a plan, which nobody has to take.

Owns the order: read, compare with the list and with the last import, ask the ledger who is suppressed, show (`cli`
does), write. A new list from a spreadsheet is the file itself, byte for byte; from cards or pasted text, or where the
file can only be read with what was said about it, it is a CSV. Never records a suppression (`record_marked` does).
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from mailer.address import Address, printable
from mailer.contacts.choices import Choices
from mailer.contacts.digests import digest
from mailer.contacts.exporting import render_list
from mailer.contacts.merging.matching import KNOWN, Comparison, Former, Matcher, Newcomer, Pair, pair_columns
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.rows import Layout
from mailer.contacts.values import Contact, LeftOut
from mailer.errors import InputProblem, Problem
from mailer.ledger.suppressions import NewSuppression
from mailer.runs.lists import as_file, as_remembered, open_list
from mailer.runs.lists.changes import Rewrite, Step, bytes_of, rewrite_lists
from mailer.runs.lists.follow import Move, find_moves
from mailer.runs.lists.former_imports import former_of, last_import, remember_import, source_of
from mailer.runs.lists.layouts import remember, remembered_choices
from mailer.runs.office import Office
from mailer.runs.suppressions.suppressed import Against, find_against
from mailer.runs.untrusted.lists import Watch, edit_list
from mailer.workspace import Workspace

_AT_ONCE: Final = 2000
_TOLD: Final = 100_000  # people of a new list that are told one by one; of a longer one the first
_TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_BOOK_SUFFIXES: Final = (".xlsx", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is asked for: the file's bytes and name, and where its people go; neither name nor `into`: a new list."""

    data: bytes = field(repr=False)
    file: str
    name: str = ""
    into: str = ""
    columns: str = KNOWN
    prune: bool = False
    choices: Choices = field(default_factory=Choices)


@dataclass(slots=True)
class ImportPlan:
    """What the import would do. `data` is what the list becomes, None where nothing changes."""

    request: ImportRequest
    path: Path
    layout: Layout
    found: Comparison
    was: bytes | None = None
    data: bytes | None = field(default=None, repr=False)
    converted: str = ""
    roles: list[Address] = field(default_factory=list)
    against: dict[bytes, tuple[Address, Against]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    marked: list[LeftOut] = field(default_factory=list)
    barred: tuple[str, ...] = ()
    still_mailed: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    pairs: list[Pair] = field(default_factory=list)
    former: Former | None = None
    shown: str = ""
    news: tuple[tuple[Address, str, str], ...] = ()  # whom the file marks and the ledger does not have
    noes: tuple[NewSuppression, ...] = ()  # what goes along from the list that is imported

    @property
    def is_new(self) -> bool:
        """Return whether a list is made."""
        return not self.request.into


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import: was the list written, how many were suppressed, who may have refused elsewhere."""

    plan: ImportPlan
    written: bool
    recorded: int = 0
    moves: tuple[Move, ...] = ()
    is_dry_run: bool = False


def plan_import(office: Office, request: ImportRequest, *, watch: Watch | None = None) -> ImportPlan:
    """Read a file and say what its import would do; nothing is written. `watch` hears how far it was read.

    Raises:
        InputProblem: the file is no list, the name is taken, or there is no such list to come into.
    """
    said = request.choices
    name = Path(request.file).name
    data = as_file(request.data, watch, name=name)
    before = remembered_choices(office.workspace, data, name=name)
    if before is not None:
        request = replace(request, choices=said.over(before))
    incoming = parse_list(data, name=name, choices=request.choices)
    if before is not None and request.choices != said:
        incoming.add_problem(as_remembered(before))
    plan = _plan_into(office, request, incoming) if request.into else _plan_new(office, request, incoming)
    plan.marked = [entry for entry in plan.found.left_out if entry.reason == "marked"]
    plan.barred = incoming.barred
    plan.problems = incoming.problems
    plan.shown = office.workspace.show(plan.path)
    return plan


def _plan_new(office: Office, request: ImportRequest, incoming: ListFile) -> ImportPlan:
    path, converted = _new_path(office.workspace, request, incoming)
    plan = ImportPlan(request, path, incoming.layout, Comparison(), converted=converted)
    people = _watched(office, plan, incoming)
    if converted:
        plan.data = render_list(people)
    else:
        plan.data = request.data
        for _ in people:
            pass
    plan.pairs, _ = pair_columns(incoming.layout, incoming.layout, KNOWN)
    return plan


def _watched(office: Office, plan: ImportPlan, incoming: ListFile) -> Iterator[Contact]:
    """Yield the people, counting them into the plan on the way; the ledger is asked in batches."""
    waiting: list[Contact] = []
    for entry in incoming.entries():
        if isinstance(entry, LeftOut):
            plan.found.left_out.append(entry)
            continue
        plan.found.people += 1
        waiting.append(entry)
        if len(plan.found.new) < _TOLD:
            plan.found.new.append(Newcomer(entry, {}))
        if len(waiting) >= _AT_ONCE:
            _ask(office, plan, waiting)
        yield entry
    _ask(office, plan, waiting)


def _ask(office: Office, plan: ImportPlan, waiting: list[Contact]) -> None:
    plan.roles += [contact.address for contact in waiting if contact.address.is_role]
    known = {digest(contact.address.key): contact.address for contact in waiting}
    found = find_against(office, waiting, list_name=plan.path.stem)
    plan.against |= {key: (known[key], each) for key, each in found.items()}
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            plan.moves += find_moves(office, connection, waiting)
    waiting.clear()


def _plan_into(office: Office, request: ImportRequest, incoming: ListFile) -> ImportPlan:
    path = office.workspace.list_path(request.into)
    was = bytes_of(office.workspace, path)
    plan = ImportPlan(request, path, incoming.layout, Comparison(), was=was)
    with open_list(office.workspace, path) as target:
        plan.pairs, unused = pair_columns(incoming.layout, target.layout, request.columns)
        plan.former = last_import(office.workspace, path, source_of(request.file, incoming), was or b"")
        plan.found = Matcher(target, plan.pairs, plan.former).compare(incoming, unused)
        plan.still_mailed = _still_mailed(target, incoming)
        said = target.choices
    waiting = [each.contact for each in plan.found.new]
    waiting += [each.contact for each in plan.found.changed]
    _ask(office, plan, waiting)
    plan.roles = [each.contact.address for each in plan.found.new if each.contact.address.is_role]
    edits = plan.found.edits(prune=request.prune)
    if edits and was is not None:
        plan.data = edit_list(was, name=path.name, edits=edits, choices=said)
    return plan


def _still_mailed(target: ListFile, incoming: ListFile) -> frozenset[str]:
    """Return whom the incoming file marks and the list does not: without a suppression they would still be mailed."""
    marked = incoming.marked
    if not marked:
        return frozenset()
    return frozenset(
        entry.address.key
        for entry in target.entries()
        if isinstance(entry, Contact) and digest(entry.address.key) in marked
    )


def _new_path(workspace: Workspace, request: ImportRequest, incoming: ListFile) -> tuple[Path, str]:
    """Return the file of the new list, and why it is a CSV of ours and no copy (or an empty string)."""
    name = request.name or list_name(Path(request.file).stem)
    if not re.fullmatch(r"[^\W_][\w .+-]*", name):
        raise InputProblem(
            f'"{printable(name)}" cannot be the name of a list: letters, digits, - and _',
            hint="Give one with --as NAME.",
        )
    taken = [path for path in workspace.lists() if path.stem.casefold() == name.casefold()]
    if taken:
        raise InputProblem(
            f"there is a list {taken[0].stem} already ({workspace.show(taken[0])})",
            hint=f"--into {taken[0].stem}   brings the people into it;   --as NAME   makes another list",
        )
    converted = _why_converted(workspace, request, incoming)
    suffix = Path(request.file).suffix.lower()
    if converted:
        suffix = ".csv"
    elif incoming.layout.sheet is not None:
        suffix = suffix if suffix in _BOOK_SUFFIXES else ".xlsx"
    elif suffix not in _TEXT_SUFFIXES:
        suffix = ".csv"
    return workspace.root / "lists" / f"{name}{suffix}", converted


def _why_converted(workspace: Workspace, request: ImportRequest, incoming: ListFile) -> str:
    layout = incoming.layout
    if layout.sheet is None and layout.delimiter is None:
        return "it is no spreadsheet"
    if layout.header_row is None and len(layout.fields) == 1:
        return "it has addresses alone, and no headings"
    if request.choices == Choices():
        return ""
    later = Choices()  # what will hold when the list is opened: what is remembered, which a header is known by
    if layout.header_row is not None:
        before = remembered_choices(workspace, as_file(request.data, name=incoming.name), name=incoming.name)
        later = Choices(columns=request.choices.columns).over(before or later)
    try:
        again = parse_list(as_file(request.data, name=incoming.name), name=incoming.name, choices=later)
    except InputProblem:
        again = None
    return "" if again is not None and again.layout == layout else "it is only read right with what was said about it"


def list_name(stem: str) -> str:
    """Return the name of a list for a file: its stem without what a shell or a link would stumble over."""
    return re.sub(r"[^\w.+-]+", "-", stem.strip()).strip("-._") or "list"


def carry_out(office: Office, plan: ImportPlan) -> Step | None:
    """Write what was planned, as one step that `mailer lists undo` takes back; return it, or None if nothing changed.

    Raises:
        InputProblem: the list changed since it was read, or cannot be written.
    """
    workspace = office.workspace
    what = f"{Path(plan.request.file).name} was imported into {plan.path.stem}"
    step = None
    if plan.data is not None:
        plan.path.parent.mkdir(exist_ok=True)
        change = Rewrite(plan.path, plan.was, plan.data)
        step = rewrite_lists(workspace, [change], what=what, now=office.clock())
    request = plan.request
    name = Path(request.file).name
    data = as_file(request.data, name=name)
    incoming = parse_list(data, name=name, choices=request.choices)
    former = former_of(request.file, incoming, plan.pairs, plan.former, was=plan.was or b"")
    for contact in plan.found.gone if request.prune else ():
        former.forget(contact.address.key)
    if request.choices.columns:
        # the encoding and the like are this one file's: other lists under the same header have their own
        said = Choices(columns=request.choices.columns)
        remember(workspace, data, said, name=name)
    remember_import(workspace, plan.path, former)
    return step
