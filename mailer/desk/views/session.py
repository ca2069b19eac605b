"""Session: logging out. Logging in is the app's own, since it happens before there is a user.

Whoever has a cookie may end what it stands for, also while they wait for a role.
"""

from __future__ import annotations

from starlette.responses import Response

from mailer.desk.access import Act
from mailer.desk.routing import DeskRequest, Way


def log_out(asked: DeskRequest) -> Response:
    """End the session, here and in the ledger."""
    desk = asked.desk
    if asked.user.session:
        with asked.reading() as office:
            desk.sessions.end(asked.user.session, office.ledger)
        desk.messages.pop(asked.user.session, None)
        desk.live.announce("users")  # its stream ends too
    answer = asked.go("/login", out="1")
    answer.delete_cookie(
        desk.doors.cookie,
        path=f"{desk.doors.prefix}/",
        secure=desk.doors.is_secure,
        httponly=True,
        samesite="strict",
    )
    return answer


WAYS = (Way("/logout", post=log_out, changes=Act.ANYBODY),)
