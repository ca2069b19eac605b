"""A desk for the office: who logs in, who may do what, and which answers of a provider prove nothing."""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.desk.shared import ADDRESS, CLIENT, SECRET, Issuer, issuer, shared
from tests.office import Desk


@pytest.fixture
def provider() -> Iterator[Issuer]:
    with issuer() as running:
        yield running


@pytest.mark.slow
def test_an_office_logs_in_and_an_admin_says_what_each_may_do(desk: Desk, provider: Issuer) -> None:
    with shared(desk, provider) as ada:
        # the first admin: the first to log in at the printed address, once
        link = ada.address.removeprefix(ADDRESS)
        assert "becomes an admin" in ada.get(link).text
        start = link.replace("/login?", "/login/start?")
        entered = ada.enter(provider, "ada", "Ada Lane", start)
        assert (entered.status, entered.title) == (200, "Please wait")
        assert 'http-equiv="refresh" content="0; url=/"' in entered.html
        assert ada.get("/").title == "Today"
        assert "Ada Lane · admin" in ada.get("/").text
        token = next(fields for path, fields in provider.asked if path == "/token")
        assert token["authorization"].startswith("Basic ")  # the client's secret
        pair = base64.b64decode(token["authorization"].split()[1]).decode()
        assert pair == f"{CLIENT}:a%20secret%3A%20with%20%2F%20signs"
        assert SECRET not in json.dumps(provider.asked)

        # the same address makes no second admin: later users wait for a role
        bo = ada.another()
        bo.enter(provider, "bo", "Bo\u202e  Marsh #1\n", start)
        refused = bo.get("/lists")
        assert (refused.status, refused.title) == (403, "Ask an admin to let you in")
        assert "Bo Marsh 1 #2" in refused.text
        assert bo.get("/settings/users").status == bo.get("/events").status == 403
        assert bo.post("/settings/users/2", {"role": "admin"}).status == 403

        # a role takes effect with the next click, and the name is the one in the ledger from then on
        users = ada.get("/settings/users", headers={"desk-region": "users"})  # as when the page refreshes itself
        assert "Waiting for a role" in users.text
        assert "bo@example.org" in users.text
        done = ada.post("/settings/users/2", {"role": "writer", "name": "Bo Marsh"})
        assert "Bo Marsh 1 is now called Bo Marsh and is now writer." in done.text
        assert bo.get("/").status == 200
        assert bo.get("/settings/users").status == 403
        again = ada.another()
        again.enter(provider, "bo", "Ada Lane")
        assert "Bo Marsh · writer" in again.get("/").text

        # two people of one name are told apart; the last admin stays
        cy = ada.another()
        cy.enter(provider, "cy", "Ada Lane")
        twin = ada.post("/settings/users/3", {"role": "approver"})
        assert twin.status == 422
        assert "another user is called Ada Lane" in twin.text
        assert ada.post("/settings/users/3", {"role": "approver", "name": "Ada Lane (news)"}).status == 200
        for path, fields in (("/settings/users/1", {"role": "sender"}), ("/settings/users/1/end", {})):
            assert "Ada Lane is the last admin" in ada.post(path, fields).text
        assert ada.post("/settings/users/3", {"role": "admin"}).status == 200
        assert ada.post("/settings/users/1", {"role": "sender"}).status == 200
        assert ada.get("/settings/users").status == 403

        # a user whose access was removed is out everywhere at once, and cannot log in again
        assert "Bo Marsh no longer has access" in cy.post("/settings/users/2/end").text
        assert bo.get("/", follow=False).headers["location"] == "/login"
        assert again.get("/", headers={"accept": "*/*"}).status == 401
        out = bo.enter(provider, "bo", "Bo Marsh")
        assert out.status == 403
        assert "an admin has removed your access" in out.text
        assert cy.post("/settings/users/2", {"role": "reader"}).status == 200
        bo.enter(provider, "bo", "Bo Marsh")
        assert "Bo Marsh · reader" in bo.get("/").text

        # logging out ends the login here, and leads to the provider's own end of it
        assert "Log out of 127.0.0.1" in ada.post("/logout").text
        leave = urlsplit(ada.get("/login/out", follow=False).headers["location"])
        assert leave.path == "/end_session"
        assert "post_logout_redirect_uri=https%3A%2F%2Fdesk.example.org%2Flogin" in leave.query

    database = sqlite3.connect(f"file:{desk.root / '.mailer' / 'ledger.db'}?mode=ro", uri=True)
    kept = database.execute(
        "SELECT actor, text FROM event JOIN event_text ON event_id = event.id WHERE kind = 'user' ORDER BY event.id"
    ).fetchall()
    database.close()
    assert [text for _, text in kept][:3] == [
        "Ada Lane #1, waiting → Ada Lane #1, admin",
        "Bo Marsh 1 #2, waiting → Bo Marsh #2, writer",
        "Ada Lane #3, waiting → Ada Lane (news) #3, approver",
    ]
    assert [actor for actor, _ in kept][1:3] == ["Ada Lane #1"] * 2
    # there is an admin, so the next start prints no link unless requested
    with shared(desk, provider) as page:
        assert page.address == f"{ADDRESS}/"
    with shared(desk, provider, "--admin-link") as page:
        page.enter(provider, "new", "New Admin", page.address.removeprefix(ADDRESS).replace("/login?", "/login/start?"))
        assert page.get("/settings/users").status == 200


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """Return a token that no library would make: without a signature, or signed (HMAC) with a key that is public."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    signature = hmac.digest(secret, b".".join(parts), "sha256") if secret else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def falsify(provider: Issuer, what: str) -> None:
    """Put false claims into the provider's next ID token."""
    other = RSAKey.generate_key(2048, {"kid": "first"})
    public = provider.key.as_pem(private=False)
    now = int(time.time())
    claims: dict[str, dict[str, Any]] = {
        "another audience": {"aud": "another-client"},
        "several audiences": {"aud": [CLIENT, "another-client"]},
        "another party": {"azp": "another-client"},
        "another issuer": {"iss": "https://evil.example"},
        "a wrong nonce": {"nonce": "wrong"},
        "no nonce": {"nonce": None},
        "expired": {"exp": now - 3600},
        "no end": {"exp": None},
        "of tomorrow": {"iat": now + 86_400, "nbf": now + 86_400},
        "nobody": {"sub": ""},
        "no sub": {"sub": None},
        "a wrong access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    }
    provider.claims = claims.get(what, {})
    provider.sign = {
        "no algorithm": lambda header, claims: by_hand({**header, "alg": "none"}, claims, None),
        "the public key as a secret": lambda header, claims: by_hand({**header, "alg": "HS256"}, claims, public),
        "another key": lambda header, claims: jwt.encode(header, claims, other),
        "an unknown key": lambda header, claims: jwt.encode({**header, "kid": "unknown"}, claims, other),
        "no token": lambda _, __: "this.is.none",
        "no text": lambda _, __: "ü",
    }.get(what)


LIES = (
    *("another audience", "several audiences", "another party", "another issuer", "a wrong nonce", "no nonce"),
    *("expired", "no end", "of tomorrow", "nobody", "no sub", "a wrong access token", "no algorithm"),
    *("the public key as a secret", "another key", "an unknown key", "no token", "no text"),
)


@pytest.mark.slow
def test_an_answer_that_proves_nothing_logs_nobody_in(desk: Desk, provider: Issuer) -> None:
    with shared(desk, provider) as page:
        for what in LIES:
            falsify(provider, what)
            answer = page.enter(provider, "ada", "Ada Lane")
            assert (answer.status, page.get("/", follow=False).status) == (403, 303), what
            assert "You are not logged in" in answer.text, what
        falsify(provider, "nothing")

        query = page.question()
        assert page.come_back(provider, query, state="wrong").status == 403
        assert page.come_back(provider, query).status == 403  # one wrong answer ends the login
        query, cookies = page.question(), dict(page.cookies)
        assert page.another().come_back(provider, query).status == 403  # begun in another browser
        assert page.come_back(provider, query).status == 200
        page.cookies = cookies
        used = page.come_back(provider, query)
        assert used.status == 403
        assert "already used" in used.text
        page.cookies.clear()
        assert page.come_back(provider, page.question(), iss="https://evil.example").status == 403
        assert "no code" in page.come_back(provider, page.question(), code="").text
        denied = page.come_back(
            provider, page.question(), error="access_denied", error_description="<script>no</script>"
        )
        assert "the login was cancelled" in denied.text
        assert "<script>no" not in denied.html
        provider.challenge = ""
        query = page.question()
        provider.nonce = query["nonce"]
        wrong = page.get(f"/login/callback?code=a&state={query['state']}")  # its verifier belongs to another login
        assert "took too long, or was already used" in wrong.text
        assert page.get("/", follow=False).status == 303

        # a new key of the provider is fetched, at most once a minute; a removed one is no longer
        # valid: here the unknown keys above have used up the minute
        old, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "second"})
        assert page.enter(provider, "ada", "Ada Lane").status == 403
        provider.key = old
        assert page.enter(provider, "ada", "Ada Lane").status == 200


