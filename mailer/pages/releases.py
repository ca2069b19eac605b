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
from mailer.release.checks import Checked
from mailer.release.checks.waivers import is_open_to_waiving, key_for
from mailer.release.document import block_text, kept_apart, release_document
from mailer.release.values import Block, Heading, Image, MediaContact, Quote, Release, Table, plain
from mailer.runs.manuscripts import ReleaseImported, ReleaseShown, ReleaseStarted
from mailer.runs.reviewing import MailsSeen, Reviewed, key_of, spam_problems

_LONGEST = 72

shape(ReleaseImported, "name file source pictures problems:release.problems")
shape(ReleaseShown, "*release", release=lambda shown: release_document(shown.release))


@page.register
def _(shown: ReleaseShown) -> Page:
    release = shown.release
    return Page(
        heading(release.headline),
        line(release.subhead, depth=1),
        gap(),
        _head(release),
        gap(),
        (part for block in release.body for part in _block(block)),
        fact("Call", plain(release.call_to_action)),
        fact("End mark", release.end_mark),
        fact("Notes", "\n\n".join(map(block_text, release.notes_to_editors)).split("\n")),
        (
            fact("About", "\n\n".join(filter(None, (one.heading, *map(plain, one.paragraphs)))).split("\n"))
            for one in release.boilerplate
        ),
        fact("Contact", map(_contact, release.contacts)),
        fact("Kept", (f"line {kept.line}: {kept.text}" for kept in kept_apart(release)), Tone.QUIET),
        problems(release.problems),
    )


def _head(release: Release) -> Iterator[Part | None]:
    yield fact("Label", release.label)
    if release.embargo:
        until, text = release.embargo.until, release.embargo.text
        yield fact("Embargo", f"{until:%Y-%m-%d %H:%M %Z}".strip() if until else f"not understood: {text}")
    yield fact("Date", release.date.isoformat() if release.date else "none")
    yield fact("Dateline", release.dateline.text if release.dateline else "")
    yield fact("Language", release.language)
    yield fact("Sender", release.sender)
    yield fact("Template", release.template)
    yield fact("Attached", ", ".join(release.attachments))


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


def _contact(contact: MediaContact) -> str:
    who = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
    return ", ".join(filter(None, who)) + (f" ({contact.note})" if contact.note else "")


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
def _(made: ReleaseStarted) -> Page:
    return Page(
        line("Fill it in, then:", aside=True),
        line(f"mailer release check {made.name}", depth=1, aside=True),
        line(made.file),
    )


# What an editor would say of a release, and what spam filters say of its mails.


def _text_rows(checked: Checked) -> Iterator[dict[str, Any]]:
    """Yield every finding about the text; `key` is what `--waive` takes, null for what cannot be waved through."""
    for each in checked.problems:
        yield json_of(each) | {"key": key_for(each, checked.problems) if is_open_to_waiving(each) else None}


def _mail_rows(seen: MailsSeen) -> Iterator[dict[str, Any]]:
    """Yield every finding about mails, with how many have it and whose (null: everybody's)."""
    looked = seen.looked
    for each in looked.findings if looked else ():
        problem = looked.problem(each) if looked else None
        if looked and problem and not seen.reason_for(problem):
            people = each.people if each.who(looked.whole) else None
            row = json_of(problem) | {"message": each.message}
            yield row | {"key": key_of(problem), "count": each.count, "people": people}
    spam = (each for each in spam_problems(seen) if not seen.reason_for(each))
    yield from (json_of(each) | {"key": key_of(each)} for each in (*seen.not_made, *spam))


def _mails_json(seen: MailsSeen) -> dict[str, Any]:
    """Return as JSON which mails were looked at (null: none was made), and what filters said (null: none was asked)."""
    looked, answers = seen.looked, []
    mails = looked and {
        "invented": seen.is_invented,
        "made": looked.made,
        "whole": looked.whole,
        "skipped_reasons": dict(looked.skipped),
    }
    score = rows(
        "scores",
        "points threshold good:is_good said:sentence rules",
        rules=rows("hits", "rule points means:meaning.sentence hint:meaning.hint"),
    )
    for answer in seen.answers:
        specimens = looked.specimens if looked else ()
        scored = [
            {"email": specimen.person, "manner": specimen.manner, **each}
            for specimen, each in zip(specimens, score(answer), strict=False)
        ]
        answers.append({"filter": answer.program, "silence": answer.silence or None, "mails": scored})
    return {"mails": mails, "spam": answers or None}


