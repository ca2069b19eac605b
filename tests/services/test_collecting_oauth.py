"""A mailbox that wants access tokens (XOAUTH2), on a real Dovecot that asks an endpoint whether a token is good."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.mailboxes import USER, Dovecot, running_dovecot
from tests.office import Desk
from tests.servers import ScriptedServer
from tests.services.bounced import COLLECT, bounces, counted_once, inbox_table, use
from tests.tokens import Said, TokenEndpoint, token_endpoint

pytestmark = pytest.mark.service("dovecot")

REFRESH = "1//wick-and-oil-5512"


@dataclass
class Provider:
    """Who gives tokens, and tells the mail server which of them are good."""

    endpoint: TokenEndpoint
    good: set[str] = field(default_factory=set)

    def answer(self, fields: dict[str, str]) -> Said | None:
        if "token" not in fields:
            return None
        return 200, {"active": "true" if fields["token"] in self.good else "false", "username": USER}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with token_endpoint(TokenEndpoint(refresh_tokens={REFRESH})) as running:
        made = Provider(running)
        running.answer = made.answer
        running.on_token = made.good.add
        yield made


@pytest.fixture(scope="module")
def guarded(provider: Provider, dovecot_program: str) -> Iterator[Dovecot]:
    with running_dovecot(dovecot_program, introspection=provider.endpoint.url) as running:
        yield running


@pytest.fixture
def signed_in(desk: Desk, server: ScriptedServer, guarded: Dovecot, provider: Provider) -> Desk:
    """A desk with one bounce in its mailbox, whose refresh token lies in a private file."""
    guarded.empty()
    (desk.root / "refresh").write_text(REFRESH)
    (desk.root / "refresh").chmod(0o600)
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    guarded.append(bounces(server)[0], folder="INBOX")
    configure(desk, server, guarded, provider)
    return desk


def configure(desk: Desk, server: ScriptedServer, guarded: Dovecot, provider: Provider, **changes: Any) -> None:
    keys = {"client_id": "press-app", "token_url": provider.endpoint.url, "refresh_token_file": "refresh"}
    table = inbox_table(guarded, password_env="", **changes)
    oauth = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    use(desk, server, "\n".join([table, "[inbox.main.oauth]", *oauth, ""]))


def traces(desk: Desk, *said: str) -> list[str]:
    """Return where a token stands beyond the file that keeps it."""
    needles = [b"access-token-number", REFRESH.encode(), base64.b64encode(b"auth=Bearer ")[:12]]
    texts = desk.files() | {f"output {number}": text.encode() for number, text in enumerate(said)}
    del texts["refresh"]
    return [name for name, data in texts.items() if any(needle in data for needle in needles)]


@pytest.mark.parametrize("scheme", ["imaps", "imap", "pop3s", "pop3"])
def test_the_mailbox_is_read_with_a_token_that_stands_nowhere(
    signed_in: Desk, server: ScriptedServer, guarded: Dovecot, provider: Provider, scheme: str
) -> None:
    configure(signed_in, server, guarded, provider, scheme=scheme)
    done = signed_in.run(*COLLECT, "--json")
    assert done.code == 0, done.said
    assert done.json["people"] == {"bounced_hard": 1}
    assert traces(signed_in, done.said) == []
    counted_once(signed_in, 1)


def test_a_token_that_is_refused_is_renewed_once(signed_in: Desk, provider: Provider) -> None:
    given = provider.endpoint.given
    provider.endpoint.on_token = lambda token: provider.good.add(token) if provider.endpoint.given > given + 1 else None
    done = signed_in.run(*COLLECT, "--json")
    provider.endpoint.on_token = provider.good.add
    assert done.code == 0, done.said
    assert provider.endpoint.given == given + 2
    assert traces(signed_in, done.said) == []


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_a_server_that_takes_no_token_is_told_after_two(
    signed_in: Desk, server: ScriptedServer, guarded: Dovecot, provider: Provider, scheme: str
) -> None:
    configure(signed_in, server, guarded, provider, scheme=scheme)
    given = provider.endpoint.given
    provider.endpoint.on_token = lambda _: None
    done = signed_in.run(*COLLECT)
    provider.endpoint.on_token = provider.good.add
    assert done.code == 4
    assert "refused the login" in done.err
    assert provider.endpoint.given == given + 2
    assert traces(signed_in, done.said) == []


def test_whoever_has_to_sign_in_again_is_told(signed_in: Desk, provider: Provider) -> None:
    provider.endpoint.refresh_tokens = set()
    done = signed_in.run(*COLLECT)
    provider.endpoint.refresh_tokens = {REFRESH}
    assert done.code == 3
    assert "inbox main: the token endpoint (127.0.0.1) no longer takes the refresh token" in done.err
    assert "Sign in again" in done.err


def test_an_endpoint_that_is_not_there_is_a_mailbox_that_cannot_be_reached(
    signed_in: Desk, server: ScriptedServer, guarded: Dovecot
) -> None:
    keys = 'client_id = "press-app"\ntoken_url = "http://127.0.0.1:1/"\nrefresh_token_file = "refresh"\n'
    use(signed_in, server, f"{inbox_table(guarded, password_env='')}[inbox.main.oauth]\n{keys}")
    done = signed_in.run(*COLLECT)
    assert done.code == 4
    assert "the token endpoint (127.0.0.1) cannot be reached" in done.err
