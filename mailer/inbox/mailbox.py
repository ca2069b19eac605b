"""Mailbox: whichever kind a mailbox is, opened for reading in one way.

Owns the choice by address, and the mailbox that is a file: it has no position, as what is known is known by its bytes.
Never knows a ledger: whoever reads remembers the positions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from mailer.inbox.imap_mailbox import ImapMailbox
from mailer.inbox.maildir import is_maildir
from mailer.inbox.messages import inbox_path, read_messages
from mailer.inbox.pop3 import Pop3Mailbox
from mailer.inbox.values import Entry, Position, Stays, nothing_stays
from mailer.settings import Inbox, Secret

_TICK_S = 1.0
_SETTLED_S = 2.0


class Mailbox(Protocol):
    """A mailbox that is open for reading; `notes` is for people, `expected` how many messages are new (0: unknown)."""

    notes: list[str]
    expected: int

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:
        """Return the messages behind a position; a `Position` among them says that all before it can be left behind.

        Whoever reads asks for the next entry once the last one is safe: what is asked on counts as taken. `stays` says
        of a message that was taken, by the SHA-256 of its bytes, that it is not to be moved.

        Raises:
            MailboxUnavailable, InputProblem: it cannot be read (on).
        """

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait for new mail; False at once where that has to be asked for.

        Raises:
            MailboxUnavailable: the connection is gone.
        """

    def look(self) -> str:
        """Return what is there, and what is done with what was read."""

    def close(self) -> None:
        """Leave in good order."""

    def drop(self) -> None:
        """Leave without a word, as the connection is broken."""

    def hang_up(self) -> None:
        """Let whoever reads or waits in another thread find the connection broken."""


def open_mailbox(inbox: Inbox, root: Path, secret: Secret | None) -> Mailbox:
    """Open a mailbox; `root` is the workspace's folder, `secret` the password or access token where it wants one.

    Raises:
        MailboxUnavailable: a server cannot be reached, secured or logged in to.
        ConfigProblem: there is no such folder, or `ca_file` is none.
        InputProblem: there is no such Maildir or mbox.
    """
    if inbox.is_file or secret is None:
        return _Files(inbox, root)
    return ImapMailbox(inbox, secret) if inbox.is_imap else Pop3Mailbox(inbox, secret)


class _Files:
    """A Maildir or an mbox. Read a second time, it gives what changed; waiting is looking at its times."""

    def __init__(self, inbox: Inbox, root: Path) -> None:
        self.notes: list[str] = []
        self.expected = 0
        self._path = inbox_path(inbox.url, root)
        self._given: set[str] = set()
        self._state: tuple[int, ...] = ()
        read_messages(self._path)  # tells where there is nothing

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        state = _state(self._path)
        if not state or state != self._state:
            for each in read_messages(self._path):
                name = Path(each.source).name.partition(":")[0]
                if name not in self._given:
                    yield each
                if is_maildir(
                    self._path
                ):  # its names are for ever (the part before the flags), an mbox has but numbers
                    self._given.add(name)
            self._state = state
        yield start

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        end = time.monotonic() + limit_s
        while not is_over() and time.monotonic() < end:
            time.sleep(_TICK_S)
            state = _state(self._path)
            if state and state != self._state:
                break
        return True

    def look(self) -> str:
        return f"{self._path} can be read; nothing in it is changed"

    def close(self) -> None:
        """Nothing is open."""

    def drop(self) -> None:
        """Nothing is open."""

    def hang_up(self) -> None:
        """Who waits looks every second whether it is over."""


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes when mail arrives; nothing while it may be changing: times are coarser than deliveries."""
    places = [each for each in (path, path / "new", path / "cur") if each.exists()]
    try:
        found = [each.stat() for each in places]
    except OSError:
        return ()
    if any(time.time() - each.st_mtime < _SETTLED_S for each in found):
        return ()
    return tuple(figure for each in found for figure in (each.st_mtime_ns, each.st_size))
