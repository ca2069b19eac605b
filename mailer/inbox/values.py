"""Values: the bytes of a message and where they lay; which messages were found.

Owns the values and the limit on a message's size. A message over the limit is told as a problem and left where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mailer.errors import Problem, Severity

MAX_MESSAGE_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it lay there: `source` says where, for people; `data` its bytes, line ends as they were.

    `known_by` is what makes two of them one, where that is not their bytes: an event of a relay has an id.
    """

    source: str
    data: bytes = field(repr=False)
    known_by: str = ""


Entry: TypeAlias = RawMessage | Problem


@dataclass(frozen=True, slots=True)
class Copies:
    """What a search by Message-ID found: where each message lies (those that are not there are not in it)."""

    where: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def too_large(source: str) -> Problem:
    """Tell that a message is too large to be a report."""
    limit = MAX_MESSAGE_BYTES // 1_000_000
    text = f"skipped: the message has more than {limit} MB; look at it with a mail program"
    return Problem("message-too-large", text, Severity.WARNING, source)


def unreadable(source: str, error: OSError) -> Problem:
    """Tell that a message's file cannot be read."""
    return Problem(
        "message-unreadable", f"skipped: cannot be read: {error.strerror or error}", Severity.WARNING, source
    )
