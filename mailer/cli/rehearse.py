"""Rehearse: `mailer rehearse`, what a real run would look like.

Owns which errors are played and where the mails are kept. Nothing leaves this machine, and the workspace is as it was
afterwards.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_release
from mailer.cli.office import reading_office
from mailer.cli.options import Again, Filters, Lists, Manner, ReleaseEncoding, grouped, request_of
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.office import Office
    from mailer.settings import Fault, Relay

_USUAL, _NONE = "usual", "none"


@grouped
def rehearse(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A name in releases/, or a path.", autocompletion=complete_release)
    ] = "",
    to: Lists = [],  # noqa: B006 - typer copies it
    filters: Filters = Filters(),
    manner: Manner = Manner(),
    again: Again = Again(),
    relay: Annotated[str, typer.Option(metavar="NAME", help="The relay whose pace and connection limits to use.")] = "",
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
    """Rehearse a mailing against a local mail server that produces errors.

    Nothing leaves this machine and nothing is remembered: the same people are left out and skipped as in a real run,
    and the ledger stays as it is. Shows how long it would take at the relay's pace, who would be tried again and when,
    and the report.

    \b
    Examples:
      mailer rehearse harbour-seals --to coast
      mailer rehearse harbour-seals --to coast --faults none --keep look     the mails, in look/
      mailer rehearse harbour-seals --to coast --faults bad-day.toml --json
      mailer rehearse --show-faults > bad-day.toml     a faults file to start from (docs/rehearsal.md)
    """
    from mailer.config import USUAL_FAULTS
    from mailer.runs.planning.plan import Foreseen, foresee
    from mailer.runs.planning.prepare import prepare
    from mailer.runs.planning.request import parse_expiry
    from mailer.runs.rehearse import rehearse as run

    if show_faults:
        output.say(USUAL_FAULTS.rstrip())
        return 0
    if not release or not to:
        raise InputProblem("what is rehearsed, and to whom?", hint="mailer rehearse RELEASE --to LIST")
    with reading_office() as office:
        script = _faults(office, faults)
        request = replace(
            request_of(release, _relay(office, relay), to, filters, manner, again),
            pinned=bool(relay),
            expires_at=parse_expiry(expires, now=office.clock(), zone=office.settings.office.time_zone),
        )
        folder = _new_folder(keep) if keep else None
        plan = prepare(office, request)
        try:
            if not as_json:
                seen = Foreseen(plan, foresee(office, plan), office.clock(), is_rehearsal=True)
                output.show(seen, as_json=False, to_stderr=True)
            told = asyncio.run(run(office, plan, script, keep=folder, on_step=_say_step))
        finally:
            plan.spool.close()
    output.show(told, as_json=as_json, to_stderr=True)
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
    from mailer.runs.sending.send import NO_RELAY
    from mailer.settings import PREVIEW

    if name == PREVIEW:
        raise InputProblem("a rehearsal stays on this machine anyway", hint="--relay says whose pace it is to have")
    return office.relay(name) if name or office.settings.relays else NO_RELAY


def _new_folder(name: str) -> Path:
    folder = Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputProblem(f"{name} is there already, with something in it", hint="--keep makes a new folder")
    return folder


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("rehearse", short_help="Rehearse a mailing on this machine.")(rehearse)
