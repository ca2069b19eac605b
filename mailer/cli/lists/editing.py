"""Editing: `mailer lists add|update|remove`, the daily care of people on lists.

Owns how an edit is asked for and shown, cell by cell, before it is written; and that whoever is suppressed is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_list, complete_setting
from mailer.cli.context import now
from mailer.cli.lists.asking import agreed, keep_noes, noes_json, say_noes
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson, DryRun, Yes
from mailer.errors import InputProblem, Problem, Severity

if TYPE_CHECKING:
    from mailer.address import Address
    from mailer.ledger.suppressions import NewSuppression
    from mailer.runs.lists.editing import EditPlan, RowChange
    from mailer.runs.office import Office

_HELP = {
    "add": """Add contacts to a list. Columns are named by header or meaning (outlet, beat, first_name).

\b
Examples:
  mailer lists add coast ada@daily.example.com --set name="Ada Brook" --set outlet="The Daily"
  mailer lists add coast "Bo Lind <bo@kustnytt.example.net>"
  mailer lists add coast ada@daily.example.com --set region=North --add-columns
  mailer lists add science ada@daily.example.com --from coast     moves her row to the other list""",
    "update": """Update a contact in every row and on every list.

\b
Examples:
  mailer lists update ada@daily.example.com --set outlet="The Evening"
  mailer lists update ada@daily.example.com --set beat=science --list coast
  mailer lists update ada@daily.example.com --set email=ada@evening.example.com""",
    "remove": """Remove contacts from a list, or from every list.

To suppress an address on every list, now and later: mailer optouts add EMAIL

\b
Examples:
  mailer lists remove coast ada@daily.example.com
  mailer lists remove --everywhere ada@daily.example.com bo@kustnytt.example.net""",
}
_SHOWN = 40
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
    app.command("add", help=_HELP["add"])(add)
    app.command("update", help=_HELP["update"])(update)
    app.command("remove", help=_HELP["remove"])(remove)


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
    """Add people, or move them from another list."""
    from mailer.contacts.meaning.cells import parse_cell
    from mailer.runs.lists.editing import plan_add, plan_move
    from mailer.runs.lists.suppressing import find_moved_noes

    texts = _texts(settings, known=_ADDRESS_WORDS)
    if source and texts:
        raise InputProblem("--from moves rows as they are", hint=f"Then: mailer lists update {emails[0]} --set …")
    with reading_office() as office:
        if source:
            plan = plan_move(office.workspace, emails, source=source, target=name, add_columns=add_columns)
            noes = find_moved_noes(office, plan, source=source, target=name)
            return carry_out(office, plan, dry_run=dry_run, yes=yes, as_json=as_json, noes=noes)
        plan = plan_add(office.workspace, name, emails, texts, add_columns=add_columns)
        _warn_of_suppressed(office, plan, [parse_cell(each.email) for each in plan.rows])
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
    """Change a person's rows."""
    from mailer.address import parse_address
    from mailer.runs.lists.editing import plan_update

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
    """Remove people."""
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


def _warn_of_suppressed(office: Office, plan: EditPlan, addresses: Sequence[Address]) -> None:
    from mailer.contacts.digests import digest
    from mailer.runs.suppressions.suppressed import find_in_any_scope

    found = find_in_any_scope(office, addresses)
    for address in addresses:
        against = found.get(digest(address.key))
        if against:
            note = f' "{against.note}"' if against.note else ""
            reach = "as far as that reaches" if ":" in against.reason else "on whatever list"
            message = f"{address} is suppressed ({against.words}{note}): nobody writes to them, {reach}"
            plan.remarks.append(Problem("suppressed", message, Severity.WARNING))


@dataclass(frozen=True, slots=True)
class _Follower:
    """Somebody who must not be written to, and gets another address."""

    old: Address
    new: Address


