"""Lists: `mailer lists`, what is in the media lists, and files that become lists; `editing` changes them.

Looking changes nothing on disk but what `export` is told to write and `check --remember` and `decide` keep, and no
`.mailer/` appears. A list that can be read exits 0, whatever is wrong with its rows. An import shows its plan before
anything is written, and records whom the file marks only when that is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailer.cli import editing, output, progress
from mailer.cli.completing import complete_address, complete_column, complete_list
from mailer.cli.office import current_settings, current_workspace, reading_office, writing_office
from mailer.cli.options import (
    DryRun,
    FileOptions,
    NamedList,
    SeveralLists,
    Where,
    Yes,
    argument,
    flag,
    grouped,
    option,
    selection_of,
)
from mailer.errors import ConfigProblem, InputProblem

if TYPE_CHECKING:
    from mailer.contacts.choices import Choices
    from mailer.contacts.reading import ListFile
    from mailer.contacts.values import LeftOut
    from mailer.runs.lists.import_list import ImportPlan, ImportRequest

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_PIPED = "stdin"


@app.command("list")
def list_lists() -> None:
    """Show every list in lists/, with its contacts and excluded rows.

    \b
    Example:
      mailer lists list
    """
    from mailer.runs.listing import summarise_lists

    output.show(summarise_lists(current_workspace(), progress.reading))


@app.command("show")
def show_list(
    name: NamedList,
    where: Where = "",
    limit: int = option("--limit N", "How many contacts to show.", 20, min=1),
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
    output.show(shown)


@app.command("check")
@grouped
def check_list(
    name: NamedList = "",
    everything: bool = flag("--all", "Check every list, and compare them with each other."),
    check_domains: bool = flag("--check-domains", "Also look up in the DNS whether each domain accepts mail."),
    file_is: FileOptions = FileOptions(),
    remember: bool = flag("--remember", "Remember these choices for this file and the next export."),
    forget: bool = flag("--forget", "Forget what was kept."),
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
    from mailer.settings import Dns

    if everything == bool(name):
        raise InputProblem("give a list, or --all", hint="mailer lists check coast   or   mailer lists check --all")
    if everything:
        output.show(check_all(current_workspace()))
        return
    choices = file_is.choices
    if remember or forget:
        _keep(name, choices, forget=forget)
    with _opened(name, choices) as (list_file, shown):
        dead: dict[str, str] = {}
        silent = ""
        if check_domains:
            output.say("Asking the DNS about the domains …", style="dim", to_stderr=True)
            try:
                dns = current_settings().dns
            except ConfigProblem:  # a list can be checked beside a mailer.toml that cannot be used
                dns = Dns()
            dead, silent = find_dead_domains(list_file, dns)
        if output.is_json():
            if silent:
                output.say(silent, style="yellow", to_stderr=True)
            output.print_json_rows(
                "recipients", lambda keep: check_document(list_file, shown, dead_domains=dead, keep=keep)
            )
            return
        refused: list[LeftOut] = []
        document = check_document(list_file, shown, dead_domains=dead, keep=len, refused=refused)
        could_be_kept = bool(file_is.mapped) and name != "-" and not remember
        checked = Checked(list_file.name, document, tuple(refused), tuple(list_file.examples), silent, could_be_kept)
    output.show(checked)


def _keep(name: str, choices: Choices, *, forget: bool) -> None:
    from mailer.contacts.choices import Choices
    from mailer.runs.lists.deciding import keep_choices

    if forget == (choices != Choices()):
        raise InputProblem("--remember keeps --map and similar options; use --forget alone")
    if name == "-":
        raise InputProblem("what is piped in has no name to keep anything for", hint="mailer lists import FILE")
    workspace = current_workspace()
    kept_in = workspace.show(keep_choices(workspace, name, choices))
    done = "Forgotten" if forget else "Kept"
    output.say(f"  {done}: {kept_in}. The list itself is as it was.", to_stderr=True)


@contextmanager
def _opened(name: str, choices: Choices) -> Iterator[tuple[ListFile, str]]:
    """Open the list of that name, or what is piped in where it is `-`; yield it with the name to show."""
    from mailer.contacts.reading import parse_list
    from mailer.runs.lists import as_file, open_list

    if name == "-":
        yield parse_list(as_file(sys.stdin.buffer.read(), name=_PIPED), name=_PIPED, choices=choices), _PIPED
        return
    workspace = current_workspace()
    path = workspace.list_path(name)
    with progress.reading(path.name) as watch, open_list(workspace, path, choices, watch=watch) as list_file:
        yield list_file, workspace.show(path)


@app.command()
def decide(
    name: NamedList,
    which: list[str] = argument("LINE|WORDS", "A line of the list, or some of the words.", []),
    no_mail: bool = flag("--no-mail", "The words mean: no mail."),
    may_mail: bool = flag("--may-mail", "The words do not mean that."),
) -> None:
    """Decide whether words in a list ask for no mail.

    "DO NOT EMAIL" leaves a row out in whatever cell it is written. "do not email before 9" may mean something else:
    such rows are mailed, and are shown here and before every mailing until you decide. Give the line, or some of the
    words. The decision is about the words: it holds for every row with the same ones, here and in the next export with
    this header.

    \b
    Examples:
      mailer lists decide coast                                     what is open, and what was decided
      mailer lists decide coast 14 --no-mail                        the words in line 14 ask for no mail
      mailer lists decide coast "before 9" 31 --may-mail            these do not
    """
    from mailer.runs.lists.deciding import decide_words

    if no_mail and may_mail:
        raise InputProblem("--no-mail and --may-mail exclude each other", hint="Give one of them.")
    if bool(which) != (no_mail or may_mail):
        hint = f"mailer lists decide {name} 14 --no-mail"
        raise InputProblem("give the lines or words, and what they ask for", hint=hint)
    output.show(decide_words(current_workspace(), name, which, no_mail=no_mail))


@app.command("import")
@grouped
def import_list(
    file: str = argument("FILE", 'The file, or "-" for what is pasted or piped.'),
    name: str = option("--as NAME", "Name of the new list. Default: the file's name.", ""),
    into: str = option("--into LIST", "Import into this list.", "", complete_list),
    prune: bool = flag("--prune", "With --into: remove contacts that are no longer in the file."),
    columns: str = option(
        "--columns WHICH", "New columns for --into: known (default), all, none, or their headers.", "known"
    ),
    record_optouts: bool = flag("--record-optouts", "Suppress contacts that the file marks as not to be mailed."),
    file_is: FileOptions = FileOptions(),
    dry_run: DryRun = False,
    yes: Yes = False,
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
    from mailer.workspace import MAX_LIST_BYTES, read_bytes

    if name and into:
        raise InputProblem("--as makes a new list, --into adds to one: give one of them")
    if prune and not into:
        raise InputProblem("--prune removes contacts from a list", hint="Give the list with --into LIST.")
    if file == "-":
        if output.is_somebody_here():
            output.say("Paste the addresses, then press Ctrl-D on an empty line.", style="dim", to_stderr=True)
        data = sys.stdin.buffer.read()
        if not (name or into):
            hint = "Give it one with --as NAME, or a list with --into LIST."
            raise InputProblem("what is pasted has no name", hint=hint)
    else:
        data = read_bytes(Path(file).expanduser(), limit=MAX_LIST_BYTES)
    request = ImportRequest(
        data=data,
        file="pasted" if file == "-" else file,
        name=name,
        into=into,
        columns=columns,
        prune=prune,
        choices=file_is.choices,
    )
    return _import(request, dry_run=dry_run, yes=yes, record_optouts=record_optouts)


def _import(request: ImportRequest, *, dry_run: bool, yes: bool, record_optouts: bool) -> int:
    from mailer.runs.lists.follow import read_moves
    from mailer.runs.lists.import_list import Imported, carry_out, plan_import, record_marked

    with reading_office() as office, progress.reading(request.file) as watch:
        plan = plan_import(office, request, watch=watch)
    output.look(plan)
    if dry_run:
        output.show(Imported(plan, written=False, is_dry_run=True))
        return 0
    if plan.data is not None and not output.agreed(_question(plan), yes=yes):
        raise typer.Abort
    editing.keep_carried(plan.carried)
    with reading_office() as office:
        written = carry_out(office, plan) is not None
    recorded = 0
    if plan.news and not (record_optouts or yes or output.is_json()) and output.is_somebody_here():
        marked = f"  Suppress the {len(plan.news)} that the file marks, so that no list ever mails them?"
        record_optouts = typer.confirm(marked, err=True)
    if plan.news and record_optouts:
        with writing_office() as (office, ledger):
            recorded = record_marked(office, ledger, plan.news)
    with reading_office() as office:
        moves = tuple(read_moves(office, [str(plan.path)])) if written else ()
    output.show(Imported(plan, written, recorded, moves))
    return 0


def _question(plan: ImportPlan) -> str:
    found = plan.found
    if plan.is_new:
        return f"Make the list {plan.path.stem} with {found.people} {'person' if found.people == 1 else 'people'}?"
    parts = [f"add {len(found.new)}"] if found.new else []
    parts += [f"change {len(found.changed)}"] if found.changed else []
    parts += [f"take out {len(found.gone)}"] if found.gone and plan.request.prune else []
    return f"{' and '.join(parts).capitalize()} in {plan.path.stem}?"


@app.command()
def find(text: list[str] = argument("TEXT", "What to search for.", ..., complete_address)) -> None:
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
    output.show(found)


@app.command()
def stats(names: SeveralLists = []) -> None:
    """Show statistics of lists (default: all). Contacts, outlets, beats, languages, countries, last mailing, bounces.

    \b
    Examples:
      mailer lists stats
      mailer lists stats coast --json
    """
    from mailer.runs.lists.looking import count_lists

    with reading_office() as office:
        paths = [office.workspace.list_path(name) for name in names] or list(office.workspace.lists())
        found = count_lists(office, paths)
    output.show(found)


@app.command()
def export(
    names: SeveralLists = [],
    where: Where = "",
    split_by: str = option(
        "--split-by COLUMN", "Make a new list for each value of this column (beat, or a header).", "", complete_column
    ),
    form: str = option("--format FORMAT", "csv, xlsx, vcf or json. Default: by the file's name, else csv.", ""),
    target: str = option("--output -o FILE", "Output file. Default: stdout.", ""),
    suppressed: str = option("--suppressed HOW", "Suppressed contacts: mark them, or leave-out.", "mark"),
    yes: Yes = False,
) -> None:
    """Export the contacts of one or more lists. As csv, xlsx, vcf (vCard 4.0) or json.

    A contact on several lists is one row. Suppressed contacts are marked in the column "do_not_mail" (or left away,
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
        editing.split(names[0], split_by, yes=yes)
        return
    if suppressed not in {"mark", "leave-out"}:
        raise InputProblem(f'--suppressed {suppressed}: there are "mark" and "leave-out"')
    path = Path(target).expanduser() if target and target != "-" else None
    form = form.lower() or (path.suffix.lower().lstrip(".") if path else "") or ("json" if output.is_json() else "csv")
    if path is None and form == "xlsx":
        raise InputProblem("a workbook cannot be shown on the terminal", hint="Add --output FILE.xlsx")
    if path is None and output.is_json() and form != "json":
        raise InputProblem(f"--json prints JSON, and --format {form} something else", hint=f"Add --output FILE.{form}")
    with reading_office() as office:
        meant, marking = selection_of(where), suppressed == "mark"
        made = export_lists(office, names, form=form, with_blocked=marking, selection=meant, file=str(path or ""))
    if path is None:
        sys.stdout.write(made.data.decode())
    else:
        if path.exists() and not output.agreed(f"{path} exists. Overwrite it?", yes=yes):
            raise typer.Abort
        # without the mark a spreadsheet program takes the umlauts for something else
        mark = b"\xef\xbb\xbf" if path.suffix.lower() == ".csv" and not made.data.isascii() else b""
        write_atomically(path, mark + made.data, mode=0o600)  # for nobody else on this machine (standards L12)
    if path is not None or not output.is_json():
        output.show(made, to_stderr=True)


app.add_typer(editing.app)
