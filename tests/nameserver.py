"""A name server on this machine: a zone written as text, answered over UDP and TCP as real servers do.

What does not fit into a UDP answer is cut off there (TC), so that it is asked for again over TCP. A name that has
nothing but names below it exists and has no records. `silent` names get no answer, `broken` ones SERVFAIL.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

HOST = "127.0.0.1"


@dataclass(slots=True)
class NameServer:
    """A running server; `zone` may be changed while it runs, `asked` has every question as (name, kind, way).

    `most` is how many questions waited at once.
    """

    zone: dns.zone.Zone
    silent: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    delay_s: float = 0.0
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    now: int = 0
    most: int = 0
    counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """Return it as it stands in mailer.toml."""
        return f"{HOST}:{self.port}"

    def load(self, text: str) -> None:
        """Take another zone."""
        self.zone = parse_zone(text)

    def answer(self, wire: bytes, *, udp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text().lower()
        self.asked.append((name, dns.rdatatype.to_text(question.rdtype), "udp" if udp else "tcp"))
        if name.rstrip(".") in self.silent:
            return None
        with self.counting:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.delay_s)
        with self.counting:
            self.now -= 1
        response = dns.message.make_response(query, recursion_available=True)
        if name.rstrip(".") in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(response, question.name, question.rdtype)
        most = (query.payload or 512) if udp else 65_535
        data = response.to_wire(max_size=65_535)
        if len(data) > most:
            response.answer.clear()
            response.flags |= dns.flags.TC
            data = response.to_wire()
        return data

    def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        for _ in range(8):  # a CNAME leads on
            node = self.zone.get_node(name)
            if node is None:
                below = any(other.is_subdomain(name) for other in self.zone.nodes)
                response.set_rcode(dns.rcode.NOERROR if below else dns.rcode.NXDOMAIN)
                return
            found = node.get_rdataset(dns.rdataclass.IN, kind)
            alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
            chosen = found or alias
            if chosen is None:
                return
            response.answer.append(dns.rrset.from_rdata_list(name, chosen.ttl, list(chosen)))
            if found is not None:
                return
            name = next(iter(chosen)).target


def parse_zone(text: str) -> dns.zone.Zone:
    """Read records as a zone file has them, one a line: `example.org TXT "v=spf1 -all"`; names are whole ones."""
    return dns.zone.from_text(
        f"$TTL 60\n{text}", origin=".", relativize=False, check_origin=False, rdclass=dns.rdataclass.IN
    )


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _pair(over_udp: type[socketserver.BaseRequestHandler], over_tcp: type[socketserver.BaseRequestHandler]) -> Any:
    """Bind one port for both: what is free for one may be taken for the other."""
    for _ in range(50):
        udp = _Udp((HOST, 0), over_udp)
        try:
            return udp, _Tcp((HOST, udp.server_address[1]), over_tcp)
        except OSError:
            udp.server_close()
    raise OSError(f"no port of {HOST} is free for both UDP and TCP")


@contextlib.contextmanager
def name_server(
    text: str = "", *, silent: frozenset[str] = frozenset(), broken: frozenset[str] = frozenset()
) -> Iterator[NameServer]:
    """Run a server for a zone until the block ends."""
    state = NameServer(parse_zone(text), silent, broken)

    class OverUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data = state.answer(self.request[0], udp=True)
            if data is not None:
                self.request[1].sendto(data, self.client_address)

    class OverTcp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            size = int.from_bytes(self.request.recv(2, socket.MSG_WAITALL))
            data = state.answer(self.request.recv(size, socket.MSG_WAITALL), udp=False) if size else None
            if data is not None:
                self.request.sendall(len(data).to_bytes(2) + data)

    udp, tcp = _pair(OverUdp, OverTcp)
    with udp, tcp:
        state.port = udp.server_address[1]
        threads = [threading.Thread(target=each.serve_forever, args=(0.02,)) for each in (udp, tcp)]
        for thread in threads:
            thread.start()
        try:
            yield state
        finally:
            for each in (udp, tcp):
                each.shutdown()
            for thread in threads:
                thread.join()
