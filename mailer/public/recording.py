"""Recording: opt-outs and answers to offers, from the pages behind the links of mails; with a ledger or without one.

A recorder holds the keys of the tokens, knows what a page shows, and returns from `take` only when the act is on disk:
its task takes the requests that came in since its last commit, commits them together, and answers each only then. So an
answer is a promise, and a disk that syncs a hundred times a second serves thousands of requests. Raises `LedgerProblem`
or `OSError` if it cannot record; an error of one entry fails only that entry.

A host without a ledger has only the opt-out keys, and no addresses: each act is a line in an append-only file, one for
each process and day (0600, synced before a request is answered). It reads back no more than the last hour, from all
processes, and never deletes. After a write that failed half-way, a new file is begun, so that a torn line is always the
last line of a file, which the import skips: it was never answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from mailer.ledger import Ledger
from mailer.platform import alone, sync_folder
from mailer.runs.offers import answer_by_link
from mailer.runs.office import Office
from mailer.runs.people.link_page import House, LinkPages, OfferShown, Shown
from mailer.runs.suppressions.opt_out import (
    PATTERN,
    UNDO_FOR,
    Act,
    Honoured,
    LinkWish,
    Spooled,
    honour_acts,
    line_of,
    parse_line,
)
from mailer.tokens import Keys, OptOutKeys, Purpose, parse_token

_Waiting: TypeAlias = tuple[Spooled, asyncio.Future[bool]]
_LOOKS_AT_ONCE = 4
_MOST: Final = 500
_QUICK_S: Final = 1.0


class OptOutRecorder(ABC):
    """Records opt-outs; `house` is the sender on pages without a mail, `now` the time, aware."""

    def __init__(self, keys: Keys | OptOutKeys, house: House, now: Callable[[], datetime]) -> None:
        self.keys, self.house, self.now = keys, house, now
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start, in the event loop of the callers."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop, once every request is on disk."""
        if self._task is not None:
            self._queue.put_nowait(None)
            await self._task

    @abstractmethod
    async def look(self, delivery: bytes) -> Shown:
        """Return the contents of the page for a genuine token; changes nothing."""

    async def take(self, order: Spooled) -> bool:
        """Record an act by a genuine token; return once it is on disk. False: an undo that came too late."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((order, future))
        return await future

    async def look_offer(self, delivery: bytes) -> OfferShown | None:  # noqa: ARG002 - offers are in a ledger
        """Return the contents of an offer's page; None if it is unknown here. Changes nothing."""
        return None

    async def answer_offer(self, delivery: bytes, verdict: str) -> None:
        """Record an answer to an offer that is known here; return once it is on disk."""
        raise NotImplementedError

    @abstractmethod
    async def is_well(self) -> bool:
        """Return whether an opt-out could be recorded now."""

    @abstractmethod
    def _commit(self, orders: Sequence[Spooled]) -> list[bool]:
        """Record acts together; return the result for each once all are on disk."""

    async def _run(self) -> None:
        batch: list[_Waiting | None] = []
        while None not in batch:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < _MOST:  # and those that came in since
                batch.append(self._queue.get_nowait())
            if waiting := [each for each in batch if each is not None]:
                await self._write(waiting)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        started, results, failure = time.monotonic(), [False] * len(batch), None
        try:
            results = await asyncio.to_thread(self._commit, [order for order, _ in batch])
        except Exception as error:  # noqa: BLE001 - passed on to the caller
            # with a full disk or a busy database, each would wait again; other errors may concern one entry only
            if len(batch) > 1 and time.monotonic() - started < _QUICK_S and not isinstance(error, OSError):
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


class LedgerRecorder(OptOutRecorder):
    """Records into the ledger: an opt-out takes effect before the next mail goes out."""

    def __init__(self, office: Office, ledger: Ledger, house: House) -> None:
        super().__init__(office.keys, house, office.clock)
        self._office, self._ledger = office, ledger
        self._pages = LinkPages(ledger, house)
        self._looks = asyncio.Semaphore(_LOOKS_AT_ONCE)
        is_here = ledger.on_this_machine
        self._turn = office.workspace.make_machine_folder("run") / "serve.lock" if is_here else None

    async def look(self, delivery: bytes) -> Shown:
        """Read the contents of a link's page."""
        async with self._looks:
            return await asyncio.to_thread(self._pages.look, delivery, now=self.now())

    async def look_offer(self, delivery: bytes) -> OfferShown | None:
        """Read the contents of an offer's page."""
        async with self._looks:
            return await asyncio.to_thread(self._pages.look_offer, delivery)

    async def answer_offer(self, delivery: bytes, verdict: str) -> None:
        """Commit an answer to an offer."""

        def commit() -> None:
            with self._in_turn(), self._ledger.writing() as connection:
                answer_by_link(connection, self._office, delivery, verdict)

        await asyncio.to_thread(commit)

    async def is_well(self) -> bool:
        """Return whether the ledger can be read."""
        await self.look(b"\0" * 8)
        return True

    def _commit(self, orders: Sequence[Spooled]) -> list[bool]:
        acts, honoured = [each.act for each in orders], Honoured()
        with self._in_turn(), self._ledger.writing() as connection:
            honour_acts(connection, self._office, acts, honoured)
        return [act.delivery in honoured.undone for act in acts]

    def _in_turn(self) -> AbstractContextManager[None]:
        """Let the processes of an SQLite ledger take turns: SQLite makes waiting writers sleep longer each time."""
        return alone(self._turn) if self._turn else contextlib.nullcontext()


# The spool of a host without a ledger.

