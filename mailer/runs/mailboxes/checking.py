"""Checking: whether each mailbox of mailer.toml can be read, and what is done with what was read there.

Owns one look: connected, secured, logged in, the folder opened, and left again. Nothing is fetched, marked or made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.errors import MailerError
from mailer.runs.mailboxes.door import Door
from mailer.settings import Credential, Inbox, Settings


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a mailbox found: `said` in words, `problem` where it cannot be read."""

    inbox: Inbox
    said: str
    problem: MailerError | None = None


def look_at_mailboxes(
    settings: Settings, root: Path, credential: Callable[[Inbox], Credential | None], clock: Callable[[], datetime]
) -> Iterator[Looked]:
    """Look at each mailbox on a server that holds what comes back, in the order of mailer.toml."""
    for inbox in settings.inbox.values():
        if inbox.holds == "returns" and not inbox.is_file:
            yield _look(inbox, Door(inbox, root, _fetching(credential, inbox), clock=clock))


def _fetching(credential: Callable[[Inbox], Credential | None], inbox: Inbox) -> Callable[[], Credential | None]:
    return lambda: credential(inbox)


def _look(inbox: Inbox, door: Door) -> Looked:
    try:
        mailbox = door.open()
        try:
            return Looked(inbox, mailbox.look())
        finally:
            mailbox.close()
    except MailerError as error:
        return Looked(inbox, str(error), error)
