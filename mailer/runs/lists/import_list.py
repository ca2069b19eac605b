"""Import list: imports a file of any kind as a list, or into one; first as a plan, which may be dropped.

The order is: read, compare with the list and with the last import of the same source, ask the ledger who is suppressed,
show (`cli` does), write. A new list from a spreadsheet is the file itself, byte for byte; from cards or pasted text, or
if the file can only be read with options, it is a CSV.

A person whom the file marks as not to be mailed is suppressed, if staff agree, with file and line as the evidence; an
existing suppression for as strong a reason is kept.

The content of each import is recorded in `.mailer/imports/`, one file per list (0600, keyed hashes and no addresses),
so that the next import does not undo what staff have changed in the list since. If the record cannot be read, the
import only compares the file with the list, and shows more changes.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from mailer.address import Address, InvalidAddress, printable
from mailer.contacts.exporting import render_list
from mailer.contacts.files import Choices
from mailer.contacts.files.table import open_table, sample_rows
from mailer.contacts.files.workbook import Workbook
from mailer.contacts.folding import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.meaning.columns import chosen_columns, compact, find_columns
from mailer.contacts.merging import (
    KNOWN,
    Changed,
    Comparison,
    Former,
    Matcher,
    Newcomer,
    Pair,
    find_former,
    pack_newcomer,
    pair_columns,
    parse_formers,
    render_formers,
    source_values,
)
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.values import Contact, LeftOut, MarkReason
from mailer.errors import InputProblem
from mailer.events import MANUAL, OPTED_OUT
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Ledger
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import NewSuppression, add_many
from mailer.runs.lists import as_file, contacts_of, open_list, read_list, remember, remembered_choices
from mailer.runs.lists.changes import Plan, Rewrite, bytes_of
from mailer.runs.lists.follow import Move, find_carried, find_moves
from mailer.runs.office import Office
from mailer.runs.suppressions import SuppressionSummary, find_suppressed
from mailer.runs.suppressions.opt_out import RANK
from mailer.runs.untrusted.lists import Watch, edit_list
from mailer.tokens import address_digest
from mailer.workspace import Workspace, digest_of, write_atomically

_AT_ONCE: Final = 2000
_WRITTEN_AT_ONCE: Final = 1000
_ROWS_SHOWN: Final = 5
_MOST_LISTED: Final = 100_000  # people of a new list that are listed one by one; the rest are only counted
_TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_BOOK_SUFFIXES: Final = (".xlsx", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Request: the file's bytes and name, and the list: a new one, by default with the file's name, or `into` one."""

    data: bytes = field(repr=False)
    file: str
    name: str = ""
    into: str = ""
    columns: str = KNOWN
    prune: bool = False
    choices: Choices = field(default_factory=Choices)

    @property
    def file_name(self) -> str:
        """Return the name of the file, without the folder."""
        return Path(self.file).name


class Marked(NamedTuple):
    """A person whom the file marks as not to be mailed: the reason, and as evidence the file and the line."""

    address: Address
    reason: str
    note: str


@dataclass(slots=True, kw_only=True)
class ImportPlan(Plan):
    """What the import would do, or did: `recorded` counts people who were suppressed because the file marks them."""

    request: ImportRequest
    incoming: ListFile
    path: Path
    before: str = ""  # the SHA-256 of the list that people are added to
    shown: str = ""
    found: Comparison = field(default_factory=Comparison)
    converted: str = ""
    roles: list[Address] = field(default_factory=list)
    suppressed: dict[bytes, tuple[Address, SuppressionSummary]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)  # people who may be suppressed under another address
    still_mailed: frozenset[str] = frozenset()  # marked in the file and not in the list
    pairs: list[Pair] = field(default_factory=list)
    former: Former | None = None
    news: tuple[Marked, ...] = ()  # marked in the file and unknown to the ledger
    recorded: int = 0
    listed_moves: tuple[Move, ...] = ()  # of the whole list, once it is written
    is_dry_run: bool = False

    @property
    def is_new(self) -> bool:
        """Return whether the import makes a new list."""
        return not self.request.into

    @property
    def marked(self) -> list[LeftOut]:
        """Return the rows that the file marks as not to be mailed."""
        return [entry for entry in self.found.left_out if entry.reason == "marked"]


