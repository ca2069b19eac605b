"""Tidying: `mailer lists merge|split`, several lists to one and one to several.

Owns how the plan is shown, and the question. Never changes the lists that things are taken from.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output
from mailer.cli.completing import complete_column, complete_list
from mailer.cli.lists.asking import agreed, keep_noes, noes_json, say_noes, say_unchanged
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson, DryRun, NamedList, Yes

if TYPE_CHECKING:
    from mailer.runs.lists.tidy_lists import MergePlan, SplitPlan
    from mailer.runs.office import Office

_HELP = {
    "merge": """Merge lists. Each contact once, each field from the first list that has it. The lists are kept.

Columns are the same where they mean the same, else where their headers are. What two lists say differently is shown.
Whoever is marked as not to be mailed on one of them, and rows without a good address, are not taken.

\b
Examples:
  mailer lists merge coast science --into everybody
  mailer lists merge coast science --into coast""",
    "split": """Split a list by a column, one new list for each value.

The parts have the format of the list, which itself stays. A cell with several values ("health, arts") goes to each of
them; rows without a value make the part "other".

\b
Examples:
  mailer lists split coast --by beat --dry-run
  mailer lists split coast --by language --yes""",
}
_SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("merge", help=_HELP["merge"])(merge)
    app.command("split", help=_HELP["split"])(split)


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


def split(
    name: NamedList,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="COLUMN", help="A column, by meaning (beat) or header.", autocompletion=complete_column
        ),
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Split a list."""
    from mailer.runs.lists.tidy_lists import plan_split

    with reading_office() as office:
        plan = plan_split(office, name, by)
        shown = [office.workspace.show(path) for path in plan.paths]
        if not as_json:
            _say_split(plan, shown)
        question = "Make this list?" if len(plan.parts) == 1 else f"Make these {len(plan.parts)} lists?"
        written = _carry_out(office, plan, question, dry_run=dry_run, yes=yes)
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
    elif dry_run:
        say_unchanged()
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
