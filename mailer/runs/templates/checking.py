"""Checking: every sample release for every sample reader through one family, and all that is wrong, once each.

Owns the order in which a family is tried, and the gathering: what goes wrong in sixty mails is one problem, with the
first mail in which it does. The rules themselves are `message.check_message`'s, `saying`'s and `word`'s. Never changes
a file.
Raises nothing for a family that is wrong: that is what it reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from mailer.errors import InputProblem, Problem, Severity, gather
from mailer.runs.planning.edition import Ways
from mailer.runs.templates.samples import (
    FIRST,
    HOSTILE,
    PRIVACY,
    READERS,
    Sample,
    hostile_fields,
    suited,
    ways_to_leave,
)
from mailer.runs.templates.saying import missing_from
from mailer.runs.templates.trial import Compiled, Trial, Trials, compile_for_trial
from mailer.runs.templates.word import faults_for_word
from mailer.workspace import Workspace

_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_ELEMENT = re.compile(r"<(x-[a-z-]+|b)\s*>&")
_LONGEST: Final = 60
# how a check ends that concerns one part alone
_PART_FILES: Final = {": in the page": "email.html", ": in the text": "email.txt"}
_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a family: how many mails were made, of how many releases, and every problem once."""

    family: str
    mails: int
    releases: int
    problems: tuple[Problem, ...] = field(repr=False)

    @property
    def errors(self) -> int:
        """Return how many problems would stop a mailing."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class _Try:
    """One mail to be made; a `first` one carries the notice of privacy."""

    sample: Sample
    ways: Ways
    reader: str
    first: bool = False

    @property
    def where(self) -> str:
        return f"release {self.sample.name}, reader {self.reader}"


def check_family(
    workspace: Workspace, family: str, samples: tuple[Sample, ...], ways: Ways, *, now: datetime
) -> Verdict:
    """Make every mail that samples and readers give, and look at each."""
    found = _Found(family)
    try:
        compiled = compile_for_trial(workspace, family, ways)
    except InputProblem as error:
        found.take(error, "")
        return Verdict(family, 0, 0, found.problems())
    tries = [_Try(sample, ways, reader) for sample in samples for reader in READERS]
    usual = suited(samples, family)
    tries += [_Try(usual, replace(each, privacy=PRIVACY), FIRST, first=True) for each in ways_to_leave(ways)]
    mails = sum(_try(compiled, each, found, now=now) for each in tries)
    return Verdict(family, mails, len(samples), found.problems())


def _try(compiled: Compiled, this: _Try, found: _Found, *, now: datetime) -> bool:
    try:
        trial = Trials(compiled, this.sample, this.ways).mail(READERS[this.reader], now=now, first=this.first)
    except InputProblem as error:
        found.take(error, this.where)
        return False
    for problem in _problems(trial, this.sample, this.reader, compiled.family.name):
        found.add(problem, this.where)
    return True


def _problems(trial: Trial, sample: Sample, reader: str, family: str) -> Iterator[Problem]:
    source = f"templates/{family}"
    # a sample that is too long on purpose says so, as a release of the office does
    waived = {waiver.code for waiver in sample.release.waivers}
    for check in trial.checks:
        if not check.passed and (check.code not in waived or check.severity is Severity.ERROR):
            file = next((f"/{file}" for part, file in _PART_FILES.items() if check.message.endswith(part)), "")
            yield Problem(check.code, check.message, check.severity, f"{source}{file}", hint=check.hint)
    for each in missing_from(trial.rendered, sample.release):
        said = f'{each.what} is not said: "{_short(each.words)}"'
        yield Problem("missing", said, each.severity, f"{source}/{each.part}")
    for fault in faults_for_word(trial.rendered.html):
        yield Problem("outlook", fault, Severity.ERROR, f"{source}/email.html")
    if reader == HOSTILE:
        yield from _unescaped(trial.rendered.html, f"{source}/email.html")


def _unescaped(html: str, source: str) -> Iterator[Problem]:
    """Find the values of the hostile reader that became elements of the page (standards H8)."""
    names = hostile_fields()
    for element in sorted(set(_ELEMENT.findall(html.replace("&amp;", "&")))):
        said = f"contact.{names.get(element, element)} is put into the page as it is, so a < in it becomes HTML"
        yield Problem("unescaped", f"{said}; take away |safe", Severity.ERROR, source)


class _Found:
    """Problems by what is said, each with the first mail in which it was found and how many more there are."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._first: dict[tuple[str, str, int | None], tuple[Problem, str]] = {}
        self._more: dict[tuple[str, str, int | None], int] = {}

    def take(self, error: InputProblem, where: str) -> None:
        """Add the problems of something that could not be made at all."""
        for problem in gather(error):
            message = _FOR_PERSON.sub("", problem.message)
            source = problem.source or f"templates/{self._family}"
            hint = problem.hint or ("" if error.problems else error.hint)
            self.add(Problem("template", message, problem.severity, source, problem.line, hint), where)

    def add(self, problem: Problem, where: str) -> None:
        """Add one; what differs from mail to mail in its words counts by its code and place."""
        told = problem.message if problem.code == "template" else problem.code + _of_kind(problem)
        key = (problem.source, told, problem.line)
        self._first.setdefault(key, (problem, where))
        self._more[key] = self._more.get(key, -1) + 1

    def problems(self) -> tuple[Problem, ...]:
        """Return every problem once, the worst first."""
        told = [self._told(problem, where, self._more[key]) for key, (problem, where) in self._first.items()]
        return tuple(sorted(told, key=lambda each: (_ORDER.index(each.severity), each.source, each.line or 0)))

    @staticmethod
    def _told(problem: Problem, where: str, more: int) -> Problem:
        also = f"; {more} more" if more else ""
        message = f"{problem.message} ({where}{also})" if where else problem.message
        return replace(problem, message=message)


def _of_kind(problem: Problem) -> str:
    """Return what keeps two problems of one code apart: what is missing or unescaped, but not in whose words."""
    return problem.message.partition(":")[0] if problem.code in {"missing", "unescaped", "outlook"} else ""


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"
