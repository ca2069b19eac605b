"""Import list: a file of any kind becomes a list, or comes into one; first as a plan, which nobody has to take.

The order is: read, compare with the list and with the last import of the same source, ask the ledger who is suppressed,
show (`cli` does), write. A new list from a spreadsheet is the file itself, byte for byte; from cards or pasted text, or
where the file can only be read with what was said about it, it is a CSV.

Whom the file marks as not to be mailed becomes suppressed, if staff agree, with file and line as the evidence; whoever
is suppressed already, for as strong a reason, stays as they are.

What each import said is remembered in `.mailer/imports/`, a file a list (0600, keyed hashes and no address), so that
the next one does not undo what staff changed in the list since. What cannot be read there is no memory: the import then
compares the file with the list alone, and shows more changes.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from mailer.address import Address, InvalidAddress, printable
from mailer.contacts.choices import Choices
from mailer.contacts.digests import digest
from mailer.contacts.exporting import render_list
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.meaning.words import compact
from mailer.contacts.merging.matching import (
    KNOWN,
    Comparison,
    Former,
    Matcher,
    Newcomer,
    Pair,
    find_former,
    pair_columns,
    parse_formers,
    render_formers,
    source_values,
)
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.rows import Layout
from mailer.contacts.values import Contact, LeftOut, MarkReason
from mailer.errors import InputProblem, Problem
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.suppressions import (
    COMPLAINED,
    DEAD_ADDRESS,
    DO_NOT_CONTACT,
    MANUAL,
    OPTED_OUT,
    NewSuppression,
)
from mailer.runs.lists import as_file, as_remembered, open_list
from mailer.runs.lists.carried_optouts import find_carried
from mailer.runs.lists.changes import Rewrite, Step, bytes_of, rewrite_lists
from mailer.runs.lists.follow import Move, find_moves
from mailer.runs.lists.layouts import remember, remembered_choices
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import RANK, suppress_many
from mailer.runs.suppressions.suppressed import Against, find_against
from mailer.runs.untrusted.lists import Watch, edit_list
from mailer.tokens import address_digest
from mailer.workspace import Workspace, write_atomically

_AT_ONCE: Final = 2000
_WRITTEN_AT_ONCE: Final = 1000
_TOLD: Final = 100_000  # people of a new list that are told one by one; of a longer one the first
_TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_BOOK_SUFFIXES: Final = (".xlsx", ".xls", ".ods")
_REASONS: Final = {
    MarkReason.OPTED_OUT: OPTED_OUT,
    MarkReason.COMPLAINED: COMPLAINED,
    MarkReason.DEAD_ADDRESS: DEAD_ADDRESS,
    MarkReason.DO_NOT_CONTACT: DO_NOT_CONTACT,
    MarkReason.NO_CONSENT: MANUAL,  # nobody said no: whoever agrees later is let in by a click
}


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


class Marked(NamedTuple):
    """Somebody whom the file marks as not to be mailed: the reason, and as evidence the file and the line."""

    address: Address
    reason: str
    note: str


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
    still_mailed: frozenset[str] = frozenset()  # whom the file marks and the list does not
    problems: tuple[Problem, ...] = ()
    pairs: list[Pair] = field(default_factory=list)
    former: Former | None = None
    shown: str = ""
    news: tuple[Marked, ...] = ()  # whom the file marks and the ledger does not have
    carried: tuple[NewSuppression, ...] = ()  # what goes along from the list that is imported

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
    plan.news = tuple(_unrecorded(office, plan))
    plan.carried = tuple(_copied_carried(office, Path(request.file).expanduser(), plan.path))
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
        source, header = _source_of(request.file, incoming)
        now = sha256(was or b"").hexdigest()
        plan.former = find_former(_read_formers(office.workspace, path), source=source, header=header, now=now)
        plan.found = Matcher(target, plan.pairs, plan.former).compare(incoming, unused)
        if incoming.marked:
            people = (entry for entry in target.entries() if isinstance(entry, Contact))
            marked = (each.address.key for each in people if digest(each.address.key) in incoming.marked)
            plan.still_mailed = frozenset(marked)
        said = target.choices
    waiting = [each.contact for each in plan.found.new]
    waiting += [each.contact for each in plan.found.changed]
    _ask(office, plan, waiting)
    plan.roles = [each.contact.address for each in plan.found.new if each.contact.address.is_role]
    edits = plan.found.edits(prune=request.prune)
    if edits and was is not None:
        plan.data = edit_list(was, name=path.name, edits=edits, choices=said)
    return plan


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
            hint=f"--into {taken[0].stem}   adds the contacts to it;   --as NAME   makes another list",
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
    with suppress(InputProblem):
        if parse_list(as_file(request.data, name=incoming.name), name=incoming.name, choices=later).layout == layout:
            return ""
    return "it can only be read with these options"


def list_name(stem: str) -> str:
    """Return the name of a list for a file: its stem without what a shell or a link would stumble over."""
    return re.sub(r"[^\w.+-]+", "-", stem.strip()).strip("-._") or "list"


def carry_out(office: Office, plan: ImportPlan) -> Step | None:
    """Write what was planned, as one step that `mailer lists undo` takes back; return it, or None if nothing changed.

    Raises:
        InputProblem: the list changed since it was read, or cannot be written.
    """
    workspace, request = office.workspace, plan.request
    name = Path(request.file).name
    step = None
    if plan.data is not None:
        plan.path.parent.mkdir(exist_ok=True)
        change = Rewrite(plan.path, plan.was, plan.data)
        what = f"{name} was imported into {plan.path.stem}"
        step = rewrite_lists(workspace, [change], what=what, now=office.clock())
    data = as_file(request.data, name=name)
    former = _former_of(plan, parse_list(data, name=name, choices=request.choices))
    if request.choices.columns:
        # the encoding and the like are this one file's: other lists under the same header have their own
        remember(workspace, data, Choices(columns=request.choices.columns), name=name)
    workspace.make_machine_folder("imports")
    formers = render_formers([*_read_formers(workspace, plan.path), former])
    write_atomically(_memory(workspace, plan.path), formers, mode=0o600)
    return step


# What earlier imports said.


def _source_of(file_name: str, incoming: ListFile) -> tuple[str, str]:
    """Return what a source is known by: its name without dates and numbers, and the hash of its header."""
    stem = re.sub(r"\((?:\d+|copy|kopie)\)", " ", Path(file_name).stem.casefold())
    header = "\0".join(map(compact, incoming.layout.header))
    return re.sub(r"[\W\d_]+", " ", stem).strip(), sha256(header.encode()).hexdigest()[:16]


def _memory(workspace: Workspace, path: Path) -> Path:
    return workspace.machine / "imports" / f"{path.name}.json"


def _read_formers(workspace: Workspace, path: Path) -> list[Former]:
    with suppress(OSError, InputProblem):
        return parse_formers(_memory(workspace, path).read_bytes())
    return []


def _former_of(plan: ImportPlan, incoming: ListFile) -> Former:
    """Return what a source says now of every person, to be remembered.

    Whom it had in an earlier import stays known: they are still gone when somebody decides later to take them out.
    """
    source, header = _source_of(plan.request.file, incoming)
    keys, earlier = [pair.key for pair in plan.pairs], plan.former
    former = Former(source, header, sha256(plan.was or b"").hexdigest(), secrets.token_bytes(32), keys)
    if earlier and earlier.columns == keys:
        former.salt, former.people = earlier.salt, dict(earlier.people)
    for entry in incoming.entries():
        if isinstance(entry, Contact):
            former.remember(entry.address.key, source_values(entry.fields, plan.pairs, incoming.layout))
    for contact in plan.found.gone if plan.request.prune else ():
        former.forget(contact.address.key)
    return former


def forget_in_imports(workspace: Workspace, addresses: Iterable[Address]) -> int:
    """Forget people in what is remembered of imports; return how many entries that were."""
    people = list(addresses)
    count = 0
    folder = workspace.machine / "imports"
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        with suppress(OSError, InputProblem):
            formers = parse_formers(file.read_bytes())
            found = sum(former.forget(address.key) for former in formers for address in people)
            if found:
                write_atomically(file, render_formers(formers), mode=0o600)
            count += found
    return count


# Whom the file marks, and who refused the list that the file is.


def _copied_carried(office: Office, file: Path, target: Path) -> Iterator[NewSuppression]:
    """Yield what goes along where the file that is imported is itself a list of this workspace."""
    source = next((path for path in office.workspace.lists() if path.resolve() == file.resolve()), None)
    if source is not None and source.resolve() != target.resolve():
        with open_list(office.workspace, source) as list_file:
            people = (each for each in list_file.entries() if isinstance(each, Contact))
            yield from find_carried(office, people, source=source.name, target=target.name)


def _unrecorded(office: Office, plan: ImportPlan) -> list[Marked]:
    """Return whom the file marks, each once, if the ledger does not have them as suppressed, or for a weaker reason."""
    file = Path(plan.request.file).name
    said = [
        Marked(address, _reason_of(entry, address), f"{file} line {entry.line}: {entry.message}")
        for entry in plan.marked
        for address in _addresses_of(entry)
    ]
    for cell in plan.barred:
        with suppress(InvalidAddress):
            said.append(Marked(parse_cell(cell), OPTED_OUT, f"{file}: a sheet of it says not to mail this address"))
    marked: dict[str, Marked] = {}
    for each in said:
        marked.setdefault(each.address.key, each)
    against = find_against(office, (each.address for each in marked.values()), details=0)

    def is_news(each: Marked) -> bool:
        held = against.get(digest(each.address.key))
        word, _, reach = held.reason.partition(" ") if held else ("", "", "")
        return held is None or bool(reach) or RANK[each.reason] > RANK[word]

    return [each for each in marked.values() if is_news(each)]


def _reason_of(entry: LeftOut, address: Address) -> str:
    """Return the reason that a mark means; in doubt it is the person's own word, which nobody lifts by a click.

    A desk is not a person who is not to be contacted: somebody there may have been.
    """
    reason = _REASONS[entry.mark] if entry.mark is not None else OPTED_OUT
    return MANUAL if reason == DO_NOT_CONTACT and address.is_role else reason


def _addresses_of(entry: LeftOut) -> Iterator[Address]:
    """Yield the addresses of a marked person, but for a desk's beside their own: others read that one."""
    for number, address in enumerate(entry.addresses):
        if number == 0 or not address.is_role:
            yield address
    if not entry.addresses:
        with suppress(InvalidAddress):
            yield parse_cell(entry.value)


def record_marked(office: Office, ledger: Ledger, people: Sequence[Marked]) -> int:
    """Suppress whom an import marks; return how many were not suppressed before."""
    count = 0
    for start in range(0, len(people), _WRITTEN_AT_ONCE):
        batch = [
            NewSuppression(address_digest(office.keys, address.key), str(address), reason, "import", note)
            for address, reason, note in people[start : start + _WRITTEN_AT_ONCE]
        ]
        with ledger.writing() as connection:
            check_keys(connection, office.keys)
            count += len(suppress_many(office, connection, batch).new)
    return count
