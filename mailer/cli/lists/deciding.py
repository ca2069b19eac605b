"""Deciding: `mailer lists decide`, what the words of a list mean.

Owns how it is asked and shown. What words weigh is `contacts.meaning.marks`; what was decided is kept by
`runs.lists.layouts`, for every file with that header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.address import printable
from mailer.cli import output
from mailer.cli.context import current_workspace
from mailer.cli.options import AsJson, NamedList
from mailer.errors import InputProblem

if TYPE_CHECKING:
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