def find_follower(office: Office, plan: EditPlan, old: Address, text: str) -> _Follower | None:
    """Return what stands against the old address of somebody, and give them where that goes on for the new one."""
    from mailer.address import parse_address
    from mailer.ledger.suppressions import Held
    from mailer.runs.lists.follow import find_taken_along
    from mailer.runs.suppressions.suppressed import Against

    if not text:
        return None
    new = parse_address(text)
    along = find_taken_along(office, old, new)
    if not along:
        _warn_of_suppressed(office, plan, [old, new])
        return None
    words = "; ".join(Against(Held(each.reason, each.scope).word, each.created_at).words for each in along)
    message = f"{old} is suppressed ({words}): as this is about the person, it goes on for {new}"
    plan.remarks.append(Problem("follows-person", message, Severity.WARNING))
    return _Follower(old, new)


def carry_out(
    office: Office,
    plan: EditPlan,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    follower: _Follower | None = None,
    noes: Sequence[NewSuppression] = (),
) -> int:
    """Show a plan, ask, and write it; return the exit code."""
    from mailer.runs.lists.rewrite import rewrite_lists

    changes = [each for each in plan.rewrites if each.was != each.data]
    if not as_json:
        _say(plan)
        say_noes(noes, "the list that they go to")
    written = False
    if changes and not dry_run:
        written = agreed(_question(plan), yes=yes)
        if written:
            keep_noes(noes)
            _follow(follower)  # first: if the lists cannot be written then, nobody is written to by mistake
            rewrite_lists(office.workspace, changes, what=plan.what, now=now())
    if as_json:
        output.print_json(_document(office, plan, written=written) | {"suppressed": noes_json(noes)})
    elif written:
        output.say("  Done. To put it back:   mailer lists undo --yes")
    elif not changes:
        output.say("  Nothing to change: it stands there so already.")
    else:
        output.say("  Nothing was changed.", to_stderr=True)
    return 0 if written or dry_run or not changes else 1


def _follow(follower: _Follower | None) -> None:
    from mailer.runs.lists.follow import follow

    if follower is not None:
        with writing_office() as (office, ledger):
            follow(office, ledger, str(follower.old), str(follower.new))


def _question(plan: EditPlan) -> str:
    count, lists = len(plan.rows), len({each.list_name for each in plan.rows})
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"Change {rows} in {plan.rows[0].list_name if lists == 1 else f'{lists} lists'}?"


def _say(plan: EditPlan) -> None:
    rows: list[tuple[str, str, str]] = []
    for each in plan.rows[:_SHOWN]:
        place = f"{each.list_name} line {each.line}" if each.line else f"{each.list_name} new line"
        rows += [(place if not number else "", *cells) for number, cells in enumerate(_cells(each))]
    for line in output.table(rows):
        output.say(f"  {line}"[:100])
    if len(plan.rows) > _SHOWN:
        output.say(f"  … and {len(plan.rows) - _SHOWN} more rows")
    if plan.rows:
        output.say()
    for problem in plan.remarks:
        output.say(f"  {problem}", style="yellow")
    if plan.remarks:
        output.say()


def _cells(each: RowChange) -> list[tuple[str, str]]:
    from mailer.runs.lists.editing import CHANGED, REMOVED

    if each.action == REMOVED:
        kept = " · ".join(cell.old for cell in each.cells if cell.old != each.email)
        return [("removed", f"{each.email}{f'   {kept}' if kept else ''}".replace("\n", " "))]
    shown = []
    for cell in each.cells:
        old, new = (text.replace("\n", " ") for text in (cell.old, cell.new))
        arrow = f"{old or '(empty)'} → {new or '(empty)'}" if each.action == CHANGED else new
        shown.append((cell.column, arrow))
    return shown


def _document(office: Office, plan: EditPlan, *, written: bool) -> dict[str, Any]:
    files = {each.path.stem: office.workspace.show(each.path) for each in plan.rewrites}
    return {
        "what": plan.what,
        "written": written,
        "rows": [
            {
                "list": each.list_name,
                "file": files.get(each.list_name),
                "action": each.action,
                "email": each.email,
                "row": each.row,
                "line": each.line,
                "cells": [{"column": cell.column, "old": cell.old, "new": cell.new} for cell in each.cells],
            }
            for each in plan.rows
        ],
        "problems": [output.problem_json(each) for each in plan.remarks],
    }
