"""A mail server that a test writes line by line, over TLS: it greets, and a function of the test answers each line.

What it was told stands in `received`, one line each; `None` for an answer hangs up.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
Answer = Callable[[str], bytes | None]


@dataclass(slots=True)
class LinePeer:
    """The greeting, what answers, and what the other side said; `connections` counts how often it came."""

    greeting: bytes
    answer: Answer
    tls: ssl.SSLContext
    port: int = 0
    connections: int = 0
    received: list[str] = field(default_factory=list)
    current: socket.socket | None = None

    def serve(self, listener: socket.socket) -> None:
        """Talk to one client after the other until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self.current = connection
            with suppress(OSError), connection, self.tls.wrap_socket(connection, server_side=True) as secure:
                self.current = secure
                self._talk(secure)

    def _talk(self, secure: ssl.SSLSocket) -> None:
        secure.sendall(self.greeting)
        with secure.makefile("rb") as reader:
            for line in iter(reader.readline, b""):
                command = line.decode("utf-8", "replace").rstrip("\r\n")
                self.received.append(command)
                answer = self.answer(command)
                if answer is None:
                    return
                secure.sendall(answer)


@contextmanager
def line_peer(greeting: bytes, answer: Answer, tls: ssl.SSLContext) -> Iterator[LinePeer]:
    """Run it until the block ends."""
    peer = LinePeer(greeting, answer, tls)
    with socket.create_server((HOST, 0)) as listener:
        peer.port = listener.getsockname()[1]
        thread = threading.Thread(target=peer.serve, args=(listener,))
        thread.start()
        try:
            yield peer
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            if peer.current is not None:  # a test that failed has left its side open
                with suppress(OSError):
                    socket.socket.shutdown(peer.current, socket.SHUT_RDWR)
    thread.join()


@dataclass(slots=True)
class ImapScript:
    """A folder with these messages by UID, of a server that can do this and not that.

    `refused` are UIDs that it cannot deliver, `vanished` those that are gone when they are fetched; `broken_after` is
    how many FETCHes of bodies it survives.
    """

    messages: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    flags: str = "\\Seen \\Deleted \\*"
    refused: set[int] = field(default_factory=set)
    vanished: set[int] = field(default_factory=set)
    sizes: dict[int, int] = field(default_factory=dict)
    read_only: bool = False
    broken_after: int = 1000
    login: str = "OK welcome"
    waiting: bool = False

    def __call__(self, line: str) -> bytes | None:
        """Answer a line."""
        if self.waiting:
            self.waiting = False
            return f"{self._tag} {self.login}\r\n".encode()
        self._tag, _, rest = line.partition(" ")
        verb = rest.split(" ")[0].upper()
        if verb == "UID":
            return self._uid(rest.split(" ", 3))
        if verb == "AUTHENTICATE":
            self.waiting = True
            return b"+ \r\n"
        untagged = {"CAPABILITY": [f"CAPABILITY {self.capabilities}"], "LOGOUT": ["BYE"]}.get(verb, [])
        code = ""
        if verb in {"SELECT", "EXAMINE"}:
            untagged = [
                f"{len(self.messages)} EXISTS",
                f"OK [UIDVALIDITY {self.validity}] so",
                f"OK [PERMANENTFLAGS ({self.flags})] so",
            ]
            code = "[READ-ONLY] " if self.read_only or verb == "EXAMINE" else "[READ-WRITE] "
        return ("".join(f"* {each}\r\n" for each in untagged) + f"{self._tag} OK {code}done\r\n").encode()

    _tag: str = ""

    def _uid(self, words: list[str]) -> bytes | None:
        done = f"{self._tag} OK done\r\n".encode()
        if words[1].upper() == "SEARCH":
            above = int(words[3].split(":")[0].split(" ")[-1])
            found = [uid for uid in self.messages if uid >= above] or list(self.messages)[-1:]
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode() + done
        if words[1].upper() != "FETCH":
            return done
        uids = [int(each) for each in words[2].split(",")]
        if "RFC822.SIZE" in words[3]:
            sizes = [(uid, self.sizes.get(uid, len(self.messages[uid]))) for uid in uids]
            return b"".join(f"* 1 FETCH (UID {uid} RFC822.SIZE {size})\r\n".encode() for uid, size in sizes) + done
        self.broken_after -= 1
        if self.broken_after < 0:
            return None
        if self.refused & set(uids):
            return f"{self._tag} NO [SERVERBUG] cannot read it\r\n".encode()
        return b"".join(self._body(uid) for uid in uids if uid not in self.vanished) + done

    def _body(self, uid: int) -> bytes:
        data = self.messages[uid]
        return b"* 1 FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, len(data), data)
