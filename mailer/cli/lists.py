"""Lists: `mailer lists`: look at media lists, import files as lists, and change lists.

Commands that only look write nothing but the file of `export` and what `check --remember` and `decide` keep, and
create no `.mailer/`. A list that can be read exits 0, whatever is wrong with its rows. Every change is a plan that is
shown, confirmed and then written (`_write`); an import suppresses the contacts that the file marks only when asked to.
Merging and splitting never change the lists that rows come from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output, progress
from mailer.cli.office import (
    actor,
    current_settings,
    current_workspace,
    now,
    reading_office,
    run_reading,
    run_writing,
    writing_office,
)
from mailer.cli.options import (
    ChangeMode,
    DryRun,
    FileOptions,
    NamedList,
    OnlyLists,
    Person,
    SeveralLists,
    Where,
    Yes,
    argument,
    flag,
    option,
    selection_of,
)
from mailer.errors import ConfigProblem, InputProblem

if TYPE_CHECKING:
    from mailer.contacts.files import Choices
    from mailer.contacts.reading import ListFile
    from mailer.contacts.values import LeftOut
    from mailer.runs.lists.changes import Plan
    from mailer.runs.lists.editing import EditPlan
    from mailer.runs.lists.import_list import ImportPlan
    from mailer.runs.lists.tidy_lists import Proposed

lists = typer.Typer(help="Media lists: import, check, edit, search, export.", no_args_is_help=True)

_PIPED = "stdin"
Settings = Annotated[list[str], option("--set COLUMN=TEXT", "The value of a column.", complete="setting")]
AddColumns = Annotated[bool, option("--add-columns", "Add columns that the list does not have yet.")]


@lists.command("list")
def list_lists(
    names: SeveralLists = [],
    stats: bool = flag("--stats", "Show what is on them: outlets, beats, languages, countries, last mailing, bounces."),
) -> None:
    """Show every list with its contacts, or statistics.

    Statistics (--stats) cover all lists, or those that are named.

    \b
    Examples:
      mailer lists list
      mailer lists list --stats
      mailer lists list coast --stats --json
    """
    if not (stats or names):
        from mailer.runs.listing import summarise_lists

        output.show(summarise_lists(current_workspace(), progress.reading))
        return
    from mailer.runs.lists.looking import count_lists

    with reading_office() as office:
        paths = [office.workspace.list_path(name) for name in names] or list(office.workspace.lists())
        output.show(count_lists(office, paths))


@lists.command("show")
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

    output.show(show_contacts(current_workspace(), name, selection_of(where), limit=limit, watching=progress.reading))


@lists.command("check")
def check_list(
    name: NamedList = "",
    everything: bool = flag("--all", "Check every list, and compare them with each other."),
    check_domains: bool = flag("--check-domains", "Also look up in the DNS whether each domain accepts mail."),
    file_options: FileOptions = FileOptions(),
    remember: bool = flag("--remember", "Remember these choices for this file and the next export."),
    forget: bool = flag("--forget", "Forget the choices that were kept."),
) -> None:
    """Check a list row by row. The file is not changed.

    --remember keeps your choices about a file's columns in lists/.columns.toml, for every command and for later exports
    with that header. Encoding and delimiter are kept for the file of that name.

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
    from mailer.contacts.files import Choices
    from mailer.runs.listing import Checked, check_all
    from mailer.runs.lists import find_dead_domains
    from mailer.settings import Dns

    if everything == bool(name):
        raise InputProblem("give a list, or --all", hint="mailer lists check coast   or   mailer lists check --all")
    choices = file_options.choices
    if remember and forget:
        raise InputProblem(
            "--remember and --forget cannot be combined", hint=f"mailer lists check {name or 'LIST'} --forget"
        )
    if everything and (remember or forget or choices != Choices()):
        raise InputProblem("--all takes no choices about a file", hint="mailer lists check LIST --map … --remember")
    dns: Dns | None = None
    if check_domains:
        output.echo("Asking the DNS about the domains …", style="dim", to_stderr=True)
        try:
            dns = current_settings().dns
        except ConfigProblem:  # a list can be checked even if mailer.toml cannot be used
            dns = Dns()
    if everything:
        output.show(check_all(current_workspace(), dns))
        return
    if remember or forget:
        _keep_choices(name, choices, forget=forget)
    with _opened(name, choices) as (list_file, shown):
        dead, silent = find_dead_domains([list_file], dns) if dns is not None else ({}, "")
        if output.is_json():
            if silent:
                output.echo(silent, style="yellow", to_stderr=True)
            output.print_json_rows(
                "recipients", lambda keep: check_document(list_file, shown, dead_domains=dead, keep=keep)
            )
            return
        refused: list[LeftOut] = []
        document = check_document(list_file, shown, dead_domains=dead, counting=True, refused=refused)
        could_be_kept = bool(file_options.mapped) and name != "-" and not remember
        checked = Checked(list_file.name, document, tuple(refused), tuple(list_file.examples), silent, could_be_kept)
    output.show(checked)


