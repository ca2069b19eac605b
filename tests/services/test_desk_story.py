"""The whole job at the desk, as people do it: by mouse, by keyboard alone, without JavaScript, on a phone.

A Word file is brought in and looked through, a list dropped, the mail looked at, and the release sent to a real relay
by the worker beside the desk; two people answer into a real mailbox, and the office answers one. Then five hundred
messages by a relay that keeps each of them, and what happens when the sender is killed while somebody watches.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.answers import ADA, ASKS, BO, THANKS, answer
from tests.desk.opened import opened, workers_of
from tests.gallery.screen import Screen
from tests.mailboxes import Dovecot
from tests.office import HEADLINE as OFFICE_HEADLINE
from tests.office import Desk, times_taken, wait_until
from tests.servers import ScriptedServer
from tests.services.bounced import ENV, inbox_table, use
from tests.services.desk_browser import DESKTOP, PHONE, Tab, open_tab
from tests.services.desk_hands import HEADLINE, Blind, Hand, Keys, word_file
from tests.services.sinks import recipients

pytestmark = [pytest.mark.service("chromium"), pytest.mark.service("dovecot")]

PEOPLE = [ADA, BO, "cy@c.example.com"]
LIST = "\n".join(["email,name,outlet", *(f"{each},{each.split('@')[0].title()} Reed,The Lamp" for each in PEOPLE), ""])


HANDS: dict[str, tuple[Callable[[Tab], Hand], tuple[int, int], bool]] = {
    "mouse": (Hand, DESKTOP, True),
    "keyboard": (Keys, DESKTOP, True),
    "no script": (Blind, DESKTOP, False),
    "phone": (Hand, PHONE, True),
}


@pytest.fixture
def mail(dovecot: Dovecot) -> Iterator[Dovecot]:
    dovecot.empty()
    yield dovecot
    dovecot.empty()


@pytest.mark.parametrize("way", HANDS)
def test_a_word_file_becomes_mail_and_who_answers_is_answered(
    way: str, desk: Desk, server: ScriptedServer, mail: Dovecot, screen: Screen
) -> None:
    kind, size, has_script = HANDS[way]
    use(desk, server, inbox_table(mail))
    with opened(desk, worker=True, env=ENV) as page, open_tab(screen, page, size=size, script=has_script) as tab:
        by = kind(tab)
        tab.open("/")
        by.goes_to("Releases")
        by.brings("Night ferry.docx", word_file(), into="^Drop a document")
        assert tab.h1 == "Look through it"
        by.types("Name of the release", "night-ferry")
        by.presses("Save the release")
        assert tab.h1 == HEADLINE
        assert (desk.root / "releases" / "night-ferry.md").is_file()

        by.goes_to("Lists")
        by.brings("ferry.csv", LIST.encode(), into="^Drop a file")
        by.presses("Import")
        assert (desk.root / "lists" / "ferry.csv").is_file()

        by.goes_to("Releases")
        by.goes_to(HEADLINE)
        by.goes_to("Send")
        by.ticks("ferry")
        by.presses("Next: what they get")
        frame = tab.page.frame_locator("iframe.mail")
        frame.get_by_text("Passengers may hold a lamp on deck").first.wait_for()
        by.presses("Next: when and how")
        by.presses("Next: look it over")
        tab.sees("3 messages")
        tab.shot("send")
        by.types("To send 3 messages now", "2")
        by.presses("Send 3 messages now", leads_on=not has_script)
        tab.sees("Nothing was sent")
        assert times_taken(server) == {}
        if not has_script:
            tab.go(tab.page.go_back)
        by.types("To send 3 messages now", "3")
        by.presses("Send 3 messages now")
        assert tab.h1 == HEADLINE
        wait_until(lambda: set(times_taken(server)) == set(PEOPLE), timeout_s=120)
        if has_script:
            tab.sees("Finished")  # by itself
        else:
            wait_until(lambda: "inished" in tab.go(tab.page.reload).page.content(), timeout_s=60)
        tab.shot("mailing")

        mail.deliver([answer(server, ADA), answer(server, BO, THANKS)])
        by.goes_to("Inbox")
        by.goes_to("Mailboxes")
        by.presses("Read the mailboxes now", leads_on=not has_script)
        by.goes_to("Inbox")
        tab.shot("inbox")
        link = tab.page.get_by_role("link", name=re.compile(re.escape(HEADLINE[:20]))).first
        tab.go(link.click) if not isinstance(by, Keys) else by.goes_to(link.inner_text()[:30])
        if not has_script:
            by.goes_to("Fetch it from the mailbox")
        tab.sees(ASKS[:30])
        if not has_script:
            tab.go(tab.page.go_back)
        by.presses("Take it", leads_on=not has_script)
        by.presses("Mark as done", leads_on=not has_script)
        tab.sees("Open it again")
    report = desk.run("report", "night-ferry", "--json").json
    assert (report["accepted"], report["replied"], report["replies_open"]) == (3, 2, 0)
    assert set(times_taken(server).values()) == {1}  # nobody got anything twice


@pytest.mark.service("smtp-sink")
def test_five_hundred_get_it_once_by_mouse_and_the_figures_are_what_the_relay_kept(
    desk: Desk, server: ScriptedServer, sink: tuple[int, Path], screen: Screen
) -> None:
    """The relay is Postfix's smtp-sink; who opted out, and who is on the list twice, is accounted for."""
    port, dump = sink
    people = desk.people("coast", [f"p{number}@d{number % 37}.example.com" for number in range(500)])
    with (desk.root / "lists" / "coast.csv").open("a") as file:
        file.write(f"{people[3].upper()},Pat,Brook,Outlet\n")
    assert desk.run("optouts", "add", people[7]).code == 0
    desk.settings(server, port=port, connections=4)
    with opened(desk, worker=True) as page, open_tab(screen, page) as tab:
        by = Hand(tab)
        tab.open("/")
        by.goes_to("Releases")
        by.goes_to(OFFICE_HEADLINE)
        by.goes_to("Send")
        by.ticks("coast")
        tab.page.locator("#counts .figure").get_by_text("499").wait_for()
        by.presses("Next: what they get")
        by.presses("Next: when and how")
        by.presses("Next: look it over")
        by.types("To send 499 messages now", "499")
        by.presses("Send 499 messages now")
        tab.sees("Downloads")
        rows = (row.partition("\t") for row in tab.page.locator("table.sum tr").all_inner_texts())
        figures = {name.split()[0]: int(figure.split()[0]) for name, _, figure in rows}
        got = recipients(dump)
    assert figures == {"accepted": len(list(dump.iterdir())), "skipped": 1, "planned": 500}
    assert dict(got) == dict.fromkeys(set(people) - {people[7]}, 1)


