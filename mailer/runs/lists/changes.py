"""Changes: changes to the staff's lists on disk, all files of one change or none, and their undo.

Theory of operation. A change is a *step*: a folder `.mailer/undo/000012/` with `step.json` and a copy of each file as
it was (0600). It is on disk before the first file changes, so that after a crash `undo` can tell by its SHA-256 whether
a file is as before, as after, or has been changed since. Four rules apply here:

1. Only one process changes lists at a time: a second one waits for the lock, and then reads the files again.
2. A file that has changed since it was read (a spreadsheet program may have saved it), or that such a program has open,
   is never overwritten: the whole change is refused.
3. Each file is written atomically, and a step is rolled back if one of its files fails.
4. An undo is a step too, so that it can be undone (`--redo`); it leaves alone what has been changed since.

Steps are deleted, the oldest first, by three limits. Two apply here whenever a step is done: never more than `KEPT`
steps, and beyond the newest `_KEPT_ANYWAY` none if the copies of all newer ones exceed `_KEPT_BYTES`. The third is
`[retention] undo_days`: `mailer purge` deletes older ones (`runs.purge`).

Never decides what the new bytes are (`contacts.edits` does). Raises `InputProblem`.
Gap: if a program saves a file in the few microseconds between the last check and the rename, that is not noticed.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mailer.address import printable
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.ledger.suppressions import NewSuppression
from mailer.platform import alone, sync_folder
from mailer.workspace import ChangedMeanwhile, Workspace, digest_of, write_atomically

KEPT: Final = 50
_KEPT_ANYWAY: Final = 10
_KEPT_BYTES: Final = 500_000_000
_FORM: Final = 1
_UNDONE: Final = "undone: "


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One file of a change: the bytes before (None: there must be no such file), and after (None: removed)."""

    path: Path
    was: bytes | None
    data: bytes | None


@dataclass(slots=True, kw_only=True)
class Plan:
    """A change of lists, planned completely before anything is written: shown, agreed to, then written as one step.

    `what` describes it for people; it is kept with the step, so it names no person. `rewrites` are the files with
    their new bytes, `carried` the suppressions that follow to another list or address: they are recorded before any
    file is written, so that nobody is mailed by mistake after a failure in between. `written` is None until staff
    have decided.
    """

    what: str = ""
    rewrites: list[Rewrite] = field(default_factory=list)
    carried: list[NewSuppression] = field(default_factory=list)
    written: bool | None = None

    @property
    def changes(self) -> list[Rewrite]:
        """Return the files that really change."""
        return [each for each in self.rewrites if each.was != each.data]


@dataclass(frozen=True, slots=True)
class StepFile:
    """A file of a step: SHA-256 before and after ("": no file), and its old copy; paths relative to the workspace."""

    file: str
    before: str
    after: str
    copy: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was done, and by which user: `kind` is change, undo or redo, `of` the step that these two reverse."""

    number: int
    what: str
    at: datetime
    kind: str
    of: int
    files: tuple[StepFile, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The steps that can be undone, and the undos that can be taken back, the newest first."""

    steps: tuple[Step, ...]
    undone: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The step to be reversed, and for each of its files what will happen; `written` is None until decided."""

    step: Step
    redo: bool
    files: tuple[tuple[str, str], ...]
    written: bool | None = None


def hold_to_seen(workspace: Workspace, plan: Plan, path: Path, seen: str) -> None:
    """Refuse a plan for a list that has changed since someone saw it; `seen` is the SHA-256 of its file then."""
    if any(each.path == path and _digest(each.was) != seen for each in plan.rewrites):
        message = "was changed by another user since you opened it; nothing was overwritten"
        raise ChangedMeanwhile(message, source=workspace.show(path))


def rewrite_lists(
    workspace: Workspace, changes: Sequence[Rewrite], *, what: str, now: datetime, by: str = ""
) -> Step | None:
    """Change, create or remove lists as one step, which `mailer lists undo` can undo.

    Return the step, or None if every file is already as wanted. Raises InputProblem if a file has changed since it
    was read, is open in a spreadsheet program, or cannot be written; nothing is changed then.
    """
    with alone(workspace.make_machine_folder("undo") / "lock"):
        return _do(workspace, changes, what, now, "change", by=by)


def plan_undo(workspace: Workspace, *, redo: bool = False) -> UndoPlan:
    """Return the step that `undo_step` would reverse (the last that had an effect), and what happens to its files."""
    step, _ = _find(workspace, redo=redo)
    files: list[tuple[str, str]] = []
    for file in step.files:
        change = _reversed(workspace, step, file)
        becomes = "is put back" if change.was is not None else "comes back"
        if change.was == change.data:
            becomes = "is so already"
        elif change.data is None:
            becomes = "is removed"
        files.append((file.file, becomes))
    return UndoPlan(step, redo, tuple(files))


def undo_step(
    workspace: Workspace, *, now: datetime, redo: bool = False, number: int | None = None, by: str = ""
) -> Step:
    """Restore the files of the last step, as a step of its own; return the step that was reversed.

    With `redo` the last undo is reversed. After a crash in the middle of a step only some of its files are changed;
    those are restored. `number` is the step that the user has seen as the last one. Raises InputProblem if there is
    nothing to undo, there is a newer step than `number`, or a file has changed since; nothing is changed then.
    """
    with alone(workspace.make_machine_folder("undo") / "lock"):
        step, idle = _find(workspace, redo=redo)
        if number not in {None, step.number}:
            raise InputProblem(f'there is a newer change: "{step.what}"', hint="The newest change is undone first.")
        changes = [_reversed(workspace, step, file) for file in step.files]
        what = step.what.removeprefix(_UNDONE) if redo else f"{_UNDONE}{step.what}"
        _do(workspace, changes, what, now, "redo" if redo else "undo", of=step.number, by=by)
        for each in idle:
            _drop(workspace, each)
    return step


def bytes_of(workspace: Workspace, path: Path) -> bytes | None:
    """Return the bytes of a file; None if there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=workspace.show(path)) from None


