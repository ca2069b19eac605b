"""Server: the socket that the app listens on, and its shutdown.

Owns the socket that all processes share (`platform.signals` has the processes: each is forked with only that socket
open, and opens its own recorder), and the time limits for clients that send nothing. SIGTERM and Ctrl-C stop listening,
answer the requests under way, and end when all of them are on disk. Raises `ConfigProblem` if it cannot listen.

Gaps: TLS is the proxy's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from mailer.errors import ConfigProblem
from mailer.platform.signals import on_end

_BACKLOG: Final = 2048
_HEAD_S: Final = 10.0  # for the head of a request, from the start of a connection
_KEPT_S: Final = 5
_STOP_S: Final = 20
_CONNECTIONS: Final = 800  # connections of one process, below the usual limit of open files
_HEAD_BYTES: Final = 16 * 1024
_LOOKS_EVERY_S: Final = 0.25


def bind(host: str, port: int, *, hint: str = "[serve] host and port, or --port") -> socket.socket:
    """Return a socket bound to an address; port 0 chooses a free one. `hint` names the setting to change.

    Raises ConfigProblem: the address is in use, not allowed, or not on this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigProblem(f"cannot listen on {host}: {error.strerror or error}") from None
    try:
        if os.name == "posix":  # on Windows, two servers could share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise ConfigProblem(f"cannot listen on {host}, port {port}: {error.strerror or error}", hint=hint) from None
    return bound


class _Patient(H11Protocol):
    """A connection that is closed if the head of a request does not arrive in time, so slow clients cannot hold it."""

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


def serve_here(
    app: ASGIApp, bound: socket.socket, *, parent: int = 0, on_stop: Callable[[], None] = lambda: None
) -> None:
    """Serve in this process until SIGTERM or Ctrl-C, or until the `parent` process has ended.

    `on_stop` is called then, to end endless responses. Raises ConfigProblem: the app could not open.
    """
    server = make_server(app)

    def stop() -> None:
        server.should_exit = True

    async def serve() -> None:
        async def watch() -> None:
            # there is no notification that the parent has died, or that a signal reached uvicorn
            while parent in {0, os.getppid()} and not server.should_exit:  # noqa: ASYNC110 - see above
                await asyncio.sleep(_LOOKS_EVERY_S)
            stop()
            on_stop()

        watching = asyncio.create_task(watch())
        try:
            await server.serve(sockets=[bound])
        finally:
            watching.cancel()

    # uvicorn handles signals itself and raises them again at its end; a signal before it listens also ends the server,
    # as soon as it has started. It raises SystemExit if the app did not open.
    with on_end(stop), contextlib.suppress(SystemExit):
        asyncio.run(serve())
    if not server.started:
        raise ConfigProblem("the server could not start", hint="To check the ledger: mailer doctor")


def make_server(app: ASGIApp) -> Server:
    """Return uvicorn's server without a log or a server name, and with time limits."""
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


def make_static_app(folder: Path) -> Starlette:
    """Return an app that serves the files of a folder, `index.html` for each folder in it."""
    return Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))])
