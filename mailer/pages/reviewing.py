"""Reviewing: what staff look at before they send: checks of a release and its mails, and previews.

A finding has its severity, place and text; below are the remedy and the name with which it can be waived. One
recipient's mail is shown in full, everyone's as a contact sheet on a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mailer.errors import Problem, Severity
from mailer.pages import page
from mailer.pages.documents import json_of, rows, shape
from mailer.pages.layout import Page, Part, Tone, Verbatim, fact, gap, line, problems
from mailer.pages.planning import describe_relay, warnings
from mailer.pages.words import LEFT_OUT, count, verdict
from mailer.release.checks.case import is_open_to_waiving, key_for
from mailer.runs.previews import Previewed, Sheet, Tested
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
    counted = verdict(errors, warnings)
    waived = len(checked.waived) + len(mails.waived)
    aside = f" {count(waived, 'warning', 'warnings')} waived." if waived else ""
    may_go = "It cannot be sent like this." if errors else "It can be sent."
    return Page(
        line(found.kept_in and f"Kept in {found.kept_in}.", aside=True),
        parts,
        gap() if is_any else None,
        line(_about_mails(mails)),
        about_spam(mails),
        line(f"{counted}.{aside} {may_go}" if counted else f"No problems found.{aside}"),
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
    skipped = f"; {out} skipped ({reasons})" if out else ""
    return f"{count(seen.made, 'mail')} made and checked{partly}{skipped}."


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


_SHOWN_WRONG = 10

shape(Previewed, "email:made.contact.address subject:made.subject html text source problems:made.plan.warnings")


@page.register
def _(written: Previewed) -> Page:
    return Page(
        Verbatim(written.made.text),
        gap(),
        warnings(written.made.plan),
        fact("HTML", str(written.html or "none: this contact gets plain text"), aside=True),
        fact("Text", str(written.text), aside=True),
        fact("Source", str(written.source), aside=True),
    )


shape(Tested, "*figures page")


@page.register
def _(done: Tested) -> Page:
    relay = describe_relay(done.plan.request.relay)
    states: dict[str, list[str]] = {}
    for each in done.figures["deliveries"]:
        answer = f' ("{each["text"]}")' if each["state"] != "accepted" and each["text"] else ""
        states.setdefault(each["state"].capitalize(), []).append(f"{each['address']} by {relay}{answer}")
    return Page(
        warnings(done.plan),
        (fact(state, lines) for state, lines in states.items()),
        fact("Look at it", done.page.as_uri() if done.page else ""),
    )


def _people(sheet: Sheet) -> list[dict[str, Any]]:
    folder = sheet.page.parent

    def file(name: str) -> str:
        return str(folder / name) if name else ""

    return rows(
        "people",
        "email name? place subject? manner? bytes:size waits_for_embargo:waits skipped? html? text? source? problems",
        skipped=lambda each: LEFT_OUT.get(each.skipped, each.skipped),
        html=lambda each: file(each.html),
        text=lambda each: file(each.text),
        source=lambda each: file(each.source),
    )(sheet)


shape(Sheet, "release:plan.slug headline:plan.release.headline page people problems:plan.warnings", people=_people)


@page.register
def _(sheet: Sheet) -> Page:
    made, skipped = sum(bool(each.text) for each in sheet.people), sum(bool(each.skipped) for each in sheet.people)
    waiting = sum(each.waits for each in sheet.people)
    wrong = [f"{each.email}: {each.problems[0]}" for each in sheet.wrong[:_SHOWN_WRONG]]
    if len(sheet.wrong) > _SHOWN_WRONG:
        wrong.append(f"… and {len(sheet.wrong) - _SHOWN_WRONG} more; they come first on the page")
    return Page(
        fact("Made", f"{made} of {len(sheet.people)} mails{f' · {skipped} skipped' if skipped else ''}"),
        fact("Embargo", waiting and f"{waiting} have not agreed to keep it (column embargo_agreed)"),
        fact("Wrong", wrong),
        warnings(sheet.plan),
        fact("Look at it", sheet.page.as_uri()),
    )
