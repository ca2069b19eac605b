"""Contacts: `mailer contacts forget|export`, what is held of one person.

Owns the words, the asking before somebody is forgotten, and where an export is written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.people.forget import Forgotten, Found
    from mailer.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_HELP = {
    "forget": """Erase a person from every list, undo copy, preview and log. A keyed digest keeps them suppressed.

First shows what is held where. Figures of past mailings stay, without who it was. If the old spreadsheet comes back,
they are still not written to. This cannot be undone.

\b
Examples:
  mailer contacts forget ada@daily.example.com --dry-run
  mailer contacts forget ada@daily.example.com --reason "asked by letter, 3 March"
  mailer contacts forget ada@daily.example.com --yes
""",
    "export": """Show or export everything that is stored about a person.

This answers an access request (GDPR Art. 15): rows of every list, what was sent and what came of it, what came back,
notes, opt-outs, grounds. Read it before you hand it out: your own notes are in it.

\b
Examples:
  mailer contacts export ada@daily.example.com
  mailer contacts export ada@daily.example.com --output ~/requests/     a page and JSON
  mailer contacts export ada@daily.example.com --json
""",
}
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.", autocompletion=complete_address)]
_MOST = 12


@app.command("forget", help=_HELP["forget"])
def forget(
    email: Email,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, kept with the suppression. Do not write a name in it.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is stored; change nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Forget a person."""
    from mailer.runs.people.forget import forget as forget_person
    from mailer.runs.people.forget import look_for

    with reading_office() as office:
        found = look_for(office, email)
    if dry_run:
        if as_json:
            output.print_json({"dry_run": True, **_found_json(found, office.workspace)})
        else:
            _say_found(found, office.workspace)
        return 0
    _say_found(found, office.workspace, to_stderr=True)
    if not yes and not _agreed(str(found.address)):
        output.say("  Nothing was changed.", to_stderr=True)
        return 1
    with writing_office() as (office, ledger):
        told = forget_person(office, ledger, email, reason=reason)
    if as_json:
        output.print_json({"dry_run": False, **_told_json(told, office.workspace)})
    else:
        _say_told(told, office.workspace)
    return 0 if told.is_complete else 1


def _agreed(who: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputProblem("cannot ask for confirmation here", hint="It cannot be undone. Add --yes to go ahead.")
    return typer.confirm(f"  Forget {who} for good?", err=True)


def _found_json(found: Found, workspace: Workspace) -> dict[str, Any]:
    held = found.held
    return {
        "email": str(found.address),
        "lists": [{"list": row.name, "line": row.line, "row": row.row, "is_own": row.is_own} for row in found.rows],
        "mailings": [each.mailing for each in found.person.deliveries],
        "planned_in": list(held.open_in),
        "ledger": _held_json(found.held),
        "suppressed": [each.reason for each in found.person.standing],
        "copies": [workspace.show(path) for path in found.copies],
        "other_files": [workspace.show(path) for path in found.files],
        "named_in_text_of": list(held.texts_of),
        "problems": [output.problem_json(problem) for problem in found.problems],
    }


def _held_json(held: Any) -> dict[str, int]:  # noqa: ANN401 - the ledger is not loaded for --help
    return {
        "deliveries": len(held.deliveries),
        "rows_of_colleagues": len(held.colleagues),
        "rows_of_colleagues_still_open": len(held.colleagues_open),
        "server_texts": len(held.words),
        "findings": len(held.findings),
        "raw_mails": len(held.raw),
        "letters": len(held.letters),
        "absences": len(held.absences),
        "proposals": len(held.proposals),
        "suppressions": len(held.suppressions),
    }


def _told_json(told: Forgotten, workspace: Workspace) -> dict[str, Any]:
    return {
        "complete": told.is_complete,
        "blocked_as": told.block,
        "lists": [{"list": row.name, "line": row.line, "is_own": row.is_own} for row in told.rows],
        "cancelled_in": list(told.held.open_in),
        "ledger": _held_json(told.held),
        "copies": [workspace.show(path) for path in told.copies],
        "still_in": [workspace.show(path) for path in (*told.still_in, *told.pages_left)],
        "named_in_text_of": list(told.left_in_ledger.texts_of),
        "left_in_ledger": _held_json(told.left_in_ledger),
        "problems": [output.problem_json(problem) for problem in told.problems],
    }


def _say_found(found: Found, workspace: Workspace, *, to_stderr: bool = False) -> None:
    def say(label: str, lines: list[str]) -> None:
        shown = lines[:_MOST] + ([f"… and {len(lines) - _MOST} more"] if len(lines) > _MOST else [])
        for number, line in enumerate(shown):
            output.say(f"  {'' if number else label:14}{line}", to_stderr=to_stderr)

    held = found.held
    output.say(f"  {found.address}", style="bold", to_stderr=to_stderr)
    say("Lists", [_row_words(row) for row in found.rows] or ["in none"])
    say("Mailings", [f"{each.mailing}: {each.state.replace('_', ' ')}" for each in found.person.deliveries])
    say("Still to come", [f"{name}: will be cancelled" for name in held.open_in])
    logs = [
        _so_many(count, *nouns)
        for count, *nouns in (
            (len(held.words), "server answer"),
            (len(held.findings), "report of what came back", "reports of what came back"),
            (len(held.raw), "kept mail"),
            (len(held.letters), "sender and subject of an answer", "senders and subjects of answers"),
            (len(held.absences), "absence"),
            (len(held.proposals), "proposal for the lists", "proposals for the lists"),
            (len(held.colleagues), "row of somebody else that names them", "rows of others that name them"),
        )
        if count
    ]
    say("Logs", [", ".join(logs)] if logs else [])
    say("Copies", [workspace.show(path) for path in found.copies])
    blocks = [f"{each.reason.replace('_', ' ')}, {each.created_at:%Y-%m-%d}: stays" for each in found.person.standing]
    say("Blocked", blocks or ["not yet; will be"])
    say("Not touched", [f"{workspace.show(path)} has the address" for path in found.files])
    say("", [f"the text of {name} names them, as everybody got it" for name in held.texts_of])
    output.say_problems(found.problems)
    if found.is_nothing:
        output.say("  Nothing else is held that could be forgotten.", to_stderr=to_stderr)


def _row_words(row: Any) -> str:  # noqa: ANN401 - as above
    return f"{row.name} line {row.line}: " + ("the row" if row.is_own else "the address in somebody else's row")


def _so_many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or f'{one}s'}"


