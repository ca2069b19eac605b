"""People: one person, across lists, ledger, files and mailings.

This package is above those that plan and collect, since its answers combine the data of all of them.

why.py        whether someone is in a mailing, with every reason; the plan is made as by `send`
link_page.py  what the page behind a link of a mail may show: to opt out, or to answer an offer

This module finds a person's data (`find_rows`, `look_for`), exports it (`export_person`) and erases it (`forget`).
Someone who asks for their data, or is erased, may be named elsewhere than in their own row: in a colleague's cell, in
an undo copy, in a preview, in the details of an error, in unused pages of the ledger. All of these are searched for the
address in any spelling; what may be changed or removed is distinguished from what is only reported. The search changes
nothing; a list that cannot be read is reported as a problem.

*Erasing* has a fixed order, and is refused while mail goes out. First the person is suppressed by their keyed digest,
and planned deliveries are cancelled; then their data is removed from the ledger, the lists, the records of imports, and
the program's own copies; then the ledger is rewritten; and finally every file of the workspace is searched for the
address. After a crash, the same command finishes the work. Files of the staff that are not lists are never changed: if
one still has the address, it is reported. Once no record of an import has them, the next import treats them as new, and
a source that still has them brings their row back to the list: no mail follows, since they are suppressed. Raises
`InputProblem`.

Gaps: a name without the address is not searched for. Links to other folders are not followed. Backups,
a disk's worn-out blocks, PostgreSQL's own log and the history of a version control system are beyond our reach.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

from mailer.address import Address, InvalidAddress, parse_address
from mailer.contacts.edits import Edit, RemoveRow, SetCells
from mailer.contacts.files import Choices
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.traces import Traces
from mailer.contacts.values import CONSENT
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.events import DO_NOT_CONTACT, EventKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import compact
from mailer.ledger.deliveries import Step, move_idle, read_idle
from mailer.ledger.history import Message, read_messages, read_notice_sent_at
from mailer.ledger.mailings import read_edition, read_mailing, require_mailing
from mailer.ledger.person import TOUCHED, HeldRows, Person, erase, find_held, find_longer, read_person, replace_fields
from mailer.ledger.place import ledger_file
from mailer.ledger.processes import find_at_work, free_dead_processes
from mailer.ledger.suppressions import NewSuppression
from mailer.platform import is_mine
from mailer.runs.lists import Opening, ReadList, open_list
from mailer.runs.lists.changes import Rewrite, rewrite_lists
from mailer.runs.lists.import_list import forget_in_imports
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import suppress
from mailer.runs.untrusted.lists import edit_list
from mailer.tokens import address_digest
from mailer.workspace import MAX_LIST_BYTES, Workspace, read_bytes

# such a sheet is never changed by the program
_BARRED: Final = "a sheet of people not to be mailed, beside the list, has this address; remove it there by hand"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row with the person's address: `is_own` if it is their own row; `found` has the cells with it by position.

    `cells` has the row by column, for people to read (of someone else's row only the cells with the address), `consent`
    the cells about consent, `choices` how the list was read. `row` counts data rows, `line` is that of the spreadsheet.
    """

    path: Path
    name: str
    row: int
    line: int
    is_own: bool
    found: Mapping[int, str] = field(repr=False)
    cells: Mapping[str, str] = field(repr=False)
    consent: Mapping[str, str] = field(repr=False)
    choices: Choices = field(repr=False)


def find_rows(
    workspace: Workspace, traces: Traces, *, opening: Opening | None = None
) -> tuple[list[PersonRow], list[Problem]]:
    """Return the rows of all lists with the person's address, and why any list could not be read completely.

    `opening` replaces `open_list`, for lists that are not read from their files.
    """
    opened = opening or partial(open_list, workspace, may_be_empty=True)
    rows: list[PersonRow] = []
    problems: list[Problem] = []
    for path in workspace.lists():
        name = workspace.show(path)
        try:
            with opened(path) as found:
                rows += _rows_of(found, path, name, traces)
                if any(traces.in_text(cell) for cell in found.barred):
                    problems.append(Problem("other-sheet", _BARRED, Severity.WARNING, name))
        except MailerError as error:
            problems += [each if each.source else replace(each, source=name) for each in gather(error)]
    return rows, problems