shape(
    Reviewed,
    "release:slug ok online problems waived differences *mails",
    problems=lambda found: [*_text_rows(found.checked), *_mail_rows(found.mails)],
    waived=lambda found: [
        json_of(problem) | {"reason": reason}
        for problem, reason in (*((each.problem, each.reason) for each in found.checked.waived), *found.mails.waived)
    ],
    differences=rows("checked.differences", "organisation file lines"),
    mails=lambda found: _mails_json(found.mails),
)


@page.register
def _(found: Reviewed) -> Page:
    checked, mails = found.checked, found.mails
    is_any = checked.problems or checked.waived or mails.problems or mails.waived
    keys = [key_for(problem, checked.problems) for problem in checked.problems if is_open_to_waiving(problem)]
    key = next(iter([*keys, *filter(None, map(key_of, mails.problems))]), "")
    quoted = f"'{key}'" if " " in key else key
    accept = f'To accept a warning: mailer release check {found.named} --waive {quoted} --reason "why"'
    return Page(
        line(found.kept_in and f"Kept in {found.kept_in}.", aside=True),
        _findings(found),
        _differences(found),
        gap() if is_any else None,
        line(_about_mails(mails)),
        _about_spam(mails),
        line(_summary(found)),
        line(found.keeps_reasons and key and accept),
    )


def _findings(found: Reviewed) -> Iterator[Part | None]:
    checked, mails = found.checked, found.mails
    every = [*checked.problems, *(each.problem for each in checked.waived)]
    for problem in checked.problems:
        yield _finding(problem, key_for(problem, checked.problems) if is_open_to_waiving(problem) else problem.code)
    for each in checked.waived:
        yield from _waived(each.problem, key_for(each.problem, every), each.reason)
    for problem in mails.problems:
        yield _finding(problem, problem.code)
    for problem, reason in mails.waived:
        yield from _waived(problem, problem.code, reason)


def _finding(problem: Problem, name: str) -> Part | None:
    below = f"{problem.hint}  [{name}]" if problem.hint else f"[{name}]"
    return problems([replace(problem, hint=below)], aside=False)


def _waived(problem: Problem, name: str, reason: str) -> Iterator[Part | None]:
    yield line(f"waived  {problem}", Tone.QUIET, depth=1)
    yield line(f"{reason}  [{name}]", depth=5)


def _differences(found: Reviewed) -> Iterator[Part | None]:
    for each in found.checked.differences:
        yield gap()
        yield line(f"{each.organisation}: - as it stands here, + as {each.file} has it", depth=1)
        yield from (line(text, Tone.BAD if text.startswith("-") else Tone.GOOD, depth=2) for text in each.lines)


def _about_mails(seen: MailsSeen) -> str:
    looked = seen.looked
    if looked is None:
        return "" if seen.not_made else "The mail was not made, and not looked at: fix the errors first."
    if seen.is_invented:
        return "The mail was made for an invented reader; --to LIST makes everybody's."
    out, rest = sum(looked.skipped.values()), looked.made - looked.whole
    partly = f", {rest} of them for what can differ between contacts" if rest > 0 else ""
    reasons = ", ".join(f"{number} {LEFT_OUT.get(reason, reason)}" for reason, number in looked.skipped.items())
    passed_over = f"; {out} passed over ({reasons})" if out else ""
    return f"{count(looked.made, 'mail')} made and looked at{partly}{passed_over}."


def _about_spam(seen: MailsSeen) -> Iterator[Part | None]:
    parts: list[Part | None] = []
    for answer in seen.answers:
        parts.append(line(answer.is_missing and f"{answer.silence}."))
        for specimen, score in zip(seen.looked.specimens if seen.looked else (), answer.scores, strict=False):
            parts.append(line(f"{score.sentence} ({specimen.person}, {specimen.manner})."))
            for hit in score.costly:
                hint = f". {hit.meaning.hint}" if hit.meaning.hint else ""
                parts.append(line(f"{hit.points:+6.2f}  {hit.meaning.sentence}{hint}  [{hit.rule}]", depth=1))
    yield from parts
    yield gap() if any(parts) else None


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
