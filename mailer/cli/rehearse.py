"""Rehearse: `mailer rehearse`, what a real run would look like.

Owns the words for what happened in a rehearsal and what follows from it. Nothing leaves this machine, and the
workspace is as it was afterwards.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_release
from mailer.cli.context import now
from mailer.cli.office import reading_office
from mailer.cli.options import (
    Changed,
    CheckDomains,
    DespiteRecent,
    Except,
    Limit,
    Lists,
    NewMailing,
    NotAgreed,
    ReleaseEncoding,
    Sample,
    Seed,
    SenderName,
    Template,
    UnderEmbargo,
    Where,
    selection_of,
)
from mailer.cli.planned import describe, say_plan
from mailer.cli.summary import say_line
from mailer.errors import InputProblem
from mailer.pages.words import WHY

if TYPE_CHECKING:
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Plan
    from mailer.runs.rehearse import Met, Rehearsed
    from mailer.settings import Fault, Relay

_REHEARSE_HELP = """Rehearse a mailing against a local mail server that produces errors.

Nothing leaves this machine and nothing is remembered: the same people are left out and skipped as in a real run, and
the ledger stays as it is. Shows how long it would take at the relay's pace, who would be tried again and when, and
the report.

\b
Examples:
  mailer rehearse harbour-seals --to coast
  mailer rehearse harbour-seals --to coast --faults none --keep look     the mails, in look/
  mailer rehearse harbour-seals --to coast --faults bad-day.toml --json
  mailer rehearse --show-faults > bad-day.toml     a faults file to start from (docs/rehearsal.md)
