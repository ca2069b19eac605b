"""Exporting: `mailer lists export`, people of lists as a file for another program.

Owns where the file goes and what is said about it. Never writes into a list.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_list
from mailer.cli.lists.asking import agreed
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson, Where, selection_of
from mailer.errors import InputProblem

_HELP = """Export the contacts of one or more lists. As csv, xlsx, vcf (vCard 4.0) or json.

Somebody on several lists is one row. Whoever is suppressed is marked in the column "do_not_mail" (or left away, with
--suppressed leave-out). What looks like a formula is neutralised.

\b
Examples:
  mailer lists export coast > coast.csv
  mailer lists export coast science --output both.xlsx
  mailer lists export coast --where 'country == "DE"' --output germany.csv
  mailer lists export coast --format vcf --suppressed leave-out --output coast.vcf"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", help=_HELP)(export)


def export(
    names: Annotated[
        list[str], typer.Argument(metavar="LIST", help="Lists, by name or path.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    more: Annotated[
        list[str], typer.Option("--to", metavar="LIST", help="Another list.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    where: Where = "",
    form: Annotated[
        str, typer.Option("--format", help="csv, xlsx, vcf or json. Default: by the file's name, else csv.")
    ] = "",
    target: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file. Default: stdout.")] = "",
    suppressed: Annotated[
        str, typer.Option(metavar="HOW", help="Suppressed contacts: mark them, or leave-out.")
    ] = "mark",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Overwrite an existing file.")] = False,
    as_json: AsJson = False,
) -> int:
    """Export lists."""
    from mailer.runs.lists.export_lists import export_lists

    if not names and not more:
        raise InputProblem("which list?", hint="mailer lists export coast   (mailer lists list shows them)")
    if suppressed not in {"mark", "leave-out"}:
        raise InputProblem(f'--suppressed {suppressed}: there are "mark" and "leave-out"')
    path = Path(target).expanduser() if target and target != "-" else None
    form = form.lower() or (path.suffix.lower().lstrip(".") if path else "") or ("json" if as_json else "csv")
    if path is None:
        _refuse_on_stdout(form, as_json=as_json)
    with reading_office() as office:
        selection = selection_of(where, None, None, "")
        made = export_lists(office, [*names, *more], form=form, with_blocked=suppressed == "mark", selection=selection)
    if path is None:
        sys.stdout.write(made.data.decode())
    else:
        _write(path, made.data, yes=yes)
    figures = {"people": made.people, "suppressed": made.blocked, "rows_left_out": made.left_out}
    if as_json and path is not None:
        output.print_json({"format": form, "file": str(path), **figures})
    elif not as_json:
        blocked = f", {made.blocked} of them marked as not to be mailed" if made.blocked else ""
        rows = "row" if made.left_out == 1 else "rows"
        rest = f" · {made.left_out} {rows} left out (mailer lists check)" if made.left_out else ""
        place = f" → {path}" if path else ""
        people = f"{made.people} {'person' if made.people == 1 else 'people'}"
        output.say(f"{people}{blocked}{place}{rest}", to_stderr=True)
    return 0


def _refuse_on_stdout(form: str, *, as_json: bool) -> None:
    if form == "xlsx":
        raise InputProblem("a workbook cannot be shown on the terminal", hint="Add --output FILE.xlsx")
    if as_json and form != "json":
        raise InputProblem(f"--json prints JSON, and --format {form} something else", hint=f"Add --output FILE.{form}")


def _write(path: Path, data: bytes, *, yes: bool) -> None:
    from mailer.workspace import write_atomically

    if path.exists() and not agreed(f"{path} is there already. Write over it?", yes=yes):
        raise typer.Abort
    if path.suffix.lower() == ".csv" and not data.isascii():
        data = b"\xef\xbb\xbf" + data  # without it a spreadsheet program takes the umlauts for something else
    write_atomically(path, data, mode=0o600)  # people's data: nobody else on this machine reads it (standards L12)
