"""Desks: record opt-outs and answers from the opt-out page.

Owns the protocol `Desk`, the desk with a ledger (the one without is in `spool`), and the recorder of both: many
requests, one commit. A desk verifies tokens, knows what a page shows, and returns from `take` only when the act is on
disk: the recorder takes the requests that came in since its last commit, commits them together, and answers each only
then. So an answer is a promise, and a disk that syncs a hundred times a second serves thousands of requests.
Raises `LedgerProblem` or `OSError` if it cannot record; an error of one entry fails only that entry.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from mailer.frozen import dataclass, field
from mailer.ledger import Ledger
from mailer.platform import alone
from mailer.runs.embargo import answer_by_link
from mailer.runs.office import Office
from mailer.runs.people.link_page import House, LinkPages, OfferShown, Shown
from mailer.runs.suppressions.opt_out import Honoured, Spooled, honour_acts
from mailer.tokens import Keys, OptOutKeys

_Waiting: TypeAlias = tuple[Spooled, asyncio.Future[bool]]
_LOOKS_AT_ONCE = 4
_MOST: Final = 500
_QUICK_S: Final = 1.0


@dataclass(slots=True)
class Recorder:
    """Commits entries in groups with `commit`, which returns a result for each once all are on disk."""

    commit: Callable[[Sequence[Spooled]], Sequence[bool]]
    _queue: asyncio.Queue[_Waiting | None] = field(default_factory=asyncio.Queue, repr=False)
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the loop that will ask."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Commit what was asked for, and end."""
        if self._task is not None:
            self._queue.put_nowait(None)
            await self._task

    async def put(self, entry: Spooled) -> bool:
        """Write an entry; return its result once it is committed.

        Raises:
            Exception: what `commit` raised for it; then it is not committed.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((entry, future))
        return await future

    async def _run(self) -> None:
        batch: list[_Waiting | None] = []
        while None not in batch:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < _MOST:  # and those that came in since
                batch.append(self._queue.get_nowait())
            await self._write([each for each in batch if each is not None])

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        began, results, failure = time.monotonic(), [False] * len(batch), None
        try:
            results = list(await asyncio.to_thread(self.commit, [entry for entry, _ in batch])) if batch else []
        except Exception as error:  # noqa: BLE001 - passed on to the caller
            # with a full disk or a busy database, each would wait again; other errors may concern one entry only
            if len(batch) > 1 and time.monotonic() - began < _QUICK_S and not isinstance(error, OSError):
                for each in batch:
                    await self._write([each])
                return
            failure = error
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():  # the caller has gone, but the entry is written
                continue
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)


class Desk(Protocol):
    """Records opt-outs."""

    @property
    def keys(self) -> Keys | OptOutKeys:
        """Return the keys that tokens are verified with."""

    @property
    def house(self) -> House:
        """Return the sender, for pages without a mail."""

    def now(self) -> datetime:
        """Return the time, aware."""

    async def open(self) -> None:
        """Begin, in the loop that will ask."""

    async def close(self) -> None:
        """Stop, once every request is on disk."""

    async def look(self, delivery: bytes) -> Shown:
        """Return the contents of the page for a genuine token; changes nothing."""

    async def take(self, order: Spooled) -> bool:
        """Record an act by a genuine token; return once it is on disk. False: an undo that came too late."""

    async def look_offer(self, delivery: bytes) -> OfferShown | None:
        """Return the contents of an offer's page; None if it is unknown here. Changes nothing."""

    async def answer_offer(self, delivery: bytes, verdict: str) -> None:
        """Record an answer to an offer; return once it is on disk."""

    async def is_well(self) -> bool:
        """Return whether an opt-out could be recorded now."""


@dataclass(slots=True)
class LedgerDesk:
    """A desk with the ledger: an opt-out takes effect before the next mail goes out."""

    office: Office
    ledger: Ledger
    house: House
    keys: Keys = field(init=False, repr=False)
    now: Callable[[], datetime] = field(init=False, repr=False)
    _recorder: Recorder = field(init=False, repr=False)
    _pages: LinkPages = field(init=False, repr=False)
    _looks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LOOKS_AT_ONCE), init=False, repr=False)
    _turn: Path | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the recorder and the pages."""
        self.keys, self.now = self.office.keys, self.office.clock
        self._recorder = Recorder(self._commit)
        self._pages = LinkPages(self.ledger, self.house)

    async def open(self) -> None:
        """Begin."""
        if self.ledger.on_this_machine:
            self._turn = self.office.workspace.make_machine_folder("run") / "serve.lock"
        self._recorder.start()

    async def close(self) -> None:
        """Commit what was asked for, and end."""
        await self._recorder.stop()

    async def look(self, delivery: bytes) -> Shown:
        """Read the contents of a link's page."""
        async with self._looks:
            return await asyncio.to_thread(self._pages.look, delivery, now=self.now())

    async def take(self, order: Spooled) -> bool:
        """Commit an act, together with those that came at the same time."""
        return await self._recorder.put(order)

    async def look_offer(self, delivery: bytes) -> OfferShown | None:
        """Read the contents of an offer's page."""
        async with self._looks:
            return await asyncio.to_thread(self._pages.look_offer, delivery)

    async def answer_offer(self, delivery: bytes, verdict: str) -> None:
        """Commit an answer to an offer."""

        def commit() -> None:
            with self._in_turn(), self.ledger.writing() as connection:
                answer_by_link(connection, self.office, delivery, verdict)

        await asyncio.to_thread(commit)

    async def is_well(self) -> bool:
        """Return whether the ledger can be read."""
        async with self._looks:
            await asyncio.to_thread(self._pages.look, b"\0" * 8, now=self.now())
        return True

    def _commit(self, orders: Sequence[Spooled]) -> list[bool]:
        acts = [each.act for each in orders]
        with self._in_turn(), self.ledger.writing() as connection:
            honoured = Honoured()
            honour_acts(connection, self.office, acts, honoured)
        return [act.delivery in honoured.undone for act in acts]

    def _in_turn(self) -> AbstractContextManager[None]:
        """Let the processes of an SQLite ledger take turns: SQLite makes waiting writers sleep longer each time."""
        return alone(self._turn) if self._turn else contextlib.nullcontext()
