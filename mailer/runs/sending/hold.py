"""Hold: nobody is taken to be sent to while the clock is in doubt.

Owns the waiting and its words. That a clock has jumped, and when the new time is believed, `platform.clocks` knows; the
times that a run lives by are right meanwhile, so that nothing expires and no lease runs out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta

from mailer.ledger import Ledger
from mailer.platform import AHEAD_S, BACK_S

_LOOK_S = 0.5


class ClockHold:
    """Waits while the clock by which a ledger lives has jumped."""

    def __init__(self, ledger: Ledger, say: Callable[[str], None], stopped: asyncio.Event) -> None:
        """Take the ledger, who hears of it, and the event that ends the waiting."""
        self._ledger = ledger
        self._say = say
        self._stopped = stopped
        self._said = False

    @property
    def is_on(self) -> bool:
        """Return whether the clock is in doubt now."""
        return self._ledger.jumped() is not None

    async def wait(self) -> None:
        """Wait until the clock is right again, or its new time is believed, or the run is stopped."""
        while not self._stopped.is_set():
            jumped = self._ledger.jumped()
            if jumped is None:
                if self._said:
                    self._said = False
                    self._say("The clock can be relied on again; going on.")
                return
            if not self._said:
                self._said = True
                self._say(_words(jumped))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), timeout=_LOOK_S)


def _words(jumped: timedelta) -> str:
    """Say by how much the clock jumped, and what is done about it."""
    seconds = abs(jumped.total_seconds())
    size = next((f"{seconds / unit:.0f} {name}" for unit, name in _UNITS if seconds >= 2 * unit), f"{seconds:.0f} s")
    way, patience_s = ("ahead", AHEAD_S) if jumped > timedelta() else ("back", BACK_S)
    limit = f"{patience_s / 60:.0f} minutes" if patience_s >= 120 else f"{patience_s:.0f} seconds"
    return (
        f"The clock jumped {size} {way}. Nobody is sent to until it is right again,"
        f" or has kept its new time for {limit}."
    )


_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
