"""Planning: writes a mailing's rows, batch by batch, and schedules it.

Theory of operation. A million rows in one transaction would keep every other writer waiting for minutes. So a planner
takes the mailing (`take`), writes rows in many short transactions (`stage`), and confirms all of them with one update
(`flip`). Three rules apply:

1. A mailing in the state `planning` is never claimed, whatever it was before; `claim` and `attempted` require
   `sending`. Only its planner moves it out of that state (`mailings.set_state` refuses everybody else).
2. Rows with an id above `staged_after` are staged: they belong to this planning, and to no mailing until `flip`. A text
   that replaces another one is staged as well: `edition_before` is the one to go back to.
3. A planner is a process like a sender, with a kernel lock and a lease. Each step checks whether the mailing is still
   its own. Pausing or cancelling a mailing ends its planner (`stop`). A planner that died, or was ended, is recognised
   by its ended process; the process that finds it removes the staged rows, again in batches, and the mailing is as
   before. A new mailing stays in `planning` with no rows and no planner, and the next planner takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, delete, exists, false, func, insert, or_, select, update

from mailer.errors import InputProblem
from mailer.events import MAY_COME, DeliveryState, EventKind, MailingState
from mailer.frozen import dataclass, field
from mailer.ledger.deliveries import leased_by_others, open_count
from mailer.ledger.mailings import NOT_REAL, Mailing, Stamp, add_event, read_mailings, set_state
from mailer.ledger.processes import are_workers, end
from mailer.ledger.rows import change, count_rows, has_row
from mailer.ledger.tables import delivery, edition, event, events_beside, mailing, plan_part, process

_PLANNING = MailingState.PLANNING
_STOPPED = "planning"
_NOBODY = {"planner": None, "state_before": None, "staged_after": None, "edition_before": None}


def take(connection: Connection, mailing_id: int, owner: str) -> bool:
    """Take a mailing for planning by a process; False if another one has it."""
    newest = select(func.coalesce(func.max(delivery.c.id), 0)).where(delivery.c.mailing_id == mailing_id)
    values = {
        "planner": owner,
        "state_before": case((mailing.c.state == _PLANNING, None), else_=mailing.c.state),
        "state": _PLANNING,
        "staged_after": newest.scalar_subquery(),
    }
    return change(connection, mailing, mailing_id, mailing.c.planner.is_(None), **values)


def stage(connection: Connection, mailing_id: int, owner: str, count: int = 0) -> None:
    """Count rows that were just staged, and check that this process still plans the mailing.

    Raises InputProblem if this process was taken for dead, and another one took the mailing.
    """
    if not change(connection, mailing, mailing_id, *_ours(owner), planned=mailing.c.planned + count):
        raise taken_over(connection, mailing_id, owner)


def stop(connection: Connection, mailing_id: int, kind: EventKind, *, stamp: Stamp) -> bool:
    """End the process that plans a mailing, because staff pause or cancel it (`kind`); False if there is none.

    What it has staged is removed as a dead planner's is.
    """
    if not is_being_planned(connection, mailing_id):
        return False
    planner = connection.execute(select(mailing.c.planner).where(mailing.c.id == mailing_id)).scalar_one()
    end(connection, planner, now=stamp.at)
    add_event(connection, kind, stamp, mailing_id=mailing_id, reason=_STOPPED)
    return True


def taken_over(connection: Connection, mailing_id: int, owner: str) -> InputProblem:
    """Return the refusal for a planner that another process has ended: staff stopped it, or took it for dead."""
    began = select(process.c.started_at).where(process.c.id == owner).scalar_subquery()
    kinds = (EventKind.PAUSED, EventKind.STOPPED)
    where = (*events_beside(mailing_id, *kinds), event.c.reason == _STOPPED, event.c.at >= began)
    stopped = connection.execute(select(event.c.kind, event.c.actor).where(*where).order_by(event.c.id.desc())).first()
    if stopped is not None:
        command = "pause" if stopped.kind == EventKind.PAUSED else "cancel"
        return InputProblem(
            f"the planning of this mailing was stopped: {stopped.actor} ran `mailer {command}`",
            hint="No recipients were added. See `mailer status`.",
        )
    return InputProblem(
        "the planning of this mailing was interrupted for so long that another process has taken over",
        hint="Look at it with `mailer status`, then run the same command again.",
    )


def stage_edition(connection: Connection, mailing_id: int, headline: str, *, before: int | None) -> None:
    """Store the headline of an edition that was just added, and which one it replaces."""
    change(connection, mailing, mailing_id, edition_before=before, headline=headline)


def edition_before(connection: Connection, mailing_id: int) -> int | None:
    """Return the edition that the newest one replaces in this planning; None if the text stays."""
    return connection.scalar(select(mailing.c.edition_before).where(mailing.c.id == mailing_id))


def give_up_edition(connection: Connection, mailing_id: int, owner: str, headline: str) -> None:
    """Go back to the edition before, once no row has the newest any more; a negative number is never the newest."""
    stage(connection, mailing_id, owner)
    if edition_before(connection, mailing_id) is None:  # another process was faster: it is given up already
        return
    newest = select(func.max(edition.c.number)).where(edition.c.mailing_id == mailing_id).scalar_subquery()
    last = (edition.c.mailing_id == mailing_id, edition.c.number == newest, edition.c.number > 0)
    connection.execute(update(edition).where(*last).values(number=-edition.c.number))
    stage_edition(connection, mailing_id, headline, before=None)


def flip(connection: Connection, mailing_id: int, owner: str) -> None:
    """Confirm all that was staged: the mailing returns to its state before the planning, or becomes planned.

    Raises InputProblem if this process no longer plans it.
    """
    stage(connection, mailing_id, owner)
    give_back(connection, mailing_id, owner, MailingState.PLANNED)


def drop_staged(connection: Connection, mailing_id: int, owner: str, *, limit: int) -> int:
    """Remove a batch of what a planner staged, and give the mailing back when nothing is left; return how many.

    A row that has events already (its person was erased meanwhile) is cancelled instead: events are never deleted.
    """
    staged_after = connection.scalar(select(mailing.c.staged_after).where(mailing.c.id == mailing_id, *_ours(owner)))
    if staged_after is None:
        return 0
    staged = (
        delivery.c.id > staged_after,
        delivery.c.mailing_id + 0 == mailing_id,  # by the primary key, as `deliveries.read_open`
        delivery.c.state != DeliveryState.CANCELLED,
    )
    has_events = exists().where(event.c.delivery_id == delivery.c.id).label("has_events")
    batch = select(delivery.c.id, has_events).where(*staged).order_by(delivery.c.id).limit(limit)
    rows = connection.execute(batch).all()
    kept = [row.id for row in rows if row.has_events]
    gone = [row.id for row in rows if not row.has_events]
    if kept:
        values = {"state": DeliveryState.CANCELLED, "reason": "not_planned"}
        connection.execute(update(delivery).where(delivery.c.id.in_(kept)).values(values))
    if gone:
        connection.execute(delete(delivery).where(delivery.c.id.in_(gone)))
        stage(connection, mailing_id, owner, -len(gone))
    return len(rows)


def give_back(connection: Connection, mailing_id: int, owner: str, new: MailingState = _PLANNING) -> None:
    """Return a mailing to its state before its planner took it; one that had none gets the state `new`."""
    state = func.coalesce(mailing.c.state_before, new)
    change(connection, mailing, mailing_id, *_ours(owner), state=state, **_NOBODY)


def has_planners(connection: Connection) -> bool:
    """Return whether any mailing is being planned, by a process that is alive or dead."""
    return has_row(connection, mailing.c.planner.is_not(None))


def is_being_planned(connection: Connection, mailing_id: int) -> bool:
    """Return whether a process that has not ended is planning a mailing."""
    alive = (mailing.c.id == mailing_id, process.c.id == mailing.c.planner, process.c.ended_at.is_(None))
    return has_row(connection, *alive)


def find_abandoned(connection: Connection) -> list[Mailing]:
    """Return the mailings whose planner ended, or was ended as dead, without having confirmed anything."""
    alive = select(process.c.id).where(process.c.ended_at.is_(None))
    return read_mailings(connection, mailing.c.planner.not_in(alive))


def refuse_planning(connection: Connection, found: Mailing) -> None:
    """Refuse a command for a mailing that is being planned, or that was never planned to the end.

    Raises InputProblem, with the process that plans it and what to type.
    """
    if found.state is not MailingState.PLANNING:
        return
    if not found.planner:
        raise InputProblem(
            f"{found.name} was never planned completely: its planning was interrupted, and it has no recipients",
            hint=f"mailer send {found.slug} --to LIST   plans it anew\nmailer cancel {found.name}   drops it",
        )
    raise being_planned(connection, found)


def being_planned(connection: Connection, found: Mailing) -> InputProblem:
    """Return the refusal of a command while a process is planning: which process, since when, how far it is."""
    row = connection.execute(select(process).where(process.c.id == found.planner)).first()
    who = f" by process {row.pid} on {row.host.partition(':')[0]} since {row.started_at:%H:%M} UTC" if row else ""
    return InputProblem(
        f"{found.name} is being planned right now{who}: {found.planned:,} recipients so far",
        hint="Run the same command again when that is done; `mailer status` shows how far it is.",
    )


def _ours(owner: str) -> tuple[ColumnElement[bool], ...]:
    return (mailing.c.planner == owner, mailing.c.state == _PLANNING)


# Schedule: when a mailing begins, and which mailings have something to do now. A mailing that is paused, halted or
# cancelled is never due, and neither is one that someone stopped by hand: that was a decision.

_UNTOUCHED = (DeliveryState.PENDING, DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED)
_STAYS = (MailingState.PAUSED, MailingState.CANCELLED)
_NOT_PAUSED = tuple(state for state in MailingState if state is not MailingState.PAUSED)


def schedule(connection: Connection, mailing_id: int, at: datetime, text: str, *, stamp: Stamp) -> bool:
    """Schedule a mailing for a time; `text` is that time as it was typed.

    Return False if the mailing is paused or cancelled, and stays so.
    """
    if not set_state(connection, mailing_id, MailingState.SCHEDULED, stamp=stamp, unless=_STAYS):
        return False
    change(connection, mailing, mailing_id, scheduled_at=at, scheduled_text=text, stopped_at=None)
    add_event(connection, EventKind.SCHEDULED, stamp, mailing_id=mailing_id)
    return True


def schedule_again(connection: Connection, mailing_id: int, *, stamp: Stamp) -> bool:
    """Schedule a mailing again that was paused before its time; False if it is not paused."""
    if not set_state(connection, mailing_id, MailingState.SCHEDULED, stamp=stamp, unless=_NOT_PAUSED):
        return False
    add_event(connection, EventKind.RESUMED, stamp, mailing_id=mailing_id)
    return True


def unschedule(connection: Connection, mailing_id: int) -> None:
    """Remove the scheduled time of a mailing that is to go now."""
    change(connection, mailing, mailing_id, scheduled_at=None, scheduled_text="")


def start_due(connection: Connection, mailing_id: int, *, stamp: Stamp) -> bool:
    """Move a scheduled mailing whose time has come to `sending`; False if it is not due, or another was faster."""
    due = (mailing.c.id == mailing_id, mailing.c.state == MailingState.SCHEDULED, mailing.c.scheduled_at <= stamp.at)
    if connection.execute(select(mailing.c.id).where(*due).with_for_update()).first() is None:
        return False
    return set_state(connection, mailing_id, MailingState.SENDING, stamp=stamp)


def has_reached(connection: Connection, mailing_id: int) -> bool:
    """Return whether any delivery of a mailing was attempted: then it has begun, and cannot be rescheduled."""
    return has_row(connection, delivery.c.mailing_id == mailing_id, delivery.c.state.not_in(_UNTOUCHED))


def renew_expiry(connection: Connection, ids: Sequence[int], expires_at: datetime | None, *, later: bool) -> None:
    """Set another time of expiry for pending deliveries, if it is `later` than theirs (or else, if it is earlier).

    When a mailing is rescheduled, a later expiry is set before, and an earlier one after: interrupted in between, no
    delivery expires too early.
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
    """Store the relay that a person last chose for a mailing: a worker uses that one.

    `pinned`: it was chosen by name, and no other may replace it.
    """
    change(connection, mailing, mailing_id, relay=relay, pinned=pinned)


