"""Previews: the exact mail to one person, or to everybody, as files; and the plan of a test.

A preview is only useful if it shows what would be sent, so the mail is planned and made by the same code as a real
mailing (`prepare_for`, `Merger`), and is the same to the byte except for the Date and the signature. Nothing is sent
from here and no delivery changes. A test is a mailing of its own kind: its tokens opt nobody out, and a suppressed
inbox does not even get a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.contacts.audience import EVERYBODY, Audience, Selection
from mailer.contacts.values import Contact
from mailer.errors import InputProblem, MailerError, Severity, gather
from mailer.events import MailingKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger.connection import verify_keys
from mailer.ledger.mailings import full_name
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import active_suppressions, query_for
from mailer.message.checks import check_message
from mailer.preview.page import Mail, Seen, parse_mail, pictures_inside, render_sheet, with_pictures, with_sources
from mailer.runs.lists import opened_lists
from mailer.runs.lists.looking import NOBODY
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Merged, Merger, Text
from mailer.runs.planning.prepare import Plan, prepare_for
from mailer.runs.planning.request import Request
from mailer.runs.planning.rules import apply_embargo, as_first_mail
from mailer.runs.suppressions import skipped_people
from mailer.site.values import picture_path
from mailer.workspace import write_atomically


@dataclass(frozen=True, slots=True)
class Previewed:
    """One person's mail as it was made, and its files: HTML (none for plain text), text, source."""

    made: Made
    html: Path | None
    text: Path
    source: Path


@dataclass(frozen=True, slots=True)
class Made:
    """One person's mail, built to be shown: with its pictures in the HTML, which is empty for plain text."""

    contact: Contact
    plan: Plan
    recipient: str
    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    source: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tested:
    """The result of a test: its report, and the page of the preview inbox if it went there."""

    plan: Plan
    figures: Mapping[str, Any]
    page: Path | None

    @property
    def is_done(self) -> bool:
        """Return whether all messages were accepted."""
        return bool(self.figures["accepted"] == self.figures["planned"])


def preview_plan(office: Office, request: Request, contact: Contact) -> Plan:
    """Check one person's mail as a real send would; return the plan, for its text and its warnings.

    Raises InputProblem with every problem of release and templates, or if the person is suppressed.
    """
    plan = prepare_for(office, request, [contact], problems=[])
    plan.spool.close()
    if plan.tally.first is None:
        raise InputProblem(f"{contact.address} is suppressed: they would not get it", hint="mailer optouts list")
    return plan


def make_preview(office: Office, plan: Plan, contact: Contact) -> Made:
    """Build one person's mail byte for byte as the real mailing would, except for the Date and the signature."""
    (person,) = as_first_mail(office, [contact])
    text = unpack(plan.edition)
    merged = merger_of(office, plan.slug, text).merge(person.address, person.fields, date=office.clock())
    rendered, data = merged.rendered, merged.envelope.data
    html = _whole_page(rendered.html, data, text)
    return Made(contact, plan, merged.envelope.rcpt_to, rendered.subject, html, rendered.text, data)


def write_preview(office: Office, made: Made) -> Previewed:
    """Write the files of a preview.

    Raises InputProblem if the folder of previews cannot be written to.
    """
    folder = office.workspace.make_machine_folder("preview")
    stem = f"{made.plan.slug}-{made.recipient.replace('@', '-at-').replace('/', '_')}"
    html, text, source = (folder / f"{stem}{suffix}" for suffix in (".html", ".txt", ".eml"))
    write_atomically(text, made.text.encode(), mode=0o600)
    write_atomically(source, made.source, mode=0o600)
    if made.html:
        write_atomically(html, made.html.encode(), mode=0o600)
    else:
        html.unlink(missing_ok=True)  # of an earlier preview, before the person asked for plain text
    return Previewed(made, html if made.html else None, text, source)


def _whole_page(html: str, data: bytes, text: Text) -> str:
    """Return the HTML of a mail with its pictures in it, also those that will be in the newsroom when it is sent."""
    inside = pictures_inside(data)
    for each in text.images.values() if text.page else ():
        html = html.replace(text.page + picture_path(each), f"cid:{each.content_id}")
        inside[each.content_id] = each.media_type, each.data
    return with_pictures(html, inside)


