"""Heard: what `report` and `status` tell of those who were heard of after a mailing, and of who was not listened to.

Owns these lines alone: bounces by reason, who is away and until when, who answered and about what; and the alarm about
opt-outs that wait for longer than 48 hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailer.cli import output
from mailer.cli.reason_words import why
from mailer.cli.summary import say_line

_SHOWN = 8


def say_returns(document: Mapping[str, Any]) -> None:
    """Print what came back about a mailing, as `runs.report.mailing_document` has it."""
    for number, (reason, count) in enumerate(document["bounce_reasons"].items()):
        say_line("" if number else "Came back", f"{count} {why(reason)}", to_stderr=False)
    away = document.get("absences", [])
    _say_some("Away", [f"{each['address'] or '(forgotten)'} until {each['until']}" for each in away])
    _say_some("Answered", [_answer(each) for each in document["answers"]])


def say_alarms(document: Mapping[str, Any]) -> None:
    """Print what is wrong with a mailing as such, and what waits for longer than 48 hours."""
    for alarm in document["alarms"]:
        output.say(f"  {alarm}", style="red")
    say_overdue(document["overdue"])


def say_overdue(document: Mapping[str, Any], *, to_stderr: bool = False) -> None:
    """Print the alarm, as `runs.overdue.overdue_document` has it; nothing where there is none."""
    for message, hint in overdue_lines(document):
        output.say(f"  {message}", style="red", to_stderr=to_stderr)
        output.say(f"    {hint}", to_stderr=to_stderr)


def overdue_lines(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each thing that is overdue as a sentence, and what to do about it."""
    waiting = document["opt_outs"]
    if waiting:
        since = min(each["read_at"] for each in waiting)[:10]
        some = "An opt-out waits" if len(waiting) == 1 else f"{len(waiting)} opt-outs wait"
        settle = f"mailer bounces settle {waiting[0]['id']} --as EMAIL"
        yield f"{some} for you to say whose it is, since {since}", f"mailer bounces list --unmatched   then: {settle}"
    for each in document["mailboxes"]:
        yield (
            f"The mailbox {each['name']} cannot be read since {each['failed_since'][:10]}: {each['failure']}",
            "Opt-outs may lie in it that nobody honours. Mend it, then: mailer bounces collect",
        )


def _answer(each: Mapping[str, Any]) -> str:
    who = each["from"] or each["address"] or "(forgotten)"
    return f"{who}: {each['subject'] or '(no subject)'}"


def _say_some(label: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines[:_SHOWN]):
        say_line("" if number else label, line, to_stderr=False)
    if len(lines) > _SHOWN:
        say_line("", f"… and {len(lines) - _SHOWN} more: mailer report --json", to_stderr=False)
