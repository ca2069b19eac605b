"""Returns: `mailer bounces` and `mailer replies`: what comes back, from mail servers and from people.

Owns the lines of `collect --watch`, which a worker also prints. `classify` needs no ledger and records nothing.
`mailer replies lamps --open` works: without a subcommand, replies are listed.
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
from mailer.cli.office import now, password_of, reading_office, run_reading, run_writing, writing_office
from mailer.cli.options import OneMailing, argument, flag, option
from mailer.cli.progress import status_line
from mailer.errors import InputProblem, did_you_mean
from mailer.platform.signals import on_end

if TYPE_CHECKING:
    from typer._click import Context

    from mailer.inbox.values import Entry
    from mailer.ledger.connection import KeptLedger
    from mailer.runs.collect.taking import Collected
    from mailer.runs.mailboxes import Watch

bounces = typer.Typer(help="Returned mail: bounces, complaints, auto-replies, opt-outs.", no_args_is_help=True)


@bounces.command()
def classify(
    path: str = argument("FILE|DIR", "A Maildir, an mbox, a folder of .eml files, or -."),
    as_lines: bool = flag("--jsonl", "Print one line of JSON for each message."),
    explain: bool = flag("--explain", "Show the evidence for each classification: field, words, code."),
) -> None:
    """Classify messages without recording anything.

    Bounces (with recipient, reason and permanence), complaints, auto-replies and opt-outs.

    Nothing is changed. To record returned mail, use   mailer bounces collect
    """
    from mailer.runs.collect.by_hand import Classified
    from mailer.runs.collect.by_hand import classify as classify_messages

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


@bounces.command("list")
def list_bounces(
    mailing: OneMailing = "",
    unmatched: bool = flag("--unmatched", "Only messages that match no recipient."),
    people: bool = flag("--people", "List every recipient, one per line."),
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
    from mailer.pages.words import WHY
    from mailer.runs.collect.by_hand import count_came_back, read_came_back

    if reason and reason not in WHY and reason not in (known := {*WHY, *run_reading(count_came_back)}):
        hint = "mailer bounces list   shows the reasons of what came back"
        raise InputProblem(f'"{reason}" is not a reason{did_you_mean(reason, sorted(known))}', hint=hint)
    found = run_reading(read_came_back, mailing, reason=reason, domain=domain, unmatched=unmatched, one_by_one=people)
    output.show(found)


@bounces.command()
def show(
    number: int = argument("ID", "The number in the list."),
    raw: bool = flag("--raw", "Print only the original message."),
    email: str = option("--as EMAIL", "It is about this recipient.", "", "address"),
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
    from mailer.runs.collect.by_hand import read_whole, settle_as, settle_aside, undo_settling

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


@bounces.command("collect")
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
    from mailer.runs.collect.taking import Reading
    from mailer.runs.collect.taking import collect as collect_messages
    from mailer.runs.mailboxes import collect_mailboxes

    if path and (inbox or watch):
        given = "inbox" if inbox else "watch"
        raise InputProblem(f"--{given} is for the mailboxes of mailer.toml and cannot be combined with a path")
    if watch and (dry_run or output.is_json()):
        raise InputProblem("--watch runs until Ctrl-C and cannot be combined with --dry-run or --json")
    if watch:
        return _watch(inbox)
    with writing_office() as (office, ledger), status_line("  looking for mail …") as show:

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
    stopped = threading.Event()
    watch = make_watch(only=inbox, by_worker=False)
    with on_end(stopped.set):
        try:
            watch.start()
            print_now(f"reading {names}; Ctrl-C stops")
            while not stopped.wait(1.0):  # Windows handles a signal only between two waits
                pass
        finally:
            watch.stop()
            watch.join()
    print_now("stopped")
    return 0


def make_watch(*, only: str = "", by_worker: bool = True, kept: KeptLedger | None = None) -> Watch:
    """Return a watch that reads the mailboxes of mailer.toml repeatedly and prints a line for each event.

    A worker names no recipients: its lines go into journals, from which nothing is erased. `kept` is as for
    `reading_office`.
    """
    from mailer.pages.collect import happened, in_a_line
    from mailer.runs.mailboxes import Watch

    def report(key: str, found: Collected) -> None:
        shown = replace(found, suppressed=[], settled=[], away=[]) if by_worker else found
        for line in filter(None, (in_a_line(found), *happened(shown), *map(str, found.problems))):
            print_now(f"inbox {key}: {line}")

    office = partial(reading_office, mails=by_worker, kept=kept)
    return Watch(office=office, credential=password_of, tell=report, say=print_now, only=only, by_worker=by_worker)


def print_now(text: str) -> None:
    """Print a line with the time, for commands that keep running."""
    output.echo(f"{now():%Y-%m-%d %H:%M:%S} UTC  {text}", to_stderr=True)


class _ListByDefault(typer.core.TyperGroup):
    """A group whose default command is `list`: `mailer replies lamps --open`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Insert `list` if there is no command."""
        if not any(word in self.commands or word in {"--help", "-h"} for word in args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


_HELP = """Replies from people: list, read, assign, note, mark as done.