@dataclass(frozen=True, slots=True)
class Looked:
    """Someone's mail as it would be sent, or why there is none; `html` has its pictures in it."""

    contact: Contact
    mail: Mail | None
    html: str = field(default="", repr=False)
    why: str = ""


def look_at_mails(office: Office, plan: Plan, contacts: Sequence[Contact]) -> list[Looked]:
    """Build the mails of some people, as they would be sent; write nothing."""
    text, found = unpack(plan.edition), list[Looked]()
    for contact, made in make_mails(office, merger_of(office, plan.slug, text), contacts):
        if not isinstance(made, Merged):
            found.append(Looked(contact, None, why=str(made)))
            continue
        data = made.envelope.data
        found.append(Looked(contact, parse_mail(data), _whole_page(made.rendered.html, data, text)))
    return found


def merger_of(office: Office, slug: str, text: Text) -> Merger:
    """Return a merger that makes mails of a release as its mailing would."""
    kind = MailingKind.RELEASE
    return Merger(text, mailing=full_name(slug, kind, 1), kind=kind, keys=office.keys)


def prepare_test(office: Office, request: Request, contact: Contact, inboxes: Sequence[str]) -> Plan:
    """Build the plan of a test: the contact's mail, marked as a test, to the inboxes (or to the preview inbox).

    Raises InputProblem if an inbox is not an address, or with every problem of release and templates.
    """
    if request.kind is not MailingKind.TEST:
        raise ValueError("a test is a mailing of kind test")
    targets = [parse_address(inbox) for inbox in inboxes] or [contact.address]
    if inboxes and office.ledger is not None:
        queries = {query_for(office.keys, each): each for each in targets}
        with office.ledger.reading() as connection:
            verify_keys(connection, office.keys)
            blocked = active_suppressions(connection, queries)
        named = ", ".join(str(each) for query, each in queries.items() if query.address_digest in blocked)
        if named:
            raise InputProblem(f"{named} is suppressed and gets no mail, not even a test", hint="mailer optouts list")
    entries = [Contact(each, contact.fields, contact.list_name, contact.row, contact.line) for each in targets]
    return prepare_for(office, request, entries, problems=[])


# Everybody's mail, in the order of the lists.

_CHUNK = 100
_OURS = re.compile(r"\d{5,}\.(?:html|txt|eml)|index\.html|picture-\d+\.[a-z0-9.+-]+")


