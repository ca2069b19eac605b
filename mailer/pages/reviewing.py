"""Reviewing: what an editor would object to in a release, and what spam filters object to in its mails.

A finding has its severity, place and text; below it are the remedy and the name by which it can be waived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mailer.errors import Problem, Severity
from mailer.pages import page
from mailer.pages.documents import json_of, rows, shape
from mailer.pages.layout import Page, Part, Tone, gap, line, problems
from mailer.pages.words import LEFT_OUT, count
from mailer.release.checks.waivers import is_open_to_waiving, key_for
from mailer.runs.reviewing import MailsSeen, Reviewed


def _problem_rows(found: Reviewed) -> Iterator[dict[str, Any]]:
    """Yield every finding with its name for `--waive` (null if it cannot be waived).

    A finding about mails also has their number and their recipients (null: all of them).
    """
    checked, mails = found.checked, found.mails
    for each in checked.problems:
        yield json_of(each) | {"key": key_for(each, checked.problems) if is_open_to_waiving(each) else None}
    for remark in mails.open:
        row, finding = json_of(remark.problem) | {"key": remark.key}, remark.finding
        if finding is not None:
            people = finding.people if finding.who(mails.whole) else None
            row |= {"message": finding.message, "count": finding.count, "people": people}
        yield row


def _mails_json(seen: MailsSeen) -> dict[str, Any]:
    """Return as JSON which mails were checked (null: none was made), and the filters' answers (null: not asked)."""
    mails = {"invented": seen.is_invented, "made": seen.made, "whole": seen.whole, "skipped_reasons": seen.skipped}
    score = rows(
        "scores",
        "points threshold good:is_good said:sentence rules",
        rules=rows("hits", "rule points means:meaning.sentence hint:meaning.hint"),
    )
    answers = [
        {
            "filter": answer.program,
            "silence": answer.silence or None,
            "mails": [
                {"email": letter.person, "manner": letter.manner, **each}
                for letter, each in zip(seen.letters, score(answer), strict=False)
            ],
        }
        for answer in seen.answers
    ]
    return {"mails": None if seen.made is None else mails, "spam": answers or None}


shape(
    Reviewed,
    "release:slug ok online problems waived differences:checked.differences *mails",
    problems=_problem_rows,
    waived=lambda found: [
        *(json_of(each.problem) | {"reason": each.reason} for each in found.checked.waived),
        *(json_of(each.problem) | {"reason": each.waived} for each in found.mails.waived),
    ],
    mails=lambda found: _mails_json(found.mails),
)


@page.register
def _(found: Reviewed) -> Page:
    checked, mails = found.checked, found.mails
    every = [*checked.problems, *(each.problem for each in checked.waived)]
    keys = [key_for(each, checked.problems) for each in checked.problems if is_open_to_waiving(each)]
    key = next(iter([*keys, *(each.key for each in mails.open if each.key)]), "")
    quoted = f"'{key}'" if " " in key else key
    online = " --online" if found.online else ""
    accept = f'To accept a warning: mailer release check {found.named}{online} --waive {quoted} --reason "why"'
    parts: list[Part | None] = []
    for problem in checked.problems:
        name = key_for(problem, checked.problems) if is_open_to_waiving(problem) else problem.code
        parts.append(_finding(problem, name))
    for each in checked.waived:
        parts += _waived(each.problem, key_for(each.problem, every), each.reason)
    parts += (_finding(each.problem, each.problem.code) for each in mails.open)
    for remark in mails.waived:
        parts += _waived(remark.problem, remark.problem.code, remark.waived)
    is_any = bool(parts)
    for differs in checked.differences:
        parts += (gap(), line(f"{differs.organisation}: - in this release, + in {differs.file}", depth=1))
        parts += (line(text, Tone.BAD if text.startswith("-") else Tone.GOOD, depth=2) for text in differs.lines)
    severities = [each.severity for each in (*checked.problems, *(remark.problem for remark in mails.open))]
    errors, warnings = severities.count(Severity.ERROR), severities.count(Severity.WARNING)
    counted = [count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    waived = len(checked.waived) + len(mails.waived)
    aside = f" {count(waived, 'warning', 'warnings')} waived." if waived else ""
    verdict = "It cannot be sent like this." if errors else "It can be sent."
    return Page(
        line(found.kept_in and f"Kept in {found.kept_in}.", aside=True),
        parts,
        gap() if is_any else None,
        line(_about_mails(mails)),
        about_spam(mails),
        line(f"{' and '.join(counted)}.{aside} {verdict}" if counted else f"No problems found.{aside}"),
        line(found.keeps_reasons and key and accept),
    )


def _finding(problem: Problem, name: str) -> Part | None:
    below = f"{problem.hint}  [{name}]" if problem.hint else f"[{name}]"
    return problems([replace(problem, hint=below)], aside=False)


def _waived(problem: Problem, name: str, reason: str) -> tuple[Part | None, ...]:
    return line(f"waived  {problem}", Tone.QUIET, depth=1), line(f"{reason}  [{name}]", depth=5)


def _about_mails(seen: MailsSeen) -> str:
    if seen.made is None:
        return "" if seen.remarks else "The mail was not made or checked: fix the errors first."
    if seen.is_invented:
        return "The mail was made for an invented reader; --to LIST makes everybody's."
    out, rest = sum(seen.skipped.values()), seen.made - seen.whole
    partly = f", {rest} of them only where contacts differ" if rest > 0 else ""
    reasons = ", ".join(f"{number} {LEFT_OUT.get(reason, reason)}" for reason, number in seen.skipped.items())
    passed_over = f"; {out} skipped ({reasons})" if out else ""
    return f"{count(seen.made, 'mail')} made and checked{partly}{passed_over}."


def about_spam(seen: MailsSeen) -> list[Part | None]:
    """Return the scores that spam filters give the mails, and the rules that cost points."""
    parts: list[Part | None] = []
    for answer in seen.answers:
        parts.append(line(answer.is_missing and f"{answer.silence}."))
        for letter, score in zip(seen.letters, answer.scores, strict=False):
            parts.append(line(f"{score.sentence} ({letter.person}, {letter.manner})."))
            for hit in score.costly:
                hint = f". {hit.meaning.hint}" if hit.meaning.hint else ""
                parts.append(line(f"{hit.points:+6.2f}  {hit.meaning.sentence}{hint}  [{hit.rule}]", depth=1))
    return [*parts, gap()] if any(parts) else []