Without a command they are listed:   mailer replies [MAILING] [--open|--done|--mine] [--why]
"""
replies = typer.Typer(cls=_ListByDefault, help=_HELP)


@replies.command("list")
def list_replies(
    mailing: OneMailing = "",
    waiting: bool = flag("--open", "Only replies that still need an answer."),
    done: bool = flag("--done", "Only replies that are done."),
    mine: bool = flag("--mine", "Only open replies that are assigned to you."),
    explain: bool = flag("--why", "Show the grounds for each guess."),
) -> None:
    """List replies. The word "list" can be left out.

    Whether a reply needs an answer is a guess from its words: a question, a request for an interview, for pictures or
    a call. Thanks and automatic replies need none. Replies arrive with   mailer bounces collect

    \b
    Examples:
      mailer replies                     all, newest first
      mailer replies harbour-seals       to one release, its follow-ups and corrections
      mailer replies --open              not answered yet
      mailer replies --mine              assigned to you
      mailer replies --open --why        with the grounds for each guess
    """
    from mailer.runs.replies import DONE, MINE, OPEN
    from mailer.runs.replies import list_replies as read

    if waiting + done + mine > 1:
        raise InputProblem("choose one of --open, --done and --mine", hint="mailer replies --open")
    with reading_office() as office:
        which = OPEN if waiting else DONE if done else MINE if mine else ""
        output.show(read(office, mailing, which=which, explain=explain))


@replies.command("show")
def show_one(
    number: int = argument("NUMBER", "The number in the list."),
    whole: bool = flag("--whole", "Include the quoted mail and the signature."),
) -> int:
    """Show one reply, fetched from the mailbox.

    The letter is fetched for you to read and is not stored; nothing in the mailbox changes.

    \b
    Examples:
      mailer replies show 3
      mailer replies show 3 --whole
    """
    from mailer.runs.replies import show_reply

    with reading_office() as office:
        shown = show_reply(office, number, partial(password_of, office), whole=whole)
    output.show(shown)
    return shown.exit_code


@replies.command()
def assign(
    words: list[str] = argument("NUMBER [NAME]", "Numbers from the list, and a name. Default: yourself."),
    take_over: bool = flag("--take-over", "Also if it is assigned to someone else."),
    undo: bool = flag("--undo", "Remove the assignment."),
) -> int:
    """Assign replies to yourself or a colleague.

    A reply that is assigned to someone else stays with them, except with --take-over.

    \b
    Examples:
      mailer replies assign 3              to yourself
      mailer replies assign 3 4 Ida
      mailer replies assign 3 Jonas --take-over
      mailer replies assign 3 --undo
    """
    from mailer.runs.replies import assign_replies, own_name

    numbers = [int(word) for word in words if word.isdecimal()]
    name = " ".join(word for word in words if not word.isdecimal())
    if not numbers or (undo and name):
        raise InputProblem("give the numbers of the replies", hint="mailer replies assign 3 Ida   or   3 --undo")
    with writing_office() as (office, ledger):
        chosen = "" if undo else name or own_name(office)
        handled = assign_replies(office, ledger, numbers, chosen, take_over=take_over)
    output.show(handled)
    return 1 if handled.refused else 0


@replies.command()
def done(
    numbers: list[int] = argument("NUMBER", "Numbers from the list."),
    undo: bool = flag("--undo", "Open it again."),
) -> int:
    """Mark replies as done.

    \b
    Examples:
      mailer replies done 3 4
      mailer replies done 3 --undo
    """
    from mailer.runs.replies import finish_replies

    handled = run_writing(finish_replies, numbers, undo=undo)
    output.show(handled)
    return 1 if handled.refused else 0


@replies.command()
def note(
    number: int = argument("NUMBER", "The number in the list."),
    text: list[str] = argument("TEXT", "What your colleagues should know.", []),
    undo: bool = flag("--undo", "Remove the newest note."),
) -> int:
    """Add a note to a reply.

    Notes are erased with the contact (mailer contacts forget), and after their retention period.

    \b
    Examples:
      mailer replies note 3 "Called back at five, wants pictures by Friday"
      mailer replies note 3 --undo
    """
    from mailer.runs.replies import note_reply

    if undo and text:
        raise InputProblem(
            "--undo removes the newest note and takes no text", hint=f"mailer replies note {number} --undo"
        )
    handled = run_writing(note_reply, number, " ".join(text), undo=undo)
    output.show(handled)
    return 1 if handled.refused else 0
