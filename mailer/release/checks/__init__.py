"""Checks: what an editor would stop or question before a release goes out.

An ERROR stops a mailing; a WARNING can be waived, one by one and with a reason; a NOTE informs. Every finding has a
code, its line, a sentence, and what to do. Pure: clock, files and answers from the web are passed in.

case.py          what a check is given, the table of codes, making a finding, and waiving findings
wording.py contacts.py links.py
                 one subject each, one function for each check; links includes pictures and documents. CHECKS lists all
comparisons.py   the release compared with the office's own texts, and with its other languages

`check_case` also returns the problems found while reading (`Release.problems`), so that the user sees all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from mailer.errors import Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.release.checks import comparisons, contacts, links, wording
from mailer.release.checks.case import Case, Input, Waived, sort_out
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

# findings that are dropped if there is a more precise one
_REPLACED_BY: Mapping[str, str] = {"headline-capitals": "headline-caps", "no-boilerplate": "boilerplate-missing"}
_REPLACED_AT_LINE: Mapping[str, str] = {"date-weekday": "embargo-weekday", "draft-mark": "embargo-unclear"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The result: open problems, the worst first; waived warnings; differences from the office's own texts."""

    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Return whether the release may go out."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def check_case(case: Case, *, more: Iterable[Problem] = (), inputs: Collection[Input] = (Input.TEXT,)) -> Checked:
    """Check a release; `more` has the findings from files and the web, `inputs` are what was checked."""
    found: list[Problem] = []
    for problem in case.release.problems:
        severity = Severity.ERROR if problem.code in wording.STOPS else problem.severity
        # the words that the reader quotes are what its finding is about
        quoted = re.search(r'"([^"]+)"', problem.message)
        found.append(replace(problem, severity=severity, about=problem.about or (quoted[1] if quoted else "")))
    known = {(problem.code, problem.line) for problem in found}
    found += [one for check in CHECKS for one in check(case) if (one.code, one.line) not in known]
    found += more
    codes = {problem.code for problem in found}
    found = [one for one in found if _REPLACED_BY.get(one.code, "") not in codes]
    found = [one for one in found if (_REPLACED_AT_LINE.get(one.code, ""), one.line) not in known]
    left, waived = sort_out(found, case.release.waivers, inputs)
    order = list(Severity)
    left.sort(key=lambda problem: (order.index(problem.severity), problem.line or 0))
    return Checked(tuple(left), waived, comparisons.differences(case))
