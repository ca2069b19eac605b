"""Limits: how much processor time and memory the kernel lets this process take.

POSIX has `setrlimit`, Linux says how much memory is taken already. Where there is none of that (Windows; for memory,
macOS), nothing is limited: the caller's own clock is what is left.
"""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

from mailer.platform.modules import find

_resource = find("resource")


def limit(*, seconds: int, megabytes: int) -> None:
    """Allow this process so much on top of what it has used."""
    if _resource is None:
        return
    used = _resource.getrusage(_resource.RUSAGE_SELF)
    wanted = {
        _resource.RLIMIT_CORE: 0,
        _resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + 1 + seconds,
    }
    with contextlib.suppress(OSError):  # macOS has no such file, and keeps no such limit
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        wanted[_resource.RLIMIT_AS] = pages * _resource.getpagesize() + (megabytes << 20)
    for which, soft in wanted.items():
        _, hard = _resource.getrlimit(which)
        _resource.setrlimit(which, (soft if hard == _resource.RLIM_INFINITY else min(soft, hard), hard))


def ended_for_time(code: int) -> bool:
    """Return whether a process that ended with this code was ended by the kernel for the processor time it took."""
    return _resource is not None and code == -getattr(signal, "SIGXCPU", 0)
