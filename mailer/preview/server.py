"""Server: a mail server on this machine, for looking at mail instead of sending it.

Owns listening on a free loopback port within the running event loop (no thread), taking mail as a real server does, and
playing a `Script`, or `Faults`. Every message it takes lies in a Maildir, byte for byte as it was sent, before it
answers 250.
What comes back by the script (delivery reports, opt-outs) is put into a second Maildir, like mail in a bounce mailbox.
Never relays, never listens beyond 127.0.0.1. RFC 5321; SMTPUTF8 (RFC 6531) and 8BITMIME are offered.
Gaps: PIPELINING is not announced, TLS and AUTH are not offered: it is loopback (standards S1).
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import NoReturn, TypeAlias
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, Envelope, Session

from mailer.errors import InputProblem, Severity
from mailer.preview.mail import MAX_SHOWN, Mail, parse_mail, with_pictures
from mailer.preview.maildir import append_to_maildir, make_maildir
from mailer.preview.returns import compose_dsn, compose_optout
from mailer.preview.script import Cast, Faults, Scene, Script
from mailer.settings import Fault

HOST = "127.0.0.1"
MAX_MESSAGE_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that was taken: where it lies, its envelope, its bytes, and when (aware, UTC).

    `mail_from` is empty for the null sender.
    """

    path: Path
    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes = field(repr=False)
    received_at: datetime


@dataclass(slots=True)
class PreviewServer:
    """A running server: its port, and what it took so far (without the bytes, which lie in the Maildir)."""

    port: int
    maildir: Path | None = None
    returned: Path | None = None
    taken: int = 0
    host: str = HOST


@asynccontextmanager
async def preview_server(
    folder: Path | None,
    *,
    script: Script | Faults | None = None,
    on_arrival: Callable[[Arrival], None] | None = None,
    returned: Path | None = None,
) -> AsyncIterator[PreviewServer]:
    """Run the server until the block ends; then it stops listening and closes its connections.

    Messages lie in `folder/Maildir`, what comes back in `returned` (default `folder/returned`); both are made. For each
    message `on_arrival` is called before the client hears 250, in the event loop: it should be quick. Without a folder
    mail is counted and forgotten: nobody is told of it, and nothing comes back. `Faults` may have been played in part
    before, by another server.

    Raises:
        InputProblem: the folder cannot be written to.
    """
    state = PreviewServer(port=0)
    if folder is not None:
        state.maildir, state.returned = make_maildir(folder / "Maildir"), make_maildir(returned or folder / "returned")
    faults = script if isinstance(script, Faults) else Faults(Cast())
    scene = Scene(script if isinstance(script, Script) else Script())
    handler = _Handler(state, scene, on_arrival, faults)
    loop = asyncio.get_running_loop()
    sessions: set[_Session] = set()
    server = await loop.create_server(lambda: _Session(handler, sessions, loop), HOST, 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        await _close(sessions)
        await server.wait_closed()


async def _close(sessions: set[_Session]) -> None:
    """Drop the connections that are still open, and wait until nothing of them is left."""
    left = list(sessions)
    for session in left:
        session.drop()
    await asyncio.gather(*(task for session in left for task in session.tasks()), return_exceptions=True)


class _Session(SMTP):
    """One connection, which the server knows of while it is open."""

    def __init__(self, handler: _Handler, sessions: set[_Session], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            handler,
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="localhost",  # the library would ask the DNS for this machine's name
            ident="mailer preview",
            loop=loop,
        )
        self._faults = handler.faults
        self._sessions = sessions
        self._ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sessions.add(self)
        super().connection_made(transport)
        for task in self.tasks():
            task.add_done_callback(_hear_out)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._sessions.discard(self)
        self._ended.set_result(None)

    async def _handle_client(self) -> None:
        fault = self._faults.connect()
        answer = await self.play(fault) if fault else None
        if answer:
            await self.hang_up(answer)
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds it by this name
        recipients = self.envelope.rcpt_tos if self.envelope else []
        fault = self._faults.person(recipients[0], "data") if recipients else None
        answer = await self.play(fault) if fault else None
        if answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)

    async def play(self, fault: Fault) -> str | None:
        """Play a fault: wait, hang up where it says so, or give the answer; None to go on as if nothing were."""
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.drop or fault.reply.startswith("421"):  # RFC 5321 §3.8: 421 closes the connection
            await self.hang_up(fault.reply)
        return fault.reply or None

    async def hang_up(self, answer: str) -> NoReturn:
        """Close the connection, with an answer or without a word; the task is cancelled when it is closed."""
        if answer:
            await self.push(answer)
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.close()
        await asyncio.Event().wait()
        raise ConnectionResetError

    def drop(self) -> None:
        """Drop the connection; aiosmtpd cancels its task when the transport tells of its end."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def tasks(self) -> tuple[asyncio.Future[None], ...]:
        """Return what runs or waits for this connection."""
        return (self._handler_coroutine, self._ended) if self._handler_coroutine else (self._ended,)


def _hear_out(task: asyncio.Future[None]) -> None:
    """Take a connection's last exception: a client that hangs up is no news, and asyncio would print it."""
    if not task.cancelled():
        task.exception()


