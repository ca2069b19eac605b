"""Pacing: when the next message may leave, shared by all processes and kept over restarts.

Owns the rows of `pace`: one moment a name, the earliest at which the next message may go (GCRA without a burst, in
which the theoretical arrival time is all that is remembered). Never sleeps.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from mailer.ledger.tables import pace


def reserve(connection: Connection, name: str, *, step_s: float, now: datetime) -> datetime:
    """Take the next slot under a name, and give when it is: now, or later where others were faster.

    `step_s` is the distance in seconds to the slot after it.
    """
    found = connection.execute(select(pace.c.next_at).where(pace.c.name == name).with_for_update()).scalar()
    slot: datetime = max(found, now) if found is not None else now
    after = slot + timedelta(seconds=step_s)
    if found is None:
        connection.execute(insert(pace).values(name=name, next_at=after))
    else:
        connection.execute(update(pace).where(pace.c.name == name).values(next_at=after))
    return slot
