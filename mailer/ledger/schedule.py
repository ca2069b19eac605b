"""Schedule: when a mailing begins, and which mailings have something to do now.

Owns the moment of a scheduled mailing, its one step to `sending`, the note that a person stopped a mailing, and the
worker's question: what is due? Never sends. A mailing that is paused, halted or cancelled is never due, and neither is
one that somebody stopped by hand: that was a decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select, update

from mailer.events import DeliveryState, EventKind, MailingKind, MailingState
from mailer.ledger.deliveries import leased_by_others, open_count
from mailer.ledger.mailings import Mailing, Stamp, add_event, read_mailings, set_state
from mailer.ledger.processes import UNFREED
from mailer.ledger.tables import count_rows, delivery, has_row, mailing

_UNTOUCHED = (DeliveryState.PENDING, DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED)
_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)
_STAYS = (MailingState.PAUSED, MailingState.CANCELLED)
_NOT_PAUSED = tuple(state for state in MailingState if state is not MailingState.PAUSED)


def schedule(connection: Connection, mailing_id: int, at: datetime, text: str, *, stamp: Stamp) -> bool:
    """Let a mailing wait for a moment; `text` is that moment as it was typed.

    Return False where it is paused or cancelled, and stays so.
    """
    if not set_state(connection, mailing_id, MailingState.SCHEDULED, stamp=stamp, unless=_STAYS):
        return False
    values = {"scheduled_at": at, "scheduled_text": text, "stopped_at": None}
    connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(values))
    add_event(connection, EventKind.SCHEDULED, stamp, mailing_id=mailing_id)
    return True


def schedule_again(connection: Connection, mailing_id: int, *, stamp: Stamp) -> bool:
    """Let a mailing that was paused before its moment wait for it again; False where it is not paused."""
    if not set_state(connection, mailing_id, MailingState.SCHEDULED, stamp=stamp, unless=_NOT_PAUSED):
        return False
    add_event(connection, EventKind.RESUMED, stamp, mailing_id=mailing_id)
    return True


def unschedule(connection: Connection, mailing_id: int) -> None:
    """Forget the moment of a mailing that is to go now."""
    values = {"scheduled_at": None, "scheduled_text": ""}
    connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(values))


def start_due(connection: Connection, mailing_id: int, *, stamp: Stamp) -> bool:
    """Move a scheduled mailing whose moment has come to `sending`; False where it is not, or somebody was faster."""
    due = (mailing.c.id == mailing_id, mailing.c.state == MailingState.SCHEDULED, mailing.c.scheduled_at <= stamp.at)
    if connection.execute(select(mailing.c.id).where(*due).with_for_update()).first() is None:
        return False
    return set_state(connection, mailing_id, MailingState.SENDING, stamp=stamp)


def has_reached(connection: Connection, mailing_id: int) -> bool:
    """Return whether a mailing was tried with anybody: then it has begun, and cannot be put off as a whole."""
    return has_row(connection, delivery.c.mailing_id == mailing_id, delivery.c.state.not_in(_UNTOUCHED))


def renew_expiry(connection: Connection, ids: Sequence[int], expires_at: datetime | None, *, later: bool) -> None:
    """Give what is pending another moment after which it is no news any more, where that is later (or where earlier).

    A mailing that is moved is given more time before it is moved, and less time after: broken off in between, it has
    too much, and nobody expires.
    """
    held = delivery.c.expires_at
    differs: ColumnElement[bool]
    if expires_at is None:
        differs = held.is_not(None) if later else false()
    else:
        differs = held < expires_at if later else or_(held.is_(None), held > expires_at)
    where = (delivery.c.id.in_(ids), delivery.c.state == DeliveryState.PENDING, differs)
    connection.execute(update(delivery).where(*where).values(expires_at=expires_at))


def use_relay(connection: Connection, mailing_id: int, relay: str, *, pinned: bool = False) -> None:
    """Remember over which relay a person last wanted a mailing to go: a worker uses that one.

    `pinned` says that it was named, and no other may stand in for it.
    """
    connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(relay=relay, pinned=pinned))


def note_stopped(connection: Connection, mailing_id: int, *, stamp: Stamp) -> None:
    """Remember that a person stopped a command that was sending a mailing: no worker goes on with it unasked."""
    where = (mailing.c.id == mailing_id, mailing.c.state == MailingState.SENDING)
    connection.execute(update(mailing).where(*where).values(stopped_at=stamp.at))


@dataclass(frozen=True, slots=True)
class Due:
    """A mailing with something to do; `waiting` counts who can be sent to now.

    `is_left` marks one that began before, and nobody is at work on.
    """

    mailing: Mailing
    waiting: int
    is_left: bool


def read_due(connection: Connection, *, now: datetime) -> Iterator[Due]:
    """Yield what is due: scheduled mailings whose moment has come, and begun ones that their process has left.

    Tests and what went into the preview inbox are never due: whoever looked at them has seen what there was.
    """
    for each in read_mailings(connection):
        if each.kind in {MailingKind.TEST, MailingKind.PREVIEW}:
            continue
        if each.state is MailingState.SCHEDULED and each.scheduled_at is not None and each.scheduled_at <= now:
            yield Due(each, count_ready(connection, each.id, now=now), is_left=False)
        elif each.state is MailingState.SENDING and each.stopped_at is None:
            if leased_by_others(connection, each.id, ""):
                continue
            waiting = count_ready(connection, each.id, now=now)
            waits = delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED))
            too_late = (delivery.c.mailing_id == each.id, waits, delivery.c.expires_at <= now)
            if waiting or has_row(connection, *too_late) or not open_count(connection, each.id, _OPEN):
                yield Due(each, waiting, is_left=True)


def count_ready(connection: Connection, mailing_id: int, *, now: datetime) -> int:
    """Count who of a mailing can be sent to now: pending, or deferred and due, and not too late."""
    again = and_(delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_attempt_at <= now)
    ready = or_(delivery.c.state == DeliveryState.PENDING, again)
    in_time = or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > now)
    return count_rows(connection, delivery.c.mailing_id == mailing_id, ready, in_time)


def next_scheduled_at(connection: Connection, *, now: datetime) -> datetime | None:
    """Return the next moment for which a mailing is scheduled."""
    wanted = (mailing.c.state == MailingState.SCHEDULED, mailing.c.scheduled_at > now)
    found: datetime | None = connection.scalar(select(func.min(mailing.c.scheduled_at)).where(*wanted))
    return found


def has_processes(connection: Connection) -> bool:
    """Return whether a process is known that may hold something, alive or dead."""
    return has_row(connection, UNFREED)
