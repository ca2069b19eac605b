"""Steer: what staff do to a mailing from another terminal, or after a crash.

Owns pausing, cancelling, sending again to people in doubt, and settling them by hand. A running process notices at its
next message: `attempted` is refused where a mailing is not `sending`. Nobody in doubt is ever sent to again unasked.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.events import EventKind, MailingState
from mailer.ledger import Connection, Ledger
from mailer.ledger.mailings import Mailing, require_mailing, set_state
from mailer.ledger.planning import refuse_planning
from mailer.ledger.processes import free_dead
from mailer.ledger.steering import Step, move_idle, state_of_person
from mailer.runs.office import Office
from mailer.runs.planning.confirm import renew_text, settle_plannings
from mailer.tokens import address_digest

_AT_ONCE = 500
_OVER = (MailingState.FINISHED, MailingState.CANCELLED)


def pause(office: Office, ledger: Ledger, name: str) -> Mailing:
    """Pause a mailing; a process that is sending it stops after what is on the wire.

    Raises:
        InputProblem: there is no such mailing, it is over, or being planned.
    """
    settle_plannings(office, ledger)
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        refuse_planning(connection, mailing)
        if not set_state(connection, mailing.id, MailingState.PAUSED, stamp=office.stamp(), unless=_OVER):
            raise InputProblem(f"{mailing.name} is {mailing.state}; there is nothing to pause")
        return require_mailing(connection, name)


def cancel(office: Office, ledger: Ledger, name: str) -> tuple[Mailing, int]:
    """Cancel a mailing: who has not got it will not get it. Gives it, and how many people that concerns.

    Raises:
        InputProblem: there is no such mailing, it is over, or being planned.
    """
    settle_plannings(office, ledger)
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        if mailing.planner:
            refuse_planning(connection, mailing)
        free_dead(connection, office.workspace.make_machine_folder("run"), now=office.clock())
        is_over = not set_state(connection, mailing.id, MailingState.CANCELLED, stamp=office.stamp(), unless=_OVER)
    cancelled = 0
    if not is_over or mailing.state is MailingState.CANCELLED:  # cancelling a large one can be broken off, and repeated
        step = Step(EventKind.CANCELLED, "cancelled")
        move = partial(move_idle, mailing_id=mailing.id, step=step, stamp=office.stamp(), limit=_AT_ONCE)
        while moved := len(ledger.step(move)):
            cancelled += moved
    if is_over and not cancelled:
        raise InputProblem(f"{mailing.name} is {mailing.state}; there is nobody left to cancel")
    with ledger.reading() as connection:
        return require_mailing(connection, mailing.full_name), cancelled


def retry_in_doubt(office: Office, ledger: Ledger, name: str, *, only: Sequence[str] = ()) -> list[str]:
    """Plan people in doubt once more, with the same Message-ID, so that most mail programs show it once. Gives them.

    Raises:
        InputProblem: there is no such mailing, it is cancelled, or one of `only` is not in doubt.
    """
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        if mailing.state is MailingState.CANCELLED:
            raise InputProblem(f"{mailing.name} is cancelled")
        free_dead(connection, office.workspace.make_machine_folder("run"), now=office.clock())
        digests = [_in_doubt(connection, office, mailing, email) for email in only] or None
        return _plan_again(connection, office, mailing, Step(EventKind.RETRIED, "retry_in_doubt"), digests)


def revive_expired(office: Office, ledger: Ledger, name: str, expires_at: datetime) -> list[str]:
    """Plan everybody who expired once more, until another moment. Return their addresses.

    Raises:
        InputProblem: there is no such mailing, it is cancelled, or nobody in it has expired.
    """
    return _bring_back(office, ledger, name, Step(EventKind.REVIVED, "", expires_at=expires_at), "has expired")


def reopen_refused(office: Office, ledger: Ledger, name: str) -> list[str]:
    """Plan everybody once more whom the relay refused and who is not suppressed. Return their addresses.

    A relay that was set up wrongly refuses people who are as good as any: once it is put right, they are not forgotten.

    Raises:
        InputProblem: there is no such mailing, it is cancelled, or nobody is left who was refused.
    """
    hint = f"mailer optouts remove --from-mailing {name}   lifts the suppressions of dead addresses it brought"
    return _bring_back(office, ledger, name, Step(EventKind.REOPENED, ""), "was refused and is not suppressed", hint)


def _bring_back(office: Office, ledger: Ledger, name: str, step: Step, who: str, hint: str = "") -> list[str]:
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        if mailing.state is MailingState.CANCELLED:
            raise InputProblem(f"{mailing.name} is cancelled")
        brought = _plan_again(connection, office, mailing, step, None)
        if not brought:
            raise InputProblem(f"nobody in {mailing.name} {who}", hint=hint)
        renew_text(connection, office, mailing)
        return brought


@dataclass(frozen=True, slots=True)
class Settled:
    """What staff know of somebody in doubt: the relay took it (`accepted`) or never did, and how they know."""

    email: str
    accepted: bool
    evidence: str = ""


def settle(office: Office, ledger: Ledger, name: str, settled: Settled) -> None:
    """Settle somebody in doubt by hand: accepted, or planned again.

    Raises:
        InputProblem: there is no such mailing, the person is not in doubt there, or is to be sent it again and the
            ledger has their address no more.
    """
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        free_dead(connection, office.workspace.make_machine_folder("run"), now=office.clock())
        digest = _in_doubt(connection, office, mailing, settled.email)
        if settled.accepted:
            step = Step(EventKind.ACCEPTED, "by_hand", settled.evidence)
            move_idle(connection, mailing.id, step, stamp=office.stamp(), digests=[digest])
        else:
            _plan_again(connection, office, mailing, Step(EventKind.RETRIED, "by_hand", settled.evidence), [digest])


def _plan_again(
    connection: Connection, office: Office, mailing: Mailing, step: Step, digests: list[bytes] | None
) -> list[str]:
    """Plan people again who are in doubt, expired or refused; a mailing that was finished is not any more."""
    moved = move_idle(connection, mailing.id, step, stamp=office.stamp(), digests=digests)
    if digests is not None and len(moved) < len(digests):
        raise InputProblem(
            f"nobody can be sent {mailing.name} again of whom the address is forgotten or purged; nothing was changed",
            hint="They stay in doubt. If you know that they have it: mailer reconcile MAILING --accepted EMAIL",
        )
    if moved and mailing.state is MailingState.FINISHED:
        set_state(connection, mailing.id, MailingState.SENDING, stamp=office.stamp())
    return moved


def _in_doubt(connection: Connection, office: Office, mailing: Mailing, email: str) -> bytes:
    digest = address_digest(office.keys, parse_address(email).key)
    state = state_of_person(connection, mailing.id, digest)
    if state is None:
        raise InputProblem(f"{email} is not in {mailing.name}")
    if state != "in_doubt":
        raise InputProblem(f"{email} is not in doubt in {mailing.name}, but {state.value.replace('_', ' ')}")
    return digest