def _bare(mail_from: str | None) -> str:
    """Return the envelope's sender; the null sender, which aiosmtpd calls `<>`, is an empty string."""
    return "" if mail_from in {None, "<>"} else str(mail_from)


class _Handler:
    """What the server does at each command (aiosmtpd calls these by name)."""

    def __init__(
        self, state: PreviewServer, scene: Scene, on_arrival: Callable[[Arrival], None] | None, faults: Faults
    ) -> None:
        self.faults = faults
        self._state = state
        self._scene = scene
        self._on_arrival = on_arrival

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, server: _Session, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self.faults.mail()
        said = await server.play(fault) if fault else None
        if said:
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, server: _Session, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self.faults.person(address, "rcpt")
        said = await server.play(fault) if fault else None
        if said:
            return said
        answer = self._scene.answer_recipient(address)
        if answer:
            return f"{answer[0]} {answer[1]}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: _Session, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        fault = self.faults.person(envelope.rcpt_tos[0], "body")
        if fault and fault.drop and not fault.reply:
            self._take(envelope)  # the worst case: it was taken, and nobody heard so
        said = await server.play(fault) if fault else None
        return said or self._take(envelope)

    def _take(self, envelope: Envelope) -> str:
        maildir = self._state.maildir
        if maildir is None:
            self._state.taken += 1
            return "250 2.0.0 Taken"
        data = envelope.original_content or b""
        now = datetime.now(UTC)
        try:
            path = append_to_maildir(maildir, data, now=now)
        except InputProblem as problem:
            return f"452 4.3.1 {problem.message.encode('ascii', 'replace').decode('ascii')}"
        arrival = Arrival(path, _bare(envelope.mail_from), tuple(envelope.rcpt_tos), data, now)
        self._state.taken += 1
        self._send_back(arrival)
        if self._on_arrival:
            self._on_arrival(arrival)
        return f"250 2.0.0 Taken as {path.name}"

    def _send_back(self, arrival: Arrival) -> None:
        back = self._state.returned
        if back is None:
            return
        for address in arrival.rcpt_to:
            answer = self._scene.bounce(address)
            if answer and arrival.mail_from:  # a report about a report is never written (RFC 5321 §6.1)
                report = compose_dsn(arrival.mail_from, address, arrival.data, answer=answer, now=arrival.received_at)
                append_to_maildir(back, report, now=arrival.received_at)
            if self._scene.opts_out(address) and (
                letter := compose_optout(address, arrival.data, now=arrival.received_at)
            ):
                append_to_maildir(back, letter, now=arrival.received_at)


# Page: `index.html` beside a preview Maildir.
#
# Rewriting costs time that grows with the mails on it, so `PreviewPage.changed`, meant for every arrival, writes at
# most once a second; `flush` at the end writes what is still missing. No timer, no task: whoever tells of arrivals
# also ends.

# Look: the preview page's HTML and CSS.

