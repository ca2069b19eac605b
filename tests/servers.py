"""A mail server that follows a script: real sockets on port 0, real TLS, and every fault that a relay can have.

`async with scripted_server(...)` runs it in the test's own loop; `with threaded_server(...)` in a thread of its own,
for tests whose subject has a loop or a process of its own. It is as strict as real servers are: commands out of order
get 503, a message ends at CRLF.CRLF and nowhere else, and with `users` nobody submits before AUTH.

What it saw stands in `commands` (each line as it came), `received` (every byte, after decryption), `clear` (bytes that
came before TLS) and `accepted` (messages that it took). `watch` is told of what no command announces, in the midst of
it: the "first" byte of a body, its "middle", its final "dot" before anything is decided, a message "taken" before its
reply is written, and its reply "said".
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

import trustme

from mailer.smtp.wire import abort

HOST = "127.0.0.1"
EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
_MIDDLE = 8192  # bytes
STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "rset", "quit")
_READY = {
    "connect": "220 relay.example.org ESMTP",
    "starttls": "220 2.0.0 Go ahead",
    "auth": "235 2.7.0 Welcome",
    "mail": "250 2.1.0 Sender ok",
    "rcpt": "250 2.1.5 Recipient ok",
    "data": "354 Send it",
    "body": "250 2.0.0 Queued",
    "rset": "250 2.0.0 Forgotten",
    "quit": "221 2.0.0 Goodbye",
    "noop": "250 2.0.0 Still here",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What the server does at a stage; an empty one is what a friendly server does.

    `reply` is the line (several with CRLF between them; bytes go out as they are). `drop` closes the connection before
    or after the reply; `body_bytes` closes it when so many bytes of a body have come. `silent` never answers, and keeps
    the connection. `slowly` sends the reply byte by byte, `until` holds it back until a test lets it go. `taken` says
    whether a body counts as accepted, where that is not simply what the reply says: a server that dies between taking
    it and saying so has `drop="before", taken=True`.
    """

    reply: str | bytes | None = None
    delay_s: float = 0.0
    drop: Literal["", "before", "after"] = ""
    body_bytes: int | None = None
    silent: bool = False
    slowly: bool = False
    taken: bool | None = None
    until: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the server is: the stage, the argument of the command, how often this stage came, and on which connection.

    `argument` of rcpt and mail is the bare address, of body the first recipient. `times` counts from 1 over the whole
    server, `connection` from 1.
    """

    stage: str
    argument: str
    times: int
    connection: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the server took: its bytes without dot-stuffing, and the parameters of MAIL as they came."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes = field(repr=False)
    parameters: str
    connection: int
    secure: bool


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate authority made for a test, and a server's side of it."""

    authority: trustme.CA
    server: ssl.SSLContext


