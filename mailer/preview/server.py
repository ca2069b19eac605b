"""Server: a mail server on this machine, to look at mail instead of sending it.

Owns listening on a free loopback port within the running event loop (no thread), accepting mail as a real server does,
and playing a `Script`: faults, each so many times, and returned mail, which is put into a second Maildir, like a bounce
mailbox: delivery reports (RFC 3464 in RFC 6522; RFC 6533 if an address is not ASCII), and what a mail program sends
when its user clicks “unsubscribe” (RFC 2369). But for the time, they depend only on the mail that they answer.
Every message that it accepts is in a Maildir, byte for byte as it was sent, before it answers 250: written to tmp/,
then moved to new/, so that a reader sees a whole message or none; files are 0600, folders 0700. An
address is identified by its key (`Address.key`), so that its spelling on the wire does not matter.
Never relays, and listens only on 127.0.0.1. RFC 5321; SMTPUTF8 (RFC 6531) and 8BITMIME are offered.
Gaps: PIPELINING is not announced; TLS and AUTH are not offered on loopback. Mail is not synced to disk,
since a preview can be made again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final, NoReturn, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.settings import Fault

Answer: TypeAlias = tuple[int, str]  # the three digits, and the text behind them: (550, "5.1.1 no such user")

_MX = "mx.preview.example.org"
_FOLD = re.compile(rb"\r?\n[ \t]+")
_MAILTO = re.compile(rb"<(mailto:[^<>\s]+)>", re.IGNORECASE)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_MAX_HEADERS = 100_000


def compose_dsn(mail_from: str, rcpt_to: str, data: bytes, *, answer: Answer, now: datetime) -> bytes:
    """Return the delivery report to the MAIL FROM of a mail that could not be delivered after it was accepted, in CRLF.

    `data` is the mail (the report contains its header), `answer` the next server's answer, `now` aware. The report's
    own sender is the null sender, so its Return-Path is `<>` (RFC 5321 §4.5.5).
    """
    code, text = answer
    found = _ENHANCED.match(text)
    status = found[0] if found else f"{code // 100}.0.0"
    action = "failed" if status.startswith("5") else "delayed"
    ascii_only = rcpt_to.isascii()
    kind, address_type = ("delivery-status", "rfc822") if ascii_only else ("global-delivery-status", "utf-8")
    headers = _headers(data)
    returned = "text/rfc822-headers" if headers.isascii() else "message/global-headers"
    mark = _mark(data, rcpt_to)
    boundary = f"=_dsn_{mark}"
    head = f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@{_MX}>
To: {mail_from}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(now)}
Message-ID: <{mark}.dsn@{_MX}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind};
\tboundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Your message could not be delivered to

    {rcpt_to}

The server there said: {code} {text}

--{boundary}
Content-Type: message/{kind}
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; {_MX}
Arrival-Date: {format_datetime(now)}

Original-Recipient: {address_type}; {rcpt_to}
Final-Recipient: {address_type}; {rcpt_to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.{rcpt_to.rpartition("@")[2]}
Diagnostic-Code: smtp; {code} {text}

--{boundary}
Content-Type: {returned}
Content-Transfer-Encoding: 8bit

"""
    return _crlf(head.encode()) + _crlf(headers) + f"\r\n--{boundary}--\r\n".encode()


def compose_optout(rcpt_to: str, data: bytes, *, now: datetime) -> bytes | None:
    """Return the mail that a reader's program sends for “unsubscribe”, in CRLF; None if the mail offers no mailbox.

    `rcpt_to` is the reader, `data` the mail they got, `now` aware.
    """
    offered = [field for field in _headers(data).split(b"\n") if field.lower().startswith(b"list-unsubscribe:")]
    found = _MAILTO.search(offered[0]) if offered else None
    if not found:
        return None
    uri = urlsplit(found[1].decode("ascii", "replace"))
    to = _one_line(unquote(uri.path))
    subject = _one_line(parse_qs(uri.query).get("subject", ["unsubscribe"])[0])
    mark = _mark(data, rcpt_to)
    letter = f"""\
Return-Path: <{rcpt_to}>
From: {rcpt_to}
To: {to}
Subject: {subject}
Date: {format_datetime(now)}
Message-ID: <{mark}.optout@{rcpt_to.rpartition("@")[2]}>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Please take me off this list.
"""
    return _crlf(letter.encode())