@pytest.mark.slow
def test_cookies_and_pages_of_a_shared_desk_are_for_its_address_alone(desk: Desk, provider: Issuer) -> None:
    with shared(desk, provider) as page:
        begun = page.get("/login/start?next=/lists%3Fa%3D1", follow=False)
        login = begun.headers["set-cookie"]
        assert login.startswith("__Secure-mailer_desk_443_login=")
        assert {"HttpOnly", "Path=/login", "SameSite=lax", "Secure", "Max-Age=600"} <= set(login.split("; "))
        entered = page.enter(provider, "ada", "Ada", "/login/start?next=/lists%3Fq%3Da%2520b")
        assert 'content="0; url=/lists?q=a%20b"' in entered.html
        assert "__Host-mailer_desk_443" in page.cookies
        assert page.get("/", headers={"host": "evil.example"}).status == 421
        assert page.get("/", headers={"host": "desk.example.org:8443"}).status == 421
        assert page.get("/", headers={"host": "DESK.example.org:443"}).status == 403  # known, and waiting
        assert page.get("/", headers={"x-forwarded-proto": "http"}).status == 403
        assert page.get("/", headers={"x-forwarded-host": "evil.example", "x-forwarded-for": "8.8.8.8"}).status == 403
        assert page.post("/logout", headers={"origin": "http://desk.example.org"}).status == 403
        # a link from elsewhere comes without the cookie; the browser asks again from here before it must log in
        page.cookies.clear()
        for wanted, after in (("/plans/ab?c=d", "/plans/ab?c=d"), ("//evil.example/x", "")):
            sent = page.get(wanted, follow=False, headers={"sec-fetch-site": "cross-site"})
            assert sent.status == 303
            elsewhere = page.get(sent.headers["location"], headers={"sec-fetch-site": "cross-site"})
            assert (f"url={after}" in elsewhere.html) == bool(after)
            assert "evil" not in elsewhere.html
        for bad in ("//evil.example", "https://evil.example", "/\\evil.example", "/a%0d%0ab", "javascript:x"):
            assert "evil" not in page.get(f"/login?next={bad}", headers={"sec-fetch-site": "cross-site"}).html
    with shared(desk, provider, address="https://example.org/desk") as page:
        link = page.address.removeprefix("https://example.org")
        assert link.startswith("/desk/login?key=")
        page.enter(provider, "ada", "Ada", link.replace("/login?", "/login/start?"))
        assert "__Secure-mailer_desk_443" in page.cookies
        assert page.get("/desk/").title == "Today"
        assert page.get("/").status == page.get("/login").status == page.get("/desk").status == 404


@pytest.mark.slow
def test_a_shared_desk_says_what_it_lacks(desk: Desk, provider: Issuer) -> None:
    done = desk.run("desk", "--shared")
    assert done.code == 3
    assert "[desk] public_url" in done.err
    assert "--host needs --shared" in desk.run("desk", "--host", "0.0.0.0").err  # noqa: S104
    provider.metadata = {"issuer": "https://another.example"}
    with shared(desk, provider) as page:
        wrong = page.get("/login/start")
        assert wrong.status == 503
        assert "calls itself https://another.example" in wrong.text
