"""IMAP: a folder of an account that keeps copies of what went out, searched by Message-ID.

Owns opening the folder and searching it. It is opened with EXAMINE (RFC 9051 §6.3.3) and headers are fetched with PEEK,
so that nothing is marked, moved or deleted and nobody sees that we looked.
Raises `MailboxUnavailable` where the server cannot be talked to, `ConfigProblem` for what mailer.toml has wrong.

A search by header gives numbers, not which of the wanted it found, and a server may match loosely (RFC 9051 §6.4.4:
«contains»): what it names is fetched and compared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imapclient import SENT, IMAPClient

from mailer.errors import ConfigProblem
from mailer.inbox.headers import message_id_of
from mailer.inbox.imap_session import leave, log_in
from mailer.inbox.transport import AGAIN, said, server_name, told
from mailer.settings import Inbox, Secret

_TOGETHER = 20  # Message-IDs in one search: RFC 7162 §4 asks for command lines below 8,192 bytes
_SHOWN_FOLDERS = 30
_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is open for looking, made by `open_folder`; `name` is its address for people."""

    name: str
    _client: IMAPClient

    def find_message_ids(self, wanted: Sequence[str]) -> dict[str, int]:
        """Return which of these Message-IDs (`<…>`) are on messages in the folder, each with the message's UID.

        Raises:
            MailboxUnavailable: the server broke off.
        """
        found: dict[str, int] = {}
        with told(self.name, "could not be searched", AGAIN):
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
    client = log_in(inbox, password)
    try:
        folder = _examine(client, inbox)
        yield Folder(f"{inbox.url.rstrip('/')}/{folder}" if not inbox.server.folder else inbox.url, client)
    finally:
        leave(client)


def _examine(client: IMAPClient, inbox: Inbox) -> str:
    """Open the folder for looking; return its name."""
    hint = "The name stands behind the host: imaps://USER@HOST/FOLDER."
    with told(server_name(inbox), "cannot list its folders", hint):
        name: str | None = inbox.server.folder or client.find_special_folder(SENT)
    if not name:
        raise ConfigProblem(f"{server_name(inbox)} marks no folder as holding what was sent", hint=hint)
    with told(server_name(inbox), "broke off", AGAIN):
        try:
            client.select_folder(name, readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            message = f'{server_name(inbox)} does not open the folder "{name}": {said(error)}'
            raise ConfigProblem(message, hint=f"{hint}{_folders(client)}") from None
    return name


def _folders(client: IMAPClient) -> str:
    names = [str(name) for _, _, name in client.list_folders()][:_SHOWN_FOLDERS]
    return f" There are: {', '.join(names)}" if names else ""


def _any_of(wanted: Sequence[str]) -> list[object]:
    """Return the criterion «one of these»; without the angle brackets, which some servers keep and others strip."""
    each = [["HEADER", "Message-ID", text.strip("<>")] for text in wanted]
    return [*(word for criterion in each[:-1] for word in ("OR", *criterion)), *each[-1]]
