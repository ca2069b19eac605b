"""Exchange: `mailer optouts import`, `export` and `key`.

Owns how suppressions come in from files of other tools or from a public host, and go out again, and what is said and
asked before.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.lists.asking import agreed
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.cli.optouts.looking import Reason, wanted_of
from mailer.cli.optouts.words import WORDS, ScopeChoice, Yes
from mailer.errors import InputProblem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.ledger.blocklist import Wanted
    from mailer.runs.office import Office
    from mailer.runs.suppressions.exchange import Told, Wish
    from mailer.runs.suppressions.import_spool import SpoolTold

_HELP = {
    "import": """Import suppressions from another tool.

The file: an export of listmonk, Mailchimp (its zip, too), Mailtrain, Brevo, HubSpot, SendGrid, Postmark, Mailgun or
Amazon SES, or one address or *@domain a line.

Of an export of contacts only those count who are unsubscribed, bounced, cleaned, blocklisted or complained. Dates are
kept. The same file again adds nothing, and an import can be undone as a whole.

\b
Examples:
  mailer optouts import unsubscribed.csv --dry-run
  mailer optouts import audience_export.zip
  mailer optouts import old-list.txt --reason manual --scope list:coast --yes
  mailer optouts import --undo 3
  mailer optouts import --spool optouts     what a small host took (docs/serve.md), each line once
""",
    "export": """Export suppressions for another tool. CSV and JSON can be imported again.

With --key: the key that a small host without a ledger needs to accept opt-outs, with the name of your organisation and
the address to write to. Who steals it could forge opt-outs; nobody can read an address with it, nor forge a bounce.

\b
Examples:
  mailer optouts export --output suppressions.csv
  mailer optouts export --format listmonk --output blocklist.csv
  mailer optouts export --format json --reason complained
  mailer optouts export --key door.key     for mailer serve --spool DIR --key FILE on a small host
""",
}
_SHOWN_PROBLEMS = 12


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import", help=_HELP["import"])(take_in)
    app.command("export", help=_HELP["export"])(give_out)


def take_in(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file of the other tool.")] = "",
    format_: Annotated[str, typer.Option("--format", help="auto, csv, listmonk, mailchimp, mailtrain …")] = "auto",
    scope: ScopeChoice = "",
    reason: Annotated[str, typer.Option(metavar="REASON", help="The reason for rows without one.")] = "",
    undo: Annotated[int | None, typer.Option("--undo", metavar="ID", help="Undo an import.")] = None,
    spool: Annotated[
        str, typer.Option("--spool", metavar="DIR", help="Import the opt-outs that mailer serve --spool collected.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Import suppressions, or undo an import."""
    from mailer.runs.suppressions.exchange import Wish

    if spool:
        others = {"FILE": bool(file), "--undo": undo is not None, "--scope": bool(scope), "--reason": bool(reason)}
        refuse_beside(spool, others)
        return import_from(spool, dry_run=dry_run, as_json=as_json)
    if bool(file) == (undo is not None):
        raise InputProblem("give a file, --spool DIR, or --undo with the number of an import")
    if undo is not None:
        return _undo(undo, dry_run=dry_run, yes=yes, as_json=as_json)
    _check_format(format_)
    wish = Wish(Path(file).expanduser(), format_, scope, reason)
    if dry_run or not yes:
        told = _foresee(wish)
        if not as_json:
            _say_told(told, done=False)
        if dry_run or not told.new:
            return _end(told, as_json=as_json, written=False)
        _ask(f"Suppress {told.new.total()} people now?")
    told = _import(wish)
    if not as_json:
        _say_told(told, done=True)
    return _end(told, as_json=as_json, written=True)


def _check_format(name: str) -> None:
    from mailer.contacts.suppression_files import FORMATS

    if name not in FORMATS:
        raise InputProblem(f'"{name}" is not a format{did_you_mean(name, FORMATS)}; there are: {", ".join(FORMATS)}')


def _foresee(wish: Wish) -> Told:
    from mailer.runs.suppressions.exchange import foresee_import

    with reading_office() as office:
        return foresee_import(office, wish)


def _import(wish: Wish) -> Told:
    from mailer.runs.suppressions.exchange import import_optouts

    with writing_office() as (office, ledger):
        return import_optouts(office, ledger, wish)


def _ask(question: str) -> None:
    """Ask, or refuse where nobody is there to answer."""
    if not sys.stdin.isatty():
        raise InputProblem("nothing was written", hint="Nobody is here to be asked: --yes does it, --dry-run shows it.")
    typer.confirm(f"  {question}", abort=True, err=True)


def _end(told: Told, *, as_json: bool, written: bool) -> int:
    if as_json:
        output.print_json(_told_json(told, written=written))
    return 0


def _told_json(told: Told, *, written: bool) -> dict[str, Any]:
    return {
        "format": told.format,
        "rows": told.rows,
        "new": told.new.total(),
        "new_by_reason": dict(told.new),
        "known": told.known,
        "replaced": told.replaced,
        "not_suppressed": told.subscribed,
        "invalid": told.invalid,
        "written": written,
        "import": told.import_id,
        "problems": [output.problem_json(each) for each in told.problems],
    }


