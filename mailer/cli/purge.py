"""Purge: `mailer purge`, what has been kept long enough goes.

Owns the words and the asking.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger.retention import Kept
    from mailer.runs.purge import Overdue, Purged

_HELP = """Delete what is past its retention date ([retention] in mailer.toml). Shows it first.

Mail that came back, names in the log of past mailings (the figures stay), copies for undo, previews. Contacts that
nobody has verified for long, or whose own date is over, are only told. Nothing is ever purged by itself.

\b
Examples:
  mailer purge --dry-run
  mailer purge --yes
"""


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted; delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Delete what is past its retention date."""
    from mailer.runs.purge import look
    from mailer.runs.purge import purge as purge_office

    with reading_office() as office:
        found = look(office)
    if dry_run:
        return _tell(found, as_json=as_json, done=False)
    if not found.is_nothing and not yes:
        _say(found, done=False, to_stderr=True)
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputProblem("cannot ask for confirmation here", hint="It cannot be undone. Add --yes to go ahead.")
        if not typer.confirm("  Take it away for good?", err=True):
            output.say("  Nothing was changed.", to_stderr=True)
            return 1
    if found.is_nothing:
        return _tell(found, as_json=as_json, done=True)
    with writing_office() as (office, ledger):
        found = purge_office(office, ledger)
    return _tell(found, as_json=as_json, done=True)


def _tell(found: Purged, *, as_json: bool, done: bool) -> int:
    if as_json:
        output.print_json(_document(found, done=done))
    else:
        _say(found, done=done)
    return 0 if found.is_compact else 1


def _counts(found: Purged) -> list[tuple[str, str, Kept]]:
    return [
        ("raw_mails", "mails that came back, as they were kept", found.ledger.raw),
        ("letters", "senders and subjects of answers", found.ledger.letters),
        ("absences", "absences that are over", found.ledger.absences),
        ("proposals", "proposals for the lists", found.ledger.proposals),
        ("names", "deliveries that say to whom (figures stay)", found.ledger.names),
        ("answers", "answers of servers", found.ledger.answers),
        ("reports", "reports' words on people", found.ledger.reports),
        ("undo_copies", "copies for undo", found.oldest(found.undo)),
        ("previews", "previews and test mails", found.oldest(found.previews)),
    ]


def _document(found: Purged, *, done: bool) -> dict[str, Any]:
    counts = {
        name: {"count": kept.count, "oldest": kept.oldest.isoformat(timespec="seconds") if kept.oldest else None}
        for name, _, kept in _counts(found)
    }
    told = found.told
    return {
        "done": done,
        "goes": counts,
        "unverified": {"count": told.unverified_count, "first": [_overdue(each) for each in told.unverified]},
        "past_retention": {
            "count": told.past_retention_count,
            "first": [_overdue(each) for each in told.past_retention],
        },
        "problems": [output.problem_json(each) for each in told.problems],
    }


def _overdue(each: Overdue) -> dict[str, Any]:
    day = each.day.isoformat() if each.day else None
    return {"list": each.list_name, "line": each.line, "email": each.email, "day": day}


def _say(found: Purged, *, done: bool, to_stderr: bool = False) -> None:
    if found.is_nothing:
        output.say("  Nothing is past its retention date.", to_stderr=to_stderr)
    for _, noun, kept in _counts(found):
        if kept.count:
            since = f", the oldest of {kept.oldest:%Y-%m-%d}" if kept.oldest else ""
            output.say(f"  {'gone' if done else 'goes':6}{kept.count:>7}  {noun}{since}", to_stderr=to_stderr)
    told = found.told
    for count, first, what in (
        (told.unverified_count, told.unverified, "contacts nobody has verified for long: look at them"),
        (told.past_retention_count, told.past_retention, "contacts kept past their own date: they get no mail"),
    ):
        if count:
            output.say(f"  {'stays':6}{count:>7}  {what}", style="yellow", to_stderr=to_stderr)
            for each in first[:8]:
                day = f" ({each.day:%Y-%m-%d})" if each.day else ""
                output.say(f"{'':17}{each.list_name} line {each.line}: {each.email}{day}", to_stderr=to_stderr)
    output.say_problems(told.problems)
    if not found.is_compact:
        output.say("  Another program reads the ledger, so its log could not be emptied: run this again.", style="red")


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("purge", help=_HELP, short_help="Delete what is past its retention date.")(purge)
