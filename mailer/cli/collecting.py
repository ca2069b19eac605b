"""Collecting: `mailer bounces collect`, which reads what came back, once or as long as one likes.

Owns the words for what a reading brought, the progress on a terminal, and the lines of `--watch`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import now
from mailer.cli.office import inbox_credential, reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import ConfigProblem, InputProblem, did_you_mean
from mailer.platform import on_end

if TYPE_CHECKING:
    from mailer.inbox import Entry
    from mailer.runs.collect import Collected
    from mailer.runs.mailboxes.reading import Reader, Told
    from mailer.runs.mailboxes.watching import Watch
    from mailer.runs.office import Office
    from mailer.settings import Credential, Inbox

_COLLECT_HELP = """Record returned mail. Bounces, complaints, auto-replies, mailed opt-outs.

Each message counts once, however often it is read. Nothing is deleted; over IMAP what was read gets the keyword
$Processed, or moves to a folder (`after` in mailer.toml), once it is safe in the ledger.

\b
Examples:
  mailer bounces collect                    the mailboxes of mailer.toml ([inbox.main])
  mailer bounces collect --dry-run          what it would do
  mailer bounces collect --watch            keep reading, until Ctrl-C
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

_HINT = '[inbox.main] with url = "imaps://USER@HOST/INBOX", "maildir:PATH" …; or: mailer bounces collect PATH'


def collect(
    path: Annotated[str, typer.Argument(metavar="PATH|-", help="Default: the mailboxes of mailer.toml.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Keep running, and print a line for each event.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; mark nothing as read.")] = False,
    inbox: Annotated[str, typer.Option("--inbox", metavar="NAME", help="Only this mailbox from mailer.toml.")] = "",
    as_json: AsJson = False,
) -> int:
    """Read what came back into the ledger."""
    _check(path, inbox, watch=watch, once=dry_run or as_json)
    if watch:
        return _watch(inbox)
    from mailer.runs.collect import collect as collect_messages
    from mailer.runs.mailboxes.reading import Told, read_all

    beside = Told()
    with writing_office() as (office, ledger), _progress() as show:
        if path:
            entries = _from(path)
        else:
            readers = _readers(office, _chosen(office, inbox), beside, show, dry_run=dry_run)
            entries = read_all(office, ledger, readers, beside, dry_run=dry_run)
        told = collect_messages(office, ledger, entries, dry_run=dry_run)
    if as_json:
        output.print_json({**_document(told), "dry_run": dry_run, "notes": beside.notes})
    else:
        _say(told)
        _say_beside(beside, dry_run=dry_run)
    return max((error.exit_code for error in beside.failures), default=0)


def _check(path: str, inbox: str, *, watch: bool, once: bool) -> None:
    if path and (inbox or watch):
        raise InputProblem(
            f"--{'inbox' if inbox else 'watch'} is for the mailboxes of mailer.toml, and does not go with a path"
        )
    if watch and once:
        raise InputProblem("--watch goes on until Ctrl-C, so that neither --dry-run nor --json goes with it")


def _chosen(office: Office, key: str) -> list[Inbox]:
    """Return the mailboxes to read.

    Raises:
        ConfigProblem: there are none, or none of that name that holds what comes back.
    """
    found = {key: each for key, each in office.settings.inbox.items() if each.holds == "returns"}
    if not found:
        raise ConfigProblem("mailer.toml names no mailbox to read", hint=_HINT)
    if key and key not in found:
        raise ConfigProblem(f'there is no inbox "{key}" in mailer.toml that is read{did_you_mean(key, found)}')
    return [found[key]] if key else list(found.values())


def _readers(
    office: Office, inboxes: Sequence[Inbox], beside: Told, show: Callable[[str, int, int], None], *, dry_run: bool
) -> Iterator[Reader]:
    from mailer.runs.mailboxes.door import Door
    from mailer.runs.mailboxes.reading import Ears, Reader

    for each in inboxes:
        looked_at = each.replace(after="keep") if dry_run else each
        fetch: Callable[[], Credential | None] = partial(inbox_credential, office, each)
        yield Reader(Door(looked_at, office.workspace.root, fetch, clock=office.clock), beside, Ears(progress=show))


def _from(path: str) -> Iterator[Entry]:
    from mailer.inbox import read_messages, read_stream

    return read_stream(sys.stdin.buffer) if path == "-" else read_messages(Path(path).expanduser())


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what shows how far a mailbox is read: a line that changes, where there is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _key, _done, _expected: None
        return
    with output.console(to_stderr=True).status("", refresh_per_second=4) as line:
        line.update(output.plain("  looking for mail …"))

        def show(key: str, done: int, expected: int) -> None:
            of = f" of {expected:,}" if expected > done else ""
            line.update(output.plain(f"  {key}: {done:,}{of} messages read"))

        yield show


