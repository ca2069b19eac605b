"""Grounds: what planning looks at for the law's sake, person by person.

Owns three things: whoever is kept past their own date gets no mail; what a row should say of the grounds and does not
is told once for all of them; and the first mail to a person carries the privacy notice of mailer.toml (GDPR Art. 14 and
21; standards L4, L5, L8). That somebody was told is known by the ledger alone: a mail with the notice that a relay
accepted. A test shows what a first mail looks like, and counts for nobody.
Gap: two mailings that are planned before either went out both carry the notice.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from mailer.contacts.consent import CONCERNS, find_concerns, retention_over, says_anything
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import InputProblem, Problem, Severity
from mailer.events import MailingKind
from mailer.ledger.person import told_people
from mailer.message import Rendered
from mailer.runs.office import Office
from mailer.runs.planning.merge import NOTICE
from mailer.settings import Privacy
from mailer.tokens import address_digest

_CARRIES: Final = "1"


class Grounds:
    """Looks at the people of one plan."""

    def __init__(self, privacy: Privacy, *, kind: MailingKind, today: date) -> None:
        """Take what mailer.toml says of the notice, the kind of mailing, and the day of the plan."""
        self._privacy = privacy
        self._is_test = kind is MailingKind.TEST
        self._today = today
        self._concerns: Counter[str] = Counter()
        self._says_anything = False
        self._without_source = 0

    @property
    def tells(self) -> bool:
        """Return whether first mails carry a notice at all."""
        return bool(self._privacy.url)

    def left_out(self, contact: Contact) -> LeftOut | None:
        """Return why a person who is kept past their own date gets no mail; None for everybody else."""
        until = None if self._is_test else retention_over(contact.fields, today=self._today)
        if until is None:
            return None
        message = f'"{contact.address}": the list keeps them until {until:%Y-%m-%d}, and that is over'
        place = (contact.list_name, contact.row, contact.line)
        return LeftOut(LeftOutReason.RETENTION_OVER, *place, str(contact.address), message)

    def with_notice(self, contact: Contact, *, is_told: bool) -> Contact:
        """Return a person as their mail is made: with the notice where they were never told, by us or by the list."""
        if not self.tells or is_told or (contact.fields.get("notice_sent_at") and not self._is_test):
            return contact
        return replace(contact, fields={**contact.fields, NOTICE: _CARRIES})

    def look(self, contact: Contact, rendered: Rendered) -> None:
        """Look at a person who gets the mail, and at their mail.

        Raises:
            InputProblem: it should carry the notice, and the template does not print it.
        """
        self._says_anything = self._says_anything or says_anything(contact.fields)
        self._concerns.update(find_concerns(contact.fields))
        if not carries_notice(contact):
            return
        self._without_source += not contact.fields.get("source")
        url = self._privacy.url
        if url not in rendered.text or (rendered.html and html.escape(url) not in rendered.html):
            raise InputProblem(
                "the template does not print the privacy notice of mailer.toml in both parts",
                hint="It needs {{ notice }} and {{ notice_url }}, as docs/privacy.md has them.",
            )

    def problems(self) -> Iterator[Problem]:
        """Yield what is missing, once for all whom it concerns."""
        if self._says_anything and not self._is_test:
            for code, count in sorted(self._concerns.items()):
                yield Problem(code, f"{count} {CONCERNS[code]}", Severity.WARNING, "the lists")
        if self._without_source and not self._is_test:
            count = self._without_source
            who = "1 person gets" if count == 1 else f"{count} people get"
            message = f'{who} a first mail that cannot say where the address is from: a column "source" would tell'
            yield Problem("no-source", message, Severity.WARNING, "the lists")


def carries_notice(contact: Contact) -> bool:
    """Return whether a person's mail carries the notice."""
    return bool(contact.fields.get(NOTICE))


def as_first_mail(office: Office, contacts: Iterable[Contact]) -> list[Contact]:
    """Return people as their next real mail would be made, with the notice where they have not been told."""
    grounds = Grounds(office.settings.privacy, kind=MailingKind.RELEASE, today=office.clock().date())
    people = list(contacts)
    digests = [address_digest(office.keys, each.address.key) for each in people]
    told: frozenset[bytes] = frozenset()
    if grounds.tells and office.ledger is not None:
        with office.ledger.reading() as connection:
            told = told_people(connection, digests)
    return [grounds.with_notice(each, is_told=digest in told) for each, digest in zip(people, digests, strict=True)]
