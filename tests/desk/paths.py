"""Paths: every path of the desk with plausible values in it, and a browser of each role.

Sessions are written into the ledger as a login would, so that one desk serves all roles of a test.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

from mailer.ledger import open_ledger
from mailer.ledger.users import Role, Session, add_session
from tests.desk.opened import Opened
from tests.office import Desk

# The value of a path's parameter; any other is a name.
VALUES = {
    "slug": "lamps",
    "name": "lamps",
    "list": "coast",
    "number": "1",
    "id": "1",
    "email": "ada@a.example.com",
    "address": "ada@a.example.com",
    "digest": "ab" * 32,
    "hash": "ab" * 32,
    "plan": "abcdabcdabcd",
    "table": "approval",
    "family": "release",
}


def filled(path: str, values: dict[str, str] | None = None) -> str:
    """Return the path of a route with a value for each of its parameters."""
    known = VALUES | ({"name": "coast"} if path.startswith("/lists/") else {}) | (values or {})
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: known.get(found[1], "1"), path)


def as_role(page: Opened, office: Desk, role: Role) -> Opened:
    """Return a browser in which a user of this role is logged in; the ledger must exist."""
    cookie, now = secrets.token_urlsafe(32), datetime.now(UTC)
    digest = hashlib.sha256(cookie.encode()).digest()
    ledger = open_ledger("sqlite:///.mailer/ledger.db", office.root, create=False)
    assert ledger is not None
    try:
        with ledger.writing() as connection:
            session = Session(digest, f"{role}@desk", role.value, role.value, None, now, now + timedelta(hours=1))
            add_session(connection, session)
    finally:
        ledger.close()
    return Opened(page.process, page.address, {f"mailer_desk_{page.port}": cookie})
