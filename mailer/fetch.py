"""Fetch: outgoing HTTP, for what sending mail needs from the web.

Requests are for access tokens, logins and the certificates of relays' notices: https only, no redirects, all of it
secret; and for time stamps, where http will do, since they are signed and contain no secret. Pages are the targets of
links in a release: any site, redirects followed, nothing kept. Both use the standard library's client in threads: a
handful of requests a run need no library of their own. Gaps: no proxies. The wait for a silent DNS server is the
system's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ipaddress
import socket
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from mailer.frozen import dataclass, field
from mailer.platform.network import CAUSES, hang_up, tls_context
from mailer.settings import is_loopback

LIMIT_S = 30.0
MOST_BYTES = 64 * 1024


class Unreachable(Exception):
    """There was no usable answer; the text says why, and contains nothing of what was sent."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: the status, and the body, which a repr does not show.

    `date` is the Date header (empty if there is none); `expires_at` is the end of the certificate (None: no TLS).
    """

    status: int
    body: bytes = field(repr=False)
    date: str = field(default="", compare=False)
    expires_at: datetime | None = field(default=None, compare=False)


async def post_form(
    url: str, fields: Mapping[str, str], *, authorization: str = "", ca_file: str = "", limit_s: float = LIMIT_S
) -> Fetched:
    """Post a form (the way to request tokens, RFC 6749 §4.1.3) and return the answer, whatever its status.

    `authorization` is that header (RFC 7617, RFC 6750), `ca_file` names the only authorities to trust, `limit_s` is the
    time for all of it. Raises Unreachable if no answer came in time, TLS failed, or the answer is not HTTP or too long;
    ConfigProblem if `ca_file` is not a file of certificates; ValueError if the address is neither https nor on this
    machine.
    """
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Authorization": authorization,
    }
    return await _request(url, urlencode(fields).encode("ascii"), headers, ca_file=ca_file, limit_s=limit_s)


async def post_openly(url: str, body: bytes, *, media_type: str) -> Fetched:
    """Post what is no secret, over http as well (RFC 3161 §3.4); bounds and errors as of `post_form`."""
    return await _request(url, body, {"Content-Type": media_type}, openly=True)


async def get(url: str, *, authorization: str = "", ca_file: str = "", limit_s: float = LIMIT_S) -> Fetched:
    """Get an address, and return the answer whatever its status; bounds and errors as of `post_form`."""
    return await _request(url, None, {"Authorization": authorization}, ca_file=ca_file, limit_s=limit_s)


async def _request(
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    ca_file: str = "",
    limit_s: float = LIMIT_S,
    openly: bool = False,
) -> Fetched:
    """Make one request: GET without a body, else POST. What is sent `openly` is no secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and (openly or is_loopback(host))):
        raise ValueError("secrets are sent over https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    thread, connection = _InThread(), _connection(parts.scheme, host, parts.port, limit_s, ca_file)
    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.to_thread(_exchange, thread, connection, path, body, headers)
    except TimeoutError:
        raise Unreachable(f"no answer within {limit_s:g} seconds") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(say_cause(error)) from None
    finally:
        thread.give_up()


class _NoAnswer(http.client.HTTPException):
    """The answer is HTTP, but not a complete one; the text is ours."""


class _InThread:
    """A request in a thread, which another thread may give up."""

    _socket: socket.socket | None = None
    _given_up = False

    def open(self, connection: http.client.HTTPConnection) -> socket.socket:
        connection.connect()
        self._socket = connection.sock  # the client forgets it when it reads the body
        if self._given_up:
            raise _NoAnswer("it was cancelled")
        return self._socket

    def give_up(self) -> None:
        """Wake the thread if it still waits: an answer that comes byte by byte would keep it busy for ever."""
        self._given_up = True
        if self._socket is not None:
            hang_up(self._socket)


def _exchange(
    thread: _InThread, connection: http.client.HTTPConnection, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Fetched:
    present = {name: value for name, value in headers.items() if value}
    with contextlib.closing(connection):
        opened = thread.open(connection)
        certificate = (opened.getpeercert() or {}) if isinstance(opened, ssl.SSLSocket) else {}
        until = certificate.get("notAfter")
        expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None
        method = "GET" if body is None else "POST"
        connection.request(method, path, body, {"User-Agent": "mailer", "Connection": "close", **present})
        with connection.getresponse() as response:
            answer = response.read(MOST_BYTES + 1)
            if len(answer) > MOST_BYTES:
                raise _NoAnswer("the answer is too long")
            if response.length:
                raise _NoAnswer("the answer was cut off")
            return Fetched(response.status, answer, response.headers.get("Date", ""), expires_at)


def _connection(scheme: str, host: str, port: int | None, limit_s: float, ca_file: str) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=limit_s)
    return http.client.HTTPSConnection(host, port, timeout=limit_s, context=tls_context(ca_file))


_CAUSES: dict[type[Exception], str] = {
    http.client.RemoteDisconnected: "the connection was closed without an answer",  # a ConnectionResetError too
    http.client.IncompleteRead: "the answer was cut off",
    **CAUSES,
}


def say_cause(error: Exception) -> str:
    """Return what failed, in our own words: an answer may repeat what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no TLS ({(error.reason or type(error).__name__).replace('_', ' ').lower()})"
    known = next((words for kind, words in _CAUSES.items() if isinstance(error, kind)), "")
    if known:
        return known
    if isinstance(error, _NoAnswer):
        return str(error)
    return (error.strerror if isinstance(error, OSError) else "") or "its answer is not HTTP"


# Pages: whether the pages that a release links to are there.
#
# A link may come from a stranger, and a redirect always does: neither may make this machine connect to others in its
# network, or to the metadata service of a cloud. So a name is resolved here, once, and the connection goes to the
# checked addresses, which must all be public: a name server that changes its answer a moment later gains nothing, and
# every spelling of an address (decimal, octal, IPv4 inside IPv6) is judged by what the system resolves it to.
# Gaps: a site that shows a page only to browsers answers 403, and the caller reports it as unsure.

AT_ONCE = 8
LOOK_S = 10.0
ALL_S = 60.0
_HOPS = 6
_FIRST_BYTES = 16 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# statuses that sites without HEAD may answer to it
_ASK_AGAIN = frozenset({400, 401, 403, 404, 405, 406, 410, 429, 500, 501, 503})
_SAFE = "/%:@!$&'()*+,;=~"
_HEADERS = {
    "User-Agent": "mailer (checks the links of a press release)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Page:
    """The result for an address.

    `status` is 0 if there was no answer, and `fault` says why. `url` is where redirects ended; `moved` means that all
    of them were permanent. `size` is that of Content-Length (None without one), `kind` the media type.
    `withheld`: no request was made, because the address is not a public one.
    """

    status: int
    url: str
    fault: str = ""
    timed_out: bool = False
    moved: bool = False
    kind: str = ""
    size: int | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Web:
    """How pages are fetched: the time for one page and for all, which CAs to trust, and replacements of hosts.

    `instead` maps a host to the host and port to connect to; names and certificates stay those of the address.
    `resolve` returns the addresses of any other host, as `socket.getaddrinfo` does.
    """

    look_s: float = LOOK_S
    all_s: float = ALL_S
    ca_file: str = ""
    instead: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    resolve: Callable[..., Iterable[tuple[Any, ...]]] = socket.getaddrinfo


class _NotPublic(Exception):
    """A host has an address that is not a public one; the text is that address."""


async def look_at(urls: Iterable[str], *, web: Web | None = None) -> dict[str, Page]:
    """Check web addresses, several at once, but those of one site one after the other.

    Return a page for each address; one not reached in time has `timed_out`.
    """
    web = web or Web()
    wanted = list(dict.fromkeys(urls))
    room = asyncio.Semaphore(AT_ONCE)
    sites: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def one(url: str) -> Page:
        try:
            site = urlsplit(url).netloc.lower()
        except ValueError:  # not an address, as the request will report
            site = ""
        async with sites[site], room:
            look = _Look(url, web)
            try:
                async with asyncio.timeout(web.look_s):
                    return await asyncio.to_thread(look.follow)
            except TimeoutError:
                return late(url, web.look_s)
            finally:
                look.give_up()

    def late(url: str, limit_s: float) -> Page:
        return Page(0, url, f"no answer within {limit_s:g} seconds", timed_out=True)

    tasks = {url: asyncio.ensure_future(one(url)) for url in wanted}
    if tasks:
        await asyncio.wait(tasks.values(), timeout=web.all_s)
    left = [task for task in tasks.values() if not task.done()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return {url: late(url, web.all_s) if task in left else task.result() for url, task in tasks.items()}


class _Look(_InThread):
    """One check of one address."""

    def __init__(self, url: str, web: Web) -> None:
        self._url = url
        self._web = web

    def follow(self) -> Page:
        url, moved = self._url, True
        for hop in range(_HOPS):
            try:
                page, target = self._ask(url)
            except _NotPublic as address:
                return Page(0, url, f"it leads to {address}, which is not a public address", withheld=True)
            except (OSError, http.client.HTTPException, ValueError) as error:
                is_late = isinstance(error, TimeoutError)
                return Page(0, url, "no answer in time" if is_late else say_cause(error), timed_out=is_late)
            if not target:
                return Page(page.status, url, "", moved=moved and hop > 0, kind=page.kind, size=page.size)
            moved = moved and page.status in _FOR_GOOD
            url = urljoin(url, target)
        return Page(0, url, "it leads in a circle")

    def _ask(self, url: str, method: str = "HEAD") -> tuple[Page, str]:
        """Return the page at an address, and the target of its redirect (empty: none)."""
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if parts.scheme not in {"http", "https"} or not host:
            raise ValueError(f"it leads to {parts.scheme}:")
        name = host.encode("idna").decode("ascii") if not host.isascii() else host
        connection = _connection(parts.scheme, name, port, self._web.look_s, self._web.ca_file)

        def connect(at: tuple[str, int], *more: Any) -> socket.socket:  # noqa: ANN401 - handed on as they come
            place = self._web.instead.get(host)
            return socket.create_connection(place, *more) if place else self._connect(at, *more)

        connection._create_connection = connect  # type: ignore[attr-defined]  # noqa: SLF001 - the client's only seam
        query = f"?{quote(parts.query, safe=_SAFE + '?[]')}" if parts.query else ""
        headers = {**_HEADERS, "Host": f"{name}:{port}" if port else name}
        with contextlib.closing(connection):
            self.open(connection)
            connection.request(method, quote(parts.path or "/", safe=_SAFE) + query, headers=headers)
            with connection.getresponse() as response:
                if method == "GET":
                    response.read(_FIRST_BYTES)
                kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
                length = response.getheader("Content-Length") or ""
                size = int(length) if length.isdecimal() else None
                target = response.getheader("Location") or "" if response.status in _MOVED else ""
                page = Page(response.status, url, kind=kind, size=size)
        return self._ask(url, "GET") if method == "HEAD" and page.status in _ASK_AGAIN else (page, target)

    def _connect(self, at: tuple[str, int], *more: Any) -> socket.socket:  # noqa: ANN401 - handed on as they come
        """Connect to the first address of a host that answers; all of them must be public."""
        found = list(dict.fromkeys(each[4][0] for each in self._web.resolve(*at, type=socket.SOCK_STREAM)))
        for address in found:
            if not is_public(address):
                raise _NotPublic(address)
        failure = OSError("it has no address")
        for address in found:
            try:
                return socket.create_connection((address, at[1]), *more)
            except OSError as error:
                failure = error
        raise failure


def is_public(address: str) -> bool:
    """Return whether an IP address, or the IPv4 address inside it, is one of the public internet's hosts."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(ip.packed[-4:]) if ip in _NAT64 else None)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
