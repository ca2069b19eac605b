"""Looking: `mailer lists list|show|check|find|stats|export`, what is in the press office's media lists.

Nothing on disk changes, but for the files that `export` is told to write and what `check --remember` keeps, and no
`.mailer/` appears. A list that can be read exits 0, whatever is wrong with its rows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output, progress
from mailer.cli.asking import agreed
from mailer.cli.completing import complete_address, complete_column, complete_list
from mailer.cli.context import current_workspace
from mailer.cli.lists.tidying import split
from mailer.cli.office import reading_office
from mailer.cli.options import (
    AsJson,
    FileOptions,
    MapChoice,
    NamedList,
    Where,
    Yes,
    grouped,
    selection_of,
)
from mailer.errors import ConfigProblem, InputProblem

if TYPE_CHECKING:
    from mailer.contacts.choices import Choices
    from mailer.contacts.reading import ListFile
    from mailer.contacts.values import LeftOut
    from mailer.settings import Dns

_PIPED = "stdin"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_lists)
    app.command("show")(show_list)
    app.command("check")(check_list)


def register_finding(app: typer.Typer) -> None:
    """Add the commands about people and figures."""
    app.command("find")(find)
    app.command("stats")(stats)
    app.command("export")(export)


def list_lists(as_json: AsJson = False) -> None:
    """Show every list in lists/, with its contacts and excluded rows.

    \b
    Example:
      mailer lists list
    """
    from mailer.runs.listing import summarise_lists

    output.show(summarise_lists(current_workspace(), progress.reading), as_json=as_json)


def show_list(
    name: NamedList,
    where: Where = "",
    limit: Annotated[int, typer.Option(min=1, help="How many contacts to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the first valid contacts of a list.

    \b
    Examples:
      mailer lists show coast
      mailer lists show coast --limit 5 --json
      mailer lists show coast --where 'tags contains "vip" and country == "DE"'
    """
    from mailer.runs.listing import show_contacts

    meant = selection_of(where)
    shown = show_contacts(current_workspace(), name, meant, limit=limit, watching=progress.reading)
    output.show(shown, as_json=as_json)


