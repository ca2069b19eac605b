"""Deduping: `mailer lists dedupe`, one person in several rows.

Owns the review: on a terminal each double is shown and asked for; elsewhere they are listed, and `--apply` names those
that are agreed to. One person at two addresses is never merged unasked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output
from mailer.cli.completing import complete_list
from mailer.cli.lists.asking import is_somebody_here
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson, DryRun
from mailer.errors import InputProblem, did_you_mean

if TYPE_CHECKING:
    from mailer.runs.lists.tidy_lists import Proposal
    from mailer.runs.office import Office

_HELP = """Find duplicate contacts and merge them.

The same address twice on a list: the rows become one, empty fields filled (all of them with --yes). One person at two
addresses, by name and outlet, by name and telephone, or by a further address: only offered, each for itself.

\b
Examples:
  mailer lists dedupe coast
  mailer lists dedupe --all --dry-run
  mailer lists dedupe coast --yes
  mailer lists dedupe coast --apply 1f3a9c2b=ada@daily.example.com"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dedupe", help=_HELP)(dedupe)


def dedupe(
    names: Annotated[
        list[str], typer.Argument(metavar="LIST", help="Lists, by name or path.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    everything: Annotated[bool, typer.Option("--all", help="All lists.")] = False,
    apply: Annotated[
        list[str],
        typer.Option("--apply", metavar="ID[=EMAIL]", help="Merge this pair; EMAIL is the address to keep."),
    ] = [],  # noqa: B006 - Typer copies it
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Merge all rows with the same address without asking.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Find and merge doubles."""
    from mailer.runs.lists.tidy_lists import propose

    if everything == bool(names):
        raise InputProblem("give lists, or --all", hint="mailer lists dedupe coast   or   mailer lists dedupe --all")
    with reading_office() as office:
        workspace = office.workspace
        paths = list(dict.fromkeys([workspace.list_path(name) for name in names] or workspace.lists()))
        proposals = propose(office, paths)
        chosen = _chosen(proposals, apply, yes=yes)
        if not as_json:
            _say_proposals(proposals)
        if not chosen and not dry_run and not as_json and is_somebody_here():
            chosen = _asked(proposals)
        merged = [] if dry_run else _apply(office, paths, chosen)
    if as_json:
        output.print_json({"proposals": [_proposal_json(each) for each in proposals], "merged": merged})
    elif merged:
        output.say(f"  {len(merged)} merged. Back: mailer lists undo --yes")
    elif proposals:
        output.say("  Nothing was changed. --yes merges rows of the same address, --apply ID merges that one.")
    return 0


def _chosen(proposals: list[Proposal], apply: list[str], *, yes: bool) -> list[tuple[Proposal, str]]:
    from mailer.contacts.merging.doubles import SAME_ADDRESS

    by_id = {each.double.id: each for each in proposals}
    chosen = {}
    for each in proposals:
        if yes and each.double.kind == SAME_ADDRESS:
            chosen[each.double.id] = (each, each.double.rows[0].email)
    for word in apply:
        name, _, keep = word.partition("=")
        if name not in by_id:
            raise InputProblem(
                f"there is no double {printable(name)}{did_you_mean(name, by_id)}", hint="--dry-run lists them."
            )
        emails = [row.email for row in by_id[name].double.rows]
        if keep and keep not in emails:
            raise InputProblem(f"{printable(keep)} is none of the addresses of {name}: {', '.join(emails)}")
        chosen[name] = (by_id[name], keep or emails[0])
    return list(chosen.values())


def _asked(proposals: list[Proposal]) -> list[tuple[Proposal, str]]:
    from mailer.contacts.merging.doubles import SAME_ADDRESS

    chosen = []
    for each in proposals:
        rows = each.double.rows
        if each.double.kind == SAME_ADDRESS:
            if typer.confirm(f"  {each.double.id}: make {len(rows)} rows of {rows[0].email} one?", err=True):
                chosen.append((each, rows[0].email))
        elif not each.against:
            options = " / ".join(f"{number} {row.email}" for number, row in enumerate(rows, start=1))
            answer = typer.prompt(
                f"  {each.double.id}: one person? Which address stays: {options} / n", default="n", err=True
            )
            if answer.isdecimal() and 1 <= int(answer) <= len(rows):
                chosen.append((each, rows[int(answer) - 1].email))
    return chosen


def _apply(office: Office, paths: list[Path], chosen: list[tuple[Proposal, str]]) -> list[str]:
    from mailer.runs.lists.tidy_lists import apply_proposals

    if not chosen:
        return []
    _, later = apply_proposals(office, paths, chosen)
    if later:
        text = f"  {', '.join(later)} touch the same rows as another one: run the command again for them."
        output.say(text, style="yellow", to_stderr=True)
    return [each.double.id for each, _ in chosen if each.double.id not in later]


def _say_proposals(proposals: list[Proposal]) -> None:
    if not proposals:
        output.say("  Nobody stands there twice.")
    for each in proposals:
        output.say(f"  {each.double.id}   {each.double.why}", style="bold")
        for row in each.double.rows:
            who = ", ".join(filter(None, (row.name, row.outlet)))
            against = f" · {each.against[row.email].words}" if row.email in each.against else ""
            output.say(f"             {row.list_name} line {row.line}   {printable(who, 50)} <{row.email}>{against}")
        for column, kept, gone in each.lost:
            output.say(
                f"             {column}: {printable(kept, 30)} stays, {printable(gone, 30)} goes", style="yellow"
            )
    output.say()


def _proposal_json(each: Proposal) -> dict[str, Any]:
    rows = [
        {
            "list": row.list_name,
            "row": row.row,
            "line": row.line,
            "email": row.email,
            "name": row.name,
            "outlet": row.outlet,
        }
        for row in each.double.rows
    ]
    return {
        "id": each.double.id,
        "kind": each.double.kind,
        "why": each.double.why,
        "rows": rows,
        "lost": [{"column": column, "kept": kept, "other": gone} for column, kept, gone in each.lost],
        "suppressed": {email: against.reason for email, against in each.against.items()},
    }
