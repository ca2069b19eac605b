"""Access: who may do what at the desk, and the middleware that every request passes.

Owns sessions (a random cookie, of which only the SHA-256 is kept), one-time links, roles, and the response headers that
keep a page from running or loading anything that is not the desk's own. Everything not expressly allowed is refused:

- Host must be a name of this desk, which excludes names that were pointed at this machine (DNS rebinding).
- A shared desk answers only its proxy. Of the X-Forwarded fields it uses only the protocol, to refuse plain HTTP. The
  client's address is neither used nor kept.
- A path or a query is text: `..`, control characters and names that no file can have are refused.
- A method that changes something must come from a page of this desk (Sec-Fetch-Site, else Origin).
- Without a session there is only the login page; with one, what the role allows.

Sessions are in the ledger, so that they can be ended; in memory until there is a ledger, since reading creates none.
Their cookie is SameSite=Strict: a link in a mail or a chat comes without it, so the login page makes the browser ask
again from here before it treats the user as logged out.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer import lazy_re as re
from mailer.errors import ConfigProblem, LedgerProblem
from mailer.frozen import dataclass, field
from mailer.ledger import Ledger
from mailer.ledger.users import Role, Session, add_session, end_sessions, read_session
from mailer.runs.office import Office


class Right(StrEnum):
    """A right of a user."""

    READ = "read"
    WRITE = "write"  # releases, lists, answers
    APPROVE = "approve"
    SEND = "send"  # and pause, cancel, correct
    ADMINISTER = "administer"  # settings, keys, users
    ANYBODY = "anybody"  # even without a login


_RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {  # approvers do not send
    Role.WAITING: frozenset(),
    Role.READER: frozenset({Right.READ}),
    Role.WRITER: frozenset({Right.READ, Right.WRITE}),
    Role.APPROVER: frozenset({Right.READ, Right.WRITE, Right.APPROVE}),
    Role.SENDER: frozenset({Right.READ, Right.WRITE, Right.SEND}),
    Role.ADMIN: frozenset(Right) - {Right.ANYBODY},
}


@dataclass(frozen=True, slots=True)
class User:
    """A user who is logged in; `actor` is recorded in the ledger with each event."""

    actor: str
    role: Role
    name: str = ""
    session: bytes = field(default=b"", repr=False)  # the digest of the cookie
    user_id: int | None = None  # of a user who logged in by OpenID Connect

    @property
    def rights(self) -> frozenset[Right]:
        """Return the rights of this user."""
        return _RIGHTS[self.role]

    def may(self, right: Right) -> bool:
        """Return whether this user has a right."""
        return right is Right.ANYBODY or right in self.rights


# Sessions.

_REREAD_AFTER_S: Final = 5.0  # how soon a session that was ended elsewhere is noticed
_LONGEST_COOKIE: Final = 100


@dataclass(slots=True)
class _Known:
    session: Session
    read_at: float
    is_kept: bool


@dataclass(slots=True)
class Sessions:
    """The sessions by cookie; each lasts so many hours."""

    reading: Callable[[], AbstractContextManager[Office]]
    clock: Callable[[], datetime]
    hours: float
    _known: dict[bytes, _Known] = field(default_factory=dict)
    _links: dict[str, tuple[float, User]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def new_link(self, user: User, *, lasts_s: float) -> str:
        """Return a key that logs this user in once, within so many seconds."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._links[key] = (time.monotonic() + lasts_s, user)
        return key

    def take_link(self, key: str) -> User | None:
        """Return the user that a key logs in; None if it is unknown, used or too old."""
        with self._lock:
            until, user = self._links.pop(key, (0.0, None))
        return user if time.monotonic() < until else None

    def start(self, user: User) -> str:
        """Log a user in; return the cookie's value. The next step that writes to the ledger also stores the session."""
        cookie = secrets.token_urlsafe(32)
        now = self.clock()
        until = now + timedelta(hours=self.hours)
        session = Session(_digest(cookie), user.actor, user.name, user.role.value, user.user_id, now, until)
        with self._lock:
            self._known = {digest: each for digest, each in self._known.items() if each.session.expires_at > now}
            self._known[session.digest] = _Known(session, time.monotonic(), is_kept=False)
        return cookie

    def keep(self, ledger: Ledger) -> None:
        """Write sessions to the ledger that it does not have yet."""
        with self._lock:
            new = [each for each in self._known.values() if not each.is_kept]
        if new:
            with ledger.writing() as connection:
                for each in new:
                    add_session(connection, each.session)
            for each in new:
                each.is_kept = True

    def find(self, cookie: str) -> User | None:
        """Return the user logged in with a cookie, or None. Reads the ledger every few seconds at most."""
        if not cookie or len(cookie) > _LONGEST_COOKIE:
            return None
        digest, now = _digest(cookie), time.monotonic()
        with self._lock:
            known = self._known.get(digest)
        if known is None or (known.is_kept and now - known.read_at > _REREAD_AFTER_S):
            try:
                found = None
                with self.reading() as office:
                    if office.ledger is not None:
                        with office.ledger.reading() as connection:
                            found = read_session(connection, digest)
            except ConfigProblem:
                if known is None:
                    raise
                found = known.session  # so that a user who is logged in can correct mailer.toml
            with self._lock:
                if found is None:
                    self._known.pop(digest, None)
                    return None
                known = self._known[digest] = _Known(found, now, is_kept=True)
        session = known.session
        if session.expires_at <= self.clock():
            return None
        return User(session.actor, Role(session.role), session.name, digest, session.user_id)

    def end(self, digest: bytes, ledger: Ledger | None) -> None:
        """End a session."""
        with self._lock:
            self._known.pop(digest, None)
        if ledger is not None:
            with ledger.writing() as connection:
                end_sessions(connection, digest=digest, at=self.clock())

    def forget(self) -> None:
        """Read all sessions from the ledger again: a role was changed, or sessions were ended."""
        with self._lock:
            self._known = {digest: each for digest, each in self._known.items() if not each.is_kept}


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()