@grouped
def check_list(
    name: Annotated[
        str,
        typer.Argument(
            metavar="LIST", help="A name in lists/ (coast), or a path to a file.", autocompletion=complete_list
        ),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Check every list, and compare them with each other.")
    ] = False,
    check_domains: Annotated[
        bool, typer.Option("--check-domains", help="Also look up in the DNS whether each domain accepts mail.")
    ] = False,
    file_is: FileOptions = FileOptions(),
    columns: MapChoice = [],  # noqa: B006 - Typer copies it
    remember: Annotated[
        bool, typer.Option("--remember", help="Keep what is said of the file for the next time, and the next export.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget what was kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a list row by row. The file is not changed.

    --remember keeps what you say of a file's columns in lists/.columns.toml, for every command and for the next export
    with that header; how one file is encoded or divided is kept for the file of that name.

    \b
    Examples:
      mailer lists check coast
      mailer lists check ~/Downloads/export.xlsx --sheet Regional
      mailer lists check old.csv --encoding mac_roman --header-row 4 --remember
      mailer lists check coast --map email="Kontakt E-Mail" --map outlet=Haus --remember
      mailer lists check pasted --map email=3      the third column, where there is no header
      pbpaste | mailer lists check -
      mailer lists check coast --check-domains
      mailer lists check --all
    """
    from mailer.contacts.check import check_document
    from mailer.runs.listing import Checked, check_all, find_dead_domains

    if everything == bool(name):
        raise InputProblem("give a list, or --all", hint="mailer lists check coast   or   mailer lists check --all")
    if everything:
        output.show(check_all(current_workspace()), as_json=as_json)
        return
    choices = file_is.choices(columns)
    if remember or forget:
        _keep(name, choices, forget=forget)
    with _opened(name, choices) as (list_file, shown):
        dead: dict[str, str] = {}
        silent = ""
        if check_domains:
            output.say("Asking the DNS about the domains …", style="dim", to_stderr=True)
            dead, silent = find_dead_domains(list_file, _dns())
        if as_json:
            if silent:
                output.say(silent, style="yellow", to_stderr=True)
            with output.JsonRows() as rows:
                rows.print_in(check_document(list_file, shown, dead_domains=dead, keep=rows.append), "recipients")
            return
        refused: list[LeftOut] = []
        document = check_document(list_file, shown, dead_domains=dead, keep=len, refused=refused)
        could_be_kept = bool(columns) and name != "-" and not remember
        checked = Checked(list_file.name, document, tuple(refused), tuple(list_file.examples), silent, could_be_kept)
    output.show(checked, as_json=False)


def _keep(name: str, choices: Choices, *, forget: bool) -> None:
    from mailer.contacts.choices import Choices
    from mailer.runs.lists.deciding import keep_choices

    if forget == (choices != Choices()):
        raise InputProblem("--remember keeps what --map and the like say; --forget goes alone")
    if name == "-":
        raise InputProblem("what is piped in has no name to keep anything for", hint="mailer lists import FILE")
    workspace = current_workspace()
    kept_in = workspace.show(keep_choices(workspace, name, choices))
    done = "Forgotten" if forget else "Kept"
    output.say(f"  {done}: {kept_in}. The list itself is as it was.", to_stderr=True)


@contextmanager
def _opened(name: str, choices: Choices) -> Iterator[tuple[ListFile, str]]:
    """Open the list of that name, or what is piped in where it is `-`; return it with the name to show."""
    from mailer.contacts.reading import parse_list
    from mailer.runs.lists import as_file, open_list

    if name == "-":
        yield parse_list(as_file(sys.stdin.buffer.read(), name=_PIPED), name=_PIPED, choices=choices), _PIPED
        return
    workspace = current_workspace()
    path = workspace.list_path(name)
    with progress.reading(path.name) as watch, open_list(workspace, path, choices, watch=watch) as list_file:
        yield list_file, workspace.show(path)


def _dns() -> Dns:
    """Return [dns]; a list can be checked beside a mailer.toml that cannot be used."""
    from mailer.config import read_settings
    from mailer.settings import Dns

    try:
        return read_settings(current_workspace().root, os.environ).dns
    except ConfigProblem:
        return Dns()


def find(
    text: Annotated[
        list[str], typer.Argument(metavar="TEXT", help="What to search for.", autocompletion=complete_address)
    ],
    as_json: AsJson = False,
) -> None:
    """Find contacts on all lists by anything in their row.

    Name, outlet, address, note: accents and case do not matter, and every word must stand in the row. Shows what they
    were sent, what bounced, and whether they opted out.

    \b
    Examples:
      mailer lists find brook
      mailer lists find "anna daily"
      mailer lists find ada@daily.example.com --json
    """
    from mailer.runs.lists.looking import find_people

    with reading_office() as office:
        found = find_people(office, " ".join(text), office.workspace.lists())
    output.show(found, as_json=as_json)


def stats(
    names: Annotated[
        list[str],
        typer.Argument(metavar="LIST", help="Lists. Default: all of lists/.", autocompletion=complete_list),
    ] = [],  # noqa: B006 - Typer copies it
    as_json: AsJson = False,
) -> None:
    """Show statistics of lists. Contacts, outlets, beats, languages, countries, last mailing, bounces.

    \b
    Examples:
      mailer lists stats
      mailer lists stats coast --json
    """
    from mailer.runs.lists.looking import count_lists

    with reading_office() as office:
        paths = [office.workspace.list_path(name) for name in names] or list(office.workspace.lists())
        found = count_lists(office, paths)
    output.show(found, as_json=as_json)


def export(
    names: Annotated[
        list[str], typer.Argument(metavar="LIST", help="Lists, by name or path.", autocompletion=complete_list)
    ] = [],  # noqa: B006 - Typer copies it
    where: Where = "",
    split_by: Annotated[
        str,
        typer.Option(
            "--split-by",
            metavar="COLUMN",
            help="Make a new list for each value of this column (beat, or a header).",
            autocompletion=complete_column,
        ),
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help="csv, xlsx, vcf or json. Default: by the file's name, else csv.")
    ] = "",
    target: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file. Default: stdout.")] = "",
    suppressed: Annotated[
        str, typer.Option(metavar="HOW", help="Suppressed contacts: mark them, or leave-out.")
    ] = "mark",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Export the contacts of one or more lists. As csv, xlsx, vcf (vCard 4.0) or json.

    Somebody on several lists is one row. Whoever is suppressed is marked in the column "do_not_mail" (or left away,
    with --suppressed leave-out). What looks like a formula is neutralised.

    With --split-by, each value of a column becomes a new list beside this one, in its format. A cell with several
    values ("health, arts") goes to each of them; rows without a value make the part "other".

    \b
    Examples:
      mailer lists export coast > coast.csv
      mailer lists export coast science --output both.xlsx
      mailer lists export coast --where 'country == "DE"' --output germany.csv
      mailer lists export coast --format vcf --suppressed leave-out --output coast.vcf
      mailer lists export coast --split-by beat     a new list in lists/ for each beat
    """
    from mailer.runs.lists.export_lists import export_lists
    from mailer.workspace import write_atomically

    if not names:
        raise InputProblem("which list?", hint="mailer lists export coast   (mailer lists list shows them)")
    if split_by:
        if len(names) > 1 or where or form or target:
            raise InputProblem("--split-by takes one list, and no other option than --yes and --json")
        split(names[0], split_by, yes=yes, as_json=as_json)
        return
    if suppressed not in {"mark", "leave-out"}:
        raise InputProblem(f'--suppressed {suppressed}: there are "mark" and "leave-out"')
    path = Path(target).expanduser() if target and target != "-" else None
    form = form.lower() or (path.suffix.lower().lstrip(".") if path else "") or ("json" if as_json else "csv")
    if path is None and form == "xlsx":
        raise InputProblem("a workbook cannot be shown on the terminal", hint="Add --output FILE.xlsx")
    if path is None and as_json and form != "json":
        raise InputProblem(f"--json prints JSON, and --format {form} something else", hint=f"Add --output FILE.{form}")
    with reading_office() as office:
        meant, marking = selection_of(where), suppressed == "mark"
        made = export_lists(office, names, form=form, with_blocked=marking, selection=meant, file=str(path or ""))
    if path is None:
        sys.stdout.write(made.data.decode())
    else:
        if path.exists() and not agreed(f"{path} exists. Overwrite it?", yes=yes):
            raise typer.Abort
        # without the mark a spreadsheet program takes the umlauts for something else
        mark = b"\xef\xbb\xbf" if path.suffix.lower() == ".csv" and not made.data.isascii() else b""
        write_atomically(path, mark + made.data, mode=0o600)  # for nobody else on this machine (standards L12)
    if path is not None or not as_json:
        output.show(made, as_json=as_json, to_stderr=True)
