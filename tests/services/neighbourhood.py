"""A mail world on this machine: domains with mail servers of their own, and a name server that knows them all.

A real mail server is given the name server's address as its only one, so that it asks nobody outside, finds each
domain by its MX record, and speaks to port 25 of a loopback address of ours: nothing is routed by hand. Each
neighbourhood has a /24 of 127.0.0.0/8 to itself, so that several stand beside each other.

Only root may listen on ports 25 and 53.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.servers import ScriptedServer, threaded_server

SMTP, DNS = 25, 53
NAMES, TAKING, SMALL, CLOSED = 2, 3, 4, 5  # the last number of an address: who stands there

Records = Callable[[str, str], list[str] | None]  # None: there is no such name


@dataclass(slots=True)
class Neighbourhood:
    """What stands in it: `taking` answers as a test tells it, `small` takes only small mail, at `closed` is nobody."""

    net: str
    taking: ScriptedServer
    small: ScriptedServer
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> dict[str, str]:
        """Return the files by which a root folder sees this name server and no other."""
        return {
            "etc/resolv.conf": f"nameserver {self.net}.{NAMES}\noptions timeout:2 attempts:2\n",
            "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
            "etc/hosts": "127.0.0.1 localhost relay.example.org\n",
            "etc/services": "smtp 25/tcp mail\n",
        }


@contextlib.contextmanager
def neighbourhood(
    taking: ScriptedServer, small: ScriptedServer, *, nowhere: str, no_mail: str
) -> Iterator[Neighbourhood]:
    """Run the servers until the block ends.

    `nowhere` is a domain that does not exist, `no_mail` one that takes no mail (RFC 7505). `small.example.com`,
    `closed.example.com` and `loop.example.com` are at their places; every other domain is at `taking`.
    """
    names, net = _name_server()
    taking.host, taking.port = f"{net}.{TAKING}", SMTP
    small.host, small.port = f"{net}.{SMALL}", SMTP
    made = Neighbourhood(net, taking, small)

    def records(name: str, kind: str) -> list[str] | None:
        if name == f"{nowhere}." or name.endswith(f".{nowhere}."):
            return None
        if kind == "MX" and not name.startswith("mx."):
            return ["0 ."] if name == f"{no_mail}." else [f"10 mx.{name}"]
        if kind == "A" and name.startswith("mx."):
            return [_at(name.removeprefix("mx.").partition(".")[0], net)]
        return []

    thread = threading.Thread(target=_serve, args=(names, records, made.asked), name="name server")
    thread.start()
    try:
        with threaded_server(taking), threaded_server(small):
            yield made
    finally:
        names.sendto(b"stop", names.getsockname())
        thread.join()
        names.close()


def _at(label: str, net: str) -> str:
    if label == "loop":
        return "127.0.0.1"  # where the real server itself is
    return f"{net}.{ {'small': SMALL, 'closed': CLOSED}.get(label, TAKING) }"


def _name_server() -> tuple[socket.socket, str]:
    """Find a /24 of loopback in which nobody serves names yet."""
    for number in range(os.getpid(), os.getpid() + 50):
        net = f"127.{1 + number // 250 % 250}.{1 + number % 250}"
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            names.bind((f"{net}.{NAMES}", DNS))
        except OSError:
            names.close()
        else:
            return names, net
    raise RuntimeError("no loopback address is free for a name server")


def _serve(names: socket.socket, records: Records, asked: list[tuple[str, str]]) -> None:
    while True:
        data, peer = names.recvfrom(4096)
        if data == b"stop":
            return
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        asked.append((name, kind))
        response = dns.message.make_response(query, recursion_available=True)
        found = records(name, kind)
        if found is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif found:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *found))
        names.sendto(response.to_wire(), peer)
