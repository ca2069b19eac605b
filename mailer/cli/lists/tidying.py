"""Tidying: `mailer lists merge`, `dedupe`, `undo` and `decide`, and the splitting of `lists export --split-by`.

Owns the questions. Merging and splitting never change the lists that rows are taken from; what words mean is kept
beside the lists, for every file with that header.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.asking import agreed, is_somebody_here, keep_noes, say_unchanged
from mailer.cli.completing import complete_list
from mailer.cli.context import current_workspace, now
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson, DryRun, NamedList, Yes
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.lists.tidy_lists import MergePlan, Proposed, SplitPlan
    from mailer.runs.office import Office


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("merge")(merge)
    app.command("undo")(undo)
    app.command("dedupe")(dedupe)


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
) -> None:
    """Merge lists. Each contact once, each field from the first list that has it. The lists are kept.

    Columns are the same where they mean the same, else where their headers are. What two lists say differently is
    shown. Whoever is marked as not to be mailed on one of them, and rows without a good address, are not taken.

    \b
    Examples:
      mailer lists merge coast science --into everybody
      mailer lists merge coast science --into coast
    """
    from mailer.runs.lists.tidy_lists import plan_merge

    with reading_office() as office:
        plan = plan_merge(office, names, into)
        if not as_json:
            output.show(plan, as_json=False)
        written = _carry_out(office, plan, f"Write {plan.shown}?", dry_run=dry_run, yes=yes)
    if dry_run and not as_json:
        say_unchanged()
    else:
        output.show(replace(plan, written=written), as_json=as_json)


def _carry_out(office: Office, plan: MergePlan | SplitPlan, question: str, *, dry_run: bool, yes: bool) -> bool:
    from mailer.runs.lists.tidy_lists import carry_out_tidying

    if dry_run or all(change.was == change.data for change in plan.changes):
        return False
    if not agreed(question, yes=yes):
        raise typer.Abort
    keep_noes(plan.noes)
    return carry_out_tidying(office, plan) is not None


def split(name: str, by: str, *, yes: bool, as_json: bool) -> None:
    """Make a list of each value of a column; the list itself stays."""
    from mailer.runs.lists.tidy_lists import plan_split

    with reading_office() as office:
        plan = plan_split(office, name, by)
        if not as_json:
            output.show(plan, as_json=False)
        question = "Make this list?" if len(plan.parts) == 1 else f"Make these {len(plan.parts)} lists?"
        written = _carry_out(office, plan, question, dry_run=False, yes=yes)
    output.show(replace(plan, written=written), as_json=as_json)


# Undoing: `mailer lists undo`, the last change of the lists is put back.


def undo(
    show: Annotated[bool, typer.Option("--list", help="List the changes that can be undone.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Redo what was undone last.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Undo the last change of the lists, in all files at once. Run it again to undo the one before.

    A list that somebody changed since is left as it is, and told. The last 50 changes are kept in .mailer/undo/.

    \b
    Examples:
      mailer lists undo
      mailer lists undo --list        what can be put back
      mailer lists undo --redo        take the last undo back
    """
    from mailer.runs.lists.changes import plan_undo, read_history, undo_step

    workspace = current_workspace()
    if show:
        output.show(read_history(workspace), as_json=as_json)
        return 0
    plan = plan_undo(workspace, redo=redo)
    if not as_json:
        output.show(plan, as_json=False)
    question = "Take the undo back?" if redo else "Put it back?"
    written = not dry_run and agreed(question, yes=yes)
    if written:
        undo_step(workspace, now=now(), redo=redo)
    output.show(replace(plan, written=written), as_json=as_json)
    return 0 if written or dry_run else 1


# Deduping: `mailer lists dedupe`, one person in several rows.


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
) -> None:
    """Find duplicate contacts and merge them.

    The same address twice on a list: the rows become one, empty fields filled (all of them with --yes). One person at
    two addresses, by name and outlet, by name and telephone, or by a further address: only offered, each for itself.

    \b
    Examples:
      mailer lists dedupe coast
      mailer lists dedupe --all --dry-run
      mailer lists dedupe coast --yes
      mailer lists dedupe coast --apply 1f3a9c2b=ada@daily.example.com
    """
    from mailer.runs.lists.tidy_lists import apply_proposals, choose, propose

    if everything == bool(names):
        raise InputProblem("give lists, or --all", hint="mailer lists dedupe coast   or   mailer lists dedupe --all")
    with reading_office() as office:
        workspace = office.workspace
        paths = list(dict.fromkeys([workspace.list_path(name) for name in names] or workspace.lists()))
        found = propose(office, paths)
        chosen = choose(found, apply, all_sure=yes)
        if not as_json:
            output.show(found, as_json=False)
        if not chosen and not dry_run and not as_json and is_somebody_here():
            chosen = _asked(found.proposals)
        found = replace(found, merged=())
        if chosen and not dry_run:
            found = apply_proposals(office, paths, found, chosen)
    output.show(found, as_json=as_json)


def _asked(proposals: Sequence[Proposed]) -> list[tuple[Proposed, str]]:
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


# Deciding: `mailer lists decide`, what the words of a list mean, kept for every such file.


def register_deciding(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decide")(decide)


def decide(
    name: NamedList,
    which: Annotated[
        list[str] | None, typer.Argument(metavar="LINE|WORDS", help="A line of the list, or some of the words.")
    ] = None,
    no_mail: Annotated[bool, typer.Option("--no-mail", help="The words mean: no mail.")] = False,
    may_mail: Annotated[bool, typer.Option("--may-mail", help="The words do not mean that.")] = False,
    as_json: AsJson = False,
) -> None:
    """Decide whether words in a list ask for no mail.

    "DO NOT EMAIL" leaves a row out in whatever cell it is written. "do not email before 9" may mean something else:
    such rows are mailed, and are shown here and before every mailing until you decide. Give the line, or some of the
    words. The decision is about the words: it holds for every row with the same ones, here and in the next export with
    this header.

    \b
    Examples:
      mailer lists decide coast                                     what is open, and what was decided
      mailer lists decide coast 14 --no-mail                        the words in line 14 ask for no mail
      mailer lists decide coast "before 9" 31 --may-mail            these do not
    """
    from mailer.runs.lists.deciding import decide_words

    if no_mail and may_mail:
        raise InputProblem("--no-mail and --may-mail exclude each other", hint="Give one of them.")
    if bool(which) != (no_mail or may_mail):
        raise InputProblem(
            "give the lines or words, and what they ask for", hint=f"mailer lists decide {name} 14 --no-mail"
        )
    output.show(decide_words(current_workspace(), name, which or (), no_mail=no_mail), as_json=as_json)