Checked: TypeAlias = Sequence[tuple[Severity | None, str]]  # None: it passed

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; form-action 'none'"
# the worst first
_STANDINGS = {
    Severity.ERROR: '<b class="bad">error</b>',
    Severity.WARNING: '<b class="bad">warning</b>',
    Severity.NOTE: "note",
    None: "passes",
}
_MAIL = '<details class="mail">'
_STYLE = """
:root { color-scheme: light dark; --paper: #f2f1ec; --sheet: #fff; --ink: #1c1c1c; --quiet: #5d646a; --rule: #d3d5d2;
  --accent: #1f5a70; --bad: #a3341f; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181a; --sheet: #1e2124; --ink: #e6e4de; --quiet: #9aa2a8;
  --rule: #3a3f43; --accent: #7fbcd0; --bad: #f0947f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.5 Georgia, "Noto Serif", serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2.5rem 1rem 5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
p { margin: .4rem 0; }
small, .quiet, summary span, h2, li, pre { font-family: system-ui, "Noto Sans", sans-serif; font-size: .82rem; }
.quiet, summary span { color: var(--quiet); }
.mail { background: var(--sheet); border-top: 3px solid var(--accent); margin: 1.5rem 0 0; }
.mail > summary { padding: 1rem 1.5rem; cursor: pointer; list-style: none; }
.mail > summary::-webkit-details-marker { display: none; }
.mail > summary strong { display: block; font-size: 1.1rem; line-height: 1.35; overflow-wrap: anywhere; }
.mail > summary span { display: block; overflow-wrap: anywhere; }
.mail > summary:focus-visible, .inner > details > summary:focus-visible { outline: 2px solid var(--accent); }
.inner { padding: 0 1.5rem 1.25rem; }
.inner > details { border-top: 1px solid var(--rule); padding: .5rem 0; }
.inner > details > summary { cursor: pointer; color: var(--accent); font: .86rem system-ui, "Noto Sans", sans-serif; }
iframe { display: block; width: 100%; height: 75vh; margin: .5rem 0; border: 1px solid var(--rule); background: #fff;
  resize: vertical; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-family: ui-monospace, "Noto Sans Mono", monospace; }
ul { margin: .5rem 0; padding: 0; list-style: none; }
.bad { color: var(--bad); font-weight: 600; }
a { color: var(--accent); }
"""


def render_page(mails: Sequence[str], *, total: int) -> str:
    """Return the whole page; `mails` are the newest of `total`, newest first, each from `render_mail`."""
    if not total:
        told = "Nothing has arrived yet."
    elif total == 1:
        told = "One mail arrived here; it did not leave this machine."
    else:
        told = f"{total} mails arrived here, the newest first; none of them left this machine. Press one to open it."
    if total > len(mails):
        told += f" The newest {len(mails)} are shown; the others lie in the folder Maildir beside this page."
    blocks = "".join(mails).replace(_MAIL, _MAIL.replace(">", " open>"), 1)
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Preview inbox</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Preview inbox</h1>
<p class="quiet">{told}</p>
{blocks}</main>
</body>
</html>
"""


def render_mail(mail: Mail, *, arrived_at: datetime, file: str, checks: Checked) -> str:
    """One mail's block; `file` is its path relative to the page, `arrived_at` in the zone it is to be read in."""
    parts = [_frame(mail), _folded("Text part", mail.text), _folded("Header", mail.header), _checks(checks)]
    attached = ", ".join(escape(name) for name in mail.attachments)
    return f"""\
{_MAIL}
<summary><strong>{escape(mail.subject) or "(no subject)"}</strong>
<span>to {escape(mail.to) or "nobody"}</span>
<span>from {escape(mail.sender) or "nobody"}</span>
<span>{arrived_at:%d %b %Y, %H:%M:%S} · {_size(mail.size)}{_verdict(checks)}</span></summary>
<div class="inner">
{"".join(parts)}{f'<p class="quiet">Attached: {attached}</p>' if attached else ""}
<p class="quiet"><a href="./{escape(quote(file))}">The message as it was sent</a></p>
</div>
</details>
"""


def _frame(mail: Mail) -> str:
    if not mail.html:
        return '<p class="quiet">This mail has no HTML part.</p>\n'
    cut = f'<p class="quiet">Only the first {MAX_SHOWN} characters are shown.</p>\n' if _is_cut(mail.html) else ""
    html = escape(with_pictures(mail.html, mail.pictures), quote=True)
    return (
        "<details open><summary>HTML part</summary>\n"
        f'<iframe sandbox="" loading="lazy" title="HTML part" referrerpolicy="no-referrer" srcdoc="{html}"></iframe>\n'
        f"{cut}</details>\n"
    )


