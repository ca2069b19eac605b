"""Live: which pages are out of date, said to every open browser.

One task looks twice a second whether the ledger has newer events, for all streams together and only while there is one;
changes to files are announced by the view that made them. What is said are topics (`mailing harbour-seals`, `lists`),
never data: the page fetches what it shows, with the rights of its user.

Whatever is said is numbered, and the last of it kept. A page carries the number that its making began at, and a stream
begins with what was said since: between a page and its stream, or while a connection is broken, nothing is missed, and
what has not changed is not fetched again. A number that is too old, or of another desk, means everything.
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

_LOOKS_EVERY_S: Final = 0.5
_SAYS_EVERY_S: Final = 15.0  # a comment, so that a connection that broke is noticed
_MOST_SAID: Final = 1000
_KEPT_S: Final = 1.0
_SHARE: Final = 20  # looking takes a twentieth of a processor at most
_MOST_LOOKS: Final = 200


class Live:
    """Hears what changed, and tells the streams."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Office]]) -> None:
        """Hold how the ledger is read."""
        self.reading = reading
        self._desk = secrets.token_hex(4)
        self._said = deque[str](maxlen=_MOST_SAID)
        self._number = 0  # of what was said last
        self._newest: int | None = None
        self._streams = 0
        self._bell = asyncio.Event()  # rings once; then there is another
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def newest(self) -> int:
        """Return the number of the newest event that streams were told of."""
        return self._newest or 0

    @property
    def position(self) -> str:
        """Return where what is said stands now: a page that is made from now on has seen all before."""
        return f"{self._desk}-{self._number}"

    def begin(self) -> None:
        """Begin to hear, in the loop of the app."""
        self._loop = asyncio.get_running_loop()
        self._look_on()

    def announce(self, *topics: str, after_s: float = 0.0) -> None:
        """Announce changes, now or a moment later; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: loop.call_later(after_s, self._say, *topics))

    def close(self) -> None:
        """End all streams; from any thread."""
        self._is_closed = True
        self.announce()

    def since(self, position: str) -> list[str]:
        """Return the topics of what was said since a position."""
        desk, _, number = position.partition("-")
        is_ours = desk == self._desk and number.isdecimal() and len(number) < 18
        missed = self._number - int(number) if is_ours else -1
        return sorted({*islice(reversed(self._said), missed)}) if 0 <= missed <= len(self._said) else ["everything"]

    async def stream(self, position: str) -> AsyncGenerator[bytes]:
        """Yield what is said from a position on as server-sent events, until the desk closes."""
        self._streams += 1
        self._look_on()
        try:
            yield b"retry: 2000\n\n"
            while not self._is_closed:
                bell, topics, position = self._bell, self.since(position), self.position
                if topics:
                    said = "".join(f"data: {topic}\n" for topic in topics)
                    yield f"event: changed\nid: {position}\n{said}\n".encode()
                try:
                    await asyncio.wait_for(bell.wait(), _SAYS_EVERY_S)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._streams -= 1

    def _say(self, *topics: str) -> None:
        self._said.extend(topics)
        self._number += len(topics)
        self._bell.set()
        self._bell = asyncio.Event()

    def _look_on(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Look once, and on while there is a stream."""
        while not self._is_closed:
            before = self._newest
            self._newest, mailings = await asyncio.to_thread(self._find, before)
            if self._newest != before:
                topics = ["ledger", *(f"mailing {name}" for name in mailings)]
                self._say(*(topics if before is not None else ["everything"]))
            if not self._streams:
                return
            await asyncio.sleep(_LOOKS_EVERY_S)

    def _find(self, before: int | None) -> tuple[int | None, list[str]]:
        try:
            with self.reading() as office:
                if office.ledger is None:
                    return 0, []
                with office.ledger.reading() as connection:
                    return read_changes(connection, after=before)
        except MailerError:
            return before, []  # a page that is fetched says what is wrong


# What many pages look at.

_T = TypeVar("_T")


@dataclass(slots=True)
class _Kept:
    value: Any = None
    topic: str = ""  # what is said when it changes
    event: int = 0  # streams were told of so much before it was made
    until: float = 0.0
    is_called: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Shared:
    """What open pages look at, worked out once for all of them.

    It is kept for a second, or for twenty times as long as it took where that is longer: fifty tabs cost what one does.
    Where more has happened than it knows, pages that were given it are told to come again when that time is over.
    """

    live: Live
    _looks: dict[str, _Kept] = field(default_factory=dict)

    def get(self, name: str, make: Callable[[Office], _T], topic: Callable[[_T], str] = lambda _: "ledger") -> _T:
        """Return what was made a moment ago under a name, or make it; the topic is that by which it changes."""
        if len(self._looks) > _MOST_LOOKS:
            self._looks = {}
        kept = self._looks.setdefault(name, _Kept())
        with kept.lock:
            began = time.monotonic()
            if began >= kept.until:
                kept.event, kept.is_called = self.live.newest, False
                with self.live.reading() as office:
                    kept.value = make(office)
                kept.topic = topic(kept.value)
                ended = time.monotonic()
                kept.until = ended + max(_KEPT_S, _SHARE * (ended - began))
            elif kept.event < self.live.newest and not kept.is_called:
                kept.is_called = True
                self.live.announce(kept.topic, after_s=kept.until - began)
            found: _T = kept.value  # of one name comes one kind of thing
            return found

    def drop(self) -> None:
        """Forget all of it: somebody has changed something here, and wants to see it."""
        self._looks = {}
