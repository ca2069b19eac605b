"""Importing: `mailer lists import`, any file as a list, or into one.

Owns the questions: the plan is shown before anything is written, and whom the file marks is recorded only when that is
asked for. How the plan looks is `import_page`.
"""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output, progress
from mailer.cli.completing import complete_list
from mailer.cli.lists.asking import agreed, is_somebody_here, keep_noes, noes_json, say_noes, say_unchanged
from mailer.cli.lists.looking import layout_words
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
from mailer.errors import InputProblem, Severity

if TYPE_CHECKING:
    from mailer.address import Address
    from mailer.contacts.merging.matching import Change, Changed
    from mailer.contacts.values import Contact, LeftOut
    from mailer.runs.lists.follow import Move
    from mailer.runs.lists.import_list import ImportPlan, ImportRequest

_HELP = """Import contacts as a new list or into an existing one.

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
    app.command("import", help=_HELP)(import_list)


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
    from mailer.runs.lists.import_list import carry_out, plan_import
    from mailer.runs.lists.suppressing import find_copied_noes, unrecorded

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
    from mailer.runs.lists.follow import read_moves

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
    from mailer.runs.lists.suppressing import record_marked

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


# Import page: what an import would do, for people and as JSON.

_SHOWN = 8
_WIDE = 84
_SHELF = {"invalid": "invalid", "missing": "missing", "duplicate": "duplicates", "marked": "marked"}


def say_plan(plan: ImportPlan, shown: str) -> None:
    """Show what the import would do."""
    layout = plan.layout
    words = layout_words({name: getattr(layout, name) for name in ("sheet", "encoding", "delimiter", "header_row")})
    file = plan.request.file if len(plan.request.file) < 50 else Path(plan.request.file).name
    output.say(f"  {file}   {words}", style="bold")
    headed = [(meaning, _column(plan, place)) for meaning, place in layout.columns.items()]
    columns = [meaning if meaning == header else f"{meaning} ({header})" for meaning, header in headed]
    _say("Columns", [", ".join(columns)])
    for problem in plan.problems:
        mild = problem.severity is Severity.NOTE
        where = f"line {problem.line}: " if problem.line else ""
        _say("Note" if mild else "Warning", [where + problem.message], style="dim" if mild else "yellow")
        if problem.hint:
            decide = f"Once it is imported: mailer lists decide {shlex.quote(plan.path.stem)}"
            _say("", [decide if problem.hint.startswith("mailer lists decide ") else problem.hint])
    output.say()
    if plan.is_new:
        _say_new(plan, shown)
    else:
        _say_into(plan, shown)
    _say_not_mailed(plan)
    _say_left_out(plan)
    output.say()


def _say_new(plan: ImportPlan, shown: str) -> None:
    how = f"a CSV in UTF-8: {plan.converted}" if plan.converted else "the file as it is"
    people = _one(f"{plan.found.people} people")
    _say("New list", [f"{plan.path.stem}: {people} → {shown} ({how})"])
    _say("First", [_person(each.contact) for each in plan.found.new[:5]])


def _say_into(plan: ImportPlan, shown: str) -> None:
    found = plan.found
    same = found.people - len(found.new) - len(found.changed) - len(found.marked_here)
    _say("Into", [f"{plan.path.stem} ({shown}) · {_one(f'{same} people')} as before"])
    new = [f"{_person(each.contact)}{_resembles(each.resembles)}" for each in found.new]
    _say_some("New", "people", new)
    _say_some("Changed", _fields(found.changed), _change_lines(found.changed), count=len(found.changed))
    kept = f"{_fields(found.kept)} that staff changed since"
    _say_some("Kept yours", kept, _kept_lines(found.kept), count=len(found.kept))
    verb = "are taken out" if plan.request.prune else "are not in the file, and stay (--prune takes them out)"
    _say_some("Gone", verb, [_person(each) for each in found.gone])
    if found.added:
        _say("New columns", [", ".join(map(printable, found.added))])
    if found.unused:
        unused = ", ".join(map(printable, found.unused))
        bring = (
            "column {} (--columns all brings it)"
            if len(found.unused) == 1
            else "columns {} (--columns all brings them)"
        )
        _say("Not taken", [bring.format(unused)])
    if found.marked_here:
        _say_some("Not added", "whom the list marks as not to be mailed", [_person(e) for e in found.marked_here])


def _say_not_mailed(plan: ImportPlan) -> None:
    if plan.against:
        lines = [f"{address}   {against.words}" for address, against in plan.against.values()]
        _say_some("Suppressed", "people of the file stay blocked", lines)
    if plan.moves:
        lines = [f"{each.new}: {each.old} wants no mail ({each.why}, {each.since})" for each in plan.moves]
        _say_some("Careful", "people may have refused at another address", lines)
        _say("", [f"if so: mailer optouts add {plan.moves[0].new} --follows {plan.moves[0].old}"])
    if plan.marked or plan.barred:
        lines = [f"{entry.value} (line {entry.line}): {entry.message}" for entry in plan.marked]
        told = {entry.value.casefold() for entry in plan.marked}
        barred = [cell for cell in plan.barred if cell.casefold() not in told]
        lines += [f"{cell}: in a sheet of people who must not be mailed" for cell in barred]
        _say_some("Marked", "whom the file says not to mail: not taken as people to write to", lines)
    if plan.still_mailed:
        names = ", ".join(sorted(plan.still_mailed)[:_SHOWN])
        text = f"{len(plan.still_mailed)} of them are on the list and would still be mailed unless recorded: {names}"
        _say("Careful", [text], style="yellow")


def _say_left_out(plan: ImportPlan) -> None:
    rest = [entry for entry in plan.found.left_out if entry.reason != "marked"]
    where = "rows nobody can be written to by" if plan.is_new else "rows not taken"
    _say_some("Left out", where, [f"line {entry.line}: {entry.message}" for entry in rest])
    if plan.is_new and rest and not plan.converted:
        _say("", ["they stay in the file: correct them there, or leave them"])
    if plan.roles:
        names = ", ".join(map(str, plan.roles[:_SHOWN])) + (" …" if len(plan.roles) > _SHOWN else "")
        _say("Role", [_one(f"{len(plan.roles)} addresses that a desk reads: {names}")])


def _fields(changed: Sequence[Changed]) -> str:
    count = sum(len(each.changes) for each in changed)
    return f"people, {count} {'field' if count == 1 else 'fields'}"


def _say_some(label: str, noun: str, lines: Sequence[str], *, count: int | None = None) -> None:
    if lines:
        more = [f"… and {len(lines) - _SHOWN} more (--json has all)"] if len(lines) > _SHOWN else []
        _say(
            label,
            [
                _one(f"{len(lines) if count is None else count} {noun}"),
                *(f"  {line}" for line in lines[:_SHOWN]),
                *more,
            ],
        )


def _one(text: str) -> str:
    """Return a count in the singular where it is one."""
    for many, one in (("people", "person"), ("rows", "row"), ("addresses", "address"), ("are", "is")):
        text = re.sub(rf"^1 {many}\b", f"1 {one}", text)
    if text.startswith(("1 is ", "1 person of the file stay ")):
        text = re.sub(r"\bstay\b", "stays", text)
    return text


def _say(label: str, lines: Sequence[str], *, style: str = "") -> None:
    for number, line in enumerate(lines):
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped = textwrap.wrap(line.strip(), _WIDE - len(indent), break_on_hyphens=False) or [""]
        for count, part in enumerate(wrapped):
            head = label if not number and not count else ""
            output.say(f"  {head:12} {indent}{part}", style=style)


def _change_lines(changed: Sequence[Changed]) -> list[str]:
    return [f"{each.contact.address}   {_change(change)}" for each in changed for change in each.changes]


def _kept_lines(kept: Sequence[Changed]) -> list[str]:
    return [
        f"{each.contact.address}   {c.column}: {printable(c.was, 40) or '(empty)'} (the file: {printable(c.new, 40)})"
        for each in kept
        for c in each.changes
    ]


def _change(change: Change) -> str:
    return f"{change.column}: {printable(change.was, 40) or '(empty)'} → {printable(change.new, 40)}"


def _person(contact: Contact) -> str:
    who = ", ".join(filter(None, (contact.name, contact.fields["outlet"])))
    return printable(f"{who} <{contact.address}>" if who else str(contact.address), 120)


def _resembles(line: int | None) -> str:
    return f" (line {line} of the list has this as a further address)" if line else ""


def _column(plan: ImportPlan, place: int) -> str:
    header = plan.layout.header[place].strip() if place < len(plan.layout.header) else ""
    return printable(header) or f"column {place + 1}"


def say_done(plan: ImportPlan, shown: str, *, written: bool) -> None:
    """Say that it is done, and the way back."""
    if written:
        output.say(
            f"  {shown} is written. Back: mailer lists undo --yes   "
            f"Look: mailer lists show {shlex.quote(plan.path.stem)}"
        )
    else:
        output.say(f"  {shown} is as the file has it; nothing was written.")


def plan_json(plan: ImportPlan, shown: str) -> dict[str, Any]:
    """Return the plan as JSON."""
    found = plan.found
    shelves: dict[str, list[dict[str, Any]]] = {name: [] for name in _SHELF.values()}
    for entry in found.left_out:
        shelves[_SHELF[entry.reason.value]].append(_left_out(entry))
    suppressed = [
        {
            "email": str(address),
            "reason": against.reason,
            "since": against.since.isoformat() if against.since else None,
            "source": against.source,
            "note": against.note or None,
        }
        for address, against in plan.against.values()
    ]
    return {
        "file": plan.request.file,
        "list": plan.path.stem,
        "target": shown,
        "mode": "new" if plan.is_new else "into",
        "converted": plan.converted or None,
        "columns": {meaning: _column(plan, place) for meaning, place in plan.layout.columns.items()},
        "counts": _counts(plan) | {shelf: len(entries) for shelf, entries in shelves.items()},
        "people": found.people,
        "new": [_contact(each.contact) for each in found.new],
        "changed": [_changes(each) for each in found.changed],
        "kept": [_changes(each) for each in found.kept],
        "gone": [_contact(each) for each in found.gone],
        "pruned": plan.request.prune,
        "columns_added": found.added,
        "columns_not_taken": found.unused,
        "suppressed": suppressed,
        **shelves,
        "marked_in_a_sheet": list(plan.barred),
        "marked_but_on_the_list": sorted(plan.still_mailed),
        "may_have_refused": [{"email": each.new, "refused_as": each.old, "why": each.why} for each in plan.moves],
        "role_addresses": [str(each) for each in plan.roles],
        "problems": [output.problem_json(problem) for problem in plan.problems],
    }


def _counts(plan: ImportPlan) -> dict[str, int]:
    found = plan.found
    return {
        "new": found.people if plan.is_new else len(found.new),
        "changed": len(found.changed),
        "kept": len(found.kept),
        "gone": len(found.gone),
        "suppressed": len(plan.against),
        "role_addresses": len(plan.roles),
    }


def _left_out(entry: LeftOut) -> dict[str, Any]:
    return {
        "row": entry.row,
        "line": entry.line,
        "value": entry.value,
        "message": entry.message,
        "first_row": entry.first_row,
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "row": contact.row,
        "line": contact.line,
        "email": str(contact.address),
        "name": contact.name,
        "outlet": contact.fields["outlet"],
    }


def _changes(each: Changed) -> dict[str, Any]:
    fields = [{"column": change.column, "old": change.was, "new": change.new} for change in each.changes]
    return {"row": each.contact.row, "line": each.contact.line, "email": str(each.contact.address), "fields": fields}
