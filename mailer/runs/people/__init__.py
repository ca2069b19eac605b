"""People: one person, across lists, ledger, files and mailings.

Stands above the floors that plan and collect, since its answers join what all of them know.

why.py        in or out of a mailing, and every reason; the plan is made as `send` makes it
forget.py     out of lists, copies and ledger, and suppressed for good
link_page.py  what the page behind the opt-out link of a mail may show

Here the workspace is searched for a person, and everything that is held of them is gathered. A person who is erased, or
asks what is held about them, may be named elsewhere than in their own row: in a colleague's cell, in an undo copy, in a
preview, in the details of a fault, in pages of the ledger that nobody reads any more. All of it is searched for the
address in any spelling, and what may be changed or removed is told apart from what is only named. Nothing is changed
here; a list that cannot be read is a problem among the others.

Gaps: what lies behind a link to another folder, and the packed history of a version control system, is not searched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from mailer.address import InvalidAddress, parse_address
from mailer.contacts.choices import Choices
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.traces import Traces
from mailer.contacts.values import CONSENT
from mailer.errors import MailerError, Problem, Severity, gather
from mailer.frozen import dataclass, field, replace
from mailer.ledger.history import Message, Person, read_messages, read_notice_sent_at, read_person
from mailer.ledger.place import ledger_file
from mailer.platform import is_mine
from mailer.runs.lists import Opening, ReadList, open_list
from mailer.runs.office import Office
from mailer.tokens import address_digest
from mailer.workspace import Workspace

# it is not changed
_BARRED: Final = "a sheet beside the list, of people not to be mailed, has this address; take it out there by hand"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row that has the person: `is_own` where it is theirs; `found` holds the positions of cells that name them.

    `cells` has the row by column, for people to read (of somebody else's row only what names the person), `consent`
    what it says of the grounds for writing to them, `choices` how the list was read. `row` counts data rows, `line` is
    the spreadsheet's own.
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
    """Return every row of every list that has the person, and what kept a list from being read whole.

    `opening` opens a list otherwise than from its file.
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
        own = 0 <= email < len(cells) and _is_theirs(cells[email], traces)
        meant = ((at, cell) for at, cell in enumerate(cells) if cell and (own or at in named))
        shown = {layout.header_at(at) or f"column {at + 1}": cell for at, cell in meant}
        said = {meaning: cells[at] for meaning, at in consent.items() if own and at < len(cells) and cells[at]}
        yield PersonRow(path, name, row, line, own, named, shown, said, found.choices)


def _is_theirs(cell: str, traces: Traces) -> bool:
    """Return whether the recipient of a cell is the person; one whose cell holds several addresses is named first."""
    with suppress(InvalidAddress):
        return parse_cell(cell).key == traces.address.key
    first = next((part for part in cell.replace(";", " ").replace(",", " ").split() if "@" in part), "")
    return traces.in_text(first)


# Files. The machine's own copies (undo, previews, details of faults) may be removed; the staff's files are only named.
# The ledger's pages are searched as they lie on the disk, with its log: what was erased in a table may be left there.

_PART: Final = 50_000_000
_OVERLAP: Final = 1_000
_NOT_OURS_TO_READ: Final = frozenset({".git", ".hg", ".svn"})
_KEPT: Final = frozenset({"keys", "ledger-id", "run"})


def find_files(office: Office, traces: Traces) -> Iterator[Path]:
    """Yield every file of the workspace, but for the ledger's, that has the person's address in any spelling."""
    pages = _pages(office)
    for path in _files(office.workspace.root):
        if path.resolve() not in pages and (traces.in_name(path.name) or _has(path, traces)):
            yield path


def ledger_has(office: Office, traces: Traces, *, but_for: Iterable[str] = ()) -> list[Path]:
    """Return the files of the ledger, its log and what lies beside them, whose bytes have the address.

    `but_for` are longer addresses of other people that contain it. Nothing is given for a ledger that is no file.
    """
    return [path for path in sorted(_pages(office)) if _pages_have(path, traces, but_for=tuple(but_for))]


def _pages(office: Office) -> set[Path]:
    database = ledger_file(office.settings.ledger.url, office.workspace.root)
    return set(database.parent.glob(f"{database.name}*")) if database else set()


def copies_of(office: Office, traces: Traces) -> tuple[Path, ...]:
    """Return what the machine made that has the person: steps of undo as a whole, previews, details of faults."""
    machine = office.workspace.machine
    pages = _pages(office)
    found: list[Path] = []
    for path in _files(machine):
        ours = path.relative_to(machine).parts
        if ours[0] in _KEPT or path.resolve() in pages:
            continue
        if traces.in_name(path.name) or _has(path, traces):
            found.append(machine / ours[0] / ours[1] if ours[0] == "undo" and len(ours) > 1 else path)
    # the details of faults that this account has kept (`cli.app` writes them)
    faults = Path(tempfile.gettempdir()).glob("mailer-fault-*.txt")
    ours_alone = (each for each in faults if each.is_file() and not each.is_symlink() and is_mine(each))
    found += (each for each in ours_alone if _has(each, traces))
    return tuple(dict.fromkeys(found))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_OURS_TO_READ)
        yield from (Path(place) / name for name in sorted(names))


def _has(path: Path, traces: Traces) -> bool:
    try:
        if not path.is_file():
            return False
        if path.stat().st_size > _PART:
            return _pages_have(path, traces)
        return traces.in_bytes(path.read_bytes())
    except OSError:  # gone meanwhile, or not ours to read: then nobody here reads it
        return False


def _pages_have(path: Path, traces: Traces, *, but_for: tuple[str, ...] = ()) -> bool:
    with suppress(OSError), path.open("rb") as file:
        before = b""
        while part := file.read(_PART):
            if traces.in_pages(before + part, but_for=but_for):
                return True
            before = part[-_OVERLAP:]
    return False


# Export: the answer to an access request (GDPR Art. 15; standards L9): the rows of every list, what was sent and what
# came of it, what came back, what stands against writing, and the grounds. Of other people's rows only the cell that
# names the person is given.


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExport:
    """Everything that is held of a person, what kept a list from being read, and the files that it was written to."""

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
    """Gather everything that is held of a person."""
    address = parse_address(email)
    traces = Traces(address)
    person, mails, told_at = Person(), tuple[Message, ...](), None
    if office.ledger is not None:
        digest = address_digest(office.keys, address.key)
        with office.reading(office.ledger) as connection:
            person = read_person(connection, digest)
            mails = tuple(read_messages(connection, {each.inbound_id for each in person.findings}))
            told_at = read_notice_sent_at(connection, digest)
    rows, problems = find_rows(office.workspace, traces)
    show = office.workspace.show
    listed = {row.path for row in rows}
    return PersonExport(
        email=str(address),
        made_at=office.clock(),
        made_by=office.actor,
        notice_sent_at=told_at,
        rows=tuple(rows),
        person=person,
        mails=mails,
        other_files=tuple(show(path) for path in find_files(office, traces) if path not in listed),
        copies=tuple(show(path) for path in copies_of(office, traces)),
        problems=tuple(problems),
    )
