"""Network: what all clients of ours share, whether they speak SMTP, IMAP, POP3 or HTTP.

Owns which certificates are trusted (TLS 1.2 and later), the texts for a connection that failed, and waking a thread
that waits on one. Never opens a connection.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Final

from mailer.errors import ConfigProblem

CAUSES: Final[dict[type[Exception], str]] = {
    ConnectionRefusedError: "nothing answers there (connection refused)",
    socket.gaierror: "this name is not known",
    ConnectionResetError: "the connection was cut",
}


def tls_context(ca_file: str, prefix: str = "") -> ssl.SSLContext:
    """Return how certificates are verified; `ca_file` has the only authorities to trust, `prefix` begins an error."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError):
        raise ConfigProblem(f"{prefix}ca_file {ca_file} is not a file of certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def hang_up(line: socket.socket) -> None:
    """Wake a thread that waits for a server; it finds the connection broken, and closes it."""
    with contextlib.suppress(OSError):
        # the socket's own: an SSLSocket's would take its state away from the thread that reads
        socket.socket.shutdown(line, socket.SHUT_RDWR)
