"""Peers of the pipelined protocol: one that says fixed bytes, cut where a test wants, and a slow way that counts.

`raw_peer` knows nothing of SMTP: it waits for a piece of what the client writes, then says the next bytes. So a test
can cut what it says at any octet, or hang up there.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from mailer.smtp.wire import abort
from tests.servers import HOST

EHLO = b"250-relay.example.org\r\n250-PIPELINING\r\n250 SIZE 0\r\n"


@dataclass(slots=True)
class RawPeer:
    """What to say after which words of the client, where to pause (`cut`), and after how many octets to hang up."""

    turns: Sequence[tuple[bytes, bytes]]
    cut: int | None = None
    hang_up: int | None = None
    hard: bool = False
    tls: ssl.SSLContext | None = None
    hello: bytes = EHLO
    port: int = 0
    host: str = HOST
    received: bytearray = field(default_factory=bytearray)
    sent: int = 0

    @property
    def stream(self) -> bytes:
        return b"".join(reply for _, reply in self.turns)


@contextlib.asynccontextmanager
async def raw_peer(peer: RawPeer) -> AsyncIterator[RawPeer]:
    """Run a peer for one connection after the other; each says the whole script."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _speak(peer, reader, writer)
        abort(writer.transport)

    server = await asyncio.start_server(serve, HOST, 0, ssl=peer.tls, limit=1 << 24)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await server.wait_closed()


async def _speak(peer: RawPeer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 relay.example.org\r\n")
    await reader.readuntil(b"\r\n")
    writer.write(peer.hello)
    for words, reply in peer.turns:
        peer.received += await reader.readuntil(words) if words else b""
        await _say(peer, writer, reply)
        if peer.hang_up is not None and peer.sent >= peer.hang_up:
            if not peer.hard:
                writer.close()
                await writer.wait_closed()
            return
    peer.received += await reader.read()


async def _say(peer: RawPeer, writer: asyncio.StreamWriter, reply: bytes) -> None:
    end = len(reply) if peer.hang_up is None else min(len(reply), peer.hang_up - peer.sent)
    here = -1 if peer.cut is None else peer.cut - peer.sent
    if 0 < here < end:
        writer.write(reply[:here])
        await asyncio.sleep(0.002)
        writer.write(reply[here:end])
    elif end:
        writer.write(reply[:end])
    peer.sent += end
    await writer.drain()


@dataclass(slots=True)
class SlowWay:
    """A way to a server on which every octet takes `delay_s`; `turns` counts how often the client spoke anew."""

    to_port: int
    delay_s: float
    port: int = 0
    host: str = HOST
    turns: int = 0
    _last: str = "server"

    def note(self, side: str) -> None:
        if side == "client" and self._last == "server":
            self.turns += 1
        self._last = side


@contextlib.asynccontextmanager
async def slow_way(to_port: int, delay_s: float) -> AsyncIterator[SlowWay]:
    """Stand between client and server."""
    way = SlowWay(to_port, delay_s)
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()

    async def pump(side: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                way.note(side)
                loop.call_later(way.delay_s, writer.write, data)
        loop.call_later(way.delay_s, writer.close)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, way.to_port)
        for pumping in (pump("client", reader, back), pump("server", there, writer)):
            tasks.add(asyncio.create_task(pumping))

    server = await asyncio.start_server(serve, HOST, 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
        await asyncio.gather(*tasks)
        await asyncio.sleep(2 * delay_s)
        await server.wait_closed()
