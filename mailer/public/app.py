"""App: the public web interface as one ASGI app.

Joins what records opt-outs (`recording`), further routes (webhooks) and the guard in front of them. The recorder opens
with the app and closes when every request is on disk. Does not listen: `server` does.

The opt-out page answers every path that no other route takes, by the token at its end, so it works under any prefix
that a proxy uses, without further settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.errors import LedgerProblem
from mailer.frozen import dataclass, field, replace
from mailer.ledger.offers import VERDICTS
from mailer.public.pages import POLICY, Around, ask_page, choose_language, done_page, notice_page, offer_page
from mailer.public.recording import OptOutRecorder
from mailer.runs.people.link_page import House, Shown
from mailer.runs.suppressions.opt_out import Act, LinkMethod, LinkWish, Spooled, tidy_reason
from mailer.tokens import Purpose, find_tokens, parse_token

# Limits: clients, and how often they may call.

Networks = Sequence[IPv4Network | IPv6Network]
NOBODY = "nobody"  # the peer of a socket file, which only the proxy can reach
_V6_HOUSE = 64  # the prefix length of a customer's network
_MOST_PROXIES = 20


def client_of(peer: str, forwarded: Sequence[str], proxies: Networks) -> str:
    """Return the client of a request: an IPv4 address, or the /64 of an IPv6 one.

    `forwarded` are the X-Forwarded-For fields. They are read from the right, and only as far as our own proxies wrote
    them: anything to the left of another address cannot be trusted.
    """
    client = _address(peer)
    if client is None:
        return NOBODY
    hops = ",".join(forwarded).split(",")[-_MOST_PROXIES:]
    while hops and any(client.version == each.version and client in each for each in proxies):
        before = _address(hops.pop().strip())
        if before is None:
            break
        client = before
    if isinstance(client, IPv6Address):
        return str(ip_network((client, _V6_HOUSE), strict=False))
    return str(client)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@dataclass(slots=True)
class Budget:
    """A rate limit for each client, with `burst` requests at once; remembers the last `most` clients."""

    per_minute: float
    burst: int
    most: int = 20_000
    _until: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def spend(self, client: str, now: float) -> float:
        """Count a request; return 0, or for how many seconds the client must wait (generic cell rate algorithm)."""
        step = 60 / self.per_minute
        at = max(self._until.get(client, now), now)
        wait = at + step - now - self.burst * step
        if wait > 0:
            return wait
        self._until[client] = at + step
        self._until.move_to_end(client)
        if len(self._until) > self.most:
            self._until.popitem(last=False)
        return 0.0


# Guard: limits for every request.
#
# The limit for forms is smaller (below); webhooks read their bodies themselves, within this limit.

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


class TooLarge(Exception):
    """The body is larger than allowed."""


@dataclass(slots=True)
class Guard:
    """The middleware in front of the app."""

    app: ASGIApp
    tally: Tally
    manner: Manner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it if it exceeds a limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        size, is_whole, has_begun = 0, False, False

        async def bounded() -> Message:
            nonlocal size, is_whole
            message = await receive()
            if message["type"] == "http.request":
                size += len(message.get("body", b""))
                is_whole = not message.get("more_body", False)
                if size > LARGEST_BODY:
                    raise TooLarge
            return message

        async def answer(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _FIELDS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal: tuple[int, str] | None = None
        path, length = scope["path"], len(scope.get("raw_path") or b"") + len(scope["query_string"])
        prefix = self.manner.prefix
        if prefix and path.startswith(f"{prefix}/"):
            scope = {**scope, "path": path.removeprefix(prefix), "raw_path": b""}
        if length > _LONGEST_URL:
            refusal = 414, "Too long.\n"
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > _LONGEST_HEAD:
            refusal = 431, "Too large.\n"
        else:
            try:
                async with asyncio.timeout(self.manner.request_s):
                    await self.app(scope, bounded, answer)
            except TimeoutError:
                # after a whole request, our disk was slow; otherwise the client was
                refusal = (503, "Please try again later.\n") if is_whole else (408, "Too slow.\n")
            except TooLarge:
                refusal = 413, "Too large.\n"
            except Exception as error:  # noqa: BLE001 - the operator is informed, the client is not
                self.manner.fault(error)
                refusal = 500, "Something went wrong here.\n"
        if refusal is not None and not has_begun:
            status, words = refusal
            self.tally.note("fault" if status == 500 else "refused")
            fields = {"connection": "close"} | ({"retry-after": "60"} if status == 503 else {})
            await PlainTextResponse(words, status, fields)(scope, receive, answer)


_REPORT_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Manner:
    """Settings of the app; `say` gets figures once a minute, `fault` internal errors."""

    prefix: str = ""
    proxies: Sequence[str] = ("127.0.0.1", "::1")
    say: Callable[[str], None] = lambda _: None
    fault: Callable[[Exception], None] = lambda _: None
    request_s: float = REQUEST_S


def make_app(recorder: OptOutRecorder, routes: Sequence[BaseRoute] = (), *, manner: Manner) -> ASGIApp:
    """Build the app around a recorder of opt-outs; `routes` take precedence over the opt-out page.

    Raises ValueError: a proxy is not an address.
    """
    tally = Tally(manner.say)
    page = OptOutPage(recorder, tally, [ip_network(each, strict=False) for each in manner.proxies])

    async def report_often() -> None:
        while True:
            await asyncio.sleep(_REPORT_EVERY_S)
            tally.report()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await recorder.open()
        reporting = asyncio.create_task(report_often())
        try:
            yield
        finally:
            reporting.cancel()
            await recorder.close()
            tally.report()

    starlette = Starlette(routes=[*routes, Route("/{path:path}", page)], lifespan=lifespan)
    return Guard(starlette, tally, manner)


# Opt-out page: `/o/TOKEN`, the opt-out link of a mail.
#
# A POST with the field `do` comes from the page; every other is one-click. Nothing posts to such an address by
# accident: a mail program that sends an empty or different body means what RFC 8058 means, and an opt-out must not be
# lost because of a formality.
#
# A token that does not verify is answered 404, whatever is wrong with it. A genuine one is always answered in the same
# way, even if the ledger lacks the mail, it was a test, or they had already opted out: an answer reveals nothing.

_ALLOWED: Final = "GET, HEAD, POST, OPTIONS"
_ROBOTS: Final = "User-agent: *\nDisallow: /\n"
RETRY_S: Final = 60
_READY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Call:
    """A request; the limits are counted by `client`."""

    method: str
    headers: Headers
    client: str
    receive: Receive

    async def form(self) -> Mapping[str, str]:
        return await parse_form(self.headers, await read_body(self.receive))

    def around(self, shown: Shown) -> Around:
        """Return the frame of a page: the language of the mail, or else the reader's, and the sender."""
        return Around(choose_language(shown.language, self.headers.get("accept-language", "")), shown.house)