def _headers(data: bytes) -> bytes:
    """Return the header fields of a mail, one a line, unfolded."""
    head = data[:_MAX_HEADERS].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return _FOLD.sub(b" ", head) + b"\n"


def _one_line(text: str) -> str:
    """Return a header value from a URI, which may contain line breaks."""
    return " ".join(text.split())


def _mark(data: bytes, rcpt_to: str) -> str:
    return hashlib.sha256(rcpt_to.encode("utf-8", "surrogateescape") + b"\0" + data).hexdigest()[:24]


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


HOST: Final = "127.0.0.1"
MAX_MESSAGE_BYTES: Final = 30_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The faults to play, and for which addresses (by key).

    `people` have faults at RCPT, DATA or after the text; `of_nobody` are faults of connections and messages. `bounce`
    accepts the mail and returns a delivery report with that answer. `opt_out` accepts the mail, and its reader uses the
    List-Unsubscribe mailbox.
    """

    people: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    of_nobody: Sequence[Fault] = ()
    bounce: Mapping[str, Answer] = field(default_factory=dict)
    opt_out: frozenset[str] = frozenset()


@dataclass(slots=True)
class Faults:
    """The faults of a script as they are played, with counts."""

    script: Script
    played: Counter[Fault] = field(default_factory=Counter)
    _counted: Counter[str] = field(default_factory=Counter)  # connections and messages so far
    _times: Counter[tuple[str, int]] = field(default_factory=Counter)

    def of_person(self, address: str, stage: str) -> Fault | None:
        """Return the fault to play for this address now, at RCPT, DATA or after the text, or None."""
        key = _key(address)
        for number, fault in enumerate(self.script.people.get(key, ())):
            if fault.stage == stage and (not fault.times or self._times[key, number] < fault.times):
                self._times[key, number] += 1
                self.played[fault] += 1
                return fault
        return None

    def of_nobody(self, stage: str) -> Fault | None:
        """Return the fault to play for the next connection (`connect`) or message (`mail`), or None."""
        self._counted[stage] += 1
        for fault in self.script.of_nobody:
            if fault.stage == stage and fault.covers(self._counted[stage]):
                self.played[fault] += 1
                return fault
        return None


def _key(address: str) -> str:
    """Return the key of an address from the wire; an invalid one is its own key."""
    try:
        return parse_address(address).key
    except InputProblem:
        return address.lower()


@dataclass(frozen=True, slots=True)
class PreviewServer:
    """The address of a running server."""

    port: int
    host: str = HOST


@asynccontextmanager
async def preview_server(
    folder: Path | None,
    *,
    script: Script | Faults | None = None,
    on_arrival: Callable[[], None] | None = None,
) -> AsyncIterator[PreviewServer]:
    """Run the server until the block ends; then it stops listening and closes its connections.

    Messages are in `folder/Maildir`, returned mail in `folder/returned`; both are created. For each message,
    `on_arrival` is called in the event loop before the 250, so it should be quick. Without a folder, mail is discarded,
    without `on_arrival` and returned mail. `Faults` may have been played in part by another server. Raises
    InputProblem: the folder cannot be written to.
    """
    if folder is not None:
        make_maildir(folder / "Maildir")
        make_maildir(folder / "returned")
    handler = _Handler(folder, on_arrival, script if isinstance(script, Faults) else Faults(script or Script()))
    loop = asyncio.get_running_loop()
    sessions: set[_Session] = set()
    server = await loop.create_server(lambda: _Session(handler, sessions, loop), HOST, 0)
    try:
        yield PreviewServer(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        left = list(sessions)
        for session in left:
            session.drop()
        await asyncio.gather(*(task for session in left for task in session.tasks()), return_exceptions=True)
        await server.wait_closed()


class _Session(SMTP):
    """A connection, registered with the server while it is open."""

    def __init__(self, handler: _Handler, sessions: set[_Session], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            handler,
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="localhost",  # otherwise the library looks up this machine's name
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
            task.add_done_callback(_swallow)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._sessions.discard(self)
        self._ended.set_result(None)

    async def _handle_client(self) -> None:
        if answer := await self.play(self._faults.of_nobody("connect")):
            await self.hang_up(answer)
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds it by this name
        recipients = self.envelope.rcpt_tos if self.envelope else []
        if recipients and (answer := await self.play(self._faults.of_person(recipients[0], "data"))):
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)

    async def play(self, fault: Fault | None) -> str | None:
        """Play a fault: wait, hang up, or return its answer; None to continue normally."""
        if fault is None:
            return None
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.drop or fault.reply.startswith("421"):  # RFC 5321 §3.8: 421 closes the connection
            await self.hang_up(fault.reply)
        return fault.reply or None

    async def hang_up(self, answer: str) -> NoReturn:
        """Close the connection, after an answer if there is one; the task is cancelled when it is closed."""
        if answer:
            await self.push(answer)
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.close()
        await asyncio.Event().wait()
        raise ConnectionResetError

    def drop(self) -> None:
        """Drop the connection; aiosmtpd cancels its task when the transport reports the end."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def tasks(self) -> tuple[asyncio.Future[None], ...]:
        return (self._handler_coroutine, self._ended) if self._handler_coroutine else (self._ended,)


