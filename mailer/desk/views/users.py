"""Users: the users of a shared desk and their roles, open logins, and logging out.

On a desk for one machine there are no users, and only the logins are shown. Logging in is handled by the app, since it
happens before there is a user. Everyone with a session may end it, even while they are waiting for a role.
"""

from __future__ import annotations

from starlette.responses import Response

from mailer.desk.access import Right
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.ledger.users import Role
from mailer.runs.users import change_user, end_login, end_user, list_users

# The roles, as described to admins.
ROLES = (
    (Role.READER.value, "Reader: sees everything"),
    (Role.WRITER.value, "Writer: edits releases and lists, answers replies"),
    (Role.APPROVER.value, "Approver: a writer who approves other people's plans"),
    (Role.SENDER.value, "Sender: a writer who sends, pauses and cancels"),
    (Role.ADMIN.value, "Admin: everything, including settings, keys and users"),
)


def show_users(request: DeskRequest) -> Response:
    """Show the users and the open logins."""
    found = request.read(list_users)
    return request.render(
        "users.html",
        is_shared=request.desk.login is not None,
        roles=ROLES,
        waiting=[each for each in found.users if each.is_waiting],
        users=[each for each in found.users if not each.is_waiting and each.ended_at is None],
        ended=[each for each in found.users if each.ended_at is not None],
        sessions=found.sessions,
    )


def change(request: DeskRequest) -> Response:
    """Change the role or the name of a user, which takes effect with their next click."""
    with request.writing() as (office, ledger):
        number = int(request.params["number"])
        done = change_user(office, ledger, number, role=request.one("role"), name=request.one("name"))
        recheck_logins(request)
    is_own = number == request.user.user_id  # and may no longer be allowed to see this page
    return request.go("/" if is_own else "/settings/users", done)


def end(request: DeskRequest) -> Response:
    """End a login, wherever it is open; or a user's access, who is logged out everywhere."""
    digest = request.params.get("digest")
    with request.writing() as (office, ledger):
        done = end_login(office, ledger, digest) if digest else end_user(office, ledger, int(request.params["number"]))
        recheck_logins(request)
    return request.go("/settings/users", done)


def recheck_logins(request: DeskRequest) -> None:
    """Make every open browser, and its stream of changes, be checked again."""
    request.desk.sessions.forget()
    request.desk.live.announce("users")


def log_out(request: DeskRequest) -> Response:
    """End the session, here and in the ledger."""
    desk = request.desk
    if request.user.session:
        with request.reading() as office:
            desk.sessions.end(request.user.session, office.ledger)
        desk.messages.pop(request.user.session, None)
        desk.live.announce("users")  # its stream ends too
    answer = request.go("/login", out="1")
    desk.set_cookie(answer, "")
    return answer


ROUTES = (
    DeskRoute("/logout", post=log_out, changes=Right.ANYBODY),
    DeskRoute("/settings/users", get=show_users, reads=Right.ADMINISTER),
    DeskRoute("/settings/users/{number:id}", post=change, changes=Right.ADMINISTER),
    DeskRoute("/settings/users/{number:id}/end", post=end, changes=Right.ADMINISTER),
    DeskRoute("/settings/logins/{digest}/end", post=end, changes=Right.ADMINISTER),
)