@dataclass(slots=True)
class OptOutPage:
    """Answers opt-out links, as an ASGI app; also `/health`, `/ready` and `/robots.txt`, under any prefix."""

    recorder: OptOutRecorder
    tally: Tally
    proxies: Networks
    clock: Callable[[], float] = time.monotonic
    _forged: Budget = field(default_factory=lambda: Budget(per_minute=30, burst=30))
    _looks: Budget = field(default_factory=lambda: Budget(per_minute=300, burst=300))
    _undos: Budget = field(default_factory=lambda: Budget(per_minute=10, burst=20))
    _probe: asyncio.Task[bool] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (await self._answer(scope, receive))(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"allow": _ALLOWED})
        if method not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse("Not allowed.\n", 405, {"allow": _ALLOWED})
        last = path.rstrip("/").rpartition("/")[2]
        if method != "POST" and last in {"health", "healthz", "ready", "robots.txt"}:
            return PlainTextResponse(_ROBOTS) if last == "robots.txt" else await self._health(last)
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        call = _Call(method, headers, client_of(peer, headers.getlist("x-forwarded-for"), self.proxies), receive)
        token = next(reversed(find_tokens(path)), "")  # a full stop that a mail program added to the link does no harm
        delivery = parse_token(self.recorder.keys, Purpose.OPT_OUT, token) if token else None
        offer = parse_token(self.recorder.keys, Purpose.EMBARGO, token) if token and delivery is None else None
        try:
            if offer is not None and (page := await self._offer(call, offer)):
                return page
            if delivery is not None:
                return await (self._post(call, token, delivery) if method == "POST" else self._show(call, delivery))
            if token:  # not our link; a host that tries many has to wait
                self.tally.note("forged")
            slow = self._slow(call, self._forged, "") if token else None
            return slow or self._notice(call, "bad", 404)
        except (LedgerProblem, OSError):
            self.tally.note("failed")
            return self._notice(call, "busy", 503, RETRY_S)
        except TooLarge:
            self.tally.note("refused")
            return PlainTextResponse("The form is too large.\n", 413, {"connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)

    async def _offer(self, call: _Call, delivery: bytes) -> Response | None:
        """Show an offer, or record the answer from a button of its page; None if the offer is unknown.

        Neither a GET nor any other POST changes anything: mail scanners follow links, and must not make promises for a
        recipient.
        """
        is_post = call.method == "POST"
        if slow := self._slow(call, self._undos if is_post else self._looks):
            return slow
        verdict = (await call.form()).get("do", "") if is_post else ""
        shown = await self.recorder.look_offer(delivery)
        if shown is None:
            return None
        if verdict in VERDICTS:
            await self.recorder.answer_offer(delivery, verdict)
            self.tally.note(verdict)
            shown = replace(shown, verdict=verdict)
        return HTMLResponse(offer_page(shown, choose_language(shown.terms.language, "")))

    async def _show(self, call: _Call, delivery: bytes) -> Response:
        if slow := self._slow(call, self._looks):
            return slow
        shown = await self.recorder.look(delivery)
        self.tally.note("shown")
        around = call.around(shown)
        if shown.out:
            return HTMLResponse(done_page(around, out=shown.out, masked=shown.masked, just_now=False))
        return HTMLResponse(ask_page(around, masked=shown.masked))

    async def _post(self, call: _Call, token: str, delivery: bytes) -> Response:
        form, act = await call.form(), Act(delivery, self.recorder.now())
        if form.get("do") not in {LinkWish.UNDO, LinkWish.OPT_OUT}:
            await self.recorder.take(Spooled(token, act))
            self.tally.note(LinkMethod.ONE_CLICK)
            return PlainTextResponse("You are unsubscribed.\n")
        is_undo = form["do"] == LinkWish.UNDO
        if is_undo and (slow := self._slow(call, self._undos)):
            return slow
        if is_undo:
            act = replace(act, wish=LinkWish.UNDO, method=LinkMethod.PAGE)
        else:
            reason = tidy_reason(form.get("reason", ""))
            act = replace(act, method=LinkMethod.PAGE, everywhere=form.get("scope") != "list", reason=reason)
        is_undone = await self.recorder.take(Spooled(token, act))
        if not is_undo or is_undone:
            self.tally.note("undone" if is_undo else LinkMethod.PAGE)
        try:
            shown = await self.recorder.look(delivery)
        except (LedgerProblem, OSError):  # it is done, even if nothing can be read now
            shown = Shown(self.recorder.house)
        around = call.around(shown)
        if is_undo:
            return HTMLResponse(notice_page(around, "undone" if is_undone else "late"))
        return HTMLResponse(done_page(around, out="everywhere" if act.everywhere else "list", masked=shown.masked))

    async def _health(self, probe: str) -> Response:
        """Answer a load balancer: whether this process runs (`health`), and whether it can record an opt-out (`ready`).

        Only one probe at a time goes to the recorder, since probes that hang would take its threads.
        """
        problem = ""
        if probe != "health":
            if self._probe is None or self._probe.done():
                self._probe = asyncio.create_task(self.recorder.is_well())
                self._probe.add_done_callback(lambda each: each.cancelled() or each.exception())  # even if late
            await asyncio.wait((self._probe,), timeout=_READY_S)
            try:
                problem = "" if self._probe.result() else "there is no room to keep opt-outs"
            except asyncio.InvalidStateError:
                problem = f"no answer within {_READY_S:g} s from where opt-outs are kept"
            except (LedgerProblem, OSError):
                problem = "opt-outs cannot be kept"
        status = 503 if problem else 200
        if probe == "healthz":
            return PlainTextResponse("not ok\n" if problem else "ok\n", status)
        return JSONResponse({"status": "not ready", "reason": problem} if problem else {"status": "ok"}, status)

    def _slow(self, call: _Call, budget: Budget, note: str = "refused") -> Response | None:
        """Return a refusal if a client comes too often."""
        wait = budget.spend(call.client, self.clock())
        if wait and note:
            self.tally.note(note)
        return self._notice(call, "slow", 429, int(wait) + 1) if wait else None

    def _notice(self, call: _Call, name: str, status: int, retry_s: int = 0) -> Response:
        # clients that try links are not shown our name
        around = call.around(Shown(self.recorder.house if name == "busy" else House("", "")))
        return HTMLResponse(notice_page(around, name), status, {"retry-after": str(retry_s)} if retry_s else None)


# Forms: the body of a POST, read within limits.

LARGEST: Final = 16 * 1024
_MOST_FIELDS: Final = 20


async def read_body(receive: Receive, *, largest: int = LARGEST) -> bytes:
    """Read the body of a request.

    Raises:
        TooLarge: it is larger than `largest`.
        ClientDisconnect: the other end has gone.
    """
    body = b""
    async for piece in Request({"type": "http"}, receive).stream():
        body += piece
        if len(body) > largest:
            raise TooLarge
    return body


async def parse_form(headers: Headers, body: bytes) -> Mapping[str, str]:
    """Read a form; the first value of a field counts. Files, and anything that cannot be read, are left out."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        if not headers.get("content-type", "").strip().lower().startswith("multipart/form-data"):
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
            return dict(reversed(pairs))
        parser = MultiPartParser(headers, stream(), max_files=0, max_fields=_MOST_FIELDS, max_part_size=LARGEST)
        items = (await parser.parse()).multi_items()
    except Exception:  # noqa: BLE001 - a body that breaks the parser counts as an empty form
        return {}
    return {name: value for name, value in reversed(items) if isinstance(value, str)}


# Tally: counts of what happened.

_WORDS: Final = {
    "one-click": "opted out by one-click",
    "page": "opted out on the page",
    "undone": "undone",
    "accepted": "accepted an embargo",
    "declined": "declined an embargo",
    "shown": "pages shown",
    "forged": "with a link that is not ours",
    "refused": "refused (too large, too slow, too often)",
    "failed": "could not be written: see the ledger or the disk",
    "fault": "failed with an internal error",
}


@dataclass(slots=True)
class Tally:
    """Counts events and reports them to `say`."""

    say: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        """Count an event, one of the keys above."""
        self.counts[what] += 1

    def report(self) -> None:
        """Report the counts since the last report."""
        counts, self.counts = self.counts, Counter()
        parts = [f"{counts[what]} {words}" for what, words in _WORDS.items() if counts[what]]
        if parts:
            self.say(" · ".join(parts))