_ROOM: Final = 1 << 20  # bytes free, below which a disk counts as full
_SAME: Final = timedelta(seconds=10)  # the same act within this time is a second click, which needs no line
_MOST_REMEMBERED: Final = 100_000
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _History:
    """The times of the newest opt-out of each scope, and of the newest undo, by one link, noted in any order.

    The scope is True for an opt-out from everything, False for one from a list.
    """

    opted_out: dict[bool, datetime] = field(default_factory=dict)
    undone: datetime = _LONG_AGO

    def note(self, act: Act) -> None:
        if act.wish is LinkWish.UNDO:
            self.undone = max(self.undone, act.at)
        else:
            self.opted_out[act.everywhere] = max(self.opted_out.get(act.everywhere, _LONG_AGO), act.at)

    def active(self, since: datetime) -> dict[bool, datetime]:
        """Return the opt-outs since a time that were not undone."""
        return {scope: at for scope, at in self.opted_out.items() if at > since and at > self.undone}


@dataclass(slots=True)
class _LastHour:
    """The acts of the last hour by each link, from all processes; reads only what is new."""

    folder: Path
    keys: OptOutKeys = field(repr=False)
    _read_to: dict[str, int] = field(default_factory=dict, repr=False)
    _history: dict[bytes, _History] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def refresh(self, now: datetime) -> None:
        """Read the new lines in all files."""
        with self._lock:
            for path in self.folder.glob(PATTERN):
                found, read_to = path.stat(), self._read_to.get(path.name, 0)
                if found.st_size > read_to and found.st_mtime > (now - UNDO_FOR).timestamp():
                    self._read_on(path, read_to)

    def _read_on(self, path: Path, start: int) -> None:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to[path.name] = start + len(whole)
        for line in whole.splitlines():
            try:
                spooled = parse_line(line)
            except ValueError:
                continue
            if (delivery := parse_token(self.keys, Purpose.OPT_OUT, spooled.token)) is not None:
                self.note(replace(spooled.act, delivery=delivery))

    def note(self, act: Act) -> None:
        """Record an act that is on disk."""
        with self._lock:
            self._history.setdefault(act.delivery, _History()).note(act)
            if len(self._history) > _MOST_REMEMBERED:  # the oldest can no longer be undone here; it is on disk
                self._history.pop(next(iter(self._history)))

    def active(self, delivery: bytes, now: datetime) -> dict[bool, datetime]:
        """Return the opt-outs that an undo would lift now, by their scope."""
        with self._lock:
            history = self._history.get(delivery)
            return history.active(now - UNDO_FOR) if history else {}

    def was_undone(self, delivery: bytes, now: datetime) -> bool:
        """Return whether the opt-outs of the last hour were undone."""
        with self._lock:
            history = self._history.get(delivery)
            return history is not None and history.undone > now - UNDO_FOR and not history.active(now - UNDO_FOR)


class SpoolRecorder(OptOutRecorder):
    """Records into a spool, on a host without a ledger."""

    def __init__(self, folder: Path, keys: OptOutKeys, house: House, now: Callable[[], datetime]) -> None:
        super().__init__(keys, house, now)
        self._folder = folder
        self._file, self._day = -1, ""  # what this process appends to, a new one each day
        self._hour = _LastHour(folder, keys)
        self._reading = asyncio.Lock()

    async def close(self) -> None:
        """Write the pending requests, and stop."""
        await super().close()
        self._close_file()

    async def look(self, delivery: bytes) -> Shown:
        """Return the contents of the page: only whether the link was just used is known here."""
        now = self.now()
        async with self._reading:
            await asyncio.to_thread(self._hour.refresh, now)
        active = self._hour.active(delivery, now)
        return Shown(self.house, out=("everywhere" if True in active else "list") if active else "")

    async def is_well(self) -> bool:
        """Return whether the folder can be written to, and has room."""
        return os.access(self._folder, os.W_OK | os.X_OK) and shutil.disk_usage(self._folder).free > _ROOM

    def _commit(self, orders: Sequence[Spooled]) -> list[bool]:
        if any(each.act.wish is LinkWish.UNDO for each in orders):
            self._hour.refresh(self.now())
        kept = [each for each in orders if self._needs_line(each.act)]
        if kept:
            self._append(b"".join(map(line_of, kept)), f"{self.now():%Y-%m-%d}")
        for each in kept:
            self._hour.note(each.act)
        return [self._hour.was_undone(each.act.delivery, each.act.at) for each in orders]

    def _needs_line(self, act: Act) -> bool:
        """Return whether an act changes anything: a second click and an undo of nothing do not."""
        active = self._hour.active(act.delivery, act.at)
        if act.wish is LinkWish.UNDO:
            return bool(active)
        return abs(act.at - active.get(act.everywhere, _LONG_AGO)) >= _SAME

    def _append(self, data: bytes, day: str) -> None:
        """Append lines and sync them to disk; raises `OSError` if not all of them were written."""
        if self._file < 0 or day != self._day:
            self._close_file()
            path = self._folder / PATTERN.replace("*", f"{day}-{secrets.token_hex(4)}")
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            self._day = day
            sync_folder(self._folder)
        written = os.write(self._file, data)  # if this fails, nothing is written, and the file stays in use
        whole = False
        try:
            os.fsync(self._file)
            whole = written == len(data)
        finally:
            if not whole:
                self._close_file()
        if not whole:
            raise OSError(errno.ENOSPC, "there was room for only a part", str(self._folder))

    def _close_file(self) -> None:
        """Close the file; the next line begins another."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
