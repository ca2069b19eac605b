"""Steps: what was done to the lists, and the files as they were before, in `.mailer/undo/`.

Owns the folder of each step (`000012/`: `step.json`, and a copy of each file that was changed or removed, 0600), which
step is the next to undo, and how many are kept. A step is on disk before the first file changes, so after a crash
`undo` knows each file by its SHA-256: as before, as after, or changed by somebody since. Never changes a list.
Raises `InputProblem`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mailer.errors import InputProblem
from mailer.platform import sync_folder
from mailer.workspace import Workspace, write_atomically

CHANGE: Final = "change"
UNDO: Final = "undo"
REDO: Final = "redo"
KEPT: Final = 50
KEPT_ANYWAY: Final = 10
KEPT_BYTES: Final = 500_000_000  # beyond the newest ten
_FORM: Final = 1

FileChange = tuple[Path, bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class NewStep:
    """What a step is: in words, when, and of which kind; `of` is the step that an undo or redo reverses."""

    what: str
    at: datetime
    kind: str
    of: int = 0


@dataclass(frozen=True, slots=True)
class StepFile:
    """A file of a step: SHA-256 before and after ("" where there was none), and the copy of what it was."""

    path: Path
    before: str
    after: str
    copy: Path | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was done."""

    number: int
    what: str
    at: datetime
    kind: str
    of: int
    files: tuple[StepFile, ...]
    folder: Path


def digest_of(data: bytes | None) -> str:
    """Return the SHA-256 of a file's bytes, or nothing where there is no file."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def add_step(workspace: Workspace, new: NewStep, files: Sequence[FileChange]) -> Step:
    """Put a step on disk before it is done.

    Raises:
        InputProblem: it cannot be written.
    """
    base = workspace.make_machine_folder("undo")
    for half_written in base.glob(".new-*"):
        shutil.rmtree(half_written, ignore_errors=True)
    number = max((step.number for step in read_steps(workspace)), default=0) + 1
    folder = base / f"{number:06}"
    try:
        making = Path(tempfile.mkdtemp(prefix=".new-", dir=base))
        entries = [_write_copy(workspace, making, position, each) for position, each in enumerate(files)]
        document = {
            "form": _FORM,
            "what": new.what,
            "at": new.at.isoformat(),
            "kind": new.kind,
            "of": new.of,
            "files": entries,
        }
        write_atomically(making / "step.json", _json(document), mode=0o600)
        making.replace(folder)
        sync_folder(base)
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(base)) from None
    return _read_step(workspace, folder)


def _write_copy(workspace: Workspace, folder: Path, position: int, change: FileChange) -> dict[str, Any]:
    path, before, after = change
    copy = f"{position}-{path.name}" if before is not None else None
    if copy is not None and before is not None:
        write_atomically(folder / copy, before, mode=0o600)
    return {"path": workspace.show(path), "before": digest_of(before), "after": digest_of(after), "copy": copy}


def read_steps(workspace: Workspace) -> list[Step]:
    """Read the steps that are kept, the oldest first. Creates nothing.

    Raises:
        InputProblem: one of them cannot be read.
    """
    base = workspace.machine / "undo"
    folders = sorted(each for each in base.iterdir() if each.name.isdecimal()) if base.is_dir() else []
    return [_read_step(workspace, folder) for folder in folders]


def _read_step(workspace: Workspace, folder: Path) -> Step:
    try:
        document = json.loads((folder / "step.json").read_bytes())
        files = tuple(
            StepFile(
                workspace.root / each["path"],
                each["before"],
                each["after"],
                folder / each["copy"] if each["copy"] else None,
            )
            for each in document["files"]
        )
        at = datetime.fromisoformat(document["at"])
        return Step(int(folder.name), document["what"], at, document["kind"], document["of"], files, folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputProblem(
            f"is a step for undo that cannot be read: {error}",
            source=workspace.show(folder),
            hint="The copies in it are whole files. Move the folder away to go on without it.",
        ) from None


def next_steps(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Return the steps that can be undone and the undos that can be taken back, each with the next one last."""
    done: list[Step] = []
    undone: list[Step] = []
    for step in steps:
        if step.kind == UNDO:
            done = [each for each in done if each.number != step.of]
            undone.append(step)
        elif step.kind == REDO:
            undone = [each for each in undone if each.number != step.of]
            done.append(step)
        else:
            done.append(step)
            undone = []
    return done, undone


def drop_step(step: Step) -> None:
    """Forget a step that was not done after all."""
    shutil.rmtree(step.folder, ignore_errors=True)


def prune_steps(workspace: Workspace) -> None:
    """Keep the newest steps: fifty at most, and of the older ones no more than fit into 500 MB."""
    size = 0
    for age, step in enumerate(reversed(read_steps(workspace))):
        size += sum(each.copy.stat().st_size for each in step.files if each.copy and each.copy.exists())
        if age >= KEPT or (age >= KEPT_ANYWAY and size > KEPT_BYTES):
            drop_step(step)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
