"""Record marked: whom an imported file marks as not to be mailed becomes suppressed.

Owns which reason a mark means, and the note with file and line, which is the evidence. All addresses of a marked person
are recorded, but for a desk's beside their own. Whoever is suppressed already, for as strong a reason, stays as they
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from mailer.address import Address, InvalidAddress
from mailer.contacts.digests import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.values import LeftOut, MarkReason
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.suppressions import COMPLAINED, DEAD_ADDRESS, DO_NOT_CONTACT, MANUAL, OPTED_OUT, NewSuppression
from mailer.runs.lists.import_list import ImportPlan
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import RANK, suppress_many
from mailer.runs.suppressions.suppressed import Against, find_against
from mailer.tokens import address_digest

SOURCE: Final = "import"
_AT_ONCE: Final = 1000
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


def unrecorded(office: Office, plan: ImportPlan) -> list[tuple[Address, str, str]]:
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
    for start in range(0, len(rest), _AT_ONCE):
        with ledger.writing() as connection:
            check_keys(connection, office.keys)
            count += len(suppress_many(office, connection, rest[start : start + _AT_ONCE]).new)
    return count
