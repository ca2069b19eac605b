"""Looking: a page that plans something, waited for as by a browser; and a second user at the desk."""

# ruff: noqa: S608 - our own words in the ledger

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.desk.opened import Answer, Opened
from tests.office import Desk, in_the_ledger


def look(page: Opened, path: str, **query: str | Sequence[str]) -> Answer:
    """Return a page when what it waits for is done."""
    end = time.monotonic() + 600
    while True:
        answer = page.get(f"{path}?{urlencode(query, doseq=True)}" if query else path)
        if "data-again" not in answer.html:
            return answer
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def plan_in(answer: Answer) -> str:
    """Return the hash of the plan that a page would send."""
    found = re.search(r'name="plan" value="([0-9a-f]{64})"', answer.html)
    assert found is not None, answer.text
    return found[1]


def log_in_as(desk: Desk, page: Opened, number: int, name: str, role: str) -> Opened:
    """Return the desk as seen by a user who has logged in through an OpenID provider."""
    now, then = (f"{at:%Y-%m-%d %H:%M:%S.%f}" for at in (datetime.now(UTC), datetime.now(UTC) + timedelta(hours=9)))
    cookie = f"cookie-of-{number}"
    known = f"{number}, 'https://id.example.org', 'sub-{number}', '{name}', '', '{role}', '{now}'"
    login = (
        f"x'{hashlib.sha256(cookie.encode()).hexdigest()}', '{name}', '{name}', '{role}', {number}, '{now}', '{then}'"
    )
    fields = "digest, actor, name, role, user_id, created_at, expires_at"
    in_the_ledger(desk, f"INSERT INTO desk_user (id, iss, sub, name, email, role, created_at) VALUES ({known})")
    in_the_ledger(desk, f"INSERT INTO desk_session ({fields}) VALUES ({login})")
    return replace(page, cookies=dict.fromkeys(page.cookies, cookie))


def region_of(page: Opened, path: str, region: str, query: Mapping[str, str]) -> Answer:
    """Return one region of a page, as the script requests it."""
    return page.get(f"{path}?{urlencode(query)}", headers={"desk-region": region})
