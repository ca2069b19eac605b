"""Wire: the bytes to and from one relay, once the connection is secured and logged in.

Owns the transport: writing with flow control, waiting with a limit, and the count of replies that are owed, by which
anything unsolicited is noticed. It takes the transport over from aiosmtplib, which reads one reply at a time and drops
what comes between (`set_protocol` works with clear text, implicit TLS and STARTTLS). Owns the grammar of a reply too
(RFC 5321 §4.2), and its bounds, so that a server cannot fill our memory with a line that never ends. Lines may end in a
bare LF, as some servers' do. All lines of one reply must have one code (§4.2.1): a reply with two could be read as
acceptance or as refusal, so it is read as neither.

Never knows what a command means. Raises `Silence` if no reply came, `Nonsense` where what came is no reply; both are
`session`'s to turn into values. One task at a time may use a wire.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from mailer import lazy_re as re
from mailer.reply.values import Stage

MAX_LINE = 4096  # octets; RFC 5321 §4.5.3.1.5 has 512
MAX_LINES = 100
_BLOCK = 64 * 1024  # octets of a body passed on at once: what asyncio buffers before it asks us to pause
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ \t-])(.*))?", re.DOTALL)
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class RawReply(NamedTuple):
    """A reply without its stage: three digits, and the text of its lines."""

    code: int
    text: str


class ReplyReader:
    """Parses bytes into replies: `whole` has the complete ones, in order; whoever reads one removes it."""

    def __init__(self) -> None:
        self.whole: deque[RawReply] = deque()
        self.garbage = ""
        self._buffer = bytearray()
        self._code = 0
        self._lines: list[bytes] = []

    @property
    def begun(self) -> bool:
        """Return whether there is a part of a reply, or something that is none."""
        return bool(self._buffer or self._lines or self.garbage)

    def feed(self, data: bytes) -> None:
        """Parse what came; after garbage nothing more is read, since replies can no longer be matched to commands."""
        self._buffer += data
        start = 0
        while not self.garbage and (end := self._buffer.find(b"\n", start)) >= 0:
            self._line(bytes(self._buffer[start:end]).rstrip(b"\r"))
            start = end + 1
        del self._buffer[:start]
        if not self.garbage and len(self._buffer) > MAX_LINE:
            self.garbage = "a line without end"
        if self.garbage:
            self._buffer.clear()

    def _line(self, line: bytes) -> None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > MAX_LINE:
            self.garbage = clean(line[:100].decode("utf-8", "replace")) or "an empty line"
            return
        code = int(match[1])
        if self._code not in {0, code} or len(self._lines) == MAX_LINES:
            self.garbage = f"{self._code} and {code} in one reply" if self._code != code else "lines without end"
            return
        self._code = code
        self._lines.append((match[3] or b"").strip(b" \t"))
        if match[2] != b"-":
            self.whole.append(RawReply(code, clean(b"\n".join(self._lines).decode("utf-8", "replace"))))
            self._code = 0
            self._lines = []


def fits(stage: Stage, code: int) -> bool:
    """Return whether a code can answer a command at all (RFC 5321 §4.3.2): DATA is accepted by 354, all others by 2xx.

    A code out of step is no reply: it must neither settle a delivery nor let a body go out.
    """
    yes = code == 354 if stage is Stage.DATA else 200 <= code < 300
    return yes or 400 <= code < 600


def clean(text: str) -> str:
    """Return a relay's text safe to store and show: PostgreSQL takes no NUL, a terminal obeys an escape."""
    return _UNSTORABLE.sub("?", text)


class Silence(Exception):
    """No reply came: time ran out, or the connection ended. The text says which."""


class TimedOut(Silence):
    """No reply came in time, and the connection is still there."""


class Nonsense(Exception):
    """What came is no reply; from here on replies cannot be matched to commands."""


