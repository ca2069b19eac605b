"""Patience: a ledger that cannot be used now may be in a minute.

Another program locks it, its disk is full, its server restarts: none of that is a reason to end a run half way, with
mail on the wire whose outcome is known and not written. What failed is tried again, for ten minutes at most; whatever
needs the ledger waits meanwhile, so that nobody new is claimed and no body begins. People are told what is waited for.

A try that failed may have been written all the same (a connection to a server can end between a commit and its
answer), so whoever tries again says so (`again`), and what is written twice must be written once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import TypeVar

from mailer.errors import LedgerUnavailable
from mailer.ledger import Ledger
from mailer.platform import AHEAD_S, BACK_S

_T = TypeVar("_T")
_QUIET_S = 3.0  # nobody is bothered with less
_AGAIN_S = 0.5


class Patience:
    """How long one run waits for its ledger."""

    def __init__(self, limit_s: float, say: Callable[[str], None]) -> None:
        """Take for how many seconds in a row, and who is told."""
        self._limit_s = limit_s
        self._say = say
        self._waiting = False

    async def of(self, work: Callable[[bool], _T], thread: Executor | None = None) -> _T:
        """Do something with the ledger in a thread, again and again while it is unavailable; return its result.

        `work` is told whether it was tried before.

        Raises:
            LedgerUnavailable: it still is, and patience is at its end; from then on each work is tried once.
        """
        loop = asyncio.get_running_loop()
        begun, again = loop.time(), False
        reminder = loop.call_later(_QUIET_S, self._tell, "the ledger does not answer")
        try:
            while True:
                try:
                    done = await loop.run_in_executor(thread, work, again)
                except LedgerUnavailable as error:
                    if loop.time() - begun >= self._limit_s:
                        self.end()
                        raise
                    self._tell(str(error))
                    again = True
                    await asyncio.sleep(_AGAIN_S)
                else:
                    break
        finally:
            reminder.cancel()
        if self._waiting:
            self._waiting = False
            self._say("the ledger can be used again; sending goes on")
        return done

    def end(self) -> None:
        """Wait no more: the run is over, or somebody wants it to be."""
        self._limit_s = 0.0

    def _tell(self, why: str) -> None:
        if not self._waiting:
            self._waiting = True
            minutes = self._limit_s / 60
            self._say(f"{why}. Waiting for it, {minutes:.0f} minutes at most; nothing new is sent meanwhile")


# Hold: nobody is taken to be sent to while the clock is in doubt. That a clock has jumped, and when the new time is
# believed, `platform.clocks` knows. The times that a run lives by are right meanwhile, so nothing expires and no lease
# runs out.

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
    """Return by how much the clock jumped, and what is done about it."""
    seconds = abs(jumped.total_seconds())
    size = next((f"{seconds / unit:.0f} {name}" for unit, name in _UNITS if seconds >= 2 * unit), f"{seconds:.0f} s")
    way, patience_s = ("ahead", AHEAD_S) if jumped > timedelta() else ("back", BACK_S)
    limit = f"{patience_s / 60:.0f} minutes" if patience_s >= 120 else f"{patience_s:.0f} seconds"
    return (
        f"The clock jumped {size} {way}. Nobody is sent to until it is right again,"
        f" or has kept its new time for {limit}."
    )


_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
