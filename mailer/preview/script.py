"""Script: the faults that the embedded server plays.

Owns the value, and the scene that remembers what has been played. An address is named by its key (`Address.key`), so
that its spelling on the wire does not matter. Never opens a socket.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.settings import Fault

Answer: TypeAlias = tuple[int, str]  # the three digits, and the text behind them: (550, "5.1.1 no such user")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What goes wrong, and for whom (keys of addresses).

    `refuse` answers RCPT TO each time, `defer_once` the first time only. `bounce` takes the mail and returns a delivery
    report with the answer given. `opt_out` takes the mail, and its reader uses the List-Unsubscribe mailbox.
    """

    refuse: Mapping[str, Answer] = field(default_factory=dict)
    defer_once: Mapping[str, Answer] = field(default_factory=dict)
    bounce: Mapping[str, Answer] = field(default_factory=dict)
    opt_out: frozenset[str] = frozenset()


class Scene:
    """A script being played: it knows who was put off already."""

    def __init__(self, script: Script) -> None:
        """Take the script; nothing has been played yet."""
        self._script = script
        self._put_off: set[str] = set()

    def answer_recipient(self, address: str) -> Answer | None:
        """Return the answer to RCPT TO, or None where the address is taken."""
        key = address_key(address)
        if key in self._script.defer_once and key not in self._put_off:
            self._put_off.add(key)
            return self._script.defer_once[key]
        return self._script.refuse.get(key)

    def bounce(self, address: str) -> Answer | None:
        """Return the answer with which mail to an address that was taken comes back, or None."""
        return self._script.bounce.get(address_key(address))

    def opts_out(self, address: str) -> bool:
        """Return whether the reader of this address opts out."""
        return address_key(address) in self._script.opt_out


def address_key(address: str) -> str:
    """Return the key of an address as it came over the wire; what is no address is its own key."""
    try:
        return parse_address(address).key
    except InputProblem:
        return address.lower()


# Faults: scripted trouble that the embedded server plays, each so many times.


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
