"""App: what strangers' machines call, as one ASGI app.

Owns the joining: the desk behind the door, more routes beside it (webhooks), the guard before all of it, and that the
desk opens with the app and closes when everything that was asked for is on disk. Never listens: `server` does.

The door answers every path that no other route takes, by the token at its end: so it stands under whatever prefix a
proxy gives it, and nothing needs to be said twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.envelope import find_tokens
from mailer.errors import LedgerProblem
from mailer.public.desks import Desk, Order
from mailer.public.pages import POLICY, Around, ask_page, done_page, notice_page
from mailer.public.pages.phrases import choose_language
from mailer.runs.people.link_page import House, Shown
from mailer.runs.suppressions.link_optouts import Act, Door, Wish, tidy_reason
from mailer.tokens import Purpose, parse_token

# Limits: who calls, and how often anybody may fail.

Networks = Sequence[IPv4Network | IPv6Network]
NOBODY = "nobody"  # the other end of a socket file: nobody but the proxy reaches it
_V6_HOUSE = 64  # what one customer has
_MOST_PROXIES = 20


def parse_networks(texts: Iterable[str]) -> Networks:
    """Read addresses and networks.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(each, strict=False) for each in texts)


def client_of(peer: str, forwarded: Sequence[str], proxies: Networks) -> str:
    """Return whom a request comes from: an IPv4 address, or the /64 of an IPv6 one.

    `forwarded` are the X-Forwarded-For fields. They are read from the right, and only as far as our own proxies wrote
    them: what stands left of a stranger is the stranger's word.
    """
    here = _address(peer)
    if here is None:
        return NOBODY
    hops = ",".join(forwarded).split(",")[-_MOST_PROXIES:]
    while hops and _is_ours(here, proxies):
        before = _address(hops.pop().strip())
        if before is None:
            break
        here = before
    if isinstance(here, IPv6Address):
        return str(ip_network((here, _V6_HOUSE), strict=False))
    return str(here)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_ours(address: IPv4Address | IPv6Address, proxies: Networks) -> bool:
    return any(address.version == each.version and address in each for each in proxies)


@dataclass(slots=True)
class Budget:
    """So many a minute for each client, `burst` of them at once; remembers the last `most` clients."""

    per_minute: float
    burst: int
    most: int = 20_000
    _until: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def spend(self, client: str, now: float) -> float:
        """Take one; return 0, or after how many seconds there is one again (the generic cell rate algorithm)."""
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


# Guard: what holds for every request, whichever route answers it.
#
# The body that a form may have is smaller still (`forms`); webhooks read their own, within the bound here.

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


_TOLD_EVERY_S: Final = 60.0


def _silent(_: object) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the app behaves where it runs; `say` is told figures once a minute, `fault` what broke."""

    prefix: str = ""
    proxies: Sequence[str] = ("127.0.0.1", "::1")
    say: Callable[[str], None] = _silent
    fault: Callable[[Exception], None] = _silent
    request_s: float = REQUEST_S


_PLAIN: Final = Manner()


def make_app(desk: Desk, routes: Sequence[BaseRoute] = (), *, manner: Manner = _PLAIN) -> ASGIApp:
    """Make the app around a desk; `routes` are asked before the opt-out door.

    Raises:
        ValueError: a proxy is no address.
    """
    tally = Tally(manner.say)
    door = OptOutDoor(desk, tally, parse_networks(manner.proxies))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await desk.open()
        telling = asyncio.create_task(_tell(tally))
        try:
            yield
        finally:
            telling.cancel()
            await desk.close()
            tally.tell()

    starlette = Starlette(routes=[*routes, Route("/{path:path}", door)], lifespan=lifespan)
    return Guard(starlette, tally, manner.fault, manner.prefix, manner.request_s)


async def _tell(tally: Tally) -> None:
    while True:
        await asyncio.sleep(_TOLD_EVERY_S)
        tally.tell()


# Door: `/o/TOKEN`, the opt-out link of a mail.
#
# A POST with the page's own field `do` is the page's; every other is one-click. Nobody posts to such an address by
# accident: a mail program that sends an empty body, or words of its own, means what RFC 8058 means, and a person's no
# is not lost on a detail of form.
#
# A token that does not verify is answered 404, whatever is wrong with it. A genuine one is answered alike, whether
# the ledger knows the mail or not, whether it was a test, and whether they were out already: an answer tells nobody
# anything.

_ALLOWED: Final = "GET, HEAD, POST, OPTIONS"
_ONE_CLICK_DONE: Final = "You are unsubscribed.\n"
_ROBOTS: Final = "User-agent: *\nDisallow: /\n"
_NOBODY: Final = House("", "")
RETRY_S: Final = 60


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request at a genuine link."""

    token: str
    delivery: bytes
    headers: Headers
    client: str

    def language(self, shown: Shown) -> str:
        """Return the language of the mail, else the reader's."""
        return choose_language(shown.language, self.headers.get("accept-language", ""))


