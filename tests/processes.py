"""Groups of processes: a server with all that it started, ended so that nothing of it writes or listens any more."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_PATIENCE_S = 60.0


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that was started in a session of its own and all of its group, and wait until none lives."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_for_group(process.pid)


def wait_for_group(group: int) -> None:
    """Wait until no process of a group lives; one that nobody reaps is dead all the same."""
    end = time.monotonic() + _PATIENCE_S
    while _lives(group):
        assert time.monotonic() < end, f"of the processes {group} some are still there"
        time.sleep(0.01)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    states = list(_states(group))
    return not Path("/proc/self/stat").exists() or any(state not in "ZX" for state in states)


def _states(group: int) -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # gone meanwhile
            state, _, own, *_ = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(own) == group:
                yield state
