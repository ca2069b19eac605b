"""Copies: which of our messages lie in a mailbox that keeps copies of what went out.

Owns the search by Message-ID, over IMAP or in a Maildir or mbox; a message that only quotes a Message-ID (an answer, a
bounce) is no copy. Never changes a mailbox.
Gaps: a journal that wraps each mail in a report of its own (Exchange) is not looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mailer.errors import ConfigProblem, Problem
from mailer.inbox.headers import message_id_of
from mailer.inbox.imap import open_folder
from mailer.inbox.messages import inbox_path, read_messages
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
