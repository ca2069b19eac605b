"""Suppressions: who must not be mailed, for which reason, and how they opt out.

An opt-out is an event; the suppression is the state that follows from it, kept under a digest of the address, so that
it outlives every spreadsheet. This package changes and queries that state. It opens no list and plans no mailing:
it only knows their names (how far a suppression reaches, which mailing led to it).

opt_out.py   added by staff, or by the token or link of a mail; confirmed, lifted; which reason replaces which
exchange.py  suppressions from and for other tools, as files

This module asks the ledger, in batches, which of many people are suppressed, and since when. A list may have a million
rows, so people are streamed and only those who are suppressed are kept. Lists (import, export, find, figures) and plans
use this; sending checks by itself, with each claim, so that an opt-out that came after the plan still counts. Without a
ledger nobody is suppressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mailer.address import Address, InvalidAddress
from mailer.contacts.folding import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.values import Contact, LeftOut
from mailer.events import MailingKind
from mailer.frozen import dataclass, field
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import (
    ActiveSuppression,
    SuppressionQuery,
    active_suppressions,
    find_suppression,
    find_suppressions,
    query_for,
    scopes_of,
)
from mailer.runs.office import Office
from mailer.tokens import address_digest
from mailer.words import read_section

REASON_WORDS: Mapping[str, str] = read_section("screen", "reasons")["suppressed"]


@dataclass(frozen=True, slots=True)
class SuppressionSummary:
    """Why someone is suppressed: the reason in the form of `ActiveSuppression.word`, since when, and from where."""

    reason: str
    since: datetime | None = None
    source: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """Return the reason in words, with the date if it is known."""
        reason, _, reach = self.reason.partition(" ")
        words = REASON_WORDS.get(reason, reason) + (f" ({reach})" if reach else "")
        return f"{words}, {self.since:%Y-%m-%d}" if self.since else words


def find_suppressed(
    office: Office, people: Iterable[Address | Contact], *, list_name: str = "", details: int = 1000
) -> dict[bytes, SuppressionSummary]:
    """Return who of these people is suppressed, by their digest within a run (`contacts.folding.digest`).

    Contacts are also looked up by their outlet, and, with `list_name`, in the scope of that list. The date and the
    note are only read for the first `details` people.
    """
    found: dict[bytes, SuppressionSummary] = {}
    if office.ledger is None:
        return found
    scopes = scopes_of(list_name)
    with office.reading(office.ledger) as connection:
        for batch in in_parts(people):
            queries = [_query(office, each, scopes) for each in batch]
            addresses = (each.address if isinstance(each, Contact) else each for each in batch)
            by_name = {one.address_digest: digest(each.key) for one, each in zip(queries, addresses, strict=True)}
            for name, held in active_suppressions(connection, queries).items():
                row = find_suppression(connection, name, scope=held.scope) if len(found) < details else None
                about = (row.created_at, row.source, row.note) if row else ()
                found[by_name[name]] = SuppressionSummary(held.word, *about)
    return found


def find_in_any_scope(office: Office, people: Iterable[Address]) -> dict[bytes, SuppressionSummary]:
    """Return who of these people is suppressed in any scope, be it one list or one kind of mailing.

    Suppressions that hold everywhere come first. Keys are digests within a run, as of `find_suppressed`.
    """
    everybody = {address_digest(office.keys, each.key): each for each in people}
    found: dict[bytes, SuppressionSummary] = {}
    if office.ledger is None:
        return found
    with office.reading(office.ledger) as connection:
        for batch in in_parts(everybody):
            for row in find_suppressions(connection, batch):
                word = ActiveSuppression(row.reason, row.scope, row.subject).word
                name = digest(everybody[row.address_digest].key)
                found.setdefault(name, SuppressionSummary(word, row.created_at, row.source, row.note))
    return found | find_suppressed(office, everybody.values())


def _query(office: Office, person: Address | Contact, scopes: Sequence[str]) -> SuppressionQuery:
    if isinstance(person, Address):
        return query_for(office.keys, person, scopes=scopes)
    return query_for(office.keys, person.address, outlet=person.fields.get("outlet", ""), scopes=scopes)


@dataclass(slots=True)
class Watch:
    """A person to follow through a plan: their rows that are left out, their planned contact, and why it is skipped."""

    address: Address
    left_out: list[LeftOut] = field(default_factory=list)
    planned: Contact | None = None
    skipped: str = ""

    def note(self, entry: LeftOut) -> None:
        """Keep a row that is left out, if it is the person's; a malformed cell may still contain their address."""
        try:
            is_same = parse_cell(entry.value).key == self.address.key
        except InvalidAddress:
            is_same = str(self.address).casefold() in entry.value.casefold()
        if is_same:
            self.left_out.append(entry)

    def takes(self, contact: Contact, skipped: str) -> bool:
        """Return whether a planned contact is the person, and if so keep it, with the reason why it is `skipped`."""
        if contact.address.key != self.address.key:
            return False
        self.planned, self.skipped = contact, skipped
        return True


def skipped_people(office: Office, contacts: Sequence[Contact]) -> dict[int, str]:
    """Return why contacts are skipped, by their index in `contacts`; those who get the release are missing."""
    if office.ledger is None:
        return {}
    kind = MailingKind.RELEASE.value
    queries = [_query(office, each, scopes_of(each.list_name, kind)) for each in contacts]
    with office.ledger.reading() as connection:
        held = active_suppressions(connection, queries)
    return {index: held[each.address_digest].word for index, each in enumerate(queries) if each.address_digest in held}