def _rows_of(found: ReadList, path: Path, name: str, traces: Traces) -> Iterator[PersonRow]:
    layout = found.layout
    email = layout.columns.get("email", -1)
    consent = {meaning: at for meaning, at in layout.columns.items() if meaning in CONSENT}
    for row, line, cells in found.rows():
        if not traces.in_text("\n".join(cells)):
            continue
        named = {position: cell for position, cell in enumerate(cells) if traces.in_text(cell)}
        own = 0 <= email < len(cells) and _is_for(cells[email], traces)
        chosen = ((at, cell) for at, cell in enumerate(cells) if cell and (own or at in named))
        shown = {layout.header_at(at) or f"column {at + 1}": cell for at, cell in chosen}
        grounds = {meaning: cells[at] for meaning, at in consent.items() if own and at < len(cells) and cells[at]}
        yield PersonRow(path, name, row, line, own, named, shown, grounds, found.choices)


def _is_for(cell: str, traces: Traces) -> bool:
    """Return whether mail to this cell goes to the person; of several addresses, the first counts."""
    with contextlib.suppress(InvalidAddress):
        return parse_cell(cell).key == traces.address.key
    first = next((part for part in cell.replace(";", " ").replace(",", " ").split() if "@" in part), "")
    return traces.in_text(first)


# Files. The program's own copies (undo, previews, details of faults) may be removed; the staff's files are only
# reported. The ledger's pages are searched as they are on disk, with its log: data that was erased in a table may
# remain there.

_PART: Final = 50_000_000
_OVERLAP: Final = 1_000
_NOT_SEARCHED: Final = frozenset({".git", ".hg", ".svn"})
_KEPT: Final = frozenset({"keys", "ledger-id", "run"})


def _find_files(office: Office, traces: Traces) -> Iterator[Path]:
    """Yield every file of the workspace with the person's address in any spelling, except for the ledger's."""
    pages = _pages(office)
    return (each for each in _files(office.workspace.root) if each.resolve() not in pages and _has(each, traces))


def _pages(office: Office) -> set[Path]:
    """Return the files of the ledger, with its log; none if it is on a server."""
    database = ledger_file(office.settings.ledger.url, office.workspace.root)
    return set(database.parent.glob(f"{database.name}*")) if database else set()


def _copies_of(office: Office, traces: Traces) -> tuple[Path, ...]:
    """Return the program's own copies with the person's address: whole steps of undo, previews, details of faults."""
    machine = office.workspace.machine
    pages = _pages(office)
    found: list[Path] = []
    for path in _files(machine):
        parts = path.relative_to(machine).parts
        if parts[0] not in _KEPT and path.resolve() not in pages and _has(path, traces):
            found.append(machine / parts[0] / parts[1] if parts[0] == "undo" and len(parts) > 1 else path)
    # the details of faults that this account has kept (`cli.app` writes them)
    faults = Path(tempfile.gettempdir()).glob("mailer-fault-*.txt")
    own = (each for each in faults if each.is_file() and not each.is_symlink() and is_mine(each))
    found += (each for each in own if _has(each, traces))
    return tuple(dict.fromkeys(found))


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_SEARCHED)
        yield from (Path(parent) / name for name in sorted(names))


def _has(path: Path, traces: Traces) -> bool:
    if traces.in_name(path.name):
        return True
    with contextlib.suppress(OSError):  # deleted meanwhile, or not readable by this account
        if path.is_file() and path.stat().st_size > _PART:
            return _pages_have(path, traces)
        return path.is_file() and traces.in_bytes(path.read_bytes())
    return False


def _pages_have(path: Path, traces: Traces, *, but_for: tuple[str, ...] = ()) -> bool:
    with contextlib.suppress(OSError), path.open("rb") as file:
        before = b""
        while part := file.read(_PART):
            if traces.in_pages(before + part, but_for=but_for):
                return True
            before = part[-_OVERLAP:]
    return False


