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
from mailer.ledger.history import Message, Person, read_messages, read_notice_sent_at, read_person
from mailer.runs.office import Office
from mailer.runs.people.search import copies_of, find_files, find_rows
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
    """Gather everything that is held of a person."""
    address = parse_address(email)
    traces = Traces(address)
    person, mails, told_at = Person(), list[Message](), None
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            verify_keys(connection, office.keys)
            person = read_person(connection, address_digest(office.keys, address.key))
            mails = list(read_messages(connection, {each.inbound_id for each in person.findings}))
            told_at = read_notice_sent_at(connection, address_digest(office.keys, address.key))
    rows, problems = find_rows(office.workspace, traces)
    show = office.workspace.show
    listed = {row.path for row in rows}
    document = {
        "email": str(address),
        "made_at": _iso(office.clock()),
        "made_by": office.actor,
        "notice_sent_at": _iso(told_at),
        "lists": _shaped("lists", rows),
        **ledger_document(person),
        "kept_mail": [_mail(each) for each in mails],
        "other_files": [show(path) for path in find_files(office, traces) if path not in listed],
        "copies": [show(path) for path in copies_of(office, traces)],
    }
    return PersonExport(document, tuple(problems))


def is_empty(document: Document) -> bool:
    """Return whether nothing is held."""
    return not any(isinstance(value, list) and value for value in document.values())


# The names of the document, and where the value has another one; what is empty is null where a name ends in `?`.
_SHAPES: Final = {
    "lists": "list:name line row is_own cells consent",
    "mailings": "mailing headline state reason? planned_at attempted_at finished_at code enhanced? text? message_id"
    " relay? attempts list:list_name row address? fields",
    "events": "at kind mailing by:actor code reason? text?",
    "came_back": "kind mailing status? reason? read_at from:source text:diagnostic? sender? subject?",
    "absences": "until said_at",
    "proposals": "kind address new_address? words? since:created_at state decided_at decided_by?",
    "suppressions": "reason scope source note? since:created_at by:actor lifted_at lifted_by? lifted_reason?"
    " lifted_evidence?",
}


def ledger_document(person: Person) -> Document:
    """Return all that the ledger knows of a person as JSON: mailings, events, what came back, suppressions."""
    document: Document = {
        "mailings": _shaped("mailings", person.deliveries),
        "events": _shaped("events", person.events),
        "came_back": _shaped("came_back", person.findings),
        "absences": _shaped("absences", person.absences),
        "proposals": _shaped("proposals", person.proposals),
        "suppressions": _shaped("suppressions", person.suppressions),
    }
    for mailing in document["mailings"]:
        mailing["fields"] = {name: value for name, value in mailing["fields"].items() if value and name != NOTICE}
    for absence in document["absences"]:
        absence["until"] = absence["until"][:10]  # the day
    return document


def _shaped(name: str, values: Sequence[object]) -> list[Document]:
    found: list[Document] = []
    for each in values:
        document: Document = {}
        for word in _SHAPES[name].split():
            key, _, field = word.rstrip("?").partition(":")
            value = getattr(each, field or key)
            if isinstance(value, Mapping):
                value = dict(value)
            document[key] = _iso(value) if isinstance(value, datetime) else (value or None) if "?" in word else value
        found.append(document)
    return found


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
    "absences": "Absences",
    "proposals": "What was proposed for our lists",
    "suppressions": "Suppressions",
    "kept_mail": "Mail that came back, as it is kept",
    "other_files": "Other files with the address",
    "copies": "Copies that the program keeps for a while",
}


def render_text(document: Document) -> str:
    """Return the document as text for people."""
    lines = [f"What is held of {document['email']}", f"{document['made_at']}, by {document['made_by']}"]
    told_at = document["notice_sent_at"] or "not yet"
    lines += [f"Privacy notice sent: {told_at}", ""]
    for title, entries in _sections(document):
        lines += [title, "-" * len(title)]
        for entry in entries or [[("", "nothing")]]:
            lines += [f"  {name + ':' if name else '':16}{value}" for name, value in entry] + [""]
    return "\n".join(lines)


def render_page(document: Document) -> str:
    """Return the document as a page for a browser or for paper."""
    parts = [_HEAD.format(email=html.escape(document["email"]), at=document["made_at"])]
    parts.append(f"<p>Privacy notice sent: {document['notice_sent_at'] or 'not yet'}</p>")
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
