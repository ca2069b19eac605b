"""IMAP: a folder of an account, looked at over TLS.

Owns imapclient: connecting, securing, logging in, opening a folder and searching it. The folder is opened with EXAMINE
(RFC 9051 §6.3.3) and headers are fetched with PEEK, so that nothing is marked, moved or deleted and nobody sees that
we looked. There is no way to clear text: `imaps://` is TLS from the first byte, `imap://` is STARTTLS or nothing.
Raises `MailboxUnavailable` where the server cannot be talked to, `ConfigProblem` for what mailer.toml has wrong.

A search by header gives numbers, not which of the wanted it found, and a server may match loosely (RFC 9051 §6.4.4:
«contains»): what it names is fetched and compared.
Gaps: AUTH is PLAIN or LOGIN; new mail is not read from here yet.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError
from imapclient.imapclient import SENT, IMAPClient, SocketTimeout

from mailer.errors import ConfigProblem, MailboxUnavailable
from mailer.inbox.headers import message_id_of
from mailer.settings import Inbox, Secret

_TIMEOUT = SocketTimeout(connect=30, read=120)
_TOGETHER = 20  # Message-IDs in one search: RFC 7162 §4 asks for command lines below 8,192 bytes
_INSECURE = "cannot be made secure, so no password was sent"
_SHOWN_FOLDERS = 30
_AGAIN = "Run the same command again; nothing was changed."
_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is open for looking, made by `open_folder`; `name` is its address for people."""

    name: str
    _client: IMAPClient

    def find_message_ids(self, wanted: Sequence[str]) -> dict[str, int]:
        """Give which of these Message-IDs (`<…>`) are on messages in the folder, each with the message's UID.

        Raises:
            MailboxUnavailable: the server broke off.
        """
        found: dict[str, int] = {}
        with _told(self.name, "could not be searched", _AGAIN):
            for start in range(0, len(wanted), _TOGETHER):
                found |= self._find(wanted[start : start + _TOGETHER])
        return found

    def _find(self, wanted: Sequence[str]) -> dict[str, int]:
        uids = self._client.search(_any_of(wanted))
        headers = self._client.fetch(uids, [_HEADER]) if uids else {}
        ids = {
            message_id_of(value): uid
            for uid, answer in headers.items()
            for key, value in answer.items()
            if key.startswith(b"BODY[HEADER") and value
        }
        return {each: ids[each] for each in wanted if each in ids}


@contextlib.contextmanager
def open_folder(inbox: Inbox, password: Secret) -> Iterator[Folder]:
    """Connect, secure, log in and open the folder for looking, until the block ends.

    An address without a folder means the one that the server marks as holding what was sent (RFC 6154).

    Raises:
        MailboxUnavailable: the server cannot be reached, secured or logged in to.
        ConfigProblem: there is no such folder, or `ca_file` is none.
    """
    client = _connect(inbox)
    try:
        _secure(client, inbox)
        _log_in(client, inbox, password)
        folder = _examine(client, inbox)
        yield Folder(f"{inbox.url.rstrip('/')}/{folder}" if not inbox.imap.folder else inbox.url, client)
    finally:
        _leave(client)


def _connect(inbox: Inbox) -> IMAPClient:
    place = inbox.imap
    context = _tls_context(inbox) if place.implicit else None
    hint = "Check the host, the port and the network."
    with _told(_server(inbox), "cannot be reached", hint), _made_secure(_server(inbox)):
        return IMAPClient(
            place.host, port=place.port, ssl=place.implicit, ssl_context=context, timeout=_TIMEOUT, use_uid=True
        )


def _secure(client: IMAPClient, inbox: Inbox) -> None:
    if inbox.imap.implicit:
        return
    hint = "It offers no STARTTLS? Then write imaps://. A certificate of your own needs ca_file."
    with _told(_server(inbox), _INSECURE, hint), _made_secure(_server(inbox)):
        client.starttls(_tls_context(inbox))


