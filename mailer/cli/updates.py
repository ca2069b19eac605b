"""Updates: what goes out around a release that was sent: `mailer follow-up`, `correct`, `retract`.

Each shows its plan and asks, as `send` does, and goes over the same engine. Who gets it, and in which order things are
done, is decided in `runs.planning.updates`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.office import current_workspace, find_refusal, password_of, reading_office, writing_office
from mailer.cli.options import Looks, NamedRelease, Yes, flag, grouped, option
from mailer.cli.send import deliver
from mailer.errors import InputProblem
from mailer.frozen import dataclass

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Plan
    from mailer.runs.planning.request import About

app = typer.Typer()

Note = Annotated[str, option("--note TEXT", "What was wrong, in a sentence or two. It opens the message.")]


@dataclass(frozen=True)
class Way(Looks):
    """How such a mailing is made and sent."""

    family: Annotated[
        str, option("--template FAMILY", "Template family. Default: follow-up, correction or retraction.")
    ] = ""
    relay: Annotated[str, option("--relay NAME", "A relay from mailer.toml.")] = ""
    dry_run: Annotated[bool, option("--dry-run", "Build every message and show the plan; send nothing.")] = False
    plan: Annotated[bool, option("--plan", "Store it as a plan for another person to approve; send nothing.")] = False
    planner: Annotated[str, option("--as NAME", "With --plan: who plans it. Default: you, as user@host.")] = ""
    yes: Yes = False


@app.command("follow-up", short_help="Send one follow-up, only to recipients it fits.")
@grouped
def follow_up(
    release: NamedRelease,
    way: Way = Way(),
    text: str = option("--text FILE", "Your own words, as plain text. {{ first_name }} and others are filled in.", ""),
    only: str = option(
        "--only WHO", "asked: whose reply waits for an answer; accepted-embargo. Default: who did not reply.", ""
    ),
    to: list[str] = option("--to LIST", "Only who is on this list. Can be repeated.", []),
    with_release: bool = flag("--with-release", "Put the release below the letter."),
) -> int:
    """Send a follow-up in the thread of a release: a short letter with the subject "Re: …".

    It goes to recipients whose release was accepted, after two working days ([follow_up] in mailer.toml), and only
    once. Left out are those who replied, opted out, bounced, are out of office or in doubt. The same command on a later
    day reaches those who were out of office, or got the release too short a time ago.

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
    return _run(release, "follow-up", way, about)


@app.command(short_help="Correct a release, for every recipient who has it.")
@grouped
def correct(
    release: NamedRelease,
    way: Way = Way(),
    note: Note = "",
    minor: bool = flag("--minor", "Only for recipients who still wait for the release."),
) -> int:
    """Correct a release that was sent. Edit its file first, then run this.

    Every recipient of an earlier text gets a correction in the same thread: your note, what the release said and what
    is right, and the corrected release in full. Recipients who still wait for the release get the new text and no
    correction. If this is interrupted, run the same command again: nobody gets it twice.

    \b
    Examples:
      mailer correct harbour-seals --note "The release gave the wrong date." --dry-run
      mailer correct harbour-seals --note "The release gave the wrong date."
      mailer correct harbour-seals --note "A typing error." --minor
    """
    from mailer.runs.planning.request import About

    return _run(release, "correction", way, About(note=note, minor=minor))


@app.command(short_help="Withdraw a release: ask its recipients not to use it.")
@grouped
def retract(release: NamedRelease, way: Way = Way(), note: Note = "") -> int:
    """Withdraw a release. This cannot be undone.

    Every recipient who was sent it is asked, in the same thread, not to use it; the text is not repeated. Recipients
    who still wait for it get nothing, and it cannot be sent any more.

    \b
    Example:
      mailer retract harbour-seals --note "The count was made on the wrong day."
    """
    from mailer.runs.planning.request import About

    return _run(release, "retraction", way, About(note=note))


def _read_text(name: str) -> str:
    from mailer.text.encodings import decode_text
    from mailer.workspace import read_bytes

    if not name:
        return ""
    beside = current_workspace().root / name  # a path from here, or from the office's folder
    text = decode_text(read_bytes(beside if beside.is_file() else Path(name), limit=100_000))[0].strip()
    if not text:
        raise InputProblem("the file is empty", source=name)
    return text


