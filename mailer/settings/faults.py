"""Fault: something that goes wrong in a rehearsal, and for whom.

Owns the shape of one entry of a faults file, and what may stand together in it. Never plays anything (`preview` does),
never chooses people (`runs.rehearse` does).
Raises `ValueError` with a sentence for people, which `config` gathers with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mailer.settings.mailbox import ascii_domain, check_address

FaultStage: TypeAlias = Literal["connect", "mail", "rcpt", "data", "body"]

OF_NOBODY: frozenset[FaultStage] = frozenset({"connect", "mail"})  # the server does not know yet for whom the mail is
WHO = ("address", "domain", "share", "every", "nth")
_LONGEST_S = 240.0
_REPLY = re.compile(r"[45][0-5]\d(?: [\x20-\x7e]{1,490})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong at a stage of the mail: who it is for, and then an answer, a wait, a dropped connection.

    Who: one of `address`, `domain` (with those below it), `share` of the people (chosen by their addresses, so that
    they are the same each time), `every` so many people on the lists, beginning with `first`, or `nth`, one or several
    by number. At `connect` and `mail` nobody is named yet: `every` and `nth` count connections, and messages.
    `times` is how often it happens to each, 0 for every time; at `connect` and `mail` to how many in a row.
    """

    address: str = ""
    domain: str = ""
    share: float = 0.0
    every: int = 0
    first: int = 0
    nth: tuple[int, ...] = ()
    stage: FaultStage = "rcpt"
    reply: str = ""
    times: int = 1
    delay_s: float = 0.0
    drop: bool = False

    def __post_init__(self) -> None:
        """Check that it says for whom and what, and that both can be."""
        self._check_who()
        if not (self.reply or self.delay_s or self.drop):
            raise ValueError('what goes wrong? Give reply = "550 5.1.1 no such user", delay_s or drop = true')
        if self.reply and not _REPLY.fullmatch(self.reply):
            raise ValueError('reply: a refusal as a server writes it, in ASCII: "450 4.2.0 greylisted, try again"')
        if self.times < 0:
            raise ValueError("times: how often; 0 for every time")
        if not 0 <= self.delay_s <= _LONGEST_S:
            raise ValueError(f"delay_s: seconds, up to {_LONGEST_S:.0f}")

    def _check_who(self) -> None:
        given = [name for name in WHO if getattr(self, name)]
        if len(given) != 1:
            said = f", and not {' and '.join(given)}" if given else ""
            raise ValueError(f"for whom? Give one of {', '.join(WHO)}{said}")
        if self.stage in OF_NOBODY and given[0] not in {"every", "nth"}:
            raise ValueError(f"{given[0]}: at {self.stage} the server does not know for whom it is; give nth or every")
        if not 0 <= self.share <= 1:
            raise ValueError("share: above 0, up to 1; 0.05 is one in twenty")
        if self.every < 0 or self.first < 0 or any(number < 1 for number in self.nth):
            raise ValueError(f"{'nth' if self.nth else 'every'}: counted from 1")
        if self.first and not self.every:
            raise ValueError("first: goes with every")
        if self.domain:
            ascii_domain(self.domain, "domain")
        if self.address:
            check_address(self.address, "address")

    @property
    def is_of_nobody(self) -> bool:
        """Return whether it happens before the server knows for whom the mail is."""
        return self.stage in OF_NOBODY

    @property
    def answer(self) -> tuple[int, str] | None:
        """Return the reply as its three digits and the text behind them; None where there is no answer of its own."""
        return (int(self.reply[:3]), self.reply[4:]) if self.reply else None

    def counts(self, number: int) -> bool:
        """Return whether it is for this one, by number (from 1); `every` and `nth` alone can say so."""
        if self.every:
            return number >= self._first and (number - self._first) % self.every == 0
        return number in self.nth

    def covers(self, number: int) -> bool:
        """Return whether a connection or message of this number has it, being one that `times` reaches."""
        if self.times == 0:
            return number >= (self._first if self.every else min(self.nth, default=number + 1))
        return any(self.counts(before) for before in range(max(1, number - self.times + 1), number + 1))

    @property
    def _first(self) -> int:
        return self.first or self.every
