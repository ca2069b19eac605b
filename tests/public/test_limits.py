"""Who calls, and what is refused: proxies, budgets, sizes, slow clients, faults of ours."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import time
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from mailer.public.app import NOBODY, Budget, Manner, client_of
from tests.office import Desk
from tests.public.hosts import ONE_CLICK, URLENCODED, Answer, Host, Sent, serving_here, suppressed

OURS = [ip_network(each) for each in ("127.0.0.1", "::1", "10.0.0.0/8")]
ADA, BO = "ada@ada.example.com", "bo@bo.example.com"


@pytest.mark.parametrize(
    "peer, forwarded, client",
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),  # a stranger's word
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1", "10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", [",".join(["10.0.0.1"] * 500)], "10.0.0.1"),
        ("::ffff:192.0.2.7", [], "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::1", ["2001:db8:1:2:ffff::1"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["[2001:db8::1]"], "2001:db8::/64"),
        ("", ["192.0.2.7"], NOBODY),
    ],
)
def test_a_client_is_who_our_own_proxies_say(peer: str, forwarded: list[str], client: str) -> None:
    assert client_of(peer, forwarded, OURS) == client


def test_a_budget_lets_a_burst_through_and_then_so_many_a_minute() -> None:
    budget = Budget(per_minute=60, burst=3)
    assert [budget.spend("a", 100.0) for _ in range(3)] == [0, 0, 0]
    assert budget.spend("a", 100.0) == pytest.approx(1)
    assert budget.spend("b", 100.0) == 0
    assert budget.spend("a", 101.0) == 0
    assert budget.spend("a", 101.0) > 0
    assert [budget.spend("a", 1000.0) for _ in range(4)].count(0) == 3


def test_a_budget_forgets_the_oldest_of_too_many_clients() -> None:
    budget = Budget(per_minute=1, burst=1, most=10)
    for number in range(100):
        assert budget.spend(str(number), 5.0) == 0
    assert budget.spend("99", 5.0) > 0
    assert budget.spend("0", 5.0) == 0


def until_refused(ask: Callable[[], Answer], *, most: int = 20) -> Answer:
    """Ask until it is too often: while the host is slow, some of it is allowed again."""
    for _ in range(most):
        answer = ask()
        if answer.status == 429:
            return answer
    raise AssertionError(f"asked {most} times, and never too often")


def test_who_tries_links_is_asked_to_wait_and_no_real_opt_out_ever_is(office: Desk, host: Host, sent: Sent) -> None:
    statuses = [host.post("z" * 39 + "a").status for _ in range(30)]
    assert statuses == [404] * 30
    refused = until_refused(lambda: host.get("z" * 39 + "a"))
    assert 0 < int(refused.headers["retry-after"]) <= 60
    for token in sent.tokens.values():
        assert host.post(token).status == 200
    assert suppressed(office)[ADA] == "everywhere"


def test_behind_a_proxy_each_client_has_a_budget_of_its_own(host: Host) -> None:
    until_refused(lambda: host.get("z" * 40, x_forwarded_for="198.51.100.1"), most=60)
    assert host.get("z" * 40, x_forwarded_for="198.51.100.2").status == 404
    until_refused(lambda: host.get("z" * 40, x_forwarded_for="203.0.113.5, 198.51.100.1"))


def test_undoing_again_and_again_is_refused_for_a_while(host: Host, sent: Sent) -> None:
    until_refused(lambda: host.post(sent.tokens[ADA], "do=undo"), most=40)
    assert host.post(sent.tokens[ADA]).status == 200


def test_a_form_that_is_too_large_is_refused_and_does_nothing(office: Desk, host: Host, sent: Sent) -> None:
    assert host.post(sent.tokens[ADA], ONE_CLICK + "&x=" + "y" * 16_384).status == 413
    assert suppressed(office) == {}


def test_an_endless_body_is_cut_off(host: Host, sent: Sent) -> None:
    head = f"POST /o/{sent.tokens[ADA]} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", host.port), timeout=60) as connection:
        connection.sendall(head.encode())
        answered = b""
        try:
            for _ in range(2000):
                connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            answered = connection.recv(1000)
        except OSError:
            answered = answered or b"closed"
        assert answered.startswith((b"HTTP/1.1 413", b"closed"))
    assert host.get(sent.tokens[ADA]).status == 200


@pytest.mark.parametrize(
    "path, fields, status",
    [("/o/" + "a" * 3000, {}, 414), ("/o/x?" + "a" * 3000, {}, 414), ("/", {"x_much": "y" * 20_000}, 431)],
)
def test_long_addresses_and_heads_are_refused(host: Host, path: str, fields: dict[str, str], status: int) -> None:
    assert host.ask("GET", path, **fields).status in {status, 400}


@pytest.mark.parametrize(
    "path",
    ["/", "/o", "/o/", "//", "/o/%00", "/o/%ff%fe", "/o/../../etc/passwd", "/o/" + "=" * 40, "/?x", "/favicon.ico"],
)
def test_what_is_no_link_is_told_so_and_counts_for_nothing(host: Host, path: str) -> None:
    for _ in range(40):
        answer = host.ask("GET", path)
    assert answer.status == 404
    assert answer.title == "This link is not complete"


def test_who_sends_half_a_request_is_hung_up_on(office: Desk, sent: Sent) -> None:
    with serving_here(office, manner=Manner(request_s=0.5)) as host:
        head = (
            f"POST /o/{sent.tokens[ADA]} HTTP/1.1\r\nHost: x\r\nContent-Type: {URLENCODED}\r\nContent-Length: 500\r\n"
        )
        with socket.create_connection(("127.0.0.1", host.port), timeout=60) as connection:
            connection.sendall(f"{head}\r\nList-Unsub".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")
            while connection.recv(1000):  # and the end of it
                pass
    assert suppressed(office) == {}
    with serving_here(office) as host:
        assert host.post(sent.tokens[ADA]).status == 200


def test_who_dribbles_a_head_is_hung_up_on(host: Host) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", host.port), timeout=1) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        ended = False
        while not ended and time.monotonic() - began < 60:
            try:
                connection.sendall(b"X-A: b\r\n")
                ended = connection.recv(1000) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
        assert ended


def test_under_a_prefix_that_the_proxy_passes_on_everything_is_found(office: Desk, sent: Sent) -> None:
    with serving_here(office, manner=Manner(prefix="/press")) as host:
        assert host.ask("GET", "/press/healthz").text == "ok\n"
        page = host.ask("GET", f"/press/o/{sent.tokens[ADA]}")
        assert page.status == 200
        assert set(re.findall(r'action="([^"]*)"', page.text)) == {""}
        assert host.ask("POST", f"/press/o/{sent.tokens[ADA]}", ONE_CLICK).status == 200
        assert host.ask("POST", f"/o/{sent.tokens[BO]}", ONE_CLICK).status == 200
    assert set(suppressed(office)) == {ADA, BO}


def test_a_ledger_that_cannot_be_written_is_no_opt_out_and_no_healthy_host(office: Desk, sent: Sent) -> None:
    ledger = office.root / ".mailer" / "ledger.db"
    with serving_here(office) as host:
        assert host.ask("GET", "/healthz").status == 200
        assert [host.ask("GET", f"/{each}").text for each in ("health", "ready")] == ['{"status":"ok"}'] * 2
        spoil(ledger)
        answer = host.post(sent.tokens[ADA], "do=opt-out")
        assert answer.status == 503
        assert answer.title == "This did not work just now"
        assert int(answer.headers["retry-after"]) > 0
        assert "ledger" not in answer.text
        assert host.ask("GET", "/healthz").status == 503
        ready = host.ask("GET", "/o/ready")
        assert (ready.status, json.loads(ready.text)["reason"]) == (503, "opt-outs cannot be kept")
        assert host.ask("GET", "/health").status == 200
        assert host.ask("POST", "/ready").status == 404


def spoil(ledger: Path) -> None:
    """Make a ledger unusable under a running program."""
    connection = sqlite3.connect(ledger)
    connection.execute("DROP TABLE inbound_raw")
    connection.execute("ALTER TABLE delivery RENAME TO elsewhere")
    connection.commit()
    connection.close()