def read_everybody(office: Office, lists: Sequence[str], selection: Selection) -> Iterator[list[Contact]]:
    """Yield the selected contacts of some lists, a chunk at a time.

    Raises InputProblem if a list cannot be used, or no contact is selected.
    """
    with opened_lists(office, lists) as (opened, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        contacts = (each for each in Audience(opened, selection=selection).entries() if isinstance(each, Contact))
        chunks = in_parts(contacts, _CHUNK)
        if (first := next(chunks, None)) is None:
            nobody = "no contact on these lists can be mailed"
            nobody = nobody if selection.is_everybody else "--where matches no contact on these lists"
            raise InputProblem(nobody, hint="mailer lists check LIST   says why")
        yield from chain([first], chunks)


def make_mails(
    office: Office, merger: Merger, contacts: Sequence[Contact]
) -> Iterator[tuple[Contact, str | Merged | MailerError]]:
    """Build people's next real mails: the mail, why it cannot be made, or why they are skipped (in a word)."""
    skipped = skipped_people(office, contacts)
    for number, contact in enumerate(as_first_mail(office, contacts)):
        if number in skipped:
            yield contact, skipped[number]
            continue
        try:
            yield contact, merger.merge(contact.address, contact.fields, date=office.clock())
        except MailerError as error:
            yield contact, error


# Contact sheet: everybody's mail with its problems, or why they get none. Files are written as the mails are made, and
# only a line of each is kept, so that a long list needs hardly more memory than a short one.


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet that was written: its first page, the people on it, and the plan that it was made from."""

    page: Path
    people: tuple[Seen, ...]
    plan: Plan

    @property
    def wrong(self) -> list[Seen]:
        """Return the people whose mail has problems."""
        return [each for each in self.people if each.problems]


def write_contact_sheet(
    office: Office,
    request: Request,
    base: Path,
    *,
    selection: Selection = EVERYBODY,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Sheet:
    """Build everybody's mail and a page of all of them, in a folder in `base`, which is emptied first.

    Raises InputProblem if the release, a template or a list cannot be used, or nobody is on the lists.
    """
    chunks = read_everybody(office, request.lists, selection)
    first = next(chunks)
    # release and templates are checked as a send would, for a contact without any data
    nobody = Contact(parse_address(NOBODY), dict.fromkeys(first[0].fields, "") | {"email": NOBODY}, "no list", 0, 0)
    plan = prepare_for(office, request, [nobody], problems=[])
    plan.spool.close()
    folder, merger = base / f"{plan.slug}-everybody", merger_of(office, plan.slug, unpack(plan.edition))
    # the embargo as if the release were sent now to those who agreed
    terms = apply_embargo(plan.release, replace(plan.request, kind=MailingKind.RELEASE), now=office.clock())[1]
    try:  # an earlier sheet is deleted; a folder with anything else in it is left alone
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = list(folder.iterdir())
        strange = next((each.name for each in files if not _OURS.fullmatch(each.name)), "")
        for each in () if strange else files:
            each.unlink()
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(folder)) from None
    if strange:
        raise InputProblem(f'this is not a contact sheet: it has "{strange}"', source=str(folder))
    people: list[Seen] = []
    pictures: dict[str, str] = {}  # files by Content-ID, which all mails share
    count = 0

    def write(name: str, content: bytes) -> None:
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o600)

    def write_mail(contact: Contact, made: str | Merged | MailerError) -> Seen:
        """Write a person's mail; return their line on the sheet."""
        nonlocal count
        about = (contact.fields.get("outlet", ""), f"{contact.list_name} line {contact.line}")
        person = (str(contact.address), contact.name, " · ".join(filter(None, about)))
        if isinstance(made, str):
            return Seen(*person, skipped=made)
        count += 1
        if isinstance(made, MailerError):
            return Seen(*person, problems=tuple(map(str, gather(made))))
        data, html = made.envelope.data, made.rendered.html
        if "cid:" in html:  # the pictures inside the mail become files beside it, each written once
            if not pictures:
                for number, (name, (kind, content)) in enumerate(pictures_inside(data).items(), start=1):
                    pictures[name] = f"picture-{number}.{kind.rpartition('/')[2].lower()}"
                    write(pictures[name], content)
            html = with_sources(html, pictures)
        parts = {".html": html.encode(), ".txt": made.rendered.text.encode(), ".eml": data}
        for suffix, content in parts.items():
            if content:
                write(f"{count:05}{suffix}", content)
        checks = check_message(data, postal_address=plan.sender.postal_address, optouts=made.optouts)
        wrong = [each.message for each in checks if not each.passed and each.severity is Severity.ERROR]
        return Seen(
            *person,
            subject=made.rendered.subject,
            manner=made.manner.described(plan.release.language),
            size=len(data),
            html=f"{count:05}.html" if html else "",
            text=f"{count:05}.txt",
            source=f"{count:05}.eml",
            waits=terms.left_out(contact) is not None,
            problems=tuple(f"not so: {message}" for message in wrong),
        )

    for chunk in chain([first], chunks):
        people += (write_mail(contact, made) for contact, made in make_mails(office, merger, chunk))
        on_progress(len(people))
    page = folder / "index.html"
    write_atomically(page, render_sheet(plan.release.headline, people).encode(), mode=0o600)
    return Sheet(page, tuple(people), plan)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail in the preview inbox; `html` has its pictures in it."""

    file: str
    at: datetime
    mail: Mail
    html: str = field(repr=False)


def read_preview_inbox(office: Office, *, most: int = 30, file: str = "") -> list[Arrived]:
    """Return the newest mails of the preview inbox, or the one in that file; there may be none."""
    folder = office.workspace.machine / "preview" / "Maildir"
    found = [path for part in ("new", "cur") if (folder / part).is_dir() for path in (folder / part).iterdir()]
    newest = sorted((path for path in found if file in {"", path.name}), key=lambda path: path.name, reverse=True)
    arrived = []
    for path in newest[:most]:
        with suppress(OSError):  # it was deleted meanwhile
            mail = parse_mail(path.read_bytes())
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            arrived.append(Arrived(path.name, at, mail, with_pictures(mail.html, mail.pictures)))
    return arrived
