"""Breaker: when refusals are no longer about single people.

Owns the two signs that something is wrong with us or with the list (standards S9): the same kind of refusal many times
in a row, and a share of dead addresses that no kept list has. Never decides what one reply means (`reply` does).

A mailing that was halted once for its dead addresses and is resumed by staff is not halted for them again: they have
seen it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from mailer.reply import Outcome, Reply, Verdict

IN_A_ROW = 10
DEAD_AFTER = 50  # deliveries before a share says anything
DEAD_SHARE = 0.05
_SHOWN = 3  # different words that are shown
_SHOWN_CHARACTERS = 160


class Breaker:
    """Counts the outcomes of one run."""

    def __init__(self, *, dead_share_matters: bool = True) -> None:
        """Start counting; `dead_share_matters` is False where staff have seen the dead addresses and go on."""
        self._dead_share_matters = dead_share_matters
        self._kind = ""
        self._row: deque[str] = deque(maxlen=IN_A_ROW)
        self._settled = 0
        self._dead = 0
        self._dead_words: deque[str] = deque(maxlen=IN_A_ROW)

    def note(self, outcome: Outcome, reply: Reply) -> str:
        """Count an outcome; gives a sentence with the replies that tripped it where the run should halt, else ""."""
        self._settled += 1
        if outcome.suppress:
            self._dead += 1
            self._dead_words.append(str(reply))
        kind = _kind(outcome, reply)
        if kind != self._kind:
            self._row.clear()
        self._kind = kind
        if kind:
            self._row.append(str(reply))
        if len(self._row) == IN_A_ROW:
            return f"{IN_A_ROW} refusals of one kind in a row: {_shown(self._row)}"
        if self._dead_share_matters and self._settled >= DEAD_AFTER and self._dead > DEAD_SHARE * self._settled:
            return (
                f"{self._dead} of the first {self._settled} addresses are dead: is this an old list? "
                f"They said: {_shown(self._dead_words)}"
            )
        return ""


def _shown(replies: Iterable[str]) -> str:
    """Give the different words, the most frequent first, with how often each came."""
    counted = Counter(reply[:_SHOWN_CHARACTERS] for reply in replies)
    words = [f"“{said}”" + (f" ({count} times)" if count > 1 else "") for said, count in counted.most_common(_SHOWN)]
    rest = len(counted) - len(words)
    return " · ".join(words) + (f" · and {rest} in other words" if rest else "")


def _kind(outcome: Outcome, reply: Reply) -> str:
    """Name the kind of a refusal that may be about us; a dead or full mailbox, or a first «try later», is not."""
    if outcome.suppress or outcome.verdict not in {Verdict.REJECTED, Verdict.DEFERRED}:
        return ""
    if outcome.verdict is Verdict.DEFERRED:
        speeding = outcome.reason == "speeding"
        return outcome.reason if speeding or (reply.enhanced.startswith("4.7.") and outcome.reason != "onhold") else ""
    return "" if outcome.reason in {"mailboxfull", "smtputf8"} else outcome.reason
