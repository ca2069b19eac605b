"""Bounces: `mailer bounces classify`, `list` and `show`, what came back.

`classify` asks no ledger and records nothing; `collect` is in `collecting`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_mailing
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.inbox.values import Entry

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

    Bounces (with recipient, reason and permanence), complaints, auto-replies and opt-outs.

    Nothing is remembered and nothing is changed: to take bounces in, use   mailer bounces collect
    """
    from mailer.runs.collect.showing import Classified
    from mailer.runs.collect.showing import classify as classify_messages

    found = classify_messages(read_from(path))
    if as_lines and not as_json:
        for document in found:
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        output.show(Classified(tuple(found)), as_json=as_json)


def read_from(path: str) -> Iterator[Entry]:
    """Read the messages of a file or folder, or, where it is `-`, of standard input."""
    from mailer.inbox.mailbox import read_messages, read_stream

    return read_stream(sys.stdin.buffer) if path == "-" else read_messages(Path(path).expanduser())


def _settle(number: int, email: str, reason: str, *, ignore: bool, undo: bool, as_json: bool) -> None:
    from mailer.runs.collect.settling import SetAside, SettledAs, settle_as, settle_aside, undo_settling

    if sum((bool(email), ignore, undo)) != 1:
        raise InputProblem("say one of --as EMAIL, --ignore and --undo", hint=f"mailer bounces show {number}")
    with writing_office() as (office, ledger):
        if email:
            told = settle_as(office, ledger, number, email, reason=reason)
            output.show(SettledAs(number, email, told), as_json=as_json)
        elif ignore:
            settle_aside(office, ledger, number, reason=reason)
            output.show(SetAside(number, is_ignored=True), as_json=as_json)
        else:
            lifted = tuple(undo_settling(office, ledger, number))
            output.show(SetAside(number, is_ignored=False, lifted=lifted), as_json=as_json)


def list_bounces(
    mailing: Annotated[
        str, typer.Argument(metavar="MAILING", help="Of one mailing alone.", autocompletion=complete_mailing)
    ] = "",
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Only messages that match no recipient.")] = False,
    people: Annotated[bool, typer.Option("--people", help="List every recipient, one a line.")] = False,
    reason: Annotated[str, typer.Option(metavar="WORD", help="Only this reason: userunknown, mailboxfull …")] = "",
    domain: Annotated[str, typer.Option(metavar="DOMAIN", help="Only recipients at this domain.")] = "",
    as_json: AsJson = False,
) -> None:
    """List returned mail, grouped by reason.

    \b
    Examples:
      mailer bounces list                          all of it, by reason, domain and mailing
      mailer bounces list harbour-seals --people   everybody of one mailing, with their server's words
      mailer bounces list --reason mailboxfull     everybody with one reason
      mailer bounces list --unmatched              what could not be tied to anybody
    """
    from mailer.runs.collect.showing import read_came_back

    with reading_office() as office:
        found = read_came_back(office, mailing, reason=reason, domain=domain, unmatched=unmatched, one_by_one=people)
    output.show(found, as_json=as_json)


def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="The number in the list.")],
    raw: Annotated[bool, typer.Option("--raw", help="Print only the original message.")] = False,
    email: Annotated[
        str, typer.Option("--as", metavar="EMAIL", help="It is about this recipient.", autocompletion=complete_address)
    ] = "",
    ignore: Annotated[bool, typer.Option("--ignore", help="It concerns no recipient.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said by hand.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="How you know, kept with it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show one returned message, or assign it to a recipient.

    The number is in   mailer bounces list --people   and   mailer bounces list --unmatched

    What matched nobody is assigned to a recipient with --as: a dead address is suppressed then, an opt-out honoured.

    \b
    Examples:
      mailer bounces show 17
      mailer bounces show 17 --raw > returned.eml
      mailer bounces show 12 --as ada@daily.example.com --reason "her old address passes mail on"
      mailer bounces show 13 --ignore
      mailer bounces show 12 --undo
    """
    from mailer.runs.collect.showing import read_whole

    if email or ignore or undo or reason:
        _settle(number, email, reason, ignore=ignore, undo=undo, as_json=as_json)
        return
    with reading_office() as office:
        whole = read_whole(office, number)
    if not raw:
        output.show(whole, as_json=as_json)
    elif not whole.found.data:
        raise InputProblem("the message itself is not kept", hint=f"It was found in: {whole.found.source}")
    else:
        sys.stdout.buffer.write(whole.found.data)


app.command("list")(list_bounces)
app.command("show")(show)
