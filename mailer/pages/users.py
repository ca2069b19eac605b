"""Users: what an admin is told of a change to who may work at the desk."""

from __future__ import annotations

from mailer.pages import sentence
from mailer.runs.users import SessionEnded, UserChanged


def _changed(done: UserChanged) -> str:
    user, before = done.user, done.before
    if user.ended_at is not None:
        return f"{user.name} no longer has access and was logged out everywhere."
    called = f"{before.name} is now called {user.name}" if user.name != before.name else user.name
    if user.role is before.role and before.ended_at is None:
        return f"{called}." if user.name != before.name else f"{user.name} is {user.role.value}, as before."
    return f"{called}{' and' if user.name != before.name else ''} is {user.role.value} now."


sentence(UserChanged, _changed)
sentence(SessionEnded, lambda done: f"The login of {done.session.name or done.session.actor} was ended.")
