"""Doctor: `mailer doctor`, what is wrong at this desk; and `--adopt-ledger`, when a ledger is refused.

Owns the words and the asking before a ledger is adopted. What is looked at is in `runs.doctor`.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.errors import InputProblem, LedgerProblem, Severity

if TYPE_CHECKING:
    from mailer.runs.doctor import Adoption, Check

_HELP = """Look whether everything is as it must be before mail goes out: settings, keys, the ledger and where it lies.

Changes nothing; calls nobody but the mailboxes of mailer.toml, to see whether they can be read. With --adopt-ledger, a
ledger that `send` refuses (an older copy, or one from another machine) becomes the right one, after it was explained.

\b
Examples:
  mailer doctor
  mailer doctor --json
  mailer doctor --adopt-ledger
"""
_MARKS = {None: "ok", Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "wrong"}
_STYLES = {None: "green", Severity.NOTE: "dim", Severity.WARNING: "yellow", Severity.ERROR: "red"}
_WRONG = 3


def doctor(
    adopt_ledger: Annotated[
        bool, typer.Option("--adopt-ledger", help="Go on with this ledger although it was refused; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --adopt-ledger: do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as one JSON document.")] = False,
) -> int:
    """Look whether everything is as it must be."""
    from mailer.runs.doctor import examine

    if adopt_ledger:
        return _adopt(yes=yes, as_json=as_json)
    workspace = current_workspace()
    checks = list(examine(workspace, os.environ))
    wrong = any(check.severity is Severity.ERROR for check in checks)
    if as_json:
        found = [_document(check) for check in checks]
        output.print_json({"workspace": str(workspace.root), "good": not wrong, "checks": found})
    else:
        for check in checks:
            _say(check)
    return _WRONG if wrong else 0


def _document(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "state": _MARKS[check.severity],
        "message": check.message,
        "hint": check.hint or None,
        **check.facts,
    }


def _say(check: Check) -> None:
    output.say(f"  {_MARKS[check.severity]:9}{check.name:16}{check.message}", style=_STYLES[check.severity])
    if check.severity is not None:
        for line in check.hint.splitlines():
            output.say(f"  {'':25}{line}")


def _adopt(*, yes: bool, as_json: bool) -> int:
    from mailer.config import find_memory, read_settings
    from mailer.ledger import open_ledger
    from mailer.ledger.place import place_problem
    from mailer.runs.doctor import plan_adoption

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    wrong_place = place_problem(settings.ledger.url, workspace.root)
    if wrong_place:
        raise wrong_place
    ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    if ledger is None:
        raise LedgerProblem("there is no ledger here to adopt", hint="Put back .mailer/ledger.db from a backup.")
    with closing(ledger):
        adoption = plan_adoption(workspace, ledger, find_memory(os.environ))
        return _ask_and_adopt(adoption, yes=yes, as_json=as_json)


def _ask_and_adopt(adoption: Adoption, *, yes: bool, as_json: bool) -> int:
    from mailer.ledger.mailings import Stamp

    identity = adoption.found.identity
    adopted = adoption.refused is not None
    if adoption.refused is not None:
        _explain(adoption, adoption.refused)
        if not yes and not _agreed():
            output.say("  Nothing was changed.", to_stderr=True)
            return 1
        identity, remembered = adoption.do(Stamp(now(), actor()))
        if not remembered:
            output.say("  Nothing of it can be remembered on this machine: no folder lasts.", to_stderr=True)
    if as_json:
        output.print_json({"adopted": adopted, "id": identity.ledger_id, "runs": identity.runs})
    elif adopted:
        output.say("Adopted. Another copy of it that turns up on this machine is refused from now on.")
    else:
        output.say("There is nothing to adopt: this is the ledger that was used here last.")
    return 0


def _explain(adoption: Adoption, refused: LedgerProblem) -> None:
    """Say what is here, what is remembered, what differs, and what could happen."""
    here, there = adoption.found.identity, adoption.found.remembered
    lines = [("Refused", str(refused))]
    sent = f"last sent by {here.sent_by}" if here.sent_by else "nothing sent yet"
    lines.append(("Here", f"{here.runs} runs, {sent} (ledger {here.ledger_id})"))
    lines.append(
        ("Remembered", f"{there.runs} runs, in {there.place}, by {there.actor}, {there.at}" if there else "nothing")
    )
    for name, count in adoption.still_open:
        who = "1 person" if count == 1 else f"{count} people"
        lines.append(("Still open", f"{name}: {who} would get it. If another copy sent it: mailer cancel {name}"))
    for label, text in lines:
        output.say(f"  {label:12}{text}", to_stderr=True)
    output.say(_RISK, to_stderr=True)


_RISK = """
  What another copy of it sent or heard since is not in this one. Whoever is open here may have it already, a release
  that went out may look unsent, and who opted out meanwhile must be entered again: mailer bounces collect reads what
  is in the mailbox once more, mailer optouts add EMAIL does it by hand.
"""


def _agreed() -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputProblem("nobody is here to say yes", hint="Add --yes once you have read it.")
    return typer.confirm("  Go on with this ledger?", err=True)


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("doctor", help=_HELP, short_help="Look whether everything is as it must be.")(doctor)
