"""Mailbox: whichever kind a mailbox is, opened for reading in one way.

Owns the choice by address, and the mailbox that is a file: it has no position, as what is known is known by its bytes.
Never knows a ledger: whoever reads remembers the positions.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import poplib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from mailer.inbox.imap_mailbox import ImapMailbox
from mailer.inbox.messages import inbox_path, is_maildir, read_messages
from mailer.inbox.transport import (
    AGAIN,
    CONNECT_S,
    INSECURE,
    LOGIN_HINT,
    REACH_HINT,
    READ_S,
    hang_up,
    made_secure,
    said,
    server_name,
    tls_context,
    told,
)
from mailer.inbox.values import (
    MAX_MESSAGE_BYTES,
    Entry,
    LoginRefused,
    Position,
    RawMessage,
    Stays,
    nothing_stays,
    too_large,
    unreadable,
)
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


# POP3: a mailbox that can only be taken from, read and left as it is.

# the library's own limit of 2,048 is for commands; lines of messages are longer (it calls that a protocol error)
poplib._MAXLINE = MAX_MESSAGE_BYTES  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
_BATCH = 50


class Pop3Mailbox:
    """A mailbox that is open for reading. `notes` has what people should hear, `expected` how many are new."""

    def __init__(self, inbox: Inbox, secret: Secret) -> None:
        """Connect, secure and log in.

        Raises:
            ConnectionBroken, LoginRefused, MailboxUnavailable: the server cannot be used.
            ConfigProblem: `ca_file` is none.
        """
        self._inbox = inbox
        self._client = _log_in(inbox, secret)
        self.notes: list[str] = []
        self.expected = 0

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        """Yield the messages that are not among the seen ones, and between them which all are taken now.

        Raises:
            ConnectionBroken: the server broke off; what was given up to the last position is settled.
        """
        listed = self._listed()
        there = frozenset(listed.values())
        taken = set(start.seen & there)
        new = [number for number, name in listed.items() if name not in taken]
        self.expected = len(new)
        sizes = self._sizes() if new else {}
        for place, number in enumerate(new, start=1):
            source = f"{self._inbox.url}, message {number}"
            if sizes.get(number, 0) > MAX_MESSAGE_BYTES:
                yield too_large(source)
                taken.add(listed[number])
            else:
                entry = self._fetch(number, source)
                yield entry
                if isinstance(entry, RawMessage):
                    taken.add(listed[number])
            if place % _BATCH == 0:
                yield Position(seen=frozenset(taken))
        yield Position(seen=frozenset(taken))

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:  # noqa: ARG002 - as every mailbox has it
        """Return False: POP3 shows what was there at the login, so that whoever waits logs in again."""
        return False

    def look(self) -> str:
        """Return what is done here with what was read."""
        return f"{len(self._listed())} messages there; what was read stays on the server"

    def close(self) -> None:
        """Log out."""
        with contextlib.suppress(OSError, EOFError, poplib.error_proto):
            self._client.quit()
            return
        self.drop()

    def drop(self) -> None:
        """Go without a word."""
        _close(self._client)

    def hang_up(self) -> None:
        """Wake the thread that reads."""
        hang_up(self._client.sock)

    def _listed(self) -> dict[int, bytes]:
        """Return the messages that are there by number, each with a digest of its name."""
        hint = "POP3 without UIDL cannot tell what was read; use imaps:// there."
        with told(server_name(self._inbox), "does not tell its messages apart", hint):
            _, lines, _ = self._client.uidl()
        pairs = (line.split(b" ", 1) for line in lines if b" " in line)
        return {int(number): hashlib.sha256(name.strip()).digest()[:16] for number, name in pairs if number.isdigit()}

    def _sizes(self) -> dict[int, int]:
        with told(server_name(self._inbox), "broke off", AGAIN):
            _, lines, _ = self._client.list()
        words = (line.split() for line in lines)
        return {
            int(each[0]): int(each[1]) for each in words if len(each) > 1 and each[0].isdigit() and each[1].isdigit()
        }

    def _fetch(self, number: int, source: str) -> Entry:
        with told(server_name(self._inbox), "broke off", AGAIN):
            try:
                _, lines, _ = self._client.retr(number)
            except poplib.error_proto as error:
                if not said(error).startswith("-ERR"):
                    raise
                return unreadable(source, said(error))
        return RawMessage(source, b"\r\n".join([*lines, b""]))


def _log_in(inbox: Inbox, secret: Secret) -> poplib.POP3:
    client = _connect(inbox)
    try:
        _secure(client, inbox)
        with told(server_name(inbox), "refused the login", LOGIN_HINT, secret, kind=LoginRefused):
            _authenticate(client, inbox, secret)
    except BaseException:
        _close(client)
        raise
    client.sock.settimeout(READ_S)
    return client


def _close(client: poplib.POP3) -> None:
    with contextlib.suppress(OSError):
        client.close()


def _connect(inbox: Inbox) -> poplib.POP3:
    place, name = inbox.server, server_name(inbox)
    context = tls_context(inbox) if place.implicit else None
    with told(name, "cannot be reached", REACH_HINT), made_secure(name):
        if context is None:
            return poplib.POP3(place.host, place.port, timeout=CONNECT_S)
        return poplib.POP3_SSL(place.host, place.port, timeout=CONNECT_S, context=context)


def _secure(client: poplib.POP3, inbox: Inbox) -> None:
    name = server_name(inbox)
    hint = "It offers no STLS? Then write pop3s://. A certificate of your own needs ca_file."
    if inbox.server.implicit:
        return
    with told(name, INSECURE, hint), made_secure(name):
        client.stls(tls_context(inbox))


def _authenticate(client: poplib.POP3, inbox: Inbox, secret: Secret) -> None:
    user, shown = inbox.server.user, secret.reveal()
    if re.search(r"[\r\n\0]", shown):
        raise ValueError("a password has one line")
    if not inbox.oauth.is_on:
        client.user(user)
        client.pass_(shown)
        return
    words = base64.b64encode(f"user={user}\x01auth=Bearer {shown}\x01\x01".encode()).decode()
    client._shortcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]  # noqa: SLF001 - poplib has no AUTH (RFC 5034)
    answer: bytes = client._shortcmd(words)  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    if not answer.startswith(b"+OK"):
        client._shortcmd("")  # type: ignore[attr-defined]  # noqa: SLF001 - a refusal is a question first
