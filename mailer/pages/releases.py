"""Releases: one laid out calm and complete, what was recognised in one that was imported, and what a check finds.

Every field is shown with what it holds, so that nobody has to guess what a mail will say. A finding says how bad, where
and what; below it what to do, and the name by which it can be waved through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mailer.errors import Problem, Severity
from mailer.pages import page
from mailer.pages.documents import json_of, rows, shape
from mailer.pages.layout import Page, Part, Tone, fact, gap, heading, line, lines, problems, table
from mailer.pages.words import LEFT_OUT, count
from mailer.release.checks.waivers import is_open_to_waiving, key_for
from mailer.release.document import block_text, kept_apart, release_document
from mailer.release.values import Block, Heading, Image, Quote, Table, plain
from mailer.runs.manuscripts import LineExplained, ReleaseImported, ReleaseShown, ReleaseStarted
from mailer.runs.reviewing import MailsSeen, Reviewed

_LONGEST = 72

shape(ReleaseImported, "name file source pictures problems:release.problems")
shape(
    LineExplained,
    "source line reasons around",
    reasons=rows("reasons", "line text read_as evidence"),
    around=rows("around", "line text read_as evidence"),
)
shape(ReleaseShown, "*release", release=lambda shown: release_document(shown.release))


@page.register
def _(shown: ReleaseShown) -> Page:
    release, embargo = shown.release, shown.release.embargo
    under = ""
    if embargo is not None:
        until = embargo.until
        under = f"{until:%Y-%m-%d %H:%M %Z}".strip() if until else f"not understood: {embargo.text}"
    contacts = []
    for one in release.contacts:
        who = ", ".join(filter(None, (one.name, one.role, one.organisation, *one.phones, *one.emails)))
        contacts.append(who + (f" ({one.note})" if one.note else ""))
    return Page(
        heading(release.headline),
        line(release.subhead, depth=1),
        gap(),
        fact("Label", release.label),
        fact("Embargo", under),
        fact("Date", release.date.isoformat() if release.date else "none"),
        fact("Dateline", release.dateline.text if release.dateline else ""),
        fact("Language", release.language),
        fact("Sender", release.sender),
        fact("Template", release.template),
        fact("Attached", ", ".join(release.attachments)),
        gap(),
        (part for block in release.body for part in _block(block)),
        fact("Call", plain(release.call_to_action)),
        fact("End mark", release.end_mark),
        fact("Notes", "\n\n".join(map(block_text, release.notes_to_editors)).split("\n")),
        (
            fact("About", "\n\n".join(filter(None, (one.heading, *map(plain, one.paragraphs)))).split("\n"))
            for one in release.boilerplate
        ),
        fact("Contact", contacts),
        fact("Kept", (f"line {kept.line}: {kept.text}" for kept in kept_apart(release)), Tone.QUIET),
        problems(release.problems),
    )


def _block(block: Block) -> Iterator[Part | None]:
    text = block_text(block)
    if isinstance(block, Quote):
        who = ", ".join(filter(None, (block.speaker, block.role, block.organisation)))
        yield line(block.lead_in, Tone.QUIET, depth=1)
        yield line(text, depth=3)
        yield line(f"— {who or 'nobody is named'}", depth=3)
    elif isinstance(block, Image):
        words = " ".join(filter(None, (block.src, block.caption or block.alt, block.credit)))
        yield line(f"[Picture: {words}]", depth=1)
    elif isinstance(block, Table):
        yield table(
            [[plain(cell) for cell in row] for row in ([block.head, *block.rows] if block.head else block.rows)]
        )
    elif isinstance(block, Heading):
        yield line(text, Tone.STRONG, depth=1)
    else:
        yield line(text, depth=1)
    yield gap()


@page.register
def _(made: ReleaseImported) -> Page:
    place = "paragraph" if made.source.lower().endswith((".docx", ".rtf")) else "line"
    found = []
    for one in made.findings:
        text = one.text if len(one.text) <= _LONGEST else one.text[: _LONGEST - 1].rstrip() + "…"
        found.append((f"{place} {one.line}", one.field, text))
    nobody = "No media contact was found; add one under `contacts:` at the top."
    wrong = made.release.problems
    return Page(
        line(bool(found) and f"Recognised in {made.source}:", aside=True),
        table(found, right=(0,), aside=True),
        line(bool(wrong) and "Look at these, it may have been understood wrongly:", aside=True),
        problems(wrong),
        line(not made.release.contacts and nobody, Tone.CAREFUL, depth=1, aside=True),
        lines((f"Picture: {picture}" for picture in made.pictures), aside=True),
        line("Look through it, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )


@page.register
def _(told: LineExplained) -> Page:
    parts: list[Part | None] = []
    for one in told.reasons:
        parts += [fact(one.read_as.capitalize(), one.text), *(line(said, depth=3) for said in one.evidence)]
    return Page(
        heading(f"{told.source}:{told.line}"),
        parts,
        gap(),
        (line(f"line {one.line}, {one.read_as}: {one.text}", Tone.QUIET, depth=1) for one in told.around),
    )


@page.register
def _(made: ReleaseStarted) -> Page:
    return Page(
        line("Fill it in, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )


# What an editor would say of a release, and what spam filters say of its mails.


def _problem_rows(found: Reviewed) -> Iterator[dict[str, Any]]:
    """Yield every finding with what `--waive` takes for it (null for what cannot be waved through).

    One about mails has how many have it and whose (null: everybody's).
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
    """Return as JSON which mails were looked at (null: none was made), and what filters said (null: none was asked)."""
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
    "release:slug ok online problems waived differences *mails",
    problems=_problem_rows,
    waived=lambda found: [
        *(json_of(each.problem) | {"reason": each.reason} for each in found.checked.waived),
        *(json_of(each.problem) | {"reason": each.waived} for each in found.mails.waived),
    ],
    differences=rows("checked.differences", "organisation file lines"),
    mails=lambda found: _mails_json(found.mails),
)


