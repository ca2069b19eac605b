"""Send: `mailer send`, from the plan and the question to the result.

Owns the question, and what is printed while a mailing goes out and after. Nothing is sent before a person (or `--yes`)
has confirmed what will happen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.office import find_refusal, now, password_of, reading_office, writing_office
from mailer.cli.options import Audience, NamedRelease, SendOptions, WaveOptions, Yes, flag, option
from mailer.cli.progress import ProgressDisplay, run_interruptible, status_line, stopping
from mailer.errors import InputProblem, LedgerProblem, MailerError
from mailer.frozen import dataclass, replace

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.ledger.mailings import Mailing
    from mailer.runs.office import Office
    from mailer.runs.planning.prepare import Plan
    from mailer.runs.planning.request import Request
    from mailer.runs.ready import Ready
    from mailer.runs.sending.deliver import Run
    from mailer.settings import Credential, Relay

app = typer.Typer()

Expires = Annotated[
    str,
    option("--expires WHEN", "Stop trying then: 24h, 2d (from now or --at), or a date and time with its zone."),
]
At = Annotated[
    str,
    option("--at WHEN", 'Send it at this time: "2026-12-01 09:00 Europe/Berlin". now: send a scheduled one at once.'),
]


@app.command()
def send(
    release: NamedRelease = "",
    audience: Audience = Audience(),
    options: SendOptions = SendOptions(),
    relay: str = option("--relay NAME", "A relay from mailer.toml, or preview.", ""),
    expires: Expires = "24h",
    at: At = "",
    plan_name: str = option("--plan HASH", "Send this plan (mailer plan) and nothing else.", ""),
    wait: bool = flag("--wait", "With --at: wait here and send at that time."),
    wave_options: WaveOptions = WaveOptions(),
    dry_run: bool = flag("--dry-run", "Build every message and show the plan; send nothing."),
    yes: Yes = False,
) -> int:
    """Send a release to media lists. Shows everything first, then asks.

    Run the same command again to continue where it stopped. Nobody gets it twice.

    \b
    Examples:
      mailer send harbour-seals --to coast --to science --except partners
      mailer send harbour-seals --to coast --dry-run
      mailer send harbour-seals --to coast --where 'beat in ("health", "science") and country == "DE"'
      mailer send harbour-seals --to coast --sample 50   the same 50 each time
      mailer send harbour-seals --to coast --at "2026-12-01 09:00 Europe/Berlin"
      mailer send harbour-seals --to coast --exclusive ada@daily.example.com --until "tomorrow 9:00"
      mailer send harbour-seals --waves waves.toml   in steps (docs/newsroom.md)
      mailer send harbour-seals --to coast --relay preview   nothing leaves this machine
      mailer send --plan 3f9a   an approved plan, exactly as it is
    """
    from mailer.settings import PREVIEW

    at_once = at.strip().lower() == "now"
    if plan_name:
        is_typed = release or at or relay or expires != "24h"
        if is_typed or audience != Audience() or options != SendOptions() or wave_options != WaveOptions():
            hint = f"mailer send --plan {plan_name}   can only be combined with --yes, --wait and --dry-run"
            raise InputProblem("--plan sends exactly what was planned", hint=hint)
        return _send_plan(plan_name, yes=yes, wait=wait, dry_run=dry_run)
    if not release:
        raise InputProblem("no release given", hint="mailer send RELEASE --to LIST   or   mailer send --plan HASH")
    wave_options.check(audience, "send", release, is_timed=bool(at) or wait or relay == PREVIEW)
    if wait and (not at or at_once):
        raise InputProblem("--wait needs --at", hint='--at "2026-12-01 09:00 Europe/Berlin" --wait')
    if at and not at_once and relay == PREVIEW:
        raise InputProblem("mail to the preview inbox cannot be scheduled: leave --at out")

    def request(office: Office) -> Request:
        when = {"relay": relay, "at": at, "expires": expires}
        return request_of(office, release, audience, options, wave_options=wave_options, dry_run=dry_run, **when)

    return carry_out(request, Mode(dry_run=dry_run, yes=yes, wait=wait))


def request_of(
    office: Office,
    release: str,
    audience: Audience,
    options: SendOptions,
    *,
    relay: str,
    at: str,
    expires: str,
    wave_options: WaveOptions = WaveOptions(),
    dry_run: bool = False,
) -> Request:
    """Return the request for the options of `send`. Raises InputProblem if a time cannot be read."""
    from mailer.runs.ready import sending_fields

    schedule = sending_fields(office, relay=relay, at=at, expires=expires, is_dry_run=dry_run)
    return audience.request(release, **schedule, **vars(options), waves=wave_options.read_waves(office, audience))


def _send_plan(name: str, *, yes: bool, wait: bool, dry_run: bool) -> int:
    """Send a stored plan, or continue one that is being sent."""
    from mailer.events import MailingKind, MailingState
    from mailer.ledger.mailings import read_mailing
    from mailer.runs.offers import start_waves
    from mailer.runs.planning.confirm import settle_plannings
    from mailer.runs.plans import find_plan
    from mailer.runs.ready import take_ready
    from mailer.runs.sending.steer import Resume, find_relay, resume_mailing

    with writing_office(mails=not dry_run) as (office, ledger):
        settle_plannings(office, ledger)
        kept = find_plan(office, name)[1]
        in_waves = '"waves": [{' in kept.details
        if kept.mailing_id is not None:
            if in_waves and not dry_run:  # those that are due
                start_waves(office, ledger, slug=kept.slug)
            with ledger.reading() as connection:
                mailing = read_mailing(connection, kept.mailing_id)
            output.echo(f"  Plan {kept.name} is already part of {mailing.name}.", to_stderr=True)
            if dry_run or mailing.state in {MailingState.FINISHED, MailingState.CANCELLED}:
                return _show_outcome(office, ledger, mailing)
            if mailing.state is MailingState.PAUSED:
                raise InputProblem(f"{mailing.name} is paused", hint=f"To continue: mailer resume {mailing.name}")
            if mailing.state is MailingState.SCHEDULED and not wait:
                return show_scheduled(office, ledger, mailing)
            mailing, relay = find_relay(office, ledger, mailing.full_name, "")
            password = password_of(office, relay)
            if mailing.state is MailingState.SCHEDULED:
                return _wait_and_deliver(office, ledger, mailing, relay, password)
            resume_mailing(office, ledger, Resume(mailing, relay))
            return deliver(office, ledger, mailing, relay, password)
        if wait and (in_waves or kept.kind == MailingKind.OFFER):
            raise InputProblem("--wait cannot be used with waves or an offer; a running `mailer worker` sends them")
        ready = take_ready(office, ledger, kept, is_dry_run=dry_run)
        try:
            output.echo(f"  Plan {kept.name}, as planned by {kept.planner}.", style="bold", to_stderr=True)
            if ready.skipped:
                skipped = ", ".join(ready.skipped)
                output.echo(
                    f"  Suppressed since it was planned, and skipped: {skipped}", style="yellow", to_stderr=True
                )
            if wait and ready.plan.request.at is None:
                raise InputProblem("--wait needs a plan with --at")
            if dry_run:
                return _show_only(office, ready)
            return _send(office, ledger, ready, Mode(yes=yes, wait=wait))
        finally:
            ready.close()


@dataclass(frozen=True)
class Mode:
    """What to do with a plan: show it, store it (if there is a `planner`), or send it."""

    dry_run: bool = False
    planner: str | None = None
    yes: bool = False
    wait: bool = False


def _make_ready(office: Office, request: Request, *, mails: bool) -> Ready:
    """Make a plan; if mail was to go out, an error adds that nothing was sent."""
    from mailer.runs.ready import make_ready

    try:
        return make_ready(office, request)
    except MailerError as error:
        if mails and error.problems:
            error.hint = "\n".join(filter(None, ("Nothing was sent.", error.hint)))
        raise


def carry_out(make_request: Callable[[Office], Request], mode: Mode) -> int:
    """Make the plan of a request; show it, store it, or ask and send it. Return the exit code."""
    from mailer.ledger.history import is_blank
    from mailer.runs.approval import name_planner
    from mailer.runs.offers import start_waves
    from mailer.runs.planning.confirm import settle_plannings
    from mailer.runs.planning.stored import store_plan
    from mailer.runs.ready import is_plain, make_ready

    if mode.dry_run:
        with reading_office() as office:
            return _show_only(office, make_ready(office, make_request(office), is_dry_run=True))
    mails = mode.planner is None
    with reading_office(mails=mails) as office:
        request, keys = make_request(office), office.keys
        planner = "" if mode.planner is None else name_planner(office, request.kind, mode.planner)
        # without a ledger, problems are raised before a ledger or a key is made
        ready = _make_ready(office, request, mails=mails) if office.ledger is None else None
    with writing_office(mails=mails, new_keys=keys) as (office, ledger):
        with ledger.reading() as connection:
            is_unchanged = office.keys == keys and is_blank(connection)
        if ready is None or not is_unchanged:
            settle_plannings(office, ledger)
            if mails and is_plain(request):
                start_waves(office, ledger, slug=office.workspace.release_path(request.release).stem)
            ready = _make_ready(office, request, mails=mails)
        try:
            if mode.planner is None:
                return _send(office, ledger, ready, mode)
            output.show_interim(ready.shown, to_stderr=True)
            if not ready.is_anything:
                _refuse_empty(request.kind)
            output.show(store_plan(office, ledger, ready.plan, planner))
            return 0
        finally:
            ready.close()


def _show_only(office: Office, ready: Ready) -> int:
    """Show what would happen, and why it would be refused."""
    from mailer.runs.planning.prepare import Foreseen

    ready.close()
    _warn_of_other_folders(office, ready.plan)
    refused, shown = find_refusal(office), ready.shown
    is_shown = isinstance(shown, Foreseen)  # on its page
    output.show(replace(shown, refused=refused) if isinstance(shown, Foreseen) else shown, to_stderr=True)
    if refused is not None and (output.is_json() or not is_shown):
        output.echo(f"  Sending it would be refused: {refused}", style="red", to_stderr=True)
    return 0


def _warn_of_other_folders(office: Office, plan: Plan) -> None:
    """Warn if the same release was sent from another folder on this machine, which has a ledger of its own."""
    from mailer.events import MailingKind
    from mailer.runs.office import sent_elsewhere

    digests = (plan.edition.headline_digest, plan.edition.body_digest)
    found = sent_elsewhere(office.memory, office.workspace.root, digests)
    if found is None or plan.request.kind is not MailingKind.RELEASE:
        return
    folder, at = found
    output.echo(
        f"  Warning: this release was sent from {folder} on {datetime.fromisoformat(at).astimezone():%d %B %Y}.\n"
        "  That folder has its own ledger: its recipients and opt-outs are not known here.",
        style="yellow",
        to_stderr=True,
    )


def _send(office: Office, ledger: Ledger, ready: Ready, mode: Mode) -> int:
    from mailer.events import MailingKind, MailingState
    from mailer.runs.approval import require
    from mailer.runs.planning.stored import request_command
    from mailer.runs.ready import confirm_ready, refuse_stopped
    from mailer.runs.reports import read_status
    from mailer.settings import PREVIEW

    plan, request = ready.plan, ready.plan.request
    in_waves = bool(request.waves) and request.kind is MailingKind.RELEASE
    require(office, ledger, request.kind, plan.plan_hash, how=request_command(office, request))
    refuse_stopped(plan)
    password = None if request.renews or request.relay.key == PREVIEW else password_of(office, request.relay)
    _warn_of_other_folders(office, plan)
    output.show_interim(ready.shown, to_stderr=True)
    if not ready.is_anything and (request.kind in _NO_RECIPIENTS or not plan.tally.skipped):
        return _handle_no_recipients(office, ledger, plan, password)
    if not output.confirmed(f"{ready.what[0].upper()}{ready.what[1:]}?", yes=mode.yes):
        output.echo(f"  Nothing was {'changed' if request.renews else 'sent'}.", to_stderr=True)
        return 1
    mailing, code = confirm_ready(office, ledger, ready), 0
    if mode.wait:
        return _wait_and_deliver(office, ledger, mailing, request.relay, password)
    if request.at is not None:
        return show_scheduled(office, ledger, mailing)
    if request.renews or (in_waves and mailing.state is not MailingState.SENDING):
        output.show(read_status(office, mailing.full_name), to_stderr=True)
    else:
        code = deliver(office, ledger, mailing, request.relay, password)
    if in_waves and any(each.condition != "at once" for each in request.waves):
        output.echo(
            "  The other waves need a running `mailer worker`; without one, they do not go out.", to_stderr=True
        )
    if plan.around is not None and plan.around.waiting:
        still = f"  Some recipients are still waiting for {plan.slug} with the new text:   mailer resume {plan.slug}"
        output.echo(still, to_stderr=True)
    return code


_NO_RECIPIENTS = {
    "offer": ("everyone on these lists has had the offer", "To see the answers: mailer embargo status"),
    "follow-up": ("no recipient gets a follow-up now", "The reasons are above. For all of them: --dry-run --json"),
}


def _refuse_empty(kind: str, hint: str = "") -> None:
    if kind in _NO_RECIPIENTS:
        raise InputProblem(_NO_RECIPIENTS[kind][0], hint=hint or _NO_RECIPIENTS[kind][1])


def _handle_no_recipients(office: Office, ledger: Ledger, plan: Plan, password: Credential | None) -> int:
    """Continue a mailing that was interrupted, or explain why there are no recipients."""
    from mailer.events import DeliveryState, MailingState
    from mailer.ledger.deliveries import open_count
    from mailer.ledger.mailings import read_open_around

    before, kind = plan.existing, plan.request.kind
    if plan.around is not None:
        with ledger.reading() as connection:
            left = [each for each in read_open_around(connection, plan.around.release_id) if each.kind is kind]
        if left:
            _refuse_empty(kind, f"To continue the one that was interrupted: mailer resume {left[0].name}")
    _refuse_empty(kind)
    if before is None:
        raise InputProblem("there are no recipients", hint="To see what is on a list: mailer lists check LIST")
    if before.state is MailingState.SENDING:
        # the process that planned or sent it was killed before it could close it
        return deliver(office, ledger, before, plan.request.relay, password)
    with ledger.reading() as connection:
        expired = open_count(connection, before.id, (DeliveryState.EXPIRED,))
    if before.halt_reason:
        output.echo(f"  {before.name} is halted. {before.halt_reason}", style="red", to_stderr=True)
    elif expired:
        output.echo(f"  {before.name} is finished; {expired} of its recipients expired.", to_stderr=True)
    else:
        output.echo(f"  {before.name} is finished: everybody on these lists is in it.", to_stderr=True)
    return _show_outcome(office, ledger, before)


def show_scheduled(office: Office, ledger: Ledger, mailing: Mailing) -> int:
    """Print how a scheduled mailing is sent, or the outcome if it is no longer scheduled. Return the exit code."""
    from mailer.events import MailingState

    if mailing.state is not MailingState.SCHEDULED:
        return _show_outcome(office, ledger, mailing)
    output.echo(f"  {mailing.name} is scheduled.", style="bold", to_stderr=True)
    output.echo("  A running `mailer worker` sends it then; without one, it is not sent.", to_stderr=True)
    _show_outcome(office, ledger, mailing)
    return 0


def _show_outcome(office: Office, ledger: Ledger, mailing: Mailing) -> int:
    """Show the outcome of a mailing; return 0 if all that were not skipped, and at least one, were accepted."""
    from mailer.runs.reports import read_outcome

    ended = read_outcome(office, ledger, mailing.full_name)
    output.show(ended, to_stderr=True)
    return 0 if ended.is_done else 1


def _wait_and_deliver(
    office: Office, ledger: Ledger, mailing: Mailing, relay: Relay, password: Credential | None
) -> int:
    """Wait for the time of a scheduled mailing and send it, unless the wait is stopped or the mailing changes."""
    import asyncio

    from mailer.events import MailingState
    from mailer.runs.planning.request import describe_schedule
    from mailer.runs.sending.deliver import Run, wait_until_due

    run = Run(office, ledger, mailing, password_of=password_of)
    text, stopped = "", asyncio.Event()

    async def wait_until_sending() -> Mailing:
        with status_line("", plainly=True) as show:

            def tick(mailing: Mailing, why: str) -> None:
                nonlocal text
                last_text, text = text, why or mailing.scheduled_text
                waits = f"is due, and waits for the relay: {why}" if why else ""
                if text != last_text or sys.stderr.isatty():  # once in a log
                    show(f"  {mailing.name} {waits or f'goes out {describe_schedule(mailing, now=now())}'}")

            with stopping(stopped.set):
                return await wait_until_due(
                    office,
                    ledger,
                    mailing,
                    outage=lambda: run.find_outage(relay, password),
                    on_tick=tick,
                    stopped=stopped,
                )

    if sys.stderr.isatty():
        output.echo("  Ctrl-C leaves it scheduled.", style="dim", to_stderr=True)
    mailing = run_interruptible(wait_until_sending())
    if stopped.is_set() or mailing.state is not MailingState.SENDING:
        return show_scheduled(office, ledger, mailing) or int(stopped.is_set())
    return deliver(office, ledger, mailing, relay, password_of(office, relay))


def deliver(office: Office, ledger: Ledger, mailing: Mailing, relay: Relay, password: Credential | None) -> int:
    """Send what is due of a mailing, showing its progress; return the exit code."""
    from mailer.events import DeliveryState
    from mailer.ledger.deliveries import open_count
    from mailer.runs.sending.deliver import Run
    from mailer.runs.sending.steer import keep_from_workers
    from mailer.settings import PREVIEW

    with ledger.reading() as connection:
        show = ProgressDisplay(open_count(connection, mailing.id, (DeliveryState.PENDING, DeliveryState.DEFERRED)))
    run = Run(office, ledger, mailing, say=show.note, on_progress=show.update, password_of=password_of)
    try:
        with show.live():
            work = run.to_preview() if relay.key == PREVIEW else run.to_relay(relay, password)
            ended = run_interruptible(work, stops=run)
    except MailerError as error:
        error.hint = "\n".join(filter(None, (error.hint, _progress_text(office, mailing, run))))
        raise
    except BaseException as error:  # a second Ctrl-C, or an internal error
        if isinstance(error, KeyboardInterrupt):
            with suppress(LedgerProblem):
                keep_from_workers(office, ledger, mailing)
        output.echo(f"  {_progress_text(office, mailing, run)}", to_stderr=True)
        raise
    if ended.stopped:
        keep_from_workers(office, ledger, mailing)
    code = _show_outcome(office, ledger, mailing)
    output.show_page(ended, to_stderr=True)
    return code


def _progress_text(office: Office, mailing: Mailing, run: Run) -> str:
    from mailer.pages.reports import so_far
    from mailer.reply.values import Verdict
    from mailer.runs.reports import read_report

    try:
        return so_far(read_report(office, mailing.full_name).figures)
    except LedgerProblem:
        unreadable = "The ledger cannot be read for the others. Once it can: mailer resume"
        return f"{run.counts[Verdict.ACCEPTED]} accepted by this command. {unreadable} {mailing.name}"
