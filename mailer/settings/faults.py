"""Fault: something that goes wrong in a rehearsal, and for whom.

Owns the shape of a faults file and of its entries. Never plays anything (`preview` does), never chooses people
(`runs.rehearse` does).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator

from mailer.settings.table import (
    Address,
    Table,
    ascii_domain,
    at_least,
    between,
    checked,
    in_two_brackets,
    matching,
    must,
)

FaultStage: TypeAlias = Literal["connect", "mail", "rcpt", "data", "body"]

WHO: Final = ("address", "domain", "share", "every", "nth")
_REPLY: Final = r"[45][0-5]\d(?: [\x20-\x7e]{1,490})?"


class Fault(Table):
    """What goes wrong at a stage of the mail: who it is for, and then an answer, a wait, a dropped connection.

    Who: one of `address`, `domain` (with those below it), `share` of the people (chosen by their addresses, so that
    they are the same each time), `every` so many people on the lists, beginning with `first`, or `nth`, one or several
    by number. At `connect` and `mail` nobody is named yet: `every` and `nth` count connections, and messages.
    `times` is how often it happens to each, 0 for every time; at `connect` and `mail` to how many in a row.
    """

    address: Address = ""
    domain: Annotated[str, checked(lambda text, what: text and ascii_domain(text, what))] = ""
    share: Annotated[float, between(0, 1, "above 0, up to 1; 0.05 is one in twenty")] = 0.0
    every: Annotated[int, at_least(0, "counted from 1")] = 0
    first: Annotated[int, at_least(0, "counted from 1")] = 0
    nth: Annotated[
        tuple[int, ...],
        BeforeValidator(lambda nth: [nth] if isinstance(nth, int) else nth),  # a number stands for a list of one
        must(lambda nth: min(nth, default=1) >= 1, "counted from 1"),
    ] = ()
    stage: FaultStage = "rcpt"
    reply: Annotated[
        str, matching(_REPLY, 'a refusal as a server writes it, in ASCII: "450 4.2.0 greylisted, try again"')
    ] = ""
    times: Annotated[int, at_least(0, "how often; 0 for every time")] = 1
    delay_s: Annotated[float, between(0, 240, "seconds, up to 240")] = 0.0
    drop: bool = False

    def _check(self) -> Iterator[str]:
        given = [name for name in WHO if getattr(self, name)]
        if len(given) != 1:
            said = f", and not {' and '.join(given)}" if given else ""
            yield f"for whom? Give one of {', '.join(WHO)}{said}"
        if self.is_of_nobody and given[0] not in {"every", "nth"}:
            yield f"{given[0]}: at {self.stage} no recipient is known yet; give nth or every"
        if self.first and not self.every:
            yield "first: goes with every"
        if not (self.reply or self.delay_s or self.drop):
            yield 'what goes wrong? Give reply = "550 5.1.1 no such user", delay_s or drop = true'

    @property
    def is_of_nobody(self) -> bool:
        """Return whether it happens before the server knows for whom the mail is."""
        return self.stage in {"connect", "mail"}

    @property
    def answer(self) -> tuple[int, str] | None:
        """Return the reply as its three digits and the text behind them; None where there is no answer of its own."""
        return (int(self.reply[:3]), self.reply[4:]) if self.reply else None

    def counts(self, number: int) -> bool:
        """Return whether it is for this one, by number (from 1); `every` and `nth` alone can say so."""
        if self.every:
            first = self.first or self.every
            return number >= first and (number - first) % self.every == 0
        return number in self.nth

    def covers(self, number: int) -> bool:
        """Return whether a connection or message of this number has it, being one that `times` reaches."""
        if self.times == 0:
            return number >= ((self.first or self.every) if self.every else min(self.nth, default=number + 1))
        return any(self.counts(before) for before in range(max(1, number - self.times + 1), number + 1))


class FaultFile(Table):
    """A faults file: its tables, in the order in which they are tried."""

    fault: Annotated[tuple[Fault, ...], in_two_brackets("fault")] = ()