def note_stopped(connection: Connection, mailing_id: int, *, stamp: Stamp) -> None:
    """Record that a person stopped a command that was sending a mailing: no worker continues it by itself."""
    change(connection, mailing, mailing_id, mailing.c.state == MailingState.SENDING, stopped_at=stamp.at)


def hand_over(connection: Connection, mailing_id: int) -> None:
    """Leave a mailing that was just confirmed or resumed to workers; on PostgreSQL that wakes one (`fleet.schema`)."""
    change(connection, mailing, mailing_id, mailing.c.state == MailingState.SENDING, handed_over=True)


@dataclass(frozen=True, slots=True)
class Due:
    """A mailing with something to do; `waiting` counts the recipients who can be sent to now.

    `is_left` marks one that has begun, and that no process works on: the one that confirmed it may be about to begin.
    """

    mailing: Mailing
    waiting: int
    is_left: bool


@dataclass(slots=True)
class Agenda:
    """What is due, and what comes next.

    `begins_at` is the next time for which a mailing is scheduled; `changes_at` is when a delivery of a mailing that no
    process works on can be tried again, or expires.
    """

    due: list[Due] = field(default_factory=list)
    begins_at: datetime | None = None
    changes_at: datetime | None = None


def read_agenda(connection: Connection, *, now: datetime, joins_above: int | None = None) -> Agenda:
    """Return what is due: scheduled mailings whose time has come, and begun ones that their process has left.

    With `joins_above` also those that other workers send, where more than that number wait.

    Tests and previews are never due: their makers have seen them already. It costs one query for all mailings, and
    one for the waiting recipients of each that is under way.
    """
    underway = mailing.c.state.in_((MailingState.SCHEDULED, MailingState.SENDING))  # few among years of mailings
    found, begins, changes = Agenda(), list[datetime](), list[datetime]()
    for each in read_mailings(connection, underway, mailing.c.kind.not_in(NOT_REAL)):
        if each.state is MailingState.SCHEDULED and each.scheduled_at is not None:
            if each.scheduled_at > now:
                begins.append(each.scheduled_at)
            else:
                found.due.append(Due(each, count_ready(connection, each.id, now=now), is_left=False))
        elif each.state is MailingState.SENDING and each.stopped_at is None:
            is_held = leased_by_others(connection, each.id, "")
            if is_held and (joins_above is None or not are_workers(connection, each.id)):
                continue
            waiting, too_late, *ahead = _read_waiting(connection, each.id, now=now)
            if is_held and waiting <= (joins_above or 0):
                continue
            changes += filter(None, ahead)
            if waiting or too_late or not open_count(connection, each.id, MAY_COME):
                found.due.append(Due(each, waiting, is_left=not each.handed_over))
    found.begins_at, found.changes_at = min(begins, default=None), min(changes, default=None)
    return found


