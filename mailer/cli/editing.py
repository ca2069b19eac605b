"""Editing: `mailer lists add|update|remove|merge|undo|dedupe|proposals`, and `lists export --split-by`.

Owns how an edit is asked for and shown, cell by cell, before it is written; and that whoever is suppressed is told.
Merging and splitting never change the lists that rows are taken from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_list, complete_setting
from mailer.cli.office import current_workspace, now, reading_office, writing_office
from mailer.cli.options import DryRun, NamedList, OnlyLists, Person, SeveralLists, Yes, argument, flag, option
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger.suppressions import NewSuppression
    from mailer.runs.lists.editing import EditPlan
    from mailer.runs.lists.follow import Follower
    from mailer.runs.lists.tidy_lists import MergePlan, Proposed, SplitPlan
    from mailer.runs.office import Office

app = typer.Typer()

_ADDRESS_WORDS = {"email": "email", "e-mail": "email", "mail": "email"}

Settings = Annotated[list[str], option("--set COLUMN=TEXT", "The value of a column.", complete=complete_setting)]
AddColumns = Annotated[bool, option("--add-columns", "Add columns that the list does not have yet.")]


@app.command()
def add(
    name: NamedList,
    emails: list[str] = argument("EMAIL", "Addresses.", ..., complete_address, show_default=False),
    settings: Settings = [],
    source: str = option("--from LIST", "Move them here from this list.", "", complete_list),
    add_columns: AddColumns = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> int:
    """Add contacts to a list. Columns are named by header or meaning (outlet, beat, first_name).

    \b
    Examples:
      mailer lists add coast ada@daily.example.com --set name="Ada Brook" --set outlet="The Daily"
      mailer lists add coast "Bo Lind <bo@kustnytt.example.net>"
      mailer lists add coast ada@daily.example.com --set region=North --add-columns
      mailer lists add science ada@daily.example.com --from coast     moves her row to the other list
    """
    from mailer.contacts.meaning.cells import parse_cell
    from mailer.runs.lists.carried_optouts import find_moved_carried
    from mailer.runs.lists.editing import plan_add, plan_move
    from mailer.runs.lists.follow import warn_of_suppressed

    texts = _texts(settings)
    if source and texts:
        raise InputProblem("--from moves rows as they are", hint=f"Then: mailer lists update {emails[0]} --set …")
    with reading_office() as office:
        carried: Sequence[NewSuppression] = ()
        if source:
            plan = plan_move(office.workspace, emails, source=source, target=name, add_columns=add_columns)
            carried = find_moved_carried(office, plan, source=source, target=name)
        else:
            plan = plan_add(office.workspace, name, emails, texts, add_columns=add_columns)
            warn_of_suppressed(office, plan, [parse_cell(each.email) for each in plan.rows])
        return _edit(office, plan, dry_run=dry_run, yes=yes, carried=carried)


@app.command()
def update(
    email: Person,
    settings: Settings = [],
    only: OnlyLists = [],
    add_columns: AddColumns = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> int:
    """Update a contact in every row and on every list.

    \b
    Examples:
      mailer lists update ada@daily.example.com --set outlet="The Evening"
      mailer lists update ada@daily.example.com --set beat=science --list coast
      mailer lists update ada@daily.example.com --set email=ada@evening.example.com
    """
    from mailer.address import parse_address
    from mailer.runs.lists.editing import plan_update
    from mailer.runs.lists.follow import find_follower

    texts = _texts(settings)
    if not texts:
        raise InputProblem("what shall change?", hint=f'mailer lists update {email} --set outlet="The Daily"')
    with reading_office() as office:
        plan = plan_update(office.workspace, email, texts, only=only, add_columns=add_columns)
        follower = find_follower(office, plan, parse_address(email), texts.get("email", ""))
        return _edit(office, plan, dry_run=dry_run, yes=yes, follower=follower)


@app.command()
def remove(
    words: list[str] = argument("LIST EMAIL", "The list, and addresses.", ..., complete_address),
    everywhere: bool = flag("--everywhere", "From every list; then name none."),
    dry_run: DryRun = False,
    yes: Yes = False,
) -> int:
    """Remove contacts from a list, or from every list.

    To suppress an address on every list, now and later: mailer optouts add EMAIL

    \b
    Examples:
      mailer lists remove coast ada@daily.example.com
      mailer lists remove --everywhere ada@daily.example.com bo@kustnytt.example.net
    """
    from mailer.runs.lists.editing import plan_remove

    only, emails = ([], words) if everywhere else (words[:1], words[1:])
    if not emails or (only and "@" in only[0]):
        hint = "mailer lists remove LIST EMAIL   or   mailer lists remove --everywhere EMAIL"
        raise InputProblem("name the list, or --everywhere, and an address", hint=hint)
    with reading_office() as office:
        plan = plan_remove(office.workspace, emails, only=only)
        return _edit(office, plan, dry_run=dry_run, yes=yes)


def _texts(settings: Sequence[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for each in settings:
        word, equals, text = each.partition("=")
        word = _ADDRESS_WORDS.get(word.strip().lower(), word.strip())
        if not equals or not word:
            raise InputProblem(f"--set {each}: write it as COLUMN=TEXT", hint='--set outlet="The Daily"')
        if word in texts:
            raise InputProblem(f"--set {word} is given twice")
        texts[word] = text.strip()
    return texts


def _edit(
    office: Office,
    plan: EditPlan,
    *,
    dry_run: bool,
    yes: bool,
    follower: Follower | None = None,
    carried: Sequence[NewSuppression] = (),
) -> int:
    """Show a plan, ask, and write it; return the exit code."""
    from mailer.runs.lists.changes import rewrite_lists
    from mailer.runs.lists.editing import ListEdit
    from mailer.runs.lists.follow import follow

    edit = ListEdit(plan, {each.path.stem: office.workspace.show(each.path) for each in plan.rewrites}, tuple(carried))
    written = False
    output.look(edit)
    if edit.changes and not dry_run:
        count, lists = len(plan.rows), {each.list_name for each in plan.rows}
        where = f"{len(lists)} lists" if len(lists) > 1 else plan.rows[0].list_name
        written = output.agreed(f"Change {'1 row' if count == 1 else f'{count} rows'} in {where}?", yes=yes)
    if written:
        keep_carried(carried)
        if follower is not None:  # first: if the lists cannot be written then, nobody is written to by mistake
            with writing_office() as (here, ledger):
                follow(here, ledger, str(follower.old), str(follower.new))
        rewrite_lists(office.workspace, edit.changes, what=plan.what, now=now())
    output.show(replace(edit, written=written))
    return 0 if written or dry_run or not edit.changes else 1


def keep_carried(carried: Sequence[NewSuppression]) -> None:
    """Keep whose no goes along to another list, before any is written: if that fails, nobody is mailed by mistake."""
    from mailer.runs.lists.carried_optouts import record_carried

    if carried:
        with writing_office() as (office, ledger):
            record_carried(office, ledger, carried)


# Merging and splitting.


@app.command()
def merge(
    names: list[str] = argument("LIST", "The lists; the first wins.", ..., complete_list),
    into: str = option("--into NAME", "A new list, or the first of these.", ..., complete_list),
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Merge lists. Each contact once, each field from the first list that has it. The lists are kept.

    Columns are the same where they mean the same, else where their headers are. What two lists say differently is
    shown. Contacts marked as not to be mailed on one of them, and rows without a good address, are left out.

    \b
    Examples:
      mailer lists merge coast science --into everybody
      mailer lists merge coast science --into coast
    """
    from mailer.runs.lists.tidy_lists import plan_merge

    with reading_office() as office:
        plan = plan_merge(office, names, into)
        output.look(plan)
        written = not dry_run and _tidy(office, plan, f"Write {plan.shown}?", yes=yes)
    if dry_run and not output.is_json():
        output.say_unchanged()
    else:
        output.show(replace(plan, written=written))


