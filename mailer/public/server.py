"""Server: sockets and processes for the app.

Owns the socket that all processes share, the patience with a client that sends nothing, and the processes: each is
forked with nothing open but that socket, opens its own desk, and is replaced when it dies. SIGTERM and Ctrl-C stop
listening, answer what was begun, and end when all of it is on disk.
Raises `ConfigProblem` where it cannot listen.

Gaps: TLS is the proxy's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final, NoReturn

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from mailer.errors import ConfigProblem

_BACKLOG: Final = 2048
_HEAD_S: Final = 10.0  # for the head of a request, from the first moment of a connection
_KEPT_S: Final = 5
_STOP_S: Final = 20
_CONNECTIONS: Final = 800  # connections of one process, below the usual limit of open files
_HEAD_BYTES: Final = 16 * 1024
_AGAIN_S: Final = 1.0
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)
_AT_ONCE_S: Final = 10.0
_LOOKS_EVERY_S: Final = 1.0


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address; port 0 is one that is free.

    Raises:
        ConfigProblem: the address is taken, forbidden, or none of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigProblem(f"{host} is no address to listen at: {error.strerror or error}") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise ConfigProblem(
            f"cannot listen at {host}, port {port}: {error.strerror or error}", hint="[serve] host and port, or --port"
        ) from None
    return bound


class _Patient(H11Protocol):
    """A connection that ends when the head of a request does not come: clients that dribble would keep it for ever."""

    _impatience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own does
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_between_requests():
            self._wait()
        else:
            self._relax()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._impatience is None:
            self._impatience = self.loop.call_later(_HEAD_S, self._give_up)

    def _relax(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None

    def _give_up(self) -> None:
        self._impatience = None
        if self._is_between_requests():
            self.transport.close()

    def _is_between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete


def serve_here(app: ASGIApp, bound: socket.socket, *, parent: int = 0) -> None:
    """Serve in this process until SIGTERM or Ctrl-C, or until `parent`, the process that forked it, has gone.

    Raises:
        ConfigProblem: the app could not open.
    """
    server = make_server(app)
    with _quiet_signals(server), contextlib.suppress(SystemExit):  # so uvicorn says that the app did not open
        asyncio.run(_serve(server, bound, parent))
    if not server.started:
        raise ConfigProblem("the server could not begin", hint="mailer doctor   tells what is wrong with the ledger")


def make_server(app: ASGIApp) -> Server:
    """Return uvicorn's server, set as all of this is meant: no log of its own, no patience, no name."""
    config = Config(
        app,
        http=_Patient,
        ws="none",
        loop="asyncio",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEPT_S,
        timeout_graceful_shutdown=_STOP_S,
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )
    return Server(config)


async def _serve(server: Server, bound: socket.socket, parent: int) -> None:
    async def watch() -> None:
        while parent in {0, os.getppid()}:  # noqa: ASYNC110 - nothing tells a process that its parent has died
            await asyncio.sleep(_LOOKS_EVERY_S)
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve(sockets=[bound])
    finally:
        watching.cancel()


@contextlib.contextmanager
def _quiet_signals(server: Server) -> Iterator[None]:
    """Let uvicorn's own handling be the end of it: it raises the signal again when it is done.

    One that comes before uvicorn listens for it ends the server as well, as soon as it has begun.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve_in_processes(serve: Callable[[], int], count: int, *, announce: Callable[[], None] = lambda: None) -> int:
    """Run `serve` in so many forked processes, and replace those that die, until SIGTERM or Ctrl-C.

    `announce` is called once a signal would be heeded: whoever is told that it runs may stop it. `serve` tells itself
    what is wrong, and gives an exit code; one that fails at once ends all. Return the worst code.
    """
    family = _Family(serve)
    with family.stopped_by_signals():
        announce()
        for _ in range(count):
            family.fork()
        return family.tend()


class _Family:
    """The processes, and what becomes of them."""

    def __init__(self, serve: Callable[[], int]) -> None:
        self._serve = serve
        self._children: dict[int, float] = {}
        self._stopping = False

    @contextlib.contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """Pass SIGTERM and Ctrl-C on to the children."""
        before: dict[int, Any] = {number: signal.signal(number, self._stop) for number in _ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def fork(self) -> None:
        """Fork one more, unless all are to stop. A signal waits until the child is known, or stands on its own."""
        if self._stopping:
            return
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        child = os.fork()
        if child == 0:
            self._live()
        self._children[child] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def _live(self) -> NoReturn:
        code = 1
        try:
            for number in _ENDING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            code = self._serve()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def tend(self) -> int:
        worst = 0
        while self._children:
            child, status = os.wait()
            began = self._children.pop(child, time.monotonic())
            code = os.waitstatus_to_exitcode(status)
            if self._stopping:
                worst = max(worst, code)
            elif code > 0 and time.monotonic() - began < _AT_ONCE_S:
                worst = max(worst, code)
                self._stop(signal.SIGTERM, None)
            else:
                time.sleep(_AGAIN_S)
                self.fork()
        return worst

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
