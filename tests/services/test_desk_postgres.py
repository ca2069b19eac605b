"""The desk of an office whose ledger is in PostgreSQL: it shows what it would show on SQLite, and it sends."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from mailer.ledger.plans import words_of
from tests.desk.opened import Answer, Opened, opened
from tests.gallery.screen import Screen
from tests.office import Desk
from tests.postgres import PASSWORD
from tests.services.busy_office import addresses, busy_office
from tests.services.desk_browser import open_tab

pytestmark = [pytest.mark.service("postgres"), pytest.mark.service("chromium")]

KEYS = f"1 {'ab' * 32}\n"
# what says where the ledger is, and how large
ITS_OWN = {"/settings", "/settings/file", "/settings/doctor", "/settings/doctor/all"}


def shown(page: Opened, desk: Desk, plan: str) -> dict[str, list[str]]:
    """Return what every page says, but for what differs between two offices that are alike."""
    relay = re.search(r"port = (\d+)", (desk.root / "mailer.toml").read_text("utf-8"))
    assert relay is not None
    own = {plan: "PLAN", words_of(bytes.fromhex(plan)): "WORDS", str(desk.root): "OFFICE", relay[1]: "RELAY"}
    found = {}
    for path in addresses(plan):
        answer = page.get(path)
        while b"data-again" in answer.data:  # what it shows is still being made, on a busy machine
            time.sleep(0.2)
            answer = page.get(path)
        assert answer.status == 200, (path, answer.text)
        kind = answer.headers["content-type"]
        said = kind
        if kind.startswith("text/html"):
            for region in set(re.findall(r'id="([\w-]+)"[^>]* data-live=', answer.html)):
                alone = page.get(path, headers={"desk-region": region, "desk-live": "1"})
                assert alone.status == 200, (path, region, alone.text)
            # which are there where more than a moment passed between two answers
            charts_away = re.sub(r"(<h2>How it went</h2>\s*)?<figure\b.*?</figure>", "", answer.html, flags=re.DOTALL)
            said = Answer(200, {}, charts_away.encode(), path).text
        for value, name in own.items():
            said = said.replace(value, name)
        said = re.sub(r"\b\d\d:\d\d(:\d\d)?\b", "TIME", said)
        said = re.sub(r"\b[0-9a-f]{64}( [a-z]+){8}\b", "HASH WORDS", said)
        said = re.sub(r"\b[0-9a-f]{8,}\b", "HASH", said)
        found[path.replace(plan, "PLAN")] = re.split(r"(?<=[.:?!]) ", said)
    return found


def test_every_page_says_on_postgresql_what_it_says_on_sqlite_and_the_desk_sends(
    shared_url: str, tmp_path: Path, screen: Screen
) -> None:
    pages = []
    for name, more in (("sqlite", ""), ("postgres", f'[ledger]\nurl = "{shared_url}"\n')):
        folder = tmp_path / name
        (folder / ".mailer").mkdir(parents=True)
        (folder / ".mailer" / "keys").write_text(KEYS, "ascii")
        (folder / ".mailer" / "keys").chmod(0o600)
        with busy_office(folder, more=more) as (desk, plan), opened(desk) as page:
            pages.append(shown(page, desk, plan))
            if more:
                send(desk, screen)
    sqlite, postgres = pages
    assert [path for path, said in postgres.items() if path != "/settings/file" and PASSWORD in " ".join(said)] == []
    assert {path: said for path, said in postgres.items() if path not in ITS_OWN} == {
        path: said for path, said in sqlite.items() if path not in ITS_OWN
    }


def send(desk: Desk, screen: Screen) -> None:
    """Send a release by the desk and its worker, and see its figures balance by themselves."""
    with opened(desk, worker=True) as page, open_tab(screen, page) as tab:
        tab.open("/releases/wicks/send?step=look&to=harbour")
        tab.page.get_by_label(re.compile("^To send 140")).fill("140")
        tab.go(tab.page.get_by_role("button", name="Send 140 messages").click)
        tab.sees("Downloads")
        assert "accepted the relay took it\t140" in tab.page.locator("table.sum").inner_text()
    report = desk.report("wicks")
    assert (report["state"], report["accepted"], report["planned"]) == ("finished", 140, 140)
