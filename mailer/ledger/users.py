"""Users: who may work at the desk, and who is logged in.

A user is known by the issuer and the subject that an OpenID provider says (`iss`, `sub`): names and addresses change,
and are shown only. A session is known by the SHA-256 of its cookie, so that who reads the ledger can log in as nobody.
Rows are never deleted: who somebody was is asked years later.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mailer.frozen import dataclass, field
from mailer.ledger.tables import desk_session, desk_user, read_all, read_one, values_of


@dataclass(frozen=True, slots=True)
class Session:
    """A login: who, in which role, since when and until when at most."""

    digest: bytes = field(repr=False)
    actor: str
    name: str
    role: str
    user_id: int | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


def add_session(connection: Connection, session: Session) -> None:
    """Record a login."""
    connection.execute(insert(desk_session).values(values_of(session)))


def read_session(connection: Connection, digest: bytes) -> Session | None:
    """Return a login that was not ended; its role is the user's of now."""
    found = read_one(
        connection,
        Session,
        select(desk_session).where(desk_session.c.digest == digest, desk_session.c.ended_at.is_(None)),
    )
    if found is None or found.user_id is None:
        return found
    row = connection.execute(
        select(desk_user.c.role, desk_user.c.name).where(
            desk_user.c.id == found.user_id, desk_user.c.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return Session(
        found.digest, found.actor, row.name, row.role, found.user_id, found.created_at, found.expires_at, found.ended_at
    )


def read_sessions(connection: Connection, *, now: datetime) -> list[Session]:
    """Return all logins that could be used now, the newest first."""
    return read_all(
        connection,
        Session,
        select(desk_session)
        .where(desk_session.c.ended_at.is_(None), desk_session.c.expires_at > now)
        .order_by(desk_session.c.created_at.desc()),
    )


def end_session(connection: Connection, digest: bytes, *, at: datetime) -> None:
    """End a login."""
    connection.execute(
        update(desk_session)
        .where(desk_session.c.digest == digest, desk_session.c.ended_at.is_(None))
        .values(ended_at=at)
    )
