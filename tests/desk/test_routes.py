"""Every path of the desk answers the users that its route allows and nobody else: without a login, and in each role."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest

from mailer.desk.access import _RIGHTS, Right
from mailer.desk.routing import DeskRoute
from mailer.desk.views import AREAS, ROUTES
from mailer.ledger.users import Role
from tests.desk.opened import Opened, at_the_terminal, opened
from tests.desk.paths import VALUES, as_role, filled
from tests.office import Desk

# Changes below these paths need this right, and so does every page below them.
AT_LEAST = (("/settings/users", Right.ADMINISTER), ("/settings/logins", Right.ADMINISTER))
WORDS = ((("approve", "reject"), Right.APPROVE), (("pause", "resume", "cancel", "retry"), Right.SEND))
CHANGES_NOTHING = {"preview"}  # it only shows what was typed
# Paths that are not pages: the right that they need.
BESIDE = {
    "/login": Right.ANYBODY,
    "/static/desk.css": Right.ANYBODY,
    "/static/nothing": Right.ANYBODY,
    "/events": Right.READ,
}
# Roles in the order of their rights, so that the first with a right is the least that suffices.
ROLES = (Role.READER, Role.WRITER, Role.APPROVER, Role.SENDER, Role.ADMIN)


def test_each_role_may_do_what_the_office_expects() -> None:
    assert {role: sorted(rights) for role, rights in _RIGHTS.items()} == {
        Role.WAITING: [],
        Role.READER: ["read"],
        Role.WRITER: ["read", "write"],
        Role.APPROVER: ["approve", "read", "write"],
        Role.SENDER: ["read", "send", "write"],
        Role.ADMIN: ["administer", "approve", "read", "send", "write"],
    }


def test_each_path_says_what_it_takes_to_see_it_and_to_change_something_by_it() -> None:
    paths = [route.path for route in ROUTES]
    assert len(paths) == len(set(paths))
    for route in ROUTES:
        assert route.rights, f"{route.path} answers nothing"
        assert set(route.rights) <= {"GET", "POST"}
        assert all(isinstance(right, Right) for right in route.rights.values())
        assert route.path == "/logout" or Right.ANYBODY not in route.rights.values(), (
            f"{route.path} is open to everybody"
        )
        for path, right in AT_LEAST:
            if route.path.startswith(path):
                assert set(route.rights.values()) == {right}, route.path
        if route.post is not None:
            last = route.path.rpartition("/")[2]
            assert route.changes is not Right.READ or last in CHANGES_NOTHING, f"{route.path}: a reader changes nothing"
            for words, right in WORDS:
                if last in words:
                    assert route.changes is right, route.path
    assert all(right is Right.READ for _, _, right in AREAS)


def refusals(page: Opened, route: DeskRoute) -> None:
    """Send requests without a login: the only answer is the login page, or a refusal."""
    path = filled(route.path)
    assert page.get(path, follow=False).headers["location"].startswith("/login") if route.get else True, route.path
    assert page.get(path, headers={"accept": "*/*"}, follow=False).status in {401, 405}, route.path
    assert page.get(path, headers={"desk-region": "main"}, follow=False).status in {401, 405}, route.path
    if route.post and route.changes is not Right.ANYBODY:
        assert page.post(path, follow=False).status == 401, route.path


@pytest.mark.slow
def test_nobody_and_no_role_gets_further_than_the_table_says(desk: Desk) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    with opened(desk, logged_in=False) as nobody:
        for route in ROUTES:
            refusals(nobody, route)
        before = desk.files()
        browsers = {role: as_role(nobody, desk, role) for role in (Role.WAITING, *ROLES)}
        for role, page in browsers.items():
            for route in ROUTES:
                for method, right in route.rights.items():
                    if right in _RIGHTS[role] or right is Right.ANYBODY:
                        continue
                    path = filled(route.path)
                    fields = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
                    answer = page.ask(method, path, b"a=b" if method == "POST" else None, headers=fields)
                    assert answer.status == 403, f"{role} {method} {path}: {answer.status}"
                    assert "set-cookie" not in answer.headers
            for path, right in BESIDE.items():
                if role is Role.WAITING and path != "/events":
                    assert page.get(path).status == (404 if path.endswith("nothing") else 200)
                elif role is Role.WAITING:
                    assert page.get(path).status == 403
                elif right is Right.ANYBODY:
                    assert page.get(path).status in {200, 404}
            assert page.ask("DELETE", "/", headers={"sec-fetch-site": "same-origin"}).status == 405
            assert page.ask("OPTIONS", "/").status == 403
        after = desk.files()
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert all(name.startswith(".mailer/") for name in changed), changed

        # a user with the right gets an answer of the page itself: a result, or the problems of an empty form
        for route in ROUTES:
            for method, right in sorted(route.rights.items()):
                if route.path == "/logout":
                    continue
                role = next(each for each in ROLES if right in _RIGHTS[each])
                path = filled(route.path)
                answer = browsers[role].get(path) if method == "GET" else browsers[role].post(path, follow=False)
                assert answer.status in {200, 303, 400, 404, 413, 422, 503}, f"{role} {method} {path}: {answer.text}"
                assert "content-security-policy" in answer.headers, path
                assert at_the_terminal(answer) == [], path
        # readers do not wait for a writer: another process is in the middle of a change. One that needs the lock is
        # answered with 503 after half a minute.
        with closing(sqlite3.connect(desk.root / ".mailer" / "ledger.db", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            for route in ROUTES:
                answer = browsers[Role.ADMIN].get(filled(route.path))
                assert answer.status in {200, 404, 405, 422}, f"{route.path}: {answer.text}"
        # a name that does not exist is reported, and is never an internal error
        for route in ROUTES:
            for value in ("nowhere", "ü'\"<b>&;--", "x" * 250, "%", "0") if route.get and "{" in route.path else ():
                names = dict.fromkeys(VALUES.keys() - {"number", "id"}, value)
                path = quote(filled(route.path, names))
                answer = browsers[Role.ADMIN].get(path)
                assert answer.status in {200, 404, 422, 503}, f"{path}: {answer.status} {answer.text}"


@pytest.mark.slow
def test_below_a_path_every_address_of_every_page_begins_with_it(desk: Desk) -> None:
    addresses = re.compile(r'\s(?:href|src|action|formaction|data-from|data-load)="(/[^"]*)"')
    with opened(desk, "--path-prefix", "/press") as page:
        assert page.get("/press/").title == "Today"
        assert page.get("/").status == 404
        seen = 0
        for route in ROUTES:
            answer = page.get(f"/press{filled(route.path)}") if route.get is not None else None
            if answer is not None and answer.headers["content-type"].startswith("text/html"):
                found = addresses.findall(answer.html)
                assert [each for each in found if not each.startswith("/press")] == [], route.path
                seen += bool(found)
        assert seen > 40
        made = page.post("/press/releases", {"name": "wicks"}, follow=False)
        assert made.headers["location"].startswith("/press/releases/wicks")
