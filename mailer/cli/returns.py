"""Returns: `mailer bounces collect`, which reads what came back.

Owns how its end is told; Collecting deletes, moves and marks nothing where the mail lay.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.consequences import consequence_json, consequence_lines
from mailer.cli.office import writing_office
from mailer.errors import ConfigProblem

if TYPE_CHECKING:
    from mailer.inbox import Entry
    from mailer.runs.collect import Collected
    from mailer.runs.office import Office

_COLLECT_HELP = """Read what came back into the ledger. Bounces, complaints, auto-replies, mailed opt-outs.

Each message counts once, however often it is read. Nothing is deleted or moved.

\b
Examples:
  mailer bounces collect                    the mailboxes of mailer.toml ([inbox.main])
  mailer bounces collect ~/Mail/bounces     a Maildir, an mbox, a folder of .eml files
  mailer bounces collect -                  a message on standard input
"""
_PEOPLE = {
    "bounced_hard": "bounced: the address is dead",
    "bounced_soft": "bounced for another reason",
    "delayed": "delayed, their server is still trying",
    "complained": "complained",
    "auto_replied": "answered automatically",
    "moved": "say that they are not there any more",
    "challenged": "have a machine that asks whether a person wrote",
    "replied": "answered: their mail is for people to read",
    "opted_out": "opted out",
}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


def collect(
    path: Annotated[str, typer.Argument(metavar="PATH|-", help="Default: the mailboxes of mailer.toml.")] = "",
    as_json: AsJson = False,
) -> int:
    """Read what came back into the ledger."""
    from mailer.runs.collect import collect as collect_messages

    with writing_office() as (office, ledger):
        told = collect_messages(office, ledger, _entries(office, path))
    if as_json:
        output.print_json(_document(told))
    else:
        _say(told)
    return 0


def _entries(office: Office, path: str) -> Iterator[Entry]:
    from mailer.inbox import inbox_path, read_messages, read_stream

    if path == "-":
        yield from read_stream(sys.stdin.buffer)
    elif path:
        yield from read_messages(Path(path).expanduser())
    elif not (inboxes := [each for each in office.settings.inbox.values() if each.holds == "returns"]):
        raise ConfigProblem(
            "mailer.toml names no mailbox to read",
            hint='[inbox.main] with url = "maildir:PATH" or "mbox:PATH"; or: mailer bounces collect PATH',
        )
    else:
        for inbox in inboxes:
            yield from read_messages(inbox_path(inbox.url, office.workspace.root))


def _say(told: Collected) -> None:
    known = f", {told.known} of them known already" if told.known else ""
    output.say(f"  {told.messages} {'message' if told.messages == 1 else 'messages'} read{known}")
    for kind, count in told.people.items():
        if count:
            output.say(f"  {count:4} {_PEOPLE.get(kind, kind)}")
    for address, why in told.suppressed:
        output.say(f"       {address or '(forgotten)'} will not be written to again ({why})")
    for address in told.settled:
        proof = "counts as accepted now: this proves that the relay took it"
        output.say(f"       {address or '(forgotten)'} was in doubt, and {proof}")
    for line in consequence_lines(told):
        output.say(f"       {line}")
    if told.unmatched:
        output.say(
            f"  {told.unmatched:4} could not be tied to anybody and changed nothing: mailer bounces list --unmatched"
        )
    letters = told.kinds.get("none", 0)
    if letters:
        output.say(f"  {letters:4} for people to read; they lie where they lay")
    output.say_problems(told.problems)


def _document(told: Collected) -> dict[str, Any]:
    return {
        "messages": told.messages,
        "known": told.known,
        "kinds": dict(told.kinds),
        "people": dict(told.people),
        "unmatched": told.unmatched,
        "suppressed": [{"email": address, "reason": why} for address, why in told.suppressed],
        "settled": told.settled,
        **consequence_json(told),
        "problems": [output.problem_json(problem) for problem in told.problems],
    }


def register(bounces: typer.Typer) -> None:
    """Add the command to `mailer bounces`."""
    bounces.command("collect", help=_COLLECT_HELP)(collect)
