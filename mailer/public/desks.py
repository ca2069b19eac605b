"""Desks: who stands behind the opt-out page, and writes down what is said.

Owns the protocol `Desk`, and the desk with a ledger at hand; the one without is in `spool`. A desk verifies tokens,
knows what a page shows, and returns from `take` only when the act is on disk.
Raises `LedgerProblem`, `OSError` where it cannot.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.platform import alone
from mailer.public.recorder import Recorder
from mailer.runs.office import Office
from mailer.runs.people.link_page import House, LinkPages, Shown
from mailer.runs.suppressions.link_optouts import Act, honour_acts
from mailer.tokens import Keys, OptOutKeys

_LOOKS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Order:
    """An act, and the genuine token by which it came."""

    token: str
    act: Act


class Desk(Protocol):
    """Who takes opt-outs down."""

    @property
    def keys(self) -> Keys | OptOutKeys:
        """Return the keys that tokens are verified with."""

    @property
    def house(self) -> House:
        """Return who sends, for pages of links that name no mail."""

    def now(self) -> datetime:
        """Return the time, aware."""

    async def open(self) -> None:
        """Begin, in the loop that will ask."""

    async def close(self) -> None:
        """End, when all that was asked for is on disk."""

    async def look(self, delivery: bytes) -> Shown:
        """Return what the page of a genuine token shows; changes nothing."""

    async def take(self, order: Order) -> bool:
        """Write down an act; returns when it is on disk. False: an undo that came too late."""

    async def is_well(self) -> bool:
        """Return whether an opt-out could be taken now."""


@dataclass(slots=True)
class LedgerDesk:
    """A desk with the ledger at hand: what is said stands before the next mail goes out."""

    office: Office
    ledger: Ledger
    house: House
    _recorder: Recorder[Order] = field(init=False, repr=False)
    _pages: LinkPages = field(init=False, repr=False)
    _looks: asyncio.Semaphore = field(init=False, repr=False)
    _turn: Path | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Join what it works with."""
        self._recorder = Recorder(self._commit)
        self._pages = LinkPages(self.ledger, self.house)
        self._looks = asyncio.Semaphore(_LOOKS_AT_ONCE)

    @property
    def keys(self) -> Keys:
        """Return the workspace's keys."""
        return self.office.keys

    def now(self) -> datetime:
        """Return the ledger's time."""
        return self.office.clock()

    async def open(self) -> None:
        """Hold the keys against the ledger, and begin.

        Raises:
            LedgerProblem: a key is missing or different: no opt-out could be found again.
        """
        with self.ledger.writing() as connection:
            check_keys(connection, self.office.keys)
        if self.ledger.on_this_machine:
            self._turn = self.office.workspace.make_machine_folder("run") / "serve.lock"
        self._recorder.start()

    async def close(self) -> None:
        """Commit what was asked for, and end."""
        await self._recorder.stop()

    async def look(self, delivery: bytes) -> Shown:
        """Read what the page of a link shows."""
        async with self._looks:
            return await asyncio.to_thread(self._pages.look, delivery, now=self.now())

    async def take(self, order: Order) -> bool:
        """Commit an act, together with those that came at the same time."""
        return await self._recorder.put(order)

    async def is_well(self) -> bool:
        """Return whether the ledger can be read."""
        async with self._looks:
            await asyncio.to_thread(self._pages.look, b"\0" * 8, now=self.now())
        return True

    def _commit(self, orders: Sequence[Order]) -> list[bool]:
        acts = [each.act for each in orders]
        # processes of an SQLite ledger take turns: it makes those who wait sleep longer and longer
        with alone(self._turn) if self._turn else contextlib.nullcontext(), self.ledger.writing() as connection:
            told = honour_acts(connection, self.office, acts)
        return [act.delivery in told.undone for act in acts]
