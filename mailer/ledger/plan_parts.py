"""Plan parts: what the planner of a large plan leaves to workers, and what they made (`runs.planning.distributing`).

Owns the rows of `plan_part`. A plan has one with the number 0, which says what its mails are made of and until when its
planner counts as alive, and one for each part that waits, is being made, or was made and not fetched yet. They are no
truth: a row that vanishes costs time alone, and all of them go when the planner has ended, or is dead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from mailer.ledger.tables import has_row, plan_part

_planner, _number, _until, _worker = (plan_part.c[name] for name in ("planner", "number", "until", "worker"))


def offer(connection: Connection, planner: str, number: int, data: bytes, *, until: datetime | None = None) -> None:
    """Offer a part to workers; as number 0 what they need for all parts, with the end of the planner's lease."""
    connection.execute(insert(plan_part).values(planner=planner, number=number, data=data, until=until))


def collect(
    connection: Connection, planner: str, *, now: datetime, lease: timedelta
) -> tuple[Sequence[tuple[int, str, bytes]], dict[int, bool]]:
    """Renew the planner's lease; fetch what was made, as number, worker and result; return which others are claimed."""
    old = (_planner == planner, _number == 0, _until < now + lease * 3 / 4)
    connection.execute(update(plan_part).where(*old).values(until=now + lease))
    made = delete(plan_part).where(_planner == planner, plan_part.c.result.is_not(None))
    rows = connection.execute(made.returning(_number, _worker, plan_part.c.result)).all()
    left = connection.execute(select(_number, _worker).where(_planner == planner, _number > 0))
    return [(row[0], row[1], row[2]) for row in rows], {row[0]: row[1] is not None for row in left}


def drop(connection: Connection, planner: str, number: int | None = None) -> None:
    """Remove a part, or all that there is of a plan."""
    what = (_planner == planner,) if number is None else (_planner == planner, _number == number)
    connection.execute(delete(plan_part).where(*what))


def drop_abandoned(connection: Connection, *, now: datetime) -> None:
    """Remove what planners have left that were silent for longer than their lease."""
    alive = select(_planner).where(_number == 0, _until > now)
    connection.execute(delete(plan_part).where(_planner.not_in(alive)))


def find_planner(connection: Connection, *, now: datetime, but_for: Collection[str]) -> str:
    """Return a planner that lives; nothing where there is none beside those."""
    alive = select(_planner).where(_number == 0, _until > now, _planner.not_in(but_for))
    return connection.scalar(alive.order_by(_until).limit(1)) or ""


def read_order(connection: Connection, planner: str) -> bytes | None:
    """Return what the mails of a planner are made of; None where it is over."""
    return connection.scalar(select(plan_part.c.data).where(_planner == planner, _number == 0))


def exchange(
    connection: Connection, planner: str, worker: str, made: Mapping[int, bytes | None], *, most: int, now: datetime
) -> Sequence[tuple[int, bytes]] | None:
    """Keep what a worker made of its parts (None gives one back), and claim the next for it, at most so many.

    Return them with their numbers; None where the planner is over. A part that was taken from the worker meanwhile
    stays as it is.
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
