"""Sampler: which lines a process spends its CPU time on, thread by thread, while it works.

A timer interrupts the main thread a few hundred times a second. Each time, the CPU time that a thread has used since
the last is booked on where it stands. A profiler that is called at each function call would make small functions look
expensive; this one costs about a hundredth. Time in which a thread waits (for the disk, the relay, the lock of the
interpreter) is not counted: it is what is left of the wall clock.

Known gap: threads but the main one are seen where they hand over the interpreter's lock, which is mostly at a call into
SQLite. Which room and which function of ours is right; what stands under `outside` is not, for them.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Self

import mailer

_EVERY_S = 0.002
_PACKAGE = str(Path(mailer.__file__).parent)
_HERE = str(Path(__file__).parent)


class Sampler:
    """Samples from `__enter__` to `__exit__`; `seconds` then has CPU seconds by (place, what is called from there)."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._used: dict[int, float] = {}
        self._looking = False

    def __enter__(self) -> Self:
        """Begin to look; call it from the main thread."""
        self._look({})
        signal.signal(signal.SIGALRM, self._ring)
        # by the clock and not by CPU time: it wakes the main thread, so that others are seen while they are at work
        signal.setitimer(signal.ITIMER_REAL, _EVERY_S, _EVERY_S)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop looking."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        del number
        if self._looking:  # the machine is so busy that it rings again before we have looked
            return
        self._looking = True
        frames = sys._current_frames()
        if frame is not None:
            frames[threading.main_thread().ident or 0] = frame
        self._look(frames)
        main = threading.main_thread().ident or 0
        self._used[main] = time.clock_gettime(time.pthread_getcpuclockid(main))  # looking is no part of the work
        self._looking = False

    def _look(self, frames: dict[int, FrameType]) -> None:
        for thread in threading.enumerate():
            ident = thread.ident or 0
            try:
                used = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except OSError:  # it ended since it was listed
                continue
            spent = used - self._used.get(ident, 0.0)
            self._used[ident] = used
            if ident in frames and spent > 0:
                self.seconds[_place(frames[ident])] += spent


def _place(frame: FrameType) -> tuple[str, str]:
    """Return the innermost line of ours on the stack (`ledger/deliveries.claim`), and what runs below it."""
    called = _library(frame)
    here: FrameType | None = frame
    while here is not None:
        file = here.f_code.co_filename
        if file.startswith(_PACKAGE):
            name = Path(file).relative_to(_PACKAGE).with_suffix("").as_posix()
            return f"{name}.{here.f_code.co_qualname}", "" if here is frame else called
        if file.startswith(_HERE):
            break
        here = here.f_back
    return "asyncio and threads", called


def _library(frame: FrameType) -> str:
    """Name what is at work in an outside library: `sqlalchemy/engine/default.do_execute`."""
    parts = Path(frame.f_code.co_filename).with_suffix("").parts
    below = parts[parts.index("site-packages") + 1 :] if "site-packages" in parts else parts[-2:]
    return f"{'/'.join(below)}.{frame.f_code.co_name}"
