"""Skips: who of some people a mailing would pass over, since they, or a server, said not to mail them.

Owns the question to the ledger, as a send asks it. Never changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailer.contacts.values import Contact
from mailer.events import MailingKind
from mailer.ledger.scopes import asked_about, scopes_of
from mailer.ledger.suppressions import active_suppressions
from mailer.runs.office import Office


def skipped_people(office: Office, contacts: Sequence[Contact]) -> dict[int, str]:
    """Return why people are passed over, by their place in `contacts`; whoever gets a release is not in it."""
    ledger, keys = office.ledger, office.keys
    if ledger is None:
        return {}
    asked = [
        asked_about(
            keys,
            each.address,
            outlet=each.fields.get("outlet", ""),
            scopes=scopes_of(each.list_name, MailingKind.RELEASE.value),
        )
        for each in contacts
    ]
    with ledger.reading() as connection:
        held = active_suppressions(connection, asked)
    words = {number: held.get(each.address_digest) for number, each in enumerate(asked)}
    return {number: each.word for number, each in words.items() if each is not None}
