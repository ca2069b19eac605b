"""App: the desk as one ASGI app, from its parts.

Owns the joining: the views' ways, the routes that are not pages (login, styles, the stream of changes), and what
begins and ends with the app. Never listens: `cli` does.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from mailer.desk.access import Access, Act, Doors, Role, Sessions, User
from mailer.desk.html import STATIC, Html, static_file
from mailer.desk.live import Live, Shared
from mailer.desk.routing import DeskRequest, Way, route_of
from mailer.desk.views import AREAS, WAYS
from mailer.desk.worker import WorkerProcess
from mailer.frozen import dataclass
from mailer.ledger import Ledger
from mailer.pages import Page
from mailer.runs.office import Office
from mailer.settings import Credential, Inbox, Relay


class Writing(Protocol):
    """Opens the office for a step that writes."""

    def __call__(self, *, mails: bool = ...) -> AbstractContextManager[tuple[Office, Ledger]]:
        """Open it; with `mails` an older copy of the ledger is refused."""
        ...


@dataclass(frozen=True, slots=True)
class Offices:
    """How the desk opens the workspace, as the composition root hands it."""

    root: Path
    reading: Callable[[], AbstractContextManager[Office]]
    writing: Writing
    password: Callable[[Office, Relay | Inbox], Credential | None]
    clock: Callable[[], datetime]


class Desk:
    """What all views share: the office, who is logged in, templates, streams, and the worker beside it."""

    def __init__(
        self, offices: Offices, doors: Doors, *, session_h: float, worker: WorkerProcess | None, actor: str
    ) -> None:
        """Join the parts; `actor` is who sits at this machine."""
        self.offices, self.doors, self.worker, self.actor = offices, doors, worker, actor
        self.sessions = Sessions(offices.reading, clock=offices.clock, hours=session_h)
        self.messages: dict[bytes, list[Page | str]] = {}  # by session, until its next page shows them
        self.live = Live(offices.reading)
        self.shared = Shared(self.live)
        self.html = Html(self)

    def areas(self, asked: DeskRequest) -> Sequence[tuple[str, str, bool]]:
        """Return the areas of the desk for its navigation: path, name, and whether the page is in it."""
        here = "/" + asked.path.strip("/").partition("/")[0]
        return [(path, name, here == path) for path, name, act in AREAS if asked.user.may(act)]

    def login_path(self) -> str:
        """Return the path of a one-time link for whoever sits at this machine."""
        return f"{self.doors.prefix}/login?key={self.sessions.new_link(User(self.actor, Role.ADMIN, self.actor))}"


def make_app(desk: Desk, *, fault: Callable[[Exception], None] = lambda _: None) -> ASGIApp:
    """Build the app around a desk; `fault` is told what broke."""

    async def login(request: Request) -> Response:
        user = desk.sessions.take_link(request.query_params.get("key", ""))
        if user is None:
            return await _shown(desk, request, "login.html", 200 if "key" not in request.query_params else 403)
        answer = RedirectResponse(f"{desk.doors.prefix}/", 303)
        set_cookie(desk, answer, desk.sessions.start(user))
        return answer

    async def events(_: Request) -> Response:
        return StreamingResponse(desk.live.stream(), media_type="text/event-stream")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return PlainTextResponse("Not found.\n", 404)
        kept = {"cache-control": "public, max-age=31536000, immutable"} if request.url.query else {}
        return Response(static_file(name), media_type=STATIC[name], headers=kept)

    async def broken(*_: object) -> Response:
        return PlainTextResponse("Something went wrong here. What is in the ledger is safe.\n", 500)

    async def missing(request: Request, _: Exception) -> Response:
        return await _shown(desk, request, "missing.html", 404)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if desk.worker is not None:
            desk.worker.start()
        try:
            yield
        finally:
            desk.live.close()
            if desk.worker is not None:
                desk.worker.close()

    gates: list[tuple[Route, Mapping[str, Act]]] = [
        (Route("/login", login), {"GET": Act.ANYBODY}),
        (Route("/static/{name}", static), {"GET": Act.ANYBODY}),
        (Route("/events", events), {"GET": Act.READ}),
        *((route_of(desk, way), way.acts) for way in WAYS),
    ]
    routes = [route for route, _ in gates]
    starlette = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: missing, 500: broken})
    return Access(starlette, gates=gates, sessions=desk.sessions, doors=desk.doors, fault=fault)


def set_cookie(desk: Desk, answer: Response, value: str) -> None:
    """Put the cookie of a login into an answer."""
    doors = desk.doors
    answer.set_cookie(
        doors.cookie, value, httponly=True, samesite="strict", secure=doors.is_secure, path=f"{doors.prefix}/"
    )


async def _shown(desk: Desk, request: Request, template: str, status: int) -> Response:
    """Return a page that is none of the desk's work."""
    way = Way(request.scope["path"], get=lambda asked: asked.render(template, status=status))
    found: Response = await route_of(desk, way).endpoint(request)
    return found
