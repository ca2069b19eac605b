"""Hands: what people do at a page of the desk, with a mouse, a finger, a keyboard, or where no script runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from docx import Document
from playwright.sync_api import FilePayload

from tests.services.desk_browser import Tab

HEADLINE = "Lantern Museum lends its lamps to the night ferry"


def word_file(picture: bytes = b"") -> bytes:
    made = Document()
    made.add_heading(HEADLINE, level=1)
    for text in (
        "EASTPORT, 2 October 2026 – The Lantern Museum lends forty lamps to the night ferry until spring.",
        "“Nobody should cross the sound in the dark,” said Ida Marlow, keeper of lamps at the Lantern Museum.",
        "Passengers may hold a lamp on deck, and hand it back at the pier.",
        "Media contact: Jonas Feld, press officer, Lantern Museum, +44 20 7946 0111, jonas.feld@example.org",
    ):
        made.add_paragraph(text)
    if picture:
        made.add_picture(BytesIO(picture))
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
