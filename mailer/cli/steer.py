"""Steer: `mailer pause`, `cancel`, `resume` and `reconcile`, from another terminal or after a crash.

Owns the question before a mailing is cancelled, and how recipients in doubt are shown and settled.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import inbox_password, password_of, reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.cli.send import deliver, say_scheduled
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.office import Office
    from mailer.runs.reconcile import Archive
    from mailer.runs.sending.steer import Steered
    from mailer.settings import Inbox


MailingName = Annotated[
    str, typer.Argument(metavar="MAILING", help="A release's name, or name/kind-N.", autocompletion=complete_mailing)
]
Emails = list[str]


def reconcile(
    mailing: MailingName,
    accepted: Annotated[Emails, typer.Option("--accepted", metavar="EMAIL", help="The relay accepted it.")] = [],  # noqa: B006 - typer copies it
    not_sent: Annotated[Emails, typer.Option("--not-sent", metavar="EMAIL", help="It never arrived.")] = [],  # noqa: B006 - typer copies it
    note: Annotated[str, typer.Option(metavar="TEXT", help="How you know, kept with it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Search only; settle nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the mailing as one JSON document.")] = False,
) -> int:
    """Settle recipients in doubt: by returned mail, by copies of sent mail, or by hand.

    What came back and proves that the relay took a mail stands in the ledger; copies of what went out are searched for
    in the mailboxes of mailer.toml that hold them (holds = "sent"). That nothing is found proves nothing; then you
    decide, or leave it.

    \b
    Examples:
      mailer reconcile harbour-seals
      mailer reconcile harbour-seals --accepted ada@daily.example.com --note "relay log, 10:41"
      mailer reconcile harbour-seals --not-sent bo@kustnytt.example.net      then: mailer resume
    """
    from mailer.pages import Page, page
    from mailer.runs.reconcile import reconcile as reconcile_mailing
    from mailer.runs.reports import read_outcome, read_settlement
    from mailer.runs.sending.steer import Settled, settle

    by_hand = [Settled(mailing, email, accepted=True, evidence=note) for email in accepted]
    by_hand += [Settled(mailing, email, accepted=False, evidence=note) for email in not_sent]
    if by_hand and dry_run:
        raise InputProblem("--dry-run says what a search would settle; what you say by hand is done at once")
    with writing_office() as (office, ledger):
        if by_hand:
            for each in by_hand:
                settle(office, ledger, each)
            if as_json:
                output.show(read_outcome(office, ledger, mailing), as_json=True)
            else:
                output.print_page(Page(*(page(each).parts for each in by_hand)))
            return 0
        told = reconcile_mailing(office, ledger, mailing, _archives(office), dry_run=dry_run)
        output.show(read_settlement(ledger, told, dry_run=dry_run), as_json=as_json)
    for error in told.errors:
        output.say_error(error, as_json=False)
    if as_json:
        output.say_problems(told.problems)
    return told.errors[0].exit_code if told.errors else int(bool(told.left))


def _archives(office: Office) -> list[Archive]:
    """Return the mailboxes that hold copies of what went out, each with its search."""
    from mailer.inbox.copies import find_copies
    from mailer.runs.reconcile import Archive

    def archive(inbox: Inbox) -> Archive:
        root = office.workspace.root
        return Archive(
            inbox.url, lambda wanted: find_copies(inbox, root, lambda: inbox_password(office, inbox), wanted)
        )

    return [archive(inbox) for inbox in office.settings.inbox.values() if inbox.holds == "sent"]


def pause(mailing: MailingName, as_json: AsJson = False) -> int:
    """Pause a mailing. Messages already on the wire are finished first.

    If recipients are being planned at the moment, that stops too, and none of them is added.

    \b
    Example:
      mailer pause harbour-seals       then: mailer resume harbour-seals
    """
    from mailer.runs.sending.steer import pause as pause_mailing

    with writing_office() as (office, ledger):
        done = pause_mailing(office, ledger, mailing)
    return _tell(done, mailing, as_json=as_json)


def cancel(
    mailing: MailingName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Cancel a mailing for good. Whoever has not received it will not receive it.

    If recipients are being planned at the moment, that stops too.

    \b
    Example:
      mailer cancel harbour-seals
    """
    from mailer.runs.sending.steer import cancel as cancel_mailing

    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputProblem("cannot ask for confirmation here", hint="Cancelling cannot be undone. Add --yes.")
        if not typer.confirm(f"Cancel {mailing} for good?", err=True):
            return 1
    with writing_office() as (office, ledger):
        done = cancel_mailing(office, ledger, mailing)
    return _tell(done, mailing, as_json=as_json)


