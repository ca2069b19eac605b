"""The opt-out page in a real browser: narrow, dark, and its form sent without a script of ours."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import pytest

from mailer.public.pages import LANGUAGES, Around, ask_page, done_page
from mailer.runs.people.link_page import House
from tests.public.hosts import send_to, serving_here, suppressed
from tests.services.test_browser import DARK, LIGHT, look

pytestmark = pytest.mark.service("chromium")

HOUSE = House(
    "Lantern Museum for Lamps, Wicks, Mirrors and All Other Lights", "a-very-long-press-office-name@example.org"
)
FORM = """<!doctype html><form method="post" action="http://127.0.0.1:{port}/o/{token}">
<input name="do" value="opt-out"><input name="scope" value="list">
<textarea name="reason">Zu viel, ätsch</textarea></form>
<script>document.forms[0].submit()</script>"""


@pytest.mark.parametrize("width", [320, 700])
def test_pages_fit_the_screen_and_are_readable_light_and_dark(chromium: str, tmp_path: Path, width: int) -> None:
    masked = "a…@a-rather-long-name-of-a-newspaper.evening-edition.example.com"
    for language in LANGUAGES:
        around = Around(language, HOUSE)
        page = ask_page(around, masked=masked)
        needed, front, back = look(chromium, tmp_path, page, width=width, scheme=LIGHT)
        assert needed <= width, language
        assert front < 80
        assert back > 200
    needed, front, back = look(
        chromium, tmp_path, done_page(around, out="list", masked=masked), width=width, scheme=DARK
    )
    assert needed <= width
    assert back < 80
    assert front > 200


def test_a_browser_sends_the_form_and_shows_the_answer(chromium: str, tmp_path: Path) -> None:
    sent = send_to(tmp_path / "sent", ["ada@daily.example.com"])
    desk = sent.copy(tmp_path / "office")
    with serving_here(desk) as host:
        form = FORM.format(port=host.port, token=sent.tokens["ada@daily.example.com"])
        (tmp_path / "form.html").write_text(form, "utf-8")
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        address = (tmp_path / "form.html").as_uri()
        done = subprocess.run(
            [
                chromium,
                *flags,
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=5000",
                "--dump-dom",
                address,
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    title = re.search(r"<h1>(.*?)</h1>", done.stdout)
    assert title, done.stdout
    assert html.unescape(title[1]) == "You will get no more mail by this list"
    assert suppressed(desk) == {"ada@daily.example.com": "list:coast"}
