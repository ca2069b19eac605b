"""Bounces: the commands about mail that came back.

Owns `bounces classify`; it asks no ledger and changes nothing. The commands that do are added to the same `app`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output

if TYPE_CHECKING:
    from mailer.bounces import Report

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bounces() -> None:
    """Read what came back: bounces, complaints, auto-replies, opt-outs."""


@app.command()
def classify(
    path: Annotated[str, typer.Argument(metavar="FILE|DIR", help="A Maildir, an mbox, a folder of .eml files, or -.")],
    as_lines: Annotated[bool, typer.Option("--jsonl", help="One JSON document a line, one line a message.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say what each message is.

    A bounce (of whom, why, for good?), a complaint, an auto-reply, an opt-out.

    Nothing is remembered and nothing is changed: to take bounces in, use   mailer bounces collect
    """
    if as_json:
        output.print_json({"messages": list(_documents(path))})
    elif as_lines:
        for document in _documents(path):
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        _show(path)


def _read(path: str) -> Iterator[tuple[str, Report | None, str]]:
    """Give source, report, and what is wrong with a message that could not be read."""
    from mailer.bounces import parse_report
    from mailer.errors import Problem
    from mailer.inbox import read_messages, read_stream

    entries = read_stream(sys.stdin.buffer) if path == "-" else read_messages(Path(path))
    for entry in entries:
        if isinstance(entry, Problem):
            yield entry.source, None, entry.message
        else:
            yield entry.source, parse_report(entry.data), ""


def _documents(path: str) -> Iterator[dict[str, Any]]:
    from mailer.bounces import Report, report_document
    from mailer.bounces.values import Kind

    for source, report, problem in _read(path):
        unread = Report(kind=Kind.NONE, rule="not read")
        document = report_document(report or unread, source)
        yield {**document, "problem": problem} if problem else document


def _show(path: str) -> None:
    counts: dict[str, int] = {}
    for source, report, problem in _read(path):
        kind = report.kind.value if report else "not read"
        counts[kind] = counts.get(kind, 0) + 1
        subject = report.subject if report else ""
        output.say(
            f"{kind:10} {Path(source).name}   {_printable(problem or subject)}", style="bold" if report else "red"
        )
        for line in _recipient_lines(report):
            output.say(f"           {line}")
    total = sum(counts.values())
    parts = " · ".join(f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda item: -item[1]))
    output.say(f"\n{total} message{'' if total == 1 else 's'}" + (f"   {parts}" if parts else ""))


def _recipient_lines(report: Report | None) -> Iterator[str]:
    for recipient in report.recipients if report else ():
        action = recipient.action.value if recipient.action else ""
        lasting = "for good" if recipient.permanent else ""
        words = (recipient.as_sent, action, recipient.status, recipient.reason, lasting)
        yield _printable("  ".join(word for word in words if word))
        if recipient.diagnostic:
            yield _printable(f"  “{recipient.diagnostic}”")


def _printable(text: str) -> str:
    from mailer.address import printable

    return printable(text, limit=110)