def _read_waiting(
    connection: Connection, mailing_id: int, *, now: datetime
) -> tuple[int, int, datetime | None, datetime | None]:
    """Return how many can be sent to now, how many have expired, and when the next can be tried again, or expires.

    All of it comes from one pass over those who wait, no more than `count_ready` takes.
    """
    waits = delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED))
    again_at, expires_at = delivery.c.next_attempt_at, delivery.c.expires_at
    columns = (
        func.count().filter(*_ready(now)),
        func.count().filter(expires_at <= now),
        func.min(again_at).filter(delivery.c.state == DeliveryState.DEFERRED, again_at > now),
        func.min(expires_at).filter(expires_at > now),
    )
    ready, too_late, next_try, next_end = connection.execute(
        select(*columns).where(delivery.c.mailing_id == mailing_id, waits)
    ).one()
    return ready, too_late, next_try, next_end


def count_ready(connection: Connection, mailing_id: int, *, now: datetime) -> int:
    """Count the recipients of a mailing who can be sent to now: pending, or deferred and due, and not expired."""
    return count_rows(connection, delivery.c.mailing_id == mailing_id, *_ready(now))


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    again = and_(delivery.c.state == DeliveryState.DEFERRED, delivery.c.next_attempt_at <= now)
    in_time = or_(delivery.c.expires_at.is_(None), delivery.c.expires_at > now)
    return (or_(delivery.c.state == DeliveryState.PENDING, again), in_time)


