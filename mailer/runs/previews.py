"""Previews: the exact mail of one person, or of everybody, as files to look at; and the plan of a test.

A preview is worth something only if it is what would be sent, so the mail is planned and made by the same code as a
real mailing (`prepare_for`, `Merger`), byte for byte but for the Date and the signature. Nothing is sent from here and
no delivery is touched. A test is a mailing of its own kind: its tokens opt nobody out, and an inbox that is suppressed
gets not even a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mailer.address import Address, parse_address
from mailer.contacts.audience import select_audience
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.values import Contact
from mailer.errors import InputProblem, MailerError, Severity, gather
from mailer.events import MailingKind
from mailer.ledger.connection import verify_keys
from mailer.ledger.mailings import full_name
from mailer.ledger.scopes import asked_about
from mailer.ledger.suppressions import active_suppressions
from mailer.message import check_message
from mailer.preview.page import Seen, pictures_inside, render_sheet, with_pictures, with_sources
from mailer.runs.lists import opened_lists
from mailer.runs.lists.choosing import NOBODY
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.embargoes import Terms, embargo_terms
from mailer.runs.planning.grounds import as_first_mail
from mailer.runs.planning.merge import Merged, Merger
from mailer.runs.planning.plan import Plan, Request
from mailer.runs.planning.prepare import prepare_for
from mailer.runs.suppressions.suppressed import skipped_people
from mailer.workspace import write_atomically


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a preview: HTML (none for plain text), text, and the source as it would go to the relay."""

    html: Path | None
    text: Path
    source: Path


@dataclass(frozen=True, slots=True)
class Previewed:
    """One person's mail: its plan, its subject and text, and the files that it was written to."""

    contact: Contact
    plan: Plan
    subject: str
    body: str
    files: Written


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test: its report, and the page of the preview inbox where it went there."""

    plan: Plan
    figures: Mapping[str, Any]
    page: Path | None

    @property
    def is_done(self) -> bool:
        """Return whether all of it was accepted."""
        return bool(self.figures["accepted"] == self.figures["planned"])


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


# Contact sheet: everybody's mail, in the order of the lists, or why they get none, and what is wrong with it. Files are
# written as the mails are made and a line is kept of each, so that a long list needs no more memory than a short one.

_CHUNK = 100
_OURS = re.compile(r"\d{5,}\.(?:html|txt|eml)|index\.html|picture-\d+\.[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet that was written: its first page, who is on it, and the plan that it was made from."""

    page: Path
    people: tuple[Seen, ...]
    plan: Plan

    @property
    def wrong(self) -> list[Seen]:
        """Return those with whose mail something is wrong."""
        return [each for each in self.people if each.problems]


