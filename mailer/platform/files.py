"""Files: locks that processes hold, files that are put in place whole, and names that last.

Theory of operation. A lock is one of the kernel's, on an open file: it ends with the process that holds it, however
that ends, so a lock file that lies about after a crash locks nobody out. What is locked is always a file of its own,
never a folder, which Windows cannot lock, and never a file that is replaced, since a lock stays with the old one.

POSIX has `flock`. Windows has `msvcrt.locking`: it locks bytes, here the first one, though the file has none; it knows
no shared locks, and does not wait for longer than ten seconds, so waiting is asking again.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mailer.platform.modules import find

_fcntl, _msvcrt = find("fcntl"), find("msvcrt")
_AGAIN_S: Final = 0.02


def hold(path: Path) -> int:
    """Acquire the lock of a file (0600, made where it is missing); return a handle that holds it until it is closed.

    Raises:
        BlockingIOError: another holds it.
        OSError: the file cannot be opened.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not _take(handle):
        os.close(handle)
        raise BlockingIOError(f"{path} is locked")
    return handle


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file while the block runs, once all who came before are done.

    Raises:
        OSError: the file cannot be opened.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _take(handle, wait=True):
            time.sleep(_AGAIN_S)
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; nobody holds that of one that is not there."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _take(handle, shared=True)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove the file of a lock that nobody holds. Where Windows keeps it, since somebody looks, it means nothing."""
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)


def _take(handle: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Acquire a lock; `shared` is for a look: two who look at the same time must not take each other for the owner.

    On Windows they do, and find out at the next look.
    """
    try:
        if _fcntl is None:
            _msvcrt.locking(handle, _msvcrt.LK_NBLCK, 1)
        else:
            mode = _fcntl.LOCK_SH if shared else _fcntl.LOCK_EX
            _fcntl.flock(handle, mode if wait else mode | _fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # as POSIX says it, and as Windows does
        return False
    return True


def replace_file(path: Path, data: bytes, *, mode: int = 0o600, new: bool = False) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one; it is on disk when this returns.

    Raises:
        FileExistsError: it is to be `new`, and there is one already, which stays.
        OSError: it cannot be written; the old one is there unharmed.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mailer-", suffix=".tmp")  # mkstemp makes it 0600
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode != 0o600:
            beside.chmod(mode)
        if new:
            os.link(beside, path)  # refuses to replace
        else:
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk: else a power loss could take that of a new file. Windows does so by itself.

    Raises:
        OSError: it cannot be done.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
