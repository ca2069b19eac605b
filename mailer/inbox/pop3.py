"""POP3: a mailbox that can only be taken from, read and left as it is.

What was read stays on the server; what is new is known by the names that UIDL gives. Raises as `server` does.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import poplib
import re
from collections.abc import Iterator
from typing import Final

from mailer.inbox import server
from mailer.inbox.values import (
    MAX_MESSAGE_BYTES,
    Entry,
    LoginRefused,
    Mailbox,
    Position,
    RawMessage,
    Stays,
    Wanted,
    too_large,
    unreadable,
)
from mailer.platform.network import hang_up, tls_context
from mailer.settings import Inbox, Secret

# the library's own limit of 2,048 is for commands; lines of messages are longer (it calls that a protocol error)
poplib._MAXLINE = MAX_MESSAGE_BYTES  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
_BATCH: Final = 50


class Pop3Mailbox(Mailbox):
    """A mailbox over POP3. It shows what was there at the login, so that a reader who waits logs in again."""

    def __init__(self, inbox: Inbox, secret: Secret) -> None:
        """Connect, secure and log in."""
        super().__init__()
        self._inbox = inbox
        self._client = _log_in(inbox, secret)

    def read(self, start: Position, stays: Stays | None = None) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        """Yield the messages that are not among the seen ones, and between them which all are taken now."""
        listed = self._listed()
        taken = set(start.seen & frozenset(listed.values()))
        new = [number for number, name in listed.items() if name not in taken]
        self.expected = len(new)
        sizes: dict[int, int] = {}
        if new:
            with server.told(server.name_of(self._inbox), "broke off", server.AGAIN):
                _, lines, _ = self._client.list()
            pairs = (found.groups() for line in lines if (found := re.match(rb"(\d+) +(\d+)\b", line)))
            sizes = {int(number): int(size) for number, size in pairs}
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

    def find(self, wanted: Wanted) -> RawMessage | None:
        """Find a message among those that are there, the newest first."""
        numbers = reversed(self._listed())
        return wanted.among(self._fetch(each, f"{self._inbox.url}, message {each}") for each in numbers)

    def look(self) -> str:
        """Return what is done here with what was read."""
        return f"{len(self._listed())} messages there; what was read stays on the server"

    def close(self, *, broken: bool = False) -> None:
        """Log out."""
        for end in (self._client.close,) if broken else (self._client.quit, self._client.close):
            with contextlib.suppress(OSError, EOFError, poplib.error_proto):
                end()
                return

    def hang_up(self) -> None:
        """Wake the thread that reads."""
        hang_up(self._client.sock)

    def _listed(self) -> dict[int, bytes]:
        """Return the messages that are there by number, each with a digest of its name."""
        hint = "Without UIDL, POP3 cannot recognise messages; use imaps:// there."
        with server.told(server.name_of(self._inbox), "cannot distinguish its messages", hint):
            _, lines, _ = self._client.uidl()
        pairs = (line.split(b" ", 1) for line in lines if b" " in line)
        return {int(number): hashlib.sha256(name.strip()).digest()[:16] for number, name in pairs if number.isdigit()}

    def _fetch(self, number: int, source: str) -> Entry:
        with server.told(server.name_of(self._inbox), "broke off", server.AGAIN):
            try:
                _, lines, _ = self._client.retr(number)
            except poplib.error_proto as error:
                if not server.said(error).startswith("-ERR"):
                    raise
                return unreadable(source, server.said(error))
        return RawMessage(source, b"\r\n".join([*lines, b""]))


def _log_in(inbox: Inbox, secret: Secret) -> poplib.POP3:
    place, name = inbox.server, server.name_of(inbox)
    with server.told(name, "cannot be reached", server.REACH_HINT), server.made_secure(name):
        if place.implicit:
            context = tls_context(inbox.ca_file, f"inbox {inbox.key}: ")
            client: poplib.POP3 = poplib.POP3_SSL(place.host, place.port, timeout=server.CONNECT_S, context=context)
        else:
            client = poplib.POP3(place.host, place.port, timeout=server.CONNECT_S)
    try:
        if not place.implicit:
            hint = "It offers no STLS? Then write pop3s://. A certificate of your own needs ca_file."
            with server.told(name, server.INSECURE, hint), server.made_secure(name):
                client.stls(tls_context(inbox.ca_file, f"inbox {inbox.key}: "))
        with server.told(name, "refused the login", server.LOGIN_HINT, secret, kind=LoginRefused):
            _authenticate(client, inbox, secret.reveal())
    except BaseException:
        with contextlib.suppress(OSError):
            client.close()
        raise
    client.sock.settimeout(server.READ_S)
    return client


def _authenticate(client: poplib.POP3, inbox: Inbox, shown: str) -> None:
    if re.search(r"[\r\n\0]", shown):
        raise ValueError("a password has one line")
    if not inbox.oauth.is_on:
        client.user(inbox.server.user)
        client.pass_(shown)
        return
    words = base64.b64encode(f"user={inbox.server.user}\x01auth=Bearer {shown}\x01\x01".encode()).decode()
    client._shortcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]  # noqa: SLF001 - poplib has no AUTH (RFC 5034)
    answer: bytes = client._shortcmd(words)  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    if not answer.startswith(b"+OK"):
        client._shortcmd("")  # type: ignore[attr-defined]  # noqa: SLF001 - a refusal is a question first
