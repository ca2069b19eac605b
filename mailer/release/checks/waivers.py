"""Waivers: which warnings the author waves through, one by one and with a reason.

Owns the matching of `checks.waive` with what was found. A waiver names a code; where a code was found several times,
it names which one by what that is about, or `"*"` for all. Errors cannot be waived, but for those that are a judgement
(`Rule.is_judgement`). What a waiver gets wrong is told as a finding of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from mailer.errors import Problem, Severity, did_you_mean
from mailer.release.checks.case import tell
from mailer.release.checks.codes import OF_THE_MAIL, READING, RULES, UNSURE, Looks
from mailer.release.markdown.waiving import one_line, shortened, waiver_key
from mailer.release.values import Waiver

ALL = "*"


@dataclass(frozen=True, slots=True)
class Waived:
    """A warning that was waved through, and why."""

    problem: Problem
    reason: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is open, and what was waved through."""

    open: tuple[Problem, ...]
    waived: tuple[Waived, ...] = ()


def sort_out(found: Sequence[Problem], waivers: Iterable[Waiver], looked: Collection[Looks]) -> Sorted:
    """Take what is waved through out of what was found.

    `looked` says where was looked: a waiver for what only the web could tell is not called unused without it.
    """
    waived: dict[int, Waived] = {}
    told: list[Problem] = []
    for waiver in waivers:
        meant = [i for i, problem in enumerate(found) if problem.code == waiver.code]
        chosen = [i for i in meant if fits(found[i], waiver.code, waiver.about)]
        fault = _fault(waiver, [found[i] for i in meant], [found[i] for i in chosen], looked)
        if fault:
            told.append(fault)
            continue
        waived |= {i: Waived(found[i], waiver.reason) for i in chosen if is_open_to_waiving(found[i])}
    return Sorted(
        (*(problem for i, problem in enumerate(found) if i not in waived), *told),
        tuple(each for _, each in sorted(waived.items())),
    )


def is_open_to_waiving(problem: Problem) -> bool:
    """Return whether a person may wave a finding through."""
    rule = RULES.get(problem.code)
    if rule is None:
        return problem.severity is Severity.WARNING
    return rule.is_judgement or (problem.severity is Severity.WARNING and rule.waivable)


def reason_for(problem: Problem, waivers: Iterable[Waiver]) -> str:
    """Return why a finding about the finished mail is waved through; empty where it is not, or cannot be."""
    if problem.severity is not Severity.WARNING or problem.code not in OF_THE_MAIL:
        return ""
    return next((each.reason.strip() for each in waivers if each.code == problem.code and each.reason.strip()), "")


def key_for(problem: Problem, found: Iterable[Problem]) -> str:
    """Return the key with which a waiver names a finding: no longer than it has to be."""
    several = sum(one.code == problem.code for one in found) > 1
    return waiver_key(problem.code, shortened(problem.about) if several else "")


def fits(problem: Problem, code: str, about: str) -> bool:
    """Return whether a waiver of this code, and about this, means a finding."""
    wanted = one_line(about).casefold()
    if problem.code != code:
        return False
    known = one_line(problem.about).casefold()
    if wanted in {"", ALL} or wanted == known:
        return True
    return wanted.endswith("…") and known.startswith(wanted[:-1].rstrip())


def _fault(waiver: Waiver, meant: list[Problem], chosen: list[Problem], looked: Collection[Looks]) -> Problem | None:
    """Return what is wrong with a waiver; None where it may stand."""
    key = waiver_key(waiver.code, waiver.about)
    rule = RULES.get(waiver.code)
    is_of_mail = waiver.code in OF_THE_MAIL
    if rule is None and not meant and not (waiver.code in READING or waiver.code.startswith(UNSURE)) and not is_of_mail:
        known = [code for code, each in RULES.items() if each.can_be_waived] + sorted({*READING, *OF_THE_MAIL})
        message = f'waive: there is no finding "{waiver.code}"{did_you_mean(waiver.code, known)}'
        return tell("waiver-unknown", message, line=waiver.line, about=key)
    if not waiver.reason.strip():
        return tell("waiver-reason", f"waive: {key} gives no reason", line=waiver.line, about=key)
    refused = rule is not None and not rule.can_be_waived
    if refused or (chosen and not any(map(is_open_to_waiving, chosen))):
        return _refused(waiver, key, rule.severity if rule and refused else chosen[0].severity)
    if not chosen:  # whether a waiver for the mail is used, only whoever makes the mail can say
        is_looked_for = not is_of_mail and (rule is None or rule.looks in looked)
        return _unused(waiver, key) if is_looked_for else None
    return _unclear(waiver, key, [problem for problem in chosen if is_open_to_waiving(problem)])


def _unclear(waiver: Waiver, key: str, chosen: list[Problem]) -> Problem | None:
    if waiver.about or len({problem.about for problem in chosen}) == 1:
        return None
    several = [waiver_key(problem.code, shortened(problem.about)) for problem in chosen]
    message = f"waive: {key} may mean {len(several)} findings: {'; '.join(several[:6])}"
    return tell("waiver-unclear", message, line=waiver.line, about=key)


def _refused(waiver: Waiver, key: str, severity: Severity) -> Problem:
    if severity is Severity.NOTE:
        hint = "Take the line out: notes stop nothing."
        return tell("waiver-unused", f"waive: {key} is a note only", line=waiver.line, about=key, hint=hint)
    what = "is an error, and" if severity is Severity.ERROR else "tells of a waiver, and"
    return tell("waiver-error", f"waive: {key} {what} cannot be waved through", line=waiver.line, about=key)


def _unused(waiver: Waiver, key: str) -> Problem:
    return tell("waiver-unused", f"waive: {key} waves nothing through any more", line=waiver.line, about=key)