def _run(release: str, kind: str, way: Way, about: About) -> int:
    from mailer.events import MailingKind
    from mailer.runs.planning.confirm import settle_plannings
    from mailer.runs.planning.plan import foresee
    from mailer.runs.planning.request import NO_RELAY, Request
    from mailer.runs.planning.stored import store_plan
    from mailer.runs.planning.updates import prepare_update

    def prepare(office: Office) -> Plan:
        unnamed = way.dry_run and not way.relay and not office.settings.relays
        return prepare_update(
            office,
            Request(
                release=release,
                relay=NO_RELAY if unnamed else office.relay(way.relay),
                pinned=bool(way.relay),
                kind=MailingKind(kind),
                family=way.family,
                sender=way.sender,
                about=about,
            ),
        )

    if way.dry_run:
        with reading_office() as office:
            plan = prepare(office)
            plan.spool.close()
            output.show(foresee(office, plan, is_dry_run=True, refused=find_refusal(office)), to_stderr=True)
            return 0
    with reading_office(mails=True) as office:
        if office.ledger is None:  # and none is made for what is refused
            prepare(office)
    with writing_office(mails=True) as (office, ledger):
        settle_plannings(office, ledger)
        plan = prepare(office)
        try:
            if way.plan:
                output.look(foresee(office, plan, waiting=_count_waiting(ledger, plan)), to_stderr=True)
                output.show(store_plan(office, ledger, plan, way.planner))
                return 0
            return confirm_and_send(office, ledger, plan, yes=way.yes)
        finally:
            plan.spool.close()


def confirm_and_send(office: Office, ledger: Ledger, plan: Plan, *, yes: bool) -> int:
    """Show the plan of a mailing around a release, ask, and send it; return the exit code."""
    from mailer.events import MailingKind, MailingState
    from mailer.ledger.threads import read_open_around
    from mailer.runs.approval import require
    from mailer.runs.planning.confirm import confirm
    from mailer.runs.planning.plan import foresee
    from mailer.runs.planning.stored import request_command
    from mailer.runs.reports import read_status

    request, existing = plan.request, plan.existing
    require(office, ledger, request.kind, plan.plan_hash, how=request_command(request))
    waiting = _count_waiting(ledger, plan)
    if request.renews:
        output.look(foresee(office, plan, waiting=waiting), to_stderr=True)
        if not output.agreed(f"Use the new text of {plan.slug} from now on?", yes=yes):
            output.say("  Nothing was changed.", to_stderr=True)
            return 1
        mailing = confirm(office, ledger, plan)
        output.show(read_status(office, mailing.full_name), to_stderr=True)
        return 0
    if existing is not None and existing.state is MailingState.PAUSED:
        raise InputProblem(f"{existing.name} is paused", hint=f"mailer resume {existing.name}   goes on with it")
    password = password_of(office, request.relay)
    output.look(foresee(office, plan, waiting=waiting), to_stderr=True)
    count = plan.tally.to_send + waiting
    if not count and request.kind is MailingKind.FOLLOW_UP and plan.around is not None:
        with ledger.reading() as connection:
            left = [
                each.name for each in read_open_around(connection, plan.around.release_id) if each.kind is request.kind
            ]
        resume = f"mailer resume {left[0]}   goes on with the one that was interrupted" if left else ""
        raise InputProblem(
            "nobody gets a follow-up now", hint=resume or "The reasons are above, and with --dry-run --json."
        )
    what = f"{count} {'message' if count == 1 else 'messages'}"
    question = f"Send {what} now?"
    if request.kind is MailingKind.RETRACTION:
        question = f"Withdraw {plan.slug} for good, and send {what} now?"
    if not output.agreed(question, yes=yes):
        output.say("  Nothing was sent.", to_stderr=True)
        return 1
    mailing = confirm(office, ledger, plan)
    code = deliver(office, ledger, mailing, request.relay, password)
    if plan.around is not None and plan.around.waiting:
        output.say(
            f"  Recipients still wait for {plan.slug}, with the new text.   mailer resume {plan.slug}", to_stderr=True
        )
    return code


def _count_waiting(ledger: Ledger, plan: Plan) -> int:
    """Count who is in the mailing already and may get it yet."""
    from mailer.ledger.deliveries import open_count
    from mailer.ledger.threads import MAY_COME

    if plan.existing is None:
        return 0
    with ledger.reading() as connection:
        return open_count(connection, plan.existing.id, MAY_COME)
