"""Private: files of ours that only their owner may read, written so that a crash leaves the old one or the new one.

Owns the writing. `workspace` does the same for the staff's files, which keep their permissions; the two rooms are
strangers.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


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
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
