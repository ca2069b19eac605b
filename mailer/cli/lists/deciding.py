"""Deciding: `mailer lists decide` and `map`, what the words and the columns of a list mean.

Owns how it is asked and shown. What words weigh is `contacts.meaning.marks`; what was decided is kept by
`runs.lists.layouts`, for every file with that header.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output
from mailer.cli.asking import agreed
from mailer.cli.context import current_workspace
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
    from mailer.contacts.reading import Spoken

_HELP = """Decide whether words in a list ask for no mail.

"DO NOT EMAIL" leaves a row out in whatever cell it is written. "do not email before 9" may mean something else: such
rows are mailed, and are shown here and before every mailing until you decide. Give the line, or some of the words. The
decision is about the words: it holds for every row with the same ones, here and in the next export with this header.

\b
Examples:
  mailer lists decide coast                                     what is open, and what was decided
  mailer lists decide coast 14 --no-mail                        the words in line 14 ask for no mail
  mailer lists decide coast "before 9" 31 --may-mail            these do not"""
_STATES = {None: "mailed; not decided", True: "left out", False: "mailed"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decide", help=_HELP)(decide)
    app.command("map", help=_MAP_HELP)(map_columns)


def decide(
    name: NamedList,
    which: Annotated[
        list[str] | None, typer.Argument(metavar="LINE|WORDS", help="A line of the list, or some of the words.")
    ] = None,
    no_mail: Annotated[bool, typer.Option("--no-mail", help="The words mean: no mail.")] = False,
    may_mail: Annotated[bool, typer.Option("--may-mail", help="The words do not mean that.")] = False,
    as_json: AsJson = False,
) -> int:
    """Decide what words ask for."""
    from mailer.contacts.choices import Choices
    from mailer.contacts.folding import fold
    from mailer.contacts.meaning.marks import is_bare_wish
    from mailer.runs.lists import open_list
    from mailer.runs.lists.layouts import remember

    if no_mail and may_mail:
        raise InputProblem("--no-mail and --may-mail exclude each other", hint="Give one of them.")
    if bool(which) != (no_mail or may_mail):
        raise InputProblem(
            "give the lines or words, and what they ask for", hint=f"mailer lists decide {name} 14 --no-mail"
        )
    workspace = current_workspace()
    path = workspace.list_path(name)
    with open_list(workspace, path) as list_file:
        spoken, layout = [*list_file.spoken()], list_file.layout
    chosen = [each for part in which or () for each in _chosen(spoken, part)]
    plain = next((each for each in chosen if may_mail and is_bare_wish(each.text) and each.is_cell), None)
    if plain is not None:
        raise InputProblem(
            f'"{printable(plain.text)}" in line {plain.line} asks for no mail and nothing else',
            hint="If the person may be mailed, empty that cell in the list.",
        )
    if chosen:
        with path.open("rb") as data:
            remember(workspace, data, Choices(wishes={fold(each.text): no_mail for each in chosen}), name=path.name)
        with open_list(workspace, path) as list_file:
            texts = {fold(each.text) for each in chosen}
            spoken = [each for each in list_file.spoken() if fold(each.text) in texts]
    if as_json:
        output.print_json({"list": path.stem, "decided": bool(chosen), "words": [_document(each) for each in spoken]})
        return 0
    if not spoken:
        output.say(f"Nothing on {path.stem} speaks of not being mailed, in cells of text.")
    rows = [(str(each.line), printable(each.text, 60), _STATES[each.asks]) for each in spoken]
    for line in output.table(rows, head=("LINE", "WORDS", ""), right=(0,)) if rows else ():
        output.say(f"  {line}")
    if chosen:
        kept = workspace.show(workspace.root / "lists" / ".columns.toml")
        reach = "this list" if layout.header_row is None else "every list with this header"
        output.say(f"\n  Kept in {kept}, for {reach}. The list itself is as it was.")
    elif any(each.asks is None for each in spoken):
        output.say(f"\n  mailer lists decide {name} LINE --no-mail   or   --may-mail")
    return 0


def _chosen(spoken: list[Spoken], part: str) -> list[Spoken]:
    """Find what a line or some words mean.

    Raises:
        InputProblem: nothing on the list is meant by it.
    """
    from mailer.contacts.folding import fold

    found = [
        each for each in spoken if (str(each.line) == part or (not part.isdecimal() and fold(part) in fold(each.text)))
    ]
    if not found:
        where = f"line {part}" if part.isdecimal() else f'"{printable(part)}"'
        raise InputProblem(
            f"no words that may ask not to be mailed: {where}",
            hint="mailer lists decide LIST   shows all of them; mailer optouts add EMAIL   suppresses one person",
        )
    return found


def _document(each: Spoken) -> dict[str, object]:
    state = "open" if each.asks is None else "no_mail" if each.asks else "may_mail"
    return {"line": each.line, "text": each.text, "state": state, "decided": each.is_decided}


# Mapping: `mailer lists map`, what a list's columns mean, said once and kept for the next export of that layout.

_MAP_HELP = """Set what the columns of a list mean.

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


def map_columns(
    name: NamedList,
    columns: Annotated[
        list[str] | None, typer.Argument(metavar="MEANING=COLUMN", help='What a column means: email="Kontakt E-Mail".')
    ] = None,
    encoding: EncodingChoice = "",
    delimiter: DelimiterChoice = "",
    sheet: SheetChoice = "",
    header_row: HeaderRow = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget these settings.")] = False,
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
        output.print_json({"list": path.stem, "said": _map_document(now), "columns": meant, "written": written})
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


def _map_document(said: Choices | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "columns": dict(said.columns),
        "encoding": said.encoding or None,
        "delimiter": said.delimiter or None,
        "sheet": said.sheet or None,
        "header_row": said.header_row,
    }
