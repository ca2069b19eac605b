"""Links that are opened: real sockets, a small site, and the problems found in its answers."""

from __future__ import annotations

from typing import Any

from mailer.errors import Problem
from mailer.fetch import Web
from mailer.release.checks.case import Case, read_lines
from mailer.release.source import parse_release
from mailer.runs.reviewing import look_online
from mailer.settings import Checks
from tests.release.checks.desk import NOW
from tests.sites import ANSWERS, site

TEXT = """---
headline: Seals are back
---

See [one](http://www.example.org/), [two](http://www.example.org/none),
[three](http://www.example.org/moved), [four](http://www.example.org/shut),
[five](http://www.example.org/members), [six](http://www.example.org/old/page),
[seven](http://www.example.org/slow), [eight](http://localhost/never), [nine](mailto:a@example.org).

![A seal](http://www.example.org/seal.jpg)

![A page](http://www.example.org/page.jpg)

![None](http://www.example.org/none.jpg)
"""


def case(text: str) -> Case:
    data = text.encode()
    return Case(release=parse_release(data, source="a.md", slug="a"), now=NOW, lines=read_lines(data, "a.md"))


def brief(problems: tuple[Problem, ...]) -> list[tuple[Any, ...]]:
    return sorted((problem.code, problem.about.rpartition("/")[2], problem.line) for problem in problems)


async def test_each_answer_becomes_a_finding_at_its_line() -> None:
    more = {
        "/moved": (301, {"Location": "/new"}),
        "/new": (200, {}),
        "/members": (302, {"Location": "/login?next=/members"}),
        "/login?next=/members": (200, {}),
        "/old/page": (302, {"Location": "/"}),
        "/page.jpg": (200, {"Content-Type": "text/html"}),
    }
    with site({**ANSWERS, **more}) as there:
        found = await look_online(case(TEXT), Checks(), web=there.hasty(look_s=3))
        paths = {path for _, path, _ in there.asked}
    assert brief(found) == [
        ("image-dead", "none.jpg", 14),
        ("image-dead", "page.jpg", 12),
        ("image-heavy", "seal.jpg", 10),
        ("link-dead", "none", 5),
        ("link-login", "members", 7),
        ("link-moved", "moved", 6),
        ("link-moved", "page", 7),
        ("link-unsure", "shut", 6),
        ("link-unsure", "slow", 8),
    ]
    assert "/never" not in paths
    moved = next(problem for problem in found if problem.about.endswith("/moved"))
    assert moved.hint == "Write http://www.example.org/new instead."


async def test_a_machine_that_is_offline_is_told_once() -> None:
    text = "---\nheadline: A\n---\n\n[a](http://www.example.org/) [b](http://www.example.com/)\n"
    web = Web(look_s=60, instead=dict.fromkeys(("www.example.org", "www.example.com"), ("127.0.0.1", 1)))
    (problem,) = await look_online(case(text), Checks(), web=web)
    assert problem.code == "link-unsure"
    assert "is this machine online?" in problem.message


async def test_a_release_without_links_asks_nobody() -> None:
    assert await look_online(case("---\nheadline: A\n---\n\nText.\n"), Checks()) == ()
