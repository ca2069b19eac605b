"""Limits: what a relay was seen to take, by its host and port, remembered over runs and for all processes.

Owns the rows of `relay_limit`. What was learned long ago is forgotten: relays are mended. Never reads a relay's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from mailer.ledger.tables import relay_limit

REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RelayLimit:
    """How many messages a relay takes on one connection (0: as many as we like), and whether one command at a time."""

    messages: int = 0
    one_at_a_time: bool = False


def read_limits(connection: Connection, names: Sequence[str], *, now: datetime) -> dict[str, RelayLimit]:
    """Return what is known of these relays (`host:port`)."""
    rows = select(relay_limit).where(relay_limit.c.name.in_(names), relay_limit.c.learned_at > now - REMEMBERED)
    return {row.name: RelayLimit(row.messages, row.one_at_a_time) for row in connection.execute(rows)}


def remember_limit(connection: Connection, name: str, limit: RelayLimit, *, now: datetime) -> None:
    """Remember what a relay was seen to take, in place of what was known."""
    connection.execute(delete(relay_limit).where(relay_limit.c.name == name))
    values = {"name": name, "messages": limit.messages, "one_at_a_time": limit.one_at_a_time, "learned_at": now}
    connection.execute(insert(relay_limit).values(values))
