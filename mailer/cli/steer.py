"""Steer: `mailer pause`, `cancel`, `resume` and `reconcile`, from another terminal or after a crash.

Owns the question before a mailing is cancelled, and how recipients in doubt are shown and settled.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import inbox_password, password_of, writing_office
from mailer.cli.options import AsJson
from mailer.cli.send import deliver, say_scheduled
from mailer.cli.summary import say_doubt, say_line
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.ledger.mailings import Mailing
    from mailer.runs.office import Office
    from mailer.runs.reconcile import Archive, Reconciled
    from mailer.runs.sending.steer import Settled
    from mailer.settings import Inbox, Relay


# Reconcile: `mailer reconcile`, who was in doubt and what became of that.

_HELP = """Settle recipients in doubt: by returned mail, by copies of sent mail, or by hand.

What came back and proves that the relay took a mail stands in the ledger; copies of what went out are searched for in
the mailboxes of mailer.toml that hold them (holds = "sent"). That nothing is found proves nothing; then you decide, or
leave it.

\b
Examples:
  mailer reconcile harbour-seals
  mailer reconcile harbour-seals --accepted ada@daily.example.com --note "relay log, 10:41"
  mailer reconcile harbour-seals --not-sent bo@kustnytt.example.net      then: mailer resume
"""

Emails = list[str]


def reconcile(
    mailing: MailingName,
    accepted: Annotated[Emails, typer.Option("--accepted", metavar="EMAIL", help="The relay accepted it.")] = [],  # noqa: B006 - typer copies it
    not_sent: Annotated[Emails, typer.Option("--not-sent", metavar="EMAIL", help="It never arrived.")] = [],  # noqa: B006 - typer copies it
    note: Annotated[str, typer.Option(metavar="TEXT", help="How you know, kept with it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Search only; settle nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the mailing as one JSON document.")] = False,
) -> int:
    """Settle recipients in doubt."""
    from mailer.runs.reconcile import reconcile as reconcile_mailing
    from mailer.runs.sending.steer import Settled

    by_hand = [Settled(email, accepted=True, evidence=note) for email in accepted]
    by_hand += [Settled(email, accepted=False, evidence=note) for email in not_sent]
    with writing_office() as (office, ledger):
        if by_hand:
            return _settle_by_hand(office, ledger, mailing, by_hand, as_json=as_json, dry_run=dry_run)
        told = reconcile_mailing(office, ledger, mailing, _archives(office), dry_run=dry_run)
        document = _document(ledger, told, dry_run=dry_run)
    if as_json:
        output.print_json(document)
    else:
        _say(document)
    for error in told.errors:
        output.say_error(error, as_json=False)
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


def _settle_by_hand(
    office: Office, ledger: Ledger, mailing: str, people: list[Settled], *, as_json: bool, dry_run: bool
) -> int:
    from mailer.errors import InputProblem
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.reports import mailing_document
    from mailer.runs.sending.steer import settle

    if dry_run:
        raise InputProblem("--dry-run says what a search would settle; what you say by hand is done at once")
    for each in people:
        settle(office, ledger, mailing, each)
    if as_json:
        with ledger.reading() as connection:
            output.print_json(mailing_document(connection, require_mailing(connection, mailing)))
        return 0
    for each in people:
        planned = f"is planned again. Send with: mailer resume {mailing}"
        output.say(f"{each.email} {'counts as accepted.' if each.accepted else planned}")
    return 0


def _document(ledger: Ledger, told: Reconciled, *, dry_run: bool) -> dict[str, Any]:
    """Return the mailing as it stands now, with who was settled and by what."""
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.reports import mailing_document

    with ledger.reading() as connection:
        document = mailing_document(connection, require_mailing(connection, told.mailing.full_name))
    settled = [
        {"address": proof.doubt.address, "state": "accepted", "reason": proof.reason, "evidence": proof.evidence}
        for proof in told.settled
    ]
    if dry_run:
        left = {doubt.message_id for doubt in told.left}
        document["in_doubt_people"] = [each for each in document["in_doubt_people"] if each["message_id"] in left]
    return document | {
        "dry_run": dry_run,
        "settled": settled,
        "looked_in": told.looked_in,
        "errors": [{"code": error.code, "message": str(error), "hint": error.hint} for error in told.errors],
        "problems": [output.problem_json(problem) for problem in told.problems],
    }


def _say(document: dict[str, Any]) -> None:
    name, settled, left = document["mailing"], document["settled"], document["in_doubt_people"]
    if not settled and not left:
        output.say(f"  Nobody in {name} is in doubt.")
        return
    if document["dry_run"] and settled:
        output.say("  A dry run: this is what would be settled.", style="bold")
    for number, each in enumerate(settled):
        say_line("" if number else "Accepted", each["address"] or "(forgotten)", to_stderr=False)
        say_line("", f"  {each['evidence']}", to_stderr=False)
    if not left:
        return
    people = f"{len(left)} {'person' if len(left) == 1 else 'people'}: no proof was found, and that proves nothing"
    say_line("In doubt", people, to_stderr=False)
    for person in left:
        say_doubt(person, to_stderr=False)
    places = ["what came back", *document["looked_in"]]
    say_line("Looked in", " · ".join(places), to_stderr=False)
    if not document["looked_in"] and not document["errors"]:
        say_line(
            "", 'a mailbox that keeps copies would be looked in, too: [inbox.sent] with holds = "sent"', to_stderr=False
        )
    for number, (command, what) in enumerate(_next(name, left)):
        say_line("" if number else "Next", f"{command:52} {what}", to_stderr=False)


def _next(name: str, left: list[dict[str, Any]]) -> list[tuple[str, str]]:
    email = left[0]["address"]
    return [
        ("mailer bounces collect", "what comes back settles them by itself"),
        (f"mailer reconcile {name} --accepted {email}", "you know that it arrived"),
        (f"mailer reconcile {name} --not-sent {email}", "you know that it did not"),
        (f"mailer resume {name} --retry-in-doubt", "send again, with the same Message-ID"),
    ]


_PAUSE_HELP = """Pause a mailing. Messages already on the wire are finished first.

