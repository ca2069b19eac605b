"""People: `mailer why` and `mailer contacts`: a person's part in mailings, and the data held about them.

Owns the question before a person is erased, and where an export is written.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.office import reading_office, run_reading, run_writing
from mailer.cli.options import Audience, DryRun, Person, Yes, argument, grouped, option
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.people import PersonExport

app = typer.Typer()
contacts = typer.Typer(help="One person's data: export it or erase it.", no_args_is_help=True)


@app.command()
@grouped
def why(
    email: Person,
    mailing: str = argument("[MAILING]", "A mailing that was sent.", ""),
    release: str = option("--for RELEASE", "A release that has not been sent yet.", ""),
    audience: Audience = Audience(),
) -> None:
    """Explain why a contact is or is not in a mailing. Shows list, row, rule, suppression and date.

    With a MAILING that was sent, the answer is in the ledger. With --for, a plan is made as `mailer send` would now.
    With neither, all that is known is shown: rows, opt-outs, bounces, mailings.

    \b
    Examples:
      mailer why ada@daily.example.com
      mailer why ada@daily.example.com harbour-seals
      mailer why ada@daily.example.com --for harbour-seals --to coast --except partners
    """
    from mailer.runs.people.why import why as explain
    from mailer.runs.planning.request import NO_RELAY

    request = audience.request(release, NO_RELAY)
    if mailing and release:
        raise InputProblem("give either a MAILING that was sent, or --for with a release that was not")
    if release and not audience.lists:
        raise InputProblem("--for needs --to", hint=f"mailer why EMAIL --for {release} --to LIST")
    if not release and audience != Audience():
        raise InputProblem("--to, --where, --limit and --sample need --for", hint="--for RELEASE --to LIST")
    with reading_office() as office:
        if release:
            office.workspace.release_path(release)  # a mistyped name is an error, not an answer
            for name in (*audience.lists, *audience.excepts):
                office.workspace.list_path(name)
        output.show(explain(office, email, mailing=mailing, request=request if release else None))


@contacts.command()
def forget(
    email: Person,
    reason: str = option("--reason TEXT", "The reason, kept with the suppression. Do not write a name in it.", ""),
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    """Erase a person from every list, undo copy, preview and log. A keyed digest keeps them suppressed.

    First shows what is held where. Figures of past mailings stay, without the person. Even if the old spreadsheet comes
    back, they get no mail. This cannot be undone.

    \b
    Examples:
      mailer contacts forget ada@daily.example.com --dry-run
      mailer contacts forget ada@daily.example.com --reason "asked by letter, 3 March"
      mailer contacts forget ada@daily.example.com --yes
    """
    from mailer.runs.people import forget as forget_person
    from mailer.runs.people import look_for

    found = run_reading(look_for, email)
    if dry_run:
        output.show(found)
        return 0
    output.show_page(found, to_stderr=True)
    hint = "It cannot be undone. Add --yes to go ahead."
    if not output.agreed(f"Erase {found.address} for good?", yes=yes, hint=hint):
        output.print_unchanged()
        return 1
    done = run_writing(forget_person, email, reason=reason)
    output.show(done)
    return 0 if done.is_complete else 1


@contacts.command()
def export(
    email: Person,
    into: str = option("--output -o PLACE", "Output folder, or a file ending in .json or .html.", ""),
) -> None:
    """Show or export everything that is stored about a person.

    For an access request (GDPR Art. 15): rows of every list, mailings and their results, returned mail, notes, opt-outs
    and their grounds. Read it before you hand it out: it includes your own notes.

    \b
    Examples:
      mailer contacts export ada@daily.example.com
      mailer contacts export ada@daily.example.com --output ~/requests/     a page and JSON
    """
    from mailer.runs.people import export_person

    found = run_reading(export_person, email)
    if into:
        found = replace(found, written=tuple(_write(Path(into).expanduser(), found)))
    output.show(found)


def _write(place: Path, export: PersonExport) -> list[Path]:
    from mailer.pages.people import person_document, render_page
    from mailer.workspace import write_atomically

    document = person_document(export)
    contents = {".json": json.dumps(document, ensure_ascii=False, indent=1), ".html": render_page(document)}
    if place.suffix.lower() in contents and not place.is_dir():
        targets = [place]
    elif place.suffix and not place.is_dir():
        raise InputProblem(f"{place}: name a folder, or a file that ends in .json or .html")
    else:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        targets = [place / f"person-{export.made_at:%Y-%m-%d}{suffix}" for suffix in contents]
    for path in targets:
        write_atomically(path, contents[path.suffix.lower()].encode(), mode=0o600)
    return targets
