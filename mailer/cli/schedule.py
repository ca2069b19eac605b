"""Schedule: `mailer worker`, and what `send --at … --wait` shows while it waits.

Owns the lines that a worker prints, one for each thing that happens, on stderr, and the clean stop of both.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.collecting import make_watch, tell_line
from mailer.cli.context import now
from mailer.cli.office import password_of, reading_office
from mailer.cli.progress import run_interruptible, stopping
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.ledger.mailings import Mailing
    from mailer.runs.mailboxes.watching import Watch
    from mailer.runs.office import Office
    from mailer.runs.sending.work import Worker
    from mailer.settings import Credential, Relay


def worker(
    once: Annotated[bool, typer.Option("--once", help="Send what is due now, then exit.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: the mailings that were worked on, as one JSON document.")
    ] = False,
) -> int:
    """Send what is due: scheduled mailings, retries, and the work of a process that died.

    Keeps running; Ctrl-C or a polite kill finishes what is on the wire. It can be killed at any moment and started
    again, and several may run at once: nobody gets anything twice. What is paused, halted, or was stopped by hand is
    left alone. The mailboxes of mailer.toml are read beside it, as `bounces collect` does: at once where the server can
    call (IDLE).

    \b
    Examples:
      mailer worker
      mailer worker --once       one look, for cron; ends when all that is due is done
    """
    if as_json and not once:
        raise InputProblem("--json goes with --once: a worker that keeps running has no end to report")
    with reading_office(mails=True) as office:  # unreadable settings, or a wrong ledger, are told before anything else
        place, relays = office.workspace.root, office.settings.relays
    if not relays:
        output.say(
            "  mailer.toml names no relay yet; nothing can be sent until it does", style="yellow", to_stderr=True
        )

    if not once:
        tell_line(f"working for {place.resolve()}; Ctrl-C stops cleanly")
    done = run_interruptible(_work(once=once))
    if not once:
        tell_line("stopped")
        return 0
    if as_json:
        output.print_json({"mailings": _documents(done.worked_on)})
    return done.failed[0].exit_code if done.failed else 0


async def _work(*, once: bool) -> Worker:
    """Send what is due and read the mailboxes beside it, once or until it is stopped."""
    from mailer.runs.sending.work import Worker

    made = Worker(office=partial(reading_office, mails=True), password=password_of, clock=now, say=tell_line)
    reading = make_watch()

    def stop() -> None:
        made.stop()
        reading.stop()

    with stopping(stop):
        if once:
            await asyncio.gather(made.once(), asyncio.to_thread(reading.once))
        else:
            await _beside(reading, made.run())
    # a Maildir that is not there yet keeps nobody from anything
    made.failed += [error for error in reading.failures if not isinstance(error, InputProblem)]
    return made


async def _beside(reading: Watch, work: Coroutine[None, None, None]) -> None:
    """Read the mailboxes as long as the work goes on."""
    reading.start()
    try:
        await work
    finally:
        reading.stop()
        await asyncio.to_thread(reading.join)


def _documents(names: list[str]) -> list[dict[str, object]]:
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.reports import mailing_document

    with reading_office() as office:
        if office.ledger is None:
            return []
        with office.ledger.reading() as connection:
            return [mailing_document(connection, require_mailing(connection, name)) for name in names]


def wait_in_foreground(
    office: Office, ledger: Ledger, mailing: Mailing, relay: Relay, password: Credential | None
) -> tuple[Mailing, bool]:
    """Wait for a scheduled mailing's moment; return it as it is then, and whether somebody stopped the waiting."""
    from mailer.runs.sending.send import Sending
    from mailer.runs.sending.work import wait_until_due

    sending = Sending(office, ledger, password_of=password_of)

    async def hold() -> tuple[Mailing, bool]:
        with _countdown() as show:
            stopped = asyncio.Event()
            with stopping(stopped.set):
                found = await wait_until_due(
                    office,
                    ledger,
                    mailing,
                    outage=lambda: sending.find_outage(mailing, relay, password),
                    on_tick=show,
                    stopped=stopped,
                )
        return found, stopped.is_set()

    return run_interruptible(hold())


@contextmanager
def _countdown() -> Iterator[Callable[[Mailing, str], None]]:
    """Yield what shows how long it is until the moment: a line that changes on a terminal, a rare one elsewhere."""
    from mailer.runs.planning.request import tell_moment

    told = [""]

    def sentence(mailing: Mailing, why: str) -> str:
        if why:
            return f"  {mailing.name} is due, and waits for the relay: {why}"
        return f"  {mailing.name} goes out {tell_moment(mailing, now=now())}"

    if not sys.stderr.isatty():

        def plain(mailing: Mailing, why: str) -> None:
            key = why or mailing.scheduled_text
            if key != told[0]:
                told[0] = key
                output.say(sentence(mailing, why), to_stderr=True)

        yield plain
        return
    from rich.text import Text

    output.say("  Ctrl-C leaves it scheduled.", style="dim", to_stderr=True)
    with output.console(to_stderr=True).status("", refresh_per_second=2) as line:
        yield lambda mailing, why: line.update(Text(sentence(mailing, why)))


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("worker", short_help="Send whatever is due, and keep running.")(worker)
