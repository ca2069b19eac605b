"""Editing: `mailer lists add|update|remove|proposals`, the daily care of people on lists.

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


def add(
    name: Annotated[
        str, typer.Argument(metavar="LIST", help="A name in lists/, or a path.", autocompletion=complete_list)
    ],
    emails: Emails,
    settings: Settings = [],  # noqa: B006 - Typer copies it
    source: Annotated[
        str,
        typer.Option("--from", metavar="LIST", help="Move them here from this list.", autocompletion=complete_list),
    ] = "",
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
      mailer lists add science ada@daily.example.com --from coast     moves her row to the other list
    """
    from mailer.contacts.meaning.cells import parse_cell
    from mailer.runs.lists.editing import plan_add, plan_move
    from mailer.runs.lists.follow import warn_of_suppressed
    from mailer.runs.lists.noes import find_moved_noes

    texts = _texts(settings, known=_ADDRESS_WORDS)
    if source and texts:
        raise InputProblem("--from moves rows as they are", hint=f"Then: mailer lists update {emails[0]} --set …")
    with reading_office() as office:
        if source:
            plan = plan_move(office.workspace, emails, source=source, target=name, add_columns=add_columns)
            noes = find_moved_noes(office, plan, source=source, target=name)
            return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json, noes=noes)
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
    words: Annotated[
        list[str],
        typer.Argument(metavar="LIST EMAIL", help="The list, and addresses.", autocompletion=complete_address),
    ],
    everywhere: Annotated[bool, typer.Option("--everywhere", help="From every list; then name none.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
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
        return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json)


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
    from mailer.runs.lists.changes import rewrite_lists
    from mailer.runs.lists.editing import ListEdit
    from mailer.runs.lists.follow import follow

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


def register_proposals(lists: typer.Typer) -> None:
    """Add the command."""
    lists.command("proposals", short_help="Who has left or moved, as replies say.")(proposals)


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
        raise InputProblem(
            "give the number of a proposal and one of --accept, --reject and --reopen; or none of it, to see them",
            hint="mailer lists proposals 3 --accept",
        )
    if number is None:
        with reading_office() as office:
            output.show(read_proposed(office, every=every), as_json=as_json)
        return 0
    if accept:
        return _accept(number, to, add=add, only=only, dry_run=dry_run, yes=yes, as_json=as_json)
    if reject:
        with reading_office() as office:  # where there is no ledger yet, none is made
            find_open(office, number)
    with writing_office() as (office, ledger):
        state = REJECTED if reject else OPEN
        output.show(decide_proposal(office, ledger, number, state, reason=reason), as_json=as_json)
    return 0


def _accept(number: int, to: str, *, add: bool, only: list[str], dry_run: bool, yes: bool, as_json: bool) -> int:
    from mailer.address import parse_address
    from mailer.ledger.returns import ACCEPTED
    from mailer.runs.lists.follow import find_follower
    from mailer.runs.lists.proposals import decide_proposal, find_open, plan_accept

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
            decide_proposal(office, ledger, number, ACCEPTED)
    return code
