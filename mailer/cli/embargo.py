"""Embargo: `mailer embargo`: offer a release before it is sent, and record who accepted, declined or broke an embargo.

Owns the questions and the options; `runs.embargo` decides what follows from an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_list, complete_release
from mailer.cli.office import run_reading, run_writing
from mailer.cli.options import Audience, Looks, NamedRelease, Person, Yes, argument, flag, grouped, option
from mailer.cli.send import Mode, carry_out
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.office import Office
    from mailer.runs.planning.request import Request

app = typer.Typer(help="Offer a release under embargo, and see who agreed to it.", no_args_is_help=True)


@app.command()
@grouped
def offer(
    release: NamedRelease,
    audience: Audience = Audience(),
    looks: Looks = Looks(),
    then_to: Annotated[
        list[str],
        option("--then-to LIST", "Send the release to this list when the embargo ends.", complete=complete_list),
    ] = [],
    relay: str = option("--relay NAME", "A relay from mailer.toml.", ""),
    changed: str = option("--changed WHY", "Continue with a changed text.", ""),
    new_mailing: str = option("--new-mailing WHY", "Offer text that already went out under another name.", ""),
    check_domains: bool = flag("--check-domains", "Look up each domain in the DNS; exclude dead ones."),
    dry_run: bool = flag("--dry-run", "Build every message and show the plan; send nothing."),
    as_plan: bool = flag("--plan", "Store it as a plan for another person to approve; send nothing."),
    planner: str = option("--as NAME", "With --plan: who plans it, as for `mailer plan`.", ""),
    yes: Yes = False,
) -> int:
    """Offer a release under embargo, without its text. Shows everything first, then asks.

    The offer contains the subject (the headline, or `offer:` in the front matter), the end of the embargo, and how to
    accept: on a page, or with a reply. Contacts who accept get the release at once, from a running `mailer worker`.
    With --then-to, everyone else on those lists gets it when the embargo ends.

    Run the same command again to reach contacts who have not been offered it. Approving the plan of an offer (--plan)
    also approves the release itself, for contacts who accept.

    \b
    Examples:
      mailer embargo offer harbour-seals --to science --dry-run
      mailer embargo offer harbour-seals --to science --then-to science --then-to coast
      mailer embargo offer harbour-seals --to science --plan   to be approved
      mailer embargo status harbour-seals
    """
    from mailer.events import MailingKind
    from mailer.runs.planning.request import AskedWave
    from mailer.runs.ready import relay_of

    if not audience.lists:
        raise InputProblem("no list given", hint=f"mailer embargo offer {release} --to LIST")
    if audience.under_embargo:
        raise InputProblem("--under-embargo is for `mailer send`; an offer is always under embargo")

    def ask(office: Office) -> Request:
        words = {"changed": changed, "new_mailing": new_mailing, "check_domains": check_domains, **vars(looks)}
        waves = (AskedWave(lists=tuple(then_to)),) if then_to else ()
        over = relay_of(office, relay, is_dry_run=dry_run)
        return audience.request(release, over, pinned=bool(relay), **words, waves=waves, kind=MailingKind.OFFER)

    return carry_out(ask, Mode(dry_run=dry_run, planner=planner if as_plan else None, yes=yes))


@app.command(short_help="Show offers and the answers to them.")
def status(release: Annotated[str, argument("RELEASE", "A release.", complete=complete_release)] = "") -> None:
    """Show who was offered a release under embargo, and who accepted, declined, is silent or broke an embargo.

    An answer that was read from a reply has to be confirmed; the command for that is shown beside it.

    \b
    Examples:
      mailer embargo status
      mailer embargo status harbour-seals --json
    """
    from mailer.runs.embargo import read_standings

    output.show(run_reading(read_standings, release))


@app.command(short_help="Record or confirm an answer.")
def record(
    email: Person,
    verdict: Annotated[str, argument("accepted|declined", "Their answer.")],
    release: str = option("--for RELEASE", "The release.", complete=complete_release),
    why: str = option("--why TEXT", "How you know, kept with it.", ""),
) -> None:
    """Record a contact's answer about an embargo, or confirm the one that was read from their reply.

    It has the same effect as an answer on the page: a contact who accepts gets the release at once.

    \b
    Examples:
      mailer embargo record ada@daily.example.com accepted --for harbour-seals --why "by telephone, 10:40"
      mailer embargo record bo@kustnytt.example.net declined --for harbour-seals
    """
    from mailer.ledger.embargoes import VERDICTS
    from mailer.runs.embargo import record_answer

    if verdict not in VERDICTS:
        raise InputProblem(f'"{verdict}" is neither accepted nor declined', hint="mailer embargo broken EMAIL --why …")
    output.show(run_writing(record_answer, email, verdict, slug=release, why=why))


@app.command(short_help="Mark a contact who broke an embargo.")
def broken(
    email: Person,
    why: str = option("--why TEXT", "What happened, kept with it."),
    release: str = option("--for RELEASE", "The release whose embargo it was.", "", complete_release),
    undo: bool = flag("--undo", "Remove the mark: they can get offers again."),
) -> None:
    """Mark a contact who broke an embargo. They get no more offers, and nothing under embargo.

    \b
    Examples:
      mailer embargo broken ada@daily.example.com --for harbour-seals --why "published at 07:10"
      mailer embargo broken ada@daily.example.com --undo --why "it was the agency, not her"
    """
    from mailer.runs.embargo import mark_broken

    if not why.strip():
        raise InputProblem("--why is empty", hint='--why "published at 07:10"')
    output.show(run_writing(mark_broken, email, why=why.strip(), slug=release, lift=undo))