@dataclass(frozen=True, slots=True)
class FileLook:
    """The first rows of a file, for staff who set its columns: `meanings` has the recognised meaning by position."""

    sheets: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    meanings: Mapping[int, str] = field(default_factory=dict)


def look_at_file(office: Office, request: ImportRequest) -> FileLook:
    """Return the first rows of a file, even if it is not known which column has the addresses.

    Raises InputProblem if it is no table, or there is no such column or sheet.
    """
    name = request.file_name
    data = as_file(request.data, name=name)
    choices = request.choices.over(remembered_choices(office.workspace, data, name=name))
    table = open_table(data, name=name, choices=choices, may_be_empty=True)
    sample = sample_rows(table)
    columns = chosen_columns(table.header, find_columns(table.header, sample), choices.columns)
    width = max([len(table.header), *map(len, sample)])
    return FileLook(
        tuple(each.name for each in data.sheets) if isinstance(data, Workbook) else (),
        (*table.header, *[""] * (width - len(table.header))),
        tuple((*cells, *[""] * (width - len(cells))) for cells in sample[:_ROWS_SHOWN]),
        {at: meaning for meaning, at in columns.items()},
    )


def plan_import(office: Office, request: ImportRequest, *, watch: Watch | None = None) -> ImportPlan:
    """Read a file and plan its import; nothing is written. `watch` is called with the progress.

    Raises InputProblem if the file is no list, the name is taken, or there is no such list to add to.
    """
    workspace, name = office.workspace, request.file_name
    incoming = read_list(workspace, as_file(request.data, watch, name=name), request.choices, name)
    # the bytes of a file that is added to a list are not written, and its rows are kept: a large file is held once
    is_done = bool(request.into) and not incoming.choices.columns
    request = replace(request, choices=incoming.choices, data=b"" if is_done else request.data)
    if request.into:
        plan = ImportPlan(request=request, incoming=incoming, path=workspace.list_path(request.into))
        _plan_into(office, plan)
    else:
        path, converted = _new_path(workspace, request, incoming)
        plan = ImportPlan(request=request, incoming=incoming, path=path, converted=converted)
        contacts = _counted(office, plan)
        data = render_list(contacts) if converted else request.data
        deque(contacts, maxlen=0)  # contacts are also counted if the file is taken as it is
        plan.rewrites = [Rewrite(path, None, data)]
        plan.pairs, _ = pair_columns(incoming.layout, incoming.layout, KNOWN)
    plan.what, plan.shown = f"{name} was imported into {plan.path.stem}", workspace.show(plan.path)
    plan.news = tuple(_unrecorded(office, plan))
    # if the imported file is itself a list of this workspace, suppressions for that list are carried along
    file = Path(request.file).expanduser().resolve()
    source = next((path for path in workspace.lists() if path.resolve() == file), None)
    if source is not None and file != plan.path.resolve():
        with open_list(workspace, source) as list_file:
            plan.carried += find_carried(office, contacts_of(list_file), source=source.name, target=plan.path.name)
    return plan


def _counted(office: Office, plan: ImportPlan) -> Iterator[Contact]:
    """Yield the people and count them into the plan on the way; the ledger is asked in batches."""

    def people() -> Iterator[Contact]:
        for entry in plan.incoming.entries():
            if isinstance(entry, LeftOut):
                plan.found.left_out.append(entry)
                continue
            plan.found.people += 1
            if len(plan.found.new) < _MOST_LISTED:
                plan.found.new.texts.append(pack_newcomer(entry, {}))
            yield entry

    for batch in in_parts(people(), _AT_ONCE):
        _ask(office, plan, batch)
        yield from batch


def _ask(office: Office, plan: ImportPlan, people: Sequence[Contact]) -> None:
    """Ask the ledger who of these people is suppressed, or may be under another address."""
    known = {digest(contact.address.key): contact.address for contact in people}
    if plan.is_new:
        plan.roles += [contact.address for contact in people if contact.address.is_role]
    found = find_suppressed(office, people, list_name=plan.path.stem)
    plan.suppressed |= {key: (known[key], each) for key, each in found.items()}
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            plan.moves += find_moves(office, connection, people)