If recipients are being planned at the moment, that stops too, and none of them is added.

\b
Example:
  mailer pause harbour-seals       then: mailer resume harbour-seals
"""
_CANCEL_HELP = """Cancel a mailing for good. Whoever has not received it will not receive it.

If recipients are being planned at the moment, that stops too.

\b
Example:
  mailer cancel harbour-seals
"""
MailingName = Annotated[
    str, typer.Argument(metavar="MAILING", help="A release's name, or name/kind-N.", autocompletion=complete_mailing)
]


def pause(mailing: MailingName, as_json: AsJson = False) -> int:
    """Pause a mailing."""
    from mailer.events import MailingState
    from mailer.runs.sending.steer import pause as pause_mailing

    with writing_office() as (office, ledger):
        done = pause_mailing(office, ledger, mailing)
    if as_json:
        return _print(mailing)
    found = done.mailing
    if done.stopped_planning:
        output.say(f"The planning of {found.name} was stopped; nobody was added.")
    if found.state is MailingState.PAUSED:
        output.say(f"{found.name} is paused. Go on with: mailer resume {found.name}")
    else:
        output.say(f"There is nothing else to pause. To plan it anew: mailer send {found.slug} --to LIST")
    return 0


def cancel(
    mailing: MailingName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Cancel a mailing for good."""
    from mailer.runs.sending.steer import cancel as cancel_mailing

    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputProblem("cannot ask for confirmation here", hint="Cancelling cannot be undone. Add --yes.")
        if not typer.confirm(f"Cancel {mailing} for good?", err=True):
            return 1
    with writing_office() as (office, ledger):
        done = cancel_mailing(office, ledger, mailing)
    if as_json:
        return _print(mailing)
    found, count = done.mailing, done.cancelled
    if done.stopped_planning:
        output.say(f"The planning of {found.name} was stopped; nobody was added.")
    output.say(f"{found.name} is {found.state}; {count} {'person' if count == 1 else 'people'} will not get it.")
    return 0


