"""Checks: what an editor would stop or question before a release goes out.

An ERROR stops a mailing; a WARNING can be waived, one by one and with a reason; a NOTE informs. Every finding has a
code, its line, a sentence, and what to do. Pure: clock, files and answers from the web are passed in.

case.py          what a check gets, the table of codes, making a finding, and which findings are waived
wording.py contacts.py links.py
                 one subject each, a function a check; links has pictures and documents too. CHECKS has all of them
comparisons.py   the release compared with the office's own texts, and with its other languages

`check_case` also returns the problems found while reading (`Release.problems`), so that the user sees all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from mailer.errors import Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.release.checks import comparisons, contacts, links, wording
from mailer.release.checks.case import Case, Looks, Waived, sort_out
from mailer.release.checks.comparisons import Difference

CHECKS: tuple[Callable[[Case], Iterator[Problem]], ...] = (
    wording.check_headline,
    wording.check_subhead,
    wording.check_embargo,
    wording.check_own_date,
    wording.check_days,
    wording.check_event,
    contacts.check_contacts,
    wording.check_hours,
    wording.check_structure,
    wording.check_leftovers,
    wording.check_draft_marks,
    wording.check_forbidden,
    wording.check_speakers,
    wording.check_marks,
    links.check_links,
    links.check_pictures,
    comparisons.check_boilerplates,
)

# what another finding, if there is one, says better
_SAID_BETTER: Mapping[str, str] = {"headline-capitals": "headline-caps", "no-boilerplate": "boilerplate-missing"}
_AT_THIS_LINE: Mapping[str, str] = {"date-weekday": "embargo-weekday", "draft-mark": "embargo-unclear"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: open problems, the worst first; warnings waved through; what differs from the house's texts."""

    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Return whether it may go out."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def check_case(case: Case, *, more: Iterable[Problem] = (), looked: Collection[Looks] = (Looks.TEXT,)) -> Checked:
    """Check a release; `more` is what files and the web told, `looked` says whether they were asked."""
    found: list[Problem] = []
    for problem in case.release.problems:
        severity = Severity.ERROR if problem.code in wording.STOPS else problem.severity
        # what reading quotes is what its finding is about
        quoted = re.search(r'"([^"]+)"', problem.message)
        found.append(replace(problem, severity=severity, about=problem.about or (quoted[1] if quoted else "")))
    known = {(problem.code, problem.line) for problem in found}
    found += [one for check in CHECKS for one in check(case) if (one.code, one.line) not in known]
    found += more
    codes = {problem.code for problem in found}
    found = [one for one in found if _SAID_BETTER.get(one.code, "") not in codes]
    found = [one for one in found if (_AT_THIS_LINE.get(one.code, ""), one.line) not in known]
    left, waived = sort_out(found, case.release.waivers, looked)
    order = list(Severity)
    left.sort(key=lambda problem: (order.index(problem.severity), problem.line or 0))
    return Checked(tuple(left), waived, comparisons.differences(case))
