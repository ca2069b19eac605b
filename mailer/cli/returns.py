"""Returns: `mailer bounces collect|list`, what came back and what it meant.

Owns how findings are shown; adds its commands to the `app` of `bounces`.
Collecting deletes, moves and marks nothing where the mail lay.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.bounces import app
from mailer.cli.office import reading_office, writing_office
from mailer.cli.summary import WHY, say_line
from mailer.errors import ConfigProblem

if TYPE_CHECKING:
    from mailer.inbox import Entry
    from mailer.ledger.returns import KnownFinding
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
_LIST_HELP = """List what came back: about whom, and why.

\b
Examples:
  mailer bounces list
  mailer bounces list --unmatched     what could not be tied to anybody (it changed nothing)
"""
_UNMATCHED = {
    "bad-token": "carries a token that is not ours: forged or damaged",
    "no-token": "an opt-out without our token: read it, and use mailer optouts add",
    "of-a-test": "about a test or preview",
    "not-sent-to": "about somebody we did not write to",
    "no-trace": "says nothing by which it could be matched",
}
_PEOPLE = {
    "bounced_hard": "bounced: the address is dead",
    "bounced_soft": "bounced for another reason",
    "delayed": "delayed, their server is still trying",
    "complained": "complained",
    "auto_replied": "answered automatically",
    "opted_out": "opted out",
}

__all__ = ["app"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@app.command("collect", help=_COLLECT_HELP)
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


@app.command("list", help=_LIST_HELP)
def list_bounces(
    unmatched: Annotated[bool, typer.Option("--unmatched", help="What could not be tied to anybody.")] = False,
    as_json: AsJson = False,
) -> int:
    """List what came back."""
    from mailer.ledger.returns import read_findings

    found: list[KnownFinding] = []
    with reading_office() as office:
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                found = list(read_findings(connection, unmatched=unmatched))
    if as_json:
        output.print_json({"unmatched" if unmatched else "bounces": [_finding(each) for each in found]})
    elif not found:
        output.say("Nothing." if unmatched else "Nothing came back yet. To look: mailer bounces collect")
    else:
        _say_findings(found, unmatched=unmatched)
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
        "problems": [output.problem_json(problem) for problem in told.problems],
    }


def _finding(known: KnownFinding) -> dict[str, Any]:
    found = known.finding
    return {
        "kind": found.kind,
        "email": found.sent.address if found.sent else found.address or None,
        "mailing": known.mailing or None,
        "status": found.status or None,
        "reason": found.reason or None,
        "permanent": found.permanent,
        "matched_by": found.matched_by or None,
        "unmatched": found.unmatched or None,
        "diagnostic": found.diagnostic or None,
        "source": known.source,
        "read_at": known.read_at.isoformat(timespec="seconds"),
    }


def _say_findings(found: list[KnownFinding], *, unmatched: bool) -> None:
    for known in found:
        each = known.finding
        why = _UNMATCHED.get(each.unmatched, each.unmatched) if unmatched else WHY.get(each.reason, each.reason)
        who = each.address or "nobody named"
        head = " · ".join(part for part in (each.kind, who, known.mailing, why) if part)
        output.say(f"  {head}")
        if each.diagnostic:
            say_line("", " ".join(each.diagnostic.split())[:200], to_stderr=False)
        if unmatched:
            say_line("", known.source, to_stderr=False)