def _keep_choices(name: str, choices: Choices, *, forget: bool) -> None:
    from mailer.contacts.files import Choices
    from mailer.runs.lists import keep_choices

    if forget == (choices != Choices()):
        raise InputProblem("--remember keeps --map and similar options; use --forget alone")
    if name == "-":
        raise InputProblem("piped input has no name to keep choices for", hint="mailer lists import FILE")
    kept_in = keep_choices(current_workspace(), name, choices)
    if not kept_in:
        output.echo("  Nothing to forget: no choices were kept for this file.", to_stderr=True)
        return
    done = "Forgotten" if forget else "Saved"
    output.echo(f"  {done}: {kept_in}. The list itself is unchanged.", to_stderr=True)


@contextmanager
def _opened(name: str, choices: Choices) -> Iterator[tuple[ListFile, str]]:
    """Open the list of that name, or piped input for `-`; yield it with the name to show."""
    from mailer.contacts.reading import parse_list
    from mailer.runs.lists import as_file, open_list

    if name == "-":
        yield parse_list(as_file(sys.stdin.buffer.read(), name=_PIPED), name=_PIPED, choices=choices), _PIPED
        return
    workspace = current_workspace()
    path = workspace.list_path(name)
    with progress.reading(path.name) as watch, open_list(workspace, path, choices, watch=watch) as list_file:
        yield list_file, workspace.show(path)


@lists.command()
def decide(
    name: NamedList,
    which: list[str] = argument("LINE|WORDS", "A line of the list, or some of the words.", []),
    no_mail: bool = flag("--no-mail", "The words mean no mail."),
    may_mail: bool = flag("--may-mail", "These words do not ask that."),
) -> None:
    """Decide whether words in a list ask for no mail.

    "DO NOT EMAIL" leaves a row out, whichever cell it is in. "do not email before 9" may mean something else: such rows
    are mailed, and shown here and before every mailing until you decide. Give the line, or some of the words. The
    decision is about the words: it applies to every row with the same words, here and in later exports with this
    header.

    \b
    Examples:
      mailer lists decide coast                                     open and decided words
      mailer lists decide coast 14 --no-mail                        the words in line 14 mean no mail
      mailer lists decide coast "before 9" 31 --may-mail            these words do not
    """
    from mailer.runs.lists import decide_words

    if no_mail and may_mail:
        raise InputProblem("--no-mail and --may-mail cannot be combined", hint="Give one of them.")
    if bool(which) != (no_mail or may_mail):
        hint = f"mailer lists decide {name} 14 --no-mail"
        raise InputProblem("give lines or words, and --no-mail or --may-mail", hint=hint)
    output.show(decide_words(current_workspace(), name, which, no_mail=no_mail))


