"""Rewrite: the staff's lists are changed on disk, all files of one change together, or none.

Owns the order of a change: the lock (two of us at once wait for each other), the look whether a file is still what was
read (a spreadsheet program may have saved it meanwhile: nothing is overwritten) and whether such a program has it open,
the step for undo, then each file, atomically. A crash between two files leaves a step that `mailer lists undo` puts
back. Never decides what the new bytes are (`contacts.edits` does).
Raises `InputProblem`.
Gap: a program that saves a file in the few microseconds between the last look and the rename is not noticed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from mailer.address import printable
from mailer.errors import InputProblem
from mailer.platform import alone
from mailer.runs.lists.steps import CHANGE, NewStep, Step, add_step, drop_step, prune_steps
from mailer.workspace import Workspace, write_atomically

CHANGED: Final = "has changed since it was read; nothing was overwritten"
_AGAIN: Final = "Somebody else saved it meanwhile. Look at it, and run the command again."


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One file of a change: what was read (None: there must be no such file), what it becomes (None: removed)."""

    path: Path
    was: bytes | None
    data: bytes | None


def rewrite_list(workspace: Workspace, path: Path, data: bytes, *, was: bytes, now: datetime) -> None:
    """Change one list on disk, so that `mailer lists undo` can put it back; see `rewrite_lists`."""
    rewrite_lists(workspace, [Rewrite(path, was, data)], what=f"{path.stem} was changed", now=now)


def rewrite_lists(workspace: Workspace, changes: Sequence[Rewrite], *, what: str, now: datetime) -> Step | None:
    """Change, create or remove lists as one step, which `mailer lists undo` takes back as one.

    `what` tells people what the step did; it is kept, so it names no person. Return the step, or None where every file
    is already as wanted.

    Raises:
        InputProblem: a file is no longer what was read, is open in a spreadsheet program, or cannot be written;
            nothing is changed then.
    """
    with changing(workspace):
        return apply_step(workspace, changes, NewStep(what, now, CHANGE))


@contextlib.contextmanager
def changing(workspace: Workspace) -> Iterator[None]:
    """Hold the lock under which lists change: whoever comes second waits, and then looks at the files as they are."""
    with alone(workspace.make_machine_folder("undo") / "lock"):
        yield


def apply_step(workspace: Workspace, changes: Sequence[Rewrite], new: NewStep) -> Step | None:
    """Do a step under the lock that `changing` holds."""
    changes = [each for each in changes if each.was != each.data]
    if not changes:
        return None
    for each in changes:
        _hold(workspace, each)
        refuse_opened(workspace, each.path)
    step = add_step(workspace, new, [(each.path, each.was, each.data) for each in changes])
    done: list[Rewrite] = []
    try:
        for each in changes:
            _hold(workspace, each)
            _put(each.path, each.data)
            done.append(each)
    except InputProblem:
        for each in reversed(done):
            _put_back(each)
        drop_step(step)
        raise
    prune_steps(workspace)
    return step


def _hold(workspace: Workspace, change: Rewrite) -> None:
    """Hold a file against what was read of it."""
    found = bytes_of(workspace, change.path)
    if found == change.was:
        return
    shown = workspace.show(change.path)
    if change.was is None:
        raise InputProblem("is there already; nothing was overwritten", source=shown)
    gone = "is gone since it was read; nothing was written" if found is None else CHANGED
    raise InputProblem(gone, source=shown, hint=_AGAIN)


def bytes_of(workspace: Workspace, path: Path) -> bytes | None:
    """Read a file, or give None where there is none.

    Raises:
        InputProblem: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=workspace.show(path)) from None


def _put(path: Path, data: bytes | None) -> None:
    _clear_leftovers(path.parent)
    if data is not None:
        write_atomically(path, data)
        return
    try:
        path.unlink()
    except OSError as error:
        raise InputProblem(f"cannot be removed: {error.strerror or error}", source=str(path)) from None


def _put_back(change: Rewrite) -> None:
    """Take one file of a failed step back, if nobody has touched it since."""
    with contextlib.suppress(InputProblem, OSError):
        _put(change.path, change.was)


def _clear_leftovers(folder: Path) -> None:
    """Take away what a killed process left half written: under the lock it is nobody's."""
    for leftover in folder.glob(".mailer-*.tmp"):
        with contextlib.suppress(OSError):
            leftover.unlink()


# Spreadsheets: does a spreadsheet program have this file open?

_LIMIT: Final = 4096
_WIDE_NAME_AT: Final = 55


def refuse_opened(workspace: Workspace, path: Path) -> None:
    """Refuse a file that a spreadsheet program has open: it would overwrite our change when it saves.

    Raises:
        InputProblem: it is open, with who has it and what to do.
    """
    real = path.resolve()
    for lock, who in ((real.parent / f".~lock.{real.name}#", _libreoffice), (real.parent / f"~${real.name}", _excel)):
        try:
            with lock.open("rb") as file:
                head = file.read(_LIMIT)
        except FileNotFoundError:
            continue
        except OSError:  # Excel keeps its own locked: it is there
            head = b""
        name = printable(who(head).strip())
        raise InputProblem(
            f"is open in a spreadsheet program{f' ({name})' if name else ''}; nothing was changed",
            source=workspace.show(path),
            hint=f"Save and close it there, then run this again. If nobody has it open, delete {lock.name} beside it.",
        )


def _libreoffice(head: bytes) -> str:
    """Return the name, or the login, and the host."""
    fields = head.decode("utf-8", "replace").replace("\\,", "\x00").split(",")
    name, login, host = (field.replace("\x00", ",").strip() for field in [*fields, "", "", ""][:3])
    return ", ".join(part for part in (name or login, host) if part)


def _excel(head: bytes) -> str:
    """Return the user's name."""
    wide = head[_WIDE_NAME_AT:]
    if len(wide) > 2 and 0 < 2 * wide[0] <= len(wide) - 2:
        return wide[2 : 2 + 2 * wide[0]].decode("utf-16-le", "replace")
    return head[1 : 1 + head[0]].decode("cp1252", "replace") if head else ""