def _tell(done: Steered, mailing: str, *, as_json: bool) -> int:
    from mailer.runs.reports import read_status

    if not as_json:
        output.show(done, as_json=False)
        return 0
    with reading_office() as office:
        output.show(read_status(office, mailing), as_json=True)
    return 0


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("pause", short_help="Pause a mailing.")(pause)
    app.command("cancel", short_help="Cancel a mailing for good.")(cancel)
    app.command("resume", short_help="Continue a mailing.")(resume)
    app.command("reconcile", short_help="Settle recipients in doubt.")(reconcile)


def resume(
    mailing: Annotated[
        str,
        typer.Argument(metavar="MAILING", help="A release's name, or name/kind-N.", autocompletion=complete_mailing),
    ],
    relay: Annotated[str, typer.Option(metavar="NAME", help="Use only this relay from mailer.toml.")] = "",
    in_doubt: Annotated[
        bool, typer.Option("--retry-in-doubt", help="Include recipients in doubt: they may receive it twice.")
    ] = False,
    only: Annotated[
        list[str], typer.Option("--only", metavar="EMAIL", help="With --retry-in-doubt: only these recipients.")
    ] = [],  # noqa: B006 - typer copies it
    expired: Annotated[bool, typer.Option("--expired", help="Include expired recipients.")] = False,
    expires: Annotated[
        str, typer.Option(metavar="WHEN", help="With --expired: give up after that. 24h, 2d, or a date and time.")
    ] = "24h",
    refused: Annotated[
        bool, typer.Option("--refused", help="Include recipients that the relay rejected, unless suppressed.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Continue a mailing: pending recipients, and deferred ones that are due.

    Whoever is in doubt (the connection broke after the text had left) may have it already, and is sent to again only
    when asked for; the mail keeps its Message-ID, so that many mail programs show it once. If the text was changed
    since, it has the new one.

    Whoever expired (it was too late for them to be news) gets it with --expired. Recipients that the relay refused, and
    that are not suppressed, get it with --refused: for a relay that refused them by mistake and works now. If it is too
    late for them by now, use both.

    \b
    Examples:
      mailer resume harbour-seals
      mailer resume harbour-seals --retry-in-doubt
      mailer resume harbour-seals --retry-in-doubt --only ada@daily.example.com
      mailer resume harbour-seals --expired --expires 12h
      mailer resume harbour-seals --refused
      mailer resume harbour-seals --refused --expired
    """
    from mailer.runs.planning.request import parse_expiry
    from mailer.runs.sending.steer import Resume, find_way, go_on

    if only and not in_doubt:
        raise InputProblem("--only goes with --retry-in-doubt")
    if expires != "24h" and not expired:
        raise InputProblem("--expires goes with --expired")
    with writing_office(mails=True) as (office, ledger):
        found, where = find_way(office, ledger, mailing, relay)
        password = password_of(office, where)
        until = parse_expiry(expires, now=office.clock()) if expired else None
        waits = go_on(office, ledger, Resume(found, where, bool(relay), in_doubt, tuple(only), until, refused))
        if waits is not None:
            return say_scheduled(office, ledger, waits, as_json=as_json)
        return deliver(office, ledger, found, where, password, as_json=as_json)
