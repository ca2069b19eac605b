"""Faults: scripted trouble that the embedded server plays, each so many times.

Owns the memory of what was played, over several runs of the server: who is put off twice is let through the third time.
An address is named by its key (`Address.key`). Never opens a socket, never chooses who has which fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailer.preview.script import address_key
from mailer.settings import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Which faults people have (by the keys of their addresses), and which ones connections and messages."""

    people: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    of_nobody: Sequence[Fault] = ()


class Faults:
    """A cast being played."""

    def __init__(self, cast: Cast) -> None:
        """Take who has which faults; nothing has been played yet."""
        self._cast = cast
        self._counted: Counter[str] = Counter()  # connections and messages so far
        self._times: Counter[tuple[str, int]] = Counter()
        self.played: Counter[Fault] = Counter()

    def connect(self) -> Fault | None:
        """Return what goes wrong with the next connection, or None."""
        return self._of_nobody("connect")

    def mail(self) -> Fault | None:
        """Return what goes wrong with the next message at MAIL FROM, or None."""
        return self._of_nobody("mail")

    def person(self, address: str, stage: str) -> Fault | None:
        """Return what goes wrong for this person now, at RCPT, DATA or after the text, or None."""
        key = address_key(address)
        for number, fault in enumerate(self._cast.people.get(key, ())):
            if fault.stage != stage or (fault.times and self._times[key, number] >= fault.times):
                continue
            self._times[key, number] += 1
            self.played[fault] += 1
            return fault
        return None

    def _of_nobody(self, stage: str) -> Fault | None:
        self._counted[stage] += 1
        number = self._counted[stage]
        for fault in self._cast.of_nobody:
            if fault.stage == stage and fault.covers(number):
                self.played[fault] += 1
                return fault
        return None