def _plan_into(office: Office, plan: ImportPlan) -> None:
    incoming, request, path = plan.incoming, plan.request, plan.path
    workspace = office.workspace
    now = plan.before = digest_of(bytes_of(workspace, path) or b"")
    with open_list(workspace, path) as target:
        plan.pairs, unused = pair_columns(incoming.layout, target.layout, request.columns)
        source, header = _source_of(request.file, incoming)
        plan.former = find_former(_read_formers(workspace, path), source=source, header=header, now=now)
        found = plan.found = Matcher(target, plan.pairs, plan.former).compare(incoming, unused)
        if incoming.marked:
            marked = (each.address.key for each in contacts_of(target) if digest(each.address.key) in incoming.marked)
            plan.still_mailed = frozenset(marked)
    contacts = (each.contact for each in chain[Newcomer | Changed](found.new, found.changed))
    for people in in_parts(contacts, _AT_ONCE):
        _ask(office, plan, people)
    plan.roles = [each.contact.address for each in found.new if each.contact.address.is_role]
    was = bytes_of(workspace, path) or b""  # read again: there is no room for it in memory during the comparison
    if digest_of(was) != now:
        source = workspace.show(path)
        raise InputProblem("has changed while it was read", source=source, hint="Run the command again.")
    if edits := found.edits(prune=request.prune):
        data = edit_list(was, name=path.name, edits=edits, choices=target.choices)
        plan.rewrites = [Rewrite(path, was, data)]


def _new_path(workspace: Workspace, request: ImportRequest, incoming: ListFile) -> tuple[Path, str]:
    """Return the file of the new list, and why it is a CSV and not a copy (or an empty text)."""
    name = request.name or list_name(Path(request.file).stem)
    if not re.fullmatch(r"[^\W_][\w .+-]*", name):
        message = f'"{printable(name)}" cannot be the name of a list: letters, digits, - and _'
        raise InputProblem(message, hint="Give one with --as NAME.")
    for path in workspace.lists():
        if path.stem.casefold() == name.casefold():
            hint = f"--into {path.stem}   adds the contacts to it;   --as NAME   makes another list"
            raise InputProblem(f"there is a list {path.stem} already ({workspace.show(path)})", hint=hint)
    converted = _why_converted(workspace, request, incoming)
    suffix = Path(request.file).suffix.lower()
    if incoming.layout.sheet is not None and not converted:
        suffix = suffix if suffix in _BOOK_SUFFIXES else ".xlsx"
    elif converted or suffix not in _TEXT_SUFFIXES:
        suffix = ".csv"
    return workspace.root / "lists" / f"{name}{suffix}", converted


def _why_converted(workspace: Workspace, request: ImportRequest, incoming: ListFile) -> str:
    layout, name = incoming.layout, incoming.name
    if layout.sheet is None and layout.delimiter is None:
        return "it is not a spreadsheet"
    if layout.header_row is None and len(layout.fields) == 1:
        return "it has only addresses, and no headings"
    if request.choices == Choices():
        return ""
    later = Choices()  # the choices when the list is opened later: those remembered for its header
    if layout.header_row is not None:
        before = remembered_choices(workspace, as_file(request.data, name=name), name=name)
        later = Choices(columns=request.choices.columns).over(before)
    with suppress(InputProblem):
        if parse_list(as_file(request.data, name=name), name=name, choices=later).layout == layout:
            return ""
    return "it can only be read with these options"


def list_name(stem: str) -> str:
    """Return the name of a list for a file: its stem without characters that are special in a shell or a link."""
    return re.sub(r"[^\w.+-]+", "-", stem.strip()).strip("-._") or "list"


# The record of earlier imports.


