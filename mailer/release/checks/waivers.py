"""Waivers: which warnings the author waves through, one by one and with a reason.

Owns the matching of `checks.waive` with what was found. A waiver names a code; where a code was found several times,
it names which one by what that is about, or `"*"` for all. Errors cannot be waived, but for those that are a judgement
(`Rule.is_judgement`). What a waiver gets wrong is told as a finding of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from mailer.errors import Problem, Severity, did_you_mean
from mailer.frozen import dataclass
from mailer.release.checks.case import OF_THE_MAIL, READING, RULES, UNSURE, Looks, shortened, tell
from mailer.release.markdown.frontmatter import one_line, waiver_key
from mailer.release.values import Waiver

ALL = "*"
_MOST_ABOUT = 60  # characters of what a finding is about that stand in a key: `…` stands for the rest


@dataclass(frozen=True, slots=True)
class Waived:
    """A warning that was waved through, and why."""

    problem: Problem
    reason: str


def sort_out(
    found: Sequence[Problem], waivers: Iterable[Waiver], looked: Collection[Looks]
) -> tuple[list[Problem], tuple[Waived, ...]]:
    """Part what was found into what is open, and what is waved through.

    `looked` says where was looked: a waiver for what only the web could tell is not called unused without it.
    """
    waived: dict[int, Waived] = {}
    told: list[Problem] = []
    for waiver in waivers:
        meant = [i for i, problem in enumerate(found) if fits(problem, waiver.code, waiver.about)]
        is_known = any(problem.code == waiver.code for problem in found)
        code, why, hint = _fault(waiver, [found[i] for i in meant], looked, is_known=is_known)
        if code:
            key = waiver_key(waiver.code, waiver.about)
            told.append(tell(code, f"waive: {why.replace('KEY', key)}", line=waiver.line, about=key, hint=hint))
        else:
            waived |= {i: Waived(found[i], waiver.reason) for i in meant if is_open_to_waiving(found[i])}
    still = [problem for i, problem in enumerate(found) if i not in waived]
    return [*still, *told], tuple(each for _, each in sorted(waived.items()))


def _fault(waiver: Waiver, meant: list[Problem], looked: Collection[Looks], *, is_known: bool) -> tuple[str, str, str]:
    """Return what is wrong with a waiver: the code, a sentence in which KEY is its key, a hint; empty: it stands."""
    rule, is_of_mail = RULES.get(waiver.code), waiver.code in OF_THE_MAIL
    if not (rule or is_known or is_of_mail or waiver.code in READING or waiver.code.startswith(UNSURE)):
        known = [code for code, each in RULES.items() if each.can_be_waived] + sorted({*READING, *OF_THE_MAIL})
        return "waiver-unknown", f'there is no finding "{waiver.code}"{did_you_mean(waiver.code, known)}', ""
    if not waiver.reason.strip():
        return "waiver-reason", "KEY gives no reason", ""
    can_be = [problem for problem in meant if is_open_to_waiving(problem)]
    is_refused = rule is not None and not rule.can_be_waived
    if is_refused or (meant and not can_be):
        severity = rule.severity if rule and is_refused else meant[0].severity
        if severity is Severity.NOTE:
            return "waiver-unused", "KEY is a note only", "Take the line out: notes stop nothing."
        what = "is an error, and" if severity is Severity.ERROR else "is about a waiver, and"
        return "waiver-error", f"KEY {what} cannot be waved through", ""
    if not meant:  # whether a waiver for the mail is used, only the maker of the mail can say
        is_looked_for = not is_of_mail and (rule is None or rule.looks in looked)
        return ("waiver-unused", "KEY waves nothing through any more", "") if is_looked_for else ("", "", "")
    if not waiver.about and len({problem.about for problem in can_be}) > 1:
        several = "; ".join(waiver_key(one.code, shortened(one.about, _MOST_ABOUT)) for one in can_be[:6])
        return "waiver-unclear", f"KEY may mean {len(can_be)} findings: {several}", ""
    return "", "", ""


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
    return waiver_key(problem.code, shortened(problem.about, _MOST_ABOUT) if several else "")


def fits(problem: Problem, code: str, about: str) -> bool:
    """Return whether a waiver of this code, and about this, means a finding."""
    wanted, known = one_line(about).casefold(), one_line(problem.about).casefold()
    is_begun = wanted.endswith("…") and known.startswith(wanted[:-1].rstrip())
    return problem.code == code and (wanted in {"", ALL, known} or is_begun)
