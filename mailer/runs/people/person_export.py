"""Person export: everything that is held of one person, as a document and as a page to read.

Owns what an answer to an access request contains (GDPR Art. 15; standards L9): the rows of every list, what was sent
and what came of it, what came back, what stands against writing, and the grounds. Of other people's rows only the cell
that names the person is given. Never changes anything.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mailer.address import parse_address
from mailer.contacts.traces import Traces
from mailer.errors import Problem
from mailer.ledger.connection import verify_keys
from mailer.ledger.person import Person, read_kept_mail, read_notice_sent_at, read_person
from mailer.ledger.returned import Message
from mailer.runs.office import Office
from mailer.runs.people.search import PersonRow, copies_of, find_files, find_rows
from mailer.runs.planning.merge import NOTICE
from mailer.tokens import address_digest

Document = dict[str, Any]
NOTES_WARNING: Final = "It holds the office's own notes about the person: read it before it is handed out."


@dataclass(frozen=True, slots=True)
class PersonExport:
    """Everything that is held of a person, what kept a list from being read, and the files that it was written to."""

    document: Document
    problems: tuple[Problem, ...]
    written: tuple[Path, ...] = ()


def export_person(office: Office, email: str) -> PersonExport:
    """Gather everything that is held of a person.

    Raises:
        InputProblem: it is no address.
        LedgerProblem: the keys are not the ledger's own, so nobody could be found.
    """
    address = parse_address(email)
    traces = Traces(address)
    person, mails, told_at = Person(), list[Message](), None
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            verify_keys(connection, office.keys)
            person = read_person(connection, address_digest(office.keys, address.key))
            mails = list(read_kept_mail(connection, person))
            told_at = read_notice_sent_at(connection, address_digest(office.keys, address.key))
    rows, problems = find_rows(office.workspace, traces)
    show = office.workspace.show
    listed = {row.path for row in rows}
    document = {
        "email": str(address),
        "made_at": _iso(office.clock()),
        "made_by": office.actor,
        "notice_sent_at": _iso(told_at),
        "lists": [_row(row) for row in rows],
        **ledger_document(person),
        "kept_mail": [_mail(each) for each in mails],
        "other_files": [show(path) for path in find_files(office, traces) if path not in listed],
        "copies": [show(path) for path in copies_of(office, traces)],
    }
    return PersonExport(document, tuple(problems))


def is_empty(document: Document) -> bool:
    """Return whether nothing is held."""
    return not any(isinstance(value, list) and value for value in document.values())


def _row(row: PersonRow) -> Document:
    return {
        "list": row.name,
        "line": row.line,
        "row": row.row,
        "is_own": row.is_own,
        "cells": dict(row.cells),
        "consent": dict(row.consent),
    }


def ledger_document(person: Person) -> Document:
    """Return all that the ledger knows of a person as JSON: mailings, events, what came back, suppressions."""
    return {
        "mailings": [
            {
                "mailing": each.mailing,
                "headline": each.headline,
                "state": each.state,
                "reason": each.reason or None,
                "planned_at": _iso(each.planned_at),
                "attempted_at": _iso(each.attempted_at),
                "finished_at": _iso(each.finished_at),
                "code": each.code,
                "enhanced": each.enhanced or None,
                "text": each.text or None,
                "message_id": each.message_id,
                "relay": each.relay or None,
                "attempts": each.attempts,
                "list": each.list_name,
                "row": each.row,
                "address": each.address or None,
                "fields": {name: value for name, value in each.fields.items() if value and name != NOTICE},
            }
            for each in person.deliveries
        ],
        "events": [
            {
                "at": _iso(each.at),
                "kind": each.kind,
                "mailing": each.mailing,
                "by": each.actor,
                "code": each.code,
                "reason": each.reason or None,
                "text": each.text or None,
            }
            for each in person.events
        ],
        "came_back": [
            {
                "kind": each.kind,
                "mailing": each.mailing,
                "status": each.status or None,
                "reason": each.reason or None,
                "read_at": _iso(each.read_at),
                "from": each.source,
                "text": each.diagnostic or None,
                "sender": each.sender or None,
                "subject": each.subject or None,
            }
            for each in person.findings
        ],
        "absences": [{"until": f"{each.until:%Y-%m-%d}", "said_at": _iso(each.said_at)} for each in person.absences],
        "proposals": [
            {
                "kind": each.kind,
                "address": each.address,
                "new_address": each.new_address or None,
                "words": each.words or None,
                "since": _iso(each.created_at),
                "state": each.state,
                "decided_at": _iso(each.decided_at),
                "decided_by": each.decided_by or None,
            }
            for each in person.proposals
        ],
        "suppressions": [
            {
                "reason": each.reason,
                "scope": each.scope,
                "source": each.source,
                "note": each.note or None,
                "since": _iso(each.created_at),
                "by": each.actor,
                "lifted_at": _iso(each.lifted_at),
                "lifted_by": each.lifted_by or None,
                "lifted_reason": each.lifted_reason or None,
                "lifted_evidence": each.lifted_evidence or None,
            }
            for each in person.suppressions
        ],
    }


def _mail(mail: Message) -> Document:
    text = mail.data.decode("utf-8", "replace") or None
    return {"from": mail.source, "kind": mail.kind, "read_at": _iso(mail.read_at), "source": text}


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


_TITLES: Final = {
    "lists": "In our lists",
    "mailings": "What was sent",
    "events": "What happened",
    "came_back": "What came back",
    "absences": "When they said they were away",
    "proposals": "What was proposed for our lists",
    "suppressions": "What stands against writing",
    "kept_mail": "Mail that came back, as it is kept",
    "other_files": "Other files with the address",
    "copies": "Copies that the program keeps for a while",
}


def render_text(document: Document) -> str:
    """Return the document as text for people."""
    lines = [f"What is held of {document['email']}", f"{document['made_at']}, by {document['made_by']}"]
    told_at = document["notice_sent_at"] or "not yet"
    lines += [f"Told how we handle their data: {told_at}", ""]
    for title, entries in _sections(document):
        lines += [title, "-" * len(title)]
        for entry in entries or [[("", "nothing")]]:
            lines += [f"  {name + ':' if name else '':16}{value}" for name, value in entry] + [""]
    return "\n".join(lines)


def render_page(document: Document) -> str:
    """Return the document as a page for a browser or for paper."""
    parts = [_HEAD.format(email=html.escape(document["email"]), at=document["made_at"])]
    parts.append(f"<p>Told how we handle their data: {document['notice_sent_at'] or 'not yet'}</p>")
    for title, entries in _sections(document):
        parts.append(f"<h2>{html.escape(title)}</h2>")
        for entry in entries:
            cells = "".join(
                f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in entry
            )
            parts.append(f"<table>{cells}</table>")
        if not entries:
            parts.append("<p>Nothing.</p>")
    return "\n".join([*parts, "</body></html>", ""])


_HEAD: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What is held of {email}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 0 0 1rem; width: 100%; }}
th, td {{ border-bottom: 1px solid #ccc; padding: .2rem .5rem; text-align: left; vertical-align: top; }}
th {{ font-weight: normal; color: #555; width: 11rem; }}
td {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
</style></head><body>
<h1>What is held of {email}</h1>
<p>{at}</p>"""


def _sections(document: Document) -> Iterator[tuple[str, Sequence[Sequence[tuple[str, str]]]]]:
    for key, title in _TITLES.items():
        yield title, [list(_pairs(entry)) for entry in document[key]]


def _pairs(entry: Mapping[str, Any] | str) -> Iterator[tuple[str, str]]:
    """Yield what stands in an entry as name and text, without what is empty."""
    if isinstance(entry, str):
        yield "", entry
        return
    for name, value in entry.items():
        if isinstance(value, Mapping):
            yield from ((inner, str(text)) for inner, text in value.items() if name != "consent")
        elif value is not None and name not in {"row", "is_own"}:
            yield name.replace("_", " "), str(value)
