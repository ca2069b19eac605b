"""`mailer send` over a relay that requires access tokens: one that expires in mid-run, exit codes, and no leaks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Desk, times_taken
from tests.servers import Act, Moment, ScriptedServer, make_certificates, threaded_server
from tests.tokens import TokenEndpoint, token_endpoint

SEND = ("send", "lamps", "--to", "coast", "--yes")
REFRESH = "1//wick-and-oil-7741"
NAME = "press@example.org"
CERTIFICATES = make_certificates()


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with token_endpoint(TokenEndpoint(refresh_tokens={REFRESH}, certificates=CERTIFICATES)) as running:
        yield running


@pytest.fixture
def relay(endpoint: TokenEndpoint) -> Iterator[ScriptedServer]:
    users: dict[str, str] = {NAME: "none yet"}
    endpoint.on_token = lambda token: users.update({NAME: token})
    script = ScriptedServer(tls="starttls", certificates=CERTIFICATES, users=users, mechanisms="LOGIN XOAUTH2")
    with threaded_server(script) as running:
        yield running


@pytest.fixture
def signed_in(desk: Desk, endpoint: TokenEndpoint, relay: ScriptedServer) -> Desk:
    CERTIFICATES.authority.cert_pem.write_to_path(desk.root / "ca.pem")
    kept(desk.root, REFRESH)
    configure(desk, relay, endpoint.url)
    return desk


def configure(desk: Desk, relay: ScriptedServer, url: str, **keys: object) -> None:
    table = {"client_id": "press-app", "token_url": url, "ca_file": "ca.pem", "refresh_token_file": "refresh"}
    more = "\n".join(["[relays.main.oauth]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())])
    desk.settings(relay, more=more, security="starttls", username=NAME, ca_file="ca.pem", **keys)


def kept(folder: Path, token: str) -> None:
    (folder / "refresh").write_text(token)
    (folder / "refresh").chmod(0o600)


def traces(desk: Desk, *outputs: str) -> list[str]:
    """Return where a token can be found, as text or in base64, except in the file that keeps it."""
    needles = [
        b"access-token-number",
        REFRESH.encode(),
        base64.b64encode(b"auth=Bearer ")[:12],
        b"refresh-token-number",
    ]
    texts = desk.files() | {f"output {number}": text.encode() for number, text in enumerate(outputs)}
    del texts["refresh"]
    return [name for name, data in texts.items() if any(needle in data for needle in needles)]


def test_everybody_gets_it_with_one_token_that_stands_nowhere(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    endpoint.rotates = True
    done = signed_in.run(*SEND, "--json")
    assert done.code == 0, done.err
    assert set(times_taken(relay).values()) == {1}
    assert len(relay.accepted) == 5
    assert all(message.secure for message in relay.accepted)
    assert endpoint.given == 1
    assert (signed_in.root / "refresh").read_text() == "refresh-token-number-2\n"
    assert traces(signed_in, done.said) == []


def test_a_token_that_ends_in_the_middle_of_a_mailing_is_renewed_and_everybody_gets_it_once(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    configure(signed_in, relay, endpoint.url, connections=1, messages_per_connection=2)
    assert isinstance(relay.users, dict)
    users = relay.users

    def answer(moment: Moment) -> Act | None:
        if moment.stage == "body" and moment.times == 2:
            users[NAME] = "revoked"
        return None

    relay.answer = answer
    done = signed_in.run(*SEND)
    assert done.code == 0, done.err
    assert len(times_taken(relay)) == 5
    assert set(times_taken(relay).values()) == {1}
    assert endpoint.given == 2
    assert traces(signed_in, done.said) == []


def test_a_refresh_token_that_is_no_longer_taken_says_to_sign_in_again_and_touches_nobody(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    endpoint.refresh_tokens = {"1//another"}
    done = signed_in.run(*SEND)
    assert done.code == 3
    assert "no longer takes the refresh token (invalid_grant)" in done.err
    assert "Sign in again" in done.err
    assert set(signed_in.states().values()) == {"pending"}
    assert relay.accepted == []
    assert traces(signed_in, done.said) == []
    kept(signed_in.root, "1//another")
    assert signed_in.run("resume", "lamps").code == 0
    assert set(times_taken(relay).values()) == {1}


@pytest.mark.slow
def test_an_endpoint_that_is_not_there_is_exit_code_4_and_everybody_is_pending(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    configure(signed_in, relay, endpoint.url.replace(str(endpoint.port), "1"))
    done = signed_in.run(*SEND, "--json")
    assert done.code == 4
    assert "the token endpoint (127.0.0.1) cannot be reached" in done.json["error"]["message"]
    assert set(signed_in.states().values()) == {"pending"}
    assert relay.accepted == []
    assert traces(signed_in, done.said) == []


def test_a_refresh_token_that_is_missing_is_told_before_anything_is_planned(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    (signed_in.root / "refresh").unlink()
    done = signed_in.run(*SEND)
    assert done.code == 3
    assert "relay main: no refresh token" in done.err
    assert relay.connections == 0
    assert endpoint.asked == []


def test_a_relay_that_repeats_the_token_does_not_bring_it_into_output_or_ledger(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    def answer(moment: Moment) -> Act | None:
        sent = base64.b64encode(f"user={NAME}\x01auth=Bearer {relay.users[NAME]}\x01\x01".encode()).decode()
        return Act(f"535 5.7.8 Not {sent} nor {relay.users[NAME]}") if moment.stage == "auth" else None

    relay.answer = answer
    done = signed_in.run(*SEND)
    assert done.code == 4
    assert re.search(r"refused the login: 535 5\.7\.8 Not \*\*\*=* nor \*\*\*", done.err)
    shown = signed_in.run("status", "lamps", "--json")
    assert traces(signed_in, done.said, shown.said) == []
    assert endpoint.given == 2


def test_a_test_send_uses_the_token_too_and_tells_what_is_not_kept(
    signed_in: Desk, relay: ScriptedServer, endpoint: TokenEndpoint
) -> None:
    endpoint.rotates = True
    more = f"""
[relays.main.oauth]
client_id = "press-app"
token_url = "{endpoint.url}"
ca_file = "ca.pem"
refresh_token_env = "MAILER_TEST_REFRESH"
"""
    signed_in.settings(relay, more=more, security="starttls", username=NAME, ca_file="ca.pem")
    env = {"MAILER_TEST_REFRESH": REFRESH}
    done = signed_in.run("test", "lamps", "--to", "coast", "--inbox", "inbox@example.org", env=env)
    assert done.code == 0, done.err
    assert [message.rcpt_to for message in relay.accepted] == [("inbox@example.org",)]
    assert "gave a new refresh token" in done.err
    assert traces(signed_in, done.said) == []