"""
_USUAL, _NONE = "usual", "none"


def rehearse(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A name in releases/, or a path.", autocompletion=complete_release)
    ] = "",
    to: Lists = [],  # noqa: B006 - typer copies it
    leave_out: Except = [],  # noqa: B006 - typer copies it
    where: Where = "",
    limit: Limit = None,
    sample: Sample = None,
    seed: Seed = "",
    template: Template = "",
    sender: SenderName = "",
    relay: Annotated[str, typer.Option(metavar="NAME", help="The relay whose pace and connection limits to use.")] = "",
    under_embargo: UnderEmbargo = False,
    not_agreed: NotAgreed = "",
    changed: Changed = "",
    new_mailing: NewMailing = "",
    despite_recent: DespiteRecent = "",
    check_domains: CheckDomains = False,
    expires: Annotated[str, typer.Option(metavar="WHEN", help="Stop trying after this time: 24h, 2d.")] = "24h",
    faults: Annotated[
        str, typer.Option(metavar="FILE", help="Which errors occur: a TOML file, usual, or none.")
    ] = _USUAL,
    keep: Annotated[
        str, typer.Option(metavar="DIR", help="Keep the messages in a new folder, with a page to browse them.")
    ] = "",
    show_faults: Annotated[bool, typer.Option("--show-faults", help="Print the usual errors as a TOML file.")] = False,
    _encoding: ReleaseEncoding = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON document.")] = False,
) -> int:
    """Show what a real run would look like."""
    from mailer.config import USUAL_FAULTS
    from mailer.runs.planning.estimate import foresee
    from mailer.runs.planning.plan import Request
    from mailer.runs.planning.prepare import prepare
    from mailer.runs.planning.when import parse_expiry
    from mailer.runs.rehearse import rehearse as run

    if show_faults:
        output.say(USUAL_FAULTS.rstrip())
        return 0
    if not release or not to:
        raise InputProblem("what is rehearsed, and to whom?", hint="mailer rehearse RELEASE --to LIST")
    with reading_office() as office:
        script = _faults(office, faults)
        request = Request(
            release=release,
            relay=_relay(office, relay),
            pinned=bool(relay),
            lists=tuple(to),
            excepts=tuple(leave_out),
            selection=selection_of(where, limit, sample, seed),
            sender=sender,
            family=template,
            under_embargo=under_embargo,
            not_agreed=not_agreed,
            changed=changed,
            new_mailing=new_mailing,
            despite_recent=despite_recent,
            check_domains=check_domains,
            expires_at=parse_expiry(expires, now=office.clock(), zone=office.settings.office.time_zone),
        )
        folder = _new_folder(keep) if keep else None
        plan = prepare(office, request)
        try:
            if not as_json:
                where = f"{describe(plan.request.relay)}, rehearsed"
                say_plan(plan, where=where, estimate=foresee(office, plan))
            told = asyncio.run(run(office, plan, script, keep=folder, on_step=_say_step))
        finally:
            plan.spool.close()
    if as_json:
        output.print_json(_document(told))
    else:
        _say(told, plan, office)
    return 0


def _say_step(text: str) -> None:
    output.say(f"  … {text}", style="dim", to_stderr=True)


def _faults(office: Office, given: str) -> tuple[Fault, ...]:
    """Read what goes wrong."""
    from mailer.config import USUAL_FAULTS, parse_faults, read_faults

    if given == _NONE:
        return ()
    if given == _USUAL:
        return parse_faults(USUAL_FAULTS, source="the usual faults")
    places = (Path(given), office.workspace.root / given)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise InputProblem(
            f'there is no faults file "{given}"', hint="mailer rehearse --show-faults > FILE   makes one"
        )
    return read_faults(path)


def _relay(office: Office, name: str) -> Relay:
    """Return the relay that is stood in for; without any in mailer.toml, the rehearsal has no pace."""
    from mailer.runs.sending.send import NO_RELAY, PREVIEW

    if name == PREVIEW:
        raise InputProblem("a rehearsal stays on this machine anyway", hint="--relay says whose pace it is to have")
    return office.relay(name) if name or office.settings.relays else NO_RELAY


def _new_folder(name: str) -> Path:
    folder = Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputProblem(f"{name} is there already, with something in it", hint="--keep makes a new folder")
    return folder


def _say(told: Rehearsed, plan: Plan, office: Office) -> None:
    """Print what happened, and what it says about a real run."""
    from mailer.pages.layout import Page
    from mailer.pages.reports import outcome

    document = told.document
    output.say("  Rehearsed; nothing was sent. A real run would end like this:", style="bold", to_stderr=True)
    output.print_page(Page(outcome(document, office.clock())), to_stderr=True)
    if told.halted:
        say_line("Halted", told.halted)
        say_line("", f"{document['pending']} would wait, untouched, for: mailer resume {document['mailing']}")
    relay = plan.request.relay
    count = "1 connection" if relay.connections == 1 else f"{relay.connections} connections"
    if told.estimate is not None:
        took_s = (told.estimate.done_at - told.started_at).total_seconds()
        over = f" over {told.estimate.days} days" if told.estimate.days > 1 else ""
        done = _moment(told.estimate.done_at)
        say_line("Takes", f"{_span(took_s)}{over} at {told.estimate.bound}, over {count}: done by {done}")
        if told.estimate.late:
            say_line("Too late", f"{told.estimate.late} tries would come after --expires, so never")
    else:
        say_line("Takes", f"as long as the relay does, over {count}: mailer.toml sets no rate")
    _say_retries(told, office)
    if told.suppressed:
        waits = told.document["dead_addresses"]["unconfirmed"]
        when = "once half of the mailing was accepted" if waits else "from now on"
        say_line("Suppressed", f"{told.suppressed} would be left alone {when}")
    played = [met for met in told.faults if met.played]
    for number, met in enumerate(played):
        say_line("" if number else "Faults", _met(met))
    if not played:
        say_line("Faults", "none were played")
    unplayed = [met for met in told.faults if not met.played]
    for number, met in enumerate(unplayed):
        say_line("" if number else "Not played", f"{_fault(met.fault)}: {_why_not(met, plan.tally.to_send)}")
    if told.page is not None:
        say_line("Look at it", told.page.resolve().as_uri())


def _say_retries(told: Rehearsed, office: Office) -> None:
    groups = Counter((each.attempt, each.after_s, each.reason) for each in told.retries)
    for number, ((attempt, after_s, reason), count) in enumerate(sorted(groups.items())):
        nth = "" if attempt == 1 else f", for the {_ordinal(attempt)} time"
        said = f"{count} again after {_span(after_s)}{nth}: {WHY.get(reason, reason)}"
        say_line("" if number else "Put off", said)
        if number == _MOST_SHOWN and len(groups) > _MOST_SHOWN + 1:
            say_line("", f"… and so on, {len(told.retries)} in all (--json has them)")
            break
    if told.retries:
        say_line("", f"the last try is at {_moment(told.last_at)}")
    if told.later:
        stay = _span(office.settings.retry.stay_s)
        say_line("", f"for {told.later} of them `mailer send`, which stays {stay}, is over by then:")
        say_line("", "  `mailer resume` or a running `mailer worker` goes on")


_MOST_SHOWN = 9


def _met(met: Met) -> str:
    fault = met.fault
    people = "" if fault.is_of_nobody else f"{met.people} {'person' if met.people == 1 else 'people'} ({_who(fault)}), "
    who = f"{_who(fault)}, " if fault.is_of_nobody else people
    return f"{_fault(fault)}: {who}played {_times(met.played)}"


def _fault(fault: Fault) -> str:
    what = [f"answer “{fault.reply}”"] if fault.reply else []
    what += [f"{fault.delay_s:g} s of silence"] if fault.delay_s else []
    what += ["the connection dropped"] if fault.drop else []
    return f"{' and '.join(what)} at {fault.stage.upper()}"


def _why_not(met: Met, recipients: int) -> str:
    """Return why a fault was not played: mostly, because the audience is too small for it."""
    fault = met.fault
    if met.people:
        return f"the rehearsal ended before it came to {_who(fault)}"
    if fault.is_of_nobody:
        what = "connection" if fault.stage == "connect" else "message"
        return f"it is for {_who(fault)} {what}, and there were not so many"
    if fault.address or fault.domain:
        return f"nobody of {_who(fault)} gets this mailing"
    only = f"{recipients} recipient{'' if recipients == 1 else 's'}"
    if fault.share:
        return f"it is for {_who(fault)}, and drew nobody of {only}"
    return f"it is for {_who(fault)}, and there {'is' if recipients == 1 else 'are'} only {only}"


def _who(fault: Fault) -> str:
    if fault.address or fault.domain:
        return fault.address or fault.domain
    if fault.share:
        return f"{fault.share:.3g} of all"
    if fault.every:
        return f"every {_ordinal(fault.every)}, from the {_ordinal(fault.first or fault.every)}"
    return "the " + ", ".join(_ordinal(number) for number in fault.nth)


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _span(seconds: float) -> str:
    """Return how long, in the unit that reads best."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def _moment(moment: datetime) -> str:
    local, today = moment.astimezone(), now().astimezone().date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%A %H:%M}" if (local.date() - today).days < 7 else f"{local:%d %B %H:%M}"