# Doing a step, under the lock.


def _do(
    workspace: Workspace, wanted: Sequence[Rewrite], what: str, now: datetime, kind: str, *, of: int = 0, by: str = ""
) -> Step | None:
    changes = [each for each in wanted if each.was != each.data]
    if not changes:
        return None
    for each in changes:
        _check_unchanged(workspace, each)
        _refuse_opened(workspace, each.path)
    (workspace.root / "lists").mkdir(exist_ok=True)
    about = {"form": _FORM, "what": what, "at": now.isoformat(), "kind": kind, "of": of, "by": by}
    step = _add_step(workspace, changes, about)
    done: list[Rewrite] = []
    try:
        for each in changes:
            _check_unchanged(workspace, each)
            _put(each.path, each.data)
            done.append(each)
    except InputProblem:
        for each in reversed(done):
            with contextlib.suppress(InputProblem, OSError):
                _put(each.path, each.was)
        _drop(workspace, step)
        raise
    size = 0
    for age, each_step in enumerate(reversed(read_steps(workspace))):
        copies = (workspace.root / each.copy for each in each_step.files if each.copy)
        size += sum(copy.stat().st_size for copy in copies if copy.exists())
        if age >= KEPT or (age >= _KEPT_ANYWAY and size > _KEPT_BYTES):
            _drop(workspace, each_step)
    return step


def _check_unchanged(workspace: Workspace, change: Rewrite) -> None:
    found, shown = bytes_of(workspace, change.path), workspace.show(change.path)
    if found == change.was:
        return
    if change.was is None:
        raise InputProblem("is there already; nothing was overwritten", source=shown)
    message = "has changed since it was read; nothing was overwritten"
    if found is None:
        message = "has been removed since it was read; nothing was written"
    hint = "Another program saved it in the meantime. Look at it, then run the command again."
    raise InputProblem(message, source=shown, hint=hint)


def _put(path: Path, data: bytes | None) -> None:
    for leftover in path.parent.glob(".mailer-*.tmp"):  # of a killed process, since we hold the lock
        with contextlib.suppress(OSError):
            leftover.unlink()
    if data is not None:
        write_atomically(path, data)
        return
    try:
        path.unlink()
    except OSError as error:
        raise InputProblem(f"cannot be removed: {error.strerror or error}", source=str(path)) from None


def _refuse_opened(workspace: Workspace, path: Path) -> None:
    """Refuse a file that a spreadsheet program has open: it would overwrite our change when it saves."""
    real = path.resolve()
    for lock in (real.parent / f".~lock.{real.name}#", real.parent / f"~${real.name}"):
        try:
            with lock.open("rb") as file:
                head = file.read(4096)
        except FileNotFoundError:
            continue
        except OSError:  # Excel keeps its lock file locked, so the list is open
            head = b""
        if lock.name.startswith("."):  # LibreOffice: the name, the login and the host between commas
            fields = head.decode("utf-8", "replace").replace("\\,", "\x00").split(",")
            name, login, host = (field.replace("\x00", ",").strip() for field in [*fields, "", "", ""][:3])
            user = ", ".join(part for part in (name or login, host) if part)
        else:  # Excel: the length of the user's name, and the name in 54 bytes of a code page
            user = head[1 : 1 + head[0]].decode("cp1252", "replace") if head else ""
            wide = head[55:]  # and again in UTF-16
            if len(wide) > 2 and 0 < 2 * wide[0] <= len(wide) - 2:
                user = wide[2 : 2 + 2 * wide[0]].decode("utf-16-le", "replace")
        name = printable(user.strip())
        message = f"is open in a spreadsheet program{f' ({name})' if name else ''}; nothing was changed"
        hint = f"Save and close it there, then run this again. If nobody has it open, delete {lock.name} beside it."
        raise InputProblem(message, source=workspace.show(path), hint=hint)


