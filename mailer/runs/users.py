"""Users: who may work at a shared desk, and what each of them may do there.

Theory of operation. An OpenID provider identifies a person (`Identity`), and an admin here decides what they may do.
Someone who logs in for the first time can do nothing until an admin gives them a role. Three rules apply:

1. People are matched by issuer and subject. A familiar name or address gives no rights.
2. No two users with a role have the same name, since `[approval] approvers` names people by it.
3. There is always an admin: the last one can neither be removed nor given another role.

The first admin is the person who logs in with the link that the desk prints when it is started, which only its operator
can read; the same link restores access if no admin can log in any more. Each change of rights is an event.
"""

from __future__ import annotations

from itertools import count
from typing import Final

from mailer.errors import InputProblem
from mailer.events import EventKind
from mailer.frozen import dataclass, replace
from mailer.ledger import Connection, Ledger, users
from mailer.ledger.mailings import add_event
from mailer.ledger.users import DeskUser, Identity, Role, Session
from mailer.runs.office import Office

_MOST_WAITING: Final = 200  # at a provider that anybody can use, anybody can log in


@dataclass(frozen=True, slots=True)
class DeskUsers:
    """All users, also those who were removed, and the logins that are open."""

    users: tuple[DeskUser, ...]
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class UserChanged:
    """A user after a change, and before."""

    user: DeskUser
    before: DeskUser


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A login that was ended."""

    session: Session


def list_users(office: Office) -> DeskUsers:
    """Return the users, also those who wait for a role, and who is logged in."""
    if office.ledger is None:
        return DeskUsers((), ())
    with office.ledger.reading() as connection:
        sessions = users.read_sessions(connection, now=office.clock())
        return DeskUsers(tuple(users.read_users(connection)), tuple(sessions))


def has_admin(office: Office) -> bool:
    """Return whether someone is an admin of the shared desk."""
    return any(each.role is Role.ADMIN and each.ended_at is None for each in list_users(office).users)


def admit(office: Office, ledger: Ledger, identity: Identity, *, as_admin: bool = False) -> DeskUser:
    """Return the user of an identity, who waits for a role if they are new; `as_admin` makes them an admin.

    Raises InputProblem if an admin has removed them, or too many wait.
    """
    name = users.plain_name(identity.name) or users.plain_name(identity.email.partition("@")[0]) or "Somebody"
    email = "".join(filter(str.isprintable, identity.email))[:254]
    identity = replace(identity, email=email)
    with ledger.writing() as connection:
        user = users.find_user(connection, iss=identity.iss, sub=identity.sub)
        if user is None:
            if not as_admin and users.count_users(connection, Role.WAITING) >= _MOST_WAITING:
                many = f"{_MOST_WAITING} people are waiting for a role at this desk"
                raise InputProblem(many, hint="Ask an admin to look at them first.")
            user = users.add_user(connection, identity, name, at=office.clock())
        elif user.ended_at is not None and not as_admin:
            hint = "Ask an admin to let you in again."
            raise InputProblem("an admin has removed your access to this desk", hint=hint)
        elif (user.name, user.email) != (name, email):
            user = replace(user, name=name if user.role is Role.WAITING else user.name, email=email)
            users.keep_user(connection, user)
        if as_admin and (user.role is not Role.ADMIN or user.ended_at is not None):
            free = _free_name(connection, user.name, user.id)
            user = _change(connection, office, user, replace(user, name=free, role=Role.ADMIN, ended_at=None))
    return user


def change_user(office: Office, ledger: Ledger, number: int, *, role: str, name: str = "") -> UserChanged:
    """Change the role of a user, and the name if one is given; a user who was removed may work again.

    Raises InputProblem if there is no such user or role, they are the last admin, or another user has the name.
    """
    with ledger.writing() as connection:
        user = _require(connection, number)
        if role not in set(Role) - {Role.WAITING}:
            raise InputProblem(f'there is no role "{role}"')
        wanted = users.plain_name(name) or user.name
        if _free_name(connection, wanted, user.id) != wanted:
            hint = "Give this one a name that tells them apart: approvals are known by it."
            raise InputProblem(f"another user is called {wanted}", hint=hint)
        if Role(role) is not Role.ADMIN:
            _keep_an_admin(connection, user)
        changed = _change(connection, office, user, replace(user, role=Role(role), name=wanted, ended_at=None))
    return UserChanged(changed, user)


def end_user(office: Office, ledger: Ledger, number: int) -> UserChanged:
    """Remove a user's access to the desk, and end all their logins.

    Raises InputProblem if there is no such user, or they are the last admin.
    """
    with ledger.writing() as connection:
        user = _require(connection, number)
        _keep_an_admin(connection, user)
        now = office.clock()
        changed = _change(connection, office, user, replace(user, ended_at=user.ended_at or now))
        users.end_sessions(connection, user_id=number, at=now)
    return UserChanged(changed, user)


def end_login(office: Office, ledger: Ledger, digest: str) -> SessionEnded:
    """End an open login; `digest` is the SHA-256 of its cookie in hexadecimal.

    Raises InputProblem if no such login is open.
    """
    now = office.clock()
    with ledger.writing() as connection:
        for each in users.read_sessions(connection, now=now):
            if each.digest.hex() == digest:
                users.end_sessions(connection, digest=each.digest, at=now)
                return SessionEnded(each)
    raise InputProblem("this login is no longer open")


def _require(connection: Connection, number: int) -> DeskUser:
    user = users.find_user(connection, user_id=number)
    if user is None:
        raise InputProblem(f"there is no user #{number}")
    return user


def _keep_an_admin(connection: Connection, user: DeskUser) -> None:
    if user.role is Role.ADMIN and user.ended_at is None and users.count_users(connection, Role.ADMIN) == 1:
        raise InputProblem(f"{user.name} is the last admin", hint="Make another user an admin first.")


def _free_name(connection: Connection, name: str, number: int) -> str:
    """Return a name as it is if no other user with a role has it, or with a number after it."""
    taken = {
        each.name.casefold()
        for each in users.read_users(connection)
        if each.id != number and each.role is not Role.WAITING and each.ended_at is None
    }
    tries = (f"{name} {number}" if number > 1 else name for number in count(1))
    return next(each for each in tries if each.casefold() not in taken)


def _change(connection: Connection, office: Office, before: DeskUser, after: DeskUser) -> DeskUser:
    if after != before:
        users.keep_user(connection, after)
        was, now = (f"{each.actor}, {'ended' if each.ended_at else each.role.value}" for each in (before, after))
        add_event(connection, EventKind.USER, office.stamp(), reason=after.role.value, text=f"{was} → {now}")
    return after
