"""Values: an open mailbox, the bytes of a message and where they were; how far a mailbox is read.

Owns what every kind of mailbox does, the limit on a message's size, and the two ways in which a mailbox over the
network fails: it refuses the login (trying again locks accounts), or the connection breaks (trying again helps). A
message over the limit is reported as a problem and left where it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.errors import MailboxUnavailable, Problem, Severity
from mailer.frozen import dataclass, field

MAX_MESSAGE_BYTES = 25_000_000
_MAX_HEADER_BYTES: Final = 128_000
_END: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"^message-id[ \t]*:\s*(<[^<>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it was found: `source` is where, for people; `data` its bytes, with their line ends.

    `known_by` identifies it where its bytes do not: an event of a relay has an id.
    """

    source: str
    data: bytes = field(repr=False)
    known_by: str = ""


Entry: TypeAlias = RawMessage | Problem
Stays: TypeAlias = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a mailbox is read: everything up to here is safe in the ledger once the reader gets this position.

    `validity` and `uid` are an IMAP server's numbering (RFC 9051 §2.3.1.1); `seen` are digests of the UIDL of POP3
    messages that were read and are still there (RFC 1939 §7).
    """

    validity: int = 0
    uid: int = 0
    seen: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message to find again: by the SHA-256 of its bytes at its `source`, else by its Message-ID."""

    source: str
    digest: bytes
    message_id: str = ""

    def among(self, entries: Iterable[object]) -> RawMessage | None:
        """Return the message among others; if none has its bytes, one with its Message-ID."""
        alike: RawMessage | None = None
        for each in entries:
            if isinstance(each, RawMessage):
                if hashlib.sha256(each.data).digest() == self.digest:
                    return each
                if alike is None and self.message_id and message_id_of(each.data) == self.message_id:
                    alike = each
        return alike


class LoginRefused(MailboxUnavailable):
    """The server refuses the login: the password or the access token is wrong."""


class ConnectionBroken(MailboxUnavailable):
    """The connection could not be made, or broke: another try may succeed."""


class Mailbox:
    """A mailbox open for reading; `notes` are for people, `expected` is how many messages are new (0: unknown)."""

    def __init__(self) -> None:
        """Start without notes."""
        self.notes: list[str] = []
        self.expected = 0

    def read(self, start: Position, stays: Stays | None = None) -> Iterator[Entry | Position]:
        """Yield the messages behind a position; a `Position` among them means that everything before it is taken.

        The caller takes the next entry once the last one is safe: earlier ones count as taken. `stays` returns whether
        a taken message, by the SHA-256 of its bytes, is not to be moved.

        Raises:
            MailboxUnavailable, InputProblem: it cannot be read (on); everything before the last position is settled.
        """
        raise NotImplementedError

    def find(self, wanted: Wanted) -> RawMessage | None:
        """Find a message that was read before; None if it is no longer there. Changes nothing.

        Raises:
            MailboxUnavailable, InputProblem: it cannot be searched.
        """
        return wanted.among(self.read(Position()))

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:  # noqa: ARG002 - for those that can
        """Wait for new mail; return False at once if the mailbox can only be polled.

        Raises:
            MailboxUnavailable: the connection is gone.
        """
        return False

    def look(self) -> str:
        """Return what there is, and what happens to messages once read."""
        raise NotImplementedError

    def close(self, *, broken: bool = False) -> None:
        """Close in good order, or at once if the connection is broken."""

    def hang_up(self) -> None:
        """Break the connection, so that another thread that reads or waits notices it."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The result of a search by Message-ID: where each message is; missing ones are left out."""

    where: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def too_large(source: str) -> Problem:
    """Return the problem of a message that is too large to be a report."""
    limit = MAX_MESSAGE_BYTES // 1_000_000
    text = f"skipped: the message has more than {limit} MB; look at it with a mail program"
    return Problem("message-too-large", text, Severity.WARNING, source)


def unreadable(source: str, error: OSError | str) -> Problem:
    """Return the problem of a message that cannot be read."""
    why = error if isinstance(error, str) else error.strerror or error
    return Problem("message-unreadable", f"skipped: cannot be read: {why}", Severity.WARNING, source)


def message_id_of(data: bytes) -> str:
    """Return a message's own Message-ID (`<…>`), or an empty string. `data` is the message, or its headers alone."""
    head = data[:_MAX_HEADER_BYTES]
    end = _END.search(head)
    found = _FIELD.search(head[: end.start()] if end else head)
    return found[1].decode("utf-8", "replace") if found else ""