# Plan parts: what the planner of a large plan leaves to workers, and their results (`runs.planning.distributing`). A
# plan has a row with the number 0, with the settings of its mails and the time until which its planner counts as alive,
# and one for each part that waits, is being made, or was made and not fetched yet. Nothing depends on them: a lost row
# only costs time, and all of them are removed when the planner has ended, or is dead.

_planner, _number, _until, _worker = (plan_part.c[name] for name in ("planner", "number", "until", "worker"))


def offer_part(
    connection: Connection, planner: str, number: int, data: bytes, *, until: datetime | None = None
) -> None:
    """Offer a part to workers; number 0 is what they need for all parts, with the end of the planner's lease."""
    connection.execute(insert(plan_part).values(planner=planner, number=number, data=data, until=until))


def collect_parts(
    connection: Connection, planner: str, *, now: datetime, lease: timedelta
) -> tuple[Sequence[tuple[int, str, bytes]], dict[int, bool]]:
    """Renew the planner's lease; return the finished parts (number, worker, result), and which others are claimed."""
    old = (_planner == planner, _number == 0, _until < now + lease * 3 / 4)
    connection.execute(update(plan_part).where(*old).values(until=now + lease))
    made = delete(plan_part).where(_planner == planner, plan_part.c.result.is_not(None))
    rows = connection.execute(made.returning(_number, _worker, plan_part.c.result)).all()
    left = connection.execute(select(_number, _worker).where(_planner == planner, _number > 0))
    return [(row[0], row[1], row[2]) for row in rows], {row[0]: row[1] is not None for row in left}


