"""Resume: `mailer resume`, going on with a mailing.

Owns which relay it goes over then. Never plans: whoever is in the mailing already is all there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli.completing import complete_mailing
from mailer.cli.office import password_of, writing_office
from mailer.cli.send import deliver, say_scheduled
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger.mailings import Mailing
    from mailer.runs.office import Office
    from mailer.settings import Relay

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

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as one JSON document.")]


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


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("resume", help=_RESUME_HELP, short_help="Continue a mailing.")(resume)
