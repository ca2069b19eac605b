"""Session: logging out. Logging in is the app's own, since it happens before there is a user."""

from __future__ import annotations

from starlette.responses import Response

from mailer.desk.access import Act
from mailer.desk.routing import DeskRequest, Way


def log_out(asked: DeskRequest) -> Response:
    """End the session, here and in the ledger."""
    with asked.reading() as office:
        asked.desk.sessions.end(asked.user.session, office.ledger)
    asked.desk.messages.pop(asked.user.session, None)
    answer = asked.go("/login")
    answer.delete_cookie(asked.desk.doors.cookie, path=f"{asked.desk.doors.prefix}/")
    return answer


WAYS = (Way("/logout", post=log_out, changes=Act.READ),)
