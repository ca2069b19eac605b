"""Wire: Postfix's smtp-sink, which takes everything, and a proxy that delays and counts.

The proxy is a process of its own. It adds half the round trip in each direction, passes everything on in its order and
holds back nothing: many bytes can be on the way at once, as on a real line (slow start and loss are not played).
It counts turns: how often a client began to speak after the server had spoken, which is how often it waited.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.children import CHECKOUT, python
from tests.ports import free_port, listens


def program(name: str) -> str:
    """Find a program of the system, also where an ordinary user's PATH does not look; empty if it is absent."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))) or ""


@contextmanager
def sink() -> Iterator[int]:
    """Run smtp-sink; return its port."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([program("smtp-sink"), *user, f"127.0.0.1:{port}", "500"]) as running:
        try:
            _wait_for(port)
            yield port
        finally:
            running.terminate()


class Turns:
    """What a proxy counted, once it has been closed."""

    count = 0


@contextmanager
def proxy(port: int, *, rtt_ms: float = 0.0) -> Iterator[tuple[int, Turns]]:
    """Run the proxy in front of a port; return its own port, and the turns that it has counted at the end."""
    own, turns = free_port(), Turns()
    command = python("wire", str(own), str(port), str(rtt_ms))
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as running:
        try:
            _wait_for(own)
            yield own, turns
        finally:
            running.terminate()
            out, _ = running.communicate()
            turns.count = json.loads(out)["turns"]


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while not listens(port):
        if time.monotonic() > end:
            raise RuntimeError(f"nobody listens on port {port}")
        time.sleep(0.02)


class _Line:
    """One connection through the proxy: who spoke last, and the turns so far."""

    def __init__(self, total: Turns) -> None:
        self.total = total
        self.server_spoke = True

    def spoke(self, *, server: bool) -> None:
        if not server and self.server_spoke:
            self.total.count += 1
        self.server_spoke = server


class _End(asyncio.Protocol):
    """One end of a connection; what it hears is written to the other end after the delay."""

    def __init__(self, line: _Line, *, server: bool, delay_s: float) -> None:
        self._line, self._server, self._delay_s = line, server, delay_s
        self._way: deque[bytes] = deque()  # an empty chunk is the end
        self.other: _End | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._line.spoke(server=self._server)
        self._later(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._later(b"")

    def _later(self, data: bytes) -> None:
        if not self._delay_s:
            self._pass_on(data)
            return
        self._way.append(data)
        asyncio.get_running_loop().call_later(self._delay_s, self._arrive)

    def _arrive(self) -> None:
        self._pass_on(self._way.popleft())  # whichever timer rings, the oldest goes first

    def _pass_on(self, data: bytes) -> None:
        transport = self.other.transport if self.other else None
        if transport is None:
            return
        if data:
            transport.write(data)
        else:
            transport.close()


class _Proxy:
    """Joins each client to a connection of its own; the server speaks first, so nothing can come too early."""

    def __init__(self, port: int, delay_s: float) -> None:
        self.turns = Turns()
        self._port, self._delay_s = port, delay_s
        self._joining: set[asyncio.Task[object]] = set()

    def accept(self) -> asyncio.Protocol:
        line = _Line(self.turns)
        near, far = (_End(line, server=server, delay_s=self._delay_s) for server in (False, True))
        near.other, far.other = far, near
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", self._port))
        self._joining.add(task)
        task.add_done_callback(self._joining.discard)
        return near


async def _serve(own: int, port: int, delay_s: float) -> Turns:
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    proxy_ = _Proxy(port, delay_s)
    async with await loop.create_server(proxy_.accept, "127.0.0.1", own, backlog=500):
        await over.wait()
        return proxy_.turns


def main() -> None:
    """Be the proxy until SIGTERM, then say what was counted."""
    own, port, rtt_ms = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    turns = asyncio.run(_serve(own, port, rtt_ms / 2000))
    print(json.dumps({"turns": turns.count}), flush=True)


if __name__ == "__main__":
    main()
