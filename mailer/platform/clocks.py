"""Clocks: a time that can be trusted, whatever the wall clock is set to.

Theory of operation. Expiry, schedules and pacing are times in the ledger, so they need the wall clock, and that one can
be set: by a person, by a time server after a battery died, by a host that resumes a virtual machine. There is another
clock, the steady one, that nobody can set and that goes on while the machine sleeps (CLOCK_BOOTTIME). It knows no date;
but between two checks both must have advanced by the same amount. Three rules:

1. Where both agree within a minute, the wall clock is right. Time servers slew and step by less.
2. Where they do not, the wall clock has jumped. The time advances by the steady clock, and a caller whose next step
   depends on the time checks `Watch.jumped`, and waits.
3. A jump that lasts is accepted in the end: the clock was wrong before, or a virtual machine slept, which stops its
   steady clock too. A jump ahead is accepted after ten minutes, since it expires mail for good and may break an
   embargo; a jump back after half a minute, since that only makes mail later.

Waking from sleep is no jump: both clocks advanced. A process that starts while the wall clock is wrong cannot notice.
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
AHEAD_S: Final = 600.0  # after which a jump is accepted
BACK_S: Final = 30.0


def boot_s(*, platform: str = sys.platform) -> float:
    """Return the seconds of a clock that no setting moves and that goes on while the machine sleeps.

    On macOS CLOCK_MONOTONIC goes on; on Windows the counter behind `time.monotonic` does.
    """
    clock = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(platform)
    read: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    return read(getattr(time, clock)) if clock and read else time.monotonic()


class Watch:
    """Checks a wall clock against a steady one, which nobody can set; threads may share it."""

    def __init__(self, steady_s: Callable[[], float] = boot_s) -> None:
        """Take the steady clock; each `check` brings a reading of the wall clock."""
        self._steady_s = steady_s
        self._lock = threading.Lock()
        self._trusted: tuple[datetime, float] | None = None
        self._jumped: timedelta | None = None
        self._noticed_s = 0.0

    @property
    def jumped(self) -> timedelta | None:
        """Return by how much the wall clock was ahead (back: less than zero) at the last check; None: it was right."""
        return self._jumped

    def check(self, wall: datetime) -> datetime:
        """Return the time to go by, where the wall clock shows `wall`."""
        with self._lock:
            tick = self._steady_s()
            if self._trusted is not None:
                at, then = self._trusted
                off_s = (wall - at).total_seconds() - (tick - then)
                if abs(off_s) > _TOLERATED_S:
                    off = timedelta(seconds=off_s)
                    if self._jumped is None or abs(off - self._jumped) > TOLERATED:
                        self._noticed_s = tick
                    self._jumped = off
                    if tick - self._noticed_s < (AHEAD_S if off_s > 0 else BACK_S):
                        return at + timedelta(seconds=tick - then)
            self._jumped = None
            self._trusted = (wall, tick)
            return wall


@functools.cache
def watch_of(_name: str) -> Watch:
    """Return the one watch of this process over a clock: this machine's, or that of a server of this name."""
    return Watch()


@functools.cache
def _beginning() -> tuple[datetime, float]:
    return datetime.now(UTC), boot_s()


def steady_now() -> datetime:
    """Return a time that no setting moves: the wall clock's at the first call, advanced by the steady clock."""
    at, then = _beginning()
    return at + timedelta(seconds=boot_s() - then)