@lists.command("import")
def import_list(
    file: str = argument("FILE", 'The file, or "-" for what is pasted or piped.'),
    name: str = option("--as NAME", "Name of the new list. Default: the file's name.", ""),
    into: str = option("--into LIST", "Import into this list.", "", "list"),
    prune: bool = flag("--prune", "With --into: remove contacts that are no longer in the file."),
    columns: str = option(
        "--columns WHICH", "New columns for --into: known (default), all, none, or their headers.", "known"
    ),
    record_optouts: bool = flag("--record-optouts", "Suppress contacts that the file marks as not to be mailed."),
    file_options: FileOptions = FileOptions(),
    mode: ChangeMode = ChangeMode(),
) -> int:
    """Import contacts as a new list or into an existing one.

    Reads spreadsheets, exports of other tools, vCards, or a pasted To: line (FILE "-").

    First shows what it would do: which contacts are new, changed or gone, which are suppressed, which the file marks as
    not to be mailed, and what cannot be read. A new list keeps the file as it is. With --into, your own edits win: an
    empty cell overwrites nothing, what you changed since the last import stays, and no contact is removed without
    --prune.

    \b
    Examples:
      mailer lists import ~/Downloads/export.xlsx --as coast
      mailer lists import ~/Downloads/export-december.xlsx --into coast
      mailer lists import export.csv --into coast --prune --record-optouts --yes
      pbpaste | mailer lists import - --as friday
    """
    from mailer.runs.lists.follow import read_moves
    from mailer.runs.lists.import_list import ImportRequest, plan_import, record_marked, remember_import
    from mailer.workspace import MAX_LIST_BYTES, read_bytes

    if name and into:
        raise InputProblem("--as makes a new list, --into adds to a list: give one of them")
    if prune and not into:
        raise InputProblem("--prune removes contacts from a list", hint="Give the list with --into LIST.")
    if file == "-":
        if output.is_interactive():
            output.echo("Paste the addresses, then press Ctrl-D on an empty line.", style="dim", to_stderr=True)
        file, data = "pasted", sys.stdin.buffer.read()
        if not (name or into):
            hint = "Give it one with --as NAME, or a list with --into LIST."
            raise InputProblem("pasted text has no name", hint=hint)
    else:
        data = read_bytes(Path(file).expanduser(), limit=MAX_LIST_BYTES)
    requests = [ImportRequest(data, file, name, into, columns, prune, file_options.choices)]
    del data  # the plan keeps what it needs of it
    with reading_office() as office, progress.reading(file) as watch:
        plan = plan_import(office, requests.pop(), watch=watch)
    plan.is_dry_run = mode.dry_run
    code = _write(plan, _question(plan), mode)
    if code == 0 and not mode.dry_run:
        run_reading(remember_import, plan)
        if plan.news and not (record_optouts or mode.yes or output.is_json()) and output.is_interactive():
            marked = f"  Suppress the {len(plan.news)} that the file marks, so that they get no mail from any list?"
            record_optouts = typer.confirm(marked, err=True)
        if plan.news and record_optouts:
            plan.recorded = run_writing(record_marked, plan.news)
        if plan.written:
            plan.listed_moves = run_reading(read_moves, [str(plan.path)]).proposals
    output.show(plan)
    return code


def _question(plan: ImportPlan) -> str:
    found = plan.found
    if plan.is_new:
        return f"Make the list {plan.path.stem} with {found.people} {'person' if found.people == 1 else 'people'}?"
    parts = [f"add {len(found.new)}"] if found.new else []
    parts += [f"change {len(found.changed)}"] if found.changed else []
    parts += [f"remove {len(found.gone)}"] if found.gone and plan.request.prune else []
    return f"{' and '.join(parts).capitalize()} in {plan.path.stem}?"


@lists.command()
def find(text: list[str] = argument("TEXT", "What to search for.", ..., "address")) -> None:
    """Find contacts on all lists by anything in their row.

    Searches name, outlet, address and note. Accents and case do not matter, and the row must have every word. Shows
    what the contact was sent, what bounced, and whether they opted out.

    \b
    Examples:
      mailer lists find brook
      mailer lists find "anna daily"
      mailer lists find ada@daily.example.com --json
    """
    from mailer.runs.lists.looking import find_people

    output.show(run_reading(lambda office: find_people(office, " ".join(text), office.workspace.lists())))


