"""Guard: what holds for every request, whichever route answers it.

Owns the time and the size that a request may take, the fields that every answer carries, the proxy's prefix, and what a
stranger hears of a fault of ours: nothing. Never knows a token.

The body that a form may have is smaller still (`forms`); webhooks read their own, within the bound here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.public.pages import POLICY
from mailer.public.tally import Tally

LARGEST_BODY: Final = 4 << 20
_LONGEST_URL: Final = 2048
_LONGEST_HEAD: Final = 16 * 1024
REQUEST_S: Final = 15.0
_FIELDS: Final = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


class _Over(Exception):
    """More body came than may."""


@dataclass(slots=True)
class Guard:
    """Stands before the app."""

    app: ASGIApp
    tally: Tally
    fault: Callable[[Exception], None]
    prefix: str = ""
    request_s: float = REQUEST_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on within bounds, and answer where it breaks them."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send)
        refusal = _refusal(scope)
        if refusal is None:
            refusal = await self._pass_on(self._without_prefix(scope), receive, answer)
        if refusal is not None and not answer.begun:
            self.tally.note("fault" if refusal[0] == 500 else "refused")
            status, words = refusal
            fields = {"connection": "close"} | ({"retry-after": "60"} if status == 503 else {})
            await PlainTextResponse(words, status, fields)(scope, receive, answer.send)

    async def _pass_on(self, scope: Scope, receive: Receive, answer: _Answer) -> tuple[int, str] | None:
        body = _Body(receive)
        try:
            async with asyncio.timeout(self.request_s):
                await self.app(scope, body.receive, answer.send)
        except TimeoutError:
            # who has said all waits for our disk; who has not, we waited for
            return (503, "Please try again later.\n") if body.is_whole else (408, "Too slow.\n")
        except _Over:
            return 413, "Too large.\n"
        except Exception as error:  # noqa: BLE001 - a stranger hears nothing of it, the operator does
            self.fault(error)
            return 500, "Something went wrong here.\n"
        return None

    def _without_prefix(self, scope: Scope) -> Scope:
        path = scope["path"]
        if not self.prefix or not path.startswith(f"{self.prefix}/"):
            return scope
        return {**scope, "path": path.removeprefix(self.prefix), "raw_path": b""}


def _refusal(scope: Scope) -> tuple[int, str] | None:
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST_URL:
        return 414, "Too long.\n"
    if sum(len(name) + len(value) for name, value in scope["headers"]) > _LONGEST_HEAD:
        return 431, "Too large.\n"
    return None


@dataclass(slots=True)
class _Answer:
    """The way out: every answer gets our fields."""

    out: Send
    begun: bool = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _FIELDS.items():
                headers.setdefault(name, value)
        await self.out(message)


@dataclass(slots=True)
class _Body:
    """The way in: so much and no more."""

    into: Receive
    is_whole: bool = False
    _size: int = field(default=0, repr=False)

    async def receive(self) -> Message:
        message = await self.into()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self.is_whole = not message.get("more_body", False)
            if self._size > LARGEST_BODY:
                raise _Over
        return message
