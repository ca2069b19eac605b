"""Suppressing: the noes that come with people who are brought to a list.

Two kinds. What stands against somebody for the list that they come from (their own no, or that of their domain or
outlet) stands for the list that they come to: a row that is moved, copied or split must not get mail that its owner
refused. Somebody who was there before has that list's mail, and keeps it. And whom an imported file marks as not to be
mailed becomes suppressed, with file and line as the evidence; whoever is suppressed already, for as strong a reason,
stays as they are. Never writes a list; the ledger only by the two functions that record.

Gap: a file that somebody renames or copies by hand, past `lists import`, is a new list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from mailer.address import Address, InvalidAddress, parse_address
from mailer.contacts.digests import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.values import Contact, LeftOut, MarkReason
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys, verify_keys
from mailer.ledger.scopes import PERSON, asked_about, list_scope
from mailer.ledger.suppressions import (
    COMPLAINED,
    DEAD_ADDRESS,
    DO_NOT_CONTACT,
    MANUAL,
    OPTED_OUT,
    NewSuppression,
    active_suppressions,
)
from mailer.runs.lists import open_list
from mailer.runs.lists.editing import ADDED, EditPlan
from mailer.runs.lists.import_list import ImportPlan, ImportRequest, plan_import
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import RANK, suppress_many
from mailer.runs.suppressions.suppressed import Against, find_against
from mailer.runs.untrusted.lists import Watch
from mailer.tokens import address_digest

_AT_ONCE = 500


def find_noes(office: Office, people: Iterable[Contact], *, source: str, target: str) -> Iterator[NewSuppression]:
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


def find_moved_noes(office: Office, plan: EditPlan, *, source: str, target: str) -> list[NewSuppression]:
    """Return what goes along with whom a plan moves from one list to another.

    Raises:
        InputProblem: a list cannot be read.
    """
    paths = office.workspace.list_path(source), office.workspace.list_path(target)
    moved = {parse_address(row.email).key for row in plan.rows if row.action == ADDED}
    with open_list(office.workspace, paths[0]) as list_file:
        people = (each for each in list_file.entries() if isinstance(each, Contact) and each.address.key in moved)
        return list(find_noes(office, people, source=paths[0].name, target=paths[1].name))


def _find_copied_noes(office: Office, file: Path, target: Path) -> list[NewSuppression]:
    """What goes along where the file that is imported is itself a list of this workspace; nothing for other files.

    Raises:
        InputProblem: it cannot be read.
    """
    source = next((path for path in office.workspace.lists() if path.resolve() == file.resolve()), None)
    if source is None or source.resolve() == target.resolve():
        return []
    with open_list(office.workspace, source) as list_file:
        people = (each for each in list_file.entries() if isinstance(each, Contact))
        return list(find_noes(office, people, source=source.name, target=target.name))


def plan_whole_import(office: Office, request: ImportRequest, *, watch: Watch | None = None) -> ImportPlan:
    """Plan an import, with whose no goes along and whom the file marks. Raises as `plan_import`."""
    plan = plan_import(office, request, watch=watch)
    plan.news = tuple(_unrecorded(office, plan))
    plan.noes = tuple(_find_copied_noes(office, Path(request.file).expanduser(), plan.path))
    return plan


def record_noes(office: Office, ledger: Ledger, noes: Sequence[NewSuppression]) -> None:
    """Let them stand; what stands there already stays."""
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        suppress_many(office, connection, noes)


# Marks in an imported file. All addresses of a marked person are recorded, but for a desk's beside their own: others
# read that one.

SOURCE: Final = "import"
_WRITTEN_AT_ONCE: Final = 1000
_REASONS: Final = {
    MarkReason.OPTED_OUT: OPTED_OUT,
    MarkReason.COMPLAINED: COMPLAINED,
    MarkReason.DEAD_ADDRESS: DEAD_ADDRESS,
    MarkReason.DO_NOT_CONTACT: DO_NOT_CONTACT,
    MarkReason.NO_CONSENT: MANUAL,  # nobody said no: whoever agrees later is let in by a click
}


def marked_people(plan: ImportPlan) -> Iterator[tuple[Address, str, str]]:
    """Yield whom the file marks, each once: (address, reason, note with file and line)."""
    file = Path(plan.request.file).name
    seen: set[str] = set()
    said = [
        (address, reason_of(entry, address), f"{file} line {entry.line}: {entry.message}")
        for entry in plan.marked
        for address in _theirs(entry)
    ]
    for cell in plan.barred:
        with suppress(InvalidAddress):
            said.append((parse_cell(cell), OPTED_OUT, f"{file}: a sheet of it says not to mail this address"))
    for address, reason, note in said:
        if address.key not in seen:
            seen.add(address.key)
            yield address, reason, note


def _unrecorded(office: Office, plan: ImportPlan) -> list[tuple[Address, str, str]]:
    """Return whom the file marks and the ledger does not have as suppressed, or for a weaker reason."""
    people = list(marked_people(plan))
    against = find_against(office, (address for address, _, _ in people), details=0)
    return [each for each in people if _is_news(each[1], against.get(digest(each[0].key)))]


def reason_of(entry: LeftOut, address: Address) -> str:
    """Return the reason that a mark means; in doubt it is the person's own word, which nobody lifts by a click.

    A desk is not a person who is not to be contacted: somebody there may have been.
    """
    reason = _REASONS[entry.mark] if entry.mark is not None else OPTED_OUT
    return MANUAL if reason == DO_NOT_CONTACT and address.is_role else reason


def _theirs(entry: LeftOut) -> Iterator[Address]:
    for number, address in enumerate(entry.addresses):
        if number == 0 or not address.is_role:
            yield address
    if not entry.addresses:
        with suppress(InvalidAddress):
            yield parse_cell(entry.value)


def _is_news(reason: str, against: Against | None) -> bool:
    if against is None:
        return True
    word, _, reach = against.reason.partition(" ")
    return bool(reach) or RANK[reason] > RANK[word]


def record_marked(office: Office, ledger: Ledger, people: Iterable[tuple[Address, str, str]]) -> int:
    """Suppress these people; return how many were not suppressed before."""
    rest = [
        NewSuppression(address_digest(office.keys, address.key), str(address), reason, SOURCE, note)
        for address, reason, note in people
    ]
    count = 0
    for start in range(0, len(rest), _WRITTEN_AT_ONCE):
        with ledger.writing() as connection:
            check_keys(connection, office.keys)
            count += len(suppress_many(office, connection, rest[start : start + _WRITTEN_AT_ONCE]).new)
    return count
