"""Spooling: `mailer optouts key`, and `optouts import --spool`: opt-outs that a small host takes.

Owns how the key file is written and what is said of it, and how an import of a spool is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.office import reading_office, writing_office
from mailer.cli.optouts.words import AsJson
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.suppressions.import_spool import SpoolTold

_HELP = """Export the key that a small host needs to accept opt-outs.

The file holds the opt-out key, the name of your organisation and the address to write to. Who steals it could forge
opt-outs; nobody can read an address with it, nor forge a bounce. Copy it to the host, and there:
mailer serve --spool DIR --key FILE

\b
Examples:
  mailer optouts key --out door.key
"""
_LATE_HINT = "An opt-out is to be honoured within 48 hours: let this run each hour (docs/serve.md)."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("key", help=_HELP)(key)


def key(
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Output file, readable only by you (0600).")],
    as_json: AsJson = False,
) -> int:
    """Write the key file."""
    from mailer.config import DoorKey, write_door_key

    path = Path(out).expanduser()
    with reading_office() as office:
        office.sender()  # before anything is made
    with writing_office() as (office, ledger):
        from mailer.ledger.connection import check_keys

        with ledger.writing() as connection:
            check_keys(connection, office.keys)
        sender, base_url = office.sender(), office.settings.optout.base_url
        ids = sorted(office.keys.secrets)
        door = DoorKey(
            office.keys.for_opt_outs(), sender.organisation, sender.reply_to or sender.address, base_url=base_url
        )
        write_door_key(path, door)
    if as_json:
        output.print_json({"file": str(path), "keys": ids, "base_url": base_url or None})
        return 0
    output.say(f"{path} is written; only you can read it.")
    output.say(f"On the host: mailer serve --spool optouts --key {path.name}")
    if not base_url:
        output.say('No mail carries a link yet: [optout] base_url = "https://YOUR-HOST/o" in mailer.toml')
    return 0


def import_from(folder: str, *, dry_run: bool, as_json: bool) -> int:
    """Take in a spool, or say what lies there."""
    from mailer.runs.suppressions.import_spool import foresee_spool, import_spool

    path = Path(folder).expanduser()
    if dry_run:
        with reading_office() as office:
            told = foresee_spool(office, path)
    else:
        with writing_office() as (office, ledger):
            told = import_spool(office, ledger, path)
    if as_json:
        output.print_json(_document(told, written=not dry_run))
    else:
        _say(told, written=not dry_run)
    return 0


def refuse_beside(spool: str, others: dict[str, bool]) -> None:
    """Refuse options that say nothing of a spool.

    Raises:
        InputProblem: one is given.
    """
    given = [name for name, is_given in others.items() if is_given]
    if spool and given:
        raise InputProblem(f"--spool says all by itself; {given[0]} does not go with it")


def _document(told: SpoolTold, *, written: bool) -> dict[str, Any]:
    done = told.done
    return {
        "files": told.files,
        "lines": told.lines,
        "known": told.known,
        "new": done.new,
        "suppressed_already": done.again,
        "undone": len(done.undone),
        "of_tests": done.of_tests,
        "unknown_mail": done.unknown,
        "bad": told.bad,
        "unfinished": told.unfinished,
        "longest_wait_s": round(told.waited.total_seconds()),
        "written": written,
        "problems": [output.problem_json(each) for each in told.problems],
    }


def _say(told: SpoolTold, *, written: bool) -> None:
    from mailer.runs.suppressions.import_spool import LATE

    done = told.done
    files = f"{told.files} file{'' if told.files == 1 else 's'}"
    output.say(
        f"  Spool         {told.lines} line{'' if told.lines == 1 else 's'} in {files}, {told.known} taken in before"
    )
    output.say(f"  {'Opted out' if written else 'New':14}{done.new}")
    for label, count, more in (
        ("Already out", done.again, ""),
        ("Undone", len(done.undone), "   by the people themselves, on the page"),
        ("Of tests", done.of_tests, "   they opt nobody out"),
        ("Unknown mail", done.unknown, "   genuine, but this ledger does not have it: mailer bounces list --unmatched"),
        ("Not taken", told.bad, ""),
    ):
        if count:
            output.say(f"  {label:14}{count}{more}")
    output.say_problems(told.problems)
    if written and told.waited > LATE:
        hours = told.waited.total_seconds() / 3600
        output.say(f"  The oldest of them had waited {hours:.0f} hours. {_LATE_HINT}", style="yellow", to_stderr=True)
