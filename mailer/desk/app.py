"""App: the desk as one ASGI app.

Joins the routes of the views, those that are not pages (login, styles, the stream of changes), and what starts and
stops with the app. Does not listen: `cli` does.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from mailer.desk.access import Access, Hosting, Right, Sessions, User, safe_path
from mailer.desk.html import STATIC, Html, static_file
from mailer.desk.index import Indexes
from mailer.desk.jobs import Jobs
from mailer.desk.live import Live, Shared
from mailer.desk.presence import Presence, Shelf
from mailer.desk.routing import NOBODY, DeskRequest, DeskRoute, File, make_route
from mailer.desk.views import AREAS, ROUTES, TABS
from mailer.desk.views.today import show_today
from mailer.desk.worker import WorkerProcess
from mailer.errors import InputProblem, LedgerProblem, MailerError
from mailer.frozen import dataclass
from mailer.ledger import Ledger
from mailer.ledger.users import Role
from mailer.pages import Page
from mailer.runs.manuscripts.keeping import Recognised
from mailer.runs.office import Office
from mailer.runs.previews import Made
from mailer.settings import Credential, Inbox, Relay

if TYPE_CHECKING:  # it takes an extra
    from mailer.desk.shared import Provider

_LINK_S: Final = 600.0
_ADMIN_LINK_S: Final = 3_600.0  # the new admin has to log in at the provider first


@dataclass(frozen=True, slots=True)
class Offices:
    """How the desk opens the workspace, as given by the composition root."""

    root: Path
    reading: Callable[[], AbstractContextManager[Office]]
    writing: Callable[..., AbstractContextManager[tuple[Office, Ledger]]]  # as `DeskRequest.writing`
    password: Callable[[Office, Relay | Inbox], Credential | None]
    clock: Callable[[], datetime]
    refusal: Callable[[Office], LedgerProblem | None] = lambda _: None  # why nothing could be sent from this ledger


class Desk:
    """What all views share: the office, the sessions, templates, streams, and the worker beside the desk."""

    def __init__(
        self,
        offices: Offices,
        hosting: Hosting,
        *,
        session_h: float,
        worker: WorkerProcess | None,
        actor: str,
        login: Provider | None = None,
    ) -> None:
        """Join the parts; `actor` is the user of this machine, `login` the provider of a shared desk."""
        self.offices, self.hosting, self.worker, self.actor, self.login = offices, hosting, worker, actor, login
        self.sessions = Sessions(offices.reading, clock=offices.clock, hours=session_h)
        # by session and path, until that page shows them: another tab's requests do not take them away
        self.messages: dict[bytes, dict[str, list[Page | str]]] = {}
        self.live, self.presence = Live(offices.reading), Presence()
        self.indexes = Indexes()
        self.uploads = Shelf[File](most=8, minutes=30)  # lists and opt-outs, until their plan is confirmed
        self.imports = Shelf[Recognised](most=4, minutes=60)  # documents, until they are saved as releases
        self.mails = Shelf[Made](most=24, minutes=60)  # for the frames that show them
        self.jobs = Jobs()
        self.shared = Shared(self.live)
        self.html = Html(self)

    def preload(self) -> None:
        """Make the first page before it is requested, and load the templates of the largest pages."""
        with contextlib.suppress(Exception):  # the user who opens the page will see the error
            show_today(DeskRequest(self, NOBODY, "GET", "/"))
            self.html.load("mailing", "report")
        self.shared.drop()  # it took longer than it will take again

    def areas(self, request: DeskRequest) -> Sequence[tuple[str, str, bool]]:
        """Return the areas of the desk for navigation: path, name, and whether the page is in this area."""
        return [(path, name, path == _area_of(request)) for path, name, right in AREAS if request.user.may(right)]

    def tabs(self, request: DeskRequest) -> Sequence[tuple[str, str, bool]]:
        """Return the pages of the current area, in the same form."""
        tabs = TABS.get(_area_of(request), ())
        current = max((path for path, _ in tabs if f"{request.path}/".startswith(f"{path}/")), key=len, default="")
        return [(path, name, path == current) for path, name in tabs]

    def login_path(self) -> str:
        """Return the path of a one-time link for the user of this machine; at a shared desk, it makes an admin."""
        user = User(self.actor, Role.ADMIN, self.actor)
        key = self.sessions.new_link(user, lasts_s=_LINK_S if self.login is None else _ADMIN_LINK_S)
        return f"{self.hosting.prefix}/login?key={key}"

    def set_cookie(self, answer: Response, value: str) -> None:
        """Set the login cookie in an answer; an empty value removes it."""
        path, age = f"{self.hosting.prefix}/", None if value else 0
        answer.set_cookie(
            self.hosting.cookie, value, age, httponly=True, samesite="strict", secure=self.hosting.is_secure, path=path
        )

    async def show_login(self, request: Request, error: MailerError | None = None, *, onward: str = "") -> Response:
        """Return the login page, with an error if there is one; `onward` is the page to which it continues."""
        status = 200
        if error is not None:
            status = 403 if error.exit_code == InputProblem.exit_code else 503
        return await self.shown(request, "login.html", status, error=error, onward=onward)

    async def shown(self, request: Request, template: str, status: int, **context: object) -> Response:
        """Return a page that belongs to no view."""
        route = DeskRoute(request.scope["path"], get=lambda request: request.render(template, status=status, **context))
        found: Response = await make_route(self, route).endpoint(request)
        return found


def _area_of(request: DeskRequest) -> str:
    area = "/" + request.path.strip("/").partition("/")[0]
    return {"/people": "/lists", "/suppressions": "/lists", "/plans": "/mailings"}.get(area, area)


def make_app(desk: Desk, *, fault: Callable[[Exception], None] = lambda _: None) -> ASGIApp:
    """Build the app around a desk; `fault` is called with internal errors."""

    async def login(request: Request) -> Response:
        query = request.query_params
        after = safe_path(query.get("next", "")) if "next" in query else ""
        if after and request.headers.get("sec-fetch-site") == "cross-site":  # without the cookie: ask from here
            return await desk.show_login(request, onward=after)
        if desk.login is not None or "key" not in query:
            return await desk.show_login(request)
        user = desk.sessions.take_link(query["key"])
        if user is None:
            hint = "For a new one, stop the desk with Ctrl-C and start it again."
            error = InputProblem("this link was already used, or it is older than ten minutes", hint=hint)
            return await desk.show_login(request, error)
        answer = RedirectResponse(f"{desk.hosting.prefix}/", 303)
        desk.set_cookie(answer, desk.sessions.start(user))
        return answer

    async def events(request: Request) -> Response:
        cookie = request.cookies.get(desk.hosting.cookie, "")
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        if "once" in request.query_params:
            return PlainTextResponse("\n".join(desk.live.since(seen)))

        async def while_logged_in() -> AsyncIterator[bytes]:
            async with contextlib.aclosing(desk.live.stream(seen)) as stream:
                async for event in stream:
                    user = await run_in_threadpool(desk.sessions.find, cookie)
                    if user is None or not user.may(Right.READ):
                        return
                    yield event

        at_once = {"x-accel-buffering": "no"}  # a proxy must not buffer the stream
        return StreamingResponse(while_logged_in(), media_type="text/event-stream", headers=at_once)

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return PlainTextResponse("Not found.\n", 404)
        kept = {"cache-control": "public, max-age=31536000, immutable"} if request.url.query else {}
        return Response(static_file(name), media_type=STATIC[name], headers=kept)

    async def refused(scope: Scope) -> Response:
        return await desk.shown(Request({**scope, "method": "GET"}), "refused.html", 403)

    async def broken(*_: object) -> Response:
        return PlainTextResponse("Something went wrong here. The ledger is safe.\n", 500)

    async def missing(request: Request, _: Exception) -> Response:
        return await desk.shown(request, "missing.html", 404)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        desk.live.begin()
        here = contextvars.copy_context()  # has the workspace
        threading.Thread(target=here.run, args=(desk.preload,), name="desk-preload", daemon=True).start()
        if desk.worker is not None:
            desk.worker.start()
        try:
            yield
        finally:
            desk.live.close()
            if desk.worker is not None:
                desk.worker.close()

    routes: list[tuple[Route, Mapping[str, Right]]] = [
        (Route("/login", login), {"GET": Right.ANYBODY}),
        (Route("/static/{name}", static), {"GET": Right.ANYBODY}),
        (Route("/events", events), {"GET": Right.READ}),
        *(desk.login.routes(desk) if desk.login is not None else ()),
        *((make_route(desk, route), route.rights) for route in ROUTES),
    ]
    starlette = Starlette(
        routes=[route for route, _ in routes], lifespan=lifespan, exception_handlers={404: missing, 500: broken}
    )
    starlette.router.redirect_slashes = False  # it would redirect to the address that the proxy uses
    return Access(starlette, routes=routes, sessions=desk.sessions, hosting=desk.hosting, refused=refused, fault=fault)
