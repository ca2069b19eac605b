"""Record marked: whom an imported file marks as not to be mailed becomes suppressed.

Owns the reason that a mark means: a dead address (bounced, cleaned), a complaint, else the person's own no; and the
note with file and line, which is the evidence. Whoever is suppressed already stays as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from mailer.address import Address, InvalidAddress
from mailer.contacts.cells import parse_cell
from mailer.contacts.digests import digest
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.suppressions import COMPLAINED, DEAD_ADDRESS, OPTED_OUT, NewSuppression
from mailer.runs.import_list import ImportPlan
from mailer.runs.office import Office
from mailer.runs.opt_out import suppress_many
from mailer.runs.standing_against import find_against
from mailer.tokens import address_digest

SOURCE = "import"
_AT_ONCE = 1000
_DEAD = re.compile(r"bounc|cleaned|undeliver|unzustellbar|invalid", re.IGNORECASE)
_COMPLAINT = re.compile(r"complain|spam|abuse", re.IGNORECASE)


def marked_people(plan: ImportPlan) -> Iterator[tuple[Address, str, str]]:
    """Give whom the file marks, each once: (address, reason, note with file and line)."""
    file = Path(plan.request.file).name
    seen: set[str] = set()
    cells = [(entry.value, f"{file} line {entry.line}: {entry.message}") for entry in plan.marked]
    cells += [(cell, f"{file}: a sheet of it says not to mail this address") for cell in plan.barred]
    for cell, note in cells:
        with suppress(InvalidAddress):
            address = parse_cell(cell)
            if address.key not in seen:
                seen.add(address.key)
                yield address, reason_of(note.partition(": ")[2]), note


def unrecorded(office: Office, plan: ImportPlan) -> list[tuple[Address, str, str]]:
    """Give whom the file marks and the ledger does not have as suppressed."""
    people = list(marked_people(plan))
    against = find_against(office, (address for address, _, _ in people), details=0)
    return [each for each in people if digest(each[0].key) not in against]


def reason_of(said: str) -> str:
    """Give the reason that a mark means; in doubt it is the person's own word, which nobody lifts by a click."""
    if _COMPLAINT.search(said):
        return COMPLAINED
    return DEAD_ADDRESS if _DEAD.search(said) else OPTED_OUT


def record_marked(office: Office, ledger: Ledger, people: Iterable[tuple[Address, str, str]]) -> int:
    """Suppress these people; gives how many were not suppressed before."""
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
