"""Incoming: one request of a relay, before anybody believes it; and the two ways in which it is not believed.

Whoever asks is told the status alone. What was wrong is a sentence for the operator, and holds nothing of the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

AHEAD = timedelta(minutes=5)  # standards B9; clocks differ


class Refused(Exception):
    """It is not genuine, or not for us: nothing follows from it. The text is for the operator."""

    def __init__(self, why: str, *, status: int = 403) -> None:
        """Take the sentence and the status of the answer."""
        super().__init__(why)
        self.status = status


class NotNow(Exception):
    """Whether it is genuine cannot be known now: the relay shall tell it again. The text is for the operator."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The headers (names in lower case), the body as it came, byte for byte, and when."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    now: datetime

    def refuse_stale(self, at: datetime | None, oldest: timedelta) -> None:
        """Refuse what was signed too long ago, or in the future.

        Raises:
            Refused: it was, or there is no time in it.
        """
        if at is None:
            raise Refused("its time cannot be read")
        if at < self.now - oldest:
            raise Refused("it was signed too long ago; is this machine's clock right?")
        if at > self.now + AHEAD:
            raise Refused("it was signed in the future; is this machine's clock right?")


class Gate(Protocol):
    """What stands before one relay's events."""

    async def admit(self, incoming: Incoming) -> bytes:
        """Check a request, and give the JSON in it that is to be read; nothing where it was no more than a formality.

        Raises:
            Refused: it is not genuine.
            NotNow: that cannot be known now.
        """
        ...
