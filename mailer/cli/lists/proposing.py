"""Proposing: `mailer lists proposals`, what replies propose for the lists, and what staff decide.

Owns how proposals are shown and asked for; the edit itself is shown as any other (`editing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_list
from mailer.cli.lists.asking import is_somebody_here
from mailer.cli.lists.editing import carry_out, find_follower
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson, DryRun, Yes

if TYPE_CHECKING:
    from mailer.ledger.proposals import Proposal

_HELP = """Show changes to lists that replies suggest: contacts who left, moved, or named a successor.

Nothing happens by itself. Accepted, it is done on every list with this contact: whoever moved keeps the row, with the
new address; a successor takes over the row without the old name (the new one is asked for, or given with --to); whoever
left without a successor is removed, unless --to names one. Back: mailer lists undo. Rejected, it is not made again.

People who are not to be contacted and seem to have moved: mailer optouts list --proposals

\b
Examples:
  mailer lists proposals
  mailer lists proposals 3 --accept
  mailer lists proposals 3 --accept --to "Di Field <di@daily.example.com>"
  mailer lists proposals 3 --accept --add --list coast
  mailer lists proposals 4 --reject --reason "she is still there"
  mailer lists proposals 4 --reopen     decided by mistake; the lists are not changed"""
_KINDS = {
    "left": "has left",
    "moved": "is at another address now",
    "stand_in": "has left, somebody else stands in",
    "follow": "may be somebody who is not to be contacted",
}


def register(lists: typer.Typer) -> None:
    """Add the command."""
    lists.command("proposals", help=_HELP, short_help="Who has left or moved, as replies say.")(proposals)


def proposals(
    number: Annotated[int | None, typer.Argument(metavar="ID", help="One of them, to decide.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Do what it says.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Turn it down.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Take back what was decided.")] = False,
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
    reason: Annotated[str, typer.Option(metavar="TEXT", help="With --reject: the reason, kept with it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Include those already decided.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Show what replies propose for the lists, or decide one of them."""
    from mailer.errors import InputProblem

    if sum((accept, reject, reopen)) != (number is not None):
        raise InputProblem(
            "give the number of a proposal and one of --accept, --reject and --reopen; or none of it, to see them",
            hint="mailer lists proposals 3 --accept",
        )
    if number is None:
        _show(every=every, as_json=as_json)
    elif accept:
        return _accept(number, to, add=add, only=only, dry_run=dry_run, yes=yes, as_json=as_json)
    elif reject:
        _reject(number, reason, as_json=as_json)
    else:
        _reopen(number, as_json=as_json)
    return 0


def _show(*, every: bool, as_json: bool) -> None:
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


def _accept(number: int, to: str, *, add: bool, only: list[str], dry_run: bool, yes: bool, as_json: bool) -> int:
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


def _reject(number: int, reason: str, *, as_json: bool) -> None:
    from mailer.runs.lists.proposals import reject as reject_proposal

    _require_open(number)
    with writing_office() as (office, ledger):
        found = reject_proposal(office, ledger, number, reason=reason)
    back = f"It does not come again. To take that back: mailer lists proposals {number} --reopen"
    _told(found, "rejected", back, as_json=as_json)


def _reopen(number: int, *, as_json: bool) -> None:
    from mailer.runs.lists.proposals import reopen as reopen_proposal

    with writing_office() as (office, ledger):
        found = reopen_proposal(office, ledger, number)
    _told(found, "open", "It is open again.", as_json=as_json)


def _told(found: Proposal, state: str, sentence: str, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"id": found.id, "state": state, "email": found.address, "new": found.new_address or None})
    else:
        output.say(f"{found.address} {_KINDS.get(found.kind, found.kind)}: {state}. {sentence}")


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
        output.say("\n  mailer lists proposals ID --accept   or   --reject")


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
