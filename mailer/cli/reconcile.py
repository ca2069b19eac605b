"""Reconcile: `mailer reconcile`, who was in doubt and what became of that.

Owns how settling is shown, and which mailboxes of mailer.toml are searched. Nobody is sent to from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import inbox_password, writing_office
from mailer.cli.summary import say_doubt, say_line

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.runs.office import Office
    from mailer.runs.reconcile import Archive, Reconciled
    from mailer.runs.sending.steer import Settled
    from mailer.settings import Inbox

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


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("reconcile", help=_HELP, short_help="Settle recipients in doubt.")(reconcile)
