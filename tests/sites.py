"""A small site on this machine, over real HTTP, in a thread of its own; it remembers what was asked."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mailer.fetch import Web
from tests.servers import HOST

HOSTS = ("www.example.org", "www.example.com", "accounts.example.net")


@dataclass(slots=True)
class Site:
    """A site that knows a few pages; `asked` is what was asked, in order, and `most` how much at once."""

    answers: Mapping[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    now: int = 0
    most: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    met: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def web(self) -> Web:
        """Return the way there, on which nobody is given up, however busy the machine is."""
        return self.hasty(look_s=60, all_s=120)

    def hasty(self, *, look_s: float, all_s: float = 120) -> Web:
        """Return the way there with less patience."""
        return Web(look_s=look_s, all_s=all_s, instead=dict.fromkeys(HOSTS, (HOST, self.port)))


ANSWERS: dict[str, tuple[int, dict[str, str]]] = {
    "/": (200, {"Content-Type": "text/html; charset=utf-8"}),
    "/gone": (410, {}),
    "/shut": (403, {}),
    "/broken": (500, {}),
    "/moved": (301, {"Location": "/"}),
    "/moved-twice": (308, {"Location": "https://www.example.com/moved"}),
    "/for-now": (302, {"Location": "/"}),
    "/circle": (301, {"Location": "/circle"}),
    "/elsewhere": (301, {"Location": "ftp://www.example.org/"}),
    "/seal.jpg": (200, {"Content-Type": "image/jpeg", "Content-Length": "2000000"}),
    "/gr%C3%B6%C3%9Fe?q=%C3%A4": (200, {}),
}


class Visit(BaseHTTPRequestHandler):
    """One question to the site."""

    site: Site

    def answer(self) -> None:
        self.site.asked.append((self.command, self.path, self.headers["Host"]))
        with self.site.counting:
            self.site.now += 1
            self.site.most = max(self.site.most, self.site.now)
            if self.site.most > 1:
                self.site.met.set()
        status, fields = self.found()
        with self.site.counting:  # before the answer goes: whoever has it may ask the next
            self.site.now -= 1
        self.send_response(status)
        for name, value in ({"Content-Length": "0"} | fields).items():
            self.send_header(name, value.replace("https://", "http://"))
        self.end_headers()

    def found(self) -> tuple[int, dict[str, str]]:
        if self.path.startswith("/slow"):
            self.site.over.wait(60)
        if self.path.startswith("/busy"):
            time.sleep(0.02)  # long enough for others to come meanwhile
            return 200, {}
        if self.path.startswith("/meet"):
            self.site.met.wait(60)  # until another one comes
            return 200, {}
        if self.path == "/only-get":
            return (200 if self.command == "GET" else 405), {}
        return self.site.answers.get(self.path, (404, {}))

    do_GET = do_HEAD = answer  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # nobody who comes with others has to knock twice


@contextlib.contextmanager
def site(answers: Mapping[str, tuple[int, dict[str, str]]] = ANSWERS) -> Iterator[Site]:
    """Open the site for a block; hosts of `HOSTS` lead to it."""
    made = Site(answers)
    server = _Server((HOST, 0), type("Handler", (Visit,), {"site": made}))
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
