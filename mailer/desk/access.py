"""Access: who may do what at the desk, and the one middleware that everything passes.

Owns sessions (a random cookie, of which only the SHA-256 is kept), one-time links, roles, and the response headers that
keep a page from running or loading anything that is not the desk's own. Whatever is not plainly allowed is refused:

- Host must be a name of this desk: a page elsewhere whose name is pointed at this machine (DNS rebinding) is not.
- A method that changes something must come from a page of this desk (Sec-Fetch-Site, else Origin).
- Without a session there is the login page, and nothing else; with one, what the role allows.

Sessions are in the ledger, so that they can be ended; until there is one, since looking makes none, in memory.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.errors import ConfigProblem, LedgerProblem
from mailer.frozen import dataclass, field
from mailer.ledger import Ledger
from mailer.ledger.users import Session, add_session, end_session, read_session
from mailer.runs.office import Office


class Act(StrEnum):
    """What somebody may do."""

    READ = "read"
    WRITE = "write"  # releases, lists, answers
    APPROVE = "approve"
    SEND = "send"  # and pause, cancel, correct
    ADMINISTER = "administer"  # settings, keys, users
    ANYBODY = "anybody"  # also without a login


class Role(StrEnum):
    """What a user is to the office."""

    READER = "reader"
    WRITER = "writer"
    APPROVER = "approver"
    SENDER = "sender"
    ADMIN = "admin"

    @property
    def acts(self) -> frozenset[Act]:
        """Return what a role may do: who approves does not send."""
        return _ACTS[self]


_ACTS: Final[Mapping[Role, frozenset[Act]]] = {
    Role.READER: frozenset({Act.READ}),
    Role.WRITER: frozenset({Act.READ, Act.WRITE}),
    Role.APPROVER: frozenset({Act.READ, Act.WRITE, Act.APPROVE}),
    Role.SENDER: frozenset({Act.READ, Act.WRITE, Act.SEND}),
    Role.ADMIN: frozenset(Act) - {Act.ANYBODY},
}


@dataclass(frozen=True, slots=True)
class User:
    """Who is logged in: `actor` is what the ledger keeps beside each event."""

    actor: str
    role: Role
    name: str = ""
    session: bytes = field(default=b"", repr=False)  # the digest of the cookie
    user_id: int | None = None

    def may(self, act: Act) -> bool:
        """Return whether this user may do this."""
        return act is Act.ANYBODY or act in self.role.acts


# Sessions.

_LOOKS_EVERY_S: Final = 5.0  # how soon a session that was ended elsewhere is noticed
_LINK_S: Final = 600.0


@dataclass(slots=True)
class _Known:
    session: Session
    looked_at: float
    is_kept: bool


class Sessions:
    """Who is logged in, by cookie."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Office]],
        *,
        clock: Callable[[], datetime],
        hours: float,
    ) -> None:
        """Hold how the ledger is read, the clock and how long a login lasts."""
        self._reading, self._clock, self._hours = reading, clock, hours
        self._known: dict[bytes, _Known] = {}
        self._links: dict[str, tuple[float, User]] = {}
        self._lock = threading.Lock()

    def new_link(self, user: User) -> str:
        """Return a key that logs this user in, once, within ten minutes."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._links[key] = (time.monotonic() + _LINK_S, user)
        return key

    def take_link(self, key: str) -> User | None:
        """Return whom a key logs in, None where it is unknown, used or too old."""
        with self._lock:
            until, user = self._links.pop(key, (0.0, None))
        return user if time.monotonic() < until else None

    def start(self, user: User) -> str:
        """Log a user in; return the cookie's value. It is kept in the ledger by the next step that writes to it."""
        cookie = secrets.token_urlsafe(32)
        now = self._clock()
        session = Session(
            _digest(cookie),
            user.actor,
            user.name,
            user.role.value,
            user.user_id,
            now,
            now + timedelta(hours=self._hours),
        )
        with self._lock:
            self._known[session.digest] = _Known(session, time.monotonic(), is_kept=False)
        return cookie

    def keep(self, ledger: Ledger) -> None:
        """Write into the ledger what it does not have yet."""
        with self._lock:
            new = [each for each in self._known.values() if not each.is_kept]
        if new:
            with ledger.writing() as connection:
                for each in new:
                    add_session(connection, each.session)
            for each in new:
                each.is_kept = True

    def find(self, cookie: str) -> User | None:
        """Return who is logged in with a cookie, None where nobody is. Reads the ledger every few seconds at most."""
        if not cookie:
            return None
        digest, moment = _digest(cookie), time.monotonic()
        with self._lock:
            known = self._known.get(digest)
        if known is None or (known.is_kept and moment - known.looked_at > _LOOKS_EVERY_S):
            try:
                with self._reading() as office:
                    if office.ledger is None:
                        found = None
                    else:
                        with office.ledger.reading() as connection:
                            found = read_session(connection, digest)
            except ConfigProblem:
                if known is None:
                    raise
                found = known.session  # mailer.toml cannot be used: whoever is logged in can put it right
            with self._lock:
                if found is None:
                    self._known.pop(digest, None)
                    return None
                known = self._known[digest] = _Known(found, moment, is_kept=True)
        session = known.session
        if session.expires_at <= self._clock():
            return None
        return User(session.actor, Role(session.role), session.name, digest, session.user_id)

    def end(self, digest: bytes, ledger: Ledger | None) -> None:
        """Log a session out, for good."""
        with self._lock:
            self._known.pop(digest, None)
        if ledger is not None:
            with ledger.writing() as connection:
                end_session(connection, digest, at=self._clock())

    def forget(self) -> None:
        """Look at the ledger again for everybody: a role was changed, or sessions ended."""
        with self._lock:
            self._known = {digest: each for digest, each in self._known.items() if not each.is_kept}


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()