def make_certificates(*names: str) -> Certificates:
    """Make an authority and a certificate for names or addresses (default: this machine)."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or (HOST, "localhost"))).configure_cert(context)
    return Certificates(authority, context)


Answer = Callable[[Moment], Act | None]
Acts = Act | Sequence[Act]


@dataclass(slots=True)
class ScriptedServer:
    """The script, and what happened.

    `at` gives a stage its act, or a sequence of acts, one for each time the stage comes, after which all is friendly;
    `recipients` does the same for RCPT by address. `answer` is asked first and may give None.
    """

    at: Mapping[str, Acts] = field(default_factory=dict)
    recipients: Mapping[str, Acts] = field(default_factory=dict)
    answer: Answer = lambda _: None
    extensions: Sequence[str] = EXTENSIONS
    tls: Literal["", "starttls", "implicit"] = ""
    certificates: Certificates | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    mechanisms: str = "PLAIN LOGIN"
    watch: Callable[[Moment], None] = lambda _: None
    deaf: Literal["", "behind a command", "behind a body"] = ""  # what came with it in one segment is never read
    narrow: bool = False  # little room on the way: most of a long body is still in its sender's hands

    port: int = 0
    host: str = HOST
    commands: list[str] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    clear: bytearray = field(default_factory=bytearray)
    accepted: list[Accepted] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    serving: int = 0  # connections, also closed ones, of which not everything is read
    _times: Counter[str] = field(default_factory=Counter)

    def accepted_for(self, address: str) -> list[Accepted]:
        """Return the messages that were taken for an address."""
        return [message for message in self.accepted if address in message.rcpt_to]

    def act(self, stage: str, argument: str, connection: int) -> Act:
        """Choose what to do, and count it."""
        self._times[stage] += 1
        chosen = self.answer(Moment(stage, argument, self._times[stage], connection))
        if chosen is not None:
            return chosen
        if stage == "rcpt" and argument in self.recipients:
            self._times[f"rcpt {argument}"] += 1
            return _nth(self.recipients[argument], self._times[f"rcpt {argument}"])
        return _nth(self.at.get(stage, ()), self._times[stage])


def _nth(acts: Acts, times: int) -> Act:
    if isinstance(acts, Act):
        return acts
    return acts[times - 1] if times <= len(acts) else Act()


@contextlib.asynccontextmanager
async def scripted_server(script: ScriptedServer | None = None) -> AsyncIterator[ScriptedServer]:
    """Run a server in the running loop until the block ends; then every connection is closed."""
    state = script or ScriptedServer()
    loop = asyncio.get_running_loop()
    numbers = count(1)
    connections: set[_Connection] = set()
    context = state.certificates.server if state.certificates and state.tls == "implicit" else None
    server = await loop.create_server(
        lambda: _Connection(state, connections, next(numbers)), sock=_listener(state), ssl=context
    )
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for connection in list(connections):
            await connection.stop()
        await server.wait_closed()


def _listener(script: ScriptedServer) -> socket.socket:
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle's waiting on: 40 ms a message
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if script.narrow:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    listener.bind((script.host, script.port))
    return listener


@contextlib.contextmanager
def threaded_server(script: ScriptedServer | None = None) -> Iterator[ScriptedServer]:
    """Run a server in a thread until the block ends. Read what it saw when the clients are gone."""
    state = script or ScriptedServer()
    ready, over = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with scripted_server(state):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="scripted server")
    thread.start()
    if not ready.wait(60):
        raise RuntimeError("the scripted server did not start")
    try:
        yield state
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()


class _Gone(Exception):
    """The connection is over, from one side or the other."""


class _Connection(asyncio.Protocol):
    """One client: bytes come in here, and `_serve` reads them as lines and bodies."""

    def __init__(self, script: ScriptedServer, connections: set[_Connection], number: int) -> None:
        self._script = script
        self._connections = connections
        self._number = number
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self._over = False
        self._secure = script.tls == "implicit"
        self._transport: asyncio.Transport | None = None
        self._known = not script.users
        self._mail_from: str | None = None
        self._parameters = ""
        self._rcpt_to: list[str] = []
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        self._script.connections += 1
        self._script.open += 1
        self._script.most_open = max(self._script.most_open, self._script.open)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._script.received += data
        if not self._secure:
            self._script.clear += data
        self._buffer += data
        self._arrived.set()

    def eof_received(self) -> bool:
        self._over = True
        self._arrived.set()
        return False

    def connection_lost(self, _error: Exception | None) -> None:
        """Wake `_serve`, which still reads what had come: a body whose sender died after the dot is a body."""
        self._over = True
        self._arrived.set()
        if not self._gone.done():
            self._script.open -= 1
            self._gone.set_result(None)

    def end(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            abort(self._transport)

    async def stop(self) -> None:
        """Cut the connection and wait until nothing of it is left; a fault of this server's own comes out here."""
        self.end()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._gone

    async def _serve(self) -> None:
        self._script.serving += 1
        try:
            await self._say("connect", "")
            while True:
                await self._command((await self._line()).decode("utf-8", "replace"))
        except _Gone:
            pass
        finally:
            self._script.serving -= 1
            if self._transport is not None:
                self._transport.close()

    async def _more(self) -> None:
        if self._over:
            raise _Gone
        self._arrived.clear()
        await self._arrived.wait()

    async def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            await self._more()
        line, _, rest = bytes(self._buffer).partition(b"\r\n")
        self._buffer[:] = b"" if self._script.deaf == "behind a command" else rest
        return line

    async def _say(self, stage: str, argument: str, usual: str = "") -> str:
        """Do what the script says at a stage; return the reply, whose first digit decides how it goes on."""
        return await self._play(stage, self._script.act(stage, argument, self._number), usual)

    async def _play(self, stage: str, act: Act, usual: str = "") -> str:
        reply = act.reply if act.reply is not None else usual or _READY[stage]
        if act.silent:
            while True:
                await self._more()
        await asyncio.sleep(act.delay_s)
        while act.until is not None and not act.until.is_set():  # noqa: ASYNC110 - it is set in another thread
            await asyncio.sleep(0.005)
        if act.drop == "before":
            self.end()
            raise _Gone
        await self._write(reply if isinstance(reply, bytes) else f"{reply}\r\n".encode(), slowly=act.slowly)
        if act.drop == "after":
            assert self._transport is not None
            self._transport.close()
            raise _Gone
        return reply if isinstance(reply, str) else reply.decode("latin-1")

    async def _write(self, data: bytes, *, slowly: bool = False) -> None:
        if self._transport is None or self._transport.is_closing():
            raise _Gone
        for piece in (data[i : i + 1] for i in range(len(data))) if slowly else (data,):
            self._transport.write(piece)
            if slowly:
                await asyncio.sleep(0.002)

    async def _command(self, line: str) -> None:
        self._script.commands.append(line)
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO" | "HELO":
                await self._say("ehlo", rest, self._hello())
            case "STARTTLS":
                await self._starttls()
            case "AUTH":
                await self._auth(rest)
            case "MAIL" | "RCPT" | "DATA":
                await self._submission(verb.upper(), rest)
            case "RSET":
                self._forget()
                await self._say("rset", "")
            case "NOOP":
                await self._say("noop", "")
            case "QUIT":
                await self._say("quit", "")
                raise _Gone
            case _:
                await self._write(b"500 5.5.2 What?\r\n")

    def _hello(self) -> str:
        offers = list(self._script.extensions)
        if self._script.tls == "starttls" and not self._secure:
            offers.append("STARTTLS")
        elif self._script.users:
            offers.append(f"AUTH {self._script.mechanisms}")
        lines = ["relay.example.org greets you", *offers]
        return "\r\n".join(f"250{' ' if i == len(lines) - 1 else '-'}{text}" for i, text in enumerate(lines))

    async def _starttls(self) -> None:
        reply = await self._say("starttls", "")
        if not reply.startswith("2"):
            return
        assert self._script.certificates is not None
        assert self._transport is not None
        self._buffer.clear()  # RFC 3207 §4.2: nothing that came in clear text counts
        self._forget()
        self._secure = True
        try:
            upgraded = await asyncio.get_running_loop().start_tls(
                self._transport, self, self._script.certificates.server, server_side=True, ssl_handshake_timeout=60
            )
        except (OSError, asyncio.CancelledError) as error:
            # the client does not trust the certificate, or the test is over; asyncio does not tell us of the end then
            self.connection_lost(None)
            if isinstance(error, OSError):
                raise _Gone from None
            raise
        self._transport = upgraded

    async def _auth(self, rest: str) -> None:
        mechanism, _, first = rest.partition(" ")
        try:
            name, password = await self._credentials(mechanism.upper(), first)
        except ValueError:
            await self._write(b"501 5.5.2 Not base64\r\n")
            return
        good = name in self._script.users and self._script.users[name] == password
        reply = await self._say("auth", name, "" if good else "535 5.7.8 Username and password not accepted")
        self._known = reply.startswith("2")

    async def _credentials(self, mechanism: str, first: str) -> tuple[str, str]:
        if mechanism in {"XOAUTH2", "OAUTHBEARER"}:
            return await self._bearer(mechanism, first)
        if mechanism == "CRAM-MD5":
            return await self._cram_md5()
        if mechanism == "PLAIN":
            _, name, password = (_decoded(first) if first else await self._ask("")).split("\0")
            return name, password
        name = _decoded(first) if first else await self._ask("Username:")
        return name, await self._ask("Password:")

    async def _bearer(self, mechanism: str, first: str) -> tuple[str, str]:
        """Take an access token (its user's password here); a refusal is asked about, and needs the right answer."""
        said = _decoded(first) if first else await self._ask("")
        pattern = r"user=(.*)\x01auth=Bearer (.*)\x01\x01"
        if mechanism == "OAUTHBEARER":
            pattern = r"n,a=(.*),\x01host=[^\x01]+\x01port=\d+\x01auth=Bearer (.*)\x01\x01"
        found = re.fullmatch(pattern, said)
        if not found:
            raise ValueError(said)
        name, token = found[1], found[2]
        if self._script.users.get(name) != token:
            answer = await self._ask('{"status":"401","schemes":"bearer","scope":"https://mail.example.org/"}')
            if answer != ("\x01" if mechanism == "OAUTHBEARER" else ""):
                raise ValueError(answer)
        return name, token

    async def _cram_md5(self) -> tuple[str, str]:
        """Take the digest of a challenge (RFC 2195) for the password that it proves."""
        challenge = "<1896.697170952@relay.example.org>"
        name, _, digest = (await self._ask(challenge)).rpartition(" ")
        password = self._script.users.get(name, "")
        good = hmac.new(password.encode(), challenge.encode(), "md5").hexdigest() == digest
        return name, password if good else "a wrong one"

    async def _ask(self, prompt: str) -> str:
        await self._write(b"334 " + base64.b64encode(prompt.encode()) + b"\r\n")
        return _decoded((await self._line()).decode("ascii", "replace"))

    async def _submission(self, verb: str, rest: str) -> None:
        refused = self._out_of_order(verb)
        if refused:
            await self._write(f"{refused}\r\n".encode())
        elif verb == "DATA":
            await self._data()
        else:
            address, _, parameters = rest.partition(":<")[2].partition(">")
            reply = await self._say(verb.lower(), address)
            if reply.startswith("2") and verb == "MAIL":
                self._mail_from, self._parameters = address, parameters.strip()
            elif reply.startswith("2"):
                self._rcpt_to.append(address)

    def _out_of_order(self, verb: str) -> str:
        if not self._known:
            return "530 5.7.0 Authentication required"
        if (verb == "MAIL") != (self._mail_from is None):
            return "503 5.5.1 Bad sequence of commands"
        if verb == "DATA" and not self._rcpt_to:
            return "554 5.5.1 No valid recipients"
        return ""

    async def _data(self) -> None:
        if not (await self._say("data", self._rcpt_to[0])).startswith("354"):
            return
        act = self._script.act("body", self._rcpt_to[0], self._number)
        recipient = self._rcpt_to[0]
        body = await self._body(act.body_bytes, recipient)
        self._tell("dot", recipient)
        taken = act.taken
        if taken is None:
            said = act.reply if act.reply is not None else _READY["body"]
            taken = act.drop != "before" and not act.silent and said[:1] in {"2", b"2"}
        if taken:
            assert self._mail_from is not None
            self._script.accepted.append(
                Accepted(
                    self._mail_from, tuple(self._rcpt_to), body, self._parameters, self._number, secure=self._secure
                )
            )
            self._tell("taken", recipient)
        self._forget()
        await self._play("body", act)
        self._tell("said", recipient)

    def _tell(self, stage: str, recipient: str) -> None:
        self._script.watch(Moment(stage, recipient, 0, self._number))

    async def _body(self, limit: int | None, recipient: str) -> bytes:
        """Read to CRLF.CRLF, and take the doubled dots away; a limit cuts the connection when it is reached."""
        marks = [(_MIDDLE, "middle"), (1, "first")]
        while True:
            while marks and len(self._buffer) >= marks[-1][0]:
                self._tell(marks.pop()[1], recipient)
            if limit is not None and len(self._buffer) >= limit:
                self.end()
                raise _Gone
            # the line end before the body counts: a body that is only a dot is over at once
            text, end, rest = (b"\r\n" + self._buffer).partition(b"\r\n.\r\n")
            if end:
                self._buffer[:] = b"" if self._script.deaf == "behind a body" else rest
                return (text + b"\r\n").replace(b"\r\n.", b"\r\n")[2:]
            await self._more()

    def _forget(self) -> None:
        self._mail_from, self._parameters, self._rcpt_to = None, "", []


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode("utf-8")
