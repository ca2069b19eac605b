"""Steer: how staff steer a mailing from another terminal, or after a crash.

Owns pausing, cancelling, moving to another time, sending again to people in doubt, and settling them by hand. A running
process notices at its next message: `attempted` is refused if a mailing is not `sending`. Recipients in doubt never get
the mail again unless staff ask for it. Raises `InputProblem` if there is no such mailing, or its state does not allow
the step.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.events import EventKind, MailingKind, MailingState
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger
from mailer.ledger.deliveries import Step, count_refused, move_idle, state_of_person
from mailer.ledger.mailings import Mailing, newest_edition, refuse_retracted, require_mailing, set_state
from mailer.ledger.offers import HELD, WAITING, move_waves
from mailer.ledger.planning import note_stopped, refuse_planning, schedule_again, use_relay
from mailer.ledger.processes import free_dead_processes
from mailer.runs.approval import Gate, require
from mailer.runs.offers import start_now
from mailer.runs.office import Office
from mailer.runs.office.signing import check_signing
from mailer.runs.planning.confirm import call_off, confirm, renew_text, settle_plannings, stop_planning
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.prepare import Plan, Spool, Tally
from mailer.runs.planning.request import PREVIEW_RELAY, Moment, Request, describe_schedule, is_waiting
from mailer.runs.planning.rules import why_not_now
from mailer.settings import PREVIEW, Relay
from mailer.tokens import address_digest

_BATCH = 500
_OVER = (MailingState.FINISHED, MailingState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Steered:
    """A mailing that was paused or cancelled, how many will not get it, and whether its planning was stopped.

    `waves` counts the waves to come that are now held or cancelled.
    """

    mailing: Mailing
    cancelled: int = 0
    stopped_planning: bool = False
    is_pause: bool = False
    waves: int = 0


def pause(office: Office, ledger: Ledger, name: str) -> Steered:
    """Pause a mailing; a process that is sending it stops after what is on the wire, one that is planning it at once.

    A mailing that was being planned for the first time has no recipients then, so there is nothing to pause.
    """
    stopped = stop_planning(office, ledger, name, EventKind.PAUSED)
    with ledger.writing() as connection:
        mailing = require_mailing(connection, name)
        was_first = stopped and mailing.state is MailingState.PLANNING and not mailing.planner
        held = move_waves(connection, mailing.id, (WAITING,), HELD)
        if not was_first:
            refuse_planning(connection, mailing)
            if set_state(connection, mailing.id, MailingState.PAUSED, stamp=office.stamp(), unless=_OVER):
                mailing = require_mailing(connection, name)
            elif not stopped and not held:
                raise InputProblem(f"{mailing.name} is {mailing.state}; there is nothing to pause")
    return Steered(mailing, stopped_planning=stopped, is_pause=True, waves=held)


def cancel(office: Office, ledger: Ledger, name: str) -> Steered:
    """Cancel a mailing: nobody gets it any more, and nobody is added to it."""
    is_over, cancelled, stopped, waves = call_off(office, ledger, name)
    with ledger.reading() as connection:
        mailing = require_mailing(connection, name)
    if is_over and not cancelled and not stopped and not waves:
        raise InputProblem(f"{mailing.name} is {mailing.state}; nothing is left to cancel")
    return Steered(mailing, cancelled, stopped, waves=waves)


def keep_from_workers(office: Office, ledger: Ledger, mailing: Mailing) -> None:
    """Record that a person stopped a mailing: no worker continues it until someone resumes it."""
    with ledger.writing() as connection:
        note_stopped(connection, mailing.id, stamp=office.stamp())


@dataclass(frozen=True, slots=True)
class Settled:
    """What staff know about a recipient in doubt: the relay accepted the mail or never did, and the evidence."""

    mailing: str
    email: str
    accepted: bool
    evidence: str = ""


def settle(office: Office, ledger: Ledger, settled: Settled) -> None:
    """Settle a recipient in doubt by hand: accepted, or planned again.

    Raises InputProblem if the person is not in doubt there, or is to be sent the mail again and the ledger no longer
    has their address.
    """
    settle_plannings(office, ledger)
    free_dead_processes(ledger, office.workspace.make_machine_folder("run"), now=office.clock())
    with ledger.writing() as connection:
        mailing = require_mailing(connection, settled.mailing)
        digest = _in_doubt(connection, office, mailing, settled.email)
        if settled.accepted:
            step = Step(EventKind.ACCEPTED, "by_hand", settled.evidence)
            move_idle(connection, mailing.id, step, stamp=office.stamp(), digests=[digest])
        else:
            refuse_planning(connection, mailing)
            _plan_again(connection, office, mailing, Step(EventKind.RETRIED, "by_hand", settled.evidence), [digest])


def _in_doubt(connection: Connection, office: Office, mailing: Mailing, email: str) -> bytes:
    digest = address_digest(office.keys, parse_address(email).key)
    state = state_of_person(connection, mailing.id, digest)
    if state is None:
        raise InputProblem(f"{email} is not in {mailing.name}")
    if state != "in_doubt":
        raise InputProblem(f"{email} is not in doubt in {mailing.name}, but {state.value.replace('_', ' ')}")
    return digest


@dataclass(frozen=True, slots=True)
class Moved:
    """A scheduled mailing that goes out at another time, or (then it is being sent) now."""

    mailing: Mailing


def reschedule(office: Office, ledger: Ledger, name: str, at: Moment | None, expires_at: datetime) -> Moved:
    """Move a scheduled mailing to another time (None: now), to expire at `expires_at`.

    It is planned once more, as it is stored and without new recipients, so that it is moved as by `mailer send --at`.
    Raises NotApproved if mailings need approval: the new time needs an approved plan, as does any other change;
    InputProblem if it is not scheduled, or its embargo does not allow that time.
    """
    settle_plannings(office, ledger)
    with ledger.reading() as connection:
        mailing = require_mailing(connection, name)
        refuse_planning(connection, mailing)
        edition = newest_edition(connection, mailing.id)[1]
    if mailing.state is not MailingState.SCHEDULED:
        raise InputProblem(f"{mailing.name} is {mailing.state}, not scheduled")
    text, when = unpack(edition), at.at if at else office.clock()
    if why := why_not_now(text.embargo_until, is_lifted=text.is_lifted, now=when):
        raise InputProblem(f"{mailing.name} cannot go out then: {why}")
    require(office, ledger, mailing.kind, None, how=f"mailer plan {mailing.slug} --to LIST --at WHEN")
    request = Request(
        release=mailing.slug,
        relay=office.relay(mailing.relay),
        pinned=mailing.pinned,
        kind=mailing.kind,
        at=at,
        at_once=at is None,
        expires_at=expires_at,
    )
    tally, sender = Tally(left_out=Counter(mailing.left_out)), text.settings.sender
    with closing(Spool()) as spool:
        plan = Plan(request, text.release, sender, edition, mailing.sequence, mailing, False, tally, spool, ())
        return Moved(confirm(office, ledger, plan))


@dataclass(frozen=True, slots=True)
class Resume:
    """Request: resume a mailing over a relay (`pinned`: it was named), and plan some recipients once more for it.

    `only` names some of those in doubt. A relay that was set up wrongly refuses good addresses: once that is fixed, the
    `refused` who are not suppressed can be planned again. Those who have expired are planned again only with an
    `expires_at`.
    """

    mailing: Mailing
    relay: Relay
    pinned: bool = False
    in_doubt: bool = False
    only: tuple[str, ...] = ()
    expires_at: datetime | None = None
    refused: bool = False


def resume_waves(office: Office, ledger: Ledger, mailing: Mailing) -> None:
    """Let the held waves of a mailing wait again, and start those that are due.

    Raises the error that prevents one of them from starting.
    """
    with ledger.writing() as connection:
        move_waves(connection, mailing.id, (HELD,), WAITING)
    start_now(office, ledger, mailing.slug)


def find_relay(office: Office, ledger: Ledger, name: str, relay: str) -> tuple[Mailing, Relay]:
    """Return a mailing and the relay over which to resume it; one made for the preview inbox stays there.

    Raises InputProblem if it is being planned, or cannot be sent over that relay; ConfigProblem if mailer.toml names no
    such relay.
    """
    settle_plannings(office, ledger)
    with ledger.reading() as connection:
        mailing = require_mailing(connection, name)
        refuse_planning(connection, mailing)
    if mailing.relay == PREVIEW and relay in {"", PREVIEW}:
        return mailing, PREVIEW_RELAY
    if mailing.relay == PREVIEW:
        raise InputProblem(
            f"{mailing.name} was made for the preview inbox and goes over no relay",
            hint=f"mailer send {mailing.slug} --to LIST   sends the real one",
        )
    if relay == PREVIEW:
        raise InputProblem(
            f"{mailing.name} is a real mailing: in the preview inbox it would count as sent",
            hint=f"mailer send {mailing.slug} --to LIST --relay preview   looks at it",
        )
    return mailing, office.relay(relay or mailing.relay)


def resume_mailing(office: Office, ledger: Ledger, request: Resume) -> Mailing | None:
    """Plan recipients once more as requested, and open the mailing; return it if it waits for its time, else None.

    People in doubt get it with the same Message-ID, so that most mail programs show it once. If the text was changed
    since, they get the newest one, as everybody else does: the older one was found wrong. Raises ConfigProblem if mail
    is to be signed and cannot be; NotApproved if it needs an approved plan and has no valid one; InputProblem if the
    mailing is cancelled or scheduled, or there is nobody to plan again.
    """
    found = request.mailing
    check_signing(office, request.relay)
    Gate(office, ledger, found, relay=request.relay.key)  # before anybody is planned again
    if request.in_doubt:
        free_dead_processes(ledger, office.workspace.make_machine_folder("run"), now=office.clock())
        step = Step(EventKind.RETRIED, "retry_in_doubt")
        if request.only:
            with ledger.writing() as connection:
                mailing = _steerable(connection, found.name)
                digests = [_in_doubt(connection, office, mailing, email) for email in request.only]
                _plan_again(connection, office, mailing, step, digests)
        else:
            _plan_all_again(office, ledger, found.name, step)
    if request.expires_at is not None or request.refused:
        _plan_expired_and_refused(office, ledger, request)
    now, at = office.clock(), found.scheduled_at
    if is_waiting(found, now=now):
        raise InputProblem(
            f"{found.name} is scheduled for {describe_schedule(found, now=now)}",
            hint=f"mailer send {found.slug} --to LIST --at now   sends it now",
        )
    if found.state is MailingState.PAUSED and at is not None and at > now:  # it was paused before its time
        with ledger.writing() as connection:
            if schedule_again(connection, found.id, stamp=office.stamp()):
                return require_mailing(connection, found.full_name)
    with ledger.writing() as connection:
        use_relay(connection, found.id, request.relay.key, pinned=found.pinned or request.pinned)
        set_state(connection, found.id, MailingState.SENDING, stamp=office.stamp(), unless=_OVER)
    return None


def _plan_expired_and_refused(office: Office, ledger: Ledger, request: Resume) -> None:
    """Plan everybody again who has expired, with a new expiry, or was refused and is not suppressed."""
    name, expires_at = request.mailing.name, request.expires_at
    kinds = [EventKind.REOPENED] if request.refused else []
    if expires_at is not None:
        kinds.append(EventKind.REVIVED)
    if sum(_plan_all_again(office, ledger, name, Step(kind, "", expires_at=expires_at)) for kind in kinds):
        return
    with ledger.reading() as connection:
        mailing = require_mailing(connection, name)
        expired = count_refused(connection, mailing.id) if request.refused else 0
    if expired:
        raise InputProblem(
            f"it is too late for the {expired} in {mailing.name} who were refused",
            hint=f"mailer resume {mailing.name} --refused --expired   sends to them all the same",
        )
    who = ["has expired"] if expires_at else []
    who += ["was refused and is not suppressed"] if request.refused else []
    hint = f"mailer optouts remove --from-mailing {name}   lifts the suppressions of dead addresses it brought"
    raise InputProblem(f"nobody in {mailing.name} {' or '.join(who)}", hint=hint if request.refused else "")


def _plan_all_again(office: Office, ledger: Ledger, name: str, step: Step) -> int:
    """Apply a step to everybody whose state allows it, in batches; if interrupted, the same command continues."""

    def plan_batch(connection: Connection) -> int:
        return len(_plan_again(connection, office, _steerable(connection, name), step, limit=_BATCH))

    count = 0
    while moved := ledger.step(plan_batch):
        count += moved
    return count


def _steerable(connection: Connection, name: str) -> Mailing:
    """Return a mailing whose recipients may be planned again: not cancelled, and not being planned."""
    mailing = require_mailing(connection, name)
    if mailing.state is MailingState.CANCELLED:
        raise InputProblem(f"{mailing.name} is cancelled")
    refuse_planning(connection, mailing)
    return mailing


def _plan_again(
    connection: Connection,
    office: Office,
    mailing: Mailing,
    step: Step,
    digests: list[bytes] | None = None,
    *,
    limit: int | None = None,
) -> list[int]:
    """Plan people again who are in doubt, expired or refused, with the newest text, and open a finished mailing."""
    if mailing.kind.is_real and mailing.kind is not MailingKind.RETRACTION:
        refuse_retracted(connection, mailing.slug)
    moved = move_idle(connection, mailing.id, step, stamp=office.stamp(), digests=digests, limit=limit)
    if digests is not None and len(moved) < len(digests):
        raise InputProblem(
            f"{mailing.name} cannot be sent again where the address was erased or purged; nothing was changed",
            hint="They stay in doubt. If you know that they have it: mailer reconcile MAILING --accepted EMAIL",
        )
    if moved and mailing.state is MailingState.FINISHED:
        set_state(connection, mailing.id, MailingState.SENDING, stamp=office.stamp())
    renew_text(connection, office, mailing, moved)
    return moved
