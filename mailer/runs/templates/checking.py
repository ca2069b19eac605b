"""Checking: every sample release for every sample reader through one family, and all that is wrong, once each.

Owns the order in which a family is tried, and the gathering: what goes wrong in sixty mails is one problem, with the
first mail in which it does. The rules themselves are `message.check_message`'s, `saying`'s and `word`'s. Never changes
a file.
Raises nothing for a family that is wrong: that is what it reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
from mailer.runs.templates.trial import Trial, Trials
from mailer.runs.templates.word import faults_for_word
from mailer.workspace import Workspace

_FOR_PERSON = re.compile(r" \(for \S+@\S+\)$")
_ELEMENT = re.compile(r"<(x-[a-z-]+|b)\s*>&")
_LONGEST: Final = 60
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
        """Give how many problems would stop a mailing."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)


def check_family(
    workspace: Workspace, family: str, samples: tuple[Sample, ...], ways: Ways, *, now: datetime
) -> Verdict:
    """Make every mail that samples and readers give, and look at each."""
    found = _Found(family)
    mails = 0
    for sample in samples:
        try:
            trials = Trials(workspace, family, sample, ways)
        except InputProblem as error:
            found.take(error, f"release {sample.name}")
            continue
        for reader in READERS:
            mails += _try(trials, sample, reader, found, now=now)
    mails += _try_ways(workspace, family, suited(samples, family), ways, found, now=now)
    return Verdict(family, mails, len(samples), found.problems())


def _try(trials: Trials, sample: Sample, reader: str, found: _Found, *, now: datetime, first: bool = False) -> int:
    where = f"release {sample.name}, reader {reader}"
    try:
        trial = trials.mail(READERS[reader], now=now, first=first)
    except InputProblem as error:
        found.take(error, where)
        return 0
    for problem in _problems(trial, sample, reader, trials.text.family.name):
        found.add(problem, where)
    return 1


def _try_ways(
    workspace: Workspace, family: str, sample: Sample, ways: Ways, found: _Found, *, now: datetime
) -> int:
    """Try the ways out that a mail can offer, and the notice that a first mail carries, which samples do not vary."""
    mails = 0
    for each in ways_to_leave(ways):
        told = Ways(each.sender, each.optout, each.bounces, PRIVACY)
        try:
            trials = Trials(workspace, family, sample, told)
        except InputProblem:
            return mails  # told already, release by release
        mails += _try(trials, sample, FIRST, found, now=now, first=True)
    return mails


def _problems(trial: Trial, sample: Sample, reader: str, family: str) -> Iterator[Problem]:
    source = f"templates/{family}"
    for check in trial.checks:
        if not check.passed:
            yield Problem(check.code, check.message, check.severity, source)
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
            self.add(Problem("template", message, problem.severity, source, problem.line), where)

    def add(self, problem: Problem, where: str) -> None:
        """Add one; what differs from mail to mail in its words counts by its code and place."""
        told = problem.message if problem.code == "template" else problem.code + _of_kind(problem)
        key = (problem.source, told, problem.line)
        self._first.setdefault(key, (problem, where))
        self._more[key] = self._more.get(key, -1) + 1

    def problems(self) -> tuple[Problem, ...]:
        """Give every problem once, the worst first."""
        told = [self._told(problem, where, self._more[key]) for key, (problem, where) in self._first.items()]
        return tuple(sorted(told, key=lambda each: (_ORDER.index(each.severity), each.source, each.line or 0)))

    @staticmethod
    def _told(problem: Problem, where: str, more: int) -> Problem:
        also = f"; {more} more" if more else ""
        message = f"{problem.message} ({where}{also})"
        return Problem(problem.code, message, problem.severity, problem.source, problem.line)


def _of_kind(problem: Problem) -> str:
    """Give what keeps two problems of one code apart: what is missing or unescaped, but not in whose words."""
    return problem.message.partition(":")[0] if problem.code in {"missing", "unescaped", "outlook"} else ""


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def counted(verdicts: Mapping[str, Verdict]) -> int:
    """Give how many families have errors."""
    return sum(bool(verdict.errors) for verdict in verdicts.values())
