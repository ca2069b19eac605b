"""Private: files of ours that only their owner may read, written so that a crash leaves the old one or the new one.

Owns their mode (0600) and the writing. `workspace` does the same for the staff's files, which keep their permissions;
the two rooms are strangers.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

from mailer.errors import ConfigProblem
from mailer.platform import others_can_read, sync_folder

_MAX_BYTES: Final = 100_000  # what is longer is no key and no password


def read_private(path: Path, whose: str = "") -> bytes:
    """Read a private file; `whose` begins the sentence that refuses it (`relay main: `).

    Raises:
        ConfigProblem: others can read it.
        OSError: it cannot be read.
    """
    if others_can_read(path):
        raise ConfigProblem(f"{whose}{path} can be read by others on this machine", hint=f"chmod 600 {path}")
    with path.open("rb") as file:
        return file.read(_MAX_BYTES)


def write_private(path: Path, text: str) -> None:
    """Put a file (0600, UTF-8) in place of the one that stands there; it and its name are on disk when this returns.

    Raises:
        OSError: it cannot be written; the old one stands there unharmed.
    """
    name = _write_beside(path, text)
    try:
        name.replace(path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_new(path: Path, text: str) -> None:
    """Write a file as `write_private` does, where there is none yet; whoever comes second leaves the first one's.

    Raises:
        OSError: it cannot be written, and nothing of it is left.
    """
    name = _write_beside(path, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(name, path)  # refuses to replace
    finally:
        name.unlink()
    sync_folder(path.parent)


def _write_beside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