def test_a_sender_that_is_killed_is_replaced_and_the_figures_balance_again_by_themselves(
    desk: Desk, server: ScriptedServer, screen: Screen
) -> None:
    people = desk.people("coast", 300)
    desk.settings(server, rate="60/s")
    with opened(desk, worker=True) as page, open_tab(screen, page) as tab:
        send = tab.open("/releases/lamps/send?step=look&to=coast").page.get_by_role("button", name="Send 300 messages")
        send.wait_for()
        tab.page.get_by_label(re.compile("^To send 300")).fill("300")
        tab.go(send.click)
        for taken in (40, 80, 120):
            wait_until(lambda least=taken: len(times_taken(server)) > least)  # type: ignore[misc]
            while not (workers := workers_of(desk.root)):
                time.sleep(0.05)
            for each in workers:
                os.kill(each, signal.SIGKILL)
        tab.page.get_by_text(re.compile("^finished", re.IGNORECASE)).first.wait_for()  # without a click
    report = desk.run("report", "lamps", "--json").json
    taken_once = times_taken(server)
    assert set(taken_once.values()) == {1}
    # who was out when a worker died may have it, or not
    assert report["accepted"] <= len(taken_once) <= report["accepted"] + report["in_doubt"]
    assert report["accepted"] + report["in_doubt"] == report["planned"] == len(people)
