"""Hosts: `mailer serve` as a process, and requests to it as mail programs and browsers make them."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from uvicorn import Server

from mailer.cli.office import given_workspace
from mailer.cli.serve import _recorder, _Spool
from mailer.public.app import Manner, make_app
from mailer.public.server import bind, make_server
from tests.office import Desk, mail_of, wait_until
from tests.servers import ScriptedServer, threaded_server

ONE_CLICK = "List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"
_LINK = re.compile(r"<https://press\.example\.org/o/([a-z2-7]{40})>")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        return found[1] if found else ""


@dataclass(slots=True)
class Host:
    """A running `mailer serve`, or its app in this process."""

    port: int = 0
    said: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Answer:
        """Ask once; `accept_language="de"` is a field of the request."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read().decode())
        finally:
            connection.close()

    def get(self, token: str, **headers: str) -> Answer:
        return self.ask("GET", f"/o/{token}", **headers)

    def post(self, token: str, body: str = ONE_CLICK, **headers: str) -> Answer:
        return self.ask("POST", f"/o/{token}", body, **({"content_type": URLENCODED} | headers))


@dataclass(slots=True)
class Process(Host):
    """`mailer serve` as a process, which can be stopped and killed."""

    process: subprocess.Popen[str] = field(kw_only=True)

    def kill(self) -> None:
        """Kill it and every process of it at once, as a power loss does."""
        own = self.process.pid
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{own}/task/{own}/children").read_text("ascii")
            for child in map(int, text.split()):
                os.kill(child, signal.SIGKILL)
        self.process.kill()

    def stop(self) -> int:
        """Stop it as a system does; return its exit code."""
        self.process.terminate()
        return self.process.wait(300)


@contextlib.contextmanager
def serving(desk: Desk, *words: str) -> Iterator[Process]:
    """Run `mailer serve` on a free port until the end of the block."""
    host = Process(process=desk.start("serve", "--port", "0", *words))
    reader = threading.Thread(target=_read, args=(host,))
    reader.start()
    try:
        wait_until(lambda: bool(host.port) or host.process.poll() is not None)
        assert host.port, host.said
        yield host
    finally:
        host.stop()
        reader.join(60)


@contextlib.contextmanager
def serving_here(desk: Desk, *, spool: Path | None = None, manner: Manner | None = None) -> Iterator[Host]:
    """Run the app in a thread of this process, on a real socket, joined as `mailer serve` joins it."""
    bound = bind("127.0.0.1", 0)
    host = Host(bound.getsockname()[1])
    server: list[Server] = []
    failed: list[BaseException] = []

    def run() -> None:
        given_workspace.set(str(desk.root))
        try:
            with _recorder(_Spool(spool, desk.root / "door.key") if spool else None) as (behind, _):
                server.append(make_server(make_app(behind, manner=manner or Manner(say=host.said.append))))
                asyncio.run(server[0].serve(sockets=[bound]))
        except BaseException as error:  # told to the test
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_until(lambda: bool(failed) or (bool(server) and server[0].started))
        assert not failed
        yield host
    finally:
        for each in server:
            each.should_exit = True
        thread.join(60)


def _read(host: Process) -> None:
    assert host.process.stderr is not None
    for line in host.process.stderr:
        host.said.append(line.rstrip("\n"))
        found = re.search(r"opt-outs at http://[\w.:\[\]]+:(\d+)", line)
        if found:
            host.port = int(found[1])


@dataclass(frozen=True, slots=True)
class Sent:
    """A workspace whose release went out, and the token of everybody's link."""

    root: Path
    tokens: Mapping[str, str]

    def copy(self, to: Path) -> Desk:
        """Return another press office with the same ledger."""
        shutil.copytree(self.root, to, dirs_exist_ok=True)
        return Desk(to)


def tokens_of(server: ScriptedServer) -> dict[str, str]:
    """Return by address the token in the link of each mail that a relay took."""
    found = {}
    for message in server.accepted:
        link = _LINK.search(str(mail_of(message)["List-Unsubscribe"]))
        assert link
        found[message.rcpt_to[0]] = link[1]
    return found


def send_to(root: Path, people: list[str]) -> Sent:
    """Send a release to people, from a new workspace."""
    desk = Desk(root)
    with threaded_server() as server:
        desk.release()
        desk.people("coast", people)
        desk.settings(server)
        done = desk.run("send", "lamps", "--to", "coast", "--yes")
        assert done.code == 0, done.said
        assert desk.run("test", "lamps", "--to", "coast", "--inbox", "press@example.org").code == 0
        tokens = tokens_of(server)
    return Sent(root, tokens)


def suppressed(desk: Desk) -> dict[str, str]:
    """Return whom nobody writes to, with the scope."""
    found = desk.run("optouts", "list", "--json").json["suppressed"]
    return {each["email"]: each["scope"] for each in found}


def forged(token: str) -> str:
    """Return a token with one wrong character."""
    return token[:-1] + ("a" if token[-1] != "a" else "b")
