"""`mailer serve` answers the relays that mailer.toml names, and `--check` shows what to enter there."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.hooks import ENVIRON, MAILGUN_KEY, POSTMARK, basic, mailgun_body, sendgrid_headers, toml
from tests.office import Desk, finish, in_the_ledger, interrupt, wait_until
from tests.relays import mailgun_failed, postmark_bounce, sendgrid_bounce
from tests.servers import HOST, ScriptedServer

CY = "cy@c.example.com"
DI = "di@d.example.com"
SEND = ("send", "lamps", "--to", "coast", "--yes")


@contextlib.contextmanager
def served(desk: Desk, *words: str) -> Iterator[int]:
    """Run `mailer serve` as a process; yield its port, and end it as a terminal does."""
    process = desk.start("serve", "--port", "0", *words, env=ENVIRON)
    assert process.stderr is not None
    first = process.stderr.readline()
    found = re.search(r"http://127\.0\.0\.1:(\d+)", first)
    assert found, first + process.stderr.read()
    try:
        yield int(found[1])
    finally:
        interrupt(process, signal.SIGINT)
        finish(process)


def post(port: int, relay: str, body: bytes, headers: Mapping[str, str]) -> int:
    client = http.client.HTTPConnection(HOST, port, timeout=120)
    with contextlib.closing(client):
        client.request("POST", f"/hooks/{relay}", body, dict(headers))
        return client.getresponse().status


def suppressed(desk: Desk) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


@pytest.mark.slow
def test_serve_takes_what_relays_tell_and_keeps_the_opt_out_page_beside_it(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more=toml())
    assert desk.run(*SEND).code == 0
    body = json.dumps([sendgrid_bounce(CY)]).encode()
    with served(desk, "--processes", "2") as port:
        assert post(port, "sendgrid", body, sendgrid_headers(body)) == 200
        assert post(port, "sendgrid", body, {}) == 403
        assert post(port, "mailgun", mailgun_body(mailgun_failed(DI)), {}) == 200
        assert post(port, "postmark", json.dumps(postmark_bounce(DI)).encode(), basic(password="wrong")) == 401
        assert post(port, "ses", b"{}", {}) == 403
        assert post(port, "moon", b"{}", {}) == 404
        client = http.client.HTTPConnection(HOST, port, timeout=120)
        with contextlib.closing(client):
            client.request("GET", "/healthz")
            assert client.getresponse().status == 200
    assert suppressed(desk) == {CY: "dead_address", DI: "dead_address"}


@pytest.mark.slow
def test_a_server_that_is_killed_in_the_midst_of_a_batch_loses_and_doubles_nothing(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.settings(server, more=toml())
    assert desk.run(*SEND).code == 0
    events = [sendgrid_bounce(f"p{number}@never.example.net", number=number) for number in range(399)]
    body = json.dumps([sendgrid_bounce(CY, number=7741), *events]).encode()
    headers = sendgrid_headers(body)

    def tell(port: int) -> int:
        try:
            return post(port, "sendgrid", body, headers)
        except (OSError, http.client.HTTPException):
            return 0

    with served(desk) as port, ThreadPoolExecutor(1) as beside:
        answers = beside.submit(tell, port)
        wait_until(lambda: in_the_ledger(desk, "SELECT count(*) FROM inbound")[0][0] >= 20)
        interrupt(desk.started[-1], signal.SIGKILL)
        assert answers.result() == 0  # nobody was told that the port is taken
    assert in_the_ledger(desk, "SELECT count(*) FROM inbound")[0][0] < 400
    with served(desk) as port:
        assert [tell(port), tell(port)] == [200, 200]
    assert in_the_ledger(desk, "SELECT count(*) FROM inbound") == [(400,)]
    assert in_the_ledger(desk, "SELECT count(*) FROM finding") == [(400,)]
    assert suppressed(desk) == {CY: "dead_address"}
    assert desk.report()["bounced"] == {"hard": 1, "soft": 0}


def test_serve_does_not_begin_where_a_secret_is_missing(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more=toml())
    assert desk.run(*SEND).code == 0
    done = desk.run("serve", "--port", "0", env={"POSTMARK_PASSWORD": "x"})
    assert done.code == 3
    assert "[webhooks.mailgun]: no signing key: the variable MAILGUN_KEY is empty or not set" in done.err


def test_a_check_says_what_to_enter_and_makes_nothing(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more=toml())
    password = {"POSTMARK_PASSWORD": "a long one that nobody guesses"}
    before = desk.files()
    done = desk.run("serve", "--check", env={**ENVIRON, **password})
    assert done.code == 0, done.said
    for relay in ("ses", "sendgrid", "mailgun", "postmark"):
        assert f"https://press.example.org/hooks/{relay}" in done.out
    assert "Hard bounces" in done.out
    assert MAILGUN_KEY not in done.said
    assert "nobody guesses" not in done.said
    assert desk.files() == before
    found = desk.run("serve", "--check", "--json", env={**ENVIRON, **password}).json
    assert [each["relay"] for each in found["webhooks"]] == ["ses", "sendgrid", "mailgun", "postmark"]
    assert all(each["wrong"] == [] for each in found["webhooks"])


def test_a_check_with_something_missing_names_it_and_ends_with_3(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more=toml())
    done = desk.run("serve", "--check", env={"POSTMARK_PASSWORD": POSTMARK[1]})
    assert done.code == 3
    assert "the variable MAILGUN_KEY is empty or not set" in done.out
    assert "fewer than 16 characters" in done.out


def test_a_check_without_any_relay_says_that_this_is_no_fault(desk: Desk) -> None:
    done = desk.run("serve", "--check")
    assert done.code == 0
    assert "mailer bounces collect" in done.out
    assert desk.run("serve", "--check", "--json").json == {"webhooks": [], "not_configured": []}


def test_a_check_names_a_relay_that_could_tell(desk: Desk) -> None:
    text = '[relays.main]\npreset = "sendgrid"\npassword_env = "X"\n'
    desk.settings(None, more=text)
    done = desk.run("serve", "--check")
    assert "[webhooks.sendgrid]" in done.out
    assert desk.run("serve", "--check", "--json").json["not_configured"] == ["sendgrid"]