@lists.command()
def export(
    names: SeveralLists = [],
    where: Where = "",
    split_by: str = option(
        "--split-by COLUMN", "Make a new list for each value of this column (beat, or a header).", "", "column"
    ),
    form: str = option("--format FORMAT", "csv, xlsx, vcf or json. Default: by the file's name, else csv.", ""),
    target: str = option("--output -o FILE", "Output file. Default: stdout.", ""),
    suppressed: str = option("--suppressed HOW", "Suppressed contacts: mark them, or leave-out.", "mark"),
    yes: Yes = False,
) -> int:
    """Export the contacts of one or more lists. As csv, xlsx, vcf (vCard 4.0) or json.

    A contact on several lists is one row. Suppressed contacts are marked in the column "do_not_mail" (or left out, with
    --suppressed leave-out). Text that looks like a formula is neutralised.

    With --split-by, each value of a column becomes a new list beside this one, in its format. A cell with several
    values ("health, arts") goes to each of them; rows without a value go to the list "other".

    \b
    Examples:
      mailer lists export coast > coast.csv
      mailer lists export coast science --output both.xlsx
      mailer lists export coast --where 'country == "DE"' --output germany.csv
      mailer lists export coast --format vcf --suppressed leave-out --output coast.vcf
      mailer lists export coast --split-by beat     a new list in lists/ for each beat
    """
    from mailer.runs.lists.tidy_lists import export_lists, plan_split

    if not names:
        raise InputProblem("no list given", hint="mailer lists export coast   (mailer lists list shows all lists)")
    if split_by:
        if len(names) > 1 or where or form or target:
            raise InputProblem("--split-by takes one list, and only the options --yes and --json")
        plan = run_reading(plan_split, names[0], split_by)
        question = "Make this list?" if len(plan.parts) == 1 else f"Make these {len(plan.parts)} lists?"
        return _write_and_show(plan, question, ChangeMode(yes=yes))
    if suppressed not in {"mark", "leave-out"}:
        raise InputProblem(f'--suppressed {suppressed}: use "mark" or "leave-out"')
    path = Path(target).expanduser() if target and target != "-" else None
    form = form.lower() or (path.suffix.lower().lstrip(".") if path else "") or ("json" if output.is_json() else "csv")
    if path is None and form == "xlsx":
        raise InputProblem("a workbook cannot be printed to the terminal", hint="Add --output FILE.xlsx")
    if path is None and output.is_json() and form != "json":
        raise InputProblem(f"--json cannot be combined with --format {form}", hint=f"Add --output FILE.{form}")
    with reading_office() as office:
        selection, marking = selection_of(where), suppressed == "mark"
        made = export_lists(office, names, form=form, with_blocked=marking, selection=selection, file=str(path or ""))
    if path is None:
        sys.stdout.write(made.data.decode())
    else:
        # without a byte order mark, spreadsheet programs misread umlauts
        bom = b"\xef\xbb\xbf" if path.suffix.lower() == ".csv" and not made.data.isascii() else b""
        output.write_private(path, bom + made.data, yes=yes)
    if path is not None or not output.is_json():
        output.show(made, to_stderr=True)
    return 0


# Changes.


def _write(plan: Plan, question: str, mode: ChangeMode) -> int:
    """Show a plan, ask, and write it; return the exit code, which is 1 if it was turned down."""
    from mailer.runs.lists.follow import write_plan

    output.show_interim(plan)
    plan.written = False
    if plan.changes and not mode.dry_run and output.confirmed(question, yes=mode.yes):
        write_plan(current_workspace(), plan, writing_office, now=now(), by=actor())
    return 0 if plan.written or mode.dry_run or not plan.changes else 1


def _write_and_show(plan: Plan, question: str, mode: ChangeMode) -> int:
    code = _write(plan, question, mode)
    output.show(plan)
    return code


def _edit(plan: EditPlan, mode: ChangeMode) -> int:
    count, names = len(plan.rows), list(dict.fromkeys(each.list_name for each in plan.rows))
    where = f"{len(names)} lists" if len(names) > 1 else "".join(names)
    return _write_and_show(plan, f"Change {'1 row' if count == 1 else f'{count} rows'} in {where}?", mode)


@lists.command()
def add(
    name: NamedList,
    emails: list[str] = argument("EMAIL", "Addresses.", ..., "address", show_default=False),
    settings: Settings = [],
    source: str = option("--from LIST", "Move them here from this list.", "", "list"),
    add_columns: AddColumns = False,
    mode: ChangeMode = ChangeMode(),
) -> int:
    """Add contacts to a list. Columns are named by header or meaning (outlet, beat, first_name).

    \b
    Examples:
      mailer lists add coast ada@daily.example.com --set name="Ada Brook" --set outlet="The Daily"
      mailer lists add coast "Bo Lind <bo@kustnytt.example.net>"
      mailer lists add coast ada@daily.example.com --set region=North --add-columns
      mailer lists add science ada@daily.example.com --from coast     moves her row to the other list
    """
    from mailer.runs.lists.editing import plan_add, plan_move

    texts = _texts(settings)
    if source and texts:
        raise InputProblem("--from moves rows as they are", hint=f"Then: mailer lists update {emails[0]} --set …")
    with reading_office() as office:
        if source:
            plan = plan_move(office, emails, source=source, target=name, add_columns=add_columns)
        else:
            plan = plan_add(office, name, emails, texts, add_columns=add_columns)
    return _edit(plan, mode)


@lists.command()
def update(
    email: Person,
    settings: Settings = [],
    only: OnlyLists = [],
    add_columns: AddColumns = False,
    mode: ChangeMode = ChangeMode(),
) -> int:
    """Update a contact in every row and on every list.

    \b
    Examples:
      mailer lists update ada@daily.example.com --set outlet="The Evening"
      mailer lists update ada@daily.example.com --set beat=science --list coast
      mailer lists update ada@daily.example.com --set email=ada@evening.example.com
    """
    from mailer.runs.lists.editing import plan_update

    texts = _texts(settings)
    if not texts:
        raise InputProblem("no change given", hint=f'mailer lists update {email} --set outlet="The Daily"')
    plan = run_reading(plan_update, email, texts, only=only, add_columns=add_columns)
    return _edit(plan, mode)


