"""Private: files of ours that only their owner may read, written so that a crash leaves the old one or the new one.

Owns the writing, and the refusal to read what others can. `workspace` writes the staff's files, which keep their
permissions, in the same way; the two rooms are strangers.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mailer.errors import ConfigProblem
from mailer.platform import others_can_read, sync_folder


def refuse_exposed(path: Path, what: str = "") -> None:
    """Refuse a secret's file that others on this machine can read; `what` begins the sentence.

    Raises:
        ConfigProblem: they can.
        OSError: the file cannot be looked at.
    """
    if others_can_read(path):
        raise ConfigProblem(f"{what}{path} can be read by others on this machine", hint=f"chmod 600 {path}")


def write_private(path: Path, text: str) -> None:
    """Put a file (0600, UTF-8) in place of the one that stands there; it and its name are on disk when this returns.

    Raises:
        OSError: it cannot be written; the old one stands there unharmed.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