def _watch(inbox: str) -> int:
    """Read until Ctrl-C, in threads; a second Ctrl-C is not needed, as a crash would do no harm either."""
    with writing_office() as (office, _):
        names = ", ".join(each.key for each in _chosen(office, inbox))
    over = threading.Event()
    made = make_watch(only=inbox, gently=False)
    with on_end(over.set):
        try:
            made.start()
            tell_line(f"reading {names}; Ctrl-C stops")
            while not over.wait(1.0):  # Windows heeds a signal only between two waits
                pass
        finally:
            made.stop()
            made.join()
    tell_line("stopped")
    return 0


def make_watch(*, only: str = "", gently: bool = True) -> Watch:
    """Return what reads the mailboxes of mailer.toml again and again, and prints a line for each thing that happens.

    Who works `gently` in the background names nobody: its lines go into journals, which forget nobody.
    """
    from mailer.runs.mailboxes.watching import Hands, Watch

    office = partial(reading_office, mails=gently)
    tell = partial(_tell, named=not gently)
    return Watch(Hands(office=office, credential=inbox_credential, tell=tell, say=tell_line, only=only, gently=gently))


def tell_line(text: str) -> None:
    """Print a line with its time, as the worker does."""
    output.say(f"{now():%Y-%m-%d %H:%M:%S} UTC  {text}", to_stderr=True)


def _tell(key: str, told: Collected, *, named: bool) -> None:
    """Print what one reading of a mailbox brought, a line for each thing; of persons only where they may be named."""
    people = [f"{count} {_PEOPLE.get(kind, kind)}" for kind, count in told.people.items() if count]
    new = told.messages - told.known
    unmatched = [f"{told.unmatched} could not be tied to anybody"] if told.unmatched else []
    if new:
        brought = " · ".join([f"{new} new {'message' if new == 1 else 'messages'}", *people, *unmatched])
        tell_line(f"inbox {key}: {brought}")
    shown = told if named else replace(told, suppressed=[], settled=[], away=[])
    for line in _lines(shown):
        tell_line(f"inbox {key}: {line}")
    for problem in told.problems:
        tell_line(f"inbox {key}: {problem}")


def _say_beside(beside: Told, *, dry_run: bool) -> None:
    for note in beside.notes:
        output.say(f"  {note}", style="dim")
    for error in beside.failures:
        for line in error.hint.splitlines():
            output.say(f"           {line}", to_stderr=True)
    if dry_run:
        output.say("  This was a dry run: nothing was remembered, nothing was marked.", style="dim")


def _say(told: Collected) -> None:
    known = f", {told.known} of them known already" if told.known else ""
    output.say(f"  {told.messages} {'message' if told.messages == 1 else 'messages'} read{known}")
    for kind, count in told.people.items():
        if count:
            output.say(f"  {count:4} {_PEOPLE.get(kind, kind)}")
    for line in _lines(told):
        output.say(f"       {line}")
    if told.unmatched:
        output.say(
            f"  {told.unmatched:4} could not be tied to anybody and changed nothing: mailer bounces list --unmatched"
        )
    letters = told.kinds.get("none", 0)
    if letters:
        output.say(f"  {letters:4} to read yourself; left in the mailbox")
    output.say_problems(told.problems)


def _lines(told: Collected) -> Iterator[str]:
    """Yield what happened to whom, a line each."""
    for address, why in told.suppressed:
        yield f"{address or '(forgotten)'} is suppressed from now on ({why})"
    for address in told.settled:
        yield f"{address or '(forgotten)'} was in doubt, and counts as accepted now: this proves that the relay took it"
    yield from consequence_lines(told)


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


# Consequences: what a reading of a mailbox led to beyond single people, in words and as JSON.


def consequence_lines(told: Collected) -> Iterator[str]:
    """Yield a sentence for each mailing that pauses, for who is away, and for what is proposed for the lists."""
    for mailing, why in told.paused:
        name = mailing.removesuffix("/release-1")
        yield f"{name} is paused: {why}. Once that is fixed: mailer resume {name}"
    for address, until in told.away:
        yield f"{address or '(forgotten)'} is away until {until}"
    if told.proposed:
        many = "1 proposal" if len(told.proposed) == 1 else f"{len(told.proposed)} proposals"
        yield f"{many} for the lists, of people who left or moved: mailer lists proposals"


def consequence_json(told: Collected) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "paused": [{"mailing": mailing, "why": why} for mailing, why in told.paused],
        "away": [{"email": address, "until": until} for address, until in told.away],
        "proposed": [{"email": address, "new": new or None} for address, new in told.proposed],
    }
