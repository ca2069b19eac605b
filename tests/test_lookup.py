from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from mailer.lookup import NO_MAIL_SERVER, NO_SUCH_DOMAIN, NULL_MX, fetch_domains, find_dead_domains

# Zone: name to records; a name that is not here does not exist.
ZONE: dict[str, dict[str, list[str]]] = {
    "mail.example.org.": {"MX": ["10 mx.example.org."]},
    "plain.example.org.": {"A": ["192.0.2.1"]},
    "six.example.org.": {"AAAA": ["2001:db8::1"]},
    "nomail.example.org.": {"MX": ["0 ."]},
    "bare.example.org.": {"TXT": ['"nothing here"']},
    "xn--kste-0ra.example.org.": {"MX": ["10 mx.example.org."]},
}
SERVFAIL, SILENT = "broken.example.org.", "silent.example.org."


class NameServer:
    """A name server on a loopback UDP socket that knows ZONE and keeps what it was asked."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.asked: list[tuple[str, str]] = []
        self.delay_s = 0.0
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            data, peer = self.socket.recvfrom(4096)
            if data == b"stop":
                return
            threading.Thread(target=self.answer, args=(data, peer)).start()

    def answer(self, data: bytes, peer: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name, kind = query.question[0].name.to_text().lower(), dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind))
        if name == SILENT:
            return
        time.sleep(self.delay_s)
        response = dns.message.make_response(query, recursion_available=True)
        if name == SERVFAIL:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name not in ZONE:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif kind in ZONE[name]:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *ZONE[name][kind]))
        self.socket.sendto(response.to_wire(), peer)

    def stop(self) -> None:
        self.socket.sendto(b"stop", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.stop()


def dead(server: NameServer, *domains: str, timeout_s: float = 5.0) -> dict[str, str]:
    return find_dead_domains(domains, nameserver="127.0.0.1", port=server.port, timeout_s=timeout_s)


@pytest.mark.parametrize(
    "domain, reason",
    [
        ("nowhere.example.org", NO_SUCH_DOMAIN),
        ("nomail.example.org", NULL_MX),
        ("bare.example.org", NO_MAIL_SERVER),
    ],
)
def test_domain_that_takes_no_mail_is_dead_with_its_reason(name_server: NameServer, domain: str, reason: str) -> None:
    assert dead(name_server, domain) == {domain: reason}


@pytest.mark.parametrize(
    "domain", ["mail.example.org", "plain.example.org", "six.example.org", "xn--kste-0ra.example.org"]
)
def test_domain_with_mx_or_address_is_alive(name_server: NameServer, domain: str) -> None:
    assert dead(name_server, domain) == {}
    assert name_server.asked


def test_broken_and_silent_name_servers_say_nothing_about_a_mailbox(name_server: NameServer) -> None:
    domains = ["broken.example.org", "silent.example.org", "mail.example.org"]
    answers = fetch_domains(domains, nameserver="127.0.0.1", port=name_server.port, timeout_s=0.5)
    assert answers.dead == {}
    assert answers.silent == ("broken.example.org", "silent.example.org")
    assert {name for name, _ in name_server.asked} >= {SERVFAIL, SILENT}


def test_each_domain_is_asked_once_and_many_at_a_time(name_server: NameServer) -> None:
    name_server.delay_s = 0.2
    domains = [f"gone{number}.example.org" for number in range(16)]
    begun = time.monotonic()
    assert set(dead(name_server, *domains, *domains)) == set(domains)
    assert time.monotonic() - begun < 16 * 0.2
    assert len(name_server.asked) == 16


def test_what_is_no_domain_name_is_not_dead(name_server: NameServer) -> None:
    assert dead(name_server, "a..b", "x" * 70 + ".example.org") == {}
