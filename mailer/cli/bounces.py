"""Bounces: the commands about mail that came back.

Owns `bounces classify`; it asks no ledger and changes nothing. The commands that do are added to the same `app`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from mailer.cli import output

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bounces() -> None:
    """Read what came back: bounces, complaints, auto-replies, opt-outs."""


@app.command()
def classify(
    path: Annotated[str, typer.Argument(metavar="FILE|DIR", help="A Maildir, an mbox, a folder of .eml files, or -.")],
    as_lines: Annotated[bool, typer.Option("--jsonl", help="Print one line of JSON for each message.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Classify messages without recording anything.

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


def _documents(path: str) -> Iterator[dict[str, Any]]:
    from mailer.bounces import Report, report_document
    from mailer.bounces.values import Kind
    from mailer.errors import Problem
    from mailer.inbox import read_messages, read_stream
    from mailer.runs.untrusted.mails import read_documents

    entries = read_stream(sys.stdin.buffer) if path == "-" else read_messages(Path(path))
    for source, found in read_documents(entries):
        if isinstance(found, Problem):
            unread = report_document(Report(kind=Kind.NONE, rule="not read"), source)
            yield {**unread, "problem": found.message}
        else:
            yield {**found, "file": source}


def _show(path: str) -> None:
    counts: dict[str, int] = {}
    for each in _documents(path):
        kind = "not read" if "problem" in each else each["kind"]
        counts[kind] = counts.get(kind, 0) + 1
        text = _printable(each.get("problem") or each["subject"])
        output.say(f"{kind:10} {Path(each['file']).name}   {text}", style="red" if "problem" in each else "bold")
        for recipient in each["recipients"]:
            words = (recipient["address"], recipient["action"], recipient["status"], recipient["reason"])
            lasting = "for good" if recipient["permanent"] else ""
            output.say(f"           {_printable('  '.join(word for word in (*words, lasting) if word))}")
            if diagnostic := recipient["diagnostic"]:
                output.say(f"           {_printable(f'  “{diagnostic}”')}")
    total = sum(counts.values())
    parts = " · ".join(f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda item: -item[1]))
    output.say(f"\n{total} message{'' if total == 1 else 's'}" + (f"   {parts}" if parts else ""))


def _printable(text: str) -> str:
    from mailer.address import printable

    return printable(text, limit=110)
