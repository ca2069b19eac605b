"""Importing: `mailer lists import`, any file as a list, or into one.

Owns the questions: the plan is shown before anything is written, and whom the file marks is recorded only when that is
asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output, progress
from mailer.cli.asking import agreed, is_somebody_here, keep_noes
from mailer.cli.completing import complete_list
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import (
    AsJson,
    DryRun,
    FileOptions,
    MapChoice,
    Yes,
    grouped,
)
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.lists.import_list import ImportPlan, ImportRequest


AsName = Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the new list. Default: the file's name.")]
Into = Annotated[
    str, typer.Option("--into", metavar="LIST", help="Import into this list.", autocompletion=complete_list)
]
ColumnsChoice = Annotated[
    str,
    typer.Option(
        "--columns", metavar="WHICH", help="New columns for --into: known (default), all, none, or their headers."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_list)


@grouped
def import_list(
    file: Annotated[str, typer.Argument(metavar="FILE", help='The file, or "-" for what is pasted or piped.')],
    name: AsName = "",
    into: Into = "",
    prune: Annotated[
        bool, typer.Option("--prune", help="With --into: remove contacts that are no longer in the file.")
    ] = False,
    columns: ColumnsChoice = "known",
    record_optouts: Annotated[
        bool, typer.Option("--record-optouts", help="Suppress contacts that the file marks as not to be mailed.")
    ] = False,
    file_is: FileOptions = FileOptions(),
    mapped: MapChoice = [],  # noqa: B006 - Typer copies it
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Import contacts as a new list or into an existing one.

    A spreadsheet, an export of another tool, vCards, a pasted To: line (FILE "-").

    Shows first what it would do: who is new, changed or gone, who is suppressed, who the file itself says must not be
    mailed, and what cannot be read. A new list keeps the file as it is. With --into the list stays the staff's: an
    empty cell writes over nothing, what staff changed since the last import stays, and nobody is taken out without
    --prune.

    \b
    Examples:
      mailer lists import ~/Downloads/export.xlsx --as coast
      mailer lists import ~/Downloads/export-december.xlsx --into coast
      mailer lists import export.csv --into coast --prune --record-optouts --yes
      pbpaste | mailer lists import - --as friday
    """
    from mailer.runs.lists.import_list import ImportRequest

    if name and into:
        raise InputProblem("--as makes a new list, --into adds to one: give one of them")
    if prune and not into:
        raise InputProblem("--prune takes people out of a list", hint="Give the list with --into LIST.")
    data, shown = _read(file)
    if file == "-" and not (name or into):
        raise InputProblem("what is pasted has no name", hint="Give it one with --as NAME, or a list with --into LIST.")
    request = ImportRequest(
        data=data,
        file=shown,
        name=name,
        into=into,
        columns=columns,
        prune=prune,
        choices=file_is.choices(mapped),
    )
    return _import(request, dry_run=dry_run, yes=yes, record_optouts=record_optouts, as_json=as_json)


def _read(file: str) -> tuple[bytes, str]:
    from mailer.workspace import MAX_LIST_BYTES, read_bytes

    if file == "-":
        if is_somebody_here():
            output.say("Paste the addresses, then press Ctrl-D on an empty line.", style="dim", to_stderr=True)
        data = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
        return data, "pasted"
    return read_bytes(Path(file).expanduser(), limit=MAX_LIST_BYTES), file


def _import(request: ImportRequest, *, dry_run: bool, yes: bool, record_optouts: bool, as_json: bool) -> int:
    from mailer.runs.lists.follow import read_moves
    from mailer.runs.lists.import_list import Imported, carry_out, plan_import, record_marked

    with reading_office() as office, progress.reading(request.file) as watch:
        plan = plan_import(office, request, watch=watch)
    if not as_json:
        output.show(plan, as_json=False)
    if dry_run:
        output.show(Imported(plan, written=False, is_dry_run=True), as_json=as_json)
        return 0
    question = _question(plan)
    if question and not agreed(question, yes=yes):
        raise typer.Abort
    keep_noes(plan.noes)
    with reading_office() as office:
        written = carry_out(office, plan) is not None
    recorded = 0
    if plan.news and (record_optouts or _agreed_to_record(len(plan.news), yes=yes or as_json)):
        with writing_office() as (office, ledger):
            recorded = record_marked(office, ledger, plan.news)
    with reading_office() as office:
        moves = tuple(read_moves(office, [str(plan.path)])) if written else ()
    output.show(Imported(plan, written, recorded, moves), as_json=as_json)
    return 0


def _question(plan: ImportPlan) -> str:
    if plan.data is None:
        return ""
    found = plan.found
    if plan.is_new:
        return f"Make the list {plan.path.stem} with {found.people} {'person' if found.people == 1 else 'people'}?"
    parts = [f"add {len(found.new)}"] if found.new else []
    parts += [f"change {len(found.changed)}"] if found.changed else []
    parts += [f"take out {len(found.gone)}"] if found.gone and plan.request.prune else []
    return f"{' and '.join(parts).capitalize()} in {plan.path.stem}?"


def _agreed_to_record(marked: int, *, yes: bool) -> bool:
    if yes or not is_somebody_here():
        return False
    return typer.confirm(f"  Suppress the {marked} that the file marks, so that no list ever mails them?", err=True)
