"""Clocks: the time that is believed, whatever someone sets the clock on the wall to.

Theory of operation. Expiry, schedules and paces are moments in the ledger, so they need the clock on the wall, and that
one can be set: by a person, by a time server after a battery died, by a host that resumes a virtual machine. There is
another clock that nobody can set, and that goes on while the machine sleeps (CLOCK_BOOTTIME). It knows no date; but
between two looks both must have gone on by as much. Three rules:

1. Where both agree within a minute, the wall is right. Time servers slew and step by less.
2. Where they do not, the wall has jumped. The time goes on by the other clock, and a caller that is about to
   do something that depends on the time asks `Watch.jumped`, and waits.
3. A jump that lasts is the truth in the end: the clock was wrong before, or a virtual machine slept, which stops its
   other clock too. Ahead it is believed after ten minutes, since it makes people too late for good and may break an
   embargo; back after half a minute, since that only makes mail later.

Waking from sleep is no jump: both clocks went on. A process that begins while the wall is wrong cannot know it.
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

TOLERATED: Final = timedelta(seconds=60)
_TOLERATED_S: Final = TOLERATED.total_seconds()
AHEAD_S: Final = 600.0  # after which a jump is believed
BACK_S: Final = 30.0


def boot_s(*, platform: str = sys.platform) -> float:
    """Return the seconds of a clock that no setting moves and that goes on while the machine sleeps.

    macOS: its CLOCK_MONOTONIC goes on. Windows: the counter behind `time.monotonic` does.
    """
    clock = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(platform)
    tell: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    return tell(getattr(time, clock)) if clock and tell else time.monotonic()


class Watch:
    """Holds a clock on the wall against one that nobody sets; threads may share it."""

    def __init__(self, steady_s: Callable[[], float] = boot_s) -> None:
        """Hold the clock that nobody sets; what the wall says is told at each look."""
        self._steady_s = steady_s
        self._lock = threading.Lock()
        self._believed: tuple[datetime, float] | None = None
        self._jumped: timedelta | None = None
        self._noticed_s = 0.0

    @property
    def jumped(self) -> timedelta | None:
        """Return by how much the wall was ahead (back: less than zero) at the last look; None: it was right."""
        return self._jumped

    def believe(self, said: datetime) -> datetime:
        """Return the time that is believed, now that the wall says `said`."""
        with self._lock:
            tick = self._steady_s()
            if self._believed is not None:
                at, then = self._believed
                off_s = (said - at).total_seconds() - (tick - then)
                if abs(off_s) > _TOLERATED_S:
                    off = timedelta(seconds=off_s)
                    if self._jumped is None or abs(off - self._jumped) > TOLERATED:
                        self._noticed_s = tick
                    self._jumped = off
                    if tick - self._noticed_s < (AHEAD_S if off_s > 0 else BACK_S):
                        return at + timedelta(seconds=tick - then)
            self._jumped = None
            self._believed = (said, tick)
            return said


@functools.cache
def watch_of(_name: str) -> Watch:
    """Return the one watch of this process over a clock: this machine's, or that of a server of this name."""
    return Watch()


@functools.cache
def _beginning() -> tuple[datetime, float]:
    return datetime.now(UTC), boot_s()


def steady_now() -> datetime:
    """Return a time that no setting moves: right when this process first asked, and gone on since."""
    at, then = _beginning()
    return at + timedelta(seconds=boot_s() - then)
