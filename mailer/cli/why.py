"""Why: `mailer why`, in or out for one person, and every reason.

Reads only; the answer is made in `runs.people.why`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_list
from mailer.cli.office import reading_office
from mailer.cli.options import (
    AsJson,
    Except,
    Limit,
    ReleaseEncoding,
    Sample,
    UnderEmbargo,
    Where,
    selection_of,
)
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.contacts.audience.selection import Selection


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


def why(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person.", autocompletion=complete_address)],
    mailing: Annotated[str, typer.Argument(metavar="[MAILING]", help="A mailing that was sent.")] = "",
    release: Annotated[
        str, typer.Option("--for", metavar="RELEASE", help="A release that has not been sent yet.")
    ] = "",
    to: Annotated[
        list[str], typer.Option("--to", metavar="LIST", help="With --for: the lists.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - typer copies it
    leave_out: Except = [],  # noqa: B006 - typer copies it
    where: Where = "",
    limit: Limit = None,
    sample: Sample = None,
    under_embargo: UnderEmbargo = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> None:
    """Explain why a person is or is not in a mailing. Shows list, row, rule, suppression and date.

    With a MAILING that was sent, the ledger answers. With --for, the plan is made as `mailer send` would make it now.
    With neither, all that is known: rows, opt-outs, bounces, what they were sent.

    \b
    Examples:
      mailer why ada@daily.example.com
      mailer why ada@daily.example.com harbour-seals
      mailer why ada@daily.example.com --for harbour-seals --to coast --except partners
    """
    from mailer.runs.people.why import why as why_at_all
    from mailer.runs.people.why import why_for, why_in
    from mailer.runs.planning.request import Request
    from mailer.runs.sending.send import NO_RELAY

    selection = selection_of(where, limit, sample)
    _refuse_mixed(mailing, release, to, selection)
    with reading_office() as office:
        if release:
            office.workspace.release_path(release)  # a slip of the pen is no answer about a person
            for name in (*to, *leave_out):
                office.workspace.list_path(name)
            request = Request(
                release=release,
                relay=NO_RELAY,
                lists=tuple(to),
                excepts=tuple(leave_out),
                selection=selection,
                under_embargo=under_embargo,
            )
            answer = why_for(office, email, request)
        else:
            answer = why_in(office, email, mailing) if mailing else why_at_all(office, email)
    output.show(answer, as_json=as_json)


def _refuse_mixed(mailing: str, release: str, to: list[str], selection: Selection) -> None:
    if mailing and release:
        raise InputProblem("give a MAILING that was sent, or --for a release that is to be sent, one of them")
    if release and not to:
        raise InputProblem("--for needs the lists", hint=f"mailer why EMAIL --for {release} --to LIST")
    if not release and (to or selection != selection_of("")):
        raise InputProblem("--to, --where, --limit and --sample go with --for", hint="--for RELEASE --to LIST")
