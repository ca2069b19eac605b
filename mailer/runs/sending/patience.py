"""Patience: a ledger that cannot be used now may be in a minute.

Another program locks it, its disk is full, its server restarts: none of that is a reason to end a run half way, with
mail on the wire whose outcome is known and not written. What failed is tried again, for ten minutes at most; whatever
needs the ledger waits meanwhile, so that nobody new is claimed and no body begins. People are told what is waited for.

A try that failed may have been written all the same (a connection to a server can end between a commit and its
answer), so whoever tries again says so (`again`), and what is written twice must be written once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from mailer.errors import LedgerUnavailable

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
