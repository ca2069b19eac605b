"""Noes: what stands against somebody for the list that they come from stands for the list that they come to.

A row that is moved, copied, merged or split must not get mail that its owner refused, be it their own no or that of
their domain or outlet. Somebody who was on the other list before has that list's mail, and keeps it. Writes no list.

Gap: a file that somebody renames or copies by hand, past `lists import`, is a new list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mailer.address import parse_address
from mailer.contacts.values import Contact
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys, verify_keys
from mailer.ledger.scopes import PERSON, asked_about, list_scope
from mailer.ledger.suppressions import NewSuppression, active_suppressions
from mailer.runs.lists import open_list
from mailer.runs.lists.editing import ADDED, EditPlan
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import suppress_many

_AT_ONCE = 500


def find_carried(office: Office, people: Iterable[Contact], *, source: str, target: str) -> Iterator[NewSuppression]:
    """Yield what is to stand for the list `target` about these people of the list `source`.

    Raises:
        LedgerProblem: the keys are not the ledger's own.
    """
    if office.ledger is None:
        return
    here, there = list_scope(source), list_scope(target)
    rest = iter(people)
    with office.ledger.reading() as connection:
        verify_keys(connection, office.keys)
        while batch := list(islice(rest, _AT_ONCE)):
            asked = {
                each.address_digest: (each, contact.address)
                for contact in batch
                for each in [asked_about(office.keys, contact.address, outlet=contact.fields["outlet"], scopes=[here])]
            }
            for digest, held in active_suppressions(connection, (each for each, _ in asked.values())).items():
                about = "" if held.subject == PERSON else f", as a whole {held.subject}"
                note = f"said about {here}{about}; brought along from there"
                yield NewSuppression(digest, str(asked[digest][1]), held.reason, "staff", note, scope=there)


def find_moved_carried(office: Office, plan: EditPlan, *, source: str, target: str) -> list[NewSuppression]:
    """Return what goes along with whom a plan moves from one list to another.

    Raises:
        InputProblem: a list cannot be read.
    """
    paths = office.workspace.list_path(source), office.workspace.list_path(target)
    moved = {parse_address(row.email).key for row in plan.rows if row.action == ADDED}
    with open_list(office.workspace, paths[0]) as list_file:
        people = (each for each in list_file.entries() if isinstance(each, Contact) and each.address.key in moved)
        return list(find_carried(office, people, source=paths[0].name, target=paths[1].name))


def record_carried(office: Office, ledger: Ledger, carried: Sequence[NewSuppression]) -> None:
    """Let them stand; what stands there already stays."""
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        suppress_many(office, connection, carried)