# The middleware.

_SAFE: Final = frozenset({"GET", "HEAD"})
_LARGEST_HEAD: Final = 16 * 1024
_LONGEST_PATH: Final = 1_000
_LONGEST_NAME: Final = 250  # bytes of a part of a path: a file name, with room for an extension
_PIECE_S: Final = 15.0  # for each piece of an upload
_UPLOAD_S: Final = 900.0  # for the whole upload
_UNREADABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# a mail in a sandboxed frame of a page: its own styles and embedded pictures, nothing else
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
class Hosting:
    """How the desk is reached: its Host names, the origins of its pages, its cookie, and the prefix of its paths."""

    hosts: frozenset[str]
    origins: frozenset[str]
    cookie: str
    prefix: str = ""
    is_secure: bool = False
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # the only addresses that are answered; empty: all

    @property
    def login_cookie(self) -> str:
        """Return the name of the cookie for a login in progress, which is sent only to the login paths."""
        return self.cookie.replace("__Host-", "__Secure-") + "_login"

    def admits(self, peer: str) -> bool:
        """Return whether a peer may connect to the desk."""
        try:
            address = ip_address(peer)
        except ValueError:
            return not self.proxies
        address = getattr(address, "ipv4_mapped", None) or address
        return not self.proxies or any(address.version == each.version and address in each for each in self.proxies)


def safe_path(text: str) -> str:
    """Return a path of this desk with its query, to go to later; anything that could lead elsewhere becomes `/`."""
    is_own = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_own and text.isascii() and text.isprintable() and len(text) <= _LONGEST_PATH else "/"


def _is_text(path: str, query: str) -> bool:
    """Return whether a path and a query are ones that pages of the desk can link to."""
    parts = path.split("/")
    return (
        len(path) <= _LONGEST_PATH
        and not _UNREADABLE.search(path)
        and "\x00" not in query
        and not any(part in {".", ".."} or len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts)
    )


