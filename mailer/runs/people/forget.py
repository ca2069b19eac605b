"""Forget: a person is taken out of the lists, the undo copies, the previews and the ledger, and stays blocked.

Owns the order: nothing while mail goes out; first nobody writes to them any more (suppressed by their keyed digest,
what is still planned cancelled), then the ledger says no longer who they are, then the lists, then the machine's own
copies, then the ledger is written anew, and at last every file of the workspace is searched for the address. A crash
between two of these leaves work that the same command finishes.
Never touches a file of the staff's that is no list: where one still has the address, it is named.
Raises `InputProblem`.

Gaps: a name without the address is not looked for. Backups, a disk's worn-out blocks, PostgreSQL's own log and the
history of a version control system are beyond our reach.
"""

from __future__ import annotations

import contextlib
import shutil
from datetime import datetime
from itertools import groupby
from typing import Final

from mailer.address import Address, parse_address
from mailer.contacts.edits import Edit, RemoveRow, SetCells
from mailer.contacts.traces import Traces
from mailer.errors import InputProblem, MailerError, Problem, gather
from mailer.events import EventKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import compact
from mailer.ledger.deliveries import Step, move_idle, read_idle
from mailer.ledger.erasure import TOUCHED, Held, erase, find_held, find_longer, replace_fields
from mailer.ledger.history import Person, read_person
from mailer.ledger.mailings import read_edition, read_mailing, require_mailing
from mailer.ledger.processes import find_at_work, free_all_dead
from mailer.ledger.suppressions import NewSuppression
from mailer.runs.lists.changes import Rewrite, rewrite_lists
from mailer.runs.lists.import_list import forget_in_imports
from mailer.runs.office import Office
from mailer.runs.people import PersonRow, copies_of, find_files, find_rows, ledger_has
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Merger
from mailer.runs.suppressions.opt_out import suppress
from mailer.runs.untrusted.lists import edit_list
from mailer.tokens import address_digest
from mailer.workspace import MAX_LIST_BYTES, read_bytes

DO_NOT_CONTACT: Final = "do_not_contact"
_STEP: Final = "a person's data was erased"
_FORGOTTEN: Final = "forgotten"


@dataclass(frozen=True, slots=True)
class Found:
    """What is held of a person, and where; nothing is changed by looking."""

    address: Address
    person: Person
    held: Held
    rows: tuple[PersonRow, ...]
    copies: tuple[str, ...]
    files: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing is held that could be forgotten."""
        return self.held.is_nothing and not self.held.open_in and not self.rows and not self.copies


@dataclass(slots=True)
class Forgotten:
    """What was done, and what is left: lists that could not be changed, and files of the staff's with the address."""

    block: str
    held: Held
    rows: list[PersonRow] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    still_in: list[str] = field(default_factory=list)
    is_in_lists: bool = False
    left_in_ledger: Held = field(default_factory=Held)
    pages_left: list[str] = field(default_factory=list)
    is_compact: bool = True

    @property
    def is_complete(self) -> bool:
        """Return whether lists, copies and ledger have nothing of the person any more."""
        in_ledger = self.left_in_ledger
        ledger_is_clean = in_ledger.is_nothing and not in_ledger.colleagues_open and not self.pages_left
        return not self.is_in_lists and ledger_is_clean and self.is_compact


def look_for(office: Office, email: str) -> Found:
    """Find everything that is held of a person."""
    address = parse_address(email)
    traces = Traces(address)
    person, held = Person(), Held()
    if office.ledger is not None:
        digest = address_digest(office.keys, address.key)
        with office.reading(office.ledger) as connection:
            person, held = read_person(connection, digest), find_held(connection, digest, traces)
    rows, problems = find_rows(office.workspace, traces)
    copies = copies_of(office, traces)
    known = {*copies, *(row.path for row in rows)}  # a copy is a file, or a step of undo with all that is in it
    files = (path for path in find_files(office, traces) if known.isdisjoint((path, *path.parents)))
    show = office.workspace.show
    shown_copies, shown_files = tuple(map(show, copies)), tuple(map(show, files))
    return Found(address, person, held, tuple(rows), shown_copies, shown_files, tuple(problems))


