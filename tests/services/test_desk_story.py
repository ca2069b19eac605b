"""The whole job at the desk, as people do it: by mouse, by keyboard alone, without JavaScript, on a phone.

A Word file is brought in and looked through, a list dropped, the mail looked at, and the release sent to a real relay
by the worker beside the desk; two people answer into a real mailbox, and the office answers one. Then what happens when
the sender is killed while somebody watches.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import FilePayload

from tests.answers import ADA, ASKS, BO, THANKS, answer
from tests.desk.opened import opened
from tests.gallery.screen import Screen
from tests.mailboxes import Dovecot
from tests.office import Desk, times_taken, wait_until
from tests.servers import ScriptedServer
from tests.services.bounced import ENV, inbox_table, use
from tests.services.desk_browser import DESKTOP, PHONE, Tab, open_tab

pytestmark = [pytest.mark.service("chromium"), pytest.mark.service("dovecot")]

HEADLINE = "Lantern Museum lends its lamps to the night ferry"
PEOPLE = [ADA, BO, "cy@c.example.com"]
LIST = "\n".join(["email,name,outlet", *(f"{each},{each.split('@')[0].title()} Reed,The Lamp" for each in PEOPLE), ""])


def word_file() -> bytes:
    made = Document()
    made.add_heading(HEADLINE, level=1)
    for text in (
        "EASTPORT, 2 October 2026 – The Lantern Museum lends forty lamps to the night ferry until spring.",
        "“Nobody should cross the sound in the dark,” said Ida Marlow, keeper of lamps at the Lantern Museum.",
        "Passengers may hold a lamp on deck, and hand it back at the pier.",
        "Media contact: Jonas Feld, press officer, Lantern Museum, +44 20 7946 0111, jonas.feld@example.org",
    ):
        made.add_paragraph(text)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


@dataclass(slots=True)
class Hand:
    """Somebody at the page, with a mouse or a finger."""

    tab: Tab

    def goes_to(self, name: str) -> None:
        self.tab.go(self.tab.page.get_by_role("link", name=name, exact=True).first.click)

    def presses(self, name: str, *, leads_on: bool = True) -> None:
        button = self.tab.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first
        self.tab.go(button.click) if leads_on else button.click()

    def ticks(self, name: str) -> None:
        self.tab.page.get_by_label(name, exact=True).first.check()

    def types(self, label: str, text: str) -> None:
        self.tab.page.get_by_label(re.compile(f"^{re.escape(label)}")).first.fill(text)

    def brings(self, name: str, data: bytes, *, into: str) -> None:
        """Choose a file; what the page does with it at once, or the button beside it does without a script."""
        field = self.tab.page.get_by_label(re.compile(into)).first
        payload: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        self.tab.go(lambda: field.set_input_files(payload))


class Blind(Hand):
    """The same where no script runs: each step is a page."""

    def brings(self, name: str, data: bytes, *, into: str) -> None:
        field = self.tab.page.get_by_label(re.compile(into)).first
        field.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": data})
        form = field.locator("xpath=ancestor::form")
        self.tab.go(form.locator("button").first.click)


class Keys(Hand):
    """The same by keyboard alone; each stop on the way must be visible, and is checked to be."""

    def goes_to(self, name: str) -> None:
        self.tab.tab_to(name)
        self.tab.go(lambda: self.tab.page.keyboard.press("Enter"))

    def presses(self, name: str, *, leads_on: bool = True) -> None:
        while self.tab.tab_to(name).kind != "button":
            pass
        enter = self.tab.page.keyboard.press
        self.tab.go(lambda: enter("Enter")) if leads_on else enter("Enter")

    def ticks(self, name: str) -> None:
        self.tab.tab_to(name)
        self.tab.press("Space")

    def types(self, label: str, text: str) -> None:
        self.tab.tab_to(label)
        self.tab.press("Control+a")
        self.tab.page.keyboard.type(text)


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


def workers_of(root: Path) -> list[int]:
    asked = ("pgrep", "-f", "--", f"--workspace {root} worker")
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]
