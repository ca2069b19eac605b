"""Looking: `mailer lists list|show|check`, what is in the press office's media lists.

Owns how lists are shown. Reads only: nothing on disk changes, no `.mailer/` appears. A list that can be read exits 0,
whatever is wrong with its rows.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.address import printable
from mailer.cli import output, progress
from mailer.cli.completing import complete_list
from mailer.cli.context import current_workspace
from mailer.cli.options import (
    AsJson,
    DelimiterChoice,
    EncodingChoice,
    HeaderRow,
    MapChoice,
    NamedList,
    SheetChoice,
    Where,
    choices_of,
    selection_of,
)
from mailer.errors import InputProblem, Severity
from mailer.workspace import Workspace

if TYPE_CHECKING:
    from mailer.contacts.choices import Choices
    from mailer.contacts.merging import Merged
    from mailer.contacts.reading import ListFile
    from mailer.contacts.values import LeftOut
    from mailer.settings import Dns

# \b keeps the lines of the paragraph as they are.
_HELP = {
    "list": """Show every list in lists/, with its contacts and excluded rows.

\b
Example:
  mailer lists list""",
    "show": """Show the first valid contacts of a list.

\b
Examples:
  mailer lists show coast
  mailer lists show coast --limit 5 --json
  mailer lists show coast --where 'tags contains "vip" and country == "DE"'""",
    "check": """Check a list row by row. The file is not changed.

--remember keeps what you say of a file's columns in lists/.columns.toml, for every command and for the next export with
that header; how one file is encoded or divided is kept for the file of that name.