def _print(mailing: str) -> int:
    from mailer.cli.report import status

    return status(mailing, as_json=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("pause", help=_PAUSE_HELP, short_help="Pause a mailing.")(pause)
    app.command("cancel", help=_CANCEL_HELP, short_help="Cancel a mailing for good.")(cancel)
    app.command("resume", help=_RESUME_HELP, short_help="Continue a mailing.")(resume)
    app.command("reconcile", help=_HELP, short_help="Settle recipients in doubt.")(reconcile)


# Resume: `mailer resume`, going on with a mailing.

_RESUME_HELP = """Continue a mailing: pending recipients, and deferred ones that are due.

Whoever is in doubt (the connection broke after the text had left) may have it already, and is sent to again only when
asked for; the mail keeps its Message-ID, so that many mail programs show it once. If the text was changed since, it has
the new one.

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
    """Continue a mailing."""
    from mailer.events import MailingState
    from mailer.ledger.mailings import require_mailing, set_state
    from mailer.ledger.planning import refuse_planning
    from mailer.ledger.schedule import use_relay
    from mailer.runs.office.signing import check_signing
    from mailer.runs.planning.confirm import settle_plannings
    from mailer.runs.planning.schedule import wait_again
    from mailer.runs.planning.when import parse_expiry
    from mailer.runs.sending.steer import bring_back, retry_in_doubt

    with writing_office(mails=True) as (office, ledger):
        settle_plannings(office, ledger)
        with ledger.reading() as connection:
            found = require_mailing(connection, mailing)
            refuse_planning(connection, found)
        where = _relay_again(office, found, relay)
        password = password_of(office, where)
        check_signing(office, where)
        if only and not in_doubt:
            raise InputProblem("--only goes with --retry-in-doubt")
        if expires != "24h" and not expired:
            raise InputProblem("--expires goes with --expired")
        until = parse_expiry(expires, now=office.clock()) if expired else None
        if in_doubt:
            retry_in_doubt(office, ledger, mailing, only=only)
        if expired or refused:
            bring_back(office, ledger, mailing, expires_at=until, refused=refused)
        if wait_again(office, ledger, found):
            with ledger.reading() as connection:
                waiting = require_mailing(connection, found.full_name)
            return say_scheduled(ledger, waiting, as_json=as_json)
        with ledger.writing() as connection:
            use_relay(connection, found.id, where.key, pinned=found.pinned or bool(relay))
            over = (MailingState.CANCELLED, MailingState.FINISHED)
            set_state(connection, found.id, MailingState.SENDING, stamp=office.stamp(), unless=over)
        return deliver(office, ledger, found, where, password, as_json=as_json)


def _relay_again(office: Office, mailing: Mailing, name: str) -> Relay:
    """Return the relay of a mailing that goes on; what was made for the preview inbox never leaves this machine."""
    from mailer.runs.sending.send import PREVIEW, PREVIEW_RELAY

    if mailing.relay == PREVIEW and name in {"", PREVIEW}:
        return PREVIEW_RELAY
    if mailing.relay == PREVIEW:
        raise InputProblem(
            f"{mailing.name} was made for the preview inbox and goes over no relay",
            hint=f"mailer send {mailing.slug} --to LIST   sends the real one",
        )
    if name == PREVIEW:
        raise InputProblem(
            f"{mailing.name} is for real people: in the preview inbox it would count as sent",
            hint=f"mailer send {mailing.slug} --to LIST --relay preview   looks at it",
        )
    return office.relay(name or mailing.relay)
