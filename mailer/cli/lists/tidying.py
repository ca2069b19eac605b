"""Tidying: `mailer lists merge`, `dedupe` and `undo`, and the splitting of `lists export --split-by`.

Owns how the plan is shown, and the question. Merging and splitting never change the lists that rows are taken from.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output
from mailer.cli.completing import complete_list
from mailer.cli.context import current_workspace, now
from mailer.cli.lists.asking import agreed, is_somebody_here, keep_noes, noes_json, say_noes, say_unchanged
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson, DryRun, Yes
from mailer.errors import InputProblem, did_you_mean
from mailer.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.runs.lists.rewrite import Rewrite
    from mailer.runs.lists.steps import Step
    from mailer.runs.lists.tidy_lists import MergePlan, Proposal, SplitPlan
    from mailer.runs.office import Office

_HELP = {
    "merge": """Merge lists. Each contact once, each field from the first list that has it. The lists are kept.

Columns are the same where they mean the same, else where their headers are. What two lists say differently is shown.
Whoever is marked as not to be mailed on one of them, and rows without a good address, are not taken.

\b
Examples:
  mailer lists merge coast science --into everybody
  mailer lists merge coast science --into coast""",
}
_SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("merge", help=_HELP["merge"])(merge)
    app.command("undo", help=_UNDO_HELP)(undo)
    app.command("dedupe", help=_DEDUPE_HELP)(dedupe)


def merge(
    names: Annotated[
        list[str], typer.Argument(metavar="LIST", help="The lists; the first wins.", autocompletion=complete_list)
    ],
    into: Annotated[
        str,
        typer.Option("--into", metavar="NAME", help="A new list, or the first of these.", autocompletion=complete_list),
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Merge lists."""
    from mailer.runs.lists.tidy_lists import plan_merge

    with reading_office() as office:
        plan = plan_merge(office, names, into)
        shown = office.workspace.show(plan.path)
        if not as_json:
            _say_merge(plan, shown)
        written = _carry_out(office, plan, f"Write {shown}?", dry_run=dry_run, yes=yes)
    if as_json:
        output.print_json({**_merge_json(plan, shown), "written": written})
    elif written:
        output.say(f"  {shown} is written. Back: mailer lists undo --yes")
    elif dry_run:
        say_unchanged()
    else:
        output.say(f"  {shown} has all of it already; nothing was written.")
    return 0


def _carry_out(office: Office, plan: MergePlan | SplitPlan, question: str, *, dry_run: bool, yes: bool) -> bool:
    from mailer.runs.lists.tidy_lists import carry_out_tidying

    if dry_run or all(change.was == change.data for change in plan.changes):
        return False
    if not agreed(question, yes=yes):
        raise typer.Abort
    keep_noes(plan.noes)
    return carry_out_tidying(office, plan) is not None


def _say_merge(plan: MergePlan, shown: str) -> None:
    merged = plan.merged
    people = f"{len(merged.people)} {'person' if len(merged.people) == 1 else 'people'}"
    several = sum(1 for person in merged.people.values() if len(person.lists) > 1)
    output.say(f"  Merged      {people}, {several} of them on several lists → {shown}", style="bold")
    if plan.added != len(merged.people):
        output.say(f"  New there   {plan.added}")
    say_noes(plan.noes, "this list")
    output.say(f"  Columns     {printable(', '.join(merged.header), 84)}")
    if merged.left_out:
        output.say(f"  Not taken   {len(merged.left_out)} {'row' if len(merged.left_out) == 1 else 'rows'}")
    for entry in merged.left_out[:_SHOWN]:
        output.say(f"              {entry.list_name} line {entry.line}: {entry.message}")
    if merged.differs:
        count = len(merged.differs)
        output.say(f"  Differs     {count} {'field' if count == 1 else 'fields'}; the first list's word is kept")
    for each in merged.differs[:_SHOWN]:
        output.say(f"              {each.email}   {each.column}:")
        output.say(f"                {printable(each.kept, 50)} ({each.kept_from})")
        output.say(f"                not {printable(each.other, 50)} ({each.other_from})")
    if len(merged.differs) > _SHOWN:
        output.say(f"              … and {len(merged.differs) - _SHOWN} more (--json has all)")
    output.say()


def _merge_json(plan: MergePlan, shown: str) -> dict[str, Any]:
    merged = plan.merged
    return {
        "list": plan.path.stem,
        "file": shown,
        "people": len(merged.people),
        "added": plan.added,
        "columns": merged.header,
        "suppressed": noes_json(plan.noes),
        "on_several": [
            {"email": each.email, "lists": each.lists} for each in merged.people.values() if len(each.lists) > 1
        ],
        "differences": [
            {
                "email": each.email,
                "column": each.column,
                "kept": each.kept,
                "kept_from": each.kept_from,
                "other": each.other,
                "other_from": each.other_from,
            }
            for each in merged.differs
        ],
        "left_out": [
            {
                "list": each.list_name,
                "row": each.row,
                "line": each.line,
                "value": each.value,
                "reason": each.reason.value,
                "message": each.message,
            }
            for each in merged.left_out
        ],
    }


