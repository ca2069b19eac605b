"""Copies: which of our messages lie in a mailbox that keeps copies of what went out.

Owns the search by Message-ID, over IMAP or in a Maildir or mbox; a message that only quotes a Message-ID (an answer, a
bounce) is no copy. Never changes a mailbox.
Gaps: a journal that wraps each mail in a report of its own (Exchange) is not looked into.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imapclient import SENT, IMAPClient

from mailer.errors import ConfigProblem, Problem
from mailer.inbox.imap_session import leave, log_in
from mailer.inbox.messages import inbox_path, read_messages
from mailer.inbox.transport import AGAIN, said, server_name, told
from mailer.inbox.values import Copies
from mailer.settings import Inbox, Secret


def find_copies(inbox: Inbox, root: Path, password: Callable[[], Secret | None], wanted: Sequence[str]) -> Copies:
    """Search a mailbox for messages with these Message-IDs (`<…>`).

    `root` is the workspace's folder. `password` is asked for only where the mailbox needs one.

    Raises:
        InputProblem: the Maildir or mbox cannot be read.
        ConfigProblem: there is no password, or no such folder.
        MailboxUnavailable: the server cannot be reached, secured, logged in to or searched.
    """
    if inbox.is_file:
        return _find_in_files(inbox_path(inbox.url, root), wanted)
    secret = password()
    if secret is None:
        raise ConfigProblem(f"inbox {inbox.key}: no password")
    with open_folder(inbox, secret) as folder:
        found = folder.find_message_ids(wanted)
        return Copies({each: f"{folder.name}, UID {uid}" for each, uid in found.items()})


def _find_in_files(path: Path, wanted: Sequence[str]) -> Copies:
    """Read until all are found; a message that cannot be read is told, as it may be one of them."""
    missing, where, problems = set(wanted), {}, []
    for entry in read_messages(path):
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        found = message_id_of(entry.data)
        if found in missing:
            missing.discard(found)
            where[found] = entry.source
            if not missing:
                break
    return Copies(where, tuple(problems))


# IMAP: a folder of an account that keeps copies of what went out, searched by Message-ID.
#
# A search by header gives numbers, not which of the wanted it found, and a server may match loosely (RFC 9051 §6.4.4:
# “contains”): what it names is fetched and compared.

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
    """Return the criterion “one of these”; without the angle brackets, which some servers keep and others strip."""
    each = [["HEADER", "Message-ID", text.strip("<>")] for text in wanted]
    return [*(word for criterion in each[:-1] for word in ("OR", *criterion)), *each[-1]]


# Headers: the one field that tells which message this is.

_MAX_HEADER_BYTES = 128_000
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^message-id[ \t]*:\s*(<[^<>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE)


def message_id_of(data: bytes) -> str:
    """Return a message's own Message-ID (`<…>`), or an empty string. `data` is the message, or its headers alone."""
    head = data[:_MAX_HEADER_BYTES]
    end = _END.search(head)
    found = _FIELD.search(head[: end.start()] if end else head)
    return found[1].decode("utf-8", "replace") if found else ""
