"""What a browser does by itself at a page of the desk: it asks for nothing that nobody asked for, and loses nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mailer.ledger.returns import LEFT, NewProposal, add_proposal
from mailer.tokens import address_digest
from tests.desk.opened import at_work, opened
from tests.gallery.screen import Screen
from tests.office import Desk
from tests.servers import Act, ScriptedServer
from tests.services.desk_browser import PHONE, open_tab

pytestmark = pytest.mark.service("chromium")

IN_DOUBT = "ada@a.example.com"


def test_who_is_in_doubt_is_settled_only_after_it_was_said_what_that_does(
    screen: Screen, desk: Desk, server: ScriptedServer
) -> None:
    desk.settings(server, connections=1)
    server.answer = lambda at: Act(drop="before") if at.stage == "body" and at.argument == IN_DOUBT else None
    desk.people("pier", [IN_DOUBT, "bo@b.example.com"])
    assert desk.run("send", "lamps", "--to", "pier", "--yes").code == 1
    with opened(desk) as running, open_tab(screen, running) as tab:
        tab.open("/mailings/lamps").page.get_by_label("How you know it").fill("a call")
        tab.page.get_by_label(IN_DOUBT).check()
        tab.page.get_by_label("How you know it").press("Enter")
        tab.page.wait_for_timeout(300)
        assert desk.run("report", "lamps", "--json").json["in_doubt"] == 1

        # what is refused is told where it was asked, and what was typed is still there
        tab.page.get_by_label(IN_DOUBT).uncheck()
        tab.page.get_by_role("button", name="They have it").click()
        asked = tab.page.locator("#ask-accepted")
        asked.get_by_role("button", name="They have it").click()
        tab.sees("no recipient is ticked")
        assert not asked.is_visible()
        assert tab.page.get_by_label("How you know it").input_value() == "a call"

        tab.page.get_by_label(IN_DOUBT).check()
        tab.page.get_by_role("button", name="They have it").click()
        tab.go(asked.get_by_role("button", name="They have it").click)
        tab.sees("counts as accepted")


def test_a_time_that_cannot_be_read_is_corrected_on_the_same_page(screen: Screen, desk: Desk) -> None:
    year = datetime.now(UTC).year + 1
    assert desk.run("send", "lamps", "--to", "coast", "--at", f"{year}-01-04 09:00 Europe/Berlin", "--yes").code == 0
    with opened(desk) as running, open_tab(screen, running) as tab:
        for path in ("/", "/mailings"):
            tab.open(path).sees(f"4 Jan {year}, ")  # with its hour, though it is another year
        tab.open("/mailings/lamps").page.get_by_role("button", name="Reschedule").click()
        tab.page.get_by_label("Date and time").fill("some day")
        tab.page.get_by_role("button", name="Schedule", exact=True).click()
        tab.sees("is not a date and time")
        assert tab.h1.startswith("Lantern Museum")
        tab.page.get_by_role("button", name="Reschedule").click()
        assert tab.page.get_by_label("Date and time").input_value() == "some day"


def test_what_was_undone_in_a_table_is_done_again(screen: Screen, desk: Desk) -> None:
    with opened(desk) as running, open_tab(screen, running) as tab:
        cells = tab.open("/lists/coast").page.locator("#sheet")
        for name in ("Zoe", "Zora"):
            cells.locator("td[data-at='1']").first.click()
            tab.page.locator("input[name=c1]").fill(name)
            tab.page.keyboard.press("Enter")
            cells.get_by_text(name).wait_for()
        for button, name in (("Undo", "Zoe"), ("Do it again", "Zora"), ("Undo", "Zoe")):
            tab.page.get_by_role("button", name=button, exact=True).click()
            cells.get_by_text(name, exact=True).wait_for()


def test_who_only_looks_at_a_mail_may_leave_it(screen: Screen, desk: Desk) -> None:
    with opened(desk) as running, open_tab(screen, running) as tab:
        changed = tab.open("/releases/lamps").page.locator("form.changed")
        tab.page.get_by_label("Dark", exact=True).check()
        tab.page.locator("div.letter.dark").wait_for()
        assert changed.count() == 0
        tab.page.get_by_label("Headline").fill("Lantern Museum lends a lamp")
        assert changed.count() == 1
        tab.page.get_by_role("button", name=re.compile("^Save$")).click()
        tab.sees("Saved.")
        assert changed.count() == 0
        assert tab.h1 == "Lantern Museum lends a lamp"  # the page is still the same


def test_a_quote_is_corrected_in_its_fields_and_the_text_follows(screen: Screen, desk: Desk) -> None:
    desk.release(body="The lamps burn.\n\n> We counted none.\n> — Ida Marlow, keeper\n")
    with opened(desk) as running, open_tab(screen, running) as tab:
        tab.open("/releases/lamps").page.get_by_text("Quotes (1)").click()
        quote = tab.page.get_by_role("group", name="Ida Marlow")
        quote.get_by_label("Role").fill("head of lamps")
        tab.page.get_by_role("group", name="One more quote").get_by_label("Words").fill("Nor did I.")
        tab.page.get_by_role("group", name="One more quote").get_by_label("Who says it").fill("Ed Moor")
        tab.go(lambda: tab.page.keyboard.press("Control+s"))
        tab.sees("Saved.")
        text = tab.page.get_by_label("Text", exact=True).input_value()
        assert "> — Ida Marlow, head of lamps\n" in text
        assert "> Nor did I.\n>\n> — Ed Moor\n" in text


def test_enter_in_the_reason_of_a_refusal_refuses(screen: Screen, desk: Desk) -> None:
    assert desk.run("optouts", "add", "nobody@n.example.com").code == 0  # makes the ledger
    with at_work(desk) as (office, ledger), ledger.writing() as connection:
        proposal = NewProposal(LEFT, address_digest(office.keys, IN_DOUBT), IN_DOUBT, "")
        add_proposal(connection, proposal, stamp=office.stamp())
    with opened(desk) as running, open_tab(screen, running) as tab:
        tab.open("/lists/proposals").page.get_by_text("Reject", exact=True).first.click()
        tab.page.get_by_label("Reason").fill("still there")
        tab.go(lambda: tab.page.get_by_label("Reason").press("Enter"))
        tab.sees("There are no open proposals.")


def test_the_heads_of_a_table_are_not_seen_where_it_has_none(screen: Screen, desk: Desk) -> None:
    with opened(desk) as running, open_tab(screen, running, size=PHONE) as tab:
        tab.resize(320)
        heads = tab.open("/releases").page.locator("table.stacked thead th")
        assert [each for each in heads.all() if (box := each.bounding_box()) and box["x"] + box["width"] > 0] == []
