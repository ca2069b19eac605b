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
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from aiosmtpd.smtp import SMTP, Envelope, Session

from mailer.errors import InputProblem
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
