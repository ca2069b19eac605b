"""Breaker: when refusals are no longer about single people.

Owns the two signs that something is wrong with us or with the list (standards S9): the same kind of refusal many times
in a row, and a share of dead addresses that no kept list has. Never decides what one reply means (`reply` does).

A mailing that was halted once for its dead addresses and is resumed by staff is not halted for them again: they have
seen it.
"""

from __future__ import annotations

from mailer.reply import Outcome, Reply, Verdict

IN_A_ROW = 10
DEAD_AFTER = 50  # deliveries before a share says anything
DEAD_SHARE = 0.05


class Breaker:
    """Counts the outcomes of one run."""

    def __init__(self, *, dead_share_matters: bool = True) -> None:
        """Start counting; `dead_share_matters` is False where staff have seen the dead addresses and go on."""
        self._dead_share_matters = dead_share_matters
        self._kind = ""
        self._in_a_row = 0
        self._settled = 0
        self._dead = 0

    def note(self, outcome: Outcome, reply: Reply) -> str:
        """Count an outcome; gives a sentence where the run should halt, else nothing."""
        self._settled += 1
        self._dead += outcome.suppress
        kind = _kind(outcome, reply)
        self._in_a_row = self._in_a_row + 1 if kind and kind == self._kind else bool(kind)
        self._kind = kind
        if self._in_a_row >= IN_A_ROW:
            return f"{self._in_a_row} refusals of one kind in a row, the last: {reply}"
        if self._dead_share_matters and self._settled >= DEAD_AFTER and self._dead > DEAD_SHARE * self._settled:
            return f"{self._dead} of the first {self._settled} addresses are dead: is this an old list?"
        return ""


def _kind(outcome: Outcome, reply: Reply) -> str:
    """Name the kind of a refusal that may be about us; a dead or full mailbox, or a first «try later», is not."""
    if outcome.suppress or outcome.verdict not in {Verdict.REJECTED, Verdict.DEFERRED}:
        return ""
    if outcome.verdict is Verdict.DEFERRED:
        return outcome.reason if reply.enhanced.startswith("4.7.") and outcome.reason != "onhold" else ""
    return "" if outcome.reason in {"mailboxfull", "smtputf8"} else outcome.reason
