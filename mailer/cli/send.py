"""Send: `mailer send`, from a question to a sentence about everybody.

Owns the asking, and what is said while a mailing goes out and after. Nothing is sent before a person (or `--yes`) has
seen what will happen.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_release
from mailer.cli.office import find_refusal, password_of, reading_office, writing_office
from mailer.cli.options import (
    Again,
    AsJson,
    Filters,
    Lists,
    Manner,
    ReleaseEncoding,
    grouped,
    request_of,
)
from mailer.cli.progress import Show, run_interruptible, stop_on_signals
from mailer.cli.schedule import wait_in_foreground
from mailer.errors import InputProblem, LedgerProblem, MailerError

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.ledger.mailings import Mailing
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Plan
    from mailer.runs.planning.request import Request
    from mailer.settings import Credential, Relay


@grouped
def send(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A name in releases/, or a path.", autocompletion=complete_release)
    ],
    to: Lists,
    filters: Filters = Filters(),
    manner: Manner = Manner(),
    again: Again = Again(),
    relay: Annotated[str, typer.Option(metavar="NAME", help="A relay from mailer.toml, or preview.")] = "",
    expires: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help="Give up after that: 24h, 2d (from now, or from --at), or a moment with its zone."
        ),
    ] = "24h",
    at: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help='Send it then: "2026-12-01 09:00 Europe/Berlin". now: what is scheduled goes at once.'
        ),
    ] = "",
    wait: Annotated[bool, typer.Option("--wait", help="With --at: wait here and send at that time.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Build every message and show the plan; send nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> int:
    """Send a release to media lists. Shows everything first, then asks.

    The same command again goes on where it stopped: nobody who was reached is sent to again.

    \b
    Examples:
      mailer send harbour-seals --to coast --to science --except partners
      mailer send harbour-seals --to coast --dry-run
      mailer send harbour-seals --to coast --where 'beat in ("health", "science") and country == "DE"'
      mailer send harbour-seals --to coast --sample 50     some of them, the same at every try
      mailer send harbour-seals --to coast --at "2026-12-01 09:00 Europe/Berlin"   by `mailer worker`
      mailer send harbour-seals --to coast --relay preview     to look at; nothing leaves
    """
    from mailer.events import MailingKind
    from mailer.runs.planning.confirm import settle_plannings
    from mailer.runs.planning.prepare import prepare
    from mailer.runs.planning.request import parse_at, parse_expiry
    from mailer.runs.sending.send import NO_RELAY, PREVIEW_RELAY
    from mailer.settings import PREVIEW

    at_once = at.strip().lower() == "now"
    _refuse_odd_waiting(at="" if at_once else at, wait=wait, relay=relay)

    def request(office: Office) -> Request:
        is_preview = relay == PREVIEW
        zone = office.settings.office.time_zone
        moment = parse_at(at, now=office.clock(), zone=zone) if at and not at_once else None
        unnamed = dry_run and not relay and not office.settings.relays
        where = PREVIEW_RELAY if is_preview else NO_RELAY if unnamed else office.relay(relay)
        return replace(
            request_of(release, where, to, filters, manner, again),
            pinned=bool(relay),
            kind=MailingKind.PREVIEW if is_preview else MailingKind.RELEASE,
            expires_at=parse_expiry(expires, now=office.clock(), start=moment.at if moment else None, zone=zone),
            at=moment,
            at_once=at_once,
        )

    if dry_run:
        with reading_office() as office:
            return _dry_run(office, prepare(office, request(office)), as_json=as_json)
    with reading_office(mails=True) as office:
        asked, looked_with = request(office), office.keys
        # without a ledger, what is wrong is told before one or a key is made
        first = prepare(office, asked) if office.ledger is None else None
    with writing_office(mails=True, new_keys=looked_with) as (office, ledger):
        if first is not None and office.keys == looked_with and _is_blank(ledger):
            plan = first
        else:
            settle_plannings(office, ledger)
            plan = prepare(office, asked)
        try:
            return _send(office, ledger, plan, yes=yes, wait=wait, as_json=as_json)
        finally:
            plan.spool.close()


def _is_blank(ledger: Ledger) -> bool:
    from mailer.ledger.history import is_blank

    with ledger.reading() as connection:
        return is_blank(connection)


def _refuse_odd_waiting(*, at: str, wait: bool, relay: str) -> None:
    """Refuse what cannot be meant."""
    from mailer.settings import PREVIEW

    if wait and not at:
        raise InputProblem("--wait goes with --at", hint='--at "2026-12-01 09:00 Europe/Berlin" --wait')
    if at and relay == PREVIEW:
        raise InputProblem("the preview inbox waits for nothing: leave --at out, and look at it now")


def _dry_run(office: Office, plan: Plan, *, as_json: bool) -> int:
    from mailer.runs.planning.plan import Foreseen, foresee

    plan.spool.close()
    _warn_of_other_folders(office, plan)
    refused = find_refusal(office)
    told = Foreseen(plan, foresee(office, plan), office.clock(), is_dry_run=True, refused=refused)
    output.show(told, as_json=as_json, to_stderr=True)
    if as_json and refused is not None:
        output.say(f"  To send it would be refused: {refused}", style="red", to_stderr=True)
    return 0


def _send(office: Office, ledger: Ledger, plan: Plan, *, yes: bool, wait: bool, as_json: bool) -> int:
    from mailer.events import MailingState
    from mailer.runs.planning.confirm import confirm
    from mailer.runs.planning.plan import Foreseen, foresee
    from mailer.settings import PREVIEW

    relay = plan.request.relay
    password = None if relay.key == PREVIEW else password_of(office, relay)
    _refuse_stopped(plan)
    _warn_of_other_folders(office, plan)
    waiting = _waiting(ledger, plan)
    if not as_json:
        told = Foreseen(plan, foresee(office, plan, waiting=waiting), office.clock(), waiting)
        output.show(told, as_json=False, to_stderr=True)
    if not plan.tally.to_send and not waiting and not plan.tally.skipped:
        if plan.existing is not None and plan.existing.state is MailingState.SENDING:
            # whoever planned or sent it was killed before it could be closed
            return deliver(office, ledger, plan.existing, relay, password, as_json=as_json)
        return _nothing_to_do(office, ledger, plan, as_json=as_json)
    if not yes and not _agreed(plan, waiting):
        output.say("  Nothing was sent.", to_stderr=True)
        return 1
    mailing = confirm(office, ledger, plan)
    if plan.request.at is not None and not wait:
        return say_scheduled(office, ledger, mailing, as_json=as_json)
    if wait:
        mailing, stopped = wait_in_foreground(office, ledger, mailing, relay, password)
        if stopped or mailing.state is not MailingState.SENDING:
            code = say_scheduled(office, ledger, mailing, as_json=as_json)
            return code or int(stopped)
        password = password_of(office, relay)
    return deliver(office, ledger, mailing, relay, password, as_json=as_json)


def _warn_of_other_folders(office: Office, plan: Plan) -> None:
    """Say where the same release was sent from another folder on this machine, which has a ledger of its own."""
    from datetime import datetime

    from mailer.events import MailingKind
    from mailer.runs.office.guard import sent_elsewhere

    digests = (plan.edition.headline_digest, plan.edition.body_digest)
    found = sent_elsewhere(office.memory, office.workspace.root, digests)
    if found is None or plan.request.kind is not MailingKind.RELEASE:
        return
    folder, at = found
    output.say(
        f"  Warning: this release was sent from {folder} on {datetime.fromisoformat(at).astimezone():%d %B %Y}.\n"
        "  That folder has a ledger of its own: whoever got it there, or opted out there, is not known here.",
        style="yellow",
        to_stderr=True,
    )


def say_scheduled(office: Office, ledger: Ledger, mailing: Mailing, *, as_json: bool) -> int:
    """Who sends a scheduled mailing; one that somebody else dealt with meanwhile is reported. Return the code."""
    from mailer.events import MailingState

    if mailing.state is not MailingState.SCHEDULED:
        return _tell(office, ledger, mailing, as_json=as_json)
    output.say(f"  {mailing.name} is scheduled.", style="bold", to_stderr=True)
    output.say("  A running `mailer worker` sends it then; without one, nobody does.", to_stderr=True)
    _tell(office, ledger, mailing, as_json=as_json)
    return 0


def _refuse_stopped(plan: Plan) -> None:
    from mailer.events import MailingState

    if plan.existing is None:
        return
    name = plan.existing.name
    if plan.existing.state is MailingState.PAUSED:
        raise InputProblem(f"{name} is paused", hint=f"mailer resume {name}   goes on with it")
    if plan.existing.state is MailingState.CANCELLED:
        raise InputProblem(
            f"{name} was cancelled; nobody else gets it",
            hint='To send it after all, give the release another name and use --new-mailing "why".',
        )


def _waiting(ledger: Ledger, plan: Plan) -> int:
    from mailer.events import DeliveryState
    from mailer.ledger.deliveries import open_count

    if plan.existing is None:
        return 0
    with ledger.reading() as connection:
        states = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED)
        return open_count(connection, plan.existing.id, states)


def _agreed(plan: Plan, waiting: int) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputProblem("cannot ask for confirmation here", hint="Check it with --dry-run, then add --yes.")
    count = plan.tally.to_send + waiting
    what = f"{count} {'message' if count == 1 else 'messages'}"
    at = plan.request.at
    return typer.confirm(f"  Schedule {what} for {at.text}?" if at else f"  Send {what} now?", err=True)


def _nothing_to_do(office: Office, ledger: Ledger, plan: Plan, *, as_json: bool) -> int:
    from mailer.events import DeliveryState
    from mailer.ledger.deliveries import open_count

    if plan.existing is None:
        raise InputProblem("there is nobody to send to", hint="mailer lists check LIST   shows what is on a list")
    with ledger.reading() as connection:
        expired = open_count(connection, plan.existing.id, (DeliveryState.EXPIRED,))
    if plan.existing.halt_reason:
        output.say(f"  {plan.existing.name} is halted. {plan.existing.halt_reason}", style="red", to_stderr=True)
    elif expired:
        output.say(f"  {plan.existing.name} is over, and {expired} of its recipients expired.", to_stderr=True)
    else:
        output.say(f"  {plan.existing.name} is finished: everybody on these lists has been dealt with.", to_stderr=True)
    return _tell(office, ledger, plan.existing, as_json=as_json)


def deliver(
    office: Office, ledger: Ledger, mailing: Mailing, relay: Relay, password: Credential | None, *, as_json: bool
) -> int:
    """Send what is due of a mailing, showing how far it is; return the exit code."""
    from mailer.runs.sending.deliver import RunEnded
    from mailer.runs.sending.send import Ears, Sending
    from mailer.runs.sending.steer import keep_from_workers
    from mailer.settings import PREVIEW

    with ledger.reading() as connection:
        total = _to_do(connection, mailing)
    show = Show(total)
    ears = Ears(on_progress=show.update, on_run=stop_on_signals, say=show.note)
    sending = Sending(office, ledger, ears, password_of=password_of)
    page = None

    def so_far() -> str:
        return _figures(office, ledger, mailing, sending.accepted)

    try:
        with show.live():
            if relay.key == PREVIEW:
                ended, page = run_interruptible(sending.to_preview(mailing))
            else:
                ended = run_interruptible(sending.to_relay(mailing, relay, password))
    except MailerError as error:
        error.hint = "\n".join(filter(None, (error.hint, so_far())))
        raise
    except BaseException as error:  # Ctrl-C once more, or a fault of ours
        if isinstance(error, KeyboardInterrupt):
            with suppress(LedgerProblem):
                keep_from_workers(office, ledger, mailing)
        output.say(f"  {so_far()}", to_stderr=True)
        raise
    if ended.stopped:
        keep_from_workers(office, ledger, mailing)
    code = _tell(office, ledger, mailing, as_json=as_json)
    run = RunEnded(mailing.name, relay.key, ended, tuple(sending.notes), page)
    output.show(run, as_json=False, to_stderr=True)
    return code


def _figures(office: Office, ledger: Ledger, mailing: Mailing, accepted: int) -> str:
    """Return how far a mailing is whose sending failed, as far as that can be known."""
    from mailer.ledger.mailings import require_mailing
    from mailer.ledger.processes import dead_owners
    from mailer.pages.reports import so_far
    from mailer.runs.reports import mailing_document

    try:
        with ledger.reading() as connection:
            dead = dead_owners(connection, office.workspace.machine / "run", now=office.clock())
            found = require_mailing(connection, mailing.full_name)
            return so_far(mailing_document(connection, found, dead=dead))
    except LedgerProblem:
        return (
            f"{accepted} accepted by this command. The ledger cannot be read for the rest; when it can: "
            f"mailer resume {mailing.name}"
        )


def _to_do(connection: Any, mailing: Mailing) -> int:  # noqa: ANN401 - a Connection, which only the ledger names
    from mailer.events import DeliveryState
    from mailer.ledger.deliveries import open_count

    return open_count(connection, mailing.id, (DeliveryState.PENDING, DeliveryState.DEFERRED))


def _tell(office: Office, ledger: Ledger, mailing: Mailing, *, as_json: bool) -> int:
    """Show what became of the mailing; 0 where everybody who was not skipped is accepted, and that is not nobody."""
    from mailer.runs.reports import read_outcome

    ended = read_outcome(office, ledger, mailing.full_name)
    output.show(ended, as_json=as_json, to_stderr=True)
    return 0 if ended.is_done else 1


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("send")(send)
