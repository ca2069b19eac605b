"""Reviewing: what an editor would say of a release, and what spam filters say of its mails.

How bad, where and what; below it what to do, and the name by which it can be waved through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mailer.errors import Problem, Severity
from mailer.pages import page
from mailer.pages.documents import json_of, shape
from mailer.pages.layout import BAD, GOOD, QUIET, Page, Part, count, gap, line, problems
from mailer.pages.words import LEFT_OUT
from mailer.release.checks.waivers import is_open_to_waiving, key_for
from mailer.runs.planning.findings import Finding
from mailer.runs.reviewing import Looked, MailsSeen, Reviewed, key_of, spam_problems
from mailer.runs.spam import Answer, Hit

_INVENTED = "The mail was made for an invented reader; --to LIST makes everybody's."
_NOT_MADE = "The mail was not made, and not looked at: fix the errors first."


@page.register
def _(found: Reviewed) -> Page:
    checked, mails = found.checked, found.mails
    is_any = checked.problems or checked.waived or mails.problems or mails.waived
    keys = [key_for(problem, checked.problems) for problem in checked.problems if is_open_to_waiving(problem)]
    key = next(iter([*keys, *filter(None, map(key_of, mails.problems))]), "")
    quoted = f"'{key}'" if " " in key else key
    accept = f'To accept a warning: mailer release check {found.named} --waive {quoted} --reason "why"'
    return Page(
        line(f"Kept in {found.kept_in}.", aside=True) if found.kept_in else None,
        _findings(found),
        _differences(found),
        gap() if is_any else None,
        map(line, _about_mails(mails)),
        _about_spam(mails),
        line(_summary(found)),
        line(accept) if key and found.keeps_reasons else None,
    )


def _findings(found: Reviewed) -> Iterator[Part | None]:
    checked, mails = found.checked, found.mails
    for problem in checked.problems:
        yield _finding(problem, key_for(problem, checked.problems) if is_open_to_waiving(problem) else problem.code)
    every = [each.problem for each in checked.waived]
    for each in checked.waived:
        yield from _waived(each.problem, key_for(each.problem, [*checked.problems, *every]), each.reason)
    for problem in mails.problems:
        yield _finding(problem, problem.code)
    for problem, reason in mails.waived:
        yield from _waived(problem, problem.code, reason)


def _finding(problem: Problem, name: str) -> Part | None:
    below = f"{problem.hint}  [{name}]" if problem.hint else f"[{name}]"
    return problems([replace(problem, hint=below)], aside=False)


def _waived(problem: Problem, name: str, reason: str) -> Iterator[Part]:
    yield line(f"waived  {problem}", QUIET, depth=1)
    yield line(f"{reason}  [{name}]", depth=5)


def _differences(found: Reviewed) -> Iterator[Part]:
    for each in found.checked.differences:
        yield gap()
        yield line(f"{each.organisation}: - as it stands here, + as {each.file} has it", depth=1)
        yield from (line(text, BAD if text.startswith("-") else GOOD, depth=2) for text in each.lines)


def _summary(found: Reviewed) -> str:
    kinds = [problem.severity for problem in (*found.checked.problems, *found.mails.problems)]
    errors, warnings = kinds.count(Severity.ERROR), kinds.count(Severity.WARNING)
    counted = [count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    waived = len(found.checked.waived) + len(found.mails.waived)
    aside = f" {count(waived, 'warning is', 'warnings are')} waved through." if waived else ""
    if not counted:
        return f"No problems found.{aside}"
    verdict = "It cannot be sent like this." if errors else "It can be sent."
    return f"{' and '.join(counted)}.{aside} {verdict}"


def _about_mails(told: MailsSeen) -> list[str]:
    if told.looked is None:
        return [] if told.not_made else [_NOT_MADE]
    if told.is_invented:
        return [_INVENTED]
    looked = told.looked
    out = sum(looked.skipped.values())
    people = f"{count(looked.made, 'mail')} made and looked at"
    rest = looked.made - looked.whole
    more = f", {rest} of them for what can differ from person to person" if rest > 0 else ""
    reasons = ", ".join(f"{number} {LEFT_OUT.get(reason, reason)}" for reason, number in looked.skipped.items())
    return [f"{people}{more}{f'; {out} passed over ({reasons})' if out else ''}."]


def _about_spam(told: MailsSeen) -> Iterator[Part]:
    is_any = False
    for answer in told.answers:
        if answer.is_missing:
            is_any = True
            yield line(f"{answer.silence}.")
        for specimen, score in zip(told.looked.specimens if told.looked else (), answer.scores, strict=False):
            is_any = True
            yield line(f"{score.sentence} ({specimen.person}, {specimen.manner}).")
            yield from (line(_said(hit), depth=1) for hit in score.costly)
    if is_any:
        yield gap()


def _said(hit: Hit) -> str:
    meaning = hit.meaning
    return f"{hit.points:+6.2f}  {meaning.sentence}{f'. {meaning.hint}' if meaning.hint else ''}  [{hit.rule}]"


def _mails_json(told: MailsSeen) -> dict[str, Any]:
    """Return as JSON which mails were looked at (null: none was made), and what filters said (null: none was asked)."""
    looked = told.looked
    mails = looked and {
        "invented": told.is_invented,
        "made": looked.made,
        "whole": looked.whole,
        "skipped_reasons": dict(looked.skipped),
    }
    return {"mails": mails, "spam": [_answer(told, each) for each in told.answers] or None}


def _problem_rows(told: MailsSeen) -> list[dict[str, Any]]:
    """Return every finding as JSON, with how many mails have it and whose (null: everybody's)."""
    looked = told.looked
    findings = [each for each in looked.findings if not told.reason_for(looked.problem(each))] if looked else []
    own = [_row(each, looked) for each in findings] if looked else []
    spam = [each for each in spam_problems(told) if not told.reason_for(each)]
    return [*own, *(json_of(each) | {"key": key_of(each)} for each in (*told.not_made, *spam))]


def _waived_rows(told: MailsSeen) -> list[dict[str, Any]]:
    """Return what is waved through as JSON."""
    return [json_of(problem) | {"reason": reason} for problem, reason in told.waived]


def _row(finding: Finding, looked: Looked) -> dict[str, Any]:
    people = finding.people if finding.who(looked.whole) else None
    problem = looked.problem(finding)
    told: dict[str, Any] = json_of(problem) | {"message": finding.message}
    return told | {"key": key_of(problem), "count": finding.count, "people": people}


def _answer(told: MailsSeen, answer: Answer) -> dict[str, Any]:
    specimens = told.looked.specimens if told.looked else ()
    return {
        "filter": answer.program,
        "silence": answer.silence or None,
        "mails": [
            {
                "email": specimen.person,
                "manner": specimen.manner,
                "points": score.points,
                "threshold": score.threshold,
                "good": score.is_good,
                "said": score.sentence,
                "rules": [
                    {"rule": hit.rule, "points": hit.points, "means": hit.meaning.sentence, "hint": hit.meaning.hint}
                    for hit in score.hits
                ],
            }
            for specimen, score in zip(specimens, answer.scores, strict=False)
        ],
    }


def _text_row(found: Reviewed, problem: Problem) -> dict[str, Any]:
    """Return a finding about the text; `key` is what `--waive` takes, null for what cannot be waved through."""
    key = key_for(problem, found.checked.problems) if is_open_to_waiving(problem) else None
    return {**json_of(problem), "key": key}


shape(
    Reviewed,
    "release:slug ok online problems waived differences *mails",
    problems=lambda found: [
        *(_text_row(found, problem) for problem in found.checked.problems),
        *_problem_rows(found.mails),
    ],
    waived=lambda found: [
        *({**json_of(each.problem), "reason": each.reason} for each in found.checked.waived),
        *_waived_rows(found.mails),
    ],
    differences=lambda found: [
        {"organisation": each.organisation, "file": each.file, "lines": each.lines}
        for each in found.checked.differences
    ],
    mails=lambda found: _mails_json(found.mails),
)
