"""Mails: what a release would send to everybody on a list, made and looked at; nothing is sent, and nothing kept.

Owns the walk over the people, the invented reader where no list is named, and which mails a spam filter is shown: one
of each manner. Whoever has opted out is passed over, as by a send. The text itself is `examine`'s: its errors do not
stop this.
Raises `InputProblem` for what concerns release, templates or lists as a whole, `ConfigProblem` without a sender.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from mailer.address import parse_address
from mailer.contacts.audience import select_audience
from mailer.contacts.values import MEANINGS, Contact
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.events import MailingKind
from mailer.ledger.mailings import full_name
from mailer.message.values import Check
from mailer.release.checks import Checked
from mailer.release.values import Waiver
from mailer.runs.checking.spam import Letter
from mailer.runs.lists import opened_lists
from mailer.runs.lists.choosing import choose_contact
from mailer.runs.office import Office
from mailer.runs.planning.edition import Text, pack, read_sources, unpack
from mailer.runs.planning.findings import Finding, Findings, Watching, largest_mail
from mailer.runs.planning.merge import Manner, Merged, Merger
from mailer.runs.planning.request import Request
from mailer.runs.planning.rules import as_first_mail, embargo_terms
from mailer.runs.suppressions.suppressed import skipped_people

WHOLE: Final = 200  # so many are looked at whole, all others for what can differ from person to person
MOST_LETTERS: Final = 12
_CHUNK = 100
_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_NO_COLUMN = "contact has no field"
_NOBODY_MEANT = "--where means nobody on these lists"
# somebody of whom a list knows a good deal: what is wrong with their mail is not the fault of an empty cell
_INVENTED: Final = {
    "email": "ada.brook@example.com",
    "name": "Ada Brook",
    "first_name": "Ada",
    "last_name": "Brook",
    "salutation": "Dear Ada Brook",
    "outlet": "The Daily Example",
    "role": "reporter",
    "beat": "news",
    "phone": "+44 20 7946 0000",
    "country": "GB",
}


@dataclass(frozen=True, slots=True)
class Specimen:
    """A mail that stands for all that are made in its manner: whose it is, and what a spam filter is handed."""

    person: str
    manner: str
    letter: Letter


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in the mails: how many were made and seen whole, who was passed over and why."""

    made: int
    whole: int
    skipped: Mapping[str, int]
    findings: tuple[Finding, ...]
    specimens: tuple[Specimen, ...] = field(repr=False)
    waivers: tuple[Waiver, ...] = ()

    def problem(self, finding: Finding) -> Problem:
        """Return a finding as it is told: with whom it concerns, where not all mails have it."""
        return finding.problem(self.whole)


def look_at_mails(
    office: Office,
    request: Request,
    *,
    text: Checked,
    person: str = "",
    on_progress: Callable[[int], None] = lambda _: None,
) -> Looked:
    """Make the mail of everybody on the request's lists, or of `person` alone, and look at each.

    Without lists it is the mail of somebody invented, or of somebody unknown with the address `person`. `text` is what
    was found in the release.

    Raises:
        InputProblem: release, templates or lists cannot be used, or nobody can be written to.
        ConfigProblem: mailer.toml names no such sender.
    """
    walk = _Walk(office, request, text)
    if person:
        walk.look_at([choose_contact(office, request.lists, person, request.selection)])
    elif not request.lists:
        walk.look_at([_invented()])
    else:
        for chunk in _chunks(office, request):
            walk.look_at(chunk)
            on_progress(walk.seen)
    return walk.result()


def _invented() -> Contact:
    fields = dict.fromkeys(MEANINGS, "") | _INVENTED
    return Contact(parse_address(fields["email"]), fields, "", 0, 0)


def _chunks(office: Office, request: Request) -> Iterator[list[Contact]]:
    with opened_lists(office, request.lists) as (lists, problems):
        if problems:
            raise InputProblem("The lists cannot be used.", problems=problems)
        people = select_audience(lists, selection=request.selection)
        contacts = (each for each in people if isinstance(each, Contact))
        chunk = list(islice(contacts, _CHUNK))
        if not chunk:
            nobody = "nobody on these lists can be written to" if request.selection.is_everybody else _NOBODY_MEANT
            raise InputProblem(nobody, hint="mailer lists check LIST   says why")
        while chunk:
            yield chunk
            chunk = list(islice(contacts, _CHUNK))


def _text(office: Office, request: Request, examined: Checked) -> Text:
    """Read today's files as a send would, and as they will read when it goes out."""
    release, sources, ways, _ = read_sources(office, request, examined=examined)
    release, terms = embargo_terms(release, request, now=office.clock())
    return unpack(pack(replace(sources, is_lifted=terms.is_lifted), release, ways))


class _Walk:
    """Makes mails and looks at them."""

    def __init__(self, office: Office, request: Request, examined: Checked) -> None:
        self._office = office
        self._is_invented = not request.lists
        text = _text(office, request, examined)
        sender = text.ways.sender
        self._own = text.release.language
        self._waivers = tuple(waiver for release in text.releases for waiver in release.waivers)
        mailing = full_name(text.release.slug, MailingKind.RELEASE, 1)
        self._merger = Merger(text, mailing=mailing, kind=MailingKind.RELEASE, keys=office.keys)
        relay = next(iter(office.settings.relays_for(sender.domain)), request.relay)
        self._watching = Watching(sender.postal_address, size_limit=largest_mail(relay), whole=WHOLE)
        self._skipped: Counter[str] = Counter()
        self._specimens: dict[Manner, Specimen] = {}
        self._made = 0

    @property
    def seen(self) -> int:
        """Return how many people were seen so far."""
        return self._findings.looked_at + self._skipped.total()

    @property
    def _findings(self) -> Findings:
        return self._watching.findings

    def look_at(self, contacts: Sequence[Contact]) -> None:
        skipped = skipped_people(self._office, contacts)
        self._skipped.update(skipped.values())
        for number, contact in enumerate(as_first_mail(self._office, contacts)):
            if number not in skipped:
                self._look_at(contact)

    def _look_at(self, contact: Contact) -> None:
        person = str(contact.address)
        try:
            merged = self._merger.merge(contact.address, contact.fields, date=self._office.clock())
        except MailerError as error:
            self._findings.add_not_made(person, map(self._not_made, gather(error)))
            return
        self._made += 1
        self._watching.look(person, merged, note=contact.fields["note"])
        self._keep(person, merged)

    def _not_made(self, problem: Problem) -> Check:
        """Return what is wrong with a template; that an invented reader lacks a column of the office's is no fault."""
        said = replace(problem, message=_FOR_PERSON.sub("", problem.message))
        if self._is_invented and problem.message.startswith(_NO_COLUMN):
            hint = "--to LIST makes it with the columns of a list."
            return Check(problem.code, passed=False, message=str(said), severity=Severity.NOTE, hint=hint)
        return Check(problem.code, passed=False, message=str(said), severity=problem.severity, hint=problem.hint)

    def _keep(self, person: str, merged: Merged) -> None:
        if merged.manner not in self._specimens and len(self._specimens) < MOST_LETTERS:
            envelope = merged.envelope
            letter = Letter(envelope.data, envelope.mail_from, envelope.rcpt_to)
            self._specimens[merged.manner] = Specimen(person, merged.manner.described(self._own), letter)

    def result(self) -> Looked:
        """Return what was found."""
        return Looked(
            self._made,
            self._findings.whole,
            dict(self._skipped),
            tuple(self._findings),
            tuple(self._specimens.values()),
            self._waivers,
        )