def write_contact_sheet(
    office: Office,
    request: Request,
    base: Path,
    *,
    selection: Selection = EVERYBODY,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Sheet:
    """Make everybody's mail and a page of all of them, in a folder of their own in `base` that is made anew.

    Raises:
        InputProblem: the release, a template or a list cannot be used, or nobody is on the lists.
    """
    with opened_lists(office, request.lists) as (lists, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        contacts = (each for each in select_audience(lists, selection=selection) if isinstance(each, Contact))
        first = next(contacts, None)
        if first is None:
            raise InputProblem("nobody on these lists can be written to", hint="mailer lists check LIST   says why")
        plan = _plan(office, request, first)
        folder = base / f"{plan.slug}-everybody"
        walk = _Walk(office, plan, folder)
        people: list[Seen] = []
        for chunk in _chunks(first, contacts):
            people += walk.look_at(chunk)
            on_progress(len(people))
    page = folder / "index.html"
    write_atomically(page, render_sheet(plan.release.headline, people).encode(), mode=0o600)
    return Sheet(page, tuple(people), plan)


def _plan(office: Office, request: Request, first: Contact) -> Plan:
    """Check the release and the templates as a send would, for somebody of whom nothing is known."""
    nobody = Contact(parse_address(NOBODY), dict.fromkeys(first.fields, "") | {"email": NOBODY}, "no list", 0, 0)
    plan = prepare_for(office, request, [nobody], problems=[])
    plan.spool.close()
    return plan


def _chunks(first: Contact, contacts: Iterator[Contact]) -> Iterator[list[Contact]]:
    chunk = [first]
    for contact in contacts:
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
        chunk.append(contact)
    yield chunk


class _Walk:
    """Makes the mails of one mailing and writes them into a folder."""

    def __init__(self, office: Office, plan: Plan, folder: Path) -> None:
        self._office = office
        self._folder = folder
        text = unpack(plan.edition)
        name = full_name(plan.slug, MailingKind.RELEASE, 1)
        self._merger = Merger(text, mailing=name, kind=MailingKind.RELEASE, keys=office.keys)
        self._own = text.release.language
        self._postal_address = text.ways.sender.postal_address
        self._count = 0
        self._pictures: dict[str, str] = {}  # the file of each by its Content-ID, which all mails share
        self._terms = _terms(office, plan)
        _clear(folder)

    def look_at(self, contacts: Sequence[Contact]) -> list[Seen]:
        """Make the mails of some people; return what the sheet says of each."""
        skipped = skipped_people(self._office, contacts)
        return [
            self._look_at(contact, skipped.get(number, ""))
            for number, contact in enumerate(as_first_mail(self._office, contacts))
        ]

    def _look_at(self, contact: Contact, skipped: str) -> Seen:
        outlet = contact.fields.get("outlet", "")
        place = " · ".join(part for part in (outlet, f"{contact.list_name} line {contact.line}") if part)
        who = (str(contact.address), contact.name, place)
        if skipped:
            return Seen(*who, skipped=skipped)
        self._count += 1
        try:
            merged = self._merger.merge(contact.address, contact.fields, date=self._office.clock())
        except MailerError as error:
            return Seen(*who, problems=tuple(str(each) for each in gather(error)))
        html, text, source = self._write(merged)
        return Seen(
            *who,
            subject=merged.rendered.subject,
            manner=merged.manner.described(self._own),
            size=len(merged.envelope.data),
            html=html,
            text=text,
            source=source,
            waits=self._terms.left_out(contact) is not None,
            problems=self._problems(merged),
        )

    def _problems(self, merged: Merged) -> tuple[str, ...]:
        checks = check_message(merged.envelope.data, postal_address=self._postal_address, optouts=merged.optouts)
        return tuple(
            f"not so: {each.message}" for each in checks if not each.passed and each.severity is Severity.ERROR
        )

    def _write(self, merged: Merged) -> tuple[str, str, str]:
        html = self._with_pictures(merged)
        contents = (html.encode(), merged.rendered.text.encode(), merged.envelope.data)
        names = [f"{self._count:05}{suffix}" for suffix in (".html", ".txt", ".eml")]
        for name, data in zip(names, contents, strict=True):
            if data:
                path = self._folder / name
                path.write_bytes(data)
                path.chmod(0o600)
        return names[0] if contents[0] else "", names[1], names[2]

    def _with_pictures(self, merged: Merged) -> str:
        """Return the page with the pictures inside the mail as files beside it, each written once."""
        html = merged.rendered.html
        if "cid:" not in html:
            return html
        if not self._pictures:
            for number, (name, (kind, data)) in enumerate(pictures_inside(merged.envelope.data).items(), start=1):
                self._pictures[name] = f"picture-{number}.{kind.rpartition('/')[2].lower()}"
                path = self._folder / self._pictures[name]
                path.write_bytes(data)
                path.chmod(0o600)
        return with_sources(html, self._pictures)


def _terms(office: Office, plan: Plan) -> Terms:
    """Return whom the embargo binds if it were sent now to whoever agreed."""
    return embargo_terms(plan.release, replace(plan.request, kind=MailingKind.RELEASE), now=office.clock())[1]


def _clear(folder: Path) -> None:
    """Take away an earlier sheet; a folder with anything else in it is left alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = list(folder.iterdir())
        strange = next((each.name for each in files if not _OURS.fullmatch(each.name)), "")
        if strange:
            raise InputProblem(f'there is "{strange}", which no contact sheet has', source=str(folder))
        for each in files:
            each.unlink()
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(folder)) from None