def _log_in(client: IMAPClient, inbox: Inbox, password: Secret) -> None:
    """Log in once; PLAIN where it is offered, as LOGIN takes ASCII alone (RFC 9051 §6.2.3)."""
    hint = "Check the name and the password; some providers want an app password."
    with _told(_server(inbox), "refused the login", hint, password):
        login = client.plain_login if client.has_capability("AUTH=PLAIN") else client.login
        try:
            login(inbox.imap.user, password.reveal())
        except UnicodeError:
            raise LoginError("it takes only ASCII letters in a password") from None


def _examine(client: IMAPClient, inbox: Inbox) -> str:
    """Open the folder for looking; gives its name."""
    hint = "The name stands behind the host: imaps://USER@HOST/FOLDER."
    with _told(_server(inbox), "cannot list its folders", hint):
        name: str | None = inbox.imap.folder or client.find_special_folder(SENT)
    if not name:
        raise ConfigProblem(f"{_server(inbox)} marks no folder as holding what was sent", hint=hint)
    with _told(_server(inbox), "broke off", _AGAIN):
        try:
            client.select_folder(name, readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            message = f'{_server(inbox)} does not open the folder "{name}": {_said(error)}'
            raise ConfigProblem(message, hint=f"{hint}{_folders(client)}") from None
    return name


def _folders(client: IMAPClient) -> str:
    names = [str(name) for _, _, name in client.list_folders()][:_SHOWN_FOLDERS]
    return f" There are: {', '.join(names)}" if names else ""


def _leave(client: IMAPClient) -> None:
    """Say goodbye, or just go where nobody listens any more."""
    with contextlib.suppress(IMAPClientError, OSError):
        client.logout()
        return
    with contextlib.suppress(IMAPClientError, OSError):
        client.shutdown()


def _any_of(wanted: Sequence[str]) -> list[object]:
    """Give the criterion «one of these»; without the angle brackets, which some servers keep and others strip."""
    each = [["HEADER", "Message-ID", text.strip("<>")] for text in wanted]
    return [*(word for criterion in each[:-1] for word in ("OR", *criterion)), *each[-1]]


def _tls_context(inbox: Inbox) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=inbox.ca_file or None)
    except (OSError, ssl.SSLError):
        raise ConfigProblem(f"inbox {inbox.key}: ca_file {inbox.ca_file} is not a file of certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _server(inbox: Inbox) -> str:
    return f"inbox {inbox.key} ({inbox.imap.host}:{inbox.imap.port})"


@contextlib.contextmanager
def _told(name: str, what: str, hint: str, password: Secret | None = None) -> Iterator[None]:
    """Turn whatever goes wrong inside into one sentence, without the password that a server may repeat."""
    try:
        yield
    except (IMAPClientError, OSError, ValueError) as error:  # ValueError: a host name or an answer that is none
        said = _said(error)
        said = password.hide_in(said) if password is not None else said
        raise MailboxUnavailable(f"{name} {what}: {said}", hint=hint) from None


@contextlib.contextmanager
def _made_secure(name: str) -> Iterator[None]:
    """Say what is wrong with TLS, before anything secret has left."""
    try:
        yield
    except ssl.SSLError as error:
        words = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else "no TLS handshake"
        hint = "imaps:// is for port 993, imap:// for 143; a certificate of your own needs ca_file."
        raise MailboxUnavailable(f"{name} {_INSECURE}: {words}", hint=hint) from None


def _said(error: Exception) -> str:
    known: dict[type[Exception], str] = {
        ConnectionRefusedError: "nothing answers there (connection refused)",
        socket.gaierror: "this name is not known",
        ConnectionResetError: "the connection was cut",
        TimeoutError: "it does not answer",
    }
    words = next((text for kind, text in known.items() if isinstance(error, kind)), "")
    return words or " ".join(str(error).split())[:300] or type(error).__name__
