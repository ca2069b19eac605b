"""Live: which pages are out of date, said to every open browser.

One task looks twice a second whether the ledger has newer events, for all streams together and only while there is one;
changes to files are announced by the view that made them. A stream carries topics (`mailing harbour-seals`,
`lists`), never data: the page fetches what it shows, with the rights of its user, and after a break everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from typing import Any, Final, Generic, TypeVar

from mailer.errors import MailerError
from mailer.frozen import dataclass, field
from mailer.ledger.history import read_changes
from mailer.runs.office import Office

_LOOKS_EVERY_S: Final = 0.5
_SAYS_EVERY_S: Final = 15.0  # a comment, so that a connection that broke is noticed
_KEPT_S: Final = 1.0
_SHARE: Final = 20  # looking takes a twentieth of a processor at most
_MOST_LOOKS: Final = 200


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

    @property
    def newest(self) -> int:
        """Return the number of the newest event that streams were told of."""
        return self._newest or 0

    def announce(self, topic: str, *, after_s: float = 0.0) -> None:
        """Announce a change, now or a moment later; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: loop.call_later(after_s, self._tell, topic))

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


# What many pages look at.

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Look(Generic[_T]):
    """What pages show, true up to an event of the ledger; `topic` is what is said when it changes."""

    value: _T
    topic: str
    event: int


@dataclass(slots=True)
class _Kept:
    look: Look[Any] | None = None
    until: float = 0.0
    is_called: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Shared:
    """What open pages look at, worked out once for all of them.

    It is kept for a second, or for twenty times as long as it took where that is longer: fifty tabs cost what one does.
    Where more has happened than it knows, pages that were given it are told to come again when that time is over.
    """

    def __init__(self, live: Live) -> None:
        """Hold what tells the pages."""
        self._live = live
        self._looks: dict[str, _Kept] = {}

    def get(self, name: str, make: Callable[[], Look[_T]]) -> _T:
        """Return what was made a moment ago under a name, or make it."""
        if len(self._looks) > _MOST_LOOKS:
            self._looks = {}
        kept = self._looks.setdefault(name, _Kept())
        with kept.lock:
            began = time.monotonic()
            if kept.look is None or began >= kept.until:
                kept.look = made = make()
                ended = time.monotonic()
                kept.until, kept.is_called = ended + max(_KEPT_S, _SHARE * (ended - began)), False
                return made.value
            if kept.look.event < self._live.newest and not kept.is_called:
                kept.is_called = True
                self._live.announce(kept.look.topic, after_s=kept.until - began)
            found: _T = kept.look.value  # of one name comes one kind of thing
            return found

    def drop(self) -> None:
        """Forget all of it: somebody has changed something here, and wants to see it."""
        self._looks = {}
