"""Values: a mailbox that is open, the bytes of a message and where they lay; how far a mailbox is read.

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
    """A message as it lay there: `source` says where, for people; `data` its bytes, line ends as they were.

    `known_by` is what makes two of them one, where that is not their bytes: an event of a relay has an id.
    """

    source: str
    data: bytes = field(repr=False)
    known_by: str = ""


Entry: TypeAlias = RawMessage | Problem
Stays: TypeAlias = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a mailbox is read: all up to here is safe in the ledger, once the reader has come here.

    `validity` and `uid` are an IMAP server's numbering (RFC 9051 §2.3.1.1); `seen` are POP3's names of what was read
    and is still there, as digests (RFC 1939 §7, UIDL).
    """

    validity: int = 0
    uid: int = 0
    seen: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message to be found again: by the SHA-256 of its bytes where it was (`source`), else by its Message-ID."""

    source: str
    digest: bytes
    message_id: str = ""

    def among(self, entries: Iterable[object]) -> RawMessage | None:
        """Return the message among others; one that has only its Message-ID if none has its bytes."""
        alike: RawMessage | None = None
        for each in entries:
            if isinstance(each, RawMessage):
                if hashlib.sha256(each.data).digest() == self.digest:
                    return each
                if alike is None and self.message_id and message_id_of(each.data) == self.message_id:
                    alike = each
        return alike


class LoginRefused(MailboxUnavailable):
    """The server knows us and refuses: the password or the access token is wrong."""


class ConnectionBroken(MailboxUnavailable):
    """The connection could not be made, or broke: another one may do."""


class Mailbox:
    """A mailbox that is open for reading; `notes` is for people, `expected` how many messages are new (0: unknown)."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self.notes: list[str] = []
        self.expected = 0

    def read(self, start: Position, stays: Stays | None = None) -> Iterator[Entry | Position]:
        """Yield the messages behind a position; a `Position` among them says that all before it can be left behind.

        The next entry is asked for once the last one is safe: what was given before counts as taken. `stays` says of a
        message that was taken, by the SHA-256 of its bytes, that it is not to be moved.

        Raises:
            MailboxUnavailable, InputProblem: it cannot be read (on); what came before the last position is settled.
        """
        raise NotImplementedError

    def find(self, wanted: Wanted) -> RawMessage | None:
        """Find a message that was read before; None if it is not there any more. Changes nothing.

        Raises:
            MailboxUnavailable, InputProblem: it cannot be looked in.
        """
        return wanted.among(self.read(Position()))

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:  # noqa: ARG002 - for those that can
        """Wait for new mail; False at once where that has to be asked for.

        Raises:
            MailboxUnavailable: the connection is gone.
        """
        return False

    def look(self) -> str:
        """Return what is there, and what is done with what was read."""
        raise NotImplementedError

    def close(self, *, broken: bool = False) -> None:
        """Leave in good order, or without a word where the connection is broken."""

    def hang_up(self) -> None:
        """Let another thread that reads or waits find the connection broken."""


@dataclass(frozen=True, slots=True)
class Copies:
    """What a search by Message-ID found: where each message lies (those that are not there are not in it)."""

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
