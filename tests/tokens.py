"""A token endpoint (RFC 6749 §6) on this machine, over real HTTP or HTTPS, in a thread of its own.

It gives `access-1`, `access-2` … for the refresh tokens it knows. What it was asked stands in `asked`.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.servers import HOST, Certificates

Said = tuple[int, dict[str, Any] | bytes]


@dataclass(slots=True)
class TokenEndpoint:
    """What the endpoint knows and does. `answer` is asked first (with the form's fields), and may give None."""

    refresh_tokens: set[str] = field(default_factory=set)
    client: tuple[str, str] = ("press-app", "")
    lasts_s: float | str | None = 3600
    rotates: bool = False
    answer: Callable[[dict[str, str]], Said | None] = lambda _: None
    on_token: Callable[[str], None] = lambda _: None
    token: Callable[[int], str] = lambda number: f"access-token-number-{number}"
    certificates: Certificates | None = None
    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    given: int = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self.certificates else ''}://{HOST}:{self.port}/token"

    def say(self, fields: dict[str, str]) -> Said:
        """Answer a form as RFC 6749 §5 does."""
        self.asked.append(fields)
        own = self.answer(fields)
        if own is not None:
            return own
        if (fields.get("client_id"), fields.get("client_secret", "")) != self.client:
            return 401, {"error": "invalid_client"}
        if fields.get("grant_type") != "refresh_token" or fields.get("refresh_token") not in self.refresh_tokens:
            return 400, {"error": "invalid_grant", "error_description": f"not {fields.get('refresh_token')}"}
        self.given += 1
        token = self.token(self.given)
        self.on_token(token)
        said = {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts_s}
        if self.rotates:
            self.refresh_tokens = {f"refresh-token-number-{self.given + 1}"}
            said["refresh_token"] = next(iter(self.refresh_tokens))
        return 200, {key: value for key, value in said.items() if value is not None}


@contextlib.contextmanager
def token_endpoint(script: TokenEndpoint | None = None) -> Iterator[TokenEndpoint]:
    """Run an endpoint until the block ends."""
    state = script or TokenEndpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, said = state.say({key: values[0] for key, values in parse_qs(form).items()})
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    if state.certificates is not None:
        server.socket = state.certificates.server.wrap_socket(server.socket, server_side=True)
    state.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), name="token endpoint")
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