# Export: the answer to an access request (GDPR Art. 15): the rows of every list, what was sent and the results, what
# came back, suppressions, and the grounds. Of other people's rows, only the cell with the person's address.


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExport:
    """All data about a person, why any list could not be read, and the files that the export was written to."""

    email: str
    made_at: datetime
    made_by: str
    notice_sent_at: datetime | None = None
    rows: tuple[PersonRow, ...]
    person: Person
    mails: tuple[Message, ...] = ()
    other_files: tuple[str, ...]
    copies: tuple[str, ...]
    problems: tuple[Problem, ...]
    written: tuple[Path, ...] = ()


def export_person(office: Office, email: str) -> PersonExport:
    """Gather all data about a person."""
    address = parse_address(email)
    traces = Traces(address)
    person, mails, notice_at = Person(), tuple[Message, ...](), None
    if office.ledger is not None:
        digest = address_digest(office.keys, address.key)
        with office.reading(office.ledger) as connection:
            person = read_person(connection, digest)
            mails = tuple(read_messages(connection, {each.inbound_id for each in person.findings}))
            notice_at = read_notice_sent_at(connection, digest)
    rows, problems = find_rows(office.workspace, traces)
    show = office.workspace.show
    listed = {row.path for row in rows}
    return PersonExport(
        email=str(address),
        made_at=office.clock(),
        made_by=office.actor,
        notice_sent_at=notice_at,
        rows=tuple(rows),
        person=person,
        mails=mails,
        other_files=tuple(show(path) for path in _find_files(office, traces) if path not in listed),
        copies=tuple(show(path) for path in _copies_of(office, traces)),
        problems=tuple(problems),
    )


# Erasing.

_STEP: Final = "a person's data was erased"
_FORGOTTEN: Final = "forgotten"


@dataclass(frozen=True, slots=True)
class Found:
    """The data about a person, and where it is; the search changes nothing."""

    address: Address
    person: Person
    held: HeldRows
    rows: tuple[PersonRow, ...]
    copies: tuple[str, ...]
    files: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing to erase."""
        return self.held.is_nothing and not self.held.open_in and not self.rows and not self.copies


@dataclass(slots=True)
class Forgotten:
    """What was erased, and what is left: lists that could not be changed, and files of the staff with the address."""

    block: str
    held: HeldRows
    rows: list[PersonRow] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    still_in: list[str] = field(default_factory=list)
    is_in_lists: bool = False
    left_in_ledger: HeldRows = field(default_factory=HeldRows)
    pages_left: list[str] = field(default_factory=list)
    is_compact: bool = True

    @property
    def is_complete(self) -> bool:
        """Return whether lists, copies and ledger are free of the person's data."""
        in_ledger = self.left_in_ledger
        ledger_is_clean = in_ledger.is_nothing and not in_ledger.colleagues_open and not self.pages_left
        return not self.is_in_lists and ledger_is_clean and self.is_compact


def look_for(office: Office, email: str) -> Found:
    """Find all data about a person."""
    address = parse_address(email)
    traces = Traces(address)
    person, held = Person(), HeldRows()
    if office.ledger is not None:
        digest = address_digest(office.keys, address.key)
        with office.reading(office.ledger) as connection:
            person, held = read_person(connection, digest), find_held(connection, digest, traces)
    rows, problems = find_rows(office.workspace, traces)
    copies = _copies_of(office, traces)
    known = {*copies, *(row.path for row in rows)}  # a copy is a file, or the folder of a step of undo
    files = (path for path in _find_files(office, traces) if known.isdisjoint((path, *path.parents)))
    show = office.workspace.show
    shown_copies, shown_files = tuple(map(show, copies)), tuple(map(show, files))
    return Found(address, person, held, tuple(rows), shown_copies, shown_files, tuple(problems))


