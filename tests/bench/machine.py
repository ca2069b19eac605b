"""Machine: what the figures were taken on, and how much memory a process took at most."""

from __future__ import annotations

import os
import platform
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path


def peak_mb() -> float:
    """Return the most memory that this process (or, if larger, a child of it) ever held, in MB.

    `ru_maxrss` begins with what the parent held before exec, so Linux is asked for the peak of this address space.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))
        own = int(found[1]) * 1024 if found else own
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    return max(own, children) / 1e6


def forget_peak() -> None:
    """Let the peak begin anew, where the system can (Linux): each phase is told its own."""
    place = Path("/proc/self/clear_refs")
    if place.exists():
        place.write_text("5", "ascii")


def cpu_of_children_s() -> float:
    """Return the CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def facts() -> str:
    """Describe what the figures depend on; which machine it was is left out, as ratios are what counts."""
    return (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}, a sync to disk takes {_sync_ms():.2f} ms"
    )


def _sync_ms() -> float:
    """Return the median of fifty appends of a page, each synced, where the ledgers will lie."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begin)
    return statistics.median(took) * 1000
