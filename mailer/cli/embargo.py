"""Embargo: offer a release before it is sent, and see who agreed, declined, is silent or broke an embargo.

Owns the questions and what is typed; what an answer leads to is decided in `runs.embargo`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from mailer.cli import output
from mailer.cli.completing import complete_list, complete_release
from mailer.cli.office import find_refusal, password_of, reading_office, writing_office
from mailer.cli.options import Audience, Looks, Manner, NamedRelease, Person, Yes, argument, flag, grouped, option
from mailer.cli.send import deliver
from mailer.errors import InputProblem
from mailer.frozen import dataclass

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.ledger.plans import KeptPlan
    from mailer.runs.embargo.offers import OfferPlan
    from mailer.runs.embargo.waves import WavesPlan
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Plan
    from mailer.settings import Relay

    Planned = TypeVar("Planned", OfferPlan, WavesPlan)

app = typer.Typer(help="Offer a release under embargo, and see who agreed to it.", no_args_is_help=True)

For = Annotated[str, option("--for RELEASE", "The release.", complete=complete_release)]


@app.command()
@grouped
def offer(
    release: NamedRelease,
    audience: Audience = Audience(),
    looks: Looks = Looks(),
    then_to: Annotated[
        list[str], option("--then-to LIST", "Who gets the release when the embargo ends.", complete=complete_list)
    ] = [],
    relay: str = option("--relay NAME", "A relay from mailer.toml.", ""),
    changed: str = option("--changed WHY", "Continue with a changed text.", ""),
    new_mailing: str = option("--new-mailing WHY", "Offer text that already went out under another name.", ""),
    dry_run: bool = flag("--dry-run", "Build every message and show the plan; send nothing."),
    as_plan: bool = flag("--plan", "Store it as a plan for another person to approve; send nothing."),
    planner: str = option("--as NAME", "With --plan: who plans it. Default: you, as user@host.", ""),
    yes: Yes = False,
) -> int:
    """Offer a release under embargo, without its text. Shows everything first, then asks.

    The offer says what the release is about (its headline, or the front matter's `offer:`), until when it is held, and
    how to accept: by a page, or a reply in words. Whoever accepts gets the release at once, from a running
    `mailer worker`. With --then-to everybody on those lists who has not had it gets it when the embargo ends.

    Run the same command again to reach contacts who have not been offered it. Approving the plan of an offer (--plan)
    also approves the release itself, for contacts who accept.

    \b
    Examples:
      mailer embargo offer harbour-seals --to science --dry-run
      mailer embargo offer harbour-seals --to science --then-to science --then-to coast
      mailer embargo offer harbour-seals --to science --plan     then: mailer approve, mailer send --plan
      mailer embargo status harbour-seals
    """
    from mailer.events import MailingKind
    from mailer.runs.approval import require
    from mailer.runs.embargo.offers import plan_offer, whole_offer
    from mailer.runs.planning.request import AskedWave
    from mailer.runs.planning.stored import request_command

    if not audience.lists:
        raise InputProblem("no list given", hint=f"mailer embargo offer {release} --to LIST")
    if audience.under_embargo:
        raise InputProblem("--under-embargo sends a release; an offer is under embargo by itself")

    def planned(office: Office) -> OfferPlan:
        more = {"pinned": bool(relay), "sender": looks.sender, "changed": changed, "new_mailing": new_mailing}
        waves = (AskedWave(lists=tuple(then_to)),) if then_to else ()
        more |= {"family": looks.family, "waves": waves, "kind": MailingKind.OFFER}
        request = audience.request(release, _relay(office, relay, dry_run=dry_run), **more)
        return plan_offer(office, request, is_dry_run=dry_run)

    if dry_run:
        return _show_only(planned)
    with _planning(planned) as (office, ledger, plan):
        if as_plan:
            return store(office, ledger, plan, whole_offer(office, plan), planner)
        require(office, ledger, MailingKind.OFFER, None, how=request_command(plan.offer.plan.request))
        return _send_offer(office, ledger, plan, yes=yes)


def store(office: Office, ledger: Ledger, shown: OfferPlan | WavesPlan, plan: Plan, planner: str) -> int:
    """Show a plan and keep it for another person to approve."""
    from mailer.runs.planning.stored import store_plan

    output.look(shown, to_stderr=True)
    output.show(store_plan(office, ledger, plan, planner))
    return 0


def _send_offer(office: Office, ledger: Ledger, plan: OfferPlan, *, yes: bool) -> int:
    from mailer.runs.embargo.offers import confirm_offer

    over, count = plan.offer.plan.request.relay, plan.offer.plan.tally.to_send
    password = password_of(office, over)
    output.look(plan, to_stderr=True)
    if not count and (plan.then is None or plan.offer.plan.existing is None) and not plan.material.is_changed:
        hint = "Who was offered it already is not offered it again: mailer embargo status"
        raise InputProblem("nobody on these lists is left to offer it to", hint=hint)
    then = f", and send it to {plan.then.recipients} when the embargo ends" if plan.then else ""
    if not output.agreed(f"Offer it to {count}{then}?", yes=yes):
        output.say("  Nothing was sent.", to_stderr=True)
        return 1
    mailing = confirm_offer(office, ledger, plan)
    return deliver(office, ledger, mailing, over, password)


def send_stored(office: Office, ledger: Ledger, kept: KeptPlan, *, yes: bool, dry_run: bool) -> int:
    """Send an offer or waves by a stored plan."""
    from mailer.runs.embargo.offers import OfferPlan
    from mailer.runs.embargo.waves import WavesPlan
    from mailer.runs.ready import take_ready

    ready = take_ready(office, ledger, kept, is_dry_run=dry_run)
    try:
        output.say(f"  Plan {kept.name}, as planned by {kept.planner}.", style="bold", to_stderr=True)
        if ready.skipped:
            output.say(f"  Suppressed since, and skipped: {', '.join(ready.skipped)}", style="yellow", to_stderr=True)
        if dry_run:
            output.show(ready.shown, to_stderr=True)
            return 0
        if isinstance(ready.shown, WavesPlan):
            return _send_waves(office, ledger, ready.shown, yes=yes)
        assert isinstance(ready.shown, OfferPlan)  # noqa: S101 - whoever calls looked at its kind
        return _send_offer(office, ledger, ready.shown, yes=yes)
    finally:
        ready.close()


def _relay(office: Office, name: str, *, dry_run: bool) -> Relay:
    from mailer.runs.planning.request import NO_RELAY

    return NO_RELAY if dry_run and not name and not office.settings.relays else office.relay(name)


def _show_only(planned: Callable[[Office], Planned]) -> int:
    """Show what would happen."""
    with reading_office() as office:
        plan = planned(office)
        plan.close()
        output.show(plan, to_stderr=True)
        if refused := find_refusal(office):
            output.say(f"  To send it would be refused: {refused}", style="red", to_stderr=True)
    return 0


@contextmanager
def _planning(planned: Callable[[Office], Planned]) -> Iterator[tuple[Office, Ledger, Planned]]:
    """Open the office for what is planned; what is wrong is told before a ledger or a key is made."""
    from mailer.runs.planning.confirm import settle_plannings

    with reading_office(mails=True) as office:
        looked_with = office.keys
        if office.ledger is None:
            planned(office).close()
    with writing_office(mails=True, new_keys=looked_with) as (office, ledger):
        settle_plannings(office, ledger)
        plan = planned(office)
        try:
            yield office, ledger, plan
        finally:
            plan.close()


@app.command(short_help="Show who was offered what, and what they said.")
def status(release: Annotated[str, argument("RELEASE", "A release.", complete=complete_release)] = "") -> None:
    """Show who was offered a release under embargo, accepted, declined, is silent, or broke an embargo.

    What was read out of a reply in words waits to be confirmed, and the command for that is shown beside it.

    \b
    Examples:
      mailer embargo status
      mailer embargo status harbour-seals --json
    """
    from mailer.runs.embargo.standing import read_standings

    with reading_office() as office:
        output.show(read_standings(office, release))


@app.command(short_help="Record or confirm an answer.")
def record(
    email: Person,
    verdict: Annotated[str, argument("accepted|declined", "What they said.")],
    release: For,
    why: str = option("--why TEXT", "How you know, kept with it.", ""),
) -> None:
    """Record what somebody said of an embargo, or confirm what was read in their reply.

    It has the same effect as an answer on the page: a contact who accepts gets the release at once.

    \b
    Examples:
      mailer embargo record ada@daily.example.com accepted --for harbour-seals --why "by telephone, 10:40"
      mailer embargo record bo@kustnytt.example.net declined --for harbour-seals
    """
    from mailer.runs.embargo.answers import VERDICTS, record_answer

    if verdict not in VERDICTS:
        raise InputProblem(f'"{verdict}" is neither accepted nor declined', hint="mailer embargo broken EMAIL --why …")
    with writing_office() as (office, ledger):
        output.show(record_answer(office, ledger, email, verdict, slug=release, why=why))


@app.command(short_help="Mark somebody who broke an embargo.")
def broken(
    email: Person,
    why: str = option("--why TEXT", "What happened, kept with it."),
    release: str = option("--for RELEASE", "The release whose embargo it was.", "", complete_release),
    undo: bool = flag("--undo", "Lift it: they can be offered releases again."),
) -> None:
    """Mark somebody who broke an embargo. They are offered nothing more, and sent nothing under embargo.

    \b
    Examples:
      mailer embargo broken ada@daily.example.com --for harbour-seals --why "published at 07:10"
      mailer embargo broken ada@daily.example.com --undo --why "it was the agency, not they"
    """
    from mailer.runs.embargo.answers import mark_broken

    if not why.strip():
        raise InputProblem("--why is empty", hint='--why "published at 07:10"')
    with writing_office() as (office, ledger):
        output.show(mark_broken(office, ledger, email, why=why.strip(), slug=release, lift=undo))


# A release in waves: `mailer send --waves FILE`, `mailer send --exclusive EMAIL --until WHEN`.


@dataclass(frozen=True, slots=True)
class Steps:
    """In which steps a release goes out, as it was typed."""

    file: str
    exclusive: str
    until: str
    relay: str
    expires: str


def send_in_waves(
    release: str,
    audience: Audience,
    manner: Manner,
    steps: Steps,
    *,
    dry_run: bool = False,
    yes: bool = False,
    planner: str | None = None,
) -> int:
    """Show all waves of a release, ask, keep them, and send the one that is due; with a `planner` only store them."""
    from mailer.events import MailingKind
    from mailer.runs.approval import require
    from mailer.runs.embargo import waves
    from mailer.runs.planning.request import is_span, parse_expiry
    from mailer.runs.planning.stored import request_command

    if bool(steps.exclusive) != bool(steps.until):
        raise InputProblem("--exclusive and --until go together", hint='--exclusive EMAIL --until "tomorrow 9:00"')
    if steps.file and (steps.exclusive or audience.lists or audience.where):
        raise InputProblem("the waves file says who gets it: --to, --where and --exclusive do not go with --waves")
    if steps.exclusive and not audience.lists:
        raise InputProblem("no list given", hint="--to LIST   has the contact, and everybody who gets it afterwards")

    def planned(office: Office) -> WavesPlan:
        lists, selection = audience.lists, audience.selection
        until = parse_expiry(steps.expires, now=office.clock(), zone=office.settings.office.time_zone)
        if steps.file:
            found = waves.ask_waves(office, Path(steps.file))
        else:
            found = waves.ask_exclusive(office, steps.exclusive, steps.until, lists=lists, selection=selection)
        more = {"pinned": bool(steps.relay), "expires": steps.expires.strip() if is_span(steps.expires) else ""}
        over = _relay(office, steps.relay, dry_run=dry_run)
        request = audience.request(release, over, **more, expires_at=until, waves=found, **vars(manner))
        return waves.plan_waves(office, request, is_dry_run=dry_run)

    if dry_run:
        return _show_only(planned)
    with _planning(planned) as (office, ledger, plan):
        if planner is not None:
            return store(office, ledger, plan, waves.whole_plan(office, plan), planner)
        require(office, ledger, MailingKind.RELEASE, None, how=request_command(plan.request))
        return _send_waves(office, ledger, plan, yes=yes)


def _send_waves(office: Office, ledger: Ledger, plan: WavesPlan, *, yes: bool) -> int:
    from mailer.events import MailingState
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.embargo import waves
    from mailer.runs.reports import read_status

    over = plan.first.request.relay
    password = password_of(office, over)
    output.look(plan, to_stderr=True)
    if not output.agreed(f"Send {plan.recipients} messages in {len(plan.waves)} waves?", yes=yes):
        output.say("  Nothing was sent.", to_stderr=True)
        return 1
    mailing = waves.confirm_waves(office, ledger, plan)
    for each in waves.start_waves(office, ledger, slug=mailing.slug):
        if each.problem is not None:
            raise each.problem
    with ledger.reading() as connection:
        mailing = require_mailing(connection, mailing.full_name)
    code = 0
    if mailing.state is MailingState.SENDING:
        code = deliver(office, ledger, mailing, over, password)
    else:
        output.show(read_status(office, mailing.full_name), to_stderr=True)
    if any(each.asked.told != "at once" for each in plan.waves):
        output.say("  The other waves are started by a running `mailer worker`; without one, not.", to_stderr=True)
    return code
