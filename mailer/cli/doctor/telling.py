"""Telling: what the doctor found, as lines under headings and as one JSON document.

Owns the words for how bad something is, the summary, and the exit code. Records to publish stand on a line of their
own, never broken, so that they can be copied.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from mailer.cli import output
from mailer.cli.context import actor, current_workspace, now
from mailer.errors import ConfigProblem, InputProblem, LedgerProblem, Severity

if TYPE_CHECKING:
    from mailer.runs.doctor.adopting import Adoption
    from mailer.runs.doctor.examining import Watch
    from mailer.runs.doctor.values import Check, Examined, Row
    from mailer.workspace import Workspace

WRONG: Final = 3
_MARKS: Final = {None: "ok", Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "wrong"}
_STYLES: Final = {None: "green", Severity.NOTE: "dim", Severity.WARNING: "yellow", Severity.ERROR: "red"}
_WIDEST: Final = 100
_NAMES: Final = 26  # a longer name stands on a line of its own
_ROOM: Final = 30  # the least that a message has


def exit_code(found: Examined) -> int:
    """Return 3 where something is wrong, else 0."""
    return WRONG if found.count(Severity.ERROR) else 0


def document(found: Examined) -> dict[str, Any]:
    """Return everything as JSON."""
    return {
        "good": not found.count(Severity.ERROR),
        "summary": {
            "wrong": found.count(Severity.ERROR),
            "warning": found.count(Severity.WARNING),
            "note": found.count(Severity.NOTE),
            "ok": found.count(None),
        },
        "checks": [_check(each.group.value, each.check) for each in found.told],
        "bulk_senders": [_row(row) for row in found.rows],
    }


def _check(group: str, check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "group": group,
        "state": _MARKS[check.severity],
        "code": check.code or None,
        "message": check.message,
        "hint": check.hint or None,
        "records": [{"name": each.name, "type": each.kind, "value": each.value} for each in check.records],
        **check.facts,
    }


def _row(row: Row) -> dict[str, Any]:
    from mailer.runs.doctor.values import WHO

    return {
        "rule": row.rule.value,
        "text": row.text,
        "met": row.met,
        "checks": list(row.looked_at),
        **{who.lower(): row.state(who) for who in WHO},
    }


def say(found: Examined) -> None:
    """Print everything for people: heading by heading, then the rules of the big providers, then a summary."""
    heading = None
    for each in found.told:
        if each.group is not heading:
            output.say(f"{'' if heading is None else chr(10)}  {each.group.value}", style="bold")
            heading = each.group
        beside = [other.check for other in found.told if other.group is heading]
        _say_check(each.check, _width_of_names(beside))
    if found.rows:
        _say_rows(found.rows)
    if any(check.records for check in found.checks):
        output.say(
            "\n  The records to publish go to whoever looks after your domain, as they stand; they count within a day."
        )
    output.say(f"\n  {summary(found)}", style=_STYLES[_worst(found)])


def summary(found: Examined) -> str:
    """Return the one line that tells how it stands: `3 to fix, 2 to look at, 14 good`."""
    counts = (
        (found.count(Severity.ERROR), "to fix"),
        (found.count(Severity.WARNING), "to look at"),
        (found.count(Severity.NOTE), "to know"),
        (found.count(None), "good"),
    )
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def _worst(found: Examined) -> Severity | None:
    return next((each for each in (Severity.ERROR, Severity.WARNING) if found.count(each)), None)


def _width_of_names(checks: Sequence[Check]) -> int:
    return max((len(check.name) for check in checks if len(check.name) <= _NAMES), default=0)


def _say_check(check: Check, names: int) -> None:
    start = f"  {_MARKS[check.severity]:9}"
    margin = " " * (len(start) + names + 2)
    room = max(_ROOM, _columns() - len(margin))
    lines = _wrapped(check.message, room)
    if len(check.name) > names:
        output.say(f"{start}{check.name}", style=_STYLES[check.severity])
    else:
        output.say(f"{start}{check.name:{names}}  {lines.pop(0)}", style=_STYLES[check.severity])
    for line in lines:
        output.say(f"{margin}{line}", style=_STYLES[check.severity])
    for part in check.hint.splitlines():
        for line in _wrapped(part, room):
            output.say(f"{margin}{line}")
    for record in check.records:
        output.say(f"    {record}")


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _columns() -> int:
    if sys.stdout is None or not sys.stdout.isatty():
        return _WIDEST
    return min(_WIDEST, shutil.get_terminal_size().columns)


def _say_rows(rows: Sequence[Row]) -> None:
    from mailer.runs.doctor.values import WHO

    output.say("\n  What they ask of whoever writes to many (a small list is not exempt)", style="bold")
    table = [[row.text, *(_CELLS[row.state(who)] for who in WHO)] for row in rows]
    for line in output.table(table, head=("", *WHO)):
        output.say(f"  {line}")
    output.say("  Complaints: Gmail's Postmaster Tools show them. Gmail's rules are for @gmail.com, Microsoft's for")
    output.say("  outlook.com, hotmail.com and live.com; others look at the same signs.")


_CELLS: Final = {"met": "met", "not met": "NOT MET", "not known": "not known", "not asked": "-"}


@contextmanager
def progress() -> Iterator[Watch | None]:
    """Show which looks are still under way while the block runs, where there is a terminal; give who is to be told."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("  Looking"), BarColumn(bar_width=24), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=output.console(to_stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, said="")

        def watch(done: int, total: int, running: Sequence[str]) -> None:
            said = textwrap.shorten(", ".join(running), 50, placeholder=" …")
            bar.update(task, completed=done, total=total, said=f"{done} of {total}   waiting for {said}")

        yield watch


