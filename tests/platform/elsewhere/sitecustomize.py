"""What Python lacks on Windows is taken away, here and in every child: put this folder into PYTHONPATH.

Python imports a module of this name when it starts. `msvcrt` is a stand-in that locks as the real one does: a byte of
an open file, for this process alone, at once or not at all, and refused with "permission denied".
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Callable
from typing import Any

_locked = fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB


def locking(handle: int, mode: int, count: int) -> None:
    assert (mode, count) == (2, 1)
    flock, exclusive = _locked
    try:
        flock(handle, exclusive)
    except BlockingIOError as error:
        raise PermissionError(13, "Permission denied") from error


def refuse(*_: object) -> None:
    raise NotImplementedError


def wary(act: Callable[..., Any], is_refused: Callable[[str], bool], count: int = 1) -> Callable[..., Any]:
    """Return a function of `os` that refuses some of its first arguments, which are paths."""

    def done(*args: Any, **named: Any) -> Any:
        if any(isinstance(each, str | os.PathLike) and is_refused(os.fspath(each)) for each in args[:count]):
            raise PermissionError(13, "Permission denied", args[0])
        return act(*args, **named)

    return done


def is_open(path: str) -> bool:
    path = os.path.realpath(path)
    opened = (os.path.realpath(f"/proc/self/fd/{each}") for each in range(3, 256))
    return path in opened


os.open = wary(os.open, os.path.isdir)
os.unlink = os.remove = wary(os.unlink, is_open)
os.rename, os.replace = wary(os.rename, is_open, 2), wary(os.replace, is_open, 2)

stand_in = types.ModuleType("msvcrt")
stand_in.__dict__.update(LK_NBLCK=2, locking=locking)
sys.modules["msvcrt"] = stand_in
for name in ("fcntl", "grp", "pwd", "resource"):
    sys.modules[name] = None  # type: ignore[assignment]  # Python's own mark of what cannot be imported
for module, names in {
    os: (
        *("O_DIRECTORY", "chown", "fork", "getegid", "geteuid", "getgid", "getuid", "pread", "pwrite", "setuid"),
        *("statvfs", "wait"),
    ),
    signal: ("SIGHUP", "SIGXCPU", "pthread_sigmask"),
    time: ("clock_gettime",),
}.items():
    for name in names:
        delattr(module, name)
shutil._use_fd_functions = False  # type: ignore[attr-defined]  # which open folders
tempfile.TemporaryFile = tempfile.NamedTemporaryFile  # type: ignore[assignment]  # as Python has it there
asyncio.SelectorEventLoop.add_signal_handler = refuse  # type: ignore[assignment,method-assign]
