"""The login of a shared desk with a real OpenID provider and a real browser, each on a site of its own.

The provider is at `localhost`, the desk at 127.0.0.1: to a browser these are two sites, so cookies stay behind or come
along as they do between an office and its provider.
"""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from tests.desk.shared import CLIENT, SECRET, Issuer, shared
from tests.gallery.screen import FLAGS
from tests.office import Desk
from tests.ports import free_port
from tests.services.shared_desk import log_in, real_provider

pytestmark = [pytest.mark.service("oidc-provider"), pytest.mark.service("chromium")]
_LIMIT_MS = 60_000


@contextlib.contextmanager
def browser(program: str) -> Iterator[Page]:
    """Open a browser that goes nowhere but to this machine."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS), timeout=_LIMIT_MS)
        context = chromium.new_context()
        context.set_default_timeout(_LIMIT_MS)
        page = context.new_page()
        elsewhere: list[str] = []

        def pass_on(route: Route) -> None:
            if urlsplit(route.request.url).hostname in {"localhost", "127.0.0.1"}:
                route.continue_()
            else:
                elsewhere.append(route.request.url)
                route.abort()

        context.route("**/*", pass_on)
        yield page
        assert not elsewhere
        chromium.close()


def asked_token(provider: Issuer, query: str, **more: str) -> str:
    """Ask the provider for tokens as somebody would who stole a code; return what it says."""
    code = parse_qs(query)["code"][0]
    fields = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT, **more}
    opener = urllib.request.HTTPPasswordMgrWithPriorAuth()
    opener.add_password(None, provider.url, CLIENT, quote(SECRET, safe=""), is_authenticated=True)
    asking = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(opener))
    try:
        answer = asking.open(f"{provider.url}/token", urlencode(fields).encode(), timeout=30)
    except urllib.error.HTTPError as error:
        said: str = json.loads(error.read())["error"]
        return said
    return "id_token" if "id_token" in json.loads(answer.read()) else "nothing"


def test_people_log_in_at_a_real_provider(desk: Desk, oidc_modules: Path, chromium: str) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with (
        real_provider(oidc_modules, address) as provider,
        shared(desk, provider, address=address) as running,
        browser(chromium) as page,
    ):
        page.goto(running.address)
        page.get_by_text("becomes an admin").wait_for()
        log_in(page, "Ada-Lane")
        page.get_by_role("heading", name="Today").wait_for()
        assert page.get_by_text("Ada Lane · admin").is_visible()
        assert page.url == f"{address}/"

        # a link from another site comes without the cookie of the session, and arrives all the same
        page.goto(f"{provider.url}/.well-known/openid-configuration")
        page.evaluate("address => { location.href = address }", f"{address}/settings/users?a=b")
        page.get_by_role("heading", name="Users", exact=True).wait_for()
        assert page.url == f"{address}/settings/users?a=b"
        assert (
            page.get_by_text("ada-lane@example.org", exact=False).or_(page.get_by_text("Ada-Lane@")).first.is_visible()
        )

        # an answer is good once: the browser's own history cannot log in again
        answers: list[str] = []
        page.on("request", lambda request: answers.append(request.url) if "/callback" in request.url else None)
        page.get_by_role("button", name="Log out").click()
        page.get_by_text("You are logged out here").wait_for()
        page.get_by_role("link", name="Log in with localhost").click()  # the provider remembers its own login
        page.get_by_role("heading", name="Today").wait_for()
        page.goto(answers[-1])
        page.get_by_text("already used").wait_for()

        # a code that was stolen on its way is of no use without the verifier, which stays at the desk
        page.route("**/login/callback*", lambda route: route.abort())
        for more in ({}, {"code_verifier": "a" * 64}):
            page.goto(f"{address}/login")
            with page.expect_request("**/login/callback*") as stolen:
                page.get_by_role("link", name="Log in with localhost").click()
            query = urlsplit(stolen.value.url).query
            assert asked_token(provider, query, redirect_uri=f"{address}/login/callback", **more) == "invalid_grant"
        page.unroute("**/login/callback*")

        # the provider's own login ends where that is asked for
        page.goto(f"{address}/login?out=1")
        page.get_by_role("link", name="Log out of localhost").click()
        page.get_by_role("button").first.click()
        page.get_by_role("heading", name="Log in").wait_for()