@lists.command()
def remove(
    words: list[str] = argument("LIST EMAIL", "The list, and addresses.", ..., "address"),
    everywhere: bool = flag("--everywhere", "Remove from every list; name no list then."),
    mode: ChangeMode = ChangeMode(),
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
        raise InputProblem("give the list (or --everywhere) and an address", hint=hint)
    return _edit(plan_remove(current_workspace(), emails, only=only), mode)


def _texts(settings: Sequence[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for each in settings:
        word, equals, text = each.partition("=")
        word = "email" if word.strip().lower() in {"e-mail", "email", "mail"} else word.strip()
        if not equals or not word:
            raise InputProblem(f"--set {each}: write it as COLUMN=TEXT", hint='--set outlet="The Daily"')
        if word in texts:
            raise InputProblem(f"--set {word} is given twice")
        texts[word] = text.strip()
    return texts


@lists.command()
def merge(
    names: list[str] = argument("LIST", "The lists; the first wins.", ..., "list"),
    into: str = option("--into NAME", "A new list, or the first of these.", ..., "list"),
    mode: ChangeMode = ChangeMode(),
) -> int:
    """Merge lists. Each contact once, each field from the first list that has it. The lists are kept.

    Columns are matched by meaning, or else by header. Values that differ between lists are shown. Contacts marked as
    not to be mailed on one of the lists, and rows without a usable address, are left out.

    \b
    Examples:
      mailer lists merge coast science --into everybody
      mailer lists merge coast science --into coast
    """
    from mailer.runs.lists.tidy_lists import plan_merge

    plan = run_reading(plan_merge, names, into)
    return _write_and_show(plan, f"Write {plan.shown}?", mode)


@lists.command()
def undo(
    show: bool = flag("--list", "List the changes that can be undone."),
    redo: bool = flag("--redo", "Redo what was undone last."),
    mode: ChangeMode = ChangeMode(),
) -> int:
    """Undo the last change to the lists, in all files at once. Run it again to undo the one before.

    A list that was changed since then is left alone and reported. The last 50 changes are kept in .mailer/undo/, fewer
    if their copies exceed 500 MB (never fewer than 10), until `mailer purge` finds them older than [retention]
    undo_days.

    \b
    Examples:
      mailer lists undo
      mailer lists undo --list        what can be undone
      mailer lists undo --redo        reverse the last undo
    """
    from mailer.runs.lists.changes import plan_undo, read_history, undo_step

    workspace = current_workspace()
    if show:
        output.show(read_history(workspace))
        return 0
    plan = plan_undo(workspace, redo=redo)
    output.show_interim(plan)
    written = not mode.dry_run and output.confirmed("Redo it?" if redo else "Undo it?", yes=mode.yes)
    if written:
        undo_step(workspace, now=now(), redo=redo, by=actor())
    output.show(replace(plan, written=written))
    return 0 if written or mode.dry_run else 1


@lists.command()
def dedupe(
    names: SeveralLists = [],
    everything: bool = flag("--all", "All lists."),
    apply: list[str] = option("--apply ID[=EMAIL]", "Merge this pair; EMAIL is the address to keep.", []),
    yes: bool = flag("--yes -y", "Merge all rows with the same address without asking."),
    dry_run: DryRun = False,
) -> None:
    """Find duplicate contacts and merge them.

    Rows with the same address on a list become one, with empty fields filled (all of them with --yes). One person at
    two addresses (same name and outlet, same name and telephone, or a further address) is only proposed, pair by pair.

    \b
    Examples:
      mailer lists dedupe coast
      mailer lists dedupe --all --dry-run
      mailer lists dedupe coast --yes
      mailer lists dedupe coast --apply 1f3a9c2b=ada@daily.example.com
    """
    from mailer.runs.lists.tidy_lists import choose, merge_doubles, propose

    if everything == bool(names):
        raise InputProblem("give lists, or --all", hint="mailer lists dedupe coast   or   mailer lists dedupe --all")
    with reading_office() as office:
        workspace = office.workspace
        paths = list(dict.fromkeys([workspace.list_path(name) for name in names] or workspace.lists()))
        found = propose(office, paths)
        chosen = choose(found, apply, all_sure=yes)
        output.show_interim(found)
        if not chosen and not dry_run and not output.is_json() and output.is_interactive():
            chosen = _choose_duplicates(found.proposals)
        found = replace(found, merged=())
        if chosen and not dry_run:
            found = merge_doubles(office, paths, found, chosen)
    output.show(found)


def _choose_duplicates(proposals: Sequence[Proposed]) -> dict[str, str]:
    """Ask which duplicates are one person; return the address to keep of each, by id."""
    from mailer.contacts.merging import SAME_ADDRESS

    chosen: dict[str, str] = {}
    for each in proposals:
        double, rows = each.double, each.double.rows
        if double.kind == SAME_ADDRESS:
            if typer.confirm(f"  {double.id}: make {len(rows)} rows of {rows[0].email} one?", err=True):
                chosen[double.id] = rows[0].email
        elif not each.suppressed:
            options = " / ".join(f"{number} {row.email}" for number, row in enumerate(rows, start=1))
            question = f"  {double.id}: one person? Which address to keep: {options} / n"
            answer = typer.prompt(question, default="n", err=True)
            if answer.isdecimal() and 1 <= int(answer) <= len(rows):
                chosen[double.id] = rows[int(answer) - 1].email
    return chosen


# Proposals from replies, and decisions about them.


@lists.command(short_help="Contacts who left or moved, according to replies.")
def proposals(
    number: int | None = argument("ID", "The proposal to decide.", None),
    accept: bool = flag("--accept", "Apply it to the lists."),
    reject: bool = flag("--reject", "Reject it."),
    reopen: bool = flag("--reopen", "Undo the decision."),
    to: str = option("--to EMAIL", 'The new address, with or without a name: "Di Field <di@daily.example>".', ""),
    add: bool = flag("--add", "Keep the old row and add the new address."),
    only: OnlyLists = [],
    reason: str = option("--reason TEXT", "With --reject: the reason, kept with it.", ""),
    every: bool = flag("--all", "Include those already decided."),
    mode: ChangeMode = ChangeMode(),
) -> int:
    """Show changes to lists that replies suggest: contacts who left, moved, or named a successor.

    No list changes until you accept. --accept applies the change to every list with this contact: a contact who moved
    keeps the row, with the new address; a successor takes over the row without the old name (you are asked for the new
    one, or give it with --to); a contact who left is removed, unless --to names another. To undo it: mailer lists undo.
    A rejected proposal is not made again.

    For suppressed contacts who seem to have moved: mailer optouts list --proposals

    \b
    Examples:
      mailer lists proposals
      mailer lists proposals 3 --accept
      mailer lists proposals 3 --accept --to "Di Field <di@daily.example.com>"
      mailer lists proposals 3 --accept --add --list coast
      mailer lists proposals 4 --reject --reason "she is still there"
      mailer lists proposals 4 --reopen     decided by mistake; the lists are not changed
    """
    from mailer.ledger.returns import ACCEPTED, OPEN, REJECTED
    from mailer.runs.lists.editing import decide_proposal, find_open, plan_accept, read_proposed

    if sum((accept, reject, reopen)) != (number is not None):
        wrong = "give a proposal's number with one of --accept, --reject and --reopen, or neither to list them"
        raise InputProblem(wrong, hint="mailer lists proposals 3 --accept")
    with reading_office() as office:
        if number is None:
            output.show(read_proposed(office, every=every))
            return 0
        if not reopen:
            found = find_open(office, number)  # raises before a ledger is created
        if accept:
            plan = plan_accept(office, found, to=to, add=add, only=only)
            if plan.nameless and output.is_interactive() and not (mode.yes or mode.dry_run or output.is_json()):
                question = f"  Name of {plan.nameless} (Enter: none)"
                if name := typer.prompt(question, default="", show_default=False, err=True).strip():
                    plan = plan_accept(office, found, to=f"{name} <{plan.nameless}>", add=add, only=only)
    if not accept:
        output.show(run_writing(decide_proposal, number, REJECTED if reject else OPEN, reason=reason))
        return 0
    code = _edit(plan, mode)
    if code == 0 and plan.nameless and not output.is_json():
        name_it = f'mailer lists update {plan.nameless} --set name="…"'
        output.echo(f"  {plan.nameless} has no name:   {name_it}", to_stderr=True)
    if code == 0 and not mode.dry_run:
        run_writing(decide_proposal, number, ACCEPTED)
    return code
