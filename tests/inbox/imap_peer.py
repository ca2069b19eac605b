"""An IMAP server that follows a script, for what real servers do only on bad days: real sockets, TLS if asked for.

It answers each command with the lines that the script has for its verb; `None` hangs up. What it was told stands in
`received`.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
Script = Mapping[str, str | None]
FRIENDLY: Script = {
    "": "* OK ready",
    "CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done",
    "AUTHENTICATE": "+ ",
    "EXAMINE": "* 1 EXISTS\r\n{tag} OK [READ-ONLY] done",
    "LIST": '* LIST (\\HasNoChildren) "/" INBOX\r\n{tag} OK done',
    "UID": "* SEARCH\r\n{tag} OK done",
    "LOGOUT": "* BYE\r\n{tag} OK done",
    "login": "{tag} OK welcome",  # after the line that AUTHENTICATE asks for
}


@dataclass(slots=True)
class Peer:
    """The script, and what the other side said."""

    script: Script
    tls: ssl.SSLContext | None
    port: int = 0
    received: bytearray = field(default_factory=bytearray)

    def serve(self, listener: socket.socket) -> None:
        """Talk to one client after the other until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                if self.tls is None:
                    self._talk(connection)
                else:
                    with self.tls.wrap_socket(connection, server_side=True) as secure:
                        self._talk(secure)

    def _talk(self, connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        with reader:
            verb, tag = "", "*"
            while True:
                answer = self.script.get(verb, "{tag} BAD what?")
                if answer is None:
                    return
                connection.sendall(f"{answer.replace('{tag}', tag)}\r\n".encode())
                line = reader.readline()
                if not line:
                    return
                self.received += line
                if verb == "AUTHENTICATE" and answer.startswith("+"):
                    verb = "login"
                else:
                    words = line.decode().split()
                    tag, verb = words[0], words[1].upper()


@contextmanager
def imap_peer(changes: Script, tls: ssl.SSLContext | None) -> Iterator[Peer]:
    """Run it until the block ends; `changes` replace what a friendly server says."""
    peer = Peer({**FRIENDLY, **changes}, tls)
    with socket.create_server((HOST, 0)) as listener:
        peer.port = listener.getsockname()[1]
        thread = threading.Thread(target=peer.serve, args=(listener,))
        thread.start()
        try:
            yield peer
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()
