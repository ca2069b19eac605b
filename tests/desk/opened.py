"""Opened: `mailer desk` as a process, and requests like those of a browser."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from mailer.cli.office import given_workspace, writing_office
from mailer.ledger import Ledger
from mailer.runs.office import Office
from tests.office import Desk, environment

Fields = Mapping[str, str | Sequence[str]]
Files = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a request."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    path: str

    @property
    def html(self) -> str:
        return self.data.decode()

    @property
    def text(self) -> str:
        """Return the visible text, on one line."""
        bare = re.sub(r"<(script|style|head)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(bare).split())

    @property
    def title(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.DOTALL)
        return unescape(found[1]).strip() if found else ""


@dataclass(slots=True)
class Opened:
    """A running desk. Requests carry the cookie of the user who logged in, and come from a page of the desk."""

    process: subprocess.Popen[str]
    address: str  # with the one-time key
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return "/".join(self.address.split("/")[:3])

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    def log_in(self) -> Opened:
        answer = self.get(self.address.removeprefix(self.base), follow=False)
        assert answer.status == 303, answer.html
        return self

    def get(self, path: str, *, follow: bool = True, headers: Mapping[str, str] = {}) -> Answer:
        return self.ask("GET", path, follow=follow, headers=headers)

    def post(
        self,
        path: str,
        fields: Fields | None = None,
        files: Files | None = None,
        *,
        follow: bool = True,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Send a form and return the response; follow its redirect unless told otherwise."""
        if files is None:
            body, kind = urlencode(fields or {}, doseq=True).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(fields or {}, files)
        own = {"origin": self.base, "sec-fetch-site": "same-origin", "content-type": kind}
        return self.ask("POST", path, body, follow=follow, headers={**own, **headers})

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        follow: bool = False,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Send one request; a header without a value is left out."""
        fields = {name: value for name, value in {"accept": "text/html", **headers}.items() if value}
        if self.cookies and "cookie" not in fields:
            fields["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, found, response.read(), path)
            set_cookies = response.headers.get_all("set-cookie") or []
        finally:
            connection.close()
        for cookie in set_cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "max-age=0" in cookie.lower():
                del self.cookies[name]
        if follow and answer.status == 303:
            kept = {name: value for name, value in headers.items() if name == "desk-region"}
            return self.ask("GET", found["location"], follow=True, headers=kept)
        return answer

    def stop(self) -> float:
        """Press Ctrl-C; return how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        return time.monotonic() - began


@contextlib.contextmanager
def opened(
    office: Desk, *words: str, env: Mapping[str, str] | None = None, worker: bool = False, logged_in: bool = True
) -> Iterator[Opened]:
    """Run a desk for a press office. Without `worker`, it sends nothing."""
    more = {"MAILER_DESK__WORKER": "true" if worker else "false"}
    process = office.start("desk", "--port", "0", "--no-open", *words, env={**more, **(env or {})})
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), address + (process.stderr.read() if process.stderr else "")
    running = Opened(process, address)
    try:
        yield running.log_in() if logged_in else running
    finally:
        if process.poll() is None:
            running.stop()


@contextlib.contextmanager
def at_work(office: Desk) -> Iterator[tuple[Office, Ledger]]:
    """Open the office to write to its ledger, as a command does."""
    chosen = given_workspace.set(str(office.root))
    try:
        with environment({}), writing_office() as opened_office:
            yield opened_office
    finally:
        given_workspace.reset(chosen)


def at_the_terminal(answer: Answer) -> list[str]:
    """Return the words of the command line on a page, outside the commands that it shows."""
    page = answer.data.decode("utf-8", "replace") if "text/html" in answer.headers.get("content-type", "") else ""
    shown = re.sub(r'(?s)<(footer|details) class="commands?">.*?</\1>|<(pre|code|style|textarea)\b.*?</\2>', "", page)
    return re.findall(r"(?<![\w-])--[a-z][\w-]*|\[office\]", re.sub(r"<[^>]+>", " ", shown))


def workers_of(root: Path) -> list[int]:
    """Return the processes of workers that run beside a desk for a press office."""
    command = ("pgrep", "-f", "--", f"--workspace {root} worker")
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


def _multipart(fields: Fields, files: Files) -> tuple[bytes, str]:
    boundary = "desk-test-boundary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{each}\r\n'.encode()
        for name, value in fields.items()
        for each in ([value] if isinstance(value, str) else value)
    ]
    for name, (file, data) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