def forget(office: Office, ledger: Ledger, email: str, *, reason: str = "") -> Forgotten:
    """Erase a person's data; return what was done and what is left.

    If they are not suppressed yet, they are from now on, as not to be contacted; `reason` is kept with it. Raises
    InputProblem if mail is being sent right now, `email` is no address, or the reason contains it; LedgerProblem if the
    ledger cannot be written, or the keys are not its own.
    """
    address = parse_address(email)
    traces = Traces(address)
    if traces.in_text(reason):
        hint = "Give a reason that does not name them."
        raise InputProblem("the reason contains the address, and would keep it", hint=hint)
    digest = address_digest(office.keys, address.key)
    stamp = office.stamp()
    processes = office.workspace.make_machine_folder("run")
    free_dead_processes(ledger, processes, now=stamp.at)
    with office.writing(ledger) as connection:
        # messages that are being sent need the data that would be erased, and so do their bounces
        if at_work := find_at_work(connection, processes, now=stamp.at):
            hint = "Wait until it is over, or: mailer pause MAILING   and mailer resume MAILING afterwards."
            message = f"{at_work[0]} is being sent right now; nobody can be erased until it is done"
            raise InputProblem(message, hint=hint)
        # first suppress the person, then cancel what is planned for them, then erase what identifies them
        open_in = find_held(connection, digest, traces).open_in
        new = NewSuppression(digest, "", DO_NOT_CONTACT, _FORGOTTEN)
        suppress(connection, new, mailing_id=None, stamp=stamp)
        for name in open_in:
            step = Step(EventKind.CANCELLED, _FORGOTTEN)
            move_idle(connection, require_mailing(connection, name).id, step, stamp=stamp, digests=[digest])
        held = replace(erase(connection, digest, traces, stamp=stamp, note=reason), open_in=open_in)
        suppressions = read_person(connection, digest).active
        _blot_open_rows(connection, office, held, traces)
    done, show = Forgotten(suppressions[0].reason if suppressions else DO_NOT_CONTACT, held), office.workspace.show
    done.rows, done.problems = _remove_from_lists(office, traces, now=stamp.at)
    forget_in_imports(office.workspace, address)
    for path in _copies_of(office, traces):  # a step of undo is removed as a whole, since half of one is useless
        with contextlib.suppress(FileNotFoundError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            done.copies.append(show(path))
    done.is_compact = compact(ledger, TOUCHED)
    still_in = list(_find_files(office, traces))
    done.still_in = list(map(show, still_in))
    done.is_in_lists = not set(still_in).isdisjoint(office.workspace.lists())
    with ledger.reading() as connection:
        done.left_in_ledger = find_held(connection, digest, traces)
        others = tuple(find_longer(connection, traces))  # addresses of other people that contain this one
    done.pages_left = [show(each) for each in sorted(_pages(office)) if _pages_have(each, traces, but_for=others)]
    return done


def _blot_open_rows(connection: Connection, office: Office, held: HeldRows, traces: Traces) -> None:
    """Remove the person from colleagues' open deliveries, if that leaves their mail as it was approved."""
    from mailer.runs.planning.edition import unpack  # noqa: PLC0415 - a search needs no mail
    from mailer.runs.planning.making import Merger  # noqa: PLC0415 - as above

    mergers: dict[int, Merger] = {}
    for row in read_idle(connection, held.colleagues_open):
        if row.edition_id not in mergers:
            mailing = read_mailing(connection, row.mailing_id)
            text = unpack(read_edition(connection, row.edition_id))
            mergers[row.edition_id] = Merger(text, mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)
        fields = {name: traces.blotted(value) for name, value in row.merge_row.items()}
        merger, now = mergers[row.edition_id], office.clock()
        if merger.merge_again(row.address, fields, date=now, approved=row.content_hash) is not None:
            replace_fields(connection, row.id, fields)


def _remove_from_lists(office: Office, traces: Traces, *, now: datetime) -> tuple[list[PersonRow], list[Problem]]:
    """Remove the person from every list that can be changed; return the rows, and why others could not be changed."""
    rows, _ = find_rows(office.workspace, traces)
    done: list[PersonRow] = []
    problems: list[Problem] = []
    for path, group in groupby(rows, key=lambda row: row.path):
        found = list(group)
        try:
            was = read_bytes(path, limit=MAX_LIST_BYTES)
            edits: list[Edit] = [
                RemoveRow(row.row)
                if row.is_own  # from a colleague's row, only the address is removed, with its separator
                else SetCells(
                    row.row,
                    {at: traces.blotted(cell, "").replace("<>", "").strip(" ,;/|") for at, cell in row.found.items()},
                )
                for row in found
            ]
            data = edit_list(was, name=found[0].name, edits=edits, choices=found[0].choices)
            rewrite_lists(office.workspace, [Rewrite(path, was, data)], what=_STEP, now=now)
        except MailerError as error:
            problems += gather(error)
        else:
            done += found
    return done, problems
