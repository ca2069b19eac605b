"""Presence: this process at work on a mailing, as the ledger and the other processes see it.

Owns its beginning (a kernel lock, a row, the return of what dead ones held), its lease, and its end, with the mailing's
where nothing is left. Never sends, never claims.
Raises `LedgerProblem`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mailer.errors import LedgerProblem
from mailer.events import DeliveryState, EventKind, MailingKind, MailingState
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.deliveries import Step, move_idle, open_count
from mailer.ledger.mailings import Mailing, Stamp, read_halt_reason, set_state, state_of
from mailer.ledger.processes import RENEW_EVERY_S, ProcessLock, end, free_all_dead, hold_lock, holds, register, renew
from mailer.ledger.refused import confirm_dead_refusals
from mailer.runs.sending.breaker import halt_for_dead
from mailer.runs.sending.feed import expire
from mailer.runs.sending.record import Recorder
from mailer.tokens import Keys

_AT_ONCE = 500
_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Presence:
    """One process at work on one mailing, made by `begin`; `stamp` gives now and who."""

    ledger: Ledger
    mailing: Mailing
    lock: ProcessLock
    stamp: Callable[[], Stamp]

    @property
    def owner(self) -> str:
        """Return the name under which this process holds deliveries."""
        return self.lock.owner

    async def keep(self, recorder: Recorder, *, on_loss: Callable[[], None]) -> None:
        """Renew the lease until cancelled; `on_loss` hears that another process has ended this one."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            with contextlib.suppress(LedgerProblem):  # the recorder has met the same trouble, and stops the run
                if not await recorder.run_errand(lambda connection: renew(connection, self.owner, now=self.stamp().at)):
                    on_loss()

    def end(self, recorder: Recorder, *, reason: str) -> str:
        """Write what is known and not written yet, return what is still held, and close a mailing that is done.

        `reason` is why nobody knows what became of those that are still on the wire. May be called again where it
        failed.

        Return why the mailing is halted, by this process or another one; empty where it is not.

        Raises:
            LedgerProblem: the ledger cannot be written; the next process frees what this one held.
        """
        stamp, over = self.stamp(), (MailingState.FINISHED, MailingState.CANCELLED, MailingState.HALTED)
        with self.ledger.writing() as connection:
            recorder.write_left(connection)
            end(connection, self.owner, now=stamp.at, reason=reason)
        while self.ledger.step(partial(self._go_on_ending, stamp, reason)):
            pass
        with self.ledger.writing() as connection:
            if self.mailing.kind is MailingKind.RELEASE and self._state(connection) is not MailingState.CANCELLED:
                halt_for_dead(connection, self.mailing.id, stamp=stamp)
            if not open_count(connection, self.mailing.id, _OPEN):
                set_state(connection, self.mailing.id, MailingState.FINISHED, stamp=stamp, unless=over)
            why = read_halt_reason(connection, self.mailing.id)
        confirm_dead_refusals(self.ledger, stamp=stamp)
        return why

    def _go_on_ending(self, stamp: Stamp, reason: str, connection: Connection) -> bool:
        """Return some more of what is held, or cancel it where all is cancelled; False where nothing is left."""
        if holds(connection, self.owner):
            end(connection, self.owner, now=stamp.at, reason=reason)
            return True
        if self._state(connection) is not MailingState.CANCELLED:
            return False
        step = Step(EventKind.CANCELLED, "cancelled")  # while this process held some of them
        return bool(move_idle(connection, self.mailing.id, step, stamp=stamp, limit=_AT_ONCE))

    def _state(self, connection: Connection) -> MailingState:
        return state_of(connection, self.mailing.id)

    def leave(self) -> None:
        """Let go of the lock, however it ended: a worker that lives on must not keep what its run held."""
        self.lock.free()


def begin(ledger: Ledger, mailing: Mailing, *, keys: Keys, run_folder: Path, stamp: Callable[[], Stamp]) -> Presence:
    """Begin to work on a mailing: take a lock, be known, and free what dead processes held.

    Raises:
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    lock, now = hold_lock(run_folder), stamp()
    try:
        with ledger.writing() as connection:
            check_keys(connection, keys)
            register(connection, lock, now=now.at)
        free_all_dead(ledger, run_folder, now=now.at)
        while ledger.step(partial(expire, mailing_id=mailing.id, stamp=now)):
            pass
        confirm_dead_refusals(ledger, stamp=now)
    except BaseException:
        lock.free()
        raise
    return Presence(ledger, mailing, lock, stamp)