@dataclass(slots=True)
class OptOutDoor:
    """Answers at the link, as an ASGI app; also `/healthz` and `/robots.txt`, under whatever prefix."""

    desk: Desk
    tally: Tally
    proxies: Networks
    clock: Callable[[], float] = time.monotonic
    _forged: Budget = field(default_factory=lambda: Budget(per_minute=30, burst=30))
    _looks: Budget = field(default_factory=lambda: Budget(per_minute=300, burst=300))
    _undos: Budget = field(default_factory=lambda: Budget(per_minute=10, burst=20))

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
        if method != "POST" and last in {"healthz", "robots.txt"}:
            return await self._health() if last == "healthz" else PlainTextResponse(_ROBOTS)
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        client = client_of(peer, headers.getlist("x-forwarded-for"), self.proxies)
        found = find_tokens(path)  # a full stop that a mail program took for a part of the link does no harm
        delivery = parse_token(self.desk.keys, Purpose.OPT_OUT, found[-1]) if found else None
        if delivery is None:
            return self._unknown(headers, client) if found else self._notice(headers, "bad", 404)
        return await self._known(_Ask(found[-1], delivery, headers, client), method, receive)

    async def _known(self, ask: _Ask, method: str, receive: Receive) -> Response:
        try:
            return await (self._post(ask, receive) if method == "POST" else self._show(ask))
        except (LedgerProblem, OSError):
            self.tally.note("failed")
            return self._notice(ask.headers, "busy", 503, RETRY_S)
        except TooLarge:
            self.tally.note("refused")
            return PlainTextResponse("The form is too large.\n", 413, {"connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)

    def _unknown(self, headers: Headers, client: str) -> Response:
        """Refuse what is no link of ours; whoever tries many is asked to wait."""
        self.tally.note("forged")
        wait = self._forged.spend(client, self.clock())
        if wait:
            return self._notice(headers, "slow", 429, int(wait) + 1)
        return self._notice(headers, "bad", 404)

    async def _show(self, ask: _Ask) -> Response:
        wait = self._looks.spend(ask.client, self.clock())
        if wait:
            self.tally.note("refused")
            return self._notice(ask.headers, "slow", 429, int(wait) + 1)
        shown = await self.desk.look(ask.delivery)
        self.tally.note("shown")
        around = Around(ask.language(shown), shown.house)
        if shown.out:
            return HTMLResponse(done_page(around, out=shown.out, masked=shown.masked, just_now=False))
        return HTMLResponse(ask_page(around, masked=shown.masked))

    async def _post(self, ask: _Ask, receive: Receive) -> Response:
        form = await parse_form(ask.headers, await read_body(receive))
        match form.get("do"):
            case Wish.UNDO:
                return await self._undo(ask)
            case Wish.OPT_OUT:
                return await self._opt_out(ask, form)
            case _:
                await self.desk.take(Order(ask.token, Act(ask.delivery, self.desk.now())))
                self.tally.note(Door.ONE_CLICK)
                return PlainTextResponse(_ONE_CLICK_DONE)

    async def _opt_out(self, ask: _Ask, form: Mapping[str, str]) -> Response:
        everywhere, reason = form.get("scope") != "list", tidy_reason(form.get("reason", ""))
        act = Act(ask.delivery, self.desk.now(), Wish.OPT_OUT, Door.PAGE, everywhere, reason)
        await self.desk.take(Order(ask.token, act))
        self.tally.note(Door.PAGE)
        shown = await self._look_after(ask)
        around = Around(ask.language(shown), shown.house)
        out = "everywhere" if everywhere else "list"
        return HTMLResponse(done_page(around, out=out, masked=shown.masked))

    async def _undo(self, ask: _Ask) -> Response:
        wait = self._undos.spend(ask.client, self.clock())
        if wait:
            self.tally.note("refused")
            return self._notice(ask.headers, "slow", 429, int(wait) + 1)
        act = Act(ask.delivery, self.desk.now(), Wish.UNDO, Door.PAGE)
        is_undone = await self.desk.take(Order(ask.token, act))
        if is_undone:
            self.tally.note("undone")
        shown = await self._look_after(ask)
        around = Around(ask.language(shown), shown.house)
        return HTMLResponse(notice_page(around, "undone" if is_undone else "late"))

    async def _look_after(self, ask: _Ask) -> Shown:
        """Look when something was done: it is done, also where nothing can be read any more."""
        try:
            return await self.desk.look(ask.delivery)
        except (LedgerProblem, OSError):
            return Shown(self.desk.house)

    async def _health(self) -> Response:
        try:
            is_well = await self.desk.is_well()
        except (LedgerProblem, OSError):
            is_well = False
        return PlainTextResponse("ok\n" if is_well else "not ok\n", 200 if is_well else 503)

    def _notice(self, headers: Headers, name: str, status: int, retry_s: int = 0) -> Response:
        language = choose_language("", headers.get("accept-language", ""))
        # who tries links gets no name of ours
        house = self.desk.house if name == "busy" else _NOBODY
        more = {"retry-after": str(retry_s)} if retry_s else None
        return HTMLResponse(notice_page(Around(language, house), name), status, more)


# Forms: the body of a POST, read within bounds.

LARGEST: Final = 16 * 1024
_MOST_FIELDS: Final = 20


class TooLarge(Exception):
    """The body is larger than any form of ours."""


async def read_body(receive: Receive, *, largest: int = LARGEST) -> bytes:
    """Read the body of a request.

    Raises:
        TooLarge: it is larger than `largest`.
        ClientDisconnect: the other end has gone.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        size += len(piece)
        if size > largest:
            raise TooLarge
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


async def parse_form(headers: Headers, body: bytes) -> Mapping[str, str]:
    """Read a form; of a field that comes twice the first counts. Files and what cannot be read are left out."""
    if headers.get("content-type", "").strip().lower().startswith("multipart/form-data"):
        return await _multipart(headers, body)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))


async def _multipart(headers: Headers, body: bytes) -> Mapping[str, str]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(headers, stream(), max_files=0, max_fields=_MOST_FIELDS, max_part_size=LARGEST)
    try:
        form = await parser.parse()
    except Exception:  # noqa: BLE001 - whatever a stranger's body does to the parser, it is a form that says nothing
        return {}
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return dict(reversed(fields))


# Tally: what happened at the door, as figures.

_WORDS: Final = {
    "one-click": "opted out by one-click",
    "page": "opted out on the page",
    "undone": "undone",
    "shown": "pages shown",
    "forged": "with a link that is not ours",
    "refused": "refused (too large, too slow, too often)",
    "failed": "could not be written: see the ledger or the disk",
    "fault": "met a fault of ours",
}


@dataclass(slots=True)
class Tally:
    """Counts, and tells by `say`."""

    say: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        """Count one; `what` is a word of this file."""
        self.counts[what] += 1

    def tell(self) -> None:
        """Tell what was counted since the last time."""
        counts, self.counts = self.counts, Counter()
        said = [f"{counts[what]} {words}" for what, words in _WORDS.items() if counts[what]]
        if said:
            self.say(" · ".join(said))