def _swallow(task: asyncio.Future[None]) -> None:
    """Retrieve a connection's last exception, which asyncio would print otherwise: a client may hang up."""
    if not task.cancelled():
        task.exception()


@dataclass(frozen=True, slots=True)
class _Handler:
    """The server's commands (aiosmtpd calls these by name)."""

    _folder: Path | None
    _on_arrival: Callable[[], None] | None
    faults: Faults

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, server: _Session, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := await server.play(self.faults.of_nobody("mail")):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, server: _Session, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := await server.play(self.faults.of_person(address, "rcpt")):
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: _Session, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        fault = self.faults.of_person(envelope.rcpt_tos[0], "body")
        if fault and fault.drop and not fault.reply:
            self._take(envelope)  # the worst case: it was accepted, but the client does not know
        return await server.play(fault) or self._take(envelope)

    def _take(self, envelope: Envelope) -> str:
        if self._folder is None:
            return "250 2.0.0 Taken"
        data = envelope.original_content or b""
        now = datetime.now(UTC)
        try:
            path = append_to_maildir(self._folder / "Maildir", data, now=now)
        except InputProblem as problem:
            return f"452 4.3.1 {problem.message.encode('ascii', 'replace').decode('ascii')}"
        sender = envelope.mail_from if envelope.mail_from != "<>" else None  # aiosmtpd's word for the null sender
        script = self.faults.script
        for address in envelope.rcpt_tos:
            key = _key(address)
            replies: list[bytes | None] = []
            if key in script.bounce and sender:  # a report about a report is never written (RFC 5321 §6.1)
                replies.append(compose_dsn(sender, address, data, answer=script.bounce[key], now=now))
            if key in script.opt_out:
                replies.append(compose_optout(address, data, now=now))
            for reply in filter(None, replies):
                append_to_maildir(self._folder / "returned", reply, now=now)
        if self._on_arrival:
            self._on_arrival()
        return f"250 2.0.0 Taken as {path.name}"


def make_maildir(folder: Path) -> None:
    """Create a Maildir and its parent folders, if missing; `InputProblem` if that is impossible."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (folder, *(folder / part for part in ("tmp", "new", "cur"))):
            path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=str(folder)) from None


def append_to_maildir(folder: Path, data: bytes, *, now: datetime) -> Path:
    """Put a message into a Maildir, created if missing; return its path in new/.

    Names begin with the time of arrival (`now`, aware), so that they sort by it, and end in a random part. Raises
    InputProblem: the folder cannot be written to.
    """
    make_maildir(folder)
    name = f"{int(now.timestamp())}.M{now.microsecond:06}P{os.getpid()}R{secrets.token_hex(6)}.mailer"
    waiting, arrived = folder / "tmp" / name, folder / "new" / name
    try:
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            waiting.rename(arrived)
        except BaseException:
            waiting.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(folder)) from None
    return arrived
