"""Recorder: many requests, one commit.

Owns the one thread that writes: it takes what has piled up since its last commit, commits it as one, and lets each
request go on only then. So an answer is a promise, and a disk that syncs a hundred times a second serves thousands.
Never decides what is written. An error of one entry fails that entry alone.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")
_MOST: Final = 500
_QUICK_S: Final = 1.0


@dataclass(slots=True)
class _Waiting(Generic[_T]):
    entry: _T
    future: asyncio.Future[bool]
    result: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class Recorder(Generic[_T]):
    """Commits entries in groups by `commit`, which gives a result for each and returns when all are on disk."""

    commit: Callable[[Sequence[_T]], Sequence[bool]]
    _queue: SimpleQueue[_Waiting[_T] | None] = field(default_factory=SimpleQueue, repr=False)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in the loop that will ask."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Commit what was asked for, and end."""
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def put(self, entry: _T) -> bool:
        """Write an entry; returns its result when it is committed.

        Raises:
            Exception: what `commit` raised for it; then it is not committed.
        """
        waiting = _Waiting(entry, asyncio.get_running_loop().create_future())
        self._queue.put(waiting)
        return await waiting.future

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            batch, goes_on = self._next()
            self._write(batch)
            if batch and self._loop is not None:
                self._loop.call_soon_threadsafe(_tell, batch)

    def _next(self) -> tuple[list[_Waiting[_T]], bool]:
        """Wait for an entry, and take those behind it; False with the last ones."""
        batch: list[_Waiting[_T]] = []
        found = self._queue.get()
        while found is not None:
            batch.append(found)
            if len(batch) >= _MOST:
                return batch, True
            try:
                found = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _write(self, batch: Sequence[_Waiting[_T]]) -> None:
        if not batch:
            return
        began = time.monotonic()
        try:
            results = self.commit([each.entry for each in batch])
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            # a full disk or a busy database would let each wait anew; what else failed may be one entry's fault
            if len(batch) > 1 and time.monotonic() - began < _QUICK_S and not isinstance(error, OSError):
                for each in batch:
                    self._write([each])
                return
            for each in batch:
                each.error = error
        else:
            for each, result in zip(batch, results, strict=True):
                each.result = result


def _tell(batch: Sequence[_Waiting[_T]]) -> None:
    for each in batch:
        if each.future.done():  # whoever waited has gone; it is written all the same
            continue
        if each.error is not None:
            each.future.set_exception(each.error)
        else:
            each.future.set_result(each.result)