def _document(told: Rehearsed) -> dict[str, Any]:
    """Return a rehearsal as JSON: the mailing's report, and what is reckoned from it."""
    estimate, recipients = told.estimate, told.document["planned"] - told.document["skipped"]
    return {
        **told.document,
        "halted": told.halted or None,
        "suppressed": told.suppressed,
        "estimate": {
            "done_at": estimate.done_at.isoformat(timespec="seconds"),
            "takes_s": round((estimate.done_at - told.started_at).total_seconds(), 1),
            "bound": estimate.bound,
            "days": estimate.days,
            "late": estimate.late,
        }
        if estimate
        else None,
        "last_try_at": told.last_at.isoformat(timespec="seconds"),
        "retries": [
            {
                "address": each.address,
                "attempt": each.attempt,
                "reason": each.reason,
                "code": each.code,
                "enhanced": each.enhanced or None,
                "text": each.text,
                "after_s": each.after_s,
                "at": each.at.isoformat(timespec="seconds"),
                "state": each.state,
            }
            for each in told.retries
        ],
        "left_to_resume": told.later,
        "faults": [
            {
                "stage": met.fault.stage,
                "who": _who(met.fault),
                "reply": met.fault.reply or None,
                "delay_s": met.fault.delay_s,
                "drop": met.fault.drop,
                "times": met.fault.times,
                "people": None if met.fault.is_of_nobody else met.people,
                "played": met.played,
                "not_played_because": None if met.played else _why_not(met, recipients),
            }
            for met in told.faults
        ],
        "rehearsed_in_s": round(told.elapsed_s, 2),
        "page": str(told.page) if told.page else None,
    }


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("rehearse", help=_REHEARSE_HELP, short_help="Rehearse a mailing on this machine.")(rehearse)