def forget(office: Office, ledger: Ledger, email: str, *, reason: str = "") -> Forgotten:
    """Forget a person; return what was done and what is left.

    If nothing stands against them yet they stay suppressed as not to be contacted; `reason` is kept beside it.

    Raises InputProblem where mail is going out at this moment, it is no address, or the reason names them;
    LedgerProblem where the ledger cannot be written, or the keys are not its own.
    """
    address = parse_address(email)
    traces = Traces(address)
    if traces.in_text(reason):
        hint = "Give a reason that does not name them."
        raise InputProblem("the reason holds the address, and would keep it", hint=hint)
    digest = address_digest(office.keys, address.key)
    stamp = office.stamp()
    processes = office.workspace.make_machine_folder("run")
    free_all_dead(ledger, processes, now=stamp.at)
    with office.writing(ledger) as connection:
        # what is on the wire needs what would be erased, and so does what comes back
        if at_work := find_at_work(connection, processes, now=stamp.at):
            hint = "Wait until it is over, or: mailer pause MAILING   and mailer resume MAILING afterwards."
            message = f"{at_work[0]} is being sent right now; nobody can be erased until it is done"
            raise InputProblem(message, hint=hint)
        # suppressed first, then what is planned for them is cancelled, then what says who they are is emptied
        open_in = find_held(connection, digest, traces).open_in
        new = NewSuppression(digest, "", DO_NOT_CONTACT, _FORGOTTEN)
        suppress(connection, new, mailing_id=None, stamp=stamp)
        for name in open_in:
            step = Step(EventKind.CANCELLED, _FORGOTTEN)
            move_idle(connection, require_mailing(connection, name).id, step, stamp=stamp, digests=[digest])
        held = replace(erase(connection, digest, traces, stamp=stamp, note=reason), open_in=open_in)
        standing = read_person(connection, digest).standing
        _blot_open_rows(connection, office, held, traces)
    told, show = Forgotten(standing[0].reason if standing else DO_NOT_CONTACT, held), office.workspace.show
    told.rows, told.problems = _out_of_the_lists(office, traces, now=stamp.at)
    forget_in_imports(office.workspace, address)
    for path in copies_of(office, traces):  # a step of undo goes whole, since half of one helps nobody
        with contextlib.suppress(FileNotFoundError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            told.copies.append(show(path))
    told.is_compact = compact(ledger, TOUCHED)
    still_in = list(find_files(office, traces))
    told.still_in = list(map(show, still_in))
    told.is_in_lists = not set(still_in).isdisjoint(office.workspace.lists())
    with ledger.reading() as connection:
        told.left_in_ledger = find_held(connection, digest, traces)
        longer = find_longer(connection, traces)
    told.pages_left = list(map(show, ledger_has(office, traces, but_for=longer)))
    return told


def _blot_open_rows(connection: Connection, office: Office, held: Held, traces: Traces) -> None:
    """Remove the person from colleagues' rows that still go out, where the mail stays the one that was approved."""
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


def _out_of_the_lists(office: Office, traces: Traces, *, now: datetime) -> tuple[list[PersonRow], list[Problem]]:
    """Remove the person from every list that can be changed; return their rows, and what kept others from it."""
    rows, _ = find_rows(office.workspace, traces)
    done: list[PersonRow] = []
    problems: list[Problem] = []
    for path, group in groupby(rows, key=lambda row: row.path):
        theirs = list(group)
        try:
            was = read_bytes(path, limit=MAX_LIST_BYTES)
            edits: list[Edit] = [
                RemoveRow(row.row)
                if row.is_own  # of a colleague's row only the address goes, with what held it apart from others
                else SetCells(
                    row.row,
                    {at: traces.blotted(cell, "").replace("<>", "").strip(" ,;/|") for at, cell in row.found.items()},
                )
                for row in theirs
            ]
            data = edit_list(was, name=theirs[0].name, edits=edits, choices=theirs[0].choices)
            rewrite_lists(office.workspace, [Rewrite(path, was, data)], what=_STEP, now=now)
        except MailerError as error:
            problems += gather(error)
        else:
            done += theirs
    return done, problems
