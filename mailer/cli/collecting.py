"""Collecting: `mailer bounces collect`, which reads what came back, once or as long as one likes.

Owns the progress on a terminal, and the lines of `--watch`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.bounces import read_from
from mailer.cli.context import now
from mailer.cli.office import inbox_credential, reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import ConfigProblem, InputProblem, did_you_mean
from mailer.platform import on_end

if TYPE_CHECKING:
    from mailer.runs.collect.applying import Collected
    from mailer.runs.mailboxes.reading import Reader, Told
    from mailer.runs.mailboxes.watching import Watch
    from mailer.runs.office import Office
    from mailer.settings import Credential, Inbox

_HINT = '[inbox.main] with url = "imaps://USER@HOST/INBOX", "maildir:PATH" …; or: mailer bounces collect PATH'


def collect(
    path: Annotated[str, typer.Argument(metavar="PATH|-", help="Default: the mailboxes of mailer.toml.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Keep running, and print a line for each event.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; mark nothing as read.")] = False,
    inbox: Annotated[str, typer.Option("--inbox", metavar="NAME", help="Only this mailbox from mailer.toml.")] = "",
    as_json: AsJson = False,
) -> int:
    """Record returned mail. Bounces, complaints, auto-replies, mailed opt-outs.

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
    _check(path, inbox, watch=watch, once=dry_run or as_json)
    if watch:
        return _watch(inbox)
    from mailer.runs.collect.applying import Reading
    from mailer.runs.collect.taking import collect as collect_messages
    from mailer.runs.mailboxes.reading import Told, read_all

    beside = Told()
    with writing_office() as (office, ledger), _progress() as show:
        if path:
            entries = read_from(path)
        else:
            readers = _readers(office, _chosen(office, inbox), beside, show, dry_run=dry_run)
            entries = read_all(office, ledger, readers, beside, dry_run=dry_run)
        told = collect_messages(office, ledger, entries, dry_run=dry_run)
    hints = tuple(hint for error in beside.failures for hint in error.hint.splitlines())
    output.show(Reading(told, tuple(beside.notes), hints), as_json=as_json)
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
    from mailer.runs.mailboxes.reading import Door, Reader

    for each in inboxes:
        looked_at = each.replace(after="keep") if dry_run else each
        fetch: Callable[[], Credential | None] = partial(inbox_credential, office, each)
        yield Reader(Door(looked_at, office.workspace.root, fetch, clock=office.clock), beside, progress=show)


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
    from mailer.pages.collect import happened, in_a_line

    if brought := in_a_line(told):
        tell_line(f"inbox {key}: {brought}")
    shown = told if named else replace(told, suppressed=[], settled=[], away=[])
    for line in happened(shown):
        tell_line(f"inbox {key}: {line}")
    for problem in told.problems:
        tell_line(f"inbox {key}: {problem}")


def register(bounces: typer.Typer) -> None:
    """Add the command to `mailer bounces`."""
    bounces.command("collect")(collect)
