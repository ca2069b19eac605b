"""Editing: `mailer lists add|update|remove|move|proposals`, the daily care of people on lists.

Owns how an edit is asked for and shown, cell by cell, before it is written; and that whoever is suppressed is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.asking import agreed, is_somebody_here, keep_noes
from mailer.cli.completing import complete_address, complete_list, complete_setting
from mailer.cli.context import now
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson, DryRun, Yes
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger.suppressions import NewSuppression
    from mailer.runs.lists.editing import EditPlan
    from mailer.runs.lists.follow import Follower
    from mailer.runs.office import Office

_ADDRESS_WORDS = {"e-mail": "email", "mail": "email"}

Emails = Annotated[
    list[str], typer.Argument(metavar="EMAIL", help="Addresses.", autocompletion=complete_address, show_default=False)
]
Settings = Annotated[
    list[str],
    typer.Option("--set", metavar="COLUMN=TEXT", help="The value of a column.", autocompletion=complete_setting),
]
AddColumns = Annotated[bool, typer.Option("--add-columns", help="Add columns that the list does not have yet.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("add")(add)
    app.command("update")(update)
    app.command("remove")(remove)
    app.command("move")(move)


def add(
    name: Annotated[
        str, typer.Argument(metavar="LIST", help="A name in lists/, or a path.", autocompletion=complete_list)
    ],
    emails: Emails,
    settings: Settings = [],  # noqa: B006 - Typer copies it
    add_columns: AddColumns = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Add contacts to a list. Columns are named by header or meaning (outlet, beat, first_name).

    \b
    Examples:
      mailer lists add coast ada@daily.example.com --set name="Ada Brook" --set outlet="The Daily"
      mailer lists add coast "Bo Lind <bo@kustnytt.example.net>"
      mailer lists add coast ada@daily.example.com --set region=North --add-columns
    """
    from mailer.contacts.meaning.cells import parse_cell
    from mailer.runs.lists.editing import plan_add
    from mailer.runs.lists.follow import warn_of_suppressed

    texts = _texts(settings, known=_ADDRESS_WORDS)
    with reading_office() as office:
        plan = plan_add(office.workspace, name, emails, texts, add_columns=add_columns)
        warn_of_suppressed(office, plan, [parse_cell(each.email) for each in plan.rows])
        return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json)