def _folded(name: str, text: str) -> str:
    return f"<details><summary>{name}</summary>\n{_pre(text)}</details>\n" if text else ""


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}{' …' if _is_cut(text) else ''}</pre>\n"


def _checks(checks: Checked) -> str:
    if not checks:
        return ""
    rows = [
        f"<li>{_STANDINGS[severity]} · {escape(name)}</li>"
        for severity, name in sorted(checks, key=lambda check: list(_STANDINGS).index(check[0]))
    ]
    return f"<details><summary>Checks</summary>\n<ul>\n{chr(10).join(rows)}\n</ul></details>\n"


def _verdict(checks: Checked) -> str:
    counts = Counter(severity for severity, _ in checks)
    found = [f"{counts[each]} {each}{'s' if counts[each] > 1 else ''}" for each in Severity if counts[each]]
    if not found:
        return f" · {len(checks)} checks pass" if checks else ""
    said = f"{', '.join(found)} in {len(checks)} checks"
    return f' · <b class="bad">{said}</b>' if counts[Severity.ERROR] or counts[Severity.WARNING] else f" · {said}"


def _size(size: int) -> str:
    return f"{size / 1000:.0f} kB" if size >= 1000 else f"{size} bytes"


def _is_cut(text: str) -> bool:
    return len(text) >= MAX_SHOWN


Checks: TypeAlias = Callable[[bytes], Checked]

MAX_MAILS = 200
NAME = "index.html"


def no_checks(_data: bytes) -> Checked:
    """Check nothing."""
    return ()


class PreviewPage:
    """The page of one preview folder: the one that holds `Maildir/`."""

    def __init__(self, folder: Path, *, checks: Checks = no_checks, every_s: float = 1.0) -> None:
        """Take the folder, what is checked on each mail's bytes, and how often at most the page is written."""
        self.path = folder / NAME
        self._maildir = folder / "Maildir"
        self._checks = checks
        self._every_s = every_s
        self._next_s = 0.0
        self._missing = False
        self._rendered: dict[str, str] = {}

    def changed(self) -> None:
        """Tell that a mail arrived; the page is rewritten when the last time is long enough ago.

        Raises:
            InputProblem: the page cannot be written.
        """
        self._missing = True
        if time.monotonic() >= self._next_s:
            self.write()

    def flush(self) -> Path:
        """Write what `changed` left for later, or a page that is not there yet; return its path.

        Raises:
            InputProblem: the page cannot be written.
        """
        if self._missing or not self.path.exists():
            self.write()
        return self.path

    def write(self) -> None:
        """Write the page now.

        Raises:
            InputProblem: the page cannot be written.
        """
        files = _newest_first(self._maildir)
        blocks = {file.name: self._rendered.get(file.name) or self._render(file) for file in files[:MAX_MAILS]}
        self._rendered = {name: block for name, block in blocks.items() if block}
        page = render_page(list(self._rendered.values()), total=max(len(files), len(self._rendered)))
        _replace(self.path, page.encode("utf-8", "replace"))
        self._missing = False
        self._next_s = time.monotonic() + self._every_s

    def _render(self, file: Path) -> str:
        try:
            data = file.read_bytes()
        except OSError:  # somebody tidied up meanwhile
            return ""
        seconds = file.name.partition(".")[0]
        at = float(seconds) if seconds.isdecimal() and len(seconds) < 12 else 0.0
        return render_mail(
            parse_mail(data),
            arrived_at=datetime.fromtimestamp(at, UTC).astimezone(),
            file=f"{self._maildir.name}/{file.parent.name}/{file.name}",
            checks=self._checks(data),
        )


def write_page(folder: Path, *, checks: Checks = no_checks) -> Path:
    """Write the page of a preview folder (the one that holds `Maildir/`) once; return its path.

    Raises:
        InputProblem: the page cannot be written.
    """
    page = PreviewPage(folder, checks=checks)
    page.write()
    return page.path


def _newest_first(maildir: Path) -> list[Path]:
    files = [file for part in ("new", "cur") if (maildir / part).is_dir() for file in (maildir / part).iterdir()]
    return sorted((file for file in files if not file.name.startswith(".")), key=lambda file: file.name, reverse=True)


def _replace(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")  # 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(path)) from None