def remember_import(office: Office, plan: ImportPlan) -> None:
    """Record the file's values for every person, and the choices for its columns, for the next export.

    People who were only in an earlier import stay recorded, so that they still count as gone if staff decide later to
    remove them.
    """
    workspace, request, earlier, incoming = office.workspace, plan.request, plan.former, plan.incoming
    source, header = _source_of(request.file, incoming)
    keys = [pair.key for pair in plan.pairs]
    former = Former(source, header, plan.before or digest_of(b""), secrets.token_bytes(32), keys)
    if earlier and earlier.columns == keys:
        former.salt, former.people = earlier.salt, dict(earlier.people)
    for contact in contacts_of(incoming):
        former.remember(contact.address.key, source_values(contact.fields, plan.pairs, incoming.layout))
    for contact in plan.found.gone if request.prune else ():
        former.forget(contact.address.key)
    if request.choices.columns:
        # the encoding and the like are those of this file: other lists with the same header have their own
        data = as_file(request.data, name=request.file_name)
        remember(workspace, data, Choices(columns=request.choices.columns), name=request.file_name)
    workspace.make_machine_folder("imports")
    formers = render_formers([*_read_formers(workspace, plan.path), former])
    write_atomically(_memory(workspace, plan.path), formers, mode=0o600)


def _source_of(file_name: str, incoming: ListFile) -> tuple[str, str]:
    """Return what identifies a source: its name without dates and numbers, and the hash of its header."""
    stem = re.sub(r"\((?:\d+|copy|kopie)\)", " ", Path(file_name).stem.casefold())
    header = "\0".join(map(compact, incoming.layout.header))
    return re.sub(r"[\W\d_]+", " ", stem).strip(), sha256(header.encode()).hexdigest()[:16]


def _memory(workspace: Workspace, path: Path) -> Path:
    return workspace.machine / "imports" / f"{path.name}.json"


def _read_formers(workspace: Workspace, path: Path) -> list[Former]:
    with suppress(OSError, InputProblem):
        return parse_formers(_memory(workspace, path).read_bytes())
    return []


def forget_in_imports(workspace: Workspace, address: Address) -> None:
    """Remove a person from the records of imports."""
    for file in (workspace.machine / "imports").glob("*.json"):
        with suppress(OSError, InputProblem):
            formers = parse_formers(file.read_bytes())
            if [each for each in formers if each.forget(address.key)]:
                write_atomically(file, render_formers(formers), mode=0o600)


# People whom the file marks as not to be mailed.


def _unrecorded(office: Office, plan: ImportPlan) -> Iterator[Marked]:
    """Yield the people whom the file marks, each once, if they are not suppressed yet, or for a weaker reason."""
    file = plan.request.file_name
    marked: dict[str, Marked] = {}
    for entry in plan.marked:
        # a desk's address beside a person's own is left out: others read it
        note = f"{file} line {entry.line}: {entry.message}"
        own = [each for number, each in enumerate(entry.addresses) if number == 0 or not each.is_role]
        with suppress(InvalidAddress):
            for address in own or [parse_cell(entry.value)]:
                reason = entry.mark or MarkReason.OPTED_OUT  # in doubt an opt-out, which nobody lifts with a click
                # no consent is no refusal, and is lifted with a click if they agree later; a desk is no person
                is_milder = reason is MarkReason.NO_CONSENT or (reason is MarkReason.DO_NOT_CONTACT and address.is_role)
                marked.setdefault(address.key, Marked(address, MANUAL if is_milder else reason.value, note))
    for cell in plan.incoming.barred:
        with suppress(InvalidAddress):
            address = parse_cell(cell)
            note = f"{file}: one of its sheets asks not to mail this address"
            marked.setdefault(address.key, Marked(address, OPTED_OUT, note))
    suppressed = find_suppressed(office, (each.address for each in marked.values()), details=0)
    for each in marked.values():
        held = suppressed.get(digest(each.address.key))
        word, _, reach = held.reason.partition(" ") if held else ("", "", "")
        if held is None or reach or RANK[each.reason] > RANK[word]:
            yield each


def record_marked(office: Office, ledger: Ledger, people: Sequence[Marked]) -> int:
    """Suppress the people whom an import marks; return how many were not suppressed before."""
    count = 0
    marked = (
        NewSuppression(address_digest(office.keys, address.key), str(address), reason, "import", note)
        for address, reason, note in people
    )
    for batch in in_parts(marked, _WRITTEN_AT_ONCE):
        with office.writing(ledger) as connection:
            count += len(add_many(connection, batch, rank=RANK, stamp=office.stamp()).new)
    return count
