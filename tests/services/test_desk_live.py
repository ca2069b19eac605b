"""What a page of the desk hears in Chromium: also what happened between its making and its ears."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.desk.opened import opened
from tests.gallery.screen import Screen
from tests.office import Desk, wait_until
from tests.services.desk_browser import open_tab

pytestmark = pytest.mark.service("chromium")

LATER = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d} 09:00 Europe/Berlin"


@contextlib.contextmanager
def before_it_hears(screen: Screen, page: Any, address: str) -> Iterator[None]:
    """Open a page; its script comes only after what happens meanwhile."""
    held: list[Any] = []
    page.route("**/desk.js*", lambda route: held.append(route))  # noqa: PLW0108 - it takes no builtin
    page.goto(address, wait_until="commit")
    page.locator("h1").wait_for()
    yield
    wait_until(lambda: bool(held))
    screen.browse(lambda _: held[0].continue_())
    page.unroute("**/desk.js*")


def test_what_happens_after_a_page_is_made_and_before_it_hears_is_shown(screen: Screen, desk: Desk) -> None:
    """By the tab that has the stream of changes, and by one beside it."""
    assert desk.run("send", "lamps", "--to", "coast", "--at", LATER, "--yes").code == 0
    with opened(desk) as running, open_tab(screen, running) as tab:
        with before_it_hears(screen, tab.page, f"{running.base}/mailings"):  # the first look of this desk at its ledger
            assert tab.page.locator("#list .state").inner_text() == "scheduled"
            assert desk.run("cancel", "lamps", "--yes").code == 0
        tab.page.locator("#list .cancelled").wait_for()
        with before_it_hears(screen, tab.page, f"{running.base}/releases"):
            running.post("/releases", {"name": "first"})
        tab.sees("first.md")
        beside = tab.page.context.new_page()
        with before_it_hears(screen, beside, f"{running.base}/releases"):
            running.post("/releases", {"name": "second"})
            tab.sees("second.md")  # the first tab has told already
        beside.get_by_text("second.md").wait_for()
