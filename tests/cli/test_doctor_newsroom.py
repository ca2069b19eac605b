"""`mailer doctor` and the newsroom: whether the pages that mails link to exist, with a real server."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.office import Desk
from tests.ports import free_port
from tests.servers import ScriptedServer


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Iterator[Desk]:
    """A press office whose newsroom is shown by a web server on this machine."""
    handler = functools.partial(_Quiet, directory=str(desk.root / "public"))
    (desk.root / "public").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        newsroom = f'[newsroom]\nurl = "http://127.0.0.1:{web.server_port}/news/"\nfolder = "public/news"\n'
        desk.settings(server, more=newsroom)
        yield desk
        web.shutdown()


def look(desk: Desk) -> dict[str, Any]:
    done = desk.run("doctor", "--only", "newsroom", "--json")
    assert done.code == 0, done.said
    found: dict[str, Any] = done.json["checks"][0]
    return found


@pytest.mark.slow
def test_the_newsroom_is_held_against_what_was_built(office: Desk) -> None:
    assert look(office)["code"] == "newsroom-none"
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 0
    found = look(office)
    assert (found["state"], found["status"]) == ("ok", 200)
    front = office.root / "public" / "news" / "index.html"
    there = front.read_bytes()
    (office.root / "site").mkdir()
    (office.root / "site" / "index.html").write_bytes(there + b"\n")
    settings = (office.root / "mailer.toml").read_text("utf-8")
    office.write("mailer.toml", settings.replace('folder = "public/news"', 'folder = "site"'))
    found = look(office)
    assert (found["code"], "Copy site to the web server" in found["hint"]) == ("newsroom-older", True)
    office.write("mailer.toml", settings.replace("/news/", "/nothing/").replace('"public/news"', '"site"'))
    assert "answers 404" in look(office)["message"]


def test_a_newsroom_that_nobody_answers_at_is_told(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more=f'[newsroom]\nurl = "http://127.0.0.1:{free_port()}"\n')
    desk.write("newsroom/index.html", "built")
    found = look(desk)
    assert (found["code"], found["state"]) == ("newsroom-unreachable", "warning")


def test_without_a_newsroom_nothing_is_said_of_one(desk: Desk) -> None:
    assert desk.run("doctor", "--only", "newsroom", "--json").json["checks"] == []
