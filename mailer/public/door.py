"""Door: `/o/TOKEN`, the opt-out link of a mail.

Owns what GET shows and what POST does. GET, HEAD and OPTIONS change nothing, however often they come: newsrooms have
machines that open every link (standards U1). A POST asks for no cookie, login, referrer or script and never redirects
(RFC 8058, standards U2).

A POST with the page's own field `do` is the page's; every other is one-click. Nobody posts to such an address by
accident: a mail program that sends an empty body, or words of its own, means what RFC 8058 means, and a person's no is
not lost on a detail of form.

A token that does not verify is answered 404, whatever is wrong with it. A genuine one is answered alike, whether the
ledger knows the mail or not, whether it was a test, and whether they were out already: an answer tells nobody anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from mailer.envelope import find_tokens
from mailer.errors import LedgerProblem
from mailer.public.desks import Desk, Order
from mailer.public.forms import TooLarge, parse_form, read_body
from mailer.public.limits import Budget, Networks, client_of
from mailer.public.pages import Around, ask_page, done_page, notice_page
from mailer.public.pages.phrases import choose_language
from mailer.public.tally import Tally
from mailer.runs.people.link_optouts import Act, Door, Wish, tidy_reason
from mailer.runs.people.link_page import House, Shown
from mailer.tokens import Purpose, parse_token

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
