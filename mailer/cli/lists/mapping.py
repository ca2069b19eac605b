"""Mapping: `mailer lists map`, what a list's columns mean, said once and kept for the next export of that layout.

Owns how it is said and shown. What is kept is `runs.lists.layouts`.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace
from mailer.cli.lists.asking import agreed
from mailer.cli.options import (
    AsJson,
    DelimiterChoice,
    DryRun,
    EncodingChoice,
    HeaderRow,
    NamedList,
    SheetChoice,
    Yes,
    choices_of,
)
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.contacts.choices import Choices

_HELP = """Say what the columns of a list mean.

It holds for this file and for the next export of its layout. It is kept in lists/.columns.toml, under the header of the
file, and holds for every command. How one file is encoded or divided (--encoding, --delimiter, --sheet, --header-row)
holds for the file of that name. The list is not changed.

\b
Examples:
  mailer lists map coast email="Kontakt E-Mail"
  mailer lists map coast email="Kontakt E-Mail" outlet=Haus --yes
  mailer lists map old --encoding mac_roman --header-row 4
  mailer lists map pasted email=3        the third column, where there is no header
  mailer lists map coast                 what was said
  mailer lists map coast --forget"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("map", help=_HELP)(map_columns)


def map_columns(
    name: NamedList,
    columns: Annotated[
        list[str] | None, typer.Argument(metavar="MEANING=COLUMN", help='What a column is: email="Kontakt E-Mail".')
    ] = None,
    encoding: EncodingChoice = "",
    delimiter: DelimiterChoice = "",
    sheet: SheetChoice = "",
    header_row: HeaderRow = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget what was said.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Return what columns mean."""
    from mailer.contacts.choices import Choices
    from mailer.contacts.reading import parse_list
    from mailer.runs.lists.layouts import columns_file, remember, remembered_choices
    from mailer.runs.lists.layouts import forget as forget_said
    from mailer.runs.untrusted.lists import unpack

    workspace = current_workspace()
    path = workspace.list_path(name)
    choices = choices_of(encoding, delimiter, sheet, header_row, columns or ())
    is_said = choices != Choices()
    if forget and is_said:
        raise InputProblem("--forget forgets all that was said of a list's columns: say nothing new with it")
    with path.open("rb") as file:
        data = unpack(file, name=path.name)
        before = remembered_choices(workspace, data, name=path.name)
        after = None if forget else choices.over(before or Choices())
        if is_said and after is not None:
            found = parse_list(data, name=path.name, choices=after, may_be_empty=True).layout
            meant = {
                meaning: found.column_name(at).removeprefix("column ").strip('"')
                for meaning, at in found.columns.items()
            }
        else:
            meant = {}
        changes = is_said or (forget and before is not None)
        if not as_json:
            _say(path.name, after if changes else before, meant, forget=forget and before is not None)
        written = changes and not dry_run and agreed("Keep it?" if is_said else "Forget it?", yes=yes)
        if written and is_said:
            remember(workspace, data, choices, name=path.name)
        elif written:
            forget_said(workspace, data, name=path.name)
    if as_json:
        now = after if written else before
        output.print_json({"list": path.stem, "said": _document(now), "columns": meant, "written": written})
    elif written:
        output.say(f"  Done: {workspace.show(columns_file(workspace))}. The list itself is as it was.")
    return 0 if written or dry_run or not changes else 1


def _say(name: str, said: Choices | None, meant: dict[str, str], *, forget: bool) -> None:
    if forget:
        output.say(f"  What was said of {name} and of files with its header is forgotten.")
        return
    if said is None:
        output.say(f'  Nothing was said of {name}: its columns are recognised.   mailer lists map LIST email="…"')
        return
    shown = [*(f'{meaning} is "{column}"' for meaning, column in said.columns.items())]
    rest = (("encoding", said.encoding), ("delimiter", said.delimiter), ("sheet", said.sheet))
    shown += [f"{what} {value}" for what, value in rest if value]
    shown += [] if said.header_row is None else [f"header in row {said.header_row}" if said.header_row else "no header"]
    output.say(f"  {name}, and files with its header: {', '.join(shown)}")
    if meant:
        columns = ", ".join(what if what == column else f"{what} ({column})" for what, column in meant.items())
        for number, line in enumerate(textwrap.wrap(columns, 82)):
            output.say(f"  {'' if number else 'Columns':14}{line}")


def _document(said: Choices | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "columns": dict(said.columns),
        "encoding": said.encoding or None,
        "delimiter": said.delimiter or None,
        "sheet": said.sheet or None,
        "header_row": said.header_row,
    }
