"""Server: a mail server that holds a mailbox, reached and secured, and the words for what goes wrong on the way.

Owns the turning of a library's exceptions into one sentence, without the password that a server may repeat. There is no
way to clear text, not even on this machine (standards S1): TLS from the first byte, or STARTTLS and STLS, or nothing.
Raises `ConnectionBroken` and `LoginRefused`, and plain `MailboxUnavailable` where a certificate is not believed.
"""

from __future__ import annotations

import contextlib
import poplib
import ssl
from collections.abc import Iterator
from typing import Final

from imapclient.exceptions import IMAPClientError

from mailer.errors import MailboxUnavailable
from mailer.inbox.values import ConnectionBroken
from mailer.platform.network import CAUSES
from mailer.settings import Inbox, Secret

# a host name that is none, or what the libraries make of an answer that is none
_NONSENSE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError)
CONNECT_S, READ_S = 30.0, 120.0
INSECURE: Final = "cannot be made secure, so no password was sent"
REACH_HINT: Final = "Check the host, the port and the network."
LOGIN_HINT: Final = "Check the name and the password; some providers want an app password, others access tokens."
AGAIN: Final = "Run the same command again; what was read is kept, and counts once."
_TLS_HINT: Final = """\
imaps:// is for port 993 and pop3s:// for 995, imap:// for 143 and pop3:// for 110;
a certificate of your own needs ca_file."""
_WORDS: Final[dict[type[Exception], str]] = {
    **CAUSES,
    BrokenPipeError: "the connection was cut",
    TimeoutError: "it does not answer",
}


def name_of(inbox: Inbox) -> str:
    """Return the name of a mailbox's server, for people."""
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
        # imaplib's `abort` and poplib's EOF: the connection is gone, and not one command refused
        is_cut = isinstance(error, OSError | EOFError) or type(error).__name__ == "abort" or _is_end(error)
        gone = is_cut or "[UNAVAILABLE]" in words
        raise (ConnectionBroken if gone else kind)(f"{name} {what}: {words}", hint=hint) from None


@contextlib.contextmanager
def made_secure(name: str) -> Iterator[None]:
    """Raise what is wrong with TLS, before anything secret has left."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnavailable(f"{name} {INSECURE}: {error.verify_message}", hint=_TLS_HINT) from None
    except ssl.SSLError:
        raise ConnectionBroken(f"{name} {INSECURE}: no TLS handshake", hint=_TLS_HINT) from None


def _is_end(error: BaseException) -> bool:
    """Return whether it is what poplib makes of an end; what a server says comes from it as bytes."""
    return isinstance(error, poplib.error_proto) and error.args[:1] == ("-ERR EOF",)


def said(error: Exception) -> str:
    """Return what went wrong, in our words where there are some."""
    if words := next((text for kind, text in _WORDS.items() if isinstance(error, kind)), ""):
        return words
    if _is_end(error):
        return "the connection was cut"
    first = error.args[0] if error.args else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)  # poplib's are bytes
    return " ".join(text.split())[:300] or type(error).__name__