\b
Examples:
  mailer lists check coast
  mailer lists check ~/Downloads/export.xlsx --sheet Regional
  mailer lists check old.csv --encoding mac_roman --header-row 4 --remember
  mailer lists check coast --map email="Kontakt E-Mail" --map outlet=Haus --remember
  mailer lists check pasted --map email=3      the third column, where there is no header
  pbpaste | mailer lists check -
  mailer lists check coast --check-domains
  mailer lists check --all""",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list", help=_HELP["list"])(list_lists)
    app.command("show", help=_HELP["show"])(show_list)
    app.command("check", help=_HELP["check"])(check_list)


_PIPED = "stdin"
_MOST_ROWS = 500  # that a person reads
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def list_lists(as_json: AsJson = False) -> None:
    """Show every list with its counts."""
    workspace = current_workspace()
    found = [_summary(workspace, path) for path in workspace.lists()]
    if as_json:
        output.print_json({"lists": found})
        return
    if not found:
        output.say("There are no lists yet. Put a spreadsheet (CSV or XLSX) into lists/, one row for each person.")
        return
    rows = [
        (each["name"], str(each["people"]), str(sum(each["left_out"].values())), each["file"])
        for each in found
        if not each["problem"]
    ]
    for line in output.table(rows, head=("LIST", "PEOPLE", "LEFT OUT", "FILE"), right=(1, 2)):
        output.say(f"  {line}")
    for each in found:
        if each["problem"]:
            output.say(f"  {each['problem']}", style="red")
    if any(sum(each["left_out"].values()) for each in found):
        output.say("\n  Why rows are left out:   mailer lists check LIST")


def show_list(
    name: NamedList,
    where: Where = "",
    limit: Annotated[int, typer.Option(min=1, help="How many contacts to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the first people of a list."""
    from mailer.contacts.audience import Audience
    from mailer.contacts.values import Contact
    from mailer.runs.lists import open_list

    workspace = current_workspace()
    path = workspace.list_path(name)
    with progress.reading(path.name) as watch, open_list(workspace, path, watch=watch) as list_file:
        audience = Audience([list_file], selection=selection_of(where))
        people = (entry for entry in audience.entries() if isinstance(entry, Contact))
        first = list(islice(people, limit))
        total = len(first) + sum(1 for _ in people)
    for note in audience.notes():
        output.say(f"  {note}", style="yellow", to_stderr=True)
    if as_json:
        contacts = [{"row": each.row, "line": each.line, "fields": dict(each.fields)} for each in first]
        output.print_json({"name": path.stem, "file": workspace.show(path), "people": total, "contacts": contacts})
        return
    rows = [(each.name, each.fields["outlet"], str(each.address), str(each.line)) for each in first]
    for line in output.table(rows, head=("NAME", "OUTLET", "E-MAIL", "LINE"), right=(3,)):
        output.say(f"  {line}")
    if total > len(first):
        output.say(f"  … and {total - len(first)} more:   mailer lists show {name} --limit {total}")


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
    encoding: EncodingChoice = "",
    delimiter: DelimiterChoice = "",
    sheet: SheetChoice = "",
    header_row: HeaderRow = None,
    columns: MapChoice = [],  # noqa: B006 - Typer copies it
    remember: Annotated[
        bool, typer.Option("--remember", help="Keep what is said of the file for the next time, and the next export.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget what was kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is wrong with a list."""
    from mailer.contacts.check import check_document

    if everything == bool(name):
        raise InputProblem("give a list, or --all", hint="mailer lists check coast   or   mailer lists check --all")
    if everything:
        check_every_list(as_json=as_json)
        return
    choices = choices_of(encoding, delimiter, sheet, header_row, columns)
    if remember or forget:
        _keep(name, choices, forget=forget)
    with _opened(name, choices) as (list_file, shown):
        dead = _dead_domains(list_file) if check_domains else {}
        refused: list[LeftOut] = []
        if as_json:
            with output.JsonRows() as rows:
                document = check_document(list_file, shown, dead_domains=dead, keep=rows.append)
                rows.print_in(document, "recipients")
            return
        document = check_document(list_file, shown, dead_domains=dead, keep=len, refused=refused)
    _say_check(list_file, document, refused)
    if columns and name != "-" and not remember:
        output.say("\n  To keep that for the next export too, add --remember")


def _keep(name: str, choices: Choices, *, forget: bool) -> None:
    """Keep what is said of a list's file, once it is known that it can be read so; or forget what was kept."""
    from mailer.contacts.choices import Choices
    from mailer.runs.lists import open_list
    from mailer.runs.lists.layouts import columns_file, remember
    from mailer.runs.lists.layouts import forget as forget_said
    from mailer.runs.untrusted.lists import unpack

    if forget == (choices != Choices()):
        raise InputProblem("--remember keeps what --map and the like say; --forget goes alone")
    if name == "-":
        raise InputProblem("what is piped in has no name to keep anything for", hint="mailer lists import FILE")
    workspace = current_workspace()
    path = workspace.list_path(name)
    if not forget:
        with open_list(workspace, path, choices) as list_file:
            next(iter(list_file.entries()), None)
    with path.open("rb") as file:
        data = unpack(file, name=path.name)
        if forget:
            forget_said(workspace, data, name=path.name)
        else:
            remember(workspace, data, choices, name=path.name)
    done = "Forgotten" if forget else "Kept"
    output.say(f"  {done}: {workspace.show(columns_file(workspace))}. The list itself is as it was.", to_stderr=True)


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


def _summary(workspace: Workspace, path: Path) -> dict[str, Any]:
    from mailer.contacts.reading import count_left_out
    from mailer.runs.lists import open_list

    summary: dict[str, Any] = {"name": path.stem, "file": workspace.show(path), "people": 0, "left_out": {}}
    try:
        with progress.reading(path.name) as watch, open_list(workspace, path, watch=watch) as list_file:
            people, left_out = count_left_out(list_file.entries())
    except InputProblem as problem:
        return {**summary, "problem": str(problem)}
    by_reason = {reason.value: count for reason, count in left_out.items()}
    return {**summary, "people": people, "left_out": by_reason, "problem": None}


def _dead_domains(list_file: ListFile) -> dict[str, str]:
    from mailer.contacts.values import Contact
    from mailer.lookup import fetch_domains

    domains = {entry.address.ascii_domain for entry in list_file.entries() if isinstance(entry, Contact)}
    output.say(f"Asking the DNS about {len(domains)} domains …", style="dim", to_stderr=True)
    dns = _dns()
    server, port = dns.address or (None, 0)
    answers = fetch_domains(domains, nameserver=server, port=port, timeout_s=dns.timeout_s)
    if answers.silent:
        known = f"{', '.join(answers.silent[:3])}{' …' if len(answers.silent) > 3 else ''}"
        text = (
            f"The DNS gave no answer about {len(answers.silent)} of {len(domains)} domains ({known}); try again later."
        )
        output.say(text, style="yellow", to_stderr=True)
    return dict(answers.dead)


def _dns() -> Dns:
    """Return [dns]; a list can be checked beside a mailer.toml that cannot be used."""
    from mailer.config import read_settings
    from mailer.errors import ConfigProblem
    from mailer.settings import Dns

    try:
        return read_settings(current_workspace().root, os.environ).dns
    except ConfigProblem:
        return Dns()


def _say_check(list_file: ListFile, document: dict[str, Any], refused: Sequence[LeftOut]) -> None:
    counts = document["counts"]
    output.say(f"  {document['file']}   {layout_words(document)}\n")
    output.say(f"  To write to   {counts['recipients']} of {_rows(document['rows'])}")
    left_out = [
        f"{counts[shelf]} {words}"
        for shelf, words in (
            ("invalid", "invalid"),
            ("missing", "without an address"),
            ("duplicates", "duplicate"),
            ("suppressed", "marked as not to be mailed"),
        )
        if counts[shelf]
    ]
    output.say(f"  Left out      {' · '.join(left_out) or 'nobody'}")
    for number, line in enumerate(textwrap.wrap(_column_words(document), 82)):
        output.say(f"  {'' if number else 'Columns':14}{line}")
    if refused:
        output.say()
    rows = [(f"{list_file.name} line {entry.line}", entry.message, "left out") for entry in refused]
    _say_table(rows)
    remarks = [
        (f"{list_file.name} line {each['line']}" if each["line"] else list_file.name, message, each["severity"])
        for each in document["problems"]
        for message in [_with_hint(each["message"], each.get("hint", ""))]
    ]
    if remarks:
        output.say()
    _say_table(remarks)
    if list_file.examples:
        output.say("\n  The encoding is a guess. So these lines read:")
    for number, text in list_file.examples:
        output.say(f"  {f'line {number}':10}{printable(text, 86)}")


def _with_hint(message: str, hint: str) -> str:
    if hint.startswith(f"mailer lists decide {_PIPED} "):  # nothing could be remembered of what is piped in
        hint = "Decide once it is a list: mailer lists import FILE"
    return f"{message}{'' if message.endswith((':', '.')) else '.'} {hint}" if hint else message


def _say_table(rows: Sequence[tuple[str, str, str]]) -> None:
    more_rows = len(rows) - _MOST_ROWS
    rows = rows[:_MOST_ROWS]
    width = max((len(row[0]) for row in rows), default=0)
    wide = min(max((len(row[1]) for row in rows), default=0), 80 - width)
    for place, message, consequence in rows:
        first, *more = textwrap.wrap(message, wide)
        output.say(f"  {place:{width}}   {first:{wide}}   {consequence}")
        for line in more:
            output.say(f"  {'':{width}}   {line}")
    if more_rows > 0:
        output.say(f"  … and {more_rows} more; --json gives them all")


def layout_words(document: dict[str, Any]) -> str:
    """Return, in a line, how the file is laid out: `UTF-8, comma, header in line 1`."""
    from mailer.text.guess import NAMES

    parts = []
    if document["sheet"]:
        parts.append(f'sheet "{document["sheet"]}"')
    if document["encoding"]:
        parts.append(NAMES.get(document["encoding"], document["encoding"]))
    if document["delimiter"]:
        parts.append(_DELIMITERS.get(document["delimiter"], document["delimiter"]))
    header = document["header_row"]
    if header is None and not document["delimiter"] and not document["sheet"]:
        return ", ".join([*parts, "no table"])  # cards, or a pasted line
    return ", ".join([*parts, "no header" if header is None else f"header in line {header + 1}"])


def _column_words(document: dict[str, Any]) -> str:
    parts = []
    for meaning, where in document["columns"].items():
        shown = f"column {where + 1}" if isinstance(where, int) else printable(where.strip())
        parts.append(meaning if shown == meaning else f"{meaning} ({shown})")
    return ", ".join(parts)


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


# Checking: `mailer lists check --all`, every list, and the lists held against each other.

_SHOWN = 12
_SHELVES = (
    ("invalid", "invalid"),
    ("missing", "without an address"),
    ("duplicates", "duplicate"),
    ("suppressed", "marked as not to be mailed"),
)


def check_every_list(*, as_json: bool) -> None:
    """Check all of lists/."""
    workspace = current_workspace()
    documents = [_document(workspace, path.stem) for path in workspace.lists()]
    merged = _merged(workspace)
    on_several = [each for each in merged.people.values() if len(each.lists) > 1]
    if as_json:
        differs = [
            {
                "email": each.email,
                "column": each.column,
                "value": each.kept,
                "list": each.kept_from,
                "other_value": each.other,
                "other_list": each.other_from,
            }
            for each in merged.differs
        ]
        shared = [{"email": each.email, "lists": each.lists} for each in on_several]
        output.print_json(
            {"lists": documents, "people": len(merged.people), "on_several": shared, "differences": differs}
        )
        return
    if not documents:
        output.say("There are no lists yet. mailer lists import FILE   makes one.")
    for document in documents:
        _say_list(document)
    _say_together(merged, len(documents), len(on_several))


def _document(workspace: Workspace, name: str) -> dict[str, Any]:
    from mailer.contacts.check import check_document
    from mailer.runs.lists import open_list

    path = next(path for path in workspace.lists() if path.stem == name)
    shown = workspace.show(path)
    try:
        with open_list(workspace, path) as list_file:
            return check_document(list_file, shown)
    except InputProblem as problem:
        return {"file": shown, "error": str(problem)}


def _merged(workspace: Workspace) -> Merged:
    from mailer.contacts.merging import merge_lists
    from mailer.runs.lists import open_list

    with ExitStack() as stack:
        lists = []
        for path in workspace.lists():
            try:
                lists.append(stack.enter_context(open_list(workspace, path)))
            except InputProblem:
                continue  # told with its list
        return merge_lists(lists)


def _say_list(document: dict[str, Any]) -> None:
    if "error" in document:
        output.say(f"  {document['error']}", style="red")
        return
    counts = document["counts"]
    out = [f"{counts[shelf]} {words}" for shelf, words in _SHELVES if counts[shelf]]
    worse = [each for each in document["problems"] if each["severity"] != Severity.NOTE.value]
    warned = [f"{len(worse)} {'warning' if len(worse) == 1 else 'warnings'}"] if worse else []
    said = " · ".join([f"{counts['recipients']} people", *out, *warned])
    output.say(f"  {document['file']:28} {said}")


def _say_together(merged: Merged, lists: int, on_several: int) -> None:
    if lists < 2:
        return
    output.say(f"\n  Together {len(merged.people)} people, {on_several} of them on several lists")
    for each in merged.differs[:_SHOWN]:
        output.say(f"  {each.email}   {each.column}: {_short(each.kept)} ({each.kept_from})")
        output.say(f"  {'':{len(each.email)}}   {'':{len(each.column)}}  {_short(each.other)} ({each.other_from})")
    if len(merged.differs) > _SHOWN:
        output.say(f"  … and {len(merged.differs) - _SHOWN} more differences:   mailer lists check --all --json")
    if merged.left_out:
        output.say("\n  Why rows are left out:   mailer lists check LIST")


def _short(text: str) -> str:
    from mailer.address import printable

    return printable(text, 50) or "(empty)"
