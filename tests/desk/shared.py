"""Shared: a shared desk without its proxy, and an OpenID provider for tests that can be made to lie.

The provider has no page: a test takes what it needs from the desk's request, and comes back with a code itself. A
real provider, which enforces the rules, is in tests/services.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.desk.opened import Answer, Opened
from tests.office import Desk
from tests.ports import free_port

CLIENT = "mailer-desk"
SECRET = "a secret: with / signs"
ADDRESS = "https://desk.example.org"


@dataclass(slots=True)
class Issuer:
    """A provider: who logs in next, the false claims in its ID token, and the requests to it."""

    url: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    sub: str = "ada"
    name: str = "Ada Lane"
    claims: dict[str, Any] = field(default_factory=dict)  # in place of the true ones
    header: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    shown: list[RSAKey] = field(default_factory=list)  # its keys; empty: the one it signs with
    metadata: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    challenge: str = ""
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def answer(self, path: str, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        self.asked.append((path, {**form, "authorization": authorization}))
        if path == "/.well-known/openid-configuration":
            ends = ("authorization", "token", "userinfo", "end_session")
            return 200, {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                **{f"{each}_endpoint": f"{self.url}/{each}" for each in ends},
                **self.metadata,
            }
        if path == "/jwks":
            return 200, {"keys": [each.as_dict(private=False) for each in self.shown or [self.key]]}
        if path == "/userinfo":
            return 200, {"sub": self.sub, "name": self.name, "email": f"{self.sub}@example.org"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
            return 400, {"error": "invalid_grant", "error_description": "PKCE verification failed"}
        now = int(time.time())
        true = {"iss": self.url, "sub": self.sub, "aud": CLIENT, "nonce": self.nonce, "iat": now, "exp": now + 300}
        claims = {name: value for name, value in {**true, **self.claims}.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid, **self.header}
        token = self.sign(header, claims) if self.sign else jwt.encode(header, claims, self.key)
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": token}


@contextlib.contextmanager
def issuer() -> Iterator[Issuer]:
    """Run a provider on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say({name: values[0] for name, values in parse_qs(body).items()})

        def _say(self, form: Mapping[str, str]) -> None:
            status, document = made.answer(urlsplit(self.path).path, form, self.headers.get("authorization", ""))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True)
class Browser(Opened):
    """A user's browser at a shared desk; it connects to the desk directly, as its proxy would."""

    listens: int = 0

    @property
    def base(self) -> str:
        return "/".join(self.address.split("/")[:3])

    @property
    def port(self) -> int:
        return self.listens

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        follow: bool = False,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        return Opened.ask(
            self, method, path, body, follow=follow, headers={"host": urlsplit(self.base).netloc, **headers}
        )

    def another(self) -> Browser:
        """Return the browser of another user."""
        return Browser(self.process, self.address, listens=self.listens)

    def question(self, path: str = "/login/start") -> dict[str, str]:
        """Begin a login; return the query of the request to the provider."""
        begun = self.get(path, follow=False)
        assert begun.status == 303, begun.text
        return {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}

    def come_back(self, provider: Issuer, query: Mapping[str, str], **changed: str) -> Answer:
        """Come back from the provider, with changes in its answer."""
        provider.nonce, provider.challenge = query["nonce"], query["code_challenge"]
        back = {"code": "a-code", "state": query["state"], **changed}
        path = urlsplit(query["redirect_uri"]).path
        return self.get(f"{path}?{urlencode(back)}", headers={"sec-fetch-site": "cross-site"})

    def enter(self, provider: Issuer, sub: str, name: str, path: str = "/login/start") -> Answer:
        """Log in as a user of the provider."""
        provider.sub, provider.name = sub, name
        return self.come_back(provider, self.question(path))


@contextlib.contextmanager
def shared(
    office: Desk, provider: Issuer, *words: str, address: str = ADDRESS, worker: bool = False
) -> Iterator[Browser]:
    """Run a shared desk; keeps the address from its first line, and logs nobody in."""
    here = urlsplit(address)
    port = here.port if here.scheme == "http" and here.port else free_port()
    settings = {
        "MAILER_DESK__WORKER": "true" if worker else "false",
        "MAILER_DESK__PUBLIC_URL": address,
        "MAILER_DESK__LOGIN__ISSUER": provider.url,
        "MAILER_DESK__LOGIN__CLIENT_ID": CLIENT,
        "MAILER_DESK__LOGIN__CLIENT_SECRET_ENV": "THE_SECRET",
        "THE_SECRET": SECRET,
    }
    process = office.start("desk", "--shared", "--port", str(port), *words, env=settings)
    assert process.stdout is not None
    first = process.stdout.readline().strip()
    assert first.startswith(address), first + (process.stderr.read() if process.stderr else "")
    running = Browser(process, first, listens=port)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.stop()