def split(name: str, by: str, *, yes: bool) -> None:
    """Make a list of each value of a column; the list itself stays."""
    from mailer.runs.lists.tidy_lists import plan_split

    with reading_office() as office:
        plan = plan_split(office, name, by)
        output.look(plan)
        question = "Make this list?" if len(plan.parts) == 1 else f"Make these {len(plan.parts)} lists?"
        written = _tidy(office, plan, question, yes=yes)
    output.show(replace(plan, written=written))


def _tidy(office: Office, plan: MergePlan | SplitPlan, question: str, *, yes: bool) -> bool:
    from mailer.runs.lists.tidy_lists import carry_out_tidying

    if all(change.was == change.data for change in plan.changes):
        return False
    if not output.agreed(question, yes=yes):
        raise typer.Abort
    keep_carried(plan.carried)
    return carry_out_tidying(office, plan) is not None


@app.command()
def undo(
    show: bool = flag("--list", "List the changes that can be undone."),
    redo: bool = flag("--redo", "Redo what was undone last."),
    dry_run: DryRun = False,
    yes: Yes = False,
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
        output.show(read_history(workspace))
        return 0
    plan = plan_undo(workspace, redo=redo)
    output.look(plan)
    written = not dry_run and output.agreed("Take the undo back?" if redo else "Put it back?", yes=yes)
    if written:
        undo_step(workspace, now=now(), redo=redo)
    output.show(replace(plan, written=written))
    return 0 if written or dry_run else 1


@app.command()
def dedupe(
    names: SeveralLists = [],
    everything: bool = flag("--all", "All lists."),
    apply: list[str] = option("--apply ID[=EMAIL]", "Merge this pair; EMAIL is the address to keep.", []),
    yes: bool = flag("--yes -y", "Merge all rows with the same address without asking."),
    dry_run: DryRun = False,
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
        output.look(found)
        if not chosen and not dry_run and not output.is_json() and output.is_somebody_here():
            chosen = _asked(found.proposals)
        found = replace(found, merged=())
        if chosen and not dry_run:
            found = apply_proposals(office, paths, found, chosen)
    output.show(found)


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
            question = f"  {each.double.id}: one person? Which address to keep: {options} / n"
            answer = typer.prompt(question, default="n", err=True)
            if answer.isdecimal() and 1 <= int(answer) <= len(rows):
                chosen.append((each, rows[int(answer) - 1].email))
    return chosen


# What replies propose for the lists, and what staff decide.


@app.command(short_help="Contacts who left or moved, according to replies.")
def proposals(
    number: int | None = argument("ID", "One of them, to decide.", None),
    accept: bool = flag("--accept", "Do what it says."),
    reject: bool = flag("--reject", "Turn it down."),
    reopen: bool = flag("--reopen", "Take back what was decided."),
    to: str = option("--to EMAIL", 'The new address, with or without a name: "Di Field <di@daily.example>".', ""),
    add: bool = flag("--add", "Keep the old row and add the new address."),
    only: OnlyLists = [],
    reason: str = option("--reason TEXT", "With --reject: the reason, kept with it.", ""),
    every: bool = flag("--all", "Include those already decided."),
    dry_run: DryRun = False,
    yes: Yes = False,
) -> int:
    """Show changes to lists that replies suggest: contacts who left, moved, or named a successor.

    No list changes until you accept. --accept applies the change to every list with this contact: a contact who moved
    keeps the row, with the new address; a successor takes over the row without the old name (you are asked for the new
    one, or give it with --to); a contact who left is removed, unless --to names another. To undo it: mailer lists undo.
    A rejected proposal is not made again.

    People who are not to be contacted and seem to have moved: mailer optouts list --proposals

    \b
    Examples:
      mailer lists proposals
      mailer lists proposals 3 --accept
      mailer lists proposals 3 --accept --to "Di Field <di@daily.example.com>"
      mailer lists proposals 3 --accept --add --list coast
      mailer lists proposals 4 --reject --reason "she is still there"
      mailer lists proposals 4 --reopen     decided by mistake; the lists are not changed
    """
    from mailer.ledger.returns import OPEN, REJECTED
    from mailer.runs.lists.proposals import decide_proposal, find_open, read_proposed

    if sum((accept, reject, reopen)) != (number is not None):
        wrong = "give the number of a proposal and one of --accept, --reject and --reopen; or none of it, to see them"
        raise InputProblem(wrong, hint="mailer lists proposals 3 --accept")
    if number is None:
        with reading_office() as office:
            output.show(read_proposed(office, every=every))
        return 0
    if accept:
        return _accept(number, to, add=add, only=only, dry_run=dry_run, yes=yes)
    if reject:
        with reading_office() as office:  # where there is no ledger yet, none is made
            find_open(office, number)
    with writing_office() as (office, ledger):
        output.show(decide_proposal(office, ledger, number, REJECTED if reject else OPEN, reason=reason))
    return 0


def _accept(number: int, to: str, *, add: bool, only: list[str], dry_run: bool, yes: bool) -> int:
    from mailer.address import parse_address
    from mailer.ledger.returns import ACCEPTED
    from mailer.runs.lists.follow import find_follower
    from mailer.runs.lists.proposals import decide_proposal, find_open, plan_accept

    with reading_office() as office:
        found = find_open(office, number)
        plan = plan_accept(office.workspace, found, to=to, add=add, only=only)
        if plan.nameless and output.is_somebody_here() and not (yes or dry_run or output.is_json()):
            name = typer.prompt(f"  Name of {plan.nameless} (Enter: none)", default="", show_default=False, err=True)
            to = f"{name} <{plan.nameless}>" if name.strip() else to
            plan = plan_accept(office.workspace, found, to=to, add=add, only=only)
        new = to.partition("<")[2].strip(" >") if "<" in to else to or found.new_address
        follower = None
        if found.kind == "moved" and new and not add:  # the same person: what they said goes along
            follower = find_follower(office, plan, parse_address(found.address), new)
        code = _edit(office, plan, dry_run=dry_run, yes=yes, follower=follower)
    if code == 0 and plan.nameless and not output.is_json():
        name_it = f'mailer lists update {plan.nameless} --set name="…"'
        output.say(f"  {plan.nameless} has no name:   {name_it}", to_stderr=True)
    if code == 0 and not dry_run:
        with writing_office() as (office, ledger):
            decide_proposal(office, ledger, number, ACCEPTED)
    return code
