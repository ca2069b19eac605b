"""Count lists: figures of the lists, with what the ledger adds to them.

Owns the joining of a list's figures with who bounced, who opted out and when they were last written to. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mailer.address import Address
from mailer.contacts.figures import Figures
from mailer.contacts.values import Contact
from mailer.errors import InputProblem, Problem, gather
from mailer.ledger.connection import verify_keys
from mailer.ledger.contacted import last_mailed
from mailer.runs.lists import open_list
from mailer.runs.office import Office
from mailer.runs.suppressions.suppressed import find_against
from mailer.tokens import address_digest

_AT_ONCE = 2000


@dataclass(slots=True)
class Counted:
    """A list's figures: its own, how many are suppressed by reason, how many were ever mailed, and when last."""

    name: str
    file: str
    figures: Figures
    suppressed: Counter[str] = field(default_factory=Counter)
    mailed: int = 0
    last: datetime | None = None


def count_lists(office: Office, paths: Iterable[Path]) -> tuple[list[Counted], Counted, list[Problem]]:
    """Count each of these lists, and all of them together; lists that cannot be read become problems."""
    counted: list[Counted] = []
    problems: list[Problem] = []
    together = Counted("", "", Figures())
    for path in paths:
        one = Counted(path.stem, office.workspace.show(path), Figures())
        try:
            _count(office, path, one, together)
        except InputProblem as error:
            problems += gather(error)
        else:
            counted.append(one)
    return counted, together, problems


def _count(office: Office, path: Path, one: Counted, together: Counted) -> None:
    today = office.clock().date()
    waiting: list[tuple[Address, bool]] = []
    with open_list(office.workspace, path) as list_file:
        for entry in list_file.entries():
            fresh = together.figures.add(entry, today)
            if one.figures.add(entry, today) and isinstance(entry, Contact):
                waiting.append((entry.address, fresh))
            if len(waiting) >= _AT_ONCE:
                _ask(office, waiting, one, together)
    _ask(office, waiting, one, together)


def _ask(office: Office, waiting: list[tuple[Address, bool]], one: Counted, together: Counted) -> None:
    """Ask the ledger about some people, and let go of them; who is fresh counts for all lists together too."""
    if office.ledger is None:
        waiting.clear()
        return
    for fresh, counts in ((True, (one, together)), (False, (one,))):
        people = [address for address, is_fresh in waiting if is_fresh is fresh]
        against = find_against(office, people, details=0)
        with office.ledger.reading() as connection:
            verify_keys(connection, office.keys)
            last = last_mailed(connection, [address_digest(office.keys, each.key) for each in people])
        for count in counts:
            count.suppressed.update(each.reason for each in against.values())
            count.mailed += len(last)
            count.last = max([*last.values(), *([count.last] if count.last else [])], default=None)
    waiting.clear()
