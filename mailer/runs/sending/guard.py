"""Guard: is this the ledger that was used here last, or an older copy of it?

Owns the comparison of the ledger's counter with what this account remembers outside the workspace, the words for what
differs, the raising of both, and adopting. An old ledger put back does not know who got mail since then, and who opted
out: everything that would mail is refused until somebody has looked.

Never a false alarm: what is remembered is written after the ledger's commit, so it is never ahead of it; a crash
between the two leaves it behind, which is fine. And it is read before the ledger is: a run that begins between the two
readings makes the ledger newer, not older.

Gaps: an old copy made while the last run was still sending has the same number where that run was then killed. On
another machine the old workspace is not told that a copy was adopted elsewhere. Several machines share a ledger on
PostgreSQL, so a machine that does not know it yet is nothing there; a restored backup is noticed all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mailer.config import Memory, Remembered
from mailer.errors import LedgerProblem
from mailer.ledger import Ledger
from mailer.ledger.identity import Identity, count_run, note, read_identity
from mailer.ledger.mailings import Stamp


class Standing(StrEnum):
    """How the ledger stands to what is remembered of it."""

    GOOD = "good"
    OLDER = "older"  # fewer runs here than there: an older copy was put back
    OTHER = "other"  # as many, but others: two copies went on, each by itself
    UNKNOWN = "unknown"  # it has sent, and this machine has never seen it: a copied workspace


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger, what is remembered of it, and what follows."""

    identity: Identity
    remembered: Remembered | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Guard:
    """An open ledger beside the memory of it, for one workspace and person."""

    ledger: Ledger
    memory: Memory
    place: Path

    def look(self) -> Found:
        """Compare, and change nothing. What differs at the first look alone is another process at work."""
        found = self._look()
        return found if found.standing is Standing.GOOD else self._look()

    def hold(self) -> None:
        """Refuse a ledger that is not the one last used here.

        Raises:
            LedgerProblem: with what happened, what could happen, and the ways out.
        """
        found = self.look()
        if found.standing is not Standing.GOOD:
            raise refusal(found)

    def count(self, stamp: Stamp, *, sending: bool = False) -> None:
        """Raise the counter, in the ledger and then here: before the first text leaves, and at each command's end.

        Raises:
            LedgerProblem: it is not the ledger last used here, or cannot be written.
        """
        self.hold()
        with self.ledger.reading() as connection:
            identity = read_identity(connection)
        if self.memory.recall(identity.ledger_id) is None:
            # known before the first number is: a crash, or another process, in between finds a ledger that is known
            self._remember(identity, stamp)
        with self.ledger.writing() as connection:
            identity = count_run(connection, sent_by=stamp.actor if sending else "")
        self._remember(identity, stamp)

    def adopt(self, stamp: Stamp) -> tuple[Identity, bool]:
        """Make this ledger the right one; gives it, and False where nothing can be remembered.

        Its number passes all that is remembered: another copy that turns up here is the older one from now on.
        """
        found = self.look()
        with self.ledger.writing() as connection:
            identity = count_run(connection, above=found.remembered.runs if found.remembered else 0)
            note(connection, "adopted", f"{stamp.at.isoformat(timespec='seconds')} {stamp.actor} {found.standing}")
        return identity, self._remember(identity, stamp)

    def _look(self) -> Found:
        with self.ledger.reading() as connection:
            ledger_id = read_identity(connection).ledger_id
        remembered = self.memory.recall(ledger_id)
        with self.ledger.reading() as connection:  # in this order, see the head
            identity = read_identity(connection)
        guarded = self.ledger.on_this_machine and self.memory.lasts
        return Found(identity, remembered, judge(identity, remembered, guarded=guarded))

    def _remember(self, identity: Identity, stamp: Stamp) -> bool:
        at = stamp.at.isoformat(timespec="seconds")
        new = Remembered(identity.runs, identity.mark, str(self.place), stamp.actor, at)
        return self.memory.keep(identity.ledger_id, new)


def judge(identity: Identity, remembered: Remembered | None, *, guarded: bool) -> Standing:
    """Say how a ledger stands to what is remembered; `guarded`: it is one machine's, and that one can remember."""
    if remembered is None:
        return Standing.UNKNOWN if identity.sent_by and guarded else Standing.GOOD
    if identity.runs < remembered.runs:
        return Standing.OLDER
    if identity.runs == remembered.runs and identity.mark != remembered.mark:
        return Standing.OTHER
    return Standing.GOOD


def refusal(found: Found) -> LedgerProblem:
    """Give what happened, what could happen, and the ways out."""
    last = found.remembered
    if last is None:
        return LedgerProblem(
            f"this ledger has sent before ({found.identity.sent_by}), and this machine does not know it",
            hint=_UNKNOWN,
        )
    where = f"Last used here: {last.place}, by {last.actor}, {last.at}."
    if found.standing is Standing.OTHER:
        return LedgerProblem("this ledger is not the copy that was used here last", hint=f"{_OTHER}\n{where}\n{_OUT}")
    return LedgerProblem(
        f"this ledger is an older copy: it counts {found.identity.runs} runs, and {last.runs} are remembered here",
        hint=f"{_OLDER}\n{where}\n{_OUT}",
    )


_RISK = "Whoever got mail since then would get it again, and who opted out since then would be written to."
_OLDER = f"A backup was put back, or the folder was copied before its last run. {_RISK}"
_OTHER = f"Two copies of it have gone on, each by itself; neither knows what the other sent. {_RISK}"
_OUT = """\
Put back the newer .mailer/ledger.db (with its -wal file, if there is one).
Or go on with this one on purpose:   mailer doctor --adopt-ledger   (it explains, and asks)"""
_UNKNOWN = """\
The folder was copied or restored from a backup. If another copy of it has sent meanwhile, people would get mail again,
and who opted out there would be written to.
If this is the right one (a new machine, a new account):   mailer doctor --adopt-ledger   (it explains, and asks)"""
