"""Every page of the desk in a real browser, over a press office full of what strangers wrote: nothing of it runs.

The walk goes over the table of paths, so a page that is new is walked as well.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, Request, sync_playwright

from mailer.desk.views import ROUTES
from mailer.ledger.users import Role
from tests.answers import ADA, answer, take_in
from tests.desk.opened import Opened, opened
from tests.desk.paths import VALUES, as_role, filled
from tests.gallery.screen import FLAGS
from tests.office import BODY, Desk
from tests.returned import complaint
from tests.servers import ScriptedServer

pytestmark = pytest.mark.service("chromium")

EVIL = (
    "\"'></title></textarea></style></iframe><script>window.top.pwned=1</script>"
    '<img src=x onerror="window.top.pwned=1"><svg onload=window.top.pwned=1>{{ 7*7 }}'
)
NAME = "\"'><img src=x onerror=pwned=1>"  # of a file
WATCH = """addEventListener("securitypolicyviolation",
    (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"""
RAN = """() => window.pwned !== undefined
    || document.querySelector("body img[src=x], body svg[onload], a[href^='javascript:']") !== null"""
LINKS = """() => [...document.querySelectorAll("a[href]")].map((each) => each.href.split("#")[0])
    .concat([...document.querySelectorAll("iframe[src]")].map((each) => each.src))"""
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_OF_A_KIND = 1  # of pages that differ in a number alone, or in the name of a template that is ours
QUERY = "&".join(f"{name}={quote(EVIL)}" for name in ("q", "where", "to", "said", "text", "email", "next", "state"))
BOUNCE = """\
From: MAILER-DAEMON@b.example.com
To: bounces@example.org
Subject: Undelivered {evil}
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/html

{evil}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; b

Final-Recipient: rfc822; bo@b.example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 {evil}
--b
Content-Type: message/rfc822

"""


def in_yaml(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def strangers_words(desk: Desk, server: ScriptedServer) -> None:
    """Fill a press office with releases, lists, mailings, answers, bounces and complaints that mean no good."""
    links = f"[x](javascript:pwned=1) ![{EVIL}](pictures/none.png)"
    desk.release("evil", body=f"{BODY}\n{links}\n\n{EVIL}\n", headline=in_yaml(EVIL), label=in_yaml(EVIL))
    desk.release(NAME, headline=in_yaml(EVIL))
    desk.release("lamps", headline=in_yaml(NAME))
    cell = EVIL.replace('"', '""')
    rows = "".join(f'{each},"{cell}",=cmd(),"{cell}"\n' for each in (ADA, "bo@b.example.com", "no address <x>"))
    for name in ("coast", NAME):
        desk.write(f"lists/{name}.csv", f'email,first_name,last_name,"outlet<script>pwned=1</script>"\n{rows}')
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert desk.run("plan", "evil", "--to", "coast").code in {0, 2}
    assert desk.run("optouts", "add", "di@d.example.com", "--note", EVIL).code == 0
    letter = answer(server, ADA, f"Could you send me photos? {EVIL}")
    letter = re.sub(rb"Subject: [^\r]*(?:\r\n[ \t][^\r]*)*", b"Subject: " + EVIL.encode(), letter, count=1)
    bounce = BOUNCE.format(evil=EVIL).replace("\n", "\r\n").encode() + server.accepted_for("bo@b.example.com")[-1].data
    complained = complaint("press@example.org", server.accepted_for(ADA)[-1].data)
    unknown = f"From: {EVIL} <x@example.com>\r\nSubject: {EVIL}\r\n\r\n{EVIL}".encode()
    take_in(desk, [letter, bounce + b"\r\n--b--\r\n", complained, unknown])
    assert len(desk.run("replies", "list", "--json").json["replies"]) >= 1


def pages() -> list[str]:
    """Return each page of the desk: with what is there, with a query of strangers, and with their names in its path."""
    seen = [route.path for route in ROUTES if route.get is not None]
    evil = [quote(filled(path, dict.fromkeys(VALUES.keys() - {"number", "id"}, NAME))) for path in seen if "{" in path]
    return [*map(filled, seen), *(f"{filled(path)}?{QUERY}" for path in seen), *evil, f"/login?{QUERY}"]


@pytest.mark.first
def test_nothing_that_strangers_wrote_runs_on_any_page(desk: Desk, server: ScriptedServer, chromium: str) -> None:
    strangers_words(desk, server)
    with opened(desk) as running, sync_playwright() as playwright:
        cookies = as_role(running, desk, Role.ADMIN).cookies
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, NOWHERE])
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": running.base} for name, value in cookies.items()])
        context.add_init_script(WATCH)
        seen = _Seen(context.new_page(), running)
        paths, known = pages(), Counter[str]()
        for path in paths:  # and what these lead to: a plan has its hash in its path, a reply its number
            for link in seen.look(path):
                kind = re.sub(r"[0-9a-f]{8,}|\d+|(?<=^/settings/templates/)[\w-]+", "#", urlsplit(link).path)
                known[kind] += link not in paths
                paths += [link] if link not in paths and known[kind] <= _OF_A_KIND else []
        browser.close()
    assert seen.walked > len(pages()) / 2
    assert not seen.wrong, "\n".join(seen.wrong)


class _Seen:
    """What a browser met on its way."""

    def __init__(self, page: Page, running: Opened) -> None:
        self.page, self.base, self.walked, self.wrong, self._path = page, running.base, 0, list[str](), ""
        page.set_default_timeout(60_000)
        page.on("console", lambda message: self._say(f"console: {message.text}", message.type))
        page.on("pageerror", lambda error: self._say(f"error: {error}"))
        page.on("dialog", lambda dialog: self._say(f"dialog: {dialog.message}"))
        page.on("request", self._heed)

    def look(self, path: str) -> list[str]:
        """Look at a page; return the paths that it leads to."""
        self._path = path
        try:
            answer = self.page.goto(f"{self.base}{path}", wait_until="load")
        except Exception as error:  # noqa: BLE001 - a download has no page
            if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
                self._say(str(error))
            return []
        self.walked += 1
        if answer is not None and answer.status >= 500 and answer.status != 503:
            self._say(f"status {answer.status}")
        if self.page.evaluate(RAN):
            self._say("what a stranger wrote became an element, or ran")
        links: list[str] = self.page.evaluate(LINKS)
        return [each.removeprefix(self.base) for each in links if each.startswith(f"{self.base}/")]

    def _heed(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc and not request.url.startswith("data:"):
            self._say(f"asked for {request.url[:200]}")

    def _say(self, what: str, kind: str = "") -> None:
        if "Failed to load resource" not in what and kind in {"", "error", "warning"}:
            self.wrong.append(f"{self._path}: {what}")
