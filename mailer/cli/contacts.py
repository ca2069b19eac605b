"""Contacts: `mailer contacts forget|export`, what is held of one person.

Owns the asking before somebody is forgotten, and where an export is written.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import InputProblem

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.", autocompletion=complete_address)]


@app.command("forget")
def forget(
    email: Email,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, kept with the suppression. Do not write a name in it.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is stored; change nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Erase a person from every list, undo copy, preview and log. A keyed digest keeps them suppressed.

    First shows what is held where. Figures of past mailings stay, without who it was. If the old spreadsheet comes
    back, they are still not written to. This cannot be undone.

    \b
    Examples:
      mailer contacts forget ada@daily.example.com --dry-run
      mailer contacts forget ada@daily.example.com --reason "asked by letter, 3 March"
      mailer contacts forget ada@daily.example.com --yes
    """
    from mailer.runs.people.forget import forget as forget_person
    from mailer.runs.people.forget import look_for

    with reading_office() as office:
        found = look_for(office, email)
    if dry_run:
        output.show(found, as_json=as_json)
        return 0
    output.show(found, as_json=False, to_stderr=True)
    if not yes and not _agreed(str(found.address)):
        output.say("  Nothing was changed.", to_stderr=True)
        return 1
    with writing_office() as (office, ledger):
        told = forget_person(office, ledger, email, reason=reason)
    output.show(told, as_json=as_json)
    return 0 if told.is_complete else 1


def _agreed(who: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputProblem("cannot ask for confirmation here", hint="It cannot be undone. Add --yes to go ahead.")
    return typer.confirm(f"  Forget {who} for good?", err=True)


@app.command("export")
def export(
    email: Email,
    into: Annotated[
        str, typer.Option("--output", "-o", metavar="PLACE", help="Output folder, or a file ending in .json or .html.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show or export everything that is stored about a person.

    This answers an access request (GDPR Art. 15): rows of every list, what was sent and what came of it, what came
    back, notes, opt-outs, grounds. Read it before you hand it out: your own notes are in it.

    \b
    Examples:
      mailer contacts export ada@daily.example.com
      mailer contacts export ada@daily.example.com --output ~/requests/     a page and JSON
      mailer contacts export ada@daily.example.com --json
    """
    from mailer.runs.people.person_export import export_person

    with reading_office() as office:
        found = export_person(office, email)
        day = f"{office.clock():%Y-%m-%d}"
    if into:
        found = replace(found, written=tuple(_write(Path(into).expanduser(), found.document, day)))
    output.show(found, as_json=as_json)


def _write(place: Path, document: dict[str, Any], day: str) -> list[Path]:
    from mailer.runs.people.person_export import render_page
    from mailer.workspace import write_atomically

    contents = {".json": json.dumps(document, ensure_ascii=False, indent=1), ".html": render_page(document)}
    if place.suffix.lower() in contents and not place.is_dir():
        targets = [place]
    elif place.suffix and not place.is_dir():
        raise InputProblem(f"{place}: name a folder, or a file that ends in .json or .html")
    else:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        targets = [place / f"person-{day}{suffix}" for suffix in contents]
    for path in targets:
        write_atomically(path, contents[path.suffix.lower()].encode(), mode=0o600)
    return targets