# Adopting: `mailer doctor --adopt-ledger`, when a ledger is refused, or is gone.


def adopt(*, yes: bool, as_json: bool) -> int:
    """Explain, ask, and adopt the ledger of this workspace; return the exit code."""
    from mailer.config import find_memory, read_settings
    from mailer.ledger import open_ledger
    from mailer.ledger.place import place_problem
    from mailer.runs.doctor.adopting import plan_adoption

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    wrong_place = place_problem(settings.ledger.url, workspace.root)
    if wrong_place:
        raise wrong_place
    ledger = open_ledger(settings.ledger.url, workspace.root, create=False)
    if ledger is None:
        return _ask_and_begin_anew(workspace, yes=yes, as_json=as_json)
    with closing(ledger):
        adoption = plan_adoption(workspace, ledger, find_memory(os.environ))
        return _ask_and_adopt(adoption, yes=yes, as_json=as_json)


def _ask_and_begin_anew(workspace: Workspace, *, yes: bool, as_json: bool) -> int:
    """Return what was lost, ask, and let the folder begin with an empty ledger; return the exit code."""
    from mailer.config import find_memory
    from mailer.runs.doctor.adopting import begin_anew, find_loss

    memory = find_memory(os.environ)
    lost = find_loss(workspace, memory)
    if lost is None:
        raise LedgerProblem("there is no ledger here to adopt", hint="It is made with the first mailing.")
    output.say(f"  {lost}\n  {lost.hint.splitlines()[0]}\n{_LOSS}", to_stderr=True)
    if not yes and not _agreed("  Begin with an empty ledger?"):
        output.say("  Nothing was changed.", to_stderr=True)
        return 1
    begin_anew(workspace, memory)
    if as_json:
        output.print_json({"adopted": True, "id": None, "runs": 0})
    else:
        output.say("The next mailing begins an empty ledger.")
    return 0


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


_LOSS = """
  A backup of .mailer/ledger.db and .mailer/keys is better than what follows. With an empty ledger a release that went
  out looks unsent, so that everybody on its lists would get it again, and nobody is known to have opted out. Before
  you send anything, read the mailbox once more (mailer bounces collect), and enter the opt-outs that you have
  elsewhere: mailer optouts import FILE, or mailer optouts add EMAIL.
"""


def _agreed(question: str = "  Go on with this ledger?") -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputProblem("cannot ask for confirmation here", hint="Add --yes to go ahead.")
    return typer.confirm(question, err=True)


# Trusting: `mailer doctor --trust DIR`, where others than the user may change mailer.toml.


def trust_folder(name: str) -> int:
    """Remember that the mailer.toml of a folder may be used, whoever can change it; returns the exit code."""
    from mailer.config import find_memory
    from mailer.errors import CONFIG_NAME
    from mailer.platform import find_exposed

    file = Path(name).expanduser().absolute() / CONFIG_NAME
    if not file.is_file():
        raise InputProblem(f"there is no {CONFIG_NAME} in {file.parent}")
    exposed = find_exposed(file)
    if exposed is None:
        output.say(f"Nothing to do: only you and root can change {file}.")
        return 0
    memory = find_memory(os.environ)
    if not memory.trust(file.parent):
        raise ConfigProblem(
            "there is no folder of yours here in which this could be remembered",
            hint=f"XDG_STATE_HOME can name one. Or: {exposed.fix}",
        )
    output.say(f"Trusted: {file}")
    output.say(f"{exposed.path}: {exposed.said}. Whoever changes it runs commands as you from now on.")
    return 0
