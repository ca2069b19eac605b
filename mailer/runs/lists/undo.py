"""Undo: the last change of the lists is put back, and an undo itself too.

Owns which step that is and whether it still can be: a file that somebody changed since is left alone, and told.
Raises `InputProblem`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mailer.errors import InputProblem
from mailer.runs.lists.rewrite import Rewrite, apply_step, bytes_of, changing
from mailer.runs.lists.steps import REDO, UNDO, NewStep, Step, StepFile, digest_of, drop_step, next_steps, read_steps
from mailer.workspace import Workspace

_UNDONE: Final = "undone: "


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file of a step as people know it, the copy of what it was, and whether the step made or removed it."""

    file: str
    copy: str | None
    created: bool
    removed: bool


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as people know it."""

    number: int
    what: str
    at: datetime
    kind: str
    files: tuple[FileShown, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The steps that can be undone, and the undos that can be taken back, the newest first."""

    steps: tuple[StepShown, ...]
    undone: tuple[StepShown, ...]


@dataclass(frozen=True, slots=True)
class Becoming:
    """What becomes of a file, in words."""

    file: str
    becomes: str


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The step that is reversed and what becomes of its files; `written` is None until that is decided."""

    step: StepShown
    redo: bool
    files: tuple[Becoming, ...]
    written: bool | None = None


def read_history(workspace: Workspace) -> History:
    """Return what can be undone, and what can be taken back."""
    done, undone = next_steps(read_steps(workspace))
    return History(
        tuple(_shown(workspace, each) for each in reversed(done)),
        tuple(_shown(workspace, each) for each in reversed(undone)),
    )


def _shown(workspace: Workspace, step: Step) -> StepShown:
    files = tuple(
        FileShown(
            workspace.show(each.path), workspace.show(each.copy) if each.copy else None, not each.before, not each.after
        )
        for each in step.files
    )
    return StepShown(step.number, step.what, step.at, step.kind, files)


def _becoming(workspace: Workspace, change: Rewrite) -> Becoming:
    becomes = "is put back" if change.was is not None else "comes back"
    if change.was == change.data:
        becomes = "is so already"
    elif change.data is None:
        becomes = "is removed"
    return Becoming(workspace.show(change.path), becomes)


def plan_undo(workspace: Workspace, *, redo: bool = False) -> UndoPlan:
    """Return the step that `undo_step` would reverse (the last one that did something), and what becomes of its files.

    Raises:
        InputProblem: there is none, or a file has changed since.
    """
    step, _ = _find(workspace, redo=redo)
    changes = [_reversed(workspace, step, each) for each in step.files]
    return UndoPlan(_shown(workspace, step), redo, tuple(_becoming(workspace, each) for each in changes))


def _find(workspace: Workspace, *, redo: bool) -> tuple[Step, list[Step]]:
    """That step, and those after it that changed nothing: a crash came first, or somebody put all back by hand."""
    done, undone = next_steps(read_steps(workspace))
    idle: list[Step] = []
    for step in reversed(undone if redo else done):
        if any(digest_of(bytes_of(workspace, each.path)) != each.before != each.after for each in step.files):
            return step, idle
        idle.append(step)
    raise InputProblem(
        "there is no undo that could be taken back" if redo else "there is nothing to undo: no list was changed by us"
    )


def undo_step(workspace: Workspace, *, now: datetime, redo: bool = False) -> Step:
    """Put the files of the last step back as they were before it, as a step of its own; return the step reversed.

    With `redo` the last undo is taken back. After a crash in the middle of a step only some of its files are changed;
    those are put back.

    Raises:
        InputProblem: there is nothing to undo, or a file has changed since; nothing is changed then.
    """
    with changing(workspace):
        step, idle = _find(workspace, redo=redo)
        changes = [_reversed(workspace, step, each) for each in step.files]
        what = step.what.removeprefix(_UNDONE) if redo else f"{_UNDONE}{step.what}"
        apply_step(workspace, changes, NewStep(what, now, REDO if redo else UNDO, step.number))
        for each in idle:
            drop_step(each)
    return step


def _reversed(workspace: Workspace, step: Step, file: StepFile) -> Rewrite:
    found = bytes_of(workspace, file.path)
    if digest_of(found) == file.before:
        return Rewrite(file.path, found, found)
    if digest_of(found) != file.after:
        where = f"\nAs it was before: {workspace.show(file.copy)}" if file.copy else ""
        raise InputProblem(
            f'has changed since "{step.what}" ({step.at:%d %B, %H:%M} UTC); it was left as it is',
            source=workspace.show(file.path),
            hint=f"Nothing was undone, as that would lose the newer change.{where}",
        )
    copy = bytes_of(workspace, file.copy) if file.copy else None
    if file.copy is not None and digest_of(copy) != file.before:
        raise InputProblem("cannot be put back: the copy is gone or damaged", source=workspace.show(file.path))
    return Rewrite(file.path, found, copy)