# The middleware.

_SAFE: Final = frozenset({"GET", "HEAD"})
_LARGEST_HEAD: Final = 16 * 1024
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# a mail, shown in a sandboxed frame of a page: its own styles and the pictures within it, and nothing else
MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox"
)
_FIELDS: Final = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the desk is reached: its Host names, the origins of its own pages, its cookie, and its path's beginning."""

    hosts: frozenset[str]
    origins: frozenset[str]
    cookie: str
    prefix: str = ""
    is_secure: bool = False


class Access:
    """Stands before the app: lets through what is allowed."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        gates: Sequence[tuple[Route, Mapping[str, Act]]],
        sessions: Sessions,
        doors: Doors,
        fault: Callable[[Exception], None],
    ) -> None:
        """Hold the app, what each method of its routes takes, and who is logged in."""
        self._app, self._gates = app, gates
        self._sessions, self._doors, self._fault = sessions, doors, fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIELDS.items():
                    headers.setdefault(name, value)
            await send(message)

        prefix = self._doors.prefix
        if prefix and scope["path"].startswith(f"{prefix}/"):
            scope = {**scope, "path": scope["path"].removeprefix(prefix), "raw_path": b""}
        try:
            refusal = await self._refuse(scope)
            if refusal is None:
                await self._app(scope, receive, answer)
            else:
                await refusal(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the app has answered; the operator has the rest, in a file
            self._fault(error)

    async def _refuse(self, scope: Scope) -> Response | None:
        """Return the answer to what may not pass, None to what may; puts the user into the scope."""
        headers, method = Headers(scope=scope), scope["method"]
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _LARGEST_HEAD:
            return PlainTextResponse("Too large.\n", 431)
        if headers.get("host", "").lower() not in self._doors.hosts:
            return PlainTextResponse("This is not a name of this desk.\n", 421)
        if method not in _SAFE and not self._is_own(headers):
            return PlainTextResponse("This did not come from a page of the desk.\n", 403)
        act = self._act_of(scope, method)
        if act is None:
            if self._is_known(scope):
                return PlainTextResponse("Not allowed.\n", 405)
            act = Act.READ  # the app says 404, to whoever may hear it
        cookie = cookie_parser(headers.get("cookie", "")).get(self._doors.cookie, "")
        try:
            user = await run_in_threadpool(self._sessions.find, cookie)
        except (ConfigProblem, LedgerProblem) as error:
            if act is not Act.ANYBODY:
                return PlainTextResponse(f"{error}\n{error.hint}\n", 503)
            user = None
        scope["desk.user"] = user
        if act is Act.ANYBODY:
            return None
        if user is None:
            if method in _SAFE and "desk-region" not in headers and headers.get("accept", "").startswith("text/html"):
                return RedirectResponse(f"{self._doors.prefix}/login", 303)
            return PlainTextResponse("Log in first.\n", 401)
        if not user.may(act):
            scope["desk.refused"] = act
        return None

    def _is_own(self, headers: Headers) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if origin is not None and origin.lower() not in self._doors.origins:
            return False
        return site == "same-origin" if site is not None else origin is not None

    def _act_of(self, scope: Scope, method: str) -> Act | None:
        """Return what the route of a request takes; None where there is no route, or it has no such method."""
        for route, acts in self._gates:
            if route.matches(scope)[0] is Match.FULL:
                return acts.get("GET" if method == "HEAD" else method)
        return None

    def _is_known(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is not Match.NONE for route, _ in self._gates)
