from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from mailer.lookup import NO_MAIL_SERVER, NO_SUCH_DOMAIN, NULL_MX, fetch_domains
from tests.nameserver import NameServer, name_server

ZONE = """
mail.example.org MX 10 mx.example.org.
plain.example.org A 192.0.2.1
six.example.org AAAA 2001:db8::1
nomail.example.org MX 0 .
bare.example.org TXT "nothing here"
xn--kste-0ra.example.org MX 10 mx.example.org.
"""
BROKEN, SILENT = "broken.example.org", "silent.example.org"


@pytest.fixture(name="server")
def running() -> Iterator[NameServer]:
    with name_server(ZONE, silent=frozenset({SILENT}), broken=frozenset({BROKEN})) as server:
        yield server


def dead(server: NameServer, *domains: str, timeout_s: float = 60.0) -> Mapping[str, str]:
    return fetch_domains(domains, nameserver=("127.0.0.1", server.port), timeout_s=timeout_s).dead


@pytest.mark.parametrize(
    "domain, reason",
    [
        ("nowhere.example.org", NO_SUCH_DOMAIN),
        ("nomail.example.org", NULL_MX),
        ("bare.example.org", NO_MAIL_SERVER),
    ],
)
def test_domain_that_takes_no_mail_is_dead_with_its_reason(server: NameServer, domain: str, reason: str) -> None:
    assert dead(server, domain) == {domain: reason}


@pytest.mark.parametrize(
    "domain", ["mail.example.org", "plain.example.org", "six.example.org", "xn--kste-0ra.example.org"]
)
def test_domain_with_mx_or_address_is_alive(server: NameServer, domain: str) -> None:
    assert dead(server, domain) == {}
    assert server.asked


def test_broken_and_silent_name_servers_say_nothing_about_a_mailbox(server: NameServer) -> None:
    domains = [BROKEN, SILENT, "mail.example.org"]
    answers = fetch_domains(domains, nameserver=("127.0.0.1", server.port), timeout_s=3)
    assert answers.dead == {}
    assert answers.silent == (BROKEN, SILENT)
    assert {name for name, _, _ in server.asked} >= {f"{SILENT}.", f"{BROKEN}."}


def test_each_domain_is_asked_once_and_many_at_a_time(server: NameServer) -> None:
    server.delay_s = 0.2
    domains = [f"gone{number}.example.org" for number in range(16)]
    assert set(dead(server, *domains, *domains)) == set(domains)
    assert server.most > 1
    assert sum(kind == "MX" for _, kind, _ in server.asked) == 16


def test_what_is_no_domain_name_is_not_dead(server: NameServer) -> None:
    assert dead(server, "a..b", "x" * 70 + ".example.org") == {}
