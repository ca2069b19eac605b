"""Copies: which of our messages lie in a mailbox that keeps copies of what went out.

Owns the search by Message-ID, over IMAP or in a Maildir or mbox; a message that only quotes a Message-ID (an answer, a
bounce) is no copy. Never changes a mailbox.
Gaps: a journal that wraps each mail in a report of its own (Exchange) is not looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from imapclient.imapclient import SENT, IMAPClient

from mailer.errors import ConfigProblem, Problem
from mailer.inbox import server
from mailer.inbox.imap import leave, log_in, select
from mailer.inbox.mailbox import inbox_path, read_messages
from mailer.inbox.values import Copies, message_id_of
from mailer.settings import Inbox, Secret

_TOGETHER: Final = 20  # Message-IDs in one search: RFC 7162 §4 asks for command lines below 8,192 bytes
_HEADER: Final = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


def find_copies(inbox: Inbox, root: Path, password: Callable[[], Secret], wanted: Sequence[str]) -> Copies:
    """Search a mailbox for messages with these Message-IDs (`<…>`).

    `root` is the workspace's folder. `password` is asked for only where the mailbox needs one.

    Raises:
        InputProblem: the Maildir or mbox cannot be read.
        ConfigProblem: there is no password, or no such folder.
        MailboxUnavailable: the server cannot be reached, secured, logged in to or searched.
    """
    if inbox.is_file:
        missing, where, problems = set(wanted), dict[str, str](), list[Problem]()
        for entry in read_messages(inbox_path(inbox.url, root)):
            if isinstance(entry, Problem):  # told, as it may be one of them
                problems.append(entry)
            elif (own := message_id_of(entry.data)) in missing:
                missing.discard(own)
                where[own] = entry.source
                if not missing:
                    break
        return Copies(where, tuple(problems))
    client = log_in(inbox, password())
    place, hint = server.name_of(inbox), "Put the name after the host: imaps://USER@HOST/FOLDER."
    try:
        with server.told(place, "cannot list its folders", hint):
            # an address without a folder means the one that the server marks as holding what was sent (RFC 6154)
            folder: str | None = inbox.server.folder or client.find_special_folder(SENT)
        if not folder:
            raise ConfigProblem(f"{place} marks no folder as holding what was sent", hint=hint)
        with server.told(place, "broke off", server.AGAIN):
            select(client, inbox, folder, hint, readonly=True)
        name = inbox.url if inbox.server.folder else f"{inbox.url.rstrip('/')}/{folder}"
        found: dict[str, int] = {}
        with server.told(name, "could not be searched", server.AGAIN):
            for start in range(0, len(wanted), _TOGETHER):
                found |= _find_over_imap(client, wanted[start : start + _TOGETHER])
    finally:
        leave(client)
    return Copies({each: f"{name}, UID {uid}" for each, uid in found.items()})


def _find_over_imap(client: IMAPClient, wanted: Sequence[str]) -> dict[str, int]:
    """Return which of these Message-IDs are on messages in the folder, each with the message's UID.

    A search by header gives numbers, not which of the wanted it found, and a server may match loosely (RFC 9051 §6.4.4:
    “contains”): what it names is fetched and compared. The angle brackets are left out of the search, as some servers
    keep and others strip them.
    """
    each = [["HEADER", "Message-ID", text.strip("<>")] for text in wanted]
    uids = client.search([*(word for criterion in each[:-1] for word in ("OR", *criterion)), *each[-1]])
    headers = client.fetch(uids, [_HEADER]) if uids else {}
    ids = {
        message_id_of(value): uid
        for uid, answer in headers.items()
        for key, value in answer.items()
        if key.startswith(b"BODY[HEADER") and value
    }
    return {text: ids[text] for text in wanted if text in ids}