def _say_told(told: Forgotten, workspace: Workspace) -> None:
    own = sum(row.is_own for row in told.rows)
    counted = [
        _so_many(count, *nouns)
        for count, *nouns in (
            (own, "row of a list", "rows of lists"),
            (len(told.rows) - own, "mention in another row", "mentions in other rows"),
            (len(told.held.deliveries), "delivery without a name now", "deliveries without a name now"),
            (len(told.copies), "copy", "copies"),
        )
        if count
    ]
    output.say(f"  Forgotten: {', '.join(counted) or 'nothing was held'}.")
    output.say(f"  Blocked as {told.block.replace('_', ' ')}: also if the old spreadsheet comes back.")
    output.say_problems(told.problems)
    for path in told.still_in:
        output.say(f"  {workspace.show(path)} still has the address; it is yours to change.", style="yellow")
    for name in told.left_in_ledger.texts_of:
        output.say(f"  The text of {name} names them, as everybody got it; it stays.", style="yellow")
    if told.left_in_ledger.colleagues_open:
        output.say(
            "  A row of somebody else that names them still goes out as approved. Once that mailing is over, run this"
            " again.",
            style="yellow",
        )
    for path in told.pages_left:
        output.say(
            f"  {workspace.show(path)} still has it: is it a copy? Run this again, or remove the copy.", style="red"
        )
    if not told.is_compact:
        output.say("  Another program reads the ledger, so its log could not be emptied: run this again.", style="red")
    if told.is_complete and not told.still_in:
        output.say("  Every file of this folder was searched: the address is in none.")


@app.command("export", help=_HELP["export"])
def export(
    email: Email,
    into: Annotated[
        str, typer.Option("--output", "-o", metavar="PLACE", help="Output folder, or a file ending in .json or .html.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Show or export everything that is stored about a person."""
    from mailer.runs.people.person_export import NOTES_WARNING, export_person, is_empty, render_text

    with reading_office() as office:
        document, problems = export_person(office, email)
        day = f"{office.clock():%Y-%m-%d}"
    written = _write(Path(into).expanduser(), document, day) if into else []
    if as_json:
        said = {"problems": [output.problem_json(each) for each in problems]}
        output.print_json({**document, **said, "warning": NOTES_WARNING, "written": [str(path) for path in written]})
        return 0
    if not into:
        output.say(render_text(document))
    for path in written:
        output.say(f"Written: {path}")
    output.say_problems(problems)
    if is_empty(document):
        output.say(f"Nothing is held of {document['email']}.", to_stderr=True)
    else:
        output.say(NOTES_WARNING, style="yellow", to_stderr=True)
    return 0


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
