"""Telling: what the doctor found, as lines under headings and as one JSON document.

Owns the words for how bad something is, the summary, and the exit code. Records to publish stand on a line of their
own, never broken, so that they can be copied.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from mailer.cli import output
from mailer.errors import Severity

if TYPE_CHECKING:
    from mailer.runs.doctor import Check, Examined
    from mailer.runs.doctor.bulk import Row
    from mailer.runs.doctor.examining import Watch

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
    from mailer.runs.doctor.bulk import WHO

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
    from mailer.runs.doctor.bulk import WHO

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
