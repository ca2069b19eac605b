"""Bounces: `mailer bounces`: collect returned mail, once or continuously; list it, show it, match it to a recipient.

`classify` needs no ledger and records nothing. Owns the lines of `collect --watch`, which a worker also prints.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address
from mailer.cli.office import now, password_of, reading_office, run_reading, writing_office
from mailer.cli.options import OneMailing, argument, flag, option
from mailer.cli.progress import changing
from mailer.errors import InputProblem
from mailer.platform.signals import on_end

if TYPE_CHECKING:
    from mailer.inbox.values import Entry
    from mailer.ledger.connection import KeptLedger
    from mailer.runs.collect.applying import Collected
    from mailer.runs.mailboxes import Watch

app = typer.Typer(help="Returned mail: bounces, complaints, auto-replies, opt-outs.", no_args_is_help=True)


@app.command()
def classify(
    path: str = argument("FILE|DIR", "A Maildir, an mbox, a folder of .eml files, or -."),
    as_lines: bool = flag("--jsonl", "Print one line of JSON for each message."),
    explain: bool = flag("--explain", "Show the evidence for each classification: field, words, code."),
) -> None:
    """Classify messages without recording anything.

    Bounces (with recipient, reason and permanence), complaints, auto-replies and opt-outs.

    Nothing is changed. To record returned mail, use   mailer bounces collect
    """
    from mailer.runs.collect.settling import Classified
    from mailer.runs.collect.settling import classify as classify_messages

    found = classify_messages(_read_from(path), explain=explain)
    if as_lines and not output.is_json():
        for document in found:
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        output.show(Classified(tuple(found)))


def _read_from(path: str) -> Iterator[Entry]:
    """Read the messages of a file or folder; `-` is standard input."""
    from mailer.inbox.mailbox import read_messages, read_stream

    return read_stream(sys.stdin.buffer) if path == "-" else read_messages(Path(path).expanduser())


@app.command("list")
def list_bounces(
    mailing: OneMailing = "",
    unmatched: bool = flag("--unmatched", "Only messages that match no recipient."),
    people: bool = flag("--people", "List every recipient, one a line."),
    reason: str = option("--reason WORD", "Only this reason: userunknown, mailboxfull …", ""),
    domain: str = option("--domain DOMAIN", "Only recipients at this domain.", ""),
) -> None:
    """List returned mail, grouped by reason.

    \b
    Examples:
      mailer bounces list                          all of it, by reason, domain and mailing
      mailer bounces list harbour-seals --people   every recipient of one mailing, with the server's words
      mailer bounces list --reason mailboxfull     every recipient with one reason
      mailer bounces list --unmatched              messages that match no recipient
    """
    from mailer.runs.collect.settling import read_came_back

    found = run_reading(read_came_back, mailing, reason=reason, domain=domain, unmatched=unmatched, one_by_one=people)
    output.show(found)


@app.command()
def show(
    number: int = argument("ID", "The number in the list."),
    raw: bool = flag("--raw", "Print only the original message."),
    email: str = option("--as EMAIL", "It is about this recipient.", "", complete_address),
    ignore: bool = flag("--ignore", "It concerns no recipient."),
    undo: bool = flag("--undo", "Undo a decision made by hand."),
    reason: str = option("--reason TEXT", "How you know, kept with it.", ""),
) -> None:
    """Show one returned message, or assign it to a recipient.

    To see the numbers:   mailer bounces list --people   or   mailer bounces list --unmatched

    --as assigns an unmatched message to a recipient. A dead address is then suppressed, and an opt-out takes effect.

    \b
    Examples:
      mailer bounces show 17
      mailer bounces show 17 --raw > returned.eml
      mailer bounces show 12 --as ada@daily.example.com --reason "her old address passes mail on"
      mailer bounces show 13 --ignore
      mailer bounces show 12 --undo
    """
    from mailer.runs.collect.settling import read_whole, settle_as, settle_aside, undo_settling

    if email or ignore or undo or reason:
        if sum((bool(email), ignore, undo)) != 1:
            raise InputProblem("choose one of --as EMAIL, --ignore and --undo", hint=f"mailer bounces show {number}")
        with writing_office() as (office, ledger):
            if email:
                output.show(settle_as(office, ledger, number, email, reason=reason))
            elif ignore:
                output.show(settle_aside(office, ledger, number, reason=reason))
            else:
                output.show(undo_settling(office, ledger, number))
        return
    whole = run_reading(read_whole, number)
    if not raw:
        output.show(whole)
    elif not whole.found.data:
        raise InputProblem("the message itself is not stored", hint=f"It was found in: {whole.found.source}")
    else:
        sys.stdout.buffer.write(whole.found.data)


@app.command("collect")
def collect(
    path: str = argument("PATH|-", "Default: the mailboxes of mailer.toml.", ""),
    watch: bool = flag("--watch", "Keep running, and print a line for each event."),
    dry_run: bool = flag("--dry-run", "Show what would happen; mark nothing as read."),
    inbox: str = option("--inbox NAME", "Only this mailbox from mailer.toml.", ""),
) -> int:
    """Record returned mail. Bounces, complaints, auto-replies and mailed opt-outs.

    Each message counts once, however often it is read. Nothing is deleted. Over IMAP, a message that was read gets the
    keyword $Processed, or moves to a folder (`after` in mailer.toml), once it is safe in the ledger.

    \b
    Examples:
      mailer bounces collect                    the mailboxes of mailer.toml ([inbox.main])
      mailer bounces collect --dry-run          what it would do
      mailer bounces collect --watch            keep reading, until Ctrl-C
      mailer bounces collect ~/Mail/bounces     a Maildir, an mbox, a folder of .eml files
      mailer bounces collect -                  a message on standard input
    """
    from mailer.runs.collect.applying import Reading
    from mailer.runs.collect.taking import collect as collect_messages
    from mailer.runs.mailboxes import collect_mailboxes

    if path and (inbox or watch):
        given = "inbox" if inbox else "watch"
        raise InputProblem(f"--{given} is for the mailboxes of mailer.toml and cannot be combined with a path")
    if watch and (dry_run or output.is_json()):
        raise InputProblem("--watch runs until Ctrl-C and cannot be combined with --dry-run or --json")
    if watch:
        return _watch(inbox)
    with writing_office() as (office, ledger), changing("  looking for mail …") as show:

        def progress(key: str, done: int, expected: int) -> None:
            show(f"  {key}: {done:,}{f' of {expected:,}' if expected > done else ''} messages read")

        if path:
            reading = Reading(collect_messages(office, ledger, _read_from(path), dry_run=dry_run))
        else:
            reading = collect_mailboxes(office, ledger, password_of, only=inbox, dry_run=dry_run, progress=progress)
    output.show(reading)
    return reading.exit_code


def _watch(inbox: str) -> int:
    from mailer.runs.mailboxes import choose_mailboxes

    with writing_office() as (office, _):
        names = ", ".join(each.key for each in choose_mailboxes(office, inbox))
    over = threading.Event()
    made = make_watch(only=inbox, by_worker=False)
    with on_end(over.set):
        try:
            made.start()
            print_now(f"reading {names}; Ctrl-C stops")
            while not over.wait(1.0):  # Windows handles a signal only between two waits
                pass
        finally:
            made.stop()
            made.join()
    print_now("stopped")
    return 0


def make_watch(*, only: str = "", by_worker: bool = True, kept: KeptLedger | None = None) -> Watch:
    """Return a watch that reads the mailboxes of mailer.toml repeatedly and prints a line for each event.

    A worker names no recipients: its lines go into journals, from which nothing is erased. `kept` is as for
    `reading_office`.
    """
    from mailer.pages.collect import happened, in_a_line
    from mailer.runs.mailboxes import Watch

    def tell(key: str, found: Collected) -> None:
        shown = replace(found, suppressed=[], settled=[], away=[]) if by_worker else found
        for line in filter(None, (in_a_line(found), *happened(shown), *map(str, found.problems))):
            print_now(f"inbox {key}: {line}")

    office = partial(reading_office, mails=by_worker, kept=kept)
    return Watch(office=office, credential=password_of, tell=tell, say=print_now, only=only, by_worker=by_worker)


def print_now(text: str) -> None:
    """Print a line with the time, for commands that keep running."""
    output.echo(f"{now():%Y-%m-%d %H:%M:%S} UTC  {text}", to_stderr=True)
