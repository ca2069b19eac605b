"""Routes: where relays post what became of the mail, and what they are answered.

Owns the bounds of a request (size, time, how many at once) and the answers: 200 when it is committed, 403 (401 where a
password is shown) when it is not believed, 503 when the relay shall tell it again. An answer says no more than that.
Raises `ConfigProblem` when the routes are made: a key that is no key, or a package that is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mailer.bounces.relay_events import parse_mailgun, parse_postmark, parse_sendgrid, parse_ses
from mailer.config import HookSecrets
from mailer.errors import LedgerProblem
from mailer.fetch import get
from mailer.ledger import Ledger
from mailer.public.webhooks.incoming import Gate, Incoming, NotNow, Refused
from mailer.public.webhooks.mailgun import MailgunGate
from mailer.public.webhooks.postmark import PostmarkGate
from mailer.public.webhooks.sendgrid import SendGridGate
from mailer.public.webhooks.ses import Get, SesGate
from mailer.runs.office import Office
from mailer.runs.webhooks import take_events
from mailer.settings import Webhooks

MOST_BYTES: Final = 1_000_000  # SendGrid posts at 768 KB, SNS allows 256 KB
READ_S: Final = 20.0
FETCH_S: Final = 8.0  # SNS waits 15 s for an answer
_AT_ONCE: Final = 2  # the ledger takes one at a time, and opt-outs have to get through between
_WAIT_S: Final = 10.0
_SAY_AGAIN: Final = timedelta(minutes=1)
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_PARSERS: Final = {
    "ses": parse_ses,
    "sendgrid": parse_sendgrid,
    "mailgun": parse_mailgun,
    "postmark": parse_postmark,
}

Routes: TypeAlias = list[Route]
Say = Callable[[str], None]


def make_gates(webhooks: Webhooks, secrets: HookSecrets, get_over_https: Get) -> dict[str, Gate]:
    """Make what stands before each relay that mailer.toml names.

    Raises:
        ConfigProblem: a key is no key, or a package is missing.
    """
    gates: dict[str, Gate] = {}
    if webhooks.ses.is_on:
        gates["ses"] = SesGate(webhooks.ses.topics, get_over_https)
    if webhooks.sendgrid.is_on:
        gates["sendgrid"] = SendGridGate(webhooks.sendgrid.public_key)
    if secrets.mailgun is not None:
        gates["mailgun"] = MailgunGate(secrets.mailgun)
    if secrets.postmark is not None:
        gates["postmark"] = PostmarkGate(webhooks.postmark.username, secrets.postmark)
    return gates


def webhook_routes(
    office: Office,
    ledger: Ledger,
    secrets: HookSecrets,
    *,
    say: Say = lambda _: None,
    get_over_https: Get | None = None,
) -> Routes:
    """Return a route for each relay that mailer.toml names, at `/hooks/ses`, `/hooks/sendgrid` and so on.

    `say` is told in a sentence why a request was not taken, the same not more than once a minute. `get_over_https`
    fetches what lies at an address (default: `fetch.get`).

    Raises:
        ConfigProblem: a key is no key, or a package is missing.
    """
    gates = make_gates(office.settings.webhooks, secrets, get_over_https or partial(get, limit_s=FETCH_S))
    turn = asyncio.Semaphore(_AT_ONCE)
    hooks = [_Hook(office, ledger, relay, gate, turn, say) for relay, gate in gates.items()]
    return [Route(f"/hooks/{hook.relay}", hook.answer, methods=["POST"]) for hook in hooks]


@dataclass(slots=True)
class _Hook:
    """One relay's door."""

    office: Office
    ledger: Ledger
    relay: str
    gate: Gate
    turn: asyncio.Semaphore
    say: Say
    said: dict[str, float] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(READ_S):
                body = await _read(request)
        except TimeoutError:
            return _plain(408)
        except ClientDisconnect:
            return _plain(400)
        if body is None:
            self._tell("it is larger than any that this relay sends")
            return _plain(413)
        return await self._take(Incoming(dict(request.headers), body, self.office.clock()))

    async def _take(self, incoming: Incoming) -> Response:
        try:
            events = await self.gate.admit(incoming)
            if events:
                await self._take_in(events)
        except Refused as refusal:
            self._tell(str(refusal))
            return _plain(refusal.status)
        except NotNow as reason:
            return self._later(str(reason))
        except TimeoutError:
            return self._later("too much comes in at once")
        except LedgerProblem as problem:
            return self._later(problem.message)
        return _plain(200)

    async def _take_in(self, events: bytes) -> None:
        async with asyncio.timeout(_WAIT_S):
            await self.turn.acquire()
        try:
            await asyncio.to_thread(self._read_and_commit, events)
        finally:
            self.turn.release()

    def _read_and_commit(self, events: bytes) -> None:
        """Read a batch and commit it; in a thread, as a thousand events take their time, and others are waiting."""
        take_events(self.office, self.ledger, self.relay, _PARSERS[self.relay](events))

    def _later(self, why: str) -> Response:
        self._tell(f"{why}; it will be told again")
        return _plain(503, {"Retry-After": "60"})

    def _tell(self, why: str) -> None:
        """Tell the operator, not more than once a minute: strangers could fill a disk with it."""
        now = self.office.clock().timestamp()
        if now - self.said.get(why, 0.0) >= _SAY_AGAIN.total_seconds():
            self.said = {**self.said, why: now} if len(self.said) < 100 else {why: now}
            self.say(f"A request to /hooks/{self.relay} was not taken: {why}")


async def _read(request: Request) -> bytes | None:
    """Read the body as it came; None where it is too large, whatever its length was said to be."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > MOST_BYTES:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _plain(status: int, more: dict[str, str] | None = None) -> Response:
    asked = {"WWW-Authenticate": 'Basic realm="webhook", charset="UTF-8"'} if status == 401 else {}
    return Response(status_code=status, headers={**_HEADERS, **asked, **(more or {})})
