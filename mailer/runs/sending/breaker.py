"""Breaker: when refusals are no longer about single people.

Theory of operation. Two signs say that something is wrong with us, with the relay or with the list (standards S9): the
same kind of refusal many times in a row, and more dead addresses than a list that is kept can have. Refusals that are
about us are counted by `Breaker`, in this process. Dead addresses are counted in the ledger (`ledger.refused`), so
that several processes and a restart count together; `judge_dead` is asked after each of them, and when a run ends.

A relay that calls everybody dead is not believed: what it said is dropped, and suppresses nobody. An old list is
believed. What a mailing was halted for once, and staff resumed, does not halt it again: they have seen it.
Never decides what one reply means (`reply` does).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from mailer.ledger import Connection
from mailer.ledger.mailings import HALTED_AS_DEAD, HALTED_AS_OLD, Stamp, halt, read_halt_reason, was_halted
from mailer.ledger.refused import DeadTally, drop_dead_refusals, read_dead_tally
from mailer.reply import Outcome, Reply, Verdict

IN_A_ROW = 10
DEAD_IN_A_ROW = 5  # over several domains: no single server of theirs can be the reason
DEAD_DOMAINS = 3
FIRST = 50  # deliveries
DEAD_OF_FIRST = 0.20
ALL_OF = range(3, 21)  # a mailing of so many of which everybody is dead
DEAD_SHARE = 0.05  # of more than the first
_EACH_UP_TO = 50  # dead addresses: then the share is looked at for each tenth part more
_SHOWN = 3  # different words that are shown
_SHOWN_CHARACTERS = 160


def halt_for_dead(connection: Connection, mailing_id: int, *, stamp: Stamp) -> str:
    """Halt a mailing where its dead addresses say so; return the sentence for people, empty where it goes on.

    One that another process has halted meanwhile is halted for this one too.
    """
    halted = read_halt_reason(connection, mailing_id)
    if halted:
        return halted
    if was_halted(connection, mailing_id, HALTED_AS_DEAD):
        return ""
    tally = read_dead_tally(connection, mailing_id, most_sendable=ALL_OF.stop, settled_each=FIRST + 1)
    why, cause = judge_dead(tally), HALTED_AS_DEAD
    if not why and not was_halted(connection, mailing_id, HALTED_AS_OLD):
        why, cause = judge_share(tally), HALTED_AS_OLD
    if not why or not halt(connection, mailing_id, reason=why, stamp=stamp, cause=cause):
        return ""
    if cause == HALTED_AS_DEAD:
        drop_dead_refusals(connection, mailing_id)
    return why


def judge_dead(tally: DeadTally) -> str:
    """Return why the relay cannot be believed about dead addresses; empty where it can."""
    row, dead = tally.in_a_row, tally.dead
    many = len(row) >= IN_A_ROW or (len(row) >= DEAD_IN_A_ROW and len(set(row)) >= DEAD_DOMAINS)
    if dead and dead == tally.sendable and dead in ALL_OF:
        what = f"all {dead} addresses"
    elif many:
        domains = len(set(row))
        what = f"{len(row)} addresses in a row, at {domains} domain{'' if domains == 1 else 's'},"
    elif tally.settled <= FIRST and dead > DEAD_OF_FIRST * FIRST:
        what = f"{dead} of the first {tally.settled} addresses"
    else:
        return ""
    return (
        f"The relay called {what} dead. That is unlikely, so nobody is suppressed for it: check the relay and its "
        f"settings. It said: {_shown(tally.said)}"
    )


def judge_share(tally: DeadTally) -> str:
    """Return a warning where a list has more dead addresses than a well-kept one, else an empty text."""
    dead, settled = tally.dead, tally.settled
    if dead > _EACH_UP_TO and dead % (dead // 10):
        return ""
    if settled < FIRST or dead <= DEAD_SHARE * settled:
        return ""
    return (
        f"{dead} of the first {settled} addresses are dead: is this an old list? The relay said: {_shown(tally.said)}"
    )


class Breaker:
    """Counts the refusals of one run that may be about us."""

    def __init__(self) -> None:
        """Start counting."""
        self._kind = ""
        self._row: deque[str] = deque(maxlen=IN_A_ROW)

    def note(self, outcome: Outcome, reply: Reply) -> str:
        """Count an outcome; return a sentence with the replies that tripped it where the run should halt, else ""."""
        kind = _kind(outcome, reply)
        if kind != self._kind:
            self._row.clear()
        self._kind = kind
        if kind:
            self._row.append(str(reply))
        if len(self._row) == IN_A_ROW:
            return f"{IN_A_ROW} refusals of one kind in a row: {_shown(self._row)}"
        return ""


def _shown(replies: Iterable[str]) -> str:
    """Return the different words, the most frequent first, with how often each came."""
    counted = Counter(reply[:_SHOWN_CHARACTERS] for reply in replies)
    words = [f"“{said}”" + (f" ({count} times)" if count > 1 else "") for said, count in counted.most_common(_SHOWN)]
    rest = len(counted) - len(words)
    return " · ".join(words) + (f" · and {rest} in other words" if rest else "")


def _kind(outcome: Outcome, reply: Reply) -> str:
    """Name the kind of a refusal that may be about us; a dead or full mailbox, or a first “try later”, is not."""
    if outcome.suppress or outcome.verdict not in {Verdict.REJECTED, Verdict.DEFERRED}:
        return ""
    if outcome.verdict is Verdict.DEFERRED:
        speeding = outcome.reason == "speeding"
        return outcome.reason if speeding or (reply.enhanced.startswith("4.7.") and outcome.reason != "onhold") else ""
    return "" if outcome.reason in {"mailboxfull", "smtputf8"} else outcome.reason
