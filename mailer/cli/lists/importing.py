"""Importing: `mailer lists import`, any file as a list, or into one.

Owns the questions: the plan is shown before anything is written, and whom the file marks is recorded only when that is
asked for. How the plan looks is `import_page`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output, progress
from mailer.cli.completing import complete_list
from mailer.cli.lists.asking import agreed, is_somebody_here, say_unchanged
from mailer.cli.lists.noes import keep_noes, noes_json, say_noes
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import (
    AsJson,
    DelimiterChoice,
    DryRun,
    EncodingChoice,
    HeaderRow,
    MapChoice,
    SheetChoice,
    Yes,
    choices_of,
)
from mailer.cli.optouts.words import moves_json, say_moves
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.address import Address
    from mailer.runs.lists.import_list import ImportPlan, ImportRequest
    from mailer.runs.people.follow import Move

_HELP = """Bring in any file of people, as a list or into one.

A spreadsheet, an export of another tool, vCards, a pasted To: line (FILE "-").

Shows first what it would do: who is new, changed or gone, who is suppressed, who the file itself says must not be
mailed, and what cannot be read. A new list keeps the file as it is. With --into the list stays the staff's: an empty
cell writes over nothing, what staff changed since the last import stays, and nobody is taken out without --prune.

\b
Examples:
  mailer lists import ~/Downloads/export.xlsx --as coast
  mailer lists import ~/Downloads/export-december.xlsx --into coast
  mailer lists import export.csv --into coast --prune --record-optouts --yes
  pbpaste | mailer lists import - --as friday"""

AsName = Annotated[str, typer.Option("--as", metavar="NAME", help="The new list's name. Default: the file's.")]
Into = Annotated[
    str, typer.Option("--into", metavar="LIST", help="Bring them into this list.", autocompletion=complete_list)
]
ColumnsChoice = Annotated[
    str,
    typer.Option(
        "--columns", metavar="WHICH", help="New columns for --into: known (default), all, none, or their headers."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", help=_HELP)(import_list)


def import_list(
    file: Annotated[str, typer.Argument(metavar="FILE", help='The file, or "-" for what is pasted or piped.')],
    name: AsName = "",
    into: Into = "",
    prune: Annotated[bool, typer.Option("--prune", help="With --into: take out who is gone.")] = False,
    columns: ColumnsChoice = "known",
    record_optouts: Annotated[
        bool, typer.Option("--record-optouts", help="Suppress whom the file marks as not to be mailed.")
    ] = False,
    encoding: EncodingChoice = "",
    delimiter: DelimiterChoice = "",
    sheet: SheetChoice = "",
    header_row: HeaderRow = None,
    mapped: MapChoice = [],  # noqa: B006 - Typer copies it
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Import a file."""
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
        choices=choices_of(encoding, delimiter, sheet, header_row, mapped),
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
    from mailer.cli.lists.import_page import plan_json, say_done, say_plan
    from mailer.runs.lists.import_list import carry_out, plan_import
    from mailer.runs.lists.list_noes import find_copied_noes
    from mailer.runs.lists.record_marked import unrecorded

    with reading_office() as office:
        with progress.reading(request.file) as watch:
            plan = plan_import(office, request, watch=watch)
        marked = unrecorded(office, plan)
        noes = find_copied_noes(office, Path(request.file).expanduser(), plan.path)
        shown = office.workspace.show(plan.path)
    if not as_json:
        say_plan(plan, shown)
        say_noes(noes, "this one")
    written, recorded = False, 0
    if not dry_run:
        question = _question(plan)
        if question and not agreed(question, yes=yes):
            raise typer.Abort
        keep_noes(noes)
        with reading_office() as office:
            step = carry_out(office, plan)
        written = step is not None
        if marked and (record_optouts or _agreed_to_record(len(marked), yes=yes or as_json)):
            recorded = _record(marked)
    moves = _moves(plan) if written else []
    if as_json:
        told = {
            "written": written,
            "noes": noes_json(noes),
            **_recorded_json(marked, recorded),
            "proposals": moves_json(moves),
        }
        output.print_json({**plan_json(plan, shown), **told})
        return 0
    if not dry_run:
        say_done(plan, shown, written=written)
    _say_recorded(plan, len(marked), recorded, written=written)
    say_moves(moves)
    if dry_run:
        say_unchanged()
    return 0


def _moves(plan: ImportPlan) -> list[Move]:
    """Return whom the list has now who may be somebody that is not to be contacted."""
    from mailer.runs.people.follow import read_moves

    with reading_office() as office:
        return read_moves(office, [str(plan.path)])


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
    return typer.confirm(f"  Record the {marked} whom the file marks, so that no list ever mails them?", err=True)


def _record(marked: list[tuple[Address, str, str]]) -> int:
    from mailer.runs.lists.record_marked import record_marked

    with writing_office() as (office, ledger):
        return record_marked(office, ledger, marked)


def _recorded_json(marked: list[tuple[Address, str, str]], recorded: int) -> dict[str, int]:
    return {"recorded_optouts": recorded, "not_recorded": len(marked) - recorded}


def _say_recorded(plan: ImportPlan, marked: int, recorded: int, *, written: bool) -> None:
    if recorded:
        people = "1 person is" if recorded == 1 else f"{recorded} people are"
        output.say(f"  Recorded     {people} suppressed from now on:   mailer optouts list")
    elif marked:
        how = "add --record-optouts"
        if written:
            how = f"mailer lists import {quote(plan.request.file)} --into {quote(plan.path.stem)} --record-optouts"
        text = f"  Not recorded {marked} whom the file marks. Other lists may have them. To suppress them everywhere:"
        output.say(f"{text}\n               {how}", style="yellow")
