"""Questions: access tokens, and the certificates of relays' notices, over HTTP.

Owns the bounds of such a question: https alone (http to this machine), certificates verified, a time for the whole of
it, so many bytes of an answer and no more. Never follows a redirect (a secret would go to whom nobody chose), never
keeps a cookie, never logs or shows what is sent or comes back: both are secrets here.
Raises `Unreachable` where there is no answer; whatever status an answer has is a value.

The standard library's client in a thread: a handful of requests a run need no library of their own.
Gaps: no proxies. A DNS server that says nothing is waited for as long as the system does.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from mailer.errors import ConfigProblem
from mailer.settings import is_loopback

LIMIT_S = 30.0
MOST_BYTES = 64 * 1024


class Unreachable(Exception):
    """There was no answer that can be read; the text says why, and holds nothing of what was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the body, which a repr does not show.

    `date` is the server's clock as it says it (empty: it does not); `expires_at` ends its certificate (None: no TLS).
    """

    status: int
    body: bytes = field(repr=False)
    date: str = field(default="", compare=False)
    expires_at: datetime | None = field(default=None, compare=False)


async def post_form(url: str, fields: Mapping[str, str], *, ca_file: str = "", limit_s: float = LIMIT_S) -> Answer:
    """Post a form (RFC 6749 §4.1.3 asks tokens so) and give the answer, whatever its status is.

    `ca_file` names the only authorities to trust, `limit_s` is the time for all of it.

    Raises:
        Unreachable: nobody answered in time, TLS failed, or what came is not HTTP or too long.
        ConfigProblem: `ca_file` is not a file of certificates.
        ValueError: the address is neither https nor on this machine.
    """
    return await _asked(_Question(url, urlencode(fields), ca_file, limit_s), limit_s)


async def get(url: str, *, ca_file: str = "", limit_s: float = LIMIT_S) -> Answer:
    """Get what lies at an address, whatever the status is; bounds and errors as of `post_form`."""
    return await _asked(_Question(url, None, ca_file, limit_s), limit_s)


async def _asked(question: _Question, limit_s: float) -> Answer:
    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.to_thread(question.ask)
    except TimeoutError:
        raise Unreachable(f"no answer within {limit_s:g} seconds") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(say_cause(error)) from None
    finally:
        question.give_up()


class _NoAnswer(http.client.HTTPException):
    """What came is HTTP, and no whole answer; the text is ours."""


class _Question:
    """One request, asked in a thread; another may give it up. Without a form it only gets."""

    def __init__(self, url: str, form: str | None, ca_file: str, limit_s: float) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise ValueError("secrets are sent over https")
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._form = form
        self._socket: socket.socket | None = None
        self._given_up = False
        if parts.scheme == "https":
            context = tls_context(ca_file)
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=limit_s, context=context
            )
        else:
            self._http = http.client.HTTPConnection(host, parts.port, timeout=limit_s)

    def ask(self) -> Answer:
        headers = {"User-Agent": "mailer", "Connection": "close"}
        if self._form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        with contextlib.closing(self._http):
            self._http.connect()
            self._socket = self._http.sock  # the client forgets it when it reads the body
            if self._given_up:
                raise _NoAnswer("nobody waits any more")
            expires_at = _end_of_trust(self._socket)
            body = None if self._form is None else self._form.encode("ascii")
            self._http.request("GET" if body is None else "POST", self._path, body, headers)
            with self._http.getresponse() as response:
                said = response.read(MOST_BYTES + 1)
                if len(said) > MOST_BYTES:
                    raise _NoAnswer("the answer is too long")
                if response.length:
                    raise _NoAnswer("the answer was cut off")
                return Answer(response.status, said, response.headers.get("Date", ""), expires_at)

    def give_up(self) -> None:
        """Wake the thread where it still waits: an answer that comes byte by byte would keep it for ever."""
        self._given_up = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # the socket's own: an SSLSocket's would take its state away from the thread that reads
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _end_of_trust(connection: socket.socket | None) -> datetime | None:
    found = (connection.getpeercert() or {}) if isinstance(connection, ssl.SSLSocket) else {}
    until = found.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return how certificates are verified; `ca_file` names the only authorities to trust."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError):
        raise ConfigProblem(f"ca_file {ca_file} is not a file of certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


_CAUSES: dict[type[Exception], str] = {
    ConnectionRefusedError: "nothing answers there (connection refused)",
    socket.gaierror: "this name is not known",
    http.client.RemoteDisconnected: "the connection was closed without an answer",  # a ConnectionResetError too
    ConnectionResetError: "the connection was cut",
    http.client.IncompleteRead: "the answer was cut off",
}


def say_cause(error: Exception) -> str:
    """Return what failed, in words of our own: an answer may repeat what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no TLS ({(error.reason or type(error).__name__).replace('_', ' ').lower()})"
    known = next((words for kind, words in _CAUSES.items() if isinstance(error, kind)), "")
    if known:
        return known
    if isinstance(error, _NoAnswer):
        return str(error)
    return (error.strerror if isinstance(error, OSError) else "") or "what it said is not HTTP"
