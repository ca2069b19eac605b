"""Users: the users of the desk, their roles, and their sessions.

A user is identified only by the issuer and the subject from an OpenID provider (`iss`, `sub`): names and addresses
change, and someone else can take them. The ledger numbers its users, and each event records the name with that number,
`Ada Lane #3` (`DeskUser.actor`): readable, and unambiguous if two people have the same name. So that nobody becomes
another actor by changing their name at the provider, a name is taken from there only while its owner waits for a role;
after that only an admin changes it.

A session is identified by the SHA-256 of its cookie, so that reading the ledger does not allow anyone to log in. Rows
are never deleted, since old events refer to them years later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, insert, select, update

from mailer import lazy_re as re
from mailer.frozen import dataclass, field, replace
from mailer.ledger.rows import change, read_all, value_of, values_of
from mailer.ledger.tables import desk_session, desk_user

_LONGEST_NAME: Final = 100


class Role(StrEnum):
    """What a user may do at the desk."""

    WAITING = "waiting"  # logged in, without a role yet
    READER = "reader"
    WRITER = "writer"
    APPROVER = "approver"
    SENDER = "sender"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as an OpenID provider identifies them."""

    iss: str
    sub: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskUser(Identity):
    """A user of the desk; `ended_at` is when an admin closed the desk to them.

    `names` are all the names that they ever had here, if those were read.
    """

    id: int
    role: Role
    created_at: datetime
    ended_at: datetime | None = None
    names: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Return what identifies this user in an approval: a name may change, and two people may have the same."""
        return f"user {self.id}"

    @property
    def actor(self) -> str:
        """Return this user as the actor of events in the ledger: the name, and the number."""
        return f"{self.name} #{self.id}"

    @property
    def is_waiting(self) -> bool:
        """Return whether this user waits for an admin to assign a role."""
        return self.role is Role.WAITING and self.ended_at is None


def plain_name(text: str) -> str:
    """Return a name on one line, without the sign before a number: a provider may send any text."""
    shown = "".join(each if each.isprintable() and each != "#" else " " for each in text)
    return " ".join(shown.split())[:_LONGEST_NAME].strip()


def find_user(connection: Connection, *, user_id: int = 0, iss: str = "", sub: str = "") -> DeskUser | None:
    """Return a user by number, or by issuer and subject; None if they never logged in here."""
    of_provider = (desk_user.c.iss == iss, desk_user.c.sub == sub)
    return next(iter(_users(connection, *((desk_user.c.id == user_id,) if user_id else of_provider))), None)


def read_users(connection: Connection) -> list[DeskUser]:
    """Return all users, including former ones, by name."""
    return sorted(_users(connection), key=lambda each: each.name.casefold())


def _users(connection: Connection, *where: ColumnElement[bool]) -> list[DeskUser]:
    rows = connection.execute(select(desk_user).where(*where).order_by(desk_user.c.id))
    return [value_of(DeskUser, row, role=Role(row.role)) for row in rows]


def read_approvers(connection: Connection, keys: Iterable[str]) -> list[DeskUser]:
    """Return users by the keys in their approvals, with all their names."""
    wanted = {int(each.removeprefix("user ")) for each in keys if re.fullmatch(r"user \d{1,18}", each)}
    found = _users(connection, desk_user.c.id.in_(wanted))
    names = {each.id: {each.name, each.actor} for each in found}
    logins = select(desk_session.c.user_id, desk_session.c.name, desk_session.c.actor)
    for row in connection.execute(logins.where(desk_session.c.user_id.in_(names)).distinct()):
        names[row.user_id] |= {row.name, row.actor}
    return [replace(each, names=frozenset(filter(None, names[each.id]))) for each in found]


def count_users(connection: Connection, role: Role) -> int:
    """Return how many users have a role now."""
    return len(_users(connection, desk_user.c.role == role.value, desk_user.c.ended_at.is_(None)))


def add_user(connection: Connection, who: Identity, name: str, *, at: datetime) -> DeskUser:
    """Add someone who logged in for the first time; they wait for a role."""
    values = {**values_of(who), "name": name, "role": Role.WAITING, "created_at": at}
    number: int = connection.execute(insert(desk_user).values(values).returning(desk_user.c.id)).scalar_one()
    return DeskUser(who.iss, who.sub, name, who.email, id=number, role=Role.WAITING, created_at=at)


def keep_user(connection: Connection, user: DeskUser) -> None:
    """Store the changes to a user."""
    values = {"name": user.name, "email": user.email, "role": user.role.value, "ended_at": user.ended_at}
    change(connection, desk_user, user.id, **values)


# Sessions.


@dataclass(frozen=True, slots=True)
class Session:
    """A login: who, in which role, since when, and until when at most."""

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
    """Return a login that was not ended; its name and its role are the user's current ones."""
    return next(iter(_sessions(connection, desk_session.c.digest == digest)), None)


def read_sessions(connection: Connection, *, now: datetime) -> list[Session]:
    """Return all logins that could be used now, the newest first."""
    return _sessions(connection, desk_session.c.expires_at > now)


def _sessions(connection: Connection, *where: ColumnElement[bool]) -> list[Session]:
    rows = select(desk_session).where(desk_session.c.ended_at.is_(None), *where)
    found = []
    for each in read_all(connection, Session, rows.order_by(desk_session.c.created_at.desc())):
        user = None if each.user_id is None else find_user(connection, user_id=each.user_id)
        if each.user_id is None:
            found.append(each)
        elif user is not None and user.ended_at is None:
            found.append(replace(each, actor=user.actor, name=user.name, role=user.role.value))
    return found


def end_sessions(connection: Connection, *, at: datetime, digest: bytes = b"", user_id: int = 0) -> None:
    """End a login, or all logins of a user."""
    which = desk_session.c.user_id == user_id if user_id else desk_session.c.digest == digest
    connection.execute(update(desk_session).where(which, desk_session.c.ended_at.is_(None)).values(ended_at=at))