@page.register
def _(found: Reviewed) -> Page:
    checked, mails = found.checked, found.mails
    every = [*checked.problems, *(each.problem for each in checked.waived)]
    keys = [key_for(each, checked.problems) for each in checked.problems if is_open_to_waiving(each)]
    key = next(iter([*keys, *(each.key for each in mails.open if each.key)]), "")
    quoted = f"'{key}'" if " " in key else key
    accept = f'To accept a warning: mailer release check {found.named} --waive {quoted} --reason "why"'
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
        parts += (gap(), line(f"{differs.organisation}: - as it stands here, + as {differs.file} has it", depth=1))
        parts += (line(text, Tone.BAD if text.startswith("-") else Tone.GOOD, depth=2) for text in differs.lines)
    severities = [each.severity for each in (*checked.problems, *(remark.problem for remark in mails.open))]
    errors, warnings = severities.count(Severity.ERROR), severities.count(Severity.WARNING)
    counted = [count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    waived = len(checked.waived) + len(mails.waived)
    aside = f" {count(waived, 'warning is', 'warnings are')} waved through." if waived else ""
    verdict = "It cannot be sent like this." if errors else "It can be sent."
    return Page(
        line(found.kept_in and f"Kept in {found.kept_in}.", aside=True),
        parts,
        gap() if is_any else None,
        line(_about_mails(mails)),
        _about_spam(mails),
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
        return "" if seen.remarks else "The mail was not made, and not looked at: fix the errors first."
    if seen.is_invented:
        return "The mail was made for an invented reader; --to LIST makes everybody's."
    out, rest = sum(seen.skipped.values()), seen.made - seen.whole
    partly = f", {rest} of them for what can differ between contacts" if rest > 0 else ""
    reasons = ", ".join(f"{number} {LEFT_OUT.get(reason, reason)}" for reason, number in seen.skipped.items())
    passed_over = f"; {out} passed over ({reasons})" if out else ""
    return f"{count(seen.made, 'mail')} made and looked at{partly}{passed_over}."


def _about_spam(seen: MailsSeen) -> list[Part | None]:
    parts: list[Part | None] = []
    for answer in seen.answers:
        parts.append(line(answer.is_missing and f"{answer.silence}."))
        for letter, score in zip(seen.letters, answer.scores, strict=False):
            parts.append(line(f"{score.sentence} ({letter.person}, {letter.manner})."))
            for hit in score.costly:
                hint = f". {hit.meaning.hint}" if hit.meaning.hint else ""
                parts.append(line(f"{hit.points:+6.2f}  {hit.meaning.sentence}{hint}  [{hit.rule}]", depth=1))
    return [*parts, gap()] if any(parts) else []
