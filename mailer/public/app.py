"""App: what strangers' machines call, as one ASGI app.

Owns the joining: the desk behind the door, more routes beside it (webhooks), the guard before all of it, and that the
desk opens with the app and closes when everything that was asked for is on disk. Never listens: `server` does.

The door answers every path that no other route takes, by the token at its end: so it stands under whatever prefix a
proxy gives it, and nothing needs to be said twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from mailer.public.desks import Desk
from mailer.public.door import OptOutDoor
from mailer.public.guard import REQUEST_S, Guard
from mailer.public.limits import parse_networks
from mailer.public.tally import Tally

_TOLD_EVERY_S: Final = 60.0


def _silent(_: object) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the app behaves where it runs; `say` is told figures once a minute, `fault` what broke."""

    prefix: str = ""
    proxies: Sequence[str] = ("127.0.0.1", "::1")
    say: Callable[[str], None] = _silent
    fault: Callable[[Exception], None] = _silent
    request_s: float = REQUEST_S


_PLAIN: Final = Manner()


def make_app(desk: Desk, routes: Sequence[BaseRoute] = (), *, manner: Manner = _PLAIN) -> ASGIApp:
    """Make the app around a desk; `routes` are asked before the opt-out door.

    Raises:
        ValueError: a proxy is no address.
    """
    tally = Tally(manner.say)
    door = OptOutDoor(desk, tally, parse_networks(manner.proxies))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await desk.open()
        telling = asyncio.create_task(_tell(tally))
        try:
            yield
        finally:
            telling.cancel()
            await desk.close()
            tally.tell()

    starlette = Starlette(routes=[*routes, Route("/{path:path}", door)], lifespan=lifespan)
    return Guard(starlette, tally, manner.fault, manner.prefix, manner.request_s)


async def _tell(tally: Tally) -> None:
    while True:
        await asyncio.sleep(_TOLD_EVERY_S)
        tally.tell()
