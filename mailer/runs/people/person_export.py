"""Person export: everything that is held of one person.

Owns what an answer to an access request contains (GDPR Art. 15; standards L9): the rows of every list, what was sent
and what came of it, what came back, what stands against writing, and the grounds. Of other people's rows only the cell
that names the person is given. Never changes anything.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mailer.address import parse_address
from mailer.contacts.traces import Traces
from mailer.errors import Problem
from mailer.frozen import dataclass
from mailer.ledger.history import Message, Person, read_messages, read_notice_sent_at, read_person
from mailer.runs.office import Office
from mailer.runs.people.search import PersonRow, copies_of, find_files, find_rows
from mailer.tokens import address_digest


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
