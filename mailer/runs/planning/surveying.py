"""Surveying: who would get a mailing and who would not, counted before anything is made.

The lists are walked as for a plan, by the same rules and in the same order, and the ledger is asked about everybody;
only the mails are not made. So the counts are those of the plan, and cheap enough to be shown while somebody chooses.
What is wrong in the mails is found by the plan. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice

from mailer.contacts.audience import Audience, exclusion
from mailer.contacts.values import Contact, LeftOut
from mailer.frozen import dataclass, field
from mailer.runs.lists import usable_lists
from mailer.runs.office import Office
from mailer.runs.planning.plan import Plan
from mailer.runs.planning.prepare import prepare, prepare_for
from mailer.runs.planning.request import Request

FIRST = 12
_GLANCE = 300  # rows, among which the first who get it are looked for
_TELLS_EVERY = 500


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody of the lists who does not get it, where they stand, and why in a sentence."""

    email: str
    list_name: str
    line: int
    message: str


@dataclass(slots=True)
class Surveyed:
    """Who would get a mailing: how many, how many not for which reason, and those of the one `reason` asked about.

    It sees everybody of a plan, and lets no mail be made. `people` are at most so many after the first `after` of the
    reason; `first` are the first who get it, `domains` has everybody. `tell` hears how many, as far as was counted.
    """

    reason: str = ""
    after: int = 0
    most: int = 0
    tell: Callable[[int], None] = lambda _: None
    plan: Plan = field(init=False)
    to_send: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    people: list[Passed] = field(default_factory=list)
    first: list[Contact] = field(default_factory=list, repr=False)
    domains: Counter[str] = field(default_factory=Counter, repr=False)
    _passed: int = 0

    @property
    def left_out(self) -> Mapping[str, int]:
        """Return how many rows are left out, by reason."""
        return self.plan.tally.left_out

    @property
    def on_lists(self) -> int:
        """Return how many rows the lists have."""
        return self.to_send + sum(self.left_out.values()) + self.skipped.total()

    def note(self, entry: LeftOut) -> None:
        """Keep a row that is left out for the reason asked about."""
        if entry.reason.value == self.reason:
            self._keep(Passed(entry.value, entry.list_name, entry.line, entry.message))

    def takes(self, contact: Contact, skipped: str) -> bool:
        """Count somebody who is planned."""
        if not (self.to_send + self.skipped.total()) % _TELLS_EVERY:
            self.tell(self.to_send)
        if skipped:
            self.skipped[skipped] += 1
            if skipped == self.reason:
                self._keep(Passed(str(contact.address), contact.list_name, contact.line, ""))
        else:
            self.to_send += 1
            self.domains[contact.address.ascii_domain] += 1
            if len(self.first) < FIRST:
                self.first.append(contact)
        return False

    def _keep(self, person: Passed) -> None:
        self._passed += 1
        if self.after < self._passed <= self.after + self.most:
            self.people.append(person)


def survey(office: Office, request: Request, seen: Surveyed) -> Surveyed:
    """Count who would get a mailing and who would not, for the reason that is asked about there. Raises as `prepare`.

    What `tell` raises ends the counting.
    """
    seen.plan = prepare(office, request, watch=seen)
    seen.plan.spool.close()
    return seen


def glance(office: Office, request: Request) -> Surveyed:
    """Return the first who would get a mailing, found without reading all of a long list, and the text they would get.

    Raises as `prepare`.
    """
    seen = Surveyed()
    with usable_lists(office, request.lists) as lists:
        with usable_lists(office, request.excepts) as excepts:
            excluded = exclusion(excepts)
        entries = Audience(lists, excluded=excluded, selection=request.selection).entries()
        seen.plan = prepare_for(office, request, islice(entries, _GLANCE), problems=[], watch=seen)
    seen.plan.spool.close()
    return seen