def update(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whom.", autocompletion=complete_address)],
    settings: Settings = [],  # noqa: B006 - Typer copies it
    only: Annotated[
        list[str], typer.Option("--list", metavar="LIST", help="Only on this list.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    add_columns: AddColumns = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
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

    texts = _texts(settings, known=_ADDRESS_WORDS)
    if not texts:
        raise InputProblem("what shall change?", hint=f'mailer lists update {email} --set outlet="The Daily"')
    with reading_office() as office:
        plan = plan_update(office.workspace, email, texts, only=only, add_columns=add_columns)
        follower = find_follower(office, plan, parse_address(email), texts.get("email", ""))
        return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json, follower=follower)


def remove(
    emails: Emails,
    only: Annotated[
        list[str], typer.Option("--from", metavar="LIST", help="Only from this list.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Remove contacts from all lists, or from those named.

    To suppress an address on every list, now and later: mailer optouts add EMAIL

    \b
    Examples:
      mailer lists remove ada@daily.example.com bo@kustnytt.example.net
      mailer lists remove ada@daily.example.com --from coast
    """
    from mailer.runs.lists.editing import plan_remove

    with reading_office() as office:
        plan = plan_remove(office.workspace, emails, only=only)
        return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json)


def move(
    emails: Emails,
    source: Annotated[
        str, typer.Option("--from", metavar="LIST", help="The list they are on.", autocompletion=complete_list)
    ],
    target: Annotated[
        str, typer.Option("--to", metavar="LIST", help="The list to move them to.", autocompletion=complete_list)
    ],
    add_columns: AddColumns = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Move contacts from one list to another, column by column.

    \b
    Example:
      mailer lists move ada@daily.example.com --from coast --to science
    """
    from mailer.runs.lists.editing import plan_move
    from mailer.runs.lists.suppressing import find_moved_noes

    with reading_office() as office:
        plan = plan_move(office.workspace, emails, source=source, target=target, add_columns=add_columns)
        noes = find_moved_noes(office, plan, source=source, target=target)
        return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json, noes=noes)


def _texts(settings: Sequence[str], *, known: dict[str, str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for each in settings:
        word, equals, text = each.partition("=")
        word = word.strip()
        if not equals or not word:
            raise InputProblem(f"--set {each}: write it as COLUMN=TEXT", hint='--set outlet="The Daily"')
        word = word.lower() if word.lower() == "email" else known.get(word.lower(), word)
        if word in texts:
            raise InputProblem(f"--set {word} stands there twice")
        texts[word] = text.strip()
    return texts


def carry_out(
    office: Office,
    plan: EditPlan,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    follower: Follower | None = None,
    noes: Sequence[NewSuppression] = (),
) -> int:
    """Show a plan, ask, and write it; return the exit code."""
    from mailer.runs.lists.editing import ListEdit
    from mailer.runs.lists.follow import follow
    from mailer.runs.lists.rewrite import rewrite_lists

    edit = ListEdit(plan, {each.path.stem: office.workspace.show(each.path) for each in plan.rewrites}, tuple(noes))
    if not as_json:
        output.show(edit, as_json=False)
    written = bool(edit.changes) and not dry_run and agreed(_question(plan), yes=yes)
    if written:
        keep_noes(noes)
        if follower is not None:  # first: if the lists cannot be written then, nobody is written to by mistake
            with writing_office() as (here, ledger):
                follow(here, ledger, str(follower.old), str(follower.new))
        rewrite_lists(office.workspace, edit.changes, what=plan.what, now=now())
    output.show(replace(edit, written=written), as_json=as_json)
    return 0 if written or dry_run or not edit.changes else 1


def _question(plan: EditPlan) -> str:
    count, lists = len(plan.rows), len({each.list_name for each in plan.rows})
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"Change {rows} in {plan.rows[0].list_name if lists == 1 else f'{lists} lists'}?"


# Proposing: `mailer lists proposals`, what replies propose for the lists, and what staff decide.

Number = Annotated[int, typer.Argument(metavar="ID", help="The number that `mailer lists proposals` shows.")]

proposals_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


def register_proposals(lists: typer.Typer) -> None:
    """Add the commands."""
    lists.add_typer(proposals_app, name="proposals", short_help="Who has left or moved, as replies say.")


@proposals_app.callback()
def proposals(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Include those already decided.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show changes to lists that replies suggest: contacts who left, moved, or named a successor.

    Nothing happens by itself. People who are not to be contacted and seem to have moved: mailer optouts proposals

    \b
    Examples:
      mailer lists proposals
      mailer lists proposals accept 3
      mailer lists proposals reject 4 --reason "she is still there"
    """
    if context.invoked_subcommand is not None:
        return
    from mailer.runs.lists.proposals import read_proposed

    with reading_office() as office:
        output.show(read_proposed(office, every=every), as_json=as_json)


@proposals_app.command("accept")
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
    """Accept a proposal on every list with this contact. To undo it: mailer lists undo.

    A contact who moved keeps the row, with the new address. A successor takes over the row without the old name; the
    new name is asked for, or given with --to. --add keeps the old row. A contact who left without a successor is
    removed, unless --to names one.

    \b
    Examples:
      mailer lists proposals accept 3
      mailer lists proposals accept 3 --to desk@daily.example.com
      mailer lists proposals accept 3 --to "Di Field <di@daily.example.com>"
      mailer lists proposals accept 3 --add --list coast
    """
    from mailer.address import parse_address
    from mailer.runs.lists.follow import find_follower
    from mailer.runs.lists.proposals import accept as accept_proposal
    from mailer.runs.lists.proposals import find_open, plan_accept

    with reading_office() as office:
        found = find_open(office, number)
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


@proposals_app.command("reject")
def reject(
    number: Number,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason, kept with the proposal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Reject a proposal. It is not made again.

    \b
    Example:
      mailer lists proposals reject 4
    """
    from mailer.runs.lists.proposals import find_open
    from mailer.runs.lists.proposals import reject as reject_proposal

    with reading_office() as office:  # where there is no ledger yet, none is made
        find_open(office, number)
    with writing_office() as (office, ledger):
        output.show(reject_proposal(office, ledger, number, reason=reason), as_json=as_json)


@proposals_app.command("reopen")
def reopen(number: Number, as_json: AsJson = False) -> None:
    """Reopen a decided proposal. The lists are not changed.

    \b
    Example:
      mailer lists proposals reopen 4
    """
    from mailer.runs.lists.proposals import reopen as reopen_proposal

    with writing_office() as (office, ledger):
        output.show(reopen_proposal(office, ledger, number), as_json=as_json)
