"""Proposing: `mailer lists proposals`, what replies propose for the lists, and what staff decide.

Owns how proposals are shown and asked for; the edit itself is shown as any other (`editing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.asking import is_somebody_here
from mailer.cli.completing import complete_list
from mailer.cli.lists.editing import carry_out, find_follower
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson, DryRun, Yes

if TYPE_CHECKING:
    from mailer.ledger.proposals import Proposal

_HELP = {
    "proposals": """Show changes to lists that replies suggest: contacts who left, moved, or named a successor.

Nothing happens by itself. People who are not to be contacted and seem to have moved: mailer optouts proposals

\b
Examples:
  mailer lists proposals
  mailer lists proposals accept 3
  mailer lists proposals reject 4 --reason "she is still there"
""",
    "accept": """Accept a proposal on every list with this contact. To undo it: mailer lists undo.

A contact who moved keeps the row, with the new address. A successor takes over the row without the old name; the new
name is asked for, or given with --to. --add keeps the old row. A contact who left without a successor is removed,
unless --to names one.

\b
Examples:
  mailer lists proposals accept 3
  mailer lists proposals accept 3 --to desk@daily.example.com
  mailer lists proposals accept 3 --to "Di Field <di@daily.example.com>"
  mailer lists proposals accept 3 --add --list coast
""",
    "reject": """Reject a proposal. It is not made again.

\b
Example:
  mailer lists proposals reject 4
""",
    "reopen": """Reopen a decided proposal. The lists are not changed.

\b
Example:
  mailer lists proposals reopen 4
""",
}
_KINDS = {
    "left": "has left",
    "moved": "is at another address now",
    "stand_in": "has left, somebody else stands in",
    "follow": "may be somebody who is not to be contacted",
}
Number = Annotated[int, typer.Argument(metavar="ID", help="The number that `mailer lists proposals` shows.")]

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


def register(lists: typer.Typer) -> None:
    """Add the commands."""
    lists.add_typer(app, name="proposals", help=_HELP["proposals"], short_help="Who has left or moved, as replies say.")


@app.callback()
def proposals(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Include those already decided.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what replies propose for the lists."""
    if context.invoked_subcommand is not None:
        return
    from mailer.ledger.proposals import ACCEPTED, OPEN, REJECTED, read_proposals

    found: list[Proposal] = []
    with reading_office() as office:
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                found = read_proposals(connection, states=(OPEN, ACCEPTED, REJECTED) if every else (OPEN,))
    if as_json:
        output.print_json({"proposals": [_document(each) for each in found]})
    elif not found:
        output.say("Nothing is proposed. Replies are read by: mailer bounces collect")
    else:
        _say(found)


@app.command("accept", help=_HELP["accept"])
def accept(
    number: Number,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="EMAIL", help='The new address, with or without a name: "Di Field <di@daily.example>".'
        ),
    ] = "",
    add: Annotated[bool, typer.Option("--add", help="Keep the old row and add the new address.")] = False,
    only: Annotated[
        list[str], typer.Option("--list", metavar="LIST", help="Only on this list.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - typer copies it
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Do what a proposal says."""
    from mailer.address import parse_address
    from mailer.runs.lists.proposals import accept as accept_proposal
    from mailer.runs.lists.proposals import plan_accept

    found = _require_open(number)
    with reading_office() as office:
        plan = plan_accept(office.workspace, found, to=to, add=add, only=only)
        if plan.nameless and is_somebody_here() and not (yes or dry_run or as_json):
            name = typer.prompt(f"  Name of {plan.nameless} (Enter: none)", default="", show_default=False, err=True)
            to = f"{name} <{plan.nameless}>" if name.strip() else to
            plan = plan_accept(office.workspace, found, to=to, add=add, only=only)
        new = to.partition("<")[2].strip(" >") if "<" in to else to or found.new_address
        follower = None
        if found.kind == "moved" and new and not add:  # the same person: what they said goes along
            follower = find_follower(office, plan, parse_address(found.address), new)
        code = carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json, follower=follower)
    if code == 0 and plan.nameless and not as_json:
        output.say(
            f'  {plan.nameless} has no name:   mailer lists update {plan.nameless} --set name="…"', to_stderr=True
        )
    if code == 0 and not dry_run:
        with writing_office() as (office, ledger):
            accept_proposal(office, ledger, number)
    return code


@app.command("reject", help=_HELP["reject"])
def reject(
    number: Number,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason, kept with the proposal.")] = "",
    as_json: AsJson = False,
) -> int:
    """Turn a proposal down."""
    from mailer.runs.lists.proposals import reject as reject_proposal

    _require_open(number)
    with writing_office() as (office, ledger):
        found = reject_proposal(office, ledger, number, reason=reason)
    return _told(
        found,
        "rejected",
        f"It does not come again. To take that back: mailer lists proposals reopen {number}",
        as_json=as_json,
    )


@app.command("reopen", help=_HELP["reopen"])
def reopen(number: Number, as_json: AsJson = False) -> int:
    """Take back what was decided."""
    from mailer.runs.lists.proposals import reopen as reopen_proposal

    with writing_office() as (office, ledger):
        found = reopen_proposal(office, ledger, number)
    return _told(found, "open", "It is open again.", as_json=as_json)


def _told(found: Proposal, state: str, sentence: str, *, as_json: bool) -> int:
    if as_json:
        output.print_json({"id": found.id, "state": state, "email": found.address, "new": found.new_address or None})
    else:
        output.say(f"{found.address} {_KINDS.get(found.kind, found.kind)}: {state}. {sentence}")
    return 0


def _require_open(number: int) -> Proposal:
    """Find an open proposal; where there is no ledger yet there is none."""
    from mailer.errors import InputProblem
    from mailer.runs.lists.proposals import require_open

    with reading_office() as office:
        if office.ledger is None:
            raise InputProblem(f"there is no proposal {number}: nothing came back yet", hint="mailer bounces collect")
        with office.ledger.reading() as connection:
            return require_open(connection, number)


def _say(found: list[Proposal]) -> None:
    for each in found:
        new = f" → {each.new_address}" if each.new_address else ""
        decided = "" if each.state == "open" else f"   {each.state} by {each.decided_by}"
        output.say(f"  {each.id:4}  {each.address}{new}   {_KINDS.get(each.kind, each.kind)}{decided}")
        said = f"“{each.words}”" if each.words else ""
        about = f"in reply to {each.mailing.removesuffix('/release-1')}" if each.mailing else ""
        output.say(f"        {' · '.join(filter(None, (f'{each.created_at:%Y-%m-%d}', about, said)))}", style="dim")
    if any(each.state == "open" for each in found):
        output.say("\n  mailer lists proposals accept ID   or   reject ID")


def _document(each: Proposal) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "email": each.address,
        "new": each.new_address or None,
        "words": each.words or None,
        "mailing": each.mailing or None,
        "source": each.source or None,
        "state": each.state,
        "since": each.created_at.isoformat(timespec="seconds"),
        "decided_at": each.decided_at.isoformat(timespec="seconds") if each.decided_at else None,
        "decided_by": each.decided_by or None,
    }