class Wire(asyncio.Protocol):
    """A connection to which commands are written, and from which replies are read in order."""

    def __init__(self, transport: asyncio.Transport, already: bytes = b"") -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        self._owed = 0
        self._paused = False
        self._ended = ""
        self._lost = False
        self._wake: asyncio.Future[bool] | None = None
        self._reader.feed(already)
        transport.set_protocol(self)

    @property
    def alive(self) -> bool:
        """Return whether bytes can go both ways, as far as is known."""
        return not self._ended and not self._transport.is_closing()

    def about(self, what: str) -> object:
        """Return what the transport knows of itself: `peername`, `ssl_object` … None if it does not."""
        return self._transport.get_extra_info(what)

    @property
    def surplus(self) -> RawReply | None:
        """Return an unsolicited reply (code 0 where it is not a whole one); None while all is in order."""
        if len(self._reader.whole) > self._owed:
            return self._reader.whole[self._owed]
        return RawReply(0, "unexpected text") if not self._owed and self._reader.begun else None

    def write(self, commands: bytes | memoryview, *, replies: int) -> None:
        """Write commands to which the relay owes so many replies.

        Raises:
            Silence: the connection was gone before the first octet.
        """
        if not self.alive:
            raise Silence(self._ended or "the connection is closed")
        self._owed += replies
        self._transport.write(commands)

    async def write_body(self, data: bytes, *, replies: int, limit_s: float) -> bool:
        """Write a body and what rides behind it, no faster than the relay takes it; `limit_s` holds for each block.

        Return False if the relay answered, or went away, before all was written.

        Raises:
            Silence: the relay took nothing for too long; or, before the first octet, the connection was gone.
        """
        view = memoryview(data)
        self.write(view[:_BLOCK], replies=replies)
        for start in range(_BLOCK, len(data), _BLOCK):
            if not await self._room(limit_s):
                return False
            self._transport.write(view[start : start + _BLOCK])
        return True

    async def answer(self, limit_s: float) -> RawReply:
        """Return the next reply.

        Raises:
            Silence: none came in time (`TimedOut`), or the connection ended.
            Nonsense: what came is no reply.
        """
        until = self._loop.time() + limit_s
        while not self._reader.whole:
            if self._reader.garbage:
                raise Nonsense(f"the relay's answer cannot be read: {self._reader.garbage}")
            if self._ended or self._transport.is_closing():
                raise Silence(self._ended or "the connection is closed")
            if not await self._something(until - self._loop.time()):
                raise TimedOut(f"no answer within {limit_s:g} seconds")
        self._owed -= 1
        return self._reader.whole.popleft()

    async def close(self, limit_s: float) -> None:
        """Close once all that was written is on its way; TLS ends in good order, where the relay answers in time."""
        self._transport.close()
        until = self._loop.time() + limit_s
        while not self._lost and await self._something(until - self._loop.time()):
            pass
        abort(self._transport)

    def cut(self) -> None:
        """Close at once; what still waits in this process is never sent, so no final dot slips out."""
        abort(self._transport)

    async def _room(self, limit_s: float) -> bool:
        """Wait until more may be written; False if the relay has answered or gone."""
        until = self._loop.time() + limit_s
        while self._paused and not self._over:
            if not await self._something(until - self._loop.time()):
                raise Silence(f"the relay took nothing for {limit_s:g} seconds")
        return not self._over

    @property
    def _over(self) -> bool:
        return not self.alive or bool(self._reader.whole or self._reader.garbage)

    async def _something(self, limit_s: float) -> bool:
        """Wait until something happens; False when the time is over."""
        self._wake = self._loop.create_future()
        timer = self._loop.call_later(max(limit_s, 0.0), self._stir, False)
        try:
            return await self._wake
        finally:
            timer.cancel()
            self._wake = None

    def _stir(self, happened: bool = True) -> None:  # noqa: FBT001, FBT002 - call_later passes positions only
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(happened)

    def data_received(self, data: bytes) -> None:
        """Receive bytes from the relay (asyncio calls this)."""
        self._reader.feed(data)
        if self._reader.whole or self._reader.garbage:
            self._stir()

    def eof_received(self) -> None:
        """Record that the relay sends nothing more; asyncio then closes the transport."""
        self._ended = self._ended or "the relay closed the connection"
        self._stir()

    def connection_lost(self, exc: Exception | None) -> None:
        """Record that the connection is gone (asyncio calls this)."""
        self._lost = True
        self._ended = self._ended or ("the connection was cut" if exc else "the connection is closed")
        self._stir()

    def pause_writing(self) -> None:
        """Write no more for now (asyncio calls this)."""
        self._paused = True

    def resume_writing(self) -> None:
        """Write on (asyncio calls this)."""
        self._paused = False
        self._stir()


def abort(transport: asyncio.WriteTransport) -> None:
    """Close a transport at once; one that is lost already is left alone.

    The early releases of Python 3.11 (3.11.2 is Debian 12's) let go of their TLS protocol when the connection is lost,
    and then raise AttributeError here.
    """
    with suppress(AttributeError):
        transport.abort()
