"""Transport: how the way to a mail server is secured, and the words for what goes wrong on it.

Owns the TLS context of a mailbox and the turning of a library's exceptions into one sentence, without the password that
a server may repeat. There is no way to clear text, not even on this machine (standards S1): TLS from the first byte, or
STARTTLS and STLS, or nothing.
Raises `ConnectionBroken` and `LoginRefused`, plain `MailboxUnavailable` where a certificate is not believed, and
`ConfigProblem` for what mailer.toml has wrong.
"""

from __future__ import annotations

import contextlib
import poplib
import socket
import ssl
from collections.abc import Iterator

from imapclient.exceptions import IMAPClientError

from mailer.errors import ConfigProblem, MailboxUnavailable
from mailer.inbox.values import ConnectionBroken
from mailer.settings import Inbox, Secret

# a host name that is none, or what the libraries make of an answer that is none
_NONSENSE = (ValueError, TypeError, LookupError, AttributeError, AssertionError)
CONNECT_S, READ_S = 30.0, 120.0
INSECURE = "cannot be made secure, so no password was sent"
REACH_HINT = "Check the host, the port and the network."
LOGIN_HINT = "Check the name and the password; some providers want an app password, others access tokens."
AGAIN = "Run the same command again; what was read is kept, and counts once."


def tls_context(inbox: Inbox) -> ssl.SSLContext:
    """Return what a server's certificate is held against.

    Raises:
        ConfigProblem: `ca_file` is not a file of certificates.
    """
    try:
        context = ssl.create_default_context(cafile=inbox.ca_file or None)
    except (OSError, ssl.SSLError):
        raise ConfigProblem(f"inbox {inbox.key}: ca_file {inbox.ca_file} is not a file of certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def server_name(inbox: Inbox) -> str:
    """Name the server of a mailbox, for people."""
    return f"inbox {inbox.key} ({inbox.server.host}:{inbox.server.port})"


@contextlib.contextmanager
def told(
    name: str, what: str, hint: str, secret: Secret | None = None, *, kind: type[MailboxUnavailable] = ConnectionBroken
) -> Iterator[None]:
    """Turn whatever goes wrong inside into one sentence, without the secret; `kind` is for what the server refuses."""
    try:
        yield
    except (IMAPClientError, poplib.error_proto, OSError, EOFError, *_NONSENSE) as error:
        words = said(error)
        words = secret.hide_in(words) if secret is not None else words
        is_cut = isinstance(error, OSError | EOFError) or is_abort(error) or "[UNAVAILABLE]" in words
        raise (ConnectionBroken if is_cut else kind)(f"{name} {what}: {words}", hint=hint) from None


@contextlib.contextmanager
def made_secure(name: str) -> Iterator[None]:
    """Yield what is wrong with TLS, before anything secret has left."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnavailable(f"{name} {INSECURE}: {error.verify_message}", hint=_TLS_HINT) from None
    except ssl.SSLError:
        raise ConnectionBroken(f"{name} {INSECURE}: no TLS handshake", hint=_TLS_HINT) from None


_TLS_HINT = """\
imaps:// is for port 993 and pop3s:// for 995, imap:// for 143 and pop3:// for 110;
a certificate of your own needs ca_file."""


def hang_up(line: socket.socket) -> None:
    """Wake a thread that waits for a server; it finds the connection broken, and closes it."""
    with contextlib.suppress(OSError):
        # the socket's own: an SSLSocket's would take its state away from the thread that reads
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def is_abort(error: BaseException) -> bool:
    """Return whether the connection is gone (imaplib's `abort`, and poplib's EOF), and not one command refused."""
    return _is_end(error) or (isinstance(error, IMAPClientError) and type(error).__name__ == "abort")


def _is_end(error: BaseException) -> bool:
    """Return whether it is what poplib makes of an end; what a server says comes from it as bytes."""
    return isinstance(error, poplib.error_proto) and error.args[:1] == ("-ERR EOF",)


def said(error: Exception) -> str:
    """Return what went wrong, in our words where there are some."""
    known: dict[type[Exception], str] = {
        ConnectionRefusedError: "nothing answers there (connection refused)",
        socket.gaierror: "this name is not known",
        ConnectionResetError: "the connection was cut",
        BrokenPipeError: "the connection was cut",
        TimeoutError: "it does not answer",
    }
    words = next((text for kind, text in known.items() if isinstance(error, kind)), "")
    words = words or ("the connection was cut" if _is_end(error) else "")
    return words or " ".join(_text(error).split())[:300] or type(error).__name__


def _text(error: Exception) -> str:
    """Return an exception's text; poplib's are bytes."""
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
