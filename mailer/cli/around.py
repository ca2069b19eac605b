"""Around: mailings around a release: `mailer embargo offer` before it, `follow-up`, `correct` and `retract` after it.

Each shows its plan and asks, like `send`, and uses the same engine. `runs.planning.updates` decides who gets a mailing
after a release, `runs.offers` what follows from an answer to an offer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.office import current_workspace, run_reading, run_writing
from mailer.cli.options import (
    Audience,
    MailOptions,
    NamedRelease,
    OptionGroup,
    Person,
    Yes,
    argument,
    flag,
    member,
    option,
)
from mailer.cli.send import Mode, carry_out
from mailer.errors import InputProblem
from mailer.frozen import dataclass

if TYPE_CHECKING:
    from mailer.runs.office import Office
    from mailer.runs.planning.request import About, Request

app = typer.Typer()

Note = Annotated[str, option("--note TEXT", "What was wrong, in a sentence or two. It opens the message.")]


@dataclass(frozen=True)
class UpdateOptions(MailOptions):
    """The template, the sender and the relay of a mailing after a release."""

    family: str = member("--template FAMILY", "Template family. Default: follow-up, correction or retraction.")
    relay: str = member("--relay NAME", "A relay from mailer.toml.")


@dataclass(frozen=True)
class PlanMode(OptionGroup):
    """What is done with the plan of a mailing: it is shown, stored, or sent."""

    dry_run: bool = member("--dry-run", "Build every message and show the plan; send nothing.", default=False)
    plan: bool = member("--plan", "Store it as a plan for another person to approve; send nothing.", default=False)
    planner: str = member("--as NAME", "With --plan: who plans it, as for `mailer plan`.")
    yes: Yes = False

    def carry_out(self, make_request: Callable[[Office], Request]) -> int:
        """Plan the request, then carry it out; return the exit code."""
        planner = self.planner if self.plan else None
        return carry_out(make_request, Mode(dry_run=self.dry_run, planner=planner, yes=self.yes))


@app.command("follow-up", short_help="Send one follow-up in the thread of a release.")
def follow_up(
    release: NamedRelease,
    options: UpdateOptions = UpdateOptions(),
    mode: PlanMode = PlanMode(),
    text: str = option("--text FILE", "Your own plain text; {{ first_name }} and other fields are filled in.", ""),
    only: str = option(
        "--only WHO", "Only asked (awaiting an answer), or accepted-embargo. Default: those who did not reply.", ""
    ),
    to: list[str] = option("--to LIST", "Only recipients on this list. Can be repeated.", []),
    with_release: bool = flag("--with-release", "Put the release below the letter."),
) -> int:
    """Send a follow-up in the thread of a release: a short letter with the subject "Re: …".

    It goes to recipients whose release was accepted, after two working days ([follow_up] in mailer.toml), and only
    once. It leaves out recipients who replied, opted out, bounced, are out of office or in doubt. The same command on a
    later day reaches those who were out of office (without a date: for 14 days), or had only just got the release.

    \b
    Examples:
      mailer follow-up harbour-seals --dry-run
      mailer follow-up harbour-seals
      mailer follow-up harbour-seals --text follow-up.txt --to science
      mailer follow-up harbour-seals --only asked --text answer.txt --with-release
    """
    from mailer.runs.planning.request import About

    about = About(
        text=_read_text(text),
        with_release=with_release,
        only="" if only == "not-replied" else only,
        to=tuple(to),
    )
    return _run(release, "follow-up", options, mode, about)


@app.command(short_help="Correct a release, for every recipient who has it.")
def correct(
    release: NamedRelease,
    options: UpdateOptions = UpdateOptions(),
    mode: PlanMode = PlanMode(),
    note: Note = "",
    minor: bool = flag("--minor", "Only for recipients who are still waiting for the release."),
) -> int:
    """Correct a release that was sent. Edit its file first, then run this.

    Every recipient of an earlier text gets a correction in the same thread: your note, the old and the new wording, and
    the corrected release in full. Recipients who are still waiting for the release get the new text and no correction.
    If this is interrupted, run the same command again: nobody gets it twice.

    \b
    Examples:
      mailer correct harbour-seals --note "The release gave the wrong date." --dry-run
      mailer correct harbour-seals --note "The release gave the wrong date."
      mailer correct harbour-seals --note "A typing error." --minor
    """
    from mailer.runs.planning.request import About

    return _run(release, "correction", options, mode, About(note=note, minor=minor))


@app.command(short_help="Withdraw a release: ask its recipients not to use it.")
def retract(
    release: NamedRelease, options: UpdateOptions = UpdateOptions(), mode: PlanMode = PlanMode(), note: Note = ""
) -> int:
    """Withdraw a release. This cannot be undone.

    Every recipient is asked, in the same thread, not to use it; the text is not repeated. Recipients who are still
    waiting get nothing, and it can no longer be sent.

    \b
    Example:
      mailer retract harbour-seals --note "The count was made on the wrong day."
    """
    from mailer.runs.planning.request import About

    return _run(release, "retraction", options, mode, About(note=note))


def _read_text(name: str) -> str:
    from mailer.text.encodings import decode_text
    from mailer.workspace import read_bytes

    if not name:
        return ""
    path = current_workspace().root / name  # a path from the workspace, or from the current folder
    text = decode_text(read_bytes(path if path.is_file() else Path(name), limit=100_000))[0].strip()
    if not text:
        raise InputProblem("the file is empty", source=name)
    return text


def _run(release: str, kind: str, options: UpdateOptions, mode: PlanMode, about: About) -> int:
    from mailer.runs.ready import relay_of

    def make_request(office: Office) -> Request:
        relay = relay_of(office, options.relay, is_dry_run=mode.dry_run)
        return options.request(release, relay, kind, pinned=bool(options.relay), about=about)

    return mode.carry_out(make_request)


embargo = typer.Typer(help="Offer a release under embargo, and see who agreed to it.", no_args_is_help=True)


@embargo.command()
def offer(
    release: NamedRelease,
    audience: Audience = Audience(),
    mail: MailOptions = MailOptions(),
    then_to: Annotated[
        list[str],
        option("--then-to LIST", "Send the release to this list when the embargo ends.", complete="list"),
    ] = [],
    relay: str = option("--relay NAME", "A relay from mailer.toml.", ""),
    changed: str = option("--changed WHY", "Continue with a changed text.", ""),
    new_mailing: str = option("--new-mailing WHY", "Offer text that already went out under another name.", ""),
    check_domains: bool = flag("--check-domains", "Look up each domain in the DNS; exclude dead ones."),
    mode: PlanMode = PlanMode(),
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
    from mailer.runs.planning.request import WaveRequest
    from mailer.runs.ready import relay_of

    if not audience.lists:
        raise InputProblem("no list given", hint=f"mailer embargo offer {release} --to LIST")
    if audience.under_embargo:
        raise InputProblem("--under-embargo is for `mailer send`; an offer is always under embargo")

    def make_request(office: Office) -> Request:
        more = {"changed": changed, "new_mailing": new_mailing, "check_domains": check_domains, **vars(mail)}
        waves = (WaveRequest(lists=tuple(then_to)),) if then_to else ()
        chosen = relay_of(office, relay, is_dry_run=mode.dry_run)
        return audience.request(release, chosen, pinned=bool(relay), **more, waves=waves, kind=MailingKind.OFFER)

    return mode.carry_out(make_request)


@embargo.command(short_help="Show offers and the answers to them.")
def status(release: Annotated[str, argument("RELEASE", "A release.", complete="release")] = "") -> None:
    """Show who was offered a release under embargo, and who accepted, declined, is silent or broke an embargo.

    An answer that was read from a reply has to be confirmed; the command for that is shown beside it.

    \b
    Examples:
      mailer embargo status
      mailer embargo status harbour-seals --json
    """
    from mailer.runs.offers import read_offer_statuses

    output.show(run_reading(read_offer_statuses, release))


@embargo.command(short_help="Record or confirm an answer.")
def record(
    email: Person,
    verdict: Annotated[str, argument("accepted|declined", "Their answer.")],
    release: str = option("--for RELEASE", "The release.", complete="release"),
    why: str = option("--why TEXT", "How you know, kept with it.", ""),
) -> None:
    """Record a contact's answer about an embargo, or confirm the one that was read from their reply.

    It has the same effect as an answer on the page: a contact who accepts gets the release at once.

    \b
    Examples:
      mailer embargo record ada@daily.example.com accepted --for harbour-seals --why "by telephone, 10:40"
      mailer embargo record bo@kustnytt.example.net declined --for harbour-seals
    """
    from mailer.ledger.offers import VERDICTS
    from mailer.runs.offers import record_answer

    if verdict not in VERDICTS:
        raise InputProblem(f'"{verdict}" is neither accepted nor declined', hint="mailer embargo broken EMAIL --why …")
    output.show(run_writing(record_answer, email, verdict, slug=release, why=why.strip()))


@embargo.command()
def broken(
    email: Person,
    why: str = option("--why TEXT", "What happened, kept with it."),
    release: str = option("--for RELEASE", "The release whose embargo it was.", "", "release"),
    undo: bool = flag("--undo", "Remove the mark: they can get offers again."),
) -> None:
    """Mark a contact who broke an embargo. They get no more offers, and nothing under embargo.

    \b
    Examples:
      mailer embargo broken ada@daily.example.com --for harbour-seals --why "published at 07:10"
      mailer embargo broken ada@daily.example.com --undo --why "it was the agency, not her"
    """
    from mailer.runs.offers import mark_broken

    if not why.strip():
        raise InputProblem("--why is empty", hint='--why "published at 07:10"')
    output.show(run_writing(mark_broken, email, why=why.strip(), slug=release, lift=undo))