def drop_parts(connection: Connection, planner: str, number: int | None = None) -> None:
    """Remove a part, or all parts of a plan."""
    what = (_planner == planner,) if number is None else (_planner == planner, _number == number)
    connection.execute(delete(plan_part).where(*what))


def drop_abandoned_parts(connection: Connection, *, now: datetime) -> None:
    """Remove the parts of planners that were silent for longer than their lease."""
    alive = select(_planner).where(_number == 0, _until > now)
    connection.execute(delete(plan_part).where(_planner.not_in(alive)))


def find_planner(connection: Connection, *, now: datetime, but_for: Collection[str]) -> str:
    """Return a planner that is alive; empty if there is none but these."""
    alive = select(_planner).where(_number == 0, _until > now, _planner.not_in(but_for))
    return connection.scalar(alive.order_by(_until).limit(1)) or ""


def read_order(connection: Connection, planner: str) -> bytes | None:
    """Return the settings of a planner's mails; None if it has ended."""
    return connection.scalar(select(plan_part.c.data).where(_planner == planner, _number == 0))


def exchange_parts(
    connection: Connection, planner: str, worker: str, made: Mapping[int, bytes | None], *, most: int, now: datetime
) -> Sequence[tuple[int, bytes]] | None:
    """Store a worker's results by part (None gives one back), and claim the next parts for it, at most `most`.

    Return them with their numbers; None if the planner has ended. A part that was taken from the worker meanwhile stays
    as it is.
    """
    for number, result in made.items():
        held = update(plan_part).where(_planner == planner, _number == number, _worker == worker)
        connection.execute(held.values(worker=None) if result is None else held.values(result=result))
    if not has_row(connection, _planner == planner, _number == 0, _until > now):
        return None
    waits = select(_number).where(_planner == planner, _number > 0, _worker.is_(None))
    numbers = connection.scalars(waits.order_by(_number).limit(most).with_for_update(skip_locked=True)).all()
    taken = update(plan_part).where(_planner == planner, _number.in_(numbers)).values(worker=worker)
    return [(row[0], row[1]) for row in connection.execute(taken.returning(_number, plan_part.c.data))]