# Steps on disk.


def _digest(data: bytes | None) -> str:
    return "" if data is None else digest_of(data)


def _folder(workspace: Workspace, number: int) -> Path:
    return workspace.machine / "undo" / f"{number:06}"


def _add_step(workspace: Workspace, changes: Sequence[Rewrite], document: dict[str, Any]) -> Step:
    """Write a step to disk before it is done: completely, under a temporary name, and then under its number."""
    base = workspace.make_machine_folder("undo")
    for half_written in base.glob(".new-*"):
        shutil.rmtree(half_written, ignore_errors=True)
    number = max((step.number for step in read_steps(workspace)), default=0) + 1
    try:
        making = Path(tempfile.mkdtemp(prefix=".new-", dir=base))
        files: list[dict[str, str | None]] = []
        for position, each in enumerate(changes):
            copy = None
            if each.was is not None:
                copy = f"{position}-{each.path.name}"
                write_atomically(making / copy, each.was, mode=0o600)
            shown = workspace.show(each.path)
            files.append({"path": shown, "before": _digest(each.was), "after": _digest(each.data), "copy": copy})
        written = json.dumps({**document, "files": files}, ensure_ascii=False, indent=1)
        write_atomically(making / "step.json", written.encode(), mode=0o600)
        making.replace(_folder(workspace, number))
        sync_folder(base)
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(base)) from None
    return _read_step(workspace, number)


def read_steps(workspace: Workspace) -> list[Step]:
    """Return the steps that are kept, the oldest first. Creates nothing."""
    base = workspace.machine / "undo"
    numbers = sorted(int(each.name) for each in base.iterdir() if each.name.isdecimal()) if base.is_dir() else []
    return [_read_step(workspace, number) for number in numbers]


def _read_step(workspace: Workspace, number: int) -> Step:
    folder = _folder(workspace, number)
    try:
        step = json.loads((folder / "step.json").read_bytes())
        files = []
        for each in step["files"]:
            copy = workspace.show(folder / each["copy"]) if each["copy"] else None
            files.append(StepFile(each["path"], each["before"], each["after"], copy))
        at = datetime.fromisoformat(step["at"])
        return Step(number, step["what"], at, step["kind"], step["of"], tuple(files), step.get("by", ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message, source = f"is an undo step that cannot be read: {error}", workspace.show(folder)
        hint = "The copies in it are whole files. Move the folder away to go on without it."
        raise InputProblem(message, source=source, hint=hint) from None


def _drop(workspace: Workspace, step: Step) -> None:
    shutil.rmtree(_folder(workspace, step.number), ignore_errors=True)


# Undoing.


def read_history(workspace: Workspace) -> History:
    """Return the steps that can be undone, and the undos that can be reversed."""
    done: list[Step] = []
    undone: list[Step] = []
    for step in read_steps(workspace):
        if step.kind == "undo":
            done = [each for each in done if each.number != step.of]
            undone.append(step)
        else:
            undone = [each for each in undone if each.number != step.of] if step.kind == "redo" else []
            done.append(step)
    return History(tuple(reversed(done)), tuple(reversed(undone)))


def _find(workspace: Workspace, *, redo: bool) -> tuple[Step, list[Step]]:
    """Return the step to reverse, and newer ones without effect: after a crash, or because staff restored the files."""
    history = read_history(workspace)
    idle: list[Step] = []
    for step in history.undone if redo else history.steps:
        now = ((_digest(bytes_of(workspace, workspace.root / each.file)), each) for each in step.files)
        if any(found != each.before != each.after for found, each in now):
            return step, idle
        idle.append(step)
    none = "there is nothing to undo: mailer has not changed any list"
    raise InputProblem("there is no undo to reverse" if redo else none)


def _reversed(workspace: Workspace, step: Step, file: StepFile) -> Rewrite:
    """Return the change that puts a file back, unless someone changed it since, or its copy is damaged."""
    path = workspace.root / file.file
    found = bytes_of(workspace, path)
    if _digest(found) == file.before:
        return Rewrite(path, found, found)
    if _digest(found) != file.after:
        message = f'has changed since "{step.what}" ({step.at:%d %B, %H:%M} UTC); it was left as it is'
        where = f"\nAs it was before: {file.copy}" if file.copy else ""
        hint = f"Nothing was undone, as that would lose the newer change.{where}"
        raise InputProblem(message, source=file.file, hint=hint)
    copy = bytes_of(workspace, workspace.root / file.copy) if file.copy else None
    if file.copy and _digest(copy) != file.before:
        raise InputProblem("cannot be restored: the copy is gone or damaged", source=file.file)
    return Rewrite(path, found, copy)