def _time_limited(receive: Receive) -> Receive:
    """Return a function that receives a body, with time limits."""
    until, is_whole = time.monotonic() + _UPLOAD_S, False

    async def receive_in_time() -> Message:
        nonlocal is_whole
        if is_whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), min(_PIECE_S, until - time.monotonic()))
        except TimeoutError:
            message = {"type": "http.disconnect"}
        is_whole = message["type"] != "http.request" or not message.get("more_body")
        return message

    return receive_in_time


@dataclass(frozen=True, slots=True)
class Access:
    """The middleware in front of the app: lets through what is allowed."""

    app: ASGIApp
    routes: Sequence[tuple[Route, Mapping[str, Right]]]  # the right that each method of a route needs
    sessions: Sessions
    hosting: Hosting
    refused: Callable[[Scope], Awaitable[Response]]  # the answer for a role without the right
    fault: Callable[[Exception], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIELDS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in _SAFE:
            receive = _time_limited(receive)
        try:
            path, prefix = scope["path"], self.hosting.prefix  # an empty path is not the desk's
            path = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else ""
            scope = {**scope, "path": path, "raw_path": b""}
            refusal = await self._refuse(scope)
            if refusal is None:
                await self.app(scope, receive, answer)
            else:
                await refusal(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the app has answered; the details go to a file for the operator
            self.fault(error)

    async def _refuse(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is refused, or None; puts the user into the scope."""
        headers, method = Headers(scope=scope), scope["method"]
        if not self.hosting.admits(scope["client"][0] if scope.get("client") else ""):
            return PlainTextResponse("This desk can only be reached through its proxy ([desk] proxies).\n", 403)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _LARGEST_HEAD:
            return PlainTextResponse("Too large.\n", 431)
        if headers.get("host", "").lower() not in self.hosting.hosts:
            return PlainTextResponse("This is not a name of this desk.\n", 421)
        if self.hosting.is_secure and headers.get("x-forwarded-proto", "https").rpartition(",")[2].strip() == "http":
            return PlainTextResponse("This desk can only be reached by https://.\n", 403)
        query = scope["query_string"].decode("latin-1")
        if not scope["path"] or not _is_text(scope["path"], unquote(query)):
            return PlainTextResponse("There is no such page.\n", 404)
        if method not in _SAFE and not self._is_own(headers):
            return PlainTextResponse("This request did not come from a page of the desk.\n", 403)
        matches = ((route.matches(scope)[0], rights) for route, rights in self.routes)
        matching = [(match, rights) for match, rights in matches if match is not Match.NONE]
        rights = next((rights for match, rights in matching if match is Match.FULL), {})
        right = rights.get("GET" if method == "HEAD" else method)
        if right is None:
            if matching:
                return PlainTextResponse("Not allowed.\n", 405)
            right = Right.READ  # the app answers 404, to users who may read
        cookie = cookie_parser(headers.get("cookie", "")).get(self.hosting.cookie, "")
        try:
            user = await run_in_threadpool(self.sessions.find, cookie)
        except (ConfigProblem, LedgerProblem) as error:
            if right is not Right.ANYBODY:
                return PlainTextResponse(f"{error}\n{error.hint}\n", 503)
            user = None
        scope["desk.user"] = user
        if right is Right.ANYBODY:
            return None
        if user is None:
            if method in _SAFE and "desk-region" not in headers and headers.get("accept", "").startswith("text/html"):
                page = safe_path(quote(scope["path"]) + (f"?{query}" if query else ""))
                after = "" if page == "/" else f"?next={quote(page, safe='/')}"
                return RedirectResponse(f"{self.hosting.prefix}/login{after}", 303)
            return PlainTextResponse("Log in first.\n", 401)
        return None if user.may(right) else await self.refused(scope)

    def _is_own(self, headers: Headers) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if origin is not None and origin.lower() not in self.hosting.origins:
            return False
        return site == "same-origin" if site is not None else origin is not None
