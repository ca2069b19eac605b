"""Heard: what `report` tells of those who were heard of after a mailing, and of those who were not.

Owns these lines alone: bounces by reason, who is away and until when, who answered and about what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def _answer(each: Mapping[str, Any]) -> str:
    who = each["from"] or each["address"] or "(forgotten)"
    return f"{who}: {each['subject'] or '(no subject)'}"


def _say_some(label: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines[:_SHOWN]):
        say_line("" if number else label, line, to_stderr=False)
    if len(lines) > _SHOWN:
        say_line("", f"… and {len(lines) - _SHOWN} more: mailer report --json", to_stderr=False)
