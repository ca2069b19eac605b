"""Live: signals to every open browser which pages are out of date.

One task checks twice a second whether the ledger has newer events, for all streams together and only while there is
one; changes to files are announced by the view that made them. A signal is a topic (`mailing harbour-seals`, `lists`),
never data: the page fetches what it shows, with the rights of its user.

Signals are numbered, and the latest are kept. A page carries the number at which its rendering began, and a stream
starts with the signals since then: nothing is missed between a page and its stream or while a connection is broken, and
nothing unchanged is fetched again. A number that is too old, or from another desk, means everything.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final, TypeVar

from mailer.errors import MailerError
from mailer.frozen import dataclass, field
from mailer.ledger.history import read_changes
from mailer.runs.office import Office

_CHECK_EVERY_S: Final = 0.5
_KEEP_ALIVE_S: Final = 15.0  # so that a broken connection is noticed
_MOST_TOPICS: Final = 1000
_KEPT_S: Final = 1.0
_SHARE: Final = 20  # checking takes at most a twentieth of a processor
_MOST_RESULTS: Final = 200


class Live:
    """Notices changes and signals them to the streams."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Office]]) -> None:
        """Take the function that opens the office for reading."""
        self.reading = reading
        self._desk = secrets.token_hex(4)
        self._topics = deque[str](maxlen=_MOST_TOPICS)
        self._number = 0  # of the latest signal
        self._newest: int | None = None
        self._streams = 0
        self._signalled = asyncio.Event()  # set once, then replaced
        self._loop: asyncio.AbstractEventLoop | None = None
        self._checking: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def newest(self) -> int:
        """Return the number of the newest event that was signalled."""
        return self._newest or 0

    @property
    def position(self) -> str:
        """Return the current position in the signals: a page rendered from now on includes everything before it."""
        return f"{self._desk}-{self._number}"

    def begin(self) -> None:
        """Start checking, in the loop of the app."""
        self._loop = asyncio.get_running_loop()
        self._start_checking()

    def announce(self, *topics: str, after_s: float = 0.0) -> None:
        """Announce changes, now or after a delay; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: loop.call_later(after_s, self._signal, *topics))

    def close(self) -> None:
        """End all streams; from any thread."""
        self._is_closed = True
        self.announce()

    def since(self, position: str) -> list[str]:
        """Return the topics signalled since a position."""
        desk, _, number = position.partition("-")
        is_ours = desk == self._desk and number.isdecimal() and len(number) < 18
        missed = self._number - int(number) if is_ours else -1
        return sorted({*islice(reversed(self._topics), missed)}) if 0 <= missed <= len(self._topics) else ["everything"]

    async def stream(self, position: str) -> AsyncGenerator[bytes]:
        """Yield the signals from a position on as server-sent events, until the desk closes."""
        self._streams += 1
        self._start_checking()
        try:
            yield b"retry: 2000\n\n"
            while not self._is_closed:
                signalled, topics, position = self._signalled, self.since(position), self.position
                if topics:
                    data = "".join(f"data: {topic}\n" for topic in topics)
                    yield f"event: changed\nid: {position}\n{data}\n".encode()
                try:
                    await asyncio.wait_for(signalled.wait(), _KEEP_ALIVE_S)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._streams -= 1

    def _signal(self, *topics: str) -> None:
        self._topics.extend(topics)
        self._number += len(topics)
        self._signalled.set()
        self._signalled = asyncio.Event()

    def _start_checking(self) -> None:
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        """Check once, and repeatedly while there is a stream."""
        while not self._is_closed:
            before = self._newest
            self._newest, mailings = await asyncio.to_thread(self._find, before)
            if self._newest != before:
                topics = ["ledger", *(f"mailing {name}" for name in mailings)]
                self._signal(*(topics if before is not None else ["everything"]))
            if not self._streams:
                return
            await asyncio.sleep(_CHECK_EVERY_S)

    def _find(self, before: int | None) -> tuple[int | None, list[str]]:
        try:
            with self.reading() as office:
                if office.ledger is None:
                    return 0, []
                with office.ledger.reading() as connection:
                    return read_changes(connection, after=before)
        except MailerError:
            return before, []  # the next page shows what is wrong


# Results that many pages share.

_T = TypeVar("_T")


@dataclass(slots=True)
class _Result:
    value: Any = None
    topic: str = ""  # signalled when it changes
    event: int = 0  # the newest event signalled before it was made
    until: float = 0.0
    is_signalled: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Shared:
    """Results for open pages, computed once for all of them.

    A result is kept for a second, or for twenty times as long as it took if that is longer: fifty tabs cost as much as
    one. If more has happened since, pages that show it are signalled to fetch it again after that time.
    """

    live: Live
    _results: dict[str, _Result] = field(default_factory=dict)

    def get(self, name: str, make: Callable[[Office], _T], topic: Callable[[_T], str] = lambda _: "ledger") -> _T:
        """Return the recent result under a name, or make it; `topic` gives the signal of its changes."""
        if len(self._results) > _MOST_RESULTS:
            self._results = {}
        result = self._results.setdefault(name, _Result())
        with result.lock:
            began = time.monotonic()
            if began >= result.until:
                result.event, result.is_signalled = self.live.newest, False
                with self.live.reading() as office:
                    result.value = make(office)
                result.topic = topic(result.value)
                ended = time.monotonic()
                result.until = ended + max(_KEPT_S, _SHARE * (ended - began))
            elif result.event < self.live.newest and not result.is_signalled:
                result.is_signalled = True
                self.live.announce(result.topic, after_s=result.until - began)
            found: _T = result.value  # one name has one type
            return found

    def drop(self) -> None:
        """Forget all results, because a user has changed something and wants to see it."""
        self._results = {}
