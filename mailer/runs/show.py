"""Show: one person's exact mail, to look at or to send to an inbox of ours.

Owns the choice of the person (the one asked for, the first on the list, or an invented reader where there is no list)
and the files that `preview` writes. Test sends are mailings of their own kind: they touch no delivery of the real one,
and their tokens opt nobody out.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer.address import Address, parse_address
from mailer.contacts.audience import select_audience
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut
from mailer.errors import InputProblem, did_you_mean
from mailer.events import MailingKind
from mailer.ledger.connection import verify_keys
from mailer.ledger.mailings import full_name
from mailer.ledger.scopes import asked_about
from mailer.ledger.suppressions import active_suppressions
from mailer.preview.mail import pictures_inside, with_pictures
from mailer.runs.lists import opened_lists
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.grounds import as_first_mail
from mailer.runs.planning.merge import Merged, Merger
from mailer.runs.planning.plan import Plan, Request
from mailer.runs.planning.prepare import prepare_for
from mailer.workspace import write_atomically

NOBODY = "reader@example.com"
_ROW_OF_NOBODY = 0


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a preview: HTML (none for plain text), text, and the source as it would go to the relay."""

    html: Path | None
    text: Path
    source: Path


def choose_contact(office: Office, lists: Sequence[str], wanted: str, selection: Selection = EVERYBODY) -> Contact:
    """Return the person of the lists with the address that is asked for, or the first; somebody invented without lists.

    Raises:
        InputProblem: the person is not on the lists, or is left out there; all that is wrong with the lists.
    """
    if not lists:
        return _invented(parse_address(wanted or NOBODY))
    with opened_lists(office, lists) as (opened, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        key = parse_address(wanted).key if wanted else ""
        for entry in select_audience(opened, selection=selection):
            if isinstance(entry, Contact) and (not key or entry.address.key == key):
                return entry
        if not wanted:
            raise InputProblem(
                "nobody on these lists can be written to"
                if selection.is_everybody
                else "--where means nobody on these lists",
                hint="mailer lists check LIST   says why",
            )
        raise _not_there(select_audience(opened, selection=selection), wanted)


def _not_there(entries: Iterator[Entry], wanted: str) -> InputProblem:
    known: list[str] = []
    for entry in entries:
        if isinstance(entry, LeftOut):
            if entry.value.strip().lower() == wanted.lower():
                return InputProblem(entry.message, source=entry.list_name, line=entry.line)
        elif len(known) < 5000:
            known.append(str(entry.address))
    return InputProblem(f"{wanted} is not on these lists{did_you_mean(wanted, known)}")


def _invented(address: Address) -> Contact:
    fields = dict.fromkeys(MEANINGS, "") | {"email": str(address)}
    return Contact(address, fields, "no list", _ROW_OF_NOBODY, _ROW_OF_NOBODY)


def preview_plan(office: Office, request: Request, contact: Contact) -> Plan:
    """Check one person's mail as a real send would; return the plan, for its text and its warnings.

    Raises:
        InputProblem: with every problem of release and templates.
    """
    plan = prepare_for(office, request, [contact], problems=[])
    plan.spool.close()
    if plan.tally.first is None:
        raise InputProblem(f"{contact.address} is suppressed: they would not get it", hint="mailer optouts list")
    return plan


def exact_mail(office: Office, plan: Plan, contact: Contact) -> Merged:
    """Make one person's mail byte for byte as the real mailing would, but for the Date and what signs it."""
    name = full_name(plan.slug, MailingKind.RELEASE, 1)
    merger = Merger(unpack(plan.edition), mailing=name, kind=MailingKind.RELEASE, keys=office.keys)
    (person,) = as_first_mail(office, [contact])
    return merger.merge(person.address, person.fields, date=office.clock())


def write_preview(folder: Path, slug: str, merged: Merged) -> Written:
    """Write one person's mail as three files into `folder`.

    Raises:
        InputProblem: the folder cannot be written to.
    """
    stem = f"{slug}-{merged.envelope.rcpt_to.replace('@', '-at-').replace('/', '_')}"
    html, text, source = (folder / f"{stem}{suffix}" for suffix in (".html", ".txt", ".eml"))
    contents = {text: merged.rendered.text.encode(), source: merged.envelope.data}
    if merged.rendered.html:
        data = merged.envelope.data
        contents[html] = with_pictures(merged.rendered.html, pictures_inside(data)).encode()
    for path, data in contents.items():
        write_atomically(path, data, mode=0o600)
    if html not in contents:
        html.unlink(missing_ok=True)  # of an earlier look, when this person had not asked for plain text
    return Written(html if html in contents else None, text, source)


def _refuse_suppressed(office: Office, targets: Sequence[Address]) -> None:
    if office.ledger is None:
        return
    asked = {asked_about(office.keys, each): each for each in targets}
    with office.ledger.reading() as connection:
        verify_keys(connection, office.keys)
        blocked = active_suppressions(connection, asked)
    if blocked:
        who = ", ".join(str(each) for question, each in asked.items() if question.address_digest in blocked)
        raise InputProblem(f"{who} is suppressed and gets no mail, not even a test", hint="mailer optouts list")


def prepare_test(office: Office, request: Request, contact: Contact, inboxes: Sequence[str]) -> Plan:
    """Make the plan of a test: what the contact would get, marked, to the inboxes (or to the preview inbox).

    Raises:
        InputProblem: an inbox is not an address; every problem of release and templates.
    """
    if request.kind is not MailingKind.TEST:
        raise ValueError("a test is a mailing of kind test")
    targets = [parse_address(inbox) for inbox in inboxes] or [contact.address]
    if inboxes:
        _refuse_suppressed(office, targets)
    entries = [Contact(each, contact.fields, contact.list_name, contact.row, contact.line) for each in targets]
    return prepare_for(office, request, entries, problems=[])