def split(name: str, by: str, *, yes: bool, as_json: bool) -> int:
    """Make a list of each value of a column; the list itself stays."""
    from mailer.runs.lists.tidy_lists import plan_split

    with reading_office() as office:
        plan = plan_split(office, name, by)
        shown = [office.workspace.show(path) for path in plan.paths]
        if not as_json:
            _say_split(plan, shown)
        question = "Make this list?" if len(plan.parts) == 1 else f"Make these {len(plan.parts)} lists?"
        written = _carry_out(office, plan, question, dry_run=False, yes=yes)
    if as_json:
        parts = [
            {"value": part.value, "list": path.stem, "file": file, "rows": len(part.rows)}
            for part, path, file in zip(plan.parts, plan.paths, shown, strict=True)
        ]
        more = {"suppressed": noes_json(plan.noes), "written": written}
        output.print_json({"parts": parts, "converted": plan.converted or None, **more})
    elif written:
        made = "1 list is" if len(plan.parts) == 1 else f"{len(plan.parts)} lists are"
        output.say(f"  {made} written. Back: mailer lists undo --yes")
    return 0


def _say_split(plan: SplitPlan, shown: list[str]) -> None:
    rows = [
        (printable(part.value, 40) or "(no value)", str(len(part.rows)), file)
        for part, file in zip(plan.parts, shown, strict=True)
    ]
    for line in output.table(rows, head=("VALUE", "ROWS", "LIST"), right=(1,)):
        output.say(f"  {line}")
    say_noes(plan.noes, "their new one")
    if plan.converted:
        output.say("  The parts are CSV, as they cannot be written in the format of the list:", style="yellow")
        for line in textwrap.wrap(plan.converted, 94):
            output.say(f"    {line}", style="yellow")
    output.say()


# Undoing: `mailer lists undo`, the last change of the lists is put back.

_UNDO_HELP = """Undo the last change of the lists, in all files at once. Run it again to undo the one before.

A list that somebody changed since is left as it is, and told. The last 50 changes are kept in .mailer/undo/.

\b
Examples:
  mailer lists undo
  mailer lists undo --list        what can be put back
  mailer lists undo --redo        take the last undo back"""


def undo(
    show: Annotated[bool, typer.Option("--list", help="List the changes that can be undone.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Redo what was undone last.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Undo the last change."""
    from mailer.runs.lists.undo import plan_undo, undo_step

    workspace = current_workspace()
    if show:
        return _show(workspace, as_json=as_json)
    step, changes = plan_undo(workspace, redo=redo)
    if not as_json:
        _say(workspace, step, changes, redo=redo)
    question = "Take the undo back?" if redo else "Put it back?"
    written = not dry_run and agreed(question, yes=yes)
    if written:
        step = undo_step(workspace, now=now(), redo=redo)
    if as_json:
        files = [_outcome(workspace, each) for each in changes]
        output.print_json({"step": _document(workspace, step), "redo": redo, "files": files, "written": written})
    elif written:
        other = f"mailer lists undo {'' if redo else '--redo '}--yes"
        output.say(f"  Done. As it was just now:   {other}")
    else:
        say_unchanged()
    return 0 if written or dry_run else 1


def _show(workspace: Workspace, *, as_json: bool) -> int:
    from mailer.runs.lists.steps import next_steps, read_steps

    done, undone = next_steps(read_steps(workspace))
    if as_json:
        output.print_json(
            {
                "steps": [_document(workspace, each) for each in reversed(done)],
                "undone": [_document(workspace, each) for each in reversed(undone)],
            }
        )
        return 0
    if not done and not undone:
        output.say("No list was changed by mailer yet.")
    rows = [
        (f"{each.at.astimezone():%Y-%m-%d %H:%M}", each.what, _few([workspace.show(f.path) for f in each.files]))
        for each in reversed(done)
    ]
    for line in output.table(rows, head=("WHEN", "WHAT", "FILES") if rows else ()):
        output.say(f"  {line}")
    if undone:
        output.say(f'\n  Undone last: "{_plain(undone[-1])}"; to take that back:   mailer lists undo --redo --yes')
    return 0


def _say(workspace: Workspace, step: Step, changes: Sequence[Rewrite], *, redo: bool) -> None:
    title = "Last undo" if redo else "Last change"
    output.say(f"  {title:13} {_plain(step)} ({step.at.astimezone():%d %B %Y, %H:%M})")
    for number, each in enumerate(changes):
        outcome = _outcome(workspace, each)
        output.say(f"  {'' if number else 'Files':13} {outcome['file']}   {outcome['becomes']}")
    output.say()


def _few(files: list[str]) -> str:
    return ", ".join(files) if len(files) < 3 else f"{files[0]} and {len(files) - 1} more"


def _plain(step: Step) -> str:
    return step.what.removeprefix("undone: ")


def _outcome(workspace: Workspace, change: Rewrite) -> dict[str, str]:
    if change.was == change.data:
        becomes = "is so already"
    elif change.data is None:
        becomes = "is removed"
    else:
        becomes = "is put back" if change.was is not None else "comes back"
    return {"file": workspace.show(change.path), "becomes": becomes}


def _document(workspace: Workspace, step: Step) -> dict[str, Any]:
    files = [
        {
            "file": workspace.show(each.path),
            "copy": workspace.show(each.copy) if each.copy else None,
            "created": not each.before,
            "removed": not each.after,
        }
        for each in step.files
    ]
    return {
        "number": step.number,
        "what": step.what,
        "at": step.at.isoformat(timespec="seconds"),
        "kind": step.kind,
        "files": files,
    }


# Deduping: `mailer lists dedupe`, one person in several rows.

_DEDUPE_HELP = """Find duplicate contacts and merge them.

The same address twice on a list: the rows become one, empty fields filled (all of them with --yes). One person at two
addresses, by name and outlet, by name and telephone, or by a further address: only offered, each for itself.

\b
Examples:
  mailer lists dedupe coast
  mailer lists dedupe --all --dry-run
  mailer lists dedupe coast --yes
  mailer lists dedupe coast --apply 1f3a9c2b=ada@daily.example.com"""


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