def _say_told(told: Told, *, done: bool) -> None:
    kinds = ", ".join(f"{count} {WORDS[reason]}" for reason, count in told.new.items())
    output.say(f"  Format        {told.format}, {told.rows} rows")
    output.say(f"  {'Suppressed' if done else 'New':14}{told.new.total()}{f': {kinds}' if kinds else ''}")
    if told.replaced:
        output.say(f"                {told.replaced} of them for a stronger reason than before")
    for label, count in (
        ("Known", told.known),
        ("May be mailed", told.subscribed),
        ("Not taken", told.invalid),
    ):
        if count:
            output.say(f"  {label:14}{count}")
    output.say_problems(told.problems[:_SHOWN_PROBLEMS])
    if told.invalid > _SHOWN_PROBLEMS:
        output.say(f"  … and {told.invalid - _SHOWN_PROBLEMS} more rows", to_stderr=True)
    if done and told.new:
        output.say(f"  Undo          mailer optouts import --undo {told.import_id} --yes")


def _undo(import_id: int, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    from mailer.runs.suppressions.exchange import find_import, undo

    with reading_office() as office:
        if office.ledger is None:
            raise InputProblem(f"there is no import {import_id} that could be undone")
        with office.ledger.reading() as connection:
            found, count = find_import(connection, import_id)
    said = f"{count} people whom nothing but {found.name} suppresses"
    if not as_json:
        output.say(f"  Import {import_id} of {found.at:%Y-%m-%d}: {said}")
    lifted = 0
    if not dry_run:
        if not yes:
            _ask(f"Lift the suppression of these {count}?")
        with writing_office() as (office, ledger):
            lifted = undo(office, ledger, import_id)
    if as_json:
        output.print_json({"import": import_id, "file": found.name, "suppressed": count, "lifted": lifted})
    elif not dry_run:
        output.say(f"  {lifted} suppressions are lifted; what they took the place of stands again.")
    return 0


def give_out(
    form: Annotated[str, typer.Option("--format", help="csv, listmonk or json.")] = "csv",
    file: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file. Default: stdout.")] = "",
    reason: Reason = "",
    scope: ScopeChoice = "",
    key: Annotated[
        str, typer.Option("--key", metavar="FILE", help="Write the key for a small host to this file instead (0600).")
    ] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Export suppressions."""
    from mailer.runs.suppressions.exchange import FORMS

    if key:
        return _write_key(key, as_json=as_json)
    if form not in FORMS:
        raise InputProblem(f'"{form}" is not a format{did_you_mean(form, FORMS)}; there are: {", ".join(FORMS)}')
    wanted = wanted_of(reason=reason, scope=scope)
    if as_json and not file:
        form = "json"
    with reading_office() as office:
        pieces = _pieces(office, wanted, form)
        if file:
            target = Path(file).expanduser()
            if target.exists() and not agreed(f"{file} is there already. Write over it?", yes=yes):
                raise typer.Abort
            _write(target, pieces)
        else:
            sys.stdout.writelines(pieces)
        count, nameless, left_out = _counts(office, wanted, form)
    written = count - nameless - left_out
    if as_json and file:
        counts = {"suppressed": written, "forgotten": nameless, "left_out": left_out}
        output.print_json({"format": form, "file": file, **counts})
    else:
        _say_counts(written, nameless, left_out, form, file)
    return 0


def _pieces(office: Office, wanted: Wanted, form: str) -> Iterator[str]:
    from mailer.runs.suppressions.exchange import export_nothing, export_optouts

    if office.ledger is None:
        yield from export_nothing(form)
        return
    with office.ledger.reading() as connection:
        yield from export_optouts(connection, wanted, form=form)


def _write(path: Path, pieces: Iterator[str]) -> None:
    """Write a file of people's addresses: whole or not at all, for its owner alone (standards L12)."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mailer-", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                out.writelines(pieces)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(path)) from None


def _counts(office: Office, wanted: Wanted, form: str) -> tuple[int, int, int]:
    from mailer.ledger.blocklist import count_nameless, count_suppressions
    from mailer.runs.suppressions.exchange import count_left_out

    if office.ledger is None:
        return 0, 0, 0
    with office.ledger.reading() as connection:
        left_out = count_left_out(connection, wanted, form=form)
        return count_suppressions(connection, wanted), count_nameless(connection, wanted), left_out


def _say_counts(written: int, nameless: int, left_out: int, form: str, file: str) -> None:
    if file:
        output.say(f"{written} {'suppression' if written == 1 else 'suppressions'} in {file}", to_stderr=True)
    if left_out:
        output.say(
            f"{left_out} left out: {form} blocks one person from everything, and these are about one list, one kind of "
            "mailing, a domain or an outlet. The formats csv and json keep them.",
            style="yellow",
            to_stderr=True,
        )
    if nameless:
        output.say(
            f"{nameless} more were forgotten: they stay suppressed here, and no address of theirs is left to export.",
            to_stderr=True,
        )


# Spooling: `mailer optouts export --key`, and `optouts import --spool`: opt-outs that a small host takes.

_LATE_HINT = "An opt-out is to be honoured within 48 hours: let this run each hour (docs/serve.md)."


def _write_key(out: str, *, as_json: bool) -> int:
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
        output.print_json(_spool_document(told, written=not dry_run))
    else:
        _say_spool(told, written=not dry_run)
    return 0


def refuse_beside(spool: str, others: dict[str, bool]) -> None:
    """Refuse options that say nothing of a spool.

    Raises:
        InputProblem: one is given.
    """
    given = [name for name, is_given in others.items() if is_given]
    if spool and given:
        raise InputProblem(f"--spool says all by itself; {given[0]} does not go with it")


def _spool_document(told: SpoolTold, *, written: bool) -> dict[str, Any]:
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


def _say_spool(told: SpoolTold, *, written: bool) -> None:
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
