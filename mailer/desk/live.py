"""Live: which pages are out of date, said to every open browser.

One task looks twice a second whether the ledger has newer events, for all streams together and only while there is one;
what changes in files is announced by whoever changed them here. A stream carries topics (`mailing harbour-seals`,
`lists`), never data: the page fetches what it shows, with the rights of its user, and after a break everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from typing import Final

from mailer.errors import MailerError
from mailer.ledger.history import read_changes
from mailer.runs.office import Office

_LOOKS_EVERY_S: Final = 0.5
_SAYS_EVERY_S: Final = 15.0  # a comment, so that a connection that broke is noticed
EVERYTHING: Final = "everything"


class Live:
    """Hears what changed, and tells the streams."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Office]]) -> None:
        """Hold how the ledger is read."""
        self._reading = reading
        self._streams: set[asyncio.Queue[str | None]] = set()
        self._newest: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def announce(self, topic: str) -> None:
        """Say that something changed; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, topic)

    def close(self) -> None:
        """End all streams; from any thread."""
        self._is_closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, None)

    async def stream(self) -> AsyncGenerator[bytes]:
        """Yield a stream of server-sent events, until the desk closes."""
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1000)
        self._streams.add(queue)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield b"retry: 2000\nevent: hello\ndata: everything\n\n"
            while not self._is_closed:
                try:
                    topics = {await asyncio.wait_for(queue.get(), _SAYS_EVERY_S)}
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                while not queue.empty():
                    topics.add(queue.get_nowait())
                if None in topics:
                    return
                for topic in sorted(filter(None, topics)):
                    yield f"event: changed\ndata: {topic}\n\n".encode()
        finally:
            self._streams.discard(queue)

    def _tell(self, topic: str | None) -> None:
        for queue in self._streams:
            with contextlib.suppress(asyncio.QueueFull):  # one that does not read is told when it comes back
                queue.put_nowait(topic)

    async def _look(self) -> None:
        while self._streams and not self._is_closed:
            for topic in await asyncio.to_thread(self._find):
                self._tell(topic)
            await asyncio.sleep(_LOOKS_EVERY_S)

    def _find(self) -> list[str]:
        try:
            with self._reading() as office:
                if office.ledger is None:
                    return []
                with office.ledger.reading() as connection:
                    newest, mailings = read_changes(connection, after=self._newest)
        except MailerError:
            return []  # a page that is fetched says what is wrong
        if newest == self._newest:
            return []
        is_first, self._newest = self._newest is None, newest
        return [] if is_first else ["ledger", *(f"mailing {name}" for name in mailings)]
